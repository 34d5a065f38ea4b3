// What people and machines really hand over: unreadable files, directories, devices, floods of bytes, no
// home, no keyring, full disks. A reason, the right status, nothing changed, nothing left behind, no hang.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { doctor, must, run, sandbox, slow, stride, systemPath } from '../lib/sandbox.mjs'
import { keyringSession, noBus } from '../lib/keyring.mjs'
import { assertNoSecret, checkJson, shell, snapshot } from './support.mjs'

const nobody = 65534
const bound = 5000

// Runs the program with a bound on its time.
async function doctorIn (box, args, options = {}) {
  const result = await box.doctor(args, { timeout: bound, ...options })
  assert.ok(!result.timedOut, `${args.join(' ')} hangs`)
  return result
}

// As a user who is not root: whom permissions bind.
async function asNobody (box, args, options = {}) {
  const drop = process.getuid() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : ['env']
  const result = await box.run(drop[0], [...drop.slice(1), doctor, ...args], { timeout: bound, ...options })
  assert.ok(!result.timedOut, `${args.join(' ')} hangs`)
  return result
}

function give (box) {
  if (process.getuid() === 0) {
    for (const name of ['', ...fs.readdirSync(box.dir, { recursive: true })]) fs.lchownSync(box.at(name), nobody, nobody)
  }
  // The suite's own folders are passable but not this deep by default.
  fs.chmodSync(box.dir, 0o755)
}

const secretLine = '//registry.example/:_authToken=bad-input-CANARY\n'

