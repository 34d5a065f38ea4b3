// What a sanitizer or valgrind reports fails the test that ran the program, or the whole run: shown with programs that
// have a defect each, run by the real tests/run and the real helper.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { must, root, run, systemPath, tempDir } from '../lib/sandbox.mjs'
import { tree } from './support.mjs'

const env = { PATH: systemPath, LANG: 'C.UTF-8' }
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']

// Its first argument is the defect that it has; without a watcher it succeeds with each. What dlerror() keeps for a
// thread that is still there at the end is no defect.
const planted = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int many = 2147483647;
__attribute__((noinline)) static void *forget(void) { return malloc(24); }
static void *volatile kept;
static int ready[2];
static void *fail_to_load(void *none)
{
	dlopen("/nonexistent.so", RTLD_LAZY);
	write(ready[1], "", 1);
	pause();
	return none;
}
int main(int argc, char **argv)
{
	const char *defect = argc > 1 ? argv[1] : "none";
	char *volatile p = malloc(8);

	puts("1..1\\nok 1 - a");
	fflush(stdout);
	if (strcmp(defect, "overflow") == 0)
		p[8] = 'x';
	if (strcmp(defect, "undefined") == 0)
		many += argc;
	if (strcmp(defect, "leak") == 0)
		kept = forget();
	if (strcmp(defect, "dlerror") == 0 && pipe(ready) == 0) {
		pthread_t thread;
		pthread_create(&thread, NULL, fail_to_load, NULL);
		read(ready[0], p, 1);
	}
	if (strcmp(defect, "unknown") == 0)
		syscall(9999);
	kept = NULL;
	free(p);
	return 0;
}
`

let build, bare, wrapped, noSanitizer, noLeaks
const noValgrind = systemPath.split(':').some(dir => fs.existsSync(path.join(dir, 'valgrind'))) ? false : 'no valgrind on this machine (make deps-dev)'

before(async () => {
  const dir = tempDir(null, 'planted')
  const at = (...parts) => path.join(dir, ...parts)
  process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }))
  fs.writeFileSync(at('planted.c'), planted)
  for (const name of ['sanitize/tests', 'plain/tests', 'bare']) fs.mkdirSync(at(name), { recursive: true })
  const compile = (to, ...more) => run('cc', ['-O0', '-g', '-o', at(to, 'npmrc-doctor'), at('planted.c'), ...more], { env })
  noSanitizer = (await compile('bare', ...sanitizers)).status ? 'this compiler has no sanitizers' : false
  if (!noSanitizer) {
    build = at('sanitize')
    bare = at('bare/npmrc-doctor')
    await must('make', ['-s', '-C', root, `BUILD=${build}`, 'SANITIZE=address,undefined', at('sanitize/reporting.o')], { env })
    assert.equal((await compile('sanitize', ...sanitizers, at('sanitize/reporting.o'))).status, 0)
    fs.mkdirSync(at('sanitize/reports'))
    await run(at('sanitize/npmrc-doctor'), ['none'], { env, net: false })
    const reports = fs.readdirSync(at('sanitize/reports')).map(name => fs.readFileSync(at('sanitize/reports', name), 'utf8')).join('')
    if (/LeakSanitizer has encountered a fatal error/.test(reports)) noLeaks = 'LeakSanitizer may not trace here'
  }
  if (noValgrind) return
  assert.equal((await compile('plain')).status, 0)
  wrapped = at('valgrind')
  fs.writeFileSync(at('plain/tests/test_planted'), `#!/bin/sh\nexec ${at('plain/npmrc-doctor')} none\n`, { mode: 0o755 })
  await must(path.join(root, 'tests/analyze/wrap'), [at('plain'), wrapped], { env })
})

// As a test of the suite runs the program; none of these looks at the status.
const ways = {
  run: defect => `await box.doctor(['${defect}'])`,
  spawn: defect => `await box.spawn(doctor, ['${defect}']).ended`,
  // A child of what the test has started: the helper does not know its number.
  grandchild: defect => `await box.run('sh', ['-c', '"$0" ${defect}; true', doctor])`
}

// [way, defect, what the report says or null where there is none]
async function assertReports (t, build, cases) {
  const script = cases.map(([way, defect]) => `test('${way} ${defect}', async t => {
  const box = sandbox(t, { npm: null${noLeaks ? ", env: { ASAN_OPTIONS: 'detect_leaks=0' }" : ''} })
  ${ways[way](defect)}
})`)
  const dir = tree(t, { node: { a: ["import { doctor, sandbox } from '../lib/sandbox.mjs'", ...script].join('\n') }, unbuilt: ['test_planted'] })
  fs.cpSync(path.join(root, 'tests/lib'), path.join(dir, 'tests/lib'), { recursive: true })
  const { status, stdout } = await run(path.join(dir, 'tests/run'), [], { env: { PATH: systemPath, TMPDIR: dir, BUILD: build } })
  // What is told of each test that failed, and of each report that is left.
  const told = stdout.split(/^(?= *not ok )/m).map(text => text.replace(/^\d+ passed[^]*/m, ''))
  const left = told.filter(text => text.startsWith(`not ok ${build}/reports/report.`))
  const claimed = cases.filter(([way, , words]) => words && way !== 'grandchild')
  const unclaimed = cases.filter(([way, , words]) => words && way === 'grandchild')
  for (const [way, defect, words] of claimed) {
    const [text] = told.filter(text => new RegExp(`^ +not ok \\d+ - ${way} ${defect}\n`).test(text))
    assert.ok(text, `${way} ${defect} fails no test: ${stdout}`)
    assert.match(text, words)
    assert.match(text, /planted\.c:\d+/)
  }
  for (const [, , words] of unclaimed) assert.ok(left.some(text => words.test(text)), `${words} is in no report that is left: ${stdout}`)
  return { status, last: stdout.trimEnd().split('\n').at(-1), left: left.length, stdout }
}

