// The policy file, suppressions and baselines, through the built program: which file counts, what becomes of
// the exit status, what is shown of that which does not count, and that no secret gets anywhere.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { sandbox } from '../lib/sandbox.mjs'
import { assertNoSecret, snapshot } from './support.mjs'

const token = 'npm_CANARYpolicy5tQx0ZbR7w'
const line = `//registry.example/:_authToken=${token}\n`

async function report (box, args = [], options = {}) {
  const [command, ...rest] = args[0] === 'scan' ? args : ['check', '--offline', ...args]
  const result = await box.doctor([command, '--format', 'json', ...rest], options)
  assertNoSecret(result, [token])
  return { ...result, ...result.stdout ? JSON.parse(result.stdout) : {} }
}
const rules = list => list.map(finding => finding.rule)

test('which policy file counts', async t => {
  const box = sandbox(t, { npm: null })
  box.write('project/package.json', '{}')
  box.write('project/.npmrc', 'registry=https://registry.example/\n')
  fs.mkdirSync(box.at('project/sub'))
  assert.equal((await report(box)).status, 0)
  box.write('project/.npmrc-doctor.ini', '[policy]\nregistries = https://a.example/\n')
  box.write('other.ini', '[policy]\nregistries = https://registry.example/\n')
  assert.equal((await report(box)).status, 1)
  assert.equal((await report(box, [], { cwd: box.at('project/sub') })).status, 1)
  assert.equal((await report(box, ['--cwd', box.project], { cwd: box.home })).status, 1)
  assert.equal((await report(box, ['--policy', box.at('other.ini')])).status, 0)
  assert.equal((await report(box, ['--policy', '../other.ini'])).status, 0)
  assert.equal((await report(box, ['--policy', '/dev/null'])).status, 0)
  assert.deepEqual(rules((await report(box, ['.npmrc'])).findings), ['policy-registry'])
  assert.deepEqual(rules((await report(box, ['scan', '.'])).findings), ['policy-registry'])
  // What differs is shown where it is not the host.
  box.write('near.ini', '[policy]\nregistries = https://registry.example/npm/ https://a.example/\n')
  const [near] = (await report(box, ['--policy', '../near.ini'])).findings
  assert.match(near.message, /https:\/\/registry\.example\/$/)
  assert.deepEqual(near.notes, ['on this host it allows https://registry.example/npm/'])
  assert.deepEqual(rules((await report(box, ['scan', '--policy', '../other.ini', '.'])).findings), [])
})

test('a policy file that cannot be read is status 3', async t => {
  const box = sandbox(t, { npm: null })
  fs.mkdirSync(box.at('project/.npmrc-doctor.ini'))
  const cases = [[[], 'is a directory'], [['--policy', box.at('none.ini')], 'No such file or directory'],
    [['--policy', box.write('big.ini', Buffer.alloc(1024 * 1024 + 1, ';'))], 'larger than 1024 KiB']]
  for (const [args, why] of cases) {
    for (const command of [['check', '--offline'], ['check', '.npmrc'], ['scan', '.'], ['fix', '--offline', '-y']]) {
      const result = await box.doctor([...command.slice(0, 1), ...args, ...command.slice(1)])
      assert.equal(result.status, 3, `${command} ${args}`)
      assert.ok(result.stderr.includes(why), result.stderr)
      assert.equal(result.stdout, '')
    }
  }
})

test('a wrong policy file: every fault with its line, once, whatever else is asked for', async t => {
  const box = sandbox(t, { npm: null })
  box.write('project/.npmrc-doctor.ini', '[policy]\nproxi = none\n[severity]\npolicy-invalid = info\n[ignore]\npolicy-invalid = no\nno-such-rule = x\n')
  for (const dir of ['a', 'b', 'c']) box.write(`project/${dir}/.npmrc`, 'fund=false\n')
  const lines = r => r.findings.filter(f => f.rule === 'policy-invalid').map(f => [f.location.line, f.severity, path.basename(f.location.file)])
  const all = [2, 4, 6, 7].map(n => [n, 'error', '.npmrc-doctor.ini'])
  for (const args of [[], ['--only', 'plaintext-token'], ['a/.npmrc', 'b/.npmrc'], ['scan', '.'], ['scan', box.home]]) {
    const result = await report(box, args)
    assert.deepEqual(lines(result), all, args.join(' '))
    assert.equal(result.status, 1)
  }
  assert.equal((await report(box, ['--skip', 'policy-invalid'])).status, 0)
})

test('severities decide the exit status', async t => {
  const box = sandbox(t, { npm: null })
  box.write('project/.npmrc', 'nonsense=1\nregistry=http://registry.example/\n')
  box.write('project/.npmrc-doctor.ini', '[severity]\nregistry-over-http = info\nunknown-key = error\n')
  const result = await report(box)
  assert.deepEqual(result.findings.map(f => [f.rule, f.severity]), [['unknown-key', 'error'], ['registry-over-http', 'info']])
  assert.equal(result.status, 1)
  assert.equal((await report(box, ['--skip', 'unknown-key'])).status, 0)
  assert.equal((await report(box, ['--skip', 'unknown-key', '--fail-on', 'info'])).status, 1)
})

