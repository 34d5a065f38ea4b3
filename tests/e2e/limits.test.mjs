// What SECURITY.md says is not protected, on the real thing: whoever reads it should know that it is so. A test that
// fails here may well be good news, which SECURITY.md has to learn.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { refusingProxy } from '../lib/peers.mjs'
import { doctor, must, noLeakSearch, root, sandbox, systemPath, tempDir } from '../lib/sandbox.mjs'
import { memoryOf, stopped } from './support.mjs'

const token = 'tok-CANARY-1'
const password = 'pw-CANARY-2'
const written = `//registry.example/:_authToken=${token}\n`
const fix = ['fix', '--keyring', '--yes', '--offline']
const libraries = tempDir(null, 'limits')
process.on('exit', () => fs.rmSync(libraries, { recursive: true, force: true }))
const shim = path.join(libraries, 'shim.so')

const compile = (to, ...from) => must('cc', ['-std=c17', '-O1', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', to, ...from, '-ldl'], { env: { PATH: systemPath } })

before(() => compile(shim, path.join(root, 'tests/e2e/faults/shim.c')))

// A user whose secrets are in the keyring.
async function moved (t, { text = written, ...options } = {}) {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { env: keyring.env, ...options })
  const file = box.write('home/.npmrc', text)
  const result = await box.doctor(fix)
  assert.equal(result.status, 0, result.stderr)
  assert.doesNotMatch(box.read('home/.npmrc'), /CANARY/)
  return { keyring, box, file }
}

test('a program of the same user asks the unlocked keyring', async t => {
  const { keyring, file } = await moved(t)
  const { status, stdout } = await keyring.run('secret-tool', ['lookup', 'file', file])
  assert.deepEqual([status, stdout], [0, token])
})

test('a program of the same user looks at COMMAND', async t => {
  const { box } = await moved(t)
  const child = box.spawn(doctor, ['exec', '--', 'sh', '-c', 'echo ready; read line'])
  await new Promise(resolve => child.stdout.once('data', resolve))
  assert.ok(fs.readFileSync(`/proc/${child.pid}/environ`, 'latin1').includes(token))
  child.stdin.end('\n')
  assert.equal(await child.ended, 0)
})

test('root looks into the memory of the program while it works', async t => {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { npm: null, env: keyring.env })
  box.write('home/.npmrc', written)
  const log = box.at('hit')
  const child = box.spawn(doctor, fix, { env: { ...box.env, LD_PRELOAD: shim, FAULT_LOG: log, FAULT_AT: '1', FAULT_ONLY: 'renameat', FAULT_DO: 'stop' } })
  t.after(() => child.kill('SIGKILL'))
  await stopped(child)
  try {
    if (process.getuid() !== 0) {
      // It cannot be dumped, and is therefore nobody else's to look at.
      assert.throws(() => fs.openSync(`/proc/${child.pid}/mem`), /EACCES|EPERM/)
      return t.skip('only root may')
    }
    assert.ok([...memoryOf(child.pid)].some(({ bytes }) => bytes.includes(token)))
  } finally {
    child.kill('SIGCONT')
  }
  assert.equal(await child.ended, 0)
})

for (const npm of [9, 10, 11, 12]) {
  test(`install scripts are told the proxy's password, not the token: npm ${npm}`, async t => {
    const { box } = await moved(t, { npm, text: `${written}proxy=http://nick:${password}@127.0.0.1:9/\n` })
    const script = "const { env } = process; fs.writeFileSync('../told', [env.npm_config_proxy, JSON.stringify(env)].join('\\n'))"
    box.write('project/package.json', JSON.stringify({ name: 'root', version: '1.0.0', scripts: { postinstall: `node -e ${JSON.stringify(script)}` } }))
    const result = await box.run(doctor, ['exec', '--', 'npm', 'install', '--no-audit', '--no-fund'], { timeout: 60000 })
    assert.equal(result.status, 0, result.stderr)
    const [proxy, all] = box.read('told').split('\n')
    assert.equal(proxy, `http://nick:${password}@127.0.0.1:9/`)
    assert.ok(!all.includes(token))
  })
}

test('npm run: its script reads the variable', async t => {
  const { box } = await moved(t)
  const [, variable] = box.read('home/.npmrc').match(/\$\{(\w+)\}/)
  box.write('project/package.json', JSON.stringify({ name: 'root', version: '1.0.0', scripts: { told: `echo "$${variable}"` } }))
  const { stdout } = await box.run(doctor, ['exec', '--', 'npm', 'run', '--silent', 'told'])
  assert.equal(stdout, `${token}\n`)
})

