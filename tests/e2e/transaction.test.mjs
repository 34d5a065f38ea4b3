// The transaction of `fix --keyring` and of `restore --purge`, with everything going wrong at every call:
// the secret is always in the file or in the keyring, the file is the old one or the new one, nothing
// else holds it, and a second run completes the work.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { before, test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { doctor, must, noLeakSearch, root, sandbox, slow, stride, systemPath } from '../lib/sandbox.mjs'
import { assertNoSecret, compileShim, spellingsOf, stopped } from './support.mjs'

const build = path.resolve(root, process.env.BUILD || 'build')
const shim = path.join(build, 'tests/fault_shim.so')
const mock = path.join(build, 'tests/keyring_mock_of_transaction')
const errors = os.constants.errno
const tokens = ['tok-CANARY-1', 'pw-CANARY-2']
const written = `; mine\n//registry.example/:_authToken=${tokens[0]}\nproxy=http://nick:${tokens[1]}@proxy.example:8080/\nfund=false\n`
const variables = ['NPMRC_SECRET_REGISTRY_EXAMPLE_AUTHTOKEN', 'NPMRC_SECRET_PROXY_EXAMPLE_8080_PROXY']
const moved = tokens.reduce((text, token, i) => text.replace(token, () => `\${${variables[i]}}`), written)

before(async () => {
  await compileShim(shim)
  await must('sh', ['-c', 'exec cc -std=c17 -O1 -D_GNU_SOURCE $(pkg-config --cflags gio-2.0) -o "$1" tests/e2e/keyring_mock.c $(pkg-config --libs gio-2.0)', 'sh', mock], { cwd: root, env: { PATH: process.env.PATH } })
})

const fix = ['fix', '--keyring', '--yes']
const restore = ['restore', '--purge']

function place (t, keyring) {
  const box = sandbox(t, { npm: null, env: keyring.env })
  const file = box.write('home/.npmrc', written, 0o644)
  const log = path.join(box.dir, 'hit')
  const here = {
    box,
    file,
    text: () => fs.readFileSync(file, 'utf8'),
    // What this call ran into, or null where the run came to its end without it.
    async faulty (args, env) {
      fs.rmSync(log, { force: true })
      const result = await box.doctor(args, { env: { LD_PRELOAD: shim, FAULT_LOG: log, ...here.env, ...env }, timeout: 15000 })
      assert.ok(!result.timedOut, `${args} hangs`)
      assertNoSecret(result, tokens, args.join(' '))
      const hit = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim() : null
      return { ...result, hit }
    }
  }
  return here
}

// The secrets of this file as another program sees them, in the order of `variables`.
async function held (keyring, file) {
  const found = {}
  const { stdout, stderr } = await keyring.run('secret-tool', ['search', '--all', 'xdg:schema', 'io.github.npmrc_doctor.Credential', 'file', file])
  const secrets = [...stdout.matchAll(/^secret = (.*)$/gm)].map(m => m[1])
  const names = [...(stdout + stderr).matchAll(/^attribute\.variable = (.*)$/gm)].map(m => m[1])
  assert.equal(names.length, secrets.length)
  names.forEach((name, i) => { found[name] = secrets[i] })
  return variables.map(variable => found[variable] ?? null)
}

// Old or new, nothing in between, and whatever the file does not hold the keyring does.
async function assertNothingLost (here, keyring, what) {
  const text = here.text()
  assert.ok(text === written || text === moved, `${what}: ${text.length} bytes that are neither the old nor the new file`)
  if (text === moved) assert.deepEqual(await held(keyring, here.file), tokens, `${what}: the secret is lost`)
  return text === moved
}

// After errors and signals nothing may be left; what a killed process leaves nobody else may read and the next run
// removes. A killed fix leaves no secret that the .npmrc itself does not hold.
function assertClean (here, what, killed, from) {
  for (const name of fs.readdirSync(here.box.home).filter(name => name !== '.npmrc')) {
    assert.ok(killed, `${what} leaves ${name}`)
    const left = path.join(here.box.home, name)
    assert.match(name, /^\.npmrc-[0-9a-f]{32}$/)
    assert.equal(fs.statSync(left).mode & 0o077, 0, `${what}: others may read ${name}`)
    if (from === moved) continue
    const text = fs.readFileSync(left, 'utf8')
    for (const token of tokens) assert.ok(!text.includes(token) || here.text().includes(token), `${what}: ${name} alone holds a secret`)
  }
}

