#!/usr/bin/env bash
# list-backups.sh --recovery: to which moments clusters can be recovered, from the
# names and times of objects that no server made.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/store.sh"
S=$ROOT/scripts
export S3PIPE_STATE_DIR=$T/state TMPDIR=$T/tmp
mkdir "$TMPDIR"
store_start
A=7000000000000000001 B=7000000000000000002
wal() { # SYSTEM TIMELINE FIRST LAST [FORM]
    local i
    for ((i = $3; i <= $4; i++)); do printf '%s/wal/%08X%08X%08X%s.gz\0' "$1" "$2" 0 "$i" "${5:-}"; done | "$TESTS/lib/make_objects.py"
}
base() { # SYSTEM DAY TIMELINE SEGMENT ENDED
    local key
    key=$1/base/$2/cluster_030000
    printf '%s.tar.gz\0' "$key" | "$TESTS/lib/make_objects.py"
    printf '{"ended": "%s", "segment": 16777216, "server": "15.1"}\n' "$5" |
        s3put -q "$key.$(printf '%08X%016X.%08X%016X' "$3" $(($4 * 16777216 + 40)) "$3" $(($4 * 16777216 + 256)))"
}
list() { run "$S/list-backups.sh" --recovery "$@"; }
words() { sed 's/  */ /g; s/ $//' out; }

list
is 'an empty bucket: status' "$status" 0
is 'an empty bucket: the head alone' "$(wc -l <out)" 1

base "$A" 2026/11/01 1 3 2026-11-01T03:10:00Z
base "$A" 2026/11/08 1 8 2026-11-08T03:10:00Z
wal "$A" 1 2 12
printf '%s\0' "$A/base/2026/11/09/cluster_030000.tar.gz" "$A/wal/photo.gz" "2026/11/09/shop_030000.sql.gz" | "$TESTS/lib/make_objects.py"
list
matches 'one window, of both base backups' "$(words)" "
$A 1 2026-11-01T03:10:00Z 20[0-9T:-]+Z [0-9]+s 2\$"
is 'and no other' "$(wc -l <out)" 2
list --json
is '--json' "$(jq -c '[.system, .timeline, .from, (.bases | length), .gap]' out)" "[\"$A\",1,\"2026-11-01T03:10:00Z\",2,null]"
list --calendar
matches '--calendar' "$(cat out)" '2026-11 \+[#+]{20,}'

s3rm -q "$A/wal/000000010000000000000006.gz"
list
matches 'a gap is two windows, and named' "$(words)" "
$A 1 2026-11-01T03:10:00Z [^ ]+ [0-9]+s 1 missing: 000000010000000000000006
$A 1 2026-11-08T03:10:00Z [^ ]+ [0-9]+s 1\$"
s3rm -q "$A/wal/000000010000000000000005.gz"
list --json
is '--json: the gap' "$(head -1 out | jq -c .gap)" '["000000010000000000000005","000000010000000000000006"]'
s3rm -q "$A/wal/000000010000000000000008.gz"
list
is 'a base backup without its WAL does not count' "$(sed 1d out | wc -l)" 1
wal "$A" 1 5 8

# ---- a partial segment is the end
wal "$A" 1 13 13 .partial
list
is 'the segment being written is no gap' "$(words | grep -c missing)" 0

# ---- timelines
wal "$A" 2 10 14
printf '1\t0/A000060\tbefore 2026-11-10\n' | gzstream | s3put -q "$A/wal/00000002.history.gz"
list
matches 'a timeline goes on from its ancestor' "$(words)" "
$A 1 2026-11-01T03:10:00Z [^ ]+ [0-9]+s 2
$A 2 2026-11-01T03:10:00Z [^ ]+ [0-9]+s 2\$"
s3rm -q "$A/wal/00000002000000000000000A.gz"
list
matches 'a gap at the fork' "$(words)" "$A 2 2026-11-01T03:10:00Z [^ ]+ [0-9]+s 2 missing: 00000002000000000000000A"
wal "$A" 2 10 10

# ---- clusters, prefixes
base "$B" 2026/11/02 1 1 2026-11-02T03:10:00Z
list
matches 'a cluster without WAL' "$(words)" "$B 1 nothing can be recovered: there is no base backup with its WAL"
wal "$B" 1 1 2
list --json
is 'clusters do not mix' "$(jq -r .system out | sort | uniq -c | xargs)" "2 $A 1 $B"
S3_PREFIX=other list
is 'another prefix' "$(wc -l <out)" 1
list shop
exits 'a database' 2 'is of whole clusters, not of a database'
S3_SECRET_KEY=wrong list
is 'a listing that fails' "$status" 1
is 'nothing is left' "$(find "$TMPDIR" -mindepth 1)" ''
done_testing
