// Every rule about TLS, fired by servers with real certificates, and silent on good ones.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { expired, issue, makeCA, notYet } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { sandbox, tempDir } from '../lib/sandbox.mjs'
import { checkJson } from '../e2e/support.mjs'
import { fires, namespace, packument, registry, silentOn } from './support.mjs'

const cleanups = []
const shared = { after: cleanup => cleanups.unshift(cleanup) }
after(async () => { for (const cleanup of cleanups) await cleanup() })

let ca, stranger
before(async () => {
  ca = await makeCA('Corp CA', { t: shared })
  stranger = await makeCA('Stranger CA', { t: shared })
})
const serve = async (t, how) => registry(t, { tls: await issue({ t, ca, ...how }) })
const lines = (server, ...more) => [`registry=${server.url}`, ...more]
const trusted = server => lines(server, `cafile=${ca.cert}`)

describe('certificates', { concurrency: 2 }, () => {
  test('healthy: direct, with an intermediate, from nginx; by cafile, by ca, by NODE_EXTRA_CA_CERTS', async t => {
    for (const server of [await serve(t, {}), await serve(t, { intermediate: true }),
      await peers.nginxTls({ t, cert: await issue({ t, ca }), body: packument })]) {
      await silentOn(t, { lines: trusted(server) })
    }
    const server = await serve(t, {})
    await silentOn(t, { lines: lines(server), env: { NODE_EXTRA_CA_CERTS: ca.cert } })
    await silentOn(t, { lines: lines(server, `ca="${ca.certPem.trim().replaceAll('\n', '\\n')}"`) })
  })
  test('tls-expired: too old and too young', async t => {
    for (const dates of [expired, notYet]) {
      const { finding } = await fires(t, { lines: trusted(await serve(t, dates)), rule: 'tls-expired' })
      assert.match(finding.message, /\d{4}-\d\d-\d\d/)
    }
  })
  test('tls-self-signed', async t => {
    await fires(t, { lines: lines(await serve(t, { selfSigned: true })), rule: 'tls-self-signed' })
  })
  test('tls-hostname-mismatch names the names', async t => {
    const { finding } = await fires(t, { lines: trusted(await serve(t, { names: ['other.example', '*.corp.example'] })), rule: 'tls-hostname-mismatch' })
    assert.match(finding.message, /other\.example, \*\.corp\.example/)
    const many = await fires(t, { lines: trusted(await serve(t, { names: Array.from({ length: 300 }, (_, i) => `host${i}.example`) })), rule: 'tls-hostname-mismatch' })
    assert.match(many.finding.message, /host7\.example and 292 more$/)
  })
  test('the chain is named, certificate by certificate, with the stores that accept it', async t => {
    const own = await issue({ t, ca, intermediate: true, names: ['127.0.0.1', 'registry.example'] })
    const server = await registry(t, { tls: own })
    const sha256 = pem => new X509Certificate(pem).fingerprint256
    const date = text => new Date(text).toISOString().slice(0, 10)
    const expected = [[own.certPem, ' (registry.example, 127.0.0.1)'], [own.chainPem.slice(own.certPem.length), '']].map(([pem, names]) => {
      const one = new X509Certificate(pem)
      return `${one.subject}${names}, issued by ${one.issuer}, valid from ${date(one.validFrom)} until ${date(one.validTo)}, SHA-256 ${sha256(pem)}`
    })
    for (const [env, stores] of [[{}, []], [{ SSL_CERT_FILE: ca.cert }, ['system']]]) {
      const { finding, box } = await fires(t, { lines: lines(server), env, rule: 'tls-intercepted' })
      assert.deepEqual(finding.evidence.chain.map(line => line.replace('(127.0.0.1, registry.example)', '(registry.example, 127.0.0.1)')), expected)
      assert.deepEqual(finding.evidence.acceptedBy, stores)
      assert.equal(/no store accepts it/.test(finding.notes.join('\n')), stores.length === 0)
      const { stdout } = await box.doctor(['check'])
      for (const pem of [own.certPem, own.chainPem.slice(own.certPem.length)]) assert.ok(stdout.replaceAll(/\s+/g, ' ').includes(sha256(pem)), stdout)
    }
  })
  test('a CA that is unknown hides no wrong name', async t => {
    const server = await serve(t, { names: ['other.example'], intermediate: true })
    const { finding } = await fires(t, { lines: lines(server), rule: 'tls-intercepted' })
    assert.match(finding.notes.join('\n'), /for other names, too/)
    const { finding: off } = await fires(t, { lines: lines(server, 'strict-ssl=false'), rule: 'strict-ssl-disabled', blame: 1, npm: false })
    assert.match(off.notes.join('\n'), /hides a private CA/)
    assert.match(off.notes.join('\n'), /hides a real mismatch, too/)
  })
  test('tls-incomplete-chain: the intermediate is not sent', async t => {
    const whole = await issue({ t, ca, intermediate: true, aia: 'http://ca.example/issuer.der' })
    const server = await registry(t, { tls: { ...whole, chainPem: whole.certPem } })
    const { finding } = await fires(t, { lines: trusted(server), rule: 'tls-incomplete-chain' })
    assert.match(JSON.stringify(finding), /http:\/\/ca\.example\/issuer\.der/)
    await silentOn(t, { lines: trusted(await registry(t, { tls: whole })) })
  })
  test('tls-intercepted: a private root that the system trusts and npm does not, and the other way round', async t => {
    for (const how of [{ intermediate: true }, {}]) {
      const server = await serve(t, how)
      const { finding } = await fires(t, { lines: lines(server), env: { SSL_CERT_FILE: ca.cert }, rule: 'tls-intercepted' })
      assert.match(JSON.stringify(finding), /system/)
      await silentOn(t, { lines: trusted(server), env: { SSL_CERT_FILE: stranger.cert } })
    }
  })
  test('tls-intercepted: the root comes along, or an intermediate of it, and nobody knows it', async t => {
    const own = await issue({ t, ca })
    const rooted = await registry(t, { tls: { ...own, chainPem: own.certPem + ca.certPem } })
    await fires(t, { lines: lines(rooted), rule: 'tls-intercepted' })
    await fires(t, { lines: lines(await serve(t, { intermediate: true })), rule: 'tls-intercepted' })
    await fires(t, { lines: lines(await serve(t, { intermediate: true }), `cafile=${stranger.cert}`), rule: 'tls-intercepted' })
  })
  test('tls-handshake-failed: TLS 1.0 and 1.1 only', async t => {
    const server = await peers.nginxTls({ t, cert: await issue({ t, ca }), protocols: 'TLSv1 TLSv1.1', body: packument })
    await fires(t, { lines: trusted(server), rule: 'tls-handshake-failed' })
  })
  test('tls-handshake-failed: a client certificate is wanted', async t => {
    const own = await issue({ t, ca })
    const options = { requestCert: true, rejectUnauthorized: true, ca: ca.certPem }
    const server = await registry(t, { tls: { ...own, options } })
    await fires(t, { lines: trusted(server), rule: 'tls-handshake-failed' })
    const mine = await issue({ t, ca, client: true })
    const key = `//127.0.0.1:${server.port}/`
    await silentOn(t, { lines: [...trusted(server), `${key}:certfile=${mine.cert}`, `${key}:keyfile=${mine.key}`] })
  })
  test('strict-ssl=false hides nothing, a private CA, a real mismatch', async t => {
    const notes = async (server, more, env) => {
      const { finding } = await fires(t, { lines: lines(server, 'strict-ssl=false', ...more), env, rule: 'strict-ssl-disabled', blame: 1, npm: false })
      return JSON.stringify(finding.notes)
    }
    assert.match(await notes(await serve(t, {}), [`cafile=${ca.cert}`]), /hides nothing/)
    assert.match(await notes(await serve(t, { intermediate: true }), [], { SSL_CERT_FILE: ca.cert }), /system/)
    assert.match(await notes(await serve(t, { names: ['other.example'] }), [`cafile=${ca.cert}`]), /real mismatch/)
  })
})

