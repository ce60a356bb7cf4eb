# The command line of a script, and what all of them have in common.
# shellcheck shell=bash

operands=()

# read_options ARGUMENT...: gives each option to the script's `option OPTION
# [VALUE]`, which sets took=2 if the value is the option's, and fails for an option
# that there is not; the rest goes to operands. Then the settings are read.
read_options() {
    local took config=${S3PIPE_CONFIG:-}
    while [ $# -gt 0 ]; do
        took=1
        case $1 in
        -h | --help) usage && exit 0 ;;
        -V | --version) version && exit 0 ;;
        --config) option_config "${2:-}" ;;
        --)
            shift
            operands+=("$@")
            break
            ;;
        -?*) option "$1" "${2:-}" || die -2 "no such option: $1" ;;
        *) operands+=("$1") ;;
        esac
        [ "$took" -le $# ] || die -2 "$1 wants an argument"
        shift "$took"
    done
    read_config "$config"
}
option_config() { # FILE
    [ -n "$1" ] || die -2 '--config wants a file'
    config=$1 took=2
}
# option_check OPTION: sets check to all or settings.
option_check() {
    case $1 in
    --check) check=all ;;
    --check-settings) check=settings ;;
    *) return 1 ;;
    esac
}
option_wait() { # SECONDS: sets wait_seconds
    wait_seconds=$(age_seconds "$1") || die -2 "--wait wants a number of seconds, not ${1:-nothing}"
    took=2
}
# take_operands N: no more than these are taken.
take_operands() {
    [ ${#operands[@]} -gt "$1" ] || return 0
    [ "$1" -gt 0 ] || die -2 "unexpected operand: ${operands[0]}"
    die -2 "too many operands: ${operands[$1]}"
}

usage() { # prints the comment at the head of the script
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}
# The programs are of the same version.
version() {
    retain -V | sed -n "1s/^retain /$script /p"
}
