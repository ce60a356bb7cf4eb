#!/usr/bin/env bash
# pgapply with a real PostgreSQL: what was dumped is what is there afterwards;
# nothing that is cut or refused passes; no session outlives it.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
POSTGRES_ARGS='-c wal_level=logical' postgres_start
q -d postgres -c 'CREATE ROLE s3pipe_reader; CREATE ROLE s3pipe_owner'

out() { cat "$T/out"; }
# objects: the database of that name has every kind of object; $T/dump is its dump,
# and $T/wanted that dump sorted. Made once, and changed by nobody.
objects() {
    [ ! -e "$T/wanted" ] || return
    createdb -T template0 objects
    psql -X -q -d objects -v ON_ERROR_STOP=1 -f "$TESTS/data/objects.sql" >/dev/null 2>&1 || printf 'Bail out! objects.sql\n'
    pg_dump objects >"$T/dump"
    sorted <"$T/dump" >"$T/wanted"
}
# sorted: a dump, the rows of each table in order; what differs from run to run
# is left out.
sorted() {
    python3 -c 'import sys
rows = None
for line in sys.stdin.buffer:
    if rows is not None and line != b"\\.\n":
        rows.append(line)
    elif not line.startswith((b"\\restrict ", b"\\unrestrict ")):
        sys.stdout.buffer.write(b"".join(sorted(rows or [])) + line)
        rows = [] if line.startswith(b"COPY ") and line.endswith(b"FROM stdin;\n") else None'
}
content() { pg_dump "$@" | sorted | md5sum; } # [OPTION...] DATABASE: of its dump
as_dumped() { pg_dump copy | sorted | cmp - "$T/wanted"; } # whether copy is as objects
fresh() { # DATABASE [OPTION...]
    q -d postgres -v name="$1" <<'SQL' 2>/dev/null
SELECT EXISTS (SELECT FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = :'name') AS subscribed \gset
\if :subscribed
\c :name
DROP SUBSCRIPTION app_sub;
\c postgres
\endif
DROP DATABASE IF EXISTS :"name";
SQL
    createdb "$@"
}
# counted DATABASE: the rows of each table that has its own, as -c writes them.
counted() {
    q -d "$1" <<'SQL' | sort
SELECT format('SELECT count(*) || chr(9) || replace(%L, chr(10), ''\n'') FROM ONLY %s', c.oid::regclass, c.oid::regclass)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind = 'r' AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' \gexec
SQL
}
sessions() { q -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgapply'"; }
no_session() { [ "$(sessions)" = 0 ]; }
header() { printf -- '--\n-- Name: t; Type: %s; Schema: public; Owner: x\n--\n' "$1"; }
many() { printf 'CREATE TABLE t (id integer, note text);\n' && header TABLE && printf 'COPY t (id, note) FROM stdin;\n'; }
end='-- PostgreSQL database dump complete'

# ---- every kind of object

for jobs in 1 2 4; do
    if testcase "every kind of object by -j $jobs"; then
        objects
        fresh copy -T template0
        run pgapply -c -j "$jobs" copy <"$T/dump"
        is 'is loaded' "$status" 0
        ok 'is dumped again as it was' as_dumped
        is 'is counted by -c, the rows of each table' "$(sort "$T/out")" "$(counted copy)"
        is 'is counted by -c, in one line where a name has a newline' "$(tail -n 1 "$T/out")" $'2\t"od""d; Type: TABLE; Schema: x"."t\\nable"'
    fi
done
for option in --inserts --column-inserts --rows-per-insert=7 --quote-all-identifiers --disable-dollar-quoting --no-comments; do
    if testcase "a dump by pg_dump $option"; then
        objects
        pg_dump $option objects >dump 2>/dev/null
        fresh copy -T template0
        run pgapply copy <dump
        is 'is loaded' "$status" 0
        pg_dump $option copy 2>/dev/null | grep -v '^-- \(Started\|Completed\)' | sorted >got
        grep -v '^-- \(Started\|Completed\)' dump | sorted >wanted
        ok 'is dumped again as it was' cmp got wanted
    fi
done
if testcase 'a dump by pg_dump --verbose'; then
    objects
    pg_dump --verbose objects 2>/dev/null >dump
    fresh copy -T template0
    run pgapply -c copy <dump
    is 'is loaded' "$status" 0
    ok 'is dumped again as it was' as_dumped
    is 'is counted by -c, all tables' "$(sort "$T/out")" "$(counted copy)"
fi
if testcase 'a dump by pg_dump --use-set-session-authorization'; then
    objects
    q -d postgres -c 'ALTER ROLE s3pipe_owner SUPERUSER'
    pg_dump --use-set-session-authorization objects >dump
    fresh copy -T template0
    run pgapply -c -j 3 copy <dump
    q -d postgres -c 'ALTER ROLE s3pipe_owner NOSUPERUSER'
    is 'is loaded' "$status" 0
    ok 'is dumped again as it was' as_dumped
    fresh copy -T template0
    run pgapply -O -x copy <dump
    is 'is loaded by one role with -O -x' "$status $(q -d copy -c "SELECT count(*) FROM pg_class WHERE relowner <> 'postgres'::regrole")" '0 0'
fi
if testcase 'a table in INSERTs'; then
    objects
    pg_dump --inserts -t app.tree objects >dump
    fresh copy
    q -d copy -c 'CREATE SCHEMA app; CREATE TABLE app.items (id integer PRIMARY KEY); INSERT INTO app.items SELECT generate_series(1, 18)'
    ok 'is counted by -c' eval 'pgapply -c copy <dump | grep -x "5000	app.tree"'
fi
if testcase 'the database to load into'; then
    objects
    fresh copy
    PGDATABASE=copy run pgapply < <(pg_dump -s objects)
    is 'is that of PGDATABASE without an operand' "$status" 0
    fresh 'host=x dbname=y' -T template0
    run pgapply 'host=x dbname=y' <"$T/dump"
    is 'is the operand, even if that looks like a connection string' "$status" 0
fi
if testcase 'a dump with standard_conforming_strings off'; then
    objects
    psql -X -q -d objects -v ON_ERROR_STOP=1 -c 'ALTER DATABASE objects SET standard_conforming_strings = off' 2>/dev/null
    fresh copy -T template0
    PGOPTIONS='-c standard_conforming_strings=off' pg_dump objects >off 2>/dev/null
    run pgapply copy <off
    is 'is loaded' "$status" 0
    q -d postgres -c 'ALTER DATABASE objects RESET standard_conforming_strings'
    ok 'is dumped again as it was' as_dumped
fi
if testcase 'a role with limits of its own, such as timeouts of a millisecond'; then
    objects
    q -d postgres -c "CREATE ROLE limited SUPERUSER LOGIN; ALTER ROLE limited SET statement_timeout = 1; ALTER ROLE limited SET lock_timeout = 1; ALTER ROLE limited SET idle_in_transaction_session_timeout = 1; ALTER ROLE limited SET default_transaction_read_only = on; ALTER ROLE limited SET quote_all_identifiers = on"
    fresh copy -T template0
    PGUSER=limited run pgapply copy <"$T/dump"
    is 'loads a dump' "$status" 0
fi

# ---- encodings

source_encoding=''
# source_in ENCODING: the database source is in it, its texts in $text, its $content.
source_in() {
    [ "$1" != "$source_encoding" ] || return
    text='é'
    [ "$1" = LATIN1 ] || text='ソ表能十'
    fresh source -T template0 -E "$1" --locale=C
    PGCLIENTENCODING=UTF8 q -d source <<END
CREATE TABLE "t_$text" (id integer, "c_$text" text DEFAULT E'$text\\\\''$text');
INSERT INTO "t_$text" SELECT n, '$text\\' || n FROM generate_series(1, 40000) n;
COMMENT ON TABLE "t_$text" IS '$text''\\';
CREATE FUNCTION "f_$text"() RETURNS text LANGUAGE sql AS 'SELECT ''$text''::text';
END
    content=$(content -E UTF8 source)
    source_encoding=$1
}
for encoding in LATIN1:LATIN1 LATIN1:UTF8 EUC_JP:EUC_JP EUC_JP:UTF8 EUC_JP:SJIS; do
    client=${encoding#*:} encoding=${encoding%:*}
    if testcase "a database in $encoding, dumped in $client"; then
        source_in "$encoding"
        pg_dump -E "$client" source >dump
        for target in "$encoding" UTF8; do
            fresh copy -T template0 -E "$target" --locale=C
            run pgapply -j 3 copy <dump
            exits "is loaded into one in $target" 0
            is "is the same in one in $target" "$(content -E UTF8 copy)" "$content"
        done
    fi
done
if testcase 'a dump in SJIS with backslashes in strings'; then
    source_in EUC_JP
    PGCLIENTENCODING=UTF8 q -d source -c 'ALTER DATABASE source SET standard_conforming_strings = off'
    PGOPTIONS='-c standard_conforming_strings=off' pg_dump -E SJIS source >dump
    q -d source -c 'ALTER DATABASE source RESET standard_conforming_strings'
    fresh copy -T template0 -E EUC_JP --locale=C
    run pgapply copy <dump
    exits 'is loaded' 0
    is 'is the same in the database' "$(content -E UTF8 copy)" "$content"
fi

# ---- what is left out

if testcase 'roles that do not exist'; then
    objects
    fresh copy -T template0
    run pgapply -O -x copy < <(sed 's/s3pipe_owner;$/nobody_here;/; s/TO s3pipe_reader;$/TO nobody_here;/' "$T/dump" | sed '/^CREATE POLICY/,/;$/s/nobody_here/s3pipe_reader/')
    is 'are not needed with -O -x' "$status" 0
    is 'own nothing with -O, for all belongs to the one role' "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relowner <> 'postgres'::regrole")" 0
fi
if testcase 'a kind of object left out by -T'; then
    objects
    fresh copy -T template0
    run pgapply -T subscription -T 'EVENT TRIGGER' -T 'foreign server' -T 'foreign table' -T publication -T comment copy <"$T/dump"
    is 'does not hinder the load' "$status" 0
    matches 'is reported' "$err" 'left out: .*COMMENT.*1 SUBSCRIPTION'
    is 'is not in the database' "$(q -d copy -c "SELECT (SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = 'copy')) + (SELECT count(*) FROM pg_event_trigger) + (SELECT count(*) FROM pg_foreign_server) + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_description WHERE objoid = 'app.items'::regclass)")" 0
