// Configurations that are odd and healthy: npm copes with each of them, so check --offline has nothing to say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must, sandbox } from '../lib/sandbox.mjs'

const corp = 'registry=https://registry.example/npm/\n'
const key = '//registry.example/npm/'
const proxy = 'proxy=http://proxy.example:8080\n'
const T = { T: 'CANARY' }

// name: [the user's file, environment, npm, further files, cwd]
const cases = {
  'nothing at all': [''],
  'CRLF and blank lines': ['\r\n\r\nregistry=https://registry.example/\r\n\t\r\n'],
  'a mark in front of a comment': ['\ufeff; comment\n' + corp],
  'comments that look like settings': ['; registry: https://x.example\n# proxy=http://nick@proxy.example\n;; [x]\n;;;;\n'],
  'blanks around everything': ['   registry   =   https://registry.example/   \n'],
  'both kinds of quotes': ['registry="https://registry.example/"\nmessage=\'it is\'\n'],
  'a quoted key': ['"registry"="https://registry.example/"\n'],
  'quotes inside': ["init-author-name=O'Brien\nheading=npm!\n"],
  'escaped quotes': ['init-author-name="A \\"B\\" C"\n'],
  'escaped comment characters': ['init-author-name=Ann \\# 1 \\; 2\n'],
  'a path of Windows': ['script-shell="C:\\\\Windows\\\\System32\\\\cmd.exe"\n'],
  'letters of other languages': ['init-author-name="Bücher Ä"\nmessage="release %s 🎉"\n'],
  'a host of other letters': ['registry=https://bücher.example/\n'],
  'numbers and colons for hosts': ['registry=https://[2001:db8::1]:8443/npm\n@corp:registry=https://10.0.0.5:8443/npm\n'],
  'a path with percent signs': [`registry=https://registry.example:8443/a%20b/\n//registry.example:8443/a%20b/:_authToken=\${T}\n`, T],
  'a token from a variable, in quotes and CRLF': [`${corp}${key}:_authToken = "\${T}" \r\n`, T],
  'an optional variable': [`${corp}${key}:_authToken=\${UNSET?}\n`, {}, '11.21.2'],
  'a pair from variables': [`${corp}${key}:username=nick\n${key}:_password=\${P}\n${key}:email=nick@corp.example\n`, { P: 'Q0FOQVJZ' }],
  'two projects on one host': ['@a:registry=https://r.example/a/\n@b:registry=https://r.example/b/\n//r.example/a/:_authToken=${T}\n//r.example/b/:_authToken=${T}\n', T],
  'views of a feed': ['registry=https://r.example/org/feed@Release/npm/\n@b:registry=https://r.example:8443/npm@Local/\n//r.example/org/feed@Release/npm/:_authToken=${T}\n//r.example:8443/npm@Local/:_authToken=${T}\n', T],
  'a registry from a variable': ['registry=${R}\n', { R: 'https://registry.example/' }],
  'a proxy and its exceptions from variables': ['proxy=${P}\nnoproxy=${N}\n', { P: 'http://proxy.example:1', N: 'localhost,.x.example' }],
  'a password with signs from a variable': ['proxy=http://corp%5Cnick:${P}@proxy.example:8080/\n', { P: 'CANARY$!@:' }],
  'one proxy in every place': [corp + proxy, { HTTPS_PROXY: 'http://proxy.example:8080/', https_proxy: 'http://proxy.example:8080', HTTP_PROXY: 'http://proxy.example:8080', NO_PROXY: 'localhost,127.0.0.1', no_proxy: 'localhost,127.0.0.1' }],
  'no proxy, in two spellings': [corp + 'proxy=null\nhttps-proxy=false\n'],
  'proxies by address, by TLS and by socks': ['proxy=http://[fd00::1]:3128/\nhttps-proxy=socks5h://proxy.example:1080\n'],
  'the port of TLS written out': ['https-proxy=HTTPS://Proxy.Example:443\n'],
  'exceptions as a list': [proxy + 'noproxy[]=a.example\nnoproxy[]=b.example\n'],
  'exceptions with blanks': [proxy + 'noproxy="localhost, 127.0.0.1, [::1]"\n'],
  'lists': ['omit[]=dev\nomit[]=optional\ninclude[]=peer\n'],
  'a list from the environment': ['', { npm_config_omit: 'dev\n\noptional' }],
  'switches from variables': ['ignore-scripts=${ON}\n', { ON: 'true' }],
  'what npm hands down to scripts': [corp, { npm_config_user_agent: 'x', npm_config_node_gyp: '/x', npm_config_npm_version: '11.6.0', npm_config_local_prefix: '/', npm_config_global_prefix: '/usr', npm_config_noproxy: '', npm_config_prefix: '/usr' }],
  'settings of other tools in the environment': [corp, { npm_config_sharp_binary_host: 'https://mirror.example/', npm_config_build_from_source: 'true' }, '12.2.0'],
  'settings of other tools, before npm 11': [corp + 'always-auth=true\nnode-linker=hoisted\npuppeteer_skip_download=1\n', {}, '10.9.9'],
  'numbers, dates and masks': ['fetch-retries=0\nfetch-timeout=0\numask=0o022\nbefore=2024-01-31T10:00:00Z\n'],
  'a mask of old': ['umask=022\n'],
  'words of the enumerations': ['lockfile-version=3\naccess=restricted\nauth-type=web\naudit-level=moderate\nreplace-registry-host=always\n'],
  'a host to replace': ['replace-registry-host=registry.example\n'],
  'an empty text that is meant': ['tag-version-prefix=""\nsave-prefix=""\n'],
  'a tilde that is no path': ['save-prefix=~\n'],
  'paths at home': ['cache=~/.cache/npm\nprefix=${HOME}/.npm-global\ninit-module=~/.npm-init.js\n'],
  'what a script policy needs': ['allow-scripts[]=esbuild\nallow-scripts[]=sharp\n', {}, '11.21.2'],
  'verification, said aloud': [corp + 'strict-ssl=true\nca=null\n'],
  'another value in the project for what is no network setting': ['save-exact=false\n', {}, '11.6.0', { 'project/package.json': '{}', 'project/.npmrc': 'save-exact=true\n' }],
  'a workspace without members': [corp, {}, '11.6.0', { 'project/package.json': '{"workspaces":null}', 'project/a/package.json': '{}' }, 'project/a']
}

