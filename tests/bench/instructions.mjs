// How many instructions the core paths take, by callgrind: a figure that repeats on a busy machine, where times do
// not. `make bench-check` compares it with instructions.json, `make bench-record` writes that file, and both look
// whether what grows with the input grows as a line does.
//
// `own` is what the program's own objects execute: GLib, the C library and the loader may be of any version. It
// differs with the compiler only, and from run to run by the seeds of hash tables and what the network does, which
// has been 0.3 % at most. So with the compiler of the record 3 % more, or fewer, is a change: mend it, or record
// it and say why. With another compiler only 50 % more counts.
// `total` holds the libraries too: for it, 30 % more count where the compiler and the libraries are those of the
// record, to notice a loop that calls into a library. Otherwise it is only shown.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { doctor, run, must, sandbox } from '../lib/sandbox.mjs'
import { sample } from './deciding.mjs'
import { bend, commandsOf, curves, told } from './growth.mjs'
import { plant } from './scan.mjs'

const record = fileURLToPath(new URL('instructions.json', import.meta.url))
const cleanups = []
const t = { after: f => cleanups.unshift(f) }
const builds = path.dirname(doctor)

// Sums of the profile's cost lines by object file. A line after `calls=` is the cost of the call, which the callee's
// own lines have too.
export function sums (profile) {
  const names = {}
  const counts = { own: 0, total: 0 }
  let own = false
  let skip = false
  for (const line of profile.split('\n')) {
    const object = /^ob=\((\d+)\)(?: (.*))?/.exec(line)
    if (object) {
      if (object[2]) names[object[1]] = object[2]
      own = names[object[1]].startsWith(builds)
    } else if (line.startsWith('cob=')) {
      const [, id, name] = /^cob=\((\d+)\)(?: (.*))?/.exec(line)
      if (name) names[id] = name
    } else if (line.startsWith('calls=')) {
      skip = true
    } else if (/^[+*\d-]/.test(line)) {
      if (!skip) {
        const cost = Number(line.split(' ').at(-1))
        counts.total += cost
        if (own) counts.own += cost
      }
      skip = false
    }
  }
  return counts
}

async function count (box, command, statuses = [0, 1]) {
  const profile = box.at('callgrind.out')
  const { status, stderr } = await run('valgrind', ['-q', '--tool=callgrind', `--callgrind-out-file=${profile}`, ...command],
    { env: box.env, cwd: box.project, timeout: 600000, net: false })
  if (!statuses.includes(status)) throw new Error(`${command.join(' ')}: status ${status}\n${stderr}`)
  const counts = sums(fs.readFileSync(profile, 'latin1'))
  // valgrind's own failures look like findings.
  if (counts.own === 0) throw new Error(`${command.join(' ')}: nothing was counted\n${stderr}`)
  return counts
}

const ordinary = 'fund=false\n//registry.example/:_authToken=${NPM_TOKEN}\n@corp:registry=https://registry.example/npm/\n'

async function paths (box) {
  const server = http.createServer((asked, reply) => reply.setHeader('content-type', 'application/json').end('{}'))
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => { server.closeAllConnections(); server.close() })
  const small = ['--userconfig', box.write('small', ordinary)]
  const large = ['--userconfig', box.write('large', sample('mixed', 0.2))]
  const plain = ['--userconfig', box.write('plain', sample('ordinary', 0.2))]
  const plaintext = box.write('plaintext', '//registry.example/:_authToken=npm_CANARY5tQx0ZbR7w\n')
  plant(box.at('tree'), 8)
  return {
    'start: --version': ['--version'],
    'check --offline, three lines': ['check', '--offline', ...small],
    'config, three lines': ['config', ...small],
    'explain RULE': ['explain', 'plaintext-token'],
    'route URL': ['route', 'https://registry.example/left-pad', ...small],
    'env, one secret': ['env', ...small],
    'fix --offline --dry-run, one token': ['fix', '--offline', '--dry-run', '--userconfig', plaintext],
    'config KEY, 200 KB of mixed lines': ['config', 'registry', ...large],
    'config KEY, 200 KB of unknown keys': ['config', 'registry', ...plain],
    'check --offline, 200 KB of mixed lines': ['check', '--offline', ...large],
    'check --offline --format json, 200 KB of mixed lines': ['check', '--offline', '--format', 'json', ...large],
    'scan, 409 folders': ['scan', box.at('tree')],
    'check, one http registry': ['check', '--userconfig', box.write('http', `registry=http://127.0.0.1:${server.address().port}/\n`)]
  }
}

