// The net of tests/lib/net.mjs holds: what lets a secret out is caught, in every spelling and place.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { castNet, hits } from '../lib/net.mjs'
import { doctor, run, sandbox, systemPath } from '../lib/sandbox.mjs'

const secret = 'tok-CANARY-1'
const b64 = text => Buffer.from(text).toString('base64')
const percent = [...secret].map(c => '%' + c.charCodeAt(0).toString(16)).join('')

const spellings = {
  raw: secret,
  'percent-encoded': percent,
  'percent-encoded in capitals': percent.toUpperCase().replaceAll('TOK', 'tok'),
  'percent-encoded in part': secret.replace('N', '%4e').replace('Y', '%59'),
  base64: b64(secret),
  'base64 of user:password': b64(`nick:${secret}`),
  'base64 of another user:password': b64(`nicks:${secret}`),
  'base64 of a third user:password': b64(`nickel:${secret}`),
  'base64 for URLs': Buffer.from(secret).toString('base64url'),
  hex: Buffer.from(secret).toString('hex'),
  'hex in capitals': Buffer.from(secret).toString('hex').toUpperCase()
}

// A program that does what it is told, under the program's net.
const under = (box, script, { args = ['check'], env = {} } = {}) =>
  run('sh', ['-c', script], { cwd: box.project, env: { ...box.env, ...env }, net: castNet([doctor, ...args], { dir: box.dir, env: { ...box.env, ...env } }) })

for (const [name, text] of Object.entries(spellings)) {
  test(`catches a secret ${name}`, async t => {
    assert.equal(hits(text), 1)
    const box = sandbox(t, { npm: null })
    box.write('text', text)
    await assert.rejects(under(box, 'cat ../text'), /a secret is on standard output/)
    await assert.rejects(under(box, 'cat ../text >&2'), /a secret is on standard error/)
    await assert.rejects(under(box, 'cat ../text ../text > left'), /a secret is in .*project\/left/)
  })
}

test('catches one more in a file that had one', async t => {
  const box = sandbox(t, { npm: null })
  const file = box.write('home/.npmrc', `${secret}\n`)
  await assert.rejects(under(box, `cat ${file} > x; cat x >> ${file}; rm x`), /a secret is in .*home\/\.npmrc/)
})

test('catches it in arguments and in the environment', async t => {
  const box = sandbox(t, { npm: null, env: { PATH: '/usr/bin:/bin' } })
  box.write('text', secret)
  // Each waits until it has been looked at: the net lets go of a file.
  const seen = 'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); /bin/sleep 0.01; done'
  await assert.rejects(under(box, `sh -c '${seen}' "$(cat ../text)"`), /a secret is in the arguments of a process/)
  await assert.rejects(under(box, `X="$(cat ../text)" sh -c '${seen}'`), /a secret is in the environment of a process/)
})

test('lets pass what is meant to be there', async t => {
  const box = sandbox(t, { npm: null })
  const file = box.write('home/.npmrc', `${secret}\n`)
  assert.equal((await under(box, 'true')).status, 0)
  assert.equal((await under(box, `cat ${file}`, { args: ['env'] })).status, 0)
  assert.equal((await under(box, `cat ${file} > new`, { args: ['restore'] })).status, 0)
  assert.equal((await under(box, 'printf "%s" CANARY_TOKEN NO_CANARY')).status, 0)
  assert.equal((await under(box, 'true', { env: { PW: secret } })).status, 0)
  fs.rmSync(file)
  assert.equal((await under(box, 'true')).status, 0)
})

test('is cast for the program under test', async t => {
  const box = sandbox(t, { npm: null })
  box.write('text', secret)
  await assert.rejects(box.run('sh', ['-c', 'cat ../text', doctor]), /a secret is on standard output/)
  assert.equal((await box.run('sh', ['-c', 'cat ../text'])).stdout, secret)
})

test('catches other words that it is given, in every spelling', async t => {
  const word = 'P4$$w\u00f6rd!/?'
  const box = sandbox(t, { npm: null, secrets: [word] })
  for (const text of [word, encodeURIComponent(word), b64(word), b64(`n:${word}`), b64(`ni:${word}`), Buffer.from(word).toString('hex')]) {
    box.write('text', `<${text}>`)
    const net = castNet([doctor, 'check'], { dir: box.dir, env: box.env, secrets: [word] })
    await assert.rejects(box.run('cat', ['../text'], { net }), /a secret is on standard output/, text)
  }
})

test('catches what a program says on a terminal', async t => {
  const box = sandbox(t, { npm: null, env: { PATH: systemPath } })
  box.write('text', secret)
  await assert.rejects(box.spawn('script', ['-qec', 'cat ../text', '/dev/null']).ended, /a secret is on standard output/)
})

// Why the net does not look there, and README says so.
for (const npm of [11, 12]) {
  test(`npm ${npm} writes the token of \`npm config set\` into its log`, async t => {
    const box = sandbox(t, { npm })
    for (const args of [['//registry.example/:_authToken=tok-CANARY'], ['//registry.example/:_authToken', 'tok-CANARY']]) {
      fs.rmSync(box.at('home/.npm'), { recursive: true, force: true })
      assert.equal((await box.npm(['config', 'set', ...args])).status, 0)
      const logs = fs.readdirSync(box.at('home/.npm/_logs')).map(name => box.read(`home/.npm/_logs/${name}`))
      assert.ok(logs.some(text => text.includes('tok-CANARY')))
    }
  })
}
