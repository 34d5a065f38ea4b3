// What npm's own modules make of files, environments and URLs: the same questions as view_drive answers,
// one JSON object per line, to the installation whose npm is argv[2]. Run by that npm's node.
//
// Requests are really made, by npm's npm-registry-fetch with npm's flat options. The one thing that is
// changed is where sockets go: each pair of host and port becomes an address of its own in 127.0.0.0/8,
// where one server plays registry, http, https and socks proxy and notes what it sees.
import { createHash } from 'node:crypto'
import dns from 'node:dns'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import readline from 'node:readline'
import { ascii, Wire } from './wire.mjs'

const npm = fs.realpathSync(process.argv[2])
const [, , , keyFile, certFile] = process.argv
const require = createRequire(path.join(npm, 'package.json'))
const major = Number.parseInt(require('./package.json').version)
const first = process.cwd()

const wire = await Wire.start(keyFile, certFile)
// socks4 and socks5 ask for addresses here; nothing else does, as sockets get names.
dns.lookup = (name, options, done) => {
  if (typeof options === 'function') done = options
  process.nextTick(options?.all ? () => done(null, [{ address: '127.0.0.1', family: 4 }]) : () => done(null, '127.0.0.1', 4))
}

const Config = require('@npmcli/config')
const { definitions, shorthands, flatten, nerfDarts } = require('@npmcli/config/lib/definitions')
const nerfDart = require('@npmcli/config/lib/nerf-dart.js')
const envReplace = require('@npmcli/config/lib/env-replace.js')
const ini = require('ini')

const sha256 = text => text == null ? null : createHash('sha256').update(text, 'utf8').digest('hex')
const names = ['cli', 'env', 'project', 'user', 'global', 'builtin']

function encode (value) {
  if (value === undefined) return { undefined: true }
  if (value instanceof Date) return { date: true }
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : { infinity: true }
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(encode)
  if (value && typeof value === 'object') return Object.getPrototypeOf(value) ? { object: JSON.stringify(value) } : { section: true }
  return value
}

// As `env` would start npm: nothing of the last case, and the order that is asked for.
function enter ({ cwd, env }) {
  for (const name of Object.keys(process.env)) delete process.env[name]
  process.chdir(cwd)
  for (const pair of env) {
    const equals = pair.indexOf('=')
    process.env[pair.slice(0, equals)] = pair.slice(equals + 1)
  }
}

// These keep the proxy variables from when they were loaded, and agents, whose keys leave the password out.
const stateful = /\/(@npmcli\/agent|make-fetch-happen|npm-registry-fetch)\/lib\//
let fetchEnv = null

function freshFetch () {
  const now = JSON.stringify(Object.entries(process.env).filter(([name]) => /proxy$/i.test(name)))
  if (major >= 10 && now === fetchEnv) {
    require('npm-registry-fetch')
    createRequire(require.resolve('make-fetch-happen'))('@npmcli/agent').cache.clear()
  } else {
    for (const file of Object.keys(require.cache)) if (stateful.test(file)) delete require.cache[file]
  }
  fetchEnv = now
  return require('npm-registry-fetch')
}

// npm 9 finds out later that a proxy is no text.
function problem (error) {
  const text = `${error.code ?? ''} ${error.message}`
  const known = [/ERR_INVALID_URL|Invalid URL|reading 'startsWith'|Cannot convert object to primitive/, /EINVALIDPROXY|EUNSUPPORTEDPROXY|A "socks" protocol must be specified/, /URI malformed/, /not a legal HTTP header value/]
  const index = known.findIndex(each => each.test(text))
  return index < 0 ? text.trim() : ['ERR_INVALID_URL', 'EINVALIDPROXY', 'URI malformed', 'illegal header'][index]
}

// What must not decide here: how patient npm is, its cache, the header npm-scope, and TLS against a server
// that knows no name.
const neutral = {
  scope: undefined,
  retry: { retries: 0 },
  timeout: 5000,
  cache: undefined,
  strictSSL: false,
  ca: undefined,
  cert: undefined,
  key: undefined,
  localAddress: undefined,
  maxSockets: 15,
  otp: undefined,
  authType: undefined,
  userAgent: 'npm',
  offline: false,
  preferOffline: false,
  preferOnline: false
}

// pacote: the package's registry is picked, then its document asked for by its whole URL.
async function request (config, { scope, url }) {
  const fetch = freshFetch()
  const spec = scope ? `${scope}/pkg` : 'pkg'
  const opts = { ...config.flat, ...neutral, spec }
  wire.forget()
  let error = null
  try {
    const response = await fetch(url ?? fetch.pickRegistry(spec, config.flat).trim().replace(/\/?$/, '/pkg'), opts)
    await response.text()
  } catch (er) {
    error = problem(er)
  }
  const seen = wire.seen()
  return { error, ...seen, authorization: sha256(seen.authorization), proxyAuthorization: sha256(seen.proxyAuthorization) }
}

class View extends Config {
  problems = []
  unknown = []
  invalidHandler (key, value, type, source, where) {
    this.problems.push([where, key])
  }

