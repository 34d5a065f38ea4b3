// How secrets reach real clients: they reach their registry, and nobody else sees the secret.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { keyringSession, noBus } from '../lib/keyring.mjs'
import { answering, httpAnswer, verdaccio } from '../lib/peers.mjs'
import { clientBin, doctor, nodeBinary, npmDir, root, run, sandbox, slow, systemPath } from '../lib/sandbox.mjs'
import { compileShim, started, until } from './support.mjs'

const spy = fs.readFileSync(path.join(root, 'tests/lib/spy.mjs'), 'utf8')
const spyScript = { postinstall: 'node spy.mjs' }
const registry = await verdaccio({
  t: { after },
  restricted: true,
  packages: [{ name: 'nd-example' }, { name: 'nd-spy', scripts: spyScript, files: { 'spy.mjs': spy } }]
})
const { token } = registry
const nerf = registry.url.replace(/^http:/, '')
const spellings = [token, encodeURIComponent(token), Buffer.from(token).toString('base64').replace(/=+$/, ''), Buffer.from(token).toString('hex')]

const clients = {
  'npm 9': { npm: 9, fifo: true, blocked: false },
  'npm 10': { npm: 10, fifo: true, blocked: false },
  'npm 11': { npm: 11, fifo: true, blocked: false },
  'npm 12': { npm: 12, fifo: true, blocked: true },
  'pnpm 10': { bin: 'pnpm10', command: 'pnpm', fifo: true, blocked: false },
  'pnpm 11': { bin: 'pnpm11', command: 'pnpm', fifo: true, blocked: false },
  'pnpm newest': { bin: 'pnpm', command: 'pnpm', fifo: true, blocked: false },
  'npm 8': { npm: 8, fifo: false },
  'yarn 1': { bin: 'yarn1', command: 'yarn', fifo: false },
  // bun runs no dependency's script that package.json does not name.
  bun: { bin: 'bun', command: 'bun', fifo: false, blocked: true }
}

// A sandbox with one client on PATH, a project that needs two packages, and a user's file.
function world (t, client, { env = {}, npmrc } = {}) {
  const { npm = 11, bin, command = 'npm' } = client
  const box = sandbox(t, { npm, env })
  if (bin) box.env.PATH = `${clientBin(bin)}:${box.env.PATH}`
  fs.mkdirSync(box.at('spy'))
  fs.mkdirSync(box.at('run'))
  box.env.XDG_RUNTIME_DIR ??= box.at('run')
  box.env.ND_SPY = box.at('spy')
  box.env.ND_SPY_STOP = String(process.pid)
  // yarn 1 sends a token for a package without a scope only with always-auth.
  box.write('home/.npmrc', npmrc ?? `registry=${registry.url}\n${nerf}:_authToken=${token}\nalways-auth=true\nupdate-notifier=false\n`)
  box.write('project/package.json', JSON.stringify({
    name: 'root', version: '1.0.0', private: true, scripts: spyScript, dependencies: { 'nd-example': '1.0.0', 'nd-spy': '1.0.0' }
  }))
  box.write('project/spy.mjs', spy)
  if (command === 'pnpm') box.write('project/pnpm-workspace.yaml', 'onlyBuiltDependencies: [nd-spy]\nallowBuilds: { nd-spy: true }\n')
  box.command = command
  box.exec = (args, options) => box.run(doctor, ['exec', ...args], { timeout: 30000, ...options })
  box.spied = () => Object.fromEntries(fs.readdirSync(box.at('spy')).map(name => [name.replace(/-\d+$/, ''), fs.readFileSync(box.at('spy', name), 'latin1')]))
  return box
}

const has = text => spellings.some(spelling => text.includes(spelling))

// Processes whose environment is the sandbox's, and which are therefore of this test.
function processesOf (box) {
  return fs.readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(pid => {
    try { return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`ND_SPY=${box.at('spy')}\0`) } catch { return false }
  })
}

const statusOf = pid => fs.readFileSync(`/proc/${pid}/status`, 'utf8')

