// A project that is pnpm's: pnpm 10.34 and later expand no ${VARIABLE} in a project's file, so `fix --keyring`
// puts the line into the user's file, and pnpm, run through `exec`, authenticates as before.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { answering, httpAnswer } from '../lib/peers.mjs'
import { clientBin, doctor, must, sandbox, systemPath } from '../lib/sandbox.mjs'
import { filesWith } from '../lib/story.mjs'
import { assertNoSecret, snapshot, spellingsOf } from './support.mjs'

const fix = ['fix', '--keyring', '--yes']
const password = 'pw-CANARY'
const tokens = ['tok-CANARY-1', 'tok-CANARY-2']
const b64 = text => Buffer.from(text).toString('base64')
const manager = { 'project/package.json': '{"name": "x", "version": "1.0.0", "packageManager": "pnpm@12.0.0"}' }

function place (t, files, { env, npm = null } = {}) {
  const box = sandbox(t, { npm, env })
  for (const [name, text] of Object.entries(files)) box.write(name, text)
  return box
}

// The lines with the references' names left out.
const shape = text => text.split('\n').map(line => line.replace(/\$\{NPMRC_SECRET_\w+\}/, '${}'))

for (const client of ['pnpm10', 'pnpm11', 'pnpm']) {
  test(`the real ${client} authenticates through exec`, async t => {
    const keyring = await keyringSession({ t })
    const seen = []
    const peer = await answering(head => {
      seen.push(...head.split('\r\n').filter(line => /authorization/i.test(line)).map(line => line.replace(/^.*: /, '')))
      return httpAnswer(404, { headers: { 'Content-Type': 'application/json' }, body: '{}' })
    }, { t })
    const at = `127.0.0.1:${peer.port}`
    const cases = {
      'a token': [`registry=http://${at}/\n; ours\n//${at}/:_authToken=${tokens[0]}\nfund=false\n`, `Bearer ${tokens[0]}`],
      'a password, its user stays': [`registry=http://${at}/\n//${at}/:username=nick\n//${at}/:_password=${b64(password)}\n`, `Basic ${b64('nick:' + password)}`],
      _auth: [`registry=http://${at}/\r\n//${at}/:_auth="${b64('nick:' + password)}"\r\n`, `Basic ${b64('nick:' + password)}`],
      'a proxy\'s password': [`registry=http://registry.example/\nproxy=http://nick:${password}@${at}/\n`, `Basic ${b64('nick:' + password)}`]
    }
    for (const [name, [text, header]] of Object.entries(cases)) {
      await t.test(name, async t => {
        const box = place(t, { ...manager, 'project/package.json': '{"name": "x", "version": "1.0.0"}', 'project/pnpm-lock.yaml': "lockfileVersion: '9.0'\n", 'project/.npmrc': text }, { env: keyring.env })
        const env = { PATH: `${clientBin(client)}:${systemPath}`, pnpm_config_fetch_retries: '0', npm_config_fetch_retries: '0' }
        await box.run('pnpm', ['view', 'nd-example'], { env })
        assert.deepEqual([...new Set(seen.splice(0))], [header], 'as it was')
        const fixed = await box.doctor(fix)
        assert.equal(fixed.status, 0, fixed.stderr)
        assert.match(fixed.stdout, /^moved: .* from .*project\/\.npmrc, where pnpm does not expand/m)
        assertNoSecret(fixed, [...tokens, password])
        assert.deepEqual(filesWith(box.dir, [...tokens, password].flatMap(spellingsOf)).map(file => file.replace(box.dir, '')), [])
        assert.doesNotMatch(box.read('project/.npmrc'), /NPMRC_SECRET/)
        assert.equal(fs.statSync(box.at('home/.npmrc')).mode & 0o777, 0o600)
        const result = await box.run(doctor, ['exec', '--', 'pnpm', 'view', 'nd-example'], { env })
        assert.deepEqual([...new Set(seen.splice(0))], [header], result.stdout + result.stderr)
        assert.doesNotMatch(result.stdout + result.stderr, /Ignored project-level/)
        const after = snapshot(box.dir)
        const again = await box.doctor(fix)
        assert.deepEqual([again.status, again.stdout], [0, ''], again.stderr)
        assert.deepEqual(snapshot(box.dir), after)
      })
    }
  })
}

