// Cases for the comparison with npm, drawn from a seed: files, an environment, and what is asked for.
// Bytes are latin1 strings; {DIR} stands for the directory that a case gets.

export function random (seed) {
  let state = seed >>> 0
  const next = () => {
    state = state + 0x6D2B79F5 >>> 0
    let t = state
    t = Math.imul(t ^ t >>> 15, t | 1)
    t ^= t + Math.imul(t ^ t >>> 7, t | 61)
    return ((t ^ t >>> 14) >>> 0) / 4294967296
  }
  const below = n => Math.floor(next() * n)
  const pick = list => list[below(list.length)]
  return { next, below, pick, chance: p => next() < p, some: (list, n) => Array.from({ length: n }, () => pick(list)) }
}

const utf8 = text => Buffer.from(text, 'utf8').toString('latin1')

const hosts = ['registry.example', 'npm.corp.example', 'corp.example', 'localhost', '127.0.0.1', '[::1]', 'xn--bcher-kva.example']
const paths = ['', '/', '/npm', '/npm/', '/npm/sub/', '/a/b/c', '/npm/?x=1', '/%7Enpm/', '/npm/../x/']
const ports = ['', '', '', ':8081', ':443', ':80', ':4873']
const scopes = ['@corp', '@other', '@a.b']
const names = ['_authToken', '_authToken', '_authToken', '_auth', 'username', '_password', 'certfile', 'keyfile', 'email', 'always-auth', 'tokenHelper', '_authtoken']
const secrets = ['CANARY1', 'CANARY-2', 'npm_CANARY3', 'CANARY;4', 'CANARY#5', 'CANARY\\#6', '"CANARY 7"', "'CANARY8'", 'CANARY=9', 'Q0FOQVJZOnBAJDE=', 'Q0FOQVJZ',
  'true', 'false', 'null', '123', "'123'", '"123"', '', ' CANARY ', '${TOKEN}', '${UNSET}', '${UNSET?}', '${EMPTY}', '\\${TOKEN}', '${TOKEN', utf8('CANARYé'), utf8('CANARY\u2003x'), utf8('"CANARY\u4e2d"'),
  '"CANARY\\n"', '"a\\u0000CANARY"', 'CANARY\0x', 'CANARY\xff', 'user:CANARY']
const passwords = ['p', 'CANARY', 'p@CANARY', 'p:CANARY', 'p%40CANARY', 'p%zz', 'p$CANARY', 'p!', 'p+q', 'p q', 'p"q', "p'q", 'p;q', 'p#q', 'p/q', 'p?q', 'p\\q', 'p&q', 'p=q', 'p,q', 'p<q>', 'p[q]',
  'p{q}', 'p|q', 'p^q', 'p`q', 'p~q', 'p*q', 'p(q)', 'p%', '%25', '%00', utf8('pé'), '%C3%A9', '%E9', '', '${TOKEN}', '%24%7B', 'p\\\\q', 'p\\#q', 'p\\;q']
const schemes = ['http', 'http', 'http', 'https', 'HTTP', 'socks', 'socks4', 'socks4a', 'socks5', 'socks5h', 'SOCKS5', 'ftp', 'socks6', 'ws', 'httpx']
const white = [' ', '\t', utf8('\u00a0'), utf8('\ufeff'), utf8('\u2003'), utf8('\u3000'), '\v', '\f', utf8('\u0085'), utf8('\u2028'), utf8('\u2029'), utf8('\u200b'), '']
const lineEnds = ['\n', '\n', '\n', '\r\n', '\r', '\n\n', '\r\r\n', '\n\r']
const nasty = ['"', "'", ';', '#', '\\', '[', ']', '=', '\0', '\xff', '\xc3', '\xed\xa0\x80', '\xf0\x9f', utf8('😀'), utf8('\ufeff'), utf8('\u2028'), utf8('\u00a0'), '${', '}', '$', '{', '?', '\\n', '\\"', '\\\\',
  '[]', ' ', '\t', ',', ':', '/', '//', '@', '.', '%', '-', '_', '1', 'a', 'Z', 'true', 'null', '\u001b', '\x7f', '\\u00e9', '\\ud800', '{"a":1}', '[1]', '~/', '*']