async function check (box, [text, env = {}, npm = '11.6.0', files = {}, cwd = 'project']) {
  box.write('home/.npmrc', text)
  for (const [name, content] of Object.entries(files)) box.write(name, content)
  const result = await box.doctor(['check', '--offline', '--npm-version', npm, '--format', 'json'], { env, cwd: box.at(cwd) })
  assert.deepEqual(JSON.parse(result.stdout).findings.map(({ rule, message, location }) => `${rule}: ${message} (line ${location?.line})`), [])
  assert.equal(result.status, 0)
}

for (const [name, given] of Object.entries(cases)) test(name, t => check(sandbox(t, { npm: null }), given))

test('a certificate, once in the file, once in a file of its own', async t => {
  const box = sandbox(t, { npm: null })
  await must('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', box.at('key'), '-out', box.at('ca.pem'), '-days', '30', '-subj', '/CN=Corp CA'], { env: { PATH: '/usr/bin:/bin' } })
  const inline = `"${box.read('ca.pem').trim().replaceAll('\n', '\\n')}"`
  await check(box, [`ca=${inline}\n`])
  await check(box, [`ca[]=${inline}\nca[]=${inline}\n`])
  await check(box, [`cafile=${box.at('ca.pem')}\n`])
  await check(box, ['', { NODE_EXTRA_CA_CERTS: box.at('ca.pem') }])
})