test('the two files, byte by byte', async t => {
  const keyring = await keyringSession({ t })
  const line = `//registry.example/:_authToken=${tokens[0]}`
  const cases = {
    'the user has none yet': [`a=b\n${line}\nc=d\n`, null, 'a=b\nc=d\n', '//registry.example/:_authToken=${}\n'],
    'above what the user has': [`${line}\n`, '; mine\nfund=false\n[x]\ny=z\n', '', '//registry.example/:_authToken=${}\n; mine\nfund=false\n[x]\ny=z\n'],
    'comments, blanks and quotes go along': [`a=b\n\t "//registry.example/:_authToken" = "${tokens[0]}"  \nc=d`, 'fund=false\n', 'a=b\nc=d', '\t "//registry.example/:_authToken" = "${}"  \nfund=false\n'],
    'byte-order marks stay where they are': [`\ufeff${line}\nc=d\n`, '\ufefffund=false\n', '\ufeffc=d\n', '\ufeff//registry.example/:_authToken=${}\nfund=false\n'],
    'CRLF as the user has it': [`${line}\n`, 'fund=false\r\n', '', '//registry.example/:_authToken=${}\r\nfund=false\r\n'],
    'no final line end': [`a=b\n${line}`, 'fund=false', 'a=b\n', '//registry.example/:_authToken=${}\nfund=false'],
    'duplicates keep their order': [`${line}\n//registry.example/:_authToken=${tokens[1]}\n`, '', '', '//registry.example/:_authToken=${}\n//registry.example/:_authToken=${}\n'],
    'several, of several kinds': [`${line}\n//b.example/:_auth=${b64('nick:' + password)}\nregistry=https://nick:${password}@c.example/\n`, '', '', '//registry.example/:_authToken=${}\n//b.example/:_auth=${}\nregistry=https://nick:${}@c.example/\n'],
    'below a section nothing is a setting: it stays, as a reference': [`[x]\n${line}\n`, '', '[x]\n//registry.example/:_authToken=${}\n', '']
  }
  for (const [name, [project, user, projectAfter, userAfter]] of Object.entries(cases)) {
    await t.test(name, async t => {
      const box = place(t, { ...manager, 'project/.npmrc': project, ...user === null ? {} : { 'home/.npmrc': user } }, { env: keyring.env })
      const dry = await box.doctor(['fix', '--keyring', '--dry-run'])
      assert.equal(dry.status, 1)
      assertNoSecret(dry, [...tokens, password])
      assert.equal(box.read('project/.npmrc'), project)
      assert.equal(fs.existsSync(box.at('home/.npmrc')), user !== null)
      const fixed = await box.doctor(fix)
      assert.equal(fixed.status, 0, fixed.stderr)
      assert.deepEqual(shape(box.read('project/.npmrc')), shape(projectAfter))
      assert.deepEqual(shape(box.read('home/.npmrc')), shape(userAfter))
      const restored = await box.doctor(['restore', '--purge'])
      assert.equal(restored.status, 0, restored.stderr)
      // The lines stay where npm and pnpm find them alike; the values are written out again.
      const { settings } = JSON.parse((await box.doctor(['config', '--json'])).stdout)
      assert.ok(settings.every(setting => !JSON.stringify(setting).includes('NPMRC_SECRET')))
      assert.doesNotMatch(box.read('home/.npmrc'), /NPMRC_SECRET/)
      if (projectAfter === '') assert.ok(box.read('home/.npmrc').includes(tokens[0]))
    })
  }
})

