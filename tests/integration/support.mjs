// What the files of this suite share: one faulty set-up, judged by the program and by npm itself.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { assertNoSecret, causes, checkJson } from '../e2e/support.mjs'
import { answering, httpAnswer } from '../lib/peers.mjs'
import { run, sandbox, systemPath, tempDir } from '../lib/sandbox.mjs'

export const user = 'nick'
export const password = 'pw-CANARY'
export const token = 'token-CANARY'
export const json = { 'Content-Type': 'application/json' }
export const html = { 'Content-Type': 'text/html' }

// What npm view needs, and a ping that is answered.
export const packument = JSON.stringify({
  name: 'nd-example',
  'dist-tags': { latest: '1.0.0' },
  versions: { '1.0.0': { name: 'nd-example', version: '1.0.0', dist: { tarball: 'http://registry.example/nd-example-1.0.0.tgz', shasum: '0'.repeat(40) } } }
})

// A healthy registry that keeps what it was asked: by path and by credentials. answer(path, authorization)
// may give [status, body, headers] in place of the usual.
export async function registry (t, { tls, answer = () => undefined, ...options } = {}) {
  const asked = []
  const server = await answering(head => {
    const target = head.split(' ')[1]
    // Through a proxy an http request names the whole URL.
    const where = target.startsWith('http') ? new URL(target).pathname : target
    const authorization = /^authorization: (.*)$/im.exec(head)?.[1]
    asked.push({ path: where, authorization })
    const [status, body, headers = json] = answer(where, authorization) ?? [200, where === '/nd-example' ? packument : '{}']
    return httpAnswer(status, { body, headers })
  }, { t, tls, ...options })
  return Object.assign(server, { asked })
}

// npm's own verdict: the code that it prints, null where it prints none or hangs, undefined for success.
export async function npmSays (box, { ns, env = {}, patience = 6000 } = {}) {
  const args = ['view', 'nd-example', 'version', '--fetch-retries=0', '--fetch-timeout=1500', '--no-update-notifier']
  const result = ns
    ? await ns.run('npm', args, { cwd: box.project, env: { ...box.env, ...env }, timeout: patience })
    : await box.npm(args, { env, timeout: patience })
  if (result.status === 0) return undefined
  return /npm (?:error|ERR!) code (\S+)/.exec(result.stderr)?.[1] ?? null
}

function place (box, lines, blame) {
  if (blame === null) return { layer: 'default', file: null, line: null }
  if (typeof blame === 'string') return { layer: 'env', variable: blame, file: null }
  return { layer: 'user', file: box.at('home/.npmrc'), line: blame + 1, key: lines[blame].slice(0, lines[blame].indexOf('=')) }
}

// lines: of the user's .npmrc; blame: the index of the line to blame, or the name of a variable; rule: the
// one error that must be found; warns: the same as a warning; npm: false where npm is not asked (it says
// nothing within seconds), or the code that is known to differ; ns: a namespace to run in; client: npm's major.
export async function fires (t, { lines, env = {}, blame = 0, rule, severity = 'error', beside = [], npm = true, ns, args = [], secrets = [], files = {}, client }) {
  const box = sandbox(t, { ...(client && { npm: client }), env: { PW: encodeURIComponent(password), TOKEN: token, ...env } })
  box.write('home/.npmrc', lines.join('\n') + '\n')
  for (const [name, content] of Object.entries(files)) box.write(name, content)
  const result = ns ? await ns.check(box, args) : await checkJson(box, args)
  const { report } = result
  const say = () => JSON.stringify(report.findings, null, 1)
  assertNoSecret(result, [password, token, ...secrets], rule)
  const found = report.findings.filter(f => f.rule === rule)
  assert.equal(found.length, 1, `${rule}: ${say()}`)
  const [finding] = found
  assert.equal(finding.severity, severity, say())
  assert.deepEqual(causes(report).map(f => f.rule).filter(name => !beside.includes(name)), severity === 'error' ? [rule] : [], say())
  for (const [name, value] of Object.entries(place(box, lines, blame))) assert.equal(finding.location[name], value, `location.${name}: ${say()}`)
  assert.ok(finding.targets.length > 0, say())
  assert.ok(finding.message && finding.help)
  if (npm) assert.equal(finding.npmError, await npmSays(box, { ns }) ?? null, `npm says otherwise: ${say()}`)
  return { box, report, finding, result }
}

