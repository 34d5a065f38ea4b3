// The wide search for secrets that every run of the program under test goes through: what it prints, every
// file below its sandbox, arguments and environment of its processes. A test's secrets hold the word CANARY,
// so the word is looked for, raw, percent-encoded (wholly or in part, in either case), in hexadecimal and in
// base64, at whatever offset it stands there.
import fs from 'node:fs'

const mark = 'CANARY'
const hex = byte => byte.toString(16).padStart(2, '0')

// The characters that only the word decides, when `skip` bytes stand in front of it in a group of three.
function base64At (skip) {
  const text = Buffer.concat([Buffer.alloc(skip), Buffer.from(mark), Buffer.alloc(3)]).toString('base64')
  const first = Math.ceil(skip * 8 / 6)
  const end = Math.floor((skip + mark.length) * 8 / 6)
  return text.slice(first, end)
}

const percent = [...mark].map(c => {
  const [high, low] = hex(c.charCodeAt(0))
  return `(?:${c}|%${high}${/\d/.test(low) ? low : `[${low}${low.toUpperCase()}]`})`
}).join('')
const inHex = [...Buffer.from(mark)].map(hex).join('')
// A variable may be called so: that is its name, not its value.
const pattern = new RegExp(`(?<![A-Z]_)${percent}(?!_[A-Z]+)|${inHex}|${inHex.toUpperCase()}|${[0, 1, 2].map(base64At).join('|')}`, 'g')

export function hits (text) {
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
export function census (dir) {
  const found = new Map()
  for (const file of dir ? filesBelow(Buffer.from(dir)) : []) {
    const n = file.includes('/.npm/_logs/') ? 0 : hits(read(file))
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

// args: the command line from the program's name on; given: the environment that the test has set.
export function castNet (args, { dir, env = {} }) {
  const words = args.flatMap(arg => String(arg).split(/[^\w-]+/))
  const is = what => words.some(word => hands[what].test(word))
  const before = census(dir)
  const own = hits(args.join('\n'))
  const given = hits(Object.entries(env).map(pair => pair.join('=')).join('\n'))
  const caught = new Set()
  let timer
  const look = pid => {
    for (const one of descendants(pid)) {
      if (hits(read(`/proc/${one}/cmdline`)) > own) caught.add('in the arguments of a process')
      if (!is('environment') && hits(read(`/proc/${one}/environ`)) > given) caught.add('in the environment of a process')
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
      if (!is('output') && hits(stdout)) caught.add('on standard output')
      const said = Buffer.from(stderr).toString('latin1')
      if (hits(is('output') ? said.split('\n').filter(line => line.startsWith('npmrc-doctor: ')).join('\n') : said)) caught.add('on standard error')
      for (const [file, n] of is('files') ? [] : census(dir)) {
        if (n > (before.get(file) ?? 0)) caught.add(`in ${file}`)
      }
      return [...caught]
    }
  }
}
