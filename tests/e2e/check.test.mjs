// What `check` says about each way in which a registry or a proxy can fail: against real peers, through
// the whole program, in JSON. One cause is one finding, at the setting that is to blame.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import { sandbox, slow } from '../lib/sandbox.mjs'
import { expired, issue, makeCA, notYet } from '../lib/certs.mjs'
import { answering, closing, freePort, httpAnswer, rawServer, refusingProxy, resetting, silent, tinyproxy } from '../lib/peers.mjs'
import { assertNoSecret, causes, checkJson, quickSquid as squid } from './support.mjs'

const secret = 'pw:CANARY/+@1'
const json = { 'Content-Type': 'application/json' }

// An HTTP server that, as real ones do, answers bytes that are no HTTP too: `check` tries https there.
function web (t, answer, options = {}) {
  return rawServer({
    t,
    ...options,
    onData (socket, bytes) {
      const end = bytes.indexOf('\r\n\r\n')
      if (bytes[0] === 0x16) socket.end(httpAnswer(400))
      else if (end >= 0) socket.end(answer(bytes.toString('latin1', 0, end)))
    }
  })
}
const good = (t, { status = 200, headers = json, body = '{}', ...options } = {}) =>
  web(t, () => httpAnswer(status, { headers, body }), options)

// What the finding must say, and where: `blame` is the index of the line.
async function expect (t, { lines, env = {}, args = [], blame = 0, rule, npmError, outcome = rule, stage, httpStatus, evidence = {}, npm }) {
  const box = sandbox(t, { npm, env: { PW: encodeURIComponent(secret), TOKEN: 'token-CANARY', ...env } })
  const file = box.write('home/.npmrc', lines.join('\n') + '\n')
  const result = await checkJson(box, args)
  const { report } = result
  assert.equal(result.status, 1)
  assertNoSecret(result, [secret, 'token-CANARY'], rule)
  const found = causes(report)
  assert.deepEqual(found.map(f => f.rule), [rule], JSON.stringify(found, null, 1))
  const [finding] = found
  const line = lines[blame]
  const at = line.indexOf('=') + 1
  assert.deepEqual(
    { ...finding.location, key: undefined },
    { layer: 'user', file, line: blame + 1, column: at + 1, endColumn: Buffer.byteLength(line) + 1, variable: null, key: undefined }
  )
  assert.equal(finding.location.key, line.slice(0, at - 1))
  assert.equal(finding.npmError, npmError)
  assert.ok(finding.message && finding.help)
  for (const [name, value] of Object.entries(evidence)) assert.deepEqual(finding.evidence[name], value, name)
  assert.equal(report.registries[0].probe.outcome, outcome)
  assert.equal(report.registries[0].probe.stage, stage)
  if (httpStatus) assert.equal(report.registries[0].probe.httpStatus, httpStatus)
  assert.deepEqual(finding.targets.map(target => target.url), [report.registries[0].url])
  assert.equal(finding.targets[0].proxy, report.registries[0].proxy)
  return { box, result, report, finding, file }
}

const viaProxy = (proxy, registry = 'https://registry.example/') => [`registry=${registry}`, `proxy=${proxy}`]

