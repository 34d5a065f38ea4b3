// scan against ripgrep, which only lists the files that scan also reads and judges. The tree is what people
// have without node_modules, which scan would leave out and `rg --no-ignore` would not: packages in groups in
// areas, two files in each package, an .npmrc in every twentieth, half of those with something to find.
import fs from 'node:fs'
import { doctor } from '../lib/sandbox.mjs'
import { pairs } from './pairs.mjs'
import { row } from './table.mjs'

const npmrc = token => `registry=https://registry.example/npm/
@corp:registry=https://npm.corp.example/
//registry.example/npm/:_authToken=${token}
save-exact=true
`

// Groups of 50 folders, 20 of them in an area.
export function plant (dir, groups) {
  let folders = 0
  let files = 0
  for (let group = 0; group < groups; group++) {
    for (let part = 0; part < 49; part++) {
      const place = `${dir}/area${Math.floor(group / 20)}/group${group}/package${part}`
      fs.mkdirSync(place, { recursive: true })
      fs.writeFileSync(`${place}/package.json`, '{}')
      fs.writeFileSync(`${place}/index.js`, '//')
      if (folders++ % 20 === 0) fs.writeFileSync(`${place}/.npmrc`, npmrc(files++ % 2 ? '${NPM_TOKEN}' : 'npm_CANARY5tQx0ZbR7w'))
    }
  }
  return { folders: folders + groups + Math.ceil(groups / 20), files }
}

export async function scanning ({ box, runs }) {
  const { folders, files } = plant(box.at('tree'), 800)
  const { a, b } = await pairs({
    runs,
    a: [doctor, 'scan', box.at('tree')],
    b: ['/usr/bin/rg', '--files', '--hidden', '--no-ignore', '-g', '.npmrc', box.at('tree')],
    options: { cwd: box.project, env: box.env }
  })
  return row({ name: `scan of ${folders} folders with ${files} .npmrc files`, against: 'rg, which only lists them', ours: a.map(run => run.ms), theirs: b.map(run => run.ms), bound: { most: 1 } })
}
