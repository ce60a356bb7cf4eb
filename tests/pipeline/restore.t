#!/usr/bin/env bash
# restore.sh: what comes back, under which name, and what is said before and
# after. Faults are in restore-faults.t.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
POSTGRES_ARGS='-c wal_level=logical -c max_prepared_transactions=4'
. "$TESTS/lib/scripts.sh"
store_start
# $key is a backup of shop, and the only one below this prefix: other backups go below
# others. Each case has a state of its own.
export POSTGRES_DB=shop S3_PREFIX=shop S3PIPE_STATE_DIR=$T/case/state
restore() { run "$S/restore.sh" "$@"; }
backup() { "$S/backup.sh" 2>"$T/err" || cat "$T/err"; }
small shop
fingerprint shop >"$T/before"
plain_dump shop >"$T/before.sql"
backup
key=$(s3ls shop/ | grep shop_)
globals=$(s3ls shop/ | grep globals_)
q -d postgres -c 'ALTER DATABASE shop RENAME TO model' -c 'ALTER DATABASE model IS_TEMPLATE true'

# clean: no database is there but postgres and the template, and no role but postgres.
clean() {
    q -d postgres <<'SQL'
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname <> 'postgres' AND NOT datistemplate \gexec
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres' \gexec
SQL
}
# fresh: and shop, as it was backed up.
fresh() {
    clean
    createdb -T model shop
}
# rich: and shop has an owner, settings and rights, as $T/properties says.
# $rich_key is a backup of it, $rich_globals one of the roles, and foreign.sql.gz a dump
# that is no backup of ours.
rich_key='' rich_globals=''
rich() {
    fresh
    q -d postgres <<'SQL'
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
    [ -z "$rich_key" ] || return
    properties shop >"$T/properties"
    S3_PREFIX=rich backup
    rich_key=$(s3ls rich/ | grep shop_)
    rich_globals=$(s3ls rich/ | grep globals_)
    # From before \restrict, too.
    pg_dump shop | sed '/^\\\(un\)\{0,1\}restrict /d' | gzip | s3put -q foreign.sql.gz
}
rich_backup() { [ -n "$rich_key" ] || rich; }
properties() { q -d postgres -v name="$1" -f "$S/lib/database.sql" | grep -v '^{"database"'; }
# $ext_key: a backup of a database with extensions.
ext_key=''
ext_backup() {
    [ -z "$ext_key" ] || return
    createdb ext
    q -d ext -c 'CREATE EXTENSION pg_trgm; CREATE EXTENSION dblink'
    BACKUP_DATABASES=ext BACKUP_GLOBALS=false S3_PREFIX=ext backup
    ext_key=$(s3ls ext/)
}
is_whole() { fingerprint "$1" | diff "$T/before" - && plain_dump "$1" | cmp "$T/before.sql" -; }
whole() { is_whole "$1" && echo whole; } # DATABASE: says so
same_data() { fingerprint "$1" | diff - "$T/before" && echo same; }
scratch() { databases | tr ' ' '\n' | grep "^s3pipe_$1"; }

# ---- over the live one

if testcase 'the latest backup, over the live database'; then
    fresh
    q -d shop -c 'DELETE FROM items'
    psql -X -q -d shop -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &
    await 5 eval 'q -d postgres -c "SELECT 1 FROM pg_stat_activity WHERE datname = '"'shop'"'" | grep 1'
    restore latest
    is 'is restored while a client is connected' "$status" 0
    matches 'is named in the log' "$(cat "$T/err")" "restore.sh: ok shop: $key, [0-9]+ s"
    ok 'brings back all that was backed up' is_whole shop
    old=$(scratch old)
    is 'does not touch the old database, which is kept' "$(q -d "$old" -c 'SELECT count(*) FROM items')" 0
    matches 'names the old database in the last line of the log' "$(last)" "dropdb -h $PGHOST -U postgres $old\$"
    matches 'leaves a comment on the old database that says what it was' "$(q -d postgres -c "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '$old'")" '^s3pipe: \{.*"was": "shop"'
    ok 'has statistics once it is restored' eval '[ "$(q -d shop -c "SELECT reltuples FROM pg_class WHERE relname = '"'items'"'")" = 1000 ]'
    ok 'leaves no temporary file and no lock' nothing_left
    restore latest
    is 'restored a second time: only one old database is kept' "$(scratch old | wc -l)" 1
    ok 'restored a second time: the old database of the first time is gone' not eval 'scratch old | grep -q "$old"'
    RESTORE_KEEP_OLD=false restore "$key"
    is 'restored with RESTORE_KEEP_OLD=false: no old database is kept' "$status $(scratch '')" '0 '
