// The automatic fixes that need a probe, and what is true of all: one plan, asked about once, only what
// was asked for, and done twice is done once.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { issue, makeCA } from '../lib/certs.mjs'
import { fixedHttp, freePort, nginxMux } from '../lib/peers.mjs'
import { doctor, fixtures, sandbox } from '../lib/sandbox.mjs'
import { snapshot } from './support.mjs'

const headers = { 'Content-Type': 'application/json' }
let ca, cert, server, other

const url = peer => `https://127.0.0.1:${peer.port}/`

// files: what stands where, '{URL}' for the registry's address.
function place (t, files, { env = {}, peer = server } = {}) {
  const box = sandbox(t, { env: { XDG_DATA_HOME: '', ...env } })
  for (const [name, text] of Object.entries(files)) box.write(name, text.replaceAll('{URL}', () => url(peer)).replaceAll('{CA}', () => ca.cert))
  return box
}

const system = () => ({ SSL_CERT_FILE: ca.cert })
const read = box => fs.existsSync(box.at('home/.npmrc')) ? box.read('home/.npmrc') : null

async function fixed (box, { args = [], env, status = 0 } = {}) {
  const result = await box.doctor(['fix', '--yes', ...args], { env })
  assert.equal(result.status, status, result.stdout + result.stderr)
  const after = snapshot(box.home)
  const again = await box.doctor(['fix', '--yes', ...args], { env })
  assert.deepEqual([again.status, again.stdout], [status, ''], again.stderr)
  assert.deepEqual(snapshot(box.home), after, 'fix twice is not fix once')
  return result
}

// Runs on a terminal of its own; answers: what to say to which question, in their order.
async function onTerminal (box, args, answers) {
  const child = box.spawn('script', ['-qefc', [doctor, ...args].join(' '), '/dev/null'])
  let output = ''
  let from = 0
  const asked = [...answers]
  child.stdout.on('data', chunk => {
    output += chunk
    const at = asked.length ? output.indexOf(asked[0][0], from) : -1
    if (at < 0) return
    from = at + 1
    child.stdin.write(asked.shift()[1] + '\n')
  })
  const status = await child.ended
  return { status, output, unasked: asked.length }
}

// The file that the line names; it holds the public roots and what else is asked for.
function assertCafile (text, cas) {
  const file = /^\ufeff?cafile=(.*)$/m.exec(text)[1].trim()
  const pem = fs.readFileSync(file, 'utf8')
  assert.ok(pem.match(/-----BEGIN CERTIFICATE-----/g).length > 100)
  for (const one of cas) assert.ok(pem.includes(one.certPem.trim()))
  assert.equal(fs.statSync(path.dirname(file)).mode & 0o777, 0o700)
  return file
}

