// The shell functions, in real shells.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { after, test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { verdaccio } from '../lib/peers.mjs'
import { doctor, sandbox } from '../lib/sandbox.mjs'
import { filesWith } from '../lib/story.mjs'

const registry = await verdaccio({ t: { after }, restricted: true })

// Types what npm login asks for, on a terminal.
function login (box, shell, args) {
  const quoted = [shell, ...args].map(arg => `'${arg.replaceAll("'", "'\\''")}'`).join(' ')
  const child = spawn('script', ['-qefc', quoted, '/dev/null'], { cwd: box.project, env: box.env, stdio: ['pipe', 'pipe', 'pipe'] })
  const answers = [[/Username:/, 'nick\r'], [/Password:/, 'pw-CANARY\r'], [/Email:/, 'nick@example.org\r']]
  let text = ''
  let seen = 0
  child.stdin.on('error', () => {})
  const hear = chunk => {
    text += chunk
    if (answers.length && answers[0][0].test(text.slice(seen))) {
      seen = text.length
      child.stdin.write(answers.shift()[1])
    }
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise(resolve => child.on('close', () => resolve(text)))
}

const shells = {
  bash: { args: ['--norc', '--noprofile', '-c'], load: `eval "$(${doctor} hook bash)"`, status: '$?' },
  zsh: { args: ['-f', '-c'], load: `eval "$(${doctor} hook zsh)"`, status: '$?' },
  fish: { args: ['--no-config', '-c'], load: `${doctor} hook fish | source`, status: '$status' }
}

function fakeClient (box, name, script) {
  box.write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755)
}

for (const [shell, { args, load, status }] of Object.entries(shells)) {
  test(`${shell}: clients on PATH run through exec, with arguments and status as they are`, async t => {
    const box = sandbox(t, { npm: null, env: { NPM_TOKEN: 'tok-CANARY' } })
    box.env.PATH = `${box.at('bin')}:/usr/bin:/bin`
    fakeClient(box, 'yarn', 'for a; do echo "<$a>"; done; cat; tr "\\0" "\\n" </proc/$$/environ | grep -c ^NPM_TOKEN=; exit 9')
    const script = `${load}\nyarn 'a b' '' '*' '$x'\necho status ${status}`
    const result = await box.run(shell, [...args, script], { input: 'input\n' })
    assert.equal(result.stderr, '')
    assert.equal(result.stdout, '<a b>\n<>\n<*>\n<$x>\ninput\n1\nstatus 9\n')
    const printed = await box.doctor(['hook', shell])
    assert.match(printed.stdout, /function yarn/)
    assert.doesNotMatch(printed.stdout, /function bunx/)
  })

  test(`${shell}: a newly written token is moved at once, an old one is not touched`, async t => {
    const keyring = await keyringSession({ t })
    const box = sandbox(t, { npm: 11, env: keyring.env })
    const calls = async (...lines) => {
      const result = await box.run(shell, [...args, [load, ...lines, `echo status ${status}`].join('\n')])
      assert.match(result.stdout, /^status 0$/m, result.stderr)
      assert.ok(!(result.stdout + result.stderr).includes('CANARY'))
      return result.stderr
    }
    const npmrc = () => box.read('home/.npmrc')
    const moved = /^\/\/registry\.example\/:_authToken=\$\{(NPMRC_SECRET_\w+)\}$/m
    const set = token => `npm config set //registry.example/:_authToken=${token} --location=user`
    const inKeyring = async () => keyring.lookup({ variable: npmrc().match(moved)?.[1] ?? 'none' })

    assert.match(await calls(set('tok-CANARY-1')), /is in the keyring/)
    assert.equal(await inKeyring(), 'tok-CANARY-1')
    // Over a placeholder.
    assert.match(await calls(set('tok-CANARY-2')), /is in the keyring/)
    assert.equal(await inKeyring(), 'tok-CANARY-2')
    // What was written out before stays, unless it is replaced.
    box.write('home/.npmrc', '//old.example/:_authToken=old-CANARY\n//registry.example/:_authToken=old-CANARY\n')
    assert.doesNotMatch(await calls('npm config set fund=false --location=user'), /in the keyring/)
    assert.match(npmrc(), /^\/\/registry\.example\/:_authToken=old-CANARY$/m)
    assert.match(await calls(set('tok-CANARY-3')), /is in the keyring/)
    assert.equal(await inKeyring(), 'tok-CANARY-3')
    assert.match(npmrc(), /^\/\/old\.example\/:_authToken=old-CANARY$/m)
    assert.match(npmrc(), /^fund=false$/m)
    // The same one again is written again; one that goes is no new one.
    assert.match(await calls(set('tok-CANARY-3')), /is in the keyring/)
    assert.doesNotMatch(await calls('npm config delete //old.example/:_authToken --location=user'), /in the keyring/)
    assert.match(npmrc(), moved)
    // In whichever file it is.
    box.write('project/package.json', '{}')
    assert.match(await calls('npm config set //project.example/:_authToken=tok-CANARY-4 --location=project'), /is in the keyring/)
    assert.match(box.read('project/.npmrc'), /^\/\/project\.example\/:_authToken=\$\{NPMRC_SECRET_\w+\}$/m)
    const other = box.at('home/other')
    assert.match(await calls(`npm config set //other.example/:_authToken=tok-CANARY-5 --userconfig=${other}`), /is in the keyring/)
    assert.match(box.read('home/other'), /^\/\/other\.example\/:_authToken=\$\{NPMRC_SECRET_\w+\}$/m)
  })

  test(`${shell}: npm login, and again`, async t => {
    const keyring = await keyringSession({ t })
    for (const npm of shell === 'bash' ? [9, 10, 11, 12] : [11]) {
      const box = sandbox(t, { npm, env: keyring.env })
      box.write('home/.npmrc', `registry=${registry.url}\nupdate-notifier=false\nprogress=false\n`)
      const script = `${load}\nnpm login --auth-type=legacy\necho status ${status}\nnpm whoami\n`
      for (let round = 0; round < 2; round++) {
        const result = await login(box, shell, [...args, script])
        assert.match(result, /status 0/, result)
        assert.match(result, /the new credential is in the keyring/, result)
        assert.match(result.split('status 0')[1], /nick\r?\n/, `npm ${npm}: ${result}`)
        const [, variable] = box.read('home/.npmrc').match(/:_authToken="?\$\{(NPMRC_SECRET_\w+)\}"?$/m)
        const token = await keyring.lookup({ variable, file: box.at('home/.npmrc') })
        assert.ok(token.length > 10)
        assert.deepEqual(filesWith(box.home, [token]), [])
      }
    }
  })

  test(`${shell}: a keyring that is locked leaves the token where npm has put it, and says so`, async t => {
    const keyring = await keyringSession({ t, locked: true })
    const box = sandbox(t, { npm: 11, env: keyring.env })
    const result = await box.run(shell, [...args, `${load}\nnpm config set //registry.example/:_authToken=tok-CANARY --location=user\necho status ${status}`])
    assert.match(result.stdout, /^status 0$/m)
    assert.match(result.stderr, /the new credential stays in the file: .*locked/)
    assert.match(box.read('home/.npmrc'), /tok-CANARY/)
    assert.ok(!(result.stdout + result.stderr).includes('CANARY'))
  })
}

