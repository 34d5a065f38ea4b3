// scan: what is walked and what is not, what cannot be read, git, order, statuses, the terminal.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import test from 'node:test'
import { must, noLeakSearch, run, sandbox, systemPath } from '../lib/sandbox.mjs'
import { assertNoSecret, snapshot } from './support.mjs'

const token = 'npm_CANARYscan5tQx0ZbR7w'
const bad = `//registry.example/:_authToken=${token}\n`
const root = process.getuid() === 0

// The files of the findings of a rule, relative to the tree.
async function scan (box, args = [], options = {}) {
  const result = await box.doctor(['scan', '--format', 'json', ...args], options)
  assertNoSecret(result, [token])
  const report = result.stdout ? JSON.parse(result.stdout) : null
  const files = rule => report.findings.filter(f => f.rule === rule).map(f => path.relative(box.at('tree'), f.location.file))
  return { ...result, report, files }
}

test('every .npmrc is found, in byte order, whatever the number of threads', async t => {
  const box = sandbox(t, { npm: null })
  const files = ['.npmrc', 'a b/.npmrc', 'a/.npmrc', 'a/b/c/d/.npmrc', 'a/.hidden/.npmrc', 'ignored/.npmrc', 'Z/.npmrc', 'é/.npmrc',
    'sub/module/.npmrc', ...Array.from({ length: 60 }, (_, i) => `many/${i}/x/.npmrc`)]
  for (const file of files) box.write(`tree/${file}`, bad)
  box.write('tree/.gitignore', 'ignored\n')
  box.write('tree/.ignore', 'a\n')
  box.write('tree/sub/module/.git', 'gitdir: ../../.git/modules/module\n')
  box.write('tree/node_modules/x/.npmrc', bad)
  box.write('tree/a/node_modules/x/.npmrc', bad)
  box.write('tree/.git/.npmrc', bad)
  box.write('tree/a/npmrc', bad)
  const sorted = list => [...list].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const first = await scan(box, [box.at('tree')])
  assert.equal(first.status, 1)
  assert.equal(first.stderr, '')
  assert.deepEqual(first.files('plaintext-token'), sorted(files))
  assert.deepEqual(first.report.sources.map(s => [s.layer, s.read, path.relative(box.at('tree'), s.path)]),
    sorted(files).map(file => ['file', true, file]))
  for (const jobs of ['1', '2', '16']) {
    assert.equal((await scan(box, ['--jobs', jobs, box.at('tree')])).stdout, first.stdout)
  }
  const all = await scan(box, ['--no-ignore', box.at('tree')])
  assert.deepEqual(all.files('plaintext-token'),
    sorted([...files, 'node_modules/x/.npmrc', 'a/node_modules/x/.npmrc', '.git/.npmrc']))
  // A folder that is named is walked, whatever its name; twice is once.
  const inside = await scan(box, ['node_modules', 'a', 'a/b', './a/'], { cwd: box.at('tree') })
  assert.deepEqual(inside.files('plaintext-token'), ['a/.hidden/.npmrc', 'a/.npmrc', 'a/b/c/d/.npmrc', 'node_modules/x/.npmrc'])
  // So is a file, as with grep -r.
  assert.deepEqual((await scan(box, [box.at('tree/a/npmrc')])).files('plaintext-token'), ['a/npmrc'])
})

test('each file is judged as check FILE judges it', async t => {
  const box = sandbox(t, { env: { NPM_CONFIG_REGISTRY: 'http://env.example/', HTTPS_PROXY: 'http://u:CANARY@proxy.example:1' } })
  box.write('tree/a/.npmrc', `registry=http://registry.example/\nproxy=proxy.example:80\ncafile=/nowhere\n${bad}nonsense=1\n`, 0o644)
  box.write('tree/b/.npmrc', 'registry=https://registry.example/ #x\nnonsense=1\n')
  box.write('home/.npmrc', 'strict-ssl=false\n')
  const one = JSON.parse((await box.doctor(['check', '--format', 'json', box.at('tree/a/.npmrc'), box.at('tree/b/.npmrc')])).stdout)
  const many = await scan(box, [box.at('tree')])
  assert.ok(one.findings.length > 4)
  assert.deepEqual(many.report.findings, one.findings)
  assert.deepEqual(many.report.summary, one.summary)
})