test('a user file that is no readable file', async t => {
  const kinds = {
    'a directory': file => fs.mkdirSync(file),
    'a FIFO': file => must('mkfifo', [file], { env: { PATH: systemPath } }),
    'a device': file => fs.symlinkSync('/dev/zero', file),
    'a link to itself': file => fs.symlinkSync(file, file),
    'a link to nothing': file => fs.symlinkSync('/nonexistent/x', file),
    'a socket': file => must('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind('.npmrc')`], { env: { PATH: systemPath }, cwd: path.dirname(file) })
  }
  for (const [name, make] of Object.entries(kinds)) {
    await t.test(name, async t => {
      if (name === 'a socket' && !fs.existsSync('/usr/bin/python3')) return t.skip('no python3')
      const box = sandbox(t)
      const file = box.at('home/.npmrc')
      await make(file)
      const before = snapshot(box.dir)
      const { report } = await checkJson(box, ['--offline'], { timeout: bound })
      const source = report.sources.find(s => s.layer === 'user')
      assert.equal(source.read, false)
      assert.ok(source.reason, name)
      // npm opens a pipe and waits; of the others it makes an absent file.
      assert.equal(report.unchecked.some(one => one.rule === 'file-unreadable' && one.reason.includes(file)), name === 'a FIFO')
      for (const args of [['fix', '--keyring', '--yes'], ['restore']]) {
        const result = await doctorIn(box, args)
        // Where npm sees nothing there is nothing to do; what cannot be read may hold a secret.
        assert.equal(result.status, name === 'a link to nothing' ? 0 : 3, `${args}: ${result.stderr}`)
        if (result.status) assert.ok(result.stderr.includes(file), result.stderr)
        if (name === 'a link to itself') assert.match(result.stderr, /too many levels of symbolic links/)
      }
      if (name !== 'a link to nothing') {
        for (const command of ['check', 'restore']) {
          const result = await doctorIn(box, [command, file])
          assert.equal(result.status, 3, `${command} FILE`)
          assert.ok(result.stderr.includes(file), result.stderr)
          assert.equal(result.stdout, '')
        }
      }
      assert.equal((await doctorIn(box, ['exec', '--', 'true'])).status, 0)
      assert.deepEqual(snapshot(box.dir), before)
    })
  }
  await t.test('one that its owner alone may read', async t => {
    const box = sandbox(t)
    const file = box.write('home/.npmrc', secretLine, 0o600)
    box.write('project/other', secretLine, 0o600)
    fs.chmodSync(box.dir, 0o755)
    const before = snapshot(box.dir)
    if (process.getuid() !== 0) return t.skip('needs root')
    const result = await asNobody(box, ['check', '--offline', '--format', 'json'])
    const source = JSON.parse(result.stdout).sources.find(s => s.layer === 'user')
    assert.equal(source.read, false)
    assert.match(source.reason, /permission/i)
    const named = await asNobody(box, ['check', file])
    assert.equal(named.status, 3)
    assert.ok(named.stderr.includes(file))
    assert.match(named.stderr, /permission/i)
    assert.deepEqual(snapshot(box.dir), before)
  })
  await t.test('a missing FILE', async t => {
    const box = sandbox(t)
    for (const command of ['check', 'restore']) {
      const result = await doctorIn(box, [command, 'nowhere.npmrc'])
      assert.equal(result.status, 3)
      assert.match(result.stderr, /nowhere\.npmrc/)
      assert.equal(result.stdout, '')
    }
  })
})

test('a flood of bytes', async t => {
  for (const [name, fill] of Object.entries({
    'NUL bytes': file => fs.truncateSync(file, 100 << 20),
    lines: file => {
      const chunk = Buffer.from('some-key = some value ; and a comment\n'.repeat(27000))
      const fd = fs.openSync(file, 'w')
      for (let n = 0; n < 100 << 20; n += chunk.length) fs.writeSync(fd, chunk)
      fs.closeSync(fd)
    }
  })) {
    await t.test(name, async t => {
      const box = sandbox(t)
      const file = box.write('home/.npmrc', '')
      fill(file)
      for (const args of [['check', '--offline'], ['check', file], ['fix', '--keyring', '--yes'], ['restore'], ['env'], ['exec', '--', 'true']]) {
        const result = await doctorIn(box, args)
        assert.equal(result.status, 3, `${args}: ${result.stdout.slice(0, 200)}`)
        assert.ok(result.stderr.includes(file), result.stderr)
        assert.match(result.stderr, /larger|big|MiB|bytes/)
        assert.ok(result.stderr.length < 1000)
      }
      assert.equal(fs.statSync(file).mode & 0o777, 0o600)
      assert.deepEqual(fs.readdirSync(box.home), ['.npmrc'])
    })
  }
  await t.test('just below the limit, and one very long line', async t => {
    const box = sandbox(t)
    box.write('home/.npmrc', '; x\n'.repeat(200000) + secretLine)
    assert.equal((await checkJson(box, ['--offline'], { timeout: bound })).report.findings.some(f => f.rule === 'plaintext-token'), true)
    box.write('home/.npmrc', `//registry.example/:_authToken=${'a'.repeat(500000)}bad-input-CANARY\n`)
    const result = await doctorIn(box, ['check', '--offline'])
    assert.equal(result.status, 1)
    assertNoSecret(result, ['bad-input-CANARY'])
    assert.ok(result.stdout.length < 10000)
  })
})

test('bytes that are no text', async t => {
  const cases = {
    'NUL in a value': 'registry=https://a.example/\0b\n',
    'NUL in a key': 'reg\0istry=x\n' + secretLine,
    'invalid UTF-8': Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('=x\n' + secretLine), Buffer.from('proxy=http://u:'), Buffer.from([0xc3]), Buffer.from('bad-input-CANARY@h:1\n')]),
    'UTF-16': Buffer.from('\ufeff' + secretLine, 'utf16le'),
    'nothing but a line end': '\r',
    'control characters': '\x1b[31m=\x1b]0;title\x07\n//h.example/:_authToken=\x1b[1mbad-input-CANARY\n'
  }
  for (const [name, content] of Object.entries(cases)) {
    await t.test(name, async t => {
      const box = sandbox(t)
      const file = box.write('home/.npmrc', content)
      for (const args of [['check', '--offline'], ['check', '--offline', '--format', 'json'], ['check', file], ['fix', '--keyring', '--dry-run']]) {
        const result = await doctorIn(box, args)
        assert.ok([0, 1].includes(result.status), `${args}: ${result.status} ${result.stderr}`)
        assertNoSecret(result, ['bad-input-CANARY'], args.join(' '))
        assert.ok(!/\x1b|\x07|\0/.test(result.stdout + result.stderr), `${args}: control characters reach the terminal`)
        if (args.includes('json')) JSON.parse(result.stdout)
      }
      assert.deepEqual(fs.readFileSync(file), Buffer.from(content))
    })
  }
})