test('a proxy that fails', async t => {
  const through = (t, proxy, more) => expect(t, { lines: viaProxy(proxy), blame: 1, ...more })

  await t.test('its name does not resolve', t => through(t, 'http://proxy.invalid:3128', {
    rule: 'proxy-unresolvable', npmError: 'ENOTFOUND', stage: 'proxy-dns'
  }))
  await t.test('nothing listens', async t => through(t, `http://127.0.0.1:${await freePort()}`, {
    rule: 'proxy-refused', npmError: 'ECONNREFUSED', stage: 'proxy-connect'
  }))
  await t.test('silent: the time is kept', async t => {
    const peer = await silent({ t })
    const started = Date.now()
    const { report } = await through(t, peer.url, {
      rule: 'proxy-timeout', npmError: null, stage: 'proxy-tunnel', args: ['--timeout', '1']
    })
    assert.ok(Date.now() - started < 3000 * slow, `${Date.now() - started} ms`)
    assert.ok(report.registries[0].probe.timings.connectMs >= 0)
  })
  await t.test('reset at CONNECT', async t => {
    const peer = await resetting({ t, afterData: true })
    const { finding } = await through(t, peer.url, { rule: 'proxy-reset', npmError: 'ECONNRESET', stage: 'proxy-tunnel' })
    assert.match(finding.message, /RST/)
  })
  await t.test('closed at CONNECT', async t => {
    const peer = await closing({ t, afterData: true })
    const { finding } = await through(t, peer.url, { rule: 'proxy-reset', npmError: 'FETCH_ERROR', stage: 'proxy-tunnel' })
    assert.match(finding.message, /FIN/)
  })
  await t.test('closed before an http registry\'s answer', async t => {
    const peer = await closing({ t, afterData: true })
    await expect(t, { lines: viaProxy(peer.url, 'http://127.0.0.1:9/'), blame: 1, rule: 'proxy-reset', npmError: 'ECONNRESET', stage: 'proxy-tunnel' })
  })
  await t.test('407 without credentials (squid)', async t => {
    const peer = await squid({ t, auth: { nick: secret } })
    await through(t, peer.url, {
      rule: 'proxy-auth-required', npmError: 'E407', stage: 'proxy-tunnel', httpStatus: 407, evidence: { offered: ['Basic'], httpStatus: 407, sent: undefined }
    })
    const rejected = peer.url.replace('//', '//nick:${WRONG}@')
    await through(t, rejected, {
      rule: 'proxy-auth-rejected', npmError: 'E407', stage: 'proxy-tunnel', httpStatus: 407, env: { WRONG: 'wrong-CANARY' }, evidence: { sent: 'Basic' }
    })
    // Accounts lock: one try in a whole run.
    assert.equal(peer.accessLog().filter(line => / nick /.test(line)).length, 1)
  })
  await t.test('401 to CONNECT (tinyproxy)', async t => {
    const peer = await tinyproxy({ t, auth: { nick: 'tinyCANARY' } })
    await through(t, peer.url.replace('//', '//nick:${PW}@'), { rule: 'proxy-auth-rejected', npmError: 'E401', stage: 'proxy-tunnel', httpStatus: 401 })
  })
  await t.test('407 that offers NTLM alone (squid)', async t => {
    const peer = await squid({
      t,
      config: 'auth_param ntlm program /usr/lib/squid/ntlm_fake_auth\nauth_param ntlm children 1\nacl ntlm proxy_auth REQUIRED\nhttp_access deny !ntlm'
    })
    await through(t, peer.url.replace('//', '//nick:${PW}@'), {
      rule: 'proxy-auth-unsupported', npmError: 'E407', stage: 'proxy-tunnel', httpStatus: 407, evidence: { offered: ['NTLM'] }
    })
  })
  await t.test('it forbids the registry (squid)', async t => {
    const peer = await squid({ t, deny: ['registry.example'] })
    await expect(t, { lines: viaProxy(peer.url), blame: 1, rule: 'proxy-forbidden', npmError: 'E403', stage: 'proxy-tunnel', httpStatus: 403 })
  })
  await t.test('it cannot reach the registry (squid)', async t => {
    const peer = await squid({ t, hosts: { 'registry.example': '127.0.0.1' }, config: 'dns_retransmit_interval 200 milliseconds' })
    await expect(t, {
      lines: viaProxy(peer.url, `https://registry.example:${await freePort()}/`), blame: 1, rule: 'proxy-upstream-failed', npmError: 'E503', stage: 'proxy-tunnel', httpStatus: 503
    })
    await expect(t, {
      lines: viaProxy(peer.url, 'https://unknown.example/'), blame: 1, rule: 'proxy-upstream-failed', npmError: 'E500', stage: 'proxy-tunnel', httpStatus: 500
    })
  })
  await t.test('502', async t => {
    const peer = await refusingProxy({ t, status: 502 })
    await through(t, peer.url, { rule: 'proxy-upstream-failed', npmError: 'E502', stage: 'proxy-tunnel', httpStatus: 502 })
  })
  await t.test('an ordinary web server', async t => {
    const peer = await refusingProxy({ t, status: 405, headers: { Server: 'web' } })
    await through(t, peer.url, { rule: 'proxy-not-a-proxy', npmError: 'E405', stage: 'proxy-tunnel', httpStatus: 405 })
  })
  await t.test('something that is no HTTP', async t => {
    const peer = await rawServer({ t, onConnection: socket => socket.end('220 mail.example ESMTP\r\n') })
    await through(t, peer.url, { rule: 'proxy-not-a-proxy', npmError: null, stage: 'proxy-tunnel' })
  })
  await t.test('https:// to a plain proxy', async t => {
    const peer = await squid({ t })
    await through(t, peer.url.replace('http:', 'https:'), { rule: 'proxy-scheme-mismatch', npmError: 'EPROTO', stage: 'proxy-tls' })
  })
  await t.test('the proxy of a variable', async t => {
    const port = await freePort()
    const box = sandbox(t, { env: { HTTPS_PROXY: `http://nick:${encodeURIComponent(secret)}@127.0.0.1:${port}` } })
    box.write('home/.npmrc', 'registry=https://registry.example/\n')
    const result = await checkJson(box)
    assertNoSecret(result, [secret])
    const [finding, ...more] = causes(result.report)
    assert.equal(more.length, 0)
    assert.equal(finding.rule, 'proxy-refused')
    assert.deepEqual(finding.location, { layer: 'env', file: null, line: null, column: null, endColumn: null, key: null, variable: 'HTTPS_PROXY' })
    assert.equal(result.report.registries[0].proxySource.variable, 'HTTPS_PROXY')
    assert.equal(result.report.registries[0].proxy, `http://nick@127.0.0.1:${port}/`)
  })
  await t.test('three registries behind one dead proxy are one finding', async t => {
    const proxy = `http://127.0.0.1:${await freePort()}/`
    const box = sandbox(t)
    box.write('home/.npmrc', `proxy=${proxy}\nregistry=https://registry.example/\n@a:registry=https://a.example/npm/\n@b:registry=http://b.example/\n`)
    const { report } = await checkJson(box, ['--skip', 'registry-over-http'])
    const found = causes(report)
    assert.deepEqual(found.map(f => f.rule), ['proxy-refused'])
    assert.deepEqual(found[0].targets, ['https://registry.example/', 'https://a.example/npm/', 'http://b.example/'].map(url => ({ url, proxy })))
    assert.deepEqual(report.registries.map(r => r.scopes), [[], ['@a'], ['@b']])
    assert.equal(report.summary.error, 1)
  })
})

