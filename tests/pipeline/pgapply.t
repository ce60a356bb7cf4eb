#!/usr/bin/env bash
# pgapply with a real PostgreSQL: what was dumped is what is there afterwards;
# nothing that is cut or refused passes; no session outlives it.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
POSTGRES_ARGS='-c wal_level=logical' postgres_start

out() { cat "$T/out"; }
q -d postgres -c 'CREATE ROLE s3pipe_reader; CREATE ROLE s3pipe_owner'
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
fresh() { # DATABASE [OPTION...]
    q -d "$1" -c 'DROP SUBSCRIPTION IF EXISTS app_sub' >/dev/null 2>&1
    dropdb --if-exists "$1" 2>/dev/null
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

# ---- every kind of object
createdb -T template0 objects
psql -X -q -d objects -v ON_ERROR_STOP=1 -f "$TESTS/data/objects.sql" >/dev/null 2>&1 || printf 'Bail out! objects.sql\n'
pg_dump objects >dump
sorted <dump >wanted
for jobs in 1 2 4; do
    fresh copy -T template0
    run pgapply -c -j "$jobs" copy <dump
    is "-j $jobs: status" "$status" 0
    pg_dump copy | sorted >got
    ok "-j $jobs: the dump of what was loaded is the dump" cmp got wanted
    is "-j $jobs: -c counts the rows of each table" "$(sort out)" "$(counted copy)"
    is "-j $jobs: a name with a newline is one line" "$(tail -n 1 out)" $'2\t"od""d; Type: TABLE; Schema: x"."t\\nable"'
done
for option in --inserts --column-inserts --rows-per-insert=7 '--quote-all-identifiers' '--disable-dollar-quoting' '--no-comments'; do
    # shellcheck disable=SC2086
    pg_dump $option objects >dump2 2>/dev/null
    fresh copy -T template0
    run pgapply copy <dump2
    is "pg_dump $option: status" "$status" 0
    # shellcheck disable=SC2086
    pg_dump $option copy 2>/dev/null | grep -v '^-- \(Started\|Completed\)' | sorted >got
    grep -v '^-- \(Started\|Completed\)' dump2 | sorted >wanted2
    ok "pg_dump $option: the same is there" cmp got wanted2
done
pg_dump --verbose objects 2>/dev/null >dump2
fresh copy -T template0
run pgapply -c copy <dump2
is 'pg_dump --verbose: status' "$status" 0
pg_dump copy | sorted >got
ok 'pg_dump --verbose: the same is there' cmp got wanted
is 'pg_dump --verbose: -c counts all tables' "$(sort out)" "$(counted copy)"
q -d postgres -c 'ALTER ROLE s3pipe_owner SUPERUSER'
pg_dump --use-set-session-authorization objects >dump2
fresh copy -T template0
run pgapply -c -j 3 copy <dump2
q -d postgres -c 'ALTER ROLE s3pipe_owner NOSUPERUSER'
is 'pg_dump --use-set-session-authorization: status' "$status" 0
pg_dump copy | sorted >got
ok 'pg_dump --use-set-session-authorization: the same is there' cmp got wanted
fresh copy -T template0
run pgapply -O -x copy <dump2
is 'with -O it does not become others' "$status $(q -d copy -c "SELECT count(*) FROM pg_class WHERE relowner <> 'postgres'::regrole")" '0 0'
ok 'pg_dump --inserts: -c counts them' eval 'pg_dump --inserts -t app.tree objects >i; fresh copy; q -d copy -c "CREATE SCHEMA app; CREATE TABLE app.items (id integer PRIMARY KEY); INSERT INTO app.items SELECT generate_series(1, 18)"; pgapply -c copy <i | grep -x "5000	app.tree"'
fresh copy
PGDATABASE=copy run pgapply < <(pg_dump -s objects)
is 'PGDATABASE names the database' "$status" 0
createdb -T template0 -- 'host=x dbname=y'
run pgapply 'host=x dbname=y' <dump
is 'a name that looks like a connection string is a name' "$status" 0
q -d postgres -c 'DROP DATABASE "host=x dbname=y"'
psql -X -q -d objects -v ON_ERROR_STOP=1 -c 'ALTER DATABASE objects SET standard_conforming_strings = off' 2>/dev/null
fresh copy -T template0
PGOPTIONS='-c standard_conforming_strings=off' pg_dump objects >off 2>/dev/null
run pgapply copy <off
is 'a dump with standard_conforming_strings off' "$status" 0
q -d postgres -c 'ALTER DATABASE objects RESET standard_conforming_strings'
pg_dump copy | sorted >got
ok 'is the same' cmp got wanted
q -d postgres -c "CREATE ROLE limited SUPERUSER LOGIN; ALTER ROLE limited SET statement_timeout = 1; ALTER ROLE limited SET lock_timeout = 1; ALTER ROLE limited SET idle_in_transaction_session_timeout = 1; ALTER ROLE limited SET default_transaction_read_only = on; ALTER ROLE limited SET quote_all_identifiers = on"
fresh copy -T template0
PGUSER=limited run pgapply copy <dump
is 'a role that is limited, to a millisecond too' "$status" 0

# ---- encodings
for encoding in LATIN1 EUC_JP; do
    text='é'
    [ "$encoding" = LATIN1 ] || text='ソ表能十'
    fresh source -T template0 -E "$encoding" --locale=C
    PGCLIENTENCODING=UTF8 q -d source <<END
CREATE TABLE "t_$text" (id integer, "c_$text" text DEFAULT E'$text\\\\''$text');
INSERT INTO "t_$text" SELECT n, '$text\\' || n FROM generate_series(1, 40000) n;
COMMENT ON TABLE "t_$text" IS '$text''\\';
CREATE FUNCTION "f_$text"() RETURNS text LANGUAGE sql AS 'SELECT ''$text''::text';
END
    for client in "$encoding" UTF8 SJIS; do
        [ "$client" != SJIS ] || [ "$encoding" = EUC_JP ] || continue
        pg_dump -E "$client" source >dump2
        for target in "$encoding" UTF8; do
            fresh copy -T template0 -E "$target" --locale=C
            run pgapply -j 3 copy <dump2
            exits "$encoding, dumped as $client, into $target" 0
            is 'the same is there' "$(pg_dump -E UTF8 copy | sorted | md5sum)" "$(pg_dump -E UTF8 source | sorted | md5sum)"
        done
    done
done
PGCLIENTENCODING=UTF8 q -d source -c 'ALTER DATABASE source SET standard_conforming_strings = off'
PGOPTIONS='-c standard_conforming_strings=off' pg_dump -E SJIS source >dump2
q -d source -c 'ALTER DATABASE source RESET standard_conforming_strings'
fresh copy -T template0 -E EUC_JP --locale=C
run pgapply copy <dump2
exits 'SJIS with backslashes in strings' 0
is 'the same is there' "$(pg_dump -E UTF8 copy | sorted | md5sum)" "$(pg_dump -E UTF8 source | sorted | md5sum)"

# ---- what is left out
fresh copy -T template0
run pgapply -O -x copy < <(sed 's/s3pipe_owner;$/nobody_here;/; s/TO s3pipe_reader;$/TO nobody_here;/' dump | sed '/^CREATE POLICY/,/;$/s/nobody_here/s3pipe_reader/')
is '-O -x: roles that are not there are not missed' "$status" 0
is '-O: all belongs to the one role' "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relowner <> 'postgres'::regrole")" 0
fresh copy -T template0
run pgapply -T subscription -T 'EVENT TRIGGER' -T 'foreign server' -T 'foreign table' -T publication -T comment copy <dump
is '-T: status' "$status" 0
matches '-T: what was left out is said' "$err" 'left out: .*COMMENT.*1 SUBSCRIPTION'
is '-T: is not there' "$(q -d copy -c "SELECT (SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = 'copy')) + (SELECT count(*) FROM pg_event_trigger) + (SELECT count(*) FROM pg_foreign_server) + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_description WHERE objoid = 'app.items'::regclass)")" 0
fresh copy -T template0
run pgapply -N app.items -N app.seen -N app.summary -N app_some -N app_sub copy <dump
is '-N: status' "$status" 0
is '-N: a table, its index and its sequence are not there' \
    "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relname IN ('items', 'items_name', 'items_id_seq', 'items_code_seq')")" 0
