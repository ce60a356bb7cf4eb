#!/usr/bin/env bash
# pin.sh: what is pinned stays until it is unpinned, and nothing else can be pinned.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start
S=$ROOT/scripts
export S3PIPE_STATE_DIR=$T/state TMPDIR=$T/tmp S3_RETRIES=1
mkdir "$TMPDIR"
pin() { run "$S/pin.sh" "$@"; }
last() { tail -n 1 "$T/err"; }
fill() { # KEY...: these and no others are in the store
    s3ls -0 | s3rm -0 -q
    printf '%s\0' "$@" | "$TESTS/lib/make_objects.py"
}
export RETENTION_KEEP_LAST=2 RETENTION_KEEP_HOURLY=0 RETENTION_KEEP_DAILY=0 RETENTION_KEEP_WEEKLY=0 \
    RETENTION_KEEP_MONTHLY=0 RETENTION_KEEP_YEARLY=0

# ---- from pin to unpin
fill 2026/11/{01,02,03,04,05,06}/db_000000.sql.gz note
pin 2026/11/02/db_000000.sql.gz 2026/11/04/db_000000.sql.gz
is 'two keys: status' "$status" 0
is 'each is told' "$(sed 's/.*pin.sh: //' "$T/err" | xargs)" 'pinned 2026/11/02/db_000000.sql.gz pinned 2026/11/04/db_000000.sql.gz'
is 'a small object stands beside each' "$(s3ls | grep -F .pin | xargs)" '2026/11/02/db_000000.sql.gz.pin 2026/11/04/db_000000.sql.gz.pin'
matches 'which says what it is' "$(s3get 2026/11/02/db_000000.sql.gz.pin)" '^pinned at 20[0-9TZ:-]* on .*; s3pipe-pin --remove unpins it$'
pin 2026/11/02/db_000000.sql.gz
exits 'once more' 0 'pinned already: 2026/11/02/db_000000.sql.gz$'
pin --list
is '--list' "$status $(xargs <"$T/out") $err" '0 2026/11/02/db_000000.sql.gz 2026/11/04/db_000000.sql.gz '
run "$S/cleanup.sh"
matches 'cleanup.sh counts them' "$status $(cat "$T/err")" '^0 .*: 2 pinned backups are kept.*ok: 4 kept, 2 deleted'
is 'and leaves them, and their pins' "$(s3ls | xargs)" \
    '2026/11/02/db_000000.sql.gz 2026/11/02/db_000000.sql.gz.pin 2026/11/04/db_000000.sql.gz 2026/11/04/db_000000.sql.gz.pin 2026/11/05/db_000000.sql.gz 2026/11/06/db_000000.sql.gz note'
pin --remove 2026/11/02/db_000000.sql.gz
exits '--remove' 0 'unpinned 2026/11/02/db_000000.sql.gz$'
pin --remove 2026/11/02/db_000000.sql.gz
exits '--remove once more' 0 'not pinned: 2026/11/02/db_000000.sql.gz$'
run "$S/cleanup.sh"
is 'what was unpinned goes' "$(s3ls | grep -v note | xargs)" \
    '2026/11/04/db_000000.sql.gz 2026/11/04/db_000000.sql.gz.pin 2026/11/05/db_000000.sql.gz 2026/11/06/db_000000.sql.gz'
s3rm -q 2026/11/04/db_000000.sql.gz
pin --remove 2026/11/04/db_000000.sql.gz
is 'a pin without its backup can be removed' "$status $(s3ls | grep -c pin)" '0 0'

# ---- prefix, suffix, strange names
strange=("p q/2026/11/01/-n_000000.sql.gz" "p q/2026/11/01/a b%09'\"\$(x)*_000000.sql.gz.age" "p q/2026/11/01/läden_000000.sql.gz")
fill "${strange[@]}" "${strange[@]/11\/01/11\/02}" "${strange[@]/11\/01/11\/03}"
export S3_PREFIX='p q' BACKUP_FILTER_SUFFIX=.age
pin -- "${strange[@]}"
is 'strange names, a prefix and a suffix: status' "$status" 0
pin --list
is 'all are listed' "$(LC_ALL=C sort "$T/out")" "$(printf '%s\n' "${strange[@]}" | LC_ALL=C sort)"
RETENTION_KEEP_LAST=1 run "$S/cleanup.sh"
matches 'none of them goes, the others do' "$status $(last) $(s3ls | grep -c 11/01)" '^0 .*ok: 6 kept, 3 deleted.* 6$'
unset S3_PREFIX BACKUP_FILTER_SUFFIX

