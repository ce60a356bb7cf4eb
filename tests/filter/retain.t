#!/bin/bash
# retain by its command line: what it prints, what it says, what it refuses.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"

lines() { printf '%s\n' "$@"; }
out() { cat "$T/out"; }
# refuses NAME ERE ARGUMENT...: exit 2, one line, nothing printed or read.
refuses() {
    local name=$1 pattern=$2
    shift 2
    run retain "$@" < <(lines 2026/01/01/x_000000 2026/01/02/x_000000)
    exits "$name" 2 "$pattern"
    is "$name: nothing is printed" "$(out)" ''
}
fails() { # NAME ERE: the last run, which printed nothing.
    exits "$1" 1 "$2"
    is "$1: nothing is printed" "$(out)" ''
}

keys=(
    p/2026/11/22/mydb_110000.sql.gz
    p/2026/11/22/mydb_110000.sql.gz.sha256
    2026/01/01/other_000000
    p/2026/11/22/mydb_120000.sql.gz
    p/2026/11/21/mydb_235959.sql.gz
    p/2026/11/22/my_120001.sql.gz
    p/2026/11/21/mydb_000000.sql.gz
)
lines "${keys[@]}" >"$T/keys"
# Some of these 5,000 keys are of the months 13 and 14.
awk 'BEGIN { srand(7); for (i = 0; i < 5000; i++)
    printf "%s20%02d/%02d/%02d/db%d_%02d%02d00%s\n", (i % 2 ? "" : "p/"), 20 + rand() * 5,
        1 + rand() * 14, 1 + rand() * 28, rand() * 5, rand() * 24, rand() * 60, (i % 3 ? ".gz" : "") }' >"$T/many"

# What is printed

if testcase 'the last of each group'; then
    run retain -l 1 <"$T/keys"
    exits 'retain finds what to delete' 0
    is 'deleted keys come in the order read' "$(out)" "$(lines "${keys[@]:0:2}" "${keys[4]}" "${keys[6]}")"
    run retain -k -l 1 <"$T/keys"
    exits 'retain -k finds what to keep' 0
    is 'kept keys come in the order read' "$(out)" "$(lines "${keys[2]}" "${keys[3]}" "${keys[5]}")"
fi

if testcase 'rules'; then
    run retain -d 2 <"$T/keys"
    is '-d keeps the newest of each day' "$(out)" "$(lines "${keys[0]}" "${keys[1]}" "${keys[6]}")"
    run retain -d 3 <"$T/keys"
    is 'the oldest stays while there is count' "$(out)" "$(lines "${keys[@]:0:2}")"
    run retain -d 1 -M 3 <"$T/keys"
    is '-M 3 keeps at least three' "$(out)" "${keys[6]}"
    run retain -d 1 -M -1 <"$T/keys"
    is '-M -1 keeps all' "$(out)" ''
    run retain -l -1 -d 0 <"$T/keys"
    is '-l -1 keeps all' "$(out)" ''
    run retain -y 1 -l 2 -d 0 <"$T/keys"
    is 'a key stays that one of them keeps' "$(out)" "$(lines "${keys[4]}" "${keys[6]}")"
    run retain -l 1 -l 2 <"$T/keys"
    is 'the last counts of one given twice' "$(out)" "$(lines "${keys[4]}" "${keys[6]}")"
    # 2024-12-30 and 2025-01-05 are of one ISO week, 2024-12-29 is not.
    run retain -k -w 2 < <(lines 2025/01/05/x_000000 2024/12/{30,29,28,27}/x_000000)
    is 'a week of -w spans the end of the year' "$(out)" "$(lines 2025/01/05/x_000000 2024/12/29/x_000000)"
    for rule in l H d w m y; do
        run retain "-$rule" 1 <<<'9999/12/31/x_235959'
        is "-$rule alone keeps the only one, in the future too" "$(out)" ''
        run retain "-$rule" 1 < <(lines {2024,2025,2026}/06/15/x_120000)
        is "-$rule 1 keeps the newest" "$(out)" "$(lines {2024,2025}/06/15/x_120000)"
    done
fi

