// Where trust comes from, setting by setting and node by node. What is set for node alone is judged by node,
// which starts in a tenth of npm's time; npm is the judge of its own settings, and of a sample of the rest.
// It gets through exactly where we say that it does.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { checkJson } from '../e2e/support.mjs'
import { issue, makeCA } from '../lib/certs.mjs'
import * as peers from '../lib/peers.mjs'
import { must, nodeBinary, sandbox, systemPath, tempDir } from '../lib/sandbox.mjs'

const json = { 'Content-Type': 'application/json' }
// What npm view needs of a package x.
const viewable = '{"name":"x","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"x","version":"1.0.0"}}}'

describe('trust as npm has it', () => {
  const table = (ca, { pem, stranger, folder }) => [
    ['node alone', {}, []],
    ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: ca }, []],
    ['cafile', {}, [`cafile=${ca}`]],
    ['cafile beside NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: ca }, ['cafile=/etc/ssl/certs/ca-certificates.crt']],
    ['a missing cafile', { NODE_EXTRA_CA_CERTS: ca }, ['cafile=/nonexistent']],
    ['ca=null behind a cafile', {}, [`cafile=${ca}`, 'ca=null']],
    ['SSL_CERT_FILE alone', { SSL_CERT_FILE: ca }, []],
    ['--use-openssl-ca', { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: ca }, []],
    ['--use-system-ca', { NODE_OPTIONS: '--use-system-ca', SSL_CERT_FILE: ca }, [], 22],
    ['NODE_USE_SYSTEM_CA', { NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: ca }, []],
    ['NODE_USE_SYSTEM_CA=true', { NODE_USE_SYSTEM_CA: 'true', SSL_CERT_FILE: ca }, []],
    ['ca', {}, [`ca="${pem}"`]],
    ['ca that lacks it', { NODE_EXTRA_CA_CERTS: ca }, [`ca="${stranger.pem}"`]],
    ['ca behind cafile', {}, [`cafile=${ca}`, `ca="${stranger.pem}"`]],
    ['cafile behind ca', {}, [`ca="${stranger.pem}"`, `cafile=${ca}`]],
    ['an empty ca behind NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: ca }, ['ca=']],
    ['NODE_EXTRA_CA_CERTS that is missing', { NODE_EXTRA_CA_CERTS: '/nonexistent' }, []],
    ['SSL_CERT_DIR alone', { SSL_CERT_DIR: folder }, []],
    ['--use-openssl-ca without it', { NODE_OPTIONS: '--use-openssl-ca' }, []],
    ['--use-openssl-ca with SSL_CERT_DIR', { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_DIR: folder }, []],
    ['--use-openssl-ca with NODE_EXTRA_CA_CERTS', { NODE_OPTIONS: '--use-openssl-ca', NODE_EXTRA_CA_CERTS: ca }, []],
    ['--use-openssl-ca beside a cafile', { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: ca }, [`cafile=${stranger.cert}`]],
    ['--use-bundled-ca', { NODE_OPTIONS: '--use-bundled-ca', SSL_CERT_FILE: ca }, []],
    ['--use-system-ca with SSL_CERT_DIR', { NODE_OPTIONS: '--use-system-ca', SSL_CERT_DIR: folder }, [], 22],
    ['--use-system-ca with NODE_EXTRA_CA_CERTS', { NODE_OPTIONS: '--use-system-ca', NODE_EXTRA_CA_CERTS: ca }, [], 22],
    ['--use-system-ca beside a cafile', { NODE_OPTIONS: '--use-system-ca', SSL_CERT_FILE: ca }, [`cafile=${stranger.cert}`], 22],
    ['--use-system-ca beside a missing cafile', { NODE_OPTIONS: '--use-system-ca', SSL_CERT_FILE: ca }, ['cafile=/nonexistent'], 22],
    ['--use-system-ca --use-bundled-ca', { NODE_OPTIONS: '--use-system-ca --use-bundled-ca', SSL_CERT_FILE: ca }, [], 22],
    ['--no-use-system-ca beside NODE_USE_SYSTEM_CA', { NODE_OPTIONS: '--no-use-system-ca', NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: ca }, [], 22],
    ['NODE_USE_SYSTEM_CA with NODE_EXTRA_CA_CERTS', { NODE_USE_SYSTEM_CA: '1', NODE_EXTRA_CA_CERTS: ca }, []],
    ['NODE_USE_SYSTEM_CA=0', { NODE_USE_SYSTEM_CA: '0', SSL_CERT_FILE: ca }, []],
    ['NODE_USE_SYSTEM_CA beside a cafile', { NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: ca }, [`cafile=${stranger.cert}`]],
    // Node 24 takes one or the other and does not start with both.
    ['--use-openssl-ca beside NODE_USE_SYSTEM_CA', { NODE_OPTIONS: '--use-openssl-ca', NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: ca }, [], 20, 22]
  ]
  const sample = ['node alone', 'NODE_EXTRA_CA_CERTS', '--use-openssl-ca', 'NODE_USE_SYSTEM_CA']
  const ask = "require('https').get(process.argv[1], () => process.exit(0)).on('error', () => process.exit(1))"
  const passes = async (box, url, byNpm) => {
    const { status } = byNpm ? await box.npm(['view', 'x', 'version']) : await box.run('node', ['-e', ask, url])
    return status === 0
  }
  for (const node of [20, 22, 24]) {
    test(`node ${node}`, { skip: !fs.existsSync(nodeBinary(node)) && 'not installed' }, async t => {
      const ca = await makeCA('Corp CA', { t })
      const server = await peers.fixedHttp({ t, body: viewable, headers: json, tls: await issue({ t, ca }) })
      const other = await makeCA('Stranger CA', { t })
      const oneLine = one => one.certPem.trim().replaceAll('\n', '\\n')
      const folder = tempDir(t, 'hashed')
      fs.writeFileSync(path.join(folder, 'ca.pem'), ca.certPem)
      await must('openssl', ['rehash', folder], { env: { PATH: systemPath } })
      const wrong = []
      for (const [name, env, lines, from = 20, to = node] of table(ca.cert, { pem: oneLine(ca), stranger: { ...other, pem: oneLine(other) }, folder })) {
        if (node < from || node > to) continue
        // What npm reads without any word to node is the same for all of them.
        if (lines.length && !Object.keys(env).length && node !== 24) continue
        const box = sandbox(t, { npm: 11, node, env })
        box.write('home/.npmrc', [`registry=${server.url}`, 'fetch-retries=0', ...lines].join('\n') + '\n')
        const { report: { registries: [registry] } } = await checkJson(box)
        const through = await passes(box, server.url, lines.length > 0 || sample.includes(name))
        if ((registry.probe.outcome === 'ok') !== through) wrong.push(`${name}: ${registry.probe.outcome}, ${through}`)
      }
      assert.deepEqual(wrong, [])
    })
  }
})