test('secrets in odd places are never shown', async t => {
  const marks = ['section', 'duplicate', 'commented', 'proxy', 'bare', 'variable', 'https', 'unscoped', 'password', 'url', 'key', 'query', 'array', 'quoted', 'spaced', 'colon', 'semicolon']
  const secretOf = Object.fromEntries(marks.map(name => [name, `${name}-0dd/CANARY+x`]))
  // On a line of its own it can only be known by its looks.
  secretOf.bare = 'npm_CANARY7hx2Kq9Lw4Zr8Tn3Vb6Yd1Pf5Gs0Jm'
  const b64 = text => Buffer.from(text).toString('base64')
  const box = sandbox(t, {
    env: {
      npm_config_proxy: `http://u:${secretOf.variable}@h.example:1`,
      'npm_config_//env.example/:_authToken': secretOf.variable,
      HTTPS_PROXY: `http://u:${secretOf.https}@h.example:1`,
      ALL_PROXY: `u:${secretOf.https}@h.example:1`
    }
  })
  box.write('home/.npmrc', [
    `//dup.example/:_authToken=${secretOf.duplicate}`,
    `//dup.example/:_authToken=${secretOf.duplicate}`,
    `; //old.example/:_authToken=${secretOf.commented}`,
    `#//old.example/:_authToken=${secretOf.commented}`,
    `https-proxy=http://u:${secretOf.proxy}#@proxy.example:8080`,
    `_authToken=${secretOf.unscoped}`,
    `//b.example/:_auth=${b64('nick:' + secretOf.password)}`,
    `//b.example/:_password=${b64(secretOf.password)}`,
    `@s:registry=https://nick:${secretOf.url}@s.example/`,
    `@q:registry=https://q.example/?token=${secretOf.query}`,
    `key="-----BEGIN PRIVATE KEY-----\\n${b64(secretOf.key)}\\n-----END PRIVATE KEY-----"`,
    `//array.example/:_authToken[]=${secretOf.array}`,
    `//quoted.example/:_authToken="${secretOf.quoted}`,
    `  //spaced.example/:_authToken   =   ${secretOf.spaced}   ; ${secretOf.spaced}`,
    `//colon.example/:_authToken: ${secretOf.colon}`,
    `//semi.example/:_authToken=abc;${secretOf.semicolon}`,
    `proxy=u:${secretOf.proxy}@proxy.example:8080`,
    secretOf.bare,
    '[section]',
    `//sec.example/:_authToken=${secretOf.section}`,
    `proxy=http://u:${secretOf.section}@h.example`,
    ''
  ].join('\n'))
  const file = box.at('home/.npmrc')
  const env = { ...noBus({ t }).env }
  for (const args of [
    ['check', '--timeout', '1'], ['check', '--offline', '-v'], ['check', '--offline', '--format', 'json'], ['check', file], ['check', '--format=json', file],
    ['fix', '--dry-run', '--offline'], ['fix', '--keyring', '--dry-run'], ['fix', '--keyring', '--yes'], ['restore'], ['restore', file], ['secrets'], ['secrets', '--json'],
    ['exec', '--', 'true'], ['env']
  ]) {
    const result = await doctorIn(box, args, { env })
    for (const name of marks) {
      assertNoSecret(result, [secretOf[name]], `${args.join(' ')}: ${name}`)
    }
  }
})

