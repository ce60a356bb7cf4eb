#!/usr/bin/env bash
# restore.sh: what comes back, under which name, and what is said before and
# after. Faults are in restore-faults.t.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export POSTGRES_DB=shop
restore() { run "$S/restore.sh" "$@"; }
backup() { "$S/backup.sh" 2>"$T/err" || cat "$T/err"; }
small shop
fingerprint shop >"$T/before"
plain_dump shop >"$T/before.sql"
is_whole() { fingerprint "$1" | diff "$T/before" - && plain_dump "$1" | cmp "$T/before.sql" -; }
scratch() { databases | tr ' ' '\n' | grep "^s3pipe_$1"; }
drop_all() { local d; for d in $(scratch ''); do dropdb "$d"; done; }
backup
key=$(s3ls | grep shop)
globals=$(s3ls | grep globals)

# ---- over the live one
q -d shop -c 'DELETE FROM items'
psql -X -q -d shop -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &
sleep 0.3
restore latest
is 'restore.sh latest, a client connected: status' "$status" 0
matches 'says what it did' "$(cat "$T/err")" "restore.sh: ok shop: $key, [0-9]+ s"
ok 'the database is as it was backed up' is_whole shop
old=$(scratch old)
is 'the old one is kept' "$(q -d "$old" -c 'SELECT count(*) FROM items')" 0
matches 'and named in the last line' "$(last)" "dropdb -h $PGHOST -U postgres $old\$"
matches 'its comment says what it was' "$(q -d postgres -c "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '$old'")" '^s3pipe: \{.*"was": "shop"'
ok 'the restored one has statistics' eval '[ "$(q -d shop -c "SELECT reltuples FROM pg_class WHERE relname = '"'items'"'")" = 1000 ]'
ok 'nothing is left' nothing_left
restore latest
is 'only one old one is kept' "$(scratch old | wc -l)" 1
ok 'the last one' not eval 'scratch old | grep -q "$old"'
RESTORE_KEEP_OLD=false restore "$key"
is 'RESTORE_KEEP_OLD=false' "$status $(scratch '')" '0 '

# ---- to another name
restore "$key" other
is 'into another name' "$status $(is_whole other && echo whole)" '0 whole'
restore "$key" other
exits 'over one that it is no backup of' 2 'a backup of shop and other exists: .*--replace'
RESTORE_KEEP_OLD=false restore --replace "$key" other
is '--replace' "$status $(scratch '')" '0 '
restore latest new_one
is 'latest, into a name without backups: those of POSTGRES_DB' "$status $(is_whole new_one && echo whole)" '0 whole'
POSTGRES_DB=nobody restore latest nobody
exits 'no backup of it' 3 'there is no backup of nobody; --from DATABASE names the one'
restore --from shop latest from_shop
is '--from' "$status" 0
restore --from nobody latest from_shop
exits '--from a database without backups' 3 'there is no backup of nobody; --from DATABASE names the one'
for name in other new_one from_shop; do dropdb $name; done
restore nothing.sql.gz
matches 'no such key' "$status $(last)" '^3 .*there is no nothing.sql.gz'
restore "$globals"
matches 'the globals are no database' "$status $(last)" '^1 .*--globals creates its roles'
restore
exits 'no operand' 2 'which backup'
restore "$key" template1
exits 'a template' 2 "template1 is PostgreSQL's own"
restore "$key" "$(printf 'n%.0s' {1..64})"
exits 'a name of 64 bytes' 2 '63 bytes'
restore --frm shop latest
exits 'an unknown option' 2 'no such option: --frm'

# ---- names
long=$(printf 'n%.0s' {1..63})
names=('Ünï "quoted"' a=b "$long" shop_a postgres)
for name in "${names[@]}"; do
    [ "$name" = postgres ] || q -d postgres -v name="$name" <<<'CREATE DATABASE :"name"'
    PGDATABASE=$name q -c 'CREATE TABLE t AS SELECT current_database()::text AS name'
done
BACKUP_DATABASES='*' S3_PREFIX=fleet backup
for name in "${names[@]}"; do
    PGDATABASE=$name q -c 'DROP TABLE t'
    S3_PREFIX=fleet RESTORE_KEEP_OLD=false restore latest "$name"
    is "the name $name" "$status $(PGDATABASE=$name q -c 'TABLE t')" "0 $name"
    [ "$name" = postgres ] || q -d template1 -v name="$name" <<<'DROP DATABASE :"name"'
done
q -d postgres -c 'DROP TABLE t'
# One that ends in a newline is not the one without.
for name in tail $'tail\n'; do
    q -d postgres -v name="$name" <<<'CREATE DATABASE :"name"'
    PGDATABASE=$name q -v name="$name" <<<"CREATE TABLE t AS SELECT :'name'::text AS name"
