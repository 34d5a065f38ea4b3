// A home, a project and an environment built from nothing, for one test.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { castNet } from './net.mjs'
import { checkOutput } from './schema.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
export const modules = path.join(root, 'tests/node_modules')
export const fixtures = path.join(root, 'fixtures')
export const doctor = path.resolve(root, process.env.ND_BIN || 'build/npmrc-doctor')
export const systemPath = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

const cpu = process.arch === 'arm64' ? '-arm64' : ''
// What each npm is run by unless a test asks for another one.
const nodeOf = { 8: 20, 9: 20, 10: 20, 11: 20, 12: 24 }
export const npmNode = major => nodeOf[major]
export const npmMajors = Object.keys(nodeOf).map(Number)

export function nodeBinary (major) {
  return path.join(modules, `node${major}${cpu}`, 'bin/node')
}

export function npmDir (major) {
  return path.join(modules, `npm${major}`)
}

export function npmVersion (major) {
  return JSON.parse(fs.readFileSync(path.join(npmDir(major), 'package.json'))).version
}

// Hard links where the file system allows, as node alone weighs 100 MB.
function copyTree (from, to) {
  fs.mkdirSync(path.dirname(to), { recursive: true })
  if (fs.statSync(from).isDirectory()) {
    fs.mkdirSync(to)
    for (const name of fs.readdirSync(from)) copyTree(path.join(from, name), path.join(to, name))
    return
  }
  try {
    fs.linkSync(from, to)
  } catch {
    fs.copyFileSync(from, to)
  }
}

// An installation as vendors make it: npm derives its prefix, its global file and its built-in file
// from the real paths of node and npm, so neither may be a link into node_modules.
export function makePrefix (dir, { npm, node = nodeOf[npm], clients = {} }) {
  copyTree(nodeBinary(node), path.join(dir, 'bin/node'))
  if (npm) {
    copyTree(npmDir(npm), path.join(dir, 'lib/node_modules/npm'))
    clients = { npm: '../lib/node_modules/npm/bin/npm-cli.js', npx: '../lib/node_modules/npm/bin/npx-cli.js', ...clients }
  }
  for (const [name, target] of Object.entries(clients)) fs.symlinkSync(target, path.join(dir, 'bin', name))
  return path.join(dir, 'bin')
}

// Prefixes are made once and shared by all tests, which therefore must not write into them.
function sharedPrefix (name, what) {
  const dir = path.join(modules, '.prefix', name)
  const bin = path.join(dir, 'bin')
  if (fs.existsSync(bin)) return bin
  fs.mkdirSync(path.dirname(dir), { recursive: true })
  const making = fs.mkdtempSync(dir + '.')
  fs.chmodSync(making, 0o755)
  makePrefix(making, what)
  try {
    fs.renameSync(making, dir)
  } catch (err) {
    // Another test file was faster.
    fs.rmSync(making, { recursive: true })
    if (!fs.existsSync(bin)) throw err
  }
  return bin
}

// A directory that holds `node`, `npm` and `npx`; <it>/../etc/npmrc would be the global file.
export function npmBin (major, { node = nodeOf[major] } = {}) {
  return sharedPrefix(`npm${npmVersion(major)}-node${node}`, { npm: major, node })
}

const clientTargets = {
  pnpm: () => path.join(modules, `pnpm${cpu}`, 'pnpm'),
  pnpm11: () => path.join(modules, 'pnpm11/bin/pnpm.mjs'),
  pnpm10: () => path.join(modules, 'pnpm10/bin/pnpm.cjs'),
  yarn1: () => path.join(modules, 'yarn1/bin/yarn.js'),
  bun: () => path.join(modules, `bun${cpu}`, 'bin/bun')
}

// The same for pnpm (the newest), pnpm11, pnpm10, yarn1 and bun: `node` and `pnpm`, `yarn` or `bun`.
export function clientBin (name, { node = 24 } = {}) {
  const command = name.replace(/\d+$/, '')
  return sharedPrefix(`${name}-node${node}`, { node, clients: { [command]: clientTargets[name]() } })
}

// How many times as long the program may take as it does by itself: bounds on time grow by it. 1, but under valgrind.
export const slow = Number(process.env.ND_SLOW || 1)

// Of what is tried at every call, or in every line, one in so many: under valgrind another one of the same kind executes
// nothing else.
export const stride = slow > 1 ? 9 : 1

// For what runs below strace: LeakSanitizer, which traces as well, cannot work there.
export const noLeakSearch = { ASAN_OPTIONS: 'detect_leaks=0' }

// What a sanitizer or valgrind has written about a program (tests/lib/reporting.c, tests/analyze/wrap). Of itself valgrind
// says that it does not know a system call.
function claimReport (pid) {
  const file = path.join(path.dirname(doctor), 'reports', `report.${pid}`)
  if (!fs.existsSync(file)) return ''
  const text = fs.readFileSync(file, 'utf8')
  fs.rmSync(file)
  return text.replace(/^--\d+-- .*\n/gm, '')
}

