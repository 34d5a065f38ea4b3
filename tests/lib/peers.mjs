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

// Schemes that squid offers instead of Basic. Nobody ever gets so far as to ask the helpers.
const squidSchemes = {
  ntlm: 'auth_param ntlm program /usr/lib/squid/ntlm_fake_auth\nauth_param ntlm children 1',
  negotiate: 'auth_param negotiate program /usr/lib/squid/negotiate_kerberos_auth\nauth_param negotiate children 1',
  digest: 'auth_param digest program /usr/lib/squid/digest_file_auth /dev/null\nauth_param digest children 1\nauth_param digest realm proxy.example'
}

// A CA for connections that squid opens and signs anew.
async function bumping (at, ca) {
  fs.writeFileSync(at('ca.pem'), ca.certPem)
  fs.writeFileSync(at('ca-key.pem'), ca.keyPem)
  await must('/usr/lib/squid/security_file_certgen', ['-c', '-s', at('certs'), '-M', '4MB'], { env: { PATH: systemPath } })
  return {
    listen: `ssl-bump tls-cert=${at('ca.pem')} tls-key=${at('ca-key.pem')} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB`,
    config: [`sslcrtd_program /usr/lib/squid/security_file_certgen -s ${at('certs')} -M 4MB`, 'sslcrtd_children 1',
      'acl hello at_step SslBump1', 'ssl_bump peek hello', 'ssl_bump bump all', 'sslproxy_cert_error allow all',
      'tls_outgoing_options flags=DONT_VERIFY_PEER']
  }
}

// auth: {user: password}; only: 'ntlm', 'negotiate' or 'digest' in place of Basic; deny: hosts; policy: the text
// of the page that the denied get; denyConnect: no tunnels; connectPorts: tunnels to these alone;
// hosts: {name: address}; tls: a certificate for a proxy that is itself reached over TLS; bump: a CA with
// which squid opens TLS; config: further lines, which come before all others.
// Started by root it becomes the package's user, which therefore owns its folder.
export async function squid ({ t, auth, only, deny = [], policy, denyConnect = false, connectPorts, hosts = {}, tls: cert, bump, config = '' } = {}) {
  const dir = tempDir(t, 'squid')
  const at = name => path.join(dir, name)
  const port = await freePort()
  const bumped = bump ? await bumping(at, bump) : { listen: '', config: [] }
  const listen = cert ? `https_port ${host}:${port} tls-cert=${at('chain.pem')} tls-key=${at('key.pem')}` : `http_port ${host}:${port} ${bumped.listen}`
  if (cert) fs.writeFileSync(at('chain.pem'), cert.chainPem)
  if (cert) fs.writeFileSync(at('key.pem'), cert.keyPem)
  if (auth) await passwordFile(at('passwd'), auth)
  fs.writeFileSync(at('hosts'), ['127.0.0.1 localhost', ...Object.entries(hosts).map(([name, to]) => `${to} ${name}`)].join('\n') + '\n')
  if (policy) {
    fs.cpSync('/usr/share/squid/errors/templates', at('errors'), { recursive: true })
    fs.writeFileSync(at('errors/ERR_POLICY'), policy)
  }
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
    ...(only ? [squidSchemes[only], 'acl known proxy_auth REQUIRED', 'http_access deny !known'] : []),
    ...(policy ? [`error_directory ${at('errors')}`] : []),
    ...deny.flatMap((name, i) => [`acl denied${i} ${net.isIP(name) ? 'dst' : 'dstdomain'} ${name}`,
      ...(policy ? [`deny_info ERR_POLICY denied${i}`] : []), `http_access deny denied${i}`]),
    ...(denyConnect ? ['http_access deny CONNECT'] : []),
    ...(connectPorts ? [`acl tunnels port ${connectPorts.join(' ')}`, 'http_access deny CONNECT !tunnels'] : []),
    ...bumped.config,
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

// A SOCKS server for all versions. deny: an address that it refuses; auth: it wants a system user's password,
// of which nobody has one.
export async function dante ({ t, deny, auth = false } = {}) {
  const dir = tempDir(t, 'dante')
  const port = await freePort()
  const conf = path.join(dir, 'conf')
  fs.writeFileSync(conf, [`logoutput: ${dir}/log`, `internal: ${host} port = ${port}`, 'external: lo', 'clientmethod: none',
    `socksmethod: ${auth ? 'username' : 'none'}`, 'client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }',
    ...(deny ? [`socks block { from: 0.0.0.0/0 to: ${deny}/32 }`] : []),
    'socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }', ''].join('\n'))
  const peer = await daemon({ t, command: 'danted', args: ['-f', conf, '-p', path.join(dir, 'pid')], cwd: dir, port })
  return Object.assign(peer, { url: `socks5://${host}:${port}` })
}

// A web server that gives all requests one JSON answer over TLS. protocols: as nginx names them.
export async function nginxTls ({ t, cert, protocols = 'TLSv1.2 TLSv1.3', body = '{}' }) {
  const dir = tempDir(t, 'nginx')
  const port = await freePort()
  const conf = path.join(dir, 'conf')
  fs.writeFileSync(path.join(dir, 'answer.json'), body)
  fs.writeFileSync(conf, `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${dir}/pid;
error_log ${dir}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${dir}; proxy_temp_path ${dir}; fastcgi_temp_path ${dir}; uwsgi_temp_path ${dir}; scgi_temp_path ${dir};
  server {
    listen ${host}:${port} ssl;
    ssl_certificate ${cert.chain};
    ssl_certificate_key ${cert.key};
    ssl_protocols ${protocols};
    ssl_ciphers ALL:@SECLEVEL=0;
    default_type application/json;
    location / { root ${dir}; rewrite ^ /answer.json break; }
  }
}
`)
  const peer = await daemon({ t, command: 'nginx', args: ['-p', dir, '-e', `${dir}/error.log`, '-c', conf], cwd: dir, port })
  return Object.assign(peer, { url: `https://${host}:${port}/` })
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

async function publish (base, token, { name, version = '1.0.0', scripts, files = {} }) {
  const dir = tempDir(null, 'package')
  const manifest = { name, version, description: 'an example', ...(scripts ? { scripts } : {}) }
  fs.mkdirSync(path.join(dir, 'package'))
  for (const [file, content] of Object.entries(files)) fs.writeFileSync(path.join(dir, 'package', file), content)
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
// packages: [{name, version, scripts, files: {name: content}}]; restricted: reading needs a login; prefix: '/npm/' for instance.
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
    // A web server does not wait for the rest of a TLS greeting either.
    if (bytes[0] === 0x16 && !socket.answered) {
      socket.answered = true
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    }
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
