// --format: each one valid by its own rules, whatever stands in the files; the exit status is the same.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { fixedHttp } from '../lib/peers.mjs'
import { fixtures, must, run, sandbox, systemPath } from '../lib/sandbox.mjs'
import { assertSchema, assertStoreSchema } from '../lib/schema.mjs'
import { assertNoSecret } from './support.mjs'

const formats = ['text', 'json', 'sarif', 'github', 'gitlab', 'junit', 'prometheus', 'nagios']
const offline = ['--offline', '--npm-version', '11']
const tools = { env: { PATH: systemPath, LANG: 'C.UTF-8' } }

// A report as one format has it; `cwd` and the like as box.doctor's.
async function render (box, format, args = [], options = {}) {
  const result = await box.doctor(['check', ...offline, '--format', format, ...args], options)
  assert.ok(!result.timedOut && result.status <= 3, result.stderr)
  return result
}

async function json (box, format, args, options) {
  return JSON.parse((await render(box, format, args, options)).stdout)
}

// What is valid in each format beyond being parseable.
const validators = {
  text: text => assert.match(text, /checked \d+ files?/),
  json: text => assertSchema('report', JSON.parse(text)),
  sarif (text) {
    const log = JSON.parse(text)
    assertStoreSchema('sarif-2.1.0', log)
    const [{ results, tool: { driver: { rules } } }] = log.runs
    for (const result of results) assert.equal(rules[result.ruleIndex].id, result.ruleId)
    const prints = results.map(result => result.partialFingerprints['npmrcDoctor/v1'])
    assert.equal(new Set(prints).size, prints.length, 'fingerprints are unique')
  },
  github: text => commands(text),
  gitlab (text) {
    const issues = JSON.parse(text)
    for (const issue of issues) {
      for (const name of ['description', 'check_name', 'fingerprint']) assert.ok(issue[name] && typeof issue[name] === 'string', name)
      assert.ok(['info', 'minor', 'major', 'critical', 'blocker'].includes(issue.severity))
      assert.ok(issue.location.path && Number.isInteger(issue.location.lines.begin) && issue.location.lines.begin > 0)
    }
    assert.equal(new Set(issues.map(issue => issue.fingerprint)).size, issues.length, 'fingerprints are unique')
  },
  async junit (text) {
    const schema = path.join(fixtures, 'schema/junit.xsd')
    await must('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], { ...tools, input: text })
    const count = pattern => (text.match(pattern) ?? []).length
    for (const [name, pattern] of [['tests', /<testcase /g], ['failures', /<failure /g], ['skipped', /<skipped /g]]) {
      assert.equal(Number(text.match(new RegExp(`<testsuite [^>]*${name}="(\\d+)"`))[1]), count(pattern), name)
    }
  },
  async prometheus (text) {
    const result = await run('promtool', ['check', 'metrics'], { ...tools, input: text })
    assert.equal(result.stdout + result.stderr, '')
    assert.equal(result.status, 0)
  },
  nagios (text) {
    assert.match(text, /^NPMRC (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \|( ('[^'=|\n]+'|[a-z]+)=\d+(\.\d+)?s?(;\d*){0,4})+)?\n$/)
  }
}

// GitHub's own reading of its commands (actions/runner): properties end at ::, then % escapes.
function commands (text) {
  const unescape = (value, marks) => value.replace(/%(0D|0A|3A|2C|25)/g, (all, hex) => marks.includes(hex) ? String.fromCharCode(parseInt(hex, 16)) : all)
  const found = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('::')) continue
    const [, kind, properties, message] = line.match(/^::(\S+?)(?: (.*?))?::(.*)$/s)
    assert.ok(['error', 'warning', 'notice'].includes(kind), line)
    const parts = properties.split(',').map(part => part.match(/^(file|line|endLine|col|endColumn|title)=(.*)$/s))
    assert.ok(parts.every(Boolean), line)
    found.push({ kind, message: unescape(message, '0D0A25'), ...Object.fromEntries(parts.map(([, name, value]) => [name, unescape(value, '0D0A3A2C25')])) })
  }
  return found
}

// Every kind of secret, in every kind of place that the rules look at.
const secrets = ['tok-CANARY-1', 'pw:CANARY/2@', 'pwCANARY3', 'CANARYkeyCANARY4', 'urlCANARY5', 'envCANARY6']
const basicAuth = Buffer.from(`nick:${secrets[2]}`).toString('base64')
const full = [
  `//registry.example/:_authToken=${secrets[0]}`,
  `//registry.example/:_authToken=${secrets[0]}`,
  `//other.example/:_auth=${basicAuth}`,
  `//third.example/:_password=${Buffer.from(secrets[2]).toString('base64')}`,
  '//third.example/:username=nick',
  `proxy=http://nick:${encodeURIComponent(secrets[1])}@proxy.example:8080`,
  `https-proxy=http://nick:${secrets[1]}@proxy.example:8080`,
  `registry=http://nick:${secrets[4]}@registry.example/`,
  `key="-----BEGIN PRIVATE KEY-----\\n${secrets[3]}\\n-----END PRIVATE KEY-----"`,
  `_authToken=${secrets[0]}`,
  `htpp-proxy=http://nick:${secrets[2]}@proxy.example/`,
  `registery: https://nick:${secrets[4]}@registry.example/`,
  'strict-ssl=false',
  'noproxy=*.corp.example'
]

function crowded (t) {
  const box = sandbox(t, { env: { HTTPS_PROXY: `http://nick:${secrets[5]}@other.example:3128` } })
  box.write('home/.npmrc', full.join('\n') + '\n')
  box.write('project/.npmrc', full.join('\r\n') + '\n', 0o644)
  return box
}

for (const format of formats) {
  test(`${format}: valid, without a secret, the same from run to run`, async t => {
    const box = crowded(t)
    const summary = box.at('summary.md')
    const first = await render(box, format, [], { env: { GITHUB_STEP_SUMMARY: summary } })
    await validators[format](first.stdout)
    assertNoSecret(first, secrets, format)
    if (format === 'github') assertNoSecret({ stdout: fs.readFileSync(summary, 'utf8'), stderr: '' }, secrets, 'the summary')
    const clock = text => text.replace(/(last_run_timestamp_seconds) \d+/, '$1 0')
    const second = await render(box, format)
    assert.equal(clock(second.stdout), clock(first.stdout))
    const written = await render(box, format, ['-o', box.at('report')])
    assert.equal(written.stdout, '')
    assert.equal(written.status, first.status)
    assert.equal(clock(box.read('report')), clock(first.stdout))
  })

  test(`${format}: valid whatever bytes there are`, async t => {
    const box = sandbox(t)
    const bytes = Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1).filter(b => b !== 10 && b !== 13))
    fs.mkdirSync(box.at('a b,c:d%25|e<\x01\u2028ü'))
    const odd = box.at('a b,c:d%25|e<\x01\u2028ü')
    fs.writeFileSync(path.join(odd, '.npmrc'), Buffer.concat([
      Buffer.from('registry=ftp://x\n'), bytes, Buffer.from('=1\nkey'), bytes, Buffer.from('\n::error file=x::y%0A=1\n##[group]x=1\n|a|=1\n<!--]]>&amp;=1\n@somebody=1\n\u{1f600}\u2028=1\n')
    ]))
    fs.writeFileSync(path.join(Buffer.from(box.home).toString(), '.npmrc'), bytes)
    for (const options of [{ cwd: odd }, {}]) {
      const result = await render(box, format, options.cwd ? [] : [path.join(odd, '.npmrc')], options)
      assert.ok(result.stdout.length > 10)
      await validators[format](result.stdout)
    }
  })
}

