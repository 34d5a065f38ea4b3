// pnpm's tokenHelper: the token from the keyring without any wrapper.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { verdaccio } from '../lib/peers.mjs'
import { clientBin, sandbox } from '../lib/sandbox.mjs'

const registry = await verdaccio({ t: { after }, restricted: true })
const nerf = registry.url.replace(/^http:/, '')

async function moved (t, line = `${nerf}:_authToken=${registry.token}`) {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { env: keyring.env })
  box.write('home/.npmrc', `registry=${registry.url}\n${line}\n`)
  const result = await box.doctor(['fix', '--keyring', '--yes', '--offline'])
  assert.equal(result.status, 0, result.stderr)
  assert.ok(!box.read('home/.npmrc').includes(registry.token))
  return { keyring, box }
}

test('it prints the value of the Authorization header and nothing else', async t => {
  const { box, keyring } = await moved(t)
  const without = registry.url.replace(/\/$/, '')
  for (const name of [registry.url, without, nerf, registry.url + 'below/it/']) {
    const result = await box.doctor(['token-helper', name])
    assert.deepEqual([result.status, result.stdout, result.stderr], [0, `Bearer ${registry.token}\n`, ''], name)
  }
  const other = await box.doctor(['token-helper', 'https://other.example/'])
  assert.deepEqual([other.status, other.stdout], [3, ''])
  assert.match(other.stderr, /holds no credentials for \/\/other\.example\//)
  for (const operands of [[], ['a', 'b'], ['no url']]) assert.equal((await box.doctor(['token-helper', ...operands])).status, 2)
  await keyring.lock()
  const locked = await box.doctor(['token-helper', registry.url])
  assert.deepEqual([locked.status, locked.stdout], [3, ''])
  assert.match(locked.stderr, /locked/)
})

test('_auth and _password give Basic', async t => {
  const pair = Buffer.from('nick:pw-CANARY').toString('base64')
  const auth = await moved(t, `//a.example/:_auth=${pair}`)
  assert.equal((await auth.box.doctor(['token-helper', 'https://a.example/'])).stdout, `Basic ${pair}\n`)
  const password = await moved(t, `//b.example/:username=nick\n//b.example/:_password=${Buffer.from('pw-CANARY').toString('base64')}`)
  assert.equal((await password.box.doctor(['token-helper', 'https://b.example/'])).stdout, `Basic ${pair}\n`)
})

test('credentials of a file that npm does not read here are nobody else\'s', async t => {
  const { box } = await moved(t, '//a.example/:_authToken=user-CANARY')
  fs.mkdirSync(box.at('other'))
  box.write('other/package.json', '{}')
  box.write('other/.npmrc', '//a.example/team/:_authToken=team-CANARY\n//b.example/:_authToken=other-CANARY\n')
  const fixed = await box.doctor(['fix', '--keyring', '--yes', '--offline', '--cwd', box.at('other')])
  assert.equal(fixed.status, 0, fixed.stderr)
  const ask = async (name, cwd = box.project, more = []) => {
    const result = await box.doctor(['token-helper', ...more, name], { cwd })
    return [result.status, result.stdout, result.stderr.replaceAll(box.dir, '')]
  }
  // The user's own, though another's is nearer.
  assert.deepEqual(await ask('https://a.example/team/x/'), [0, 'Bearer user-CANARY\n', ''])
  const refused = await ask('https://b.example/')
  assert.deepEqual(refused.slice(0, 2), [3, ''])
  assert.match(refused[2], /holds credentials for \/\/b\.example\/ of \/other\/\.npmrc alone, which does not count here/)
  assert.deepEqual(await ask('https://b.example/', box.at('other')), [0, 'Bearer other-CANARY\n', ''])
  assert.deepEqual(await ask('https://a.example/team/x/', box.at('other')), [0, 'Bearer team-CANARY\n', ''])
  // Installed, it would serve every project.
  const before = box.read('home/.npmrc')
  const install = await ask('https://b.example/', box.at('other'), ['--install'])
  assert.deepEqual(install.slice(0, 2), [3, ''])
  assert.equal(box.read('home/.npmrc'), before)
})

test('--install is idempotent, keeps every other byte, and says what pnpm 10 makes of placeholders', async t => {
  const { box } = await moved(t)
  const before = box.read('home/.npmrc')
  const result = await box.doctor(['token-helper', '--install', registry.url])
  assert.equal(result.status, 0, result.stderr)
  assert.equal(result.stdout, '')
  assert.match(result.stderr, /\.npmrc:2: pnpm 10 and older ignore the whole file/)
  const line = box.read('home/.npmrc').slice(before.length).match(/^(.*):tokenHelper=(.*)\n$/)
  assert.ok(box.read('home/.npmrc').startsWith(before))
  assert.equal(line[1], nerf)
  assert.equal(fs.statSync(line[2]).mode & 0o777, 0o700)
  assert.ok(line[2].startsWith(`${box.env.XDG_DATA_HOME}/npmrc-doctor/token-helpers/`))
  assert.equal((await box.run(line[2])).stdout, `Bearer ${registry.token}\n`)
  const now = box.read('home/.npmrc')
  const written = fs.statSync(box.at('home/.npmrc')).mtimeMs
  assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
  assert.equal(box.read('home/.npmrc'), now)
  assert.equal(fs.statSync(box.at('home/.npmrc')).mtimeMs, written)
})

test('--install refuses a path that pnpm\'s shell would take apart', async t => {
  const { box } = await moved(t)
  const before = box.read('home/.npmrc')
  fs.mkdirSync(box.at('with blank'))
  const result = await box.doctor(['token-helper', '--install', registry.url], { env: { XDG_DATA_HOME: box.at('with blank') } })
  assert.equal(result.status, 3)
  assert.match(result.stderr, /shell/)
  assert.equal(box.read('home/.npmrc'), before)
})

for (const [client, keepsPlaceholder] of [['pnpm10', false], ['pnpm11', true], ['pnpm', true]]) {
  test(`${client} reads the token without a wrapper`, async t => {
    const { box } = await moved(t)
    box.env.PATH = `${clientBin(client)}:${box.env.PATH}`
    box.write('project/package.json', JSON.stringify({ name: 'root', version: '1.0.0', dependencies: { 'nd-example': '1.0.0' } }))
    const settings = { npm_config_fetch_retries: '0', npm_config_registry: registry.url }
    const alone = await box.run('pnpm', ['install'], { env: settings })
    assert.notEqual(alone.status, 0, 'the registry asks for the token')
    assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
    if (!keepsPlaceholder) box.write('home/.npmrc', box.read('home/.npmrc').split('\n').filter(line => !line.includes('NPMRC_SECRET_')).join('\n'))
    const result = await box.run('pnpm', ['install'])
    assert.equal(result.status, 0, result.stdout + result.stderr)
    assert.ok(fs.existsSync(box.at('project/node_modules/nd-example/package.json')))
    assert.ok(!(result.stdout + result.stderr).includes(registry.token))
  })
}
