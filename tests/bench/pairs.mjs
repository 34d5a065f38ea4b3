// Two commands by turns: the machine's speed may drift, a pair's ratio does not.
import path from 'node:path'
import { doctor, must } from '../lib/sandbox.mjs'

export const built = name => path.join(path.dirname(doctor), 'tests', name)

// a, b: words of a command; ours is a. Resolves to { a: [{ ms, kb }], b: [...] }.
export async function pairs ({ runs, a, b, statuses = [0, 1], options }) {
  const { stdout } = await must(built('pairs_bench'), [String(runs), ...a, '::', ...b], { timeout: 600000, net: false, ...options })
  const all = stdout.trim().split('\n').map(line => line.split(' ').map(Number))
  for (const [, , x, , , y] of all) {
    if (!statuses.includes(x) || !statuses.includes(y)) throw new Error(`${a.join(' ')} ended with ${x}, ${b.join(' ')} with ${y}`)
  }
  return { a: all.map(([ms, kb]) => ({ ms, kb })), b: all.map(([, , , ms, kb]) => ({ ms, kb })) }
}