async function versions (box) {
  const first = async (command, ...args) => (await must(command, args, { env: box.env })).stdout.split('\n')[0]
  const library = name => first('pkg-config', '--modversion', name)
  // The compiler of the build at hand, not the one on PATH.
  const { stdout } = await must('readelf', ['-p', '.comment', doctor], { env: box.env })
  return {
    compiler: /\]\s+(.*)/.exec(stdout)[1],
    libraries: [await first('ldd', '--version'), ...await Promise.all(['glib-2.0', 'libcurl', 'openssl', 'jansson'].map(async name => `${name} ${await library(name)}`))].join(', '),
    cpu: process.arch
  }
}

async function measure (box) {
  const counts = {}
  for (const [name, args] of Object.entries(await paths(box))) counts[name] = await count(box, [doctor, ...args], [0, 1, 3])
  return counts
}

const percent = ratio => `${ratio >= 1 ? '+' : ''}${((ratio - 1) * 100).toFixed(1)} %`

// What a count may be of the recorded one.
export function verdict (ratio, { same, kind }) {
  if (kind === 'total') return !same || ratio <= 1.3 ? 'ok' : 'MORE'
  if (ratio > (same ? 1.03 : 1.5)) return 'MORE'
  return same && ratio < 0.97 ? 'FEWER' : 'ok'
}

function compare (counts, now, recorded) {
  const sameCompiler = now.compiler === recorded.compiler && now.cpu === recorded.cpu
  const sameAll = sameCompiler && now.libraries === recorded.libraries
  let good = true
  if (!sameCompiler) console.log(`built by ${now.compiler} for ${now.cpu}, recorded with ${recorded.compiler} for ${recorded.cpu}: only 50 % more count`)
  if (!sameAll) console.log(`libraries: ${now.libraries}; recorded with ${recorded.libraries}`)
  console.log(`${''.padEnd(6)} ${'instructions'.padEnd(54)} ${'own'.padStart(12)} ${'change'.padStart(9)} ${'total'.padStart(13)} ${'change'.padStart(9)}`)
  for (const [name, { own, total }] of Object.entries(counts)) {
    const was = recorded.counts[name]
    const said = !was ? 'NEW' : [verdict(own / was.own, { same: sameCompiler, kind: 'own' }), verdict(total / was.total, { same: sameAll, kind: 'total' })].find(word => word !== 'ok') ?? 'ok'
    good &&= said === 'ok'
    console.log(`${said.padEnd(6)} ${name.padEnd(54)} ${String(own).padStart(12)} ${(was ? percent(own / was.own) : '').padStart(9)} ${String(total).padStart(13)} ${(was ? percent(total / was.total) : '').padStart(9)}`)
  }
  for (const name of Object.keys(recorded.counts)) {
    if (counts[name]) continue
    good = false
    console.log(`GONE   ${name}`)
  }
  return good
}

async function linear (box) {
  let good = true
  for (const curve of curves) {
    const points = commandsOf(curve, box, 'instructions')
    for (const point of points) point.cost = (await count(box, point.command)).total
    const ok = bend(points) >= 0 && bend(points) <= 1.3
    good &&= ok
    console.log(`${(ok ? 'ok' : 'BENT').padEnd(6)} ${curve.name}: bend ${bend(points).toFixed(2)}, at most 1.3 (a line 1, a square 2.4)\n       ${told(points, curve.unit)}`)
  }
  return good
}

async function main (words) {
  const box = sandbox(t)
  const now = await versions(box)
  const counts = await measure(box)
  if (words.includes('--record')) {
    fs.writeFileSync(record, JSON.stringify({ ...now, counts }, null, 1) + '\n')
    console.log(`recorded in ${path.relative(process.cwd(), record)}`)
    return 0
  }
  const same = compare(counts, now, JSON.parse(fs.readFileSync(record, 'utf8')))
  const straight = await linear(box)
  if (!same) console.log('where the change is meant: make bench-record, and say why')
  return same && straight ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } finally {
    for (const cleanup of cleanups) await cleanup()
  }
}