test('the exit status does not depend on the format, but for nagios', async t => {
  const box = sandbox(t)
  box.write('clean', 'registry=https://registry.example/\n')
  box.write('warned', 'registry=https://a.example/\nregistry=https://registry.example/\n')
  box.write('wrong', '//registry.example/:_authToken=CANARY\n')
  const cases = [
    [['../clean'], 0, 0],
    [['../warned'], 0, 1],
    [['../warned', '--fail-on', 'warning'], 1, 1],
    [['../wrong'], 1, 2],
    [['../wrong', '--fail-on', 'never'], 0, 2],
    [['../wrong', '--bogus'], 2, 3],
    [['../wrong', '--only', 'no-such-rule'], 2, 3],
    [['--registry', 'no-url'], 2, 3],
    [['--cwd', '/no/such/folder'], 3, 3],
    [['../wrong', '-o', '/no/such/folder/report'], 3, 3]
  ]
  for (const format of formats) {
    for (const [args, status, nagios] of cases) {
      const result = await box.doctor(['check', '--offline', '--format', format, ...args])
      assert.equal(result.status, format === 'nagios' ? nagios : status, `${format} ${args}: ${result.stderr}`)
      if (format === 'nagios' && !args.includes('-o')) validators.nagios(result.stdout)
      else if (status >= 2) assert.equal(result.stdout, '')
    }
  }
  const unknown = await box.doctor(['check', '--bogus', '--format=nagios'])
  assert.equal(unknown.stdout, "NPMRC UNKNOWN - 'check' has no option '--bogus' try `npmrc-doctor check --help`\n")
  assert.equal((await box.doctor(['check', '--format', 'xml'])).status, 2)
  assert.equal((await box.doctor(['fix', '--format', 'nagios'])).status, 2)
  assert.equal((await box.doctor(['config', '--format', 'json'])).status, 2)
})

