// The rows of a run of benches: what was measured, against what, the ratio of each pair, and its bound. They are
// one table for people and one JSON file for programs.
import fs from 'node:fs'

const sort = list => [...list].sort((a, b) => a - b)

export function spread (list) {
  const sorted = sort(list)
  return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)], max: sorted.at(-1) }
}

// What a quarter of the runs keep to: one lucky run does not count.
export const quarter = list => sort(list)[Math.floor(list.length / 4)]

const holds = (bound, value) => (bound.most === undefined || value <= bound.most) && (bound.least === undefined || value >= bound.least)

// ours, theirs: one number for each pair, in `unit`. The bound { most, least } is for the median of the ratios where
// there is something to compare with, otherwise for the median of ours; without one the row only informs. Other
// work on the machine only adds to times, and to the shorter of two in the larger proportion: where the median
// misses the bound, `fastest`, what the fastest quarters of both sides make together, still may keep it.
export function row ({ name, against, unit = 'ms', ours, theirs, fastest, bound, note }) {
  const made = { name, against, unit, ours: spread(ours), bound, note }
  if (theirs) {
    made.theirs = spread(theirs)
    made.ratio = spread(ours.map((value, i) => value / theirs[i]))
    if (unit === 'ms') fastest = quarter(ours) / quarter(theirs)
  }
  made.fastest = fastest
  made.met = bound ? [(made.ratio ?? made.ours).median, fastest].some(value => value !== undefined && holds(bound, value)) : null
  return made
}

const digits = value => value < 0 ? `-${digits(-value)}` : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toPrecision(2)
const three = spread => spread ? [spread.min, spread.median, spread.max].map(digits).join(' / ') : ''
const limit = ({ most, least } = {}) => most !== undefined && least !== undefined ? `${least}..${most}` : most !== undefined ? `<= ${most}` : least !== undefined ? `>= ${least}` : ''

const heads = ['', 'what', 'ours', 'theirs', 'ratio', 'fastest', 'bound']

// The first rows may be printed before the last are measured, so the widths are fixed.
const widths = [4, 70, 22, 24, 22, 7, 8]
const line = cells => cells.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd()

export function printHead () {
  console.log(line(heads) + '\n' + line(['', '', ...Array(3).fill('min / median / max')]))
}

export function printRow ({ name, against, unit, ours, theirs, ratio, fastest, bound, met, note }) {
  console.log(line([met === null ? '' : met ? 'ok' : 'MISS', name + (against ? ` : ${against}` : ''),
    three(ours) + (theirs ? '' : ` ${unit}`), theirs ? `${three(theirs)} ${unit}` : '', three(ratio), fastest === undefined ? '' : digits(fastest), limit(bound)]))
  if (note) console.log(line(['', `  ${note}`]))
}

export function writeRows (file, about, rows) {
  fs.writeFileSync(file, JSON.stringify({ version: 1, ...about, rows }, null, 1) + '\n')
}