done
BACKUP_DATABASES='*' S3_PREFIX=newline backup
RESTORE_KEEP_OLD=false restore "$(s3ls newline/ | grep 'tail%0A_')"
matches 'a name that ends in a newline' "$status $(last)" '^0 .*ok tail ?: newline/'
is 'the one without is as it was' "$(q -d tail -c "SELECT name = 'tail' FROM t")" t
for name in tail $'tail\n'; do q -d postgres -v name="$name" <<<'DROP DATABASE :"name"'; done
restore ''
exits 'an operand that is empty' 2 'an operand is empty'
restore latest ''
exits 'a target that is empty' 2 'an operand is empty'
ok 'the name that another begins with is untouched' is_whole shop

# ---- what a plain dump leaves out comes back
q -d postgres <<'SQL' >/dev/null
CREATE ROLE alice; CREATE ROLE "Bob ""B""" LOGIN PASSWORD 'secret'; CREATE ROLE staff; GRANT staff TO "Bob ""B""";
ALTER DATABASE shop OWNER TO alice;
ALTER DATABASE shop CONNECTION LIMIT 40;
COMMENT ON DATABASE shop IS E'Läden\nand "more" \\';
REVOKE CONNECT ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO "Bob ""B""" WITH GRANT OPTION;
ALTER DATABASE shop SET search_path TO "$user", public, "a b";
ALTER DATABASE shop SET app.tenant TO 'it''s = x';
ALTER DATABASE shop SET default_transaction_read_only TO on;
ALTER ROLE "Bob ""B""" IN DATABASE shop SET work_mem TO '8MB';
SQL
PGOPTIONS='-c default_transaction_read_only=off' q -d shop -c 'ALTER TABLE items OWNER TO alice; GRANT SELECT ON items TO staff'
properties() { q -d postgres -v name="$1" -f "$S/lib/database.sql" | grep -v '^{"database"'; }
properties shop >"$T/properties"
S3_PREFIX='set' backup
key=$(s3ls set/ | grep shop)
globals=$(s3ls set/ | grep globals)
restore "$key" copy
is 'as another database: status' "$status" 0
ok 'owner, limit, comment, grants, settings' eval 'properties copy | diff "$T/properties" -'
dropdb copy
restore "$key"
is 'over its own: status' "$status" 0
ok 'all as before' eval 'properties shop | diff "$T/properties" -'
ok 'nothing differs, nothing is said' eval '! grep -q differs "$T/err"'
q -d postgres -c 'ALTER DATABASE shop CONNECTION LIMIT 41; ALTER DATABASE shop SET app.tenant TO 2'
restore "$key"
matches 'what differs from the old one is said' "$(cat "$T/err")" 'the limit of shop differs: it was 41, it is 40.*the settings of shop differs'
drop_all
# A backup that is not ours: as the old one was.
# It is from before \restrict, too.
pg_dump shop | sed '/^\\\(un\)\{0,1\}restrict /d' | gzip | s3put -q foreign.sql.gz
restore foreign.sql.gz shop
exits 'a dump from elsewhere, over what exists' 2 'a database that is not known and shop exists'
restore --replace foreign.sql.gz shop
is 'with --replace' "$status $(properties shop | diff - "$T/properties" && echo same)" '0 same'
drop_all

# ---- an empty server: roles
q -d postgres <<'SQL'
DROP DATABASE shop;
DROP ROLE alice, "Bob ""B""";
SQL
restore "$key"
is 'roles that are missing: status' "$status" 1
matches 'are all named' "$(cat "$T/err")" 'the role "Bob ""B""" is missing: .*--globals.*--no-owner.*the role alice is missing'
is 'nothing is left of it' "$(scratch '')" ''
ok 'of a dump from elsewhere too' eval '"$S/restore.sh" foreign.sql.gz 2>&1 | grep -q "the role alice is missing"'
restore --no-owner "$key"
is '--no-owner: status' "$status" 0
is 'all is of whoever restores' "$(q -d shop -c "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")" postgres
is 'and complete' "$(fingerprint shop | diff - "$T/before" && echo same)" same
dropdb shop
restore --globals "$globals" "$key"
is '--globals: status' "$status" 0
matches 'says whom it created' "$(cat "$T/err")" 'created the roles "Bob ""B""" alice'
ok 'the roles and the database are back' eval 'properties shop | diff "$T/properties" -'
is 'a membership too' "$(q -d postgres -c "SELECT pg_has_role('Bob \"B\"', 'staff', 'MEMBER')")" t
ok 'and the password' eval 'q -d postgres -c "SELECT rolpassword FROM pg_authid" | grep -q SCRAM'
S3_PREFIX='set' restore --globals latest latest copy
matches 'roles that are there are left alone' "$status $(cat "$T/err")" '^0 .*no role is missing'
dropdb copy

