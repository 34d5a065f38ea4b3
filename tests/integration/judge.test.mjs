// What check says of real peers on the loopback: verdicts, lines, times, and nothing where npm copes.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, test } from 'node:test'
import zlib from 'node:zlib'
import { issue, makeCA } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { npmMajors, sandbox, slow } from '../lib/sandbox.mjs'

const { fixedHttp, httpAnswer } = peers
const json = { 'Content-Type': 'application/json' }
const text = { 'Content-Type': 'text/plain' }
const html = { 'Content-Type': 'text/html' }
// The host of npm's default registry, whose name stands in the program's table alone.
const npmHost = ['registry', 'npmjs', 'org'].join('.')

async function check (t, lines, { npm = 11, node, env, project = {}, args = [] } = {}) {
  const box = sandbox(t, { npm, node, env })
  box.write('home/.npmrc', lines.join('\n') + '\n')
  for (const [name, content] of Object.entries(project)) box.write(`project/${name}`, JSON.stringify(content))
  const result = await box.doctor(['check', '--format', 'json', '--timeout', '3', ...args])
  assert.ok(result.status === 0 || result.status === 1, result.stderr)
  const report = JSON.parse(result.stdout)
  const find = rule => report.findings.filter(one => one.rule === rule)
  return { box, report, find, rules: report.findings.map(one => one.rule), registry: report.registries[0] }
}

// A registry that answers by path.
const paths = (t, answers, options) => peers.answering(head => {
  const [, path] = head.split(' ')
  const [status, body, headers = json] = answers(path) ?? [404, 'no', text]
  return httpAnswer(status, { body, headers })
}, { t, ...options })

const needs = name => ({ project: { 'package.json': { dependencies: { [name]: '^1.0.0' } } } })
const packument = (name, url) => JSON.stringify({ name, versions: { '1.0.0': { dist: { tarball: url } } } })

// What npm view needs of a package x.
const viewable = '{"name":"x","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"x","version":"1.0.0"}}}'

describe('a registry is judged by what an install needs', () => {
  const mirror = path => path === '/-/ping' ? [200, '', text] : path === '/' ? [200, 'a mirror', text]
    : path === '/left-pad' ? [200, packument('left-pad', '')] : null

  test('a mirror whose ping is empty and whose root is text', async t => {
    const server = await paths(t, mirror)
    const known = await check(t, [`registry=${server.url}`], needs('left-pad'))
    assert.deepEqual(known.rules, ['registry-over-http'])
    assert.equal(known.registry.probe.outcome, 'ok')
    const unknown = await check(t, [`registry=${server.url}`])
    assert.deepEqual(unknown.find('registry-not-a-registry').map(one => one.severity), ['warning'])
  })

  test('404 in JSON for all but packages; a package that is not there', async t => {
    const server = await paths(t, path => path === '/@corp%2fx' ? [200, '{"name":"x"}'] : [404, '{"error":"404 Not Found"}'])
    const good = await check(t, [`registry=http://127.0.0.1:1/`, `@corp:registry=${server.url}`], needs('@corp/x'))
    assert.equal(good.report.registries[1].probe.outcome, 'ok')
    const bad = await check(t, [`registry=${server.url}`], needs('left-pad'))
    assert.deepEqual(bad.find('registry-not-a-registry').map(one => [one.severity, one.npmError]), [['error', 'E404']])
    const without = await check(t, [`registry=${server.url}`])
    assert.deepEqual(without.find('registry-not-a-registry').map(one => one.severity), ['warning'])
  })

  test('a page is one by its tags or by its type', async t => {
    const table = [
      [404, 'Not found', html, 'error'], [404, 'Not found', text, 'warning'], [404, '<html>no', text, 'error'], [200, 'Welcome', html, 'error'],
      [404, '{"error":"no"}', html, 'warning'], [404, '', html, 'warning']
    ]
    for (const [status, body, headers, severity] of table) {
      const server = await fixedHttp({ t, status, body, headers })
      const { find } = await check(t, [`registry=${server.url}`])
      assert.deepEqual(find('registry-not-a-registry').map(one => one.severity), [severity], `${status} ${body}`)
    }
  })

  test('a page, and a redirect to one, are none; a redirect to a registry is one', async t => {
    const portal = await fixedHttp({ t, body: '<html><title>Log in</title></html>', headers: html })
    const login = await paths(t, path => path === '/login' ? [200, '<html></html>', html] : [302, '', { Location: '/login' }])
    for (const server of [portal, login]) {
      for (const options of [{}, needs('left-pad')]) {
        const { find } = await check(t, [`registry=${server.url}`], options)
        assert.deepEqual(find('registry-not-a-registry').map(one => one.severity), ['error'])
      }
    }
    const home = await fixedHttp({ t, body: '{}', headers: json })
    const moved = await paths(t, path => [301, '', { Location: home.url + path.slice(1) }])
    for (const options of [{}, needs('left-pad')]) {
      assert.deepEqual((await check(t, [`registry=${moved.url}`], options)).rules, ['registry-over-http'])
    }
  })

  test('tarballs on another host', async t => {
    const table = [
      [11, 'http://files.example/x.tgz', [], ['warning']], [12, 'http://files.example/x.tgz', [], ['error']],
      [12, 'http://files.example/x.tgz', ['replace-registry-host=always'], []],
      [12, 'http://files.example/x.tgz', ['allow-remote=all'], ['warning']],
      [12, `https://${npmHost}/x/-/x-1.0.0.tgz`, [], []],
      [11, `https://${npmHost}/x/-/x-1.0.0.tgz`, ['replace-registry-host=never'], ['warning']]
    ]
    for (const [npm, url, lines, severities] of table) {
      const server = await paths(t, path => path === '/x' ? [200, packument('x', url)] : [200, '{}'])
      const { find } = await check(t, [`registry=${server.url}`, ...lines], { npm, ...needs('x') })
      assert.deepEqual(find('registry-tarball-host').map(one => one.severity), severities, `npm ${npm}, ${url}, ${lines}`)
    }
    const own = await paths(t, path => [200, path === '/x' ? packument('x', `${own.url}x.tgz`) : '{}'])
    assert.deepEqual((await check(t, [`registry=${own.url}`], { npm: 12, ...needs('x') })).rules, ['registry-over-http'])
  })
})

