// One npm against npmrc-doctor: every generated case, every fixture, and the list of what differs.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fixtures, must, systemPath, tempDir } from '../lib/sandbox.mjs'
import { Pair, shrink } from './compare.mjs'
import * as generate from './generate.mjs'
import { known } from './known.mjs'

const counts = { ordinary: 2000, stack: 100, scoped: 150, proxies: 80, urls: 3000, pairs: 2000, expansions: 2000 }

// A failing case as somebody can look at it: bytes that are no text as \xNN.
function show (given, found) {
  const lines = Object.entries(given.files).map(([name, text]) => `  ${name}: ${JSON.stringify(text.join(''))}`)
  return [...lines, `  env: ${JSON.stringify(given.env)}`, `  cwd: ${given.cwd ?? 'project'}, asked: ${JSON.stringify(given.targets)}`,
    ...found.slice(0, 5).map(([what, theirs, ours]) => `  ${what}: npm ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}`)].join('\n')
}

function fixtureCases () {
  const rules = path.join(fixtures, 'rules')
  const dirs = fs.existsSync(rules) ? fs.readdirSync(rules).flatMap(slug => fs.readdirSync(path.join(rules, slug)).map(name => path.join(rules, slug, name))) : []
  return dirs.map(dir => {
    const read = name => fs.existsSync(path.join(dir, name)) ? fs.readFileSync(path.join(dir, name), 'latin1') : null
    const about = JSON.parse(Buffer.from(read('case.json') ?? '{}', 'latin1'))
    const files = Object.fromEntries(Object.entries(about.files ?? {}).map(([name, text]) => [name, [Buffer.from(text).toString('latin1')]]))
    const text = read('.npmrc')
    if (text !== null) files[about.place ?? 'home/.npmrc'] = text.match(/[^\r\n]*[\r\n]*/g).filter(Boolean)
    const env = Object.entries({ HOME: '{DIR}/home', PREFIX: '{DIR}/prefix', ...about.env }).map(pair => pair.join('='))
    const { cwd = 'project', directories = [] } = about
    return { name: path.relative(fixtures, dir), files, env, cwd, directories: [cwd, ...directories], targets: [{}, { url: 'https://registry.example/npm/pkg' }] }
  })
}

export function suite (major) {
  const seed = Number(process.env.ND_SEED ?? 20240501)
  const r = generate.random(seed + major)
  const dir = tempDir(null, 'differential')
  let pair

  before(async () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map(name => path.join(dir, name))
    await must('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-days', '30', '-subj', '/CN=loopback'],
      { env: { PATH: systemPath } })
    pair = new Pair(major, dir, { key, cert })
  })
  after(() => {
    pair?.end()
    fs.rmSync(dir, { recursive: true, force: true })
  })

  async function compare (t, cases) {
    t.diagnostic(`ND_SEED=${seed}, ${cases.length} cases`)
    const wrong = []
    for (const given of cases) {
      if (!(await pair.judge(given)).length) continue
      wrong.push(given)
      if (wrong.length === 3) break
    }
    const shown = []
    for (const given of wrong) {
      const least = await shrink(pair, given)
      shown.push(`${given.name} (ND_SEED=${seed})\n${show(least, await pair.judge(least))}`)
    }
    assert.equal(shown.join('\n'), '')
  }

  const drawn = kind => Array.from({ length: counts[kind] }, (_, i) => generate[kind](r, i))

  test(`npm ${major}: files, environment, credentials and proxies, generated`, t => compare(t, drawn('ordinary')))
  test(`npm ${major}: stacks of layers, generated`, t => compare(t, drawn('stack')))
  test(`npm ${major}: the setting scope, generated`, t => compare(t, drawn('scoped')))
  test(`npm ${major}: proxies of the environment, generated`, t => compare(t, drawn('proxies')))
  test(`npm ${major}: every fixture`, t => {
    const cases = fixtureCases()
    assert.ok(cases.length > 20)
    return compare(t, cases)
  })

  async function table (question, items) {
    const [theirs, ours] = await pair.ask(question)
    assert.equal(theirs.length, items.length)
    const wrong = items.map((item, i) => [item, theirs[i], ours[i]]).filter(([item, a, b]) => JSON.stringify(a) !== JSON.stringify(b))
    // The shortest says most.
    assert.deepEqual(wrong.sort((a, b) => JSON.stringify(a[0]).length - JSON.stringify(b[0]).length).slice(0, 5), [], `${wrong.length} differ, ND_SEED=${seed}`)
  }

  test(`npm ${major}: URLs and nerf darts as its node has them`, () => {
    const texts = generate.urls(r, counts.urls)
    return table({ op: 'urls', texts }, texts)
  })
  test(`npm ${major}: entries of noproxy`, () => {
    const pairs = generate.noproxyPairs(r, counts.pairs)
    return table({ op: 'noproxy', pairs }, pairs)
  })
  test(`npm ${major}: references to variables`, () => {
    const texts = generate.expansions(r, counts.expansions)
    return table({ op: 'expand', cwd: dir, env: ['HOME=/', ...generate.variables], texts }, texts)
  })

  for (const { name, majors, why, shows } of known) {
    if (majors.includes(major)) test(`npm ${major}: still true of ${name}`, async () => assert.ok(await shows(pair), why))
  }
}
