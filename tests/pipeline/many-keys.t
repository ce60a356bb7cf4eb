#!/usr/bin/env bash
# cleanup.sh, list-backups.sh and `latest` on long and strange lists: what goes is
# what a model says, and no key costs a command. The store is a file here.
. "$(dirname "$0")/../lib/tap.sh"
S=$ROOT/scripts
MODEL=$TESTS/lib/cleanup_model.py
export S3PIPE_STATE_DIR=$T/state TMPDIR=$T/tmp LISTING=$T/listing REMOVED=$T/removed
mkdir "$TMPDIR" "$T/bin"

# s3ls gives the lines of $LISTING that begin with the prefix; s3rm writes down
# what it was to delete.
program() { printf '#!/bin/bash\n%s\n' "$2" >"$T/bin/$1" && chmod +x "$T/bin/$1"; }
program s3put :
program s3rm 'tee -a "$REMOVED"'
program s3ls '[ -z "${LISTING_FAILS:-}" ] || { head -c 300 "$LISTING"; exit 1; }
export LC_ALL=C prefix=
long="s/^[^\t]*\t[^\t]*\t//"
for word; do case $word in -l) long= ;; -u) exit ;; -0) ;; *) prefix=$word ;; esac; done
PREFIX=$prefix perl -0 -ne "print if index((split /\t/, \$_, 3)[2], \$ENV{PREFIX}) == 0" "$LISTING" | sed -z "$long"'
real_retain=$BUILD/retain
export real_retain
ln -s "$real_retain" "$T/bin/retain"
export BUILD=$T/bin
listing() { # KEY...: of 1,000 bytes each
    printf '1000\t2026-11-27T00:00:00Z\t%s\0' "$@" >"$LISTING"
}
policy() { # LAST HOURLY DAILY WEEKLY MONTHLY YEARLY LEAST
    export RETENTION_KEEP_LAST=$1 RETENTION_KEEP_HOURLY=$2 RETENTION_KEEP_DAILY=$3 RETENTION_KEEP_WEEKLY=$4 \
        RETENTION_KEEP_MONTHLY=$5 RETENTION_KEEP_YEARLY=$6 RETENTION_MIN_BACKUPS=$7
}
cleanup() {
    : >"$REMOVED"
    run "$S/cleanup.sh"
}

# ---- the model
compare() { # PREFIX SUFFIX N...
    policy "${@:3}"
    S3_PREFIX=$1 BACKUP_FILTER_SUFFIX=$2 cleanup
    "$MODEL" doomed "$@" <"$LISTING" >"$T/wanted"
    [ "$status" = 0 ] && LC_ALL=C sort -z "$REMOVED" | cmp - "$T/wanted" || { cat "$T/err" && return 1; }
}
one_of() { printf '%s\n' "${@:2}" | sed -n "$(($1 % ($# - 1) + 1))p"; }
for seed in $(seq 40); do
    prefix=$(one_of "$seed" '' p/ 'a b/c/' '[x]*/')
    suffix=$(one_of $((seed / 4)) '' .age .x+y)
    policy=$(one_of $((seed / 2)) '3 24 7 4 6 2 1' '1 0 0 0 0 0 1' '0 2 3 0 1 0 2' '0 0 0 2 0 -1 3' '0 0 -1 0 0 0 1')
    "$MODEL" list "$seed" "$prefix" "$suffix" >"$LISTING"
    # shellcheck disable=SC2086
    ok "random list $seed: what goes is what the model says" compare "$prefix" "$suffix" $policy
done
policy 2 0 0 0 0 0 1

# ---- safeguards
listing 2026/11/{20,21,22}/{a,b}_000000.sql.gz
LISTING_FAILS=1 cleanup
is 'a listing that fails after some keys deletes nothing' "$status $(cat "$REMOVED")" '1 '
listing
: >"$LISTING"
cleanup
is 'an empty listing deletes nothing' "$status $(cat "$REMOVED")" '0 '
mad() { # NAME SED ERE: retain's records through sed
    listing 2026/11/{20,21,22}/{a,b}_000000.sql.gz
    rm "$T/bin/retain"
    program retain "\"\$real_retain\" \"\$@\" | sed -z ${2@Q}"
    cleanup
    matches "$1 deletes nothing" "$status $(wc -c <"$REMOVED") $(cat "$T/err")" "^1 0 .*$3"
    rm "$T/bin/retain"
    ln -s "$real_retain" "$T/bin/retain"
}
mad 'a retain that would leave no backup of a database' '/\tb\t/s/^keep/delete/' 'the last backup of b would go: nothing is deleted'
mad 'a retain that names a key that is not there' '$s/11.22.b/11\/23\/b/' 'nothing is deleted'
mad 'a retain that says less' '3d' 'nothing is deleted'
mad 'a retain that says more' '$p' 'nothing is deleted'
mad 'a retain that says nothing of use' 's/^[a-z]*/x/' 'nothing is deleted'
listing 2026/11/{20,21,22}/db_000000.sql.gz
RETENTION_DRY_RUN=true cleanup
matches 'a dry run says of each key why' "$(cat "$T/err")" \
    'delete 2026/11/20/db_000000.sql.gz.*keep 2026/11/21/db_000000.sql.gz last #2.*dry run: 2 kept, 1 would be deleted, 1000B freed'