const scalars = ['true', 'false', 'null', 'undefined', '', '0', '1', '15', '-1', '1e3', '0x10', '1.5', 'abc', 'Infinity', 'TRUE', 'no', '"true"', "'true'", '"', "'", '""', "''", '"a', "a'", "'1'", "'[1,2]'",
  "'{\"a\":1}'", '{}', '[1]', '"\\u0041"', '"\\x"', '~/x', './x', '/x/../y', '../z', '~', '022', '0o22', 'silent', 'a\\;b', 'a;b', 'a#b', 'a\\', '${SET}', '${UNSET}', '${SET?}', '${UNSET?}', '${EMPTY}',
  '\\${SET}', '\\\\${SET}', '\\\\\\${SET}', '${${SET}}', '${UNSET-d}', '${UNSET:-d}', '${ SET}', '${}', '$SET', '${SET', '"${SET}"', "'${NUMBER}'", '${FALSE}', '${NUMBER}', '${LIST}', '2024-01-31', '1.2.3',
  'http://x', 'not a url', '//host', 'public', 'dev', 'prod', 'user', 'global', 'project', 'always', '127.0.0.1']
export const settings = ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl', 'ca', 'cafile', 'cert', 'key', 'fetch-retries', 'fetch-retry-factor', 'fetch-timeout', 'maxsockets', 'local-address', 'loglevel',
  'cache', 'cidr', 'init-version', 'init.author.url', 'umask', 'before', 'access', 'audit-level', 'save-dev', 'save-optional', 'save-peer', 'save-prod', 'omit', 'include', 'node-options', 'scope', 'tag', 'user-agent', 'yes', 'browser',
  'color', 'depth', 'expect-results', 'expect-result-count', 'provenance', 'provenance-file', 'location', 'global', 'workspace', 'workspaces', 'prefix', 'globalconfig', 'shrinkwrap', 'metrics-registry',
  'global-ignore-file', 'extension-file', 'strict-npmrc', 'allow-scripts', 'min-release-age', 'min-release-age-exclude', 'searchexclude', 'lockfile-version', 'dev', 'only', 'also', 'production', 'optional', 'email', 'logs-dir',
  'init-module', 'package', 'otp', 'otp', 'message', 'which', 'unicode', 'editor', 'script-shell', 'cache-max', 'cache-min', 'auth-type', 'replace-registry-host', 'install-strategy', 'ignore-scripts']
const strange = ['', 'null', 'true', '__proto__', '__proto__[]', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '0', '10', '2', 'a.b', 'a b', 'foo', 'http-proxy', 'no-proxy', 'always-auth', '_auth', '_authToken',
  'username', '_password', '-authtoken', 'a[]', '[]', 'a[][]', 'ca[]', 'noproxy[]', 'omit[]', 'a []', '"quoted key"', "'null'", "'x'", '"a\\u0041"', '"a', '${SET}', '${UNSET}', '//${HOST}/:_authToken', '${KEY}', 'a\\;b', 'a;b',
  'a#b', utf8('é'), utf8('\ufeffregistry'), 'REGISTRY', 'strict_ssl', 'store-dir', '@corp:foo', 'npm-version', 'a\0b', 'a\xff', "'[1]'", "'1'", "'{\"a\":1}'", '"__proto__"', "'__proto__'", '@corp:registry[]']

function url (r) {
  const user = r.chance(0.12) ? `us${r.pick(['', '%40', ':' + r.pick(passwords)])}@` : ''
  const scheme = r.pick(['http', 'https', 'https', 'HTTPS'])
  const host = r.chance(0.1) ? r.pick(['Registry.Example', utf8('bücher.example'), 'registry.example.', '1.2.3']) : r.pick(hosts)
  return `${scheme}://${user}${host}${r.pick(ports)}${r.pick(paths)}`
}

export function proxy (r) {
  if (r.chance(0.12)) return r.pick(['proxy.example:8080', '10.0.0.1:8080', 'http://', 'true', 'null', 'false', '', 'not a url', 'http:proxy.example:8080', '//proxy.example', 'http://proxy.example:99999', 'localhost:8080', '${PROXY}', '${UNSET}'])
  const user = r.chance(0.6) ? r.pick(['us', 'us', 'd%5Cus', 'u@corp', utf8('é'), '', 'u%zz']) + (r.chance(0.9) ? ':' + r.pick(passwords) : '') + '@' : ''
  return `${r.pick(schemes)}://${user}${r.pick(['proxy.example', 'proxy.example', '10.0.0.1', '[fd00::1]', 'Proxy.Corp.Example'])}${r.pick([':8080', ':3128', '', ':80', ':1080'])}${r.pick(['', '', '/', '/x', '?q'])}`
}

