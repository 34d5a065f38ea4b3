// Many registries at once: they are probed together, so that twenty cost little more than one; and what
// one run takes of memory at its highest.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import https from 'node:https'
import { issue, makeCA } from '../lib/certs.mjs'
import { doctor, sandbox } from '../lib/sandbox.mjs'

const latency = 100
const count = 20
const most = 1.3
const mostMemory = 20

// With `look` its memory is looked at: the kernel keeps the highest mark itself, so the last reading before
// the end is as good as all of them.
function watched (args, options, look = false) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const child = spawn(doctor, args, { ...options, stdio: 'ignore' })
    let peak = 0
    const read = () => {
      try {
        const mark = /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))
        if (mark) peak = Number(mark[1]) / 1024
      } catch {}
    }
    const timer = look ? setInterval(read, 1) : null
    child.on('error', reject)
    child.on('close', status => {
      clearInterval(timer)
      resolve({ ms: Number(process.hrtime.bigint() - started) / 1e6, status, peak })
    })
  })
}

async function slowRegistries (t) {
  const ca = await makeCA('Bench CA', { t })
  const cert = await issue({ t, ca })
  const urls = []
  for (let i = 0; i < count; i++) {
    const server = https.createServer({ key: cert.keyPem, cert: cert.chainPem }, (asked, answer) => {
      setTimeout(() => answer.setHeader('content-type', 'application/json').end('{}'), latency)
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    t.after(() => { server.closeAllConnections(); server.close() })
    urls.push(`https://127.0.0.1:${server.address().port}/`)
  }
  return { ca, urls }
}

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

// Resolves to whether all bounds are met.
export async function many ({ t, runs }) {
  const { ca, urls } = await slowRegistries(t)
  const boxes = [1, count].map(n => {
    const box = sandbox(t)
    box.write('home/.npmrc', [`cafile=${box.write('ca.pem', ca.certPem)}`, `registry=${urls[0]}`,
      ...urls.slice(1, n).map((url, i) => `@scope${i}:registry=${url}`), ''].join('\n'))
    return box
  })
  const ratios = []
  const times = [[], []]
  let peak = 0
  for (let i = -1; i < runs; i++) {
    const results = []
    for (const box of boxes) results.push(await watched(['check'], { cwd: box.project, env: box.env }))
    if (results.some(result => result.status !== 0)) throw new Error(`many: status ${results.map(result => result.status)}`)
    if (i < 0) continue
    results.forEach((result, j) => times[j].push(result.ms))
    ratios.push(results[1].ms / results[0].ms)
  }
  for (let i = 0; i < 3; i++) peak = Math.max(peak, (await watched(['check'], { cwd: boxes[1].project, env: boxes[1].env }, true)).peak)
  const verdict = (ok, text) => { console.log(`${ok ? 'ok  ' : 'MISS'} ${text}`); return ok }
  return [
    verdict(median(ratios) <= most, `${count} registries of ${latency} ms each against one of them\n` +
      `     one ms ${median(times[0]).toFixed(1)}   ${count} ms ${median(times[1]).toFixed(1)}   ratio ${median(ratios).toFixed(2)}   bound: at most ${most}`),
    verdict(peak > 0 && peak < mostMemory, `peak memory of check with ${count} registries: ${peak.toFixed(1)} MB   bound: below ${mostMemory} MB`)
  ].every(Boolean)
}