const healthy = Object.keys(ways).map(way => [way, 'none', null])

test('what a sanitizer reports fails the test that ran the program, or the run', async t => {
  if (noSanitizer) return t.skip(noSanitizer)
  fs.writeFileSync(path.join(build, 'tests/test_planted'), `#!/bin/sh\nexec ${build}/npmrc-doctor undefined\n`, { mode: 0o755 })
  const { status, last, left, stdout } = await assertReports(t, build, [
    ...healthy,
    ['run', 'overflow', /AddressSanitizer: heap-buffer-overflow/],
    ['spawn', 'overflow', /AddressSanitizer: heap-buffer-overflow/],
    ['run', 'undefined', /runtime error: signed integer overflow/],
    // Its test passes.
    ['grandchild', 'overflow', /AddressSanitizer: heap-buffer-overflow/]
  ])
  // The unit program fails by its status, and has left a report too.
  assert.match(stdout, /test_planted\.c ended with status 99/)
  assert.deepEqual({ status, last, left }, { status: 1, last: '5 passed, 6 failed', left: 2 }, stdout)
})

test('no defect, no report, however the program is run', async t => {
  if (noSanitizer) return t.skip(noSanitizer)
  fs.writeFileSync(path.join(build, 'tests/test_planted'), `#!/bin/sh\nexec ${build}/npmrc-doctor none\n`, { mode: 0o755 })
  const { status, last, stdout } = await assertReports(t, build, healthy)
  assert.deepEqual({ status, last }, { status: 0, last: '4 passed, 0 failed' }, stdout)
})

test('a leak is reported', async t => {
  if (noSanitizer || noLeaks) return t.skip(noSanitizer || noLeaks)
  const leak = /Direct leak of 24 byte\(s\) in 1 object[^]* in forget /
  const { status, last, left, stdout } = await assertReports(t, build, [['run', 'leak', leak], ['grandchild', 'leak', leak]])
  assert.deepEqual({ status, last, left }, { status: 1, last: '2 passed, 2 failed', left: 1 }, stdout)
})

// A thread that waits for a name server when the process ends has it still. LeakSanitizer does not always see where; here
// it does not look.
test("what glibc's dlerror() keeps for a thread is no leak", async t => {
  if (noSanitizer || noLeaks) return t.skip(noSanitizer || noLeaks)
  const blind = { ...env, LSAN_OPTIONS: 'use_tls=0' }
  const { stderr } = await run(bare, ['dlerror'], { env: blind, net: false })
  if (!/in _dlerror_run /.test(stderr)) return t.skip("glibc's functions have no names here (libc6-dbg)")
  const reports = path.join(build, 'reports')
  fs.rmSync(reports, { recursive: true, force: true })
  fs.mkdirSync(reports)
  for (const defect of ['dlerror', 'leak']) await run(path.join(build, 'npmrc-doctor'), [defect], { env: blind, net: false })
  const text = fs.readdirSync(reports).map(name => fs.readFileSync(path.join(reports, name), 'utf8')).join('')
  assert.match(text, / in forget /)
  assert.doesNotMatch(text, /_dlerror_run/)
})

test('what valgrind reports fails the test that ran the program, or the run', async t => {
  if (noValgrind) return t.skip(noValgrind)
  const leak = /24 bytes in 1 blocks are definitely lost[^]* forget /
  const { status, last, left, stdout } = await assertReports(t, wrapped, [
    // A system call that valgrind does not know, which it says.
    ['run', 'unknown', null],
    ['grandchild', 'unknown', null],
    ['run', 'overflow', /Invalid write of size 1/],
    ['run', 'leak', leak],
    ['grandchild', 'leak', leak]
  ])
  assert.deepEqual({ status, last, left }, { status: 1, last: '4 passed, 3 failed', left: 1 }, stdout)
})

// A flavour of which one program kept its findings for itself would be quiet about them.
test('every program of the sanitized flavour reports', async () => {
  const { stdout, status, stderr } = await run('make', ['-Bn', '-C', root, 'BUILD=build/none', 'SANITIZE=address,undefined', 'V=1',
    'all', 'unit-tests', 'drivers', 'generators'], { env })
  assert.equal(status, 0, stderr)
  const links = stdout.replaceAll('\\\n', ' ').split('\n').filter(line => / -o build\/none\/(?!.*\.(o|so|inc) )/.test(line.replace(/ -o (\S+).*/, ' -o $1 ')))
  assert.ok(links.length > 30, `${links.length} programs`)
  assert.deepEqual(links.filter(line => !/ build\/none\/reporting\.o /.test(line)), [])
  assert.deepEqual(links.filter(line => !line.includes(sanitizers.join(' '))), [])
})