// The process that writes into the FIFO and the one that takes its place: its parent.
async function helpersOf (box) {
  const program = pid => { try { return fs.readlinkSync(`/proc/${pid}/exe`) } catch { return '' } }
  const helpers = () => processesOf(box).filter(pid => /doctor/.test(program(pid)))
  // COMMAND does not wait for the second one.
  await until(() => helpers().length >= 2)
  const pids = helpers()
  assert.equal(pids.length, 2)
  const parent = pid => statusOf(pid).match(/^PPid:\t(\d+)/m)[1]
  const writer = pids.find(pid => pids.includes(parent(pid)))
  return { writer, guard: parent(writer) }
}

// The writer notices the end of COMMAND as soon as the kernel tells; its own end cannot be waited for.
async function nothingLeft (box) {
  const left = () => [...fs.readdirSync(box.env.XDG_RUNTIME_DIR), ...fs.readdirSync(box.tmp)].filter(name => name.startsWith('npmrc-doctor'))
  await until(() => !processesOf(box).length && !left().length)
  assert.deepEqual(left(), [])
  assert.deepEqual(processesOf(box), [])
}

for (const [name, client] of Object.entries(clients)) {
  test(`${name}: install reaches the registry, scripts see ${client.fifo ? 'no token' : 'the variable at most'}`, async t => {
    const keyring = await keyringSession({ t })
    const box = world(t, client, { env: keyring.env })
    const moved = await box.doctor(['fix', '--keyring', '--yes', '--offline'])
    assert.equal(moved.status, 0, moved.stderr)
    assert.ok(!has(box.read('home/.npmrc')))

    const alone = await box.run(box.command, ['install'], { timeout: 30000, env: { npm_config_registry: registry.url, npm_config_fetch_retries: '0' } })
    assert.notEqual(alone.status, 0, 'the registry asks for the token')
    for (const file of fs.readdirSync(box.at('spy'))) fs.rmSync(box.at('spy', file))

    const result = await box.exec(['--', box.command, 'install'])
    assert.equal(result.status, 0, result.stdout + result.stderr)
    assert.ok(fs.existsSync(box.at('project/node_modules/nd-example/package.json')))
    assert.ok(!has(result.stdout + result.stderr))
    const spied = box.spied()
    assert.ok(spied.root, "the project's own script has looked")
    if (!client.blocked) assert.ok(spied['nd-spy'], "the dependency's script has looked")
    for (const [who, seen] of Object.entries(spied)) assert.equal(has(seen), !client.fifo, who)
    await nothingLeft(box)

    // The spy would have seen it. (Process numbers start anew now and then: what it has seen before would be taken for it.)
    for (const file of fs.readdirSync(box.at('spy'))) fs.rmSync(box.at('spy', file))
    fs.rmSync(box.at('project/node_modules'), { recursive: true })
    const open = await box.exec(['--deliver', 'env', '--', box.command, 'install'])
    assert.equal(open.status, 0, open.stdout + open.stderr)
    assert.ok(Object.values(box.spied()).some(has))
  })
}

test('build agent: a variable that is set needs no keyring, and the FIFO takes it out of the environment', async t => {
  const box = world(t, clients['npm 11'], {
    env: { ...noBus({ t }).env, NPM_TOKEN: token },
    npmrc: `registry=${registry.url}\n${nerf}:_authToken=\${NPM_TOKEN}\n`
  })
  const result = await box.exec(['--', 'npm', 'ci'])
  assert.notEqual(result.status, 0, 'no lock file yet')
  const installed = await box.exec(['--', 'npm', 'install'])
  assert.equal(installed.status, 0, installed.stderr)
  for (const [who, seen] of Object.entries(box.spied())) assert.ok(!has(seen), who)
  await nothingLeft(box)
})

// Values that ini, npm's own expansion or both would change if they stood in the file as they are.
const odd = ['a${HOME}b-CANARY', 'back\\\\slash\\${HOME}-CANARY', 'x\\\\${HOME}-CANARY', 'p#s;s-CANARY', '"quoted-CANARY"', "'single-CANARY'",
  '${NPM_TOKEN}-CANARY', 'a=b-CANARY', '$&$1-CANARY', '[s]-CANARY', '${HOME', 'true-CANARY', '{"a":1,"b":"CANARY"}']

