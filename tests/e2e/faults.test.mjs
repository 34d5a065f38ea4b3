// What the machine does to a program: no memory, no descriptors, calls that are interrupted or move less than
// asked, a slow disk, a clock that jumps, a bus that stops, a git and a node that are hostile, an output that
// nobody reads. Bounded time, the right status, nothing lost. What kills and breaks is in transaction.test.mjs.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { before, test } from 'node:test'
import { issue, makeCA } from '../lib/certs.mjs'
import { keyringSession } from '../lib/keyring.mjs'
import { doctor, must, root, sandbox, slow, stride, systemPath, tempDir } from '../lib/sandbox.mjs'
import { registry } from '../integration/support.mjs'
import { assertNoSecret, compileShim, shell, snapshot } from './support.mjs'

const build = path.resolve(root, process.env.BUILD || 'build')
const shims = Object.fromEntries(['shim', 'memory', 'clock'].map(name => [name, path.join(build, `tests/fault_${name}_of_faults.so`)]))
const errors = os.constants.errno
const tokens = ['tok-CANARY-1', 'pw-CANARY-2']
const written = `; mine\n//registry.example/:_authToken=${tokens[0]}\nproxy=http://nick:${tokens[1]}@proxy.example:8080/\nfund=false\n`
const variables = ['NPMRC_SECRET_REGISTRY_EXAMPLE_AUTHTOKEN', 'NPMRC_SECRET_PROXY_EXAMPLE_8080_PROXY']
const moved = tokens.reduce((text, token, i) => text.replace(token, () => `\${${variables[i]}}`), written)
const fix = ['fix', '--keyring', '--yes']
const restore = ['restore', '--purge']
const patience = 20000
// What these are for is to hand secrets out.
const hands = ['env', 'exec', 'token-helper']

before(() => Promise.all(Object.entries(shims).map(([name, file]) => compileShim(file, name))))

// A home with two secrets, and a keyring.
async function place (t, { npm = null } = {}) {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { npm, env: keyring.env })
  box.write('home/.npmrc', written)
  const log = path.join(box.dir, 'hit')
  return {
    keyring,
    box,
    text: () => box.read('home/.npmrc'),
    // Under one of the shims: what it was hit at, or null where the run ended without.
    async under (shim, args, env) {
      fs.rmSync(log, { force: true })
      const result = await box.run(doctor, args, { env: { LD_PRELOAD: shims[shim], FAULT_LOG: log, ...env }, timeout: patience })
      assert.ok(!result.timedOut, `${args.join(' ')} hangs: ${JSON.stringify(env)}`)
      assertNoSecret({ ...result, stdout: hands.includes(args[0]) ? '' : result.stdout }, tokens, args.join(' '))
      return { ...result, hit: fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim() || 'hit' : null }
    },
    // The old file or the new one, and what it does not hold the keyring does. Says which.
    async isMoved (what) {
      const text = this.text()
      assert.ok(text === written || text === moved, `${what}: ${text.length} bytes that are neither the old nor the new file`)
      if (text === moved) {
        const { stdout, status } = await box.doctor(['env', '--shell', 'json'])
        assert.equal(status, 0, `${what}: the secret is lost`)
        assert.deepEqual(JSON.parse(stdout), Object.fromEntries(variables.map((name, i) => [name, tokens[i]])), `${what}: the secret is lost`)
      }
      return text === moved
    },
    async reset (from) {
      fs.writeFileSync(box.at('home/.npmrc'), written)
      if (from === moved) assert.equal((await box.doctor(fix)).status, 0)
    }
  }
}

// [arguments, the file before, the file after]
const transfers = [[fix, written, moved], [restore, moved, written]]
const reports = [['check', '--offline', '--format', 'json'], ['config', '--json'], ['route', '--json', 'https://registry.example/x']]