  checkUnknown (where, key) {
    const queue = this.queueWarning
    this.queueWarning = () => this.unknown.push([where, key])
    super.checkUnknown(where, key)
    this.queueWarning = queue
  }
}

async function answerCase ({ cwd, env, builtin, targets }) {
  enter({ cwd, env })
  const deprecated = []
  const hear = (level, title, key) => { if (level === 'warn' && title === 'config' && definitions[key]?.deprecated) deprecated.push(key) }
  process.on('log', hear)
  const config = new View({
    npmPath: builtin ? path.dirname(builtin) : npm,
    definitions,
    shorthands,
    flatten,
    nerfDarts,
    argv: [process.execPath, 'npm'],
    warn: false
  })
  try {
    await config.load()
    return await answerLoaded(config, targets, deprecated)
  } catch (error) {
    return { fatal: error.message }
  } finally {
    process.off('log', hear)
    process.chdir(first)
  }
}

function layersOf (config) {
  return Object.fromEntries(names.map(name => {
    const { data, source } = config.data.get(name)
    return [name, { file: source, settings: Object.keys(data).map(key => [key.toWellFormed(), encode(data[key])]) }]
  }))
}

function effectiveOf (config) {
  const keys = new Set(names.flatMap(name => Object.keys(config.data.get(name).data)).concat('globalconfig', 'metrics-registry', 'global-ignore-file'))
  return [...keys].map(key => [key.toWellFormed(), encode(config.get(key)), config.find(key)])
}

// lib/npm.js: the options are computed once, before any value is checked, and then used - except that a
// scope without its @ is written back, which has them computed again. npm 12 looks at one key before that.
function prepare (config) {
  config.flat // eslint-disable-line no-unused-expressions
  const scope = config.get('scope')
  const again = scope && !/^@/.test(scope)
  if (again) config.set('scope', `@${scope}`, config.find('scope'))
  const where = major >= 12 && config.get('extension-file') != null && config.find('extension-file')
  if (where && !['cli', 'project', 'default'].includes(where)) {
    throw new Error(`\`extension-file\` may only be set in project config or on the command line, not from ${where} config`)
  }
  return again
}

async function answerLoaded (config, targets, deprecated) {
  const out = { fatal: null, root: config.localPrefix, layers: layersOf(config), effective: effectiveOf(config), deprecated: [...new Set(deprecated)] }
  const unknown = config.getUnknownConfigs ? names.flatMap(name => config.getUnknownConfigs(name)).map(({ where, key }) => [where, key]) : config.unknown
  out.unknown = unknown.map(([where, key]) => [where, key.toWellFormed()])
  let again
  try {
    again = prepare(config)
  } catch (error) {
    // The file that `cafile` names is read here.
    if (error.syscall) return { ...out, unreadable: error.code }
    throw error
  }
  try {
    config.validate()
  } catch (error) {
    if (error instanceof URIError || error.code === 'ERR_INVALID_URL') return { ...out, thrown: error.message }
    if (error.code !== 'ERR_INVALID_AUTH') throw error
  }
  out.invalid = config.problems.map(([where, key]) => [where, key.toWellFormed()])
  out.again = again
  if (again) out.effective = effectiveOf(config)
  out.targets = []
  for (const target of targets) out.targets.push(await request(config, target))
  return out
}

function nerf (text) {
  try {
    return nerfDart(text)
  } catch {
    return null
  }
}

// Not URL.canParse: once node 20 has optimised it, it is wrong about letters that are not ASCII.
function parsed (text) {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

function url (text) {
  const whole = parsed(text)
  if (whole === null) return null
  const { href, protocol, username, password, hostname, port, pathname, search, hash } = whole
  return { href, protocol, username, password, hostname, port, pathname, search, hash, nerf: nerf(text) }
}

// Which is in every npm the same function, but not exported where it is.
function noproxy (entry, host) {
  const proxy = 'http://proxy.example:8080'
  const options = { proxy, noProxy: entry }
  const base = createRequire(require.resolve('make-fetch-happen'))
  const chosen = major >= 10
    ? base(path.join(path.dirname(base.resolve('@npmcli/agent')), 'proxy.js')).getProxy(`http://${host}/`, options)
    : base('./agent.js').getProxyUri(`http://${host}/`, options)
  return !chosen
}

function parse (file) {
  const object = ini.parse(fs.readFileSync(file, 'utf8'))
  return { decoded: Object.keys(object).map(key => [key.toWellFormed(), encode(object[key])]) }
}

function expand ({ cwd, env, texts }) {
  enter({ cwd, env })
  try {
    return texts.map(text => envReplace(text, process.env).toWellFormed())
  } finally {
    process.chdir(first)
  }
}

const operations = {
  case: answerCase,
  ini: ({ file }) => parse(file),
  urls: ({ texts }) => texts.map(url),
  noproxy: ({ pairs }) => pairs.map(([entry, host]) => noproxy(entry, host)),
  expand
}

// A key called "null" makes npm's loading throw while the decoder works; so does the decoder itself.
async function answer (question) {
  try {
    return await operations[question.op](question)
  } catch (error) {
    return { fatal: error.message }
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(ascii(await answer(JSON.parse(line))) + '\n')
}
process.exit(0)