// One command, hit at its n-th call; then the same command again, whole.
async function hitOnce (here, keyring, { args, from, to, fault, n, only }) {
  fs.writeFileSync(here.file, from)
  const result = await here.faulty(args, { FAULT_AT: n, FAULT_ONLY: only, FAULT_DO: errors[fault] ? String(errors[fault]) : fault })
  const killed = result.signal !== null
  const what = `${args[0]}: ${fault} at call ${n} (${result.hit})`
  if (result.hit === null) {
    assert.equal(result.status, 0, `${what}: ${result.stderr}`)
    return false
  }
  if (fault === 'kill') assert.equal(result.signal, 'SIGKILL', what)
  else assert.ok(!killed || (fault === 'term' && result.signal === 'SIGTERM'), what)
  const isMoved = await assertNothingLost(here, keyring, what)
  assertClean(here, what, result.signal === 'SIGKILL', from)
  if (!killed && result.status === 0) assert.equal(isMoved ? moved : written, to, `${what}: success is claimed`)
  const again = await here.box.doctor(args)
  assert.equal(again.status, 0, `${what}, then: ${again.stderr}`)
  assert.equal(here.text(), to, `${what}: the second run does not complete the work`)
  assert.deepEqual(await held(keyring, here.file), to === moved ? tokens : [null, null], `${what}, then`)
  assert.deepEqual(fs.readdirSync(here.box.home), ['.npmrc'], what)
  return true
}

// Where each can happen at all: a disk is full only for who writes.
const faults = {
  kill: '',
  EIO: '',
  ENOSPC: 'open openat write fsync linkat renameat renameat2 mkdir fsetxattr',
  EACCES: 'open openat __open_2 stat lstat access readlink linkat renameat fchmod fchown mkdir connect'
}

test('at every call', { concurrency: 2 }, async t => {
  await Promise.all(Object.entries(faults).map(([fault, only]) => t.test(fault, async t => {
    const keyring = await keyringSession({ t })
    const here = place(t, keyring)
    let n = 1
    while (await hitOnce(here, keyring, { args: fix, from: written, to: moved, fault, n, only })) n += stride
    let m = 1
    for (;;) {
      fs.writeFileSync(here.file, written)
      assert.equal((await here.box.doctor(fix)).status, 0)
      if (!await hitOnce(here, keyring, { args: restore, from: moved, to: written, fault, n: m, only })) break
      m += stride
    }
    t.diagnostic(`fix: ${n - 1} calls, restore: ${m - 1} calls`)
    assert.ok(only ? n > 5 && m > 5 : n > 90 && m > 90, `${n} and ${m} calls only`)
  })))
})

// NFS and many a FUSE know no files without a name: there a new file has one from the beginning.
test('at every call, where files have names', async t => {
  const only = 'openat write fsync renameat renameat2 fchmod unlinkat ftruncate sendmsg close'
  await Promise.all(['kill', 'term', 'EIO'].map(fault => t.test(fault, async t => {
    const keyring = await keyringSession({ t })
    const here = place(t, keyring)
    here.env = { FAULT_NAMED: '1' }
    const { hit } = await here.faulty(fix, { FAULT_AT: 0 })
    assert.match(hit, /^renameat$/m)
    assert.doesNotMatch(hit, /^linkat$/m)
    for (const [args, from, to] of [[fix, written, moved], [restore, moved, written]]) {
      let n = 1
      do {
        if (from === moved) {
          fs.writeFileSync(here.file, written)
          assert.equal((await here.box.doctor(fix)).status, 0)
        }
        n += stride
      } while (await hitOnce(here, keyring, { args, from, to, fault, n: n - stride, only }))
      t.diagnostic(`${args[0]}: ${n - 2} calls`)
      assert.ok(n > 12, `${n} calls only`)
    }
  })))
})

async function pidOf (keyring, name) {
  const { stdout } = await keyring.run('gdbus', ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus',
    '--method', 'org.freedesktop.DBus.GetConnectionUnixProcessID', name])
  return Number(/uint32 (\d+)/.exec(stdout)[1])
}

