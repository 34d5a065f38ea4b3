// Every fixture of every rule, through the built program: fixtures/README.md says what a case is.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fixtures, must, root, sandbox, systemPath } from '../lib/sandbox.mjs'

const base = path.join(fixtures, 'rules')
const list = dir => fs.readdirSync(dir).filter(name => !name.startsWith('.')).sort()

async function makeRepository (box, state) {
  const env = { PATH: systemPath, HOME: box.tmp, GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...args) => must('git', args, { cwd: box.project, env })
  await git('init', '-q')
  if (state === 'tracked') await git('add', '-f', '.npmrc')
  if (state === 'ignored') box.write('project/.gitignore', '.npmrc\n')
}

async function place (box, dir, given) {
  for (const name of given.directories ?? []) fs.mkdirSync(box.at(name), { recursive: true })
  const npmrc = path.join(dir, '.npmrc')
  if (fs.existsSync(npmrc)) {
    box.write(given.place ?? 'home/.npmrc', fs.readFileSync(npmrc), parseInt(given.mode ?? '0600', 8))
  }
  for (const [name, content] of Object.entries(given.files ?? {})) box.write(name, content)
  if (given.git) await makeRepository(box, given.git)
}

// The secrets of a fixture, in every spelling that it has.
function assertNoCanary (text, what) {
  assert.doesNotMatch(text.replace(/CANARY_[A-Z]+/g, ''), /CANARY|Q0FOQVJZ/, `${what} shows a secret`)
}

async function check (t, dir) {
  const file = path.join(dir, 'case.json')
  const given = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file)) : {}
  const box = sandbox(t, { npm: null })
  await place(box, dir, given)
  const env = Object.fromEntries(Object.entries(given.env ?? {}).map(([k, v]) => [k, v.replaceAll('{DIR}', box.dir)]))
  const args = ['check', '--offline', '--npm-version', String(given.npm ?? 11), ...given.args ?? []]
  const options = { env, cwd: box.at(given.cwd ?? 'project') }
  const result = await box.doctor([...args, '--format', 'json'], options)
  assert.ok([0, 1].includes(result.status), `status ${result.status}: ${result.stderr}`)
  assertNoCanary(result.stdout + result.stderr, 'the report')
  assertNoCanary((await box.doctor(args, options)).stdout, 'the text')
  return { box, given, findings: JSON.parse(result.stdout).findings }
}

const seen = (finding, wanted, box) => Object.fromEntries(Object.keys(wanted).map(name => {
  if (name === 'severity') return [name, finding.severity]
  if (name === 'fix') return [name, finding.fix.automatic]
  const value = finding.location?.[name]
  return [name, name === 'file' && value ? path.relative(box.dir, value) : value]
}))

for (const slug of list(base)) {
  for (const name of list(path.join(base, slug))) {
    test(`${slug} ${name}`, async t => {
      const { box, given, findings } = await check(t, path.join(base, slug, name))
      const mine = findings.filter(finding => finding.rule === slug)
      const all = JSON.stringify(findings.map(f => [f.rule, f.message]), null, 1)
      if (name.startsWith('quiet')) {
        assert.deepEqual(mine, [], all)
        return
      }
      assert.equal(mine.length, 1, all)
      assert.deepEqual(seen(mine[0], given.expect ?? {}, box), given.expect ?? {})
      assert.ok(mine[0].help, 'no help')
    })
  }
}

// What `explain` shows as wrong is wrong, and what it shows as right is not: as the user's file, where an example is
// one, beside what the rule needs to come up at all.
const beside = {
  'noproxy-no-effect': 'https-proxy=http://proxy.example:8080\n',
  'cafile-missing': 'registry=https://registry.example/\n'
}
const elsewhere = ['file-encoding', 'misnamed-file', 'file-ignored', 'file-unreadable', 'shadowed-setting', 'env-proxy-password',
  'credentials-over-http', 'credentials-loose-permissions', 'token-expired', 'credentials-leak-to-proxy', 'credentials-in-repository',
  'tls-reject-unauthorized-disabled', 'cafile-invalid', 'lockfile-registry', 'proxy-quoted', 'proxy-conflict', 'proxy-ignored',
  'noproxy-bypasses-registry', 'policy-registry', 'policy-proxy', 'policy-invalid']