for (const [npm, before, behind] of [[9, 'pre', 'post'], [10, '', ''], [11, '', ''], [12, 'pre', 'post']]) {
  test(`npm ${npm} sends from the FIFO what it would send from the environment`, async t => {
    const server = await answering(httpAnswer(200, { headers: { 'content-type': 'application/json' }, body: '{"username":"nick"}' }), { t })
    const box = world(t, { npm }, { npmrc: `registry=${server.url}\n//127.0.0.1:${server.port}/:_authToken=${before}\${NPM_TOKEN}${behind}\n; a comment\n` })
    const sent = async (deliver, value) => {
      const seen = server.received.length
      const result = await box.exec(['--deliver', deliver, '--', 'npm', 'whoami'], { env: { NPM_TOKEN: value } })
      assert.equal(result.status, 0, result.stderr)
      return server.received.slice(seen).match(/^authorization: (.*)$/im)[1]
    }
    for (const value of odd) assert.equal(await sent('fifo', value), `Bearer ${before}${value}${behind}`)
    assert.equal(await sent('env', odd[0]), `Bearer ${before}${odd[0]}${behind}`)
  })
}

// A program that is an npm as far as can be told without running it.
function fakeNpm (box, script, version = '11.6.0') {
  box.write('fake/package.json', JSON.stringify({ name: 'npm', version }))
  box.write('fake/bin/npm', `#!/bin/sh\n${script}\n`, 0o755)
  box.env.PATH = `${box.at('fake/bin')}:${systemPath}`
}

function fakeWorld (t, script, { version, npmrc = '//registry.example/:_authToken=${NPM_TOKEN}\n', env } = {}) {
  const box = world(t, { npm: null }, { npmrc, env: { NPM_TOKEN: 'tok-CANARY', ...env } })
  fakeNpm(box, script, version)
  return box
}

const endings = {
  'never opens it': ['exit 7', { status: 7, signal: null }],
  'is killed': ['kill -KILL $$', { status: null, signal: 'SIGKILL' }],
  'opens it and does not read': ['exec 3<"$NPM_CONFIG_USERCONFIG"; exit 5', { status: 5, signal: null }],
  'reads it': ['cat "$NPM_CONFIG_USERCONFIG"; test -e "$NPM_CONFIG_USERCONFIG" && exit 1; exit 6', { status: 6, signal: null }]
}

// Linux before 5.3 has no pidfd_open, before 5.9 no close_range; a container of today may run on it.
const shim = path.join(path.resolve(root, process.env.BUILD || 'build'), 'tests/fault_shim_of_deliver.so')
const kernels = { 'this Linux': {}, 'Linux 4': { LD_PRELOAD: shim, FAULT_OLD: 'yes' } }

before(() => compileShim(shim))

for (const [[name, [script, expected]], [kernel, env]] of Object.entries(endings).flatMap(ending => Object.entries(kernels).map(kernel => [ending, kernel]))) {
  test(`COMMAND ${name} on ${kernel}: its status passes through, no process and no file is left`, async t => {
    const box = fakeWorld(t, script, { env })
    const result = await box.exec(['--deliver', 'fifo', '--', 'npm', 'install'])
    assert.deepEqual({ status: result.status, signal: result.signal }, expected, result.stderr)
    if (name === 'reads it') assert.equal(result.stdout, '//registry.example/:_authToken=tok-CANARY\n')
    await nothingLeft(box)
  })
}

