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
  local curcontext=$curcontext command
  local -i at first
  # What stands in front of the command are options of every command.
  for (( first = 2; first < CURRENT; first++ )); do
    case $words[first] in
    (@before@) (( first++ )) ;;
    (-*) ;;
    (*) break ;;
    esac
  done
  if (( first >= CURRENT )); then
    _arguments -s -S :@globals@ \
      '1:command:_npmrc-doctor_commands'
    return
  fi
  command=$words[first]
  words=("${(@)words[first,-1]}")
  (( CURRENT -= first - 1 ))
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