describe('the hop, the cause and the line', () => {
  test('a left-over proxy is named with its line', async t => {
    const server = await fixedHttp({ t, body: '{}', headers: json })
    const port = await peers.freePort()
    const { find, box } = await check(t, [`registry=${server.url}`, `@a:registry=${server.url}a/`, `proxy=http://127.0.0.1:${port}/`])
    const [finding, ...more] = find('proxy-refused')
    assert.deepEqual(more, [])
    assert.equal(finding.location.line, 3)
    assert.equal(finding.targets.length, 2)
    assert.match(finding.notes.join('\n'), /left-over/)
    assert.ok(finding.help.startsWith(`delete line 3 of ${box.home}/.npmrc`))
    const { stdout } = await box.doctor(['check'])
    assert.ok(stdout.includes(`  this machine ─✗ 127.0.0.1:${port} ─ 127.0.0.1:${server.port} (proxy-connect, `), stdout)
    const ascii = await box.doctor(['check'], { env: { LANG: 'C' } })
    assert.ok(ascii.stdout.includes(`  this machine -x 127.0.0.1:${port} - 127.0.0.1:${server.port} (`), ascii.stdout)
  })

  test('an http:// proxy that speaks TLS, and the reverse; fix mends both', async t => {
    const ca = await makeCA('Corp CA', { t })
    const server = await fixedHttp({ t, body: '{}', headers: json })
    const secure = await peers.squid({ t, tls: await issue({ t, ca }) })
    const plain = await peers.squid({ t })
    for (const [proxy, wrong, right] of [[secure, 'http', 'https'], [plain, 'https', 'http']]) {
      const lines = scheme => [`registry=${server.url}`, `cafile=${ca.cert}`, `https-proxy=${scheme}://127.0.0.1:${proxy.port}/`]
      const { find, box } = await check(t, lines(wrong))
      assert.equal(find('proxy-scheme-mismatch').length, 1, wrong)
      assert.equal(find('proxy-scheme-mismatch')[0].fix.automatic, true)
      await box.doctor(['fix', 'proxy-scheme-mismatch', '--yes'])
      assert.equal(box.read('home/.npmrc'), lines(right).join('\n') + '\n')
      const again = JSON.parse((await box.doctor(['check', '--format', 'json'])).stdout)
      assert.equal(again.registries[0].probe.outcome, 'ok')
    }
  })

  test('CONNECT is blocked but http works', async t => {
    const ca = await makeCA('Corp CA', { t })
    const plain = await fixedHttp({ t, body: '{}', headers: json })
    const secure = await fixedHttp({ t, body: '{}', headers: json, tls: await issue({ t, ca }) })
    const front = await peers.nginxMux({ t, plain: plain.port, tls: secure.port })
    const proxy = await peers.squid({ t, denyConnect: true })
    const { find } = await check(t, [`registry=https://127.0.0.1:${front.port}/`, `cafile=${ca.cert}`, `proxy=http://127.0.0.1:${proxy.port}/`])
    assert.match(find('proxy-forbidden')[0].notes.join('\n'), /what it blocks is CONNECT/)
  })

  test('who reset it, and after how much', async t => {
    const server = await peers.resetting({ t, afterData: true })
    const [finding] = (await check(t, [`registry=${server.url.replace('http', 'https')}`])).find('registry-reset')
    assert.equal(finding.evidence.ending, 'reset')
    assert.equal(finding.evidence.remoteAddress, `127.0.0.1:${server.port}`)
    assert.ok(finding.evidence.bytesSent > 100 && finding.evidence.bytesReceived === 0)
  })
})

