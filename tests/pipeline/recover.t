#!/usr/bin/env bash
# recover.sh: the rows with a time up to T and no others; and a server never opens
# that lacks what the store could not give.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"
s3server_start
SYSTEM=$(system)
moments=${RECOVER_MOMENTS:-4}
RANDOM=${SEED:-5}
recover() { run timeout 60 "$S/recover.sh" "$@"; }
# at PORT T: the rows that were committed until then, by the server's own record.
rows() { PGPORT=${1:-5432} q -d postgres -c "SELECT coalesce(string_agg(i::text, ',' ORDER BY i), '') FROM load ${2:+WHERE pg_xact_commit_timestamp(xmin) <= '$2'}"; }
load() { # PORT SECONDS: a row a transaction
    PGPORT=$1 q -d postgres -c "DO \$\$ DECLARE stop timestamptz := clock_timestamp() + interval '$2 seconds'; BEGIN WHILE clock_timestamp() < stop LOOP INSERT INTO load DEFAULT VALUES; COMMIT; PERFORM pg_sleep(0.01); IF random() < 0.02 THEN PERFORM pg_switch_wal(); END IF; END LOOP; END \$\$"
}
moment() { # FROM TO: a random one between
    q -d postgres -c "SELECT timestamptz '$1' + (timestamptz '$2' - timestamptz '$1') * $((RANDOM % 1000)) / 1000"
}

# ---- a cluster, its base backup, and a load
q -d postgres -c 'ALTER SYSTEM SET track_commit_timestamp = on'
archiving
q -d postgres -c 'CREATE TABLE load (i bigserial)' -c 'INSERT INTO load DEFAULT VALUES'
"$S/basebackup.sh" 2>/dev/null
sleep 1
begin=$(q -d postgres -c 'SELECT clock_timestamp()')
load 5432 4
q -d postgres -c "SELECT pg_create_restore_point('before the release')" >/dev/null
place=$(q -d postgres -c "SELECT pg_current_wal_lsn()")
q -d postgres -c 'INSERT INTO load DEFAULT VALUES'
end=$(q -d postgres -c 'SELECT clock_timestamp()')
q -d postgres -c 'INSERT INTO load DEFAULT VALUES'
all_archived ''

for ((i = 0; i < moments; i++)); do
    t=$(moment "$begin" "$end")
    recover --time "$t" "$T/pg/r$i"
    is "to a random moment ($t): status" "$status" 0
    ok 'it opens' opens "r$i"
    is 'the rows up to then, and no others' "$(rows 5433)" "$(rows 5432 "$t")"
    [ "$i" = 0 ] || closes "r$i"
    [ "$i" = 0 ] || rm -rf "$T/pg/r$i"
    [ "$i" != 0 ] || first=$t
    if [ "$i" = 0 ]; then
        is 'it archives nothing' "$(q2 -c 'SHOW archive_mode')" off
        ok 'what was fetched ahead is gone' eval '[ ! -e "$T/pg/r0/pgsql_tmp.s3pipe/ahead" ]'
        is 'nobody else can read the settings' "$(stat -c %a "$T/pg/r0/pgsql_tmp.s3pipe/env" "$T/pg/r0" | xargs)" '600 700'
        ok 'no secret stands in what the server shows' eval '! q2 -c "SHOW ALL" | grep -F "$S3_SECRET_KEY"'
        q2 -c 'SELECT pg_switch_wal()' >/dev/null
        sleep 1
        is 'nor does it after a switch' "$(s3ls "$SYSTEM/wal/00000002" | wc -l)" 0
        closes r0
    fi
done
matches 'the last line' "$(last)" "recover.sh: ok: $T/pg/r[0-9]+ is ready: a server that is started on it recovers to .* on timeline 1, and opens"
recover --name 'before the release' "$T/pg/name"
ok 'to a restore point: it opens' opens name
is 'to a restore point' "$(rows 5433)" "$(rows 5432 | sed -E 's/,[0-9]+,[0-9]+$//')"
closes name
recover --lsn "$place" "$T/pg/lsn"
ok 'to a place: it opens' opens lsn
is 'to a place' "$(rows 5433)" "$(rows 5432 | sed -E 's/,[0-9]+,[0-9]+$//')"
closes lsn
rm -rf "$T/pg/name" "$T/pg/lsn"

