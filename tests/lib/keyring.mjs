// A D-Bus session of its own with a real gnome-keyring in it, and sessions that lack one or the other.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { must, run, systemPath, tempDir } from './sandbox.mjs'

// No service directories: nothing is started on demand, so a session without a keyring stays without.
const busConfig = socket => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

function background (command, args, { env, input }) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.output = ''
  child.stdin.on('error', () => {})
  child.stderr.on('data', chunk => { child.output += chunk })
  child.stdin.end(input ?? '')
  child.gone = new Promise(resolve => {
    child.once('error', err => { child.output += err; resolve() })
    child.once('close', resolve)
  })
  return child
}

function firstLine (child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
      if (text.includes('\n')) resolve(text.split('\n')[0])
    })
    child.gone.then(() => reject(new Error(`${child.spawnfile} ended: ${child.output}`)))
  })
}

// service: false for a session bus without a Secret Service; locked: the default collection is locked;
// collection: which one is the default.
// The result's `env` is what a command needs to take part; all its files are below `dir`.
export async function keyringSession ({ t, service = true, locked = false, collection = 'login', password = 'keyring-CANARY' } = {}) {
  const dir = tempDir(null, 'keyring')
  const at = (...parts) => path.join(dir, ...parts)
  for (const name of ['home', 'data/keyrings', 'config', 'cache', 'run']) fs.mkdirSync(at(name), { recursive: true })
  fs.chmodSync(at('run'), 0o700)
  fs.writeFileSync(at('data/keyrings/default'), collection)
  fs.writeFileSync(at('bus.conf'), busConfig(at('run/bus')))
  const env = {
    XDG_DATA_HOME: at('data'),
    XDG_CONFIG_HOME: at('config'),
    XDG_CACHE_HOME: at('cache'),
    XDG_RUNTIME_DIR: at('run')
  }
  const full = () => ({ PATH: systemPath, HOME: at('home'), LANG: 'C.UTF-8', ...env })
  const children = []
  const stop = async () => {
    for (const child of children.reverse()) {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 3000)
      await child.gone
      clearTimeout(killer)
    }
    children.length = 0
    fs.rmSync(dir, { recursive: true, force: true })
  }
  t?.after(stop)

  const session = {
    dir,
    env,
    password,
    stop,
    run: (command, args, options = {}) => run(command, args, { ...options, env: { ...full(), ...options.env } }),
    // What an independent client says; null where there is no such item.
    async lookup (attributes) {
      const result = await session.run('secret-tool', ['lookup', ...Object.entries(attributes).flat()])
      // secret-tool says 1 and nothing where there is no such item.
      if (result.status !== 0 && (result.status !== 1 || result.stderr !== '')) {
        throw new Error(`secret-tool lookup: status ${result.status}: ${result.stderr}`)
      }
      return result.status === 0 ? result.stdout : null
    },
    async store (label, attributes, secret) {
      await must('secret-tool', ['store', '--label', label, ...Object.entries(attributes).flat()], { env: full(), input: secret })
    },
    lock: () => must('gdbus', ['call', '--session', '--dest', 'org.freedesktop.secrets', '--object-path', '/org/freedesktop/secrets',
      '--method', 'org.freedesktop.Secret.Service.Lock', "['/org/freedesktop/secrets/collection/login']"], { env: full() })
  }
  try {
    const bus = background('dbus-daemon', ['--config-file', at('bus.conf'), '--nofork', '--print-address=1'], { env: full() })
    children.push(bus)
    env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus)
    if (service) {
      children.push(background('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], { env: full(), input: password }))
      await must('gdbus', ['wait', '--session', '--timeout', '20', 'org.freedesktop.secrets'], { env: full() })
      if (locked) await session.lock()
    }
  } catch (err) {
    const said = children.map(child => child.output).join('')
    await stop()
    throw new Error(`${err.message}\n${said}`)
  }
  return session
}

// No session bus at all: not even libdbus's or GIO's habit of looking into XDG_RUNTIME_DIR finds one.
export function noBus ({ t } = {}) {
  const dir = tempDir(t, 'nobus')
  return { dir, env: { XDG_RUNTIME_DIR: dir, DBUS_SESSION_BUS_ADDRESS: `unix:path=${dir}/none` } }
}
