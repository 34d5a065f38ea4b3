// `exec`: COMMAND's status, signals, terminal and streams are its own; the secrets reach npm on the wire.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import test from 'node:test'
import { doctor, npmMajors, sandbox } from '../lib/sandbox.mjs'
import { keyringSession, noBus } from '../lib/keyring.mjs'
import { filesWith } from '../lib/story.mjs'
import { assertNoSecret, started } from './support.mjs'

const token = 'exec-token-CANARY'
const b64 = text => Buffer.from(text).toString('base64')

// A registry of one package that keeps each request's Authorization.
async function registry (t) {
  const seen = []
  const server = http.createServer((asked, answer) => {
    seen.push({ url: asked.url, authorization: asked.headers.authorization ?? null })
    const name = 'nd-example'
    answer.setHeader('content-type', 'application/json')
    answer.end(JSON.stringify({ name, 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': { name, version: '1.2.3', dist: { tarball: `http://127.0.0.1:${server.address().port}/x.tgz`, shasum: 'x' } } } }))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => { server.closeAllConnections(); server.close() })
  const { port } = server.address()
  return { port, url: `http://127.0.0.1:${port}/`, dart: `//127.0.0.1:${port}/`, seen, last: () => seen.at(-1)?.authorization }
}

test('status, signals, streams, terminal', async t => {
  const keyring = await keyringSession({ t })
  const plain = sandbox(t, { env: noBus({ t }).env })
  const armed = sandbox(t, { env: keyring.env })
  armed.write('home/.npmrc', `//registry.example/:_authToken=${token}\n`)
  assert.equal((await armed.doctor(['fix', '--keyring', '--yes'])).status, 0)
  const [, variable] = armed.read('home/.npmrc').match(/\$\{(\w+)\}/)

  for (const [name, box] of [['without references and without a keyring', plain], ['with a secret', armed]]) {
    await t.test(name, async t => {
      const sh = (script, options) => box.doctor(['exec', '--', 'sh', '-c', script], options)
      await t.test('the exit status', async () => {
        for (const status of [0, 1, 3, 7, 126, 255]) assert.equal((await sh(`exit ${status}`)).status, status)
        for (const signal of ['TERM', 'INT', 'KILL', 'PIPE']) {
          assert.equal((await sh(`kill -${signal} $$`)).signal, `SIG${signal}`, signal)
        }
      })
      await t.test('126 and 127', async () => {
        box.write('project/not-executable', '#!/bin/sh\n', 0o644)
        for (const [command, status] of [['./not-executable', 126], ['/', 126], ['no-such-command', 127], ['./nowhere', 127]]) {
          const result = await box.doctor(['exec', '--', command])
          assert.equal(result.status, status, command)
          assert.ok(result.stderr.includes(`cannot run '${command}'`), result.stderr)
          assert.equal(result.stdout, '')
        }
      })
      await t.test('arguments, standard input, output and error, the working directory', async () => {
        const args = ['', ' ', '--version', '-o', '$HOME', 'ä', "'"]
        const echoed = await box.doctor(['exec', 'printf', '%s|', ...args])
        assert.equal(echoed.stdout, args.map(arg => `${arg}|`).join(''))
        const streams = await sh('cat; echo err >&2; pwd', { input: 'in\n' })
        assert.deepEqual([streams.status, streams.stdout, streams.stderr], [0, `in\n${box.project}\n`, 'err\n'])
        const big = await sh('cat', { input: 'x'.repeat(1 << 20) })
        assert.equal(big.stdout.length, 1 << 20)
      })
      await t.test('no descriptor, blocked signal or ignored signal is left over', async () => {
        const script = 'ls -l /proc/self/fd | grep -c -- "->"; grep -E "^Sig(Blk|Ign)" /proc/self/status; ulimit -c'
        assert.equal((await sh(script)).stdout, (await box.run('sh', ['-c', script])).stdout)
        // Nor is one taken away that the caller has ignored.
        const ignoring = (...command) => box.run('env', ['--ignore-signal=PIPE,CHLD,USR1', ...command])
        const look = ['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status']
        const alone = (await ignoring(...look)).stdout
        const [, mask] = alone.match(/SigIgn:\t([0-9a-f]+)/)
        for (const signal of ['SIGPIPE', 'SIGUSR1', 'SIGCHLD']) assert.ok(BigInt(`0x${mask}`) >> BigInt(os.constants.signals[signal] - 1) & 1n, signal)
        assert.equal((await ignoring(doctor, 'exec', '--', ...look)).stdout, alone)
      })
      await t.test('signals reach COMMAND', async () => {
        for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1']) {
          const script = `process.on('${signal}', () => process.exit(5)); console.log('ready'); setInterval(() => {}, 1000)`
          const child = box.spawn(doctor, ['exec', '--', 'node', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
          const closed = child.ended
          await started(child, 'ready')
          child.kill(signal)
          assert.equal(await closed, 5, signal)
        }
      })
      await t.test('the terminal', async () => {
        const result = await box.run('script', ['-qefc', `stty rows 33 cols 77; ${doctor} exec -- sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size; exit 4'`, '/dev/null'])
        assert.match(result.stdout, /33 77/)
        assert.equal(result.status, 4)
        // An interrupt typed at the terminal goes to COMMAND, which is in its foreground.
        const child = box.spawn('script', ['-qefc', `exec ${doctor} exec -- sh -c 'trap "exit 6" INT; echo ready; while :; do sleep 0.05; done'`, '/dev/null'])
        const closed = child.ended
        await started(child, 'ready')
        child.stdin.write('\x03')
        assert.equal(await closed, 6)
      })
      await t.test('job control', async () => {
        const child = spawn('script', ['-qefc', 'bash --norc --noprofile -i', '/dev/null'], { env: { ...box.env, PS1: 'prompt ' }, cwd: box.project, stdio: ['pipe', 'pipe', 'pipe'] })
        const closed = new Promise(resolve => child.once('close', resolve))
        const says = async (typed, word) => {
          const said = started(child, word)
          child.stdin.write(typed)
          await said
        }
        await says(`${doctor} exec -- sh -c 'echo re""ady; while read line; do echo "got $line"; done; exit 8'\n`, 'ready')
        await says('\x1a', 'Stopped')
        await says('fg\n', 'exec -- sh')
        await says('one\n', 'got one')
        await says('\x04', 'prompt ')
        await says('echo status $?\n', 'status 8')
        child.stdin.write('exit\n')
        await closed
      })
    })
  }

  await t.test('what COMMAND gets', async t => {
    const value = async (env = {}) => (await armed.doctor(['exec', '--', 'sh', '-c', `printf %s "$${variable}"`], { env })).stdout
    assert.equal(await value(), token)
    // A variable of the environment wins, and then no keyring is needed.
    assert.equal(await value({ [variable]: 'from-the-ci' }), 'from-the-ci')
    assert.equal(await value({ ...noBus({ t }).env, [variable]: 'from-the-ci' }), 'from-the-ci')
    const all = await armed.doctor(['exec', '--', 'env'])
    const added = all.stdout.split('\n').filter(line => line && !(line.split('=')[0] in armed.env)).map(line => line.split('=')[0]).sort()
    assert.deepEqual(added.filter(name => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name)), [variable])
  })

  await t.test('variables of GLib and libsecret change nothing about it', async t => {
    const ran = armed.at('ran')
    const helper = { args: ['token-helper', 'https://registry.example/'], out: `Bearer ${token}\n` }
    const exec = { args: ['exec', '--', 'sh', '-c', `printf '%s %s\n' "$${variable}" "$G_DBUS_DEBUG"`], out: null }
    for (const env of [{ G_DBUS_DEBUG: 'all' }, { G_MESSAGES_DEBUG: 'all' }, { G_DEBUG: 'fatal-warnings' }, { GIO_EXTRA_MODULES: armed.dir }, { GIO_MODULE_DIR: armed.dir },
      { SECRET_BACKEND: 'file', SECRET_FILE_TEST_PATH: armed.at('file'), SECRET_FILE_TEST_PASSWORD: 'x' }]) {
      for (const { args, out } of [helper, exec]) {
        const result = await armed.doctor(args, { env })
        assert.deepEqual([result.status, result.stdout, result.stderr], [0, out ?? `${token} ${env.G_DBUS_DEBUG ?? ''}\n`, ''], JSON.stringify(env))
      }
    }
    for (const address of [`unixexec:path=/bin/sh,argv1=-c,argv2=touch ${ran}`, 'autolaunch:', 'nonce-tcp:host=127.0.0.1,port=1,noncefile=/none']) {
      const result = await armed.doctor(helper.args, { env: { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: armed.dir } })
      assert.deepEqual([result.status, result.stdout], [3, ''], address)
      assert.match(result.stderr, /D-Bus/)
    }
    assert.ok(!fs.existsSync(ran))
  })

  await t.test('what a variable or JSON cannot hold is refused, never cut', async t => {
    const attributes = { 'xdg:schema': 'io.github.npmrc_doctor.Credential', file: armed.at('home/.npmrc'), location: '//registry.example/', key: '_authToken', variable }
    const json = async () => (await armed.doctor(['env', '--shell', 'json']))
    assert.deepEqual(JSON.parse((await json()).stdout), { [variable]: token })
    for (const [bytes, status, what] of [['exec-\0CANARY', 3, /NUL/], [Buffer.from([0xff, 0x43]), 0, /not UTF-8/]]) {
      await keyring.store('x', attributes, bytes)
      const result = await armed.doctor(['exec', '--', 'sh', '-c', 'echo started'])
      assert.deepEqual([result.status, result.stdout], [status, status ? '' : 'started\n'], result.stderr)
      const printed = await json()
      assert.deepEqual([printed.status, printed.stdout], [3, ''])
      assert.match(printed.stderr, what)
      assertNoSecret(printed, [token, 'CANARY'])
    }
    await keyring.store('x', attributes, token)
    assert.deepEqual(JSON.parse((await json()).stdout), { [variable]: token })
  })

  await t.test("a project's file gets no secret of another registry", async () => {
    const uses = [`//evil.example/:_authToken=\${${variable}}`, `user-agent=\${${variable}}`, `//evil.example/:_authToken=\${${variable}?}`]
    for (const line of uses) {
      armed.write('project/.npmrc', `${line}\n`)
      const refused = await armed.doctor(['exec', '--', 'sh', '-c', 'echo started'])
      const unrestored = await armed.doctor(['restore', armed.at('project/.npmrc')])
      assert.equal(armed.read('project/.npmrc'), `${line}\n`, 'restore wrote into it')
      assert.equal(unrestored.status, 3, unrestored.stderr)
      fs.rmSync(armed.at('project/.npmrc'))
      assert.deepEqual([refused.status, refused.stdout], [3, ''], line)
      assert.match(refused.stderr, new RegExp(`project/\\.npmrc refers to ${variable}`))
      assertNoSecret(refused, [token])
    }
  })

  await t.test('references that are not ours are left to the environment', async t => {
    const box = sandbox(t, { env: noBus({ t }).env })
    box.write('home/.npmrc', 'init-author-name=${NOBODY}\n; //x.example/:_authToken=${NPMRC_SECRET_COMMENTED}\n')
    assert.equal((await box.doctor(['exec', '--', 'true'])).status, 0)
  })
})

test('the project and the files that COMMAND itself names', async t => {
  const box = sandbox(t, { env: noBus({ t }).env })
  for (const dir of ['there', 'there/below']) fs.mkdirSync(box.at('project', dir))
  box.write('project/package.json', '{}')
  box.write('project/there/package.json', '{}')
  box.write('project/there/.npmrc', '//registry.example/:_authToken=${GONE}\n')
  const named = [['npm', '-C', 'there', 'ci'], ['npm', '--prefix=there', 'ci'], ['npm', 'ci', '--prefix', box.at('project/there')], ['npm', '--prefi=there', 'ci'],
    ['npx', '-C', 'there', 'x'], ['npm', '-sC', 'there', 'ci'], ['npm', '--userconfig', 'there/.npmrc', 'ci'], ['npm', '--globalconfig=there/.npmrc', 'ci'],
    ['pnpm', 'i', '--userconfig=there/.npmrc'], ['yarn', '--cwd', 'there'], ['bun', 'i', '--cwd=there/below']]
  const other = [['npm', 'ci'], ['npm', 'ci', '--', '-C', 'there'], ['npm', '-C', 'there/below', 'ci'], ['npm', '-gC', 'there', 'ci'], ['npm', '-C', 'there', '--location=global', 'ci'],
    // Today's pnpm takes no credential with a variable from a project's file.
    ['pnpm', '-C', 'there/below', 'i'], ['pnpm', 'i', '--dir=there'],
    ['npx', 'x', '-C', 'there'], ['npm', '-C', 'there', '--//registry.example/:_authToken=given', 'ci'], ['yarn', 'run', 'x', '--', '--cwd', 'there']]
  const named3 = async command => {
    // Whatever COMMAND is, it ends at once: it is not to run here.
    const result = await box.doctor(['exec', '--deliver', 'env', '--', ...command], { env: { PATH: '/nonexistent' } })
    return [result.status, /GONE, which .*\/there\/\.npmrc needs/.test(result.stderr)]
  }
  for (const command of named) assert.deepEqual(await named3(command), [3, true], command.join(' '))
  for (const command of other) assert.deepEqual(await named3(command), [127, false], command.join(' '))
})

test('npm on the wire', async t => {
  const keyring = await keyringSession({ t })
  for (const npm of npmMajors.filter(major => major >= 9)) {
    await t.test(`npm ${npm}`, async t => {
      const peer = await registry(t)
      const box = sandbox(t, { npm, env: keyring.env })
      const cases = [
        ['a token in the user\'s file', 'home/.npmrc', [`${peer.dart}:_authToken=${token}`], `Bearer ${token}`],
        ['a quoted token in the project\'s file', 'project/.npmrc', [`${peer.dart}:_authToken = "${token}#;'x"`], `Bearer ${token}#;'x`],
        ['_auth', 'home/.npmrc', [`${peer.dart}:_auth=${b64('nick:' + token)}`], `Basic ${b64('nick:' + token)}`],
        ['_password', 'home/.npmrc', [`${peer.dart}:username=nick`, `${peer.dart}:_password=${b64(token)}`], `Basic ${b64('nick:' + token)}`]
      ]
      if (npm !== 11) cases.splice(2)
      await t.test('the project that -C names', async () => {
        box.write('project/there/package.json', '{}')
        box.write('project/there/.npmrc', `registry=${peer.url}\n${peer.dart}:_authToken=${token}\n`)
        assert.equal((await box.doctor(['fix', '--keyring', '--yes', '--offline', '--cwd', box.at('project/there')])).status, 0)
        for (const option of [['-C', 'there'], ['--prefix=there']]) {
          const result = await box.doctor(['exec', '--', 'npm', ...option, 'view', 'nd-example', 'version', '--prefer-online', '--fetch-retries=0'])
          assert.equal(result.stdout.trim(), '1.2.3', result.stderr)
          assert.equal(peer.last(), `Bearer ${token}`)
        }
        assert.equal((await box.doctor(['restore', '--purge', '--cwd', box.at('project/there')])).status, 0)
        fs.rmSync(box.at('project/there'), { recursive: true })
      })
      for (const [name, file, lines, authorization] of cases) {
        await t.test(name, async () => {
          const content = [`registry=${peer.url}`, 'update-notifier=false', ...lines, ''].join('\n')
          for (const old of ['home/.npmrc', 'project/.npmrc']) fs.rmSync(box.at(old), { force: true })
          box.write(file, content)
          const view = ['npm', 'view', 'nd-example', 'version', '--prefer-online', '--fetch-retries=0']
          const before = await box.run(view[0], view.slice(1))
          assert.equal(before.stdout.trim(), '1.2.3', before.stderr)
          assert.equal(peer.last(), authorization)
          assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
          assert.deepEqual(filesWith(box.dir, [token, b64('nick:' + token)]), [])
          const through = await box.doctor(['exec', '--', ...view])
          assert.deepEqual([through.status, through.stdout], [before.status, before.stdout], through.stderr)
          assert.equal(peer.last(), authorization)
          assertNoSecret(through, [token])
          assert.deepEqual(filesWith(box.dir, [token, b64('nick:' + token)]), [], 'a secret is left on the disk')
          assert.equal((await box.doctor(['restore', '--purge'])).status, 0)
          assert.equal(box.read(file), content)
        })
      }
    })
  }
})