test('the schema of the report knows every member, and those of config, route and secrets', async t => {
  const report = await json(crowded(t), 'json')
  assert.throws(() => assertSchema('report', { ...report, more: 1 }))
  for (const name of Object.keys(report)) assert.throws(() => assertSchema('report', { ...report, [name]: undefined }), name)
  assert.throws(() => assertSchema('report', { ...report, findings: [{ ...report.findings[0], severity: 'fatal' }] }))
  const box = crowded(t)
  for (const args of [['config', '--json', '--all'], ['route', '--json', 'https://registry.example/x', 'https://other.example/']]) {
    const result = await box.doctor(args)
    assert.equal(result.status, 0, result.stderr)
    assertNoSecret(result, secrets)
    assert.throws(() => assertSchema(args[0], { ...JSON.parse(result.stdout), more: 1 }))
  }
  assert.throws(() => assertSchema('secrets', { version: 1, secrets: [{ location: 'x' }] }))
})

const fingerprints = log => log.runs[0].results.map(result => result.partialFingerprints['npmrcDoctor/v1'])

test('sarif: paths, columns in UTF-16, what was not checked', async t => {
  const box = sandbox(t)
  box.write('project/a b/ü%41.npmrc', '\ufeffregistry=http://\u{1f600}ü.example/\n')
  box.write('elsewhere/#x/.npmrc', 'registry=http://registry.example/\n')
  const log = await json(box, 'sarif', ['a b/ü%41.npmrc', '../elsewhere/#x/.npmrc'])
  assertStoreSchema('sarif-2.1.0', log)
  const [{ results, columnKind, originalUriBaseIds }] = log.runs
  assert.equal(columnKind, 'utf16CodeUnits')
  assert.equal(originalUriBaseIds.SRCROOT.uri, `${pathToFileURL(box.project)}/`)
  const [inside, outside] = results.filter(result => result.ruleId === 'registry-over-http').map(result => result.locations[0].physicalLocation)
  assert.deepEqual(outside.artifactLocation, { uri: String(pathToFileURL(box.at('elsewhere/#x/.npmrc'))) })
  assert.deepEqual(inside.artifactLocation, { uri: 'a%20b/%C3%BC%2541.npmrc', uriBaseId: 'SRCROOT' })
  // The byte-order mark is no character, the face has two units (and four bytes).
  assert.deepEqual(inside.region, { startLine: 1, startColumn: 10, endColumn: 29 })
  const report = await json(box, 'json', ['a b/ü%41.npmrc'])
  const { column, endColumn } = report.findings.find(finding => finding.rule === 'registry-over-http').location
  assert.deepEqual([column, endColumn], [13, 35])

  const full = (await json(crowded(t), 'sarif')).runs[0]
  const notes = full.invocations[0].toolExecutionNotifications
  assert.ok(notes.some(note => note.associatedRule.id === 'proxy-refused' && note.message.text === 'not checked: offline'))
  for (const note of notes) assert.equal(full.tool.driver.rules[note.associatedRule.index].id, note.associatedRule.id)
  const variable = full.results.find(result => result.ruleId === 'env-proxy-password').locations[0]
  assert.deepEqual(variable.physicalLocation, { artifactLocation: { uri: '.npmrc', uriBaseId: 'SRCROOT' } })
  assert.equal(variable.logicalLocations[0].name, 'environment variable HTTPS_PROXY')
  for (const rule of full.tool.driver.rules) assert.ok(rule.help.text && rule.help.markdown.includes(rule.help.text), rule.id)
  assert.deepEqual([...new Set(full.results.map(result => result.level))].sort(), ['error', 'note', 'warning'])
})