// The other end dies while it is asked for the n-th time. Who dies has to be started anew each time.
for (const [what, name] of [['the bus', 'org.freedesktop.DBus'], ['the keyring', 'org.freedesktop.secrets']]) {
  test(`${what} dies in the middle`, async t => {
    let done = 0
    for (let n = 1; ; n += stride) {
      const keyring = await keyringSession({ t })
      const here = place(t, keyring)
      const args = n % 2 ? fix : restore
      if (args === restore) assert.equal((await here.box.doctor(fix)).status, 0)
      const result = await here.faulty(args, { FAULT_AT: Math.ceil(n / 2), FAULT_ONLY: 'sendmsg', FAULT_PID: await pidOf(keyring, name) })
      const text = here.text()
      const where = `${args[0]}, ${what} dies at message ${Math.ceil(n / 2)}`
      assert.ok(text === written || text === moved, where)
      assert.deepEqual(fs.readdirSync(here.box.home), ['.npmrc'], where)
      if (result.hit === null) {
        assert.equal(result.status, 0)
        if (++done === 2) break
        continue
      }
      done = 0
      assert.ok([0, 3].includes(result.status), `${where}: ${result.status} ${result.signal} ${result.stderr}`)
      if (result.status === 3) assert.match(result.stderr, /^npmrc-doctor: .*(keyring|Secret Service|D-Bus)/m, where)
      // Only what the keyring has confirmed leaves the file: after a failure the file is the old one.
      if (args === fix) assert.equal(text, result.status === 0 ? moved : written, where)
      if (args === restore && result.status === 0) assert.equal(text, written, where)
      await keyring.stop()
    }
  })
}