for (const [shell, how] of Object.entries({ bash: '--norc --noprofile -i', zsh: '-f -i' })) {
  test(`${shell}: an interrupt is the client's, and seen as one; set -eu`, { timeout: 60000 }, async t => {
    const box = sandbox(t, { npm: null, env: { PS1: 'prompt> ', TERM: 'dumb' } })
    box.env.PATH = `${box.at('bin')}:/usr/bin:/bin`
    fakeClient(box, 'yarn', 'test "$1" || exit 9; echo re""ady; exec cat')
    const { load } = shells[shell]
    const strict = await box.run(shell, [...shells[shell].args, `set -eu\n${load}\nyarn || echo status $?\nyarn\necho no`])
    assert.deepEqual([strict.status, strict.stdout, strict.stderr], [9, 'status 9\n', ''])

    const child = spawn('script', ['-qefc', `${shell} ${how}`, '/dev/null'], { cwd: box.project, env: box.env, stdio: ['pipe', 'pipe', 'pipe'] })
    t.after(() => child.kill('SIGKILL'))
    let text = ''
    let wanted = null
    child.stdout.on('data', chunk => {
      text += chunk
      if (wanted && text.includes(wanted.word)) wanted.resolve()
    })
    const says = (typed, word) => new Promise((resolve, reject) => {
      text = ''
      wanted = { word, resolve }
      child.once('close', () => reject(new Error(text)))
      child.stdin.write(typed)
    })
    await says(`${load}\n`, 'prompt> ')
    await says('yarn x\n', 'ready')
    await says('\x03', 'prompt> ')
    await says('echo "status=$?"\n', 'status=130')
    child.stdin.write('exit\n')
  })
}

test('what is printed holds no secret, and other shells are refused', async t => {
  const box = sandbox(t)
  fs.writeFileSync(box.at('home/.npmrc'), '//registry.example/:_authToken=tok-CANARY\n')
  assert.ok(!(await box.doctor(['hook', 'bash'])).stdout.includes('CANARY'))
  for (const operands of [[], ['ksh'], ['bash', 'zsh']]) assert.equal((await box.doctor(['hook', ...operands])).status, 2)
})
