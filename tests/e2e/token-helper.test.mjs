// pnpm's tokenHelper: the token from the keyring without any wrapper.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { verdaccio } from '../lib/peers.mjs'
import { clientBin, doctor, npmBin, sandbox, systemPath } from '../lib/sandbox.mjs'

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

test('--install puts its line in the place of the reference, is idempotent, and restore undoes it', async t => {
  for (const line of [`${nerf}:_authToken=${registry.token}`, `  ${nerf}:_authToken  =  ${registry.token}   ; a comment`,
    `${nerf}:_authToken= "${registry.token}"`,
    `${nerf}:_authToken=${registry.token}\n# between\n${nerf}:_authToken='${registry.token}'`]) {
    const original = `registry=${registry.url}\n${line}\n//other.example/:_authToken=other-CANARY\nfund=false`
    const { box } = await moved(t, line + '\n//other.example/:_authToken=other-CANARY\nfund=false')
    box.write('home/.npmrc', box.read('home/.npmrc').replace(/\n$/, ''))
    const before = box.read('home/.npmrc')
    const result = await box.doctor(['token-helper', '--install', registry.url])
    assert.equal(result.status, 0, result.stderr)
    assert.equal(result.stdout, '')
    assert.match(result.stderr, /in the place of \$\{NPMRC_SECRET_\w+\}/)
    const now = box.read('home/.npmrc')
    const other = now.split('\n').findIndex(text => text.includes('other.example')) + 1
    assert.match(result.stderr, new RegExp(`\\.npmrc:${other}: pnpm 10 and older ignore the whole file`))
    const [, helper] = now.match(/:tokenHelper[ =]*["']?(\/[^"'\s]*)/)
    assert.ok(helper.startsWith(`${box.env.XDG_DATA_HOME}/npmrc-doctor/token-helpers/`))
    const name = before.split('\n').find(text => text.includes(`${nerf}:_authToken`)).match(/\$\{(\w+)\}/)[1]
    // Every reference to it, and no other byte.
    assert.equal(now.replaceAll(helper, `\${${name}}`).replaceAll(':tokenHelper', ':_authToken').replaceAll(new RegExp(`\\$\\{${name}\\}`, 'g'), 'X'),
      before.replaceAll(`\${${name}}`, 'X'))
    assert.equal(fs.statSync(helper).mode & 0o777, 0o700)
    assert.equal((await box.run(helper)).stdout, `Bearer ${registry.token}\n`)
    const written = fs.statSync(box.at('home/.npmrc')).mtimeMs
    assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
    assert.equal(box.read('home/.npmrc'), now)
    assert.equal(fs.statSync(box.at('home/.npmrc')).mtimeMs, written)
    const restored = await box.doctor(['restore', '--purge'])
    assert.equal(restored.status, 0, restored.stderr)
    assert.equal(box.read('home/.npmrc'), original)
    assert.deepEqual(JSON.parse((await box.doctor(['secrets', '--json'])).stdout).secrets, [])
  }
})

test('of several lines for one key the last counts, and --install wants one', async t => {
  const { box } = await moved(t, `${nerf}:_authToken=z-old-CANARY\n${nerf}:_authToken=${registry.token}\n//a.example/:_authToken=new-CANARY\n//a.example/:_authToken=old-CANARY`)
  assert.equal((await box.doctor(['token-helper', registry.url])).stdout, `Bearer ${registry.token}\n`)
  assert.equal((await box.doctor(['token-helper', 'https://a.example/'])).stdout, 'Bearer old-CANARY\n')
  const before = box.read('home/.npmrc')
  const result = await box.doctor(['token-helper', '--install', registry.url])
  assert.equal(result.status, 3)
  assert.match(result.stderr, /several lines for .*:_authToken/)
  assert.equal(box.read('home/.npmrc'), before)
  assert.ok(!fs.existsSync(`${box.env.XDG_DATA_HOME}/npmrc-doctor`), 'no executable without its line')
})

test('a new login beside the line is taken over by it', async t => {
  const { box, keyring } = await moved(t)
  assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
  const now = box.read('home/.npmrc')
  box.write('home/.npmrc', `${now}${nerf}:_authToken=new-CANARY\n`)
  const fixed = await box.doctor(['fix', '--keyring', '--yes', '--offline'])
  assert.equal(fixed.status, 0, fixed.stderr)
  assert.equal(box.read('home/.npmrc'), now)
  assert.equal((await box.doctor(['token-helper', registry.url])).stdout, 'Bearer new-CANARY\n')
  assert.match((await box.doctor(['fix', '--keyring', '--yes', '--offline'])).stderr, /nothing to fix/)
  // Without the keyring restore changes nothing.
  await keyring.lock()
  const refused = await box.doctor(['restore'])
  assert.equal(refused.status, 3)
  assert.match(refused.stderr, /was left as it was: .*locked/)
  assert.equal(box.read('home/.npmrc'), now)
})

for (const npm of [9, 10, 11, 12]) {
  test(`npm ${npm} gets through exec what only pnpm's helper could tell it`, async t => {
    const { box } = await moved(t)
    box.env.PATH = `${npmBin(npm)}:${systemPath}`
    assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
    const alone = await box.run('npm', ['whoami'])
    assert.notEqual(alone.status, 0)
    for (const how of ['fifo', 'env']) {
      const result = await box.doctor(['exec', '--deliver', how, '--', 'npm', 'whoami'])
      assert.deepEqual([result.status, result.stdout], [0, 'nick\n'], how + result.stderr)
    }
    // Credentials of the user's own come first.
    const own = await box.doctor(['exec', '--', 'npm', 'whoami'], { env: { [`npm_config_${nerf}:_authToken`]: 'wrong-CANARY' } })
    assert.notEqual(own.status, 0)
  })
}

test('--install leaves no executable where its line cannot be written', async t => {
  const { box } = await moved(t)
  const before = box.read('home/.npmrc')
  fs.linkSync(box.at('home/.npmrc'), box.at('home/other-name'))
  const result = await box.doctor(['token-helper', '--install', registry.url])
  assert.equal(result.status, 3)
  assert.match(result.stderr, /hard links/)
  assert.equal(box.read('home/.npmrc'), before)
  assert.ok(!fs.existsSync(`${box.env.XDG_DATA_HOME}/npmrc-doctor`))
})

test('--install refuses a path that pnpm\'s shell would take apart', async t => {
  const { box } = await moved(t)
  const before = box.read('home/.npmrc')
  fs.mkdirSync(box.at('with blank'))
  const result = await box.doctor(['token-helper', '--install', registry.url], { env: { XDG_DATA_HOME: box.at('with blank') } })
  assert.equal(result.status, 3)
  assert.match(result.stderr, /shell/)
  assert.equal(box.read('home/.npmrc'), before)
  // A relative folder of data is none (XDG Base Directory Specification), and without a home there is no other.
  const homeless = await box.doctor(['token-helper', '--install', registry.url],
    { env: { HOME: '', XDG_DATA_HOME: 'data', npm_config_userconfig: box.at('home/.npmrc') } })
  assert.equal(homeless.status, 3)
  assert.match(homeless.stderr, /no home directory/)
  assert.equal(box.read('home/.npmrc'), before)
  assert.ok(!fs.existsSync(box.at('project/data')) && !fs.existsSync(box.at('project/.local')))
})

for (const client of ['pnpm10', 'pnpm11', 'pnpm']) {
  test(`${client} reads the token without a wrapper`, async t => {
    const { box } = await moved(t)
    box.env.PATH = `${clientBin(client)}:${box.env.PATH}`
    box.write('project/package.json', JSON.stringify({ name: 'root', version: '1.0.0', dependencies: { 'nd-example': '1.0.0' } }))
    const settings = { npm_config_fetch_retries: '0', npm_config_registry: registry.url }
    const alone = await box.run('pnpm', ['install'], { env: settings })
    assert.notEqual(alone.status, 0, 'the registry asks for the token')
    assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
    for (const command of [['pnpm', 'install'], [doctor, 'exec', '--', 'pnpm', 'install']]) {
      fs.rmSync(box.at('project/node_modules'), { recursive: true, force: true })
      const result = await box.run(command[0], [...command.slice(1), '--store-dir', box.at(`store-${command.length}`)])
      assert.equal(result.status, 0, result.stdout + result.stderr)
      assert.ok(fs.existsSync(box.at('project/node_modules/nd-example/package.json')))
      assert.ok(!(result.stdout + result.stderr).includes(registry.token))
    }
  })
}

test('npm, which reads no such line, gets its secret through exec', async t => {
  for (const [npm, line] of [[9, `${nerf}:_authToken=${registry.token}`], [11, `${nerf}:_authToken=${registry.token}`], [12, `${nerf}:_authToken="${registry.token}"`]]) {
    const { box } = await moved(t, line)
    box.env.PATH = `${npmBin(npm)}:${systemPath}`
    assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
    const file = box.read('home/.npmrc')
    assert.match(file, /:tokenHelper/)
    const whoami = ['npm', 'whoami', '--registry', registry.url, '--cache', box.at('cache')]
    assert.notEqual((await box.run(whoami[0], whoami.slice(1))).status, 0)
    const through = await box.doctor(['exec', '--', ...whoami])
    assert.equal(through.status, 0, through.stderr)
    assert.doesNotMatch(through.stderr, /^npmrc-doctor/m)
    assert.ok(through.stdout.trim())
    assert.equal(box.read('home/.npmrc'), file)
  }
  // Credentials that npm finds anyway are left as they are; without the keyring exec says what the line stands for.
  const { box, keyring } = await moved(t)
  assert.equal((await box.doctor(['token-helper', '--install', registry.url])).status, 0)
  box.write('project/package.json', '{}')
  const seen = ['exec', '--', 'npm', 'config', 'get', `${nerf}:_authToken`]
  await keyring.lock()
  const locked = await box.doctor(seen)
  assert.equal(locked.status, 3)
  assert.match(locked.stderr, /:tokenHelper in .*\.npmrc stands for a secret: .*locked/)
  box.write('project/.npmrc', `${nerf}:_authToken=\${OWN}\n`)
  const own = await box.doctor(seen, { env: { OWN: 'tok-CANARY' } })
  assert.notEqual(own.status, 3, own.stderr)
})
