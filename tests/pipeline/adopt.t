#!/usr/bin/env bash
# adopt.sh on a bucket of mixed keys: what it would do, what it does, and that the
# copies are backups like any other, while nothing of theirs is touched.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export POSTGRES_DB=shop S3_PREFIX=s3pipe
adopt() { run "$S/adopt.sh" "$@"; }
small shop
fingerprint shop >before
is_whole() { fingerprint "$1" | diff before -; }
pg_dump shop >plain.sql
gzip -c plain.sql >plain.gz
pg_dump -Fc shop >custom.dump
pg_dump -C shop >create.sql
pg_dumpall >all.sql
head -c -3000 plain.gz >cut.gz
head -c -300 plain.sql >cut.sql
{ gzip -c plain.sql && head -c 100 /dev/urandom; } >tail.gz
put() { s3put -q "$2" <"$1"; } # FILE KEY
put plain.gz old/backups/shop-2026-11-01.sql.gz
put plain.sql old/shop_2026-11-02_03-00-00.sql
put plain.gz old/shop-20261103-030000.sql.gz
put plain.sql old/shop_20261104T030000Z.sql.gz # not compressed, as postgres-backup-local writes it without -Z
put custom.dump old/shop-2026-11-05-030000.dump
put custom.dump old/shop-2026-11-06-030000.sql.gz # custom, by its name not
put plain.gz old/pbl/last/shop-20261103-030000.sql.gz
put plain.gz old/pbl/last/shop-latest.sql.gz
put plain.gz old/pbl/weekly/shop-202645.sql.gz
put plain.gz old/2026/11/08/shop_030000.sql.gz
put plain.gz s3pipe/2026/11/09/shop_030000.sql.gz
put all.sql old/all-2026-11-10.sql
put create.sql old/shop-2026-11-11.sql
gzip -c custom.dump >custom.gz && put custom.gz old/shop-2026-11-12.sql.gz
gzip -c before >note.gz && put note.gz old/shop-2026-11-13.sql.gz
put plain.gz "old/l'ä %\$(x)-2026-11-14-030000.sql.gz"
put before old/note.txt
theirs() { s3ls -l old/ && s3ls -l s3pipe/2026/11/09/; }
theirs >theirs.before
as_before() { theirs | diff theirs.before -; }
told() { sed 's/^[^ ]* adopt.sh: //' "$T/err" | LC_ALL=C sort; }

# ---- a dry run
cat >left.wanted <<'END'
left: old/all-2026-11-10.sql: it is by pg_dumpall: psql -f restores it
left: old/note.txt: its name ends in none of .sql.gz, .sql, .gz, .dump, .pgdump, .custom and .backup
left: old/pbl/last/shop-latest.sql.gz: there is no date in its name
left: old/shop-2026-11-11.sql: it is by pg_dump -C, and would drop and reload the database: psql -f restores it
left: old/shop-2026-11-12.sql.gz: it is a dump in pg_dump's custom format that was compressed once more: gunzip it
left: old/shop-2026-11-13.sql.gz: it is not a dump by pg_dump
left: old/shop-20261103-030000.sql.gz: old/pbl/last/shop-20261103-030000.sql.gz has the same target, s3pipe/2026/11/03/shop_030000.sql.gz
END
pairs="old/2026/11/08/shop_030000.sql.gz -> s3pipe/2026/11/08/shop_030000.sql.gz
old/backups/shop-2026-11-01.sql.gz -> s3pipe/2026/11/01/shop_000000.sql.gz
old/l'ä %\$(x)-2026-11-14-030000.sql.gz -> s3pipe/2026/11/14/l'ä %25\$(x)_030000.sql.gz
old/pbl/weekly/shop-202645.sql.gz -> s3pipe/2026/11/02/shop_000000.sql.gz
old/shop-2026-11-05-030000.dump -> s3pipe/2026/11/05/shop_030000.dump, which pg_restore reads, not restore.sh
old/shop-2026-11-06-030000.sql.gz -> s3pipe/2026/11/06/shop_030000.dump, which pg_restore reads, not restore.sh
old/pbl/last/shop-20261103-030000.sql.gz -> s3pipe/2026/11/03/shop_030000.sql.gz
old/shop_2026-11-02_03-00-00.sql -> s3pipe/2026/11/02/shop_030000.sql.gz
old/shop_20261104T030000Z.sql.gz -> s3pipe/2026/11/04/shop_030000.sql.gz"
if [ "$(date -u +%G%V)" = 202645 ]; then skip_all 'in the week of the keys of this test'; fi
adopt old/
is 'a dry run: status' "$status" 0
is 'tells of each key what would become of it, or why it is left' "$(told)" \
    "$({ cat left.wanted && sed 's/^/would copy: /' <<<"$pairs" && echo 'dry run, --copy copies: 9 would be copied, 7 left'; } | LC_ALL=C sort)"