describe('with a registry', () => {
  const cleanups = []
  const shared = { after: f => cleanups.unshift(f) }
  after(async () => { for (const cleanup of cleanups) await cleanup() })

  before(async () => {
    ca = await makeCA('Corp CA', { t: shared })
    cert = await issue({ t: shared, ca })
    const unknown = await makeCA('Nobody Knows CA', { t: shared })
    const strange = await issue({ t: shared, ca: unknown })
    server = await fixedHttp({ t: shared, tls: cert, headers, body: '{}' })
    other = Object.assign(await fixedHttp({ t: shared, tls: { ...strange, chainPem: strange.chainPem + unknown.certPem }, headers, body: '{}' }), { ca: unknown })
  })

  test('strict-ssl=false where verification passes without it', async t => {
    const cases = {
      'the line goes': ['registry={URL}\nstrict-ssl=false\ncafile={CA}\n', 'registry={URL}\ncafile={CA}\n'],
      'the comments and all else stay': ['; mine\r\n\r\nstrict-ssl = false ; temporary\r\n# more\r\nregistry={URL}\r\ncafile={CA}', '; mine\r\n\r\n# more\r\nregistry={URL}\r\ncafile={CA}'],
      'the last line, without an end': ['registry={URL}\ncafile={CA}\nstrict-ssl=false', 'registry={URL}\ncafile={CA}\n'],
      'all its lines': ['strict-ssl=false\nregistry={URL}\nstrict-ssl=true\ncafile={CA}\nstrict-ssl=false\n', 'registry={URL}\ncafile={CA}\n']
    }
    for (const [name, [from, to]] of Object.entries(cases)) {
      await t.test(name, async t => {
        const box = place(t, { 'home/.npmrc': from })
        await fixed(box, { args: ['strict-ssl-disabled'] })
        assert.equal(read(box), to.replaceAll('{URL}', url(server)).replaceAll('{CA}', () => ca.cert))
      })
    }
    await t.test('a weaker file says false too: the line says true', async t => {
      const box = place(t, { 'home/.npmrc': 'strict-ssl=false\n', 'project/.npmrc': 'registry={URL}\nstrict-ssl=false\ncafile={CA}\n' })
      await fixed(box, { args: ['strict-ssl-disabled'] })
      assert.equal(box.read('project/.npmrc'), `registry=${url(server)}\nstrict-ssl=true\ncafile=${ca.cert}\n`)
      assert.equal(read(box), 'strict-ssl=false\n')
    })
    await t.test('a registry that cannot be seen: nothing is certain', async t => {
      const box = place(t, { 'home/.npmrc': `registry={URL}\n@a:registry=https://127.0.0.1:${await freePort()}/\nstrict-ssl=false\ncafile={CA}\n` })
      const before = read(box)
      await fixed(box, { args: ['strict-ssl-disabled'], status: 1 })
      assert.equal(read(box), before)
    })
  })

  test('a CA that the system trusts', async t => {
    await t.test('takes the place of strict-ssl=false', async t => {
      const box = place(t, { 'home/.npmrc': 'registry={URL}\r\nstrict-ssl=false\r\nfund=false\r\n' })
      await fixed(box, { env: system() })
      const text = read(box)
      const file = assertCafile(text, [ca])
      assert.equal(text, `registry=${url(server)}\r\ncafile=${file}\r\nfund=false\r\n`)
      assert.ok(file.startsWith(path.join(box.home, '.local/share/npmrc-doctor/ca-')))
      assert.match((await box.npm(['ping'])).stderr, /PONG/)
    })
    await t.test('the project\'s line goes, the user\'s file gets the CA, and is made for it', async t => {
      const box = place(t, { 'project/.npmrc': 'registry={URL}\nstrict-ssl=false\n' })
      const result = await fixed(box, { env: system() })
      assert.match(result.stdout, /^new file: the user's npm settings$/m)
      assert.equal(box.read('project/.npmrc'), `registry=${url(server)}\n`)
      assertCafile(read(box), [ca])
      assert.match((await box.npm(['ping'])).stderr, /PONG/)
    })
    await t.test('npm fails: the CA comes to the user\'s file, above any section', async t => {
      const box = place(t, { 'home/.npmrc': '\ufeff; mine\nregistry={URL}\n[x]\ny=z\n' })
      await fixed(box, { args: ['tls-intercepted'], env: system() })
      const text = read(box)
      assert.equal(text, `\ufeffcafile=${assertCafile(text, [ca])}\n; mine\nregistry=${url(server)}\n[x]\ny=z\n`)
      assert.match((await box.npm(['ping'])).stderr, /PONG/)
    })
    await t.test('NODE_EXTRA_CA_CERTS, which a cafile cancels, is in it too', async t => {
      const box = place(t, { 'home/.npmrc': 'registry={URL}\nstrict-ssl=false\n' })
      await fixed(box, { args: ['strict-ssl-disabled'], env: { ...system(), NODE_EXTRA_CA_CERTS: other.ca.cert } })
      assertCafile(read(box), [ca, other.ca])
    })
    await t.test('not where another registry would still fail', async t => {
      const box = place(t, { 'home/.npmrc': `registry={URL}\n@a:registry=${url(other)}\nstrict-ssl=false\n` })
      const before = snapshot(box.home)
      const result = await fixed(box, { env: system(), status: 1 })
      assert.match(result.stderr, /left to do by hand: strict-ssl-disabled/)
      assert.deepEqual(snapshot(box.home), before)
    })
    await t.test('a data directory that cannot be made: nothing is changed', async t => {
      const box = place(t, { 'home/.npmrc': 'registry={URL}\nstrict-ssl=false\n', 'home/.local': 'a file' })
      const before = snapshot(box.home)
      const result = await box.doctor(['fix', '--yes'], { env: system() })
      assert.equal(result.status, 3)
      assert.match(result.stderr, /was not made: cannot make the directory/)
      assert.deepEqual(snapshot(box.home), before)
    })
  })

  test('a CA that nothing knows', async t => {
    const lines = 'registry={URL}\nstrict-ssl=false\n'
    const question = 'Shall npm trust it? [y/N]'
    await t.test('--yes does not answer for it', async t => {
      const box = place(t, { 'home/.npmrc': lines }, { peer: other })
      const before = snapshot(box.home)
      await fixed(box, { status: 1 })
      const terminal = await onTerminal(box, ['fix', '--yes'], [[question, 'y']])
      assert.equal(terminal.status, 1)
      assert.equal(terminal.unasked, 1, 'a question in spite of --yes')
      assert.deepEqual(snapshot(box.home), before)
    })
    await t.test('no', async t => {
      const box = place(t, { 'home/.npmrc': lines }, { peer: other })
      const before = snapshot(box.home)
      const { status, output, unasked } = await onTerminal(box, ['fix'], [[question, 'n']])
      assert.equal(unasked, 0, output)
      assert.equal(status, 1)
      assert.deepEqual(snapshot(box.home), before)
    })
    await t.test('yes, to its fingerprint, and yes to the plan', async t => {
      const box = place(t, { 'home/.npmrc': lines }, { peer: other })
      const { status, output, unasked } = await onTerminal(box, ['fix'], [[question, 'y'], ['apply? [y/N]', 'y']])
      assert.equal(unasked, 0, output)
      assert.equal(status, 0, output)
      const { X509Certificate } = await import('node:crypto')
      assert.ok(output.includes(`SHA-256 ${new X509Certificate(other.ca.certPem).fingerprint256}`), output)
      assertCafile(read(box), [other.ca])
      assert.match((await box.npm(['ping'])).stderr, /PONG/)
    })
    await t.test('not on a dry run', async t => {
      const box = place(t, { 'home/.npmrc': lines }, { peer: other })
      assert.equal((await onTerminal(box, ['fix', '--dry-run'], [[question, 'y']])).unasked, 1)
    })
  })

  test('http becomes https', async t => {
    const plain = await fixedHttp({ t, headers, body: '{}' })
    const page = await fixedHttp({ t, tls: cert, headers: { 'Content-Type': 'text/html' }, body: '<html>sign in</html>' })
    const both = await nginxMux({ t, plain: plain.port, tls: server.port })
    const portal = await nginxMux({ t, plain: plain.port, tls: page.port })
    const at = port => `http://127.0.0.1:${port}/`
    const trusting = `cafile=${ca.cert}\n`

    await t.test('in every setting that names it, and in the case it is written', async t => {
      const box = place(t, { 'home/.npmrc': `${trusting}registry = HTTP://127.0.0.1:${both.port}/ ; ours\n@a:registry="${at(both.port)}"\n@b:registry=${at(plain.port)}\n` })
      await fixed(box, { args: ['registry-over-http'], status: 1 })
      assert.equal(read(box), `${trusting}registry = https://127.0.0.1:${both.port}/ ; ours\n@a:registry="https://127.0.0.1:${both.port}/"\n@b:registry=${at(plain.port)}\n`)
    })
    await t.test('with the CA that the system trusts, in one go', async t => {
      const box = place(t, { 'home/.npmrc': `registry=${at(both.port)}\n` })
      await fixed(box, { args: ['registry-over-http'], env: system() })
      const text = read(box)
      assert.equal(text, `cafile=${assertCafile(text, [ca])}\nregistry=https://127.0.0.1:${both.port}/\n`)
    })
    await t.test('with strict-ssl=false: both or none', async t => {
      const box = place(t, { 'home/.npmrc': `registry=${at(both.port)}\nstrict-ssl=false\n` })
      await fixed(box, { env: system() })
      const text = read(box)
      assert.equal(text, `registry=https://127.0.0.1:${both.port}/\ncafile=${assertCafile(text, [ca])}\n`)
    })
    for (const [name, port, env] of [['where nobody answers', plain.port, {}], ['where no registry answers', portal.port, {}]]) {
      await t.test(`not ${name}`, async t => {
        const box = place(t, { 'home/.npmrc': `${trusting}registry=${at(port)}\n` })
        const before = read(box)
        await fixed(box, { args: ['registry-over-http'], env, status: 1 })
        assert.equal(read(box), before)
      })
    }
    await t.test('not where its certificate is not trusted', async t => {
      const box = place(t, { 'home/.npmrc': `registry=${at(both.port)}\n` })
      const before = read(box)
      await fixed(box, { args: ['registry-over-http'], status: 1 })
      assert.equal(read(box), before)
    })
  })
})

test('RULEs limit it, --dry-run and a no leave everything', async t => {
  const lines = 'regstry=x\nfund=true\nfund=false\nproxy=proxy.example:8080\n'
  const box = place(t, { 'home/.npmrc': lines })
  const before = snapshot(box.home)
  const dry = await box.doctor(['fix', '--offline', '--dry-run'])
  assert.equal(dry.status, 1)
  assert.match(dry.stdout, /^-fund=true$/m)
  assert.match(dry.stdout, /^\+proxy=http:\/\/proxy\.example:8080$/m)
  assert.deepEqual(snapshot(box.home), before)
  const asked = await onTerminal(box, ['fix', '--offline'], [['apply? [y/N]', 'n']])
  assert.deepEqual([asked.status, asked.unasked], [1, 0], asked.output)
  assert.deepEqual(snapshot(box.home), before)
  const one = await box.doctor(['fix', 'duplicate-key', '--offline', '--yes'])
  assert.equal(one.status, 0, one.stderr)
  assert.equal(read(box), 'regstry=x\nfund=false\nproxy=proxy.example:8080\n')
  const none = await box.doctor(['fix', 'no-such-rule', '--yes'])
  assert.equal(none.status, 2)
})

test('the exit status is about what --fail-on is about', async t => {
  const cases = [
    // an info, a warning and an error that have to be mended by hand
    ['proxy=http://proxy.example:8080 ; a comment\n', [0, 0, 1, 0]],
    ['[npm]\nfund=false\n', [0, 1, 1, 0]],
    ['proxy=ftp://proxy.example:8080\n', [1, 1, 1, 0]]
  ]
  for (const [text, statuses] of cases) {
    for (const [i, level] of ['error', 'warning', 'info', 'never'].entries()) {
      const box = place(t, { 'home/.npmrc': text })
      const result = await box.doctor(['fix', '--offline', '--yes', '--fail-on', level])
      assert.equal(result.status, statuses[i], `${text} --fail-on ${level}: ${result.stderr}`)
      assert.match(result.stderr, text.includes('comment') && level !== 'info' ? /^nothing to fix$/m : /left to do by hand/)
      assert.equal(read(box), text)
    }
  }
  // A plan that is not carried out is undone whatever it is about.
  const box = place(t, { 'home/.npmrc': 'fund=true\nfund=false\n' })
  assert.equal((await box.doctor(['fix', '--offline', '--fail-on', 'never', '--dry-run'])).status, 1)
  assert.equal((await box.doctor(['fix', '--offline', '--fail-on', 'never'])).status, 1)
  assert.equal((await box.doctor(['fix', '--offline', '--fail-on', 'never', '--yes'])).status, 0)
})

test('--format json: what is left, and what was mended', async t => {
  const lines = 'fund=true\nfund=false\nproxy: proxy.example:8080\n[npm]\nx=y\n'
  const box = place(t, { 'home/.npmrc': lines })
  const rules = list => list.map(finding => finding.rule).sort()
  const dry = await box.doctor(['fix', '--offline', '--dry-run', '--format', 'json'])
  assert.equal(dry.status, 1, dry.stderr)
  const plan = JSON.parse(dry.stdout)
  assert.deepEqual(rules(plan.findings.filter(f => f.fix.automatic)), ['colon-for-equals', 'duplicate-key'])
  assert.deepEqual(plan.fixed, [])
  assert.equal(read(box), lines)
  const result = await box.doctor(['fix', '--offline', '--yes', '--format', 'json'])
  assert.equal(result.status, 0, result.stderr)
  const report = JSON.parse(result.stdout)
  assert.deepEqual(rules(report.fixed), ['colon-for-equals', 'duplicate-key', 'proxy-no-scheme'])
  assert.deepEqual(rules(report.findings), ['section-ignored'])
  assert.equal(report.summary.warning, 1)
  assert.equal(report.fixed[0].location.file, box.at('home/.npmrc'))
  const again = JSON.parse((await box.doctor(['fix', '--offline', '--yes', '--format', 'json'])).stdout)
  assert.deepEqual([rules(again.fixed), rules(again.findings)], [[], ['section-ignored']])
  assert.equal('fixed' in JSON.parse((await box.doctor(['check', '--offline', '--format', 'json'])).stdout), false)
  const asked = await onTerminal(place(t, { 'home/.npmrc': lines }), ['fix', '--offline', '--format', 'json', '-o', 'report.json'], [['-fund=true', ''], ['apply? [y/N]', 'n']])
  assert.equal(asked.unasked, 0, asked.output)
})

test('-o keeps the diffs of all rounds', async t => {
  const box = place(t, { 'home/.npmrc': 'proxy: proxy.example:8080\n' })
  const result = await box.doctor(['fix', '--offline', '--yes', '-o', 'plan.diff'])
  assert.deepEqual([result.status, result.stdout], [0, ''], result.stderr)
  const text = box.read('project/plan.diff')
  assert.match(text, /^-proxy: proxy/m)
  assert.match(text, /^\+proxy.*http:\/\/proxy/m)
})

test('two fixes of one line: both are done, in two steps', async t => {
  const box = place(t, { 'home/.npmrc': 'proxy: proxy.example:8080\nregistry: http//registry.example/\n' })
  const result = await box.doctor(['fix', '--offline', '--yes'])
  assert.match(read(box), /^proxy\s*=\s*http:\/\/proxy\.example:8080$/m, result.stdout + result.stderr)
  const after = snapshot(box.home)
  const again = await box.doctor(['fix', '--offline', '--yes'])
  assert.equal(again.stdout, '')
  assert.deepEqual(snapshot(box.home), after)
})

// What is only likely is left alone: a file, as it stands and as it must stand after every automatic fix.
const uncertain = {
  'the project\'s registry is not where the user\'s token belongs': ['_authToken=tok-CANARY\n', null, 'registry=https://project.example/\n'],
  'nor where the user has another one': ['registry=https://user.example/\n_authToken=tok-CANARY\n', null, 'registry=https://project.example/\n'],
  'nor that of a scope': ['@a:_authToken=tok-CANARY\n', null, '@a:registry=https://project.example/\n'],
  'the registry that is meant is read as such first': ['\u200bregistry=https://registry.example/\n_authToken=tok-CANARY\n', 'registry=https://registry.example/\n//registry.example/:_authToken=tok-CANARY\n'],
  'what was for https is not sent in clear': ['registry=http://registry.example/\nhttps://registry.example/:_authToken=tok-CANARY\n'],
  'nor by its port': ['registry=http://registry.example/\n//registry.example:443/:_authToken=tok-CANARY\n'],
  'what was for http may be sent to https': ['registry=https://registry.example/\nhttp://registry.example/:_authToken=tok-CANARY\n', 'registry=https://registry.example/\n//registry.example/:_authToken=tok-CANARY\n'],
  'a token does not go for an empty one': ['//registry.example/:_authToken=tok-CANARY\n//registry.example/:_authToken=\n'],
  'nor a registry for a word': ['registry=https://registry.example/\nregistry\n'],
  'but for its equal it does': ['//registry.example/:_authToken=\n//registry.example/:_authToken=\n', '//registry.example/:_authToken=\n'],
  'another path may be another registry': ['registry=https://registry.example/npm/\n//registry.example/npm-local/:_authToken=tok-CANARY\n'],
  'another case of it is not': ['registry=https://registry.example/NPM\n//registry.example/npm/:_authToken=tok-CANARY\n//registry.example/npm/:email=a\n', 'registry=https://registry.example/NPM\n//registry.example/NPM/:_authToken=tok-CANARY\n//registry.example/NPM/:email=a\n'],
  'a mark that keeps a section from hiding settings': ['\ufeff[x]\nregistry=https://registry.example/\n'],
  'one that does not': ['\ufeff[x]\n[y]\nregistry=https://registry.example/\n', '[x]\n[y]\nregistry=https://registry.example/\n'],
  'no base64 has a #': [`//registry.example/:_auth=${Buffer.from('nick:pw-CANARY').toString('base64')}#x\n`],
  'nor is it known what stands there': ['//registry.example/:_auth=CANARY-x#x\n'],
  'two lines for one key: neither token goes for the other': ['registry=https://registry.example/\n//registry.example/_authToken=one-CANARY\n//registry.example/:authToken=two-CANARY\n'],
  'nor by another rule': ['registry=https://registry.example/\n_authToken=one-CANARY\n//registry.example/:authToken=two-CANARY\n'],
  'nor by the case of the host': ['registry=https://registry.example/\n//REGISTRY.example/:_authToken=one-CANARY\n//Registry.example/:_authToken=two-CANARY\n'],
  'nor one registry for another': ['regsitry=https://a.example/\nregistyr=https://b.example/\n'],
  'nor what stands behind a colon': ['registry: https://a.example/\nregistry: https://b.example/\n'],
  'nor what nobody sees': ['registry=https://registry.example/\n\u200b//registry.example/:_authToken=one-CANARY\n//registry.example/:authToken=two-CANARY\n'],
  'nor in the place of what npm reads': ['registry=https://registry.example/\n//registry.example/:_authToken=one-CANARY\n\u200b//registry.example/:_authToken=two-CANARY\n'],
  'in two files they are no rivals': ['corp:registry=https://a.example/\n', '@corp:registry=https://a.example/\n'],
  'a program is not called by another name': ['script-shell=/bin/sh;x\n'],
  'a list of hosts with semicolons': ['proxy=http://proxy.example:8080\nnoproxy=localhost;*.corp.example ; ours\n', 'proxy=http://proxy.example:8080\nnoproxy=localhost;*.corp.example ; ours\n'],
  'a list of hosts with semicolons alone': ['proxy=http://proxy.example:8080\nnoproxy=localhost;*.corp.example\n', 'proxy=http://proxy.example:8080\nnoproxy=localhost,.corp.example\n']
}

test('what is not certain stays', async t => {
  for (const [name, [text, after = text, project]] of Object.entries(uncertain)) {
    await t.test(name, async t => {
      const box = sandbox(t, { npm: null })
      box.write('home/.npmrc', text)
      box.write('project/package.json', '{}')
      if (project) box.write('project/.npmrc', project)
      const result = await box.doctor(['fix', '--yes', '--offline'])
      assert.ok([0, 1].includes(result.status), result.stderr)
      assert.equal(read(box), after ?? text, result.stdout)
      if (project) assert.equal(box.read('project/.npmrc'), project)
    })
  }
})

// Every fixture, with every automatic fix at once.
const rules = path.join(fixtures, 'rules')
for (const slug of fs.readdirSync(rules).sort()) {
  for (const name of fs.readdirSync(path.join(rules, slug)).filter(name => name.startsWith('fires')).sort()) {
    test(`fix twice is fix once: ${slug} ${name}`, async t => {
      const dir = path.join(rules, slug, name)
      const given = fs.existsSync(path.join(dir, 'case.json')) ? JSON.parse(fs.readFileSync(path.join(dir, 'case.json'))) : {}
      const box = sandbox(t, { npm: null })
      for (const made of given.directories ?? []) fs.mkdirSync(box.at(made), { recursive: true })
      if (fs.existsSync(path.join(dir, '.npmrc'))) box.write(given.place ?? 'home/.npmrc', fs.readFileSync(path.join(dir, '.npmrc')), parseInt(given.mode ?? '0600', 8))
      for (const [file, content] of Object.entries(given.files ?? {})) box.write(file, content)
      const env = Object.fromEntries(Object.entries(given.env ?? {}).map(([k, v]) => [k, v.replaceAll('{DIR}', box.dir)]))
      const options = { env, cwd: box.at(given.cwd ?? 'project') }
      const args = ['fix', '--yes', '--offline', '--npm-version', String(given.npm ?? 11), ...given.args ?? []]
      const first = await box.doctor(args, options)
      assert.ok([0, 1, 3].includes(first.status), `${first.status} ${first.signal} ${first.stderr}`)
      assert.doesNotMatch((first.stdout + first.stderr).replace(/CANARY_[A-Z]+/g, ''), /CANARY|Q0FOQVJZ/)
      assert.doesNotMatch(first.stderr, /left for the next run/)
      const after = snapshot(box.dir)
      const second = await box.doctor(args, options)
      assert.equal(second.status, first.status, second.stderr)
      assert.equal(second.stdout, '')
      assert.deepEqual(snapshot(box.dir), after)
    })
  }
}