test('a registry that fails', async t => {
  const direct = (t, url, more) => expect(t, { lines: [`registry=${url}`], ...more })

  await t.test('its name does not resolve', t => direct(t, 'https://registry.invalid/', {
    rule: 'registry-unresolvable', npmError: 'ENOTFOUND', stage: 'dns'
  }))
  await t.test('nothing listens', async t => direct(t, `http://127.0.0.1:${await freePort()}/`, {
    rule: 'registry-refused', npmError: 'ECONNREFUSED', stage: 'connect'
  }))
  await t.test('silent', async t => {
    const peer = await silent({ t })
    const started = Date.now()
    await direct(t, peer.url, { rule: 'registry-timeout', npmError: 'FETCH_ERROR', stage: 'http', args: ['--timeout', '1'] })
    await direct(t, peer.url.replace('http:', 'https:'), { rule: 'registry-timeout', npmError: null, stage: 'tls', args: ['--timeout', '1'] })
    assert.ok(Date.now() - started < 5000 * slow)
  })
  await t.test('reset and closed', async t => {
    await direct(t, (await resetting({ t, afterData: true })).url, { rule: 'registry-reset', npmError: 'ECONNRESET', stage: 'http' })
    await direct(t, (await closing({ t, afterData: true })).url, { rule: 'registry-reset', npmError: 'ECONNRESET', stage: 'http' })
    const inTls = (await resetting({ t, afterData: true })).url.replace('http:', 'https:')
    await direct(t, inTls, { rule: 'registry-reset', npmError: 'ECONNRESET', stage: 'tls' })
  })
  await t.test('401 without credentials', async t => {
    const peer = await good(t, { status: 401 })
    await direct(t, peer.url, { rule: 'registry-auth-required', npmError: 'E401', stage: 'content', httpStatus: 401 })
  })
  await t.test('401 with a token: the token is to blame', async t => {
    const peer = await web(t, head => httpAnswer(/^authorization:/mi.test(head) ? 401 : 200, { headers: json, body: '{}' }))
    const { finding, report } = await expect(t, {
      lines: [`registry=${peer.url}`, `//127.0.0.1:${peer.port}/:_authToken=\${TOKEN}`],
      blame: 1,
      rule: 'registry-auth-rejected',
      npmError: 'E401',
      stage: 'content',
      httpStatus: 401
    })
    assert.match(finding.notes.join(), /without credentials it answers/)
    assert.deepEqual(report.registries[0].credentials, { kind: 'token', state: 'rejected' })
    // The token was sent once.
    assert.equal(peer.connections.filter(bytes => bytes.includes('token-CANARY')).length, 1)
  })
  await t.test('403, 429, 5xx', async t => {
    for (const [status, rule] of [[403, 'registry-forbidden'], [429, 'registry-unavailable'], [500, 'registry-unavailable'], [503, 'registry-unavailable']]) {
      const peer = await good(t, { status })
      await direct(t, peer.url, { rule, npmError: `E${status}`, stage: 'content', httpStatus: status, evidence: { httpStatus: status } })
    }
  })
  await t.test('no registry: 404, HTML, a redirect to a login', async t => {
    const html = { headers: { 'Content-Type': 'text/html' }, body: '<!doctype html><title>Login</title>' }
    const rule = 'registry-not-a-registry'
    await direct(t, (await good(t, html)).url, { rule, npmError: 'FETCH_ERROR', stage: 'content', httpStatus: 200 })
    await direct(t, (await good(t, { status: 404, ...html })).url, { rule, npmError: 'E404', stage: 'content', httpStatus: 404 })
    const away = { Location: 'https://login.example/?token=CANARY-in-a-redirect' }
    const { result } = await direct(t, (await good(t, { status: 302, headers: away })).url, { rule, npmError: 'FETCH_ERROR', stage: 'content', httpStatus: 302 })
    assertNoSecret(result, ['CANARY-in-a-redirect'])
  })
})

