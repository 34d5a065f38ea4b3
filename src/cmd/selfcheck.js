// What the installed npm reads here: node runs this with npm's directory as its first argument and npm's
// flags behind it. It prints lines of fields between tabs:
//   ND layer  LAYER KEY TYPE HASH    a setting as a layer has it, before npm's type check
//   ND used   KEY TYPE HASH LAYER    what npm uses of it
//   ND fatal  HASH                   npm stops while loading; the hash is that of its message
//   ND end
// Keys are in hexadecimal digits, values only as the SHA-256 of their text: no secret leaves this process.
'use strict'
const { createHash } = require('crypto')
const { createRequire } = require('module')
const path = require('path')
const { writeSync } = require('fs')

const [root, ...flags] = process.argv.slice(2)
const npmRequire = createRequire(path.join(root, 'package.json'))
const major = Number.parseInt(npmRequire('./package.json').version)
const Config = npmRequire('@npmcli/config')
const layers = ['cli', 'env', 'project', 'user', 'global', 'builtin']
let out = ''

function type (value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return value instanceof Date ? 'date' : typeof value
}

// Lone surrogates become U+FFFD in UTF-8 and in the program that reads this.
function text (value) {
  switch (type(value)) {
    case 'string': return `s${Buffer.byteLength(value)}:${value}`
    case 'array': return `a${value.length}:${value.map(text).join('')}`
    case 'object': case 'date': return type(value)
    default: return String(value)
  }
}

const hex = key => Buffer.from(key).toString('hex')
const hash = value => createHash('sha256').update(text(value)).digest('hex')
const print = (...fields) => { out += `ND\t${fields.join('\t')}\n` }

// npm 8 keeps them among its commands.
function definitions () {
  try {
    return npmRequire('@npmcli/config/lib/definitions')
  } catch {
    return npmRequire('./lib/utils/config')
  }
}

function printLayers (config) {
  for (const layer of layers) {
    const { data } = config.data.get(layer)
    for (const key of Object.keys(data)) print('layer', layer, hex(key), type(data[key]), hash(data[key]))
  }
}

function keysOf (config) {
  return new Set(layers.flatMap(layer => Object.keys(config.data.get(layer).data)))
}

// lib/npm.js of npm 12
function checkExtension (config) {
  const where = major >= 12 && config.get('extension-file') != null && config.find('extension-file')
  if (where && !['cli', 'project', 'default'].includes(where)) {
    throw new Error(`\`extension-file\` may only be set in project config or on the command line, not from ${where} config`)
  }
}

// lib/npm.js writes a scope back with its @, after which the checked values count.
function writeScopeBack (config) {
  const scope = config.get('scope')
  if (!scope || /^@/.test(scope)) return
  config.set('scope', `@${scope}`, config.find('scope'))
  validate(config)
}

function validate (config) {
  if (major < 9) return
  try {
    config.validate()
  } catch (error) {
    if (error.code !== 'ERR_INVALID_AUTH') throw error
  }
}

async function main () {
  const config = new Config({
    npmPath: root,
    ...definitions(),
    argv: [process.execPath, path.join(root, 'bin/npm-cli.js'), ...flags],
    warn: false
  })
  let keys
  if (major < 9) {
    // The type check and the moving of unscoped credentials are a part of loading.
    const validate = config.validate
    config.validate = where => {
      if (!where) {
        printLayers(config)
        keys = keysOf(config)
      }
      return validate.call(config, where)
    }
    config.setCredentialsByURI = () => {}
  }
  try {
    await config.load()
    if (major >= 9) {
      printLayers(config)
      keys = keysOf(config)
    }
    config.flat // eslint-disable-line no-unused-expressions
    checkExtension(config)
    writeScopeBack(config)
    for (const key of keys) print('used', hex(key), type(config.get(key)), hash(config.get(key)), config.find(key))
    // Any command does this before it does anything (lib/npm.js).
    validate(config)
  } catch (error) {
    print('fatal', hash(error.message))
  }
  print('end')
  for (let at = 0, bytes = Buffer.from(out); at < bytes.length;) at += writeSync(1, bytes, at)
  process.exit(0)
}

main()
