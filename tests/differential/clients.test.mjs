// pnpm, yarn and bun themselves against `route --client`: whom they connect to and with what credentials.
// Every case is run with an http and an https registry; what counts is the first connection that is seen.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import test from 'node:test'
import { clientBin, doctor, run, systemPath, tempDir } from '../lib/sandbox.mjs'

const token = 'CANARYcl1ent'
const clients = {
  pnpm10: { flags: ['--client', 'pnpm', '--npm-version', '10'], command: ['pnpm', 'add', 'nd-example'] },
  pnpm: { flags: ['--client', 'pnpm'], command: ['pnpm', 'add', 'nd-example'] },
  yarn1: { flags: ['--client', 'yarn'], command: ['yarn', 'info', 'nd-example', '--json'] },
  bun: { flags: ['--client', 'bun'], command: ['bun', 'pm', 'view', 'nd-example'] }
}

// Notes the first bytes and refuses: a TLS handshake, CONNECT, an absolute or a plain request.
async function listener (t, name, see) {
  const server = net.createServer(socket => {
    let head = ''
    socket.on('error', () => {})
    socket.on('data', data => {
      const tls = head === '' && data[0] === 0x16
      head += data.toString('latin1')
      if (!tls && !head.includes('\r\n\r\n')) return
      see({ to: name, authorization: tls ? null : /^authorization: *(\S*)/mi.exec(head)?.[1].toLowerCase() ?? null, tls })
      socket.end(tls ? '' : 'HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}')
    })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return server.address().port
}

// R: the registry, P1 to P3: proxies, or other registries.
async function world (t, scheme) {
  const dir = tempDir(t, 'client')
  const seen = []
  let tell
  const first = new Promise(resolve => { tell = resolve })
  const ports = {}
  for (const name of ['R', 'P1', 'P2', 'P3']) ports[name] = await listener(t, name, what => { seen.push(what); tell(what) })
  return {
    at: file => path.join(dir, file),
    first,
    ports,
    port: name => ports[name],
    proxy: name => `http://127.0.0.1:${ports[name]}`,
    registry: name => `${scheme}://127.0.0.1:${ports[name]}/`,
    nerf: name => `//127.0.0.1:${ports[name]}/`
  }
}

function prepare (w, { files = {}, env = {} }) {
  for (const dir of ['home', 'ws/project']) fs.mkdirSync(w.at(dir), { recursive: true })
  for (const [name, text] of Object.entries({ 'ws/project/package.json': '{"name":"p","version":"1.0.0"}', ...files })) {
    fs.mkdirSync(path.dirname(w.at(name)), { recursive: true })
    fs.writeFileSync(w.at(name), text)
  }
  return { HOME: w.at('home'), LANG: 'C.UTF-8', ...env }
}

// The program is killed as soon as it has connected to somebody; null: it never did.
async function observe (w, client, env, cwd) {
  const [command, ...args] = clients[client].command
  const child = spawn(command, args, { cwd, env: { ...env, PATH: `${clientBin(client)}:${systemPath}` }, detached: true, stdio: ['ignore', 'ignore', 'ignore'] })
  const gone = new Promise((resolve, reject) => child.once('close', () => resolve(null)).once('error', reject))
  let timer
  const late = new Promise((resolve, reject) => { timer = setTimeout(() => reject(new Error(`${client} neither connects nor ends`)), 60000) })
  try {
    return await Promise.race([w.first, gone, late])
  } finally {
    clearTimeout(timer)
    try { process.kill(-child.pid, 'SIGKILL') } catch {}
    await gone
  }
}

// The same in our words; `registry` first, as that is what decides where the question is put.
async function predict (w, client, env, cwd, scheme) {
  const options = { cwd, env: { ...env, PATH: `${clientBin(client)}:${systemPath}` } }
  const config = await run(doctor, ['config', '--json', ...clients[client].flags], options)
  assert.equal(config.status, 0, config.stderr)
  if (/stops while it reads/.test(config.stderr)) return null
  const registry = JSON.parse(config.stdout).settings.find(setting => setting.key === 'registry').value
  const result = await run(doctor, ['route', '--json', ...clients[client].flags, `${registry.replace(/\/$/, '')}/nd-example`], options)
  assert.equal(result.status, 0, result.stderr)
  assert.ok(!result.stdout.includes('CANARY') && !config.stdout.includes('CANARY'), 'a secret in the output')
  const [route] = JSON.parse(result.stdout).routes
  if (route.error) return null
  const port = Number(new URL(route.proxy ?? route.registry).port)
  const to = Object.keys(w.ports).find(name => w.ports[name] === port)
  const plain = scheme === 'http'
  return { to, authorization: plain ? { token: 'bearer', basic: 'basic', none: null }[route.credentials.kind] : null, tls: route.proxy ? route.proxy.startsWith('https:') : !plain }
}

const user = (w, ...lines) => ({ 'home/.npmrc': [`registry=${w.registry('R')}`, ...lines].join('\n') + '\n' })
const variables = (w, extra) => ({ HTTP_PROXY: w.proxy('P1'), HTTPS_PROXY: w.proxy('P2'), ...extra })

const cases = {
  proxy: w => ({ files: user(w, `proxy=${w.proxy('P1')}`) }),
  'https-proxy': w => ({ files: user(w, `https-proxy=${w.proxy('P1')}`) }),
  'http-proxy': w => ({ files: user(w, `http-proxy=${w.proxy('P1')}`) }),
  'both keys': w => ({ files: user(w, `proxy=${w.proxy('P1')}`, `https-proxy=${w.proxy('P2')}`) }),
  'file against environment': w => ({ files: user(w, `proxy=${w.proxy('P3')}`), env: variables(w) }),
  'HTTP_PROXY alone': w => ({ files: user(w), env: { HTTP_PROXY: w.proxy('P1') } }),
  'HTTPS_PROXY alone': w => ({ files: user(w), env: { HTTPS_PROXY: w.proxy('P1') } }),
  'PROXY alone': w => ({ files: user(w), env: { PROXY: w.proxy('P1') } }),
  'ALL_PROXY alone': w => ({ files: user(w), env: { ALL_PROXY: w.proxy('P3') } }),
  'ALL_PROXY beside others': w => ({ files: user(w), env: variables(w, { ALL_PROXY: w.proxy('P3') }) }),
  'both spellings': w => ({ files: user(w), env: { https_proxy: w.proxy('P1'), HTTPS_PROXY: w.proxy('P2'), http_proxy: w.proxy('P3'), HTTP_PROXY: w.proxy('P2') } }),
  'lower case empty': w => ({ files: user(w), env: { https_proxy: '', HTTPS_PROXY: w.proxy('P2') } }),
  'upper case empty': w => ({ files: user(w), env: { https_proxy: w.proxy('P1'), HTTPS_PROXY: '' } }),
  'proxy=false': w => ({ files: user(w, 'proxy=false'), env: variables(w) }),
  'https-proxy=false': w => ({ files: user(w, 'https-proxy=false'), env: variables(w) }),
  'proxy empty': w => ({ files: user(w, 'proxy='), env: variables(w) }),
  'npm_config_https_proxy': w => ({ files: user(w), env: { npm_config_https_proxy: w.proxy('P1') } }),
  'PNPM_CONFIG_HTTPS_PROXY': w => ({ files: user(w), env: { PNPM_CONFIG_HTTPS_PROXY: w.proxy('P1') } }),
  'proxy without scheme': w => ({ files: user(w, `proxy=127.0.0.1:${w.port('P1')}`, `https-proxy=127.0.0.1:${w.port('P1')}`) }),
  'proxy is no URL': w => ({ files: user(w, 'proxy=not a url', 'https-proxy=not a url') }),
  'NO_PROXY, proxy of the environment': w => ({ files: user(w), env: variables(w, { NO_PROXY: '127.0.0.1' }) }),
  'NO_PROXY, proxy of the file': w => ({ files: user(w, `proxy=${w.proxy('P1')}`), env: { NO_PROXY: '127.0.0.1' } }),
  'NO_PROXY=*': w => ({ files: user(w), env: variables(w, { NO_PROXY: '*' }) }),
  'NO_PROXY with the port': w => ({ files: user(w), env: variables(w, { NO_PROXY: `127.0.0.1:${w.port('R')}` }) }),
  'NO_PROXY with another port': w => ({ files: user(w), env: variables(w, { NO_PROXY: '127.0.0.1:1' }) }),
  'NO_PROXY: labels of the end': w => ({ files: user(w), env: variables(w, { NO_PROXY: '0.1' }) }),
  'NO_PROXY: a dot before them': w => ({ files: user(w), env: variables(w, { NO_PROXY: '.0.1' }) }),
  'NO_PROXY: half a label': w => ({ files: user(w), env: variables(w, { NO_PROXY: '7.0.0.1' }) }),
  'NO_PROXY: a block': w => ({ files: user(w), env: variables(w, { NO_PROXY: '127.0.0.0/8' }) }),
  'NO_PROXY: blanks around': w => ({ files: user(w), env: variables(w, { NO_PROXY: ' a.example , 127.0.0.1 ' }) }),
  'no_proxy beside NO_PROXY': w => ({ files: user(w), env: variables(w, { no_proxy: '127.0.0.1', NO_PROXY: 'a.example' }) }),
  noproxy: w => ({ files: user(w, `proxy=${w.proxy('P1')}`, 'noproxy=127.0.0.1') }),
  'no-proxy': w => ({ files: user(w, `proxy=${w.proxy('P1')}`, 'no-proxy=127.0.0.1') }),
  'noproxy beside no-proxy': w => ({ files: user(w, `proxy=${w.proxy('P1')}`, 'no-proxy=127.0.0.1', 'noproxy=a.example') }),
  'noproxy beside NO_PROXY': w => ({ files: user(w, `proxy=${w.proxy('P1')}`, 'noproxy=a.example'), env: { NO_PROXY: '127.0.0.1' } })
}

// What needs no second run over TLS, where nobody sees credentials.
const plainCases = {
  'the project before the user': w => ({ files: { ...user(w), 'ws/project/.npmrc': `registry=${w.registry('P1')}` } }),
  'the workspace root': w => ({ files: { ...user(w), 'ws/pnpm-workspace.yaml': 'packages: [project]\n', 'ws/package.json': '{}', 'ws/.npmrc': `registry=${w.registry('P1')}` } }),
  'the workspace root beside the project': w => ({
    files: { ...user(w), 'ws/pnpm-workspace.yaml': 'packages: [project]\n', 'ws/package.json': '{}', 'ws/.npmrc': `registry=${w.registry('P1')}`, 'ws/project/.npmrc': `registry=${w.registry('P2')}` }
  }),
  'a workspace in package.json': w => ({ files: { ...user(w), 'ws/package.json': '{"private":true,"workspaces":["project"]}', 'ws/.npmrc': `registry=${w.registry('P1')}` } }),
  'a file above the project': w => ({ files: { 'home/.npmrc': '', 'uc': `registry=${w.registry('R')}`, 'ws/.npmrc': `${w.nerf('R')}:_authToken=${token}\nalways-auth=true` }, env: { npm_config_userconfig: w.at('uc') } }),
  'the global file': w => ({ files: { ...user(w, 'always-auth=true'), 'pre/etc/npmrc': `${w.nerf('R')}:_authToken=${token}` }, env: { PREFIX: w.at('pre') } }),
  "pnpm's rc file": w => ({ files: { ...user(w), 'home/.config/pnpm/rc': `${w.nerf('R')}:_authToken=${token}` } }),
  "pnpm's auth.ini": w => ({ files: { ...user(w), 'home/.config/pnpm/auth.ini': `registry=${w.registry('P1')}` } }),
  npm_config_registry: w => ({ files: user(w), env: { npm_config_registry: w.registry('P1') } }),
  PNPM_CONFIG_REGISTRY: w => ({ files: user(w), env: { PNPM_CONFIG_REGISTRY: w.registry('P1') } }),
  'npm_config_//host/:_authToken': w => ({ files: user(w), env: { [`npm_config_${w.nerf('R')}:_authToken`]: token } }),
  'a token': w => ({ files: user(w, `${w.nerf('R')}:_authToken=${token}`) }),
  'a token, always-auth': w => ({ files: user(w, 'always-auth=true', `${w.nerf('R')}:_authToken=${token}`) }),
  'a token by variable': w => ({ files: user(w, `${w.nerf('R')}:_authToken=\${TOK}`), env: { TOK: token } }),
  'an unscoped token': w => ({ files: user(w, `_authToken=${token}`) }),
  'user and password': w => ({ files: user(w, `${w.nerf('R')}:username=u`, `${w.nerf('R')}:_password=cHc=`) }),
  _auth: w => ({ files: user(w, `${w.nerf('R')}:_auth=dTpwdw==`) }),
  'a token by variable in the project': w => ({ files: { ...user(w), 'ws/project/.npmrc': `${w.nerf('R')}:_authToken=\${TOK}` }, env: { TOK: token } }),
  'a written-out token in the project': w => ({ files: { ...user(w), 'ws/project/.npmrc': `${w.nerf('R')}:_authToken=${token}` } }),
  'a registry by variable in the project': w => ({ files: { ...user(w), 'ws/project/.npmrc': 'registry=${REG}' }, env: { REG: w.registry('P1') } }),
  'a proxy by variable in the project': w => ({ files: { ...user(w), 'ws/project/.npmrc': 'proxy=${PX}' }, env: { PX: w.proxy('P1') } }),
  'a registry by variable of the user': w => ({ files: { 'home/.npmrc': 'registry=${REG}' }, env: { REG: w.registry('P1') } }),
  'an unset variable in the project': w => ({ files: { ...user(w), 'ws/project/.npmrc': `registry=${w.registry('P1')}\nfoo=\${NOPE}` } }),
  'a default for an unset variable': w => ({ files: { ...user(w), 'ws/project/.npmrc': `registry=${w.registry('P1')}\nfoo=\${NOPE-x}` } }),
  'a variable in a key': w => ({ files: user(w, `//\${HOST_PORT}/:_authToken=${token}`), env: { HOST_PORT: `127.0.0.1:${w.port('R')}` } })
}

async function compare (t, client, make, scheme) {
  const w = await world(t, scheme)
  const setup = make(w)
  const env = prepare(w, setup)
  const cwd = w.at('ws/project')
  const [theirs, ours] = await Promise.all([observe(w, client, env, cwd), predict(w, client, env, cwd, scheme)])
  assert.deepEqual(ours, theirs)
}

for (const client of Object.keys(clients)) {
  test(client, { concurrency: 2 }, async t => {
    const tests = []
    for (const [name, make] of Object.entries(cases)) {
      for (const scheme of ['http', 'https']) tests.push(t.test(`${name}, ${scheme}`, t => compare(t, client, make, scheme)))
    }
    for (const [name, make] of Object.entries(plainCases)) tests.push(t.test(name, t => compare(t, client, make, 'http')))
    await Promise.all(tests)
  })
}

// Files of the clients' own kind, which are not decoded: what beats the .npmrc is said to be unread.
const ownFiles = [
  ['yarn1', 'ws/project/.yarnrc', w => `proxy "${w.proxy('P1')}"\n`],
  ['pnpm10', 'ws/pnpm-workspace.yaml', w => `packages: [project]\nregistries:\n  default: ${w.registry('P1')}\n`],
  ['pnpm', 'ws/pnpm-workspace.yaml', w => `packages: [project]\nregistry: ${w.registry('P1')}\n`],
  ['pnpm', 'ws/pnpm-workspace.yaml', w => `packages: [project]\nhttpProxy: ${w.proxy('P1')}\n`],
  ['pnpm', 'home/.config/pnpm/config.yaml', w => `registries:\n  default: ${w.registry('P1')}\n`],
  ['bun', 'ws/project/bunfig.toml', w => `[install]\nregistry = "${w.registry('P1')}"\n`],
  ['bun', 'home/.bunfig.toml', w => `[install]\nregistry = "${w.registry('P1')}"\n`]
]
for (const [client, file, text] of ownFiles) {
  test(`${client}: ${file} beats the .npmrc, and is said to be unread`, async t => {
    const w = await world(t, 'http')
    const env = prepare(w, { files: { ...user(w), [file]: text(w) } })
    const cwd = w.at('ws/project')
    assert.equal((await observe(w, client, env, cwd)).to, 'P1')
    const result = await run(doctor, ['check', '--offline', '--format', 'json', ...clients[client].flags], { cwd, env: { ...env, PATH: systemPath } })
    const { sources, unchecked } = JSON.parse(result.stdout)
    assert.equal(sources.find(each => each.path === w.at(file)).read, false)
    assert.ok(unchecked.some(({ rule, reason }) => rule === 'shadowed-setting' && reason.startsWith(w.at(file))), result.stdout)
    const route = await run(doctor, ['route', ...clients[client].flags, w.registry('R')], { cwd, env: { ...env, PATH: systemPath } })
    assert.ok(route.stderr.includes(`${w.at(file)} is not read`), route.stderr)
  })
}

test('a pnpm-workspace.yaml that names no registry, proxy or trust leaves nothing unchecked', async t => {
  const w = await world(t, 'http')
  const env = prepare(w, { files: { ...user(w), 'ws/pnpm-workspace.yaml': 'packages: [project]\ncatalog:\n  left-pad: 1.0.0\n' } })
  const result = await run(doctor, ['check', '--offline', '--only', 'shadowed-setting', '--format', 'json', '--client', 'pnpm'], { cwd: w.at('ws/project'), env: { ...env, PATH: systemPath } })
  assert.deepEqual(JSON.parse(result.stdout).unchecked, [])
})
