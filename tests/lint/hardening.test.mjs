// What the compiler and the linker were asked for, seen in what they made.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { doctor, must, root, run, systemPath } from '../lib/sandbox.mjs'

const build = path.dirname(doctor)
const env = { PATH: systemPath, LANG: 'C.UTF-8' }
const modules = fs.readdirSync(path.join(build, 'modules')).filter(name => name.endsWith('.so')).map(name => path.join(build, 'modules', name))
const read = async (file, ...options) => {
  const result = await run('readelf', ['-W', ...options, file], { env })
  assert.equal(result.status, 0, result.stderr)
  return result.stdout
}
const sanitized = (await read(doctor, '--dyn-syms')).includes('__asan_init')
const objects = fs.readdirSync(path.join(build, 'obj'), { recursive: true }).filter(name => name.endsWith('.o'))

test('the program is position independent', async () => {
  assert.match(await read(doctor, '-h'), /Type:\s+DYN/)
  assert.match(await read(doctor, '-d'), /FLAGS_1.*\bPIE\b/)
})

for (const file of [doctor, ...modules]) {
  test(`${path.basename(file)}: relocations are done and read-only before main, no page is both written and run`, async () => {
    const dynamic = await read(file, '-d')
    assert.match(dynamic, /\(FLAGS\).*BIND_NOW/)
    assert.doesNotMatch(dynamic, /TEXTREL|RPATH|RUNPATH/)
    const segments = await read(file, '-l')
    assert.match(segments, /GNU_RELRO/)
    assert.match(segments, /GNU_STACK\s.*\sRW\s/)
    assert.doesNotMatch(segments, /LOAD\s.*\sRWE\s/)
  })

  test(`${path.basename(file)}: the stack has a guard`, async () => {
    assert.match(await read(file, '--dyn-syms'), /UND __stack_chk_fail/)
  })
}

// In a module all that is called may have been checked while it was made, so that no twin is left to be seen.
test('the C library checks sizes, in the modules too', { skip: sanitized && 'sanitizers check instead' }, async () => {
  assert.match(await read(doctor, '--dyn-syms'), /UND __\w+_chk@/)
  for (const object of ['memory', 'probe/cert', 'keyring/keyring', 'idna/idna']) {
    const { stdout } = await must('make', ['-n', '-B', 'V=1', `BUILD=${build}`, `${build}/obj/${object}.o`], { cwd: root, env })
    assert.match(stdout, /-D_FORTIFY_SOURCE=2 .* -c -o \S*\.o src\//, object)
  }
})

// Debian's own start files carry no such mark, so that the linker leaves it out of the whole.
test('every object is made for control-flow enforcement', { skip: process.arch !== 'x64' && 'an x86 feature' }, async () => {
  assert.ok(objects.length > 50)
  for (const name of objects) assert.match(await read(path.join(build, 'obj', name), '-n'), /x86 feature:.*IBT.*SHSTK/, name)
})
