// Where npm and npmrc-doctor differ on purpose. Each entry says why, and holds what shows that it is still
// so: `shows(pair)` must be true for every npm in `majors`. compare.mjs names the entries that it heeds.
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
    name: 'workspaces',
    majors: all,
    why: 'Of a workspace member whose package.json is no JSON (npm 9 also of "workspaces": null) npm dies while it looks for the project. Those are no settings: npmrc-doctor reads on.',
    async shows (pair) {
      const files = { 'project/package.json': ['{"workspaces":["sub"]}'], 'project/sub/package.json': ['{'] }
      const { theirs, ours } = await both(pair, { ...home([]), files, cwd: 'project/sub' })
      return /JSON/.test(theirs.fatal) && ours.fatal === null
    }
  },
  {
    name: 'passwords',
    majors: all,
    why: 'npm defect: a _password that is a number or true is a TypeError in every request, and of a list each item is sent as a byte. npmrc-doctor says that credentials are there, ' +
      'and credentials-encoding that they are none.',
    async shows (pair) {
      const given = text => ({ ...home(['//registry.example/:username=us\n', text]), targets: [{ url: 'http://registry.example/pkg' }] })
      const [number, list] = [await seen(pair, given("//registry.example/:_password='5'\n")), await seen(pair, given('//registry.example/:_password[]=cA==\n'))]
      return /ERR_INVALID_ARG_TYPE/.test(number.targets[0].error) && list.targets[0].authorization !== null
    }
  },
  {
    name: 'slashes',
    majors: [10, 11, 12],
    why: 'npm defect: its agent for http proxies resolves the path of a request against its host, so that of http://registry.example//pkg the proxy is asked for http://pkg/. ' +
      'npmrc-doctor names the registry that is meant.',
    async shows (pair) {
      const given = { ...home([]), targets: [{ url: 'http://registry.example//pkg' }] }
      const { theirs } = await both(pair, { ...given, env: [...given.env, 'http_proxy=http://proxy.example:8080'] })
      return /^http:\/\/pkg[:/]/.test(theirs.targets[0].url)
    }
  },
  {
    name: 'nul',
    majors: all,
    why: 'A registry with a NUL in it, which the rule file-encoding reports: npm asks for a path with %00, npmrc-doctor names what stands before it.',
    async shows (pair) {
      const { theirs } = await both(pair, home(['registry=http://registry.example/\0\n']))
      return theirs.targets[0].url === 'http://registry.example:80/%00/pkg'
    }
  },
  {
    name: 'digits',
    majors: [9, 10, 11],
    why: 'node 20 defect: its URL parser leaves the Bidi rule out for labels whose only right-to-left characters are Arabic-Indic digits. npmrc-doctor keeps the rule, as node 24 does.',
    async shows (pair) {
      const [[theirs], [ours]] = await pair.ask({ op: 'urls', texts: ['http://\u0660/'] })
      return theirs.hostname === 'xn--8hb' && ours === null
    }
  },
  {
    name: 'unicode',
    majors: [12],
    why: 'node 24 brings Unicode 17, the ICU of the system its own, older one, which knows neither the newest characters nor that capital sharp s is now lowered to sharp s instead of "ss".',
    async shows (pair) {
      const [[theirs], [ours]] = await pair.ask({ op: 'urls', texts: ['http://\ua7cb/'] })
      return theirs.hostname === 'xn--3na' && (ours === null || ours.hostname === theirs.hostname)
    }
  }
]
