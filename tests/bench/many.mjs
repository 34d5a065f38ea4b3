// Many registries at once: they are probed together, so that twenty cost little more than one; and what
// one run takes of memory at its highest.
import https from 'node:https'
import { issue, makeCA } from '../lib/certs.mjs'
import { doctor, sandbox } from '../lib/sandbox.mjs'
import { pairs } from './pairs.mjs'
import { row } from './table.mjs'

const latency = 100
const count = 20

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

export async function * many ({ t, runs }) {
  const { ca, urls } = await slowRegistries(t)
  const box = sandbox(t)
  const cafile = box.write('ca.pem', ca.certPem)
  const command = n => [doctor, 'check', '--userconfig', box.write(`${n}.npmrc`, [`cafile=${cafile}`, `registry=${urls[0]}`,
    ...urls.slice(1, n).map((url, i) => `@scope${i}:registry=${url}`), ''].join('\n'))]
  const { a, b } = await pairs({ runs, a: command(count), b: command(1), statuses: [0], options: { cwd: box.project, env: box.env } })
  const name = `check of ${count} registries of ${latency} ms each`
  yield row({ name, against: 'one of them', ours: a.map(run => run.ms), theirs: b.map(run => run.ms), bound: { most: 1.3 } })
  yield row({ name: `${name}, memory`, unit: 'MB', ours: a.map(run => run.kb / 1024), bound: { most: 20 } })
}
