// Fixes that need two files, with everything going wrong at every call: a line that goes from the project's
// file to the user's, and a line that names a file which is made first. Each file is the old one or the new
// one, nothing is lost, and a second run completes the work.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { before, test } from 'node:test'
import { issue, makeCA } from '../lib/certs.mjs'
import { keyringSession } from '../lib/keyring.mjs'
import { fixedHttp } from '../lib/peers.mjs'
import { root, sandbox } from '../lib/sandbox.mjs'
import { assertNoSecret, compileShim } from './support.mjs'

const shim = path.join(path.resolve(root, process.env.BUILD || 'build'), 'tests/fault_shim_of_twofiles.so')
const errors = os.constants.errno
const token = 'tok-CANARY-1'

before(() => compileShim(shim))

// What a run does before it writes is the same for every fix (transaction.test.mjs).
const writes = 'openat write fsync linkat renameat renameat2 mkdir fchmod fchown fsetxattr unlinkat unlink'
const faults = { kill: `${writes} sendmsg`, EIO: `${writes} sendmsg`, ENOSPC: writes, EACCES: 'openat __open_2 linkat renameat fchmod mkdir' }

const read = file => fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null

// Runs `args` again and again, hit at the first, second, ... of the calls; `reset` sets the stage, `judge`
// looks at what is left, `done` says whether the work is complete.
async function everyCall (t, box, { args, reset, judge, done, fault, only }) {
  const log = path.join(box.dir, 'hit')
  for (let n = 1; ; n++) {
    await reset()
    fs.rmSync(log, { force: true })
    const result = await box.doctor(args, { env: { LD_PRELOAD: shim, FAULT_LOG: log, FAULT_AT: String(n), FAULT_ONLY: only, FAULT_DO: fault === 'kill' ? 'kill' : String(errors[fault]) }, timeout: 20000 })
    const what = `${fault} at call ${n} (${read(log)?.trim()})`
    assert.ok(!result.timedOut, `${what} hangs`)
    assertNoSecret(result, [token], what)
    if (!fs.existsSync(log)) {
      assert.equal(result.status, 0, result.stderr)
      t.diagnostic(`${fault}: ${n - 1} calls`)
      return n - 1
    }
    await judge(what, result)
    const again = await box.doctor(args)
    assert.equal(again.status, 0, `${what}, then: ${again.stderr}`)
    await done(what)
  }
}

test('a line that goes to the user\'s file', async t => {
  await Promise.all(Object.entries(faults).map(([fault, only]) => t.test(fault, async t => {
    const keyring = await keyringSession({ t })
    const box = sandbox(t, { npm: null, env: keyring.env })
    box.write('project/package.json', '{"packageManager": "pnpm@12.0.0"}')
    const project = box.at('project/.npmrc')
    const user = box.at('home/.npmrc')
    const line = value => `//registry.example/:_authToken=${value}\n`
    const old = { project: `; ours\n${line(token)}`, user: '; mine\nfund=false\n' }
    const moved = { project: '; ours\n', user: line('${NPMRC_SECRET_REGISTRY_EXAMPLE_AUTHTOKEN_PROJECT}') + old.user }
    const calls = await everyCall(t, box, {
      args: ['fix', '--keyring', '--yes'],
      fault,
      only,
      reset () {
        box.write('project/.npmrc', old.project)
        box.write('home/.npmrc', old.user)
      },
      async judge (what, { status, signal }) {
        assert.equal(signal, fault === 'kill' ? 'SIGKILL' : null, what)
        assert.ok([old.project, moved.project].includes(read(project)), `${what}: the project's file`)
        assert.ok([old.user, moved.user].includes(read(user)), `${what}: the user's file`)
        if (read(project) === moved.project) {
          assert.equal(read(user), moved.user, `${what}: the line is lost`)
        }
        if (read(user) === moved.user) assert.equal(await keyring.lookup({ file: user }), token, `${what}: the secret is lost`)
        if (status === 0) assert.equal(read(project), moved.project, `${what}: success is claimed`)
      },
      async done (what) {
        assert.deepEqual([read(project), read(user)], [moved.project, moved.user], `${what}, then`)
        assert.equal(await keyring.lookup({ file: user }), token, what)
        assert.deepEqual([fs.readdirSync(box.home), fs.readdirSync(box.project).sort()], [['.npmrc'], ['.npmrc', 'package.json']], what)
      }
    })
    assert.ok(calls > 3, `${calls} calls only`)
  })))
})

test('a cafile that is made for the line', async t => {
  const ca = await makeCA('Corp CA', { t })
  const server = await fixedHttp({ t, tls: await issue({ t, ca }), headers: { 'Content-Type': 'application/json' }, body: '{}' })
  await Promise.all(Object.entries(faults).map(([fault, only]) => t.test(fault, async t => {
    const box = sandbox(t, { env: { SSL_CERT_FILE: ca.cert, XDG_DATA_HOME: '' } })
    const user = box.at('home/.npmrc')
    const old = `; mine\nregistry=https://127.0.0.1:${server.port}/\nstrict-ssl=false\n`
    const named = text => /^cafile=(.*)$/m.exec(text)?.[1]
    const calls = await everyCall(t, box, {
      args: ['fix', 'strict-ssl-disabled', '--yes'],
      fault,
      // The files that a probe needs are read before anything is written.
      only: only.replace(/openat |sendmsg|write /g, ''),
      reset () {
        fs.rmSync(box.at('home/.local'), { recursive: true, force: true })
        box.write('home/.npmrc', old)
      },
      judge (what, { status }) {
        const text = read(user)
        // Where the line is there, so is the whole file that it names.
        if (text !== old) assert.ok(read(named(text)).includes(ca.certPem.trim()), what)
        else assert.notEqual(status, 0, `${what}: success is claimed`)
      },
      done (what) {
        const text = read(user)
        assert.equal(text, old.replace('strict-ssl=false', () => `cafile=${named(text)}`), what)
        assert.ok(read(named(text)).includes(ca.certPem.trim()), what)
        assert.deepEqual(fs.readdirSync(box.home).sort(), ['.local', '.npmrc'], what)
        assert.equal(fs.readdirSync(path.dirname(named(text))).length, 1, what)
      }
    })
    assert.ok(calls > 2, `${calls} calls only`)
  })))
})
