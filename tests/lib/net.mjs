// The wide search for secrets that every run of the program under test goes through: what it prints, every
// file below its sandbox, arguments and environment of its processes. A test's secrets hold the word CANARY,
// so the word is looked for, raw, percent-encoded (wholly or in part, in either case), in hexadecimal and in
// base64, at whatever offset it stands there. A test whose secrets are other words gives them.
import fs from 'node:fs'

const mark = 'CANARY'
const hex = byte => byte.toString(16).padStart(2, '0')

// The characters that only the word decides, when `skip` bytes stand in front of it in a group of three.
function base64At (word, skip) {
  const text = Buffer.concat([Buffer.alloc(skip), Buffer.from(word), Buffer.alloc(3)]).toString('base64')
  const first = Math.ceil(skip * 8 / 6)
  const end = Math.floor((skip + Buffer.byteLength(word)) * 8 / 6)
  return text.slice(first, end)
}

const literal = text => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
const digit = d => /\d/.test(d) ? d : `[${d}${d.toUpperCase()}]`

// What is searched is read as latin1, byte for byte.
function spellings (word) {
  const bytes = [...Buffer.from(word)]
  const percent = bytes.map(byte => `(?:${literal(String.fromCharCode(byte))}|%${[...hex(byte)].map(digit).join('')})`).join('')
  const inHex = bytes.map(hex).join('')
  // A variable may be called CANARY: that is its name, not its value.
  return [word === mark ? `(?<![A-Z]_)${percent}(?!_[A-Z]+)` : percent, inHex, inHex.toUpperCase(),
    ...[0, 1, 2].map(skip => literal(base64At(word, skip)))]
}

const patternOf = words => new RegExp(words.flatMap(spellings).join('|'), 'g')
const marked = patternOf([mark])

export function hits (text, pattern = marked) {
  return (typeof text === 'string' ? text : Buffer.from(text).toString('latin1')).match(pattern)?.length ?? 0
}

// The regular files below a directory, whose names may be any bytes. What goes away meanwhile is none.
function * filesBelow (dir) {
  let entries = []
  try { entries = fs.readdirSync(dir, { withFileTypes: true, encoding: 'buffer' }) } catch {}
  for (const entry of entries) {
    const at = Buffer.concat([dir, Buffer.from('/'), entry.name])
    if (entry.isDirectory()) yield * filesBelow(at)
    else if (entry.isFile()) yield at
  }
}

// How often it stands in which file below a directory. Links are not followed, pipes not opened; npm's own
// log has npm's arguments, such as `config set //HOST/:_authToken=...`.
export function census (dir, pattern = marked) {
  const found = new Map()
  for (const file of dir ? filesBelow(Buffer.from(dir)) : []) {
    const n = file.includes('/.npm/_logs/') ? 0 : hits(read(file), pattern)
    if (n) found.set(file.toString('latin1'), n)
  }
  return found
}

function read (file) {
  try { return fs.readFileSync(file, 'latin1') } catch { return '' }
}

function descendants (pid) {
  const list = [pid]
  for (let i = 0; i < list.length; i++) {
    list.push(...read(`/proc/${list[i]}/task/${list[i]}/children`).split(' ').filter(Boolean).map(Number))
  }
  return list
}

// What these are for is to hand secrets out; COMMAND does with them what it will, and so do the clients that the
// functions of `hook` run.
const hands = { output: /^(env|token-helper|exec)$/, files: /^(restore|exec|hook)$/, environment: /^(exec|hook|fixed-environment)$/ }

// args: the command line from the program's name on; env: what the test has set; secrets: beside CANARY.
export function castNet (args, { dir, env = {}, secrets = [] }) {
  const pattern = secrets.length ? patternOf([mark, ...secrets]) : marked
  const words = args.flatMap(arg => String(arg).split(/[^\w-]+/))
  const is = what => words.some(word => hands[what].test(word))
  const before = census(dir, pattern)
  const own = hits(Buffer.from(args.join('\n')), pattern)
  const given = hits(Buffer.from(Object.entries(env).map(pair => pair.join('=')).join('\n')), pattern)
  const caught = new Set()
  let timer
  const look = pid => {
    for (const one of descendants(pid)) {
      if (hits(read(`/proc/${one}/cmdline`), pattern) > own) caught.add('in the arguments of a process')
      if (!is('environment') && hits(read(`/proc/${one}/environ`), pattern) > given) caught.add('in the environment of a process')
    }
  }
  return {
    watch (pid) {
      look(pid)
      timer = setInterval(look, 20, pid)
    },
    // Where a secret has got out; an empty list where none has.
    haul ({ stdout, stderr }) {
      clearInterval(timer)
      if (!is('output') && hits(stdout, pattern)) caught.add('on standard output')
      const said = Buffer.from(stderr).toString('latin1')
      if (hits(is('output') ? said.split('\n').filter(line => line.startsWith('npmrc-doctor: ')).join('\n') : said, pattern)) caught.add('on standard error')
      for (const [file, n] of is('files') ? [] : census(dir, pattern)) {
        if (n > (before.get(file) ?? 0)) caught.add(`in ${file}`)
      }
      return [...caught]
    }
  }
}
