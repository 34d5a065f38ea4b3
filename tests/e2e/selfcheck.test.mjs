// `selfcheck`: our reading beside that of the installed npm's own modules.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { barePath, makePrefix, npmMajors, sandbox, systemPath } from '../lib/sandbox.mjs'

const canary = 'CANARYself'

function assertNoSecret (result) {
  assert.ok(!result.stdout.includes('CANARY'), 'a secret on standard output')
  assert.ok(!result.stderr.includes('CANARY'), 'a secret on standard error')
}

const hard = [
  '\ufeff; a comment', `//registry.example/:_authToken=${canary}`, `//h.example/:_authToken='123'`, 'registry = https://registry.example/npm',
  'proxy=http://u:p;w@proxy.example:8080', 'https-proxy="http://u:p;w@proxy.example:8080"', 'strict-ssl=no', 'fetch-retries=abc', 'ca[]=one', 'ca=two',
  'before=2020-01-01', 'umask=022', 'maxsockets=9', 'cache=~/c', 'noproxy=a, b', 'omit[]=dev', '//${HOST}/:_password=${SECRET}', 'x=${NOPE}', 'y=${NOPE?}',
  'z=\\${HOME}', 'é=ü€😀', 'empty=', 'bare', 'foo.x=null', '@corp:registry=https://npm.corp.example', 'scope=corp', "q='{\"a\":1}'"
].join('\n') + '\n'

for (const npm of npmMajors) {
  test(`npm ${npm}: the same on files full of difficulties`, async t => {
    const box = sandbox(t, { npm, env: { HOST: 'h.example', SECRET: canary, npm_config_fetch_timeout: '12', NPM_CONFIG__AUTHTOKEN: canary } })
    box.write('home/.npmrc', hard)
    box.write('project/package.json', '{}')
    box.write('project/.npmrc', 'registry=https://npm.corp.example/\r\nstrict-ssl=false\rloglevel=nope\n')
    const result = await box.doctor(['selfcheck', '--json'])
    assertNoSecret(result)
    assert.equal(result.status, 0, result.stdout + result.stderr)
    const report = JSON.parse(result.stdout)
    assert.deepEqual([report.same, report.differences], [true, []])
    assert.ok(report.compared > 40, `${report.compared}`)
    const text = await box.doctor(['selfcheck'])
    assert.match(text.stdout, /^the same: compared \d+ values with npm \d+\.\d+\.\d+\n$/)
  })

  test(`npm ${npm}: the same where npm stops while loading`, async t => {
    const box = sandbox(t, { npm })
    fs.symlinkSync('round', box.at('project/round'))
    for (const text of ['cafile=\n', 'cafile=.\n', 'cafile=/etc/passwd/x\n', 'cafile=round\n', '[proxy]\na=1\n', '[registry]\na=1\n', "'null'=x\n"]) {
      box.write('home/.npmrc', text)
      const result = await box.doctor(['selfcheck', '--json'])
      assert.equal(result.status, 0, text + result.stdout + result.stderr)
      assert.equal(JSON.parse(result.stdout).compared, 1, `${text}: it does not stop`)
    }
    const user = box.at('home/.npmrc')
    const twice = await box.doctor(['selfcheck', '--json', '--globalconfig', user, '--userconfig', user])
    assert.equal(twice.status, 0, twice.stdout + twice.stderr)
  })
}

// A new file in the place of the link that the prefix shares with node_modules.
function patch (file, from, to) {
  const source = fs.readFileSync(file, 'utf8')
  assert.ok(source.includes(from), `${file} does not hold ${from}`)
  fs.unlinkSync(file)
  fs.writeFileSync(file, source.replace(from, to))
}

test('an npm that reads otherwise: each difference is printed, no value', async t => {
  const box = sandbox(t)
  const bin = makePrefix(box.at('odd'), { npm: 11 })
  patch(path.join(box.at('odd/lib/node_modules/npm/node_modules/@npmcli/config/lib/parse-field.js')),
    'f = f.trim()', 'f = f.trim(); if (f === "5") return 6; if (/CANARY/.test(f)) return f + "x"; if (f === "one") return ["one"]')
  box.write('home/.npmrc', `fetch-retries=5\n//registry.example/:_authToken=${canary}\ntag=one\naudit=false\n`)
  const options = { env: { PATH: `${bin}:${systemPath}` } }
  const result = await box.doctor(['selfcheck', '--json'], options)
  assertNoSecret(result)
  assert.equal(result.status, 1, result.stdout + result.stderr)
  const seen = JSON.parse(result.stdout).differences.map(({ key, layer, kind }) => `${key} ${layer} ${kind}`).sort()
  assert.deepEqual(seen, ['//registry.example/:_authToken used value', '//registry.example/:_authToken user value', 'fetch-retries used value',
    'fetch-retries user value', 'tag used type', 'tag user type'])
  const text = await box.doctor(['selfcheck'], options)
  assertNoSecret(text)
  assert.match(text.stdout, /^tag \(user\): npm has a value of type array, this program one of type string$/m)
  assert.match(text.stdout, /^not the same: compared \d+ values/m)
})

test('an npm that misses and adds settings, and one that stops', async t => {
  const box = sandbox(t)
  const bin = makePrefix(box.at('odd'), { npm: 11 })
  const options = { env: { PATH: `${bin}:${systemPath}` } }
  const ini = box.at('odd/lib/node_modules/npm/node_modules/ini/lib/ini.js')
  box.write('home/.npmrc', 'audit=false\n')
  patch(ini, 'const decode = (str, opt = {}) => {', 'const decode = (str, opt = {}) => {\n  str = str.replace("audit", "fund")')
  const moved = await box.doctor(['selfcheck', '--json'], options)
  assert.deepEqual(JSON.parse(moved.stdout).differences.map(({ key, layer, kind }) => `${key} ${layer} ${kind}`).sort(),
    ['audit used unexpected', 'audit user unexpected', 'fund user missing'])
  patch(ini, 'str = str.replace', 'throw new Error("CANARY"); str = str.replace')
  const stops = await box.doctor(['selfcheck'], options)
  assertNoSecret(stops)
  assert.equal(stops.status, 1, stops.stdout + stops.stderr)
  assert.match(stops.stdout, /npm stops while it loads this/)
})

test('without npm or node, and with modules that it does not know, it could not be done', async t => {
  const none = sandbox(t, { npm: null })
  const result = await none.doctor(['selfcheck'])
  assert.deepEqual([result.status, result.stdout], [3, ''])
  assert.match(result.stderr, /no (npm|node) on PATH/)
  const box = sandbox(t)
  const bin = makePrefix(box.at('odd'), { npm: 11 })
  fs.rmSync(box.at('odd/lib/node_modules/npm/node_modules/@npmcli/config'), { recursive: true })
  const broken = await box.doctor(['selfcheck'], { env: { PATH: `${bin}:${systemPath}` } })
  assert.equal(broken.status, 3)
  assert.match(broken.stderr, /could not be asked/)
  fs.unlinkSync(path.join(bin, 'node'))
  barePath(bin, ['sh'])
  const nodeless = await box.doctor(['selfcheck'], { env: { PATH: bin } })
  assert.equal(nodeless.status, 3)
})
