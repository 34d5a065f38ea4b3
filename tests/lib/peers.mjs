// Real servers and proxies on the loopback, and servers with the faults that real ones have.
// Every function takes `t`, a test's context, and stops its server when that test ends.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { must, modules, nodeBinary, systemPath, tempDir } from './sandbox.mjs'

const host = '127.0.0.1'

// Below the range that the kernel gives to outgoing connections, which would otherwise take it meanwhile.
export async function freePort () {
  for (;;) {
    const port = 10000 + Math.floor(Math.random() * 22000)
    const server = net.createServer()
    const free = await new Promise(resolve => {
      server.once('error', () => resolve(false))
      server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
}

function connects (port) {
  return new Promise(resolve => {
    const socket = net.connect(port, host)
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}

// Starts a program that stays in the foreground; resolves once it accepts connections on the port.
export async function daemon ({ t, command, args, env = {}, cwd, port, patience = 30000 }) {
  const child = spawn(command, args, { cwd, env: { PATH: systemPath, LANG: 'C.UTF-8', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', chunk => { output += chunk })
  child.stderr.on('data', chunk => { output += chunk })
  const gone = new Promise(resolve => {
    child.once('error', err => { output += err; resolve() })
    child.once('close', () => resolve())
  })
  let ended = false
  gone.then(() => { ended = true })
  const stop = async () => {
    if (!ended) child.kill('SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), 3000)
    await gone
    clearTimeout(killer)
  }
  t?.after(stop)
  const deadline = Date.now() + patience
  while (!await connects(port)) {
    if (ended || Date.now() > deadline) {
      await stop()
      throw new Error(`${command} does not listen on ${port}:\n${output}`)
    }
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return { port, host, child, stop, get output () { return output } }
}

function lines (file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

async function passwordFile (file, users) {
  fs.writeFileSync(file, '')
  for (const [user, password] of Object.entries(users)) {
    await must('htpasswd', ['-i', '-m', file, user], { env: { PATH: systemPath }, input: password })
  }
}

// auth: {user: password}; deny: hosts; denyConnect: no tunnels; hosts: {name: address}; tls: a certificate
// for a proxy that is itself reached over TLS; config: further lines, which come before all others.
// Started by root it becomes the package's user, which therefore owns its folder.
export async function squid ({ t, auth, deny = [], denyConnect = false, hosts = {}, tls: cert, config = '' } = {}) {
  const dir = tempDir(t, 'squid')
  const at = name => path.join(dir, name)
  const port = await freePort()
  const listen = cert ? `https_port ${host}:${port} tls-cert=${at('chain.pem')} tls-key=${at('key.pem')}` : `http_port ${host}:${port}`
  if (cert) fs.writeFileSync(at('chain.pem'), cert.chainPem)
  if (cert) fs.writeFileSync(at('key.pem'), cert.keyPem)
  if (auth) await passwordFile(at('passwd'), auth)
  fs.writeFileSync(at('hosts'), ['127.0.0.1 localhost', ...Object.entries(hosts).map(([name, to]) => `${to} ${name}`)].join('\n') + '\n')
  fs.writeFileSync(at('conf'), [
    config,
    listen,
    process.getuid() === 0 ? 'cache_effective_user proxy' : '',
    `pid_filename ${at('pid')}`, `access_log stdio:${at('access.log')}`, `cache_log ${at('cache.log')}`,
    `coredump_dir ${dir}`, 'netdb_filename none', 'pinger_enable off', 'cache deny all', 'memory_cache_shared off',
    'shutdown_lifetime 0 seconds', 'visible_hostname proxy.example',
    // Names come from the hosts file alone; nothing is asked outside of this machine.
    `hosts_file ${at('hosts')}`, 'dns_nameservers 127.0.0.1', 'dns_timeout 1 seconds',
    ...(auth
      ? [`auth_param basic program /usr/lib/squid/basic_ncsa_auth ${at('passwd')}`, 'auth_param basic realm proxy.example',
          'acl known proxy_auth REQUIRED', 'http_access deny !known']
      : []),
    ...deny.flatMap((name, i) => [`acl denied${i} ${net.isIP(name) ? 'dst' : 'dstdomain'} ${name}`, `http_access deny denied${i}`]),
    ...(denyConnect ? ['http_access deny CONNECT'] : []),
    'http_access allow all', ''
  ].join('\n'))
  if (process.getuid() === 0) await must('chown', ['-R', 'proxy:proxy', dir], { env: { PATH: systemPath } })
  const peer = await daemon({ t, command: 'squid', args: ['-N', '-n', `nd${port}`, '-f', at('conf')], cwd: dir, port })
  return Object.assign(peer, {
    url: `${cert ? 'https' : 'http'}://${host}:${port}/`,
    // Lines such as "... TCP_TUNNEL/200 1234 CONNECT registry.example:443 user ...".
    accessLog: () => lines(at('access.log'))
  })
}

export async function tinyproxy ({ t, auth, config = '' } = {}) {
  const dir = tempDir(t, 'tinyproxy')
  const port = await freePort()
  const conf = path.join(dir, 'conf')
  const users = Object.entries(auth ?? {}).map(([user, password]) => `BasicAuth ${user} ${password}`)
  fs.writeFileSync(conf, [`Port ${port}`, `Listen ${host}`, 'Timeout 60', 'MaxClients 50', `LogFile "${dir}/log"`, 'LogLevel Info',
    ...users, config, ''].join('\n'))
  const peer = await daemon({ t, command: 'tinyproxy', args: ['-d', '-c', conf], cwd: dir, port })
  return Object.assign(peer, { url: `http://${host}:${port}/`, log: () => lines(path.join(dir, 'log')) })
}

// One port for both schemes: TLS goes to the port `tls`, anything else to the port `plain`.
export async function nginxMux ({ t, plain, tls: secure }) {
  const dir = tempDir(t, 'nginx')
  const port = await freePort()
  const conf = path.join(dir, 'conf')
  fs.writeFileSync(conf, `
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${dir}/pid;
error_log ${dir}/error.log;
events { worker_connections 64; }
stream {
  map $ssl_preread_protocol $upstream { "" ${host}:${plain}; default ${host}:${secure}; }
  server { listen ${host}:${port}; ssl_preread on; proxy_pass $upstream; }
}
`)
  return daemon({ t, command: 'nginx', args: ['-p', dir, '-e', `${dir}/error.log`, '-c', conf], cwd: dir, port })
}

// A request to the loopback, whatever name the certificate bears.
export function request (url, { method = 'GET', headers = {}, body, ca, rejectUnauthorized = true } = {}) {
  const client = url.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    const sent = client.request(url, { method, headers, ca, rejectUnauthorized, agent: false }, answer => {
      const chunks = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export const basic = (user, password) => 'Basic ' + Buffer.from(`${user}:${password}`).toString('base64')

async function publish (base, token, { name, version = '1.0.0' }) {
  const dir = tempDir(null, 'package')
  const manifest = { name, version, description: 'an example' }
  fs.mkdirSync(path.join(dir, 'package'))
  fs.writeFileSync(path.join(dir, 'package/package.json'), JSON.stringify(manifest))
  await must('tar', ['-czf', 'p.tgz', 'package'], { cwd: dir, env: { PATH: systemPath } })
  const tarball = fs.readFileSync(path.join(dir, 'p.tgz'))
  fs.rmSync(dir, { recursive: true })
  const file = `${name.replace(/^.*\//, '')}-${version}.tgz`
  const dist = {
    integrity: 'sha512-' + createHash('sha512').update(tarball).digest('base64'),
    shasum: createHash('sha1').update(tarball).digest('hex'),
    tarball: `${base}${name}/-/${file}`
  }
  const answer = await request(base + name.replace('/', '%2f'), {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      _id: name,
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } },
      _attachments: { [file]: { content_type: 'application/octet-stream', data: tarball.toString('base64'), length: tarball.length } }
    })
  })
  if (answer.status !== 201) throw new Error(`publishing ${name}: ${answer.status} ${answer.body}`)
}

// verdaccio writes its url_prefix into links but leaves it to a reverse proxy to serve below it.
async function prefixFront ({ t, prefix, upstream, cert }) {
  const scheme = cert ? 'https' : 'http'
  const forward = (asked, answer) => {
    if (!asked.url.startsWith(prefix)) {
      answer.writeHead(404).end()
      return
    }
    const headers = { ...asked.headers, 'x-forwarded-proto': scheme }
    const path = '/' + asked.url.slice(prefix.length)
    const onward = http.request({ host, port: upstream, path, method: asked.method, headers, agent: false }, given => {
      answer.writeHead(given.statusCode, given.headers)
      given.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  }
  const server = cert ? https.createServer({ key: cert.keyPem, cert: cert.chainPem }, forward) : http.createServer(forward)
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  const stop = () => new Promise(resolve => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
  t?.after(stop)
  const { port } = server.address()
  return { port, output: '', url: `${scheme}://${host}:${port}${prefix}`, stop }
}

// A registry without uplinks. tls: a certificate, to serve https beside http; users: {name: password};
// packages: [{name, version}]; restricted: reading needs a login; prefix: '/npm/' for instance.
export async function verdaccio ({ t, tls: cert, users = { nick: 'pw-CANARY' }, packages = [{ name: 'nd-example' }], restricted = false, prefix = '/' } = {}) {
  const dir = tempDir(t, 'verdaccio')
  const at = name => path.join(dir, name)
  const sha = password => '{SHA}' + createHash('sha1').update(password).digest('base64')
  fs.writeFileSync(at('htpasswd'), Object.entries(users).map(([user, password]) => `${user}:${sha(password)}\n`).join(''))
  const config = {
    storage: at('storage'),
    url_prefix: prefix,
    auth: { htpasswd: { file: at('htpasswd'), max_users: -1 } },
    uplinks: {},
    packages: { '**': { access: restricted ? '$authenticated' : '$all', publish: '$authenticated', unpublish: '$authenticated' } },
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'http' },
    ...(cert ? { https: { key: cert.key, cert: cert.chain } } : {})
  }
  const fronted = prefix !== '/'
  // JSON is YAML.
  fs.writeFileSync(at('config.yaml'), JSON.stringify(config))
  const start = async scheme => {
    const port = await freePort()
    const args = [path.join(modules, 'verdaccio/bin/verdaccio'), '--config', at('config.yaml'), '--listen', `${scheme}://${host}:${port}`]
    const peer = await daemon({ t, command: nodeBinary(24), args, env: { HOME: dir, NODE_ENV: 'production' }, cwd: dir, port })
    return Object.assign(peer, { url: `${scheme}://${host}:${port}/` })
  }
  // One after the other: the second takes over the secret that the first has put into the storage.
  const backend = await start('http')
  const plain = fronted ? await prefixFront({ t, prefix, upstream: backend.port }) : backend
  const login = async (user = Object.keys(users)[0]) => {
    const answer = await request(`${plain.url}-/user/org.couchdb.user:${user}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: basic(user, users[user]) },
      body: JSON.stringify({ name: user, password: users[user] })
    })
    if (answer.status !== 201) throw new Error(`login: ${answer.status} ${answer.body}`)
    return JSON.parse(answer.body).token
  }
  const token = await login()
  for (const what of packages) await publish(plain.url, token, what)
  let secure = null
  if (cert) secure = fronted ? await prefixFront({ t, prefix, upstream: backend.port, cert }) : await start('https')
  return {
    host,
    port: plain.port,
    url: plain.url,
    tlsPort: secure?.port,
    tlsUrl: secure?.url,
    token,
    login,
    // Its log in JSON lines, one for each request.
    get output () { return backend.output + (secure?.output ?? '') },
    stop: () => Promise.all([plain.stop(), secure?.stop(), backend.stop()])
  }
}

// A server in this process. It keeps all bytes it gets, per connection, in `connections`; `errors` has
// what went wrong in TLS. onConnection(socket), onData(socket, allBytesSoFar) decide how it behaves.
export async function rawServer ({ t, tls: cert, onConnection = () => {}, onData = () => {} } = {}) {
  const connections = []
  const sockets = new Set()
  const errors = []
  const accept = socket => {
    const index = connections.push(Buffer.alloc(0)) - 1
    socket.on('data', chunk => {
      connections[index] = Buffer.concat([connections[index], chunk])
      onData(socket, connections[index])
    })
    onConnection(socket)
  }
  const server = cert
    ? tls.createServer({ key: cert.keyPem, cert: cert.chainPem, ...cert.options }, accept)
    : net.createServer(accept)
  // Every connection, also one whose handshake never ends.
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', err => errors.push(err))
  })
  server.on('secureConnection', socket => socket.on('error', err => errors.push(err)))
  server.on('tlsClientError', err => errors.push(err))
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  const { port } = server.address()
  const stop = () => new Promise(resolve => {
    for (const socket of sockets) socket.destroy()
    server.close(() => resolve())
  })
  t?.after(stop)
  return {
    host,
    port,
    url: `${cert ? 'https' : 'http'}://${host}:${port}/`,
    connections,
    errors,
    get received () { return Buffer.concat(connections).toString('latin1') },
    stop
  }
}

// Accepts, reads and never answers.
export const silent = options => rawServer(options)

// Sends RST at once, or when something has been received.
export const resetting = ({ afterData = false, ...options } = {}) => rawServer({
  ...options,
  onConnection: socket => { if (!afterData) socket.resetAndDestroy() },
  onData: socket => { if (afterData) socket.resetAndDestroy() }
})

// Sends FIN at once, or when something has been received.
export const closing = ({ afterData = false, ...options } = {}) => rawServer({
  ...options,
  onConnection: socket => { if (!afterData) socket.end() },
  onData: socket => { if (afterData) socket.end() }
})

// Answers every request head with the same bytes, then closes. `answer` may be a function of the head.
export const answering = (answer, options = {}) => rawServer({
  ...options,
  onData: (socket, bytes) => {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0 || socket.answered) return
    socket.answered = true
    socket.end(typeof answer === 'function' ? answer(bytes.subarray(0, end).toString('latin1')) : answer)
  }
})

export function httpAnswer (status, { headers = {}, body = '' } = {}) {
  const all = { 'Content-Length': Buffer.byteLength(body), Connection: 'close', ...headers }
  const head = Object.entries(all).flatMap(([name, value]) => [value].flat().map(one => `${name}: ${one}\r\n`)).join('')
  return `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? 'Unknown'}\r\n${head}\r\n${body}`
}

// An HTTP server, over TLS with `tls`, that gives one and the same answer.
export const fixedHttp = ({ status = 200, headers, body, ...options } = {}) =>
  answering(httpAnswer(status, { headers, body }), options)

// A proxy that gives this status to CONNECT and to everything else.
export const refusingProxy = ({ status = 403, headers, body, ...options } = {}) =>
  answering(httpAnswer(status, { headers, body }), options)