// These hold a reference to something that a sandbox has not.
const open = ['unresolved-variable', 'cafile-missing', 'unused-suppression']

test('the examples of explain', async t => {
  const box = sandbox(t, { npm: null })
  const told = async slug => (await box.doctor(['explain', slug])).stdout
  const part = (text, name) => text.match(new RegExp(`\\n${name}\\n((?: {2}.*\\n)+)`))[1].replace(/^ {2}/gm, '')
  const report = async text => {
    box.write('home/.npmrc', text)
    return JSON.parse((await box.doctor(['check', '--offline', '--npm-version', '11', '--format', 'json'])).stdout)
  }
  let judged = 0
  for (const slug of [...(await box.doctor(['explain'])).stdout.matchAll(/^ {2}([a-z-]+) +(?:error|warning|info) +\S/gm)].map(match => match[1])) {
    if (elsewhere.includes(slug)) continue
    const text = await told(slug)
    const { findings, unchecked } = await report((beside[slug] ?? '') + part(text, 'Wrong'))
    if (unchecked.some(one => one.rule === slug)) continue
    assert.ok(findings.some(finding => finding.rule === slug), `${slug}: wrong`)
    if (!open.includes(slug)) assert.ok(!(await report((beside[slug] ?? '') + part(text, 'Right'))).findings.some(finding => finding.rule === slug), `${slug}: right`)
    judged++
  }
  assert.ok(judged > 30, String(judged))
})

// What a fix leaves behind: the finding is gone, a second run changes nothing, and no other rule that
// is an error has come up instead.
const isMended = dir => fs.existsSync(path.join(dir, 'case.json')) &&
  JSON.parse(fs.readFileSync(path.join(dir, 'case.json'))).expect?.fix

for (const slug of list(base)) {
  for (const name of list(path.join(base, slug)).filter(name => isMended(path.join(base, slug, name)))) {
    test(`fix ${slug} ${name}`, async t => {
      const { box, given, findings } = await check(t, path.join(base, slug, name))
      const env = Object.fromEntries(Object.entries(given.env ?? {}).map(([k, v]) => [k, v.replaceAll('{DIR}', box.dir)]))
      const options = { env, cwd: box.at(given.cwd ?? 'project') }
      const common = ['--offline', '--npm-version', String(given.npm ?? 11)]
      const file = box.at(given.place ?? 'home/.npmrc')
      const before = fs.readFileSync(file)
      const first = await box.doctor(['fix', '-y', slug, ...common], options)
      assert.equal(first.status, 0, first.stderr)
      assertNoCanary(first.stdout + first.stderr, 'the diff')
      const after = fs.readFileSync(file)
      const report = JSON.parse((await box.doctor(['check', '--format', 'json', ...common], options)).stdout)
      assert.deepEqual(report.findings.filter(finding => finding.rule === slug), [])
      const errors = list => list.filter(finding => finding.severity === 'error').map(finding => finding.rule)
      const known = new Set([...errors(findings), 'plaintext-token', 'plaintext-proxy-password'])
      assert.deepEqual(errors(report.findings).filter(rule => !known.has(rule)), [])
      if (slug !== 'credentials-loose-permissions') assert.notDeepEqual(after, before)
      const second = await box.doctor(['fix', '-y', slug, ...common], options)
      assert.equal(second.status, 0, second.stderr)
      assert.deepEqual(fs.readFileSync(file), after)
    })
  }
}

// Every rule that says it mends by itself has a case that proves it, but for those that need a probe.
test('no automatic fix without proof', async () => {
  const probed = ['strict-ssl-disabled', 'registry-over-http', 'tls-intercepted', 'proxy-scheme-mismatch']
  const table = fs.readFileSync(path.join(root, 'src/rules/rules.def'), 'utf8')
  const automatic = [...table.matchAll(/^RULE\(\w+, "([a-z-]+)"[^]*?ND_MEND_(\w+)/gm)].filter(m => m[2] === 'AUTOMATIC').map(m => m[1])
  assert.ok(automatic.length > 20)
  const proven = list(base).filter(slug => list(path.join(base, slug)).some(name => isMended(path.join(base, slug, name))))
  assert.deepEqual(automatic.filter(slug => !probed.includes(slug) && !proven.includes(slug)), [])
  assert.deepEqual(proven.filter(slug => !automatic.includes(slug) && !slug.startsWith('plaintext-')), [])
})
