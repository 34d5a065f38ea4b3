// The templates, each as far as it goes without its service: their commands are taken out of them and run in a
// sandbox that has the built program on its PATH.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { fixedHttp } from '../lib/peers.mjs'
import { doctor, fixtures, must, root, run, sandbox, systemPath } from '../lib/sandbox.mjs'
import { assertSchema, assertStoreSchema } from '../lib/schema.mjs'

const yaml = createRequire(import.meta.url)('js-yaml')
const fileOf = name => path.join(fixtures, 'templates', name)
const read = name => fs.readFileSync(fileOf(name), 'utf8')
const has = command => systemPath.split(':').some(dir => fs.existsSync(path.join(dir, command)))

// A user with one registry that answers, and an agent that has the program (and the npm of makePrefix).
async function agent (t, { broken = false } = {}) {
  const server = await fixedHttp({ t, headers: { 'Content-Type': 'application/json' }, body: '{}' })
  const box = sandbox(t)
  fs.symlinkSync(doctor, box.at('bin/npmrc-doctor'))
  box.env.PATH = `${box.at('bin')}:${box.env.PATH}`
  box.write('home/.npmrc', `registry=${server.url}\n${broken ? '//registry.example/:_authToken=CANARY\n' : ''}`)
  box.write('project/package.json', '{"name":"x","version":"1.0.0","scripts":{"postinstall":"echo >installed"}}')
  box.write('project/package-lock.json', '{"name":"x","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"x","version":"1.0.0","hasInstallScript":true}}}')
  return box
}

const sh = (box, script, options) => box.run('bash', ['-eo', 'pipefail', '-c', script], options)
const noCanary = result => assert.doesNotMatch(result.stdout + result.stderr, /CANARY/)

describe('GitHub Actions', () => {
  const workflow = yaml.load(read('github-actions.yml'))
  const [check, scan] = workflow.jobs.npmrc.steps.filter(step => step.run).map(step => step.run)

  test('is a workflow by its schema', () => assertStoreSchema('github-workflow', workflow))
  for (const broken of [false, true]) {
    test(`its steps, ${broken ? 'with a token in a file' : 'with nothing wrong'}`, async t => {
      const box = await agent(t, { broken })
      box.write('project/sub/.npmrc', '//registry.example/:_authToken=CANARY\n')
      const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: box.project, GITHUB_STEP_SUMMARY: box.at('summary.md') }
      const first = await sh(box, check, { env })
      noCanary(first)
      assert.equal(first.status, broken ? 1 : 0, first.stderr)
      assert.equal(/^::error file=.*home\/\.npmrc,line=2,.*title=plaintext-token::/m.test(first.stdout), broken)
      assert.match(box.read('summary.md'), /^### npmrc-doctor\n/)
      const second = await sh(box, scan, { env })
      assert.equal(second.status, 0, second.stderr)
      const upload = workflow.jobs.npmrc.steps.at(-1).with.sarif_file
      const log = JSON.parse(box.read(`project/${upload}`))
      assertStoreSchema('sarif-2.1.0', log)
      const uris = log.runs[0].results.map(result => result.locations[0].physicalLocation.artifactLocation.uri)
      assert.deepEqual([...new Set(uris)], ['sub/.npmrc'])
    })
  }
})

describe('GitLab', () => {
  const pipeline = yaml.load(read('gitlab-ci.yml'))
  const job = pipeline.npmrc
  const schema = 'gitlab.com/gitlab-org/gitlab/-/raw/master/app/assets/javascripts/editor/schema/ci'
  test('is a pipeline by its schema', () => assertStoreSchema(schema, pipeline))
  for (const broken of [false, true]) {
    test(`its script, ${broken ? 'with a token in a file' : 'with nothing wrong'}`, async t => {
      const box = await agent(t, { broken })
      box.write('project/sub/.npmrc', '//registry.example/:_authToken=CANARY\n')
      const result = await sh(box, job.script.join('\n'))
      noCanary(result)
      assert.equal(result.status, broken ? 1 : 0, result.stderr)
      const { codequality, junit } = job.artifacts.reports
      const issues = JSON.parse(box.read(`project/${codequality}`))
      assert.ok(issues.some(issue => issue.location.path === 'sub/.npmrc' && issue.check_name === 'plaintext-token'))
      await must('xmllint', ['--noout', '--nonet', '--schema', path.join(fixtures, 'schema/junit.xsd'), box.at(`project/${junit}`)], { env: { PATH: systemPath } })
      assert.equal(/<failure /.test(box.read(`project/${junit}`)), broken)
    })
  }
})

