// The shell functions, in real shells.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { keyringSession } from '../lib/keyring.mjs'
import { doctor, sandbox } from '../lib/sandbox.mjs'

const shells = {
  bash: { args: ['--norc', '--noprofile', '-c'], load: `eval "$(${doctor} hook bash)"`, status: '$?' },
  zsh: { args: ['-f', '-c'], load: `eval "$(${doctor} hook zsh)"`, status: '$?' },
  fish: { args: ['--no-config', '-c'], load: `${doctor} hook fish | source`, status: '$status' }
}

function fakeClient (box, name, script) {
  box.write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755)
}

for (const [shell, { args, load, status }] of Object.entries(shells)) {
  test(`${shell}: clients on PATH run through exec, with arguments and status as they are`, async t => {
    const box = sandbox(t, { npm: null, env: { NPM_TOKEN: 'tok-CANARY' } })
    box.env.PATH = `${box.at('bin')}:/usr/bin:/bin`
    fakeClient(box, 'yarn', 'for a; do echo "<$a>"; done; cat; tr "\\0" "\\n" </proc/$$/environ | grep -c ^NPM_TOKEN=; exit 9')
    const script = `${load}\nyarn 'a b' '' '*' '$x'\necho status ${status}`
    const result = await box.run(shell, [...args, script], { input: 'input\n' })
    assert.equal(result.stderr, '')
    assert.equal(result.stdout, '<a b>\n<>\n<*>\n<$x>\ninput\n1\nstatus 9\n')
    const printed = await box.doctor(['hook', shell])
    assert.match(printed.stdout, /function yarn/)
    assert.doesNotMatch(printed.stdout, /function bunx/)
  })

  test(`${shell}: a newly written token is moved at once, an old one is not touched`, async t => {
    const keyring = await keyringSession({ t })
    const box = sandbox(t, { npm: 11, env: keyring.env })
    const set = `npm config set //registry.example/:_authToken=tok-CANARY --location=user\necho status ${status}`
    const first = await box.run(shell, [...args, `${load}\n${set}`])
    assert.match(first.stdout, /^status 0$/m, first.stderr)
    assert.match(first.stderr, /is in the keyring/)
    assert.match(box.read('home/.npmrc'), /^\/\/registry\.example\/:_authToken=\$\{NPMRC_SECRET_\w+\}$/m)
    assert.ok(!(first.stdout + first.stderr).includes('CANARY'))

    box.write('home/.npmrc', '//old.example/:_authToken=old-CANARY\n')
    const second = await box.run(shell, [...args, `${load}\nnpm config set fund=false --location=user`])
    assert.equal(second.status, 0, second.stderr)
    assert.match(box.read('home/.npmrc'), /old-CANARY/)
    assert.match(box.read('home/.npmrc'), /^fund=false$/m)
  })
}

test('what is printed holds no secret, and other shells are refused', async t => {
  const box = sandbox(t)
  fs.writeFileSync(box.at('home/.npmrc'), '//registry.example/:_authToken=tok-CANARY\n')
  assert.ok(!(await box.doctor(['hook', 'bash'])).stdout.includes('CANARY'))
  for (const operands of [[], ['ksh'], ['bash', 'zsh']]) assert.equal((await box.doctor(['hook', ...operands])).status, 2)
})