fi

# ---- to another name

if testcase 'a database that a backup is not one of'; then
    fresh
    restore "$key" other
    is 'is made by a restore where it does not exist' "$status $(whole other)" '0 whole'
    restore "$key" other
    exits 'is not replaced where it exists' 2 'a backup of shop and other exists: .*--replace'
    RESTORE_KEEP_OLD=false restore --replace "$key" other
    is 'is replaced with --replace' "$status $(scratch '')" '0 '
fi

if testcase 'the latest backup of a database'; then
    fresh
    restore latest new_one
    is 'that has none is that of POSTGRES_DB' "$status $(whole new_one)" '0 whole'
    POSTGRES_DB=nobody restore latest nobody
    exits 'that has none, as POSTGRES_DB has none, is not found' 3 'there is no backup of nobody; --from DATABASE names the one'
    restore --from shop latest from_shop
    is 'named by --from is restored' "$status" 0
    restore --from nobody latest from_shop
    exits 'named by --from that has none is not found' 3 'there is no backup of nobody; --from DATABASE names the one'
fi

if testcase 'a wrong operand or option is refused'; then
    fresh
    restore nothing.sql.gz
    matches 'a key that does not exist' "$status $(last)" '^3 .*there is no nothing.sql.gz'
    restore "$globals"
    matches 'the key of the globals, which are no database' "$status $(last)" '^1 .*--globals creates its roles'
    restore
    exits 'no operand' 2 'which backup'
    restore ''
    exits 'an operand that is empty' 2 'an operand is empty'
    restore latest ''
    exits 'a target that is empty' 2 'an operand is empty'
    restore "$key" template1
    exits 'a template as the target' 2 "template1 is PostgreSQL's own"
    restore "$key" "$(printf 'n%.0s' {1..64})"
    exits 'a name of 64 bytes' 2 '63 bytes'
    restore --frm shop latest
    exits 'an unknown option' 2 'no such option: --frm'
fi

# ---- names

if testcase 'a database of any name'; then
    fresh
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
        is "is restored: $name" "$status $(PGDATABASE=$name q -c 'TABLE t')" "0 $name"
    done
    ok 'is restored, and one whose name it begins with is untouched' is_whole shop
    q -d postgres -c 'DROP TABLE t'
fi

if testcase 'a database whose name ends in a newline'; then
    clean
    for name in tail $'tail\n'; do
        q -d postgres -v name="$name" <<<'CREATE DATABASE :"name"'
        PGDATABASE=$name q -v name="$name" <<<"CREATE TABLE t AS SELECT :'name'::text AS name"
    done
    BACKUP_DATABASES='*' BACKUP_GLOBALS=false S3_PREFIX=newline backup
    RESTORE_KEEP_OLD=false restore "$(s3ls newline/ | grep 'tail%0A_')"
    matches 'is restored' "$status $(last)" '^0 .*ok tail ?: newline/'
    is 'is not taken for the one without' "$(q -d tail -c "SELECT name = 'tail' FROM t")" t
fi

# ---- what a plain dump leaves out

if testcase 'owner, limit, comment, grants and settings of a database'; then
    rich
    restore "$rich_key" copy
    is 'do not hinder a restore into another' "$status" 0
    ok 'come back in another database' eval 'properties copy | diff "$T/properties" -'
    restore "$rich_key"
    is 'do not hinder a restore over its own' "$status" 0
    ok 'come back in its own' eval 'properties shop | diff "$T/properties" -'
    ok 'are not mentioned where they are as before' eval '! grep -q differs "$T/err"'
    q -d postgres -c 'ALTER DATABASE shop CONNECTION LIMIT 41; ALTER DATABASE shop SET app.tenant TO 2'
    restore "$rich_key"
    matches 'are mentioned where they differ from those of the old one' "$(cat "$T/err")" 'the limit of shop differs: it was 41, it is 40.*the settings of shop differs'
