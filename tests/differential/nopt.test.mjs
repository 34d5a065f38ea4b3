// npm's command line: which words are options, which their values, and which remain, as npm's own nopt
// tells with npm's types and shorthands.
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { must, nodeBinary, npmDir, root } from '../lib/sandbox.mjs'

const drive = path.join(path.resolve(root, process.env.BUILD || 'build'), 'tests/nopt_drive')

// Reads what nopt parsed before it judges types: paths are not resolved, wrong values not dropped.
const script = dir => `
const nopt = require(${JSON.stringify(path.join(dir, 'node_modules/nopt/lib/nopt-lib.js'))})
const { definitions, shorthands } = require(${JSON.stringify(path.join(dir, 'node_modules/@npmcli/config/lib/definitions/index.js'))})
const typeDefs = require(${JSON.stringify(path.join(dir, 'node_modules/nopt/lib/type-defs.js'))})
const types = Object.fromEntries(Object.entries(definitions).map(([key, { type }]) => [key, type]))
const text = value => Array.isArray(value) ? text(value.at(-1)) : String(value)
const lines = require('fs').readFileSync(0, 'utf8').trim().split('\\n')
for (const line of lines) {
  const args = JSON.parse(line).argv, data = {}, remain = []
  nopt.parse(args, data, remain, { types, shorthands, typeDefs, unknownHandler: false, abbrevHandler: false })
  console.log(JSON.stringify({ remain, settings: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, text(value)])) }))
}
console.log(JSON.stringify({ keys: Object.keys(types), shorthands: Object.keys(shorthands) }))`

const fixed = [
  ['install'], ['-C', 'dir', 'install'], ['--prefix', 'dir', 'ci'], ['--prefix=dir', 'ci'], ['-C=dir', 'ci'], ['--pref', 'dir', 'ci'], ['-prefix', 'dir', 'ci'],
  ['ci', '--prefix', '-x'], ['ci', '--prefix'], ['ci', '--prefix', '--', 'x'], ['--userconfig', 'a', '--userconfig', 'b', 'ci'], ['--userc=a', 'ci'],
  ['-g', 'i'], ['-gl', 'i'], ['-gC', 'dir', 'i'], ['--no-global', 'i'], ['--no-no-global', 'i'], ['--global', 'false', 'i'], ['--global=false', 'i'], ['--no-global', 'true', 'i'],
  ['--local', 'i'], ['-L', 'global', 'i'], ['--location=project', 'i'], ['--location', '-g', 'i'], ['--', '-C', 'dir'], ['i', '---', '-C', 'dir'], ['-', 'i'],
  ['--unknown', 'word', 'i'], ['--unknown=word', 'i'], ['--unknown', 'true', 'i'], ['--no-unknown', 'i'], ['--color', 'always', 'i'], ['--color', 'i'], ['--omit', 'dev', 'i'],
  ['--omit', '-D', 'i'], ['--searchopts', '-x', 'i'], ['--message', '-x', 'i'], ['-m', '--long', 'i'], ['--tag', '--', 'i'], ['--save-prefix', '', 'i'], ['--ws', 'i'], ['--no-workspaces', 'i'],
  ['-w', 'a', '-w=b', 'i'], ['--workspace', 'null', 'i'], ['--browser', 'firefox', 'open'], ['--browser', 'false', 'open'], ['--proxy', 'false', 'i'], ['--proxy', 'null', 'i'],
  ['--audit-level', 'null', 'i'], ['--//r.example/:_authToken=x', 'i'], ['--dd', 'i'], ['-dd', 'i'], ['-dddd', 'i'], ['--he', 'i'], ['--po', 'i'], ['--s', 'i'], ['--NO-global', 'i'],
  ['--y=false', 'i'], ['--progress', 'i'], ['--depth', '0', 'ls'], ['--depth', '-1', 'ls'], ['--umask', '022', 'i'], ['--enjoy-by', 'then', 'i'], ['-?', 'i'], ['--=x', 'i'], ['-=', 'i']
]

// A generator with a state of its own, so that a failure can be had again.
function words (keys, shorthands) {
  let state = Number(process.env.ND_SEED ?? 20261124)
  const random = n => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor(state / 65536) % n }
  const pick = list => list[random(list.length)]
  const values = ['dir', 'true', 'false', 'null', '-x', '--', '--global', '0', '1', '', '-', 'always', 'global', 'dev', 'install', '---', 'a=b', '-1', '--x']
  return Array.from({ length: 1500 }, () => Array.from({ length: 1 + random(5) }, () => {
    const key = random(4) ? pick(keys) : pick(shorthands)
    const name = random(3) ? key : key.slice(0, 1 + random(key.length))
    switch (random(4)) {
      case 0: return pick(values)
      case 1: return pick(['-', '--']) + name
      case 2: return `${pick(['-', '--', '--no-'])}${name}=${pick(values)}`
      default: return pick(['-', '--', '--no-', '--no-no-']) + name
    }
  }))
}

for (const npm of [9, 10, 11, 12]) {
  test(`npm ${npm}`, async () => {
    const ask = async list => {
      const input = list.map(argv => JSON.stringify({ npm, argv })).join('\n') + '\n'
      const { stdout } = await must(nodeBinary(24), ['-e', script(npmDir(npm))], { input })
      return stdout.trim().split('\n').map(line => JSON.parse(line))
    }
    const { keys, shorthands } = (await ask([['i']])).at(-1)
    const list = [...fixed, ...words(keys, shorthands)]
    const theirs = await ask(list)
    const { stdout } = await must(drive, [], { input: list.map(argv => JSON.stringify({ npm, argv })).join('\n') + '\n' })
    const ours = stdout.trim().split('\n').map(line => JSON.parse(line))
    assert.equal(ours.length, list.length)
    for (const [i, argv] of list.entries()) assert.deepEqual(ours[i], theirs[i], JSON.stringify(argv))
  })
}