# ---- what is refused
base=7300000000000000001/base/2026/11/01/main_000000.tar.gz
fill 2026/11/01/db_000000.sql.gz note 2026/11/01/db_000000.sql p/2026/11/01/db_000000.sql.gz "$base" 2026/11/01/enc_000000.sql.gz.age
for key in note 2026/11/01/db_000000.sql p/2026/11/01/db_000000.sql.gz 2026/11/01/enc_000000.sql.gz.age 2026/11/01/db_000000.sql.gz.pin 2026/02/30/db_000000.sql.gz ''; do
    pin "$key"
    matches "'$key' is no backup by its key" "$status $err" "^1 .*: $key is not a backup by its key, which is YYYY/MM/DD/NAME_HHMMSS.sql.gz: see S3_PREFIX and BACKUP_FILTER_SUFFIX.*FAILED: 1 of 1 keys"
done
pin "$base"
matches 'a base backup' "$status $err" "^1 .*$base is of a base backup or WAL, which cannot be pinned: RECOVERY_WINDOW and the policy keep these"
pin 2026/11/02/db_000000.sql.gz
matches 'a backup that is not there' "$status $err" '^1 .*there is no 2026/11/02/db_000000.sql.gz'
is 'nothing was put' "$(s3ls | grep -c pin)" 0
pin 2026/11/02/db_000000.sql.gz 2026/11/01/db_000000.sql.gz
matches 'the others are pinned all the same' "$status $(last) $(s3ls | grep pin)" '^1 .*FAILED: 1 of 2 keys 2026/11/01/db_000000.sql.gz.pin$'
printf '%s\0' note.pin | "$TESTS/lib/make_objects.py"
pin --remove note
is '--remove deletes no object of others that ends in .pin' "$status $(s3ls | grep -c '^note.pin')" '1 1'
pin
exits 'no key' 2 'which backup\? pin.sh KEY...$'
pin --list x
exits '--list with a key' 2 'unexpected operand: x'
pin --list --remove
exits '--list with --remove' 2 '--remove and --list are given once, and not together'
BACKUP_FILTER_SUFFIX=.pin pin --list
exits 'a suffix that pins have' 2 'BACKUP_FILTER_SUFFIX must not end in .pin, as the pins of s3pipe-pin do: .pin$'

# ---- faults
fill 2026/11/0{1,2,3,4}/db_000000.sql.gz
fault '{"op":"ListObjectsV2","times":-1,"action":{"status":403}}'
pin 2026/11/01/db_000000.sql.gz
faults_clear
is 'a listing that fails: nothing is pinned' "$status $(s3ls | grep -c pin)" '1 0'
fault '{"op":"PutObject","times":-1,"action":{"status":403}}'
pin 2026/11/01/db_000000.sql.gz
faults_clear
matches 'a pin that cannot be put' "$status $(last)" '^1 .*FAILED: 1 of 1 keys'
# A store that lets the backup go between the two looks.
mkdir "$T/bin"
ln -s "$BUILD"/* "$T/bin/"
rm "$T/bin/s3put"
printf '#!/bin/sh\n"%s/s3put" "$@" && "%s/s3rm" -q 2026/11/01/db_000000.sql.gz\n' "$BUILD" "$BUILD" >"$T/bin/s3put" && chmod +x "$T/bin/s3put"
BUILD=$T/bin pin 2026/11/01/db_000000.sql.gz
matches 'a backup that goes meanwhile is told' "$status $err" '^1 .*2026/11/01/db_000000.sql.gz was deleted while it was pinned'
is 'and leaves no pin' "$(s3ls | grep -c 'pin$')" 0
printf '#!/bin/sh\ncat >/dev/null\n' >"$T/bin/s3put"
BUILD=$T/bin pin 2026/11/02/db_000000.sql.gz
matches 'and a pin that is not listed' "$status $err" '^1 .*2026/11/02/db_000000.sql.gz.pin was written, but the store does not list it: the backup is not pinned'

# ---- a cleanup that runs
fill 2026/11/0{1,2,3,4}/db_000000.sql.gz
fault '{"op":"ListObjectsV2","action":{"stall":1.5}}'
"$S/cleanup.sh" 2>"$T/first" &
first=$!
await 5 eval 'test -s "$S3PIPE_STATE_DIR"/locks/*/cleanup.'
pin 2026/11/01/db_000000.sql.gz
wait $first
matches 'is waited for: what it deleted is not pinned' "$status $err" '^1 .*waiting for cleanup.sh.*there is no 2026/11/01/db_000000.sql.gz'
is 'nothing is left' "$(find "$TMPDIR" -mindepth 1; find "$S3PIPE_STATE_DIR" -path '*/locks/*/*')" ''
done_testing
