// SECURITY.md names the tests that prove it: each of them must exist.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { root } from '../lib/sandbox.mjs'

const text = fs.readFileSync(path.join(root, 'SECURITY.md'), 'utf8')
const proofs = [...text.matchAll(/`(tests\/[\w/.-]+): ([^`]+)`/g)].map(([, file, title]) => [file, title.replace(/\s+/g, ' ')])

// A title in the source is between quotes, with the quotes in it escaped; one of a format or client ends a template; a
// unit test's and a fuzz target's is a function.
test('every test that SECURITY.md names exists', () => {
  assert.ok(proofs.length > 20)
  const missing = proofs.filter(([file, title]) => {
    const source = fs.readFileSync(path.join(root, file), 'utf8').replaceAll("\\'", "'")
    return !['"', "'", '`', ': ', '} ', 'void ', 'int '].some(before => source.includes(before + title))
  })
  assert.deepEqual(missing, [])
})

const [, protectedLines, openLines] = text.split(/^## (?:Protected|Not protected|Reporting)$/m).map(part => part.split(/^- /m).slice(1))
const unproved = lines => lines.filter(line => !proofs.some(([file, title]) => line.replace(/\s+/g, ' ').includes(`\`${file}: ${title}\``)))

test('what SECURITY.md claims to protect has a test behind each line', () => {
  assert.ok(protectedLines.length > 10)
  assert.deepEqual(unproved(protectedLines), [])
})

test('what SECURITY.md says is not protected has a test behind each line that shows it', () => {
  assert.ok(openLines.length > 4)
  assert.deepEqual(unproved(openLines), [])
})