# ---- extensions, tablespaces, rights
createdb ext
if q -d ext -c 'CREATE EXTENSION pg_trgm; CREATE EXTENSION dblink' 2>/dev/null; then
    BACKUP_DATABASES=ext backup
    s3get -q "$(s3ls | grep ext_)" | gunzip | sed 's/dblink/no_such/' | gzip | s3put -q 2026/01/01/no_000000.sql.gz
    restore 2026/01/01/no_000000.sql.gz
    matches 'an extension that is missing' "$status $(cat "$T/err")" '^1 .*the extension no_such is not installed'
fi
mkdir "$T/space" && chown postgres "$T/space"
q -d postgres -c "CREATE TABLESPACE fast LOCATION '$T/space'"
q -d ext -c 'CREATE TABLE here (i int) TABLESPACE fast'
BACKUP_DATABASES=ext S3_PREFIX=space backup
q -d ext -c 'DROP TABLE here' && q -d postgres -c 'DROP TABLESPACE fast'
restore "$(s3ls space/ | grep ext_)"
matches 'a tablespace that is missing' "$status $(cat "$T/err")" '^1 .*the tablespace fast is missing'
q -d postgres <<'SQL'
CREATE ROLE plain LOGIN; CREATE ROLE maker LOGIN CREATEDB;
CREATE DATABASE mine OWNER maker;
SQL
q -d mine -U maker -c 'CREATE TABLE t AS SELECT 1 AS one; CREATE EXTENSION pg_trgm; CREATE SEQUENCE s'
POSTGRES_USER=maker BACKUP_DATABASES=mine BACKUP_GLOBALS=false backup
mine=$(s3ls | grep mine_)
POSTGRES_USER=maker restore "$mine"
is 'by a plain owner with CREATEDB' "$status $(q -d mine -c 'TABLE t') $(scratch old | wc -l)" '0 1 1'
POSTGRES_USER=plain restore "$mine" another
matches 'without CREATEDB' "$status $(cat "$T/err")" '^1 .*plain may not create databases'
POSTGRES_USER=maker restore "$key"
matches 'over one of another' "$status $(cat "$T/err")" '^1 .*shop belongs to alice'
POSTGRES_USER=maker restore "$(s3ls | grep ext_ | head -1)" another
matches 'with an extension for superusers' "$status $(cat "$T/err")" '^1 .*the extension dblink can be created by a superuser only'
drop_all

# ---- what hangs on the old one
postgres_do pg_ctl -D "$T/pg/data" -m fast -w stop >/dev/null
POSTGRES_ARGS='-c wal_level=logical -c max_prepared_transactions=4' postgres_up
PGOPTIONS='-c default_transaction_read_only=off' q -d shop -c "BEGIN; INSERT INTO items (name) VALUES ('x'); PREPARE TRANSACTION 'left over'"
restore "$key"
matches 'a prepared transaction' "$status $(cat "$T/err")" "^1 .*prepared transaction in shop: .*'left over'.*nothing was done"
q -d shop -c "ROLLBACK PREPARED 'left over'"
q -d shop -c "SELECT pg_create_logical_replication_slot('feed', 'test_decoding')" >/dev/null
RESTORE_KEEP_OLD=false restore "$key"
matches 'a logical slot does not follow, and keeps the old one' "$status $(cat "$T/err")" '^0 .*slot feed does not follow.*the old one is kept as'
old=$(scratch old)
is 'where it still is' "$(q -d postgres -c "SELECT database FROM pg_replication_slots WHERE slot_name = 'feed'")" "$old"
q -d postgres -c "ALTER DATABASE shop RESET default_transaction_read_only"
PGOPTIONS='-c default_transaction_read_only=off' q -d shop -c "SELECT pg_create_logical_replication_slot('active', 'test_decoding')" >/dev/null
pg_recvlogical -d shop --slot active --start -f /dev/null -S active 2>/dev/null &
recv=$!
await 5 eval '[ "$(q -d postgres -c "SELECT active FROM pg_replication_slots WHERE slot_name = '"'active'"'")" = t ]'
restore "$key"
matches 'one in use' "$status $(cat "$T/err")" '^1 .*the logical replication slot active of shop is in use'
kill $recv
wait $recv 2>/dev/null
await 5 q -d postgres -c "SELECT pg_drop_replication_slot('active'), pg_drop_replication_slot('feed')"
drop_all

# ---- room
mkdir "$T/fake"
printf '#!/bin/sh\necho Avail\necho 1000\n' >"$T/fake/df" && chmod +x "$T/fake/df"
PATH=$T/fake:$PATH restore "$key"
matches 'no room for two' "$status $(cat "$T/err")" '^1 .*no room on the server: [0-9.]+MiB are needed and 1000B free; --in-place'
PATH=$T/fake:$PATH RESTORE_CHECK_ROOM=false restore "$key" copy
is 'unless that is not asked' "$status" 0
dropdb copy

