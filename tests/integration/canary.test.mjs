// Where secrets go: servers that keep every byte show that credentials are sent once, only where npm would
// send them, and never where something is wrong.
import assert from 'node:assert/strict'
import net from 'node:net'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { spellingsOf, checkJson, assertNoSecret } from '../e2e/support.mjs'
import { issue, makeCA } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { root, sandbox, tempDir } from '../lib/sandbox.mjs'
import { html, json, namespace, npmSays, packument, password, registry, token, user } from './support.mjs'

const cleanups = []
const shared = { after: cleanup => cleanups.unshift(cleanup) }
after(async () => { for (const cleanup of cleanups) await cleanup() })
let ca, cert
before(async () => {
  ca = await makeCA('Corp CA', { t: shared })
  cert = await issue({ t: shared, ca })
})

const key = (server, path = '/') => `//127.0.0.1:${server.port}${path}:_authToken=\${TOKEN}`
const withPassword = peer => peer.url.replace('//', `//${user}:\${PW}@`)

// Runs check twice over: as JSON and as text; no output may hold a secret either.
async function check (t, lines, { env = {}, args = [], runs = 1 } = {}) {
  const box = sandbox(t, { env: { PW: encodeURIComponent(password), TOKEN: token, ...env } })
  box.write('home/.npmrc', lines.join('\n') + '\n')
  let result
  for (let i = 0; i < runs; i++) result = await checkJson(box, ['--timeout', '3', ...args])
  assertNoSecret(result, [token, password])
  return { box, report: result.report }
}

function times (bytes, secret) {
  const text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes
  return Math.max(...spellingsOf(secret).map(spelling => text.split(spelling).length - 1))
}
const sawNothing = (server, ...secrets) => {
  for (const secret of secrets.length ? secrets : [token, password]) assert.equal(times(server.received, secret), 0, `${server.url} got ${secret}`)
  assert.doesNotMatch(server.received, /authorization:/i)
}