export const noproxyEntries = ['localhost', '.localhost', 'corp.example', '.corp.example', 'corp.example.', '*.corp.example', '*', 'example', 'registry.example:443', 'registry.example:8081', '127.0.0.1', '127.0.0.0/8', '1', '0.0.1',
  'REGISTRY.EXAMPLE', 'http://registry.example', '[::1]', '::1', 'ocalhost', '..example', '.', '', ' registry.example ', utf8('bücher.example'), 'registry.example/', '<local>', 'a.b.c.d.example', utf8('\u00a0registry.example')]

function noproxy (r) {
  const list = r.some(noproxyEntries, 1 + r.below(4))
  return list.join(r.pick([',', ',', ', ', ' , ', ' ', ';', ',,', '\t,']))
}

function nerf (r, host = r.chance(0.1) ? r.pick(['Registry.Example', '${HOST}', utf8('bücher.example'), '*']) : r.pick(hosts)) {
  return `//${host}${r.pick(ports)}${r.pick(['/', '/', '', '/npm/', '/npm', '/npm/sub/', '/a/b/', '/NPM/', '//', '/x/'])}`
}

const soup = r => r.some(nasty, 1 + r.below(8)).join('')

function key (r) {
  const kind = r.next()
  if (kind < 0.25) return `${nerf(r)}:${r.pick(names)}`
  if (kind < 0.32) return `${r.pick(scopes)}:registry`
  if (kind < 0.72) return r.pick(settings.slice(0, r.chance(0.5) ? 14 : settings.length)) + (r.chance(0.06) ? '[]' : '')
  if (kind < 0.92) return r.pick(strange)
  return soup(r)
}

function value (r, of) {
  // A number would be a file descriptor of this process.
  if (/cafile/.test(of)) return r.pick(['{DIR}/missing.pem', '~/missing.pem', 'missing.pem', '', '{DIR}', 'a\0b', 'true', 'null', '${UNSET}', '${SET}'])
  if (r.chance(0.1)) return r.pick(scalars)
  if (r.chance(0.06)) return soup(r)
  if (/:(_authToken|_auth|_password|username)$/.test(of)) return r.pick(secrets)
  if (/registry$/.test(of)) return url(r)
  if (/proxy$/.test(of) && of !== 'noproxy') return proxy(r)
  if (/^noproxy/.test(of)) return noproxy(r)
  if (of === 'prefix') return '{DIR}/prefix'
  if (of === 'globalconfig') return r.pick(['{DIR}/other.npmrc', '~/global.npmrc', '{DIR}/home/.npmrc'])
  if (/(certfile|keyfile)$/.test(of)) return r.pick(['{DIR}/missing.pem', '~/missing.pem', 'missing.pem', ''])
  return r.pick(scalars)
}

const quote = (r, text) => r.chance(0.9) ? text : r.pick([`"${text}"`, `'${text}'`, `"${text}`, `${text} ; note`, `${text}#note`])
const pad = r => r.chance(0.8) ? r.pick(['', '', ' ']) : r.pick(white)

// One line without its end.
function line (r) {
  const kind = r.next()
  if (kind < 0.04) return r.pick(['; comment', '# comment', ' ; comment', '', '  ', utf8('\ufeff; comment'), ';', '#'])
  if (kind < 0.07) return r.pick(['[section]', '[a.b]', '[a\\.b]', '[proxy]', '[ca]', '[]', '[__proto__]', ' [s]', '[s] ;c', '[s] ', '[registry]', '[x', '[//registry.example/]', '[constructor]', '["a.b"]', '[1]', '[cache]'])
  if (kind < 0.1) return soup(r)
  if (kind < 0.14) return pad(r) + key(r) + pad(r)
  const k = key(r)
  return pad(r) + quote(r, k) + pad(r) + '=' + pad(r) + quote(r, value(r, k)) + pad(r)
}

