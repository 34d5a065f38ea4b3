// Certificates made by the openssl command, good ones and bad ones.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { must, systemPath, tempDir } from './sandbox.mjs'

const day = 24 * 3600 * 1000
let unnamed = 0

// `openssl ca`, as only it takes both dates in every OpenSSL 3.
const config = `
[req]
distinguished_name = name
prompt = no
[name]
[ca]
default_ca = here
[here]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`

function stamp (date) {
  return new Date(date).toISOString().replace(/[-:T]|\.\d+/g, '')
}

async function sign ({ t, name, issuer, extensions, notBefore = Date.now() - day, notAfter = Date.now() + 365 * day }) {
  const dir = tempDir(t, 'cert')
  const at = file => path.join(dir, file)
  const openssl = (...args) => must('openssl', args, { cwd: dir, env: { PATH: systemPath, OPENSSL_CONF: at('conf'), HOME: dir } })
  fs.writeFileSync(at('conf'), config)
  fs.writeFileSync(at('index.txt'), '')
  fs.writeFileSync(at('serial'), randomBytes(8).toString('hex').replace(/^./, '4') + '\n')
  fs.writeFileSync(at('ext'), extensions.join('\n') + '\n')
  await openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'key.pem')
  await openssl('req', '-new', '-key', 'key.pem', '-subj', `/CN=${name}`, '-out', 'request.pem')
  const by = issuer ? ['-cert', issuer.cert, '-keyfile', issuer.key] : ['-selfsign', '-keyfile', 'key.pem']
  await openssl('ca', '-batch', '-notext', '-in', 'request.pem', '-out', 'cert.pem', ...by,
    '-extfile', 'ext', '-startdate', stamp(notBefore), '-enddate', stamp(notAfter))
  // What a server sends: its own certificate and the intermediates, never the root.
  const above = issuer?.issuer ? fs.readFileSync(issuer.chain, 'utf8') : ''
  fs.writeFileSync(at('chain.pem'), fs.readFileSync(at('cert.pem'), 'utf8') + above)
  return {
    name,
    dir,
    issuer,
    key: at('key.pem'),
    cert: at('cert.pem'),
    chain: at('chain.pem'),
    keyPem: fs.readFileSync(at('key.pem'), 'utf8'),
    certPem: fs.readFileSync(at('cert.pem'), 'utf8'),
    chainPem: fs.readFileSync(at('chain.pem'), 'utf8')
  }
}

// A root, or, with `issuer`, an intermediate CA. Options: t, issuer, notBefore, notAfter.
export function makeCA (name = `Test CA ${++unnamed}`, options = {}) {
  return sign({
    ...options,
    name,
    extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash']
  })
}

// A server's certificate. names: DNS names and IP addresses; intermediate: puts one more CA between;
// selfSigned: no CA at all; aia: where it says that its issuer is to be had. Dates are anything that Date takes.
export async function issue ({ t, ca, names = ['localhost', '127.0.0.1'], selfSigned = false, intermediate = false, client = false, aia, notBefore, notAfter }) {
  if (intermediate) ca = await makeCA(undefined, { t, issuer: ca })
  const alt = names.map(name => (net.isIP(name) ? 'IP:' : 'DNS:') + name)
  return sign({
    t,
    name: names[0],
    issuer: selfSigned ? undefined : ca,
    notBefore,
    notAfter,
    extensions: ['basicConstraints=CA:FALSE', `subjectAltName=${alt.join(',')}`, `extendedKeyUsage=${client ? 'clientAuth' : 'serverAuth'}`,
      ...(aia ? [`authorityInfoAccess=caIssuers;URI:${aia}`] : [])]
  })
}

// Dates to spread into the options of issue and makeCA.
export const expired = { notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - 2 * day) }
export const notYet = { notBefore: new Date(Date.now() + 2 * day), notAfter: new Date(Date.now() + 30 * day) }