test('options: --only, --skip, --fail-on, -o, and wrong usage', async t => {
  const box = sandbox(t, { npm: null })
  box.write('tree/.npmrc', `${bad}nonsense=1\n`)
  assert.equal((await scan(box, ['--only', 'unknown-key', box.at('tree')])).status, 0)
  assert.equal((await scan(box, ['--only', 'unknown-key', '--fail-on', 'warning', box.at('tree')])).status, 1)
  assert.deepEqual((await scan(box, ['--skip', 'plaintext-token', box.at('tree')])).report.findings.map(f => f.rule), ['unknown-key'])
  assert.equal((await scan(box, ['--fail-on', 'never', box.at('tree')])).status, 0)
  const to = await scan(box, ['-o', box.at('out.json'), box.at('tree')])
  assert.equal(to.stdout, '')
  assert.equal(JSON.parse(box.read('out.json')).findings.length, 2)
  for (const args of [[], ['--jobs', '0', '.'], ['--jobs', 'x', '.'], ['--jobs', '9999', '.'], ['--only', 'no-such-rule', '.'], ['--cwd', '.', '.']]) {
    const result = await box.doctor(['scan', ...args])
    assert.equal(result.status, 2, args.join(' '))
    assert.equal(result.stdout, '')
  }
  const before = snapshot(box.dir)
  await scan(box, [box.at('tree')])
  assert.deepEqual(snapshot(box.dir), before)
})

test('an empty tree is no error', async t => {
  const box = sandbox(t, { npm: null })
  fs.mkdirSync(box.at('tree/a'), { recursive: true })
  const result = await scan(box, [box.at('tree')])
  assert.equal(result.status, 0)
  assert.deepEqual(result.report.findings, [])
  assert.equal((await box.doctor(['scan', '-q', box.at('tree')])).stdout, '')
})

test('links: loops end, folders are not followed, a file is', async t => {
  const box = sandbox(t, { npm: null })
  box.write('tree/a/.npmrc', bad)
  box.write('elsewhere/.npmrc', bad)
  box.write('elsewhere/real', bad)
  fs.symlinkSync('..', box.at('tree/a/loop'))
  fs.symlinkSync(box.at('tree'), box.at('tree/self'))
  fs.symlinkSync(box.at('elsewhere'), box.at('tree/elsewhere'))
  fs.mkdirSync(box.at('tree/link'))
  fs.symlinkSync(box.at('elsewhere/real'), box.at('tree/link/.npmrc'))
  fs.mkdirSync(box.at('tree/dangling'))
  fs.symlinkSync('nowhere', box.at('tree/dangling/.npmrc'))
  fs.mkdirSync(box.at('tree/round'))
  fs.symlinkSync('.npmrc', box.at('tree/round/.npmrc'))
  fs.mkdirSync(box.at('tree/folder/.npmrc'), { recursive: true })
  box.write('tree/folder/.npmrc/.npmrc', bad)
  const result = await scan(box, [box.at('tree')])
  assert.deepEqual(result.files('plaintext-token'), ['a/.npmrc', 'folder/.npmrc/.npmrc', 'link/.npmrc'])
  // What is there and cannot be read is no healthy file.
  assert.equal(result.status, 3, result.stderr)
  assert.match(result.stderr, /^npmrc-doctor: cannot read '.*tree\/round\/\.npmrc': too many levels of symbolic links\n$/)
  // The operand itself may be a link.
  assert.equal((await scan(box, [box.at('tree/self')])).report.findings.length, 3)
})