fi

if testcase 'a dump from elsewhere'; then
    rich
    restore foreign.sql.gz shop
    exits 'does not replace what exists' 2 'a database that is not known and shop exists'
    restore --replace foreign.sql.gz shop
    is 'replaces it with --replace, with the properties of the old one' "$status $(properties shop | diff - "$T/properties" && echo same)" '0 same'
fi

# ---- an empty server: roles

if testcase 'roles that are missing'; then
    rich_backup
    clean
    restore "$rich_key"
    is 'are a reason to refuse a restore' "$status" 1
    matches 'are all named' "$(cat "$T/err")" 'the role "Bob ""B""" is missing: .*--globals.*--no-owner.*the role alice is missing'
    is 'leave no database behind' "$(scratch '')" ''
    ok 'are named for a dump from elsewhere too' eval '"$S/restore.sh" foreign.sql.gz 2>&1 | grep -q "the role alice is missing"'
fi

if testcase 'a restore with --no-owner'; then
    rich_backup
    clean
    restore --no-owner "$rich_key"
    is 'succeeds without the roles' "$status" 0
    is 'gives all tables to the role that restores' "$(q -d shop -c "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")" postgres
    is 'is complete' "$(same_data shop)" same
fi

if testcase 'a restore with --globals'; then
    rich_backup
    clean
    q -d postgres -c 'CREATE ROLE staff'
    restore --globals "$rich_globals" "$rich_key"
    is 'succeeds' "$status" 0
    matches 'says which roles it created' "$(cat "$T/err")" 'created the roles "Bob ""B""" alice'
    ok 'brings back owner, grants and settings' eval 'properties shop | diff "$T/properties" -'
    is 'brings back a membership' "$(q -d postgres -c "SELECT pg_has_role('Bob \"B\"', 'staff', 'MEMBER')")" t
    ok 'brings back a password' eval 'q -d postgres -c "SELECT rolpassword FROM pg_authid" | grep -q SCRAM'
    S3_PREFIX=rich restore --globals latest latest copy
    matches 'leaves roles alone that exist' "$status $(cat "$T/err")" '^0 .*no role is missing'
fi

# ---- extensions, tablespaces, rights

if testcase 'an extension that is missing'; then
    clean
    ext_backup
    s3get -q "$ext_key" | gunzip | sed 's/dblink/no_such/' | gzip | s3put -q 2026/01/01/no_000000.sql.gz
    restore 2026/01/01/no_000000.sql.gz
    matches 'is a reason to refuse a restore' "$status $(cat "$T/err")" '^1 .*the extension no_such is not installed'
fi

if testcase 'a tablespace that is missing'; then
    clean
    mkdir space && chown postgres space
    createdb spaced
    q -d spaced -c "CREATE TABLESPACE fast LOCATION '$PWD/space'" -c 'CREATE TABLE here (i int) TABLESPACE fast'
    BACKUP_DATABASES=spaced BACKUP_GLOBALS=false S3_PREFIX=space backup
    q -d spaced -c 'DROP TABLE here' -c 'DROP TABLESPACE fast'
    restore "$(s3ls space/)"
    matches 'is a reason to refuse a restore' "$status $(cat "$T/err")" '^1 .*the tablespace fast is missing'
fi

if testcase 'a role that is no superuser'; then
    clean
    ext_backup
    q -d postgres <<'SQL'
