# bash completion for npmrc-doctor, printed from the program's tables: `npmrc-doctor completion bash`.
# Nothing here runs npmrc-doctor, reads an .npmrc or asks a keyring.

# Those of the words that begin like the current one.
_npmrc_doctor_words() {
	local word
	for word in "$@"; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$prefix$word")
	done
}

# Files or directories: readline's own completion knows about quotes, tildes and blanks.
_npmrc_doctor_files() {
	if [[ $prefix ]]; then
		mapfile -t COMPREPLY < <(compgen -P "$prefix" -A "$1" -- "$cur")
		compopt -o filenames
	elif [[ $1 == directory ]]; then
		compopt -o dirnames
	else
		compopt -o default
	fi
}

_npmrc_doctor_commands() {
	_npmrc_doctor_words @commands@
}

_npmrc_doctor_rules() {
	_npmrc_doctor_words @rules@
}

_npmrc_doctor_keys() {
	_npmrc_doctor_words @keys@
}

# The completion of the command whose word has this index, where bash-completion is not loaded.
_npmrc_doctor_offset() {
	local spec word last= length=${#COMP_LINE} i
	if (($1 == COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi
	spec=$(complete -p -- "${COMP_WORDS[$1]##*/}" 2>/dev/null)
	if [[ ! $spec =~ \ -F\ ([^ ]+) ]]; then
		compopt -o default
		return
	fi
	for ((i = 0; i < $1; i++)); do
		COMP_LINE=${COMP_LINE#*"${COMP_WORDS[i]}"}
	done
	COMP_LINE=${COMP_LINE#"${COMP_LINE%%[! ]*}"}
	((COMP_POINT -= length - ${#COMP_LINE}, COMP_CWORD -= $1))
	COMP_WORDS=("${COMP_WORDS[@]:$1}")
	for word in $spec; do
		[[ $last != -o ]] || compopt -o "$word"
		last=$word
	done
	"${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "$cur" "${COMP_WORDS[COMP_CWORD - 1]}"
}

_npmrc_doctor_wrapped() {
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	else
		_npmrc_doctor_offset "$1"
	fi
}

# The index of the command's word: what stands in front of it are options of every command.
_npmrc_doctor_first() {
	for ((first = 1; first < COMP_CWORD; first++)); do
		case ${COMP_WORDS[first]} in
		@before@)
			[[ ${COMP_WORDS[first + 1]} != = ]] || ((first++))
			((first++))
			;;
		-*) ;;
		*) return ;;
		esac
	done
}

# The index of the word where COMMAND stands or would stand.
_npmrc_doctor_operand() {
	for ((at = first + 1; at < COMP_CWORD; at++)); do
		case ${COMP_WORDS[at]} in
		--)
			((at++))
			return 0
			;;
		@valued@)
			[[ ${COMP_WORDS[at + 1]} != = ]] || ((at++))
			((at++))
			;;
		-*) ;;
		*) return 0 ;;
		esac
	done
	return 1
}

_npmrc_doctor() {
	local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command= option= prefix= options= operand= first at
	COMPREPLY=()
	_npmrc_doctor_first
	((first >= COMP_CWORD)) || command=${COMP_WORDS[first]}
	case $command in
	@cases@
	help) operand=_npmrc_doctor_commands ;;
	'')
		options='@globals@'
		operand=_npmrc_doctor_commands
		;;
	*) return ;;
	esac
	if [[ $operand == _npmrc_doctor_wrapped ]] && _npmrc_doctor_operand; then
		_npmrc_doctor_wrapped "$at"
		return
	fi
	# The shell may take `=` for a word of its own.
	if [[ $cur == = ]]; then
		option=$previous cur=
	elif [[ $previous == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $cur == --*=* ]]; then
		option=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
	else
		option=$previous
	fi
	case $command:$option in
	@values@
	esac
	if [[ $cur == -* || ! $operand ]]; then
		_npmrc_doctor_words $options
	elif [[ $operand == _npmrc_doctor_wrapped ]]; then
		_npmrc_doctor_wrapped "$COMP_CWORD"
	else
		$operand
	fi
}

complete -F _npmrc_doctor npmrc-doctor