test('memory runs out', async t => {
  const here = await place(t)
  const sanitized = await allocatorIsForeign()
  if (sanitized) return t.skip('sanitizers bring their own allocator, and what counts lines wants memory at its start')
  await t.test('from one call on, whichever: status 3, one line', async () => {
    for (const args of [['check', '--offline'], ['exec', '--', 'true'], fix]) {
      let n = 1
      for (;; n = Math.ceil(n * 1.35)) {
        await here.reset(written)
        const result = await here.under('memory', args, { FAULT_AT: String(n) })
        const what = `${args[0]}: allocation ${n}`
        if (!result.hit) break
        // Once for each thread that finds out.
        assert.match(result.stderr, /^(npmrc-doctor: out of memory\n)+$/, what)
        assert.equal(result.status, 3, what)
        await here.isMoved(what)
        assert.deepEqual(fs.readdirSync(here.box.home), ['.npmrc'], what)
      }
      assert.ok(n > 200, `${n} allocations only`)
    }
  })
  await t.test('a limit of the address space', async () => {
    const seen = new Set()
    for (let kib = 9000; kib < 120000; kib = Math.ceil(kib * 1.2)) {
      await here.reset(written)
      const result = await here.box.run('prlimit', [`--as=${kib * 1024}`, doctor, ...fix], { env: { PATH: systemPath, ...here.keyring.env }, timeout: patience })
      const what = `${kib} KiB`
      assert.ok(!result.timedOut, what)
      seen.add(result.status)
      // 127 is the dynamic loader's, before the program has begun.
      assert.ok([0, 3, 127].includes(result.status), `${what}: ${result.status} ${result.signal} ${result.stderr}`)
      if (result.status === 3) assert.match(result.stderr, /^npmrc-doctor: /m, what)
      assert.equal(await here.isMoved(what), result.status === 0, what)
    }
    assert.ok(seen.has(0) && seen.has(3), [...seen].join())
  })
})

async function allocatorIsForeign () {
  const { stdout } = await must('readelf', ['-W', '--syms', doctor].map(String), { env: { PATH: systemPath } }).catch(() => ({ stdout: '__asan_init' }))
  return /__asan_init|gcov_error/.test(stdout)
}

test('descriptors run out', async t => {
  const here = await place(t)
  // Each number of descriptors until there are enough: never a report as if all were well.
  const limited = (n, args) => here.box.run('prlimit', [`--nofile=${n}`, doctor, ...args], { env: { PATH: systemPath, ...here.keyring.env }, timeout: patience })
  for (const args of reports) {
    const whole = await here.box.run(doctor, args, { env: { PATH: systemPath } })
    for (let n = 4; n <= 14; n += Math.min(stride, 5)) {
      const result = await limited(n, args)
      const what = `${args[0]} with ${n}: ${result.stderr}`
      assert.ok(!result.timedOut, what)
      if (result.status === 3) assert.match(result.stderr, /^npmrc-doctor: /m, what)
      else if (result.stdout !== whole.stdout) assert.match(result.stdout, /Too many open files/, what)
      else assert.equal(result.status, whole.status, what)
    }
  }
  // Without a pipe to git: in a repository what was not asked is not passed over.
  const box = sandbox(t, { npm: null })
  box.write('project/.npmrc', written)
  await must('/usr/bin/git', ['init', '-q', '.'], { cwd: box.project, env: { HOME: box.home } })
  await must('/usr/bin/git', ['add', '.npmrc'], { cwd: box.project, env: { HOME: box.home } })
  for (let n = 4; n <= 14; n += Math.min(stride, 5)) {
    const { status, stdout, stderr } = await box.run('prlimit', [`--nofile=${n}`, doctor, 'check', '--offline'], { env: { PATH: systemPath } })
    if (status === 3) assert.match(stderr, /^npmrc-doctor: /m)
    else assert.match(stdout, /^error\[credentials-in-repository\]|git did not say whether it tracks|Too many open files/m, `${n} descriptors`)
  }
  for (const [args, from, to] of transfers) {
    let last
    for (let n = 4; n <= 24; n += Math.min(stride, 5)) {
      await here.reset(from)
      last = await limited(n, args)
      const what = `${args[0]} with ${n}: ${last.status} ${last.signal} ${last.stderr}`
      assert.ok([0, 3].includes(last.status), what)
      if (last.status) assert.match(last.stderr, /^npmrc-doctor: /m, what)
      const isMoved = await here.isMoved(what)
      if (last.status === 0) assert.equal(isMoved ? moved : written, to, what)
      assert.deepEqual(fs.readdirSync(here.box.home), ['.npmrc'], what)
    }
    assert.equal(last.status, 0, last.stderr)
  }
  await here.reset(moved)
  for (let n = 4; n <= 24; n += Math.min(stride, 5)) {
    const result = await limited(n, ['exec', '--', 'sh', '-c', `printf %s "$${variables[0]}"`])
    const what = `exec with ${n}: ${result.status} ${result.stderr}`
    assert.ok(!result.timedOut, what)
    // COMMAND runs with what it needs or not at all.
    if (result.status === 0) assert.equal(result.stdout, tokens[0], what)
    else assert.deepEqual([[3, 126, 127].includes(result.status), result.stdout], [true, ''], what)
  }
})

