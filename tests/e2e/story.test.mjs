// From "npm install hangs" to "works, no password on disk": the whole job on real parts.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import { doctor, npmMajors } from '../lib/sandbox.mjs'
import { filesWith, password, pkg, spellings, story } from '../lib/story.mjs'
import { until } from './support.mjs'

function assertNoSecret (result, what) {
  for (const text of spellings) {
    assert.ok(!result.stdout.includes(text), `${what}: a secret on standard output`)
    assert.ok(!result.stderr.includes(text), `${what}: a secret on standard error`)
  }
}

// squid writes a line when the connection has ended, which may be after npm has.
async function logged (proxy, from, text) {
  assert.ok(await until(() => proxy.accessLog().slice(from).some(line => line.includes(text))), `the proxy has not seen ${text}`)
}

for (const npm of npmMajors.filter(major => major >= 9)) {
  test(`the story with npm ${npm}`, async t => {
    const s = await story(t, { npm })
    const { box } = s
    const original = fs.readFileSync(s.npmrc)

    await t.test('npm with the https registry fails at the private CA', async () => {
      const result = await box.npm(['view', pkg.name, 'version', '--registry', s.httpsUrl, '--strict-ssl', '--fetch-retries=0'])
      assert.notEqual(result.status, 0)
      assert.match(result.stderr, /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/)
    })

    await t.test('npm works with the pasted lines, through the proxy', async () => {
      const result = await box.npm(['view', pkg.name, 'version'])
      assert.equal(result.stdout.trim(), pkg.version, result.stderr)
      await logged(s.proxy, 0, pkg.name)
    })

    await t.test('check names each sin with file, line and column', async () => {
      const result = await box.doctor(['check', '--format', 'json'])
      assert.equal(result.status, 1, result.stderr)
      assertNoSecret(result, 'check')
      const report = JSON.parse(result.stdout)
      const at = s.lines.map(line => Buffer.byteLength(line))
      const secret = line => s.lines[line - 1].indexOf(password) + 1
      const where = rule => report.findings.filter(f => f.rule === rule).map(f => ({
        file: f.location.file, line: f.location.line, column: f.location.column, endColumn: f.location.endColumn
      }))
      assert.deepEqual(where('plaintext-proxy-password'), [1, 2].map(line => ({
        file: s.npmrc, line, column: secret(line), endColumn: secret(line) + password.length
      })))
      assert.deepEqual(where('strict-ssl-disabled'), [{ file: s.npmrc, line: 3, column: 14, endColumn: at[2] + 1 }])
      assert.deepEqual(where('registry-over-http'), [{ file: s.npmrc, line: 4, column: 12, endColumn: at[3] + 1 }])
      const [registry] = report.registries
      assert.equal(registry.probe.outcome, 'ok')
      assert.equal(registry.probe.httpStatus, 200)
      assert.equal(registry.proxySource.line, 2)
      assert.equal(registry.otherScheme.url, s.httpsUrl)
      assert.equal(registry.otherScheme.outcome, 'tls-intercepted')
    })

    await t.test('check draws the lines and hides the secret', async () => {
      const result = await box.doctor(['check'])
      assert.equal(result.status, 1)
      assertNoSecret(result, 'check')
      assert.match(result.stdout, /proxy = http:\/\/nickparlow:•{8}@127\.0\.0\.1/)
      assert.match(result.stdout, /\n {3}\| +\^{8}\n/)
      assert.ok(result.stdout.includes(`--> ${s.npmrc}:1:`))
    })

    await t.test('fix --keyring --dry-run shows the plan and changes nothing', async () => {
      const result = await box.doctor(['fix', '--keyring', '--dry-run'])
      assert.equal(result.status, 1, result.stderr)
      assertNoSecret(result, 'fix --dry-run')
      assert.match(result.stdout, /^-proxy = http:\/\/nickparlow:•{8}@/m)
      assert.match(result.stdout, /^\+proxy = http:\/\/nickparlow:\$\{NPMRC_SECRET_\w+\}@/m)
      assert.deepEqual(fs.readFileSync(s.npmrc), original)
    })

    await t.test('fix --keyring leaves no secret under HOME and changes no other byte', async () => {
      const result = await box.doctor(['fix', '--keyring', '--yes'])
      assert.equal(result.status, 0, result.stderr)
      assertNoSecret(result, 'fix')
      assert.deepEqual(filesWith(box.home, spellings), [])
      const now = fs.readFileSync(s.npmrc, 'utf8').split('\n')
      const variables = [0, 1].map(i => now[i].match(/\$\{(NPMRC_SECRET_\w+)\}/)[1])
      assert.equal(now[0], s.lines[0].replace(password, () => `\${${variables[0]}}`))
      assert.equal(now[1], s.lines[1].replace(password, () => `\${${variables[1]}}`))
      assert.deepEqual(now.slice(2), [...s.lines.slice(2), ''])
      assert.equal(fs.statSync(s.npmrc).mode & 0o777, 0o600)
      assert.equal(await s.keyring.lookup({ variable: variables[0] }), password)
    })

    await t.test('a second fix finds nothing to do', async () => {
      const result = await box.doctor(['fix', '--keyring', '--yes'])
      assert.equal(result.status, 0)
      assert.match(result.stderr, /nothing to fix/)
    })

    await t.test('npm alone no longer gets past the proxy', async () => {
      const result = await box.npm(['view', pkg.name, 'version', '--fetch-retries=0', '--prefer-online'])
      assert.notEqual(result.status, 0)
      assert.match(result.stderr, /E407|407/)
    })

    await t.test('exec -- npm view works through the proxy', async () => {
      const before = s.proxy.accessLog().length
      const result = await box.run(doctor, ['exec', '--', 'npm', 'view', pkg.name, 'version', '--prefer-online'], { timeout: 120000 })
      assert.equal(result.stdout.trim(), pkg.version, result.stderr)
      await logged(s.proxy, before, pkg.name)
    })

    // The corporate CA is in the store of the system's OpenSSL; npm does not look there.
    const system = { SSL_CERT_FILE: box.at('ca.pem') }
    let cafile

    await t.test('without that CA fix leaves TLS as it is and says so', async () => {
      const before = fs.readFileSync(s.npmrc)
      const result = await box.doctor(['fix', '--yes'])
      assert.equal(result.status, 1, result.stderr)
      assert.match(result.stderr, /left to do by hand: strict-ssl-disabled/)
      assert.deepEqual(fs.readFileSync(s.npmrc), before)
    })

    await t.test('fix gives npm the CA, verification and https', async () => {
      const before = fs.readFileSync(s.npmrc, 'utf8').split('\n')
      const dry = await box.doctor(['fix', '--dry-run'], { env: system })
      assert.equal(dry.status, 1, dry.stderr)
      assert.deepEqual(fs.readFileSync(s.npmrc, 'utf8').split('\n'), before)
      const result = await box.doctor(['fix', '--yes'], { env: system })
      assert.equal(result.status, 0, result.stderr)
      assertNoSecret(result, 'fix')
      assert.equal(result.stdout, dry.stdout)
      assert.match(result.stdout, /^new file: the public roots, Corp Private CA \(SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}\)$/m)
      const now = fs.readFileSync(s.npmrc, 'utf8').split('\n')
      cafile = /^cafile=(.*)$/.exec(now[2])[1]
      assert.deepEqual(now, [...before.slice(0, 2), `cafile=${cafile}`, `registry = ${s.httpsUrl}`, ''])
      const pem = fs.readFileSync(cafile, 'utf8')
      assert.ok(pem.includes(s.ca.certPem.trim()), 'the corporate CA is not in it')
      assert.ok(pem.match(/-----BEGIN CERTIFICATE-----/g).length > 100, 'the public roots are not in it')
    })

    await t.test('a second fix finds nothing to do, not even without the system\'s store', async () => {
      const before = fs.readFileSync(s.npmrc)
      for (const env of [system, {}]) {
        const result = await box.doctor(['fix', '--yes'], { env })
        assert.deepEqual([result.status, result.stdout], [0, ''], result.stderr)
        assert.match(result.stderr, /nothing to fix/)
      }
      assert.deepEqual(fs.readFileSync(s.npmrc), before)
    })

    await t.test('npm through exec verifies the https registry behind the proxy', async () => {
      const before = s.proxy.accessLog().length
      const result = await box.run(doctor, ['exec', '--', 'npm', 'view', pkg.name, 'version', 'dist.tarball', '--prefer-online'], { timeout: 120000 })
      assert.match(result.stdout, new RegExp(pkg.version.replaceAll('.', '\\.')), result.stderr)
      await logged(s.proxy, before, `CONNECT 127.0.0.1:${s.front.port}`)
      // Without the CA it would not have worked: npm really verifies. (Its cache would answer for it.)
      fs.renameSync(cafile, `${cafile}.away`)
      const blind = await box.run(doctor, ['exec', '--', 'npm', 'view', pkg.name, 'version', '--cache', box.at('empty-cache'), '--fetch-retries=0'], { timeout: 120000 })
      fs.renameSync(`${cafile}.away`, cafile)
      assert.notEqual(blind.status, 0)
      assert.match(blind.stderr, /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY/)
    })

    await t.test('through exec check has nothing left to say but for the proxy', async () => {
      const result = await box.run(doctor, ['exec', '--', doctor, 'check', '--format', 'json'])
      assertNoSecret(result, 'check')
      const report = JSON.parse(result.stdout)
      assert.equal(report.registries[0].probe.outcome, 'ok')
      assert.deepEqual(report.findings.filter(f => f.severity === 'error').map(f => f.rule), [])
    })

    await t.test('secrets lists it without a value', async () => {
      const result = await box.doctor(['secrets', '--json'])
      assertNoSecret(result, 'secrets')
      const { secrets } = JSON.parse(result.stdout)
      assert.deepEqual(secrets.map(x => x.key).sort(), ['https-proxy', 'proxy'])
      assert.deepEqual(new Set(secrets.map(x => x.location)), new Set([`127.0.0.1:${s.proxy.port}`]))
      assert.deepEqual(new Set(secrets.map(x => x.file)), new Set([s.npmrc]))
    })

    await t.test('restore gives back the original bytes of what was moved', async () => {
      const result = await box.doctor(['restore', '--purge'])
      assert.equal(result.status, 0, result.stderr)
      assertNoSecret(result, 'restore')
      const wanted = original.toString().replace('strict-ssl = false', () => `cafile=${cafile}`).replace(/registry = .*/, () => `registry = ${s.httpsUrl}`)
      assert.equal(fs.readFileSync(s.npmrc, 'utf8'), wanted)
      assert.deepEqual(JSON.parse((await box.doctor(['secrets', '--json'])).stdout).secrets, [])
    })
  })
}