// §: a secret.
const brokenLines = [
  // a colon or nothing where the equals sign should be
  '@scope:registry: http://u:pa§@127.0.0.1:1',
  '@scope:registry http://u:§@127.0.0.1:1/npm/',
  'registry: http://u:§@127.0.0.1:1/npm/',
  'https-proxy : "http://u:§@127.0.0.1:1"',
  'proxy u:§@127.0.0.1:1',
  'proxy\thttp://u:§@127.0.0.1:1',
  'otp "§"',
  'NPM_TOKEN §',
  '_authToken §',
  '//127.0.0.1:1/:_authToken §',
  '//127.0.0.1:1/:_authToken := §',
  '//127.0.0.1:1/:_password "§"',
  '//127.0.0.1:1/:_AUTHTOKEN\t§',
  // a domain before the user, a URL that breaks off at one of npm's comments
  'registry=http://CORP\\u:§@registry.example/',
  'registry=http://CORP\\u:§@127.0.0.1:1/npm/',
  '@scope:registry=https://corp.example\\u:§@127.0.0.1:1/npm/',
  'registry=http://CORP/u:§@127.0.0.1:1/',
  'registry=http://u:12/§@127.0.0.1:1/',
  'proxy=http://CORP\\u:§@127.0.0.1:1/',
  'https-proxy=CORP\\u:§@127.0.0.1:1',
  'proxy=http://${USER}:§;x@127.0.0.1:1',
  'proxy=http://u@corp.example:§#x@127.0.0.1:1',
  'registry=http://${USER}:§;x@127.0.0.1:1/',
  'proxy==http://"u:§;more"@127.0.0.1:1',
  'proxy=u:§;x@127.0.0.1:1',
  'proxy=http://u:8080/§;x@127.0.0.1:1',
  'noproxy=localhost,http://u:§@127.0.0.1',
  // half of the password stands where npm sees the host
  'proxy=http://u:pa@§;word@127.0.0.1:1',
  'https-proxy=http://u:pa@§; word@127.0.0.1:1',
  'proxy=http://u:pa@§/word@127.0.0.1:1',
  'proxy=http://u:8080/§@127.0.0.1:1',
  'registry=https://u:pa@§#word@127.0.0.1:1/',
  '@scope:registry=https://u:pa@§?word@127.0.0.1:1/',
  'registry=https://u:pw@127.0.0.1:1/ http://n:§@registry.example/',
  // two at signs, blanks, quotes, no scheme or two of them
  'proxy=http://u:§@corp.example@127.0.0.1:1',
  'proxy = http://u : §@127.0.0.1:1',
  'proxy=http:// u:§@127.0.0.1:1',
  "proxy='http://u:§@127.0.0.1:1",
  'proxy=\u201chttp://u:§@127.0.0.1:1\u201d',
  'registry=u:§@127.0.0.1:1/npm/',
  'registry=http//u:§@127.0.0.1:1/npm/',
  'proxy=http://http://u:§@127.0.0.1:1',
  'proxy=http://u%3A§@127.0.0.1:1',
  'proxy=http://u%3a§%40127.0.0.1:1',
  'proxy=http://127.0.0.1:1 u §',
  'registry=https://127.0.0.1:1/ --auth u:§',
  '//127.0.0.1:1/:username=u:§',
  'email=me@corp.example:§',
  '//127.0.0.1:1/:_authToken|§',
  '//127.0.0.1:1/:_authToken=\n  §',
  '_authToken\n§',
  // other programs' ways to write it
  'export NPM_TOKEN=§',
  'export HTTPS_PROXY="http://u:§@127.0.0.1:1"',
  'set NPM_TOKEN §',
  '$env:NPM_TOKEN = "§"',
  'npm config set //127.0.0.1:1/:_authToken §',
  'npm config set otp §',
  'npmAuthToken: "§"',
  'npmAuthIdent: "u:§"',
  '"//127.0.0.1:1/:_authToken": "§",',
  'Authorization: Bearer §;§',
  'machine 127.0.0.1 login u password §',
  'always-auth=true _auth=§',
  // in sections and comments
  '[_authToken=§]',
  '[http://u:§@127.0.0.1:1]',
  'registry=https://nick:pw@127.0.0.1:1/ --auth u:§',
  'registry=https://nick:pw@127.0.0.1:1/ --auth u:§ npm_0123456789abcdef',
  '# otp §',
  '; @scope:registry: http://u:§@127.0.0.1:1',
  '#registry=http://CORP\\u:§@registry.example/',
  '# npmAuthToken: §',
  '# export NPM_TOKEN §'
]

const brokenSecrets = ['CANARY-1', 'CANARY=CANARY==', Buffer.from('u:CANARY').toString('base64'), '%43ANAR%59', '43414e415259']

test('secrets in broken lines are never shown', async t => {
  const box = sandbox(t, { env: { USER: 'nick' } })
  const net = noBus({ t }).env
  const formats = ['text', 'json', 'sarif', 'github', 'gitlab', 'junit', 'prometheus', 'nagios']
  const all = brokenLines.flatMap(line => brokenSecrets.map(secret => line.replaceAll('§', secret)))
  all.forEach((line, i) => box.write(`trees/${i}/.npmrc`, `${line}\n`))
  const hides = async args => {
    const result = await doctorIn(box, args, { env: net })
    assert.ok([0, 1].includes(result.status) || args.includes('nagios'), `${args.join(' ')}: ${result.status} ${result.stderr}`)
    return result
  }
  for (const format of formats) await hides(['scan', '--format', format, box.at('trees')])
  for (const [i, line] of brokenLines.entries()) {
    if (i % stride) continue
    const secret = brokenSecrets[i % 2]
    await t.test(line, async () => {
      box.write('home/.npmrc', `${line.replaceAll('§', secret)}\n`)
      for (const args of [['check', '--timeout', '1'], ['check', '--offline', '-v'], ['check', '--offline', '--format', formats[1 + i % 7]],
        ['check', '--offline', '--client', ['pnpm', 'yarn', 'bun'][i % 3]], ['check', '--offline', '--write-baseline', 'known'],
        ['config'], ['config', '--json'], ['config', '--npm-version', '8.0.0'],
        ['route', 'https://registry.example/left-pad'], ['route', '--json', 'https://registry.example/@scope%2fx'],
        ['fix', '--dry-run', '--offline'], ['fix', '--keyring', '--dry-run', '--offline'], ['restore'], ['exec', '--', 'true']]) {
        await hides(args)
      }
      box.write('home/.npmrc', `${line.replaceAll('§', brokenSecrets[1 - i % 2])}\n`)
      for (const args of [['check', '--offline'], ['config'], ['fix', '--keyring', '--dry-run', '--offline']]) await hides(args)
    })
  }
  // What is no secret stays.
  box.write('home/.npmrc', '@scope:registry https://127.0.0.1:1/npm/@scope/\nregistry=https://registry.example:8443/npm/@corp/\nproxy http://proxy.example:8080\n')
  const { settings } = JSON.parse((await hides(['config', '--json'])).stdout)
  assert.deepEqual(settings.map(one => [one.key, one.value]), [
    ['@scope:registry https://127.0.0.1:1/npm/@scope/', true],
    ['proxy http://proxy.example:8080', true],
    ['registry', 'https://registry.example:8443/npm/@corp/']
  ])
})

