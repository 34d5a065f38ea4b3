// The report as it stands on terminals of several widths, with and without colour and UTF-8: tests/e2e/screens.
// ND_UPDATE_SCREENS=1 stores what is shown today.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { doctor, root, sandbox } from '../lib/sandbox.mjs'
import { freePort } from '../lib/peers.mjs'
import { terminal } from '../lib/terminal.mjs'

const dir = path.join(root, 'tests/e2e/screens')

// A long line with the culprit in its midst, wide and combining characters, a tab, an escape sequence, bytes
// that are no UTF-8; and a registry where nobody listens.
async function sick (t) {
  const box = sandbox(t, { npm: null })
  const port = await freePort()
  const long = `; ${'x'.repeat(60)}`
  box.write('home/.npmrc', Buffer.concat([Buffer.from([
    `registry=http://127.0.0.1:${port}/`,
    'strict-ssl = false',
    '//h.example/:_authToken=tok-CANARY',
    `//registry.example/${'deep/'.repeat(20)}:_authToken=${'CANARY'.repeat(20)}${long}`,
    `cafile = "${'/very/long/way'.repeat(9)}/ca.pem"`,
    '日本語のキー = 値\t\x1b[31mred # größe e\u0301 \u202eabc',
    ''].join('\n')), Buffer.from([0x66, 0x3d, 0xff, 0xfe, 0x0a])]))
  return { box, port }
}

// What would be another text on every run or machine.
function steady (text, { box, port }) {
  return text.replaceAll(box.dir, '/BOX').replaceAll(String(port), 'PORT').replace(/\d+(\.\d)? ms/g, 'N ms').replaceAll('\r\n', '\n').replace(/\d+(\s+rules)/g, 'N$1')
}

// The text without colours; lines as the terminal shows them, after what was wiped again.
const plain = text => text.replace(/\x1b\[[0-9;]*m/g, '').split('\n').map(line => line.split('\r\x1b[K').at(-1)).join('\n')

const isWide = c => /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uff00-\uff60]/.test(c)
const columnsOf = line => [...line].reduce((n, c) => n + (isWide(c) ? 2 : 1), 0)

const cases = []
for (const columns of [40, 80, 200]) {
  for (const utf8 of [true, false]) {
    for (const colour of [true, false]) cases.push({ columns, utf8, colour, name: `check-${columns}-${utf8 ? 'utf8' : 'ascii'}-${colour ? 'colour' : 'plain'}.txt` })
  }
}

test('the report on a terminal', async t => {
  const sickness = await sick(t)
  const { box } = sickness
  const texts = {}
  for (const { columns, utf8, colour, name } of cases) {
    await t.test(name, async t => {
      const env = { ...box.env, TERM: 'xterm', LC_ALL: utf8 ? 'C.UTF-8' : 'C' }
      const args = ['check', '--npm-version', '11', ...colour ? [] : ['--color', 'never']]
      const { status, text } = await terminal(doctor, args, { t, env, cwd: box.project, columns }).end()
      assert.equal(status, 1)
      const shown = steady(text, sickness)
      const lines = plain(shown).split('\n')
      texts[name] = lines.join('\n')
      // Nothing of the file reaches the terminal but as text.
      assert.doesNotMatch(shown.replace(/\x1b\[[0-9;]*m|\r\x1b\[K/g, ''), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
      assert.ok(!shown.includes('CANARY'))
      if (!utf8) assert.match(shown, /^[\x00-\x7f]*$/)
      if (!colour) assert.ok(!/\x1b\[[0-9;]*m/.test(shown))
      // A line is longer only where one of its words is: a path, a URL, a command.
      for (const line of lines.filter(line => / \| /.test(line))) assert.ok(columnsOf(line) <= columns, line)
      for (const line of lines) if (columnsOf(line) > columns) assert.ok(line.trim().split(' ').some(word => word.length > columns - 24), line)
      const file = path.join(dir, name)
      const stored = shown.replaceAll('\x1b', '␛').replaceAll('\r', '␍')
      // Progress comes and goes with time.
      const still = stored.replace(/(␍␛\[K(probing: \d+ of \d+)?)+/g, '')
      if (process.env.ND_UPDATE_SCREENS) fs.writeFileSync(file, still)
      assert.equal(still, fs.readFileSync(file, 'utf8'))
    })
  }
  await t.test('colour says nothing that the text does not', () => {
    for (const { name } of cases.filter(c => c.colour)) assert.equal(texts[name], texts[name.replace('colour', 'plain')], name)
  })
  await t.test('the caret stands below what it points at', () => {
    for (const { name } of cases) {
      const lines = texts[name].split('\n')
      const at = lines.findIndex(line => /\| strict-ssl = false/.test(line))
      assert.equal(lines[at + 1].indexOf('^'), lines[at].indexOf('false'), name)
      assert.equal(lines[at + 1].lastIndexOf('^') + 1, lines[at].indexOf('false') + 5, name)
    }
  })
  await t.test('without a terminal every run is the same, and nothing is cut', async () => {
    const outputs = []
    for (let i = 0; i < 3; i++) {
      const result = await box.doctor(['check', '--npm-version', '11'])
      assert.equal(result.stderr, '')
      outputs.push(steady(result.stdout, sickness))
    }
    assert.equal(outputs[1], outputs[0])
    assert.equal(outputs[2], outputs[0])
    assert.doesNotMatch(outputs[0], /\x1b|…/)
  })
})
