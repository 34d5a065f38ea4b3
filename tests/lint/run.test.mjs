// tests/run itself: nothing that goes wrong may look like success.
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { run, systemPath } from '../lib/sandbox.mjs'
import { tree } from './support.mjs'

async function sum (t, what, { args = [], env = {} } = {}) {
  const dir = tree(t, what)
  const result = await run(path.join(dir, 'tests/run'), args, { env: { PATH: systemPath, TMPDIR: dir, ...env } })
  const lines = result.stdout.trimEnd().split('\n')
  return { status: result.status, last: lines.at(-1), text: result.stdout }
}

// [what happens, tree, last line, status]
const cases = [
  ['unit tests pass', { unit: { test_a: 'echo 1..2; echo ok 1 - a; echo ok 2 - b' } }, '2 passed, 0 failed', 0],
  ['one is skipped', { unit: { test_a: 'echo 1..2; echo ok 1 - a; echo "ok 2 # SKIP b"' } }, '1 passed, 0 failed, 1 skipped', 0],
  ['one fails', { unit: { test_a: 'echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1' } }, '1 passed, 1 failed', 1],
  ['two groups', { unit: { test_a: 'echo 1..1; echo ok 1 - a; echo 1..1; echo ok 1 - b' } }, '2 passed, 0 failed', 0],
  ['a crash', { unit: { test_a: 'echo 1..2; echo ok 1 - a; kill -SEGV $$' } }, '1 passed, 1 failed', 1],
  ['a crash at the end', { unit: { test_a: 'echo 1..1; echo ok 1 - a; kill -SEGV $$' } }, '1 passed, 1 failed', 1],
  ['fewer tests than planned', { unit: { test_a: 'echo 1..2; echo ok 1 - a' } }, '1 passed, 1 failed', 1],
  ['no plan', { unit: { test_a: 'exit 0' } }, '0 passed, 1 failed', 1],
  ['a program that was not built', { unbuilt: ['test_a'] }, '0 passed, 1 failed', 1],
  ['no test at all', {}, '0 passed, 0 failed', 1],
  ['only skipped tests', { unit: { test_a: 'echo 1..1; echo "ok 1 # SKIP a"' } }, '0 passed, 0 failed, 1 skipped', 1],
  ['node tests count as leaves',
    { node: { a: "test('a', async t => { await t.test('b', () => {}); await t.test('c', () => {}) })\ndescribe('d', () => { test('e', () => {}) })" } },
    '3 passed, 0 failed', 0],
  ['a leaf fails', { node: { a: "test('a', async t => { await t.test('b', () => {}); await t.test('c', () => assert.ok(0)) })" } }, '1 passed, 1 failed', 1],
  ['a parent fails by itself', { node: { a: "test('a', async t => { await t.test('b', () => {}); assert.ok(0) })" } }, '1 passed, 1 failed', 1],
  ['a node test is skipped', { node: { a: "test('a', () => {})\ntest('b', { skip: 'why' }, () => {})" } }, '1 passed, 0 failed, 1 skipped', 0],
  ['a file without tests', { node: { a: '' } }, '0 passed, 1 failed', 1],
  ['a file that does not load', { node: { a: "throw new Error('no')" } }, '0 passed, 1 failed', 1],
  ['a file that ends too early', { node: { a: "test('a', () => {})\ntest('b', () => { process.exit(0) })" } }, '0 passed, 1 failed', 1]
]

for (const [name, what, last, status] of cases) {
  test(`the runner sums up: ${name}`, async t => {
    const result = await sum(t, what)
    assert.deepEqual({ last: result.last, status: result.status }, { last, status }, result.text)
  })
}

test('the runner gives up on a file that hangs', async t => {
  const result = await sum(t, { unit: { test_a: 'echo 1..1; echo ok 1 - a; sleep 60' } }, { env: { ND_TEST_TIMEOUT: '1' } })
  assert.equal(result.last, '1 passed, 1 failed')
  assert.match(result.text, /ran out of time/)
})

test("the runner shows a failure in full, and the program's last words", async t => {
  const result = await sum(t, { unit: { test_a: 'echo 1..1; echo not ok 1 - a; echo "# 1 != 2"; echo boom >&2; exit 1' } })
  assert.match(result.text, /not ok 1 - a\n +# 1 != 2\n/)
  assert.match(result.text, /! boom/)
})

test("the caller's environment decides nothing", async t => {
  const script = "test('a', () => { for (const name of Object.keys(process.env)) assert.doesNotMatch(name, /proxy|npm|ssl|extra_ca|xdg|github/i) })"
  const env = { HTTPS_PROXY: 'http://proxy.example', npm_config_registry: 'x', NODE_EXTRA_CA_CERTS: '/x', GITHUB_ACTIONS: 'true', XDG_RUNTIME_DIR: '/x' }
  const result = await sum(t, { node: { a: script } }, { env })
  assert.equal(result.last, '1 passed, 0 failed', result.text)
})

test('a suite that does not exist is an error', async t => {
  assert.equal((await sum(t, {}, { args: ['units'] })).status, 1)
})