test('what the other side says is quoted without our secrets, and cannot write to the terminal', async t => {
  const bearer = 'echo-CANARY-12345'
  const peer = await web(t, head => httpAnswer(/^authorization:/mi.test(head) ? 401 : 200, {
    headers: json, body: JSON.stringify({ error: `no such token: ${head.match(/Bearer (\S+)/)?.[1]} \x1b[31m\u202e` })
  }))
  const proxy = await answering(head => httpAnswer(403, {
    headers: { 'X-Squid-Error': `ERR ${head.match(/Basic (\S+)/)?.[1]} echo-PASSWORD-CANARY \x1b[31m` }
  }), { t })
  const cases = [
    [`registry=${peer.url}\n//127.0.0.1:${peer.port}/:_authToken=${bearer}\n`, [bearer]],
    [`registry=https://registry.example/\nproxy=http://u:echo-PASSWORD-CANARY@127.0.0.1:${proxy.port}\n`, ['echo-PASSWORD-CANARY', 'u:echo-PASSWORD-CANARY']]
  ]
  for (const [lines, secrets] of cases) {
    const box = sandbox(t)
    box.write('home/.npmrc', lines)
    for (const args of [[], ['--format', 'json']]) {
      const result = await box.doctor(['check', '-v', ...args])
      assert.equal(result.status, 1)
      assertNoSecret(result, secrets, args.join(' '))
      assert.ok(!result.stdout.includes('\x1b'))
    }
  }
})

