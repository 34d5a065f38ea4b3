// Everything that is timed: one row for each comparison, printed as it is measured and kept as JSON. Commands are
// run by turns, and the pairs' ratios are what a bound is for: single times depend on the machine. Status 1 if a bound is missed.
// run.mjs [WORD]...: only the groups of those names; RUNS: pairs for each comparison.
import http from 'node:http'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { issue, makeCA } from '../lib/certs.mjs'
import { keyringSession } from '../lib/keyring.mjs'
import { doctor, must, npmVersion, sandbox } from '../lib/sandbox.mjs'
import { completion } from './completion.mjs'
import { deciding } from './deciding.mjs'
import { growing } from './growth.mjs'
import { many } from './many.mjs'
import { built, pairs } from './pairs.mjs'
import { scanning } from './scan.mjs'
import { printHead, printRow, quarter, row, writeRows } from './table.mjs'

const cleanups = []
const t = { after: f => cleanups.unshift(f) }
const runs = Number(process.env.RUNS || 15)
const fast = 20 * runs

async function compare ({ name, against, bound, runs, a, b, statuses, box }) {
  const measured = await pairs({ runs, a, b, statuses, options: { cwd: box.project, env: box.env } })
  return row({ name, against, bound, ours: measured.a.map(run => run.ms), theirs: measured.b.map(run => run.ms) })
}

const ordinary = 'fund=false\n//registry.example/:_authToken=${NPM_TOKEN}\n@corp:registry=https://registry.example/npm/\n'

async function * start () {
  const box = sandbox(t)
  box.write('home/.npmrc', ordinary)
  const empty = [built('empty_bench')]
  for (const args of [['check', '--offline'], ['config'], ['explain', 'plaintext-token']]) {
    yield await compare({ name: args.join(' '), against: 'an empty process', bound: { most: 3 }, runs: fast, a: [doctor, ...args], b: empty, box })
  }
  await must('npm', ['--version'], { env: box.env })
  yield await compare({ name: 'check --offline', against: 'npm config ls -l', bound: { most: 0.05 }, runs, a: [doctor, 'check', '--offline'], b: ['npm', 'config', 'ls', '-l'], box })
}

async function * exec () {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { npm: null, env: { ...keyring.env, NPM_TOKEN: 'tok-CANARY' } })
  // A program that exec takes for npm 11, so that the user's file goes through a FIFO; it reads the file.
  box.write('fake/package.json', '{"name":"npm","version":"11.6.0"}')
  box.write('fake/bin/npm', '#!/bin/sh\nread line < "${NPM_CONFIG_USERCONFIG-/dev/null}"\nexit 0\n', 0o755)
  box.env.PATH = `${box.at('fake/bin')}:/usr/bin:/bin`
  const adds = async where => {
    const command = ['npm', 'ci']
    const { a, b } = await pairs({ runs: fast, a: [doctor, 'exec', '--deliver', 'fifo', '--', ...command], b: command, statuses: [0], options: { cwd: box.project, env: box.env } })
    const fastest = quarter(a.map(run => run.ms)) - quarter(b.map(run => run.ms))
    return row({ fastest, name: `what exec --deliver fifo adds to npm, one secret from ${where}`, ours: a.map((run, i) => run.ms - b[i].ms), bound: { most: 15 } })
  }
  box.write('home/.npmrc', '//registry.example/:_authToken=${NPM_TOKEN}\n')
  yield await adds('the environment')
  box.write('home/.npmrc', '//registry.example/:_authToken=tok-CANARY\n')
  await must(doctor, ['fix', '--keyring', '--yes', '--offline'], { env: box.env, cwd: box.project })
  yield await adds('the keyring')
  const [, variable] = /\$\{(\w+)\}/.exec(box.read('home/.npmrc'))
  const lookup = ['secret-tool', 'lookup', 'variable', variable, 'file', box.at('home/.npmrc')]
  yield await compare({ name: 'exec -- true, one secret from the keyring', against: 'secret-tool lookup', bound: { most: 1.5 }, runs: fast, statuses: [0], a: [doctor, 'exec', '--', 'true'], b: lookup, box })
}

async function registries () {
  const ca = await makeCA('Bench CA', { t })
  const cert = await issue({ t, ca })
  const answer = (asked, reply) => reply.setHeader('content-type', 'application/json').end('{}')
  const plain = http.createServer(answer)
  const secure = https.createServer({ key: cert.keyPem, cert: cert.chainPem }, answer)
  for (const server of [plain, secure]) {
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    t.after(() => { server.closeAllConnections(); server.close() })
  }
  return { ca, http: `http://127.0.0.1:${plain.address().port}/`, https: `https://127.0.0.1:${secure.address().port}/` }
}

async function * probe () {
  const { ca, ...urls } = await registries()
  const box = sandbox(t)
  const cafile = box.write('ca.pem', ca.certPem)
  for (const scheme of ['http', 'https']) {
    box.write('home/.npmrc', `registry=${urls[scheme]}\ncafile=${cafile}\n`)
    const a = [doctor, 'check']
    const name = `check of one ${scheme} registry on the loopback`
    yield await compare({ name, against: 'curl', bound: { most: 1.5 }, runs: 4 * runs, a, b: ['curl', '-sf', '--cacert', cafile, '-o', '/dev/null', `${urls[scheme]}-/ping`], box })
    yield await compare({ name, against: 'npm ping', bound: { most: 0.5 }, runs, a, b: ['npm', 'ping'], box })
    yield await compare({ name, against: 'npm doctor connection registry', bound: { most: 0.5 }, runs, a, b: ['npm', 'doctor', 'connection', 'registry'], box })
  }
  yield * many({ t, runs })
}

async function * formats () {
  const { stdout } = await must(built('report_bench'))
  for (const line of stdout.trim().split('\n')) {
    const [format, bytes, ...ms] = line.split(' ')
    yield row({ name: `1,000 findings as ${format}, ${bytes} bytes`, ours: ms.map(Number), bound: { most: 1 } })
  }
}

const groups = {
  start,
  exec,
  probe,
  deciding: () => deciding(sandbox(t)),
  growth: () => growing({ box: sandbox(t), runs: 3 }),
  async * scan () { yield await scanning({ box: sandbox(t), runs }) },
  formats,
  completion: () => completion(t)
}

async function main (words) {
  const rows = []
  printHead()
  for (const name of words.length ? words : Object.keys(groups)) {
    for await (const made of groups[name]()) {
      rows.push({ group: name, ...made })
      printRow(made)
    }
  }
  const file = path.join(path.dirname(doctor), 'bench.json')
  const cpu = os.cpus()
  writeRows(file, { date: new Date().toISOString(), cpu: cpu[0].model, cpus: cpu.length, load: os.loadavg()[0], npm: npmVersion(11), runs }, rows)
  const missed = rows.filter(made => made.met === false).length
  console.log(`${rows.length} rows, ${missed} bounds missed; also in ${path.relative(process.cwd(), file)}`)
  return missed === 0 ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} finally {
  for (const cleanup of cleanups) await cleanup()
}
