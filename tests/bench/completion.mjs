// How long Tab takes in each shell, from the key to the completed line: median of 40, after a first one.
import { sandbox } from '../lib/sandbox.mjs'
import { row } from './table.mjs'
import { installScripts, interactive, shells } from '../lib/shells.mjs'

const lines = ['npmrc-doctor sel', 'npmrc-doctor check --off', 'npmrc-doctor check --client bu', 'npmrc-doctor explain section-ig']

export async function * completion (t) {
  const box = sandbox(t, { npm: null })
  const share = await installScripts({ ...box, env: { PATH: '/usr/local/bin:/usr/bin:/bin' } })
  box.write('bin/npmrc-doctor', '#!/bin/sh\n', 0o755)
  box.env.PATH = `${box.at('bin')}:/usr/bin:/bin`
  for (const shell of shells) {
    const { press, close } = await interactive(t, box, shell, share)
    const times = []
    for (let i = -1; i < 10; i++) {
      for (const line of lines) {
        const started = process.hrtime.bigint()
        await press(line)
        if (i >= 0) times.push(Number(process.hrtime.bigint() - started) / 1e6)
      }
    }
    await close()
    yield row({ name: `Tab in ${shell}`, ours: times, bound: { most: 30 } })
  }
}