# ---- what is refused, with nothing written
recover --time "$begin" "$T/pg/r0"
matches 'a directory that is not empty' "$status $(last)" '^1 .*r0 is not empty: nothing is written to it'
recover --time '2020-01-01' "$T/pg/x"
matches 'a time before the first base backup' "$status $(last)" '^1 .*no base backup had ended by then: the earliest place to recover to is 20'
recover --time soon "$T/pg/x"
matches 'a time that is none' "$status $(last)" '^2 .*--time wants a time such as'
recover --time "$begin" --latest "$T/pg/x"
exits 'two targets' 2 'more than one target'
recover --timeline 7 "$T/pg/x"
matches 'a timeline that is not there' "$status $(last)" '^1 .*the history of timeline 7 is missing'
recover --system 1234567890123456789 "$T/pg/x"
matches 'a cluster that is not there' "$status $(last)" '^1 .*there is no base backup of the cluster [0-9]+$'
recover
exits 'no directory' 2 'which directory'
fault '{"op":"GetObject","key":"'"$SYSTEM"'/base/*","skip":2,"times":-1,"action":{"flip_bit":-20000}}'
recover "$T/pg/x"
is 'a base backup that is damaged' "$status" 1
faults_clear
mkdir "$T/pg/empty" && { [ "$(id -u)" != 0 ] || chown postgres "$T/pg/empty"; }
fault '{"op":"GetObject","key":"'"$SYSTEM"'/base/*.gz","action":{"status":403}}'
key=$(s3ls "$SYSTEM/base/" | grep gz$)
fault "{\"op\":\"GetObject\",\"key\":\"$key\",\"times\":-1,\"action\":{\"status\":403}}"
recover "$T/pg/empty"
is 'a base backup that cannot be read' "$status $(find "$T/pg/empty" -mindepth 1)" '1 '
faults_clear
ok 'a failure leaves nothing' eval '[ ! -e "$T/pg/x" ] && nothing_left'

# ---- the store fails at each file: the server never opens
mapfile -t files < <(s3ls "$SYSTEM/wal/" | grep -E '/[0-9A-F]{24}\.gz$' | tail -n +4)
recover --time "$end" "$T/pg/faulty"
cp -a "$T/pg/faulty" "$T/pg/saved"
never=0
for file in "${files[@]}"; do
    fault "{\"op\":\"GetObject\",\"key\":\"$file\",\"times\":-1,\"action\":{\"status\":403}}"
    if opens faulty; then echo "# opened though $file could not be fetched"; else never=$((never + 1)); fi
    closes faulty
    faults_clear
    rm -rf "$T/pg/faulty" && cp -a "$T/pg/saved" "$T/pg/faulty"