test('sarif and gitlab: fingerprints are those of another checkout, user and line', async t => {
  const boxes = [crowded(t), crowded(t)]
  boxes[1].write('project/.npmrc', '; one\n; more\n' + full.join('\n') + '\n', 0o644)
  const sarif = [], gitlab = []
  for (const box of boxes) {
    sarif.push(fingerprints(await json(box, 'sarif')))
    gitlab.push((await json(box, 'gitlab')).map(issue => issue.fingerprint))
  }
  assert.ok(sarif[0].length > 20)
  assert.deepEqual(sarif[0].toSorted?.() ?? sarif[0].sort(), sarif[1].toSorted?.() ?? sarif[1].sort())
  assert.deepEqual(gitlab[0].sort(), gitlab[1].sort())
})

test('what is suppressed is said in each format, and counts in none', async t => {
  const box = sandbox(t)
  box.write('project/.npmrc', '; npmrc-doctor-ignore plaintext-token until=2999-01-31: known\n//registry.example/:_authToken=CANARY\n')
  const log = await json(box, 'sarif')
  assertStoreSchema('sarif-2.1.0', log)
  const [result] = log.runs[0].results
  assert.equal(result.ruleId, 'plaintext-token')
  assert.deepEqual(result.suppressions, [{ kind: 'inSource', status: 'accepted', justification: 'known' }])
  assert.deepEqual((await json(crowded(t), 'sarif')).runs[0].results[0].suppressions, [])
  const says = { junit: /name="suppressed" value="1"/, prometheus: /^npmrc_doctor_findings_suppressed 1$/m, nagios: /^NPMRC OK - no problem found; suppressed: 1;.* suppressed=1;;;0/ }
  for (const format of formats) {
    const env = { GITHUB_STEP_SUMMARY: box.at('summary.md') }
    const { status, stdout } = await render(box, format, [], { env })
    assert.equal(status, 0)
    await validators[format](stdout)
    if (says[format]) assert.match(stdout, says[format])
  }
  assert.match(box.read('summary.md'), /\n1 suppressed\n/)
})

test('paths are relative to where the program was started, not to --cwd', async t => {
  const box = sandbox(t)
  box.write('project/packages/a/.npmrc', '//registry.example/:_authToken=CANARY\n')
  const uris = async (args, options) => (await json(box, 'gitlab', ['--only', 'plaintext-token', ...args], options)).map(issue => issue.location.path)
  assert.deepEqual(await uris(['--cwd', 'packages/a'], {}), ['packages/a/.npmrc'])
  assert.deepEqual(await uris([], { cwd: box.at('project/packages/a') }), ['.npmrc'])
})

// One file with n findings of each severity.
const many = n => Array.from({ length: n }, (_, i) =>
  `//r${i}.example/:_authToken=CANARY${i}\nx,y:%${i}=1\n//r${i}.example/:email=x ; ${i}\n`).join('')