describe('what strict-ssl=false hides', () => {
  test('nothing, a private CA, a real mismatch', async t => {
    const ca = await makeCA('Corp CA', { t })
    const good = await fixedHttp({ t, body: '{}', headers: json, tls: await issue({ t, ca }) })
    const other = await fixedHttp({ t, body: '{}', headers: json, tls: await issue({ t, ca, names: ['other.example'] }) })
    const table = [
      [good, [`cafile=${ca.cert}`], /hides nothing/], [good, [], /hides a private CA behind .*: Corp CA/],
      [other, [`cafile=${ca.cert}`], /hides a real mismatch/]
    ]
    for (const [server, lines, note] of table) {
      const { find, box } = await check(t, [`registry=${server.url}`, 'strict-ssl=false', ...lines])
      const [finding] = find('strict-ssl-disabled')
      assert.match(finding.notes.join('\n'), note)
      assert.equal(finding.fix.automatic, note.source === 'hides nothing')
      if (!finding.fix.automatic) continue
      await box.doctor(['fix', 'strict-ssl-disabled', '--yes'])
      assert.equal(box.read('home/.npmrc'), [`registry=${server.url}`, ...lines].join('\n') + '\n')
    }
  })
})

describe('bad input', () => {
  const endless = (t, head, chunk) => peers.rawServer({
    t,
    onData: socket => {
      socket.write(head)
      const more = () => { while (!socket.destroyed && socket.write(chunk)); }
      socket.on('drain', more)
      more()
    }
  })
  const bomb = zlib.gzipSync(Buffer.alloc(64 << 20))
  const table = {
    'endless headers': ['HTTP/1.1 200 OK\r\n', 'X-A: ' + 'a'.repeat(1000) + '\r\n'],
    'endless body': ['HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n', 'x'.repeat(1 << 16)],
    'a gzip bomb': [`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`, bomb],
    'no HTTP': ['\0\x01\x02garbage\r\n\r\n', '\0'.repeat(100)],
    'a bad status line': ['HTTP/1.1 abc\r\n\r\n', 'x'],
    'an endless status line': ['HTTP/1.1 200 ', 'x'.repeat(1 << 16)]
  }
  for (const [name, parts] of Object.entries(table)) {
    test(name, async t => {
      const server = await endless(t, ...parts)
      const before = Date.now()
      const { report } = await check(t, [`registry=http://127.0.0.1:${server.port}/`])
      assert.ok(Date.now() - before < 6000 * slow)
      assert.ok(report.summary.error + report.summary.warning > 0, JSON.stringify(report.findings))
    })
  }

  const toConnect = {
    'endless headers': ['HTTP/1.1 200 OK\r\n', 'X-A: ' + 'a'.repeat(1000) + '\r\n', 'proxy-not-a-proxy'],
    'endless early answers': ['', 'HTTP/1.1 100 Continue\r\n\r\n', 'proxy-not-a-proxy'],
    'an endless status line': ['HTTP/1.1 200 ', 'x'.repeat(1 << 16), 'proxy-not-a-proxy'],
    'an endless page': ['HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 99999999999999999999999\r\n\r\n', 'x'.repeat(1 << 16), 'proxy-auth-required'],
    'endless chunks': ['HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n', '5\r\naaaaa\r\n', 'proxy-forbidden'],
    'a negative length': ['HTTP/1.1 403 No\r\nContent-Length: -5\r\n\r\n', 'x', 'proxy-forbidden']
  }
  for (const [name, [head, chunk, rule]] of Object.entries(toConnect)) {
    test(`from a proxy, to CONNECT: ${name}`, async t => {
      const proxy = await endless(t, head, chunk)
      const before = Date.now()
      const { report } = await check(t, ['registry=https://registry.example/', `proxy=http://127.0.0.1:${proxy.port}`])
      assert.ok(Date.now() - before < 6000 * slow)
      assert.deepEqual(report.findings.map(one => one.rule), [rule])
    })
  }

  test('a redirect loop', async t => {
    const server = await paths(t, () => [302, '', { Location: '/again' }])
    const { find } = await check(t, [`registry=${server.url}`])
    assert.deepEqual(find('registry-not-a-registry').map(one => one.severity), ['error'])
    assert.ok(server.connections.length < 20)
  })

  test('1,000 certificates', async t => {
    const ca = await makeCA('Corp CA', { t })
    const cert = await issue({ t, ca })
    // As many as OpenSSL takes (100 KiB) are judged; a thousand end the handshake, with npm as with us.
    for (const [count, trusted, rule] of [[60, true, null], [60, false, 'tls-intercepted'], [1000, true, 'tls-handshake-failed']]) {
      const server = await fixedHttp({ t, body: viewable, headers: json, tls: { ...cert, chainPem: cert.chainPem + ca.certPem.repeat(count - 1) } })
      const started = Date.now()
      const { report, box } = await check(t, [`registry=${server.url}`, 'fetch-retries=0', ...(trusted ? [`cafile=${ca.cert}`] : [])])
      assert.deepEqual(report.findings.filter(one => one.severity === 'error').map(one => one.rule), rule ? [rule] : [], `${count}`)
      assert.ok(Date.now() - started < 6000 * slow)
      assert.equal((await box.npm(['view', 'x', 'version'])).status === 0, !rule)
    }
  })
})

