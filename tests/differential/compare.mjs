// Puts the same case to npm and to view_drive and tells where their answers differ.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import { npmBin, npmNode, root, systemPath } from '../lib/sandbox.mjs'
import { ascii } from './wire.mjs'

const drive = path.join(path.resolve(root, process.env.BUILD || 'build'), 'tests/view_drive')
const fileLayers = ['project', 'user', 'global', 'builtin']

// A process that answers each line with a line.
class Side {
  #waiting = []
  #child
  #ended = null

  constructor (command, args) {
    this.#child = spawn(command, args, { env: { PATH: systemPath }, stdio: ['pipe', 'pipe', 'inherit'] })
    readline.createInterface({ input: this.#child.stdout }).on('line', line => this.#waiting.shift().resolve(JSON.parse(line)))
    this.#child.stdin.on('error', () => {})
    this.#child.on('close', (status, signal) => {
      this.#ended = `${path.basename(command)} ended (${status ?? signal})`
      for (const { reject, question } of this.#waiting) reject(new Error(`${this.#ended} over ${question}`))
    })
  }

  ask (question) {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(new Error(this.#ended))
      const text = ascii(question)
      this.#waiting.push({ resolve, reject, question: text })
      this.#child.stdin.write(text + '\n')
    })
  }

  end () {
    this.#child.stdin.end()
  }
}

export class Pair {
  #n = 0
  constructor (major, dir, { key, cert }) {
    this.major = major
    this.dir = dir
    this.bin = npmBin(major)
    this.npm = new Side(path.join(this.bin, 'node'), ['--no-warnings', path.join(root, 'tests/differential/npm_side.mjs'),
      path.join(this.bin, '../lib/node_modules/npm'), key, cert])
    this.ours = new Side(drive, [])
  }

  end () {
    this.npm.end()
    this.ours.end()
  }

  async ask (question) {
    return await Promise.all([this.npm.ask({ npm: this.major, ...question }), this.ours.ask({ npm: this.major, node: npmNode(this.major), ...question })])
  }

