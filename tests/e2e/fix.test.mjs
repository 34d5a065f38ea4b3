// `fix --keyring` and `restore`, there and back, for everything that moves and every way in which people
// write it: no other byte changes, npm sees what it saw before, and the original bytes come back.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import { doctor, npmDir, nodeBinary, run, sandbox } from '../lib/sandbox.mjs'
import { keyringSession } from '../lib/keyring.mjs'
import { pathToFileURL } from 'node:url'
import { filesWith } from '../lib/story.mjs'
import { terminal } from '../lib/terminal.mjs'
import { assertNoSecret, snapshot, spellingsOf } from './support.mjs'

const b64 = text => Buffer.from(text).toString('base64')
const mark = 'CANARY'
const pem = `-----BEGIN PRIVATE KEY-----\\n${b64('key-' + mark)}\\n-----END PRIVATE KEY-----`

// npm's own reading, protected keys included: its config modules, as they are installed.
const reader = `
import { createRequire } from 'node:module'
const require = createRequire(process.argv[1] + '/')
const Config = require('@npmcli/config')
const { definitions, shorthands, flatten } = require('@npmcli/config/lib/definitions')
const config = new Config({ npmPath: process.argv[1], definitions, shorthands, flatten, argv: ['node', 'npm'], execPath: process.execPath })
await config.load()
console.log(JSON.stringify(Object.assign({}, ...['global', 'user', 'project'].map(layer => config.data.get(layer).data))))
`

async function npmView (box, through) {
  const args = ['--input-type=module', '-e', reader, npmDir(11)]
  const command = [nodeBinary(20), ...args]
  const result = through
    ? await box.doctor(['exec', '--deliver', 'env', '--', ...command])
    : await box.run(command[0], command.slice(1))
  assert.equal(result.status, 0, result.stderr)
  return JSON.parse(result.stdout)
}

const references = /\$\{(NPMRC_SECRET_[A-Z0-9_]+)\}/g

// The file with each value in its place again: what is between the references must not have changed.
async function unreferenced (box, keyring, text, spell) {
  let out = ''
  let last = 0
  for (const match of text.matchAll(references)) {
    const value = await keyring.lookup({ variable: match[1], file: box.file })
    assert.notEqual(value, null, `${match[1]} is not in the keyring`)
    out += text.slice(last, match.index) + spell(value)
    last = match.index + match[0].length
  }
  return out + text.slice(last)
}

// content: bytes of the user's file; count: how many references it gets; spell: how a value was written.
async function roundTrip (t, { content, count = 1, secrets, spell = value => value, keyring, project, exact = true }) {
  const box = sandbox(t, { env: keyring.env })
  const original = Buffer.from(content)
  box.file = box.write('home/.npmrc', original)
  if (project !== undefined) box.write('project/.npmrc', project)
  const before = await npmView(box, false)

  const dry = await box.doctor(['fix', '--keyring', '--dry-run'])
  assert.equal(dry.status, 1, dry.stderr)
  assert.deepEqual(fs.readFileSync(box.file), original)
  const fixed = await box.doctor(['fix', '--keyring', '--yes'])
  assert.equal(fixed.status, 0, fixed.stderr + fixed.stdout)
  assert.equal(fixed.stdout, dry.stdout, 'the plan shown is the plan applied')
  assertNoSecret(dry, secrets, 'fix --dry-run')
  assertNoSecret(fixed, secrets, 'fix')
  assert.deepEqual(filesWith(box.dir, secrets.flatMap(spellingsOf)), [], 'a secret is left on the disk')
  const text = fs.readFileSync(box.file, 'utf8')
  if (project === undefined) {
    assert.equal([...text.matchAll(references)].length, count, text)
    if (exact) assert.equal(await unreferenced(box, keyring, text, spell), original.toString())
  }
  assert.equal(fs.statSync(box.file).mode & 0o777, 0o600)
  assert.deepEqual(await npmView(box, true), before, 'npm sees the same through exec')

  const again = await box.doctor(['fix', '--keyring', '--yes'])
  assert.deepEqual([again.status, again.stdout], [0, ''], again.stderr)
  assert.match(again.stderr, /nothing to fix/)
  const secretsJson = await box.doctor(['secrets', '--json'])
  assertNoSecret(secretsJson, secrets, 'secrets')

  const restored = await box.doctor(['restore', '--purge'])
  assert.equal(restored.status, 0, restored.stderr)
  assertNoSecret(restored, secrets, 'restore')
  if (exact) assert.equal(fs.readFileSync(box.file, 'latin1'), original.toString('latin1'))
  if (project !== undefined) assert.equal(box.read('project/.npmrc'), project)
  assert.deepEqual(await npmView(box, false), before, 'npm sees the same after restore')
  assert.deepEqual(JSON.parse((await box.doctor(['secrets', '--json'])).stdout).secrets.filter(s => s.file.startsWith(box.dir)), [])
  assert.deepEqual(fs.readdirSync(box.home), ['.npmrc'])
  return { box, text }
}