test('calls that are interrupted, and calls that move one byte', { concurrency: 2 }, async t => {
  const kinds = {
    EINTR: { FAULT_DO: String(errors.EINTR), FAULT_ONLY: 'open openat read write connect recvmsg sendmsg flock fsync' },
    short: { FAULT_DO: 'short', FAULT_ONLY: 'read write' }
  }
  await Promise.all(Object.entries(kinds).map(([kind, env]) => t.test(kind, async t => {
    const here = await place(t)
    for (const args of reports) {
      const whole = await here.box.run(doctor, args)
      let n = 1
      for (;; n += stride) {
        const result = await here.under('shim', args, { ...env, FAULT_AT: String(n) })
        if (!result.hit) break
        assert.deepEqual([result.status, result.stdout, result.stderr], [whole.status, whole.stdout, whole.stderr], `${args[0]}: ${kind} at call ${n} (${result.hit})`)
      }
      assert.ok(n > 2, `${args[0]}: ${n} calls only`)
    }
    for (const [args, from, to] of transfers) {
      let n = 1
      for (;; n += stride) {
        await here.reset(from)
        const result = await here.under('shim', args, { ...env, FAULT_AT: String(n) })
        const what = `${args[0]}: ${kind} at call ${n} (${result.hit}): ${result.stderr}`
        if (!result.hit) break
        assert.equal(result.status, 0, what)
        assert.equal(await here.isMoved(what) ? moved : written, to, what)
      }
      assert.ok(n > 5, `${args[0]}: ${n} calls only`)
    }
  })))
})

test('a slow disk changes nothing but the time', async t => {
  const here = await place(t)
  const disk = 'open openat __open_2 read write fsync stat lstat fstat fstatat linkat renameat renameat2 unlinkat mkdir llistxattr flock'
  for (const [args, from, to] of transfers) {
    await here.reset(from)
    const result = await here.under('shim', args, { FAULT_AT: '1', FAULT_DO: 'slow', FAULT_MS: '60', FAULT_ONLY: disk })
    assert.equal(result.status, 0, result.stderr)
    assert.equal(here.text(), to)
    await here.isMoved(args[0])
  }
  // Flushing takes longer than the keyring has to answer.
  await here.reset(written)
  const result = await here.under('shim', fix, { FAULT_AT: '1', FAULT_DO: 'slow', FAULT_MS: '900', FAULT_ONLY: 'fsync' })
  assert.equal(result.status, 0, result.stderr)
  assert.equal(here.text(), moved)
})

test('somebody sets the clock', async t => {
  const here = await place(t)
  for (const shift of ['315360000', '-315360000', '-1700000000', 'to and fro']) {
    for (const at of ['1', '2', '4']) {
      const env = { CLOCK_AT: at, CLOCK_SHIFT: shift }
      for (const [args, from, to] of transfers) {
        await here.reset(from)
        const result = await here.under('clock', args, env)
        assert.equal(result.status, 0, `${args[0]}: ${shift}: ${result.stderr}`)
        assert.equal(here.text(), to)
      }
      await here.reset(written)
      const result = await here.under('clock', ['check', '--format', 'json', '--timeout', '1', '--registry', 'http://127.0.0.1:9/'], env)
      assert.equal(result.status, 1, result.stderr)
      const report = JSON.parse(result.stdout)
      assert.ok(report.findings.some(f => f.rule === 'plaintext-token'))
      // Durations are not the clock's: none is negative or of years.
      for (const text of result.stdout.match(/Ms": -?[\d.e+]+/g) ?? []) assert.match(text, /Ms": \d{1,5}(\.\d+)?$/)
    }
  }
})

async function pidOf (keyring, name) {
  const { stdout } = await keyring.run('gdbus', ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus',
    '--method', 'org.freedesktop.DBus.GetConnectionUnixProcessID', name])
  return Number(/uint32 (\d+)/.exec(stdout)[1])
}

