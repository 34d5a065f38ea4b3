// Each bench runs two commands in turn, A B A B ..., and prints the ratio pair by pair: the machine's
// speed may drift, a pair's ratio does not. Status 1 if a ratio misses its bound.
import { spawn } from 'node:child_process'
import http from 'node:http'
import path from 'node:path'
import { keyringSession } from '../lib/keyring.mjs'
import { doctor, must, sandbox } from '../lib/sandbox.mjs'
import { issue, makeCA } from '../lib/certs.mjs'
import { deciding, sample } from './deciding.mjs'
import { completion } from './completion.mjs'
import { many } from './many.mjs'
import { scanning } from './scan.mjs'
import https from 'node:https'

const cleanups = []
const t = { after: f => cleanups.unshift(f) }
const runs = Number(process.env.RUNS || 15)

function time ([command, ...args], options) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const child = spawn(command, args, { ...options, stdio: 'ignore' })
    child.on('error', reject)
    child.on('close', status => resolve({ ms: Number(process.hrtime.bigint() - started) / 1e6, status }))
  })
}

const sorted = list => [...list].sort((a, b) => a - b)
const median = list => sorted(list)[Math.floor(list.length / 2)]
const spread = list => `${sorted(list)[0].toFixed(2)} / ${median(list).toFixed(2)} / ${sorted(list).at(-1).toFixed(2)}`

// ok(ratio) says whether the bound is met; A is ours.
async function compare ({ name, a, b, options, statuses = [0, 1], bound, ok }) {
  const ratios = []
  const ours = []
  const theirs = []
  for (let i = -1; i < runs; i++) {
    const x = await time(a, options)
    const y = await time(b, options)
    if (!statuses.includes(x.status) || y.status !== 0) throw new Error(`${name}: status ${x.status} and ${y.status}`)
    if (i < 0) continue
    ours.push(x.ms)
    theirs.push(y.ms)
    ratios.push(x.ms / y.ms)
  }
  const pass = ok(median(ratios))
  console.log(`${pass ? 'ok  ' : 'MISS'} ${name}\n     ours ms ${spread(ours)}   theirs ms ${spread(theirs)}   ratio ${spread(ratios)}   bound: ${bound}`)
  return pass
}

// What A adds to B, in milliseconds.
async function adds ({ name, a, b, options, most }) {
  const added = []
  for (let i = -1; i < runs; i++) {
    const x = await time(a, options)
    const y = await time(b, options)
    if (x.status !== 0 || y.status !== 0) throw new Error(`${name}: status ${x.status} and ${y.status}`)
    if (i >= 0) added.push(x.ms - y.ms)
  }
  const pass = median(added) <= most
  console.log(`${pass ? 'ok  ' : 'MISS'} ${name}\n     adds ms ${spread(added)}   bound: at most ${most}`)
  return pass
}

// A program that exec takes for npm 11, so that the user's file goes through a FIFO; it reads the file.
async function execAdds () {
  const results = []
  for (const [where, env, token] of [['the environment', { NPM_TOKEN: 'tok-CANARY' }, '${NPM_TOKEN}'], ['the keyring', {}, 'tok-CANARY']]) {
    const keyring = await keyringSession({ t })
    const box = sandbox(t, { npm: null, env: { ...keyring.env, ...env } })
    box.write('fake/package.json', '{"name":"npm","version":"11.6.0"}')
    box.write('fake/bin/npm', '#!/bin/sh\nread line < "${NPM_CONFIG_USERCONFIG-/dev/null}"\nexit 0\n', 0o755)
    box.write('home/.npmrc', `//registry.example/:_authToken=${token}\n`)
    box.env.PATH = `${box.at('fake/bin')}:/usr/bin:/bin`
    if (token === 'tok-CANARY') await must(doctor, ['fix', '--keyring', '--yes', '--offline'], { env: box.env, cwd: box.project })
    results.push(await adds({
      name: `exec --deliver fifo -- npm, with one secret from ${where}`,
      a: [doctor, 'exec', '--deliver', 'fifo', '--', 'npm', 'ci'],
      b: ['npm', 'ci'],
      options: { cwd: box.project, env: box.env },
      most: 15
    }))
  }
  return results.every(Boolean)
}