CREATE ROLE plain LOGIN; CREATE ROLE maker LOGIN CREATEDB; CREATE ROLE alice;
CREATE DATABASE mine OWNER maker;
CREATE DATABASE shop OWNER alice;
SQL
    q -d mine -U maker -c 'CREATE TABLE t AS SELECT 1 AS one; CREATE EXTENSION pg_trgm; CREATE SEQUENCE s'
    POSTGRES_USER=maker BACKUP_DATABASES=mine BACKUP_GLOBALS=false S3_PREFIX=mine backup
    mine=$(s3ls mine/)
    POSTGRES_USER=maker restore "$mine"
    is 'restores its own database with CREATEDB' "$status $(q -d mine -c 'TABLE t') $(scratch old | wc -l)" '0 1 1'
    POSTGRES_USER=plain restore "$mine" another
    matches 'is refused without CREATEDB' "$status $(cat "$T/err")" '^1 .*plain may not create databases'
    POSTGRES_USER=maker restore "$key"
    matches 'is refused over a database of another' "$status $(cat "$T/err")" '^1 .*shop belongs to alice'
    POSTGRES_USER=maker restore "$ext_key" another
    matches 'is refused an extension for superusers' "$status $(cat "$T/err")" '^1 .*the extension dblink can be created by a superuser only'
fi

# ---- what hangs on the old one

if testcase 'a prepared transaction in the old database'; then
    fresh
    q -d shop -c "BEGIN; INSERT INTO items (name) VALUES ('x'); PREPARE TRANSACTION 'left over'"
    restore "$key"
    matches 'is a reason to refuse a restore' "$status $(cat "$T/err")" "^1 .*prepared transaction in shop: .*'left over'.*nothing was done"
    q -d shop -c "ROLLBACK PREPARED 'left over'"
fi

if testcase 'a logical replication slot of the old database'; then
    fresh
    q -d shop -c "SELECT pg_create_logical_replication_slot('feed', 'test_decoding')" >/dev/null
    RESTORE_KEEP_OLD=false restore "$key"
    matches 'does not follow to the new one, and keeps the old one' "$status $(cat "$T/err")" '^0 .*slot feed does not follow.*the old one is kept as'
    old=$(scratch old)
    is 'is still in the old one' "$(q -d postgres -c "SELECT database FROM pg_replication_slots WHERE slot_name = 'feed'")" "$old"
    q -d postgres -c "SELECT pg_drop_replication_slot('feed')" >/dev/null
fi

if testcase 'a logical replication slot that is in use'; then
    fresh
    q -d shop -c "SELECT pg_create_logical_replication_slot('active', 'test_decoding')" >/dev/null
    pg_recvlogical -d shop --slot active --start -f /dev/null -S active 2>/dev/null &
    recv=$!
    await 5 eval '[ "$(q -d postgres -c "SELECT active FROM pg_replication_slots WHERE slot_name = '"'active'"'")" = t ]'
    restore "$key"
    matches 'is a reason to refuse a restore' "$status $(cat "$T/err")" '^1 .*the logical replication slot active of shop is in use'
    kill $recv
    wait $recv 2>/dev/null
    await 5 q -d postgres -c "SELECT pg_drop_replication_slot('active')"
fi

# ---- room

if testcase 'a server without room for two databases'; then
    fresh
    mkdir fake
    printf '#!/bin/sh\necho Avail\necho 1000\n' >fake/df && chmod +x fake/df
    PATH=$PWD/fake:$PATH restore "$key"
    matches 'is a reason to refuse a restore' "$status $(cat "$T/err")" '^1 .*no room on the server: [0-9.]+MiB are needed and 1000B free; --in-place'
    PATH=$PWD/fake:$PATH RESTORE_CHECK_ROOM=false restore "$key" copy
    is 'is restored into with RESTORE_CHECK_ROOM=false' "$status" 0
fi

# ---- in place

if testcase 'a restore in place'; then
    fresh
    restore --in-place "$key" </dev/null
    exits 'is refused where nobody can be asked' 2 'say --yes'
    oid=$(q -d shop -c "SELECT oid FROM pg_database WHERE datname = 'shop'")
    s3get -q "$key" | head -c 3000 | s3put -q cut/2026/01/01/shop_000000.sql.gz
    restore --in-place --yes cut/2026/01/01/shop_000000.sql.gz
    matches 'fails where the object is cut' "$status $(last)" '^1 .*shop is as it was'
    is 'drops nothing where the object is cut' "$(q -d postgres -c "SELECT oid FROM pg_database WHERE datname = 'shop'")" "$oid"
    restore --in-place --yes "$key"
    is 'succeeds' "$status" 0
    matches 'says that it drops the database first' "$(cat "$T/err")" 'dropped shop.*ok shop'
    is 'brings all back, and leaves no other database' "$(same_data shop) $(scratch '')" 'same '