ok 'and touches nothing' as_before
is 'nor writes anything' "$(s3ls s3pipe/ | wc -l)" 1

# ---- the copies
adopt --copy old/
is 'adopt.sh --copy: status' "$status" 0
is 'copies what the dry run said' "$(told)" \
    "$({ cat left.wanted && sed 's/^/copied: /' <<<"$pairs" && echo '9 copied, 7 left'; } | LC_ALL=C sort)"
ok 'and touches nothing of theirs' as_before
is 'the bucket holds the copies and no other new key' "$(s3ls s3pipe/ | LC_ALL=C sort)" \
    "$({ sed 's/.* -> //; s/, which.*//' <<<"$pairs" && echo s3pipe/2026/11/09/shop_030000.sql.gz; } | LC_ALL=C sort)"
for key in 01/shop_000000 02/shop_000000 02/shop_030000 03/shop_030000 04/shop_030000 08/shop_030000; do
    ok "$key: by gunzip the same dump" eval 's3get "s3pipe/2026/11/$key.sql.gz" | gunzip | cmp - plain.sql'
done
for key in 05 06; do
    ok "11/$key: the custom dump is as it was" eval 's3get "s3pipe/2026/11/$key/shop_030000.dump" | cmp - custom.dump'
done
s3ls -l s3pipe/ >ours
adopt --copy old/
is 'once more: status' "$status" 0
matches 'leaves what is there' "$(told)" 'left: old/shop_2026-11-02_03-00-00.sql: s3pipe/2026/11/02/shop_030000.sql.gz is already there'
is 'sums up' "$(told | grep copied)" '0 copied, 16 left'
is 'and changes nothing' "$(s3ls -l s3pipe/ | cmp - ours && echo same)" same
adopt s3pipe/
is 'our own are left' "$(told | grep -c 'it is a backup of s3pipe already')" 8

# ---- they are backups like any other
run "$S/list-backups.sh" shop
is 'list-backups.sh lists them' "$(sed 1d "$T/out" | awk '{ print $1, $2 }')" "$(printf '2026-11-%s:00:00\n' '01 00' '02 00' '02 03' '03 03' '04 03' '08 03' '09 03')"
run "$S/verify-backup.sh" s3pipe/2026/11/04/shop_030000.sql.gz
matches 'verify-backup.sh proves one' "$status $err" '^0 .*ok s3pipe/2026/11/04/shop_030000.sql.gz: 1 tables, 1000 rows, 1 large objects'
q -d shop -c 'DELETE FROM items'
run "$S/restore.sh" s3pipe/2026/11/02/shop_030000.sql.gz
is 'restore.sh restores one into its database' "$status" 0
ok 'which is as it was' is_whole shop
RETENTION_DRY_RUN=true RETENTION_KEEP_LAST=2 RETENTION_KEEP_HOURLY=0 RETENTION_KEEP_DAILY=0 RETENTION_KEEP_WEEKLY=0 \
    RETENTION_KEEP_MONTHLY=0 RETENTION_KEEP_YEARLY=0 run "$S/cleanup.sh"
matches 'cleanup.sh judges them' "$status $(last)" '^0 .*dry run: 3 kept, 5 would be deleted'
is 'but not the custom dumps' "$(grep -c 'delete .*dump' "$T/err") $(grep -c ': 2 other keys are left alone' "$T/err")" '0 1'
ok 'nothing is left' nothing_left

