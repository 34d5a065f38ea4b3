// What the probe says of real servers and proxies, good and broken: facts, through probe_drive.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { spawn } from 'node:child_process'
import { describe, test } from 'node:test'
import { expired, issue, makeCA, notYet } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { nodeBinary, root, slow, tempDir } from '../lib/sandbox.mjs'

const { fixedHttp, httpAnswer, rawServer } = peers
const drive = path.resolve(root, process.env.BUILD || 'build', 'tests/probe_drive')
const node = nodeBinary(20)
const json = { 'Content-Type': 'application/json' }
const html = { 'Content-Type': 'text/html' }
const user = 'nick'
const password = 'pw-CANARY'

// The environment is empty, and where it is not, it must not matter.
function runDrive (input, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(drive, [], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', chunk => { text += chunk })
    child.on('error', reject)
    child.on('close', code => {
      if (code !== 0) return reject(new Error(`probe_drive: ${code}`))
      assert.doesNotMatch(text, /CANARY/)
      resolve(JSON.parse(text))
    })
    child.stdin.end(JSON.stringify(input))
  })
}

async function probe (target, { trust = {}, timeout = 5, env } = {}) {
  return (await runDrive({ targets: [target], trust: { node, ...trust }, timeout }, env))[0]
}

const via = (peer, { kind = 'http', ...more } = {}) => ({ kind, host: peer.host ?? '127.0.0.1', port: peer.port, ...more })
const ended = attempt => [attempt.stage, attempt.ending]
const registry = options => fixedHttp({ body: '{}', headers: json, ...options })

// A registry that answers by path and by credentials, and keeps what it was asked.
async function paths (t, answers, options = {}) {
  const asked = []
  const server = await peers.answering(head => {
    const [, path] = head.split(' ')
    const credentials = /^authorization: (.*)$/im.exec(head)?.[1]
    asked.push({ path, credentials })
    const [status, body, headers = json] = answers(path, credentials)
    return httpAnswer(status, { body, headers })
  }, { t, ...options })
  return Object.assign(server, { asked })
}