export function file (r, n = 1 + r.below(6)) {
  const end = r.pick(lineEnds)
  const lines = Array.from({ length: n }, () => line(r) + (r.chance(0.9) ? end : r.pick(lineEnds)))
  if (r.chance(0.05)) lines.unshift(utf8('\ufeff'))
  if (r.chance(0.2)) lines[lines.length - 1] = lines.at(-1).replace(/[\r\n]+$/, '')
  return lines
}

const spell = (r, name) => {
  const kind = r.next()
  if (kind < 0.4) return 'npm_config_' + name.replace(/(?!^)-/g, '_')
  if (kind < 0.6) return 'NPM_CONFIG_' + name.replace(/(?!^)-/g, '_').toUpperCase()
  if (kind < 0.75) return 'npm_config_' + name
  return r.pick(['Npm_Config_', 'npm_config__', 'npm_CONFIG_', 'npm_config_-', 'npm_config']) + name
}

export const variables = ['SET=value', 'EMPTY=', 'TOKEN=CANARYtoken', 'FALSE=false', 'NUMBER=7', 'HOST=registry.example', 'KEY=registry', 'LIST=a\n\nb', 'PROXY=http://us:CANARY@proxy.example:8080']

function variable (r) {
  const kind = r.next()
  if (kind < 0.3) {
    const name = r.pick(['https_proxy', 'HTTPS_PROXY', 'Https_Proxy', 'http_proxy', 'HTTP_PROXY', 'proxy', 'PROXY', 'ALL_PROXY'])
    return `${name}=${r.chance(0.1) ? '' : proxy(r)}`
  }
  if (kind < 0.4) return `${r.pick(['no_proxy', 'NO_PROXY', 'No_Proxy', 'noproxy', 'NOPROXY'])}=${noproxy(r)}`
  const k = r.chance(0.15) ? r.pick(strange).replace(/[=\0]/g, '') : key(r).replace(/[=\0]/g, '')
  const v = r.chance(0.05) ? r.pick(['a\n\nb', ' x ', 'true\n\nfalse', '\n\n', 'a\nb']) : value(r, k).replace(/\0/g, '')
  return `${spell(r, k)}=${v}`
}

// process.env holds text, and a name once.
const environment = list => [...new Map(list.map(each => Buffer.from(each, 'latin1').toString('utf8'))
  .filter(each => each.indexOf('=') > 0).map(each => [each.slice(0, each.indexOf('=')), each])).values()]

// Not URL.canParse: once node 20 has optimised it, it is wrong about letters that are not ASCII.
function isUrl (text) {
  try {
    return !!new URL(text)
  } catch {
    return false
  }
}

function targets (r) {
  const all = [r.chance(0.75) ? {} : { scope: r.pick(scopes) }]
  const other = Buffer.from(url(r).replace(/\?.*/, '') + r.pick(['', 'pkg', '/pkg', '/-/pkg-1.0.0.tgz']), 'latin1').toString('utf8')
  if (r.chance(0.4) && isUrl(other)) all.push({ url: other })
  return all
}

export function ordinary (r, i) {
  const files = { 'home/.npmrc': file(r) }
  if (r.chance(0.25)) files['project/.npmrc'] = file(r, 1 + r.below(3))
  const env = r.chance(0.3) ? Array.from({ length: 1 + r.below(2) }, () => variable(r)) : []
  return { name: `generated ${i}`, files, env: environment(['HOME={DIR}/home', 'PREFIX={DIR}/prefix', ...variables, ...env]), targets: targets(r) }
}

const places = ['home/.npmrc', 'project/.npmrc', 'prefix/etc/npmrc', 'npm/npmrc', 'other.npmrc', 'home/global.npmrc', 'project/~/.npmrc', 'project/sub/.npmrc', 'top/.npmrc']
const moves = ['userconfig={DIR}/other.npmrc', 'userconfig=../other.npmrc', 'userconfig=~/global.npmrc', 'globalconfig={DIR}/other.npmrc', 'globalconfig={DIR}/home/.npmrc', 'prefix={DIR}/prefix', 'userconfig={DIR}/project/.npmrc',
  'globalconfig=~/global.npmrc', 'prefix=../prefix', 'userconfig={DIR}', 'userconfig=', 'globalconfig=null', 'userconfig=null', 'prefix=true', 'userconfig={DIR}/./project/../project/.npmrc', 'location=global', 'global=true', 'workspaces=false']
