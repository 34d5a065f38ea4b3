// `make demo`: the story of tests/e2e/story.test.mjs in front of the user, step by step.
import fs from 'node:fs'
import { spawn } from 'node:child_process'
import { doctor } from '../lib/sandbox.mjs'
import { pkg, story } from '../lib/story.mjs'

const cleanups = []
const t = { after: f => cleanups.unshift(f) }
const bold = text => process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text
const say = text => console.log(`\n${bold(`# ${text}`)}`)

function show (box, command, args, shown = [command, ...args].join(' ')) {
  console.log(bold(`$ ${shown}`))
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: box.project, env: { ...box.env, TERM: process.env.TERM ?? 'dumb' }, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', status => { console.log(`(exit status ${status})`); resolve(status) })
  })
}

async function main () {
  say('squid with a password, a registry over https with a private CA, a keyring: all of it on the loopback')
  const s = await story(t)
  const { box } = s
  const ask = (...args) => show(box, doctor, args, ['npmrc-doctor', ...args].join(' '))

  say('what he has pasted into ~/.npmrc')
  console.log(s.lines.join('\n').replaceAll('P4$$w0rd!', '••••••••'))
  say('why: over https, npm fails at the private CA')
  await show(box, 'npm', ['view', pkg.name, 'version', '--registry', s.httpsUrl, '--strict-ssl', '--fetch-retries=0'])
  say('what npm says to the pasted lines: nothing')
  await show(box, 'npm', ['view', pkg.name, 'version'])
  say('what npmrc-doctor says')
  await ask('check')
  say('the password goes to the keyring')
  await ask('fix', '--keyring', '--yes')
  say('what is left in ~/.npmrc')
  console.log(fs.readFileSync(s.npmrc, 'utf8'))
  say('npm alone is now locked out; with the keyring it works')
  await show(box, 'npm', ['view', pkg.name, 'version', '--prefer-online', '--fetch-retries=0'])
  const status = await ask('exec', '--', 'npm', 'view', pkg.name, 'version', '--prefer-online')
  say('the system trusts the corporate CA: npm is to trust it too, instead of anybody')
  box.env.SSL_CERT_FILE = box.at('ca.pem')
  const fixed = await ask('fix', '--yes')
  delete box.env.SSL_CERT_FILE
  say('what is left in ~/.npmrc')
  const safe = fs.readFileSync(s.npmrc, 'utf8')
  console.log(safe)
  say('npm verifies the https registry, through the proxy, without a password on disk')
  const secure = await ask('exec', '--', 'npm', 'view', pkg.name, 'version', '--prefer-online')
  say('the password can come back')
  await ask('restore', '--purge')
  const lines = fs.readFileSync(s.npmrc, 'utf8').split('\n')
  const same = lines[0] === s.lines[0] && lines[1] === s.lines[1]
  console.log(same ? 'the two lines have their original bytes' : 'THE LINES DIFFER')
  return status === 0 && fixed === 0 && secure === 0 && safe.includes(s.httpsUrl) && same ? 0 : 1
}

try {
  process.exitCode = await main()
} finally {
  for (const cleanup of cleanups) await cleanup()
}
