# fish completion for npmrc-doctor, printed from the program's tables: `npmrc-doctor completion fish`.
# Nothing here runs npmrc-doctor, reads an .npmrc or asks a keyring.

# Prints the words before the cursor from the command's on: what stands in front are options of every command.
function __npmrc_doctor_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case @before@
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
    contains -- "$words[1]" @wrappers@
    or return 1
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                string join \n -- $words[2..-1]
                return 0
            case @valued@
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
    printf '%s\t%s\n' @rules@
end

complete -c npmrc-doctor -f
complete -c npmrc-doctor -n __npmrc_doctor_operand -a '(__npmrc_doctor_wrapped)'
@cases@
