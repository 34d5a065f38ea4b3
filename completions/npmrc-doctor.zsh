#compdef npmrc-doctor
# zsh completion for npmrc-doctor, printed from the program's tables: `npmrc-doctor completion zsh`.
# Nothing here runs npmrc-doctor, reads an .npmrc or asks a keyring.

_npmrc-doctor_commands() {
  local -a commands=(
    'check:find what is wrong with npm'\''s configuration, and why'
    'fix:mend what can be mended safely, after showing it'
    'restore:put credentials from the keyring back into the files'
    'exec:run npm (or another client) with the credentials from the keyring'
    'env:print the variables that the files refer to, for eval'
    'hook:print shell functions that run the clients through exec'
    'token-helper:print a registry'\''s Authorization value, as pnpm'\''s tokenHelper'
    'secrets:list what the keyring holds, never a value'
    'config:show every setting in effect, where it stands and what it hides'
    'route:show how npm would reach a URL'
    'selfcheck:compare this program'\''s reading with that of the installed npm'
    'scan:find what is wrong in every .npmrc below some folders'
    'completion:print the shell'\''s completion script'
    'explain:explain a rule, or list them all'
    'help:show a command'\''s help'
  )
  _describe -t commands command commands
}

_npmrc-doctor_rules() {
  local -a rules=(
    'value-cut-by-comment:a # or ; cuts the value off'
    'unresolved-variable:a ${VARIABLE} is not set'
    'unclosed-quote:a quote opens and does not close'
    'duplicate-key:a later line of the same file sets the key again'
    'section-ignored:keys stand below a [section] line'
    'no-value:a key has no value'
    'unknown-key:npm does not know the key'
    'deprecated-key:npm has deprecated the key'
    'invalid-value:npm cannot use the value'
    'file-encoding:the file is not UTF-8 text'
    'invisible-character:a key, URL or credential holds a character that nobody sees'
    'colon-for-equals:a colon stands where = should'
    'wrong-variable-syntax:a variable is written in a way that npm does not know'
    'misnamed-file:a file has almost the name that npm looks for'
    'file-ignored:an .npmrc does not count'
    'file-unreadable:a file cannot be read'
    'shadowed-setting:a stronger setting takes its place'
    'plaintext-token:a token is written out in the file'
    'plaintext-password:a registry password is written out in the file'
    'plaintext-proxy-password:a proxy URL carries its password in the file'
    'plaintext-url-credentials:a registry URL carries credentials'
    'plaintext-private-key:a private key is written out in the file'
    'env-proxy-password:a proxy variable of the environment carries a password'
    'credentials-over-http:credentials go to a registry over plain http'
    'credentials-loose-permissions:a file with credentials can be read by others'
    'unscoped-credentials:credentials name no registry'
    'credentials-key-malformed:the key of a credential can never match'
    'credentials-encoding:_password or _auth is not encoded as npm expects'
    'credentials-conflict:a registry has a token and a password too'
    'token-expired:a token has expired'
    'credentials-mismatch:credentials of the right host match no registry'
    'credentials-leak-to-proxy:this npm shows the proxy your registry credentials'
    'credentials-in-repository:a file with credentials lies in a git repository'
    'strict-ssl-disabled:TLS verification is switched off'
    'tls-reject-unauthorized-disabled:NODE_TLS_REJECT_UNAUTHORIZED=0 switches verification off for node programs'
    'registry-over-http:a registry is reached over plain http'
    'cafile-missing:the file of a CA setting is absent or cannot be read'
    'cafile-invalid:a CA setting holds no usable certificate'
    'ca-replaces-roots:ca or cafile leaves out what a registry needs'
    'registry-url-invalid:a registry is no http(s) URL'
    'registry-known-bad:a registry that is dead, misspelt or a web page'
    'lockfile-registry:the lock file names a host that is no registry in use'
    'proxy-url-invalid:the proxy is no URL'
    'proxy-scheme-unsupported:the proxy'\''s scheme is one that npm cannot use'
    'proxy-no-scheme:the proxy lacks http:// in front'
    'proxy-no-port:the proxy has no port'
    'proxy-host-suspicious:the proxy'\''s host cannot be meant'
    'proxy-is-pac:a PAC file'\''s URL is given as the proxy'
    'proxy-quoted:the proxy variable has quotes or blanks around its value'
    'proxy-password-encoding:the proxy'\''s password changes the meaning of its URL'
    'proxy-conflict:the sources disagree about the proxy'
    'proxy-ignored:a variable looks like a proxy and npm does not use it'
    'noproxy-no-effect:a noproxy entry can never match'
    'noproxy-bypasses-registry:a noproxy entry takes a registry off the proxy'
    'proxy-unresolvable:the proxy'\''s name does not resolve'
    'proxy-refused:nothing listens on the proxy'\''s port'
    'proxy-timeout:no answer from the proxy in time'
    'proxy-unreachable:there is no route to the proxy'
    'proxy-reset:the connection to the proxy ends without an answer'
    'proxy-not-a-proxy:what listens there is no HTTP proxy'
    'proxy-scheme-mismatch:the proxy speaks http where https:// is written, or the reverse'
    'proxy-auth-required:the proxy wants credentials and none are configured'
    'proxy-auth-rejected:the proxy rejects the credentials'
    'proxy-auth-unsupported:the proxy offers no authentication that npm can do'
    'proxy-forbidden:the proxy refuses this registry'
    'proxy-upstream-failed:the proxy cannot reach the registry'
    'proxy-needed:the registry is reached only through a proxy that npm does not use'
    'registry-unresolvable:the registry'\''s name does not resolve'
    'registry-refused:nothing listens on the registry'\''s port'
    'registry-timeout:no answer from the registry in time'
    'registry-unreachable:there is no route to the registry'
    'registry-reset:the connection to the registry is cut'
    'registry-auth-required:the registry wants credentials and npm sends none'
    'registry-auth-rejected:the registry rejects the credentials'
    'registry-forbidden:the registry forbids access'
    'registry-not-a-registry:what answers is no npm registry'
    'registry-unavailable:the registry is out of order or overloaded'
    'registry-tarball-host:the registry hands out its packages from another host'
    'tls-intercepted:the certificate comes from a CA outside the public roots'
    'tls-self-signed:the server'\''s certificate is its own issuer'
    'tls-incomplete-chain:the server does not send an intermediate certificate'
    'tls-expired:the certificate has expired or is not yet valid'
    'tls-hostname-mismatch:the certificate is for another name'
    'tls-handshake-failed:no TLS connection comes about'
    'local-ports-exhausted:this machine has no local port left'
    'policy-registry:a registry that the policy does not allow'
    'policy-proxy:the policy asks for a proxy and none, or another one, is used'
    'policy-invalid:the policy file itself is wrong'
    'unused-suppression:a suppression that is none, matches nothing, or has ended'
  )
  _describe -t rules rule rules
}