// The control: the same kind of peer in good health. npm gets its package and nothing is reported.
export async function silentOn (t, { lines, env = {}, ns, args = [], npm = true, files = {}, beside = ['registry-over-http'] }) {
  const box = sandbox(t, { env: { PW: encodeURIComponent(password), TOKEN: token, ...env } })
  box.write('home/.npmrc', lines.join('\n') + '\n')
  for (const [name, content] of Object.entries(files)) box.write(name, content)
  const result = ns ? await ns.check(box, args) : await checkJson(box, args)
  const { report } = result
  assertNoSecret(result, [password, token])
  assert.deepEqual(causes(report).map(f => f.rule).filter(rule => !beside.includes(rule)), [], JSON.stringify(report.findings, null, 1))
  assert.deepEqual(report.registries.map(r => [r.probe.outcome, r.probe.stage]), report.registries.map(() => ['ok', null]))
  if (npm) assert.equal(await npmSays(box, { ns, patience: 30000 }), undefined, 'npm fails on the healthy one')
  return { box, report }
}

// A network namespace of its own with a loopback and a dummy interface that swallows packets
// (192.0.2.0/24). setup: further shell lines; hosts, resolv: what stands in /etc there. With net: false it
// is a name space of files alone: the network is the machine's.
// Where namespaces are forbidden the result is { why }.
export async function namespace (t, { setup = '', hosts = '', resolv = '', net = true } = {}) {
  const dir = tempDir(t, 'netns')
  const root = process.getuid() === 0
  fs.writeFileSync(path.join(dir, 'hosts'), `127.0.0.1 localhost\n${hosts}`)
  fs.writeFileSync(path.join(dir, 'resolv.conf'), resolv)
  fs.writeFileSync(path.join(dir, 'nsswitch.conf'), 'hosts: files dns\npasswd: files\n')
  // Not every kernel has dummy interfaces; one end of a cable that asks for no address does the same.
  const network = ['ip link set lo up',
    'ip link add dummy0 type dummy 2>/dev/null || { ip link add dummy0 type veth peer name dummy1; ip link set dummy1 up; }',
    'ip link set dummy0 arp off', 'ip addr add 192.0.2.1/24 dev dummy0', 'ip link set dummy0 up',
    ...['hosts', 'resolv.conf', 'nsswitch.conf'].map(name => `mount --bind ${dir}/${name} $(readlink -f /etc/${name})`)]
  const script = ['set -e', ...(net ? network : []), setup, 'echo ready', 'exec cat'].join('\n')
  const holder = spawn('unshare', [...(root ? [] : ['--map-root-user']), ...(net ? ['--net'] : []), '--mount', 'sh', '-c', script],
    { env: { PATH: systemPath }, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  holder.stderr.on('data', chunk => { said += chunk })
  const gone = new Promise(resolve => holder.once('close', resolve))
  const children = []
  t.after(async () => {
    for (const child of children) child.kill()
    holder.stdin.end()
    await gone
  })
  const ready = await Promise.race([
    new Promise(resolve => createInterface(holder.stdout).once('line', () => resolve(true))),
    gone.then(() => false)
  ])
  if (!ready) return { why: `no network namespace: ${said.trim()}` }
  const enter = ['-t', String(holder.pid), ...(net ? ['--net'] : []), '--mount', ...(root ? [] : ['--user', '--preserve-credentials'])]
  // By its path: what is run in the namespace may have a PATH without it.
  const ns = {
    run: (command, args, options) => run('/usr/bin/nsenter', [...enter, `--wd=${options.cwd}`, command, ...args], options),
    async check (box, args = []) {
      const result = await ns.run(process.env.ND_BIN ?? 'build/npmrc-doctor', ['check', '--format', 'json', ...args], { cwd: box.project, env: box.env })
      assert.ok([0, 1].includes(result.status), `status ${result.status}: ${result.stderr}`)
      return { ...result, report: JSON.parse(result.stdout) }
    },
    // A script of node's in the namespace, up to the line that it prints.
    async start (source) {
      const child = spawn('nsenter', [...enter, process.execPath, '--input-type=module', '-e', source], { env: { PATH: systemPath }, stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      return new Promise((resolve, reject) => {
        createInterface(child.stdout).once('line', resolve)
        child.once('close', status => reject(new Error(`ended with ${status}`)))
      })
    }
  }
  return ns
}