fi
if testcase 'a table left out by -N'; then
    objects
    fresh copy -T template0
    run pgapply -N app.items -N app.seen -N app.summary -N app_some -N app_sub copy <"$T/dump"
    is 'does not hinder the load' "$status" 0
    is 'is not in the database, nor are its index and its sequence' \
        "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relname IN ('items', 'items_name', 'items_id_seq', 'items_code_seq')")" 0
    is 'does not keep others out' "$(q -d copy -c 'SELECT count(*) FROM app.many')" 20000
fi
if testcase 'a table chosen by -t without its schema'; then
    objects
    fresh copy -T template0
    run pgapply -c -t app.tree copy <"$T/dump"
    is 'is refused by the server' "$status" 1
    matches 'is reported with its line, its name and the error' "$err" 'line [0-9]+ of the dump: TABLE app\.tree: CREATE TABLE .*: ERROR: schema "app" does not exist'
fi
if testcase 'tables chosen by -t'; then
    objects
    fresh copy -T template0
    q -d copy -c "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'it''s; ok', E'back\\\\slash', 'happy'); CREATE DOMAIN app.positive AS integer; CREATE TYPE app.pair AS (a integer, b text); CREATE TYPE app.span AS RANGE (subtype = float8, multirange_type_name = app.spans); CREATE TEXT SEARCH CONFIGURATION app.search (COPY = simple)"
    run pgapply -c -t app.items -t tree -t 'app.measured*' copy <"$T/dump"
    is 'are loaded' "$status" 0
    is 'are all that is loaded' "$(cut -f 2 "$T/out" | sort | xargs)" 'app.items app.measured_1 app.measured_2_1 app.measured_rest app.tree'
    is 'have all that is theirs' \
        "$(q -d copy -c "SELECT count(*) FROM pg_constraint WHERE conrelid = 'app.tree'::regclass AND contype <> 'n'" -c "SELECT count(*) FROM pg_index WHERE indrelid = 'app.items'::regclass" -c "SELECT nextval('app.items_id_seq') > 17, obj_description('app.items'::regclass) IS NOT NULL" -c "SELECT count(*) FROM pg_inherits" | xargs)" \
        "3 5 t|t $(q -d objects -c "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = inhrelid WHERE relname LIKE 'measured%'")"
