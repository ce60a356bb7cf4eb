# TAP for the tests in shell: . tests/lib/tap.sh, then ok/is/run, then done_testing.
# Each test file runs in a temporary directory of its own, which goes when it ends.
# Undo anything else with `at_exit COMMAND`, run last first.
# shellcheck shell=bash

set -u
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROOT=$(dirname "$TESTS")
BUILD=${BUILD:-$ROOT/build}
PATH=$BUILD:$PATH
export TESTS ROOT BUILD PATH LC_ALL=C.UTF-8
export S3PIPE_CONFIG=/dev/null # not what this machine has
T=$(mktemp -d "${TMPDIR:-/tmp}/s3pipe-test.XXXXXX")
export S3PIPE_TEST=$T # marks the processes of this file, see ours
cd "$T" || exit 1
tap_count=0
tap_failed=0
tap_exit=()
tap_case=''

at_exit() { tap_exit=("$*" "${tap_exit[@]}"); }
tap_end() {
    local status=$? command
    for command in "${tap_exit[@]}"; do eval "$command"; done
    cd / && rm -rf "$T"
    exit "$status"
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# if testcase NAME; then ... fi: a case. It starts in an empty directory and makes
# what it needs, for it may be the only one: ONLY='file/name' runs those whose name
# matches. NAME stands before the names of its checks.
testcase() {
    tap_case="$1: "
    if [ -n "${CASE:-}" ] && ! [[ $1 =~ $CASE ]]; then return 1; fi
    cd "$T" && rm -rf case && mkdir case && cd case || exit
}
# ok NAME COMMAND...: passes if the command does; what it prints is shown if not.
ok() {
    local name=$tap_case$1
    shift
    tap_count=$((tap_count + 1))
    if "$@" >"$T/.ok" 2>&1; then
        printf 'ok %d - %s\n' "$tap_count" "$name"
    else
        printf 'not ok %d - %s\n' "$tap_count" "$name"
        { printf 'failed: %s\n' "$*" && head -c 2000 "$T/.ok"; } | sed 's/^/# /'
        tap_failed=$((tap_failed + 1))
    fi
}
not() { ! "$@"; }
same() { # GOT WANTED
    [ "$1" = "$2" ] || { printf 'got:    %q\nwanted: %q\n' "$1" "$2" && return 1; }
}
like() { # TEXT ERE
    [[ $1 =~ $2 ]] || { printf 'got:    %.600s\nwanted: %s\n' "$1" "$2" && return 1; }
}
is() { ok "$1" same "$2" "$3"; }     # NAME GOT WANTED
matches() { ok "$1" like "$2" "$3"; } # NAME TEXT ERE

# run COMMAND...: leaves its standard output in $T/out, its standard error in
# $T/err and in $err, its exit status in $status. It may read stdin.
run() {
    "$@" >"$T/out" 2>"$T/err" && status=0 || status=$?
    err=$(tr -d '\0' <"$T/err")
}
# on_terminal LINE: runs a line of bash on a terminal of its own, writes what was
# seen there. `script` takes the shell from SHELL, which need not be bash or set.
on_terminal() { SHELL=$BASH script -qec "$1" /dev/null </dev/null; }
# exits NAME STATUS [ERE]: how the last run ended, and what stderr said in one
# line (nothing at all where no pattern is given).
exits() {
    is "$1: status" "$status" "$2"
    if [ $# -lt 3 ]; then
        is "$1: stderr is empty" "$err" ''
    else
        matches "$1: stderr" "$err" "$3"
        is "$1: stderr is one line" "$(wc -l <"$T/err")" 1
    fi
}
# await SECONDS COMMAND...: until the command succeeds, or the time is up. The pauses
# grow, for other tests want the processor while this one waits.
await() {
    local end=$((SECONDS + $1 + 1)) pauses=(0.05 0.05 0.1 0.1 0.2 0.2 0.3) i=0
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep "${pauses[i]}"
        [ $i = 6 ] || i=$((i + 1))
    done
}
# ours ERE: the processes that this test file started, of that command line.
# Other test files run beside it, and theirs look alike.
ours() {
    local pid
    for pid in $(pgrep -f -- "$1"); do
        [ "$pid" = "$BASHPID" ] || ! grep -qzxF "S3PIPE_TEST=$T" "/proc/$pid/environ" 2>/dev/null || echo "$pid"
    done
}
is_ours() { [ -n "$(ours "$1")" ]; } # ERE
skip_all() {
    printf '1..0 # SKIP %s: %s\n' "$(basename "$0")" "$*"
    exit 0
}
done_testing() {
    [ "$tap_count" != 0 ] || { echo "1..0 # SKIP no case of $(basename "$0") matches ${CASE:-}" && exit; }
    printf '1..%d\n' "$tap_count"
    exit $((tap_failed > 0))
}