test('suppressed findings do not count and are not hidden', async t => {
  const box = sandbox(t, { npm: null })
  box.write('project/.npmrc', `; npmrc-doctor-ignore plaintext-token until=2999-01-31: rotated then\n${line}nonsense=1\n`)
  box.write('project/.npmrc-doctor.ini', '[ignore]\nunknown-key = another tool reads it until=2999-12-31\n')
  const result = await report(box)
  assert.equal(result.status, 0, result.stdout)
  assert.deepEqual(result.findings, [])
  assert.deepEqual(result.summary, { error: 0, warning: 0, info: 0, suppressed: 2 })
  assert.deepEqual(result.suppressed.map(f => [f.rule, f.location.line, f.suppression]), [
    ['plaintext-token', 2, { kind: 'comment', reason: 'rotated then' }],
    ['unknown-key', 3, { kind: 'policy', reason: 'another tool reads it' }]])
  assert.match((await box.doctor(['check', '--offline'])).stdout, /^no other problem found, 2 suppressed; /m)
  // Not one that would hold for another file, another rule or another line.
  box.write('home/.npmrc', line)
  assert.deepEqual((await report(box)).findings.map(f => [f.rule, path.basename(path.dirname(f.location.file))]).filter(([rule]) => rule === 'plaintext-token'), [['plaintext-token', 'home']])
  // What is accepted is not mended either.
  const before = box.read('project/.npmrc')
  await box.doctor(['fix', '-y', '--offline'])
  assert.equal(box.read('project/.npmrc'), before)
})

test('a suppression without a reason, unknown, ended or unused accepts nothing', async t => {
  const box = sandbox(t, { npm: null })
  for (const comment of ['plaintext-token', 'plaintext-token:', 'plaintext-tokn: x', 'plaintext-token until=2020-01-01: x', 'plaintext-token until=2027-02-29: x', 'unused-suppression: x']) {
    box.write('project/.npmrc', `; npmrc-doctor-ignore ${comment}\n${line}`)
    const result = await report(box)
    assert.deepEqual(rules(result.findings), ['unused-suppression', 'plaintext-token'], comment)
    assert.equal(result.findings[0].severity, 'warning')
    assert.deepEqual(result.suppressed, [])
    assert.equal(result.status, 1)
  }
  // A reason that may be a secret is not shown.
  box.write('project/.npmrc', `; npmrc-doctor-ignore plaintext-token: was _authToken=${token}\n${line}`)
  assert.equal((await report(box)).status, 0)
  // In several files each comment is about its own.
  box.write('project/b/.npmrc', `; npmrc-doctor-ignore unknown-key: x\nfund=false\n`)
  const scanned = await report(box, ['scan', '.'])
  assert.deepEqual(scanned.findings.map(f => [f.rule, path.relative(box.project, f.location.file), f.location.line]), [['unused-suppression', 'b/.npmrc', 1]])
})

test('a baseline: old findings do not count, new ones do, moved lines and other checkouts are the same', async t => {
  const box = sandbox(t, { npm: null })
  box.write('project/a/.npmrc', `${line}nonsense=1\n//b.example/:_authToken=${token}\n`)
  box.write('project/b c/.npmrc', line)
  const file = box.at('known')
  const first = await report(box, ['scan', '--write-baseline', file, '.'])
  assert.equal(first.status, 0, first.stderr)
  assert.equal(first.summary.suppressed, 4)
  assert.ok(first.suppressed.every(f => f.suppression.kind === 'baseline'))
  assert.equal(fs.statSync(file).mode & 0o7777, 0o666 & ~process.umask(), 'a new file is no program')
  const text = box.read('known')
  assert.doesNotMatch(text, /CANARY/)
  assert.deepEqual(text.split('\n').filter(l => l && !l.startsWith('#')), [
    'plaintext-token\ta/.npmrc\t//registry.example/:_authToken\t1',
    'unknown-key\ta/.npmrc\tnonsense\t1',
    'plaintext-token\ta/.npmrc\t//b.example/:_authToken\t1',
    'plaintext-token\tb%20c/.npmrc\t//registry.example/:_authToken\t1'])
  assert.equal((await report(box, ['scan', '--baseline', file, '.'])).status, 0)
  // Moved lines, another checkout, a file alone, another way to name the folder.
  box.write('project/a/.npmrc', `\n; new\n//b.example/:_authToken=${token}\nnonsense=2\n${line}`)
  fs.cpSync(box.project, box.at('checkout'), { recursive: true })
  for (const cwd of [box.project, box.at('checkout')]) {
    const again = await report(box, ['scan', '--baseline', file, path.join(cwd, 'a'), cwd], { cwd })
    assert.equal(again.status, 0, again.stdout)
    assert.deepEqual(again.findings, [])
  }
  assert.equal((await report(box, ['--baseline', file, 'a/.npmrc'])).status, 0)
  // New ones count.
  box.write('project/c/.npmrc', line)
  const grown = await report(box, ['scan', '--baseline', file, '.'])
  assert.equal(grown.status, 1)
  assert.deepEqual(grown.findings.map(f => path.relative(box.project, f.location.file)), ['c/.npmrc'])
  // Writing again keeps what is still there and takes the new one; the file is the same for the same tree.
  await report(box, ['scan', '--baseline', file, '--write-baseline', file, '.'])
  const renewed = box.read('known')
  assert.equal((await report(box, ['scan', '--write-baseline', file, '.'])).status, 0)
  assert.equal(box.read('known'), renewed)
  // What has been mended is said, at the baseline's line.
  box.write('project/c/.npmrc', 'fund=false\n')
  const mended = await report(box, ['scan', '--baseline', file, '.'])
  assert.deepEqual(mended.findings.map(f => [f.rule, f.severity, f.location.file]), [['unused-suppression', 'warning', file]])
  assert.equal(renewed.split('\n')[mended.findings[0].location.line - 1].split('\t')[1], 'c/.npmrc')
  // Not of what this run did not look at.
  assert.deepEqual((await report(box, ['scan', '--baseline', file, 'a'])).findings, [])
})