const homes = ['HOME={DIR}/home', 'HOME={DIR}/home', 'HOME={DIR}/home', 'HOME=', null, 'HOME={DIR}/project', 'HOME=home', 'HOME={DIR}/home/']
const trees = [{}, { 'project/package.json': '{}' }, { 'project/package.json': '{"workspaces":["sub"]}', 'project/sub/package.json': '{"name":"sub"}' }, { 'project/node_modules/.keep': '' },
  { 'project/package.json': '{"workspaces":{"packages":["*"]}}', 'project/sub/package.json': '{"name":"sub"}' }, { 'project/package.json': '{"workspaces":["other"]}', 'project/sub/package.json': '{"name":"sub"}' },
  { 'project/package.json': 'broken', 'project/sub/package.json': '{"name":"sub"}' }, { 'project/package.json': '{"workspaces":["sub","!sub"]}', 'project/sub/package.json': '{"name":"sub"}' }, { 'project/.npmrc/.keep': '' },
  { 'project/package.json': '{"workspaces":"sub"}', 'project/sub/package.json': '{"name":"sub"}' }, { 'project/package.json': '{"workspaces":["sub",{}]}', 'project/sub/node_modules/.keep': '' }]

// Several layers that say something of the same keys, and where they stand.
export function stack (r, i) {
  const keys = r.some([...settings.slice(0, 8), '@corp:registry', `//registry.example/:${r.pick(names)}`, 'foo', 'email', 'strict-npmrc', 'save-dev', 'save-peer', 'extension-file'], 3)
  const lines = () => keys.filter(() => r.chance(0.7)).map(k => `${k}=${value(r, k)}\n`).concat(r.chance(0.15) ? [line(r) + '\n'] : [])
  const files = Object.fromEntries(places.filter(() => r.chance(0.5)).map(place => [place, lines()]))
  for (const place of ['project/.npmrc', 'home/.npmrc']) if (r.chance(0.25)) (files[place] ??= []).push(r.pick(moves) + '\n')
  for (const [name, text] of Object.entries(r.pick(trees))) {
    if (name.startsWith('project/.npmrc/')) delete files['project/.npmrc']
    files[name] = [text]
  }
  const home = r.pick(homes)
  const env = [r.pick(['PREFIX={DIR}/prefix', 'PREFIX={DIR}/prefix', 'DESTDIR={DIR}/dest', 'prefix={DIR}/x', 'PREFIX=']), ...variables]
  if (home) env.unshift(home)
  // The machine's own files stay out of it.
  else env.push(`npm_config_userconfig={DIR}/${r.pick(['home/.npmrc', 'other.npmrc', 'missing'])}`)
  if (r.chance(0.25)) env.push(r.pick(['npm_config_', 'NPM_CONFIG_', 'npm_Config_']) + r.pick(moves))
  for (const k of keys) if (r.chance(0.25)) env.push(`${spell(r, k)}=${value(r, k).replace(/\0/g, '')}`)
  return { name: `stack ${i}`, files, env: environment(env), cwd: r.pick(['project', 'project', 'project/sub', 'project/sub/deep']), builtin: 'npm/npmrc' in files, targets: targets(r) }
}

