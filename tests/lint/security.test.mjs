// SECURITY.md names the tests that prove it: each of them must exist.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { root } from '../lib/sandbox.mjs'

const text = fs.readFileSync(path.join(root, 'SECURITY.md'), 'utf8')
const proofs = [...text.matchAll(/`(tests\/[\w/.-]+): ([^`]+)`/g)].map(([, file, title]) => [file, title.replace(/\s+/g, ' ')])

// A title in the source is between quotes, with the quotes in it escaped; one of a format or client ends a template; a
// unit test's is a function.
test('every test that SECURITY.md names exists', () => {
  assert.ok(proofs.length > 20)
  const missing = proofs.filter(([file, title]) => {
    const source = fs.readFileSync(path.join(root, file), 'utf8').replaceAll("\\'", "'")
    return !['"', "'", '`', ': ', 'void '].some(before => source.includes(before + title))
  })
  assert.deepEqual(missing, [])
})

test('what SECURITY.md claims to protect has a test behind each line', () => {
  const claims = text.split('## Not protected')[0].split('\n- ').slice(1)
  assert.ok(claims.length > 10)
  assert.deepEqual(claims.filter(claim => !/`tests\//.test(claim)), [])
})