for (const [kernel, env] of Object.entries(kernels)) {
  test(`${kernel}: while COMMAND runs there is one FIFO in a private directory, a writer and its guard that are no children of its, and no foreign descriptor`, async t => {
    const box = fakeWorld(t, 'stat -c "%F %a" "$NPM_CONFIG_USERCONFIG" "${NPM_CONFIG_USERCONFIG%/*}"; ls /proc/$$/fd; cat /proc/$$/task/$$/children; echo; env; read line', { env })
    const child = box.spawn(doctor, ['exec', '--', 'npm', 'install'])
    // A failure must not leave the test waiting for it.
    t.after(() => child.kill('SIGKILL'))
    let out = ''
    child.stdout.on('data', chunk => { out += chunk })
    await started(child, '\nND_SPY=')
    const [fifo, dir, ...rest] = out.split('\n')
    assert.equal(fifo, 'fifo 600')
    assert.equal(dir, 'directory 700')
    assert.deepEqual(rest.slice(0, rest.indexOf('')).filter(line => /^\d+$/.test(line)).map(Number).filter(fd => fd <= 2), [0, 1, 2])
    assert.ok(!out.includes('CANARY'))
    assert.ok(processesOf(box).includes(String(child.pid)))
    const { writer, guard } = await helpersOf(box)
    for (const pid of [writer, guard]) {
      assert.notEqual(Number(statusOf(pid).match(/^PPid:\t(\d+)/m)[1]), child.pid)
      assert.equal(fs.statSync(`/proc/${pid}/environ`).uid, 0, 'not dumpable: its files in /proc are root\'s')
      // COMMAND may have been faster than they, who let go of everything else first.
      const expected = env.FAULT_OLD ? 3 : 4
      const descriptors = () => fs.readdirSync(`/proc/${pid}/fd`).length
      await until(() => descriptors() === expected)
      assert.equal(descriptors(), expected)
    }
    child.kill('SIGKILL')
    await child.ended
    await nothingLeft(box)
  })
}

// COMMAND that says when it runs, and does the rest when it is told to.
async function waiting (t, box, script) {
  fakeNpm(box, `echo ready; read line; ${script}`)
  const child = box.spawn(doctor, ['exec', '--', 'npm', 'install'])
  t.after(() => child.kill('SIGKILL'))
  child.out = ''
  child.gone = child.ended
  child.stdout.on('data', chunk => { child.out += chunk })
  await started(child, 'ready\n')
  return child
}

for (const signal of ['SIGKILL', 'SIGTERM']) {
  for (const victim of ['writer', 'guard']) {
    test(`a ${victim} that gets ${signal} does not keep COMMAND from its file`, async t => {
      const box = fakeWorld(t, '')
      const child = await waiting(t, box, 'cat "$NPM_CONFIG_USERCONFIG"; exit 4')
      const helpers = await helpersOf(box)
      process.kill(Number(helpers[victim]), signal)
      await until(() => !processesOf(box).includes(helpers[victim]))
      child.stdin.end('\n')
      assert.equal(await child.gone, 4)
      assert.equal(child.out, 'ready\n//registry.example/:_authToken=tok-CANARY\n')
      await nothingLeft(box)
    })
  }
}

test('a large file is in the pipe as a whole before COMMAND has read any of it', async t => {
  const box = fakeWorld(t, '')
  const more = `; ${'x'.repeat(1000)}\n`.repeat(300)
  box.write('home/.npmrc', `${more}//registry.example/:_authToken=\${NPM_TOKEN}\n`)
  fakeNpm(box, 'exec 3<"$NPM_CONFIG_USERCONFIG"; echo ready; read line; cat <&3; exit 4')
  const child = box.spawn(doctor, ['exec', '--', 'npm', 'install'])
  t.after(() => child.kill('SIGKILL'))
  let out = ''
  child.stdout.on('data', chunk => { out += chunk })
  await started(child, 'ready\n')
  const others = () => processesOf(box).filter(pid => pid !== String(child.pid))
  await until(() => !others().length)
  assert.deepEqual(others(), [], 'the writer is done')
  child.stdin.end('\n')
  assert.equal(await child.ended, 4)
  assert.equal(out, `ready\n${more}//registry.example/:_authToken=tok-CANARY\n`)
  await nothingLeft(box)
})