if testcase 'long options'; then
    run retain --keep-last=1 --keep-hourly 0 --keep-daily=0 --keep-weekly=0 \
        --keep-monthly=0 --keep-yearly=0 --min=0 --keep <"$T/keys"
    is 'they are the same as -k -l 1' "$(out)" "$(lines "${keys[2]}" "${keys[3]}" "${keys[5]}")"
    retain -H 1 <"$T/keys" >H && retain --keep-hourly=1 <"$T/keys" >hourly
    ok '--keep-hourly is -H' cmp H hourly
fi

if testcase 'input without keys'; then
    run retain -l 1 </dev/null
    exits 'retain succeeds' 0
    is 'nothing is printed' "$(out)" ''
    run retain -v -l 1 </dev/null
    is '-v reports a total of 0' "$err" 'total: keep 0 and delete 0 of 0 backups, 0 and 0 of 0 keys'
fi

if testcase 'a key that is there twice'; then
    run retain -l 1 < <(lines 2026/01/0{1,2,1}/x_000000)
    is 'it is printed twice' "$(out)" "$(lines 2026/01/0{1,1}/x_000000)"
fi

# What is kept and what is deleted are together all timed keys.
if testcase 'a list of 5,000 keys'; then
    policy=(-l 3 -H 24 -d 7 -w 4 -m 6 -y 2 -M 1)
    grep -Ev '20../1[34]/' "$T/many" | sort >timed
    run retain "${policy[@]}" <"$T/many"
    cp "$T/out" deleted
    matches 'keys of no month are reported' "$err" '^retain: keys without a time, left alone: [0-9]+; the first: '
    is 'keys of no month are all counted' "$(sed 's/.*alone: //; s/;.*//' <<<"$err")" "$(grep -Ec '20../1[34]/' "$T/many")"
    retain -k "${policy[@]}" <"$T/many" >kept 2>/dev/null
    sort deleted kept >together
    ok 'kept and deleted part the timed keys' cmp together timed
    ok 'some are kept' test -s kept
    is 'a second run deletes nothing' "$(retain "${policy[@]}" <kept)" ''
    sort -R <"$T/many" >shuffled
    retain "${policy[@]}" <shuffled 2>/dev/null | sort >deleted2
    sort deleted >deleted1
    ok 'the order of the input is no matter' cmp deleted1 deleted2
    grep '^p/.*/db3_' "$T/many" >group
    grep '^p/.*/db3_' deleted >wanted
    retain "${policy[@]}" <group >alone 2>/dev/null
    ok 'a group is judged alone as among others' cmp wanted alone
fi

if testcase '-0'; then
    printf '%s\0' $'a\nb/2026/01/01/x_000000.\x01' $'a\nb/2026/01/02/x_000000' >nul
    run retain -0 -l 1 <nul
    exits 'retain succeeds' 0
    is 'keys end with a NUL and may hold newlines' "$(od -c <"$T/out")" "$(printf 'a\nb/2026/01/01/x_000000.\001\0' | od -c)"
fi

# -v

if testcase '-v'; then
    run retain -v -l 2 -H 1 -d 2 -w 1 -m 1 -y 3 -M 1 <"$T/keys"
    is 'retain succeeds' "$status" 0
    is 'it says why each key is kept' "$(grep -v '^group\|^total' <<<"$err")" "$(
        cat <<'END'
keep p/2026/11/22/mydb_110000.sql.gz last #2
keep p/2026/11/22/mydb_110000.sql.gz.sha256 last #2
keep 2026/01/01/other_000000 last #1, hourly 2026-01-01T00, daily 2026-01-01, weekly 2026-W01, monthly 2026-01, yearly 2026, min #1
keep p/2026/11/22/mydb_120000.sql.gz last #1, hourly 2026-11-22T12, daily 2026-11-22, weekly 2026-W47, monthly 2026-11, yearly 2026, min #1
keep p/2026/11/21/mydb_235959.sql.gz daily 2026-11-21
keep p/2026/11/22/my_120001.sql.gz last #1, hourly 2026-11-22T12, daily 2026-11-22, weekly 2026-W47, monthly 2026-11, yearly 2026, min #1
keep p/2026/11/21/mydb_000000.sql.gz oldest
END
    )"
    run retain -v -l 1 <"$T/keys"
    is 'it names what is deleted' "$(sed -n 1p <<<"$err")" "delete ${keys[0]}"
    is 'it counts groups and the total' "$(grep '^group\|^total' <<<"$err")" "$(
        cat <<'END'
