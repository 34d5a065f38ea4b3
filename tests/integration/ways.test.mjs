// proxy-needed: the way out that another program on this machine has and npm has not.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as peers from '../lib/peers.mjs'
import { must, sandbox, slow, systemPath, tempDir } from '../lib/sandbox.mjs'
import { issue, makeCA } from '../lib/certs.mjs'
import { checkJson, assertNoSecret, causes } from '../e2e/support.mjs'
import { fires, json, namespace, npmSays, password, registry, silentOn, user } from './support.mjs'

const cleanups = []
const shared = { after: cleanup => cleanups.unshift(cleanup) }
after(async () => { for (const cleanup of cleanups) await cleanup() })

// Only the proxy knows the registry's name.
const hosts = { 'registry.invalid': '127.0.0.1' }
let ca, plain, secure, proxy, address
before(async () => {
  ca = await makeCA('Corp CA', { t: shared })
  plain = await registry(shared)
  secure = await registry(shared, { tls: await issue({ t: shared, ca, names: ['registry.invalid', '127.0.0.1'] }) })
  proxy = await peers.squid({ t: shared, hosts })
  address = `127.0.0.1:${proxy.port}`
})

const beside = ['registry-over-http', 'proxy-ignored']
const lines = server => [`registry=${server.url.replace('127.0.0.1', 'registry.invalid')}`, `cafile=${ca.cert}`]
// A password in another program's file is that program's: it is neither sent nor shown.
const withPassword = () => `http://${user}:${password}@${address}`

async function needed (t, { server = secure, source = {}, ...options }) {
  const { box, finding, result } = await fires(t, { lines: lines(server), rule: 'proxy-needed', beside, secrets: [password], ...options })
  for (const [name, value] of Object.entries(source)) assert.equal(finding.evidence[name], name === 'file' && !value.startsWith('/') ? box.at(value) : value, name)
  assert.equal(finding.evidence.proxy, `http://${address}`)
  assert.ok(finding.help.includes(`https-proxy=http://${address}`), finding.help)
  // What it says to write is what mends it.
  box.write('home/.npmrc', [...lines(server), `https-proxy=http://${address}`].join('\n') + '\n')
  if (!options.ns) assert.equal(await npmSays(box, { env: options.env, patience: 30000 }), undefined)
  return { box, finding, result }
}

