// Where npm and npmrc-doctor differ on purpose. Each entry says why, and holds what shows that it is still
// so: `shows(pair)` must be true for every npm in `majors`. compare.mjs names the entries that it heeds.
import { domainToASCII, domainToUnicode } from 'node:url'

const home = lines => ({ files: { 'home/.npmrc': lines }, env: ['HOME={DIR}/home', 'PREFIX={DIR}/prefix'], targets: [{}] })
const all = [9, 10, 11, 12]
const seen = async (pair, given) => (await pair.answers(given)).theirs
const both = (pair, given) => pair.answers(given)

export const known = [
  {
    name: 'setters',
    majors: all,
    why: 'npm defect: its defaults have a setter for globalconfig (in 9 metrics-registry, in 12 global-ignore-file), so the first layer that sets one writes into ' +
      'the defaults and is weaker than every other. npmrc-doctor gives the same value, but names the layer where it stands.',
    async shows (pair) {
      const { theirs, ours } = await both(pair, home(['globalconfig={DIR}/other.npmrc\n']))
      const [, value, layer] = theirs.effective.find(([key]) => key === 'globalconfig')
      const mine = ours.effective.find(([key]) => key === 'globalconfig')
      return layer === 'default' && value === mine[1] && mine[2] === 'user'
    }
  },
  {
    name: 'sections',
    majors: all,
    why: 'A [section] is an object that nothing in npm reads. npmrc-doctor keeps its lines as entries (for its rules) and an empty object as the value.',
    async shows (pair) {
      const { theirs, ours } = await both(pair, home(['[s]\n', 'registry=http://registry.example\n']))
      return theirs.layers.user.settings[0][1].section && ours.layers.user.settings[0].value.object === '{}' && ours.layers.user.settings.length === 1
    }
  },
  {
    name: 'thrown',
    majors: [9, 10, 11],
    why: 'npm defect: url.parse throws at a bad percent sign, so the type check, which should call the setting invalid, kills npm. npmrc-doctor calls the setting invalid.',
    async shows (pair) {
      const { theirs, ours } = await both(pair, home(['https-proxy=http://u:p%zz@proxy.example\n']))
      return /URI malformed/.test(theirs.thrown) && ours.layers.user.settings[0].valid === false
    }
  },
  {
    name: 'socks',
    majors: [9],
    why: 'npm defect: its socks-proxy-agent turns a missing port into NaN and refuses it. npmrc-doctor names the proxy with the port 1080 that npm 10 and later use.',
    shows: async pair => /Invalid SOCKS proxy details/.test((await seen(pair, home(['proxy=socks5://proxy.example\n']))).targets[0].error)
  },
  {
    name: 'noproxy',
    majors: [9],
    why: 'npm defect: a bare `noproxy` is true, which has no .some(): every request through a proxy is a TypeError. npmrc-doctor says which proxy was chosen; the value itself is reported.',
    shows: async pair => /some is not a function/.test((await seen(pair, home(['noproxy\n', 'proxy=http://proxy.example:8080\n']))).targets[0].error)
  },
  {
    name: 'rewritten',
    majors: all,
    why: 'npm defect: computing the options writes omit, include, auth-type (with otp), install-strategy (global-style, legacy-bundling), save-prefix (save-exact) and package-lock ' +
      '(shrinkwrap) back into the layer, so that the type check then judges values that nobody wrote.',
    async shows (pair) {
      const { theirs, ours } = await both(pair, home(['otp=1\n', 'auth-type=nope\n']))
      return !theirs.invalid.some(([, key]) => key === 'auth-type') && ours.layers.user.settings[1].valid === false
    }
  },
  {
    name: 'twice',
    majors: [11, 12],
    why: 'npm judges whether a key is known by its text before ${} is replaced, line by line. Where two lines name one key that way, npmrc-doctor keeps the one that wins, with its text.',
    async shows (pair) {
      const { theirs, ours } = await both(pair, { ...home(['${KEY}=http://registry.example\n', 'registry=http://registry.example\n']), env: ['HOME={DIR}/home', 'KEY=registry'] })
      return theirs.unknown.some(([, key]) => key === '${KEY}') && ours.layers.user.settings.length === 1 && ours.layers.user.settings[0].known
    }
  },
  {
    name: 'idna',
    majors: all,
    why: 'Hosts beyond ASCII for which IDNA 2008 has no name: labels over 63 characters, empty ones, with punctuation or symbols, or (node 24) xn-- labels that decode to ' +
      'nothing. node takes them; npmrc-doctor leaves that to libidn2, which refuses most.',
    async shows (pair) {
      const [theirs, ours] = await pair.ask({ op: 'urls', texts: ['http://\u00df{/', `http://${'a'.repeat(64)}\u65e5/`] })
      return theirs.every(each => each && isNoName(each.hostname)) && ours.every(each => each === null)
    }
  },
  {
    name: 'caret',
    majors: [12],
    why: 'The URL standard began to escape ^ in paths in 2024; node 24 does, node 20 and 22 do not. npmrc-doctor goes with the older ones, as npm 12 runs on both.',
    async shows (pair) {
      const [[theirs], [ours]] = await pair.ask({ op: 'urls', texts: ['http://registry.example/a^b'] })
      return theirs.pathname === '/a%5Eb' && ours.pathname === '/a^b'
    }
  }
]

// A host with letters that are not ASCII which node takes and IDNA 2008 has no name for.
export function isNoName (host, text = host) {
  const labels = host.replace(/\.$/, '').split('.')
  return /xn--|[^\0-\x7f]|%[89a-f]/i.test(text) && labels.some(label => label.length > 63 || !isName(label))
}

function isName (label) {
  const text = domainToUnicode(label)
  return /^[\p{L}\p{N}\p{M}_]([\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?$/u.test(text) && !text.startsWith('xn--') && domainToASCII(text) === label
}

// Whether two answers about a URL differ by one of these only.
export function isKnownUrl (major, theirs, ours, text) {
  if (theirs === null) return false
  if (isNoName(theirs.hostname, text)) return true
  const older = value => typeof value === 'string' ? value.replaceAll('%5E', '^') : value
  return major === 12 && ours !== null && Object.keys(theirs).every(part => older(theirs[part]) === older(ours[part]))
}
