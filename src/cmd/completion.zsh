#compdef npmrc-doctor
# zsh completion for npmrc-doctor, printed from the program's tables: `npmrc-doctor completion zsh`.
# Nothing here runs npmrc-doctor, reads an .npmrc or asks a keyring.

_npmrc-doctor_commands() {
  local -a commands=(
    @commands@
    'help:show a command'\''s help'
  )
  _describe -t commands command commands
}

_npmrc-doctor_rules() {
  local -a rules=(
    @rules@
  )
  _describe -t rules rule rules
}

# Something that cannot be listed. A message where an option is being written would keep zsh from it.
_npmrc-doctor_any() {
  [[ $PREFIX == -* ]] || _message -e $1 $1
}

_npmrc-doctor_keys() {
  local -a keys=(@keys@)
  _describe -t keys key keys
}

# The index of the word where COMMAND stands or would stand: false while an option is being written.
_npmrc-doctor_operand() {
  for (( at = 2; at < CURRENT; at++ )); do
    case $words[at] in
    (--) (( at++ )); return 0 ;;
    (@valued@) (( at++ )) ;;
    (-*) ;;
    (*) return 0 ;;
    esac
  done
  [[ $at -eq $CURRENT && $words[at] != -* ]]
}

_npmrc-doctor() {
  local curcontext=$curcontext command=$words[2]
  local -i at
  if (( CURRENT == 2 )); then
    if [[ $PREFIX == -* ]]; then
      _arguments '(-h --help)'{-h,--help}'[show the help]' '(-V --version)'{-V,--version}'[show the version]'
    else
      _npmrc-doctor_commands
    fi
    return
  fi
  shift words
  (( CURRENT-- ))
  curcontext=${curcontext%:*}-$command:
  case $command in
  @cases@
  (help) _npmrc-doctor_commands ;;
  esac
}

if [[ $funcstack[1] == _npmrc-doctor ]]; then
  _npmrc-doctor "$@"
else
  compdef _npmrc-doctor npmrc-doctor
fi
