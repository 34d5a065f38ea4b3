// Reading a large file and deciding with it, against npm's own ini and inih, which only parse it; and that the
// cost grows with the file and with the number of layers as a line does.
import { fileURLToPath } from 'node:url'
import { must, npmDir } from '../lib/sandbox.mjs'
import { built } from './pairs.mjs'
import { row, spread } from './table.mjs'

// What decode_bench wants to be told about the registry, its credentials, the proxy and TLS.
const answers = [
  'registry=https://registry.example/npm/',
  'https-proxy=http://proxy.example:3128/',
  'strict-ssl=false',
  '//registry.example/npm/:_authToken=${BENCH_TOKEN}'
]

// Every line of a shape is a key of its own where it is one. The bounds are shown on `ordinary`, which leaves us
// most to do for each byte: 37 bytes a line, none of the keys known to npm. `mixed` is a file as people have
// them: of 20 lines 11 settings with short values, 3 registries of scopes, 4 credentials (tokens as they are and
// from the environment), 1 comment and 1 blank; every 40th setting is quoted or has a comment behind it.
const words = ['true', 'false', '10000', 'warn', '^', 'some words here', '/usr/local/lib/node', 'https://proxy.example:8080/']
const shapes = {
  ordinary: i => `setting-${i} = some words here ${i}`,
  credentials: i => `//registry${i}.example/npm/:_authToken=\${TOKEN_${i}}`,
  long: i => `setting-${i} = ${'some words here '.repeat(25)}`,
  comments: i => i % 4 ? `; team ${i}: ask them before changing this` : `setting-${i}=value`,
  mixed (i) {
    const host = `registry${i}.example/npm`
    const kind = i % 20
    if (kind === 0) return `; team ${i}: ask them before changing this`
    if (kind === 10) return ''
    if (kind % 7 === 1) return `@team${i}:registry=https://${host}/`
    if (kind % 4 === 3) return `//${host}/:_authToken=${i % 3 ? `\${TOKEN_${i}}` : `npm_CANARY${i}5tQx0ZbR7w`}`
    return `setting-${i} = ${i % 40 === 2 ? '"quoted value"' : i % 40 === 22 ? 'value ; and why' : words[(i * 7) % 8]}`
  }
}

export function sample (shape, megabytes) {
  const lines = []
  for (let size = 0, i = 0; size < megabytes * 1e6; i++) {
    const line = shapes[shape](i)
    lines.push(line)
    size += line.length + 1
  }
  return [...lines, ...answers, ''].join('\n')
}

const median = list => spread(list).median

// How much more a byte costs at most than at least.
const unevenness = list => Math.max(...list) / Math.min(...list)

export async function * deciding (box) {
  const npmIni = fileURLToPath(new URL('decode.cjs', import.meta.url))
  const runs = { 1: 20, 10: 5, 100: 3 }
  const measured = {}
  for (const [shape, size] of [['ordinary', 1], ['ordinary', 10], ['ordinary', 100], ['credentials', 10], ['long', 10], ['comments', 10], ['mixed', 10]]) {
    const file = box.write('sample', sample(shape, size))
    const options = { env: box.env, timeout: 600000, net: false }
    const ours = JSON.parse((await must(built('decode_bench'), [file, String(runs[size])], options)).stdout)
    const npm = JSON.parse((await must('node', [npmIni, npmDir(11), file, String(runs[size])], options)).stdout)
    const name = `read and decide ${size} MB of ${shape} lines`
    measured[size] ??= ours
    yield row({ name, against: "npm's ini, which only parses", unit: 'MB/s', ours: ours.layers1, theirs: npm, bound: shape === 'ordinary' && size === 10 ? { least: 20 } : undefined })
    yield row({ name, against: 'inih, which only parses', unit: 'MB/s', ours: ours.layers1, theirs: ours.inih, bound: shape === 'ordinary' && size === 10 ? { least: 2 } : undefined })
  }
  const { 10: ten } = measured
  yield row({ name: 'cost of a byte at 1, 10 and 100 MB, the most by the least', unit: 'x', ours: [unevenness([1, 10, 100].map(size => median(measured[size].layers1)))], bound: { most: 2 } })
  yield row({ name: 'cost of a byte in 1, 2, 4 and 8 layers of 10 MB, likewise', unit: 'x', ours: [unevenness([ten.layers1, ten.layers2, ten.layers4, ten.layers8].map(median))], bound: { most: 1.5 } })
}