test('what killed processes have left is removed by the next exec, and nothing else', async t => {
  const box = fakeWorld(t, '')
  const runtime = box.env.XDG_RUNTIME_DIR
  const child = await waiting(t, box, 'cat "$NPM_CONFIG_USERCONFIG"')
  const [dead] = fs.readdirSync(runtime)
  const { writer, guard } = await helpersOf(box)
  for (const pid of [guard, writer, child.pid]) process.kill(Number(pid), 'SIGKILL')
  await child.gone
  // A dying process gives up its memory, by which we know it, before its locks.
  const free = async () => (await run('flock', ['-xn', path.join(runtime, dead), 'true'])).status === 0
  await until(free)
  assert.deepEqual(fs.readdirSync(runtime), [dead])

  const alive = await waiting(t, box, 'cat "$NPM_CONFIG_USERCONFIG"')
  assert.equal(fs.readdirSync(runtime).length, 1)
  assert.ok(!fs.existsSync(path.join(runtime, dead)))
  // Of the same name, but a directory of somebody's own; a link; one that others may enter.
  const own = path.join(runtime, 'npmrc-doctor-abcdef')
  fs.mkdirSync(own, { mode: 0o700 })
  fs.writeFileSync(path.join(own, 'npmrc'), 'mine')
  fs.symlinkSync(own, path.join(runtime, 'npmrc-doctor-ghijkl'))
  fs.mkdirSync(path.join(runtime, 'npmrc-doctor-mnopqr'), { mode: 0o755 })
  fs.mkdirSync(path.join(runtime, 'npmrc-doctor-work'), { mode: 0o700 })
  fs.mkdirSync(path.join(runtime, 'npmrc-doctor-stuvwx'), { mode: 0o700 })
  const before = fs.readdirSync(runtime).filter(name => name !== 'npmrc-doctor-stuvwx').sort()
  fakeNpm(box, 'exit 0')
  assert.equal((await box.exec(['--', 'npm', 'install'])).status, 0)
  await until(() => processesOf(box).length <= 3)
  assert.deepEqual(fs.readdirSync(runtime).sort(), before)
  assert.equal(fs.readFileSync(path.join(own, 'npmrc'), 'utf8'), 'mine')
  // One that is in use has not been disturbed.
  alive.stdin.end('\n')
  assert.equal(await alive.gone, 0)
  assert.equal(alive.out, 'ready\n//registry.example/:_authToken=tok-CANARY\n')
})

test('a COMMAND that is not found leaves no FIFO', async t => {
  const box = fakeWorld(t, 'exit 0')
  const missing = await box.exec(['--', 'no-such-command'])
  assert.equal(missing.status, 127)
  fs.writeFileSync(box.at('fake/bin/npm'), '#!/no/such/interpreter\n')
  assert.equal((await box.exec(['--deliver', 'fifo', '--', box.at('fake/bin/npm'), 'install'])).status, 127)
  await nothingLeft(box)
})

test('the terminal is COMMAND\'s: it is its foreground process and gets its signals', async t => {
  const box = fakeWorld(t, 'test -t 0 && test -t 1 && echo terminal; kill -INT 0; echo survived')
  const result = await box.run('script', ['-qec', `${doctor} exec --deliver fifo -- npm install`, '/dev/null'])
  assert.match(result.stdout, /^terminal/)
  assert.doesNotMatch(result.stdout, /survived/)
  assert.equal(result.status, 130)
  await nothingLeft(box)
})

const how = 'test -n "$NPM_CONFIG_USERCONFIG" && echo "fifo ${NPM_TOKEN-hidden}" || echo "env ${NPM_TOKEN-unset}"'