fi
if testcase 'a table with an access method chosen by -t'; then
    objects
    fresh copy -T template0
    q -d copy -c 'CREATE SCHEMA app'
    run pgapply -t app.heap copy <"$T/dump"
    matches 'is refused without that access method' "$status $err" '^1 .*SET default_table_access_method = app_heap.*does not exist'
    q -d copy -c 'CREATE ACCESS METHOD app_heap TYPE TABLE HANDLER heap_tableam_handler'
    run pgapply -t app.heap copy <"$T/dump"
    is 'has it where it exists' "$status $(q -d copy -c "SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relname = 'heap'")" '0 app_heap'
fi
if testcase 'statistics in a dump'; then
    fresh copy
    q -d copy -c 'CREATE TABLE applied (relation text)' \
        -c "CREATE FUNCTION restore_stats(text) RETURNS bool LANGUAGE sql AS 'INSERT INTO applied VALUES (\$1) RETURNING true'"
    {
        printf -- '--\n-- Statistics for Name: t; Type: STATISTICS DATA; Schema: public; Owner: -\n--\n\n'
        printf "SELECT * FROM public.restore_stats(\n\t't'\n);\n\n-- PostgreSQL database dump complete\n"
    } >statistics
    run pgapply copy <statistics
    is 'are applied' "$status $(q -d copy -c 'SELECT * FROM applied')" '0 t'
    run pgapply -T 'statistics data' copy <statistics
    is "are not applied with -T 'statistics data'" "$status $(q -d copy -c 'SELECT * FROM applied')" '0 t'