describe('proxy-needed', { concurrency: 2 }, () => {
  test('variables that npm does not heed', async t => {
    await needed(t, { env: { ALL_PROXY: `http://${address}` }, source: { variable: 'ALL_PROXY', program: 'the environment' } })
    await needed(t, { env: { http_proxy: withPassword() }, source: { variable: 'http_proxy' } })
    await needed(t, { server: plain, env: { npm_config_http_proxy: address }, source: { variable: 'npm_config_http_proxy' } })
  })
  test('the files of git, curl, pip and wget', async t => {
    const files = [
      ['git', 'home/.gitconfig', `[user]\n\tname = Nick\n[http]\n\tproxy = ${withPassword()}\n`, 4],
      ['git', 'home/.config/git/config', `[http "https://registry.invalid"]\n\tproxy = ${address}\n`, 2],
      ['curl', 'home/.curlrc', `proxy = "${withPassword()}"\n`, 1],
      ['pip', 'home/.config/pip/pip.conf', `[global]\nproxy = ${withPassword()}\n`, 2],
      ['wget', 'home/.wgetrc', `# mine\n\nhttps_proxy = ${withPassword()}\n`, 3]
    ]
    for (const [program, file, content, line] of files) {
      await needed(t, { files: { [file]: content }, source: { program, file, line } })
    }
  })
  test('an npm setting that npm does not know', async t => {
    const { finding } = await fires(t, { lines: [...lines(secure), `http-proxy=http://${address}`], rule: 'proxy-needed', beside })
    assert.equal(finding.evidence.line, 3)
    assert.match(finding.evidence.file, /home\/\.npmrc$/)
  })
  test('apt and /etc/environment, in a name space of files', async t => {
    const dir = tempDir(t, 'etc')
    fs.mkdirSync(path.join(dir, 'parts'))
    fs.writeFileSync(path.join(dir, 'parts/90proxy'), `Acquire {\n  https::Proxy "${withPassword()}/";\n};\n`)
    fs.writeFileSync(path.join(dir, 'parts/91proxy.bak'), 'Acquire::http::Proxy "http://127.0.0.1:1";\n')
    fs.writeFileSync(path.join(dir, 'environment'), `PATH="/bin"\nHTTP_PROXY="${withPassword()}"\n`)
    const mounted = (from, to) => namespace(t, { net: false, setup: `mount --bind ${dir}/${from} ${to}` })
    const apt = await mounted('parts', '/etc/apt/apt.conf.d')
    if (apt.why) return t.skip(apt.why)
    await needed(t, { ns: apt, source: { program: 'apt', file: '/etc/apt/apt.conf.d/90proxy', line: 2 } })
    if (!fs.existsSync('/etc/environment')) return
    const system = await mounted('environment', '/etc/environment')
    await needed(t, { ns: system, source: { file: '/etc/environment', line: 2 } })
  })
  test('a registry that wants credentials is reached; a page is not', async t => {
    const closed = await registry(t, { answer: () => [401, '{"error":"login"}'] })
    await fires(t, { lines: lines(closed), env: { ALL_PROXY: `http://${address}` }, rule: 'proxy-needed', beside })
    const page = await peers.fixedHttp({ t, headers: { 'Content-Type': 'text/html' }, body: '<html><title>Portal</title></html>' })
    await fires(t, { lines: lines(page), env: { ALL_PROXY: `http://${address}` }, rule: 'registry-unresolvable', beside })
  })
  test('a firewall that swallows packets leaves time for the other way', async t => {
    const peer = await peers.silent({ t })
    const { report } = await fires(t, {
      lines: [`registry=${peer.url}`], env: { ALL_PROXY: `http://127.0.0.1:${(await front(t)).port}` }, rule: 'proxy-needed', beside, args: ['--timeout', '2'], npm: false
    })
    assert.equal(report.registries[0].probe.outcome, 'registry-timeout')
  })
  test('npm\'s own proxy is dead and another one is not: both are said', async t => {
    const port = await peers.freePort()
    const box = sandbox(t)
    box.write('home/.npmrc', [...lines(secure), `https-proxy=http://127.0.0.1:${port}`].join('\n') + '\n')
    box.write('home/.gitconfig', `[http]\n\tproxy = ${withPassword()}\n`)
    const result = await checkJson(box)
    assertNoSecret(result, [password])
    assert.deepEqual(causes(result.report).map(f => f.rule).sort(), ['proxy-needed', 'proxy-refused'])
    for (const finding of causes(result.report)) assert.equal(finding.location.line, 3)
    assert.match(causes(result.report).find(f => f.rule === 'proxy-needed').help, /In place of/)
  })
  test('noproxy takes the registry off the proxy that it needs', async t => {
    const { report, finding } = await fires(t, { lines: [...lines(secure), `https-proxy=http://${address}`, 'noproxy=registry.invalid'], rule: 'proxy-needed', beside })
    assert.match(finding.help, /noproxy/)
    assert.equal(report.findings.find(f => f.rule === 'noproxy-bypasses-registry').severity, 'warning')
  })
  test('a proxy that wants a password is named with the symptom; one that needs none comes first', async t => {
    const locked = await peers.squid({ t, auth: { [user]: password }, hosts })
    const set = port => `http://${user}:${password}@127.0.0.1:${port}`
    const files = { 'home/.gitconfig': `[http]\n\tproxy = ${set(locked.port)}\n` }
    const { box, finding } = await fires(t, { lines: lines(secure), files, rule: 'registry-unresolvable', beside })
    assert.match(finding.notes.join('\n'), /the proxy of .*gitconfig:2 \(git\), .* wants a password: it may be the way out.* was not tried/)
    assert.equal(finding.evidence.lockedProxy, `http://127.0.0.1:${locked.port}`)
    assert.deepEqual(locked.accessLog().filter(line => line.includes(` ${user} `)), [])
    // With the password npm gets through.
    box.write('home/.npmrc', [...lines(secure), `https-proxy=http://${user}:\${PW}@127.0.0.1:${locked.port}`].join('\n') + '\n')
    assert.equal(await npmSays(box, { patience: 30000 }), undefined)
    const both = await fires(t, { lines: lines(secure), files: { ...files, 'home/.wgetrc': `https_proxy = http://${address}\n` }, rule: 'proxy-needed', beside })
    assert.equal(both.finding.evidence.program, 'wget')
    // One that asks for what npm cannot do is no way out.
    const ntlm = await peers.refusingProxy({ t, status: 407, headers: { 'Proxy-Authenticate': 'NTLM' } })
    const none = await fires(t, { lines: lines(secure), env: { ALL_PROXY: ntlm.url }, rule: 'registry-unresolvable', beside })
    assert.doesNotMatch(JSON.stringify(none.finding), /may be the way out/)
  })
  test('three registries, one way: one finding', async t => {
    const [first] = lines(secure)
    const { finding } = await fires(t, {
      lines: [first, `cafile=${ca.cert}`, `@a:${first}a/`, `@b:${first}b/`], env: { ALL_PROXY: `http://${address}` }, rule: 'proxy-needed', beside
    })
    assert.equal(finding.targets.length, 3)
  })
})

