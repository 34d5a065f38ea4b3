// The benches' own arithmetic: what misses a bound, what is no line, what counts as more instructions.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { bend } from '../bench/growth.mjs'
import { sums, verdict } from '../bench/instructions.mjs'
import { row } from '../bench/table.mjs'
import { doctor, root } from '../lib/sandbox.mjs'

const growth = (sizes, cost) => sizes.map(size => ({ size, cost: cost(size) }))

test('a line is straight wherever it starts, a square is not', () => {
  for (const sizes of [[1, 2, 4, 8], [0, 1, 2]]) {
    assert.equal(bend(growth(sizes, n => 1000 + 3 * n)), 1)
    assert.ok(bend(growth(sizes, n => n * n)) >= 2.4)
    assert.ok(bend(growth([1, 2, 4, 8], n => [10, 9, 9.5, 100][Math.log2(n)])) < 0)
    assert.ok(bend(growth([100, 200, 400, 800], n => n * Math.log(n))) < 1.3)
  }
})

test('a bound is for the median of the pairs, and for the fastest quarter where the machine was busy', () => {
  const pair = (ours, theirs) => row({ name: 'x', ours, theirs, bound: { most: 2 } })
  assert.equal(pair([1, 1, 9], [1, 1, 1]).met, true)
  assert.equal(pair([3, 3, 3], [1, 1, 1]).met, false)
  assert.equal(pair([1, 1, 1, 9, 9, 9, 9, 9], Array(8).fill(1)).met, true)
  assert.equal(pair([1, 1, 9, 9, 9, 9, 9, 9], Array(8).fill(1)).met, false)
  assert.deepEqual(pair([1, 2, 3], [1, 1, 1]).ratio, { min: 1, median: 2, max: 3 })
  assert.equal(row({ name: 'x', ours: [5], unit: 'MB/s', theirs: [1], bound: { least: 20 } }).met, false)
  assert.equal(row({ name: 'x', ours: [5] }).met, null)
})

test('more instructions than the compiler explains are a change, fewer too where nothing else explains them', () => {
  assert.equal(verdict(1.02, { same: true, kind: 'own' }), 'ok')
  assert.equal(verdict(1.04, { same: true, kind: 'own' }), 'MORE')
  assert.equal(verdict(0.9, { same: true, kind: 'own' }), 'FEWER')
  assert.equal(verdict(0.9, { same: false, kind: 'own' }), 'ok')
  assert.equal(verdict(1.6, { same: false, kind: 'own' }), 'MORE')
  assert.equal(verdict(5, { same: false, kind: 'total' }), 'ok')
  assert.equal(verdict(1.4, { same: true, kind: 'total' }), 'MORE')
})

test('a profile is summed by object, the cost of calls once', () => {
  const own = path.join(path.dirname(doctor), 'npmrc-doctor')
  const profile = `positions: line\nevents: Ir\nob=(1) /lib/libc.so\nfn=(1) a\n1 10\nob=(2) ${own}\nfn=(2) b\n+3 7\ncob=(1)\ncfn=(1)\ncalls=1 1\n5 10\n* 2\nob=(1)\nfn=(3) c\n-1 1\n`
  assert.deepEqual(sums(profile), { own: 9, total: 20 })
})

test('what is recorded has both counts of every path', () => {
  const { counts, compiler, libraries } = JSON.parse(fs.readFileSync(path.join(root, 'tests/bench/instructions.json'), 'utf8'))
  assert.ok(compiler && libraries && Object.keys(counts).length >= 10)
  for (const { own, total } of Object.values(counts)) assert.ok(own > 0 && total > own)
})