// Not dead, as in transaction.test.mjs: it just does not go on, from any message on.
for (const [what, name] of [['the bus', 'org.freedesktop.DBus'], ['the keyring', 'org.freedesktop.secrets']]) {
  test(`${what} stops answering`, async t => {
    const here = await place(t)
    const pid = await pidOf(here.keyring, name)
    const reader = name.endsWith('DBus') ? ['exec', '--', 'sh', '-c', ': > started'] : ['token-helper', 'https://registry.example/']
    for (const [args, from, to] of [...transfers, [reader, moved, moved]]) {
      let n = 1
      for (;; n = Math.ceil(n * 1.4)) {
        await here.reset(from)
        fs.rmSync(here.box.at('project/started'), { force: true })
        const started = Date.now()
        const result = await here.under('shim', args, { FAULT_AT: String(n), FAULT_ONLY: 'sendmsg', FAULT_PID: String(pid), FAULT_DO: 'stop' })
        const took = Date.now() - started
        process.kill(pid, 'SIGCONT')
        const where = `${args[0]}, ${what} stops at message ${n}`
        if (!result.hit) break
        assert.ok([0, 3].includes(result.status), `${where}: ${result.status} ${result.signal} ${result.stderr}`)
        if (result.status === 3) {
          assert.match(result.stderr, /^npmrc-doctor: .*(keyring|Secret Service|D-Bus)/m, where)
          assert.ok(!result.stdout.includes('CANARY'), where)
        }
        assert.ok(took < 10000 * slow, `${where}: ${took} ms`)
        const isMoved = await here.isMoved(where)
        if (args === fix) assert.equal(isMoved, result.status === 0, where)
        if (result.status === 0) assert.equal(isMoved ? moved : written, to, where)
        assert.equal(fs.existsSync(here.box.at('project/started')), args[0] === 'exec' && result.status === 0, where)
      }
      assert.ok(n > 2, `${args[0]}: ${n} messages only`)
    }
  })
}

const hostile = {
  'hangs': 'exec sleep 100',
  'closes its output and lives on': 'exec sleep 100 >&- 2>&-',
  'leaves a child that holds its output': 'sleep 100 & exit 0',
  'floods': 'exec cat /dev/zero',
  'floods with lines': 'exec yes /etc/passwd',
  'ignores signals': 'trap "" TERM INT HUP PIPE; while :; do sleep 1; done',
  'dies of a signal': 'kill -SEGV $$',
  'says nonsense': 'printf "\\033[31m\\000\\377%%s"; exit 0',
  'fails': 'echo no >&2; exit 200'
}