// What is false or missing in a stronger layer leaves a weaker layer's cafile in force: npm's definitions.js.
test('a cafile that a stronger layer does not take away', async t => {
  const known = await serve(t, {}), unknown = await registry(t, { tls: await issue({ t, ca: stranger }) }), own = await serve(t, { selfSigned: true })
  for (const above of ['null', 'false', '/none.pem']) {
    const about = async server => {
      const box = sandbox(t)
      box.write('home/.npmrc', `cafile=${ca.cert}\n`)
      box.write('project/.npmrc', `registry=${server.url}\ncafile=${above}\n`)
      const { report } = await checkJson(box)
      const ping = await box.run('npm', ['ping', '--fetch-retries=0'])
      assert.equal(ping.status === 0, server === known, `npm, ${above}: ${ping.stderr}`)
      return report.findings.filter(f => f.rule !== (above === '/none.pem' ? 'cafile-missing' : 'invalid-value'))
    }
    assert.deepEqual(await about(known), [], above)
    for (const [server, rule] of [[unknown, 'tls-intercepted'], [own, 'tls-self-signed']]) {
      const findings = await about(server)
      assert.deepEqual(findings.map(f => f.rule), [rule], above)
      assert.ok(findings[0].help.includes(ca.cert), findings[0].help)
      assert.doesNotMatch(findings[0].help, /set NODE_EXTRA/)
    }
  }
})

// Only a name space of files can make a CA a public one; without node on PATH the system's copy of
// Mozilla's roots stands in for node's.
test('ca-replaces-roots: a public CA that cafile leaves out', async t => {
  const dir = tempDir(t, 'mozilla')
  fs.writeFileSync(path.join(dir, 'Public_CA.crt'), ca.certPem)
  const ns = await namespace(t, { net: false, setup: `mount --bind ${dir} /usr/share/ca-certificates/mozilla` })
  if (ns.why) return t.skip(ns.why)
  const server = await serve(t, {})
  const found = async cafile => {
    const box = sandbox(t, { npm: null })
    box.write('home/.npmrc', `registry=${server.url}\ncafile=${box.write('ca.pem', cafile)}\n`)
    const { report } = await ns.check(box)
    return report.findings
  }
  const [finding, ...more] = await found(stranger.certPem)
  assert.equal(finding.rule, 'ca-replaces-roots')
  assert.equal(finding.location.line, 2)
  assert.deepEqual(finding.targets.map(target => target.url), [server.url])
  assert.deepEqual(more, [])
  assert.deepEqual(await found(stranger.certPem + ca.certPem), [])
})

test('one CA before three registries is one finding', async t => {
  const servers = await Promise.all([1, 2, 3].map(() => serve(t, { intermediate: true })))
  const { finding } = await fires(t, { lines: [`registry=${servers[0].url}`, `@a:registry=${servers[1].url}`, `@b:registry=${servers[2].url}`], rule: 'tls-intercepted', npm: true })
  assert.equal(finding.targets.length, 3)
})