is '-N: others are' "$(q -d copy -c 'SELECT count(*) FROM app.many')" 20000

fresh copy -T template0
run pgapply -c -t app.tree copy <dump
is '-t without its schema: status' "$status" 1
matches 'it says so' "$err" 'line [0-9]+ of the dump: TABLE app\.tree: CREATE TABLE .*: ERROR: schema "app" does not exist'
q -d copy -c "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'it''s; ok', E'back\\\\slash', 'happy'); CREATE DOMAIN app.positive AS integer; CREATE TYPE app.pair AS (a integer, b text); CREATE TYPE app.span AS RANGE (subtype = float8, multirange_type_name = app.spans); CREATE TEXT SEARCH CONFIGURATION app.search (COPY = simple)"
run pgapply -c -t app.items -t tree -t 'app.measured*' copy <dump
is '-t: status' "$status" 0
is '-t: only these are loaded' "$(cut -f 2 out | sort | xargs)" 'app.items app.measured_1 app.measured_2_1 app.measured_rest app.tree'
is '-t: with all that is theirs' \
    "$(q -d copy -c "SELECT count(*) FROM pg_constraint WHERE conrelid = 'app.tree'::regclass AND contype <> 'n'" -c "SELECT count(*) FROM pg_index WHERE indrelid = 'app.items'::regclass" -c "SELECT nextval('app.items_id_seq') > 17, obj_description('app.items'::regclass) IS NOT NULL" -c "SELECT count(*) FROM pg_inherits" | xargs)" \
    "3 5 t|t $(q -d objects -c "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = inhrelid WHERE relname LIKE 'measured%'")"