test('github: ten annotations of each kind, the rest in the summary and the log', async t => {
  const box = sandbox(t)
  box.write('work/sub/.npmrc', many(25))
  const args = ['../work/sub/.npmrc', '--only', 'plaintext-token', '--only', 'unknown-key', '--only', 'value-cut-by-comment']
  const env = { GITHUB_WORKSPACE: box.at('work'), GITHUB_STEP_SUMMARY: box.write('summary.md', 'before\n') }
  const { findings } = await json(box, 'json', args)
  const result = await render(box, 'github', args, { env })
  const found = commands(result.stdout)
  const of = kind => found.filter(command => command.kind === kind)
  assert.deepEqual(['error', 'warning', 'notice'].map(kind => of(kind).length), [10, 10, 10])
  assert.ok(found.every(command => command.file === 'sub/.npmrc' && command.line === command.endLine))
  const first = findings.find(finding => finding.rule === 'plaintext-token')
  assert.deepEqual(
    { line: of('error')[0].line, col: of('error')[0].col, endColumn: of('error')[0].endColumn, title: of('error')[0].title },
    { line: String(first.location.line), col: String(first.location.column), endColumn: String(first.location.endColumn), title: 'plaintext-token' })
  assert.ok(of('error')[0].message.startsWith(`${first.message}\n`))
  assert.match(of('warning').map(command => command.message).join(), /x,y:%0/)
  assert.equal(result.stdout.split('\n').filter(line => /^(error|warning|info)\[/.test(line)).length, findings.length - 30)
  const summary = box.read('summary.md')
  assert.ok(summary.startsWith('before\n### npmrc-doctor\n'))
  assert.equal(summary.split('\n').filter(line => /^\| (error|warning|info) /.test(line)).length, findings.length)
  assertNoSecret({ stdout: result.stdout + summary, stderr: '' }, ['CANARY0', 'CANARY24'])
})

test('github: without --format in a GitHub job, and only there', async t => {
  const box = sandbox(t)
  box.write('project/.npmrc', '//registry.example/:_authToken=CANARY\n')
  const check = (env, args = []) => box.doctor(['check', '--offline', ...args], { env })
  assert.equal(commands((await check({ GITHUB_ACTIONS: 'true' })).stdout).filter(one => one.title === 'plaintext-token').length, 1)
  assert.deepEqual(commands((await check({ GITHUB_ACTIONS: 'false' })).stdout), [])
  assert.deepEqual(commands((await check({ GITHUB_ACTIONS: 'true' }, ['--format', 'text'])).stdout), [])
  const fixing = await box.doctor(['fix', '--offline', '--dry-run'], { env: { GITHUB_ACTIONS: 'true' } })
  assert.ok(commands(fixing.stdout).length > 0)
  const gone = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: '/no/such/folder/summary.md' }
  const failed = await check(gone)
  assert.equal(failed.status, 3)
  assert.match(failed.stderr, /cannot append to '\/no\/such\/folder\/summary.md'/)
  // Only this format writes it.
  assert.equal((await check(gone, ['--format', 'json'])).status, 1)
})

test('junit: fails exactly where the exit status is 1', async t => {
  const box = sandbox(t)
  box.write('project/.npmrc', 'registry=https://a.example/\nregistry=https://registry.example/\n')
  for (const [args, failures, status] of [[[], 0, 0], [['--fail-on', 'warning'], 1, 1], [['--fail-on', 'never'], 0, 0]]) {
    const result = await render(box, 'junit', args)
    await validators.junit(result.stdout)
    assert.equal(result.status, status)
    assert.equal(Number(result.stdout.match(/failures="(\d+)"/)[1]), failures)
    assert.match(result.stdout, /<testcase classname="npmrc-doctor" name="duplicate-key"><(failure|system-out)/)
  }
  const one = (await render(box, 'junit', ['--only', 'plaintext-token'])).stdout
  assert.match(one, /<testcase [^>]*name="plaintext-token"\/>/)
  assert.doesNotMatch(one, /name="duplicate-key"/)
  assert.match((await render(box, 'junit', ['--only', 'proxy-refused'])).stdout, /<testcase [^>]*name="proxy-refused"><skipped message="offline"\/>/)
})

