// decode.cjs NPM-DIR FILE RUNS: npm's own ini parses the file; prints the MB/s of each time, as JSON. Of the time on
// the clock and that of the processor (where the collector's threads count too) the smaller one is taken.
const { createRequire } = require('node:module')
const fs = require('node:fs')
const [dir, file, runs] = process.argv.slice(2)
const ini = createRequire(dir + '/package.json')('ini')
const text = fs.readFileSync(file)
const speeds = []
for (let i = 0; i < Number(runs); i++) {
  const started = process.hrtime.bigint()
  const used = process.cpuUsage()
  if (Object.keys(ini.parse(text.toString('utf8'))).length === 0) process.exit(1)
  const { user, system } = process.cpuUsage(used)
  speeds.push(text.length / 1e6 / Math.min(Number(process.hrtime.bigint() - started) / 1e9, (user + system) / 1e6))
}
console.log(JSON.stringify(speeds))