test('a URL where a path belongs is shown without its password', async t => {
  const url = 'http://nick:pa-CANARY@proxy.example:8080'
  const box = sandbox(t, { env: { npm_config_userconfig: url, npm_config_globalconfig: `${url}/g`, NODE_EXTRA_CA_CERTS: url, npm_config_cafile: `${url}/x` } })
  box.write('home/.npmrc', 'fund=false\n')
  for (const args of [...['text', 'json', 'sarif', 'github', 'gitlab', 'junit', 'prometheus', 'nagios'].map(format => ['check', '-v', '--offline', '--format', format]),
    ['config'], ['config', '--json'], ['route', 'https://registry.example/'], ['route', '--json', 'https://registry.example/'], ['fix', '--dry-run', '--offline'], ['selfcheck']]) {
    assertNoSecret(await box.doctor(args), ['pa-CANARY'], args.join(' '))
  }
  for (const cafile of ['bob:pa-CANARY@h.example/ca.pem', '//bob:pa-CANARY@h.example/ca.pem', 'https:\\\\bob:pa-CANARY@h.example/ca.pem', 'https://bob:pa/CANARY@h.example']) {
    for (const env of [{ npm_config_cafile: cafile }, { npm_config_cafile: '', NODE_EXTRA_CA_CERTS: cafile }]) {
      for (const format of ['text', 'json', 'sarif']) assertNoSecret(await box.doctor(['check', '--offline', '--format', format], { env }), ['pa-CANARY', 'CANARY'], cafile)
    }
  }
  const { report } = await checkJson(box, ['--offline'])
  assert.equal(report.sources.find(s => s.layer === 'user').path, `${box.project}/http:/***@proxy.example:8080`)
  assert.deepEqual(report.findings.map(f => f.rule).sort(), ['cafile-missing', 'cafile-missing', 'file-ignored'])
  // npm says nothing of its cafile, node does of what it is to add.
  const { stderr } = await box.npm(['config', 'get', 'fund'])
  const [said] = report.findings.filter(f => f.npmError)
  assert.equal(said.location.variable, 'NODE_EXTRA_CA_CERTS')
  assert.ok(stderr.includes(said.npmError), stderr)
  assert.equal(stderr.match(/CANARY|load failed/g).length, 2, stderr)
})