test('what git\'s history keeps is named, with what to revoke', async t => {
  const keyring = await keyringSession({ t })
  const text = `//registry.example/:_authToken=${tokens[0]}\nproxy=http://nick:${password}@proxy.example:8080/\n`
  for (const [name, files] of Object.entries({ 'in its place': {}, 'in the user\'s file': manager })) {
    await t.test(`moved to the keyring ${name}`, async t => {
      const box = place(t, { 'project/package.json': '{}', ...files, 'project/.npmrc': text }, { env: { ...keyring.env, GIT_CONFIG_NOSYSTEM: '1' } })
      const git = (...args) => must('git', args, { cwd: box.project, env: { ...box.env, PATH: systemPath } })
      await git('init', '-q')
      await git('add', '-f', '.npmrc')
      const { stdout } = await box.doctor(['check', '--offline', '--format', 'json'])
      const finding = JSON.parse(stdout).findings.find(f => f.rule === 'credentials-in-repository')
      const wanted = ['_authToken for //registry.example/', 'proxy for proxy.example:8080']
      assert.deepEqual(finding.evidence.credentials, wanted)
      assert.deepEqual(finding.notes, [`to revoke: ${wanted.join(', ')}`])
      const result = await box.doctor(fix)
      assert.equal(result.status, 0, result.stderr)
      for (const one of wanted) assert.ok(result.stderr.includes(`${box.at('project/.npmrc')} is tracked by git, whose history keeps what was moved: revoke ${one}\n`), result.stderr)
    })
  }
})

test('whose project it is', async t => {
  const keyring = await keyringSession({ t })
  const text = `//registry.example/:_authToken=${tokens[0]}\n`
  const cases = {
    'pnpm-lock.yaml': [{ 'project/pnpm-lock.yaml': '' }, true],
    'package.json names it': [manager, true],
    'below a pnpm-workspace.yaml': [{ 'project/package.json': '{}', 'pnpm-workspace.yaml': 'packages: [project]\n' }, true],
    'another manager': [{ 'project/package.json': '{"packageManager": "yarn@1.22.22"}' }, false],
    'nobody\'s': [{}, false]
  }
  for (const [name, [files, moved]] of Object.entries(cases)) {
    await t.test(name, async t => {
      const box = place(t, { ...files, 'project/.npmrc': text }, { env: keyring.env })
      assert.equal((await box.doctor(fix)).status, 0)
      assert.equal(/NPMRC_SECRET/.test(box.read('project/.npmrc')), !moved)
      assert.equal(fs.existsSync(box.at('home/.npmrc')), moved)
    })
  }
  await t.test('--client pnpm', async t => {
    const box = place(t, { 'project/.npmrc': text }, { env: keyring.env })
    assert.equal((await box.doctor([...fix, '--client', 'pnpm'])).status, 0)
    assert.equal(box.read('project/.npmrc'), '')
  })
})

test('what the user\'s file has already is not touched', async t => {
  const keyring = await keyringSession({ t })
  const line = token => `//registry.example/:_authToken=${token}\n`
  await t.test('a value of the user\'s own', async t => {
    const box = place(t, { ...manager, 'project/.npmrc': line(tokens[0]), 'home/.npmrc': line('${MINE}') }, { env: keyring.env })
    const result = await box.doctor(fix)
    assert.equal(result.status, 1)
    assert.match(result.stderr, /^left to do by hand: plaintext-token: .* \(.*project\/\.npmrc:1\)$/m)
    assert.deepEqual([box.read('project/.npmrc'), box.read('home/.npmrc')], [line(tokens[0]), line('${MINE}')])
  })
  await t.test('another value of the same variable', async t => {
    const box = place(t, { ...manager, 'project/.npmrc': line(tokens[0]) }, { env: keyring.env })
    assert.equal((await box.doctor(fix)).status, 0)
    const user = box.read('home/.npmrc')
    box.write('project/.npmrc', line(tokens[1]))
    const result = await box.doctor(fix)
    assert.equal(result.status, 3)
    assert.match(result.stderr, /home\/\.npmrc was left as it was: the keyring holds another value/)
    assertNoSecret(result, tokens)
    assert.deepEqual([box.read('project/.npmrc'), box.read('home/.npmrc')], [line(tokens[1]), user])
    assert.equal(await keyring.lookup({ file: box.at('home/.npmrc') }), tokens[0])
  })
  await t.test('the same value: only the project\'s line goes', async t => {
    const box = place(t, { ...manager, 'project/.npmrc': line(tokens[0]) }, { env: keyring.env })
    assert.equal((await box.doctor(fix)).status, 0)
    const user = box.read('home/.npmrc')
    box.write('project/.npmrc', line(tokens[0]))
    const result = await box.doctor(fix)
    assert.equal(result.status, 0, result.stderr)
    assert.deepEqual([box.read('project/.npmrc'), box.read('home/.npmrc')], ['', user])
  })
})