# ---- what is not whole
put cut.gz bad/a-2026-11-01-000000.sql.gz
put cut.sql bad/b-2026-11-01-000000.sql
put tail.gz bad/c-2026-11-01-000000.sql.gz
put plain.gz bad/d-2026-11-01-000000.sql.gz
S3_PREFIX=whole adopt --copy bad/
matches 'a copy that fails does not stop the others' "$status $(last)" '^1 .*FAILED: 3 failed; 1 copied, 0 left'
is 'what is cut is never published' "$(s3ls whole/ | xargs)" whole/2026/11/01/d_000000.sql.gz
matches 'a gzip file that is cut: why' "$err" 'bad/a-2026-11-01-000000.sql.gz is not copied: nothing was published'
matches 'a dump without its end: why' "$err" 'the end of the dump is missing.*bad/b-2026-11-01-000000.sql is not copied: nothing was published'
is 'no upload stays behind' "$(s3ls -u)" ''
printf '#!/bin/sh\ncase "$*" in *bad/d*) exit 1 ;; esac\nexec "%s/s3get" "$@"\n' "$BUILD" >s3get.broken
mkdir bin && ln -s "$BUILD"/* bin/ && rm bin/s3get && mv s3get.broken bin/s3get && chmod +x bin/s3get
S3_PREFIX=unread BUILD=$T/bin adopt bad/
matches 'a key that cannot be read' "$status $err" '^1 .*bad/d-2026-11-01-000000.sql.gz cannot be read.*FAILED: 1 failed; dry run, --copy copies: 3 would be copied, 0 left'
# One that is put between the listing and the copy.
rm bin/s3put
printf '#!/bin/sh\n"%s/s3put" -q raced/2026/11/01/d_000000.sql.gz <"%s/before"\nexec "%s/s3put" "$@"\n' "$BUILD" "$T" "$BUILD" >bin/s3put && chmod +x bin/s3put
ln -sf "$BUILD/s3get" bin/s3get
S3_PREFIX=raced BUILD=$T/bin adopt --copy bad/d
matches 'a target that another has put meanwhile is left' "$status $err" '^0 .*left: bad/d-2026-11-01-000000.sql.gz: raced/2026/11/01/d_000000.sql.gz is already there.*0 copied, 1 left'
is 'as it is' "$(s3get raced/2026/11/01/d_000000.sql.gz | cmp - before && echo same)" same

# ---- the commands of docs/coming-from.md
mkdir page && ln -s "$S/adopt.sh" page/
sed -n '/^## The old backups/,/^## /s/^    //p' "$ROOT/docs/coming-from.md" >page.lines
put plain.gz backups/shop-2026-11-20.sql.gz
S3_PREFIX=page PATH=$T/page:$PATH run bash -e page.lines
is 'the commands of the page' "$status $(grep -c '^adopt.sh ' page.lines) $(s3ls page/)" '0 2 page/2026/11/20/shop_000000.sql.gz'

# ---- a filter, --database
export BACKUP_FILTER='tr A-Za-z N-ZA-Mn-za-m' BACKUP_FILTER_SUFFIX=.rot RESTORE_FILTER='tr A-Za-z N-ZA-Mn-za-m' S3_PREFIX=enc
adopt --copy --database other old/shop-202611
is 'with a filter and --database' "$status $(s3ls enc/ | xargs)" '0 enc/2026/11/03/other_030000.sql.gz.rot'
ok 'the filter was asked' eval 's3get enc/2026/11/03/other_030000.sql.gz.rot | tr A-Za-z N-ZA-Mn-za-m | gunzip | cmp - plain.sql'
run "$S/restore.sh" enc/2026/11/03/other_030000.sql.gz.rot
is 'restore.sh restores it' "$status" 0
ok 'whole' is_whole other
BACKUP_FILTER='tr A-Za-z N-ZA-Mn-za-m; false' S3_PREFIX=failed adopt --copy bad/d
is 'a filter that fails: nothing is published' "$status $(s3ls failed/ | wc -l)" '1 0'

adopt nothing/
matches 'a prefix with nothing below it' "$status $err" '^0 .*there is no key below nothing/.*0 would be copied, 0 left'

# ---- the command line
adopt
exits 'no prefix' 2 'which keys\? adopt.sh \[--copy\] PREFIX$'
adopt a b
exits 'two prefixes' 2 'too many operands: b$'
adopt --database
exits 'an empty database' 2 '--database wants an argument$'
S3_SECRET_KEY=wrong adopt --copy old/
matches 'a listing that fails' "$status $(last)" '^1 .*the store cannot be used: nothing is done'
ok 'adopt.sh deletes nothing by its text' not grep -E 's3rm|s3put.* -e' "$S/adopt.sh" "$S/lib/adopt.pl" "$S/lib/publish.sh"
ok 'nothing is left at the end' nothing_left
ok 'and nothing of theirs was ever touched' as_before
done_testing