describe('a registry\'s token', { concurrency: 2 }, () => {
  test('goes out once, to the registry alone, as npm sends it', async t => {
    const server = await registry(t, { tls: cert })
    const { box } = await check(t, [`registry=${server.url}`, `cafile=${ca.cert}`, key(server)])
    assert.equal(times(server.received, token), 1)
    const ours = server.asked.filter(one => one.authorization).map(one => one.authorization)
    server.asked.length = 0
    assert.equal(await npmSays(box, { patience: 30000 }), undefined)
    assert.deepEqual([...new Set(server.asked.map(one => one.authorization))], ours)
  })
  test('not twice after 401 and 403', async t => {
    for (const status of [401, 403]) {
      const server = await peers.fixedHttp({ t, status, headers: { ...json, 'WWW-Authenticate': 'Bearer, Basic realm="x"' }, body: '{}' })
      await check(t, [`registry=${server.url}`, key(server)])
      assert.equal(times(server.received, token), 1, String(status))
    }
  })
  test('not again where the connection ends on it, which is said', async t => {
    for (const tls of [undefined, cert]) {
      const server = await peers.rawServer({
        t,
        tls,
        onData: (socket, all) => {
          const heads = all.toString('latin1').split('\r\n\r\n').length - 1
          if (/authorization:/i.test(all.toString('latin1'))) socket.end()
          else if (heads > (socket.answered ?? 0)) socket.write(peers.httpAnswer(401, { headers: { ...json, Connection: 'keep-alive' }, body: '{}' }))
          socket.answered = heads
        }
      })
      const { report } = await check(t, [`registry=${server.url}`, `cafile=${ca.cert}`, key(server)])
      assert.equal(times(server.received, token), 1)
      const finding = report.findings.find(one => one.rule === 'registry-reset')
      assert.match(finding?.message ?? '', /FIN.*before the answer/, JSON.stringify(report.findings))
      assert.equal(report.registries[0].credentials.state, 'unknown')
    }
  })
  test('not to another registry, path or port', async t => {
    const own = await registry(t)
    const other = await registry(t)
    await check(t, [`registry=${other.url}`, `@corp:registry=${own.url}npm/`, key(own, '/npm/'), `//127.0.0.1:${other.port}/elsewhere/:_authToken=\${TOKEN}`])
    sawNothing(other)
    assert.equal(times(own.received, token), 1)
    assert.ok(own.asked.filter(one => one.authorization).every(one => one.path.startsWith('/npm/')))
  })
  test('not over a connection that fails verification, nor with verification off', async t => {
    const faults = [{ selfSigned: true }, { ca, names: ['other.example'] }, { ca: await makeCA('Stranger', { t }), intermediate: true }]
    for (const fault of faults) {
      for (const more of [[], ['strict-ssl=false']]) {
        const server = await registry(t, { tls: await issue({ t, ...fault }) })
        await check(t, [`registry=${server.url}`, `cafile=${ca.cert}`, key(server), ...more])
        sawNothing(server)
        if (!more.length) assert.equal(server.received, '')
      }
    }
  })
  test('not to where a redirect leads, though it has a token of its own', async t => {
    const target = await registry(t)
    for (const status of [301, 302, 307, 308]) {
      const server = await peers.fixedHttp({ t, status, headers: { Location: `${target.url}nd-example` } })
      await check(t, [`registry=${server.url}`, key(server), key(target)])
      assert.ok(times(server.received, token) <= 1)
    }
    sawNothing(target)
  })
  test('not to a page that is no registry', async t => {
    const server = await peers.fixedHttp({ t, headers: html, body: '<html><title>Portal</title></html>' })
    await check(t, [`registry=${server.url}`, key(server)])
    sawNothing(server)
  })
  test('a literal ${VAR} is never sent', async t => {
    const server = await registry(t)
    await check(t, [`registry=${server.url}`, `//127.0.0.1:${server.port}/:_authToken=\${NOT_SET_CANARY}`])
    assert.doesNotMatch(server.received, /authorization|NOT_SET_CANARY/i)
    const half = await registry(t)
    await check(t, [`registry=${half.url}`, `//127.0.0.1:${half.port}/:username=nick`, `//127.0.0.1:${half.port}/:_password=\${NOT_SET_CANARY}`])
    assert.doesNotMatch(half.received, /authorization|NOT_SET_CANARY/i)
  })
  test('not over plain http but to this machine: whether it is good stays open', async t => {
    const proxy = await registry(t)
    const { report } = await check(t, ['registry=http://registry.example/', '//registry.example/:_authToken=${TOKEN}', `proxy=${proxy.url}`])
    sawNothing(proxy)
    assert.ok(proxy.asked.length > 0)
    assert.deepEqual(report.registries[0].credentials, { kind: 'token', state: 'unknown' })
    assert.deepEqual([report.registries[0].probe.outcome, report.registries[0].probe.httpStatus], ['ok', 200])
    assert.deepEqual(report.unchecked.map(one => one.rule), ['registry-auth-rejected'])
    assert.match(report.unchecked[0].reason, /not sent: over plain http/)
    // Nor is a verdict made up that only they could give.
    for (const status of [401, 403, 404]) {
      const closed = await registry(t, { answer: () => [status, '{"error":"strangers get nothing"}'] })
      const { box, report } = await check(t, ['registry=http://registry.example/', '//registry.example/:_authToken=${TOKEN}', `proxy=${closed.url}`])
      sawNothing(closed)
      const rules = report.findings.filter(one => one.severity === 'error').map(one => one.rule).sort()
      assert.deepEqual(rules, ['credentials-over-http', 'registry-over-http'], String(status))
      assert.equal(report.unchecked.length, 1)
      // No package is known here: a 404 is strange in any case.
      assert.deepEqual([report.registries[0].probe.outcome, report.registries[0].probe.httpStatus], [status === 404 ? 'registry-not-a-registry' : null, status])
      if (status !== 401) continue
      const text = (await box.doctor(['check', '--timeout', '3'])).stdout
      assert.match(text, /^- http:\/\/registry.example\/.*: undecided: it answers 401 /m)
      const metrics = (await box.doctor(['check', '--timeout', '3', '--format', 'prometheus'])).stdout
      assert.doesNotMatch(metrics, /^npmrc_doctor_registry_up\{/m)
      assert.match(metrics, /^npmrc_doctor_rules_unchecked 1$/m)
    }
  })
  test('not in clear to an address that is not this machine\'s, whatever its name', async t => {
    const ns = await namespace(t)
    if (ns.why) return t.skip(ns.why)
    const heads = await ns.start(`
import net from 'node:net'
const seen = []
net.createServer(socket => socket.on('data', bytes => {
  seen.push(String(bytes))
  socket.end('HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\n\\r\\n' + JSON.stringify({ seen }))
})).listen(8080, () => console.log('up'))`)
    assert.equal(heads, 'up')
    const drive = path.resolve(root, process.env.BUILD || 'build', 'tests/probe_drive')
    const dir = tempDir(t, 'drive')
    for (const [host, sent] of [['192.0.2.1', false], ['127.0.0.1', true]]) {
      const input = JSON.stringify({ targets: [{ url: `http://${host}:8080/`, authorization: `Bearer ${token}` }], trust: {} })
      const { stdout } = await ns.run(drive, [], { cwd: dir, input })
      const [{ main, authenticated, state }] = JSON.parse(stdout)
      assert.equal(main.status, 200)
      assert.equal(authenticated !== null, sent)
      assert.equal(state, sent ? 'accepted' : 'unknown')
    }
    const { stdout } = await ns.run(process.execPath, ['-e', "fetch('http://127.0.0.1:8080/').then(a => a.text()).then(console.log)"], { cwd: dir })
    assert.equal(times(stdout, token), 1)
  })
  test('not to the other scheme', async t => {
    const plain = await registry(t)
    await check(t, [`registry=https://127.0.0.1:${plain.port}/`, key(plain)])
    sawNothing(plain)
  })
  test('an https registry\'s token stays inside the tunnel', async t => {
    const server = await registry(t, { tls: cert })
    const seen = []
    const proxy = await peers.rawServer({
      t,
      onData: (socket, all) => {
        seen.push(all)
        if (socket.upstream) return socket.upstream.write(all.subarray(socket.passed)) && (socket.passed = all.length)
        if (!all.includes('\r\n\r\n')) return
        socket.passed = all.length
        socket.upstream = connect(socket, server.port)
      }
    })
    const { report } = await check(t, [`registry=${server.url}`, `cafile=${ca.cert}`, key(server), `https-proxy=${proxy.url}`])
    assert.deepEqual(report.registries[0].credentials, { kind: 'token', state: 'accepted' })
    sawNothing(proxy)
    assert.equal(times(server.received, token), 1)
  })
})

function connect (socket, port) {
  const upstream = net.connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
  upstream.on('data', chunk => socket.write(chunk))
  upstream.on('error', () => socket.destroy())
  upstream.on('close', () => socket.end())
  socket.on('close', () => upstream.destroy())
  return upstream
}

describe('a proxy\'s password', { concurrency: 2 }, () => {
  const demand = { status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="x"' } }

  test('goes to the proxy once after 407, however many registries, and to nobody else', async t => {
    const proxy = await peers.refusingProxy({ t, ...demand })
    const direct = await registry(t)
    const secure = await registry(t, { tls: cert })
    await check(t, [`registry=${secure.url}`, `@a:registry=${secure.url}a/`, `@b:registry=${direct.url}`, `cafile=${ca.cert}`, `https-proxy=${withPassword(proxy)}`])
    assert.equal(times(proxy.received, `${user}:${password}`), 1)
    sawNothing(direct)
    sawNothing(secure)
  })
  test('not past a 401 of tinyproxy\'s kind either', async t => {
    const proxy = await peers.refusingProxy({ t, status: 401 })
    await check(t, ['registry=https://127.0.0.1:1/', '@a:registry=https://127.0.0.1:2/', `https-proxy=${withPassword(proxy)}`])
    assert.equal(times(proxy.received, `${user}:${password}`), 1)
  })
  test('not to a registry that noproxy takes off it', async t => {
    const proxy = await peers.refusingProxy({ t, ...demand })
    const server = await registry(t)
    await check(t, [`registry=${server.url}`, `https-proxy=${withPassword(proxy)}`, 'noproxy=127.0.0.1'])
    sawNothing(server)
    assert.equal(proxy.connections.length, 0)
  })
  test('not to an https:// proxy that fails verification, nor with verification off', async t => {
    for (const more of [[], ['strict-ssl=false']]) {
      const proxy = await registry(t, { tls: await issue({ t, selfSigned: true }) })
      await check(t, ['registry=https://127.0.0.1:1/', `https-proxy=${withPassword(proxy)}`, ...more])
      sawNothing(proxy)
    }
  })
  test('not through the tunnel', async t => {
    const server = await registry(t, { tls: cert })
    const proxy = await peers.squid({ t, auth: { [user]: password } })
    const { report } = await check(t, [`registry=${server.url}`, `cafile=${ca.cert}`, `https-proxy=${withPassword(proxy)}`])
    assert.equal(report.registries[0].probe.outcome, 'ok')
    sawNothing(server)
  })
  test('not to another proxy that is found on this machine', async t => {
    const dead = await peers.freePort()
    const other = await peers.fixedHttp({ t, headers: json, body: packument })
    await check(t, ['registry=http://registry.invalid/', '//registry.invalid/:_authToken=${TOKEN}', `https-proxy=http://${user}:\${PW}@127.0.0.1:${dead}`],
      { env: { ALL_PROXY: `http://${user}:${encodeURIComponent(password)}@127.0.0.1:${other.port}` } })
    assert.equal(other.connections.length, 1)
    sawNothing(other)
  })
})
