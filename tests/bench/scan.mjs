// scan against ripgrep, which only lists the files that scan also reads and judges. The tree is what people
// have without node_modules, which scan would leave out and `rg --no-ignore` would not: packages in groups in
// areas, two files in each package, an .npmrc in every twentieth, half of those with something to find.
import fs from 'node:fs'
import { doctor } from '../lib/sandbox.mjs'

const npmrc = token => `registry=https://registry.example/npm/
@corp:registry=https://npm.corp.example/
//registry.example/npm/:_authToken=${token}
save-exact=true
`

function grow (box) {
  let folders = 0
  let files = 0
  for (let area = 0; area < 40; area++) {
    for (let group = 0; group < 20; group++) {
      for (let part = 0; part < 49; part++) {
        const dir = box.at('tree', `area${area}`, `group${group}`, `package${part}`)
        fs.mkdirSync(dir, { recursive: true })
        fs.writeFileSync(`${dir}/package.json`, '{}')
        fs.writeFileSync(`${dir}/index.js`, '//')
        if (folders++ % 20 === 0) fs.writeFileSync(`${dir}/.npmrc`, npmrc(files++ % 2 ? '${NPM_TOKEN}' : 'npm_CANARY5tQx0ZbR7w'))
      }
    }
  }
  // And the folders above them.
  return { folders: folders + 40 * 20 + 40, files }
}

// Resolves to whether the bound is met.
export async function scanning ({ box, compare }) {
  const { folders, files } = grow(box)
  return compare({
    name: `scan of ${folders} folders with ${files} .npmrc files against rg, which only lists them`,
    a: [doctor, 'scan', box.at('tree')],
    b: ['/usr/bin/rg', '--files', '--hidden', '--no-ignore', '-g', '.npmrc', box.at('tree')],
    options: { cwd: box.project, env: box.env },
    bound: 'at most 1',
    ok: ratio => ratio <= 1
  })
}