describe('Jenkins', () => {
  const text = read('Jenkinsfile')
  const steps = [...text.matchAll(/\bsh '([^']*)'/g)].map(([, command]) => command)
  for (const broken of [false, true]) {
    test(`its steps, ${broken ? 'with a token in a file: npm does not run' : 'with nothing wrong'}`, async t => {
      const box = await agent(t, { broken })
      let status = 0
      for (const step of steps) if (status === 0) status = (await box.run('sh', ['-xe', '-c', step])).status
      assert.equal(steps.length, 2)
      assert.equal(status, broken ? 1 : 0)
      assert.equal(fs.existsSync(box.at('project/installed')), !broken)
      assert.ok(box.read(`project/${text.match(/testResults: '([^']*)'/)[1]}`).includes('<testsuites '))
    })
  }
  test('its brackets close', () => {
    const code = text.replace(/\/\/.*|'[^']*'/g, '')
    let depth = 0
    for (const mark of code.match(/[{}]/g)) assert.ok((depth += mark === '{' ? 1 : -1) >= 0)
    assert.equal(depth, 0)
  })
})

// Instructions of a Dockerfile, their continued lines joined.
const instructions = text => text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, '').split('\n').filter(Boolean).map(line => {
  const [, name, rest] = line.match(/^([A-Z]+) (.*)$/)
  return { name, rest }
})

describe('Dockerfile', () => {
  const all = instructions(read('Dockerfile'))
  const second = all.findLastIndex(one => one.name === 'FROM')
  const runs = list => list.filter(one => one.name === 'RUN').map(one => one.rest)

  test('has only instructions that there are', () => {
    const known = ['FROM', 'ARG', 'RUN', 'COPY', 'WORKDIR', 'ENV', 'USER', 'ENTRYPOINT', 'CMD']
    for (const { name } of all) assert.ok(known.includes(name), name)
    assert.equal(all[0].name, 'FROM')
  })
  test('the first stage builds and installs', async t => {
    const box = await agent(t)
    const asked = box.at('apt-get.log')
    box.write('bin/apt-get', `#!/bin/sh\necho "$@" >>${asked}\n`, 0o755)
    const env = { OUT: box.at('out'), BUILD: path.dirname(doctor) }
    for (const command of runs(all.slice(0, second))) {
      const result = await sh(box, command, { cwd: root, env, timeout: 300000 })
      assert.equal(result.status, 0, result.stderr)
    }
    assert.match(fs.readFileSync(asked, 'utf8'), /install .*\bmake$/m)
    const version = await must(box.at('out/usr/bin/npmrc-doctor'), ['--version'], { env: { PATH: systemPath } })
    assert.match(version.stdout, /^npmrc-doctor \d/)
  })
  test('the second stage has the libraries that the program needs', { skip: has('readelf') && has('dpkg') ? false : 'readelf or dpkg is missing' }, async t => {
    const box = await agent(t)
    const [install] = runs(all.slice(second))
    const modules = path.join(path.dirname(doctor), 'modules')
    const files = [doctor, ...fs.readdirSync(modules).filter(name => name.endsWith('.so')).map(name => path.join(modules, name))]
    assert.ok(files.length > 3)
    const names = new Set()
    for (const file of files) {
      for (const [, name] of (await must('readelf', ['-d', file], box)).stdout.matchAll(/NEEDED\).*\[(.*)\]/g)) names.add(name)
    }
    for (const name of names) {
      const found = (await must('dpkg', ['-S', `*/${name}`], { env: { PATH: systemPath, LANG: 'C' } })).stdout
      const packages = [...found.matchAll(/^([^:\s]+)/gm)].map(([, deb]) => deb)
      assert.ok(packages.some(deb => deb === 'libc6' || /^lib(asan|ubsan)/.test(deb) || install.includes(` ${deb} `)), `${name}: ${packages}`)
    }
  })
  for (const broken of [false, true]) {
    test(`its last step, ${broken ? 'with a token in the secret: npm does not run' : 'with nothing wrong'}`, async t => {
      const box = await agent(t, { broken })
      const [, target, command] = runs(all).at(-1).match(/^--mount=type=secret,id=npmrc,target=(\S+) (.*)$/)
      assert.equal(target, '/root/.npmrc')
      const result = await box.run('sh', ['-c', command])
      noCanary(result)
      assert.equal(result.status, broken ? 1 : 0, result.stderr)
      assert.equal(fs.existsSync(box.at('project/installed')), !broken)
    })
  }
})