async function withMock (t, ...modes) {
  const keyring = await keyringSession({ t, service: false })
  const child = spawn(mock, modes, { env: { PATH: systemPath, ...keyring.env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const said = []
  const ready = new Promise((resolve, reject) => {
    child.stdout.on('data', chunk => { said.push(String(chunk)); resolve() })
    child.on('close', reject)
  })
  t.after(() => child.kill())
  await ready
  return { keyring, here: place(t, keyring), said }
}

test('a keyring that gives back something else', async t => {
  const { here } = await withMock(t, 'garble')
  const result = await here.box.doctor(fix)
  assert.equal(result.status, 3)
  assert.match(result.stderr, /was left as it was: the keyring gave back something else/)
  assertNoSecret(result, tokens)
  assert.equal(here.text(), written)
  assert.equal(fs.statSync(here.file).mode & 0o777, 0o644)
  assert.deepEqual(fs.readdirSync(here.box.home), ['.npmrc'])
})

test('the user dismisses the prompt', async t => {
  const { here, said } = await withMock(t, 'locked')
  // With a display somebody can be asked; without, nobody is.
  const result = await here.box.doctor(fix, { env: { DISPLAY: ':7' } })
  assert.equal(result.status, 3)
  assert.match(result.stderr, /dismissed/)
  assert.match(said.join(''), /prompt/)
  assert.equal(here.text(), written)
  const prompts = said.join('').match(/prompt/g).length
  const started = performance.now()
  const silent = await here.box.doctor(fix)
  assert.ok(performance.now() - started < 1500 * slow)
  assert.equal(silent.status, 3)
  assert.match(silent.stderr, /locked/)
  assert.equal(said.join('').match(/prompt/g).length, prompts, 'a prompt that nobody sees')
  assert.equal(here.text(), written)
})

test('a disk that is really full', async t => {
  const keyring = await keyringSession({ t })
  const here = place(t, keyring)
  // The script itself prints the file at last.
  const script = `mount -t tmpfs -o size=32k none "$1" || exit 77
    printf %s "$2" > "$1/.npmrc"
    while printf '%04096d' 0 >> "$1/full" 2>/dev/null; do :; done
    "$0" fix --keyring --yes; status=$?
    ls -A "$1"; cat "$1/.npmrc"; exit $status`
  const result = await here.box.run('unshare', ['-m', 'sh', '-c', script, doctor, here.box.home, written], { env: { PATH: systemPath }, net: false })
  if (result.status === 77 || /unshare/.test(result.stderr)) return t.skip('no mount namespaces here')
  assert.equal(result.status, 3, result.stderr)
  assert.match(result.stderr, /left as it was: cannot (write|create).*No space left/)
  assert.ok(result.stdout.endsWith(`.npmrc\nfull\n${written}`), result.stdout.slice(-300))
  assert.deepEqual(await held(keyring, here.file), [null, null], 'nothing is stored for a file that cannot be written')
})

// Whoever ends it now ends it afterwards: no thread lets a signal in. (valgrind has a mask of its own.)
function assertHeld (pid, what) {
  for (const task of slow === 1 ? fs.readdirSync(`/proc/${pid}/task`) : []) {
    const status = fs.readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')
    const mask = BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)$/m.exec(status)[1]}`)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) assert.ok(mask >> BigInt(os.constants.signals[name] - 1) & 1n, `${what}: ${name} in ${status.split('\n')[0]}`)
  }
}

test('scan keeps signals waiting while it replaces a report', async t => {
  const here = place(t, await keyringSession({ t }))
  const child = here.box.spawn(doctor, ['scan', '--jobs', '4', '-o', here.box.at('report'), here.box.home],
    { env: { ...here.box.env, LD_PRELOAD: shim, FAULT_LOG: here.box.at('hit'), FAULT_AT: '1', FAULT_ONLY: 'renameat', FAULT_DO: 'stop' } })
  t.after(() => child.kill('SIGKILL'))
  await stopped(child)
  assert.ok(slow !== 1 || fs.readdirSync(`/proc/${child.pid}/task`).length > 1, 'its threads are there still')
  assertHeld(child.pid, 'scan')
  child.kill('SIGTERM')
  child.kill('SIGCONT')
  await child.ended
  assert.deepEqual(fs.readdirSync(here.box.dir).filter(name => name.startsWith('.npmrc-')), [])
  assert.match(here.box.read('report'), /plaintext-token/)
})

// Two at once: what one of them has stored the other must not overwrite, nor delete with the file read before.
test('one is at work, another one comes', async t => {
  const keyring = await keyringSession({ t })
  const here = place(t, keyring)
  // Stops once its secrets are stored and before its file is in place, until `go`.
  const half = async args => {
    const child = here.box.spawn(doctor, args, { env: { ...here.box.env, LD_PRELOAD: shim, FAULT_LOG: here.box.at('hit'), FAULT_AT: '1', FAULT_ONLY: 'renameat', FAULT_DO: 'stop' } })
    t.after(() => child.kill('SIGKILL'))
    await stopped(child)
    return { pid: child.pid, go: () => { child.kill('SIGCONT'); return child.ended } }
  }
  const busy = /another npmrc-doctor is at work in its directory/
  for (const args of [fix, restore]) {
    fs.writeFileSync(here.file, written)
    if (args === fix) await here.box.doctor(fix).then(() => fs.writeFileSync(here.file, written))
    else assert.equal((await here.box.doctor(fix)).status, 0)
    const first = await half(args)
    assertHeld(first.pid, args[0])
    const before = here.text()
    for (const other of [fix, restore]) {
      const result = await here.box.doctor(other)
      if (result.status === 0) {
        assert.match(result.stderr, /nothing to/, `${args[0]}, then ${other[0]}`)
      } else {
        assert.equal(result.status, 3, result.stderr)
        assert.match(result.stderr, busy)
      }
      assert.equal(here.text(), before)
    }
    assert.deepEqual(await held(keyring, here.file), tokens, `${args[0]}: the other one has touched the keyring`)
    assert.equal(await first.go(), 0)
    assert.equal(here.text(), args === fix ? moved : written)
    assert.deepEqual(await held(keyring, here.file), args === fix ? tokens : [null, null])
  }
  // One that ends in time is waited for.
  fs.writeFileSync(here.file, written)
  const first = await half(fix)
  const second = here.box.doctor(fix)
  const [status, { status: late, stderr }] = await Promise.all([first.go(), second])
  assert.equal(status, 0)
  assert.ok(late === 0 || /was changed since it was read/.test(stderr), stderr)
  assert.equal(here.text(), moved)
  assert.deepEqual(await held(keyring, here.file), tokens)
})

test('two files: what was done is said', async t => {
  const keyring = await keyringSession({ t })
  const here = place(t, keyring)
  const line = '//b.example/:_authToken=tok-CANARY-3\n'
  const other = here.box.write('project/.npmrc', line)
  fs.linkSync(other, path.join(here.box.dir, 'other-name'))
  const result = await here.box.doctor([...fix, '--quiet'])
  assert.equal(result.status, 3)
  assert.match(result.stderr, /^fixed .*home\/\.npmrc$/m)
  assert.match(result.stderr, /project\/\.npmrc was left as it was: .*hard links/)
  assert.equal(here.text(), moved)
  assert.equal(here.box.read('project/.npmrc'), line)
  assert.deepEqual(await held(keyring, here.file), tokens)
  assert.equal(await keyring.lookup({ file: other }), null)
})

test('a variable that the environment has already', async t => {
  const keyring = await keyringSession({ t })
  const here = place(t, keyring)
  const other = await here.box.doctor(fix, { env: { [variables[0]]: 'other-CANARY' } })
  assert.equal(other.status, 3)
  assert.match(other.stderr, new RegExp(`${variables[0]} is set in the environment to something else`))
  assertNoSecret(other, [...tokens, 'other-CANARY'])
  assert.equal(here.text(), written)
  assert.equal((await here.box.doctor(fix, { env: { [variables[0]]: tokens[0] } })).status, 0)
  assert.equal(here.text(), moved)
})

// The secrets of an interrupted run do not stay in the keyring for ever.
test('restore --purge clears up what fix had stored', async t => {
  const keyring = await keyringSession({ t })
  const here = place(t, keyring)
  assert.equal((await here.box.doctor(fix)).status, 0)
  fs.writeFileSync(here.file, written.replace('tok-CANARY-1', 'tok-CANARY-9'))
  const { status, stderr } = await here.box.doctor(restore)
  assert.equal(status, 0)
  // One is written out in the file; of the other the keyring has the only copy.
  assert.deepEqual(await held(keyring, here.file), [tokens[0], null])
  assert.match(stderr, new RegExp(`^removed ${variables[1]} from the keyring: `, 'm'))
  assert.doesNotMatch(stderr, /nothing to restore/)
  // Which is never destroyed, but how to do it is said, also where nothing is written there any more.
  fs.rmSync(here.file)
  const again = await here.box.doctor(restore)
  for (const text of [stderr, again.stderr]) {
    const [, command] = new RegExp(`^the keyring keeps ${variables[0]}, .*: \`(secret-tool clear .*)\` removes it$`, 'm').exec(text)
    if (text === again.stderr) assert.equal((await keyring.run('sh', ['-c', command])).status, 0)
  }
  assert.deepEqual(await held(keyring, here.file), [null, null])
  assert.equal((await here.box.doctor(restore)).stderr, 'nothing to restore\n')
  // A file that cannot be read may refer to it.
  fs.writeFileSync(here.file, written)
  assert.equal((await here.box.doctor(fix)).status, 0)
  fs.renameSync(here.file, here.file + '.aside')
  fs.symlinkSync(here.file, here.file)
  assert.doesNotMatch((await here.box.doctor(restore)).stderr, /the keyring keeps/)
})

test('nothing of it in a core, in arguments or in the environment', async t => {
  const keyring = await keyringSession({ t })
  const here = place(t, keyring)
  const trace = path.join(here.box.dir, 'trace')
  const result = await here.box.run('strace', ['-f', '-s', '4096', '-e', 'trace=execve,prctl,openat,write', '-o', trace, doctor, ...fix], { env: { PATH: systemPath, ...noLeakSearch } })
  assert.equal(result.status, 0, result.stderr)
  const text = fs.readFileSync(trace, 'utf8')
  for (const line of text.split('\n').filter(line => /execve|write\(/.test(line))) {
    for (const spelling of tokens.flatMap(spellingsOf)) assert.ok(!line.includes(spelling), line)
  }
  const at = text.indexOf('PR_SET_DUMPABLE, SUID_DUMP_DISABLE')
  assert.ok(at > 0 && at < text.indexOf('.npmrc'), 'core dumps are possible when the file is read')
})
