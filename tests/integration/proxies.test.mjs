// Every rule about a proxy, fired by the real thing, and silent when the real thing is well.
import assert from 'node:assert/strict'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import { expired, issue, makeCA } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { fires, html, json, namespace, password, registry, silentOn, user } from './support.mjs'

const cleanups = []
const shared = { after: cleanup => cleanups.unshift(cleanup) }
after(async () => { for (const cleanup of cleanups) await cleanup() })

const hosts = { 'registry.example': '127.0.0.1', 'denied.example': '127.0.0.1' }
let ca, cert, plain, secure, well
before(async () => {
  ca = await makeCA('Corp CA', { t: shared })
  cert = await issue({ t: shared, ca, names: ['registry.example', '127.0.0.1', 'localhost'] })
  plain = await registry(shared)
  secure = await registry(shared, { tls: cert })
  well = await peers.squid({ t: shared, auth: { [user]: password }, deny: ['denied.example'], hosts })
})

const url = (server, host = 'registry.example') => server.url.replace('127.0.0.1', host)
const withPassword = peer => peer.url.replace('//', `//${user}:\${PW}@`)
const beside = ['registry-over-http', 'credentials-over-http']
// Both kinds of registry go to a proxy in different ways: absolute URLs and tunnels.
const through = (proxy, server = secure, host) => [`registry=${server ? url(server, host) : 'https://registry.example/'}`, `https-proxy=${proxy}`, `cafile=${ca.cert}`]
const blamed = { blame: 1, beside }

describe('squid with Basic', { concurrency: 2 }, () => {
  test('healthy, both kinds of registry', async t => {
    for (const server of [plain, secure]) await silentOn(t, { lines: through(withPassword(well), server) })
  })
  test('proxy-auth-required', async t => {
    for (const server of [plain, secure]) {
      const { finding } = await fires(t, { lines: through(well.url, server), rule: 'proxy-auth-required', ...blamed })
      assert.deepEqual(finding.evidence.offered, ['Basic'])
    }
  })
  test('proxy-auth-rejected, after one try', async t => {
    const proxy = await peers.squid({ t, auth: { [user]: password }, hosts })
    for (const server of [plain, secure]) {
      await fires(t, { lines: through(proxy.url.replace('//', '//nick:${BAD}@'), server), env: { BAD: 'wrong-CANARY' }, secrets: ['wrong-CANARY'], rule: 'proxy-auth-rejected', npm: false, ...blamed })
    }
    assert.equal(proxy.accessLog().filter(line => / (GET|CONNECT) /.test(line)).length, 2)
    await fires(t, { lines: through(proxy.url.replace('//', '//nick:${BAD}@')), env: { BAD: 'wrong-CANARY' }, secrets: ['wrong-CANARY'], rule: 'proxy-auth-rejected', ...blamed })
  })
  test('proxy-forbidden by a deny list', async t => {
    for (const server of [plain, secure]) {
      const { finding } = await fires(t, { lines: through(withPassword(well), server, 'denied.example'), rule: 'proxy-forbidden', ...blamed })
      assert.match(JSON.stringify(finding.evidence), /ERR_ACCESS_DENIED/)
    }
  })
  test('proxy-upstream-failed: nothing listens behind it, and a name that it does not know', async t => {
    const port = await peers.freePort()
    await fires(t, { lines: [`registry=https://registry.example:${port}/`, `proxy=${withPassword(well)}`], rule: 'proxy-upstream-failed', ...blamed })
    await fires(t, { lines: ['registry=https://unknown.example/', `proxy=${withPassword(well)}`], rule: 'proxy-upstream-failed', ...blamed })
  })
})

test('an http registry on a port that speaks TLS: the proxy fails, https would do', async t => {
  const proxy = await peers.squid({ t, hosts })
  const lines = [`registry=${url(secure).replace('https:', 'http:')}`, `proxy=${proxy.url}`, `cafile=${ca.cert}`]
  const { finding } = await fires(t, { lines, rule: 'proxy-upstream-failed', ...blamed })
  assert.match(finding.notes.join('\n'), /https:\/\/registry\.example:\d+\/ answers: drop the http registry/)
  assert.match(finding.help, /https:\/\/: this port speaks TLS/)
})