test('whoever listens before an http:// proxy reads its password, from npm and from check alike', async t => {
  const proxy = await refusingProxy({ t, status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="x"' } })
  const box = sandbox(t, { env: { PW: password } })
  box.write('home/.npmrc', `registry=https://registry.example/\nproxy=${proxy.url.replace('//', '//nick:${PW}@')}\nfetch-retries=0\n`)
  for (const command of [['npm', ['view', 'nd-example']], [doctor, ['check', '--timeout', '3']]]) {
    proxy.connections.length = 0
    await box.run(...command)
    const [, sent] = /^proxy-authorization: basic (\S+)\r$/im.exec(proxy.received) ?? []
    assert.equal(Buffer.from(sent ?? '', 'base64').toString(), `nick:${password}`, command[0])
  }
})

test('what has been written before stays where it is: blocks, copies, history', async t => {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { env: { ...keyring.env, GIT_CONFIG_NOSYSTEM: '1' } })
  const git = (...args) => must('git', ['-c', 'user.name=n', '-c', 'user.email=n@registry.example', ...args], { cwd: box.project, env: box.env })
  const file = box.write('project/.npmrc', written)
  box.write('project/.npmrc.bak', written)
  await git('init', '-q')
  await git('add', '-f', '.npmrc')
  await git('commit', '-qm', 'x')
  const old = fs.openSync(file)
  t.after(() => fs.closeSync(old))
  const result = await box.doctor(fix)
  assert.equal(result.status, 0, result.stderr)
  assert.doesNotMatch(fs.readFileSync(file, 'utf8'), /CANARY/)
  assert.match(result.stderr, /is tracked by git, whose history keeps what was moved: revoke _authToken for \/\/registry\.example\//)
  assert.equal((await git('show', 'HEAD:.npmrc')).stdout, written)
  assert.equal(box.read('project/.npmrc.bak'), written)
  // The old file's content is not overwritten: the file is gone, its blocks are not.
  assert.equal(fs.fstatSync(old).nlink, 0)
  assert.equal(fs.readFileSync(old, 'utf8'), written)
})

test('a library that the dynamic loader is told to load reads what the program reads', async t => {
  const { box } = await moved(t)
  box.write('home/.npmrc', written)
  const library = path.join(libraries, 'reads.so')
  box.write('reads.c', `#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
ssize_t read(int fd, void *to, size_t n)
{
	ssize_t (*real)(int, void *, size_t) = (ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	ssize_t got = real(fd, to, n);
	int log = open(getenv("STOLEN"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (got > 0)
		write(log, to, (size_t)got);
	close(log);
	return got;
}
`)
  await compile(library, box.at('reads.c'))
  const result = await box.run(doctor, ['check', '--offline'], { net: false, env: { LD_PRELOAD: library, STOLEN: box.at('stolen'), ...noLeakSearch } })
  assert.equal(result.status, 1, result.stderr)
  assert.ok(box.read('stolen').includes(token))
})

test('a module in another one\'s place runs', async t => {
  const { box } = await moved(t)
  if (fs.readFileSync(doctor, 'latin1').startsWith('#!')) return t.skip('the program is wrapped, and its modules are elsewhere')
  const own = path.join(path.dirname(doctor), 'modules')
  box.write('mine/keyring.c', `#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void run(void) { close(open("${box.at('ran')}", O_CREAT | O_WRONLY, 0600)); }
`)
  fs.cpSync(doctor, box.at('mine/npmrc-doctor'))
  fs.cpSync(own, box.at('mine/modules'), { recursive: true, dereference: true })
  await box.run(box.at('mine/npmrc-doctor'), ['secrets'])
  assert.ok(!fs.existsSync(box.at('ran')))
  await compile(box.at('mine/modules/keyring.so'), box.at('mine/keyring.c'))
  await box.run(box.at('mine/npmrc-doctor'), ['secrets'])
  assert.ok(fs.existsSync(box.at('ran')))
})

test('a git and a node in a folder that PATH names by an absolute path are run', async t => {
  const box = sandbox(t)
  box.write('folder/git', `#!/bin/sh\ntouch ${box.at('ran-git')}\n`, 0o755)
  // What is a script is taken for no node.
  box.write('node.c', `#include <fcntl.h>
int main(void) { return open("${box.at('ran-node')}", O_CREAT | O_WRONLY, 0600) < 0; }
`)
  await must('cc', ['-o', box.at('folder/node'), box.at('node.c')], { env: { PATH: systemPath } })
  box.env.PATH = `${box.at('folder')}:${box.env.PATH}`
  box.write('project/.npmrc', written)
  await must('/usr/bin/git', ['init', '-q', '.'], { cwd: box.project, env: { HOME: box.home } })
  await box.doctor(['check', '--offline'])
  assert.ok(fs.existsSync(box.at('ran-git')))
  await box.doctor(['selfcheck'])
  assert.ok(fs.existsSync(box.at('ran-node')))
})