# ---- in place
restore --in-place "$key" </dev/null
exits 'in place, where nobody can be asked' 2 'say --yes'
oid=$(q -d shop -c "SELECT oid FROM pg_database WHERE datname = 'shop'")
s3get -q "$key" | head -c 3000 | s3put -q 2026/01/01/shop_000000.sql.gz
restore --in-place --yes 2026/01/01/shop_000000.sql.gz
matches 'in place, an object that is cut' "$status $(last)" '^1 .*shop is as it was'
is 'drops nothing' "$(q -d postgres -c "SELECT oid FROM pg_database WHERE datname = 'shop'")" "$oid"
restore --in-place --yes "$key"
is 'in place: status' "$status" 0
matches 'says so' "$(cat "$T/err")" 'dropped shop.*ok shop'
is 'it is there, and no other' "$(fingerprint shop | diff - "$T/before" && echo same) $(scratch '')" 'same '

# ---- a role that --no-owner does not do without
createdb ruled
q -d postgres -c 'CREATE ROLE ruler; CREATE ROLE had'
q -d ruled -c 'CREATE TABLE t AS SELECT 1 AS i; ALTER TABLE t OWNER TO had; CREATE POLICY p ON t TO ruler USING (true)'
BACKUP_DATABASES=ruled BACKUP_GLOBALS=false S3_PREFIX=ruled backup
dropdb ruled
q -d postgres -c 'DROP ROLE ruler; DROP ROLE had'
ruled=$(s3ls ruled/)
restore "$ruled"
matches 'the advice' "$status $(cat "$T/err")" '^1 .*role had is missing: [^;]*--no-owner does without.*role ruler is missing: [^-]*--globals creates those of a backup; a policy'
restore --no-owner "$ruled"
matches '--no-owner says it before it begins' "$status $(cat "$T/err")" '^1 .*role ruler is missing: .*; a policy .*nothing was done'
q -d postgres -c 'CREATE ROLE ruler'
restore --no-owner "$ruled"
is 'with the role it does' "$status $(q -d ruled -c 'SELECT count(*) FROM t')" '0 1'
dropdb ruled

# ---- filters
if command -v age >/dev/null && command -v gpg >/dev/null; then
    age-keygen -o "$T/age.key" 2>/dev/null
    BACKUP_FILTER="age -r $(age-keygen -y "$T/age.key")"
    export BACKUP_FILTER BACKUP_FILTER_SUFFIX=.age
    S3_PREFIX=age backup
    RESTORE_FILTER="age -d -i $T/age.key" restore "$(s3ls age/ | grep shop)" copy
    is 'through age and back' "$status $(fingerprint copy | diff - "$T/before" && echo same)" '0 same'
    dropdb copy
    restore "$(s3ls age/ | grep shop)" copy
    exits 'without RESTORE_FILTER' 2 'is encrypted: set RESTORE_FILTER'
    age-keygen -o "$T/other.key" 2>/dev/null
    RESTORE_FILTER="age -d -i $T/other.key" restore "$(s3ls age/ | grep shop)" copy
    matches 'with another key' "$status $(cat "$T/err")" '^1 .*no identity matched'
    export GNUPGHOME=$T/gnupg
    mkdir -m 700 "$GNUPGHOME"
    gpg --batch --quiet --passphrase '' --quick-gen-key backup@example.org default default never 2>/dev/null
    export BACKUP_FILTER='gpg --batch --quiet --trust-model always -e -r backup@example.org' BACKUP_FILTER_SUFFIX=.gpg
    S3_PREFIX=gpg backup
    RESTORE_FILTER='gpg --batch --quiet -d' S3_PREFIX=gpg restore --from shop latest copy
    is 'through gpg and back' "$status $(fingerprint copy | diff - "$T/before" && echo same)" '0 same'
    gpgconf --kill all
    unset BACKUP_FILTER BACKUP_FILTER_SUFFIX
    dropdb copy
else
    ok 'age and gpg are there (apt-get install age gpg)' false
fi

# ---- encodings
createdb -E LATIN1 -T template0 latin
PGCLIENTENCODING=UTF8 q -d latin -c "CREATE TABLE t AS SELECT 'Übergrößenträger' AS word"
BACKUP_DATABASES=latin BACKUP_GLOBALS=false backup
dropdb latin
restore "$(s3ls | grep latin)"
is 'another encoding comes back as it was' "$status $(PGCLIENTENCODING=UTF8 q -d latin -c "SELECT word, pg_encoding_to_char(encoding) FROM t, pg_database WHERE datname = 'latin'")" \
    '0 Übergrößenträger|LATIN1'
ok 'nothing is left at the end' nothing_left
done_testing
