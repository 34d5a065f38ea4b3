# fish completion for npmrc-doctor, printed from the program's tables: `npmrc-doctor completion fish`.
# Nothing here runs npmrc-doctor, reads an .npmrc or asks a keyring.

# Prints the words before the cursor from the command's on: what stands in front are options of every command.
function __npmrc_doctor_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --color
                set -q words[2]
                or return
                set -e words[1..2]
            case '-*'
                set -e words[1]
            case '*'
                string join \n -- $words
                return
        end
    end
end

# Prints COMMAND and its arguments as far as they stand before the cursor; true where the current word
# belongs to them.
function __npmrc_doctor_operand
    set -l words (__npmrc_doctor_words)
    contains -- "$words[1]" exec
    or return 1
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                string join \n -- $words[2..-1]
                return 0
            case --deliver --color
                set -q words[2]
                or return 1
                set -e words[1..2]
            case '-*'
                set -e words[1]
            case '*'
                string join \n -- $words
                return 0
        end
    end
    not string match -q -- '-*' (commandline -ct)
end

function __npmrc_doctor_wrapped
    set -l words (__npmrc_doctor_operand)
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

# Whether the command is one of these, if any are named, and the word is npmrc-doctor's own.
function __npmrc_doctor_in
    set -l words (__npmrc_doctor_words)
    set -q argv[1]
    and not contains -- "$words[1]" $argv
    and return 1
    not __npmrc_doctor_operand >/dev/null
end

function __npmrc_doctor_first
    set -l words (__npmrc_doctor_words)
    not set -q words[1]
end

