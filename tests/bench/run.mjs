// Each bench runs two commands in turn, A B A B ..., and prints the ratio pair by pair: the machine's
// speed may drift, a pair's ratio does not. Status 1 if a ratio misses its bound.
import { spawn } from 'node:child_process'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyringSession } from '../lib/keyring.mjs'
import { doctor, must, npmDir, sandbox } from '../lib/sandbox.mjs'
import { issue, makeCA } from '../lib/certs.mjs'
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

// A file as people have them, grown to the size by numbering its keys, so that nearly all differ. Of 20
// lines 11 are settings with short values, 3 registries of scopes, 4 credentials (tokens as they are and
// from the environment), 1 a comment and 1 blank: 38 bytes a line. Values want no unquoting, as nearly
// everywhere; every 40th setting is quoted or has a comment behind it. No sections: npm has none.
function sample (megabytes) {
  const values = ['true', 'false', '10000', 'warn', '^', 'some words here', '/usr/local/lib/node', 'https://proxy.example:8080/']
  const lines = []
  for (let size = 0, i = 0; size < megabytes * 1e6; i++) {
    const host = `registry${i}.example/npm`
    const kind = i % 20
    const line = kind === 0
      ? `; team ${i}: ask them before changing this`
      : kind === 10
        ? ''
        : kind % 7 === 1
          ? `@team${i}:registry=https://${host}/`
          : kind % 4 === 3
            ? `//${host}/:_authToken=${i % 3 ? `\${TOKEN_${i}}` : `npm_CANARY${i}5tQx0ZbR7w`}`
            : `setting-${i} = ${i % 40 === 2 ? '"quoted value"' : i % 40 === 22 ? 'value ; and why' : values[(i * 7) % 8]}`
    lines.push(line)
    size += line.length + 1
  }
  return lines.join('\n') + '\n'
}

async function decoding (box) {
  const bench = path.join(path.dirname(doctor), 'tests/decode_bench')
  const mbps = async (command, args) => Number((await must(command, args, { env: box.env, timeout: 300000 })).stdout)
  const ours = {}
  let inih = 0
  let npm = 0
  for (const size of [1, 10, 100]) {
    const file = box.write(`sample${size}`, sample(size))
    ours[size] = await mbps(bench, ['nd', file])
    if (size === 10) {
      inih = await mbps(bench, ['inih', file])
      npm = await mbps('node', [fileURLToPath(new URL('decode.cjs', import.meta.url)), npmDir(11), file])
    }
  }
  const verdict = (name, value, bound, ok) => {
    console.log(`${ok ? 'ok  ' : 'MISS'} ${name}: ${value.toFixed(2)}   bound: ${bound}`)
    return ok
  }
  console.log(`     decoding, MB/s: ours ${ours[1]} (1 MB), ${ours[10]} (10 MB), ${ours[100]} (100 MB), inih ${inih}, npm's ini ${npm}`)
  return [
    verdict("decoding 10 MB against npm's ini", ours[10] / npm, 'at least 20', ours[10] / npm >= 20),
    verdict('decoding 10 MB against inih', ours[10] / inih, 'at least 2', ours[10] / inih >= 2),
    verdict('decoding 100 MB against 1 MB: cost per byte', ours[1] / ours[100], 'at most 2 (linear)', ours[1] / ours[100] <= 2)
  ]
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
  const text = sample(2)
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

// What 1,000 findings cost in each format; text, for people, has no bound.
async function rendering () {
  const { stdout } = await must(path.join(path.dirname(doctor), 'tests/report_bench'))
  return stdout.trim().split('\n').map(line => {
    const [format, ms, bytes] = line.split(' ')
    const ok = format === 'text' || ms < 1
    console.log(`${ok ? 'ok  ' : 'MISS'} 1,000 findings as ${format}: ${ms} ms, ${bytes} bytes   bound: ${format === 'text' ? 'none' : 'below 1 ms'}`)
    return ok
  })
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
  results.push(...await decoding(box))
  results.push(await layering(box))
  results.push(await execAdds())
  results.push(await scanning({ box: sandbox(t), compare }))
  results.push(...await rendering())
  return results.every(Boolean) ? 0 : 1
}

try {
  process.exitCode = await main()
} finally {
  for (const cleanup of cleanups) await cleanup()
}
