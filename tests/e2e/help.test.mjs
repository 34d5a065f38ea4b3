// Help for people: of every command, in lines that fit, with examples that the program itself would take.
import assert from 'node:assert/strict'
import test from 'node:test'
import { doctor, sandbox } from '../lib/sandbox.mjs'
import { terminal } from '../lib/terminal.mjs'

async function commandsOf (box) {
  const { stdout } = await box.doctor(['--help'])
  return [...stdout.match(/Commands:\n([^]*?)\n\n/)[1].matchAll(/^ {2}([a-z-]+) /gm)].map(match => match[1])
}

const longest = text => Math.max(...text.split(/\r?\n/).map(line => line.length))

test('help fits 80 columns, or the terminal', async t => {
  const box = sandbox(t, { npm: null })
  const commands = await commandsOf(box)
  assert.ok(commands.length > 10)
  for (const args of [['--help'], ...commands.map(command => [command, '--help'])]) {
    const { stdout } = await box.doctor(args)
    assert.ok(longest(stdout.replace(/^ {2}(eval|npmrc-doctor) .*$/gm, '')) <= 80, args.join(' '))
    const pty = terminal(doctor, args, { t, env: box.env, cwd: box.project, columns: 50 })
    const { status, text } = await pty.end()
    assert.equal(status, 0)
    // Examples are for copying: they stand on one line.
    const folded = text.replaceAll('\r', '').replace(/^ {2}(eval|npmrc-doctor) .*$/gm, '')
    assert.ok(longest(folded) <= 50, args.join(' ') + folded)
  }
})

test('help is grouped, with exit statuses and examples that exist', async t => {
  const box = sandbox(t, { npm: null })
  const commands = await commandsOf(box)
  for (const command of commands) {
    const { stdout } = await box.doctor([command, '--help'])
    assert.match(stdout, /\nIn every command:\n {2}--color WHEN /)
    assert.match(stdout, /\nExit status:\n {2}0 .*\n(.*\n)* {2}2 {3}wrong usage\n {2}3 /)
    for (const [, line] of stdout.matchAll(/^ {2}.*?(npmrc-doctor [a-z].*)$/gm)) {
      const words = line.split(' -- ')[0].split(/[ ")]/)
      assert.equal(words[1], command, line)
      for (const option of words.filter(word => word.startsWith('--'))) assert.ok(stdout.includes(` ${option}`), `${command} has ${option}`)
    }
  }
})

test('explain: the list fits the terminal, every rule has an example of bad and good', async t => {
  const box = sandbox(t, { npm: null })
  const rules = [...(await box.doctor(['explain'])).stdout.matchAll(/^ {2}([a-z-]+) +(?:error|warning|info) +\S/gm)].map(match => match[1])
  assert.ok(rules.length > 80)
  for (const columns of [60, 100]) {
    const { text } = await terminal(doctor, ['explain', '--color', 'never'], { t, env: box.env, cwd: box.project, columns, rows: 50 }).end()
    assert.ok(longest(text) <= columns, String(columns))
  }
  for (const rule of rules) assert.match((await box.doctor(['explain', rule])).stdout, /\n\nWrong\n {2}\S[^]*\n\nRight\n {2}\S/, rule)
})