const token = `tok-${mark}-1`
const password = `pw-${mark}`
const proxyOf = password => `http://nick:${password}@proxy.example:8080/`
const cases = {
  'a token': { content: `//registry.example/:_authToken=${token}\n`, secrets: [token] },
  _auth: { content: `//registry.example/:_auth=${b64('nick:' + password)}\n`, secrets: [password, 'nick:' + password] },
  _password: { content: `//registry.example/:username=nick\n//registry.example/:_password=${b64(password)}\n`, secrets: [password] },
  'a registry with a port and a path': { content: `//registry.example:8443/api/npm/npm-virtual/:_authToken=${token}\n`, secrets: [token] },
  'userinfo in a registry': { content: `registry=https://nick:${password}@registry.example/npm/\n`, secrets: [password] },
  'a lone user in a registry, which is a token': { content: `registry=https://${mark}lone@registry.example/npm/\n`, secrets: [`${mark}lone`] },
  'a lone user with an empty password': { content: `@corp:registry="https://${mark}lone:@registry.example/?a=b"\n`, secrets: [`${mark}lone`] },
  'userinfo in a credential\'s key': { content: `//nick:k-${password}@registry.example/:_authToken=${token}\n`, secrets: [token] },
  'userinfo in a scope\'s registry': { content: `@corp:registry=https://nick:${password}@registry.example/\n`, secrets: [password] },
  'an inline key': { content: `cert="x"\nkey="${pem}"\n`, secrets: [b64('key-' + mark)], spell: value => JSON.stringify(value).slice(1, -1) },
  // npm trims the key's last line end away: it is neither moved nor given back.
  'an inline key that ends with \\n': { content: `key="${pem}\\n"\n`, secrets: [b64('key-' + mark)], exact: false },
  'a token of 3 KB': { content: `//registry.example/:_authToken=${token}${'x'.repeat(3000)}\n`, secrets: [token] },
  'CRLF line ends': { content: `; a comment\r\n//registry.example/:_authToken=${token}\r\nfund=false\r\n`, secrets: [token] },
  'a lone CR as line end': { content: `fund=false\r//registry.example/:_authToken=${token}\r`, secrets: [token] },
  'no final line end': { content: `fund=false\n//registry.example/:_authToken=${token}`, secrets: [token] },
  'a byte-order mark': { content: `\ufeff//registry.example/:_authToken=${token}\nfund=false\n`, secrets: [token] },
  'a mark before something else': { content: `\ufefffund=false\n//registry.example/:_authToken=${token}\n`, secrets: [token] },
  'duplicate keys': { content: `//registry.example/:_authToken=${token}\n//registry.example/:_authToken=${token}-2\n`, secrets: [token, `${token}-2`], count: 2 },
  'the same line twice': { content: `//registry.example/:_authToken=${token}\n//registry.example/:_authToken=${token}\n`, secrets: [token], count: 2 },
  'a comment behind the value': { content: `//registry.example/:_authToken=${token} ; of last year\n`, secrets: [token] },
  'a comment without a blank': { content: `//registry.example/:_authToken=${token};old\n`, secrets: [token] },
  'double quotes': { content: `//registry.example/:_authToken="${token}"\n`, secrets: [token] },
  'single quotes': { content: `//registry.example/:_authToken='${token}'\n`, secrets: [token] },
  'a quoted value with ; and #': { content: `//registry.example/:_authToken="${token};#x"\n`, secrets: [token] },
  'a quoted key': { content: `"//registry.example/:_authToken"="${token}"\n`, secrets: [token] },
  'blanks and tabs around =': { content: `  \t//registry.example/:_authToken \t =  ${token}\t \n`, secrets: [token] },
  'an escaped ; and backslash': { content: `//registry.example/:_authToken=${token}\\;a\\\\b\n`, secrets: [token], exact: false },
  'quotes that hold no JSON': { content: `//registry.example/:_authToken="${token}\\q;a#b\\"\n`, secrets: [token] },
  'a reference that is escaped': { content: `//registry.example/:_authToken=${token}\\\${HOME}\\\${ND_NONE}\n`, secrets: [token], spell: value => value.replaceAll('${', '\\${') },
  'a backslash before a comment': { content: `//registry.example/:_authToken=${token}\\\\;old\n`, secrets: [token], spell: value => value + '\\' },
  'a blank at a part\'s edge': { content: `proxy=http://nick: ${password}@proxy.example:8080/\n`, secrets: [password] },
  'a value that looks like a variable of the shell': { content: `//registry.example/:_authToken=$HOME-${token}-$X{}\n`, secrets: [token] },
  'other lines with references': { content: `init-author-name=\${NAME}\n//registry.example/:_authToken=${token}\nemail=\${U-none}\n`, secrets: [token] },
  'a section below': { content: `//registry.example/:_authToken=${token}\n[other]\nx=y\n`, secrets: [token] },
  'several registries and kinds': {
    content: `registry=https://registry.example/\n//registry.example/:_authToken=${token}\n//b.example/:_auth=${b64('nick:' + password)}\n//b.example/npm/:_authToken=${token}-b\nproxy=${proxyOf(password)}\n@c:registry=https://u:${password}-c@c.example/\n`,
    secrets: [token, password],
    count: 5
  },
  'a project and a user file': { content: `//registry.example/:_authToken=${token}\n`, project: `//registry.example/:_authToken=${token}-p\nproxy=${proxyOf(password)}\n`, secrets: [token, password] }
}

