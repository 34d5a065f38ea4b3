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
	_npmrc_doctor_words check fix restore exec env hook token-helper secrets config route selfcheck scan completion explain help
}

_npmrc_doctor_rules() {
	_npmrc_doctor_words value-cut-by-comment unresolved-variable unclosed-quote duplicate-key section-ignored no-value unknown-key deprecated-key invalid-value file-encoding invisible-character colon-for-equals wrong-variable-syntax misnamed-file file-ignored file-unreadable shadowed-setting plaintext-token plaintext-password plaintext-proxy-password plaintext-url-credentials plaintext-private-key env-proxy-password credentials-over-http credentials-loose-permissions unscoped-credentials credentials-key-malformed credentials-encoding credentials-conflict token-expired credentials-mismatch credentials-leak-to-proxy credentials-in-repository strict-ssl-disabled tls-reject-unauthorized-disabled registry-over-http cafile-missing cafile-invalid ca-replaces-roots registry-url-invalid registry-known-bad lockfile-registry proxy-url-invalid proxy-scheme-unsupported proxy-no-scheme proxy-no-port proxy-host-suspicious proxy-is-pac proxy-quoted proxy-password-encoding proxy-conflict proxy-ignored noproxy-no-effect noproxy-bypasses-registry proxy-unresolvable proxy-refused proxy-timeout proxy-unreachable proxy-reset proxy-not-a-proxy proxy-scheme-mismatch proxy-auth-required proxy-auth-rejected proxy-auth-unsupported proxy-forbidden proxy-upstream-failed proxy-needed registry-unresolvable registry-refused registry-timeout registry-unreachable registry-reset registry-auth-required registry-auth-rejected registry-forbidden registry-not-a-registry registry-unavailable registry-tarball-host tls-intercepted tls-self-signed tls-incomplete-chain tls-expired tls-hostname-mismatch tls-handshake-failed local-ports-exhausted policy-registry policy-proxy policy-invalid unused-suppression
}

