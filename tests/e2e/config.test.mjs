// `config`: every setting in effect, where it stands, what it hides; never a secret.
import assert from 'node:assert/strict'
import test from 'node:test'
import { npmMajors, sandbox } from '../lib/sandbox.mjs'

const canary = 'CANARYc0nfig'

function assertNoSecret (result) {
  assert.ok(!result.stdout.includes('CANARY'), 'a secret on standard output')
  assert.ok(!result.stderr.includes('CANARY'), 'a secret on standard error')
}

async function json (box, args = [], options = {}) {
  const result = await box.doctor(['config', '--json', ...args], options)
  assertNoSecret(result)
  return { ...JSON.parse(result.stdout), status: result.status, stderr: result.stderr }
}

const find = (report, key) => report.settings.find(setting => setting.key === key)

test('each setting has its place, its type and what it shadows', async t => {
  const box = sandbox(t)
  const user = box.write('home/.npmrc', [
    `proxy = http://nick:${canary}@proxy.example:8080`,
    `//registry.example/:_authToken=${canary}`,
    `//other.example/:_authToken='123456'`,
    'strict-ssl=false', 'fetch-retries = 5', 'ca[]=one', 'ca[]=two', 'registry=https://registry.example/'
  ].join('\n') + '\n')
  const project = box.write('project/.npmrc', '; ours\nregistry = https://npm.corp.example/ ; note\n')
  const report = await json(box, [], { env: { npm_config_fetch_timeout: '1000' } })
  assert.equal(report.status, 0, report.stderr)
  assert.equal(report.version, 1)
  assert.equal(report.client.name, 'npm')
  assert.deepEqual(find(report, 'proxy'), {
    key: 'proxy', value: 'http://nick:***@proxy.example:8080', redacted: true,
    layer: 'user', file: user, line: 1, column: 9, endColumn: 9 + `http://nick:${canary}@proxy.example:8080`.length,
    variable: null, shadows: [], note: null
  })
  const token = find(report, '//registry.example/:_authToken')
  assert.deepEqual([token.value, token.redacted], [null, true])
  // A token of digits is a number to npm, and a secret all the same.
  assert.deepEqual([find(report, '//other.example/:_authToken').value, find(report, '//other.example/:_authToken').redacted], [null, true])
  assert.equal(find(report, 'strict-ssl').value, false)
  assert.equal(find(report, 'fetch-retries').value, 5)
  assert.deepEqual(find(report, 'ca').value, ['one', 'two'])
  const { value, file, line, column, endColumn, shadows } = find(report, 'registry')
  assert.deepEqual({ value, file, line, column, endColumn }, {
    value: 'https://npm.corp.example/', file: project, line: 2, column: 12, endColumn: 12 + 'https://npm.corp.example/'.length
  })
  assert.deepEqual(shadows.map(({ layer, file, line }) => ({ layer, file, line })), [{ layer: 'user', file: user, line: 8 }])
  const timeout = find(report, 'fetch-timeout')
  assert.deepEqual([timeout.layer, timeout.variable, timeout.file, timeout.line, timeout.value], ['env', 'npm_config_fetch_timeout', null, null, 1000])
  const keys = report.settings.map(setting => Buffer.from(setting.key))
  assert.deepEqual(keys, [...keys].sort(Buffer.compare))
})

test('every candidate file is listed with the reason why it was not read', async t => {
  const box = sandbox(t)
  const user = box.write('home/.npmrc', 'audit=false\n')
  box.write('project/.npmrc/x', '')
  const { sources } = await json(box)
  const of = layer => sources.find(source => source.layer === layer)
  assert.deepEqual(of('user'), { layer: 'user', path: user, read: true, reason: null })
  assert.deepEqual([of('project').read, of('project').reason], [false, 'is a directory'])
  assert.deepEqual([of('global').read, of('global').reason], [false, 'does not exist'])
  const text = (await box.doctor(['config'])).stdout
  assert.match(text, /^project +\S+: is a directory$/m)
  assert.match(text, /^user +\S+: read$/m)
})

test('the text names file and line of each value and of what it hides', async t => {
  const box = sandbox(t)
  const user = box.write('home/.npmrc', `registry=https://registry.example/\n_auth=${canary}\n`)
  const project = box.write('project/.npmrc', 'registry=https://npm.corp.example/\n')
  const result = await box.doctor(['config'], { env: { npm_config_audit: 'false' } })
  assert.equal(result.status, 0)
  assertNoSecret(result)
  assert.ok(result.stdout.includes(`${project}:1: registry = https://npm.corp.example/\n    shadows ${user}:1\n`), result.stdout)
  assert.ok(result.stdout.includes(`${user}:2: _auth = ***\n`))
  assert.ok(result.stdout.includes('environment variable npm_config_audit: audit = false\n'))
})

