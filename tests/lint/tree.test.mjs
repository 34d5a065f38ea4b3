// What holds for the files of the repository as they lie there.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { root, run, systemPath, tempDir } from '../lib/sandbox.mjs'

const checkLayers = path.join(root, 'tests/lint/check-layers')
const env = { PATH: systemPath, LANG: 'C.UTF-8' }

function * filesBelow (dir) {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, entry.name)
    const name = path.relative(root, file)
    if (['.git', 'tests/node_modules'].includes(name) || name.startsWith('build')) continue
    if (entry.isDirectory()) yield * filesBelow(file)
    else if (entry.isFile()) yield name
  }
}

test('every include keeps to the table of layers', async () => {
  const result = await run(checkLayers, [], { env })
  assert.equal(result.stdout + result.stderr, '')
  assert.equal(result.status, 0)
})

test('no line of C is wider than .clang-format has it', () => {
  const limit = Number(/^ColumnLimit: (\d+)$/m.exec(fs.readFileSync(path.join(root, '.clang-format'), 'utf8'))[1])
  const width = line => [...line].reduce((at, c) => c === '\t' ? at - at % 8 + 8 : at + 1, 0)
  const wide = []
  for (const name of filesBelow(root)) {
    if (!/^(src|include|tests)\/.*\.[ch]$/.test(name)) continue
    fs.readFileSync(path.join(root, name), 'utf8').split('\n').forEach((line, i) => { if (width(line) > limit) wide.push(`${name}:${i + 1}`) })
  }
  assert.ok(limit > 0)
  assert.deepEqual(wide, [])
})

test('the manual names every variable that is read', () => {
  const manual = fs.readFileSync(path.join(root, 'man/npmrc-doctor.1'), 'utf8').replaceAll('\\', '')
  let read = 0
  for (const name of filesBelow(path.join(root, 'src'))) {
    if (!name.endsWith('.c')) continue
    for (const [, variable] of fs.readFileSync(path.join(root, name), 'utf8').matchAll(/(?:nd_env_get|getenv|nonempty)\([^;"]*?, "([A-Z_]+)"\)/g)) {
      read++
      assert.match(manual, new RegExp(`\\b${variable}\\b`), name)
    }
  }
  assert.ok(read > 20, `${read} are read`)
})

// [file, content, expected complaint or null]
const layers = [
  ['src/probe/a.c', '#include <curl/curl.h>\n#include <glib.h>\n#include <npmrc-doctor/view.h>', null],
  ['src/npm/a.c', '#include <curl/curl.h>', /may not include <curl\/curl\.h>/],
  ['include/npmrc-doctor/probe.h', '#include <openssl/ssl.h>', /in a public header/],
  ['src/doc/a.c', '#include <npmrc-doctor/rules.h>', /module 'doc' may not include/],
  ['src/rules/a.c', '#include <sys/socket.h>', /does no I\/O/],
  ['src/rules/a.c', '#include <jansson.h>', /may not include <jansson\.h>/],
  ['src/layer/a.c', '#include "npm/convert.h"', /private to src\/npm/],
  ['src/layer/a.c', '#include "load.h"\n#include <stdio.h>', null],
  ['src/rules/a.c', '#include "rules/rules.def"', null],
  ['src/odd/a.c', '', /not in the table/],
  ['src/npm/a.c', '#include <libfoo.h>', /nobody's list/],
  ['src/npm/a.c', 'x = strcpy (a, b);', /nobody calls strcpy/],
  ['src/npm/a.c', 'x = nd_strcpy(a); /* strcpy(a) */ y = "strcpy(a)"; z = \'"\'; w = g_strlcpy(a);', null],
  ['src/npm/a.c', '/* a\n strcpy(a)\n */', null],
  ['src/npm/a.c', 'x = \'"\'; system(a); y = \'"\';', /nobody calls system/],
  ['src/npm/a.c', 'getenv("HOME");', /getenv outside/],
  ['src/source/a.c', 'getenv("HOME");', null],
  ['src/cmd/a.c', 'exit(1);', /exit outside/],
  ['src/main.c', 'exit(1);', null],
  ['src/npm/a.c', 'printf("%s", token);', /printf outside/],
  ['src/report/a.c', 'printf("%s", text);', null]
]

for (const [file, content, complaint] of layers) {
  test(`check-layers ${complaint ? 'refuses' : 'allows'} ${JSON.stringify(content)} in ${file}`, async t => {
    const dir = tempDir(t, 'layers')
    fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
    fs.writeFileSync(path.join(dir, file), content + '\n')
    const result = await run(checkLayers, [dir], { env })
    if (complaint) assert.match(result.stdout, complaint)
    else assert.equal(result.stdout + result.stderr, '')
    assert.equal(result.status, complaint ? 1 : 0)
  })
}

test('check-layers finds what only tests call', async t => {
  const dir = tempDir(t, 'dead')
  const put = (file, content) => {
    fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
    fs.writeFileSync(path.join(dir, file), content)
  }
  put('include/npmrc-doctor/doc.h', 'bool nd_doc_is_odd(int a);\nchar *nd_doc_kept(\n\tint a);\n')
  put('src/doc/doc.c', '/* nd_doc_is_odd(1) */\nbool nd_doc_is_odd(int a)\n{\n\treturn a;\n}\n\nchar *nd_doc_kept(int a)\n{\n}\n')
  put('src/rules/rules.def', 'RULE(nd_doc_kept)\n')
  put('tests/unit/test_doc.c', '\tnd_doc_is_odd(1);\n')
  const result = await run(checkLayers, [dir], { env })
  assert.equal(result.stdout, 'include/npmrc-doctor/doc.h:1: nothing in src/ calls nd_doc_is_odd\n')
  assert.equal(result.status, 1)
})

test('check-layers is not content with nothing', async t => {
  assert.equal((await run(checkLayers, [tempDir(t)], { env })).status, 2)
})

test("only npm's table of defaults names npm's default registry", () => {
  const host = ['registry', 'npmjs', 'org'].join('.')
  const naming = [...filesBelow(root)].filter(name => fs.readFileSync(path.join(root, name)).includes(host))
  assert.deepEqual(naming.filter(name => !name.startsWith('src/npm/')), [])
})

test('the lockfile pins content, not addresses', () => {
  const lock = JSON.parse(fs.readFileSync(path.join(root, 'tests/package-lock.json')))
  assert.equal(lock.lockfileVersion, 3)
  const installed = Object.entries(lock.packages).filter(([name, entry]) => name && !entry.link)
  assert.ok(installed.length > 0)
  assert.deepEqual(installed.filter(([, entry]) => 'resolved' in entry).map(([name]) => name), [])
  assert.deepEqual(installed.filter(([, entry]) => !entry.integrity && !entry.inBundle).map(([name]) => name), [])
})

test('the versions under test are exact', () => {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'tests/package.json')))
  const wanted = { ...manifest.devDependencies, ...manifest.optionalDependencies, ...manifest.overrides }
  for (const [name, version] of Object.entries(wanted)) assert.match(version, /(^|@)\d+\.\d+\.\d+$/, name)
})