fi

# ---- what is deferred, counted, tried, or all or nothing

if testcase 'what --defer names'; then
    objects
    fresh copy -T template0
    run pgapply --defer subscription --defer 'table data app.tree' --defer 'sequence set *.items_id_seq' --deferred deferred --tally tally copy <"$T/dump"
    is 'does not hinder the load' "$status" 0
    is 'is not loaded' "$(q -d copy -c 'SELECT count(*) FROM app.tree' -c "SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = 'copy')" | xargs)" '0 0'
    is 'is not counted by --tally' "$(grep -c 'app.tree' tally)" 0
    is 'is all that is not counted by --tally' "$(sed -n 's/^table\t\([0-9]*\)\t\1\t/\1\t/p' tally | sort)" "$(counted copy | grep -v '	app.tree$')"
    matches 'is beside sequences and large objects in --tally' "$(cat tally)" "sequence	'app.[a-z_]+', -?[0-9]+, (true|false).*objects	2"
    is 'is written to --deferred, which psql loads' "$(psql -X -q -d copy -v ON_ERROR_STOP=1 -f deferred 2>&1 | grep ERROR)" ''
    ok 'is dumped again as it was once psql has loaded it' as_dumped
fi
if testcase 'the option --search-path'; then
    fresh copy
    q -d copy -c 'CREATE SCHEMA s; CREATE TABLE s.found AS SELECT 1 AS i'
    run pgapply -j 3 --search-path 's, public' copy < <(printf "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t AS SELECT * FROM found;\n%s\n" "$end")
    is 'replaces the search_path of the dump' "$status $(q -d copy -c 'SELECT count(*) FROM public.t')" '0 1'