describe('Ansible', { skip: has('ansible-playbook') ? false : 'ansible-core is not installed' }, () => {
  // [what, files, arguments, status, what it says]
  const cases = [
    ['nothing wrong', { broken: false }, [], 0, /failed=0/],
    ['a token in a file', { broken: true }, [], 2, /error\[plaintext-token\]: a token is written out[\s\S]*failed=1/],
    ['a line too many, mended', { extra: 'fund=true\nfund=false\n' }, ['-e', 'npmrc_fix=true'], 0, /warning\[duplicate-key\][\s\S]*changed=1 .*failed=0/]
  ]
  for (const [what, { broken, extra }, args, status, says] of cases) {
    test(what, async t => {
      const box = await agent(t, { broken })
      if (extra) fs.appendFileSync(box.at('home/.npmrc'), extra)
      const env = { ANSIBLE_NOCOLOR: '1', ANSIBLE_LOCAL_TEMP: box.at('tmp/ansible'), ANSIBLE_REMOTE_TEMP: box.at('tmp/remote'), ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3' }
      const result = await box.run('ansible-playbook', ['-i', 'localhost,', '-c', 'local', ...args, fileOf('ansible.yml')], { env, timeout: 120000 })
      noCanary(result)
      assert.equal(result.status, status, result.stdout + result.stderr)
      assert.match(result.stdout, says)
      if (extra) assert.equal(box.read('home/.npmrc').match(/fund=/g).length, 1)
    })
  }
})

describe('node_exporter', () => {
  const name = 'npmrc-doctor-metrics'
  test('its script writes the metrics at once, whatever is found', async t => {
    for (const broken of [false, true]) {
      const box = await agent(t, { broken })
      fs.mkdirSync(box.at('textfile'))
      const result = await box.run(fileOf(name), [box.at('textfile')])
      assert.equal(result.status, 0, result.stderr)
      assert.deepEqual(fs.readdirSync(box.at('textfile')), ['npmrc_doctor.prom'])
      const text = box.read('textfile/npmrc_doctor.prom')
      await must('promtool', ['check', 'metrics'], { env: { PATH: systemPath }, input: text })
      assert.ok(text.includes(`npmrc_doctor_findings{severity="error"} ${broken ? 1 : 0}\n`))
      assert.equal(fs.statSync(box.at('textfile/npmrc_doctor.prom')).mode & 0o044, 0o044)
    }
  })
  test('its units are units', { skip: has('systemd-analyze') ? false : 'systemd is not installed' }, async t => {
    const box = await agent(t)
    const unit = read(`${name}.service`)
    const [, script] = unit.match(/^ExecStart=(\S+)/m)
    assert.equal(path.basename(script), name)
    // The paths and the user of a machine that has them.
    const here = unit.replace(script, fileOf(name)).replace(/^User=.*\n/m, '').replaceAll('/var/lib/prometheus/node-exporter', box.at('tmp'))
    const files = [box.write(`units/${name}.service`, here), box.write(`units/${name}.timer`, read(`${name}.timer`))]
    const result = await run('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', ...files], { env: { PATH: systemPath, HOME: box.home, LANG: 'C' } })
    assert.equal(result.status, 0, result.stderr)
    assert.ok(!result.stderr.includes(name), result.stderr)
  })
})

test('the policy holds what it says, and has no fault', async t => {
  const box = sandbox(t, { npm: null })
  fs.copyFileSync(fileOf('npmrc-doctor.ini'), box.at('project/.npmrc-doctor.ini'))
  box.write('project/.npmrc', 'registry=http://elsewhere.example/\n@corp:registry=https://registry.corp.example/\n')
  const { findings } = JSON.parse((await box.doctor(['check', '--offline', '--format', 'json'])).stdout)
  const found = findings.filter(finding => !/unused/.test(finding.rule)).map(finding => [finding.rule, finding.severity, finding.location.line])
  assert.deepEqual(found.sort(), [['policy-proxy', 'error', 1], ['policy-proxy', 'error', 2], ['policy-registry', 'error', 1], ['policy-registry', 'error', 2], ['registry-over-http', 'warning', 1]])
})

test('a build agent runs its job on status 0 alone', async t => {
  const box = await agent(t)
  const job = (...options) => box.run(fileOf('build-agent.sh'), [...options, '--', 'sh', '-c', 'echo "built $1"', 'job', 'a b'])
  const [good, bad] = ['', '//registry.example/:_authToken=CANARY\n']
  const server = box.read('home/.npmrc')
  // [what stands in the user's file, options, status, standard error]
  const cases = [
    [good, [], 0, /^$/],
    [bad, [], 1, /npm would fail or leak/],
    [bad, ['--fail-on', 'never'], 0, /^$/],
    [good, ['--no-such-option'], 2, /calls npmrc-doctor wrongly/],
    [good, ['--cwd', '/no/such/folder'], 3, /could not be checked/]
  ]
  for (const [more, options, status, says] of cases) {
    box.write('home/.npmrc', server + more)
    const result = await job(...options)
    noCanary(result)
    assert.equal(result.status, status, result.stderr)
    assert.match(result.stderr, says)
    assert.equal(result.stdout.endsWith('built a b\n'), status === 0)
  }
  // The same gate from the report itself.
  box.write('home/.npmrc', server + bad)
  const report = JSON.parse((await box.doctor(['check', '--format', 'json'])).stdout)
  assertSchema('report', report)
  assert.equal(report.summary.error, 1)
})