done
is 'a store that fails at any file: it never opens' "$never" ${#files[@]}
ok 'and opens when the store is well again' opens faulty
is 'with all that it should have' "$(rows 5433)" "$(rows 5432 "$end")"
closes faulty
rm -rf "$T/pg/faulty"

# ---- a gap
hole=${files[$((${#files[@]} / 2))]}
s3get -q "$hole" >hole
s3rm -q "$hole"
cp -a "$T/pg/saved" "$T/pg/gap"
ok 'a segment missing in the middle: it never opens' not opens gap
closes gap
matches 'and says why' "$(cat "$T/pg/gap.log")" 'the archive has a gap'
recover --time "$end" "$T/pg/x"
matches 'and is not begun' "$status $(last)" "^1 .*nothing can be recovered: WAL is missing behind .*: $(basename "$hole" .gz)"
s3put -q "$hole" <hole
rm -rf "$T/pg/gap"
for file in "${files[@]: -2}"; do s3get -q "$file" >"$(basename "$file")" && s3rm -q "$file"; done
recover --latest "$T/pg/short"
ok 'no segment at the end: it opens' opens short
ok 'with what there is' eval '[[ "$(rows 5432)" == "$(rows 5433)"* ]]'
closes short
for file in "${files[@]: -2}"; do s3put -q "$file" <"$(basename "$file")"; done
rm -rf "$T/pg/short" "$T/pg/saved"

# ---- another timeline: what was recovered first goes on, and archives
recover --time "$first" --archive "$T/pg/second"
ok 'a recovered cluster that archives opens' opens second
matches 'on the next timeline' "$(q2 -c 'SELECT pg_walfile_name(pg_current_wal_lsn())')" '^00000002'
sleep 1
begin=$(q2 -c 'SELECT clock_timestamp()')
load 5433 2
end=$(q2 -c 'SELECT clock_timestamp()')
q2 -c 'INSERT INTO load DEFAULT VALUES'
newest=$(q2 -c 'SELECT pg_walfile_name(pg_switch_wal() - 1)')
ok 'its WAL is archived' await 30 is_stored "$SYSTEM/wal/$newest.gz"
for ((i = 0; i < 2; i++)); do
    t=$(moment "$begin" "$end")
    wanted=$(rows 5433 "$t")
    closes second
    recover --time "$t" "$T/pg/across"
    ok "across the switch of timelines ($t): it opens" opens across
    is 'across the switch of timelines: the rows up to then, and no others' "$(rows 5433)" "$wanted"
    matches 'on a timeline of its own' "$(q2 -c 'SELECT pg_walfile_name(pg_current_wal_lsn())')" '^00000003'
    closes across
    rm -rf "$T/pg/across"
    opens second
done
closes second
recover --time "$first" --archive "$T/pg/third"
ok 'a second recovery to the same time opens' opens third
is 'a second recovery to the same time has the same rows' "$(rows 5433)" "$(rows 5432 "$first")"
matches 'a second recovery takes the next timeline' "$(q2 -c 'SELECT pg_walfile_name(pg_current_wal_lsn())')" '^00000003'
closes third
recover --timeline 1 "$T/pg/old"
ok 'the first timeline can still be recovered' opens old
ok 'the first timeline: its own rows' eval '[[ "$(rows 5432)" == "$(rows 5433)"* ]]'
closes old

# ---- a configuration that lies elsewhere, encryption
mkdir "$T/pg/conf" && mv "$DATA"/{postgresql.conf,pg_hba.conf,pg_ident.conf} "$T/pg/conf/"
[ "$(id -u)" != 0 ] || chown -R postgres "$T/pg/conf"
sed -i '/archive/d' "$DATA/postgresql.auto.conf"
export BACKUP_FILTER='openssl enc -aes-256-ctr -pbkdf2 -pass pass:x' BACKUP_FILTER_SUFFIX=.enc
export RESTORE_FILTER='openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:x'
env | grep -E '^(S3_|BACKUP_FILTER|RESTORE_FILTER|BUILD)' >"$T/enc.env" && echo S3_PREFIX=enc/ >>"$T/enc.env" && chmod 644 "$T/enc.env"
postgres_stop
POSTGRES_ARGS="-c config_file=$T/pg/conf/postgresql.conf -c hba_file=$T/pg/conf/pg_hba.conf -c ident_file=$T/pg/conf/pg_ident.conf -c archive_mode=on -c archive_command='$S/archive-wal.sh --settings $T/enc.env %p'"
postgres_up
S3_PREFIX=enc run "$S/basebackup.sh"
is 'encrypted: a base backup' "$status" 0
q -d postgres -c 'INSERT INTO load DEFAULT VALUES'
newest=$(q -d postgres -c 'SELECT pg_walfile_name(pg_switch_wal() - 1)')
await 30 is_stored "enc/$SYSTEM/wal/$newest.gz.enc"
S3_PREFIX=enc recover "$T/pg/enc"
matches 'without postgresql.conf: one is written' "$status $(cat err)" '^0 .*holds no postgresql.conf: one with the least that is needed was written'
rm -f "$T/pg/enc/pg_hba.conf" && echo 'local all all trust' >"$T/pg/enc/pg_hba.conf" && chmod 644 "$T/pg/enc/pg_hba.conf"
ok 'encrypted: it opens' opens enc
is 'encrypted: with all rows' "$(rows 5433)" "$(rows 5432)"
closes enc
ok 'nothing is left' nothing_left
done_testing
