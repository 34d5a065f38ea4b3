// No row of rules.def without an emitter, a fixture that fires and a near miss.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { root, run, systemPath, tempDir } from '../lib/sandbox.mjs'

const checkRules = path.join(root, 'tests/lint/check-rules')
const env = { PATH: systemPath, LANG: 'C.UTF-8' }

test('every rule is proven', async () => {
  const result = await run(checkRules, [], { env })
  assert.equal(result.stdout + result.stderr, '')
  assert.equal(result.status, 0)
})

const row = (id, need = 'FILES', check = 'nd_check_a') =>
  `RULE(${id.toUpperCase().replaceAll('-', '_')}, "${id}", G, ND_ERROR, ND_NEED_${need}, ND_MEND_HAND,\n\t${check},\n\t"text")\n`
const whole = {
  'src/rules/rules.def': row('a-rule') + row('b-rule', 'PROBE', 'nd_check_b'),
  'src/rules/a.c': 'void nd_check_a(void) {}\nvoid nd_check_b(void) {}\n',
  'fixtures/rules/a-rule/fires/.npmrc': '',
  'fixtures/rules/a-rule/quiet/case.json': '',
  'tests/integration/b.test.mjs': "fires(t, { rule: 'b-rule' })\nsilentOn(t, {})\n",
  'tests/e2e/c.test.mjs': ''
}

const cases = [
  ['a whole tree', {}, null],
  ['no function', { 'src/rules/a.c': 'void nd_check_b(void) {}\n' }, /a-rule: no function nd_check_a/],
  ['no fixture that fires', { 'fixtures/rules/a-rule/fires/.npmrc': undefined }, /a-rule: no fixture fires it/],
  ['no near miss', { 'fixtures/rules/a-rule/quiet/case.json': undefined }, /a-rule: no fixture is a near miss/],
  ['no integration test', { 'tests/integration/b.test.mjs': "fires(t, { rule: 'b-ruled' })\nsilentOn(t, {})\n" }, /b-rule: no integration test fires it/],
  ['no healthy control', { 'tests/integration/b.test.mjs': "fires(t, { rule: 'b-rule' })\n" }, /b-rule: no integration test has a healthy control/],
  ['a fixture without rule', { 'fixtures/rules/c-rule/fires/.npmrc': '' }, /c-rule: fixtures of a rule that does not exist/],
  ['a shared check that never says it', { 'src/rules/rules.def': row('a-rule') + row('b-rule', 'PROBE') },
    /a-rule: nothing in src\/rules emits ND_RULE_A_RULE/]
]

for (const [name, change, complaint] of cases) {
  test(`check-rules: ${name}`, async t => {
    const dir = tempDir(t, 'rules')
    for (const [file, content] of Object.entries({ ...whole, ...change })) {
      if (content === undefined) continue
      fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
      fs.writeFileSync(path.join(dir, file), content)
    }
    const result = await run(checkRules, [dir], { env })
    if (complaint) assert.match(result.stdout, complaint)
    else assert.equal(result.stdout + result.stderr, '')
    assert.equal(result.status, complaint ? 1 : 0)
  })
}
