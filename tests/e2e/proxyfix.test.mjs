// A proxy's URL that node reads otherwise than it is meant: npm fails or sends something else; what `fix`
// makes of it is the meant user and password on the wire, to the meant proxy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answering, httpAnswer } from '../lib/peers.mjs'
import { sandbox } from '../lib/sandbox.mjs'
import { assertNoSecret } from './support.mjs'

// name: user, password and how the value stands in the file, if not bare
const cases = {
  'a slash': ['nick', 'CANARY/x'],
  'a question mark': ['nick', 'CANARY?x'],
  'a backslash': ['nick', 'CANARY\\x'],
  'a percent sign': ['nick', '100%-CANARY'],
  'a percent sign at the end': ['nick', 'CANARY%'],
  'a number sign': ['nick', 'CANARY#x', text => text.replace('#', '\\#')],
  'a number sign in quotes': ['nick', 'CANARY#x', text => `"${text}"`],
  'a number sign in single quotes': ['nick', 'CANARY#x', text => `'${text}'`],
  'a semicolon beside a slash': ['nick', 'CANARY;/x', text => text.replace(';', '\\;')],
  'all of them, with @ : $ ! + and a blank': ['nick', 'C/A?N\\A%R@Y:$ !+CANARY'],
  'digits in front of a slash': ['nick', '8080/CANARY'],
  'a domain in front of the user': ['CORP\\nick', 'CANARY'],
  'a mail address for a user': ['nick@corp.example', 'CANARY/x']
}

const seen = []

async function proxyOf (t) {
  return answering(head => {
    seen.push(head)
    return httpAnswer(200, { headers: { 'Content-Type': 'application/json' }, body: '{}' })
  }, { t })
}

const credentials = head => Buffer.from(/^proxy-authorization: basic (.*)$/im.exec(head)?.[1] ?? '', 'base64').toString()

// All of them with one npm; the others parse alike.
const some = ['all of them, with @ : $ ! + and a blank', 'digits in front of a slash', 'a domain in front of the user']

for (const npm of [10, 11, 12]) {
  test(`npm ${npm}`, async t => {
    for (const [name, [user, password, quoted = text => text]] of Object.entries(cases)) {
      if (npm !== 11 && !some.includes(name)) continue
      await t.test(name, async t => {
        const proxy = await proxyOf(t)
        const box = sandbox(t, { npm })
        // Behind a closing quote npm takes a comment for a part of the value.
        const lines = value => `; mine\nproxy = ${value}${/["']$/.test(value) ? '' : ' ; ours'}\nregistry=http://registry.example/\nfetch-retries=0\n`
        const at = (u, p) => `http://${u}:${p}@127.0.0.1:${proxy.port}/`
        box.write('home/.npmrc', lines(quoted(at(user, password))))
        const ping = () => box.npm(['ping'])
        assert.notEqual((await ping()).status, 0, 'npm has no trouble with it')
        assert.deepEqual(seen.splice(0), [])
        const fixed = await box.doctor(['fix', 'proxy-url-invalid', 'proxy-password-encoding', '--offline', '--yes'])
        assert.equal(fixed.status, 0, fixed.stderr)
        assertNoSecret(fixed, [password])
        const escaped = text => text.replace(/[/?#\\%]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase())
        const bare = quoted('').length ? quoted(at(escaped(user), escaped(password))) : at(escaped(user), escaped(password)).replace(/;/g, '\\;')
        assert.equal(box.read('home/.npmrc'), lines(bare))
        const after = await ping()
        assert.match(after.stderr, /PONG/, after.stderr)
        assert.ok(seen.length > 0)
        for (const head of seen.splice(0)) assert.equal(credentials(head), `${user}:${password}`)
        const again = await box.doctor(['fix', 'proxy-url-invalid', 'proxy-password-encoding', '--offline', '--yes'])
        assert.deepEqual([again.status, again.stdout], [0, ''])
      })
    }
  })
}

// Where it cannot be known what is meant, the line stays as it is.
const uncertain = {
  'a part is encoded already': 'http://nick:CANARY%41/x@proxy.example:8080',
  'bytes that are no UTF-8': 'http://nick:CANARY%ff@proxy.example:8080',
  'a variable': 'http://nick:CANARY/${HOME}@proxy.example:8080',
  'a proxy with a path that has an @': 'http://proxy.example:8080/CANARY@b.example',
  'no host behind the @': 'http://nick:CANARY/x@proxy.example:8080/a/b',
  'no password': 'http://CANARY/nick@:8080'
}

test('what is not certain is left alone', async t => {
  for (const [name, value] of Object.entries(uncertain)) {
    await t.test(name, async t => {
      const box = sandbox(t, { npm: null })
      const text = `proxy=${value}\n`
      box.write('home/.npmrc', text)
      await box.doctor(['fix', 'proxy-url-invalid', 'proxy-password-encoding', '--offline', '--yes'])
      assert.equal(box.read('home/.npmrc'), text)
    })
  }
})

test('npm goes through the proxy whose scheme was put behind the quote', async t => {
  const proxy = await proxyOf(t)
  for (const npm of [8, 11, 12]) {
    const box = sandbox(t, { npm })
    box.write('home/.npmrc', `proxy="127.0.0.1:${proxy.port}"\nregistry=http://registry.example/\nfetch-retries=0\n`)
    assert.notEqual((await box.npm(['ping'])).status, 0)
    assert.deepEqual(seen.splice(0), [])
    assert.equal((await box.doctor(['fix', '--offline', '--yes', 'proxy-no-scheme'])).status, 0)
    const after = await box.npm(['ping'])
    assert.equal(after.status, 0, after.stderr)
    assert.ok(seen.splice(0).length)
  }
})

test('only what has no scheme gets one', async t => {
  const values = { 'proxy.example:8080': true, 'nick:CANARY@proxy.example:8080': true, '[::1]:8080': true, '10.0.0.1:8080/': true, 'http//proxy.example:8080': false, 'proxy.example:80x': false, 'http:proxy.example:8080': false }
  for (const [value, gets] of Object.entries(values)) {
    const box = sandbox(t, { npm: null })
    box.write('home/.npmrc', `proxy=${value}\n`)
    await box.doctor(['fix', 'proxy-no-scheme', '--offline', '--yes'])
    assert.equal(box.read('home/.npmrc'), `proxy=${gets ? 'http://' : ''}${value}\n`)
    // In quotes it goes behind the first, and blanks.
    for (const before of ['"', "'", '" ']) {
      const line = scheme => `proxy=${before}${scheme}${value}${before.trim()}\n`
      box.write('home/.npmrc', line(''))
      await box.doctor(['fix', 'proxy-no-scheme', '--offline', '--yes'])
      assert.equal(box.read('home/.npmrc'), line(gets ? 'http://' : ''))
    }
  }
})
