# bash completion for npmrc-doctor, generated from the program's tables by `make generate`.
_npmrc_doctor() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]} options=''
	local commands='check fix restore exec env hook token-helper secrets config route selfcheck scan explain'
	local rules='value-cut-by-comment unresolved-variable unclosed-quote duplicate-key section-ignored no-value unknown-key deprecated-key invalid-value file-encoding invisible-character colon-for-equals wrong-variable-syntax misnamed-file file-ignored file-unreadable shadowed-setting plaintext-token plaintext-password plaintext-proxy-password plaintext-url-credentials plaintext-private-key env-proxy-password credentials-over-http credentials-loose-permissions unscoped-credentials credentials-key-malformed credentials-encoding credentials-conflict token-expired credentials-mismatch credentials-leak-to-proxy credentials-in-repository strict-ssl-disabled tls-reject-unauthorized-disabled registry-over-http cafile-missing cafile-invalid ca-replaces-roots registry-url-invalid registry-known-bad lockfile-registry proxy-url-invalid proxy-scheme-unsupported proxy-no-scheme proxy-no-port proxy-host-suspicious proxy-is-pac proxy-quoted proxy-password-encoding proxy-conflict proxy-ignored noproxy-no-effect noproxy-bypasses-registry proxy-unresolvable proxy-refused proxy-timeout proxy-unreachable proxy-reset proxy-not-a-proxy proxy-scheme-mismatch proxy-auth-required proxy-auth-rejected proxy-auth-unsupported proxy-forbidden proxy-upstream-failed proxy-needed registry-unresolvable registry-refused registry-timeout registry-unreachable registry-reset registry-auth-required registry-auth-rejected registry-forbidden registry-not-a-registry registry-unavailable registry-tarball-host tls-intercepted tls-self-signed tls-incomplete-chain tls-expired tls-hostname-mismatch tls-handshake-failed local-ports-exhausted'
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "$commands --help --version" -- "$cur"))
		return
	fi
	case $prev in
	--cwd) COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--userconfig) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--globalconfig) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--client) COMPREPLY=($(compgen -W 'npm pnpm yarn bun' -- "$cur")); return ;;
	--npm-version) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--registry) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--format) COMPREPLY=($(compgen -W 'text json' -- "$cur")); return ;;
	--output) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--fail-on) COMPREPLY=($(compgen -W 'error warning info never' -- "$cur")); return ;;
	--timeout) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--only) COMPREPLY=($(compgen -W "$rules" -- "$cur")); return ;;
	--skip) COMPREPLY=($(compgen -W "$rules" -- "$cur")); return ;;
	--jobs) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--deliver) COMPREPLY=($(compgen -W 'auto fifo env' -- "$cur")); return ;;
	--shell) COMPREPLY=($(compgen -W 'sh bash zsh fish json' -- "$cur")); return ;;
	--color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
	esac
	case $command in
	check) options='--cwd --userconfig --globalconfig --client --npm-version --offline --registry --format --output --fail-on --timeout --only --skip --color --quiet --verbose --help --version ' ;;
	fix) options='--cwd --userconfig --globalconfig --client --npm-version --offline --registry --format --output --fail-on --timeout --only --skip --dry-run --yes --keyring --color --quiet --verbose --help --version ' ;;
	restore) options='--cwd --userconfig --globalconfig --npm-version --purge --color --quiet --verbose --help --version ' ;;
	exec) options='--deliver --color --quiet --verbose --help --version ' ;;
	env) options='--cwd --userconfig --globalconfig --npm-version --shell --force --color --quiet --verbose --help --version ' ;;
	hook) options='--color --quiet --verbose --help --version ' ;;
	token-helper) options='--install --color --quiet --verbose --help --version ' ;;
	secrets) options='--json --color --quiet --verbose --help --version ' ;;
	config) options='--cwd --userconfig --globalconfig --client --npm-version --json --all --color --quiet --verbose --help --version ' ;;
	route) options='--cwd --userconfig --globalconfig --client --npm-version --json --color --quiet --verbose --help --version ' ;;
	selfcheck) options='--cwd --userconfig --globalconfig --json --color --quiet --verbose --help --version ' ;;
	scan) options='--offline --registry --format --output --fail-on --timeout --only --skip --jobs --no-ignore --color --quiet --verbose --help --version ' ;;
	explain) options='--color --quiet --verbose --help --version ' ;;
	esac
	case $cur in
	-*) COMPREPLY=($(compgen -W "$options" -- "$cur")); return ;;
	esac
	case $command in
	explain | fix) COMPREPLY=($(compgen -W "$rules" -- "$cur")) ;;
	exec) COMPREPLY=($(compgen -c -f -- "$cur")) ;;
	check | restore) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}
complete -o filenames -F _npmrc_doctor npmrc-doctor