function __npmrc_doctor_rules
    printf '%s\t%s\n' value-cut-by-comment 'a # or ; cuts the value off' unresolved-variable 'a ${VARIABLE} is not set' unclosed-quote 'a quote opens and does not close' duplicate-key 'a later line of the same file sets the key again' section-ignored 'keys stand below a [section] line' no-value 'a key has no value' unknown-key 'npm does not know the key' deprecated-key 'npm has deprecated the key' invalid-value 'npm cannot use the value' file-encoding 'the file is not UTF-8 text' invisible-character 'a key, URL or credential holds a character that nobody sees' colon-for-equals 'a colon stands where = should' wrong-variable-syntax 'a variable is written in a way that npm does not know' misnamed-file 'a file has almost the name that npm looks for' file-ignored 'an .npmrc does not count' file-unreadable 'a file cannot be read' shadowed-setting 'a stronger setting takes its place' plaintext-token 'a token is written out in the file' plaintext-password 'a registry password is written out in the file' plaintext-proxy-password 'a proxy URL carries its password in the file' plaintext-url-credentials 'a registry URL carries credentials' plaintext-private-key 'a private key is written out in the file' env-proxy-password 'a proxy variable of the environment carries a password' credentials-over-http 'credentials go to a registry over plain http' credentials-loose-permissions 'a file with credentials can be read by others' unscoped-credentials 'credentials name no registry' credentials-key-malformed 'the key of a credential can never match' credentials-encoding '_password or _auth is not encoded as npm expects' credentials-conflict 'a registry has a token and a password too' token-expired 'a token has expired' credentials-mismatch 'credentials of the right host match no registry' credentials-leak-to-proxy 'this npm shows the proxy your registry credentials' credentials-in-repository 'a file with credentials lies in a git repository' strict-ssl-disabled 'TLS verification is switched off' tls-reject-unauthorized-disabled 'NODE_TLS_REJECT_UNAUTHORIZED=0 switches verification off for node programs' registry-over-http 'a registry is reached over plain http' cafile-missing 'the file of a CA setting is absent or cannot be read' cafile-invalid 'a CA setting holds no usable certificate' ca-replaces-roots 'ca or cafile leaves out what a registry needs' registry-url-invalid 'a registry is no http(s) URL' registry-known-bad 'a registry that is dead, misspelt or a web page' lockfile-registry 'the lock file names a host that is no registry in use' proxy-url-invalid 'the proxy is no URL' proxy-scheme-unsupported 'the proxy\'s scheme is one that npm cannot use' proxy-no-scheme 'the proxy lacks http:// in front' proxy-no-port 'the proxy has no port' proxy-host-suspicious 'the proxy\'s host cannot be meant' proxy-is-pac 'a PAC file\'s URL is given as the proxy' proxy-quoted 'the proxy variable has quotes or blanks around its value' proxy-password-encoding 'the proxy\'s password changes the meaning of its URL' proxy-conflict 'the sources disagree about the proxy' proxy-ignored 'a variable looks like a proxy and npm does not use it' noproxy-no-effect 'a noproxy entry can never match' noproxy-bypasses-registry 'a noproxy entry takes a registry off the proxy' proxy-unresolvable 'the proxy\'s name does not resolve' proxy-refused 'nothing listens on the proxy\'s port' proxy-timeout 'no answer from the proxy in time' proxy-unreachable 'there is no route to the proxy' proxy-reset 'the connection to the proxy ends without an answer' proxy-not-a-proxy 'what listens there is no HTTP proxy' proxy-scheme-mismatch 'the proxy speaks http where https:// is written, or the reverse' proxy-auth-required 'the proxy wants credentials and none are configured' proxy-auth-rejected 'the proxy rejects the credentials' proxy-auth-unsupported 'the proxy offers no authentication that npm can do' proxy-forbidden 'the proxy refuses this registry' proxy-upstream-failed 'the proxy cannot reach the registry' proxy-needed 'the registry is reached only through a proxy that npm does not use' registry-unresolvable 'the registry\'s name does not resolve' registry-refused 'nothing listens on the registry\'s port' registry-timeout 'no answer from the registry in time' registry-unreachable 'there is no route to the registry' registry-reset 'the connection to the registry is cut' registry-auth-required 'the registry wants credentials and npm sends none' registry-auth-rejected 'the registry rejects the credentials' registry-forbidden 'the registry forbids access' registry-not-a-registry 'what answers is no npm registry' registry-unavailable 'the registry is out of order or overloaded' registry-tarball-host 'the registry hands out its packages from another host' tls-intercepted 'the certificate comes from a CA outside the public roots' tls-self-signed 'the server\'s certificate is its own issuer' tls-incomplete-chain 'the server does not send an intermediate certificate' tls-expired 'the certificate has expired or is not yet valid' tls-hostname-mismatch 'the certificate is for another name' tls-handshake-failed 'no TLS connection comes about' local-ports-exhausted 'this machine has no local port left' policy-registry 'a registry that the policy does not allow' policy-proxy 'the policy asks for a proxy and none, or another one, is used' policy-invalid 'the policy file itself is wrong' unused-suppression 'a suppression that is none, matches nothing, or has ended'
end