describe('how long npm would hang', () => {
  const lines = ['fetch-retries=2', 'fetch-retry-mintimeout=2000', 'fetch-retry-factor=2', 'fetch-retry-maxtimeout=3000', 'fetch-timeout=1500', 'update-notifier=false']
  // The server's clock is the judge: from the first connection to the last sign of npm. So neither npm's
  // start nor a busy machine counts.
  const kinds = {
    reset: { accept: socket => socket.resetAndDestroy(), signs: ['connection'] },
    silent: { accept: () => {}, signs: ['connection', 'close'] },
    'out of order': { accept: socket => socket.on('data', () => socket.write(httpAnswer(503, { body: '{}', headers: json }))), signs: ['connection', 'data'] },
    // Nothing is tried again once the head is there.
    stalled: { accept: socket => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')), signs: ['connection', 'close'] },
    'silent proxy': { accept: () => {}, signs: ['connection', 'close'], proxy: true },
    'out of order, to CONNECT': { accept: socket => socket.on('data', () => socket.end(httpAnswer(503))), signs: ['connection', 'data'], proxy: true, registry: 'https://registry.example/' }
  }
  async function watched (t, { accept, signs }) {
    const times = []
    const see = sign => { if (signs.includes(sign)) times.push(Date.now()) }
    const server = await peers.rawServer({
      t,
      onConnection: socket => {
        see('connection')
        socket.on('data', () => see('data'))
        socket.on('close', () => see('close'))
        accept(socket)
      }
    })
    return { server, times }
  }
  for (const npm of [npmMajors[0], npmMajors.at(-1)]) {
    for (const [kind, how] of Object.entries(kinds)) {
      test(`${kind}, npm ${npm}`, async t => {
        const { server, times } = await watched(t, how)
        const setting = how.proxy ? [`registry=${how.registry ?? 'http://registry.example/'}`, `proxy=${server.url}`] : [`registry=${server.url}`]
        const { report, box } = await check(t, [...setting, ...lines], { npm })
        const [said] = report.findings.map(one => one.evidence.npmSeconds).filter(Boolean)
        times.length = 0
        await box.npm(['view', 'left-pad'])
        const took = (times.at(-1) - times[0]) / 1000
        assert.ok(Math.abs(said - took) <= took * 0.1, `said ${said} s, took ${took} s`)
      })
    }
  }

  test('no limit on TLS from npm 10 on', async t => {
    const server = await peers.silent({ t })
    for (const [npm, limited] of [[9, true], [11, false]]) {
      const { find } = await check(t, [`registry=https://127.0.0.1:${server.port}/`, ...lines], { npm, args: ['--timeout', '1'] })
      const [finding] = find('registry-timeout')
      assert.equal(finding.npmError, limited ? 'FETCH_ERROR' : null)
      assert.equal(finding.evidence.npmSeconds !== undefined, limited)
      assert.match(finding.notes.join('\n'), limited ? /about 9\.5 s/ : /until the system gives up, 3 times/)
    }
  })
})
