// `make picture`: the terminal as it looks after `npmrc-doctor check` in the story of tests/e2e/story.test.mjs, as an
// SVG for the README. What differs from run to run (ports, folders, times) is given one form.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { doctor, root } from '../lib/sandbox.mjs'
import { story } from '../lib/story.mjs'
import { terminal } from '../lib/terminal.mjs'

export const file = path.join(root, 'tests/demo/check.svg')

const columns = 100
const size = { column: 8.43, line: 19, margin: 18, top: 44 }
const colours = { 1: 'b', '1;31': 'r', 32: 'g', '1;33': 'y', '1;34': 'u', '1;36': 'c' }
const style = `text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}
.b,.r,.y,.u,.c{font-weight:700}.b{fill:#fff}.r{fill:#ff6b68}.g{fill:#8ccf7e}.y{fill:#e5c76b}.u{fill:#7aa2f7}.c{fill:#6cd0ca}`

// What `check` shows on a terminal, line by line, with its colours.
export async function shown (t) {
  const { box, proxy, front } = await story(t)
  const env = { ...box.env, TERM: 'xterm', LC_ALL: 'C.UTF-8' }
  const { text } = await terminal(doctor, ['check'], { t, env, cwd: box.project, columns }).end()
  return text.replaceAll('\r\n', '\n').split('\n').map(line => line.split('\r\x1b[K').at(-1)).join('\n').trimEnd()
    .replaceAll(box.home, '/home/nick')
    .replaceAll(String(proxy.port), '38080').replaceAll(String(front.port), '34873')
    .replace(/\d+(\.\d)? ms/g, '4 ms').split('\n')
}

const escape = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export function svg (lines) {
  let code = '0'
  // A colour may go on over the end of a line.
  const spans = line => line.split(/(\x1b\[[\d;]+m)/).map(part => {
    const sequence = part.match(/^\x1b\[([\d;]+)m$/)
    if (sequence) code = sequence[1]
    if (sequence || !part) return ''
    return code === '0' ? escape(part) : `<tspan class="${colours[code]}">${escape(part)}</tspan>`
  }).join('')
  const width = Math.ceil(columns * size.column + 2 * size.margin)
  const height = size.top + (lines.length + 1) * size.line + size.margin
  const rows = ['\x1b[32m$\x1b[0m \x1b[1mnpmrc-doctor check\x1b[0m', ...lines]
    .map((line, i) => line ? `<text x="${size.margin}" y="${size.top + (i + 1) * size.line}" xml:space="preserve">${spans(line)}</text>\n` : '')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>npmrc-doctor check, in a terminal</title>
<style>${style}</style>
<rect width="${width}" height="${height}" rx="10" fill="#1b1f28"/>
<circle cx="22" cy="22" r="6" fill="#ff5f57"/><circle cx="42" cy="22" r="6" fill="#febc2e"/><circle cx="62" cy="22" r="6" fill="#28c840"/>
${rows.join('')}</svg>
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const cleanups = []
  try {
    fs.writeFileSync(file, svg(await shown({ after: f => cleanups.unshift(f) })))
  } finally {
    for (const f of cleanups) await f()
  }
}