complete -c npmrc-doctor -f
complete -c npmrc-doctor -n __npmrc_doctor_operand -a '(__npmrc_doctor_wrapped)'
complete -c npmrc-doctor -n __npmrc_doctor_first -a check -d 'find what is wrong with npm\'s configuration, and why'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a check
complete -c npmrc-doctor -n '__npmrc_doctor_in check' -F
complete -c npmrc-doctor -n __npmrc_doctor_first -a fix -d 'mend what can be mended safely, after showing it'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a fix
complete -c npmrc-doctor -n '__npmrc_doctor_in fix' -a '(__npmrc_doctor_rules)'
complete -c npmrc-doctor -n __npmrc_doctor_first -a restore -d 'put credentials from the keyring back into the files'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a restore
complete -c npmrc-doctor -n '__npmrc_doctor_in restore' -F
complete -c npmrc-doctor -n __npmrc_doctor_first -a exec -d 'run npm (or another client) with the credentials from the keyring'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a exec
complete -c npmrc-doctor -n __npmrc_doctor_first -a env -d 'print the variables that the files refer to, for eval'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a env
complete -c npmrc-doctor -n __npmrc_doctor_first -a hook -d 'print shell functions that run the clients through exec'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a hook
complete -c npmrc-doctor -n '__npmrc_doctor_in hook' -a 'bash zsh fish'
complete -c npmrc-doctor -n __npmrc_doctor_first -a token-helper -d 'print a registry\'s Authorization value, as pnpm\'s tokenHelper'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a token-helper
complete -c npmrc-doctor -n __npmrc_doctor_first -a secrets -d 'list what the keyring holds, never a value'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a secrets
complete -c npmrc-doctor -n __npmrc_doctor_first -a config -d 'show every setting in effect, where it stands and what it hides'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a config
complete -c npmrc-doctor -n '__npmrc_doctor_in config' -a 'access all allow-directory allow-file allow-git allow-remote allow-same-version allow-scripts allow-scripts-pending allow-scripts-pin allow-unused-patches also audit audit-level auth-type before bin-links browser bypass-2fa ca cache cache-max cache-min cafile call cert cidr color commit-hooks cpu dangerously-allow-all-scripts depth description dev diff diff-dst-prefix diff-ignore-all-space diff-name-only diff-no-prefix diff-src-prefix diff-text diff-unified dry-run edit-dir editor engine-strict expect-result-count expect-results expires extension-file fetch-retries fetch-retry-factor fetch-retry-maxtimeout fetch-retry-mintimeout fetch-timeout force foreground-scripts format-package-lock fund git git-tag-version global global-ignore-file global-style globalconfig heading https-proxy if-present ignore-existing ignore-extension ignore-patch-failures ignore-scripts include include-attestations include-staged include-workspace-root init-author-email init-author-name init-author-url init-license init-module init-private init-type init-version init.author.email init.author.name init.author.url init.license init.module init.version install-links install-strategy json keep-edit-dir key legacy-bundling legacy-peer-deps libc link local-address location lockfile-version loglevel logs-dir logs-max long maxsockets message min-release-age min-release-age-exclude name node-gyp node-options noproxy offline omit omit-lockfile-registry-resolved only optional orgs orgs-permission os otp pack-destination package package-lock package-lock-only packages packages-all packages-and-scopes-permission parseable password patches-dir prefer-dedupe prefer-offline prefer-online prefix preid production progress provenance provenance-file proxy read-only rebuild-bundle registry replace-registry-host save save-bundle save-dev save-exact save-optional save-peer save-prefix save-prod sbom-format sbom-type scope scopes script-shell searchexclude searchlimit searchopts searchstaleness shell sign-git-commit sign-git-tag strict-allow-scripts strict-npmrc strict-peer-deps strict-ssl tag tag-version-prefix timing to token-description umask unicode update-notifier usage user-agent userconfig version versions viewer which workspace workspaces workspaces-update yes'
complete -c npmrc-doctor -n __npmrc_doctor_first -a route -d 'show how npm would reach a URL'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a route
complete -c npmrc-doctor -n __npmrc_doctor_first -a selfcheck -d 'compare this program\'s reading with that of the installed npm'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a selfcheck
complete -c npmrc-doctor -n __npmrc_doctor_first -a scan -d 'find what is wrong in every .npmrc below some folders'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a scan
complete -c npmrc-doctor -n '__npmrc_doctor_in scan' -a '(__fish_complete_directories (commandline -ct))'
complete -c npmrc-doctor -n __npmrc_doctor_first -a completion -d 'print the shell\'s completion script'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a completion
complete -c npmrc-doctor -n '__npmrc_doctor_in completion' -a 'bash zsh fish'
complete -c npmrc-doctor -n __npmrc_doctor_first -a explain -d 'explain a rule, or list them all'
complete -c npmrc-doctor -n '__npmrc_doctor_in help' -a explain
complete -c npmrc-doctor -n '__npmrc_doctor_in explain' -a '(__npmrc_doctor_rules)'
complete -c npmrc-doctor -n __npmrc_doctor_first -a help -d 'show a command\'s help'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix restore env config route selfcheck' -l cwd -x -a '(__fish_complete_directories (commandline -ct))' -d 'read the configuration as npm would from DIR'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix restore env config route selfcheck' -l userconfig -r -F -d 'npm\'s --userconfig: the user\'s .npmrc'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix restore env config route selfcheck' -l globalconfig -r -F -d 'npm\'s --globalconfig'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix config route' -l client -x -a 'npm pnpm yarn bun' -d 'whose reading counts; default: npm'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix restore env config route' -l npm-version -x -d 'read as V of npm (6 to 12) or of the other client would; default: the npm on PATH, else the newest known'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l offline -d 'open no socket; what needs one is unchecked'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l registry -x -d 'probe this registry as well'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l format -x -a 'text json sarif github gitlab junit prometheus nagios' -d 'how to write the report; default: text, in a GitHub job github'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -s o -l output -r -F -d 'write the report to FILE, atomically; -: to standard output'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l fail-on -x -a 'error warning info never' -d 'exit with 1 from this severity on; default: error'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l timeout -x -d 'for all probes together; default: 10'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l only -x -a '(__npmrc_doctor_rules)' -d 'judge this rule alone; may be repeated'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l skip -x -a '(__npmrc_doctor_rules)' -d 'leave this rule out; may be repeated'
complete -c npmrc-doctor -n '__npmrc_doctor_in scan' -l jobs -x -d 'how many threads walk; default: one for each processor'
complete -c npmrc-doctor -n '__npmrc_doctor_in scan' -l no-ignore -d 'walk node_modules and .git too'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l policy -r -F -d 'what is allowed and required; default: .npmrc-doctor.ini in the project\'s root, else /etc/npmrc-doctor/policy.ini; /dev/null: none'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l baseline -r -F -d 'findings that FILE has do not count'
complete -c npmrc-doctor -n '__npmrc_doctor_in check fix scan' -l write-baseline -r -F -d 'write what is found (by fix: what is left) to FILE, without secrets'
complete -c npmrc-doctor -n '__npmrc_doctor_in fix' -l dry-run -d 'show what would change, change nothing'
complete -c npmrc-doctor -n '__npmrc_doctor_in fix' -s y -l yes -d 'do not ask'
complete -c npmrc-doctor -n '__npmrc_doctor_in fix' -l keyring -d 'move written-out credentials to the OS keyring'
complete -c npmrc-doctor -n '__npmrc_doctor_in restore' -l purge -d 'remove them from the keyring too'
complete -c npmrc-doctor -n '__npmrc_doctor_in exec' -l deliver -x -a 'auto fifo env' -d 'how the secrets reach COMMAND; default: auto'
complete -c npmrc-doctor -n '__npmrc_doctor_in token-helper' -l install -d 'make pnpm use it for REGISTRY from now on'
complete -c npmrc-doctor -n '__npmrc_doctor_in env' -l shell -x -a 'sh bash zsh fish json' -d 'whose syntax to print; default: sh'
complete -c npmrc-doctor -n '__npmrc_doctor_in env' -l force -d 'print secrets even to a terminal'
complete -c npmrc-doctor -n '__npmrc_doctor_in secrets config route selfcheck' -l json -d 'write JSON'
complete -c npmrc-doctor -n '__npmrc_doctor_in config' -l all -d 'list npm\'s defaults too'
complete -c npmrc-doctor -n '__npmrc_doctor_in' -l color -x -a 'auto always never' -d 'when to use colour'
complete -c npmrc-doctor -n '__npmrc_doctor_in' -s q -l quiet -d 'print nothing where there is nothing to report'
complete -c npmrc-doctor -n '__npmrc_doctor_in' -s v -l verbose -d 'say more'
complete -c npmrc-doctor -n '__npmrc_doctor_in' -s h -l help -d 'show this help'
complete -c npmrc-doctor -n '__npmrc_doctor_in' -s V -l version -d 'show the version'
