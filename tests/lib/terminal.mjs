// A program on a pseudo-terminal of a given size: what is typed, what appears.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { doctor } from './sandbox.mjs'

const drive = path.join(path.dirname(doctor), 'tests/pty_drive')

export function terminal (command, args, { env, cwd, columns = 80, rows = 24, t } = {}) {
  const child = spawn(drive, [columns, rows, command, ...args].map(String), { env, cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  let ended = false
  let look = () => {}
  child.stdin.on('error', () => {})
  child.stdout.setEncoding('utf8').on('data', chunk => { text += chunk; look() })
  const exited = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => { ended = true; look(); resolve(status) })
  })
  t?.after(() => { child.kill('SIGHUP'); return exited })
  return {
    type: keys => child.stdin.write(keys),
    // Resolves with the match as soon as the text holds one, and forgets the text up to its end.
    until: pattern => new Promise((resolve, reject) => {
      const patience = setTimeout(() => { look = () => {}; reject(new Error(`no ${pattern} in ${JSON.stringify(text)}`)) }, 30000)
      look = () => {
        const match = text.match(pattern)
        if (!match && !ended) return
        look = () => {}
        clearTimeout(patience)
        if (!match) return reject(new Error(`ended without ${pattern}: ${JSON.stringify(text)}`))
        text = text.slice(match.index + match[0].length)
        resolve(match)
      }
      look()
    }),
    // All that is shown until the program has ended, and its exit status.
    end: async () => ({ status: await exited, text })
  }
}
