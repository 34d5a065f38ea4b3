// Which directories the "workspaces" of a package.json list, as npm's own @npmcli/map-workspaces maps them:
// that decides which .npmrc is the project's. Lists that make npm itself fail are left out, and ".." behind "**"
// and "." inside, which npm's two matchers take differently. No pattern leaves the directory: "../**" would
// walk everything that lies beside it.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { must, nodeBinary, npmDir, root, tempDir } from '../lib/sandbox.mjs'

const drive = path.join(path.resolve(root, process.env.BUILD || 'build'), 'tests/workspaces_drive')

const directories = [
  'a', 'b', 'c', 'a1', 'a2', 'a3', 'a01', 'a07', 'a10', '1', '2', '3', '-1', '.hidden', 'packages', 'packages/a', 'packages/b', 'packages/c', 'packages/d', 'packages/a1',
  'packages/a2', 'packages/a9', 'packages/.dot', 'packages/a/b', 'packages/a/b/c', 'packages/a/node_modules/x', 'packages/node_modules/y', 'libs/one', 'libs/two', 'libs/a/b', '{a}', '$a', 'a{1'
]

const fixed = [
  ['a{1..3}'], ['a{01..10}'], ['packages/{a..c}'], ['packages/{c..a}'], ['a{10..1}'], ['a{1..10..2}'], ['a{10..01..3}'], ['packages/{a..d..2}'], ['{-1..2}'], ['{3..-1..2}'],
  ['a{1..3..-2}'], ['packages/a{1..2}', '!packages/a2'], ['packages/{a,{b..c}}'], ['packages/{{a,b},c}'], ['{a..c}{1..3}'], ['a{1...3}'], ['a{1..}'], ['a{..3}'], ['{1..a}'], ['{a..1}'], ['{ab..cd}'],
  ['packages/{a}'], ['{a}'], ['{{a}}'], ['{{a,b}}'], ['${a,b}'], ['${1..3}'], ['a{1'], ['a{1..3'], ['a1}'], ['{1..3,a}'], ['a{1..3}{1..3}'], ['{}a'], ['{,packages/}a'], ['packages/{,a/}b'],
  ['packages/../a'], ['packages/*/../a'], ['./packages/../packages/a'], ['packages/a/../../b'], ['../a'], ['packages/..'], ['packages/../*'], ['packages/*', '!packages/../packages/a'],
  ['*'], ['**'], ['packages/*'], ['packages/**'], ['**/b'], ['**/*'], ['packages/**/c'], ['packages/?'], ['packages/[a-c]'], ['packages/[!a]'], ['packages/[^a]'], ['packages/a*'], ['packages/@(a|b)'],
  ['packages/+(a|1)'], ['packages/!(a)'], ['packages/?(a)1'], ['packages/*', '!packages/a'], ['packages/**', '!packages/a/**'], ['packages/**', '!packages/b', 'packages/b'], ['!packages/*'],
  ['!!packages/a'], ['packages/*', '!packages/?'], ['packages/**', '!packages/*'], ['packages/*', '!packages/{a..c}'], ['/packages/a'], ['./packages/a/'], ['packages//a'],
  ['packages\\a'], ['.*'], ['packages/.*'], [''], ['.'], ['./'], ['/'], ['packages', 'libs/*'], ['LIBS/*'], ['{packages,libs}/*'], ['{packages,libs}/{a..b}'], ['packages/a/node_modules/*']
]

// A generator with a state of its own, so that a failure can be had again.
function patterns () {
  let state = Number(process.env.ND_SEED ?? 20261124)
  const random = n => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor(state / 65536) % n }
  const pick = list => list[random(list.length)]
  const words = ['a', 'b', 'packages', 'libs', '*', '**', 'a*', '?', '[a-c]', '{a,b}', '{a..c}', '{c..a}', 'a{1..3}', 'a{01..10}', '{1..3}', '{packages,libs}', 'packages/..', 'a*/..', 'a{1..10..3}', 'one']
  const pattern = () => pick(['', '', '', '!', './', '/']) + Array.from({ length: 1 + random(3) }, () => pick(words)).join('/') + pick(['', '', '/'])
  return Array.from({ length: 400 }, () => Array.from({ length: 1 + random(3) }, pattern))
}

const script = dir => `
const map = require(${JSON.stringify(path.join(dir, 'node_modules/@npmcli/map-workspaces'))})
const path = require('path')
;(async () => {
  for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\\n')) {
    let found
    try { found = await map({ cwd: process.cwd(), pkg: JSON.parse(line) }) } catch { console.log('null'); continue }
    console.log(JSON.stringify([...found.values()].map(where => path.relative(process.cwd(), where)).filter(where => where)))
  }
})()`

for (const npm of [11, 12]) {
  test(`npm ${npm}`, async t => {
    const dir = tempDir(t)
    for (const directory of directories) {
      await mkdir(path.join(dir, directory), { recursive: true })
      await writeFile(path.join(dir, directory, 'package.json'), JSON.stringify({ name: directory.replaceAll('/', '_') }))
    }
    const list = [...fixed, ...patterns()]
    const input = list.map(workspaces => JSON.stringify({ workspaces, directories })).join('\n') + '\n'
    const ask = async (command, args) => (await must(command, args, { input, cwd: dir })).stdout.trim().split('\n').map(line => JSON.parse(line)?.sort())
    const theirs = await ask(nodeBinary(24), ['-e', script(npmDir(npm))])
    const ours = await ask(drive, [])
    assert.equal(theirs.length, list.length)
    assert.equal(ours.length, list.length)
    const differences = list.flatMap((workspaces, i) => {
      const [us, npms] = [ours[i].join(' '), theirs[i]?.join(' ')]
      return npms === undefined || us === npms ? [] : [`${JSON.stringify(workspaces)}: ${us} for npm's ${npms}`]
    })
    assert.deepEqual(differences, [])
  })
}