# Something that cannot be listed. A message where an option is being written would keep zsh from it.
_npmrc-doctor_any() {
  [[ $PREFIX == -* ]] || _message -e $1 $1
}

_npmrc-doctor_keys() {
  local -a keys=(access all allow-directory allow-file allow-git allow-remote allow-same-version allow-scripts allow-scripts-pending allow-scripts-pin allow-unused-patches also audit audit-level auth-type before bin-links browser bypass-2fa ca cache cache-max cache-min cafile call cert cidr color commit-hooks cpu dangerously-allow-all-scripts depth description dev diff diff-dst-prefix diff-ignore-all-space diff-name-only diff-no-prefix diff-src-prefix diff-text diff-unified dry-run edit-dir editor engine-strict expect-result-count expect-results expires extension-file fetch-retries fetch-retry-factor fetch-retry-maxtimeout fetch-retry-mintimeout fetch-timeout force foreground-scripts format-package-lock fund git git-tag-version global global-ignore-file global-style globalconfig heading https-proxy if-present ignore-existing ignore-extension ignore-patch-failures ignore-scripts include include-attestations include-staged include-workspace-root init-author-email init-author-name init-author-url init-license init-module init-private init-type init-version init.author.email init.author.name init.author.url init.license init.module init.version install-links install-strategy json keep-edit-dir key legacy-bundling legacy-peer-deps libc link local-address location lockfile-version loglevel logs-dir logs-max long maxsockets message min-release-age min-release-age-exclude name node-gyp node-options noproxy offline omit omit-lockfile-registry-resolved only optional orgs orgs-permission os otp pack-destination package package-lock package-lock-only packages packages-all packages-and-scopes-permission parseable password patches-dir prefer-dedupe prefer-offline prefer-online prefix preid production progress provenance provenance-file proxy read-only rebuild-bundle registry replace-registry-host save save-bundle save-dev save-exact save-optional save-peer save-prefix save-prod sbom-format sbom-type scope scopes script-shell searchexclude searchlimit searchopts searchstaleness shell sign-git-commit sign-git-tag strict-allow-scripts strict-npmrc strict-peer-deps strict-ssl tag tag-version-prefix timing to token-description umask unicode update-notifier usage user-agent userconfig version versions viewer which workspace workspaces workspaces-update yes)
  _describe -t keys key keys
}