group p/mydb: keep 1 and delete 3 of 4 backups, 1 and 4 of 5 keys
group other: keep 1 and delete 0 of 1 backups, 1 and 0 of 1 keys
group p/my: keep 1 and delete 0 of 1 backups, 1 and 0 of 1 keys
total: keep 3 and delete 3 of 6 backups, 3 and 4 of 7 keys
END
    )"
    is 'stdout is the same as without it' "$(out)" "$(retain -l 1 <"$T/keys")"
    run retain -v -l 1 <<<$'2026/01/01/x\e[2J_000000'
    is 'control characters do not reach the terminal' "$(sed -n 1p <<<"$err")" 'keep 2026/01/01/x\x1b[2J_000000 last #1'
fi

if testcase 'keys without a time'; then
    lines README "${keys[@]}" 2026/13/01/x_000000 x '' >untimed
    for option in '' -k; do
        # shellcheck disable=SC2086 # no option at all
        run retain $option -l 1 <untimed
        exits "they are reported${option:+ with $option}" 0 '^retain: keys without a time, left alone: 4; the first: README$'
        # shellcheck disable=SC2086
        is "they are never printed${option:+ with $option}" "$(out)" "$(retain $option -l 1 <"$T/keys")"
    done
fi

# Refused

if testcase 'a policy that keeps nothing'; then
    refuses 'no option is refused' '^retain: no policy'
    refuses 'counts of 0 are refused' '^retain: no policy' -l 0 -H 0 -d 0 -w 0 -m 0 -y 0
    refuses 'a count of 0 is refused with -k' '^retain: no policy' -k -l 0
    refuses 'a minimum alone is refused' '^retain: no policy' -M 3
fi

if testcase 'a wrong count'; then
    for count in x '' 1x ' 1' +1 0x1 1.5 -2 2147483648 99999999999999999999 -; do
        refuses "-d refuses '$count'" '^retain: -d: not a count' -l 1 -d "$count"
    done
    for rule in l H w m y M; do
        refuses "-$rule refuses a word" "^retain: -$rule: not a count" -l 1 "-$rule" none
    done
    run retain -l 2147483647 <"$T/keys"
    exits 'the largest count is taken' 0
fi

if testcase 'a wrong option'; then
    refuses 'an operand is refused' '^retain: keys are read from stdin, not given: a$' -l 1 a
    refuses 'an option behind an operand is refused' '^retain: keys are read' a -l 1
    refuses 'an unknown option is refused' '^retain: -x: ' -l 1 -x
    refuses 'an unknown long option is refused' '^retain: --what: ' -l 1 --what
    refuses 'an option without its count is refused' '^retain: -l: ' -l
    refuses 'a long option without its count is refused' '^retain: .*last: |^retain: -l: ' --keep-last
    run retain -a -k -l 1 <"$T/many"
    exits '-a is refused with -k' 2 '-a and -k exclude each other'
fi

# Failures print nothing

if testcase 'input that cannot be used'; then
    run retain -l 1 < <(lines "${keys[@]}" && printf 2026/01/01/x_00)
    fails 'a line that is cut is reported' '^retain: stdin ends within a record.*: 2026/01/01/x_00$'
    run retain -0 -l 1 <"$T/keys"
    fails 'a record of -0 that is cut is reported' '^retain: stdin ends within a record'
    run retain -l 1 < <(lines "${keys[@]}" && printf 'a\0b\n')
    fails 'a NUL in a line is reported' '^retain: stdin: .*NUL'
    for length in 65537 140000; do
        run retain -l 1 < <(lines "${keys[@]}" && head -c "$length" /dev/zero | tr '\0' x && echo)
        fails "a record of $length bytes is reported" '^retain: stdin: .*longer'
    done
    run retain -l 1 < <(head -c 65519 /dev/zero | tr '\0' x && echo /2026/01/01/x_000)
    exits 'the longest record is taken' 0 '^retain: keys without a time, left alone: 1; '
    run retain -l 1 </
    fails 'a read error is reported' '^retain: read stdin: '
    run retain -l 1 <&-
    fails 'a closed stdin is reported' '^retain: read stdin: '
