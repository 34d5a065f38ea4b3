// What make can prove about the tree: headers stand alone, generated files are fresh, install undoes itself.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { root, run, systemPath, tempDir } from '../lib/sandbox.mjs'

const build = process.env.BUILD || 'build'
const make = (...args) => run('make', ['--no-print-directory', '-C', root, `BUILD=${build}`, ...args],
  { env: { PATH: systemPath, LANG: 'C.UTF-8', HOME: '/nonexistent' }, timeout: 300000 })

for (const target of ['check-headers', 'check-generated']) {
  test(`make ${target}`, async () => {
    const result = await make(target)
    assert.equal(result.status, 0, result.stdout + result.stderr)
  })
}

function files (dir) {
  return fs.readdirSync(dir, { withFileTypes: true, recursive: true }).filter(e => e.isFile())
    .map(e => path.relative(dir, path.join(e.parentPath ?? e.path, e.name))).sort()
}

test('make install and uninstall honour DESTDIR and PREFIX', async t => {
  const dest = tempDir(t, 'dest')
  assert.equal((await make('install', `DESTDIR=${dest}`, 'PREFIX=/opt/nd')).status, 0)
  const installed = files(dest)
  for (const name of ['bin/npmrc-doctor', 'share/man/man1/npmrc-doctor.1', 'share/man/man7/npmrc-doctor-rules.7',
    'share/bash-completion/completions/npmrc-doctor', 'share/zsh/site-functions/_npmrc-doctor',
    'share/fish/vendor_completions.d/npmrc-doctor.fish']) assert.ok(installed.includes(`opt/nd/${name}`), `${name} in ${installed}`)
  const result = await run(path.join(dest, 'opt/nd/bin/npmrc-doctor'), ['--version'], { env: { PATH: systemPath } })
  assert.match(result.stdout, /^npmrc-doctor \d+\.\d+\.\d+\n$/)
  assert.equal((await make('uninstall', `DESTDIR=${dest}`, 'PREFIX=/opt/nd')).status, 0)
  assert.deepEqual(files(dest), [])
})

test('the manual pages are clean for mandoc', async () => {
  const pages = ['npmrc-doctor.1', 'npmrc-doctor-rules.7'].map(name => path.join(root, 'man', name))
  const result = await run('mandoc', ['-Tlint', ...pages], { env: { PATH: systemPath } })
  // Which other manuals are installed is no matter of ours.
  assert.deepEqual((result.stdout + result.stderr).split('\n').filter(line => line && !/referenced manual not found: Xr /.test(line)), [])
  const { stdout } = await run('mandoc', ['-Tascii', pages[0]], { env: { PATH: systemPath } })
  const text = stdout.replace(/.\x08/g, '')
  for (const title of ['ENVIRONMENT', 'FILES', 'POLICY', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO']) assert.match(text, new RegExp(`^${title}$`, 'm'))
})

test('libcurl, libsecret and ICU are loaded only by the modules that need them', async () => {
  const dir = path.resolve(root, build)
  const needed = async file => (await run('objdump', ['-p', file], { env: { PATH: systemPath } })).stdout.match(/NEEDED +\S+/g).join(' ')
  assert.doesNotMatch(await needed(path.join(dir, 'npmrc-doctor')), /libcurl|libssl|libcrypto|libsecret|libgio|libicu/)
  assert.match(await needed(path.join(dir, 'modules/probe.so')), /libcurl/)
  assert.match(await needed(path.join(dir, 'modules/keyring.so')), /libsecret/)
  assert.match(await needed(path.join(dir, 'modules/idna.so')), /libicu/)
  for (const name of ['probe', 'keyring']) assert.doesNotMatch(await needed(path.join(dir, `modules/${name}.so`)), /libicu/)
})