// npm's host is the piece CANARY of the password: not shown, not asked, and never without a finding that says why.
test('a host that is a piece of the password is named by its cause', async t => {
  const cases = [
    ['proxy=http://u:pa@CANARY;word@proxy.example:8080', 'value-cut-by-comment'],
    ['proxy=http://u:pa@CANARY/word@proxy.example:8080', 'proxy-password-encoding'],
    ['proxy=http://u:pa@CANARY.x/word@proxy:8080', 'proxy-password-encoding'],
    ['proxy=http://u:${PW}@proxy.example:8080', 'proxy-password-encoding', { PW: 'pa@CANARY/word' }],
    ['proxy=ftp://u:pa@CANARY/word@proxy.example:8080', 'proxy-scheme-unsupported'],
    ['proxy=http://u:p%zz@CANARY/word@proxy.example:8080', 'proxy-url-invalid'],
    ['', 'proxy-password-encoding', { HTTPS_PROXY: 'http://u:pa@CANARY/word@proxy.example:8080' }],
    ['', 'proxy-scheme-unsupported', { HTTPS_PROXY: 'ftp://u:pa@CANARY/word@proxy.example:8080' }],
    ['', 'proxy-password-encoding', { HTTPS_PROXY: 'u:pa@CANARY/word@proxy.example:8080' }, ['--client', 'pnpm']],
    ['registry=https://u:pa@CANARY/word@registry.example/', 'registry-url-invalid'],
    ['registry=https://u:pa@CANARY#word@registry.example/', 'value-cut-by-comment'],
    ['registry=https://u:${PW}@registry.example/', 'registry-url-invalid', { PW: 'pa@CANARY/word' }],
    ['@corp:registry=https://u:${PW}@registry.example/', 'registry-url-invalid', { PW: 'pa@CANARY/word' }],
    ['', 'registry-url-invalid', { npm_config_registry: 'https://u:pa@CANARY/word@registry.example/' }]
  ]
  for (const [line, rule, env = {}, args = []] of cases) {
    await t.test(`${line} ${JSON.stringify(env)}`, async t => {
      const box = sandbox(t, { env })
      box.write('home/.npmrc', `${line}\n`)
      const result = await checkJson(box, ['--offline', ...args])
      assert.equal(result.status, 1)
      assert.ok(result.report.findings.some(f => f.rule === rule && f.severity === 'error'), JSON.stringify(result.report.findings, null, 1))
      assert.doesNotMatch(JSON.stringify(result.report), /CANARY/i)
      for (const more of [['check', ...args], ['route', 'https://registry.example/x', ...args], ['fix', '--dry-run', '--offline']]) {
        const { stdout, stderr } = await box.doctor(more)
        assert.doesNotMatch(stdout + stderr, /CANARY/i)
      }
    })
  }
  await t.test('registries that are not shown stay apart', async t => {
    const box = sandbox(t)
    box.write('home/.npmrc', 'registry=https://u:pa@ss;x@b.example/\n@t:registry=http://u:pa@tt/word@b.example/\n')
    const { report } = await checkJson(box, ['--offline'])
    assert.deepEqual(report.registries.map(r => [r.url, r.scopes]), [['https://***/', []], ['http://***/', ['@t']]])
  })
  await t.test('strict-ssl stays where one of them was not seen', async t => {
    const box = sandbox(t, { env: { PW: 'pa@ss/word' } })
    box.write('home/.npmrc', 'cafile=/etc/ssl/certs/ca-certificates.crt\nstrict-ssl=false\n@s:registry=https://u:${PW}@registry.example/\n')
    const { stdout } = await box.doctor(['fix', '--dry-run', 'strict-ssl-disabled'])
    assert.doesNotMatch(stdout, /^-strict-ssl/m)
  })
  await t.test('it is no other way out', async t => {
    const box = sandbox(t)
    box.write('home/.npmrc', 'registry=http://registry.example/\nnoproxy=registry.example\nproxy=http://u:pa@127.0.0.1:18080/word@proxy.example\n')
    assert.doesNotMatch((await box.doctor(['check'])).stdout, /127\.0\.0\.1/)
  })
  await t.test('what is no password is asked', async t => {
    const box = sandbox(t, { env: { PW: 'pw' } })
    for (const line of ['registry=https://127.0.0.1:1/#ask admin@corp.example', 'registry=https://u:${PW}@127.0.0.1:1/@my.scope/',
      'registry=https://u:${PW}@127.0.0.1:1/feed@1.0/', 'proxy=http://u:${PW}@127.0.0.1:1/;x@y']) {
      box.write('home/.npmrc', `${line}\n`)
      const { report } = await checkJson(box, ['--timeout', '2'])
      assert.notEqual(report.registries[0].probe, null, line)
    }
  })
})

test('a secret that looks like a variable of shells is not named', async t => {
  const box = sandbox(t, { npm: null, env: { npm_registry_token: 'x' } })
  for (const [value, help] of [['$ecretCANARY', '${VAR}, and'], ['%secretCANARY%', '${VAR}, and'], ['$CORP_VARIABLE', '${CORP_VARIABLE}'], ['$npm_registry_token', '${npm_registry_token}']]) {
    box.write('home/.npmrc', `//127.0.0.1:1/:_authToken=${value}\n`)
    for (const format of ['text', 'json', 'sarif']) {
      const { stdout } = await doctorIn(box, ['check', '--offline', '--format', format])
      assert.ok(stdout.toLowerCase().includes(`write ${help}`.toLowerCase()), stdout)
    }
  }
})