fi

# -a: a record for every key, for scripts

if testcase '-a'; then
    printf '%s\0' p/2026/11/22/my%2Fdb_120000.sql.gz 2026/11/22/$'a\tb\nc_120001.sql.gz' \
        2026/11/21/$'a\tb\nc_120001.sql.gz' other 2026/11/21/_x_000000 >strange
    run retain -0 -a -l 1 <strange
    is 'retain succeeds' "$status" 0
    is 'a record is verdict, time, name, rules and key; only the key may hold a tab' "$(tr '\0' '!' <"$T/out")" \
        "$(printf 'keep\t2026-11-22T12:00:00Z\tmy%%2Fdb\tlast #1\tp/2026/11/22/my%%2Fdb_120000.sql.gz!'
            printf 'keep\t2026-11-22T12:00:01Z\ta%%09b%%0Ac\tlast #1\t2026/11/22/a\tb\nc_120001.sql.gz!'
            printf 'delete\t2026-11-21T12:00:01Z\ta%%09b%%0Ac\t-\t2026/11/21/a\tb\nc_120001.sql.gz!'
            printf 'keep\t2026-11-21T00:00:00Z\t_x\tlast #1\t2026/11/21/_x_000000!')"
    retain -l 2 -d 3 <"$T/many" >gone 2>/dev/null
    retain -k -l 2 -d 3 <"$T/many" >stay 2>/dev/null
    retain -a -l 2 -d 3 <"$T/many" 2>/dev/null >records
    is 'it deletes what is deleted without it' "$(sed -n 's/^delete\t.*\t//p' records | cmp - gone && echo same)" same
    is 'it keeps what -k writes' "$(sed -n 's/^keep\t.*\t//p' records | cmp - stay && echo same)" same
fi

# Outputs that fail

if testcase 'an output that fails'; then
    run sh -c 'retain -l 1 <"$1" >/dev/full 2>err' sh "$T/many"
    is 'a full disk is a failure' "$status" 1
    matches 'a full disk is reported' "$(tail -n 1 err)" '^retain: write stdout: '
    run sh -c 'retain -l 1 <"$1" >&-' sh "$T/keys"
    exits 'a closed stdout is reported' 1 '^retain: '
    run retain -l 1 -v <"$T/keys" 2>&-
    is 'a closed stderr is no failure' "$status" 0
fi

# More than a pipe holds.
plenty() { for _ in 1 2 3 4 5 6 7 8; do cat "$T/many"; done; }
if testcase 'a reader that has gone'; then
    plenty >plenty
    (trap - PIPE && retain -l 1 <plenty 2>err && echo whole >whole) | true
    is 'nothing is said' "$(grep -v 'without a time' err)" ''
    ok 'retain ends' not test -e whole
    bash -c 'trap "" PIPE; { retain -l 1 <plenty 2>err; echo $? >status; } | true'
    is 'retain fails where SIGPIPE is ignored' "$(cat status)" 1
    is 'nothing is said where SIGPIPE is ignored' "$(grep -v 'without a time' err)" ''
fi

if testcase 'input that is slow'; then
    mkfifo in
    retain -l 1 <in >slow 2>/dev/null &
    exec 3>in
    plenty >&3
    is 'nothing is printed before the last key was read' "$(cat slow)" ''
    exec 3>&-
    wait $!
    ok 'all is printed once the last key was read' test -s slow
fi

# Help

if testcase 'help'; then
    run retain -h
    exits '-h succeeds' 0
    usage=$(out)
    matches '-h prints the usage' "$usage" '^usage: retain \[-0akv\]'
    run retain --help
    is '--help is -h' "$(out)" "$usage"
    run retain -V
    exits '-V succeeds' 0
    is '-V prints the version' "$(out)" "retain (s3pipe) $(cat "$ROOT/VERSION")"
    run retain --version
    is '--version is -V' "$(out)" "retain (s3pipe) $(cat "$ROOT/VERSION")"
fi

done_testing