test('prometheus and nagios: a registry that answers and one that does not', async t => {
  const server = await fixedHttp({ t, headers: { 'Content-Type': 'application/json' }, body: '{}' })
  const box = sandbox(t)
  box.write('home/.npmrc', `registry=${server.url.replace('//', '//nick:pwCANARY@')}\n@a:registry=http://127.0.0.1:1/\n`)
  const before = Math.floor(Date.now() / 1000)
  const metrics = await box.doctor(['check', '--format', 'prometheus', '-o', box.write('nd.prom', 'old')])
  const text = box.read('nd.prom')
  await validators.prometheus(text)
  assertNoSecret({ stdout: text, stderr: metrics.stderr }, ['pwCANARY'])
  assert.match(text, new RegExp(`npmrc_doctor_registry_up\\{registry="${server.url}",proxy=""\\} 1\n`))
  assert.match(text, /npmrc_doctor_registry_up\{registry="http:\/\/127\.0\.0\.1:1\/",proxy=""\} 0\n/)
  assert.match(text, new RegExp(`npmrc_doctor_probe_seconds\\{registry="${server.url}",stage="total"\\} 0\\.\\d+\n`))
  assert.match(text, /npmrc_doctor_rule_findings\{rule="registry-refused",severity="error"\} 1\n/)
  assert.ok(Number(text.match(/last_run_timestamp_seconds (\d+)/)[1]) >= before)
  const nagios = await box.doctor(['check', '--format', 'nagios'])
  validators.nagios(nagios.stdout)
  assertNoSecret(nagios, ['pwCANARY'])
  assert.equal(nagios.status, 2)
  assert.match(nagios.stdout, /^NPMRC CRITICAL - \d+ errors?.*registry-refused at .*home\/\.npmrc:2/)
  assert.ok(nagios.stdout.includes(` '${server.url}'=0.`))
})

test('-o replaces the file at once, readable by others, and leaves the old one where it cannot', async t => {
  const box = sandbox(t)
  box.write('out/nd.prom', 'old', 0o644)
  const before = fs.statSync(box.at('out/nd.prom')).ino
  assert.equal((await render(box, 'prometheus', ['-o', box.at('out/nd.prom')])).status, 0)
  assert.notEqual(fs.statSync(box.at('out/nd.prom')).ino, before)
  assert.equal((await render(box, 'sarif', ['-o', box.at('out/new.sarif')])).status, 0)
  assert.equal(fs.statSync(box.at('out/new.sarif')).mode & 0o777, 0o666 & ~process.umask())
  assert.deepEqual(fs.readdirSync(box.at('out')).sort(), ['nd.prom', 'new.sarif'])
  const failed = await render(box, 'gitlab', ['-o', box.at('out')])
  assert.equal(failed.status, 3)
})

test('fix in a format for machines: the diff beside it, what is left in it', async t => {
  const box = sandbox(t)
  const file = box.write('project/.npmrc', 'registry=https://a.example/\nregistry=https://registry.example/\nunknown-thing=1\n')
  const rules = report => report.findings.map(finding => finding.rule).sort()
  const dry = await box.doctor(['fix', '--offline', '--dry-run', '--format', 'json'])
  assert.equal(dry.status, 1)
  assert.match(dry.stderr, /^-registry=https:\/\/a\.example/m)
  assert.deepEqual(rules(JSON.parse(dry.stdout)), ['duplicate-key', 'unknown-key'])
  const fixed = await box.doctor(['fix', '--offline', '--yes', '--fail-on', 'warning', '--format', 'json'])
  assert.equal(fixed.status, 1, fixed.stderr)
  assert.deepEqual(rules(JSON.parse(fixed.stdout)), ['unknown-key'])
  assert.equal(fs.readFileSync(file, 'utf8'), 'registry=https://registry.example/\nunknown-thing=1\n')
  for (const format of formats.filter(word => word !== 'nagios' && word !== 'text')) {
    const result = await box.doctor(['fix', '--offline', '--dry-run', '--fail-on', 'warning', '--format', format])
    assert.equal(result.status, 1)
    await validators[format](result.stdout)
  }
})