test('KEY shows that key alone; one that is set nowhere is said and exits with 1', async t => {
  const box = sandbox(t)
  const user = box.write('home/.npmrc', 'audit=false\nfund=false\n')
  const one = await box.doctor(['config', 'audit'])
  assert.deepEqual([one.status, one.stdout], [0, `${user}:1: audit = false\n`])
  const missing = await box.doctor(['config', 'fund', 'registry'])
  assert.equal(missing.status, 1)
  assert.equal(missing.stdout, `${user}:2: fund = false\n`)
  assert.match(missing.stderr, /'registry' is not set/)
  // A value that was meant for npm is not repeated.
  const value = await box.doctor(['config', '//registry.example/:_authToken=secret-CANARY'])
  assert.deepEqual([value.status, value.stderr], [1, "npmrc-doctor: '//registry.example/:_authToken' is not set\n"])
  assert.match((await box.doctor(['config', 'strictssl'])).stderr, /'strictssl' is not set; did you mean 'strict-ssl'\?/)
})

test('--all adds the defaults', async t => {
  const box = sandbox(t)
  box.write('home/.npmrc', 'fetch-retries=7\n')
  const few = await json(box)
  const all = await json(box, ['--all'])
  assert.equal(few.settings.length, 1)
  const { layer, value, file } = find(all, 'strict-ssl')
  assert.deepEqual([layer, value, file], ['default', true, null])
  assert.equal(find(all, 'fetch-retries').value, 7)
  assert.equal(find(all, 'fetch-retries').layer, 'user')
})

// What npm asks of its terminal and its locale, and what it changes while it prints.
const own = new Set(['long', 'json', 'auth-type', 'progress', 'unicode', 'viewer', 'shell', 'npm-version', 'node-gyp', 'tmp', 'ci-name', 'init.module', 'cache-max', 'metrics-registry'])

for (const npm of npmMajors.filter(major => major > 8)) {
  test(`npm ${npm}: --all lists what \`npm config ls -l\` lists`, async t => {
    const box = sandbox(t, { npm, env: { npm_config_omit: 'dev\n\npeer', npm_config_color: 'always', SET: 'x' } })
    box.write('home/.npmrc', ['registry = https://registry.example/', 'fetch-retries=7', 'depth=Infinity', 'umask=022', 'strict-ssl=no', 'ignore-scripts', 'save-prefix=~', 'cert=null', 'ca[]=a', 'ca[]=b',
      "message='5'", 'tag="1"', 'editor=${SET}${UNSET}', 'cidr=1.2.3.4/8', 'production=true', '__proto__=x', 'constructor=y', 'logs-dir=~/logs', 'script-shell='].join('\n') + '\n')
    box.write('project/.npmrc', 'cache=./c\nnoproxy=a,b\n')
    const theirs = JSON.parse((await box.npm(['config', 'ls', '-l', '--json'])).stdout)
    const ours = Object.fromEntries((await json(box, ['--all'])).settings.map(({ key, value }) => [key, value]))
    const compared = Object.keys(theirs).filter(key => !own.has(key))
    assert.ok(compared.length > 130)
    // An empty list is no text, and an empty text no list: npm 11 has one for the other.
    const plain = value => JSON.stringify(value) === '[""]' ? '' : value
    const differ = compared.filter(key => JSON.stringify(plain(theirs[key])) !== JSON.stringify(ours[key]))
    assert.deepEqual(differ.map(key => [key, theirs[key], ours[key]]), [])
  })
}

// npm-facts: before 9 a value that the type check rejects gives way; from 9 on it is used as it is.
test('the value is the one that this npm uses', async t => {
  for (const npm of npmMajors) {
    const box = sandbox(t, { npm })
    box.write('home/.npmrc', 'https-proxy=not a url\nstrict-ssl=no\n')
    const report = await json(box)
    const proxy = find(report, 'https-proxy')
    assert.equal(proxy?.value, npm < 9 ? undefined : 'not a url', `npm ${npm}`)
    assert.equal(find(report, 'strict-ssl').value, npm < 9 ? true : 'no', `npm ${npm}`)
  }
})

test('--cwd, --userconfig, --globalconfig and --npm-version', async t => {
  const box = sandbox(t, { npm: null })
  const user = box.write('one', 'audit=false\nregistry=${U?}x\n')
  const global = box.write('two', 'fund=false\n')
  const project = box.write('elsewhere/.npmrc', 'save-exact=true\n')
  const report = await json(box, ['--cwd', box.at('elsewhere'), '--userconfig', user, '--globalconfig', global, '--npm-version', '10'])
  assert.equal(find(report, 'audit').file, user)
  assert.equal(find(report, 'fund').file, global)
  assert.equal(find(report, 'save-exact').file, project)
  assert.equal(find(report, 'registry').value, '${U?}x')
  const newer = await json(box, ['--userconfig', user, '--npm-version', '11'])
  assert.equal(find(newer, 'registry').value, 'x')
})

test('no secret in any spelling, wherever it stands', async t => {
  const box = sandbox(t)
  box.write('home/.npmrc', [
    `_authToken: ${canary}`, `registry=https://u:${canary}@registry.example/`, `noproxy=http://u:${canary}@x.example`,
    `key="-----BEGIN PRIVATE KEY-----\\n${canary}\\n-----END PRIVATE KEY-----"`, `[section]`, `token=${canary}`
  ].join('\n'))
  assertNoSecret(await box.doctor(['config']))
  assertNoSecret(await box.doctor(['config', '--json']))
  assertNoSecret(await box.doctor(['config', '--all', '-v'], { env: { npm_config_otp: canary, npm_config__auth: canary } }))
})
