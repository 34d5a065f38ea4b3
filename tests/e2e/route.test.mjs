// `route`: how npm would reach a URL, and what decided it.
import assert from 'node:assert/strict'
import test from 'node:test'
import { makeCA } from '../lib/certs.mjs'
import { sandbox } from '../lib/sandbox.mjs'

const canary = 'CANARYr0ute'

function assertNoSecret (result) {
  assert.ok(!result.stdout.includes('CANARY'), 'a secret on standard output')
  assert.ok(!result.stderr.includes('CANARY'), 'a secret on standard error')
}

async function route (box, url, { args = [], env = {} } = {}) {
  const result = await box.doctor(['route', '--json', ...args, url], { env })
  assert.equal(result.status, 0, result.stderr)
  assertNoSecret(result)
  const report = JSON.parse(result.stdout)
  assert.equal(report.version, 1)
  return report.routes[0]
}

test('registry, scope, credentials, proxy and trust with their origins', async t => {
  const box = sandbox(t)
  const user = box.write('home/.npmrc', [
    'registry=https://registry.example/npm/', '@corp:registry=https://npm.corp.example/',
    `//registry.example/npm/:_authToken=${canary}`, `//npm.corp.example/:_auth=${canary}`,
    `https-proxy=http://nick:${canary}@proxy.example:8080`
  ].join('\n'))
  const plain = await route(box, 'https://registry.example/npm/left-pad')
  assert.deepEqual([plain.url, plain.registry, plain.scope], ['https://registry.example/npm/left-pad', 'https://registry.example/npm/', null])
  const { kind, key, layer, file, line } = plain.credentials
  assert.deepEqual({ kind, key, layer, file, line }, { kind: 'token', key: '//registry.example/npm/:_authToken', layer: 'user', file: user, line: 3 })
  assert.equal(plain.proxy, 'http://nick@proxy.example:8080/')
  assert.deepEqual([plain.proxySource.layer, plain.proxySource.file, plain.proxySource.line, plain.proxySource.key], ['user', user, 5, 'https-proxy'])
  assert.deepEqual(plain.trust, { strictSsl: true, roots: 'node', extra: [] })
  const corp = await route(box, 'https://npm.corp.example/@corp%2fpkg')
  assert.deepEqual([corp.registry, corp.scope, corp.credentials.kind], ['https://npm.corp.example/', '@corp', 'basic'])
  const foreign = await route(box, 'https://elsewhere.example/x')
  assert.deepEqual([foreign.registry, foreign.credentials.kind, foreign.credentials.key], [null, 'none', null])
})

test('the setting scope sends packages to another registry than `registry`, and is named for it', async t => {
  const box = sandbox(t)
  const user = box.write('home/.npmrc', `scope=@corp\nregistry=https://registry.example/\n@corp:registry=https://us:${canary}@npm.corp.example/npm/\n`)
  const first = await route(box, 'https://npm.corp.example/npm/left-pad')
  assert.deepEqual([first.registry, first.scope, first.credentials.kind], ['https://npm.corp.example/npm/', null, 'basic'])
  assert.deepEqual([first.registrySource.key, first.registrySource.file, first.registrySource.line], ['@corp:registry', user, 3])
  assert.deepEqual([first.scopeSource.key, first.scopeSource.file, first.scopeSource.line], ['scope', user, 1])
  assert.equal((await route(box, 'https://npm.corp.example/tarball.tgz')).credentials.kind, 'none')
  const text = (await box.doctor(['route', 'https://npm.corp.example/npm/left-pad'])).stdout
  assert.ok(text.includes(`in the place of \`registry\`: scope, ${user}:1`), text)
  const aside = await route(box, 'https://registry.example/-/whoami')
  assert.deepEqual([aside.registry, aside.registrySource.key, aside.scopeSource], ['https://registry.example/', 'registry', null])
  const settings = JSON.parse((await box.doctor(['config', '--json'])).stdout).settings
  assert.match(settings.find(each => each.key === 'registry').note, /not for packages, because of `scope`.*@corp:registry/)
  assert.match(settings.find(each => each.key === 'scope').note, /in the place of `registry`.*@corp:registry/)
  const report = JSON.parse((await box.doctor(['check', '--offline', '--format', 'json'])).stdout)
  assert.deepEqual(report.registries.map(({ url, default: first, scopes }) => [url, first, scopes]), [['https://npm.corp.example/npm/', true, ['@corp']], ['https://registry.example/', false, []]])
})

test('of two registries at one address the scope of the package decides', async t => {
  const box = sandbox(t)
  box.write('home/.npmrc', 'registry=https://registry.example/npm\n@corp:registry=https://registry.example/npm\n@co:registry=https://registry.example/npm\n')
  for (const [name, scope] of [['@corp/pkg', '@corp'], ['@corp%2Fpkg', '@corp'], ['%40co%2fpkg', '@co'], ['@other/pkg', null], ['left-pad', null]]) {
    assert.equal((await route(box, `https://registry.example/npm/${name}`)).scope, scope, name)
  }
})