# The index of the word where COMMAND stands or would stand: false while an option is being written.
_npmrc-doctor_operand() {
  for (( at = 2; at < CURRENT; at++ )); do
    case $words[at] in
    (--) (( at++ )); return 0 ;;
    (--deliver|--color) (( at++ )) ;;
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
    (--color) (( first++ )) ;;
    (-*) ;;
    (*) break ;;
    esac
  done
  if (( first >= CURRENT )); then
    _arguments -s -S : \
        '--color=[when to use colour]:WHEN:(auto always never)' \
        '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
        '(-v --verbose)'{-v,--verbose}'[say more]' \
        '(-h --help)'{-h,--help}'[show this help]' \
        '(-V --version)'{-V,--version}'[show the version]' \
      '1:command:_npmrc-doctor_commands'
    return
  fi
  command=$words[first]
  words=("${(@)words[first,-1]}")
  (( CURRENT -= first - 1 ))
  curcontext=${curcontext%:*}-$command:
  case $command in
  (check)
    _arguments -s -S : \
      '--cwd=[read the configuration as npm would from DIR]:DIR:_files -/' \
      '--userconfig=[npm'\''s --userconfig: the user'\''s .npmrc]:FILE:_files' \
      '--globalconfig=[npm'\''s --globalconfig]:FILE:_files' \
      '--client=[whose reading counts; default: npm]:CLIENT:(npm pnpm yarn bun)' \
      '--npm-version=[read as V of npm (6 to 12) or of the other client would; default: the npm on PATH, else the newest known]:V:' \
      '--offline[open no socket; what needs one is unchecked]' \
      '*--registry=[probe this registry as well]:URL:' \
      '--format=[how to write the report; default: text, in a GitHub job github]:FORMAT:(text json sarif github gitlab junit prometheus nagios)' \
      '(-o --output)'{-o+,--output=}'[write the report to FILE, atomically; -: to standard output]:FILE:_files' \
      '--fail-on=[exit with 1 from this severity on; default: error]:SEVERITY:(error warning info never)' \
      '--timeout=[for all probes together; default: 10]:SECONDS:' \
      '*--only=[judge this rule alone; may be repeated]:RULE:_npmrc-doctor_rules' \
      '*--skip=[leave this rule out; may be repeated]:RULE:_npmrc-doctor_rules' \
      '--policy=[what is allowed and required; default: .npmrc-doctor.ini in the project'\''s root, else /etc/npmrc-doctor/policy.ini; /dev/null: none]:FILE:_files' \
      '--baseline=[findings that FILE has do not count]:FILE:_files' \
      '--write-baseline=[write what is found (by fix: what is left) to FILE, without secrets]:FILE:_files' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '*:FILE:_files'
    ;;
  (fix)
    _arguments -s -S : \
      '--cwd=[read the configuration as npm would from DIR]:DIR:_files -/' \
      '--userconfig=[npm'\''s --userconfig: the user'\''s .npmrc]:FILE:_files' \
      '--globalconfig=[npm'\''s --globalconfig]:FILE:_files' \
      '--client=[whose reading counts; default: npm]:CLIENT:(npm pnpm yarn bun)' \
      '--npm-version=[read as V of npm (6 to 12) or of the other client would; default: the npm on PATH, else the newest known]:V:' \
      '--offline[open no socket; what needs one is unchecked]' \
      '*--registry=[probe this registry as well]:URL:' \
      '--format=[how to write the report; default: text, in a GitHub job github]:FORMAT:(text json sarif github gitlab junit prometheus nagios)' \
      '(-o --output)'{-o+,--output=}'[write the report to FILE, atomically; -: to standard output]:FILE:_files' \
      '--fail-on=[exit with 1 from this severity on; default: error]:SEVERITY:(error warning info never)' \
      '--timeout=[for all probes together; default: 10]:SECONDS:' \
      '*--only=[judge this rule alone; may be repeated]:RULE:_npmrc-doctor_rules' \
      '*--skip=[leave this rule out; may be repeated]:RULE:_npmrc-doctor_rules' \
      '--policy=[what is allowed and required; default: .npmrc-doctor.ini in the project'\''s root, else /etc/npmrc-doctor/policy.ini; /dev/null: none]:FILE:_files' \
      '--baseline=[findings that FILE has do not count]:FILE:_files' \
      '--write-baseline=[write what is found (by fix: what is left) to FILE, without secrets]:FILE:_files' \
      '--dry-run[show what would change, change nothing]' \
      '(-y --yes)'{-y,--yes}'[do not ask]' \
      '--keyring[move written-out credentials to the OS keyring]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '*:RULE:_npmrc-doctor_rules'
    ;;
  (restore)
    _arguments -s -S : \
      '--cwd=[read the configuration as npm would from DIR]:DIR:_files -/' \
      '--userconfig=[npm'\''s --userconfig: the user'\''s .npmrc]:FILE:_files' \
      '--globalconfig=[npm'\''s --globalconfig]:FILE:_files' \
      '--npm-version=[read as V of npm (6 to 12) or of the other client would; default: the npm on PATH, else the newest known]:V:' \
      '--purge[remove them from the keyring too]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '*:FILE:_files'
    ;;
  (exec)
    if _npmrc-doctor_operand; then
      words=("${(@)words[at,-1]}")
      (( CURRENT -= at - 1 ))
      _normal -p npmrc-doctor
      return
    fi
    _arguments -s -S : \
      '--deliver=[how the secrets reach COMMAND; default: auto]:HOW:(auto fifo env)' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]'
    ;;
  (env)
    _arguments -s -S : \
      '--cwd=[read the configuration as npm would from DIR]:DIR:_files -/' \
      '--userconfig=[npm'\''s --userconfig: the user'\''s .npmrc]:FILE:_files' \
      '--globalconfig=[npm'\''s --globalconfig]:FILE:_files' \
      '--npm-version=[read as V of npm (6 to 12) or of the other client would; default: the npm on PATH, else the newest known]:V:' \
      '--shell=[whose syntax to print; default: sh]:SHELL:(sh bash zsh fish json)' \
      '--force[print secrets even to a terminal]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]'
    ;;
  (hook)
    _arguments -s -S : \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '1:shell:(bash zsh fish)'
    ;;
  (token-helper)
    _arguments -s -S : \
      '--install[make pnpm use it for REGISTRY from now on]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '1:REGISTRY:_npmrc-doctor_any REGISTRY'
    ;;
  (secrets)
    _arguments -s -S : \
      '--json[write JSON]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]'
    ;;
  (config)
    _arguments -s -S : \
      '--cwd=[read the configuration as npm would from DIR]:DIR:_files -/' \
      '--userconfig=[npm'\''s --userconfig: the user'\''s .npmrc]:FILE:_files' \
      '--globalconfig=[npm'\''s --globalconfig]:FILE:_files' \
      '--client=[whose reading counts; default: npm]:CLIENT:(npm pnpm yarn bun)' \
      '--npm-version=[read as V of npm (6 to 12) or of the other client would; default: the npm on PATH, else the newest known]:V:' \
      '--json[write JSON]' \
      '--all[list npm'\''s defaults too]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '*:KEY:_npmrc-doctor_keys'
    ;;
  (route)
    _arguments -s -S : \
      '--cwd=[read the configuration as npm would from DIR]:DIR:_files -/' \
      '--userconfig=[npm'\''s --userconfig: the user'\''s .npmrc]:FILE:_files' \
      '--globalconfig=[npm'\''s --globalconfig]:FILE:_files' \
      '--client=[whose reading counts; default: npm]:CLIENT:(npm pnpm yarn bun)' \
      '--npm-version=[read as V of npm (6 to 12) or of the other client would; default: the npm on PATH, else the newest known]:V:' \
      '--json[write JSON]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '*:URL:_npmrc-doctor_any URL'
    ;;
  (selfcheck)
    _arguments -s -S : \
      '--cwd=[read the configuration as npm would from DIR]:DIR:_files -/' \
      '--userconfig=[npm'\''s --userconfig: the user'\''s .npmrc]:FILE:_files' \
      '--globalconfig=[npm'\''s --globalconfig]:FILE:_files' \
      '--json[write JSON]' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]'
    ;;
  (scan)
    _arguments -s -S : \
      '--offline[open no socket; what needs one is unchecked]' \
      '*--registry=[probe this registry as well]:URL:' \
      '--format=[how to write the report; default: text, in a GitHub job github]:FORMAT:(text json sarif github gitlab junit prometheus nagios)' \
      '(-o --output)'{-o+,--output=}'[write the report to FILE, atomically; -: to standard output]:FILE:_files' \
      '--fail-on=[exit with 1 from this severity on; default: error]:SEVERITY:(error warning info never)' \
      '--timeout=[for all probes together; default: 10]:SECONDS:' \
      '*--only=[judge this rule alone; may be repeated]:RULE:_npmrc-doctor_rules' \
      '*--skip=[leave this rule out; may be repeated]:RULE:_npmrc-doctor_rules' \
      '--jobs=[how many threads walk; default: one for each processor]:N:' \
      '--no-ignore[walk node_modules and .git too]' \
      '--policy=[what is allowed and required; default: .npmrc-doctor.ini in the project'\''s root, else /etc/npmrc-doctor/policy.ini; /dev/null: none]:FILE:_files' \
      '--baseline=[findings that FILE has do not count]:FILE:_files' \
      '--write-baseline=[write what is found (by fix: what is left) to FILE, without secrets]:FILE:_files' \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '*:DIR:_files -/'
    ;;
  (completion)
    _arguments -s -S : \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '1:shell:(bash zsh fish)'
    ;;
  (explain)
    _arguments -s -S : \
      '--color=[when to use colour]:WHEN:(auto always never)' \
      '(-q --quiet)'{-q,--quiet}'[print nothing where there is nothing to report]' \
      '(-v --verbose)'{-v,--verbose}'[say more]' \
      '(-h --help)'{-h,--help}'[show this help]' \
      '(-V --version)'{-V,--version}'[show the version]' \
      '1:RULE:_npmrc-doctor_rules'
    ;;
  (help) _npmrc-doctor_commands ;;
  esac
}

if [[ $funcstack[1] == _npmrc-doctor ]]; then
  _npmrc-doctor "$@"
else
  compdef _npmrc-doctor npmrc-doctor
fi
