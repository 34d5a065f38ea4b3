// What the README says of other tools, as far as they are here to be asked; its examples of suppressions.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { freePort } from '../lib/peers.mjs'
import { root, sandbox } from '../lib/sandbox.mjs'

const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8')

test('npm doctor tells what npm saw, not where the settings stand, and no credentials', async t => {
  for (const npm of [10, 11]) {
    const box = sandbox(t, { npm })
    const port = await freePort()
    const file = box.write('home/.npmrc', `registry=https://127.0.0.1:${port}/\n//127.0.0.1:${port}/:_authToken=tok-CANARY\nstrict-ssl=false\nfetch-retries=0\n`)
    const theirs = await box.npm(['doctor', 'connection'])
    assert.notEqual(theirs.status, 0)
    const told = theirs.stdout + theirs.stderr
    assert.match(told, /ECONNREFUSED/)
    assert.doesNotMatch(told, /\.npmrc|strict-ssl|_authToken/)
    const ours = await box.doctor(['check'])
    for (const [rule, line] of [['registry-refused', 1], ['plaintext-token', 2], ['strict-ssl-disabled', 3]]) {
      assert.match(ours.stdout, new RegExp(`^error\\[${rule}\\]: .*\\n {2}--> ${file}:${line}:`, 'm'))
    }
  }
})

test('the comment that README and the manual show is one', async t => {
  const manual = fs.readFileSync(path.join(root, 'man/npmrc-doctor.1'), 'utf8')
  const comments = [...(readme + manual).matchAll(/; npmrc-doctor-ignore RULE[^\n`]*/g)].map(match => match[0])
  assert.equal(comments.length, 3)
  const box = sandbox(t, { npm: null })
  for (const comment of comments) {
    const open = comment.replace('RULE', 'unknown-key').replace(/until=\S+(?=:)/, 'until=2999-01-31')
    box.write('project/.npmrc', `${open}\nnonsense=1\n`)
    const { summary, findings } = JSON.parse((await box.doctor(['check', '--offline', '--format', 'json'])).stdout)
    assert.deepEqual([findings, summary.suppressed], [[], 1], comment)
  }
})