// SOCKS 5 with a user name and a password, or a fixed reply.
function socks (t, { reply = 0, accept = false } = {}) {
  return rawServer({
    t,
    onConnection: socket => { socket.stage = 0 },
    onData: (socket, all) => {
      if (socket.stage === 0) {
        socket.stage = accept ? 2 : 1
        socket.write(Buffer.from([5, accept ? 0 : 2]))
      } else if (socket.stage === 1) {
        socket.end(Buffer.from([1, 1]))
      } else if (socket.stage === 2) {
        socket.stage = 3
        socket.end(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
      }
    }
  })
}

async function danted (t) {
  const dir = tempDir(t, 'danted')
  const port = await peers.freePort()
  fs.writeFileSync(path.join(dir, 'conf'), `
logoutput: ${dir}/log
internal: 127.0.0.1 port = ${port}
external: lo
clientmethod: none
socksmethod: none
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`)
  return peers.daemon({ t, command: 'danted', args: ['-f', path.join(dir, 'conf'), '-p', path.join(dir, 'pid')], cwd: dir, port })
}

describe('a registry that is reached', () => {
  test('http: one ping decides', async t => {
    const server = await registry({ t })
    const { main, direct, other, authenticated, state } = await probe({ url: server.url })
    assert.deepEqual(ended(main), [null, 'answered'])
    assert.equal(main.status, 200)
    assert.equal(main.url, server.url + '-/ping')
    assert.equal(main.remoteAddress, `127.0.0.1:${server.port}`)
    assert.deepEqual([direct, other, authenticated, state], [null, null, null, 'unknown'])
    assert.equal(server.connections.length, 1)
    assert.ok(main.bytesSent === server.received.length && main.bytesReceived > 2)
    assert.ok(main.timings.connectMs >= 0 && main.timings.tlsMs === -1 && main.timings.totalMs > 0)
  })

  test('https: with the private CA as ca, or as an extra one', async t => {
    const ca = await makeCA('Private CA', { t })
    const server = await registry({ t, tls: await issue({ t, ca }) })
    for (const trust of [{ pem: ca.certPem }, { extra: ca.certPem }]) {
      // Nobody asks for the public roots of a host that may have any CA.
      assert.equal((await probe({ url: server.url }, { trust })).main.tls.publicRoots, 'unknown')
      const { main } = await probe({ url: server.url, publicHost: true }, { trust })
      assert.deepEqual(ended(main), [null, 'answered'])
      assert.equal(main.tls.npm, 'ok')
      assert.equal(main.tls.publicRoots, 'leaf-only')
      assert.equal(main.tls.protocol, 'TLSv1.3')
      assert.equal(main.tls.chain[0].issuerName, 'Private CA')
      assert.deepEqual(main.tls.chain[0].names, ['localhost', '127.0.0.1'])
      assert.match(main.tls.chain[0].sha256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
      assert.ok(main.timings.tlsMs > 0)
    }
  })

  test('the system trusts it and npm does not', async t => {
    const ca = await makeCA('Site CA', { t })
    const server = await registry({ t, tls: await issue({ t, ca }) })
    const { main } = await probe({ url: server.url }, { trust: { sslCertFile: ca.cert } })
    assert.deepEqual(ended(main), ['tls', 'untrusted'])
    assert.deepEqual([main.tls.npm, main.tls.system, main.tls.publicRoots], ['leaf-only', 'ok', 'leaf-only'])
    const system = await probe({ url: server.url }, { trust: { sslCertFile: ca.cert, systemRoots: true } })
    assert.deepEqual(ended(system.main), [null, 'answered'])
  })

  test('the environment decides nothing', async t => {
    const server = await registry({ t })
    const dead = `http://127.0.0.1:${await peers.freePort()}`
    const { main } = await probe({ url: server.url }, { env: { http_proxy: dead, HTTPS_PROXY: dead, ALL_PROXY: dead, HOME: '/nonexistent' } })
    assert.deepEqual(ended(main), [null, 'answered'])
  })

  test('ping absent, root a page for people; the JSON 404 of both and a package', async t => {
    const gitlab = await paths(t, path => path === '/@corp%2fthing' ? [200, '{"name":"x"}'] : [404, '{"error":"404 Not Found"}'])
    const found = await probe({ url: gitlab.url, package: '@corp/thing' })
    assert.deepEqual(ended(found.main), [null, 'answered'])
    assert.deepEqual(gitlab.asked.map(one => one.path), ['/-/ping', '/@corp%2fthing'])
    const without = await probe({ url: gitlab.url })
    assert.deepEqual([...ended(without.main), without.main.status, without.main.json, without.main.reason],
      ['content', 'answered', 404, true, '404 Not Found'])
    const page = await paths(t, path => path === '/' ? [200, '<html><title>Sign &amp; in</title></html>', html] : [404, 'no', html])
    const { main } = await probe({ url: page.url })
    assert.deepEqual([main.stage, main.status, main.html, main.json, main.reason], ['content', 200, true, false, 'Sign & in'])
  })

  test('many at once take no longer than one', async t => {
    const server = await peers.silent({ t })
    const good = await registry({ t })
    const targets = [...Array(8).fill({ url: server.url }), { url: good.url }]
    const before = Date.now()
    const results = await runDrive({ targets, timeout: 0.6, trust: {} })
    assert.ok(Date.now() - before < 2000 * slow)
    assert.deepEqual(results.map(one => one.main.ending), [...Array(8).fill('silent'), 'answered'])
  })
})

describe('a registry that fails', () => {
  test('unresolvable, refused, silent, reset, closed', async t => {
    const port = await peers.freePort()
    assert.deepEqual(ended((await probe({ url: 'http://registry.invalid/' })).main), ['dns', 'unresolved'])
    assert.deepEqual(ended((await probe({ url: `http://127.0.0.1:${port}/` })).main), ['connect', 'refused'])
    const table = [
      [peers.silent, {}, 'http', 'silent'], [peers.resetting, { afterData: true }, 'http', 'reset'],
      [peers.closing, { afterData: true }, 'http', 'closed']
    ]
    for (const [make, options, stage, ending] of table) {
      const server = await make({ t, ...options })
      assert.deepEqual(ended((await probe({ url: server.url }, { timeout: 0.5 })).main), [stage, ending])
      const secure = await probe({ url: server.url.replace('http', 'https') }, { timeout: 0.5 })
      assert.deepEqual(ended(secure.main), ['tls', ending])
      assert.ok(secure.main.bytesSent > 100 && secure.main.bytesReceived === 0)
    }
  })

  test('reset or closed at once', async t => {
    for (const [make, ending] of [[peers.resetting, 'reset'], [peers.closing, 'closed']]) {
      const server = await make({ t })
      const { main } = await probe({ url: `https://127.0.0.1:${server.port}/` })
      assert.equal(main.ending, ending)
      assert.equal(main.stage, 'tls')
    }
  })

  test('in mid-answer', async t => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
    const reset = await rawServer({ t, onData: socket => socket.write(head, () => setTimeout(() => socket.resetAndDestroy(), 50)) })
    const closed = await rawServer({ t, onData: socket => socket.end(head) })
    const stalled = await rawServer({ t, onData: socket => socket.write(head) })
    for (const [server, ending] of [[reset, 'reset'], [closed, 'closed'], [stalled, 'silent']]) {
      const { main } = await probe({ url: server.url }, { timeout: 0.6 })
      assert.deepEqual([...ended(main), main.status], ['http', ending, 200])
    }
  })

  test('401, 403, 404, 429, 503, HTML, a redirect', async t => {
    for (const [status, body, headers] of [[401, '{"error":"login"}', { ...json, 'WWW-Authenticate': 'Bearer realm="a, b", Basic realm=x' }],
      [403, '{"message":"no"}', json], [404, '{}', json], [429, 'slow', { 'Retry-After': '7' }], [503, '<html><title>Down</title>', html],
      [302, '', { Location: 'http://login.example/' }]]) {
      const server = await fixedHttp({ t, status, body, headers })
      const { main } = await probe({ url: server.url })
      assert.deepEqual([...ended(main), main.status], ['content', 'answered', status])
      if (status === 401) assert.deepEqual(main.authOffers, ['Bearer', 'Basic'])
      if (status === 403) assert.equal(main.reason, 'no')
      if (status === 429) assert.equal(main.retryAfter, '7')
      if (status === 503) assert.equal(main.reason, 'Down')
      if (status === 302) assert.equal(main.location, 'http://login.example/')
    }
  })

  test('no HTTP, no end of it, plain text and TLS in each other\'s place', async t => {
    const ssh = await rawServer({ t, onConnection: socket => socket.write('SSH-2.0-OpenSSH_9.2\r\n') })
    assert.deepEqual(ended((await probe({ url: ssh.url })).main), ['http', 'not-http'])
    assert.deepEqual(ended((await probe({ url: `https://127.0.0.1:${ssh.port}/` })).main), ['tls', 'not-tls'])
    const plain = await registry({ t })
    assert.deepEqual(ended((await probe({ url: `https://127.0.0.1:${plain.port}/` }, { timeout: 1 })).main).slice(0, 1), ['tls'])
    const bad = await rawServer({ t, onData: socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') })
    assert.deepEqual(ended((await probe({ url: `https://127.0.0.1:${bad.port}/` })).main), ['tls', 'not-tls'])
    const ca = await makeCA('Private CA', { t })
    const secure = await registry({ t, tls: await issue({ t, ca }) })
    const { main } = await probe({ url: `http://127.0.0.1:${secure.port}/` })
    assert.equal(main.stage, 'http')
    assert.ok(['closed', 'not-http', 'reset'].includes(main.ending), main.ending)

    const endless = what => rawServer({
      t,
      onData: socket => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n' + (what === 'body' ? '\r\n' : ''))
        const more = () => { if (!socket.destroyed && socket.write((what === 'body' ? '[1],' : 'X-More: ' + 'x'.repeat(990) + '\r\n').repeat(16))) setImmediate(more) }
        socket.on('drain', more)
        more()
      }
    })
    for (const what of ['body', 'headers']) {
      const { main } = await probe({ url: (await endless(what)).url })
      assert.deepEqual([main.ending, main.status, main.truncated], ['answered', 200, true], what)
      assert.ok(main.bytesReceived < 16e6)
    }
  })

  test('the other scheme', async t => {
    const server = await registry({ t })
    const { main, other } = await probe({ url: `https://127.0.0.1:${server.port}/`, otherScheme: true }, { timeout: 1 })
    assert.equal(main.stage, 'tls')
    assert.deepEqual([other.url, ...ended(other)], [server.url + '-/ping', null, 'answered'])
  })
})

describe('certificates', () => {
  test('verdicts are those of node', async t => {
    const ca = await makeCA('Private CA', { t })
    const names = ['127.0.0.1']
    const rooted = await issue({ t, ca, names })
    const table = [
      [await issue({ t, selfSigned: true, names }), {}, 'self-signed'],
      [rooted, {}, 'leaf-only'],
      [{ ...rooted, chainPem: rooted.certPem + ca.certPem }, {}, 'root-unknown'],
      [await issue({ t, ca, names, intermediate: true }), {}, 'issuer-unknown'],
      [await issue({ t, ca, names, ...expired }), { pem: ca.certPem }, 'expired'],
      [await issue({ t, ca, names, ...notYet }), { pem: ca.certPem }, 'not-yet-valid'],
      [await issue({ t, ca, names: ['other.example', '*.corp.example'] }), { pem: ca.certPem }, 'wrong-name']
    ]
    for (const [cert, trust, verdict] of table) {
      const server = await registry({ t, tls: cert })
      const { main, state } = await probe({ url: server.url, authorization: 'Bearer CANARY' }, { trust })
      assert.deepEqual([...ended(main), main.tls.npm, state], ['tls', 'untrusted', verdict, 'unknown'])
      assert.equal(server.received, '')
      assert.equal(main.tls.chain.length, cert.chainPem.split('BEGIN CERT').length - 1)
    }
  })

  test('strict-ssl=false: a second connection, without credentials', async t => {
    const server = await registry({ t, tls: await issue({ t, selfSigned: true }) })
    const { main, state, authenticated } = await probe({ url: server.url, strict: false, authorization: 'Bearer CANARY' })
    assert.deepEqual([...ended(main), main.unverified, main.tls.npm], [null, 'answered', true, 'self-signed'])
    assert.deepEqual([state, authenticated], ['unknown', null])
    assert.doesNotMatch(server.received, /authorization/i)
  })

  test('no common version, and a client certificate', async t => {
    const ca = await makeCA('Private CA', { t })
    const cert = await issue({ t, ca })
    const old = await registry({ t, tls: { ...cert, options: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } } })
    const trust = { pem: ca.certPem }
    assert.deepEqual(ended((await probe({ url: old.url }, { trust })).main), ['tls', 'tls-refused'])
    const mutual = await registry({ t, tls: { ...cert, options: { requestCert: true, rejectUnauthorized: true, ca: ca.certPem } } })
    const bare = await probe({ url: mutual.url }, { trust })
    assert.deepEqual(ended(bare.main), ['tls', 'tls-refused'])
    const mine = await issue({ t, ca, client: true })
    const { main } = await probe({ url: mutual.url, certfile: mine.cert, keyfile: mine.key }, { trust })
    assert.deepEqual(ended(main), [null, 'answered'])
  })

  test('a thousand certificates', async t => {
    const cert = await issue({ t, ca: await makeCA('Private CA', { t }) })
    const server = await registry({ t, tls: { ...cert, chainPem: cert.certPem.repeat(1000) } })
    const { main } = await probe({ url: server.url })
    assert.equal(main.stage, 'tls')
    assert.ok(main.tls.chain.length <= 64)
  })
})

describe('credentials', () => {
  const answers = known => (path, credentials) => {
    if (known && !credentials) return [401, '{"error":"who are you"}']
    if (credentials && credentials !== 'Bearer good-CANARY') return [401, '{"error":"bad token wrong-CANARY"}']
    return path === '/-/whoami' ? [credentials ? 200 : 401, '{"username":"nick"}'] : [200, '{}']
  }

  test('once, by whoami or by the request that was refused without them', async t => {
    for (const known of [false, true]) {
      for (const [token, state] of [['good-CANARY', 'accepted'], ['wrong-CANARY', 'rejected']]) {
        const server = await paths(t, answers(known))
        const result = await probe({ url: server.url, authorization: `Bearer ${token}` })
        assert.equal(result.state, state)
        assert.equal(result.main.status, known ? 401 : 200)
        assert.deepEqual(server.asked.filter(one => one.credentials).map(one => one.path), [known ? '/-/ping' : '/-/whoami'])
      }
    }
  })

  test('the connection is used again', async t => {
    const ca = await makeCA('Private CA', { t })
    const server = await rawServer({
      t,
      tls: await issue({ t, ca }),
      onData: socket => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')
    })
    const { state, authenticated } = await probe({ url: server.url, authorization: 'Bearer CANARY' }, { trust: { pem: ca.certPem } })
    assert.equal(state, 'accepted')
    assert.equal(server.connections.length, 1)
    assert.equal(authenticated.tls.npm, 'ok')
  })

  test('a registry without whoami tells nothing', async t => {
    const server = await paths(t, path => path === '/-/ping' ? [200, '{}'] : [404, '{}'])
    assert.equal((await probe({ url: server.url, authorization: 'Bearer CANARY' })).state, 'unknown')
  })

  test('none after a redirect or a page', async t => {
    for (const [status, body, headers] of [[302, '', { Location: 'http://login.example/' }], [200, '<html>', html]]) {
      const server = await fixedHttp({ t, status, body, headers })
      const result = await probe({ url: server.url, authorization: 'Bearer CANARY' })
      assert.equal(result.authenticated, null)
      assert.doesNotMatch(server.received, /CANARY/)
    }
  })
})

describe('through a proxy', () => {
  const target = proxy => ({ proxy: via(proxy, { user, password }) })

  test('squid with Basic, for http and https; wrong and missing passwords', async t => {
    const ca = await makeCA('Private CA', { t })
    const plain = await registry({ t })
    const secure = await registry({ t, tls: await issue({ t, ca, names: ['registry.example'] }) })
    const proxy = await peers.squid({ t, auth: { [user]: password }, deny: ['denied.example'], hosts: { 'registry.example': '127.0.0.1', 'denied.example': '127.0.0.1' } })
    const trust = { pem: ca.certPem }
    for (const [scheme, server] of [['http', plain], ['https', secure]]) {
      const url = `${scheme}://registry.example:${server.port}/`
      const https = scheme === 'https'
      const good = await probe({ url, ...target(proxy) }, { trust })
      assert.deepEqual([...ended(good.main), good.proxyAuthenticated, good.main.connectStatus], [null, 'answered', true, https ? 200 : 0])
      assert.equal(good.main.remoteAddress, `127.0.0.1:${proxy.port}`)
      assert.ok(good.main.timings.proxyMs > 0)
      for (const [credentials, sent] of [[{}, false], [{ user, password: 'wrong-CANARY' }, true]]) {
        const bad = await probe({ url, proxy: via(proxy, credentials) }, { trust })
        assert.deepEqual([...ended(bad.main), bad.proxyAuthenticated], ['proxy-tunnel', 'answered', sent])
        assert.equal(https ? bad.main.connectStatus : bad.main.status, 407)
        assert.deepEqual(bad.main.proxyOffers, ['Basic'])
        assert.notEqual(bad.direct, null)
      }
      const denied = await probe({ url: url.replace('registry', 'denied'), ...target(proxy) }, { trust })
      assert.deepEqual([...ended(denied.main), https ? denied.main.connectStatus : denied.main.status], ['proxy-tunnel', 'answered', 403])
      assert.match(denied.main.proxyReason, /ERR_ACCESS_DENIED/)
    }
  })

  test('one wrong password goes to a proxy once, however many registries', async t => {
    const proxy = await peers.squid({ t, auth: { [user]: password }, hosts: { 'registry.example': '127.0.0.1' } })
    const targets = [1, 2, 3, 4].map(i => ({ url: `https://registry.example:444${i}/`, proxy: via(proxy, { user, password: 'wrong-CANARY' }), otherScheme: true }))
    const results = await runDrive({ targets, trust: {}, timeout: 5 })
    assert.deepEqual(results.map(one => one.withheld), [false, true, true, true])
    assert.deepEqual(results.map(one => one.main.connectStatus), [407, 407, 407, 407])
    assert.ok(results.every((one, i) => one.main.url.includes(`444${i + 1}`) && one.other === null))
    assert.equal(proxy.accessLog().filter(line => / CONNECT /.test(line)).length, 1)
  })

  test('two scopes of one registry are two results', async t => {
    const ca = await makeCA('Private CA', { t })
    const server = await registry({ t, tls: await issue({ t, ca, names: ['registry.example'] }) })
    const keeping = await rawServer({
      t,
      tls: await issue({ t, ca, names: ['registry.example'] }),
      onData: socket => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')
    })
    const proxy = await peers.squid({ t, auth: { [user]: password }, hosts: { 'registry.example': '127.0.0.1' } })
    for (const { port } of [server, keeping]) {
      const targets = ['a', 'b', 'c'].map(name => ({ url: `https://registry.example:${port}/${name}/`, ...target(proxy), authorization: `Bearer ${name}-CANARY`, otherScheme: name === 'a' }))
      const results = await runDrive({ targets, trust: { node, pem: ca.certPem } })
      assert.deepEqual(results.map(one => [one.main.stage, one.main.tls.npm, one.state]), Array(3).fill([null, 'ok', 'accepted']))
      assert.notEqual(results[0].other, null)
    }
    for (const name of 'abc') assert.equal(keeping.received.split(`Bearer ${name}-CANARY`).length, 2)
  })

  test('a node that hangs or fails leaves the system\'s roots', async t => {
    const ca = await makeCA('Private CA', { t })
    const server = await registry({ t, tls: await issue({ t, ca }) })
    const dir = tempDir(t, 'node')
    for (const [name, body] of [['hangs', 'exec sleep 60'], ['fails', 'exit 1'], ['lies', 'echo hello']]) {
      fs.writeFileSync(path.join(dir, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
      const before = Date.now()
      const { main } = await probe({ url: server.url }, { trust: { node: path.join(dir, name) }, timeout: 1, env: { PATH: '/usr/bin:/bin' } })
      assert.deepEqual([...ended(main), main.tls.npm, main.tls.publicRoots], ['tls', 'untrusted', 'leaf-only', 'leaf-only'])
      assert.ok(Date.now() - before < 3000 * slow)
    }
  })

  test('tinyproxy says 401', async t => {
    const proxy = await peers.tinyproxy({ t, auth: { [user]: password } })
    const server = await registry({ t })
    const bad = await runDrive({ targets: [1, 2].map(() => ({ url: 'https://127.0.0.1:1/', proxy: via(proxy, { user, password: 'wrong-CANARY' }) })), trust: {} })
    assert.deepEqual(bad.map(one => [...ended(one.main), one.withheld]), [['proxy-tunnel', 'answered', false], ['proxy-tunnel', 'answered', true]])
    assert.ok([401, 407].includes(bad[0].main.connectStatus))
    const good = await probe({ url: server.url, ...target(proxy) })
    assert.deepEqual(ended(good.main), [null, 'answered'])
  })

  test('SOCKS', async t => {
    const ca = await makeCA('Private CA', { t })
    const proxy = await danted(t)
    const plain = await registry({ t })
    const secure = await registry({ t, tls: await issue({ t, ca }) })
    for (const kind of ['socks4', 'socks5', 'socks5h']) {
      for (const server of [plain, secure]) {
        const { main } = await probe({ url: server.url, proxy: via(proxy, { kind }) }, { trust: { pem: ca.certPem } })
        assert.deepEqual([...ended(main), kind], [null, 'answered', kind])
        assert.ok(main.timings.proxyMs > 0)
      }
    }
    const refused = await probe({ url: `http://127.0.0.1:${await peers.freePort()}/`, proxy: via(proxy, { kind: 'socks5' }) })
    assert.deepEqual([...ended(refused.main), refused.main.socksReply], ['proxy-tunnel', 'refused', 5])
    const denied = await probe({ url: plain.url, proxy: via(await socks(t, { accept: true, reply: 2 }), { kind: 'socks5h' }) })
    assert.deepEqual([...ended(denied.main), denied.main.socksReply], ['proxy-tunnel', 'socks', 2])
    assert.equal(denied.direct.status, 200)
    const rejecting = await socks(t)
    const rejected = await runDrive({ targets: [plain, secure].map(one => ({ url: one.url, proxy: via(rejecting, { kind: 'socks5', user, password }) })), trust: {} })
    assert.deepEqual(rejected.map(one => [...ended(one.main), one.withheld]), [['proxy-tunnel', 'socks', false], ['proxy-tunnel', 'socks', true]])
    assert.equal(rejecting.connections.length, 1)
    const web = await registry({ t })
    const foreign = await probe({ url: plain.url, proxy: via(web, { kind: 'socks5' }) }, { timeout: 1 })
    assert.equal(foreign.main.stage, 'proxy-tunnel')
  })

  test('over TLS', async t => {
    const ca = await makeCA('Private CA', { t })
    const cert = await issue({ t, ca })
    const plain = await registry({ t })
    const secure = await registry({ t, tls: cert })
    const proxy = await peers.squid({ t, auth: { [user]: password }, tls: cert })
    for (const server of [plain, secure]) {
      const request = { url: server.url, proxy: via(proxy, { kind: 'https', user, password }) }
      const { main } = await probe(request, { trust: { pem: ca.certPem } })
      assert.deepEqual([...ended(main), main.proxyTls.npm], [null, 'answered', 'ok'])
      const untrusted = await probe(request)
      assert.deepEqual([...ended(untrusted.main), untrusted.main.proxyTls.npm, untrusted.proxyAuthenticated], ['proxy-tls', 'untrusted', 'leaf-only', false])
    }
    const clear = await rawServer({ t, onData: socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') })
    const mismatch = await probe({ url: secure.url, proxy: via(clear, { kind: 'https', user, password }) })
    assert.deepEqual(ended(mismatch.main), ['proxy-tls', 'not-tls'])
    const reverse = await probe({ url: secure.url, proxy: via(proxy) })
    assert.deepEqual(reverse.main.stage, 'proxy-tunnel')
    assert.ok(['not-http', 'closed', 'reset'].includes(reverse.main.ending), reverse.main.ending)
  })

  test('unresolvable, refused, silent, reset, closed, no proxy at all; the direct path beside it', async t => {
    const server = await registry({ t })
    const ca = await makeCA('Private CA', { t })
    const secure = await registry({ t, tls: await issue({ t, ca }) })
    const fake = port => ({ port })
    const ssh = await rawServer({ t, onData: socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n') })
    const table = [
      [{ host: 'proxy.invalid', port: 3128 }, 'proxy-dns', 'unresolved'],
      [fake(await peers.freePort()), 'proxy-connect', 'refused'],
      [await peers.silent({ t }), 'proxy-tunnel', 'silent'],
      [await peers.resetting({ t, afterData: true }), 'proxy-tunnel', 'reset'],
      [await peers.closing({ t, afterData: true }), 'proxy-tunnel', 'closed'],
      [ssh, 'proxy-tunnel', 'not-http']
    ]
    for (const [proxy, stage, ending] of table) {
      for (const url of [server.url, secure.url]) {
        const result = await probe({ url, ...target(proxy) }, { trust: { pem: ca.certPem }, timeout: 1 })
        assert.deepEqual([...ended(result.main), url.slice(0, 5)], [stage, ending, url.slice(0, 5)])
        assert.deepEqual(ended(result.direct), [null, 'answered'])
        assert.equal(result.direct.remoteAddress, new URL(url).host)
      }
    }
    assert.doesNotMatch(server.received + secure.received, /authorization/i)
  })

  test('NTLM alone, 403, 503, and what is no 200', async t => {
    for (const [status, headers] of [[407, { 'Proxy-Authenticate': ['NTLM', 'Negotiate'] }], [403, {}], [503, {}], [204, {}], [302, { Location: 'http://login.example/' }]]) {
      const proxy = await peers.refusingProxy({ t, status, headers })
      const { main } = await probe({ url: 'https://registry.example/', proxy: via(proxy) })
      assert.deepEqual([...ended(main), main.connectStatus, main.status], ['proxy-tunnel', 'answered', status, 0])
      if (status === 407) assert.deepEqual(main.proxyOffers, ['NTLM', 'Negotiate'])
      if (status === 403) assert.equal(main.proxyReason, 'Forbidden')
    }
  })

  test('an error of the registry behind the proxy is the registry\'s', async t => {
    const server = await fixedHttp({ t, status: 403, body: '{"error":"blocked"}', headers: json })
    const proxy = await peers.tinyproxy({ t })
    const { main, direct } = await probe({ url: server.url, proxy: via(proxy) })
    assert.deepEqual([...ended(main), main.status, main.reason, direct], ['content', 'answered', 403, 'blocked', null])
    const dead = await probe({ url: `http://127.0.0.1:${await peers.freePort()}/`, proxy: via(proxy) })
    assert.deepEqual(ended(dead.main), ['proxy-tunnel', 'answered'])
    assert.ok(dead.main.status >= 500)
  })

  test('a tunnel that is cut', async t => {
    const make = end => rawServer({
      t,
      onData: (socket, all) => {
        if (!socket.open) {
          socket.open = true
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
        } else end(socket)
      }
    })
    for (const [end, ending] of [[s => s.end(), 'closed'], [s => s.resetAndDestroy(), 'reset'], [s => s.write('HTTP/1.1 403 No\r\n\r\n'), 'not-tls'], [() => {}, 'silent']]) {
      const proxy = await make(end)
      const { main } = await probe({ url: 'https://127.0.0.1:1/', proxy: via(proxy) }, { timeout: 0.5 })
      assert.deepEqual([...ended(main), main.connectStatus], ['tls', ending, 200])
    }
  })
})

test('a silent port of the other scheme does not hold up a registry that has answered', async t => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
  const server = await rawServer({ t, onData: (socket, bytes) => { if (bytes[0] === 'G'.charCodeAt(0)) socket.end(answer) } })
  const timeout = 60
  const started = Date.now()
  const result = await probe({ url: server.url, otherScheme: true }, { timeout })
  assert.equal(result.main.status, 200)
  assert.equal(result.other.ending, 'silent')
  assert.ok(Date.now() - started < timeout * 1000 / 2 * slow)
})