test('auto: which npm commands get a FIFO', async t => {
  const box = fakeWorld(t, how)
  const fifo = [['install'], ['i'], ['ci'], ['update'], ['rebuild'], ['exec', 'x'], ['x', 'y'], ['-w', 'run', 'install'], ['--loglevel', 'silly', 'it'],
    ['add', 'p'], ['--save', 'in'], ['--registry=http://run/', 'isntall'], ['-C', 'test', 'up'], []]
  const env = [['run', 'build'], ['run-script', 'x'], ['test'], ['t'], ['start'], ['stop'], ['restart'], ['login'], ['logout'], ['token'], ['config', 'set', 'a=b'],
    ['c', 'ls'], ['set', 'a=b'], ['-w', 'pkg', 'run', 'x'], ['--loglevel', 'silly', 'tst'], ['--silent', 'run', 'x'], ['--', 'run', 'x'], ['install', '--userconfig', '/dev/null']]
  for (const args of fifo) assert.equal((await box.exec(['--', 'npm', ...args])).stdout, 'fifo hidden\n', args.join(' '))
  for (const args of env) assert.equal((await box.exec(['--', 'npm', ...args])).stdout, 'env tok-CANARY\n', args.join(' '))
  assert.equal((await box.exec(['--', 'sh', '-c', how])).stdout, 'env tok-CANARY\n')
  assert.equal((await box.exec(['--deliver', 'env', '--', 'npm', 'ci'])).stdout, 'env tok-CANARY\n')
  const refused = await box.exec(['--deliver', 'fifo', '--', 'npm', 'run', 'x'])
  assert.equal(refused.status, 3)
  assert.match(refused.stderr, /--deliver fifo: .*project's own scripts/)
  assert.equal(refused.stdout, '')
  fakeNpm(box, how, '8.19.4')
  assert.equal((await box.exec(['--', 'npm', 'ci'])).stdout, 'env tok-CANARY\n')
  await nothingLeft(box)
})

test('every word that an npm knows is taken for the command that this npm takes it for', async t => {
  const environment = ['run', 'run-script', 'test', 'start', 'stop', 'restart', 'login', 'adduser', 'logout', 'token', 'config', 'get', 'set']
  for (const npm of [9, 10, 11, 12]) {
    const list = path => `const { commands, aliases, deref } = require(${JSON.stringify(path)});
      const names = [...commands, ...Object.keys(aliases)], words = new Set()
      for (const name of names) for (let n = 1; n <= name.length; n++) words.add(name.slice(0, n))
      console.log(JSON.stringify([...words].map(word => [word, deref(word)]).filter(([, to]) => to)))`
    const known = await run(nodeBinary(20), ['-e', list(`${npmDir(npm)}/lib/utils/cmd-list.js`)])
    const words = JSON.parse(known.stdout).filter(([word]) => /^(r|s|t|l|ad?|c|g|u)/.test(word))
    const box = fakeWorld(t, how, { version: `${npm}.0.0` })
    for (const [word, command] of words) {
      const result = await box.exec(['--', 'npm', word])
      assert.equal(result.stdout.split(' ')[0], environment.includes(command) ? 'env' : 'fifo', `npm ${npm}: ${word} is ${command}`)
    }
  }
})

test('a project\'s placeholders go through the environment, and only those', async t => {
  const box = fakeWorld(t, `${how}; echo "\${PROJECT_TOKEN-unset}"; cat "$NPM_CONFIG_USERCONFIG"`, { env: { PROJECT_TOKEN: 'project-CANARY', OTHER: 'x' } })
  box.write('project/.npmrc', '//project.example/:_authToken=${PROJECT_TOKEN}\n')
  const result = await box.exec(['--', 'npm', 'ci'])
  assert.equal(result.stdout, 'fifo hidden\nproject-CANARY\n//registry.example/:_authToken=tok-CANARY\n')
  const refused = await box.exec(['--deliver', 'fifo', '--', 'npm', 'ci'])
  assert.equal(refused.status, 3)
  assert.match(refused.stderr, /project\/\.npmrc/)
  // Named by both, it must be in both.
  box.write('project/.npmrc', '//project.example/:_authToken=${NPM_TOKEN}\n')
  assert.match((await box.exec(['--', 'npm', 'ci'])).stdout, /^fifo tok-CANARY\n/)
})

test('a relative TMPDIR is none', async t => {
  const box = fakeWorld(t, 'echo "$NPM_CONFIG_USERCONFIG"', { env: { TMPDIR: 'tmp', XDG_RUNTIME_DIR: '' } })
  const result = await box.exec(['--', 'npm', 'ci'])
  assert.match(result.stdout, /^\/tmp\/npmrc-doctor/, result.stderr)
})

for (const name of ['pnpm 10', 'yarn 1']) {
  test(`${name}: a file above the project that npm would not read`, async t => {
    const keyring = await keyringSession({ t })
    const client = clients[name]
    // pnpm takes no credential from there, but drops the whole file for one variable that is not set.
    const own = client.command === 'pnpm'
    const line = `${nerf}:_authToken=${token}\n`
    const box = world(t, client, { env: keyring.env, npmrc: own ? line : 'fund=false\n' })
    fs.rmSync(box.at('project/pnpm-workspace.yaml'), { force: true })
    box.write('project/package.json', '{"name":"root","version":"1.0.0","private":true}')
    box.write('project/.npmrc', `registry=${registry.url}\nalways-auth=true\n${own ? '//registry.example/:_authToken=tok-CANARY\n' : line}`)
    box.write('project/packages/a/package.json', '{"name":"a","version":"1.0.0","dependencies":{"nd-example":"1.0.0"}}')
    assert.equal((await box.doctor(['fix', '--keyring', '--yes', '--offline'])).status, 0)
    assert.doesNotMatch(box.read('project/.npmrc') + box.read('home/.npmrc'), /:_authToken=[^$]/)
    if (own) box.write('project/pnpm-workspace.yaml', 'packages: ["packages/*"]\n')
    const cwd = box.at('project/packages/a')
    const installed = () => fs.existsSync(box.at('project/packages/a/node_modules/nd-example/package.json'))
    await box.run(client.command, ['install'], { cwd, timeout: 30000, env: { npm_config_registry: registry.url, npm_config_fetch_retries: '0' } })
    assert.ok(!installed(), 'the registry asks for the token')
    const result = await box.exec(['--', client.command, 'install'], { cwd })
    assert.ok(installed(), result.stdout + result.stderr)
    assert.ok(!has(result.stdout + result.stderr))
    const strict = await box.exec(['--deliver', 'fifo', '--', client.command, 'install'], { cwd })
    assert.deepEqual([strict.status, strict.stderr.includes('project/.npmrc refers to a variable')], [3, true], strict.stderr)
    await nothingLeft(box)
  })
}

for (const name of ['pnpm 11', 'pnpm newest']) {
  test(`${name}: the file to which its login writes`, async t => {
    const keyring = await keyringSession({ t })
    const client = clients[name]
    const box = world(t, client, { env: { ...keyring.env, XDG_CONFIG_HOME: undefined }, npmrc: `registry=${registry.url}\n` })
    const auth = 'home/.config/pnpm/auth.ini'
    const hooked = await box.run('bash', ['-c', `eval "$(${doctor} hook bash)"\npnpm config set --location=global ${nerf}:_authToken ${token}`])
    assert.equal(hooked.status, 0, hooked.stderr)
    assert.match(hooked.stderr, /the new credential is in the keyring/)
    assert.match(box.read(auth), /:_authToken="?\$\{NPMRC_SECRET_\w+\}"?$/m)
    const result = await box.exec(['--', 'pnpm', 'install'])
    assert.equal(result.status, 0, result.stdout + result.stderr)
    assert.ok(fs.existsSync(box.at('project/node_modules/nd-example/package.json')))
    await nothingLeft(box)
    const judged = await box.doctor(['check', '--client', 'pnpm', '--offline', '--format', 'json', '--only', 'plaintext-token'])
    assert.deepEqual(JSON.parse(judged.stdout).findings, [])
    assert.equal((await box.doctor(['restore', '--purge', box.at(auth)])).status, 0)
    const plain = await box.doctor(['check', '--client', 'pnpm', '--offline', '--format', 'json', '--only', 'plaintext-token'])
    assert.deepEqual(JSON.parse(plain.stdout).findings.map(finding => finding.location.file), [box.at(auth)])
    assert.equal((await box.doctor(['fix', '--keyring', '--yes', '--offline', '--client', 'pnpm'])).status, 0)
    assert.ok(!has(box.read(auth)))
  })
}

test('in the home directory the user\'s file would be read as the project\'s: environment', async t => {
  const box = fakeWorld(t, how)
  assert.equal((await box.exec(['--', 'npm', 'ci'], { cwd: box.home })).stdout, 'env tok-CANARY\n')
})

test('other spellings of the user file\'s variable do not win over the FIFO', async t => {
  const box = fakeWorld(t, 'env | grep -ic "^npm_config_userconfig="')
  box.env.npm_config_userconfig = box.at('home/.npmrc')
  assert.equal((await box.exec(['--', 'npm', 'ci'])).stdout, '1\n')
})

test('npm run of a script that calls npm again works; config set writes the real file', async t => {
  const box = world(t, { npm: 11 }, { env: { NPM_TOKEN: token }, npmrc: `registry=${registry.url}\n${nerf}:_authToken=\${NPM_TOKEN}\n` })
  box.write('project/package.json', JSON.stringify({ name: 'root', version: '1.0.0', scripts: { nested: 'npm view nd-example version' } }))
  const nested = await box.exec(['--', 'npm', 'run', '--silent', 'nested'])
  assert.equal(nested.stdout, '1.0.0\n', nested.stderr)
  const set = await box.exec(['--', 'npm', 'config', 'set', 'fund=false'])
  assert.equal(set.status, 0, set.stderr)
  assert.match(box.read('home/.npmrc'), /^fund=false$/m)
  assert.match(box.read('home/.npmrc'), /\$\{NPM_TOKEN\}/)
  assert.ok(!has(box.read('home/.npmrc')))
})

test('only a secret that is not set stops COMMAND; what else is not set is left to the client', async t => {
  const lines = {
    secret: ['//registry.example/:_authToken=${GONE}', '_auth=${GONE}', '//registry.example/:_password="a${GONE}"', 'key=${GONE}', 'otp=${GONE}',
      'registry=https://nick:${GONE}@registry.example/', '@s:registry=https://${GONE}@registry.example/', 'proxy=http://nick:${GONE}@proxy.example:8080',
      'https-proxy = "http://nick:a${GONE}b@${HOST}:8080"', 'user-agent=${NPMRC_SECRET_GONE}'],
    other: ['registry=${GONE}', '@s:registry=${GONE}', 'registry=https://${GONE}/npm/', 'registry=https://registry.example/${GONE}/@s', 'proxy=${GONE}',
      'proxy=http://${GONE}:8080', 'proxy=http://${GONE}@proxy.example:8080', 'proxy=http://nick:tok-CANARY@${GONE}:8080', '//registry.example/:username=${GONE}',
      '//registry.example/:certfile=${GONE}', '//${GONE}/:_authToken=tok-CANARY', 'cafile=${GONE}', '; //registry.example/:_authToken=${GONE}',
      '//registry.example/:_authToken=${GONE?}']
  }
  const box = fakeWorld(t, 'echo started', { env: noBus({ t }).env, version: '11.6.0' })
  for (const [kind, all] of Object.entries(lines)) {
    for (const line of all) {
      box.write('home/.npmrc', line + '\n')
      const result = await box.exec(['--', 'npm', 'ci'])
      assert.deepEqual([result.status, result.stdout], kind === 'secret' ? [3, ''] : [0, 'started\n'], line + result.stderr)
      if (kind === 'secret') assert.match(result.stderr, /GONE, which .*\.npmrc needs/)
      assert.ok(!result.stderr.includes('CANARY'))
    }
  }
})

test('a secret that is nowhere to be had: status 3, the variable is named, COMMAND does not start', async t => {
  const keyring = await keyringSession({ t })
  const without = await keyringSession({ t, service: false })
  for (const [env, says] of [[keyring.env, /not in the keyring|no such|holds no/i], [without.env, /Secret Service/i], [noBus({ t }).env, /D-Bus|bus/i]]) {
    const box = fakeWorld(t, 'echo started', { env })
    delete box.env.NPM_TOKEN
    const started = Date.now()
    const result = await box.exec(['--', 'npm', 'ci'])
    assert.equal(result.status, 3)
    assert.equal(result.stdout, '')
    assert.match(result.stderr, /NPM_TOKEN/)
    assert.match(result.stderr, says)
    assert.ok(Date.now() - started < 3000 * slow, 'nobody is asked, so nothing is waited for')
    const listed = await box.doctor(['secrets'])
    assert.equal(listed.status, env === keyring.env ? 0 : 3)
  }
})
