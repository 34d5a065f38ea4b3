// The picture in the README is what `check` shows today.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { file, shown, svg } from '../demo/picture.mjs'
import { root } from '../lib/sandbox.mjs'

test('the picture is made from the real report', async t => {
  // A new rule needs no new picture.
  const counted = text => text.replace(/\d+ rules/, 'N rules')
  assert.equal(counted(svg(await shown(t))), counted(fs.readFileSync(file, 'utf8')), 'make picture')
  const name = path.relative(root, file)
  assert.ok(fs.readFileSync(path.join(root, 'README.md'), 'utf8').includes(`](${name})`))
})
