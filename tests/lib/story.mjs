// The developer behind an authenticating proxy: squid with Basic authentication in front of a Verdaccio
// registry over https with a private CA, and the lines that he has pasted into his .npmrc.
import fs from 'node:fs'
import path from 'node:path'
import { issue, makeCA } from './certs.mjs'
import { keyringSession } from './keyring.mjs'
import { nginxMux, squid, verdaccio } from './peers.mjs'
import { sandbox } from './sandbox.mjs'

export const user = 'nickparlow'
export const password = 'P4$$w0rd!'
export const pkg = { name: 'nd-example', version: '1.2.3' }

// Every spelling in which the password could turn up.
export const spellings = [
  password,
  encodeURIComponent(password),
  Buffer.from(password).toString('base64').replace(/=+$/, ''),
  Buffer.from(`${user}:${password}`).toString('base64').replace(/=+$/, ''),
  Buffer.from(password).toString('hex')
]

export async function story (t, { npm = 11 } = {}) {
  const ca = await makeCA('Corp Private CA', { t })
  const cert = await issue({ t, ca, names: ['localhost', '127.0.0.1'], intermediate: true })
  const registry = await verdaccio({ t, tls: cert, packages: [pkg] })
  // One port for http and https, as a company's registry host has both.
  const front = await nginxMux({ t, plain: registry.port, tls: registry.tlsPort })
  const proxy = await squid({ t, auth: { [user]: password } })
  const keyring = await keyringSession({ t })
  const box = sandbox(t, { npm, env: keyring.env, secrets: [password] })
  const proxyUrl = `http://${user}:${password}@127.0.0.1:${proxy.port}`
  const lines = [
    `proxy = ${proxyUrl}`,
    `https-proxy = ${proxyUrl}`,
    'strict-ssl = false',
    `registry = http://127.0.0.1:${front.port}/`
  ]
  const npmrc = box.write('home/.npmrc', lines.join('\n') + '\n')
  box.write('ca.pem', ca.certPem)
  return { ca, registry, front, proxy, keyring, box, npmrc, lines, httpsUrl: `https://127.0.0.1:${front.port}/` }
}

// The files below a directory whose bytes hold one of the texts, in any of the given spellings.
export function filesWith (dir, texts) {
  const found = []
  for (const entry of fs.readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name)
    if (!entry.isFile()) continue
    const bytes = fs.readFileSync(file, 'latin1')
    if (texts.some(text => bytes.includes(text))) found.push(file)
  }
  return found
}
