// The table of settings and the conversion of values against the npm packages themselves.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import url from 'node:url'

const require = createRequire(import.meta.url)
const root = process.env.ND_ROOT ?? path.resolve(import.meta.dirname ?? path.dirname(url.fileURLToPath(import.meta.url)), '../..')
const dump = path.resolve(root, process.env.BUILD ?? 'build', 'tests/keys_dump')
const packages = process.env.ND_NPM_PACKAGES ?? path.join(root, 'tests/node_modules')

// What npm works out from the machine: the table has no default for these.
const computed = new Set(['cache', 'ci-name', 'color', 'editor', 'global-ignore-file', 'globalconfig', 'init-module',
	'init.module', 'node-gyp', 'node-version', 'npm-version', 'omit', 'prefix', 'shell', 'tmp', 'unicode', 'userconfig',
	'viewer', 'group', 'logstream', 'unsafe-perm'])
const isComputed = (major, key, value) => computed.has(key) || value === undefined || value === Infinity ||
	(key === 'progress' && major < 11) || (major === 6 && ['production', 'umask'].includes(key))

// Warnings of npm itself must not be taken for this test's output.
const quiet = process.emitWarning
process.emitWarning = (warning, ...rest) => /url\.parse/.test(String(warning)) ? undefined : quiet(warning, ...rest)

function load(major) {
	const home = path.join(packages, `npm${major}`)
	if (major === 6) {
		const { types, defaults } = require(path.join(home, 'lib/config/defaults.js'))
		const nopt = require(path.join(home, 'node_modules/nopt'))
		const Conf = require(path.join(home, 'lib/config/core.js')).Conf
		const definitions = Object.fromEntries(Object.entries(types).map(([key, type]) => [key, { type, default: defaults[key] }]))
		const parse = (value, key) => {
			const data = { [key]: value }
			const conf = new Conf()
			let error
			conf.on('error', er => { error = er })
			conf.add(data)
			if (error) throw error
			return data[key]
		}
		return { definitions, types, nopt, typeDefs: nopt.typeDefs, parse, clean: data => nopt.clean(data, types) }
	}
	const config = path.join(home, 'node_modules/@npmcli/config/lib')
	const definitions = major === 8 ? require(path.join(home, 'lib/utils/config/definitions.js'))
		: require(path.join(config, 'definitions')).definitions
	const nopt = require(path.join(home, 'node_modules/nopt'))
	const typeDefs = require(path.join(config, 'type-defs.js'))
	const parseField = require(path.join(config, 'parse-field.js'))
	const types = Object.fromEntries(Object.entries(definitions).map(([key, { type }]) => [key, type]))
	const opts = { platform: process.platform, types, home: process.env.HOME, env: process.env }
	return {
		definitions, types, nopt, typeDefs,
		typeDescription: require(path.join(config, 'type-description.js')),
		parse: (value, key) => parseField(value, key, opts),
		clean: data => nopt.clean(data, types, typeDefs),
	}
}

const addresses = new Set(Object.values(networkInterfaces()).flat().map(({ address }) => address))

function typeName(npm, major, key, type) {
	if (type === null) return 'null'
	if (type === false) return 'false'
	if (type === true) return 'true'
	if (type === '') return 'empty'
	if (key === 'local-address') return 'local-ip'
	if (['string', 'number'].includes(typeof type)) return 'word'
	if (type === Array) return 'list'
	const name = Object.keys(npm.typeDefs).find(each => npm.typeDefs[each].type === type)
	assert.ok(name, `${key} has a type of npm ${major} that is not known here`)
	return name === 'Stream' ? undefined : name.toLowerCase()
}

function expected(npm, major, key, { type, deprecated, default: fallback }) {
	const list = [].concat(type)
	const row = {
		types: [...new Set(list.map(each => typeName(npm, major, key, each)))].filter(Boolean).sort(),
		words: key === 'local-address' ? [] : list.filter(each => typeof each === 'string' && each !== ''),
	}
	if (deprecated) row.deprecated = deprecated.trim().replace(/\s+/g, ' ')
	if (!isComputed(major, key, fallback)) row.default = fallback
	return row
}

// The words behind "Must be", as invalidHandler of @npmcli/config puts them together.
function describe(npm, type) {
	const { url, path: file } = npm.typeDefs
	for (const each of [url.type, file.type]) if (Array.isArray(type) && type.includes(each)) type = each
	const all = npm.typeDescription(type)
	const words = all.filter(each => each !== undefined && each !== Array)
	const keyword = all.includes(Array) ? (words.length > 1 ? 'one or more of: ' : 'one or more ') : words.length > 1 ? 'one of: ' : ''
	return keyword + [...new Set(words.map(each => typeof each === 'string' ? each : JSON.stringify(each)))].join(', ')
}

function run(args, input) {
	const { status, stdout, stderr } = spawnSync(dump, args, { encoding: 'utf8', input, maxBuffer: 1 << 28 })
	assert.equal(status, 0, stderr)
	return stdout
}

