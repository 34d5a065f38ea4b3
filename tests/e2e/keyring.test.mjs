// keyring.h against a real gnome-keyring, against sessions that lack something, and against peers that
// say nothing. keyring_drive prints a secret's length and digest only.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { keyringSession, noBus } from '../lib/keyring.mjs'
import { must, root, run, slow, systemPath, tempDir } from '../lib/sandbox.mjs'
import { until } from './support.mjs'

const build = path.resolve(root, process.env.BUILD || 'build')
const drive = path.join(build, 'tests/keyring_drive')
const mock = path.join(build, 'tests/keyring_mock')
const schema = 'io.github.npmrc_doctor.Credential'
const item = ['/home/u/.npmrc', '//registry.example/npm/', '_authToken', 'NPMRC_SECRET_A']
const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest('hex')
const told = bytes => `OK ${Buffer.byteLength(bytes)} ${sha256(bytes)}\n`

// Runs the driver; a second is what a call may take, and the rest is for a busy machine.
async function ask (session, args, { input = '', limit = 1500, env = {} } = {}) {
  const start = performance.now()
  const result = await run(drive, args, { env: { PATH: systemPath, LANG: 'C.UTF-8', HOME: session.dir, ...session.env, ...env }, input })
  result.ms = performance.now() - start
  assert.equal(result.signal, null, result.stderr)
  if (limit) assert.ok(result.ms < limit * slow, `${args.join(' ')} took ${result.ms} ms`)
  assert.doesNotMatch(result.stderr, /GLib|CRITICAL|WARNING/)
  assert.doesNotMatch(result.stdout + result.stderr, /CANARY/)
  return result
}

async function works (session, args, expected = 'OK\n', options) {
  const result = await ask(session, args, options)
  assert.deepEqual([result.status, result.stdout, result.stderr], [0, expected, ''])
  return result
}

async function fails (session, args, code, message, options) {
  const result = await ask(session, args, options)
  assert.deepEqual([result.status, result.stdout], [3, code + '\n'], result.stderr)
  assert.match(result.stderr, message)
  assert.match(result.stderr, /^[^\n]+\n$/)
  return result
}

async function servicePid (session) {
  const { stdout } = await session.run('gdbus', ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus',
    '--method', 'org.freedesktop.DBus.GetConnectionUnixProcessID', 'org.freedesktop.secrets'])
  return Number(/uint32 (\d+)/.exec(stdout)[1])
}