test('no home', async t => {
  const box = sandbox(t)
  const homes = [['missing', { HOME: box.at('nowhere') }], ['empty', { HOME: '' }], ['relative', { HOME: 'x' }], ['a file', { HOME: box.write('file', '') }]]
  const before = snapshot(box.dir)
  for (const [name, env] of homes) {
    for (const [args, status] of [[['check', '--offline'], 0], [['fix', '--keyring', '--yes'], 0], [['restore'], 0], [['exec', '--', 'true'], 0], [['explain'], 0]]) {
      const result = await doctorIn(box, args, { env })
      assert.equal(result.status, status, `${name}: ${args}: ${result.stderr}`)
    }
  }
  const { HOME, ...bare } = box.env
  const result = await run(doctor, ['check', '--offline', '--format', 'json'], { env: bare, cwd: box.project, timeout: bound })
  assert.ok([0, 1].includes(result.status), result.stderr)
  assert.ok(path.isAbsolute(JSON.parse(result.stdout).sources.find(s => s.layer === 'user').path))
  assert.deepEqual(snapshot(box.dir), before)
})

test('no keyring: three messages, within a second, nothing changed', async t => {
  const secretFile = box => box.write('home/.npmrc', '//registry.example/:_authToken=${NPMRC_SECRET_X}\n@b:registry=https://nick:bad-input-CANARY@b.example/\n')
  const bare = noBus({ t })
  const empty = await keyringSession({ t, service: false })
  const locked = await keyringSession({ t, locked: true })
  const open = await keyringSession({ t })
  const cases = [
    ['no D-Bus', bare.env, /D-Bus|session bus/i],
    ['no Secret Service', empty.env, /Secret Service/],
    ['a locked keyring', locked.env, /locked/]
  ]
  const messages = new Set()
  for (const [name, env, message] of cases) {
    await t.test(name, async t => {
      const box = sandbox(t, { env })
      secretFile(box)
      const before = snapshot(box.home)
      for (const args of [['fix', '--keyring', '--yes'], ['restore'], ['exec', '--', 'touch', 'started'], ['env']]) {
        const started = Date.now()
        const result = await doctorIn(box, args)
        assert.ok(Date.now() - started < 2000 * slow, `${args}: ${Date.now() - started} ms`)
        assert.equal(result.status, 3, `${args}: ${result.stderr}`)
        assert.match(result.stderr, message, args.join(' '))
        assertNoSecret(result, ['bad-input-CANARY'])
        if (args[0] === 'fix' || args[0] === 'restore') assert.match(result.stderr, /nothing was changed|left as it was/)
        if (args[0] === 'exec' || args[0] === 'env') {
          assert.match(result.stderr, /NPMRC_SECRET_X/)
          messages.add(result.stderr)
        }
        if (args[0] === 'env') assert.equal(result.stdout, '')
      }
      assert.ok(!fs.existsSync(box.at('project/started')))
      assert.deepEqual(snapshot(box.home), before)
      // The dry run needs no keyring.
      assert.equal((await doctorIn(box, ['fix', '--keyring', '--dry-run'])).status, 1)
      if (name !== 'a locked keyring') assert.equal((await doctorIn(box, ['secrets'])).status, 3)
    })
  }
  await t.test('a missing item', async t => {
    const box = sandbox(t, { env: open.env })
    secretFile(box)
    const before = snapshot(box.home)
    for (const args of [['exec', '--', 'touch', 'started'], ['restore'], ['env']]) {
      const result = await doctorIn(box, args)
      assert.equal(result.status, 3, args.join(' '))
      assert.match(result.stderr, /NPMRC_SECRET_X/)
      if (args[0] === 'exec') messages.add(result.stderr)
    }
    assert.ok(!fs.existsSync(box.at('project/started')))
    assert.deepEqual(snapshot(box.home), before)
  })
  assert.ok(messages.size >= 4)
})

test('a directory that may not be written', async t => {
  if (process.getuid() !== 0) return t.skip('needs root')
  const box = sandbox(t)
  const file = box.write('home/.npmrc', 'proxy=h.example:8080\n' + secretLine)
  give(box)
  fs.chmodSync(box.home, 0o555)
  const before = snapshot(box.dir)
  const result = await asNobody(box, ['fix', 'proxy-no-scheme', '--offline', '--yes'])
  assert.equal(result.status, 3, result.stderr)
  assert.match(result.stderr, /left as it was/)
  assert.ok(result.stderr.includes(file))
  assert.match(result.stderr, /permission/i)
  assert.deepEqual(snapshot(box.dir), before)
  // A file of somebody else, in one's own directory: it would not be theirs any more.
  fs.chmodSync(box.home, 0o755)
  fs.chownSync(file, 0, 0)
  fs.chmodSync(file, 0o644)
  const foreign = await asNobody(box, ['fix', 'proxy-no-scheme', '--offline', '--yes'])
  assert.equal(foreign.status, 3, foreign.stderr)
  assert.equal(fs.readFileSync(file, 'utf8'), 'proxy=h.example:8080\n' + secretLine)
  assert.equal(fs.statSync(file).uid, 0)
  assert.deepEqual(fs.readdirSync(box.home), ['.npmrc'])
})