fi

# ---- a role that --no-owner does not do without

if testcase 'a missing role that a policy names'; then
    clean
    createdb ruled
    q -d postgres -c 'CREATE ROLE ruler; CREATE ROLE had'
    q -d ruled -c 'CREATE TABLE t AS SELECT 1 AS i; ALTER TABLE t OWNER TO had; CREATE POLICY p ON t TO ruler USING (true)'
    BACKUP_DATABASES=ruled BACKUP_GLOBALS=false S3_PREFIX=ruled backup
    clean
    ruled=$(s3ls ruled/)
    restore "$ruled"
    matches 'is reported without advice to use --no-owner' "$status $(cat "$T/err")" '^1 .*role had is missing: [^;]*--no-owner does without.*role ruler is missing: [^-]*--globals creates those of a backup; a policy'
    restore --no-owner "$ruled"
    matches 'is reported with --no-owner before anything is done' "$status $(cat "$T/err")" '^1 .*role ruler is missing: .*; a policy .*nothing was done'
    q -d postgres -c 'CREATE ROLE ruler'
    restore --no-owner "$ruled"
    is 'is all that --no-owner needs' "$status $(q -d ruled -c 'SELECT count(*) FROM t')" '0 1'
fi

# ---- filters

if testcase 'a backup through age'; then
    if command -v age >/dev/null; then
        fresh
        age-keygen -o age.key 2>/dev/null
        age-keygen -o other.key 2>/dev/null
        BACKUP_FILTER="age -r $(age-keygen -y age.key)"
        export BACKUP_FILTER BACKUP_FILTER_SUFFIX=.age
        BACKUP_GLOBALS=false S3_PREFIX=age backup
        RESTORE_FILTER="age -d -i $PWD/age.key" restore "$(s3ls age/)" copy
        is 'is restored' "$status $(same_data copy)" '0 same'
        dropdb copy
        restore "$(s3ls age/)" copy
        exits 'is refused without RESTORE_FILTER' 2 'is encrypted: set RESTORE_FILTER'
        RESTORE_FILTER="age -d -i $PWD/other.key" restore "$(s3ls age/)" copy
        matches 'is not restored with another key' "$status $(cat "$T/err")" '^1 .*no identity matched'
        unset BACKUP_FILTER BACKUP_FILTER_SUFFIX
    else
        ok 'needs age (apt-get install age)' false
    fi
fi

if testcase 'a backup through gpg'; then
    if command -v gpg >/dev/null; then
        fresh
        export GNUPGHOME=$PWD/gnupg
        mkdir -m 700 "$GNUPGHOME"
        gpg --batch --quiet --passphrase '' --quick-gen-key backup@example.org future-default default never 2>/dev/null
        export BACKUP_FILTER='gpg --batch --quiet --trust-model always -e -r backup@example.org' BACKUP_FILTER_SUFFIX=.gpg
        BACKUP_GLOBALS=false S3_PREFIX=gpg backup
        RESTORE_FILTER='gpg --batch --quiet -d' S3_PREFIX=gpg restore --from shop latest copy
        is 'is restored' "$status $(same_data copy)" '0 same'
        gpgconf --kill all
        unset BACKUP_FILTER BACKUP_FILTER_SUFFIX GNUPGHOME
    else
        ok 'needs gpg (apt-get install gpg)' false
    fi
fi

# ---- encodings

if testcase 'a database in another encoding'; then
    clean
    createdb -E LATIN1 -T template0 latin
    PGCLIENTENCODING=UTF8 q -d latin -c "CREATE TABLE t AS SELECT 'Übergrößenträger' AS word"
    BACKUP_DATABASES=latin BACKUP_GLOBALS=false S3_PREFIX=latin backup
    dropdb latin
    restore "$(s3ls latin/)"
    is 'comes back as it was' "$status $(PGCLIENTENCODING=UTF8 q -d latin -c "SELECT word, pg_encoding_to_char(encoding) FROM t, pg_database WHERE datname = 'latin'")" \
        '0 Übergrößenträger|LATIN1'
    ok 'leaves no temporary file and no lock' nothing_left
fi
done_testing
