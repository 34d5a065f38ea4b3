// A registry that lives elsewhere: npm follows, and chooses the proxy anew for every URL.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { issue, makeCA } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { causes, checkJson } from '../e2e/support.mjs'
import { sandbox } from '../lib/sandbox.mjs'
import { fires, json, packument, password, registry, silentOn, token, user } from './support.mjs'

const cleanups = []
const shared = { after: cleanup => cleanups.unshift(cleanup) }
after(async () => { for (const cleanup of cleanups) await cleanup() })

let ca, plain, secure
before(async () => {
  ca = await makeCA('Corp CA', { t: shared })
  plain = await registry(shared)
  secure = await registry(shared, { tls: await issue({ t: shared, ca }) })
})

// Sends everybody on to the same path below `to`.
const mover = (t, to) => registry(t, { answer: path => [302, '', { Location: to + path.slice(1) }] })
// The request lines that a peer got.
const requests = peer => peer.received.split('\r\n').filter(line => / HTTP\/1\.1$/.test(line))
const beside = ['registry-over-http']

describe('a redirect', { concurrency: 2 }, () => {
  test('from http through HTTP_PROXY to https, for which there is none', async t => {
    const proxy = await mover(t, secure.url)
    await silentOn(t, { lines: ['registry=http://registry.example/', `cafile=${ca.cert}`], env: { HTTP_PROXY: proxy.url } })
    assert.ok(requests(proxy).length > 0)
    assert.ok(requests(proxy).every(line => /^(GET http:\/\/|CONNECT )registry\.example[:/]/.test(line)), requests(proxy))
  })
  test('to a host that noproxy takes off the proxy, and from one', async t => {
    const proxy = await mover(t, plain.url)
    await silentOn(t, { lines: ['registry=http://registry.example/', `proxy=${proxy.url}`, 'noproxy=127.0.0.1'] })
    assert.ok(requests(proxy).every(line => / (http:\/\/)?registry\.example[:/]/.test(line)), requests(proxy))
    const own = await registry(t)
    const home = await mover(t, 'http://registry.example/')
    await silentOn(t, { lines: [`registry=${home.url}`, `proxy=${own.url}`, 'noproxy=127.0.0.1'] })
    assert.ok(requests(own).every(line => / (http:\/\/)?registry\.example[:/]/.test(line)), requests(own))
  })
  test('through a proxy that wants a password', async t => {
    const home = await mover(t, 'http://registry.example/')
    const key = peers.basic(user, password)
    const demand = { 'Proxy-Authenticate': 'Basic realm="x"' }
    const proxy = await peers.answering(head => head.includes(`Proxy-Authorization: ${key}`)
      ? peers.httpAnswer(200, { headers: json, body: head.includes('/nd-example') ? packument : '{}' })
      : peers.httpAnswer(407, { headers: demand }), { t })
    const lines = [`registry=${home.url}`, `proxy=${proxy.url.replace('//', `//${user}:\${PW}@`)}`, 'noproxy=127.0.0.1']
    await silentOn(t, { lines, npm: false })
    const refusing = await peers.refusingProxy({ t, status: 407, headers: demand })
    const { finding } = await fires(t, {
      lines: [lines[0], `proxy=${refusing.url.replace('//', `//${user}:\${PW}@`)}`, lines[2]], rule: 'registry-not-a-registry', beside, npm: false, args: ['--skip', 'proxy-needed']
    })
    assert.match(finding.message, /redirects/)
    assert.equal(refusing.connections.filter(bytes => bytes.includes(key)).length, 1)
  })
  test('to where credentials are wanted: npm brings them along to the same host, we do not', async t => {
    const home = await registry(t, { answer: (path, sent) => !path.startsWith('/npm/') ? [302, '', { Location: `/npm${path}` }] : sent ? undefined : [401, '{"error":"who?"}'] })
    const inner = home.asked
    const { finding } = await fires(t, { lines: [`registry=${home.url}`], rule: 'registry-auth-required', beside })
    assert.equal(finding.evidence.location, '/npm/-/ping')
    inner.length = 0
    const box = sandbox(t, { env: { TOKEN: token } })
    box.write('home/.npmrc', `registry=${home.url}\n//127.0.0.1:${home.port}/:_authToken=\${TOKEN}\n`)
    const { report } = await checkJson(box)
    assert.ok(inner.length > 0 && inner.every(one => !one.authorization))
    assert.deepEqual(causes(report), [])
    assert.deepEqual([report.registries[0].probe.outcome, report.registries[0].probe.httpStatus], [null, 401])
    assert.match(report.unchecked[0].reason, /none are sent after a redirect/)
  })
  test('to where npm finds no proxy at all is reported, not followed', async t => {
    const home = await registry(t, { tls: await issue({ t, ca }), answer: path => [302, '', { Location: 'http://registry.example' + path }] })
    const { finding } = await fires(t, {
      lines: [`registry=${home.url}`, `cafile=${ca.cert}`], env: { HTTP_PROXY: 'http://127.0.0.1:99999' }, rule: 'registry-not-a-registry', npm: false
    })
    assert.match(finding.message, /redirects/)
  })
})