test('a full disk', async t => {
  if (process.getuid() !== 0) return t.skip('needs root')
  const box = sandbox(t)
  const file = box.write('home/.npmrc', 'proxy=h.example:8080\n' + '; padding\n'.repeat(3000))
  const before = snapshot(box.dir)
  // No process may write more than 4 KiB into a file.
  const result = await shell(box, `ulimit -f 8; trap '' XFSZ; exec "$0" fix proxy-no-scheme --offline --yes`, { timeout: bound })
  assert.equal(result.status, 3, result.stderr)
  assert.ok(result.stderr.includes(file))
  assert.deepEqual(snapshot(box.dir), before)
})

test('a file that somebody changes between the plan and its execution', async t => {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { env: keyring.env })
  const file = box.write('home/.npmrc', secretLine)
  // A terminal for the question; the answer comes once the question is there and the file was changed.
  const ask = async (change, answer = 'y\n') => {
    const child = box.spawn('script', ['-qefc', `${doctor} fix --keyring`, '/dev/null'])
    let output = ''
    let answered = false
    child.stdout.on('data', chunk => {
      output += chunk
      if (answered || !output.includes('apply? [y/N]')) return
      answered = true
      change()
      child.stdin.write(answer)
    })
    const status = await child.ended
    return { status, stdout: output, stderr: '' }
  }
  const changed = '//registry.example/:_authToken=bad-input-CANARY-2\n'
  const result = await ask(() => fs.writeFileSync(file, changed))
  assert.equal(result.status, 3, result.stdout)
  assert.match(result.stdout, /was changed/)
  assert.match(result.stdout, /left as it was/)
  assertNoSecret(result, ['bad-input-CANARY'])
  assert.equal(box.read('home/.npmrc'), changed)
  assert.deepEqual(fs.readdirSync(box.home), ['.npmrc'])

  const gone = await ask(() => fs.rmSync(file))
  assert.equal(gone.status, 3)
  assert.deepEqual(fs.readdirSync(box.home), [])

  box.write('home/.npmrc', secretLine)
  const refused = await ask(() => {}, 'n\n')
  assert.equal(refused.status, 1)
  assert.equal(box.read('home/.npmrc'), secretLine)

  const agreed = await ask(() => {}, 'y\n')
  assert.equal(agreed.status, 0, agreed.stdout)
  assert.match(box.read('home/.npmrc'), /^\/\/registry\.example\/:_authToken=\$\{NPMRC_SECRET_\w+\}\n$/)
})

test('without a terminal and without --yes nothing is applied', async t => {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { env: keyring.env })
  box.write('home/.npmrc', secretLine)
  const before = snapshot(box.home)
  const result = await doctorIn(box, ['fix', '--keyring'], { input: 'y\n' })
  assert.equal(result.status, 1)
  assert.match(result.stderr, /--yes/)
  assert.match(result.stdout, /^\+\/\/registry\.example\/:_authToken=\$\{NPMRC_SECRET_/m)
  // What cannot be shown is not applied.
  const blind = await shell(box, 'exec "$0" fix --keyring --yes >/dev/full')
  assert.equal(blind.status, 3)
  assert.match(blind.stderr, /nothing was changed/)
  assert.deepEqual(snapshot(box.home), before)
  assert.deepEqual(JSON.parse((await box.doctor(['secrets', '--json'])).stdout).secrets, [])
})

test('a working directory that is gone', async t => {
  const box = sandbox(t)
  for (const args of ['check --offline', 'fix --keyring --yes', 'restore', 'exec -- true', 'env', 'secrets', 'explain']) {
    fs.mkdirSync(box.at('gone'))
    const result = await box.run('sh', ['-c', `cd ../gone && rmdir ../gone && exec "$0" ${args}`, doctor], { timeout: bound, env: noBus({ t }).env })
    assert.ok(!result.timedOut)
    assert.ok([0, 3].includes(result.status), `${args}: ${result.status} ${result.stderr}`)
    if (result.status === 3 && args !== 'secrets') assert.match(result.stderr, /directory/)
  }
})