test('certificates', async t => {
  const ca = await makeCA('Corp CA', { t })
  const served = async (t, options) => good(t, { tls: await issue({ t, ca, ...options }) })
  const cases = [
    ['self-signed', { selfSigned: true }, 'tls-self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['an unknown CA, its intermediate sent', { intermediate: true }, 'tls-intercepted', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['expired', { ...expired }, 'tls-expired', 'CERT_HAS_EXPIRED', true],
    ['not yet valid', { ...notYet }, 'tls-expired', 'CERT_NOT_YET_VALID', true],
    ['another name', { names: ['other.example'] }, 'tls-hostname-mismatch', 'ERR_TLS_CERT_ALTNAME_INVALID', true],
    // Nothing says where the issuer is to be had, so it is a CA of its own and no forgotten intermediate.
    ['an unknown CA, the leaf alone', {}, 'tls-intercepted', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']
  ]
  for (const [name, options, rule, npmError, trusted] of cases) {
    await t.test(name, async t => {
      const peer = await served(t, options)
      const { report } = await expect(t, {
        lines: [`registry=${peer.url}`, ...(trusted ? [`cafile=${ca.cert}`] : [])], rule, npmError, stage: 'tls'
      })
      // A chain that fails is read without credentials.
      assert.equal(report.registries[0].probe.httpStatus, null)
    })
  }
  await t.test('one CA in front of several registries is one finding', async t => {
    const root = await makeCA('Inspection CA', { t })
    const peers = [await good(t, { tls: await issue({ t, ca: root, intermediate: true }) }), await good(t, { tls: await issue({ t, ca: root, intermediate: true }) })]
    const box = sandbox(t)
    box.write('home/.npmrc', `registry=${peers[0].url}\n@b:registry=${peers[1].url}\n`)
    const { report } = await checkJson(box)
    assert.deepEqual(causes(report).map(f => f.rule), ['tls-intercepted'])
    assert.deepEqual(causes(report)[0].targets.map(x => x.url), peers.map(peer => peer.url))
    assert.match(causes(report)[0].message, /Inspection CA/)
  })
  await t.test('cafile and NODE_EXTRA_CA_CERTS make it good; ca cancels the variable', async t => {
    const peer = await served(t, {})
    for (const [lines, env] of [[`cafile=${ca.cert}\n`, {}], ['', { NODE_EXTRA_CA_CERTS: ca.cert }]]) {
      const box = sandbox(t, { env })
      box.write('home/.npmrc', `registry=${peer.url}\n${lines}`)
      const { report, status } = await checkJson(box)
      assert.deepEqual(causes(report), [])
      assert.equal(status, 0)
      assert.equal(report.registries[0].probe.outcome, 'ok')
      assert.equal(report.registries[0].probe.stage, null)
    }
  })
})

test('all is well', async t => {
  const ca = await makeCA(undefined, { t })
  const peer = await good(t, { tls: await issue({ t, ca }) })
  const proxy = await squid({ t, auth: { nick: secret } })
  const box = sandbox(t, { env: { PW: encodeURIComponent(secret), TOKEN: 'token-CANARY' } })
  box.write('home/.npmrc', `registry=${peer.url}\ncafile=${ca.cert}\nhttps-proxy=${proxy.url.replace('//', '//nick:${PW}@')}\n//127.0.0.1:${peer.port}/:_authToken=\${TOKEN}\n`)
  // Before any other run: what the peer has heard is counted when it comes to it, which may be after the run that sent it.
  await t.test('--offline opens no socket and says what is unchecked', async () => {
    const { report } = await checkJson(box, ['--offline'])
    assert.deepEqual(proxy.accessLog().filter(line => line.includes('CONNECT')), [])
    assert.deepEqual(peer.connections, [])
    assert.ok(report.unchecked.some(u => u.rule === 'tls-expired' && u.reason === 'offline'))
    assert.equal(report.registries[0].probe, null)
    assert.equal(report.registries[0].credentials.state, 'unknown')
  })
  const result = await checkJson(box)
  const { report } = result
  assert.equal(result.status, 0, JSON.stringify(report.findings, null, 1))
  assertNoSecret(result, [secret, 'token-CANARY'])

  await t.test('every member of the JSON report', () => {
    assert.deepEqual(Object.keys(report), ['version', 'tool', 'client', 'sources', 'registries', 'findings', 'suppressed', 'unchecked', 'summary'])
    assert.equal(report.version, 1)
    assert.deepEqual(report.tool, { name: 'npmrc-doctor', version: '0.1.0' })
    assert.equal(report.client.name, 'npm')
    assert.match(report.client.version, /^11\.\d+\.\d+$/)
    assert.deepEqual(report.sources.find(s => s.layer === 'user'), { layer: 'user', path: box.at('home/.npmrc'), read: true, reason: null })
    const project = report.sources.find(s => s.layer === 'project')
    assert.deepEqual(project, { layer: 'project', path: box.at('project/.npmrc'), read: false, reason: 'does not exist' })
    const [registry] = report.registries
    for (const name of ['url', 'scopes', 'proxy', 'proxySource', 'credentials', 'probe', 'otherScheme']) assert.ok(name in registry, name)
    assert.equal(registry.url, peer.url)
    assert.deepEqual(registry.credentials, { kind: 'token', state: 'accepted' })
    assert.equal(registry.proxy, proxy.url.replace('//', '//nick@'))
    assert.equal(registry.proxySource.line, 3)
    assert.equal(registry.proxySource.key, 'https-proxy')
    assert.deepEqual(Object.keys(registry.probe).sort(), ['httpStatus', 'outcome', 'remoteAddress', 'stage', 'timings'])
    assert.equal(registry.probe.httpStatus, 200)
    assert.deepEqual(Object.keys(registry.probe.timings), ['dnsMs', 'connectMs', 'proxyMs', 'tlsMs', 'totalMs'])
    for (const [name, ms] of Object.entries(registry.probe.timings)) assert.ok(ms === null || ms >= 0, name)
    assert.ok(registry.otherScheme.url.startsWith('http://'))
    assert.deepEqual(report.unchecked, [])
    assert.deepEqual(Object.keys(report.summary), ['error', 'warning', 'info', 'suppressed'])
  })
  await t.test('the summary of the text report says what was looked at', async () => {
    const text = await box.doctor(['check'])
    assert.equal(text.status, 0)
    assert.match(text.stdout, /no problem found; checked 1 file, 4 settings, 1 registry with \d+ rules as npm 11/)
    assert.match(text.stdout, /✓ https:\/\/127\.0\.0\.1:\d+\/ through .*, token accepted: answered in \d+ ms/)
    assertNoSecret(text, [secret, 'token-CANARY'])
  })
  await t.test('--registry probes one more', async t => {
    const port = await freePort()
    const { report } = await checkJson(box, ['--registry', `http://127.0.0.1:${port}/more/`, '--skip', 'registry-over-http'], { env: { NO_PROXY: '127.0.0.1' } })
    assert.deepEqual(report.registries.map(r => r.url), [peer.url, `http://127.0.0.1:${port}/more/`])
    assert.deepEqual(causes(report).map(f => f.rule), ['registry-refused'])
    assert.equal(causes(report)[0].location.layer, 'cli')
  })
})

test('a file alone: check FILE', async t => {
  const box = sandbox(t, { env: { HTTPS_PROXY: 'http://nick:env-CANARY@127.0.0.1:1' } })
  box.write('home/.npmrc', '//user.example/:_authToken=user-CANARY\n')
  const file = box.write('project/some.npmrc', '//a.example/:_authToken=file-CANARY\n')
  const other = box.write('project/other.npmrc', 'strict-ssl=false\n')
  const result = await checkJson(box, ['some.npmrc', 'other.npmrc'])
  const { report } = result
  assertNoSecret(result, ['user-CANARY', 'file-CANARY', 'env-CANARY'])
  assert.deepEqual(report.findings.map(f => [f.rule, f.location.layer, f.location.file]), [
    ['plaintext-token', 'file', file], ['strict-ssl-disabled', 'file', other]
  ])
  assert.deepEqual(report.sources.map(s => [s.layer, s.path, s.read]), [['file', file, true], ['file', other, true]])
  assert.ok(report.unchecked.length)
})

test('a URL with a password in the place of a CA file is not repeated', async t => {
  const box = sandbox(t)
  box.write('home/.npmrc', 'cafile=https://nick:pw-CANARY@files.example/ca.pem\n')
  for (const format of ['text', 'json']) {
    const result = await box.doctor(['check', '--offline', '--format', format])
    assert.match(result.stdout, /cafile-missing/)
    assert.doesNotMatch(result.stdout + result.stderr, /CANARY/)
  }
})

// HOME is a link to the project: npm reads one file as two layers and warns of nothing.
test('one line that is read by two names does not shadow itself', async t => {
  const box = sandbox(t)
  box.write('project/package.json', '{}')
  box.write('project/.npmrc', '//registry.example/:_authToken=${TOKEN}\n')
  fs.symlinkSync(box.project, box.at('linked'))
  const { report } = await checkJson(box, ['--offline'], { env: { HOME: box.at('linked'), TOKEN: 'x' } })
  assert.deepEqual(report.findings.map(f => f.rule), [])
  assert.deepEqual(report.sources.filter(s => s.read).map(s => s.layer), ['project', 'user'])
  const npm = await box.npm(['config', 'get', 'registry'], { env: { HOME: box.at('linked'), TOKEN: 'x' } })
  assert.equal(npm.status, 0, npm.stderr)
})

test('a file that is two layers stops npm, and that is said as what it is', async t => {
  const box = sandbox(t)
  const file = box.write('home/.npmrc', 'fund=false\n')
  const { report } = await checkJson(box, ['--offline', '--globalconfig', file])
  const [finding] = report.findings.filter(f => f.severity === 'error')
  assert.match(finding.npmError, /double-loading config/)
  assert.match(finding.help, /files of their own/)
})
