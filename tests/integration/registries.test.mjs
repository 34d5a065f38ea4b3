// Every rule about a registry, fired by a real server, and silent on a healthy one.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { issue, makeCA } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { npmMajors, slow } from '../lib/sandbox.mjs'
import { fires, html, json, namespace, packument, registry, silentOn } from './support.mjs'

const beside = ['registry-over-http', 'credentials-over-http']
const at = (server, ...more) => [`registry=${server.url}`, ...more]
const keyed = server => at(server, `//127.0.0.1:${server.port}/:_authToken=\${TOKEN}`)

describe('a connection', { concurrency: 2 }, () => {
  test('healthy, by name, by address, by IPv6 as npm cannot', async t => {
    await silentOn(t, { lines: at(await registry(t)) })
    const ca = await makeCA('Corp CA', { t })
    const secure = await registry(t, { tls: await issue({ t, ca }) })
    await silentOn(t, { lines: at(secure, `cafile=${ca.cert}`) })
    await silentOn(t, { lines: [`registry=${secure.url.replace('127.0.0.1', 'localhost')}`, `cafile=${ca.cert}`] })
  })
  test('registry-refused and registry-unresolvable', async t => {
    for (const scheme of ['http', 'https']) {
      await fires(t, { lines: [`registry=${scheme}://127.0.0.1:${await peers.freePort()}/`], rule: 'registry-refused', beside })
      await fires(t, { lines: [`registry=${scheme}://registry.invalid/`], rule: 'registry-unresolvable', beside })
    }
  })
  test('registry-unresolvable: an IPv6 literal, brackets and all', async t => {
    await fires(t, { lines: [`registry=http://[::1]:${await peers.freePort()}/`], rule: 'registry-unresolvable', beside })
  })
  test('registry-timeout: accepts and stays silent', async t => {
    const server = await peers.silent({ t })
    await fires(t, { lines: at(server), rule: 'registry-timeout', args: ['--timeout', '1'], beside })
    await fires(t, { lines: [`registry=${server.url.replace('http', 'https')}`], rule: 'registry-timeout', args: ['--timeout', '1'] })
  })
  test('registry-timeout: stops in the middle of its answer, directly and behind a proxy', async t => {
    const server = await peers.rawServer({ t, onData: socket => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{') })
    const proxy = await peers.squid({ t })
    for (const more of [[], [`proxy=${proxy.url}`]]) {
      const { finding } = await fires(t, { lines: [...at(server), ...more], rule: 'registry-timeout', args: ['--timeout', '1'], beside, npm: more.length === 0 })
      assert.match(finding.message, /in the middle of its answer/)
      assert.match(finding.notes.join('\n'), /npm would take about 300 s to say so: 1 attempt,/)
      assert.equal(/the proxy has let this through/.test(finding.help), more.length > 0)
    }
  })
  test('registry-reset: in the middle of its answer, which npm does not ask for again', async t => {
    for (const [end, how] of [[socket => socket.resetAndDestroy(), /RST.*in the middle/], [socket => socket.end(), /FIN.*in the middle/]]) {
      // So much that the head has left when the end comes.
      const server = await peers.rawServer({ t, onData: socket => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{', () => setImmediate(end, socket)) })
      for (const client of [npmMajors[0], 9, npmMajors.at(-1)]) {
        const { finding } = await fires(t, { lines: at(server), rule: 'registry-reset', beside, client })
        assert.match(finding.message, how)
        assert.equal(finding.evidence.npmSeconds, undefined, finding.notes.join('\n'))
      }
    }
  })
  test('registry-reset: before TLS, after the ClientHello, before the answer', async t => {
    for (const [make, how] of [[peers.resetting, /RST/], [peers.closing, /FIN/]]) {
      const server = await make({ t, afterData: true })
      for (const [scheme, step] of [['http', /before the answer/], ['https', /TLS/]]) {
        const { finding } = await fires(t, { lines: [`registry=${scheme}://127.0.0.1:${server.port}/`], rule: 'registry-reset', beside })
        assert.match(finding.message, how)
        assert.match(finding.message, step)
      }
      const early = await make({ t })
      await fires(t, { lines: [`registry=https://127.0.0.1:${early.port}/`], rule: 'registry-reset', npm: make === peers.closing })
    }
  })
  test('no HTTP at all', async t => {
    const server = await peers.rawServer({ t, onData: socket => socket.end('220 mail.example ESMTP\r\n\r\n') })
    await fires(t, { lines: at(server), rule: 'registry-not-a-registry', beside, npm: false })
  })
  test('tls-handshake-failed: plain http on the port; registry-reset: http to a TLS port', async t => {
    const plain = await peers.rawServer({ t, onData: socket => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n') })
    await fires(t, { lines: [`registry=https://127.0.0.1:${plain.port}/`], rule: 'tls-handshake-failed' })
    const ca = await makeCA('Corp CA', { t })
    const secure = await registry(t, { tls: await issue({ t, ca }) })
    await fires(t, { lines: [`registry=http://127.0.0.1:${secure.port}/`, `cafile=${ca.cert}`], rule: 'registry-reset', beside })
  })
})

describe('an answer', { concurrency: 2 }, () => {
  const always = (t, status, body, headers = json) => peers.fixedHttp({ t, status, body, headers })

  test('registry-auth-required', async t => {
    const server = await registry(t, { answer: (path, key) => key ? undefined : [401, '{"error":"login first"}'] })
    await fires(t, { lines: at(server), rule: 'registry-auth-required', beside })
    await silentOn(t, { lines: keyed(server), args: ['--skip', 'credentials-over-http'] })
  })
  test('registry-auth-rejected: a stale token that breaks public packages', async t => {
    const server = await registry(t, { answer: (path, key) => key ? [401, '{"error":"expired"}'] : undefined })
    const { finding } = await fires(t, { lines: keyed(server), rule: 'registry-auth-rejected', blame: 1, beside })
    assert.match(JSON.stringify(finding.notes), /without credentials it answers/)
    await silentOn(t, { lines: at(server) })
  })
  test('registry-auth-rejected: refused with and without', async t => {
    const server = await always(t, 401, '{"error":"no"}')
    const { finding } = await fires(t, { lines: keyed(server), rule: 'registry-auth-rejected', blame: 1, beside })
    assert.doesNotMatch(JSON.stringify(finding.notes), /without credentials it answers/)
  })
  test('registry-forbidden', async t => {
    for (const body of ['{"error":"not yours"}', '']) await fires(t, { lines: at(await always(t, 403, body)), rule: 'registry-forbidden', beside })
  })
  test('registry-unavailable: 429 with Retry-After, 500, 502, 503, 504', async t => {
    const limited = await always(t, 429, '{}', { ...json, 'Retry-After': '7' })
    const { finding } = await fires(t, { lines: at(limited), rule: 'registry-unavailable', beside })
    assert.match(JSON.stringify(finding), /7/)
    for (const status of [500, 502, 503, 504]) await fires(t, { lines: at(await always(t, status, '<h1>Down</h1>', html)), rule: 'registry-unavailable', beside })
  })
  test('registry-not-a-registry: HTML', async t => {
    await fires(t, { lines: at(await always(t, 200, '<!doctype html><title>Sign in</title>', html)), rule: 'registry-not-a-registry', beside })
  })
  test('registry-not-a-registry: 511, the network wants a login', async t => {
    const { finding } = await fires(t, { lines: at(await always(t, 511, '<title>Hotel</title>', html)), rule: 'registry-not-a-registry', beside })
    assert.match(finding.message, /wants a login first/)
  })
  test('registry-not-a-registry: a redirect to a login page', async t => {
    const login = await always(t, 200, '<!doctype html><title>Log in</title>', html)
    const server = await peers.fixedHttp({ t, status: 302, headers: { Location: `${login.url}?token=redirect-CANARY` } })
    await fires(t, { lines: at(server), rule: 'registry-not-a-registry', beside, secrets: ['redirect-CANARY'] })
  })
  test('registry-not-a-registry: 404 as HTML; a warning for GitLab\'s JSON with no package to ask for', async t => {
    await fires(t, { lines: at(await always(t, 404, '<!doctype html><h1>Not Found</h1>', html)), rule: 'registry-not-a-registry', beside })
    const gitlab = await registry(t, { answer: path => path === '/nd-example' ? undefined : [404, '{"error":"404 Not Found"}'] })
    await fires(t, { lines: at(gitlab), rule: 'registry-not-a-registry', severity: 'warning', beside, npm: false })
    // A package that the project names decides.
    await silentOn(t, { lines: at(gitlab), files: { 'project/package.json': '{"dependencies":{"nd-example":"1"}}' } })
  })
  test('registry-tarball-host', async t => {
    const files = { 'project/package.json': '{"dependencies":{"nd-example":"1"}}' }
    const elsewhere = await registry(t)
    await fires(t, { lines: at(elsewhere), rule: 'registry-tarball-host', severity: 'warning', beside, npm: false, files })
    const own = await registry(t, { answer: path => path === '/nd-example' ? [200, packument.replace('registry.example', `127.0.0.1:${own.port}`)] : undefined })
    const { report } = await silentOn(t, { lines: at(own), files })
    assert.ok(!report.findings.some(f => f.rule === 'registry-tarball-host'))
  })
})

// From npm 10 on only a request has a limit; before, every step had one of its own.
describe('silence, and what npm calls it', { concurrency: 2 }, () => {
  for (const npm of [8, 9, 10]) {
    test(`npm ${npm}`, async t => {
      const { port } = await peers.silent({ t })
      const half = await peers.rawServer({ t, onData: socket => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{') })
      const table = [
        ['registry-timeout', `registry=https://127.0.0.1:${port}/`],
        ['registry-timeout', `registry=http://127.0.0.1:${port}/`],
        ['registry-timeout', `registry=${half.url}`],
        ['proxy-timeout', 'registry=https://registry.example/', `proxy=http://127.0.0.1:${port}`],
        ['proxy-timeout', 'registry=http://registry.example/', `proxy=http://127.0.0.1:${port}`],
        ['proxy-timeout', 'registry=https://registry.example/', `proxy=https://127.0.0.1:${port}`],
        ['proxy-timeout', 'registry=http://registry.example/', `proxy=https://127.0.0.1:${port}`],
        ['proxy-timeout', 'registry=http://registry.example/', `proxy=socks5h://127.0.0.1:${port}`]
      ]
      await Promise.all(table.map(([rule, ...lines]) => fires(t, { lines, rule, blame: lines.length - 1, args: ['--timeout', '1'], beside, client: npm })))
    })
    test(`npm ${npm}, packets that vanish`, async t => {
      const ns = await namespace(t)
      if (ns.why) return t.skip(ns.why)
      await fires(t, { ns, lines: ['registry=https://192.0.2.77/'], rule: 'registry-timeout', args: ['--timeout', '1'], client: npm })
      await fires(t, { ns, lines: ['registry=https://registry.example/', 'proxy=http://192.0.2.77:3128'], rule: 'proxy-timeout', blame: 1, args: ['--timeout', '1'], client: npm })
    })
  }
})

describe('in a namespace', { concurrency: 2 }, () => {
  test('registry-unreachable: no route, and a route that says no; registry-timeout: packets vanish', async t => {
    const ns = await namespace(t, { setup: 'ip route add unreachable 198.51.100.0/24', hosts: '203.0.113.5 outside.example\n' })
    if (ns.why) return t.skip(ns.why)
    await fires(t, { ns, lines: ['registry=https://198.51.100.7/'], rule: 'registry-unreachable' })
    await fires(t, { ns, lines: ['registry=https://outside.example/'], rule: 'registry-unreachable' })
    await fires(t, { ns, lines: ['registry=https://192.0.2.77/'], rule: 'registry-timeout', args: ['--timeout', '1'] })
  })

  test('registry-unresolvable: a name server that never answers, within the time', async t => {
    const ns = await namespace(t, { resolv: 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n' })
    if (ns.why) return t.skip(ns.why)
    await ns.start("import dgram from 'node:dgram'\nconst s = dgram.createSocket('udp4'); s.on('message', () => {}); s.bind(53, '127.0.0.1', () => console.log('up'))")
    const started = Date.now()
    const { report, finding } = await fires(t, { ns, lines: ['registry=https://registry.example/'], rule: 'registry-unresolvable', args: ['--timeout', '1'], npm: false })
    assert.equal(report.registries[0].probe.stage, 'dns')
    assert.equal(finding.npmError, 'EAI_AGAIN')
    assert.ok(Date.now() - started < 4000 * slow, `${Date.now() - started} ms`)
    const proxied = await fires(t, { ns, lines: ['registry=https://registry.example/', 'proxy=http://proxy.example:3128'], rule: 'proxy-unresolvable', blame: 1, args: ['--timeout', '1'], npm: false })
    assert.match(proxied.finding.message, /no name server answers/)
  })

  test('registry-unresolvable and proxy-unresolvable: nobody to ask, which is this machine\'s fault, and a name that is not there', async t => {
    const nobody = await namespace(t, { resolv: 'nameserver 127.0.0.1\n' })
    if (nobody.why) return t.skip(nobody.why)
    const { finding } = await fires(t, { ns: nobody, lines: ['registry=https://registry.example/'], rule: 'registry-unresolvable' })
    assert.match(finding.message, /no name server answers/)
    assert.match(finding.help, /resolv\.conf/)
    assert.equal(finding.npmError, 'EAI_AGAIN')
    const proxied = await fires(t, { ns: nobody, lines: ['registry=https://registry.example/', 'proxy=http://proxy.example:3128'], rule: 'proxy-unresolvable', blame: 1 })
    assert.equal(proxied.finding.npmError, 'EAI_AGAIN')
    const absent = await namespace(t, { resolv: 'nameserver 127.0.0.1\n' })
    // Answers every question: no such name.
    await absent.start("import dgram from 'node:dgram'\nconst s = dgram.createSocket('udp4'); s.on('message', (m, from) => { const a = Buffer.from(m); a[2] = 0x81; a[3] = 0x83; s.send(a, from.port, from.address) }); s.bind(53, '127.0.0.1', () => console.log('up'))")
    const { finding: gone } = await fires(t, { ns: absent, lines: ['registry=https://registry.example/'], rule: 'registry-unresolvable' })
    assert.match(gone.message, /does not resolve/)
    assert.equal(gone.npmError, 'ENOTFOUND')
  })

  test('local-ports-exhausted: every port of the range is taken', async t => {
    const ns = await namespace(t, { setup: 'echo "61000 61003" > /proc/sys/net/ipv4/ip_local_port_range' })
    if (ns.why) return t.skip(ns.why)
    await ns.start(`
import http from 'node:http'
import net from 'node:net'
const server = http.createServer((asked, answer) => answer.setHeader('content-type', 'application/json').end('{}'))
server.listen(8080, '127.0.0.1', async () => {
  for (let i = 0; i < 4; i++) await new Promise((resolve, reject) => net.connect(8080, '127.0.0.1', resolve).on('error', reject))
  console.log('full')
})`)
    const { finding } = await fires(t, { ns, lines: ['registry=http://127.0.0.1:8080/'], rule: 'local-ports-exhausted', beside })
    assert.match(JSON.stringify(finding), /61000/)
    const roomy = await namespace(t)
    await roomy.start(`
import http from 'node:http'
http.createServer((asked, answer) => answer.setHeader('content-type', 'application/json').end(${JSON.stringify(packument)})).listen(8080, '127.0.0.1', () => console.log('up'))`)
    await silentOn(t, { ns: roomy, lines: ['registry=http://127.0.0.1:8080/'] })
  })
})