// The setting `scope`, which sends packages to another registry than `registry`.
export function scoped (r, i) {
  const host = () => `${r.pick(['registry.example', 'npm.corp.example'])}${r.pick(['', ':8081'])}/${r.pick(['', 'npm/', 'npm', 'a/b/'])}`
  const registries = Array.from({ length: 3 }, host)
  const scope = r.pick(['@corp', 'corp', '@other', '@a.b', '', 'true', 'null', '${SET}', '@corp:registry', ' @corp', '@', '@@corp'])
  const lines = [`scope=${scope}\n`, `registry=${r.chance(0.1) ? url(r) : `http://${registries[0]}`}\n`, `@corp:registry=${r.chance(0.1) ? url(r) : `http://${registries[1]}`}\n`,
    `@other:registry=${r.pick(['', `http://us:CANARY@${registries[2]}`])}\n`, ...registries.map(each => `//${each.replace(/\/?$/, r.pick(['/', '']))}:${r.pick(names)}=${r.pick(secrets)}\n`)]
  const files = { 'home/.npmrc': [], 'project/.npmrc': [] }
  for (const each of lines) if (r.chance(0.8)) files[r.pick(Object.keys(files))].push(each)
  const env = r.chance(0.2) ? [`npm_config_scope=${r.pick(scopes)}`] : []
  return { name: `scoped ${i}`, files, env: environment(['HOME={DIR}/home', 'PREFIX={DIR}/prefix', ...variables, ...env]), targets: [{}, { scope: '@corp' }, { scope: '@third' }, { url: `http://${host()}/pkg` }] }
}

// Proxies from everywhere, and hosts that are exempt from them or not.
export function proxies (r, i) {
  const variableNames = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'proxy', 'PROXY', 'Https_Proxy', 'no_proxy', 'NO_PROXY', 'No_Proxy', 'npm_config_proxy', 'npm_config_https_proxy', 'NPM_CONFIG_NOPROXY', 'npm_config_http_proxy', 'ALL_PROXY']
  const env = r.some(variableNames, 1 + r.below(4)).map(name => `${name}=${r.chance(0.1) ? '' : /no_?proxy/i.test(name) ? noproxy(r) : proxy(r)}`)
  const files = { 'home/.npmrc': [] }
  for (const k of ['proxy', 'https-proxy', 'noproxy']) if (r.chance(0.3)) files['home/.npmrc'].push(`${k}=${quote(r, value(r, k))}\n`)
  const hosts = ['registry.example', 'npm.corp.example:8081', 'localhost:4873', '127.0.0.1', '[::1]:8081', 'b%C3%BCcher.example']
  return { name: `proxies ${i}`, files, env: environment(['HOME={DIR}/home', 'PREFIX={DIR}/prefix', ...variables, ...env]), targets: r.some(hosts, 3).map(host => ({ url: `${r.pick(['http', 'https'])}://${host}/pkg` })) }
}

export function urls (r, n) {
  const parts = ['http:', 'https:', 'HTTP:', 'socks5:', 'ftp:', 'file:', 'mailto:', '//', '/', '\\', '\\\\', 'us', ':', '@', 'pw', '%40', '%zz', 'host', 'HOST', 'bücher', 'ß', '日本', '.', '..', '../', './', '%2e', 'example', ':80', ':443', ':0', ':99999', ':08', '[::1]', '[::ffff:1.2.3.4]',
    '[1::2::3]', '1.2.3.4', '0x7f.1', '256.1.1.1', '1.2.3', '0', '?q=1', '?', '#f', '#', ' ', '\t', '\n', '\u00a0', '\u3000', '\ufeff', '\u00ad', '<', '>', '"', '^', '`', '{', '|', '}', '%', "'", ';', '=', '&', '+', '$', '*', '_', '-', 'xn--', 'xn--bcher-kva', '\0', '\u0001', '\u200d', '😀', '。', 'a'.repeat(64)]
  return Array.from({ length: n }, () => {
    if (r.chance(0.3)) return Buffer.from(r.chance(0.5) ? url(r) : proxy(r), 'latin1').toString('utf8')
    return (r.chance(0.6) ? r.pick(['http://', 'https://', 'socks5://']) : '') + r.some(parts, 1 + r.below(7)).join('')
  })
}

export function expansions (r, n) {
  const parts = ['${', '}', '$', '{', '?', '\\', '\\\\', 'SET', 'UNSET', 'EMPTY', 'NUMBER', '${SET}', '${UNSET}', '${SET?}', '${UNSET?}', '-d', ':-d', ' ', 'a', '\n', '\0', 'é', '\u2028', '😀']
  return Array.from({ length: n }, () => r.some(parts, 1 + r.below(7)).join(''))
}

export function noproxyPairs (r, n) {
  const names = ['registry.example', 'npm.corp.example', 'corp.example', 'localhost', '127.0.0.1', '10.0.0.1', '[::1]', 'corp.example.', 'xn--bcher-kva.example', 'a.b.c.d.example']
  return Array.from({ length: n }, () => {
    const host = r.pick(names)
    const entry = r.chance(0.5) ? Buffer.from(r.pick(noproxyEntries), 'latin1').toString() : r.some([...host.split('.'), '.', '.', 'x', '*', ':80', ' '], 1 + r.below(4)).join(r.pick(['', '.']))
    return [entry.replaceAll(',', '').trim(), host]
  })
}
