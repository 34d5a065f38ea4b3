// What the end-to-end tests share: running the program, reading its report, looking for leaks.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { squid } from '../lib/peers.mjs'
import { doctor, must, root, slow } from '../lib/sandbox.mjs'

// Every spelling in which a secret could turn up; base64 also as a part of something longer, where it
// depends on how many bytes stand in front.
export function spellingsOf (secret) {
  const bytes = Buffer.from(secret)
  const shifted = [0, 1, 2].map(skip => {
    const text = Buffer.concat([Buffer.alloc(skip), bytes]).toString('base64').replace(/=+$/, '')
    // Without the characters that its neighbours share.
    return text.slice(skip ? skip + 1 : 0, bytes.length % 3 === (3 - skip) % 3 ? undefined : -1)
  })
  const percent = [...bytes].map(byte => '%' + byte.toString(16).padStart(2, '0')).join('')
  return [secret, encodeURIComponent(secret), encodeURI(secret), percent, percent.toUpperCase(),
    bytes.toString('hex'), bytes.toString('hex').toUpperCase(),
    ...shifted, ...shifted.map(text => text.replaceAll('+', '-').replaceAll('/', '_'))]
}

export function assertNoSecret (result, secrets, what = '') {
  for (const secret of secrets) {
    for (const text of spellingsOf(secret)) {
      assert.ok(!result.stdout.includes(text), `${what}: ${text} on standard output`)
      assert.ok(!result.stderr.includes(text), `${what}: ${text} on standard error`)
    }
  }
}

export async function checkJson (box, args = [], options = {}) {
  const result = await box.doctor(['check', '--format', 'json', ...args], options)
  assert.ok(!result.timedOut, 'check hangs')
  assert.ok([0, 1].includes(result.status), `status ${result.status}: ${result.stderr}`)
  return { ...result, report: JSON.parse(result.stdout) }
}

// The findings that say why npm fails: what is written out in files is another matter.
export function causes (report) {
  return report.findings.filter(f => f.severity === 'error' && !f.rule.startsWith('plaintext-'))
}

// All files below a directory with their bytes, modes and link targets: equal means nothing was touched.
export function snapshot (dir) {
  const out = {}
  for (const entry of fs.readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name)
    const stat = fs.lstatSync(file)
    const content = entry.isSymbolicLink() ? fs.readlinkSync(file) : entry.isFile() ? fs.readFileSync(file, 'latin1') : ''
    out[path.relative(dir, file)] = `${stat.mode.toString(8)} ${stat.ino} ${content}`
  }
  return out
}

// A command line for a shell, to close descriptors or to redirect them.
export function shell (box, script, options) {
  return box.run('sh', ['-c', script, doctor], options)
}

// squid takes two seconds to end when asked to; nothing of it is worth the wait.
export async function quickSquid (options) {
  let peer
  options.t.after(() => peer?.child.kill('SIGKILL'))
  peer = await squid(options)
  return peer
}

// The writable memory of a stopped process, one mapping after the other.
export function * memoryOf (pid) {
  const fd = fs.openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to, name] = /^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)$/.exec(line) ?? []
      if (!from) continue
      const size = Number(BigInt(`0x${to}`) - BigInt(`0x${from}`))
      // A sanitizer's notes about all of memory.
      if (size > 2 ** 31) continue
      const bytes = Buffer.alloc(size)
      try {
        fs.readSync(fd, bytes, 0, bytes.length, Number(BigInt(`0x${from}`)))
      } catch { continue }
      yield { name, bytes: bytes.toString('latin1') }
    }
  } finally {
    fs.closeSync(fd)
  }
}

// Builds what is preloaded into the program: tests/e2e/faults/SOURCE.c. Each test file has one of its own.
export function compileShim (to, source = 'shim') {
  return must('sh', ['-c', 'mkdir -p "$(dirname "$1")" && exec cc -std=c17 -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -shared -fPIC -o "$1" "$2" -ldl', 'sh', to, `tests/e2e/faults/${source}.c`],
    { cwd: root, env: { PATH: process.env.PATH } })
}

// Until it has said the word; an error where it ends without.
export function started (child, word) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
      if (text.includes(word)) resolve()
    })
    child.once('close', () => reject(new Error(`it ended: ${text}`)))
  })
}

// Whether it becomes so within ten seconds: for what nothing tells.
export async function until (is) {
  for (const end = Date.now() + 10000 * slow; !await is(); await pause(5)) {
    if (Date.now() > end) return false
  }
  return true
}

export async function stopped (child) {
  for (;;) {
    const state = /^State:\t(\w)/m.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
    if (state === 'T') return
    assert.notEqual(state, 'Z', 'it has ended without a stop')
    await pause(5)
  }
}