run pgapply -t app.heap copy <dump
matches '-t: an access method is asked for where a table needs it' "$status $err" '^1 .*SET default_table_access_method = app_heap.*does not exist'
q -d copy -c 'CREATE ACCESS METHOD app_heap TYPE TABLE HANDLER heap_tableam_handler'
run pgapply -t app.heap copy <dump
is '-t: and the table has it' "$status $(q -d copy -c "SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relname = 'heap'")" '0 app_heap'

fresh copy
q -d copy -c 'CREATE TABLE applied (relation text)' \
    -c "CREATE FUNCTION restore_stats(text) RETURNS bool LANGUAGE sql AS 'INSERT INTO applied VALUES (\$1) RETURNING true'"
{
    printf -- '--\n-- Statistics for Name: t; Type: STATISTICS DATA; Schema: public; Owner: -\n--\n\n'
    printf "SELECT * FROM public.restore_stats(\n\t't'\n);\n\n-- PostgreSQL database dump complete\n"
} >statistics
run pgapply copy <statistics
is 'statistics are applied' "$status $(q -d copy -c 'SELECT * FROM applied')" '0 t'
run pgapply -T 'statistics data' copy <statistics
is "-T 'statistics data': they are not" "$status $(q -d copy -c 'SELECT * FROM applied')" '0 t'

# ---- what is deferred, counted, tried, or all or nothing
fresh copy -T template0
run pgapply --defer subscription --defer 'table data app.tree' --defer 'sequence set *.items_id_seq' --deferred deferred --tally tally copy <dump
is '--defer: status' "$status" 0
is '--defer: it is not there' "$(q -d copy -c 'SELECT count(*) FROM app.tree' -c "SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = 'copy')" | xargs)" '0 0'
is '--tally: nor counted' "$(grep -c 'app.tree' tally)" 0
is '--tally: what is there is' "$(sed -n 's/^table\t\([0-9]*\)\t\1\t/\1\t/p' tally | sort)" "$(counted copy | grep -v '	app.tree$')"
matches '--tally: sequences and large objects too' "$(cat tally)" "sequence	'app.[a-z_]+', -?[0-9]+, (true|false).*objects	2"
is '--deferred: psql loads it' "$(psql -X -q -d copy -v ON_ERROR_STOP=1 -f deferred 2>&1 | grep ERROR)" ''
pg_dump copy | sorted >got
ok 'then all is the same' cmp got wanted
fresh copy
q -d copy -c 'CREATE SCHEMA s; CREATE TABLE s.found AS SELECT 1 AS i'
run pgapply -j 3 --search-path 's, public' copy < <(printf "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t AS SELECT * FROM found;\n%s\n" "-- PostgreSQL database dump complete")
is '--search-path' "$status $(q -d copy -c 'SELECT count(*) FROM public.t')" '0 1'
fresh copy -T template0
live=$(pg_dump copy | sorted | md5sum)
run pgapply -j 4 --single-transaction copy < <(sed '/^-- PostgreSQL database dump complete/i SELECT 1/0;' dump)
exits '--single-transaction: transactions of the dump are refused' 1 'it has transactions of its own, as for large objects: load it without --single-transaction'
run pgapply -j 4 --single-transaction -T 'large object' copy < <(sed '/^-- PostgreSQL database dump complete/i SELECT 1/0;' dump)
is '--single-transaction: an error at the end' "$status $(q -d copy -c "SELECT count(*) FROM pg_namespace WHERE nspname = 'app'")" '1 0'
is 'takes all back' "$(pg_dump copy | sorted | md5sum)" "$live"
run pgapply --single-transaction -T 'large object' copy < <(head -n -20 dump)
is 'a dump that is cut, too' "$status $(pg_dump copy | sorted | md5sum)" "1 $live"
run pgapply --single-transaction -T 'large object' copy <dump
is 'without an error all is there' "$status $(q -d copy -c 'SELECT count(*) FROM app.many')" '0 20000'
fresh copy
{
    printf -- '--\n-- Name: t; Type: TABLE; Schema: public; Owner: -\n--\n\nCREATE TABLE t (i integer);\n'
    printf -- '--\n-- Statistics for Name: t; Type: STATISTICS DATA; Schema: public; Owner: -\n--\n\nSELECT nosuch();\nCREATE TABLE u ();\n'
    printf -- '--\n-- PostgreSQL database dump complete\n--\n'
} >tried
run pgapply --try 'statistics data' copy <tried
exits '--try: an error is only reported' 0 '^pgapply: line 10 of the dump: STATISTICS DATA public.t: SELECT nosuch\(\): ERROR: .*\(42883\); going on without it$'
is '--try: and the rest goes on' "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relname IN ('t', 'u')")" 2
fresh copy
run pgapply copy <tried
is 'without it the error ends all' "$status" 1