// Runs a command to its end. It leads a process group of its own, all of which a timeout kills. A run of the
// program under test that lets a secret out (net.mjs) is an exception; `dir` is where files are looked at.
export function run (command, args = [], { env = {}, cwd, input = '', timeout = 60000, encoding = 'utf8', dir, secrets, net } = {}) {
  net ??= [command, ...args].some(arg => String(arg).includes(doctor)) && castNet([command, ...args], { dir, env, secrets })
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    const out = []
    const err = []
    let timedOut = false
    if (net && child.pid) net.watch(child.pid)
    const timer = setTimeout(() => {
      timedOut = true
      try { process.kill(-child.pid, 'SIGKILL') } catch {}
    }, timeout * slow)
    child.stdout.on('data', chunk => out.push(chunk))
    child.stderr.on('data', chunk => err.push(chunk))
    // A command need not read what it is given.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', problem => { clearTimeout(timer); net?.haul?.({ stdout: '', stderr: '' }); reject(problem) })
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      const leaks = net ? net.haul({ stdout: Buffer.concat(out), stderr: Buffer.concat(err) }) : []
      if (leaks.length) reject(new Error(`${[command, ...args].join(' ').slice(0, 200)}: a secret is ${leaks.join(', ')}`))
      const report = claimReport(child.pid)
      if (report) reject(new Error(`${[command, ...args].join(' ').slice(0, 200)}:\n${report}`))
      const text = chunks => encoding === 'buffer' ? Buffer.concat(chunks) : Buffer.concat(chunks).toString(encoding)
      resolve({ status, signal, stdout: text(out), stderr: text(err), timedOut })
    })
  })
}

// The program under test on its own, for a test that talks to it while it runs, such as below script(1), whose
// terminal is standard output: a child whose `ended` gives its status, or the leak.
export function spawnNetted (command, args, { env = {}, cwd, dir, secrets, stdio = ['pipe', 'pipe', 'pipe'] }) {
  const net = castNet([command, ...args], { dir, env, secrets })
  const child = spawn(command, args, { env, cwd, stdio })
  const chunks = { stdout: [], stderr: [] }
  for (const name of ['stdout', 'stderr']) child[name]?.on('data', chunk => chunks[name].push(Buffer.from(chunk)))
  child.stdin?.on('error', () => {})
  if (child.pid) net.watch(child.pid)
  child.ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', status => {
      const leaks = net.haul({ stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) })
      const report = claimReport(child.pid)
      if (leaks.length) reject(new Error(`${[command, ...args].join(' ').slice(0, 200)}: a secret is ${leaks.join(', ')}`))
      else if (report) reject(new Error(`${[command, ...args].join(' ').slice(0, 200)}:\n${report}`))
      else resolve(status)
    })
  })
  return child
}

// Like run, but anything except success is an exception: for the steps that are not under test.
export async function must (command, args, options) {
  const result = await run(command, args, options)
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: status ${result.status}, ${result.signal}\n${result.stdout}${result.stderr}`)
  }
  return result
}

export function tempDir (t, name = 'nd') {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`)))
  t?.after(() => fs.rmSync(dir, { recursive: true, force: true }))
  return dir
}

// npm: a major, or null for a PATH without any npm or node; node: its node's major; env: additions.
// secrets: words that must not be seen, beside those with CANARY in them.
export function sandbox (t, { npm = 11, node, env = {}, secrets } = {}) {
  const dir = tempDir(t, 'sandbox')
  const at = (...parts) => path.join(dir, ...parts)
  for (const name of ['home', 'project', 'tmp', 'bin']) fs.mkdirSync(at(name))
  const bin = npm ? npmBin(npm, node ? { node } : {}) : null
  if (!bin) barePath(at('bin'), ['sh', 'env', 'cat', 'git'])
  const box = {
    dir,
    at,
    home: at('home'),
    project: at('project'),
    tmp: at('tmp'),
    bin,
    env: {
      PATH: bin ? `${bin}:${systemPath}` : at('bin'),
      HOME: at('home'),
      TMPDIR: at('tmp'),
      LANG: 'C.UTF-8',
      ...env
    },
    // File names are relative to the sandbox: 'home/.npmrc', 'project/.npmrc'.
    write (name, content, mode = 0o600) {
      fs.mkdirSync(path.dirname(at(name)), { recursive: true })
      fs.writeFileSync(at(name), content)
      fs.chmodSync(at(name), mode)
      return at(name)
    },
    read: name => fs.readFileSync(at(name), 'utf8'),
    run: (command, args, options = {}) =>
      run(command, args, { cwd: at('project'), dir, secrets, ...options, env: { ...box.env, ...options.env } }),
    spawn: (command, args, options = {}) =>
      spawnNetted(command, args, { cwd: at('project'), dir, secrets, env: box.env, ...options }),
    async doctor (args, options) {
      const result = await box.run(doctor, args, options)
      checkOutput(args, result)
      return result
    },
    npm: (args, options) => box.run('npm', args, { timeout: 120000, ...options }),
    remove: () => fs.rmSync(dir, { recursive: true, force: true })
  }
  return box
}

// Fills dir with links to these commands, to be a whole PATH.
export function barePath (dir, commands) {
  for (const name of commands) {
    const found = systemPath.split(':').map(part => path.join(part, name)).find(file => fs.existsSync(file))
    if (found) fs.symlinkSync(found, path.join(dir, name))
  }
  return dir
}