test('PATH has a hostile git and node', { concurrency: 2 }, async t => {
  await Promise.all(Object.entries(hostile).map(([what, script]) => t.test(what, async t => {
    const dir = tempDir(t, 'hostile')
    // What it starts ends with the test.
    const own = script.replace(/sleep 100/g, `sh -c 'echo $$ >>${dir}/pids; exec sleep 100'`)
    t.after(() => {
      for (const pid of fs.existsSync(`${dir}/pids`) ? fs.readFileSync(`${dir}/pids`, 'utf8').split('\n').filter(Boolean) : []) {
        try { process.kill(Number(pid), 'SIGKILL') } catch {}
      }
    })
    for (const name of ['git', 'node', 'npm']) fs.writeFileSync(path.join(dir, name), `#!/bin/sh\n${own}\n`, { mode: 0o755 })
    const box = sandbox(t, { npm: null, env: { PATH: `${dir}:${systemPath}` } })
    box.write('home/.npmrc', written)
    box.write('project/.npmrc', 'strict-ssl=false\n')
    box.write('project/sub/.npmrc', '//registry.example/:_authToken=tok-CANARY-1\n')
    await box.run('/usr/bin/git', ['init', '-q', '.'])
    const untouched = snapshot(box.dir)
    for (const [args, statuses] of [[['check', '--offline'], [1]], [['check', '--timeout', '1', '--registry', 'https://127.0.0.1:9/'], [1]], [['fix', '--dry-run', '--offline'], [1]],
      [['config'], [0]], [['scan', '.'], [1]], [['selfcheck'], [3]]]) {
      const started = Date.now()
      const result = await box.doctor(args, { timeout: 60000 })
      const where = `${args.join(' ')} with a git and a node that ${what}`
      assert.ok(!result.timedOut, `${where}: hangs`)
      assert.ok(statuses.includes(result.status), `${where}: ${result.status} ${result.signal} ${result.stderr}`)
      // git has two seconds for a file, and twenty for a tree.
      assert.ok(Date.now() - started < (args[0] === 'scan' ? 45000 : 15000) * slow, `${where}: ${Date.now() - started} ms`)
      assertNoSecret(result, tokens, where)
      assert.ok(!/\x1b/.test(result.stdout + result.stderr), where)
      // A file with a token in it, of which nobody can say whether git tracks it; one that says nonsense is believed.
      const silent = 'unchecked: 1 rule: git did not say whether it tracks a file with credentials\n'
      if (args[0] === 'scan' && what !== 'says nonsense') assert.ok(result.stdout.includes(silent), `${where}: ${result.stdout}`)
    }
    const within = await box.doctor(['check', '--offline'], { cwd: box.at('project/sub'), timeout: 60000 })
    if (what !== 'says nonsense') assert.match(within.stdout, /git did not say whether it tracks/, what)
    assert.deepEqual(snapshot(box.dir), untouched)
  })))
})

test('a repository has git run nothing that its configuration names', async t => {
  const box = sandbox(t, { npm: null })
  const ran = box.at('ran')
  const git = (...args) => must('/usr/bin/git', args, { cwd: box.project, env: { HOME: box.home } })
  box.write('project/.npmrc', '//registry.example/:_authToken=tok-CANARY-1\n')
  await git('init', '-q', '.')
  // What .gitignore says lies with a remote, which is to be asked by a program of the repository's.
  await git('update-index', '--add', '--cacheinfo', `100644,${'12'.repeat(20)},.gitignore`)
  await git('update-index', '--skip-worktree', '.gitignore')
  const hook = box.write('hook', `#!/bin/sh\n: >${ran}-monitor\n`, 0o755)
  for (const [key, value] of [['core.repositoryformatversion', '1'], ['extensions.partialClone', 'origin'], ['remote.origin.url', '.'], ['remote.origin.promisor', 'true'],
    ['remote.origin.uploadpack', `: >${ran}-fetch; false`], ['core.fsmonitor', hook]]) await git('config', key, value)
  const ask = ['ls-files', '--error-unmatch', '--others', '--exclude-standard', '--', '.npmrc']
  // git itself, asked the same, does run both.
  await box.run('/usr/bin/git', ask)
  for (const what of ['monitor', 'fetch']) fs.rmSync(`${ran}-${what}`)
  for (const args of [['check', '--offline'], ['check', '--timeout', '1', '--registry', 'https://127.0.0.1:9/'], ['scan', '.'], ['fix', '--dry-run', '--offline']]) {
    const result = await box.doctor(args)
    assert.equal(result.status, args[0] === 'fix' ? 0 : 1, `${args}: ${result.stderr}`)
    for (const what of ['monitor', 'fetch']) assert.ok(!fs.existsSync(`${ran}-${what}`), `${args}: ${what}`)
  }
})