test('the variable that decides, and each noproxy entry with the reason', async t => {
  const box = sandbox(t)
  const user = box.write('home/.npmrc', 'noproxy=*.corp.example, 10.0.0.0/8\n')
  const env = { HTTPS_PROXY: `http://nick:${canary}@proxy.example:3128`, NO_PROXY: 'example:443,corp.example' }
  const through = await route(box, 'https://registry.example/x', { env })
  assert.equal(through.proxy, 'http://nick@proxy.example:3128/')
  assert.deepEqual([through.proxySource.layer, through.proxySource.variable, through.proxySource.key], ['env', 'HTTPS_PROXY', null])
  assert.deepEqual(through.noproxy.map(({ entry, matches, source }) => [entry, matches, source.file ?? source.variable]), [
    ['*.corp.example', false, user], ['10.0.0.0/8', false, user], ['example:443', false, 'NO_PROXY'], ['corp.example', false, 'NO_PROXY']
  ])
  assert.equal(through.noproxy[0].why, 'npm knows no wildcards')
  const direct = await route(box, 'https://npm.corp.example/x', { env })
  assert.equal(direct.proxy, null)
  assert.equal(direct.noproxy.at(-1).matches, true)
  assert.equal('error' in direct, false)
  const text = (await box.doctor(['route', 'https://npm.corp.example/x'], { env })).stdout
  assert.match(text, /proxy +none: noproxy takes this host off it \(environment variable HTTPS_PROXY\)/)
  assert.match(text, /corp\.example: matches \(environment variable NO_PROXY\)/)
})

test('an invalid proxy is an error, not a direct connection', async t => {
  for (const [value, error] of [[`http://nick:${canary}#x@proxy.example:80`, 'proxy-url-invalid'], ['http://u:%zz@proxy.example', 'proxy-url-invalid'],
    ['ftp://proxy.example:21', 'proxy-scheme-unsupported'], ['proxy.example:8080', 'proxy-no-scheme']]) {
    const box = sandbox(t)
    box.write('home/.npmrc', `proxy="${value}"\n`)
    const answer = await route(box, 'https://registry.example/x')
    assert.deepEqual([answer.proxy, answer.error, answer.proxySource.line], [null, error, 1], value)
  }
})

test('trust: strict-ssl, ca, cafile and NODE_EXTRA_CA_CERTS', async t => {
  const ca = await makeCA('Corp CA', { t })
  const box = sandbox(t)
  const file = box.write('corp.pem', ca.certPem)
  const env = { NODE_EXTRA_CA_CERTS: file }
  assert.deepEqual((await route(box, 'https://registry.example/', { env })).trust, { strictSsl: true, roots: 'node', extra: [file] })
  box.write('home/.npmrc', `cafile=${file}\nstrict-ssl=false\n`)
  assert.deepEqual((await route(box, 'https://registry.example/', { env })).trust, { strictSsl: false, roots: 'cafile', extra: [] })
  const missing = sandbox(t)
  assert.deepEqual((await route(missing, 'https://registry.example/', { env: { NODE_EXTRA_CA_CERTS: '/nowhere.pem' } })).trust.extra, [])
})

test('several URLs are several routes; secrets in them are hidden', async t => {
  const box = sandbox(t)
  const result = await box.doctor(['route', '--json', `https://u:${canary}@a.example/`, 'http://b.example/'])
  assertNoSecret(result)
  assert.deepEqual(JSON.parse(result.stdout).routes.map(each => each.url), ['https://u:***@a.example/', 'http://b.example/'])
  assertNoSecret(await box.doctor(['route', `https://u:${canary}@a.example/`]))
})

// To node the domain is the host, and the password a part of the path.
test('a password behind a domain is hidden', async t => {
  const box = sandbox(t, { npm: null })
  const HTTPS_PROXY = `http://CORP\\nick:${canary}@proxy.example:8080`
  for (const args of [['route'], ['route', '--json']]) {
    const result = await box.doctor([...args, 'https://registry.example/'], { env: { HTTPS_PROXY } })
    assert.equal(result.status, 0, result.stderr)
    assertNoSecret(result)
    assert.ok(result.stdout.includes('http://corp/nick:***@proxy.example:8080'), result.stdout)
  }
})

test('what is no URL is wrong usage, with a hint', async t => {
  const box = sandbox(t)
  for (const operand of ['left-pad', '@corp/pkg', 'npm:left-pad', 'ftp://h.example/x']) {
    const result = await box.doctor(['route', operand])
    assert.deepEqual([result.status, result.stdout], [2, ''], operand)
    assert.match(result.stderr, /is no http or https URL.*https:\/\/registry\.example\//s, operand)
  }
  assert.equal((await box.doctor(['route'])).status, 2)
})