# ---- a stream that is cut fails, wherever
size=$(wc -c <dump)
for n in {1..30}; do
    cut=$((n * size / 31 - (n * 7919) % 1000))
    [ "$n" -lt 28 ] || cut=$((size - 200 * (31 - n)))
    fresh copy -T template0
    run pgapply copy < <(head -c "$cut" dump)
    is "cut at $cut: status" "$status" 1
done
matches 'it says so' "$err" 'the dump is cut'

# ---- errors
many() { printf 'CREATE TABLE t (id integer, note text);\n' && header TABLE && printf 'COPY t (id, note) FROM stdin;\n'; }
header() { printf -- '--\n-- Name: t; Type: %s; Schema: public; Owner: x\n--\n' "$1"; }
end='-- PostgreSQL database dump complete'
{ many && seq -f "%.0f	$(printf 'x%.0s' {1..100})" 100000 | sed '54321s/^/no/' && printf '\\.\n%s\n' "$end"; } >bad
for jobs in 1 3; do
    fresh copy
    run pgapply -j "$jobs" copy <bad
    exits "-j $jobs: a bad row" 1 "^pgapply: line $(grep -n '^no' bad | cut -d: -f1) of the dump: TABLE public\.t: COPY t \(id, note\) FROM stdin: ERROR: invalid input syntax.*\(22P02\)$"
done
fresh copy
run pgapply copy < <(printf 'SELECT 1;\n' && header FUNCTION && printf 'CREATE TABLE t (id nosuch,\nb integer);\n%s\n' "$end")
exits 'a bad statement' 1 'line 5 of the dump: FUNCTION public\.t: CREATE TABLE t \(id nosuch,\.\.\.: ERROR: type "nosuch" does not exist.*\(42704\)$'
run pgapply copy < <(printf 'BEGIN;\nCREATE TABLE t ();\n%s\n' "$end")
exits 'a transaction that is not ended' 1 'the dump ends within a transaction'
is 'leaves nothing' "$(q -d copy -c "SELECT count(*) FROM pg_class WHERE relname = 't'")" 0
run pgapply copy < <(printf 'COPY pg_class TO stdout;\n%s\n' "$end")
exits 'a COPY to us' 1 'a COPY that pgapply does not know'
run pgapply copy < <(printf "DO 'BEGIN RAISE WARNING \$\$careful\$\$; RAISE NOTICE \$\$by the way\$\$; END';\n%s\n" "$end")
exits 'a warning is shown' 0 '^pgapply: line 1 of the dump: WARNING: careful$'
run pgapply -v copy < <(printf "DO 'BEGIN RAISE NOTICE \$\$by the way\$\$; END';\n%s\n" "$end")
matches '-v: a notice too' "$err" 'NOTICE: by the way.*DO .* ms.*1 statements, 0 rows'
for index in 'UNIQUE INDEX i ON t (id)' 'INDEX i ON t (nosuch)'; do
    fresh copy
    run pgapply -j 4 copy < <(printf 'CREATE TABLE t (id integer);\nINSERT INTO t VALUES (1), (1);\n'
        for n in {1..9}; do printf 'CREATE INDEX i%d ON t (id);\n' "$n"; done && printf 'CREATE %s;\n%s\n' "$index" "$end")
    exits "an index that cannot be made: $index" 1 'line 12 of the dump: CREATE'
done