test('what cannot be read is said, and the rest is done', async t => {
  const box = sandbox(t, { npm: null })
  box.write('tree/a/.npmrc', bad)
  box.write('tree/big/.npmrc', '')
  fs.truncateSync(box.at('tree/big/.npmrc'), 65 * 1024 * 1024)
  fs.mkdirSync(box.at('tree/fifo'))
  await must('mkfifo', [box.at('tree/fifo/.npmrc')], { env: { PATH: systemPath } })
  const result = await scan(box, [box.at('tree'), box.at('nowhere')])
  assert.equal(result.status, 3)
  assert.deepEqual(result.files('plaintext-token'), ['a/.npmrc'])
  assert.match(result.stderr, /cannot read '[^']*\/big\/\.npmrc': larger than 64 MiB/)
  assert.match(result.stderr, /cannot read '[^']*\/fifo\/\.npmrc': is not a regular file/)
  assert.match(result.stderr, /cannot read '[^']*\/nowhere': No such file or directory/)
  assert.deepEqual(result.report.sources.filter(s => !s.read).map(s => [path.basename(path.dirname(s.path)), s.reason !== null]),
    [[path.basename(box.dir), true], ['big', true], ['fifo', true]])
  const metrics = await box.doctor(['scan', '--format', 'prometheus', box.at('tree'), box.at('nowhere')])
  assert.match(metrics.stdout, /^npmrc_doctor_files_unread 3$/m)
  const folder = await box.doctor(['check', box.at('tree')])
  assert.equal(folder.status, 3)
  assert.match(folder.stderr, /tree': is a directory; `npmrc-doctor scan` walks folders\n$/)
  // Behind a report of any length, where it is seen.
  const { stdout: all } = await box.run('sh', ['-c', '"$0" scan "$@" 2>&1', process.env.ND_BIN, box.at('tree'), box.at('nowhere')])
  assert.match(all, /\n1 error; checked 1 file, .*; not read: 3\n(npmrc-doctor: cannot read .*\n){3}$/)
})

test('a folder without permission', { skip: root && 'root may read everything' }, async t => {
  const box = sandbox(t, { npm: null })
  box.write('tree/a/.npmrc', bad)
  box.write('tree/shut/.npmrc', bad)
  fs.chmodSync(box.at('tree/shut'), 0)
  t.after(() => fs.chmodSync(box.at('tree/shut'), 0o755))
  const result = await scan(box, [box.at('tree')])
  assert.equal(result.status, 3)
  assert.match(result.stderr, /cannot read '[^']*\/shut': Permission denied/)
  assert.deepEqual(result.files('plaintext-token'), ['a/.npmrc'])
})

test('a folder without permission, as another user', { skip: !root && 'only root can become another user' }, async t => {
  const box = sandbox(t, { npm: null })
  box.write('tree/a/.npmrc', bad, 0o644)
  box.write('tree/shut/.npmrc', bad)
  fs.chmodSync(box.at('tree/shut'), 0)
  fs.chmodSync(box.dir, 0o755)
  const copy = box.at('bin/npmrc-doctor')
  fs.copyFileSync(process.env.ND_BIN, copy)
  fs.chmodSync(copy, 0o755)
  const result = await run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', copy, 'scan', box.at('tree')],
    { env: { ...box.env, PATH: systemPath }, cwd: '/' })
  assert.equal(result.status, 3, result.stderr)
  assert.match(result.stderr, /cannot read '[^']*\/shut': Permission denied/)
  assert.match(result.stdout, /plaintext-token/)
})

