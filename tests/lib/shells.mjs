// Interactive shells that complete npmrc-doctor's command line from the installed scripts.
import fs from 'node:fs'
import path from 'node:path'
import { must, root } from './sandbox.mjs'
import { terminal } from './terminal.mjs'

const show = '\x18\x10' // ^X^P prints the line between << and >> and empties it

const rc = {
  bash: (share, { library = true, script = path.join(share, 'bash-completion/completions/npmrc-doctor') }) => [['bashrc', `
PS1='ready> ' HISTFILE=
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind 'set completion-query-items -1'
bind 'set page-completions off'
show() { printf '\\n<<%s>>\\n' "$READLINE_LINE"; READLINE_LINE= READLINE_POINT=0; }
bind -x '"\\C-x\\C-p": show'
${library ? '. /usr/share/bash-completion/bash_completion' : '. /usr/share/bash-completion/completions/git'}
. ${script}
`]],
  zsh: share => [['.zshrc', `
PROMPT='ready> ' RPROMPT=
bindkey -e
setopt no_beep no_auto_menu
unsetopt prompt_sp
fpath=(${share}/zsh/site-functions $fpath)
autoload -Uz compinit && compinit -u -d "$ZDOTDIR/dump"
show() { zle -I; print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N show
bindkey '^X^P' show
`]],
  // With a directory of completions fish does not begin to make some of every manual page.
  fish: () => [['data/fish/generated_completions/none', ''], ['fish/config.fish', `
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
function fish_prompt; printf 'ready> '; end
function show; printf '\\n<<%s>>\\n' (commandline | string collect); commandline -r ''; commandline -f repaint; end
function fish_user_key_bindings; bind \\cx\\cp show; end
`]]
}

const start = {
  bash: dir => ['bash', ['--noprofile', '--rcfile', path.join(dir, 'bashrc'), '-i'], {}],
  zsh: dir => ['zsh', ['-i'], { ZDOTDIR: dir }],
  fish: (dir, share) => ['fish', ['-i'], { XDG_CONFIG_HOME: dir, XDG_DATA_HOME: path.join(dir, 'data'), XDG_DATA_DIRS: `${share}:/usr/share` }]
}

export const shells = Object.keys(start)

// The scripts as `make install` places them: the directory of shared data.
export async function installScripts (box) {
  const env = { PATH: box.env.PATH, HOME: box.home, LANG: 'C.UTF-8' }
  const build = process.env.BUILD || 'build'
  // What is installed is as it shall be: where the program stands for one under valgrind it is not to be made anew.
  const old = ['npmrc-doctor', ...['probe', 'keyring', 'idna'].map(name => `modules/${name}.so`)].map(name => `--old-file=${build}/${name}`)
  await must('make', ['--no-print-directory', '-C', root, `BUILD=${build}`, ...old, 'install',
    `DESTDIR=${box.at('dest')}`, 'PREFIX=/usr'], { env, timeout: 120000 })
  return box.at('dest/usr/share')
}

// press(text): what the command line holds after the text and Tab have been typed.
export async function interactive (t, box, name, share, options = {}) {
  const dir = fs.mkdtempSync(box.at(`${name}-`))
  for (const [file, text] of rc[name](share, options)) {
    fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true })
    fs.writeFileSync(path.join(dir, file), text)
  }
  const [command, args, env] = start[name](dir, share)
  const pty = terminal(command, args, { t, cwd: box.project, columns: 200, env: { ...box.env, TERM: 'xterm', ...env } })
  await pty.until(/ready> /)
  const answer = async () => (await pty.until(/<<([^]*?)>>\r?\n[^]*?ready> /))[1]
  // The first prompt of all may stand before the keys are bound.
  pty.type(show)
  await answer()
  return {
    press: text => { pty.type(`${text}\t${show}`); return answer() },
    close: () => { pty.type('exit\r'); return pty.end() }
  }
}