  // Lays the case out and asks; the directory is gone afterwards.
  async answers (given) {
    const dir = path.join(this.dir, String(this.#n++))
    const here = text => text.replaceAll('{DIR}', dir)
    for (const name of ['home', 'project/sub/deep', 'prefix/etc', 'npm', ...given.directories ?? []]) fs.mkdirSync(path.join(dir, name), { recursive: true })
    for (const [name, lines] of Object.entries(given.files)) {
      fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
      fs.writeFileSync(path.join(dir, name), Buffer.from(here(lines.join('')), 'latin1'))
    }
    const env = [`PATH=${this.bin}:${systemPath}`, ...given.env.map(here)]
    const question = { op: 'case', cwd: path.join(dir, given.cwd ?? 'project'), env, targets: given.targets }
    if (given.builtin) question.builtin = path.join(dir, 'npm/npmrc')
    try {
      const [theirs, ours] = await this.ask(question)
      return { theirs, ours, decoded: await this.#decoded(ours) }
    } finally {
      fs.rmSync(dir, { recursive: true, force: true })
    }
  }

  async judge (given) {
    const { theirs, ours, decoded } = await this.answers(given)
    return differences(this.major, theirs, ours, decoded)
  }

  async #decoded (ours) {
    const out = {}
    for (const name of fileLayers) {
      const { file, decoded } = ours.layers?.[name] ?? {}
      if (decoded) out[name] = await this.npm.ask({ op: 'ini', npm: this.major, file })
    }
    return out
  }
}

function plain (value) {
  if (value?.object !== undefined) {
    try {
      return { object: JSON.parse(value.object) }
    } catch {
      return value
    }
  }
  return Array.isArray(value) ? value.map(plain) : value
}
// Numbers come first among the names of an object, in whatever order they were put there.
const isIndex = key => /^(0|[1-9]\d{0,8})$/.test(key)
const inObjectOrder = settings => [...settings.filter(({ key }) => isIndex(key)).sort((a, b) => a.key - b.key), ...settings.filter(({ key }) => !isIndex(key))]
// Our side keeps the text of a date, so only that there is one can be compared.
// Nothing reads what stands in a section (known.mjs, `sections`).
function same (theirs, ours) {
  if (theirs?.date) return typeof ours === 'string'
  if (theirs?.section) return ours?.object !== undefined
  return isDeepStrictEqual(plain(theirs), plain(ours))
}
const samePairs = (theirs, ours) => theirs.length === ours.length &&
  theirs.every(([key, value], i) => key === ours[i][0] && same(value, ours[i][1]))
const bySpelling = list => list.map(each => JSON.stringify(each)).sort()

function compareFatal (theirs, ours) {
  return !!theirs.fatal !== !!ours.fatal ? ['fatal', theirs.fatal, ours.fatal] : null
}

function * compareLayers (major, theirs, ours) {
  for (const [name, layer] of Object.entries(theirs.layers)) {
    const mine = ours.layers[name]
    // No file can have a NUL in its name, and what is no text is not opened either.
    const file = fileLayers.includes(name) && typeof layer.file === 'string' && /^\/[^\0]*$/.test(layer.file) ? layer.file : null
    if (file !== null && mine.file !== file) yield [`${name}: file`, layer.file, mine.file]
    if (typeof layer.file === 'string' && fileLayers.includes(name) && layer.file.startsWith('(') !== mine.ignored) yield [`${name}: ignored`, layer.file, mine.ignored]
    const settings = inObjectOrder(mine.settings.filter(({ key }) => !misplaced(major, key, name, theirs)))
    const keys = settings.map(({ key }) => key)
    if (!isDeepStrictEqual(layer.settings.map(([key]) => key), keys)) yield [`${name}: keys`, layer.settings.map(([key]) => key), keys]
    for (const [i, [key, value]] of layer.settings.entries()) if (settings[i] && !same(value, settings[i].value)) yield [`${name}: ${key}`, value, settings[i].value]
  }
}

// known.mjs, `setters`: the first of these values to be loaded lands in npm's defaults.
const setters = { globalconfig: 9, 'metrics-registry': 9, 'global-ignore-file': 12 }
const hasSetter = (major, key) => key in setters && major >= setters[key] && !(key === 'metrics-registry' && major > 9)
const misplaced = (major, key, layer, theirs) => hasSetter(major, key) && !theirs.layers[layer].settings.some(([each]) => each === key)

function * compareEffective (major, theirs, ours) {
  const mine = new Map(ours.effective.map(([key, value, layer]) => [key, { value, layer }]))
  for (const [key, value, layer] of theirs.effective) {
    const found = mine.get(key)
    mine.delete(key)
    if (theirs.again && rewritten.has(key)) continue
    if (!found && layer !== 'default' && layer !== null) yield [`effective ${key}`, [value, layer], undefined]
    if (!found) continue
    const where = hasSetter(major, key) && layer === 'default' ? found.layer : layer
    if (!same(value, found.value) || where !== found.layer) yield [`effective ${key}`, [value, layer], [found.value, found.layer]]
  }
  for (const [key, found] of mine) yield [`effective ${key}`, undefined, found]
}

// npm's flattening writes these back into the layers before their check (known.mjs, `rewritten`).
const rewritten = new Set(['omit', 'include', 'auth-type', 'install-strategy', 'save-prefix', 'package-lock'])

function * compareVerdicts (major, theirs, ours) {
  const all = Object.entries(ours.layers).flatMap(([layer, { settings }]) => settings.map(setting => ({ layer, ...setting })))
  const list = test => bySpelling(all.filter(test).map(({ layer, key }) => [layer, key]))
  const checked = each => !['builtin', 'cli'].includes(each.layer) && !misplaced(major, each.key, each.layer, theirs)
  const invalid = [...new Set(bySpelling(theirs.invalid.filter(([, key]) => !rewritten.has(key))))]
  const mine = list(each => checked(each) && !each.valid && !rewritten.has(each.key))
  if (!isDeepStrictEqual(invalid, mine)) yield ['invalid settings', invalid, mine]
  if (major >= 11) {
    const raw = new Set(bySpelling(theirs.unknown))
    const ourRaw = new Set(bySpelling(Object.entries(ours.layers).flatMap(([layer, { unknown }]) => unknown.map(raw => [layer, raw]))))
    const missing = [...raw].filter(each => !ourRaw.has(each))
    const extra = [...ourRaw].filter(each => !raw.has(each))
    if (missing.length || extra.length) yield ['unknown settings', missing, extra]
  }
  const deprecated = [...new Set(all.filter(each => each.deprecated).map(({ key }) => key))].sort()
  if (!isDeepStrictEqual(theirs.deprecated.toSorted(), deprecated)) yield ['deprecated settings', theirs.deprecated.toSorted(), deprecated]
}

function proxyOf (seen) {
  if (seen.error && !seen.asked) return { error: seen.error }
  if (!seen.proxy) return { direct: true }
  const { to, tls, socks } = seen.proxy
  return { to: to.replace(/[[\]]/g, ''), kind: socks ? `socks${socks}` : tls ? 'https' : 'http', authorization: seen.proxyAuthorization, user: seen.user, password: seen.password }
}

function ourProxy (target) {
  const { error, used, scheme, to, authorization, user, password } = target.proxy
  if (error) return { error }
  if (!used) return { direct: true }
  const socks = /^socks4a?$/.test(scheme) ? 'socks4' : /^socks/.test(scheme) ? 'socks5' : null
  return { to: to.replace(/[[\]]/g, ''), kind: socks ?? scheme, authorization, user, password }
}

function differences (major, theirs, ours, decoded) {
  if (ours.failed) return [['failed', null, ours.failed]]
  const out = []
  for (const [name, { decoded: object, fatal }] of Object.entries(decoded)) {
    const mine = ours.layers[name].decoded
    if (fatal) continue
    if (!samePairs(object, mine)) out.push([`${name}: decoded`, object, mine])
  }
  // Which of two reasons to die comes first does not matter.
  if ((theirs.unreadable && ours.unreadable) || (theirs.thrown && ours.fatal)) return out
  const fatal = compareFatal(theirs, ours)
  if (fatal) out.push(fatal)
  if (theirs.fatal || ours.fatal) return out
  if (!!theirs.unreadable !== ours.unreadable) out.push(['cafile', theirs.unreadable, ours.unreadable])
  if (theirs.unreadable) return out
  if (theirs.thrown) return [...out, ...compareThrown(theirs, ours)]
  out.push(...compareLayers(major, theirs, ours), ...compareEffective(major, theirs, ours), ...compareVerdicts(major, theirs, ours))
  for (const [i, seen] of theirs.targets.entries()) out.push(...compareTarget(major, seen, ours.targets[i]))
  return out
}

// npm's check of a URL throws where it should say no, and npm dies (known.mjs, `thrown`).
function * compareThrown (theirs, ours) {
  const settings = Object.values(ours.layers).flatMap(layer => layer.settings)
  if (!ours.lost && !settings.some(({ url, valid }) => url && !valid)) yield ['thrown', theirs.thrown, 'every URL is valid']
}

// Scheme, host, port and path of a request, whether or not the port is the default one.
function place (url) {
  const { protocol, hostname, port, pathname, search } = new URL(url)
  return `${protocol}//${hostname}:${port || (protocol === 'https:' ? 443 : 80)}${pathname}${search}`.replace(/[[\]]/g, '')
}

// known.mjs, `slashes` and `nul`
const isElsewhere = (seen, where) => (new URL(where).pathname.startsWith('//') && seen.proxy) || seen.url.includes('%00')

// npm 9 takes no default port or empty host for socks (known.mjs, `socks`).
const isSocks9 = (major, seen, target) => major === 9 && /Invalid SOCKS proxy details/.test(seen.error) && /^socks/.test(target.proxy.scheme)

function * compareTarget (major, seen, target) {
  const where = target.url
  if (isSocks9(major, seen, target)) return
  // Without a registry that is a URL npm fails before it opens a socket.
  if (seen.error === 'ERR_INVALID_URL' && !target.registry_valid) return
  // A list as a registry, or one that is not fetched by HTTP at all.
  if (/trim is not a function|Only HTTP\(S\) protocols/.test(seen.error)) return
  // known.mjs, `noproxy`
  if (/noproxy.some is not a function/.test(seen.error) && major === 9) return
  // known.mjs, `passwords`
  if (/ERR_INVALID_ARG_TYPE/.test(seen.error) || (seen.authorization && target.kind === 'basic' && target.authorization === null)) return
  if (seen.error === 'illegal header') {
    if (target.authorization === null) yield [`${where}: header`, seen.error, null]
    return
  }
  const [theirs, mine] = [proxyOf(seen), ourProxy(target)]
  if (theirs.kind?.startsWith('socks')) for (const each of [theirs, mine]) { delete each.authorization; delete each.user; delete each.password }
  else for (const each of [theirs, mine]) { delete each.user; delete each.password }
  if (!isDeepStrictEqual(theirs, mine)) yield [`${where}: proxy`, theirs, mine]
  else if (seen.url && !isElsewhere(seen, where) && place(seen.url.replace(/\/(::1)(?=:)/, '/[$1]')) !== place(where)) yield [`${where}: registry`, place(seen.url), place(where)]
  else if (seen.asked && seen.authorization !== target.authorization) yield [`${where}: authorization`, seen.authorization, target.authorization]
}

// The smallest case that still differs: without whole files, lines, variables, targets, then bytes.
export async function shrink (pair, given, budget = 600) {
  // The same kind of difference, or another one would take its place.
  const kindOf = found => new Set(found.map(([what]) => what.replace(/^.*: (?=proxy|authorization|header|registry)|(?<=^effective).*|(?<=^\w+: ).*/g, '')))
  const wanted = kindOf(await pair.judge(given))
  let best = structuredClone(given)
  const still = async candidate => {
    if (budget-- <= 0) return false
    try {
      if (![...kindOf(await pair.judge(candidate))].some(each => wanted.has(each))) return false
    } catch {
      return false
    }
    best = candidate
    return true
  }
  const without = edit => { const copy = structuredClone(best); edit(copy); return still(copy) }
  const each = async (count, edit) => { for (let i = count() - 1; i >= 0; i--) await without(copy => edit(copy, i)) }
  for (let before; before !== JSON.stringify(best) && budget > 0;) {
    before = JSON.stringify(best)
    for (const name of Object.keys(best.files)) {
      await without(copy => { delete copy.files[name] })
      if (best.files[name]) await each(() => best.files[name].length, (copy, i) => copy.files[name].splice(i, 1))
    }
    await each(() => best.env.length, (copy, i) => { if (!copy.env[i].startsWith('HOME=')) copy.env.splice(i, 1) })
    await each(() => best.targets.length, (copy, i) => copy.targets.splice(i, 1))
    for (const name of Object.keys(best.files)) {
      for (let l = 0; l < best.files[name].length; l++) {
        await each(() => best.files[name][l].length, (copy, i) => { copy.files[name][l] = copy.files[name][l].slice(0, i) + copy.files[name][l].slice(i + 1) })
      }
    }
  }
  return best
}