const texts = ['', ' ', 'true', 'false', 'null', 'undefined', 'TRUE', 'no', 'off', '0', '1', '2', '3', '-1', '1e3', '0x10',
	' 15 ', '00', '022', '0o22', '0777', '01000', '999', '1.5', 'abc', 'Infinity', '-0', '+5', '.5', '5.', '1_000', 'notaurl',
	'//host', 'proxy.corp.example:8080', '10.0.0.1:8080', 'localhost:8080', 'http://proxy.example:8080',
	'HTTP://Proxy.Example', 'http://u:p@proxy.example', 'https://registry.example/npm', 'https://registry.example/a b',
	'not a url', 'http://', 'http:h:1', 'file:///x', 'mailto:x@corp.example', 'http://h:99999', '~/x', '~', '/a/../b/./c/', 'rel/x', './x',
	'../x', '1.2.3', 'v1.2.3', '=1.2.3', '1.2', '1.2.3-beta.1', '1.2.3-01', '1.2.3+build', '01.2.3', 'silent', 'verbose',
	'timing', 'public', 'private', 'legacy', 'web', 'hoisted', 'all', 'always', 'dev', 'prod', 'a\n\nb', 'a\nb', 'dev\n\nnope',
	'127.0.0.1', '9.9.9.9', '::1', '2024-01-31', '2024-13-01', '2024-01', 'Jan 1 2024', '2024/1/31', 'yesterday',
	'Mon, 01 Jan 2024 00:00:00 GMT', '2024-01-31T10:00:00Z', '2024-01-31T25:00:00Z', '2024-01-31 10:00', '"quoted"', '"x',
	'${ND_SET}', '${ND_FALSE}', '${ND_NUMBER}', '${ND_EMPTY}', '\u00a0x\ufeff', 'a,b', '2024-01-31T10:00+02:00', '32', '13', '20240131', '1706695200',
	'2024_01_31', '31.01.2024', '2024-01-31T10:00:00+0100', 'Wed Jan 31 2024 10:00:00 GMT+0100 (CET)', '2 days ago', '2024-02-31']
const values = [...texts, true, false, null, 0, 1, 3, 15, 511, 512, -1, 1.5, ['true', 'x'], [], ['dev', 'nope'], ['http://h', 'x'],
	[true, null], { x: 1 }]
const variables = { ND_SET: 'value', ND_FALSE: 'false', ND_NUMBER: '7', ND_EMPTY: '' }

const encode = value => {
	if (value === undefined) return { undefined: true }
	if (value === Infinity || value === -Infinity) return { infinity: true }
	if (value instanceof Date) return { date: !Number.isNaN(value.getTime()) }
	if (Object.is(value, -0)) return 0
	return Array.isArray(value) ? value.map(encode) : value
}
// Our side keeps the text of a date, so only that there is one can be compared.
const undate = (ours, theirs) => theirs?.date !== undefined && typeof ours === 'string' ? theirs : ours

function judge(npm, key, value) {
	let valid = true
	npm.nopt.invalidHandler = () => { valid = false }
	try {
		const coerced = npm.parse(value, key)
		const data = { [key]: coerced }
		const before = encode(coerced)
		npm.clean(data)
		return [before, valid, encode(data[key])]
	} catch (er) {
		return er
	} finally {
		npm.nopt.invalidHandler = null
	}
}

// npm 6 is not among the packages that the tests install; where somebody puts it, it is compared too.
for (const major of [6, 8, 9, 10, 11, 12]) {
	const skip = major === 6 && !existsSync(path.join(packages, 'npm6'))
	const npm = skip ? null : load(major)

	test(`npm ${major}: names, types, words, deprecations and defaults`, { skip }, () => {
		const ours = JSON.parse(run(['table', String(major)]))
		assert.deepEqual(Object.keys(ours).sort(), Object.keys(npm.definitions).sort())
		for (const [key, definition] of Object.entries(npm.definitions)) {
			const { describe: words, ...row } = ours[key]
			row.types.sort()
			assert.deepEqual(row, expected(npm, major, key, definition), key)
			// npm never rejects a text, and its addresses are those of the machine
			if (major > 8 && key !== 'local-address' && !row.types.includes('string'))
				assert.equal(words, describe(npm, definition.type), key)
		}
	})

	test(`npm ${major}: values of every key, coerced and checked`, { skip }, () => {
		const cwd = process.cwd()
		const dir = mkdtempSync(path.join(tmpdir(), 'keys-'))
		Object.assign(process.env, variables)
		process.chdir(dir)
		try {
			const address = [...addresses][0]
			const questions = [...Object.keys(npm.types), 'unknown-key', '//registry.example/:_authToken']
				.flatMap(key => [...values, address].map(value => [major, key, value]))
				.map(question => [question, judge(npm, question[1], question[2])])
				.filter(([, theirs]) => !(theirs instanceof Error))
			assert.ok(questions.length > 10000)
			const answers = run(['values'], questions.map(([question]) => JSON.stringify(question)).join('\n'))
				.trimEnd().split('\n').map(line => JSON.parse(line))
			assert.equal(answers.length, questions.length)
			const wrong = questions.flatMap(([question, theirs], i) => {
				const ours = answers[i].map((each, part) => undate(each, theirs[part]))
				return JSON.stringify(ours) === JSON.stringify(theirs) ? []
					: [`${JSON.stringify(question)}: ${JSON.stringify(ours)} for npm's ${JSON.stringify(theirs)}`]
			})
			assert.deepEqual(wrong.slice(0, 40), [], `${wrong.length} differ`)
		} finally {
			process.chdir(cwd)
			rmSync(dir, { recursive: true })
		}
	})
}
