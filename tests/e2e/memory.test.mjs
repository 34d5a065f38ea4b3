// Secrets are wiped from memory after use, and no core file holds any: the program is looked at through
// /proc when all is done and freed, and is made to abort at several moments with core files allowed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { hits } from '../lib/net.mjs'
import { doctor, must, root, run, sandbox, systemPath } from '../lib/sandbox.mjs'
import { compileShim, memoryOf, spellingsOf, stopped } from './support.mjs'

const shim = path.join(path.resolve(root, process.env.BUILD || 'build'), 'tests/fault_shim_of_memory.so')
const tokens = ['tok-CANARY-1', 'pw-CANARY-2', 'old-CANARY-3']
const written = `; mine\n//registry.example/:_authToken=${tokens[0]}\nproxy=http://nick:${tokens[1]}@proxy.example:8080/\nfund=false\n`
const fix = ['fix', '--keyring', '--yes']

before(() => compileShim(shim))

// In which mappings which secret still stands when the program is done.
async function leftBy (box, args, more = {}) {
  const env = { ...box.env, ...more, LD_PRELOAD: shim, FAULT_LOG: path.join(box.dir, 'hit'), FAULT_AT: '-1', FAULT_END: 'stop' }
  const child = spawn(doctor, args, { cwd: box.project, env, stdio: 'ignore' })
  const closed = new Promise(resolve => child.on('close', resolve))
  const found = []
  let refused
  try {
    await stopped(child)
    try {
      fs.closeSync(fs.openSync(`/proc/${child.pid}/mem`, 'r'))
    } catch (err) {
      refused = err.code
      return { found, refused }
    }
    for (const { name, bytes } of memoryOf(child.pid)) {
      for (const token of tokens) {
        const n = spellingsOf(token).reduce((sum, text) => sum + bytes.split(text).length - 1, 0)
        if (n) found.push(`${name || 'anonymous'}: ${n} times`)
      }
    }
  } finally {
    child.kill('SIGCONT')
  }
  return { found, status: await closed }
}

test('after use nothing of them is in memory', async t => {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { npm: null, env: keyring.env })
  const content = `${written}; //registry.example/:_authToken=${tokens[2]}\n`
  box.write('home/.npmrc', content)
  const steps = [['check', '--offline'], ['check', '--offline', '--format', 'json'], ['config'], ['route', 'https://registry.example/x'], ['fix', '--keyring', '--dry-run'], fix, ['secrets'], ['env', '--shell', 'json'], ['token-helper', 'https://registry.example/'], ['check', '--offline', '--format', 'sarif'], ['scan', '..'], ['restore', '--purge']]
  await t.test('what is there is found', async t => {
    const { found, refused } = await leftBy(box, ['check', '--offline'], { PLANTED: `x${tokens[0]}x` })
    if (refused) return t.skip(`its memory cannot be read: ${refused}`)
    assert.notDeepEqual(found, [])
  })
  for (const args of steps) {
    await t.test(args.join(' '), async t => {
      const { found, status, refused } = await leftBy(box, args)
      // A process that cannot be dumped is root's to look at.
      if (refused) return t.skip(`its memory cannot be read: ${refused}`)
      assert.ok([0, 1].includes(status), `status ${status}`)
      assert.deepEqual(found, [])
    })
  }
  assert.equal(fs.readFileSync(box.at('home/.npmrc'), 'utf8'), content)
})

// GLib's digests keep their last block in memory that no free() sees.
test('nor what was hashed', async t => {
  for (const tail of ['', '/a', '/ab/cdefghijk', '/abcdefghijklmnopqrstuvwxyz/abcdefghijklmnopqrstuvwxyz']) {
    const box = sandbox(t)
    box.write(`home/of${tail}/.npmrc`, written)
    box.env.HOME = box.at(`home/of${tail}`)
    for (const args of [['selfcheck'], ['hook', 'before', '--', 'npm', 'login']]) {
      const { found, status, refused } = await leftBy(box, args)
      if (refused) return t.skip(`its memory cannot be read: ${refused}`)
      assert.equal(status, 0, args.join(' '))
      assert.deepEqual(found, [], `${args.join(' ')}, ${tail}`)
    }
  }
})

test('an allocator that somebody preloads is not asked about blocks of the C library', async t => {
  if (fs.readFileSync(doctor).includes('__asan_init')) return t.skip('sanitizers bring an allocator of their own')
  const box = sandbox(t, { npm: null })
  box.write('home/.npmrc', written)
  box.write('alien.c', '#include <stdlib.h>\nsize_t malloc_usable_size(void *p) { (void)p; abort(); }\n' +
    'void *malloc(size_t n) { (void)n; abort(); }\nvoid free(void *p) { (void)p; abort(); }\n' +
    'void *aligned_alloc(size_t a, size_t n) { (void)a; (void)n; abort(); }\n')
  await must('cc', ['-shared', '-fPIC', '-fno-builtin', '-o', box.at('alien.so'), box.at('alien.c')], { env: { PATH: process.env.PATH } })
  const result = await run(doctor, ['check', '--offline'], { ...box, env: { ...box.env, LD_PRELOAD: box.at('alien.so') }, cwd: box.project, dir: box.dir })
  assert.equal(result.status, 1, result.stderr)
  assert.match(result.stdout, /plaintext-token/)
})

test('no core file, wherever it aborts', async t => {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { npm: null, env: { ...keyring.env, PATH: systemPath } })
  // bash tells whether the kernel has dumped a core, wherever that goes.
  const inShell = (script, args, env) => run('bash', ['-c', `ulimit -c unlimited && ${script}; exit 0`, doctor, ...args], { cwd: box.tmp, env: { ...box.env, ...env }, dir: box.dir })
  const control = await inShell('bash -c \'kill -ABRT $$\'', [])
  if (!/core dumped/.test(control.stderr)) return t.skip('this machine dumps no cores')
  for (const name of fs.readdirSync(box.tmp)) fs.rmSync(box.at('tmp', name))
  let n = 1
  for (; ; n += 7) {
    box.write('home/.npmrc', written)
    const log = path.join(box.dir, 'hit')
    fs.rmSync(log, { force: true })
    const result = await inShell('"$0" "$@"', fix, { LD_PRELOAD: shim, FAULT_LOG: log, FAULT_AT: String(n), FAULT_DO: 'abort' })
    if (!fs.existsSync(log)) break
    assert.match(result.stderr, /Aborted/)
    assert.doesNotMatch(result.stderr, /core dumped/, `a core at call ${n}`)
    assert.deepEqual(fs.readdirSync(box.tmp), [], `a core at call ${n}`)
  }
  assert.ok(n > 50, `${n} calls only`)
  assert.equal(hits(fs.readFileSync(box.at('home/.npmrc'))), 0)
})