fi
failing() { sed '/^-- PostgreSQL database dump complete/i SELECT 1/0;' "$T/dump"; } # at its end
if testcase 'a load with --single-transaction'; then
    objects
    fresh copy -T template0
    live=$(content copy)
    run pgapply -j 4 --single-transaction copy < <(failing)
    exits 'refuses a dump with transactions of its own' 1 'it has transactions of its own, as for large objects: load it without --single-transaction'
    run pgapply -j 4 --single-transaction -T 'large object' copy < <(failing)
    is 'fails by an error at the end' "$status $(q -d copy -c "SELECT count(*) FROM pg_namespace WHERE nspname = 'app'")" '1 0'
    is 'leaves the database as it was after an error at the end' "$(content copy)" "$live"
    run pgapply --single-transaction -T 'large object' copy < <(head -n -20 "$T/dump")
    is 'leaves the database as it was after a dump that is cut' "$status $(content copy)" "1 $live"
    run pgapply --single-transaction -T 'large object' copy <"$T/dump"
    is 'leaves all in the database where there is no error' "$status $(q -d copy -c 'SELECT count(*) FROM app.many')" '0 20000'
fi
if testcase 'an error in what --try names'; then
    fresh copy
    {
        printf -- '--\n-- Name: t; Type: TABLE; Schema: public; Owner: -\n--\n\nCREATE TABLE t (i integer);\n'
        printf -- '--\n-- Statistics for Name: t; Type: STATISTICS DATA; Schema: public; Owner: -\n--\n\nSELECT nosuch();\nCREATE TABLE u ();\n'
        printf -- '--\n-- PostgreSQL database dump complete\n--\n'
    } >tried
    run pgapply --try 'statistics data' copy <tried
    exits 'is only reported' 0 '^pgapply: line 10 of the dump: STATISTICS DATA public.t: SELECT nosuch\(\): ERROR: .*\(42883\); going on without it$'
    is 'does not end the load' "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relname IN ('t', 'u')")" 2
    fresh copy
    run pgapply copy <tried
    is 'ends the load without --try' "$status" 1
fi

# ---- a stream that is cut fails, wherever

if testcase 'a dump that is cut'; then
    objects
    size=$(wc -c <"$T/dump")
    for n in {1..30}; do
        cut=$((n * size / 31 - (n * 7919) % 1000))
        [ "$n" -lt 28 ] || cut=$((size - 200 * (31 - n)))
        fresh copy -T template0
        run pgapply copy < <(head -c "$cut" "$T/dump")
        is "fails after $cut bytes" "$status" 1
    done
    matches 'is reported as such' "$err" 'the dump is cut'
fi

# ---- errors

for jobs in 1 3; do
    if testcase "a bad row by -j $jobs"; then
        { many && seq -f "%.0f	$(printf 'x%.0s' {1..100})" 100000 | sed '54321s/^/no/' && printf '\\.\n%s\n' "$end"; } >bad
        fresh copy
        run pgapply -j "$jobs" copy <bad
        exits 'ends the load, and is reported with its line' 1 "^pgapply: line $(grep -n '^no' bad | cut -d: -f1) of the dump: TABLE public\.t: COPY t \(id, note\) FROM stdin: ERROR: invalid input syntax.*\(22P02\)$"
    fi
