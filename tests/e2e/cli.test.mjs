// The command line as the manual describes it: statuses, streams, colour, formats, where output goes.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { doctor, run, sandbox, slow } from '../lib/sandbox.mjs'
import { keyringSession } from '../lib/keyring.mjs'
import { freePort } from '../lib/peers.mjs'
import { assertNoSecret, checkJson, shell, snapshot } from './support.mjs'

const commands = ['check', 'scan', 'fix', 'restore', 'exec', 'env', 'secrets', 'explain']

// A configuration with an error, a warning and, over loopback http, a note; nothing of it needs a socket.
function sick (t, options) {
  const box = sandbox(t, options)
  box.write('home/.npmrc', 'strict-ssl=false\nregistry=http://127.0.0.1:9/\n//127.0.0.1:9/:_authToken=${TOKEN}\n')
  return box
}

test('usage: status 2, the reason on standard error, nothing on standard output', async t => {
  const box = sandbox(t)
  const before = snapshot(box.dir)
  const cases = [
    [[], /usage: npmrc-doctor COMMAND/],
    [['nonsense'], /there is no command 'nonsense'/],
    [['help', 'nonsense'], /there is no command 'nonsense'; `npmrc-doctor --help` lists them/],
    [['chekc'], /there is no command 'chekc'; did you mean 'check'\?/],
    [['--help', 'chekc'], /there is no command 'chekc'; did you mean 'check'\?/],
    [['//registry.example/:_authToken=secret-CANARY'], /there is no command '\/\/registry.example\/:_authToken'/],
    [['token-helper=ab'], /there is no command 'token-helper'; did you mean 'token-helper'\?/],
    [['config', 'set', '//registry.example/:_authToken=secret-CANARY'], /config only shows settings; `npm config set` changes them/],
    [['config', 'set', '//registry.example/:_authToken', 'secret-CANARY'], /config only shows settings/],
    [['--offline', 'check'], /'--offline' stands behind the command's name\ntry `npmrc-doctor --help`/],
    [['--colour', 'never', 'check'], /'npmrc-doctor' has no option '--colour'; did you mean '--color'\?/],
    [['--color', 'maybe', 'check'], /--color is one of: auto always never/],
    [['-Z', 'check'], /'npmrc-doctor' has no option '-Z'/],
    [['check', '--ofline'], /'check' has no option '--ofline'; did you mean '--offline'\?/],
    [['check', '--c', 'x'], /'--c' is ambiguous: --cwd, --client, --color$/m],
    [['check', ''], /'check' got an empty argument/],
    [['scan', '.', ''], /'scan' got an empty argument/],
    [['check', '-o', ''], /--output got an empty FILE/],
    [['check', '--cwd='], /--cwd got an empty DIR/],
    [['check', '--nonsense'], /'check' has no option '--nonsense'/],
    [['check', '--nonsense=secret-CANARY'], /'check' has no option '--nonsense'/],
    [['check', '-Z'], /'check' has no option '-Z'/],
    [['check', '--purge'], /'check' has no option '--purge'/],
    [['check', '--offline=yes'], /'--offline' takes no argument/],
    [['check', '--format'], /'--format' needs an argument/],
    [['check', '-o'], /'-o' needs an argument/],
    [['check', '--format', 'xml'], /--format is one of: text json/],
    [['check', '--color', 'maybe'], /--color is one of: auto always never/],
    [['check', '--fail-on', 'fatal'], /--fail-on is one of: error warning info never/],
    [['check', '--timeout', 'soon'], /--timeout takes seconds/],
    [['check', '--timeout', '0'], /--timeout takes seconds/],
    [['check', '--timeout', '-1'], /--timeout takes seconds/],
    [['check', '--timeout', 'nan'], /--timeout takes seconds/],
    [['check', '--only', 'no-such-rule'], /--only 'no-such-rule': there is no such rule/],
    [['check', '--skip', 'plaintext-tokn'], /--skip 'plaintext-tokn': there is no such rule; did you mean 'plaintext-token'\?/],
    [['check', '--npm-version', 'new'], /--npm-version 'new' is no version/],
    [['check', '--npm-version', '99'], /--npm-version '99' is unknown/],
    [['check', '--registry', 'no url'], /--registry takes an http or https URL/],
    [['fix', 'no-such-rule'], /there is no rule 'no-such-rule'/],
    [['fix', 'plaintext-token'], /--keyring/],
    [['fix', 'unkown-key'], /there is no rule 'unkown-key'; did you mean 'unknown-key'\?/],
    [['explain', 'no-such-rule'], /there is no rule 'no-such-rule'; `npmrc-doctor explain` lists them/],
    [['explain', 'proxy'], /there is no rule 'proxy'; `npmrc-doctor explain` lists them/],
    [['explain', 'E407'], /there is no rule 'E407'; did you mean one of proxy-auth-required, proxy-auth-rejected, proxy-auth-unsupported\?/],
    [['explain', 'plaintext-token', 'tls-expired'], /'explain' takes one argument/],
    [['env', 'more'], /'env' takes no argument/],
    [['env', '--shell', 'tcsh'], /--shell is one of/],
    [['secrets', 'more'], /'secrets' takes no argument/],
    [['exec'], /exec needs a COMMAND/],
    [['exec', '--'], /exec needs a COMMAND/],
    [['exec', '--deliver', 'post', '--', 'true'], /--deliver is one of/]
  ]
  for (const [args, message] of cases) {
    const result = await box.doctor(args)
    assert.equal(result.status, 2, `${args}: ${result.stderr}`)
    assert.match(result.stderr, message, args.join(' '))
    assert.equal(result.stdout, '', args.join(' '))
    assertNoSecret(result, ['secret-CANARY'])
    if (args.length) assert.match(result.stderr, /^npmrc-doctor: /)
  }
  assert.deepEqual(snapshot(box.dir), before)
})

test('a report does not take the place of what it is about', async t => {
  const box = sandbox(t, { npm: null })
  const line = '//registry.example/:_authToken=tok-CANARY\n'
  box.write('home/.npmrc', line)
  box.write('project/.npmrc', line)
  box.write('project/a/other', line)
  fs.symlinkSync('../.npmrc', box.at('project/a/link'))
  const before = snapshot(box.dir)
  for (const option of ['--output', '--write-baseline']) {
    for (const args of [['check', '--offline', option, '.npmrc'], ['check', '--offline', option, 'a/link'], ['check', '--offline', option, box.at('home/.npmrc')],
      ['check', option, 'a/other', 'a/other'], ['scan', option, '.npmrc', '.'], ['fix', '--offline', '--yes', option, '.npmrc'], ['fix', '--dry-run', '--offline', option, 'a/link']]) {
      const result = await box.doctor(args)
      assert.deepEqual([result.status, result.stdout], [2, ''], args.join(' '))
      assert.equal(result.stderr, `npmrc-doctor: ${option} would replace '${args[args.indexOf(option) + 1]}', which the report is about\n`)
      assert.deepEqual(snapshot(box.dir), before, args.join(' '))
    }
  }
  // Where npm's user file is a device it can have the report all the same.
  const device = await box.doctor(['check', '--offline', '-o', '/dev/null'], { env: { npm_config_userconfig: '/dev/null' } })
  assert.equal(device.status, 1, device.stderr)
})

test('what a terminal would obey is not in a message', async t => {
  const result = await sandbox(t).doctor(['check', 'a\x1b[2J\u009b2J\u0085b'])
  assert.match(result.stderr, /a\?\[2J\?2J\?b'/)
})

test('options of every command may stand in front of it', async t => {
  const box = sick(t)
  const shown = async args => (await box.doctor(args)).stdout
  const behind = await shown(['check', '--offline', '--color', 'always'])
  assert.match(behind, /\x1b\[/)
  for (const before of [['--color', 'always'], ['--color=always'], ['--col', 'always'], ['--color', 'never', '--color', 'always'], ['--color', 'always', '--']]) {
    assert.equal(await shown([...before, 'check', '--offline']), behind, before.join(' '))
  }
  // The last one counts, wherever it stands.
  assert.doesNotMatch(await shown(['--color', 'always', 'check', '--offline', '--color', 'never']), /\x1b/)
  assert.equal(await shown(['-q', 'check', '--offline', '--only', 'no-value']), '')
  assert.match(await shown(['-v', 'check', '--offline']), /: does not exist/)
  assert.equal(await shown(['-v', '--help', 'check']), await shown(['check', '--help']))
  assert.equal(await shown(['-qV']), await shown(['--version']))
  // COMMAND's own stay COMMAND's.
  const wrapped = await sandbox(t).doctor(['-q', 'exec', '--', 'echo', '-q', '--color', 'x'])
  assert.deepEqual([wrapped.status, wrapped.stdout], [0, '-q --color x\n'])
})

test('help and version: on standard output, status 0', async t => {
  const box = sandbox(t)
  for (const args of [['-h'], ['--help'], ['help']]) {
    const result = await box.doctor(args)
    assert.equal(result.status, 0)
    for (const command of commands) assert.match(result.stdout, new RegExp(`^  ${command} +\\S`, 'm'))
    assert.match(result.stdout, /^Exit status:\n {2}0 /m)
    assert.equal(result.stderr, '')
  }
  for (const command of commands) {
    for (const args of [[command, '-h'], [command, '--help'], ['help', command]]) {
      const result = await box.doctor(args)
      assert.equal(result.status, 0, args.join(' '))
      assert.match(result.stdout, new RegExp(`^usage: npmrc-doctor ${command} `))
      assert.match(result.stdout, /--color WHEN/)
      assert.match(result.stdout, /^Exit status:\n {2}0 /m)
      assert.equal(result.stderr, '')
    }
  }
  for (const args of [['-V'], ['--version'], ['check', '-V'], ['check', '--version']]) {
    assert.deepEqual({ ...await box.doctor(args), signal: 0 }, { status: 0, signal: 0, stdout: 'npmrc-doctor 0.1.0\n', stderr: '', timedOut: false })
  }
})

test('explain: offline, without HOME, every rule', async t => {
  const box = sandbox(t)
  const list = await box.doctor(['explain'])
  assert.equal(list.status, 0)
  const slugs = [...list.stdout.matchAll(/^ {2}([a-z-]+) +(?:error|warning|info) /gm)].map(match => match[1])
  assert.ok(slugs.length >= 46, `${slugs.length} rules`)
  assert.equal(new Set(slugs).size, slugs.length)
  for (const slug of slugs) {
    const result = await run(doctor, ['explain', slug], { env: {}, cwd: box.project })
    assert.equal(result.status, 0, slug)
    assert.ok(result.stdout.startsWith(`${slug}: `), slug)
    for (const part of ['Why it matters', 'What to do', 'Wrong', 'Right']) assert.ok(result.stdout.includes(`${part}\n  `), `${slug}: ${part}`)
    assert.equal(result.stderr, '')
  }
  assert.match((await box.doctor(['explain', 'proxy-auth-rejected'])).stdout, /What npm says\n {2}E407/)
})

test('--fail-on, --only, --skip', async t => {
  const box = sick(t, { env: { TOKEN: 'x', NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
  const status = async (...args) => (await box.doctor(['check', '--offline', ...args])).status
  assert.equal(await status(), 1)
  for (const level of ['error', 'warning', 'info']) assert.equal(await status('--fail-on', level), 1, level)
  assert.equal(await status('--fail-on', 'never'), 0)
  const onlyInfo = ['--only', 'registry-over-http']
  const onlyWarning = ['--only', 'tls-reject-unauthorized-disabled']
  assert.equal(await status(...onlyInfo), 0)
  assert.equal(await status(...onlyInfo, '--fail-on', 'warning'), 0)
  assert.equal(await status(...onlyInfo, '--fail-on', 'info'), 1)
  assert.equal(await status(...onlyWarning), 0)
  assert.equal(await status(...onlyWarning, '--fail-on', 'warning'), 1)
  // The same for every format.
  assert.equal(await status(...onlyWarning, '--fail-on', 'warning', '--format', 'json'), 1)
  assert.equal(await status(...onlyWarning, '--format', 'json'), 0)

  const rules = async (...args) => (await checkJson(box, ['--offline', ...args])).report.findings.map(f => f.rule)
  assert.deepEqual(await rules(...onlyInfo), ['registry-over-http'])
  assert.deepEqual(await rules(...onlyInfo, ...onlyWarning), ['registry-over-http', 'tls-reject-unauthorized-disabled'])
  assert.deepEqual(await rules(...onlyInfo, ...onlyWarning, '--skip', 'registry-over-http'), ['tls-reject-unauthorized-disabled'])
  const all = await rules()
  assert.deepEqual(await rules('--skip', 'strict-ssl-disabled'), all.filter(rule => rule !== 'strict-ssl-disabled'))
  // What was left out on purpose is not "unchecked".
  const { report } = await checkJson(box, ['--offline', ...onlyInfo])
  assert.deepEqual(report.unchecked, [])
})

test('standard output holds the result alone; -q is quiet where there is nothing', async t => {
  const box = sandbox(t)
  box.write('home/.npmrc', 'fund=false\n')
  const fine = await box.doctor(['check', '--offline'])
  assert.equal(fine.status, 0)
  assert.equal(fine.stderr, '')
  assert.match(fine.stdout, /no problem found; checked 1 file, 1 setting, 1 registry with \d+ rules as npm 11\.\d+\.\d+ reads them\n$/)
  assert.match(fine.stdout, /unchecked: \d+ rules: offline/)
  assert.match(fine.stdout, /not probed: offline/)
  const notProbed = async args => JSON.parse((await box.doctor(['check', '--format', 'json', ...args])).stdout).registries.map(registry => registry.notProbed)
  assert.deepEqual(await notProbed(['--offline']), ['offline'])
  assert.deepEqual(await notProbed(['--only', 'duplicate-key']), ['no rule that was asked for needs it'])
  assert.deepEqual(await box.doctor(['check', '--offline', '-q']), { status: 0, signal: null, stdout: '', stderr: '', timedOut: false })
  for (const args of [['fix', '--keyring', '-q', '--yes'], ['restore', '-q']]) {
    assert.deepEqual(await box.doctor(args), { status: 0, signal: null, stdout: '', stderr: '', timedOut: false })
  }
  box.write('home/.npmrc', 'strict-ssl=false\n')
  const quiet = await box.doctor(['check', '--offline', '--quiet'])
  assert.equal(quiet.status, 1)
  assert.match(quiet.stdout, /error\[strict-ssl-disabled\]/)
  const verbose = await box.doctor(['check', '--offline', '-v'])
  assert.match(verbose.stdout, new RegExp(`user +${box.at('home/.npmrc')}: read`))
  assert.match(verbose.stdout, new RegExp(`project +${box.at('project/.npmrc')}: does not exist`))
  assert.ok(!quiet.stdout.includes('does not exist'))
})

test('colour: --color, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM, the terminal', async t => {
  const box = sick(t)
  const coloured = async (env, ...args) => /\x1b\[/.test((await box.doctor(['check', '--offline', ...args], { env })).stdout)
  const cases = [
    [{}, [], false],
    [{}, ['--color', 'always'], true],
    [{ NO_COLOR: '1' }, ['--color=always'], true],
    [{ FORCE_COLOR: '1' }, [], true],
    [{ FORCE_COLOR: '' }, [], false],
    [{ FORCE_COLOR: '0' }, [], false],
    [{ FORCE_COLOR: '1' }, ['--color', 'never'], false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, [], false],
    [{ FORCE_COLOR: '1', NO_COLOR: '' }, [], true],
    [{ FORCE_COLOR: '0', CLICOLOR_FORCE: '1' }, [], false],
    [{ CLICOLOR_FORCE: '1' }, [], true],
    [{ CLICOLOR_FORCE: '0' }, [], false],
    [{ CLICOLOR_FORCE: '1', NO_COLOR: 'x' }, [], false],
    [{ CLICOLOR_FORCE: '1', TERM: 'dumb' }, [], true],
    [{ FORCE_COLOR: '1', CLICOLOR: '0', TERM: 'dumb' }, [], true]
  ]
  for (const [env, args, expected] of cases) assert.equal(await coloured(env, ...args), expected, JSON.stringify([env, args]))

  // On a terminal.
  const onTerminal = async env => {
    const result = await box.run('script', ['-qefc', `${doctor} check --offline`, '/dev/null'], { env: { TERM: 'xterm', ...env } })
    assert.equal(result.status, 1, result.stdout)
    return /\x1b\[1;31merror/.test(result.stdout)
  }
  assert.equal(await onTerminal({}), true)
  for (const env of [{ NO_COLOR: '1' }, { CLICOLOR: '0' }, { TERM: 'dumb' }, { FORCE_COLOR: '0' }, { FORCE_COLOR: 'false' }]) {
    assert.equal(await onTerminal(env), false, JSON.stringify(env))
  }
  assert.equal(await onTerminal({ CLICOLOR: '', NO_COLOR: '', CLICOLOR_FORCE: '' }), true)
  const json = await box.doctor(['check', '--offline', '--format', 'json', '--color', 'always'])
  assert.ok(!json.stdout.includes('\x1b'))
})

test('without UTF-8 the report is ASCII', async t => {
  const box = sandbox(t, { env: { LANG: 'C', LC_ALL: 'C' } })
  box.write('home/.npmrc', '//h.example/:_authToken=tok-CANARY\n; größe\n')
  const result = await box.doctor(['check', '--offline'])
  assert.ok(/^[\x00-\x7f]*$/.test(result.stdout))
  assert.match(result.stdout, /_authToken=\*{8}/)
})

test('-o FILE: written whole or not at all', async t => {
  const box = sick(t)
  const result = await box.doctor(['check', '--offline', '--format', 'json', '-o', 'report.json'])
  assert.equal(result.status, 1)
  assert.equal(result.stdout, '')
  assert.equal(result.stderr, '')
  const report = JSON.parse(box.read('project/report.json'))
  assert.equal(report.version, 1)
  // Replaced, with its permissions kept; through a link.
  fs.chmodSync(box.at('project/report.json'), 0o640)
  fs.symlinkSync('report.json', box.at('project/link.json'))
  assert.equal((await box.doctor(['check', '--offline', '--output=link.json'])).status, 1)
  assert.match(box.read('project/report.json'), /error\[strict-ssl-disabled\]/)
  assert.ok(!box.read('project/report.json').includes('\x1b'))
  assert.equal(fs.statSync(box.at('project/report.json')).mode & 0o777, 0o640)
  assert.ok(fs.lstatSync(box.at('project/link.json')).isSymbolicLink())
  const before = snapshot(box.dir)
  for (const [file, reason] of [['missing/report.json', /missing/], ['.', /is not a regular file/]]) {
    const failed = await box.doctor(['check', '--offline', '-o', file])
    assert.equal(failed.status, 3, file)
    assert.match(failed.stderr, reason)
  }
  assert.deepEqual(snapshot(box.dir), before)
})

test('-o: what is no regular file is written, not replaced', async t => {
  const box = sick(t)
  const check = ['check', '--offline', '--format', 'nagios']
  const { stdout: report } = await box.doctor(check)
  assert.equal((await box.doctor([...check, '-o', '-'])).stdout, report)
  assert.ok(!fs.existsSync(box.at('project/-')))
  for (const file of ['/dev/stdout', '/proc/self/fd/1']) {
    // A log that standard output goes to is not thrown away.
    box.write('project/log', 'before\n')
    const { status } = await shell(box, `exec "$0" ${check.join(' ')} -o ${file} >>log`)
    assert.equal(status, 2)
    assert.equal(box.read('project/log'), `before\n${report}`)
  }
  const quiet = await box.doctor([...check, '-o', '/dev/null'])
  assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [2, '', ''])
  assert.ok(fs.statSync('/dev/null').isCharacterDevice())
  const piped = await shell(box, `mkfifo pipe; cat pipe & "$0" ${check.join(' ')} -o pipe; s=$?; wait; exit $s`)
  assert.deepEqual([piped.status, piped.stdout], [2, report])
  const full = await box.doctor(['check', '--offline', '-o', '/dev/full'])
  assert.equal(full.status, 3)
  assert.match(full.stderr, /^npmrc-doctor: cannot write the report to '\/dev\/full': No space left on device$/m)
})

test('output that cannot be written: status 3 and a reason; a reader that goes away is no error', async t => {
  const box = sick(t)
  for (const args of ['check --offline', 'check --offline --format json', 'explain', '--version', '--help', 'check --help',
    'config', 'config --json', 'config registry', 'route https://registry.example/', 'route --json https://registry.example/', 'selfcheck',
    'hook bash', 'completion zsh', 'scan ../home']) {
    for (const to of ['>/dev/full', '>&-']) {
      const result = await shell(box, `exec "$0" ${args} ${to}`)
      assert.equal(result.status, 3, `${args} ${to}: ${result.stderr}`)
      assert.match(result.stderr, /^npmrc-doctor: .*standard output/, `${args} ${to}`)
    }
  }
  const before = snapshot(box.dir)
  const gone = await box.run('bash', ['-c', `set -o pipefail; "${doctor}" check --offline | head -n 1 >/dev/null`])
  assert.equal(gone.status, 1, gone.stderr)
  assert.equal(gone.stderr, '')
  // No descriptor at all: nothing else may be taken for one of the three.
  assert.equal((await shell(box, 'exec "$0" check --offline -o out.txt <&- >&- 2>&-')).status, 1)
  assert.match(box.read('project/out.txt'), /strict-ssl-disabled/)
  fs.rmSync(box.at('project/out.txt'))
  assert.deepEqual(snapshot(box.dir), before)
})

test('--cwd, --userconfig, --globalconfig, --npm-version', async t => {
  const box = sandbox(t)
  box.write('elsewhere/package.json', '{}')
  box.write('elsewhere/.npmrc', 'strict-ssl=false\n')
  box.write('elsewhere/deep/x', '')
  box.write('u.npmrc', 'registry=http://u.example/\n')
  box.write('g.npmrc', 'registry=http://g.example/\nproxy=http://p.example:1\n')
  const files = async (...args) => {
    const { report } = await checkJson(box, ['--offline', ...args])
    return Object.fromEntries(report.sources.filter(s => s.read).map(s => [s.layer, s.path]))
  }
  assert.deepEqual(await files('--cwd', '../elsewhere/deep'), { project: box.at('elsewhere/.npmrc') })
  assert.deepEqual(await files('--cwd', box.at('elsewhere'), '--userconfig', box.at('u.npmrc'), '--globalconfig', box.at('g.npmrc')),
    { project: box.at('elsewhere/.npmrc'), user: box.at('u.npmrc'), global: box.at('g.npmrc') })
  const { report } = await checkJson(box, ['--offline', '--npm-version', '9.1.0'])
  assert.equal(report.client.version, '9.1.0')
  const missing = await box.doctor(['check', '--cwd', 'nowhere'])
  assert.equal(missing.status, 3)
  assert.match(missing.stderr, /nowhere/)
  // Without any npm on PATH: the newest known.
  const bare = sandbox(t, { npm: null })
  assert.equal((await checkJson(bare, ['--offline'])).report.client.version, '12')
})

test('--timeout bounds the whole run', async t => {
  const box = sandbox(t)
  const { silent } = await import('../lib/peers.mjs')
  const peers = await Promise.all([1, 2, 3].map(() => silent({ t })))
  box.write('home/.npmrc', `registry=${peers[0].url}\n@a:registry=${peers[1].url}\n@b:registry=${peers[2].url}\n`)
  const started = Date.now()
  const { report } = await checkJson(box, ['--timeout', '0.5'])
  assert.ok(Date.now() - started < 2500 * slow, `${Date.now() - started} ms`)
  assert.deepEqual(report.registries.map(r => r.probe.outcome), Array(3).fill('registry-timeout'))
})

test('progress on a terminal only, and it is wiped', async t => {
  const box = sandbox(t)
  box.write('home/.npmrc', `registry=http://127.0.0.1:${await freePort()}/\n`)
  const progress = async TERM => (await box.run('script', ['-qefc', `${doctor} check >out.txt`, '/dev/null'], { env: { TERM } })).stdout
  const shown = await progress('xterm')
  assert.match(shown, /probing: 0 of 1.*probing: 1 of 1/s)
  assert.ok(shown.endsWith('\r\x1b[K'))
  for (const TERM of ['dumb', '']) assert.equal(await progress(TERM), '', `TERM=${TERM}`)
  assert.equal((await box.doctor(['check'])).stderr, '')
})

test('secrets and env', async t => {
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { env: keyring.env })
  assert.deepEqual(JSON.parse((await box.doctor(['secrets', '--json'])).stdout), { version: 1, secrets: [] })
  assert.equal((await box.doctor(['secrets'])).stdout, '')
  const value = `it's "$HOME" \\ \`x\` CANARY;#é`
  const file = box.write('home/.npmrc', `//h.example/npm/:_authToken=${JSON.stringify(value)}\n`)
  const fixed = await box.doctor(['fix', '--keyring', '--yes'])
  assert.equal(fixed.status, 0, fixed.stderr)
  const [, variable] = box.read('home/.npmrc').match(/\$\{(NPMRC_SECRET_[A-Z0-9_]+)\}/)

  await t.test('secrets', async () => {
    const json = await box.doctor(['secrets', '--json'])
    assert.deepEqual(JSON.parse(json.stdout), { version: 1, secrets: [{ location: '//h.example/npm/', key: '_authToken', variable, file, machine: null }] })
    const text = await box.doctor(['secrets'])
    assert.equal(text.stdout, `//h.example/npm/  _authToken  \${${variable}}  ${file}\n`)
    for (const result of [json, text]) assertNoSecret(result, [value, 'CANARY'])
  })
  await t.test('env for each shell gives back the exact value', async () => {
    const json = await box.doctor(['env', '--shell', 'json'])
    assert.deepEqual(JSON.parse(json.stdout), { [variable]: value })
    for (const name of ['sh', 'bash']) {
      const result = await box.run(name, ['-c', `eval "$("${doctor}" env --shell ${name})" && printf %s "$${variable}"`])
      assert.equal(result.stdout, value, name)
    }
    const fish = (await box.doctor(['env', '--shell', 'fish'])).stdout
    assert.equal(fish, `set -gx ${variable} '${value.replace(/[\\']/g, '\\$&')}'\n`)
    const plain = await box.doctor(['env'])
    assert.equal(plain.stdout, (await box.doctor(['env', '--shell', 'sh'])).stdout)
    assert.equal(plain.stdout, (await box.doctor(['env', '--shell', 'zsh'])).stdout)
  })
  await t.test('env refuses a terminal', async () => {
    const refused = await box.run('script', ['-qefc', `${doctor} env`, '/dev/null'])
    assert.equal(refused.status, 2)
    assert.match(refused.stdout, /--force/)
    assertNoSecret(refused, ['CANARY'])
    const forced = await box.run('script', ['-qefc', `${doctor} env --force`, '/dev/null'])
    assert.equal(forced.status, 0)
    assert.ok(forced.stdout.includes('CANARY'))
  })
  await t.test('env cannot be written', async () => {
    const result = await shell(box, 'exec "$0" env >/dev/full')
    assert.equal(result.status, 3)
    assertNoSecret(result, ['CANARY'])
  })
  await t.test('a variable that is set is not printed again', async () => {
    const result = await box.doctor(['env'], { env: { [variable]: 'set' } })
    assert.deepEqual([result.status, result.stdout], [0, ''])
  })
})

test('json: paths that are not UTF-8, locations of variables', async t => {
  const box = sandbox(t, { env: { HTTP_PROXY: 'http://u:env-CANARY@127.0.0.1:1' } })
  const odd = Buffer.concat([Buffer.from(box.dir + '/od'), Buffer.from([0xff, 0x1b]), Buffer.from('d')])
  fs.mkdirSync(odd)
  fs.writeFileSync(Buffer.concat([odd, Buffer.from('/.npmrc')]), 'strict-ssl=false\n')
  const result = await box.run('sh', ['-c', `cd ../od*d && exec "${doctor}" check --offline --format json`])
  assert.equal(result.status, 1)
  const report = JSON.parse(result.stdout)
  assert.ok(report.findings.find(f => f.rule === 'strict-ssl-disabled').location.file.endsWith('\ufffd\x1bd/.npmrc'))
  const env = report.findings.find(f => f.rule === 'env-proxy-password')
  assert.deepEqual([env.location.layer, env.location.variable], ['env', 'HTTP_PROXY'])
  assertNoSecret(result, ['env-CANARY'])
  const text = await box.run('sh', ['-c', `cd ../od*d && exec "${doctor}" check --offline`])
  assert.ok(!text.stdout.includes('\x1b'), 'no escape sequence of a path reaches the terminal')
  assert.ok(path.isAbsolute(report.sources[0].path))
})