// A library in libproxy's place, as a desktop cannot be set up here: what it says is used, and a silent one
// (PAC files are fetched from the network) is not waited for.
test('proxy-needed by the desktop\'s settings', async t => {
  const dir = tempDir(t, 'libproxy')
  const build = async answer => {
    fs.writeFileSync(path.join(dir, 'px.c'), `
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
void *px_proxy_factory_new(void) { return malloc(1); }
void px_proxy_factory_free(void *factory) { free(factory); }
char **px_proxy_factory_get_proxies(void *factory, const char *url)
{
	char **list = calloc(3, sizeof(*list));

	(void)factory, (void)url;
	${answer}
	return list;
}
`)
    await must('gcc', ['-shared', '-fPIC', '-o', path.join(dir, 'libproxy.so.1'), path.join(dir, 'px.c')], { env: { PATH: systemPath } })
  }
  const env = { LD_LIBRARY_PATH: dir, XDG_CURRENT_DESKTOP: 'GNOME' }
  await build(`list[0] = strdup("direct://"); list[1] = strdup("${withPassword()}");`)
  await needed(t, { env, source: { program: 'the desktop' } })
  await build('pause();')
  const started = Date.now()
  await fires(t, { lines: lines(secure), env, rule: 'registry-unresolvable', beside, npm: false })
  assert.ok(Date.now() - started < 5000 * slow)
})

// A proxy that answers for every registry.
const front = t => peers.fixedHttp({ t, headers: json, body: '{}' })

describe('no proxy is needed', { concurrency: 2 }, () => {
  test('the registry answers directly: the others are left alone', async t => {
    const idle = await peers.fixedHttp({ t })
    const { report } = await silentOn(t, { lines: [`registry=${secure.url}`, `cafile=${ca.cert}`], env: { ALL_PROXY: idle.url }, files: { 'home/.gitconfig': `[http]\n\tproxy = ${idle.url}\n` } })
    assert.ok(!report.findings.some(f => f.rule === 'proxy-needed'))
    assert.equal(idle.connections.length, 0)
  })
  test('the other proxy does not reach it either, and sees no credentials', async t => {
    const refusing = await peers.refusingProxy({ t, status: 407, headers: { 'Proxy-Authenticate': 'Basic' } })
    await fires(t, {
      lines: [...lines(secure), `//registry.invalid:${secure.port}/:_authToken=\${TOKEN}`],
      files: { 'home/.gitconfig': `[http]\n\tproxy = http://${user}:${password}@127.0.0.1:${refusing.port}\n` },
      rule: 'registry-unresolvable',
      beside
    })
    assert.equal(refusing.connections.length, 1)
    assert.doesNotMatch(refusing.received, /authorization/i)
  })
  test('--skip proxy-needed: nothing of it is tried, the symptom is reported', async t => {
    const idle = await peers.fixedHttp({ t })
    await fires(t, { lines: lines(secure), env: { ALL_PROXY: idle.url }, rule: 'registry-unresolvable', beside, args: ['--skip', 'proxy-needed'] })
    assert.equal(idle.connections.length, 0)
  })
})