done
if testcase 'a bad statement'; then
    fresh copy
    run pgapply copy < <(printf 'SELECT 1;\n' && header FUNCTION && printf 'CREATE TABLE t (id nosuch,\nb integer);\n%s\n' "$end")
    exits 'ends the load, and is reported with its line' 1 'line 5 of the dump: FUNCTION public\.t: CREATE TABLE t \(id nosuch,\.\.\.: ERROR: type "nosuch" does not exist.*\(42704\)$'
fi
if testcase 'a transaction that the dump does not end'; then
    fresh copy
    run pgapply copy < <(printf 'BEGIN;\nCREATE TABLE t ();\n%s\n' "$end")
    exits 'fails' 1 'the dump ends within a transaction'
    is 'leaves nothing' "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relname = 't'")" 0
fi
if testcase 'a COPY to stdout in the dump'; then
    fresh copy
    run pgapply copy < <(printf 'COPY pg_class TO stdout;\n%s\n' "$end")
    exits 'is refused' 1 'a COPY that pgapply does not know'
fi
if testcase 'a warning or a notice of the server'; then
    fresh copy
    run pgapply copy < <(printf "DO 'BEGIN RAISE WARNING \$\$careful\$\$; RAISE NOTICE \$\$by the way\$\$; END';\n%s\n" "$end")
    exits 'is shown if it is a warning' 0 '^pgapply: line 1 of the dump: WARNING: careful$'
    run pgapply -v copy < <(printf "DO 'BEGIN RAISE NOTICE \$\$by the way\$\$; END';\n%s\n" "$end")
    matches 'is shown with -v if it is a notice' "$err" 'NOTICE: by the way.*DO .* ms.*1 statements, 0 rows'
fi
if testcase 'an index that cannot be made'; then
    for index in 'UNIQUE INDEX i ON t (id)' 'INDEX i ON t (nosuch)'; do
        fresh copy
        run pgapply -j 4 copy < <(printf 'CREATE TABLE t (id integer);\nINSERT INTO t VALUES (1), (1);\n'
            for n in {1..9}; do printf 'CREATE INDEX i%d ON t (id);\n' "$n"; done && printf 'CREATE %s;\n%s\n' "$index" "$end")
        exits "ends the load: $index" 1 'line 12 of the dump: CREATE'
    done
fi

# ---- rows that need those before them are not dealt out

if testcase 'a table that refers to itself'; then
    fresh copy
    q -d copy -c 'CREATE TABLE t (id integer PRIMARY KEY, up integer REFERENCES t, note text)'
    run pgapply -j 4 -c copy < <(printf 'COPY t (id, up, note) FROM stdin;\n' &&
        awk 'BEGIN { for (i = 1; i <= 30000; i++) printf "%d\t%s\t%0100d\n", i, (i > 1 ? i - 1 : "\\N"), i }' && printf '\\.\n%s\n' "$end")
    exits 'is loaded by -j 4' 0
    is 'is loaded with all its rows' "$(out)" $'30000\tt'
fi
if testcase 'a table that other sessions do not see yet'; then
    fresh copy
    run pgapply -j 4 -c copy < <(printf 'BEGIN;\nCREATE TABLE t (id integer, note text);\nCOPY t FROM stdin;\n' &&
        seq -f '%.0f	0123456789012345678901234567890123456789' 50000 && printf '\\.\nCREATE INDEX i ON t (id);\nCOMMIT;\n%s\n' "$end")
    exits 'is loaded by -j 4' 0