# ---- rows that need those before them are not dealt out
fresh copy
q -d copy -c 'CREATE TABLE t (id integer PRIMARY KEY, up integer REFERENCES t, note text)'
run pgapply -j 4 -c copy < <(printf 'COPY t (id, up, note) FROM stdin;\n' &&
    awk 'BEGIN { for (i = 1; i <= 30000; i++) printf "%d\t%s\t%0100d\n", i, (i > 1 ? i - 1 : "\\N"), i }' && printf '\\.\n%s\n' "$end")
exits 'a table that refers to itself' 0
is 'all of it is there' "$(out)" $'30000\tt'
fresh copy
run pgapply -j 4 -c copy < <(printf 'BEGIN;\nCREATE TABLE t (id integer, note text);\nCOPY t FROM stdin;\n' &&
    seq -f '%.0f	0123456789012345678901234567890123456789' 50000 && printf '\\.\nCREATE INDEX i ON t (id);\nCOMMIT;\n%s\n' "$end")
exits 'a table that others do not see yet' 0
fresh copy
run pgapply -j 4 -c copy < <(printf 'CREATE TABLE t (id integer, note text);\nCOPY t FROM stdin WITH (FORMAT csv);\n' &&
    seq -f '%.0f,"a
b"' 50000 && printf '\\.\n%s\n' "$end")
exits 'rows of CSV' 0
is 'all of them' "$(out)" $'50000\tt'
fresh copy
run pgapply -j 2 -c copy < <(printf 'CREATE TABLE t (id integer, note text);\nCOPY t FROM stdin;\n' &&
    for n in 1 2 3; do printf '%d\t' "$n" && head -c 3M /dev/zero | tr '\0' x && printf '\n'; done && printf '\\.\n%s\n' "$end")
exits 'rows that are longer than a block' 0
is 'are whole' "$(q -d copy -c 'SELECT id, length(note) FROM t ORDER BY id' | xargs)" '1|3145728 2|3145728 3|3145728'

# ---- sessions that end
slow() { printf 'CREATE TABLE t (id integer, note text);\nSELECT pg_sleep(60);\n%s\n' "$end"; }
for signal in TERM:143 HUP:129; do
    fresh copy
    pgapply copy < <(slow) 2>err &
    await 10 eval '[ "$(sessions)" = 2 ] && q -d postgres -c "SELECT 1 FROM pg_stat_activity WHERE query ~ '"'^SELECT pg_sleep'"'" | grep 1'
    kill "-${signal%:*}" $!
    wait $!
    is "SIG${signal%:*}: status" $? "${signal#*:}"
    ok "SIG${signal%:*}: no session is left" await 5 no_session
done
mkfifo silent
for state in idle copying; do
    fresh copy
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
    is "$state, with a silent stdin, a session that was ended is noticed" $? 1
    matches "$state: and said" "$(cat err)" 'pgapply: .*(ended|terminat)'
done
# What the server says of data that stand still, at once and not with the next.
copying() { printf 'CREATE TABLE t (id integer, note text);\nCOPY t FROM stdin;\n1\ta\n'; }
for jobs in 1 2; do
    fresh copy
    pgapply -j "$jobs" copy <silent 2>err &
    { copying && printf '2\t\377' && head -c 1M /dev/zero | tr '\0' x && await 10 not kill -0 $!; } >silent
    wait $!
    is "-j $jobs, with a silent stdin, an error within a long row ends it" $? 1
    matches 'with the line of the row' "$(cat err)" '^pgapply: line 4 of the dump: COPY t FROM stdin: ERROR: invalid byte sequence'
    fresh copy
    pgapply -j "$jobs" copy <silent 2>err &
    { copying && printf 'x\ta\n' && seq -f '%.0f	0123456789012345678901234567890123456789' 40000 && await 10 not kill -0 $!; } >silent
    wait $!
    is "-j $jobs, with a silent stdin, an error in a row ends it" $? 1
    matches 'with the line of that row' "$(cat err)" '^pgapply: line 4 of the dump: COPY t FROM stdin: ERROR: invalid input syntax'
done
fresh copy
q -d copy -c 'CREATE TABLE t (id integer, note text)' \
    -c "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', NEW.id; RETURN NEW; END'" \
    -c 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()'
run pgapply -c copy < <(printf 'COPY t FROM stdin;\n' && for n in 1 2 3; do
    printf '%d\t' "$n" && head -c 2M /dev/zero | tr '\0' x && printf '\n' && seq -f '%.0f	x' 2000
done && printf '\\.\n%s\n' "$end")
exits 'notices between long rows are no errors' 0
is 'all rows are there' "$(out)" $'6003\tt'
ok 'at the end no session is left' await 5 no_session
done_testing