test('names of any bytes, and trees deeper than a path may be long', async t => {
  const box = sandbox(t, { npm: null })
  const odd = Buffer.concat([Buffer.from(`${box.at('tree')}/`), Buffer.from([0xff, 0x0a, 0x1b]), Buffer.from('x')])
  fs.mkdirSync(odd, { recursive: true })
  fs.writeFileSync(Buffer.concat([odd, Buffer.from('/.npmrc')]), bad)
  // The shell goes down step by step: no one path is longer than the kernel takes.
  await must('sh', ['-c', 'cd "$1" && i=0 && while [ $i -lt 60 ]; do mkdir "$2" && cd -P "$2" || exit 1; i=$((i+1)); done; echo "_authToken=x" > .npmrc',
    'sh', box.at('tree'), 'd'.repeat(100)], { env: { PATH: systemPath } })
  const result = await scan(box, [box.at('tree')])
  await must('rm', ['-rf', box.at('tree')], { env: { PATH: systemPath } })
  assert.equal(result.status, 3, result.stderr)
  assert.match(result.stderr, /File name too long/)
  assert.equal(result.report.findings.filter(f => f.rule === 'plaintext-token').length, 1)
  assert.doesNotMatch(result.stderr, /\x1b/)
})

test('git is asked once for each work tree', async t => {
  const box = sandbox(t, { npm: null })
  const git = (dir, ...args) => must('git', args, { cwd: box.at(dir), env: { PATH: systemPath, HOME: box.tmp, GIT_CONFIG_NOSYSTEM: '1' } })
  for (const dir of ['tree/one', 'tree/one/inner', 'tree/two']) {
    fs.mkdirSync(box.at(dir), { recursive: true })
    await git(dir, 'init', '-q')
  }
  for (const file of ['one/tracked/.npmrc', 'one/untracked/.npmrc', 'one/ignored/.npmrc', 'one/inner/.npmrc', 'two/.npmrc', 'none/.npmrc']) box.write(`tree/${file}`, bad)
  box.write('tree/two/clean/.npmrc', 'fund=false\n')
  box.write('tree/one/.gitignore', 'ignored/\n')
  await git('tree/one', 'add', '-f', 'tracked/.npmrc')
  await git('tree/one/inner', 'add', '.npmrc')
  fs.rmSync(box.at('bin/git'))
  box.write('bin/git', `#!/bin/sh\necho "$@" >> ${box.at('calls')}\nPATH=${systemPath} exec git "$@"\n`, 0o755)
  const result = await scan(box, [box.at('tree')])
  assert.deepEqual(result.report.findings.filter(f => f.rule === 'credentials-in-repository')
    .map(f => [path.relative(box.at('tree'), f.location.file), f.severity]),
  [['one/inner/.npmrc', 'error'], ['one/tracked/.npmrc', 'error'], ['one/untracked/.npmrc', 'warning'], ['two/.npmrc', 'warning']])
  assert.equal(result.files('plaintext-token').length, 6)
  const calls = box.read('calls').trim().split('\n')
  assert.ok(calls.length <= 6, calls.join('\n'))
  // Not asked at all where no rule wants to know.
  fs.rmSync(box.at('calls'))
  await scan(box, ['--skip', 'credentials-in-repository', box.at('tree')])
  assert.ok(!fs.existsSync(box.at('calls')))
})

test('no socket is opened, progress is for terminals', async t => {
  const box = sandbox(t, { npm: null })
  let connections = 0
  const server = net.createServer(socket => { connections++; socket.destroy() })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  box.write('tree/.npmrc', `registry=http://127.0.0.1:${server.address().port}/\n`)
  for (let i = 0; i < 50; i++) fs.mkdirSync(box.at(`tree/${i}`))
  const result = await box.doctor(['scan', box.at('tree')])
  assert.equal(result.stderr, '')
  assert.equal(connections, 0)
  const trace = await run('strace', ['-f', '-qq', '-e', 'trace=socket,connect', '-o', box.at('trace'), process.env.ND_BIN, 'scan', box.at('tree')],
    { env: { ...box.env, PATH: systemPath, ...noLeakSearch }, cwd: box.project })
  if (trace.status === 0) assert.equal(box.read('trace'), '')
})