// Reading and deciding with one file, and with three of the same size in three layers.
async function layering (box) {
  const text = sample('mixed', 2)
  const ms = async (...layers) => {
    for (const name of ['home/.npmrc', 'project/.npmrc', 'global']) box.write(name, layers.includes(name) ? text : '')
    const times = []
    for (let i = 0; i < 7; i++) times.push((await time([doctor, 'config', 'registry', '--globalconfig', box.at('global')], { cwd: box.project, env: box.env })).ms)
    return median(times)
  }
  const one = await ms('home/.npmrc')
  const three = await ms('home/.npmrc', 'project/.npmrc', 'global')
  const ok = three / one <= 3.6
  console.log(`${ok ? 'ok  ' : 'MISS'} three layers of 2 MB against one: ${one.toFixed(1)} ms, ${three.toFixed(1)} ms, ratio ${(three / one).toFixed(2)}   bound: at most 3.6 (linear)`)
  return ok
}

// What 1,000 findings cost in each format.
async function rendering () {
  const { stdout } = await must(path.join(path.dirname(doctor), 'tests/report_bench'))
  return stdout.trim().split('\n').map(line => {
    const [format, ms, bytes] = line.split(' ')
    const ok = ms < 1
    console.log(`${ok ? 'ok  ' : 'MISS'} 1,000 findings as ${format}: ${ms} ms, ${bytes} bytes   bound: below 1 ms`)
    return ok
  })
}

// The command itself on ten times the file: the start of a process is part of both.
async function growing (box) {
  const results = []
  for (const [shape, ...args] of [['mixed', 'config', 'registry'], ['ordinary', 'check', '--offline'], ['mixed', 'check', '--offline']]) {
    const ms = {}
    for (const size of [1, 10]) {
      box.write('home/.npmrc', sample(shape, size))
      const times = []
      for (let i = 0; i < 3; i++) times.push((await time([doctor, ...args], { cwd: box.project, env: box.env })).ms)
      ms[size] = Math.min(...times)
    }
    const ok = ms[10] / ms[1] <= 20
    console.log(`${ok ? 'ok  ' : 'MISS'} ${args.join(' ')}, ${shape} lines: 1 MB ${ms[1].toFixed(0)} ms, 10 MB ${ms[10].toFixed(0)} ms, ratio ${(ms[10] / ms[1]).toFixed(1)}   bound: at most 20 (linear)`)
    results.push(ok)
  }
  return results
}

async function registries () {
  const ca = await makeCA('Bench CA', { t })
  const cert = await issue({ t, ca })
  const answer = (asked, reply) => reply.setHeader('content-type', 'application/json').end('{}')
  const plain = http.createServer(answer)
  const secure = https.createServer({ key: cert.keyPem, cert: cert.chainPem }, answer)
  for (const server of [plain, secure]) {
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
  }
  return { ca, http: `http://127.0.0.1:${plain.address().port}/`, https: `https://127.0.0.1:${secure.address().port}/` }
}

async function main () {
  const { ca, ...urls } = await registries()
  const box = sandbox(t)
  const bare = { cwd: box.project, env: box.env }
  const results = []
  box.write('home/.npmrc', 'fund=false\n//registry.example/:_authToken=${NPM_TOKEN}\n@corp:registry=https://registry.example/npm/\n')
  box.write('ca.pem', ca.certPem)
  await must('npm', ['--version'], { env: box.env })
  console.log(`min / median / max of ${runs} runs`)
  results.push(await compare({
    name: 'check --offline against npm config ls -l',
    a: [doctor, 'check', '--offline'],
    b: ['npm', 'config', 'ls', '-l'],
    options: bare,
    bound: 'at most 0.05 (20 times faster)',
    ok: ratio => ratio <= 0.05
  }))
  for (const scheme of ['http', 'https']) {
    box.write('home/.npmrc', `registry=${urls[scheme]}\ncafile=${box.at('ca.pem')}\n`)
    results.push(await compare({
      name: `check of one ${scheme} registry on the loopback against curl`,
      a: [doctor, 'check'],
      b: ['curl', '-sf', '--cacert', box.at('ca.pem'), '-o', '/dev/null', `${urls[scheme]}-/ping`],
      options: bare,
      bound: 'at most 1.5',
      ok: ratio => ratio <= 1.5
    }))
  }
  results.push(await many({ t, runs }))
  results.push(...await deciding(box))
  results.push(...await growing(box))
  results.push(await layering(box))
  results.push(await execAdds())
  results.push(await scanning({ box: sandbox(t), compare }))
  results.push(...await rendering())
  results.push(await completion(t))
  return results.every(Boolean) ? 0 : 1
}

try {
  process.exitCode = await main()
} finally {
  for (const cleanup of cleanups) await cleanup()
}
