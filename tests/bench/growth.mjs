// What grows with the input must grow as a line does. Each curve is measured at 1, 2, 4 and 8 times a size, in
// milliseconds by `make bench` and in instructions by `make bench-check`, which takes smaller sizes.
import { doctor } from '../lib/sandbox.mjs'
import { sample } from './deciding.mjs'
import { pairs } from './pairs.mjs'
import { plant } from './scan.mjs'
import { row } from './table.mjs'

const doubling = [1, 2, 4, 8]

const lines = (n, line) => Array.from({ length: n }, (_, i) => line(i)).join('\n') + '\n'

// base: the size at the first step, for times and for instructions; make writes the input and gives the arguments.
export const curves = [
  {
    name: 'config registry, by file size',
    unit: 'MB',
    base: { ms: 1.25, instructions: 0.1 },
    make: (box, size) => ['config', 'registry', '--userconfig', box.write(`mixed-${size}`, sample('mixed', size))]
  }, {
    name: 'check --offline, by file size',
    unit: 'MB',
    base: { ms: 0.25, instructions: 0.02 },
    make: (box, size) => ['check', '--offline', '--userconfig', box.write(`mixed-${size}`, sample('mixed', size))]
  }, {
    name: 'check --offline, by registries',
    unit: 'registries',
    base: { ms: 250, instructions: 25 },
    make: (box, n) => ['check', '--offline', '--userconfig', box.write(`registries-${n}`, lines(n, i => `@team${i}:registry=https://registry${i}.example/npm/`))]
  }, {
    name: 'check --offline --format json, by findings',
    unit: 'findings',
    base: { ms: 500, instructions: 50 },
    make: (box, n) => ['check', '--offline', '--format', 'json', '--userconfig', box.write(`findings-${n}`, lines(n, i => `//registry.example/${i}/:_authToken=npm_CANARY${i}5tQx0ZbR7w`))]
  }, {
    name: 'scan, by groups of 50 folders',
    unit: 'groups',
    base: { ms: 40, instructions: 2 },
    make (box, groups) {
      plant(box.at(`tree-${groups}`), groups)
      return ['scan', box.at(`tree-${groups}`)]
    }
  }, {
    name: 'config registry, by layers of one size',
    unit: 'layers',
    steps: [0, 1, 2],
    base: { ms: 1, instructions: 1 },
    make (box, layers, kind) {
      const text = sample('mixed', kind === 'ms' ? 5 : 0.2)
      const [user, global] = [0, 1].map(i => box.write(`layer-${i}-${layers}`, i < layers ? text : ''))
      return ['config', 'registry', '--userconfig', user, '--globalconfig', global]
    }
  }
]

export const commandsOf = (curve, box, kind) => (curve.steps ?? doubling).map(step => {
  const size = step * curve.base[kind]
  return { size, command: [doctor, ...curve.make(box, size, kind)] }
})

// How much more the last step costs for each unit than those before it: 1 for a line, 2.4 for a square.
export function bend (points) {
  const [first, before, last] = [points[0], points.at(-2), points.at(-1)]
  return (last.cost - before.cost) / (last.size - before.size) / ((before.cost - first.cost) / (before.size - first.size))
}

export const told = (points, unit) => points.map(({ size, cost }) => `${size} ${unit}: ${cost >= 1e6 ? `${(cost / 1e6).toFixed(1)} M` : cost.toFixed(1)}`).join(', ')

// In milliseconds. A pair is two sizes next to each other; of every size the fastest counts, as what disturbs only
// adds. Larger data fits the caches less, hence the room above 1.
export async function * growing ({ box, runs }) {
  for (const curve of curves) {
    const points = commandsOf(curve, box, 'ms').map(point => ({ ...point, cost: Infinity }))
    for (let i = 0; i + 1 < points.length; i++) {
      const { a, b } = await pairs({ runs, a: points[i].command, b: points[i + 1].command, options: { cwd: box.project, env: box.env } })
      points[i].cost = Math.min(points[i].cost, ...a.map(run => run.ms))
      points[i + 1].cost = Math.min(points[i + 1].cost, ...b.map(run => run.ms))
    }
    yield row({ name: `${curve.name}: bend`, unit: 'x', ours: [bend(points)], bound: { least: 0, most: 1.6 }, note: told(points, curve.unit) + ' ms' })
  }
}