test('a baseline of one directory: its own findings and those of the home directory', async t => {
  const box = sandbox(t, { npm: null })
  box.write('home/.npmrc', line)
  box.write('project/.npmrc', 'nonsense=1\n')
  const before = snapshot(box.dir)
  const file = box.at('tmp/known')
  assert.equal((await report(box, ['--write-baseline', file])).status, 0)
  assert.match(fs.readFileSync(file, 'utf8'), /^plaintext-token\t~\/\.npmrc\t/m)
  fs.rmSync(file)
  assert.deepEqual(snapshot(box.dir), before)
})

test('a baseline of what fix has left', async t => {
  const box = sandbox(t, { npm: null })
  box.write('project/.npmrc', 'registry=https://a.example/\nregistry=https://registry.example/\nnonsense=1\n')
  const fix = args => box.doctor(['fix', '--offline', '--fail-on', 'warning', '--write-baseline', box.at('known'), ...args])
  // Nothing is written where nothing may be changed.
  assert.equal((await fix(['--dry-run'])).status, 1)
  assert.ok(!fs.existsSync(box.at('known')))
  const fixed = await fix(['-y'])
  assert.equal(fixed.status, 1)
  assert.match(fixed.stderr, /^left to do by hand: unknown-key: /m)
  assert.equal(box.read('project/.npmrc'), 'registry=https://registry.example/\nnonsense=1\n')
  assert.deepEqual(box.read('known').split('\n').filter(l => l && !l.startsWith('#')), ['unknown-key\t.npmrc\tnonsense\t1'])
  assert.equal((await report(box, ['--baseline', box.at('known'), '--fail-on', 'warning'])).status, 0)
  fs.rmSync(box.at('known'))
  fs.mkdirSync(box.at('known'))
  const failed = await fix(['-y'])
  assert.equal(failed.status, 3)
  assert.match(failed.stderr, /cannot write the baseline: .*known' is not a regular file/)
  // What was mended is said all the same.
  box.write('project/.npmrc', 'registry=https://a.example/\nregistry=https://registry.example/\n')
  const json = await fix(['-y', '--format', 'json'])
  assert.equal(json.status, 3)
  assert.deepEqual(rules(JSON.parse(json.stdout).fixed), ['duplicate-key'])
})

test('a file that is no baseline is status 3, with its line; one that cannot be written too', async t => {
  const box = sandbox(t, { npm: null })
  for (const [content, why] of [['{}', 'line 1 '], ['# npmrc-doctor baseline 1\nx\ta\tb\t1\n', 'line 2 names a rule that does not exist']]) {
    box.write('known', content)
    for (const command of [['check', '--offline'], ['scan', '.'], ['fix', '--offline', '-y']]) {
      const result = await box.doctor([command[0], '--baseline', box.at('known'), ...command.slice(1)])
      assert.equal(result.status, 3, command.join(' '))
      assert.ok(result.stderr.includes(why), result.stderr)
    }
  }
  // A log that standard output goes to is not replaced.
  box.write('project/log', 'before\n')
  const piped = await box.run('sh', ['-c', '"$0" check --offline --write-baseline /dev/stdout >>log', process.env.ND_BIN])
  assert.equal(piped.status, 3)
  assert.match(piped.stderr, /--write-baseline takes a file of its own/)
  assert.equal(box.read('project/log'), 'before\n')
  for (const args of [['--baseline', box.at('none')], ['--write-baseline', '-'], ['--write-baseline', box.at('none/known')]]) {
    assert.equal((await box.doctor(['check', '--offline', ...args])).status, 3)
  }
})