test('an unlocked keyring', async t => {
  const session = await keyringSession({ t })

  await t.test('is empty at first', async () => {
    await works(session, ['list'], '')
    await fails(session, ['lookup', item[0], item[3]], 'MISSING', /holds no secret for NPMRC_SECRET_A; on a build agent set NPMRC_SECRET_A/)
    await fails(session, ['delete', ...item], 'MISSING', /holds no secret/)
  })

  await t.test('keeps what it is given, for others to see', async () => {
    await works(session, ['store', ...item], 'OK\n', { input: 'tok-CANARY-1' })
    await works(session, ['lookup', item[0], item[3]], told('tok-CANARY-1'))
    assert.equal(await session.lookup({ 'xdg:schema': schema, file: item[0], location: item[1], key: item[2], variable: item[3] }), 'tok-CANARY-1')
    const { stdout } = await session.run('secret-tool', ['search', '--all', 'variable', item[3]])
    assert.match(stdout, /^label = npmrc-doctor: _authToken for \/\/registry\.example\/npm\/$/m)
    assert.match(stdout, new RegExp(`^schema = ${schema.replaceAll('.', '\\.')}$`, 'm'))
  })

  await t.test('replaces an item with the same attributes', async () => {
    await works(session, ['store', ...item], 'OK\n', { input: 'tok-CANARY-2' })
    await works(session, ['lookup', item[0], item[3]], told('tok-CANARY-2'))
    await works(session, ['list'], item.join('\t') + '\n')
  })

  const odd = ['/home/u/.npmrc', 'proxy.example:8080', 'proxy', 'NPMRC_SECRET_ODD']
  for (const [what, bytes] of Object.entries({
    nothing: Buffer.alloc(0),
    'a NUL and no UTF-8': Buffer.from([67, 65, 78, 0, 255, 254, 10, 13]),
    umlauts: Buffer.from('pässwörd-CANARY'),
    'one block of the cipher': crypto.randomBytes(16),
    '9000 bytes': crypto.randomBytes(9000),
    '64 KiB': crypto.randomBytes(65536)
  })) {
    await t.test(`holds ${what}`, async () => {
      await works(session, ['store', ...odd], 'OK\n', { input: bytes })
      await works(session, ['lookup', odd[0], odd[3]], told(bytes))
    })
  }

  await t.test('refuses more than 64 KiB and keeps what it had', async () => {
    await works(session, ['store', ...odd], 'OK\n', { input: 'CANARY-kept' })
    await fails(session, ['store', ...odd], 'TOO_BIG', /longer than 65536 bytes and was not stored/, { input: crypto.randomBytes(65537) })
    await works(session, ['lookup', odd[0], odd[3]], told('CANARY-kept'))
    await works(session, ['delete', ...odd])
    await fails(session, ['delete', ...odd], 'MISSING', /holds no secret/)
  })

  await t.test('finds the secret of the file, else the only one', async () => {
    const other = ['/home/u/project/.npmrc', ...item.slice(1)]
    await works(session, ['lookup', '/home/u/elsewhere/.npmrc', item[3]], told('tok-CANARY-2'))
    await works(session, ['lookup', '-', item[3]], told('tok-CANARY-2'))
    await works(session, ['store', ...other], 'OK\n', { input: 'tok-CANARY-3' })
    await works(session, ['lookup', item[0], item[3]], told('tok-CANARY-2'))
    await works(session, ['lookup', other[0], item[3]], told('tok-CANARY-3'))
    await fails(session, ['lookup', '/home/u/elsewhere/.npmrc', item[3]], 'MISSING', /holds several secrets for NPMRC_SECRET_A/)
    await fails(session, ['lookup', '-', item[3]], 'MISSING', /holds several secrets/)
    await works(session, ['list'], [item, other].map(i => i.join('\t') + '\n').join(''))
    await works(session, ['delete', ...other])
    await works(session, ['lookup', other[0], item[3]], told('tok-CANARY-2'))
  })

  await t.test('leaves items of other tools alone', async () => {
    const attributes = { file: item[0], location: item[1], key: item[2], variable: item[3] }
    const theirs = { ...attributes, 'xdg:schema': 'org.example.Other' }
    await session.store('foreign', theirs, 'foreign-CANARY')
    await session.store('foreign', { ...theirs, variable: 'NPMRC_SECRET_FOREIGN' }, 'foreign-CANARY')
    await works(session, ['lookup', '-', item[3]], told('tok-CANARY-2'))
    await fails(session, ['lookup', '-', 'NPMRC_SECRET_FOREIGN'], 'MISSING', /holds no secret/)
    await works(session, ['list'], item.join('\t') + '\n')
    await works(session, ['store', ...item], 'OK\n', { input: 'tok-CANARY-4' })
    assert.equal(await session.lookup(theirs), 'foreign-CANARY')
    await works(session, ['delete', ...item])
    await fails(session, ['lookup', '-', item[3]], 'MISSING', /holds no secret/)
    await works(session, ['store', ...item], 'OK\n', { input: 'tok-CANARY-5' })
    assert.equal(await session.lookup(theirs), 'foreign-CANARY')
    await works(session, ['delete', ...item])
    assert.equal(await session.lookup(theirs), 'foreign-CANARY')
  })

  await t.test('finds no text in a path that is none', async () => {
    const bytes = ["exec \"$0\" \"$@\" \"$(printf '/home/\\377/.npmrc')\" NPMRC_SECRET_B", drive, 'lookup']
    await works(session, ['store', ...item], 'OK\n', { input: 'tok-CANARY' })
    const result = await session.run('sh', ['-c', bytes[0].replace('_B', '_A'), ...bytes.slice(1)])
    assert.equal(result.stdout, told('tok-CANARY'))
    const stored = await session.run('sh', ['-c', 'exec "$0" store "$(printf \'/home/\\377/.npmrc\')" a b NPMRC_SECRET_B', drive], { input: 'x' })
    assert.equal(stored.stdout, 'FAILED\n')
    assert.match(stored.stderr, /not UTF-8/)
  })

  await t.test('answers a thousand times, and sessions leave no descriptors', async () => {
    await works(session, ['store', ...item], 'OK\n', { input: 'tok-CANARY' })
    await works(session, ['lookup', item[0], item[3], '1000'], told('tok-CANARY'), { limit: 0 })
    const { stdout } = await ask(session, ['reopen', '300'], { limit: 0 })
    // GIO closes the last ones on its own time.
    assert.ok(Number(stdout) < 10, `${stdout} more descriptors`)
  })

  await t.test('is found in the runtime directory where no address is set', async () => {
    const { DBUS_SESSION_BUS_ADDRESS: gone, ...env } = session.env
    await works({ dir: session.dir, env }, ['lookup', item[0], item[3]], told('tok-CANARY'))
    await works(session, ['lookup', item[0], item[3]], told('tok-CANARY'),
      { env: { DBUS_SESSION_BUS_ADDRESS: `unix:path=/nonexistent;${session.env.DBUS_SESSION_BUS_ADDRESS};autolaunch:` } })
  })

  await t.test('stops in the middle', async () => {
    const pid = await servicePid(session)
    const asking = run(drive, ['lookup', item[0], item[3], '100000000'], { env: session.env })
    // Let it begin: the first answer is printed into a pipe, so the service's own clock is what shows it.
    const busy = () => Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[13])
    const was = busy()
    assert.ok(await until(() => busy() >= was + 10), 'it is asked')
    process.kill(pid, 'SIGSTOP')
    const start = performance.now()
    try {
      const result = await asking
      assert.ok(performance.now() - start < 1500 * slow)
      assert.equal(result.status, 3)
      assert.match(result.stdout, /\nFAILED\n$/)
      assert.match(result.stderr, /the Secret Service stopped answering; on a build agent set NPMRC_SECRET_A/)
      await fails(session, ['lookup', item[0], item[3]], 'ABSENT', /the Secret Service on this session's D-Bus does not answer; on a build agent/)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await works(session, ['lookup', item[0], item[3]], told('tok-CANARY'))
  })
})

// Runs the driver as on another machine, as far as the host's name tells.
async function elsewhere (session, name, args, input = '') {
  const result = await session.run('unshare', ['--uts', 'sh', '-c', 'hostname "$1" && shift && exec "$@"', 'sh', name, drive, ...args], { input })
  assert.doesNotMatch(result.stdout + result.stderr, /CANARY/)
  return result
}

test('machines that share a keyring, and a path', async t => {
  const session = await keyringSession({ t })
  const probe = await elsewhere(session, 'host-a.example', ['list'])
  if (/unshare failed/.test(probe.stderr)) return t.skip('no name spaces here')
  const there = async (name, args, input) => {
    const { status, stdout, stderr } = await elsewhere(session, name, args, input)
    return [status, stdout, stderr.replace(/;.*/s, '')]
  }
  const a = 'host-a.example'
  const b = 'host-b'
  const line = item.join('\t')
  await t.test('what one has stored the other finds, as long as it has none of its own', async () => {
    assert.deepEqual(await there(a, ['store', ...item], 'tok-CANARY-a'), [0, 'OK\n', ''])
    assert.deepEqual(await there(b, ['lookup', item[0], item[3]]), [0, told('tok-CANARY-a'), ''])
    assert.deepEqual(await there(b, ['store', ...item], 'tok-CANARY-bb'), [0, 'OK\n', ''])
    assert.deepEqual(await there(a, ['lookup', item[0], item[3]]), [0, told('tok-CANARY-a'), ''])
    assert.deepEqual(await there(b, ['lookup', item[0], item[3]]), [0, told('tok-CANARY-bb'), ''])
    assert.deepEqual(await there(a, ['list']), [0, `${line}\n${line}\thost-b\n`, ''])
    assert.equal(await session.lookup({ variable: item[3], machine: a }), 'tok-CANARY-a')
  })
  await t.test('a third one cannot tell which', async () => {
    assert.deepEqual(await there('host-c', ['lookup', item[0], item[3]]), [3, 'MISSING\n', 'the keyring holds several secrets for NPMRC_SECRET_A, none of them for this file and machine alone'])
  })
  await t.test('each replaces and removes its own', async () => {
    assert.deepEqual(await there(b, ['store', ...item], 'tok-CANARY-bbb'), [0, 'OK\n', ''])
    assert.deepEqual(await there(a, ['lookup', item[0], item[3]]), [0, told('tok-CANARY-a'), ''])
    assert.deepEqual(await there(a, ['delete', ...item]), [0, 'OK\n', ''])
    assert.deepEqual(await there(a, ['delete', ...item]), [3, 'MISSING\n', 'the keyring holds no secret for NPMRC_SECRET_A'])
    assert.deepEqual(await there(b, ['lookup', item[0], item[3]]), [0, told('tok-CANARY-bbb'), ''])
    assert.deepEqual(await there(b, ['delete', ...item]), [0, 'OK\n', ''])
  })
  await t.test('an item that names no machine is everybody\'s', async () => {
    await session.store('old', { 'xdg:schema': schema, file: item[0], location: item[1], key: item[2], variable: item[3] }, 'tok-CANARY-old')
    assert.deepEqual(await there(b, ['lookup', item[0], item[3]]), [0, told('tok-CANARY-old'), ''])
    assert.deepEqual(await there(a, ['list']), [0, `${line}\n`, ''])
    assert.deepEqual(await there(a, ['store', ...item], 'tok-CANARY-new'), [0, 'OK\n', ''])
    assert.deepEqual(await there(b, ['lookup', item[0], item[3]]), [0, told('tok-CANARY-new'), ''])
    assert.deepEqual(await there(b, ['delete', ...item]), [0, 'OK\n', ''])
    assert.deepEqual(await there(b, ['list']), [0, '', ''])
  })
})

test('a locked keyring', async t => {
  const session = await keyringSession({ t })
  await works(session, ['store', ...item], 'OK\n', { input: 'tok-CANARY' })
  await session.lock()
  for (const args of [['lookup', item[0], item[3]], ['lookup', '-', 'NPMRC_SECRET_NONE'], ['list'], ['store', ...item],
    ['store', '/other', ...item.slice(1)], ['delete', ...item]]) {
    await t.test(args[0], () => fails(session, args, 'LOCKED', /the keyring is locked.*; on a build agent set/, { input: 'new-CANARY' }))
  }
  await t.test('says so when its prompt could not be shown', () =>
    fails(session, ['-i', 'lookup', item[0], item[3]], 'DISMISSED', /dismissed, or could not be shown; nothing was done/, { limit: 0 }))
})

test('a service without a default collection', async t => {
  const session = await keyringSession({ t })
  await must('gdbus', ['call', '--session', '--dest', 'org.freedesktop.secrets', '--object-path',
    '/org/freedesktop/secrets/collection/login', '--method', 'org.freedesktop.Secret.Collection.Delete'], { env: session.env })
  await fails(session, ['store', ...item], 'NO_COLLECTION', /no default collection; make one.*; on a build agent set NPMRC_SECRET_A/, { input: 'tok-CANARY' })
  await fails(session, ['lookup', item[0], item[3]], 'NO_COLLECTION', /no default collection/)
  await works(session, ['list'], '')
})

// What the session's collection holds is gone at logout.
test('a service whose default collection does not last', async t => {
  const session = await keyringSession({ t, collection: 'session' })
  const message = /would keep NPMRC_SECRET_A until logout only .*make another collection the default one.*; on a build agent set NPMRC_SECRET_A/
  await fails(session, ['store', ...item], 'NO_COLLECTION', message, { input: 'tok-CANARY' })
  await works(session, ['list'], '')
  // An item that somebody has put there is read, but nothing is entrusted to it.
  const attributes = { 'xdg:schema': schema, file: item[0], location: item[1], key: item[2], variable: item[3] }
  await session.store('theirs', attributes, 'tok-CANARY-theirs')
  await works(session, ['lookup', item[0], item[3]], told('tok-CANARY-theirs'))
  await fails(session, ['store', ...item], 'NO_COLLECTION', message, { input: 'tok-CANARY' })
  assert.equal(await session.lookup(attributes), 'tok-CANARY-theirs')
})

// A session with keyring_mock; `said` is what it printed so far.
async function mockSession (t, ...modes) {
  const session = await keyringSession({ t, service: false })
  const child = spawn(mock, modes, { env: session.env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  session.said = ''
  await new Promise((resolve, reject) => {
    child.on('exit', () => reject(new Error('keyring_mock ended')))
    child.stdout.on('data', chunk => { session.said += chunk; if (session.said.includes('ready\n')) resolve() })
  })
  return session
}

test('no prompt unless it may', async t => {
  const session = await mockSession(t, 'locked', 'accept')
  for (const args of [['lookup', item[0], item[3]], ['store', ...item], ['list'], ['delete', ...item]]) {
    await fails(session, args, 'LOCKED', /nobody was asked to unlock it/, { input: 'tok-CANARY' })
  }
  assert.doesNotMatch(session.said, /prompt/)
  await works(session, ['-i', 'store', ...item], 'OK\n', { input: 'tok-CANARY' })
  assert.match(session.said, /prompt\n$/)
  await works(session, ['lookup', item[0], item[3]], told('tok-CANARY'))
})

test('a prompt that is dismissed', async t => {
  const session = await mockSession(t, 'locked')
  await fails(session, ['-i', 'lookup', item[0], item[3]], 'DISMISSED', /the prompt of the keyring was dismissed, or could not be shown; nothing was done/)
  await fails(session, ['-i', 'store', ...item], 'DISMISSED', /was dismissed/, { input: 'tok-CANARY' })
  assert.equal(session.said, 'ready\nprompt\nprompt\n')
})

test('a service that keeps something else than it was given', async t => {
  const session = await mockSession(t, 'garble')
  for (let i = 0; i < 2; i++) {
    await fails(session, ['store', ...item], 'MISMATCH', /gave back something else than was stored; what it holds for NPMRC_SECRET_A is useless/,
      { input: 'tok-CANARY' })
  }
})

test('a session without a Secret Service', async t => {
  const session = await keyringSession({ t, service: false })
  await fails(session, ['lookup', item[0], item[3]], 'ABSENT', /no Secret Service answers on this session's D-Bus; start one.*on a build agent set the variable itself/)
  await fails(session, ['list'], 'ABSENT', /no Secret Service answers/)
})

test('no D-Bus', async t => {
  const { dir, env } = noBus({ t })
  const marker = path.join(dir, 'launched')
  const bin = path.join(dir, 'bin')
  fs.mkdirSync(bin)
  fs.writeFileSync(path.join(bin, 'dbus-launch'), `#!/bin/sh\ntouch ${marker}\nexit 1\n`, { mode: 0o755 })
  fs.writeFileSync(path.join(dir, 'file'), '')
  const base = { PATH: `${bin}:${systemPath}`, XDG_RUNTIME_DIR: dir, DISPLAY: ':99' }
  const none = /no D-Bus session here.*on a build agent/
  const dead = /D-Bus cannot be reached \(.+\), hence no keyring; on a build agent/
  for (const [what, address, message] of [
    ['unset', undefined, none], ['empty', '', none], ['autolaunch', 'autolaunch:', none], ['garbage', 'no such thing', dead],
    ['an unknown transport', 'smoke:signal=1', dead], ['a missing socket', env.DBUS_SESSION_BUS_ADDRESS, dead],
    ['a plain file', `unix:path=${dir}/file`, dead], ['a closed port', 'tcp:host=127.0.0.1,port=1', dead],
    ['a dead socket before autolaunch', `${env.DBUS_SESSION_BUS_ADDRESS};autolaunch:`, dead]
  ]) {
    await t.test(what, async () => {
      const set = address === undefined ? base : { ...base, DBUS_SESSION_BUS_ADDRESS: address }
      await fails({ dir, env: set }, ['lookup', item[0], item[3]], 'ABSENT', message)
      assert.ok(!fs.existsSync(marker), 'dbus-launch was run')
    })
  }
})

// Says of each line what a bus would, up to a point.
async function peer (t, answer) {
  const dir = tempDir(t, 'silent')
  const sockets = new Set()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => answer(socket, chunk.toString('latin1')))
  })
  await new Promise(resolve => server.listen(path.join(dir, 'bus'), resolve))
  t.after(() => { for (const socket of sockets) socket.destroy(); server.close() })
  return { dir, env: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${dir}/bus` } }
}

test('a bus that says nothing', async t => {
  for (const interactive of [false, true]) {
    const session = await peer(t, () => {})
    await fails(session, [...(interactive ? ['-i'] : []), 'list'], 'ABSENT', /accepts connections but does not answer; on a build agent/)
  }
})

test('a bus that says nothing once it knows who is there', async t => {
  let begun = false
  const session = await peer(t, (socket, text) => {
    for (const line of text.split('\r\n')) {
      if (/^\0?AUTH$/.test(line)) socket.write('REJECTED EXTERNAL\r\n')
      else if (/^\0?AUTH EXTERNAL/.test(line)) socket.write('OK 0123456789abcdef0123456789abcdef\r\n')
      else if (line === 'NEGOTIATE_UNIX_FD') socket.write('AGREE_UNIX_FD\r\n')
      else if (line.startsWith('BEGIN')) begun = true
    }
  })
  await fails(session, ['list'], 'ABSENT', /accepts connections but does not answer/)
  assert.ok(begun, 'authentication never ended')
})

test('a bus that hangs up', async t => {
  const session = await peer(t, socket => socket.destroy())
  await fails(session, ['list'], 'ABSENT', /D-Bus cannot be reached/)
})