describe('squid that offers no Basic', { concurrency: 2 }, () => {
  for (const [only, scheme] of [['ntlm', 'NTLM'], ['negotiate', 'Negotiate'], ['digest', 'Digest']]) {
    test(`proxy-auth-unsupported: ${scheme}`, async t => {
      const proxy = await peers.squid({ t, only, hosts })
      for (const lines of [through(proxy.url), through(withPassword(proxy)), through(withPassword(proxy), plain)]) {
        const { finding } = await fires(t, { lines, rule: 'proxy-auth-unsupported', ...blamed, npm: lines[0].startsWith('registry=https') })
        assert.deepEqual(finding.evidence.offered, [scheme])
      }
    })
  }
})

describe('squid with a policy', { concurrency: 2 }, () => {
  test('proxy-forbidden with a page of its own', async t => {
    const proxy = await peers.squid({ t, deny: ['denied.example'], policy: '<html><title>Category: software</title></html>', hosts })
    const { finding } = await fires(t, { lines: through(proxy.url, plain, 'denied.example'), rule: 'proxy-forbidden', ...blamed })
    assert.match(JSON.stringify([finding.notes, finding.evidence]), /Category: software|ERR_POLICY/)
    // The same page comes with the refusal of a tunnel, where npm and libcurl do not look at it.
    const tunnel = await fires(t, { lines: through(proxy.url, secure, 'denied.example'), rule: 'proxy-forbidden', ...blamed })
    assert.match(tunnel.finding.notes.join('\n'), /^its page says: Category: software$/m)
    assert.equal(tunnel.finding.evidence.page, 'Category: software')
    await silentOn(t, { lines: through(proxy.url) })
  })
  test('proxy-forbidden: what is quoted of a page is one clean line, and no secret', async t => {
    const esc = '\x1b'
    const pages = [
      [html, `<html><head><title>Blocked ${esc}[31mby\r\n\u202epolicy\x07</title>`, /^its page says: Blocked \[31mby policy$/m],
      [html, '<body><h1>Not <b>today</b></h1>', /^its page says: Not$/m],
      [{ 'Content-Type': 'text/plain' }, 'Ask the help desk,\nroom 7', /^its page says: Ask the help desk, room 7$/m],
      [{ 'Content-Type': 'application/json' }, '{"message":"category software"}', /^its page says: category software$/m],
      [{ 'Content-Type': 'text/plain' }, 'x'.repeat(1 << 20), /^its page says: x{300}$/m],
      [html, `<title>${password} is no good</title>`, null], [html, '', null],
      // It announces more than it sends, and says nothing of the length.
      [{ ...html, 'Content-Length': 5000 }, '<title>Cut</title>', /^its page says: Cut$/m],
      [{ ...html, 'Content-Length': [] }, '<title>Open</title>', /^its page says: Open$/m]
    ]
    for (const [headers, body, quoted] of pages) {
      const proxy = await peers.refusingProxy({ t, headers, body })
      const { finding } = await fires(t, { lines: through(withPassword(proxy)), rule: 'proxy-forbidden', ...blamed, npm: false })
      const notes = finding.notes.join('\n')
      if (quoted) assert.match(notes, quoted)
      else assert.doesNotMatch(notes, /its page/)
    }
    // The rest of the page never comes: it is not waited for.
    const stuck = await peers.rawServer({ t, onData: socket => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n<title>Half') })
    const { report } = await fires(t, { lines: through(stuck.url), rule: 'proxy-forbidden', ...blamed, npm: false, args: ['--timeout', '30'] })
    assert.equal(report.registries[0].probe.stage, 'proxy-tunnel')
  })
  test('what repeats the password is not quoted, however it is spelt and wherever it stands', async t => {
    const coded = [...Buffer.from(password)].map(byte => '%' + byte.toString(16)).join('')
    const pair = peers.basic(user, password)
    const echoes = [
      ...[coded, coded.toUpperCase(), pair, `http://${user}:${password}@proxy.example/`].map(text => [{ ...html }, `<title>You sent ${text}</title>`]),
      [{ 'Content-Type': 'application/json' }, JSON.stringify({ error: pair })],
      [{ 'X-Squid-Error': coded }, ''], [{ Server: pair, Via: password, Location: `http://x.example/${coded}` }, '']
    ]
    for (const [headers, body] of echoes) {
      const proxy = await peers.refusingProxy({ t, headers, body })
      const { finding } = await fires(t, { lines: through(withPassword(proxy)), rule: 'proxy-forbidden', ...blamed, npm: false })
      assert.doesNotMatch(finding.notes.join('\n'), /its page says/)
    }
    // A scheme that is none.
    const proxy = await peers.refusingProxy({ t, status: 407, headers: { 'Proxy-Authenticate': [password, 'Basic realm="x"', pair.slice(6)] } })
    const { finding } = await fires(t, { lines: through(withPassword(proxy)), rule: 'proxy-auth-rejected', ...blamed, npm: false })
    assert.deepEqual(finding.evidence.offered, ['Basic'])
  })
  test('proxy-forbidden: tunnels to 443 only, and http would do', async t => {
    const proxy = await peers.squid({ t, connectPorts: [443], hosts })
    await fires(t, { lines: through(proxy.url), rule: 'proxy-forbidden', ...blamed })
    await silentOn(t, { lines: through(proxy.url, plain) })
  })
  test('ssl_bump: tls-intercepted names the CA; silent when npm has it', async t => {
    const inspection = await makeCA('Inspection CA', { t })
    const proxy = await peers.squid({ t, bump: inspection, hosts })
    const lines = [`registry=${url(secure)}`, `proxy=${proxy.url}`]
    const { finding } = await fires(t, { lines, rule: 'tls-intercepted', blame: 0, beside: ['tls-incomplete-chain'] })
    assert.match(finding.message, /Inspection CA/)
    await silentOn(t, { lines, env: { NODE_EXTRA_CA_CERTS: inspection.cert } })
  })
  test('ssl_bump: what the proxy answers inside of TLS is the proxy\'s, what the registry answers the registry\'s', async t => {
    const inspection = await makeCA('Inspection CA', { t })
    const proxy = await peers.squid({ t, bump: inspection, deny: ['denied.example'], policy: '<html><title>Policy 17</title></html>', hosts })
    const env = { NODE_EXTRA_CA_CERTS: inspection.cert }
    const lines = registry => [`registry=${registry}`, `proxy=${proxy.url}`]
    const { finding } = await fires(t, { lines: lines(url(secure, 'denied.example')), env, rule: 'proxy-forbidden', ...blamed })
    assert.match(finding.notes.join('\n'), /it opens TLS, with a certificate of Inspection CA[^]*Policy 17/)
    assert.equal(finding.evidence.httpStatus, 403)
    await fires(t, { lines: lines(`https://registry.example:${await peers.freePort()}/`), env, rule: 'proxy-upstream-failed', ...blamed })
    const busy = await registry(t, { tls: cert, answer: () => [503, '<h1>Down</h1>', html] })
    await fires(t, { lines: lines(url(busy)), env, rule: 'registry-unavailable', blame: 0 })
    // On a connection that has served another request before.
    const lasting = await peers.rawServer({ t, tls: cert, onData: socket => socket.write(peers.httpAnswer(200, { headers: { ...json, Connection: 'keep-alive' }, body: '{}' })) })
    const picky = await peers.squid({ t, bump: inspection, hosts, config: 'acl package urlpath_regex nd-example\nhttp_access deny package' })
    const { report } = await fires(t, { lines: [`registry=https://registry.example:${lasting.port}/`, `proxy=${picky.url}`], env, rule: 'proxy-forbidden', ...blamed,
      files: { 'project/package.json': JSON.stringify({ dependencies: { 'nd-example': '1' } }) } })
    assert.ok(picky.accessLog().some(line => /\/200 .* GET .*ping/.test(line)), picky.accessLog().join('\n'))
    // What npm has been told to trust, for a host that may have any CA, is not said again.
    assert.deepEqual(report.findings.map(one => one.rule), ['proxy-forbidden'])
    // A registry behind a squid of its own, through a proxy that leaves TLS alone.
    const front = await registry(t, { tls: cert, answer: () => [503, '<h1>Down</h1>', { ...html, Server: 'squid', 'X-Squid-Error': 'ERR_CONNECT_FAIL 111' }] })
    await fires(t, { lines: [`registry=${front.url}`, `cafile=${ca.cert}`], rule: 'registry-unavailable', blame: 0 })
  })
})

describe('tinyproxy', { concurrency: 2 }, () => {
  test('healthy; proxy-auth-rejected by 401 to CONNECT; proxy-auth-required', async t => {
    const proxy = await peers.tinyproxy({ t, auth: { [user]: password } })
    const local = server => [`registry=${server.url}`]
    const set = (server, at) => [...local(server), `https-proxy=${at}`, `cafile=${ca.cert}`]
    for (const server of [plain, secure]) {
      await silentOn(t, { lines: set(server, withPassword(proxy)) })
      await fires(t, { lines: set(server, proxy.url.replace('//', '//nick:${BAD}@')), env: { BAD: 'wrong-CANARY' }, secrets: ['wrong-CANARY'], rule: 'proxy-auth-rejected', ...blamed })
      await fires(t, { lines: set(server, proxy.url), rule: 'proxy-auth-required', ...blamed })
    }
  })
})

describe('dante', { concurrency: 2 }, () => {
  test('healthy as socks4, socks5 and socks5h', async t => {
    const proxy = await peers.dante({ t })
    for (const scheme of ['socks4', 'socks5', 'socks5h']) {
      await silentOn(t, { lines: [`registry=${secure.url}`, `https-proxy=${proxy.url.replace('socks5', scheme)}`, `cafile=${ca.cert}`] })
    }
  })
  test('proxy-forbidden, proxy-upstream-failed and proxy-auth-rejected', async t => {
    const lines = (proxy, to = secure.url) => [`registry=${to}`, `https-proxy=${proxy.url}`, `cafile=${ca.cert}`]
    const denying = await peers.dante({ t, deny: '127.0.0.1' })
    await fires(t, { lines: lines(denying), rule: 'proxy-forbidden', ...blamed })
    const open = await peers.dante({ t })
    await fires(t, { lines: lines(open, `https://127.0.0.1:${await peers.freePort()}/`), rule: 'proxy-upstream-failed', ...blamed })
    const closed = await peers.dante({ t, auth: true })
    await fires(t, { lines: [lines(closed)[0], `https-proxy=${closed.url.replace('//', '//nobody:${PW}@')}`], rule: 'proxy-auth-rejected', ...blamed })
  })
})

describe('a proxy over TLS', { concurrency: 2 }, () => {
  test('healthy; its own certificate untrusted, expired, for another name', async t => {
    const cases = [
      [cert, null], [await issue({ t, ca, ...expired }), 'tls-expired'], [await issue({ t, ca, names: ['other.example'] }), 'tls-hostname-mismatch'],
      [await issue({ t, selfSigned: true }), 'tls-self-signed']
    ]
    for (const [own, rule] of cases) {
      const proxy = await peers.squid({ t, tls: own, auth: { [user]: password }, hosts })
      const lines = through(withPassword(proxy))
      if (rule) await fires(t, { lines, rule, ...blamed })
      else await silentOn(t, { lines })
    }
  })
  test('proxy-scheme-mismatch, both ways', async t => {
    await fires(t, { lines: through(withPassword(well).replace('http:', 'https:')), rule: 'proxy-scheme-mismatch', ...blamed })
    const proxy = await peers.squid({ t, tls: cert, hosts })
    await fires(t, { lines: through(proxy.url.replace('https:', 'http:')), rule: 'proxy-scheme-mismatch', ...blamed })
  })
})

describe('what is no proxy', { concurrency: 2 }, () => {
  test('proxy-not-a-proxy: a registry, a web server, ssh', async t => {
    const web = await peers.fixedHttp({ t, status: 405, headers: html, body: '<html><title>It works</title>' })
    const nginx = await peers.nginxTls({ t, cert })
    const ssh = await peers.rawServer({ t, onData: socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n') })
    await fires(t, { lines: through(web.url), rule: 'proxy-not-a-proxy', ...blamed })
    await fires(t, { lines: through(nginx.url), rule: 'proxy-not-a-proxy', ...blamed })
    await fires(t, { lines: through(ssh.url), rule: 'proxy-not-a-proxy', ...blamed, npm: false })
  })
  test('proxy-not-a-proxy: a registry that answers for every host is no proxy that blocks CONNECT', async t => {
    const server = await peers.answering(head => head.startsWith('CONNECT ') ? peers.httpAnswer(501) :
      peers.httpAnswer(200, { headers: { 'Content-Type': 'application/json' }, body: '{}' }), { t })
    const { finding } = await fires(t, { lines: through(`http://127.0.0.1:${server.port}/`), rule: 'proxy-not-a-proxy', ...blamed, npm: false })
    assert.match(finding.notes.join('\n'), /a web server does so by itself/)
    assert.doesNotMatch(finding.notes.join('\n') + finding.help, /what it blocks|allow CONNECT/)
  })
  test('proxy-not-a-proxy: a web server that answers 200 to everything, CONNECT too', async t => {
    const web = await peers.fixedHttp({ t, headers: html, body: '<html><title>It works</title>' })
    // Of npm's error the packets decide: what comes together with the head, it drops.
    const { finding: tunnel } = await fires(t, { lines: through(web.url), rule: 'proxy-not-a-proxy', ...blamed, npm: false })
    assert.match(tunnel.notes.join('\n'), /a page in place of a tunnel/)
    // What it gives an http registry's client may be a page of the registry's place: said, not decided.
    const { finding } = await fires(t, { lines: through(web.url, plain), rule: 'registry-not-a-registry', blame: 0, beside })
    assert.match(finding.notes.join('\n'), /asked for a tunnel, .* answers 200, as a web server does/)
  })
  test('a proxy that calls its answer to CONNECT a page is one all the same', async t => {
    const proxy = await peers.rawServer({
      t,
      onConnection: socket => socket.once('data', () => {
        socket.write('HTTP/1.1 200 Connection established\r\nContent-Type: text/html\r\n\r\n')
        const upstream = net.connect(secure.port, '127.0.0.1')
        for (const end of [socket, upstream]) end.on('error', () => {})
        socket.pipe(upstream).pipe(socket)
      })
    })
    await silentOn(t, { lines: through(proxy.url) })
    await fires(t, { lines: through(proxy.url).slice(0, 2), rule: 'tls-intercepted' })
  })
  test('proxy-reset by RST and by FIN', async t => {
    for (const [make, how] of [[peers.resetting, /RST/], [peers.closing, /FIN/]]) {
      for (const server of [plain, secure]) {
        const peer = await make({ t, afterData: true })
        const { finding } = await fires(t, { lines: through(peer.url, server), rule: 'proxy-reset', ...blamed })
        assert.match(finding.message, how)
      }
    }
  })
  test('proxy-unresolvable and proxy-refused', async t => {
    for (const server of [plain, secure]) {
      await fires(t, { lines: through('http://proxy.invalid:3128', server), rule: 'proxy-unresolvable', ...blamed })
      await fires(t, { lines: through(`http://127.0.0.1:${await peers.freePort()}`, server), rule: 'proxy-refused', ...blamed })
    }
  })
  test('proxy-timeout', async t => {
    const peer = await peers.silent({ t })
    for (const [server, what] of [[plain, /not answer the request$/], [secure, /not answer CONNECT$/]]) {
      const { finding } = await fires(t, { lines: through(peer.url, server), rule: 'proxy-timeout', args: ['--timeout', '1'], ...blamed })
      assert.match(finding.message, /accepts the connection/)
      assert.match(finding.message, what)
      assert.match(finding.help, /waiting for the registry/)
    }
  })
  test('proxy-timeout and proxy-reset for one registry alone: the proxy serves the other', async t => {
    const quiet = await peers.silent({ t })
    const { finding, box } = await fires(t, { lines: [`registry=${url(plain)}`, `@a:registry=${quiet.url.replace('127.0.0.1', 'registry.example')}`, `proxy=${withPassword(well)}`],
      rule: 'proxy-timeout', args: ['--timeout', '1'], blame: 2, beside, npm: false })
    assert.match(finding.message, /serves others but does not answer for/)
    assert.deepEqual(finding.targets.map(target => new URL(target.url).port), [String(quiet.port)])
    assert.match((await box.doctor(['check', '--timeout', '1'])).stdout, new RegExp(`─ ${well.host}:${well.port} ─✗ registry\\.example:${quiet.port}`))
    const choosy = await peers.rawServer({ t, onData: (socket, bytes) => bytes.includes('/good/') ? socket.end(peers.httpAnswer(200, { body: '{}', headers: json })) : socket.resetAndDestroy() })
    const { finding: reset } = await fires(t, { lines: ['registry=http://registry.example/good/', '@a:registry=http://registry.example/bad/', `proxy=${choosy.url}`],
      rule: 'proxy-reset', blame: 2, beside, npm: false })
    assert.match(reset.message, /serves others but ends the connection for http:\/\/registry\.example\/bad\/ by a reset \(RST\)/)
    assert.equal(reset.targets.length, 1)
  })
  test('the same, set by a variable', async t => {
    const port = await peers.freePort()
    await fires(t, { lines: [`registry=${secure.url}`, `cafile=${ca.cert}`], env: { HTTPS_PROXY: `http://127.0.0.1:${port}` }, rule: 'proxy-refused', blame: 'HTTPS_PROXY' })
  })
})

test('a left-over: the registry answers without it', async t => {
  const port = await peers.freePort()
  const { finding } = await fires(t, { lines: [`registry=${secure.url}`, `https-proxy=http://127.0.0.1:${port}`, `cafile=${ca.cert}`], rule: 'proxy-refused', ...blamed })
  assert.match(JSON.stringify(finding.notes) + finding.help, /left-over/)
})

// Whatever is wrong with it, for whichever kind of registry.
describe('one proxy and three registries are one finding', { concurrency: 4 }, () => {
  const kinds = {
    'proxy-unresolvable': () => 'http://proxy.invalid:3128',
    'proxy-refused': async () => `http://127.0.0.1:${await peers.freePort()}`,
    'proxy-timeout': async t => (await peers.silent({ t })).url,
    'proxy-reset': async t => (await peers.resetting({ t, afterData: true })).url,
    'proxy-auth-required': () => well.url,
    'proxy-auth-rejected': async t => (await peers.dante({ t, auth: true })).url,
    'proxy-auth-unsupported': async t => (await peers.squid({ t, only: 'ntlm' })).url,
    'proxy-not-a-proxy': async t => (await peers.fixedHttp({ t, status: 405, headers: html, body: '<html><title>It works</title>' })).url,
    'proxy-scheme-mismatch': () => well.url.replace('http:', 'https:'),
    'tls-intercepted': async t => (await peers.squid({ t, tls: await issue({ t, ca: await makeCA('Stranger CA', { t }) }) })).url,
    'tls-expired': async t => (await peers.squid({ t, tls: await issue({ t, ca, ...expired }) })).url
  }
  for (const [rule, make] of Object.entries(kinds)) {
    test(rule, async t => {
      const { finding, report } = await fires(t, { lines: ['registry=http://a.example/', '@b:registry=https://b.example/', '@c:registry=https://c.example/npm/', `proxy=${await make(t)}`, `cafile=${ca.cert}`],
        rule, blame: 3, beside, npm: false, args: ['--timeout', '2'] })
      assert.deepEqual(finding.targets.map(target => target.url), ['http://a.example/', 'https://b.example/', 'https://c.example/npm/'])
      assert.deepEqual(report.registries.map(one => one.probe.outcome), [rule, rule, rule])
    })
  }
})

test('a page in an http registry\'s place may be that of a proxy which does not say its name', async t => {
  const proxy = await peers.refusingProxy({ t, status: 403, headers: html, body: '<html><title>Blocked by policy</title>' })
  const { finding } = await fires(t, { lines: through(proxy.url, plain), rule: 'registry-forbidden', blame: 0, beside })
  assert.match(finding.notes.join('\n'), /Blocked by policy[^]*may be the proxy's own/)
})

test('a proxy that answers is no left-over: what the registry needs is noproxy', async t => {
  const deny = await peers.squid({ t, deny: ['127.0.0.1'] })
  const { finding } = await fires(t, { lines: [`registry=${secure.url}`, `https-proxy=${deny.url}`, `cafile=${ca.cert}`], rule: 'proxy-forbidden', ...blamed })
  assert.equal(finding.help, 'add 127.0.0.1 to noproxy: the registry answers without the proxy')
  assert.doesNotMatch(JSON.stringify(finding), /left-over/)
  await silentOn(t, { lines: [`registry=${secure.url}`, `https-proxy=${deny.url}`, `cafile=${ca.cert}`, 'noproxy=127.0.0.1'], beside: ['noproxy-bypasses-registry'] })
})

test('in a namespace: proxy-unreachable, and a proxy that swallows packets', async t => {
  const ns = await namespace(t, { setup: 'ip route add unreachable 198.51.100.0/24', hosts: '203.0.113.5 registry.example\n' })
  if (ns.why) return t.skip(ns.why)
  const lines = proxy => ['registry=https://registry.example/', `proxy=${proxy}`]
  await fires(t, { ns, lines: lines('http://198.51.100.7:3128'), rule: 'proxy-unreachable', ...blamed })
  await fires(t, { ns, lines: lines('http://203.0.113.9:3128'), rule: 'proxy-unreachable', ...blamed })
  await fires(t, { ns, lines: lines('http://192.0.2.77:3128'), rule: 'proxy-timeout', args: ['--timeout', '1'], ...blamed })
})