test('a git and a node by a relative element of PATH are not run', async t => {
  const box = sandbox(t, { npm: null })
  const ran = box.at('ran')
  for (const where of ['project', 'project/node_modules/.bin']) {
    for (const name of ['git', 'npm']) box.write(`${where}/${name}`, `#!/bin/sh\ntouch ${ran}-${name}\n`, 0o755)
    // No script, so that it is taken for node.
    box.write(`${where}/node`, '', 0o755)
    fs.copyFileSync('/usr/bin/touch', box.at(where, 'node'))
  }
  box.write('project/.npmrc', 'strict-ssl=false\n')
  await must('/usr/bin/git', ['init', '-q', '.'], { cwd: box.project, env: { HOME: box.home } })
  const before = snapshot(box.dir)
  for (const PATH of ['.', './node_modules/.bin', 'node_modules/.bin', '']) {
    for (const args of [['check', '--offline'], ['check', '--timeout', '1', '--registry', 'https://127.0.0.1:9/'], ['scan', '.'], ['selfcheck']]) {
      const result = await box.doctor(args, { env: { PATH: `${PATH}:/nonexistent` } })
      assert.ok([1, 3].includes(result.status), `${PATH}: ${args}: ${result.status} ${result.stderr}`)
    }
  }
  assert.deepEqual(snapshot(box.dir), before)
})

// Daemons do, to be rid of their children; how git or node ended could not be known then.
test('a caller that ignores what becomes of its children', async t => {
  const box = sandbox(t, { npm: null })
  box.write('project/.npmrc', written)
  await must('/usr/bin/git', ['init', '-q', '.'], { cwd: box.project, env: { HOME: box.home } })
  await must('/usr/bin/git', ['add', '.npmrc'], { cwd: box.project, env: { HOME: box.home } })
  for (const args of [['check', '--offline'], ['scan', '.']]) {
    const plain = await box.doctor(args)
    assert.match(plain.stdout, /^error\[credentials-in-repository\]/m)
    const ignoring = await box.run('env', ['--ignore-signal=CHLD', doctor, ...args])
    assert.deepEqual([ignoring.status, ignoring.stdout], [plain.status, plain.stdout])
  }
})

test('nobody reads the output', async t => {
  const here = await place(t)
  const { box } = here
  const commands = ['check --offline', 'check --offline --format json', 'check --offline --format sarif', 'config --json', 'config', 'explain', 'explain plaintext-token',
    'route https://registry.example/', 'completion bash', 'hook bash', 'secrets', 'scan .', 'fix --dry-run --offline', '--help']
  const statusOf = async (script, env) => (await box.run('bash', ['-c', script, doctor], { env: { PATH: systemPath, ...env }, timeout: patience }))
  for (const command of commands) {
    // A reader that is gone before the first byte, with SIGPIPE as it is and with SIGPIPE ignored.
    const plain = await statusOf(`"$0" ${command} >/dev/null`)
    for (const trap of ['', "trap '' PIPE; "]) {
      const result = await statusOf(`${trap}mkfifo p; exec 5<>p; exec 6>p; exec 5>&-; "$0" ${command} >&6; echo $? >&2; rm p`)
      assert.ok(!result.timedOut, command)
      assert.equal(result.stderr.trim().split('\n').at(-1), String(plain.status), `${trap}${command}: ${result.stderr}`)
    }
  }
  await here.reset(written)
  const result = await statusOf('mkfifo p; exec 5<>p; exec 6>p; exec 5>&-; "$0" fix --keyring --yes >&6; status=$?; rm p; exit $status', here.keyring.env)
  assert.ok([0, 3].includes(result.status), result.stderr)
  assert.equal(await here.isMoved('fix without a reader'), result.status === 0)
  // COMMAND meets a closed pipe as it would without us.
  const exec = await shell(box, '{ "$0" exec -- sh -c \'kill -PIPE $$\'; echo $? >&2; } | true')
  assert.equal(exec.stderr.trim(), '141')
})