fi
if testcase 'a table in CSV'; then
    fresh copy
    run pgapply -j 4 -c copy < <(printf 'CREATE TABLE t (id integer, note text);\nCOPY t FROM stdin WITH (FORMAT csv);\n' &&
        seq -f '%.0f,"a
b"' 50000 && printf '\\.\n%s\n' "$end")
    exits 'is loaded by -j 4' 0
    is 'is loaded with all its rows' "$(out)" $'50000\tt'
fi
if testcase 'rows that are longer than a block'; then
    fresh copy
    run pgapply -j 2 -c copy < <(printf 'CREATE TABLE t (id integer, note text);\nCOPY t FROM stdin;\n' &&
        for n in 1 2 3; do printf '%d\t' "$n" && head -c 3M /dev/zero | tr '\0' x && printf '\n'; done && printf '\\.\n%s\n' "$end")
    exits 'are loaded by -j 2' 0
    is 'are whole' "$(q -d copy -c 'SELECT id, length(note) FROM t ORDER BY id' | xargs)" '1|3145728 2|3145728 3|3145728'
fi

# ---- sessions that end

for signal in TERM:143 HUP:129; do
    if testcase "a load that is ended by SIG${signal%:*}"; then
        fresh copy
        pgapply copy < <(printf 'CREATE TABLE t (id integer, note text);\nSELECT pg_sleep(60);\n%s\n' "$end") 2>err &
        await 10 eval '[ "$(sessions)" = 2 ] && q -d postgres -c "SELECT 1 FROM pg_stat_activity WHERE query ~ '"'^SELECT pg_sleep'"'" | grep 1'
        kill "-${signal%:*}" $!
        wait $!
        is "exits with ${signal#*:}" $? "${signal#*:}"
        ok 'leaves no session' await 5 no_session
    fi
done
for state in idle copying; do
    if testcase "a session that is ended by the server, $state, while stdin is silent"; then
        fresh copy
        mkfifo silent
        pgapply copy <silent 2>err &
        {
            seq -f '-- %.0f 0123456789012345678901234567890123456789' 10000
            printf 'CREATE TABLE t (id integer, note text);\n'
            [ "$state" = idle ] || { printf 'COPY t FROM stdin;\n' && seq -f '%.0f	0123456789012345678901234567890123456789' 40000; }
            await 10 eval '[ "$(sessions)" = 2 ]'
            sleep 0.5
            q -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgapply'" >/dev/null
            await 10 not kill -0 $!
        } >silent
        wait $!
        is 'ends the load' $? 1
        matches 'is reported' "$(cat err)" 'pgapply: .*(ended|terminat)'
    fi
done
# What the server says of data that stand still, at once and not with the next.
copying() { printf 'CREATE TABLE t (id integer, note text);\nCOPY t FROM stdin;\n1\ta\n'; }
for jobs in 1 2; do
    if testcase "an error by -j $jobs while stdin is silent"; then
        fresh copy
        mkfifo silent
        pgapply -j "$jobs" copy <silent 2>err &
        { copying && printf '2\t\377' && head -c 1M /dev/zero | tr '\0' x && await 10 not kill -0 $!; } >silent
        wait $!
        is 'within a long row ends the load' $? 1
        matches 'within a long row is reported with the line of the row' "$(cat err)" '^pgapply: line 4 of the dump: COPY t FROM stdin: ERROR: invalid byte sequence'
        fresh copy
        pgapply -j "$jobs" copy <silent 2>err &
        { copying && printf 'x\ta\n' && seq -f '%.0f	0123456789012345678901234567890123456789' 40000 && await 10 not kill -0 $!; } >silent
        wait $!
        is 'in a row before others ends the load' $? 1
        matches 'in a row before others is reported with the line of the row' "$(cat err)" '^pgapply: line 4 of the dump: COPY t FROM stdin: ERROR: invalid input syntax'
    fi
done
if testcase 'notices between long rows'; then
    fresh copy
    q -d copy -c 'CREATE TABLE t (id integer, note text)' \
        -c "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', NEW.id; RETURN NEW; END'" \
        -c 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()'
    run pgapply -c copy < <(printf 'COPY t FROM stdin;\n' && for n in 1 2 3; do
        printf '%d\t' "$n" && head -c 2M /dev/zero | tr '\0' x && printf '\n' && seq -f '%.0f	x' 2000
    done && printf '\\.\n%s\n' "$end")
    exits 'are no errors' 0
    is 'keep no row from being loaded' "$(out)" $'6003\tt'
    ok 'leave no session' await 5 no_session
fi
done_testing