for (const [name, spelling] of Object.entries({
  '@': 'p@CANARY', ':': 'p:CANARY', $: 'p$CANARY$$', '!': 'P4$$w0rd!CANARY', '%23': 'p%23CANARY%40%3A', 'a quoted ;': ['"', 'p;CANARY#x'], 'a lone %7B': 'p%7BCANARY%7D', 'a non-ASCII letter': 'päCANARYß', '+ and &': 'p+CANARY&='
})) {
  const [quote, text] = Array.isArray(spelling) ? spelling : ['', spelling]
  // A # or ? would end the host's part: such a password is written percent-encoded.
  const value = text.replaceAll('#', '')
  cases[`a proxy's password with ${name}`] = { content: `https-proxy = ${quote}${proxyOf(value)}${quote}\nproxy=${quote}${proxyOf(value)}${quote} ; here too\n`, count: 2, secrets: [value] }
  if (quote) cases[`a proxy's password with ${name}`].content = `proxy=${quote}${proxyOf(value)}${quote}\n`
  if (quote) cases[`a proxy's password with ${name}`].count = 1
}

test('there and back', async t => {
  const keyring = await keyringSession({ t })
  for (const [name, options] of Object.entries(cases)) {
    await t.test(name, t => roundTrip(t, { keyring, ...options }))
  }

  await t.test('nothing to do: no keyring is needed, the file stays as it is, mode and all', async t => {
    const box = sandbox(t)
    box.write('home/.npmrc', '//registry.example/:_authToken=${NPM_TOKEN}\nfund=false\n', 0o644)
    const before = snapshot(box.dir)
    for (const args of [['fix', '--keyring', '--yes'], ['fix', '--keyring', '--dry-run'], ['restore'], ['restore', '--purge']]) {
      const result = await box.doctor(args, { env: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${box.dir}/none` } })
      assert.deepEqual([result.status, result.stdout], [0, ''], `${args}: ${result.stderr}`)
    }
    assert.deepEqual(snapshot(box.dir), before)
  })

  await t.test('a file in a dotfiles repository, by a link: it stays one', async t => {
    const box = sandbox(t, { env: keyring.env })
    const content = `//registry.example/:_authToken=${token}\n`
    const file = box.write('home/dotfiles/npmrc', content, 0o644)
    fs.symlinkSync('dotfiles/npmrc', box.at('home/.npmrc'))
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    assert.equal(fs.readlinkSync(box.at('home/.npmrc')), 'dotfiles/npmrc')
    assert.match(fs.readFileSync(file, 'utf8'), /^\/\/registry\.example\/:_authToken=\$\{NPMRC_SECRET_\w+\}\n$/)
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(fs.readdirSync(box.at('home/dotfiles')), ['npmrc'])
    assert.equal((await npmView(box, true))['//registry.example/:_authToken'], token)
    assert.equal((await box.doctor(['restore'])).status, 0)
    assert.equal(fs.readFileSync(file, 'utf8'), content)
    assert.ok(fs.lstatSync(box.at('home/.npmrc')).isSymbolicLink())
    // Without --purge the keyring keeps it, and a second fix is the same again.
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    assert.equal((await box.doctor(['restore', '--purge'])).status, 0)
    assert.equal(fs.readFileSync(file, 'utf8'), content)
  })

  await t.test('a file of another owner: it stays theirs, and whose keyring gets the secret is said', async t => {
    if (process.getuid() !== 0) return t.skip('needs root')
    const box = sandbox(t, { env: keyring.env })
    const content = `//registry.example/:_authToken=${token}\n`
    const file = box.write('home/.npmrc', content, 0o644)
    fs.chownSync(file, 65534, 65534)
    const fixed = await box.doctor(['fix', '--keyring', '--yes'])
    assert.equal(fixed.status, 0, fixed.stderr)
    assert.match(fixed.stdout, /^owner: .*\/home\/\.npmrc is user 65534's; the secrets go into the keyring of this session, and nobody else's npm will find them$/m)
    assert.match(box.read('home/.npmrc'), references)
    const owned = () => { const { uid, gid, mode } = fs.statSync(file); return [uid, gid, mode & 0o777] }
    assert.deepEqual(owned(), [65534, 65534, 0o600])
    assert.equal((await box.doctor(['restore', '--purge'])).status, 0)
    assert.equal(box.read('home/.npmrc'), content)
    assert.deepEqual(owned(), [65534, 65534, 0o600])
  })

  await t.test('two users of one keyring do not collide', async t => {
    const boxes = ['a', 'b'].map(name => {
      const box = sandbox(t, { env: keyring.env })
      box.content = `//registry.example/:_authToken=${token}-${name}\nproxy=${proxyOf(`${password}-${name}`)}\n`
      box.write('home/.npmrc', box.content)
      return box
    })
    for (const box of boxes) assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    assert.equal(boxes[0].read('home/.npmrc'), boxes[1].read('home/.npmrc'))
    for (const [i, name] of ['a', 'b'].entries()) assert.equal((await npmView(boxes[i], true))['//registry.example/:_authToken'], `${token}-${name}`)
    assert.equal((await boxes[0].doctor(['restore', '--purge'])).status, 0)
    assert.equal(boxes[0].read('home/.npmrc'), boxes[0].content)
    assert.equal((await npmView(boxes[1], true)).proxy, proxyOf(`${password}-b`))
    assert.equal((await boxes[1].doctor(['restore', '--purge'])).status, 0)
    assert.equal(boxes[1].read('home/.npmrc'), boxes[1].content)
  })

  await t.test('one file under two names is fixed once', async t => {
    const box = sandbox(t, { env: keyring.env })
    box.write('home/.npmrc', `//registry.example/:_authToken=${token}\n`)
    fs.symlinkSync('../home/.npmrc', box.at('project/.npmrc'))
    const fixed = await box.doctor(['fix', '--keyring', '--yes'])
    assert.equal(fixed.status, 0, fixed.stderr + fixed.stdout)
    assert.match(box.read('home/.npmrc'), /^\/\/registry\.example\/:_authToken=\$\{NPMRC_SECRET_\w+\}\n$/)
    assert.equal((await npmView(box, true))['//registry.example/:_authToken'], token)
    assert.equal((await box.doctor(['restore', '--purge'])).status, 0)
    assert.equal(box.read('home/.npmrc'), `//registry.example/:_authToken=${token}\n`)
  })

  await t.test('restore FILE', async t => {
    const box = sandbox(t, { env: keyring.env })
    const content = `//registry.example/:_authToken=${token}\n`
    const file = box.write('home/.npmrc', content)
    box.write('project/.npmrc', content)
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    const project = box.read('project/.npmrc')
    assert.equal((await box.doctor(['restore', file, '--purge'], { cwd: box.dir })).status, 0)
    assert.equal(box.read('home/.npmrc'), content)
    assert.equal(box.read('project/.npmrc'), project)
    assert.equal((await box.doctor(['restore', 'project/.npmrc'], { cwd: box.dir })).status, 0)
    assert.equal(box.read('project/.npmrc'), content)
  })

  await t.test('a changed token: the new one replaces the old one in the keyring', async t => {
    const box = sandbox(t, { env: keyring.env })
    const file = box.write('home/.npmrc', `//registry.example/:_authToken=${token}\n`)
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    const reference = box.read('home/.npmrc')
    box.write('home/.npmrc', `//registry.example/:_authToken=${token}-new\n`)
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    assert.equal(box.read('home/.npmrc'), reference, 'the variable is stable from run to run')
    assert.equal((await npmView(box, true))['//registry.example/:_authToken'], `${token}-new`)
    const items = JSON.parse((await box.doctor(['secrets', '--json'])).stdout).secrets.filter(s => s.file === file)
    assert.equal(items.length, 1)
  })

  await t.test('a reference that is commented out keeps its secret', async t => {
    const box = sandbox(t, { env: keyring.env })
    const file = box.write('home/.npmrc', `//registry.example/:_authToken=${token}\n`)
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    const old = box.read('home/.npmrc')
    box.write('home/.npmrc', `; ${old}//registry.example/:_authToken=${token}-new\n`)
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    assert.equal((await npmView(box, true))['//registry.example/:_authToken'], `${token}-new`)
    const items = JSON.parse((await box.doctor(['secrets', '--json'])).stdout).secrets.filter(s => s.file === file)
    assert.equal(items.length, 2)
    box.write('home/.npmrc', old)
    assert.equal((await npmView(box, true))['//registry.example/:_authToken'], token)
  })

  await t.test('what secret-tool and Seahorse see', async t => {
    const box = sandbox(t, { env: keyring.env })
    const file = box.write('home/.npmrc', `//registry.example/npm/:_authToken=${token}\n`)
    assert.equal((await box.doctor(['fix', '--keyring', '--yes'])).status, 0)
    const [, variable] = box.read('home/.npmrc').match(/\$\{(\w+)\}/)
    const attributes = { file, location: '//registry.example/npm/', key: '_authToken', variable }
    assert.equal(await keyring.lookup(attributes), token)
    const found = await keyring.run('secret-tool', ['search', '--all', 'variable', variable, 'file', file])
    assert.match(found.stdout + found.stderr, /schema = io\.github\.npmrc_doctor\.Credential/)
    assert.match(found.stdout, /label = .*registry\.example/)
    assert.ok(!found.stderr.includes(mark))
  })
})

test('fix without --keyring', async t => {
  await t.test('an automatic fix, and what is left to do', async t => {
    const box = sandbox(t)
    const content = `proxy=proxy.example:8080 ; the old one\n//registry.example/:_authToken=${token}\nstrict-ssl=false\n`
    const file = box.write('home/.npmrc', content, 0o640)
    const dry = await box.doctor(['fix', 'proxy-no-scheme', '--offline', '--dry-run'])
    assert.equal(dry.status, 1)
    assert.match(dry.stdout, /^-proxy=proxy\.example:8080 ; the old one$/m)
    assert.match(dry.stdout, /^\+proxy=http:\/\/proxy\.example:8080 ; the old one$/m)
    assertNoSecret(dry, [token])
    const fixed = await box.doctor(['fix', 'proxy-no-scheme', '--offline', '--yes'])
    assert.equal(fixed.status, 0, fixed.stderr)
    assert.equal(fs.readFileSync(file, 'utf8'), content.replace('=proxy', '=http://proxy'))
    assert.equal(fs.statSync(file).mode & 0o777, 0o640, 'only fixes of credentials tighten the mode')
    const left = await box.doctor(['fix', 'strict-ssl-disabled', '--offline', '--yes'])
    assert.equal(left.status, 1)
    assert.match(left.stderr, /left to do by hand: strict-ssl-disabled/)
    const mode = await box.doctor(['fix', 'credentials-loose-permissions', '--offline', '--yes'])
    assert.equal(mode.status, 0, mode.stderr)
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.equal(fs.readFileSync(file, 'utf8'), content.replace('=proxy', '=http://proxy'))
  })
  await t.test('a comment behind what is escaped stays one, and a mere note is nothing to do', async t => {
    const box = sandbox(t)
    const file = box.write('home/.npmrc', `//registry.example/:_authToken=${token}#def ; ours\nregistry=https://registry.example/;\n`)
    const fixed = await box.doctor(['fix', '--offline', '--yes'])
    assert.equal(fixed.status, 0, fixed.stderr)
    assertNoSecret(fixed, [token])
    assert.equal(fs.readFileSync(file, 'utf8'), `//registry.example/:_authToken=${token}\\#def ; ours\nregistry=https://registry.example/;\n`)
    assert.doesNotMatch(fixed.stderr, /value-cut-by-comment/)
    assert.match((await box.doctor(['fix', '--offline', '--yes', '-v'])).stderr, /left to do by hand: value-cut-by-comment/)
    assert.equal((await box.doctor(['fix', '--offline', '--yes', '--fail-on', 'info'])).status, 1)
  })
  await t.test('a comment behind quotes does not become a part of the value', async t => {
    const box = sandbox(t)
    const file = box.write('home/.npmrc', `//registry.example/:_authToken="${token}"#mine\n//b.example/:_authToken="${token}"#my own\n//c.example/:_authToken="${token}" # ours\n`)
    const fixed = await box.doctor(['fix', '--offline', '--yes'])
    assert.equal(fixed.status, 0, fixed.stderr)
    assert.equal(fs.readFileSync(file, 'utf8'), `//registry.example/:_authToken=${token} #mine\n//b.example/:_authToken=${token} #my own\n//c.example/:_authToken=${token} # ours\n`)
    assert.equal((await npmView(box, true))['//b.example/:_authToken'], token)
  })
  await t.test('the plan on a terminal', async t => {
    const box = sandbox(t)
    const file = box.write('home/.npmrc', `//registry.example/:_authToken=${token}\n; größe\nproxy=proxy.example:8080\nstrict-ssl=false\n`)
    const shown = async (env, ...args) => {
      const { status, text } = await terminal(doctor, ['fix', '--dry-run', '--offline', ...args], { t, env: { ...box.env, TERM: 'xterm', ...env }, cwd: box.project, columns: 200 }).end()
      assert.equal(status, 1)
      assertNoSecret({ stdout: text, stderr: '' }, [token])
      return text.replaceAll('\r\n', '\n')
    }
    const colour = await shown({})
    assert.match(colour, /^\x1b\[1m--- .*\x1b\[0m\n\x1b\[1m\+\+\+ .*\x1b\[0m\n\x1b\[1;36m@@ -1,4 \+1,4 @@\x1b\[0m\n/)
    assert.ok(colour.includes('\n\x1b[1;31m-proxy=proxy.example:8080\x1b[0m\n\x1b[32m+proxy=http://proxy.example:8080\x1b[0m\n strict-ssl=false\n'))
    assert.ok(colour.includes(`\nleft to do by hand: strict-ssl-disabled: TLS verification is off: anyone on the path can serve packages (${file}:4)\n`))
    const plain = await shown({}, '--color', 'never')
    assert.equal(plain, colour.replace(/\x1b\[[0-9;]*m/g, ''))
    assert.match(plain, /_authToken=•{8}\n ; größe\n/)
    const ascii = await shown({ LC_ALL: 'C' }, '--color', 'never')
    assert.match(ascii, /^[\x00-\x7f]*$/)
    assert.match(ascii, /_authToken=\*{8}\n ; gr\?\?e\n/)
    // Elsewhere it may be taken for a patch.
    assert.match((await box.doctor(['fix', '--dry-run', '--offline'], { env: { LC_ALL: 'C' } })).stdout, /; größe\n/)
  })
  await t.test('the plan is a patch that git takes', async t => {
    const box = sandbox(t)
    const lines = Array.from({ length: 20 }, (_, i) => `; line ${i}`)
    lines[10] = 'proxy=proxy.example:8080'
    box.write('home/.npmrc', lines.join('\n') + '\n')
    const dry = await box.doctor(['fix', 'proxy-no-scheme', '--offline', '--dry-run'])
    assert.match(dry.stdout, /^--- .*\n\+\+\+ .*\n@@ -8,7 \+8,7 @@\n/)
    box.write('project/x.npmrc', lines.join('\n') + '\n')
    const patched = await run('git', ['apply', '-p0', '-'], { input: dry.stdout.replaceAll(box.at('home/.npmrc'), 'x.npmrc'), cwd: box.project, env: box.env })
    assert.equal(patched.status, 0, patched.stderr)
    assert.equal(box.read('project/x.npmrc'), lines.join('\n').replace('proxy=', 'proxy=http://') + '\n')
  })
})

test('without --keyring a written-out credential stays, and that is said', async t => {
  const box = sandbox(t)
  const text = '//registry.example/:_authToken=npm_CANARY\n'
  box.write('home/.npmrc', text)
  const result = await box.doctor(['fix', '--offline', '--yes'])
  assert.equal(result.status, 0)
  assert.match(result.stderr, /1 credential is written out: `npmrc-doctor fix --keyring`/)
  assert.equal(box.read('home/.npmrc'), text)
  const quiet = await box.doctor(['fix', '--offline', '--yes', '--quiet'])
  assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [0, '', ''])
})
