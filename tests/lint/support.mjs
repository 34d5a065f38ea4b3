// A tree of its own for the runner of the tests.
import fs from 'node:fs'
import path from 'node:path'
import { modules, root, tempDir } from '../lib/sandbox.mjs'

// A tree with a copy of the runner, these unit programs (shell) and these node tests.
export function tree (t, { unit = {}, node = {}, unbuilt = [] }) {
  const dir = tempDir(t, 'runner')
  const put = (name, content, mode = 0o644) => {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true })
    fs.writeFileSync(path.join(dir, name), content, { mode })
  }
  put('tests/run', fs.readFileSync(path.join(root, 'tests/run')), 0o755)
  fs.symlinkSync(modules, path.join(dir, 'tests/node_modules'))
  for (const [name, script] of Object.entries(unit)) {
    put(`tests/unit/${name}.c`, '')
    put(`build/tests/${name}`, `#!/bin/sh\n${script}\n`, 0o755)
  }
  for (const name of unbuilt) put(`tests/unit/${name}.c`, '')
  for (const [name, script] of Object.entries(node)) {
    put(`tests/e2e/${name}.test.mjs`, `import { test, describe } from 'node:test'\nimport assert from 'node:assert/strict'\n${script}\n`)
  }
  return dir
}
