// Each bench runs two commands in turn, A B A B ..., and prints the ratio pair by pair: the machine's
// speed may drift, a pair's ratio does not. Status 1 if a ratio misses its bound.
import { spawn } from 'node:child_process'
import http from 'node:http'
import { doctor, must, sandbox } from '../lib/sandbox.mjs'
import { issue, makeCA } from '../lib/certs.mjs'
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
      bound: 'at most 2',
      ok: ratio => ratio <= 2
    }))
  }
  return results.every(Boolean) ? 0 : 1
}

try {
  process.exitCode = await main()
} finally {
  for (const cleanup of cleanups) await cleanup()
}
