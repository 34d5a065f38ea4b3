// Tab in the real shells: every command, every option, every value and every rule of the tables.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { doctor, must, root, sandbox } from '../lib/sandbox.mjs'
import { installScripts, interactive, shells } from '../lib/shells.mjs'

const words = path.join(path.dirname(doctor), 'gen/words')

async function tables () {
  const rows = (await must(words, ['table'])).stdout.trimEnd().split('\n').map(line => line.split('\t'))
  const of = kind => rows.filter(row => row[0] === kind).map(row => row.slice(1))
  return {
    commands: of('command').map(([name, operands]) => ({ name, operands })),
    options: of('option').map(([name, letter, argument, choices, commands]) =>
      ({ name: `--${name}`, letter, argument, choices: choices.split(' ').filter(Boolean), commands: commands.trim().split(' ') })),
    rules: of('rule').map(([slug]) => slug)
  }
}

// The shortest beginning that only this one of the names has.
function beginning (name, names, least) {
  for (let n = least; n < name.length; n++) {
    if (names.filter(other => other.startsWith(name.slice(0, n))).length === 1) return name.slice(0, n)
  }
  return name
}

// A home with the scripts, a project with files, and an npmrc-doctor that tells on whoever runs it.
async function place (t) {
  const box = sandbox(t, { npm: null })
  const share = await installScripts({ ...box, env: { PATH: '/usr/local/bin:/usr/bin:/bin' } })
  box.write('bin/npmrc-doctor', '#!/bin/sh\necho run >>"$HOME/was-run"\n', 0o755)
  box.write('bin/ndwrappedtool', '#!/bin/sh\n', 0o755)
  box.write('home/.npmrc', '//h.example/:_authToken=tok-CANARY\n')
  box.write('project/some file.npmrc', '')
  box.write('project/dirt.txt', '')
  fs.mkdirSync(box.at('project/dir one'))
  box.env.PATH = `${box.at('bin')}:/usr/bin:/bin`
  return { box, share, ran: () => fs.existsSync(box.at('home/was-run')) }
}

async function pressNames (press, { commands, options, rules }) {
  const names = [...commands.map(command => command.name), 'help']
  for (const name of names) {
    assert.equal(await press(`npmrc-doctor ${beginning(name, names, 1)}`), `npmrc-doctor ${name} `)
  }
  for (const { name, operands } of commands) {
    assert.equal(await press(`npmrc-doctor help ${beginning(name, names, 1)}`), `npmrc-doctor help ${name} `)
    if (!/RULE/.test(operands)) continue
    for (const rule of rules) {
      assert.equal(await press(`npmrc-doctor ${name} ${beginning(rule, rules, 3)}`), `npmrc-doctor ${name} ${rule} `)
    }
  }
  for (const { name, operands } of commands.filter(command => command.operands.includes('|'))) {
    const choices = operands.split('|')
    for (const choice of choices) {
      assert.equal(await press(`npmrc-doctor ${name} ${beginning(choice, choices, 1)}`), `npmrc-doctor ${name} ${choice} `)
    }
  }
  assert.equal(options.length > 20 && commands.length > 10 && rules.length > 80, true)
}

async function pressOptions (press, { commands, options }) {
  for (const { name: command } of commands) {
    const own = options.filter(option => option.commands.includes(command)).map(option => option.name)
    for (const { name } of options) {
      if (own.includes(name)) {
        const line = await press(`npmrc-doctor ${command} ${beginning(name, own, 3)}`)
        assert.equal(line.replace(/[ =]$/, ''), `npmrc-doctor ${command} ${name}`)
      } else {
        const line = await press(`npmrc-doctor ${command} ${name.slice(0, -1)}`)
        assert.ok(!line.startsWith(`npmrc-doctor ${command} ${name}`), `${command} has no ${name}: ${line}`)
      }
    }
  }
}

async function pressValues (press, { options, rules }) {
  for (const { name, letter, argument, choices, commands: [command] } of options) {
    const values = argument === 'RULE' ? rules : choices
    for (const value of values) {
      for (const before of [`${name} `, `${name}=`]) {
        const line = await press(`npmrc-doctor ${command} ${before}${beginning(value, values, 1)}`)
        assert.equal(line.trimEnd(), `npmrc-doctor ${command} ${before}${value}`)
      }
    }
    if (letter !== '-' && values.length) {
      assert.equal((await press(`npmrc-doctor ${command} -${letter} ${values[0]}`)).trimEnd(), `npmrc-doctor ${command} -${letter} ${values[0]}`)
    }
  }
}