_npmrc_doctor_keys() {
	_npmrc_doctor_words access all allow-directory allow-file allow-git allow-remote allow-same-version allow-scripts allow-scripts-pending allow-scripts-pin allow-unused-patches also audit audit-level auth-type before bin-links browser bypass-2fa ca cache cache-max cache-min cafile call cert cidr color commit-hooks cpu dangerously-allow-all-scripts depth description dev diff diff-dst-prefix diff-ignore-all-space diff-name-only diff-no-prefix diff-src-prefix diff-text diff-unified dry-run edit-dir editor engine-strict expect-result-count expect-results expires extension-file fetch-retries fetch-retry-factor fetch-retry-maxtimeout fetch-retry-mintimeout fetch-timeout force foreground-scripts format-package-lock fund git git-tag-version global global-ignore-file global-style globalconfig heading https-proxy if-present ignore-existing ignore-extension ignore-patch-failures ignore-scripts include include-attestations include-staged include-workspace-root init-author-email init-author-name init-author-url init-license init-module init-private init-type init-version init.author.email init.author.name init.author.url init.license init.module init.version install-links install-strategy json keep-edit-dir key legacy-bundling legacy-peer-deps libc link local-address location lockfile-version loglevel logs-dir logs-max long maxsockets message min-release-age min-release-age-exclude name node-gyp node-options noproxy offline omit omit-lockfile-registry-resolved only optional orgs orgs-permission os otp pack-destination package package-lock package-lock-only packages packages-all packages-and-scopes-permission parseable password patches-dir prefer-dedupe prefer-offline prefer-online prefix preid production progress provenance provenance-file proxy read-only rebuild-bundle registry replace-registry-host save save-bundle save-dev save-exact save-optional save-peer save-prefix save-prod sbom-format sbom-type scope scopes script-shell searchexclude searchlimit searchopts searchstaleness shell sign-git-commit sign-git-tag strict-allow-scripts strict-npmrc strict-peer-deps strict-ssl tag tag-version-prefix timing to token-description umask unicode update-notifier usage user-agent userconfig version versions viewer which workspace workspaces workspaces-update yes
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
		--color)
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
		--deliver | --color)
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
	check)
		options='--cwd --userconfig --globalconfig --client --npm-version --offline --registry --format -o --output --fail-on --timeout --only --skip --policy --baseline --write-baseline --color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_files file'
		;;
	fix)
		options='--cwd --userconfig --globalconfig --client --npm-version --offline --registry --format -o --output --fail-on --timeout --only --skip --policy --baseline --write-baseline --dry-run -y --yes --keyring --color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_rules'
		;;
	restore)
		options='--cwd --userconfig --globalconfig --npm-version --purge --color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_files file'
		;;
	exec)
		options='--deliver --color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_wrapped'
		;;
	env)
		options='--cwd --userconfig --globalconfig --npm-version --shell --force --color -q --quiet -v --verbose -h --help -V --version'
		operand=''
		;;
	hook)
		options='--color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_words bash zsh fish'
		;;
	token-helper)
		options='--install --color -q --quiet -v --verbose -h --help -V --version'
		operand=''
		;;
	secrets)
		options='--json --color -q --quiet -v --verbose -h --help -V --version'
		operand=''
		;;
	config)
		options='--cwd --userconfig --globalconfig --client --npm-version --json --all --color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_keys'
		;;
	route)
		options='--cwd --userconfig --globalconfig --client --npm-version --json --color -q --quiet -v --verbose -h --help -V --version'
		operand=''
		;;
	selfcheck)
		options='--cwd --userconfig --globalconfig --json --color -q --quiet -v --verbose -h --help -V --version'
		operand=''
		;;
	scan)
		options='--offline --registry --format -o --output --fail-on --timeout --only --skip --jobs --no-ignore --policy --baseline --write-baseline --color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_files directory'
		;;
	completion)
		options='--color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_words bash zsh fish'
		;;
	explain)
		options='--color -q --quiet -v --verbose -h --help -V --version'
		operand='_npmrc_doctor_rules'
		;;
	help) operand=_npmrc_doctor_commands ;;
	'')
		options='--color -q --quiet -v --verbose -h --help -V --version'
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
	check:--cwd | fix:--cwd | restore:--cwd | env:--cwd | config:--cwd | route:--cwd | selfcheck:--cwd)
		_npmrc_doctor_files directory
		return
		;;
	check:--userconfig | fix:--userconfig | restore:--userconfig | env:--userconfig | config:--userconfig | route:--userconfig | selfcheck:--userconfig)
		_npmrc_doctor_files file
		return
		;;
	check:--globalconfig | fix:--globalconfig | restore:--globalconfig | env:--globalconfig | config:--globalconfig | route:--globalconfig | selfcheck:--globalconfig)
		_npmrc_doctor_files file
		return
		;;
	check:--client | fix:--client | config:--client | route:--client)
		_npmrc_doctor_words npm pnpm yarn bun
		return
		;;
	check:--npm-version | fix:--npm-version | restore:--npm-version | env:--npm-version | config:--npm-version | route:--npm-version)
		return
		;;
	check:--registry | fix:--registry | scan:--registry)
		return
		;;
	check:--format | fix:--format | scan:--format)
		_npmrc_doctor_words text json sarif github gitlab junit prometheus nagios
		return
		;;
	check:--output | check:-o | fix:--output | fix:-o | scan:--output | scan:-o)
		_npmrc_doctor_files file
		return
		;;
	check:--fail-on | fix:--fail-on | scan:--fail-on)
		_npmrc_doctor_words error warning info never
		return
		;;
	check:--timeout | fix:--timeout | scan:--timeout)
		return
		;;
	check:--only | fix:--only | scan:--only)
		_npmrc_doctor_rules
		return
		;;
	check:--skip | fix:--skip | scan:--skip)
		_npmrc_doctor_rules
		return
		;;
	scan:--jobs)
		return
		;;
	check:--policy | fix:--policy | scan:--policy)
		_npmrc_doctor_files file
		return
		;;
	check:--baseline | fix:--baseline | scan:--baseline)
		_npmrc_doctor_files file
		return
		;;
	check:--write-baseline | fix:--write-baseline | scan:--write-baseline)
		_npmrc_doctor_files file
		return
		;;
	exec:--deliver)
		_npmrc_doctor_words auto fifo env
		return
		;;
	env:--shell)
		_npmrc_doctor_words sh bash zsh fish json
		return
		;;
	*:--color)
		_npmrc_doctor_words auto always never
		return
		;;
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
