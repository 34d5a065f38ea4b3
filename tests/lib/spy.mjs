// What an install script can get at: its environment, the file that NPM_CONFIG_USERCONFIG names, environ,
// cmdline and descriptors of itself and its ancestors, the files under HOME. Writes all of it, as raw
// bytes, to a new file below the directory ND_SPY.
import fs from 'node:fs'
import path from 'node:path'

const found = []
const note = (what, bytes) => found.push(Buffer.from(`\n## ${what}\n`), Buffer.from(bytes))

// A pipe may be empty and open: nothing here waits.
function drain (file) {
  let fd
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    const bytes = Buffer.alloc(1 << 20)
    return bytes.subarray(0, fs.readSync(fd, bytes))
  } catch (err) {
    return Buffer.from(`(${err.code})`)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

function parentOf (pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(status.match(/^PPid:\t(\d+)$/m)[1])
}

note('environment', JSON.stringify(process.env))
for (const [name, value] of Object.entries(process.env)) {
  if (/^npm_config_userconfig$/i.test(name)) note(`${name} ${value}`, drain(value))
}
for (let pid = process.pid; pid > 0; pid = parentOf(pid)) {
  if (pid === Number(process.env.ND_SPY_STOP)) break
  for (const part of ['environ', 'cmdline']) note(`${pid} ${part}`, drain(`/proc/${pid}/${part}`))
  for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
    let target = ''
    try { target = fs.readlinkSync(`/proc/${pid}/fd/${fd}`) } catch {}
    // Reading from a pipe between two others would take away what one of them waits for.
    if (/^\/(?!dev\/)/.test(target)) note(`${pid} fd ${fd} ${target}`, drain(`/proc/${pid}/fd/${fd}`))
  }
}
for (const entry of fs.readdirSync(process.env.HOME, { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath ?? entry.path, entry.name)
  if (entry.isFile()) note(file, fs.readFileSync(file))
}
const who = process.env.npm_package_name ?? 'nobody'
fs.writeFileSync(path.join(process.env.ND_SPY, `${who}-${process.pid}`), Buffer.concat(found))