test('variables of the dynamic loader, of the C library and of GLib change nothing about secrets', async t => {
  const here = await place(t)
  const { box } = here
  const junk = tempDir(t, 'junk')
  for (const name of ['libsecret-1.so.0', 'libcurl.so.4', 'probe.so', 'keyring.so', 'UTF-16.so', 'gconv-modules']) fs.writeFileSync(path.join(junk, name), 'no library')
  const logs = name => box.at('tmp', name)
  const sets = [
    { LD_DEBUG: 'all', LD_DEBUG_OUTPUT: logs('ld') },
    { LD_BIND_NOW: '1', LD_BIND_NOT: '1' },
    { LD_PRELOAD: path.join(junk, 'nowhere.so') },
    { LD_AUDIT: path.join(junk, 'nowhere.so') },
    { GLIBC_TUNABLES: 'glibc.malloc.perturb=165:glibc.malloc.check=3', MALLOC_CHECK_: '3', MALLOC_PERTURB_: '90' },
    { LOCPATH: junk, GCONV_PATH: junk, NLSPATH: `${junk}/%N`, LANG: 'de_DE.UTF-16', LC_ALL: 'tr_TR.UTF-8' },
    { RES_OPTIONS: 'debug', HOSTALIASES: path.join(junk, 'probe.so'), LOCALDOMAIN: 'evil.example' },
    { G_MESSAGES_DEBUG: 'all', G_DEBUG: 'gc-friendly,fatal-warnings', G_SLICE: 'debug-blocks,always-malloc' },
    { G_ENABLE_DIAGNOSTIC: '1', G_FILENAME_ENCODING: 'UTF-16', G_BROKEN_FILENAMES: '1', CHARSET: 'UTF-16', G_RANDOM_SEED: '1', G_TLS_GNUTLS_PRIORITY: 'NONE' },
    { G_DBUS_DEBUG: 'all', G_RESOLVER_DEBUG: 'all', GOBJECT_DEBUG: 'objects', GIO_USE_VFS: 'x', GIO_MODULE_DIR: junk, GIO_EXTRA_MODULES: junk, GSETTINGS_BACKEND: 'x', DBUS_VERBOSE: '1', DBUS_COOKIE_SHA1_KEYRING_DIR: junk },
    { SECRET_BACKEND: 'file', SECRET_FILE_TEST_PATH: path.join(junk, 'store'), SECRET_FILE_TEST_PASSWORD: 'x' },
    { SSLKEYLOGFILE: logs('keys'), OPENSSL_CONF: path.join(junk, 'probe.so'), OPENSSL_MODULES: junk, OPENSSL_ENGINES: junk, CURL_HOME: junk, NETRC: path.join(junk, 'netrc') }
  ]
  for (const env of sets) {
    const what = JSON.stringify(env)
    const run = async (args, status, stdout) => {
      const result = await box.run(doctor, args, { env, timeout: patience })
      assert.equal(result.status, status, `${what}: ${args[0]}: ${result.stderr}`)
      assertNoSecret(args[0] === 'exec' ? { stdout: '', stderr: result.stderr } : result, tokens, what)
      if (stdout !== undefined) assert.equal(result.stdout, stdout, `${what}: ${args[0]}`)
    }
    await here.reset(written)
    await run(['check', '--offline'], 1)
    await run(fix, 0)
    assert.equal(here.text(), moved, what)
    await here.isMoved(what)
    await run(['exec', '--', 'sh', '-c', `printf %s "$${variables[0]}"`], 0, tokens[0])
    await run(restore, 0)
    assert.equal(here.text(), written, what)
    assert.ok(!fs.existsSync(path.join(junk, 'store')), what)
  }
  // What is said over TLS is nobody's to read afterwards.
  const ca = await makeCA('Private CA', { t })
  const server = await registry(t, { tls: await issue({ t, ca }) })
  box.write('home/ca.pem', ca.certPem)
  box.write('home/.npmrc', `registry=${server.url}\n${server.url.slice('https:'.length)}:_authToken=${tokens[0]}\ncafile=${box.at('home/ca.pem')}\n`)
  const probed = await box.run(doctor, ['check', '--format', 'json'], { env: { ...sets.at(-1), NODE_EXTRA_CA_CERTS: '' }, timeout: patience })
  assert.equal(JSON.parse(probed.stdout).registries[0].probe.outcome, 'ok', probed.stdout)
  assert.match(server.received, new RegExp(tokens[0]))
  assert.ok(!fs.existsSync(logs('keys')))
  await here.reset(written)
  // Other libraries by these names: without a keyring nothing is moved, and it is said.
  const result = await box.run(doctor, fix, { env: { LD_LIBRARY_PATH: junk }, timeout: patience })
  assert.equal(result.status, 3)
  assert.match(result.stderr, /keyring|libsecret/)
  assert.equal(here.text(), written)
})