async function pressFiles (press, { commands, options }) {
  const file = 'some\\ file.npmrc '
  for (const { name } of commands.filter(command => command.operands.includes('FILE'))) {
    assert.equal(await press(`npmrc-doctor ${name} so`), `npmrc-doctor ${name} ${file}`)
  }
  for (const { name, letter, argument, commands: [command] } of options) {
    if (argument === 'DIR') {
      assert.equal(await press(`npmrc-doctor ${command} ${name} di`), `npmrc-doctor ${command} ${name} dir\\ one/`)
      assert.equal(await press(`npmrc-doctor ${command} ${name}=di`), `npmrc-doctor ${command} ${name}=dir\\ one/`)
    }
    if (argument !== 'FILE') continue
    assert.equal(await press(`npmrc-doctor ${command} ${name} so`), `npmrc-doctor ${command} ${name} ${file}`)
    assert.equal(await press(`npmrc-doctor ${command} ${name}=so`), `npmrc-doctor ${command} ${name}=${file}`)
    if (letter !== '-') assert.equal(await press(`npmrc-doctor ${command} -${letter} so`), `npmrc-doctor ${command} -${letter} ${file}`)
  }
}

async function pressCommand (press) {
  for (const before of ['exec --', 'exec', 'exec -v --', 'exec --deliver fifo --', 'exec --deliver=fifo', 'exec --color never']) {
    for (const [typed, whole] of [['ndwrap', 'ndwrappedtool'], ['git checko', 'git checkout'], ['git --exec-p', 'git --exec-path']]) {
      const line = await press(`npmrc-doctor ${before} ${typed}`)
      assert.equal(line.trimEnd().replace(/=$/, ''), `npmrc-doctor ${before} ${whole}`)
    }
  }
  // Behind COMMAND no option is ours.
  assert.equal((await press('npmrc-doctor exec -- ndwrappedtool --deliv')).trimEnd(), 'npmrc-doctor exec -- ndwrappedtool --deliv')
}

// Options of every command may stand in front of it.
async function pressBefore (press, { commands, options }) {
  const everywhere = options.filter(option => option.commands.length === commands.length)
  assert.ok(everywhere.length > 4 && everywhere.length < options.length)
  for (const { name, choices } of everywhere) {
    const line = await press(`npmrc-doctor ${beginning(name, everywhere.map(option => option.name), 3)}`)
    assert.equal(line.replace(/[ =]$/, ''), `npmrc-doctor ${name}`)
    for (const choice of choices) {
      for (const before of [`${name} `, `${name}=`]) {
        assert.equal((await press(`npmrc-doctor ${before}${beginning(choice, choices, 1)}`)).trimEnd(), `npmrc-doctor ${before}${choice}`)
      }
    }
  }
  assert.ok(!(await press('npmrc-doctor --offlin')).startsWith('npmrc-doctor --offline'))
  for (const before of ['-q', '--color never', '--color=never', '-q --color never -v']) {
    for (const [typed, whole] of [['sel', 'selfcheck'], ['check --offl', 'check --offline'], ['check --client bu', 'check --client bun'],
      ['explain section-ig', 'explain section-ignored'], ['help sel', 'help selfcheck'], ['exec -- ndwrap', 'exec -- ndwrappedtool'],
      ['exec --deliver fifo git checko', 'exec --deliver fifo git checkout']]) {
      assert.equal((await press(`npmrc-doctor ${before} ${typed}`)).trimEnd(), `npmrc-doctor ${before} ${whole}`)
    }
  }
}

for (const shell of shells) {
  test(`Tab in ${shell}`, async t => {
    const { box, share, ran } = await place(t)
    const table = await tables()
    const { press, close } = await interactive(t, box, shell, share)
    const parts = { commands: pressNames, options: pressOptions, values: pressValues, files: pressFiles, 'COMMAND of exec': pressCommand, 'in front of the command': pressBefore }
    for (const [name, part] of Object.entries(parts)) await t.test(name, () => part(press, table))
    await t.test("an npm's setting", async () => {
      assert.equal(await press('npmrc-doctor config strict-s'), 'npmrc-doctor config strict-ssl ')
    })
    await close()
    await t.test('npmrc-doctor itself is not run', () => assert.equal(ran(), false))
  })
}

test('Tab in bash without bash-completion', async t => {
  const { box, share } = await place(t)
  const table = await tables()
  const { press, close } = await interactive(t, box, 'bash', share, { library: false })
  await pressFiles(press, table)
  await pressCommand(press)
  await pressBefore(press, table)
  await pressValues(press, { ...table, rules: table.rules.slice(0, 3), options: table.options.filter(option => option.choices.length) })
  await close()
})

test('completion SHELL prints what make install installs', async t => {
  const box = sandbox(t, { npm: null })
  for (const shell of shells) {
    const result = await box.doctor(['completion', shell])
    assert.deepEqual([result.status, result.stderr], [0, ''])
    assert.equal(result.stdout, fs.readFileSync(path.join(root, 'completions', `npmrc-doctor.${shell}`), 'utf8'))
  }
  for (const args of [['completion'], ['completion', 'tcsh']]) {
    const result = await box.doctor(args)
    assert.deepEqual([result.status, result.stdout], [2, ''])
    assert.match(result.stderr, /bash, zsh or fish/)
  }
})
