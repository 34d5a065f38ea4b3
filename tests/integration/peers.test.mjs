// The servers that the other tests rely on are what they claim to be.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { test } from 'node:test'
import { expired, issue, makeCA, notYet } from '../lib/certs.mjs'
import { keyringSession, noBus } from '../lib/keyring.mjs'
import * as peers from '../lib/peers.mjs'
import { clientBin, npmMajors, npmVersion, sandbox } from '../lib/sandbox.mjs'

const { request, basic, fixedHttp } = peers

// GET through a proxy, in absolute form.
function viaProxy (proxy, url, headers = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(proxy.port, proxy.host)
    let text = ''
    socket.on('error', reject)
    socket.on('data', chunk => { text += chunk })
    socket.on('end', () => resolve(Number(text.split(' ')[1])))
    const lines = Object.entries({ Host: new URL(url).host, Connection: 'close', ...headers }).map(([k, v]) => `${k}: ${v}\r\n`)
    socket.write(`GET ${url} HTTP/1.1\r\n${lines.join('')}\r\n`)
  })
}

// How a TLS client that trusts `ca` judges the certificate: null or OpenSSL's code.
function verdict (port, ca, servername = 'localhost') {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername, ca, rejectUnauthorized: false }, () => {
      resolve(socket.authorizationError?.code ?? socket.authorizationError ?? null)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('squid demands credentials and logs what it tunnels', async t => {
  const target = await fixedHttp({ t, body: 'hello' })
  const proxy = await peers.squid({ t, auth: { nick: 'pw-CANARY' }, deny: ['denied.example'], hosts: { 'registry.example': '127.0.0.1', 'denied.example': '127.0.0.1' } })
  const url = `http://registry.example:${target.port}/x`
  assert.equal(await viaProxy(proxy, url), 407)
  assert.equal(target.connections.length, 0)
  assert.equal(await viaProxy(proxy, url, { 'Proxy-Authorization': basic('nick', 'wrong') }), 407)
  assert.equal(await viaProxy(proxy, url, { 'Proxy-Authorization': basic('nick', 'pw-CANARY') }), 200)
  assert.equal(await viaProxy(proxy, `http://denied.example:${target.port}/`, { 'Proxy-Authorization': basic('nick', 'pw-CANARY') }), 403)
  assert.match(proxy.accessLog().join('\n'), /TCP_MISS\/200 .*registry\.example.* nick /)
})

test('squid can be reached over TLS', async t => {
  const ca = await makeCA(undefined, { t })
  const proxy = await peers.squid({ t, tls: await issue({ t, ca }) })
  assert.equal(await verdict(proxy.port, ca.certPem), null)
})

test('tinyproxy demands credentials', async t => {
  const target = await fixedHttp({ t })
  const proxy = await peers.tinyproxy({ t, auth: { nick: 'pw-CANARY' } })
  assert.equal(await viaProxy(proxy, target.url), 407)
  assert.equal(await viaProxy(proxy, target.url, { 'Proxy-Authorization': basic('nick', 'pw-CANARY') }), 200)
})

for (const prefix of ['/', '/npm/']) {
  test(`verdaccio serves both schemes below ${prefix}, and nginx puts them on one port`, t => bothSchemes(t, prefix))
}

async function bothSchemes (t, prefix) {
  const ca = await makeCA(undefined, { t })
  const registry = await peers.verdaccio({ t, tls: await issue({ t, ca }), prefix })
  const mux = await peers.nginxMux({ t, plain: registry.port, tls: registry.tlsPort })
  const muxed = ['http', 'https'].map(scheme => `${scheme}://127.0.0.1:${mux.port}${prefix}`)
  for (const base of [registry.url, registry.tlsUrl, ...muxed]) {
    assert.equal((await request(`${base}-/ping`, { ca: ca.certPem })).status, 200, base)
    const who = await request(`${base}-/whoami`, { ca: ca.certPem, headers: { authorization: `Bearer ${registry.token}` } })
    assert.deepEqual(JSON.parse(who.body), { username: 'nick' }, base)
    const found = JSON.parse((await request(`${base}nd-example`, { ca: ca.certPem })).body)
    assert.equal((await request(found.versions['1.0.0'].dist.tarball, { ca: ca.certPem })).status, 200)
  }
}

test('a restricted verdaccio gives nothing to strangers', async t => {
  const registry = await peers.verdaccio({ t, restricted: true })
  assert.equal((await request(`${registry.url}nd-example`)).status, 401)
  const answer = await request(`${registry.url}nd-example`, { headers: { authorization: `Bearer ${registry.token}` } })
  assert.equal(answer.status, 200)
})

test('every npm installs from verdaccio with the token of its .npmrc', async t => {
  const registry = await peers.verdaccio({ t, restricted: true })
  for (const npm of npmMajors) {
    const box = sandbox(t, { npm })
    assert.equal((await box.npm(['--version'])).stdout.trim(), npmVersion(npm))
    box.write('project/package.json', '{}')
    box.write('home/.npmrc', `registry=${registry.url}\n//127.0.0.1:${registry.port}/:_authToken=${registry.token}\n`)
    const result = await box.npm(['install', 'nd-example', '--no-audit', '--no-update-notifier'])
    assert.equal(result.status, 0, `npm ${npm}: ${result.stderr}`)
    assert.ok(fs.existsSync(path.join(box.project, 'node_modules/nd-example/package.json')))
  }
})

test('an npm prefix is its own: npm finds prefix and global file beside node', async t => {
  for (const npm of npmMajors) {
    const box = sandbox(t, { npm })
    const result = await box.npm(['config', 'get', 'globalconfig'])
    assert.equal(result.stdout.trim(), path.resolve(box.bin, '../etc/npmrc'))
  }
})

test('pnpm and yarn run', async t => {
  for (const [name, version] of [['pnpm', /^12\./], ['pnpm11', /^11\./], ['pnpm10', /^10\./], ['yarn1', /^1\./]]) {
    const box = sandbox(t)
    const result = await box.run(path.join(clientBin(name), name.replace(/\d+$/, '')), ['--version'], { env: { PATH: `${clientBin(name)}:/usr/bin:/bin` } })
    assert.match(result.stdout, version, result.stderr)
  }
})

test('certificates are as good or as bad as asked for', async t => {
  const ca = await makeCA(undefined, { t })
  const cases = [
    [{ ca }, null],
    [{ ca, intermediate: true }, null],
    [{ ca, ...expired }, 'CERT_HAS_EXPIRED'],
    [{ ca, ...notYet }, 'CERT_NOT_YET_VALID'],
    [{ selfSigned: true }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [{ ca, names: ['other.example'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [{ ca: await makeCA('stranger', { t }) }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']
  ]
  for (const [how, expected] of cases) {
    const server = await fixedHttp({ t, tls: await issue({ t, ...how }) })
    assert.equal(await verdict(server.port, ca.certPem), expected)
  }
})

test('faulty servers have their faults and keep what they get', async t => {
  const talk = server => new Promise(resolve => {
    const socket = net.connect(server.port, server.host, () => socket.write('hello'))
    let text = ''
    socket.on('data', chunk => { text += chunk })
    socket.on('error', err => resolve(err.code))
    socket.on('end', () => resolve(`end:${text}`))
  })
  assert.equal(await talk(await peers.resetting({ t, afterData: true })), 'ECONNRESET')
  assert.match(await talk(await peers.resetting({ t })), /ECONNRESET|EPIPE/)
  const closer = await peers.closing({ t, afterData: true })
  assert.equal(await talk(closer), 'end:')
  assert.equal(closer.received, 'hello')
  const proxy = await peers.refusingProxy({ t, status: 407, headers: { 'Proxy-Authenticate': 'NTLM' } })
  assert.equal(await viaProxy(proxy, 'http://registry.example/'), 407)
  assert.match(proxy.received, /^GET http:\/\/registry\.example\//)
  const mute = await peers.silent({ t })
  const socket = net.connect(mute.port, mute.host, () => socket.write('knock'))
  const answered = await new Promise(resolve => {
    socket.on('data', () => resolve(true))
    socket.setTimeout(200, () => resolve(false))
  })
  socket.destroy()
  assert.equal(answered, false)
  assert.equal(mute.received, 'knock')
})

test('a keyring stores and gives back, and can be locked', async t => {
  const keyring = await keyringSession({ t })
  await keyring.store('an item', { place: 'registry.example' }, 'secret-CANARY')
  assert.equal(await keyring.lookup({ place: 'registry.example' }), 'secret-CANARY')
  assert.equal(await keyring.lookup({ place: 'elsewhere.example' }), null)
  await keyring.lock()
  assert.notEqual(await keyring.lookup({ place: 'registry.example' }), 'secret-CANARY')
})

test('two keyrings know nothing of each other', async t => {
  const [one, two] = await Promise.all([keyringSession({ t }), keyringSession({ t })])
  await one.store('an item', { place: 'registry.example' }, 'secret-CANARY')
  assert.equal(await two.lookup({ place: 'registry.example' }), null)
})

test('a session without a Secret Service, and no session', async t => {
  const bare = await keyringSession({ t, service: false })
  const unserved = await bare.run('secret-tool', ['lookup', 'place', 'registry.example'])
  assert.match(unserved.stderr, /org\.freedesktop\.secrets was not provided/)
  const none = noBus({ t })
  const box = sandbox(t)
  const result = await box.run('secret-tool', ['lookup', 'place', 'registry.example'], { env: none.env })
  assert.notEqual(result.status, 0)
  assert.match(result.stderr, /connect|bus/i)
})