is 'and deletes nothing' "$(cat "$REMOVED")" ''
LOG_FORMAT=json cleanup
is 'each key that went is told, as JSON too' "$(jq -r .message "$T/err" | head -1)" 'deleted 2026/11/20/db_000000.sql.gz'

# ---- pins
listing 2026/11/{18,19,20,21,22}/db_000000.sql.gz{,.pin} 2026/11/18/db_000000.sql.gz.age 2026/11/17/{db,a}_000000.sql.gz 2026/11/01/gone_000000.sql.gz.pin
sed -i -z '/11.20.db_000000.sql.gz.pin/d' "$LISTING"
RETENTION_DRY_RUN=true cleanup
matches 'a dry run says of what is pinned why it is kept' "$(cat "$T/err")" \
    'keep 2026/11/18/db_000000.sql.gz pinned.*keep 2026/11/19/db_000000.sql.gz pinned.*delete 2026/11/20/db_000000.sql.gz.*keep 2026/11/21/db_000000.sql.gz last #2'
matches 'and counts' "$(tail -n 1 "$T/err")" 'dry run: 5 kept, 2 would be deleted'
matches 'a pin is another key only where its backup is not there' "$(cat "$T/err")" ': 2 other keys are left alone'
cleanup
is 'what is pinned stays, beside what the policy keeps' "$(LC_ALL=C sort -z "$REMOVED" | tr '\0' ' ')" '2026/11/17/db_000000.sql.gz 2026/11/20/db_000000.sql.gz '
matches 'which is told' "$(cat "$T/err")" ': 4 pinned backups are kept'
matches 'and summed up' "$(tail -n 1 "$T/err")" 'ok: 5 kept, 2 deleted, 2.0KiB freed'
strange=($'tab\there' $'line\nbreak' 'läden' $'csi\xc2\x9b2J' $'bad\xff' "q'uo\"te" 'a\b' '*' '$(x)' -n)
strange=("${strange[@]/#/2026/11/01/}")
strange=("${strange[@]/%/_000000.sql.gz}")
printf '%s\0' "${strange[@]}" "${strange[@]/%/.pin}" "${strange[@]//11\/01/11\/02}" "${strange[@]//11\/01/11\/03}" "${strange[@]//11\/01/10\/03}" | LC_ALL=C sort -z >"$T/keys"
mapfile -d '' -t sorted <"$T/keys"
listing "${sorted[@]}"
RETENTION_DRY_RUN=true cleanup
is 'pinned backups of strange names: each is told as kept' "$(grep -c 'keep 2026/11/01/.* pinned$' "$T/err") $(grep -c 'delete 2026/11/01' "$T/err")" "${#strange[@]} 0"
cleanup
is 'and none of them goes' "$status $(LC_ALL=C sort -z "$REMOVED" | tr '\0' '|')" "0 $(printf '%s\0' "${strange[@]//11\/01/10\/03}" | LC_ALL=C sort -z | tr '\0' '|')"
BACKUP_FILTER_SUFFIX=.age.pin cleanup
exits 'a suffix that ends as pins do' 2 'BACKUP_FILTER_SUFFIX must not end in .pin'
listing 2026/11/{18,19,20,21,22}/db_000000.sql.gz{,.pin}
run "$S/list-backups.sh"
is 'the table shows what is pinned' "$(sed 1d "$T/out" | awk '{ print $(NF - 1), $NF }' | xargs)" "$(printf '%s pinned ' 2026/11/{18,19,20,21,22}/db_000000.sql.gz | sed 's/ $//')"
sed -i -z '/11.20.db_000000.sql.gz.pin/d' "$LISTING"
run "$S/list-backups.sh" --json
is 'and JSON' "$(jq -r .pinned "$T/out" | xargs)" 'true true false true true'
run "$S/list-backups.sh" --calendar
is 'the calendar marks no day for what is pinned' "$(tr -d ' \n' <"$T/out" | grep -oE '1[1*]+')" '111*11'

# ---- what is there instead
listing p/2026/11/{20,21,22}/db_000000.sql.gz
cleanup
matches 'cleanup.sh says what is there where no key is a backup' "$status $(cat "$T/err")" \
    '^0 .*no backup as YYYY/.*_HHMMSS.sql.gz, but 3 other keys, the first: p/2026/11/20/db_000000.sql.gz; see S3_PREFIX'
S3_PREFIX=q run "$S/list-backups.sh"
matches 'list-backups.sh says what is there where the prefix holds nothing' "$status $(cat "$T/err")" \
    '^0 .*nothing below q/, but 3 other keys in the bucket, the first: p/2026/11/20/db_000000.sql.gz; see S3_PREFIX'
listing 2026/11/{20,21,22}/db_000000.sql.gz.age
run "$S/list-backups.sh" --json
matches 'or where the suffix is another' "$status $(cat "$T/out" "$T/err")" '^0 20.*3 other keys, the first: 2026/11/20/db_000000.sql.gz.age'
: >"$LISTING"
S3_PREFIX=q run "$S/list-backups.sh"
is 'an empty bucket is told of by nobody' "$status $(cat "$T/err")" '0 '
BACKUP_FILTER_SUFFIX=.x_123456 run "$S/list-backups.sh"
exits 'a suffix that could be taken for a time' 2 'BACKUP_FILTER_SUFFIX'

# ---- long lists
perl -e 'for my $i (0 .. 19999) {
    printf "%d\t2026-11-27T00:00:00Z\t%04d/%02d/%02d/db%d_%02d0000.sql.gz\0", $i * 997, 2020 + $i % 6, 1 + $i / 6 % 12, 1 + $i / 72 % 28, $i % 7, $i / 2016 % 24
}' | LC_ALL=C sort -z -t $'\t' -k 3 >"$LISTING"
keys=$(sed -z 's/.*\t//' "$LISTING" | tr '\0' '\n')
# A command a key takes minutes; this is no measure of speed.
sed -z 's/$/.pin/' "$LISTING" | sed -n -z 'p;n' | cat - "$LISTING" | LC_ALL=C sort -z -t $'\t' -k 3 >"$T/half"
LISTING=$T/half cleanup
matches '20,000 keys, each other one pinned: of these none goes' "$status $(tr '\0' '\n' <"$REMOVED" | grep -c .) $(tr '\0' '\n' <"$REMOVED" | grep -c 'pin$') \
$(sed -n -z 'p;n' "$LISTING" | sed -z 's/.*\t//' | grep -czxF -f <(tr '\0' '\n' <"$REMOVED"))" '^0 [0-9]{4} 0 0$'
RETENTION_DRY_RUN=true run timeout 60 "$S/cleanup.sh"
matches '20,000 keys: cleanup.sh judges them all' "$status $(tail -n 1 "$T/err")" '^0 .*dry run: [0-9]+ kept, 1[0-9]+ would be deleted'
run timeout 60 "$S/list-backups.sh"
is '20,000 keys: list-backups.sh has a row for each' "$status $(sed 1d "$T/out" | wc -l)" '0 20000'
is 'sorted by time, then by key' "$(sed 1d "$T/out" | awk '{ print $1, $2, $6 }' | LC_ALL=C sort -c && echo sorted)" sorted
is 'sizes are as numfmt writes them' "$(sed 1d "$T/out" | awk '{ print $6, $5 }' | LC_ALL=C sort)" \
    "$(paste -d ' ' <(echo "$keys") <(cut -z -f 1 "$LISTING" | tr '\0' '\n' | numfmt --to=iec-i --suffix=B) | LC_ALL=C sort)"
run timeout 60 "$S/list-backups.sh" --json
is 'ages and times are as date knows them' "$(jq -r '(.time | fromdate) + .age' "$T/out" | sort -u | wc -l)" 1
run timeout 60 "$S/list-backups.sh" --calendar
is 'the calendar counts them all' "$(grep -v '[a-z]' "$T/out" | tr -d '*.' | xargs -n 1 | awk '{ n += $1 } END { print n }')" 20000
is 'and begins each month on its day' "$(grep -A 2 'February 2024' "$T/out" | tail -1 | grep -o '[^ ]*' | wc -l)" 4
done_testing
