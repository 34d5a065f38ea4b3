// Each command loads the libraries that it uses and no others; and without libcurl, libsecret or ICU the rest
// works and what does not says so.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { noBus } from '../lib/keyring.mjs'
import { doctor, sandbox } from '../lib/sandbox.mjs'

const heavy = /lib(curl|ssl|crypto|secret-1|gio-2\.0|gobject-2\.0|icuuc|icudata)\.so/g
const registry = 'registry=http://127.0.0.1:9/\nfetch-retries=0\n'
const secret = '//registry.example/:_authToken=${NPMRC_SECRET_REGISTRY_EXAMPLE_AUTHTOKEN}\n'

async function loaded (box, args) {
  const { stderr, stdout } = await box.run(doctor, args, { env: { LD_DEBUG: 'files' } })
  const inits = (stderr + stdout).split('\n').filter(line => line.includes('calling init:')).join('\n')
  assert.match(inits, /libglib/)
  return [...new Set(Array.from(inits.matchAll(heavy), match => match[1]))].sort()
}

const probing = ['crypto', 'curl', 'ssl']

for (const [args, npmrc, needed] of [
  [['--version'], '', []],
  [['--help'], '', []],
  [['check', '--offline'], registry + secret, []],
  [['check'], registry, probing],
  [['check', '--offline'], 'registry=https://bücher.example/\n', ['icudata', 'icuuc']],
  [['config'], registry + secret, []],
  [['config', 'registry'], registry + secret, []],
  [['explain', 'plaintext-token'], '', []],
  [['route', 'http://127.0.0.1:9/'], registry, []],
  [['scan', '.'], registry, []],
  [['fix', '--offline', '--dry-run'], registry, []],
  [['exec', '--', 'true'], registry, []],
  [['exec', '--', 'true'], '//registry.example/:_authToken=${NPM_TOKEN}\n', []],
  [['env'], registry, []],
  [['secrets'], '', ['gio-2.0', 'gobject-2.0', 'secret-1']]
]) {
  test(`${args.join(' ')}${npmrc && `, ${npmrc.trim().split('\n').join(', ')}`}: loads ${needed.join(', ') || 'none of them'}`, async t => {
    const box = sandbox(t, { env: { ...noBus({ t }).env, NPM_TOKEN: 'tok-CANARY' } })
    box.write('home/.npmrc', npmrc)
    const found = await loaded(box, args)
    for (const name of needed) assert.ok(found.includes(name), `${name} is not among ${found}`)
    // libcurl brings what its vendor has built in, but nothing of the keyring's.
    const others = needed === probing ? found.filter(name => /secret|gio|icu/.test(name)) : found.filter(name => !needed.includes(name))
    assert.deepEqual(others, [])
  })
}

// A copy whose modules want libraries that no machine has, are not there, or may be anybody's.
function crippled (box, how) {
  const own = path.join(path.dirname(doctor), 'modules')
  fs.mkdirSync(box.at('lame/modules'), { recursive: true })
  fs.copyFileSync(doctor, box.at('lame/npmrc-doctor'))
  for (const name of fs.readdirSync(own)) {
    const bytes = fs.readFileSync(path.join(own, name), 'latin1')
      .replace(/lib(curl|secret-1)\.so\.\d/g, 'lib$1.so.X').replace(/libicuuc\.so\.\d\d/g, 'libicuuc.so.XX')
    if (how === 'without the libraries') fs.writeFileSync(box.at('lame/modules', name), bytes, 'latin1')
    if (how === 'with modules that all may write') fs.copyFileSync(path.join(own, name), box.at('lame/modules', name))
  }
  if (how === 'with modules that all may write') fs.chmodSync(box.at('lame/modules'), 0o777)
  return box.at('lame/npmrc-doctor')
}

for (const [how, why] of [
  ['without the libraries', library => `${library}.so.X: cannot open shared object file: No such file or directory`],
  ['without the modules', () => 'it is not installed'],
  ['with modules that all may write', () => "its folder is another user's, or all may write to it"]
]) {
  test(`${how}: what needs none of them does its work, the rest says what is missing`, async t => {
    const box = sandbox(t, { env: noBus({ t }).env })
    const lame = crippled(box, how)
    box.write('home/.npmrc', `${registry}//registry.example/:_authToken=npm_CANARY5tQx0ZbR7w\n`)
    const both = async (...args) => {
      const theirs = await box.run(doctor, args)
      const ours = await box.run(lame, args)
      assert.deepEqual(ours, theirs)
      return ours
    }
    assert.match((await both('check', '--offline')).stdout, /plaintext-token/)
    assert.match((await both('config', 'registry')).stdout, /127\.0\.0\.1/)
    assert.match((await both('explain', 'plaintext-token')).stdout, /plaintext-token/)
    assert.match((await both('scan', box.home)).stdout, /plaintext-token/)
    assert.equal((await both('exec', '--', 'sh', '-c', 'exit 7')).status, 7)
    fs.chmodSync(box.at('home/.npmrc'), 0o644)
    assert.match((await both('fix', '--offline', '--dry-run')).stdout, /0644 becomes 0600/)

    const check = await box.run(lame, ['check', '--format', 'json'])
    const report = JSON.parse(check.stdout)
    const probe = `the probe module cannot be loaded: ${why('libcurl')}`
    assert.equal(check.status, 1)
    assert.ok(report.findings.some(finding => finding.rule === 'plaintext-token'))
    assert.equal(report.registries[0].notProbed, probe)

    const keyring = `the keyring module cannot be loaded: ${why('libsecret-1')}`
    const before = box.read('home/.npmrc')
    const fix = await box.run(lame, ['fix', '--offline', '--keyring', '--yes'])
    assert.equal(fix.status, 3)
    assert.equal(fix.stderr, `npmrc-doctor: nothing was changed: ${keyring}\n`)
    assert.equal(box.read('home/.npmrc'), before)
    box.write('home/.npmrc', secret)
    const exec = await box.run(lame, ['exec', '--', 'true'])
    assert.equal(exec.status, 3)
    assert.ok(exec.stderr.endsWith(`is not set and cannot be fetched: ${keyring}\n`), exec.stderr)
    const given = await box.run(lame, ['exec', '--', 'true'], { env: { NPMRC_SECRET_REGISTRY_EXAMPLE_AUTHTOKEN: 'tok-CANARY' } })
    assert.equal(given.status, 0)
  })

  test(`${how}: a name beyond ASCII is not judged, and not accused`, async t => {
    const box = sandbox(t, { env: noBus({ t }).env })
    const lame = crippled(box, how)
    box.write('home/.npmrc', 'registry=https://bücher.example/\n@b:registry=https://xn--bcher-kva.example/\n')
    const { stdout, status } = await box.run(lame, ['check', '--offline', '--format', 'json'])
    assert.equal(status, 0)
    assert.deepEqual(JSON.parse(stdout).findings, [])
    assert.deepEqual(JSON.parse(stdout).registries.map(r => r.notProbed), ['offline', 'offline'])
  })
}