// Of each pair of settings: the nodes that refuse to start, which is node's own word.
test('a node that does not start is said to, for npm does not either', { skip: ![20, 22, 24].every(node => fs.existsSync(nodeBinary(node))) && 'not installed' }, async t => {
  const server = await peers.fixedHttp({ t, body: '{}', headers: json })
  const settings = [{ NODE_OPTIONS: '--use-openssl-ca', NODE_USE_SYSTEM_CA: '1' }, { NODE_OPTIONS: '--use-openssl-ca --use-system-ca' },
    { NODE_OPTIONS: '--use-openssl-ca --use-bundled-ca' }, { NODE_OPTIONS: '--use-system-ca' }, { NODE_OPTIONS: '--no-use-system-ca' },
    { NODE_OPTIONS: '--use-openssl-ca --no-use-system-ca', NODE_USE_SYSTEM_CA: '1' }, { NODE_OPTIONS: '--use-bundled-ca --use-system-ca' },
    { NODE_OPTIONS: '--use-openssl-ca' }]
  let refused = 0
  for (const node of [20, 22, 24]) {
    // Behind the link stands what tells node's version without running it.
    const bin = tempDir(t, 'bin')
    fs.symlinkSync(nodeBinary(node), path.join(bin, 'node'))
    for (const env of settings) {
      const box = sandbox(t, { env })
      box.env.PATH = `${bin}:${box.env.PATH}`
      box.write('home/.npmrc', `registry=${server.url}\n`)
      const { status } = await box.run('node', ['-e', '0'])
      const { report } = await checkJson(box)
      assert.equal(report.unchecked.some(one => /^node does not start with /.test(one.reason)), status !== 0, `node ${node}: ${JSON.stringify(env)}`)
      refused += status !== 0
    }
  }
  assert.equal(refused, 10)
})
