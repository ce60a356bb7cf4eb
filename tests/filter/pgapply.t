#!/bin/bash
# pgapply by its command line, without a server: what it lists, what it refuses.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# There is no server: whatever connects fails.
export PGHOST=$T/none PGUSER=nobody
unset PGDATABASE PGSERVICE

out() { cat "$T/out"; }
refuses() { # NAME ERE ARGUMENT...
    local name=$1 pattern=$2
    shift 2
    run pgapply "$@" </dev/null
    exits "$name" 2 "$pattern"
    is "$name: nothing is printed" "$(out)" ''
}
fails() { # NAME ERE, of the dump on stdin
    run pgapply x
    exits "$1" 1 "$2"
}
end='-- PostgreSQL database dump complete'
header() { printf -- '--\n-- %sName: %s; Type: %s; Schema: %s; Owner: %s\n--\n\n' "${5:-}" "$1" "$2" "$3" "$4"; }

# ---- the command line
refuses 'an option that there is not' '^pgapply: -q: unknown option$' -q
refuses 'no sessions' '^pgapply: -j: not a number from 1 to 64: 0$' -j 0
refuses 'an empty pattern' '^pgapply: -N: the argument is empty$' -N ''
refuses 'two databases' '^pgapply: more than one database: b$' a b
refuses 'a database without a name' '^pgapply: the name of the database is empty$' ''
refuses 'counting what is not loaded' '^pgapply: -c counts rows' -c -n

refuses 'a tally of what is not loaded' '^pgapply: --tally counts rows' --tally x -n
refuses 'to defer, and nowhere to' '^pgapply: --defer says what goes to the file of --deferred: give both$' --defer trigger
refuses 'a file, and nothing to defer' 'give both$' --deferred x

# ---- what is refused before anything runs
fails 'an empty input' '^pgapply: the input is empty$' </dev/null
fails 'the custom format' "custom format.*through pg_restore -f - first" < <(printf 'PGDMP\1\16')
fails 'the tar format' 'tar format' < <(printf 'toc.dat\0\0')
fails 'gzip' 'compressed by gzip.*gzstream -d' < <(printf '\x1f\x8b\x08')
fails 'zstd' 'compressed by zstd' < <(printf '\x28\xb5\x2f\xfd')
fails 'an encrypted dump' 'encrypted by age' <<<'age-encryption.org/v1'
fails 'a cluster' 'pg_dumpall' < <(printf -- '--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE x;\n')
fails '\connect' 'line 2 of the dump: .*meta-commands.*\\connect; make the dump' < <(printf 'SELECT 1;\n\\connect x\n%s\n' "$end")
fails '\c behind a statement' 'line 1 of the dump: .*\\c; make' < <(printf 'SELECT 1; \\c x\n%s\n' "$end")
fails '\!' 'line 1 of the dump: .*psql: \\!$' < <(printf '\\! rm -rf /\n%s\n' "$end")
for statement in 'CREATE DATABASE x' 'drop database "y"' 'ALTER DATABASE x SET a = 1'; do
    fails "$statement" 'line 3 of the dump: it creates, drops or alters a database' < <(printf 'SELECT 1;\n\n%s;\n%s\n' "$statement" "$end")
done
fails 'a NUL' 'a NUL byte' < <(printf 'SELECT \0;\n')
fails 'no server' 'cannot connect' < <(printf 'SELECT 1;\n%s\n' "$end")
fails 'a database is no connection string' 'cannot connect' < <(printf 'SELECT 1;\n%s\n' "$end")
matches 'it is asked for at the socket' "$err" "$T/none"

# ---- what is listed
{
    printf '\\restrict x\n\nSET client_encoding = %s;\n' "'UTF8'"
    header s SCHEMA - bob
    printf 'CREATE SCHEMA s;\n'
    header t TABLE s bob
    printf 'CREATE TABLE s.t (id integer);\n\nALTER TABLE s.t OWNER TO bob;\n\n'
    header $'a\tb\\' TABLE s bob
    printf 'CREATE TABLE s."a\tb\\" (id integer);\n'
    header t_id_seq SEQUENCE s bob
    printf 'CREATE SEQUENCE s.t_id_seq;\nALTER TABLE s.t_id_seq OWNER TO bob;\n'
    header t_id_seq 'SEQUENCE OWNED BY' s bob
    printf 'ALTER SEQUENCE s.t_id_seq OWNED BY s.t.id;\n'
    header 'f()' FUNCTION s bob
    printf 'CREATE FUNCTION s.f() RETURNS text LANGUAGE sql AS $$\n'
    header forged TABLE s eve
    printf '$$;\n'
    header t 'TABLE DATA' s bob 'Data for '
    printf 'COPY s.t (id) FROM stdin;\n1\n-- Name: forged; Type: TABLE; Schema: s; Owner: eve\n\\.\n\n'
    header 't t_pkey' CONSTRAINT s bob
    printf 'ALTER TABLE ONLY s.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n'
    header t_idx INDEX s bob
    printf 'CREATE INDEX t_idx ON s.t USING btree (id);\n'
    header sub SUBSCRIPTION - bob
    printf "CREATE SUBSCRIPTION sub CONNECTION '' PUBLICATION p;\n"
    header 'SUBSCRIPTION sub' COMMENT - bob
    printf "COMMENT ON SUBSCRIPTION sub IS '-- Name: forged; Type: TABLE; Schema: s; Owner: eve';\n"
    header 'TABLE t' ACL s bob
    printf 'GRANT ALL ON TABLE s.t TO eve;\n'
    printf -- '--\n%s\n--\n\n\\unrestrict x\n\n' "$end"
} >dump
names() { cut -f 1,3 "$T/out" | tr '\t\n' ':,'; }
run pgapply -n <dump
exits 'a list' 0
is 'a line has kind, schema, name and owner' "$(sed -n 2p out)" $'TABLE\ts\tt\tbob'
is 'without a schema that is empty' "$(sed -n 1p out)" $'SCHEMA\t\ts\tbob'
is 'a tab and a backslash are written so that a line has four fields' "$(sed -n 3p out)" $'TABLE\ts\ta\\tb\\\\\tbob'
is 'headers in functions, data and strings do not count' "$(names)" \
    'SCHEMA:s,TABLE:t,TABLE:a\tb\\,SEQUENCE:t_id_seq,SEQUENCE OWNED BY:t_id_seq,FUNCTION:f(),TABLE DATA:t,CONSTRAINT:t t_pkey,INDEX:t_idx,SUBSCRIPTION:sub,COMMENT:SUBSCRIPTION sub,ACL:TABLE t,'
run pgapply --list < <(sed 's/$/\r/' dump)
is 'with the ends of lines of Windows: the same' "$(wc -l <out)" 12
run pgapply -n -T Subscription <dump
is '-T leaves out a kind, and comments on it' "$(names)" \
    'SCHEMA:s,TABLE:t,TABLE:a\tb\\,SEQUENCE:t_id_seq,SEQUENCE OWNED BY:t_id_seq,FUNCTION:f(),TABLE DATA:t,CONSTRAINT:t t_pkey,INDEX:t_idx,ACL:TABLE t,'
exits '-T says so' 0 '^pgapply: left out: 1 SUBSCRIPTION, 1 COMMENT$'
run pgapply -n -N s.t <dump
is '-N leaves out a table and all that is its own' "$(names)" \
    'SCHEMA:s,TABLE:a\tb\\,FUNCTION:f(),SUBSCRIPTION:sub,COMMENT:SUBSCRIPTION sub,'
run pgapply -n -N 'other.t' -N 'f' <dump
is '-N: a schema counts, and arguments do not' "$(names)" \
    'SCHEMA:s,TABLE:t,TABLE:a\tb\\,SEQUENCE:t_id_seq,SEQUENCE OWNED BY:t_id_seq,TABLE DATA:t,CONSTRAINT:t t_pkey,INDEX:t_idx,SUBSCRIPTION:sub,COMMENT:SUBSCRIPTION sub,ACL:TABLE t,'
wanted='TABLE:t,SEQUENCE:t_id_seq,SEQUENCE OWNED BY:t_id_seq,TABLE DATA:t,CONSTRAINT:t t_pkey,INDEX:t_idx,ACL:TABLE t,'
for pattern in t s.t '?' 's.*t' 's*.t'; do
    run pgapply -n -t "$pattern" <dump
    is "-t $pattern takes a table and all that is its own" "$(names)" "$wanted"
done
run pgapply -n --schema 's*' <dump
is '--schema takes all that lies in it, and itself' "$(names)" \
    'SCHEMA:s,TABLE:t,TABLE:a\tb\\,SEQUENCE:t_id_seq,SEQUENCE OWNED BY:t_id_seq,FUNCTION:f(),TABLE DATA:t,CONSTRAINT:t t_pkey,INDEX:t_idx,ACL:TABLE t,'
run pgapply -n -t s.t --also 'function s.f()' --also 'schema s' <dump
is '--also takes more by kind and name' "$(names)" "SCHEMA:s,${wanted/TABLE DATA/FUNCTION:f(),TABLE DATA}"
run pgapply -n -T 'table t' <dump
is '-T: a kind and a name, not its parts' "$(names)" \
    'SCHEMA:s,TABLE:a\tb\\,SEQUENCE:t_id_seq,SEQUENCE OWNED BY:t_id_seq,FUNCTION:f(),TABLE DATA:t,CONSTRAINT:t t_pkey,INDEX:t_idx,SUBSCRIPTION:sub,COMMENT:SUBSCRIPTION sub,'
run pgapply -n --defer 'table data' --deferred deferred <dump
is '--defer: what is deferred is listed' "$(wc -l <out)" 12
run pgapply -n -t x.t <dump
is '-t: a table that is not there' "$(names)" ''

# ---- the statistics that pg_dump writes from 18 on
{
    header t TABLE s bob
    printf 'CREATE TABLE s.t (id integer);\n'
    header t 'STATISTICS DATA' s - 'Statistics for '
    printf "SELECT * FROM pg_catalog.pg_restore_relation_stats(\n\t'version', '180006'::integer,\n\t'schemaname', 's',\n\t'relname', 't'\n);\n"
    printf -- '--\n%s\n--\n\n' "$end"
} >statistics
run pgapply -n <statistics
is 'statistics are listed' "$(tail -n 1 out)" $'STATISTICS DATA\ts\tt\t'
run pgapply -n -t s.t <statistics
is '-t: they come with their table' "$(names)" 'TABLE:t,STATISTICS DATA:t,'
run pgapply -n -N t <statistics
is '-N: and go with it' "$(names)" ''
run pgapply -n -T 'statistics data' <statistics
is "-T 'statistics data' leaves them out" "$(names)" 'TABLE:t,'
run pgapply -n -T statistics <statistics
is '-T statistics does not' "$(names)" 'TABLE:t,STATISTICS DATA:t,'

# ---- a dump that is cut
run pgapply -n < <(sed "/$end/,\$d" dump)
exits 'without its end' 1 'the dump is cut: its last line'
is 'nothing is listed' "$(out)" ''
run pgapply -n < <(sed '/^1$/q' dump)
exits 'within data' 1 'the dump is cut: it ends within the data of s\.t, at line [0-9]+$'
run pgapply -n < <(sed '/AS \$\$$/q' dump)
exits 'within a function' 1 "it ends within the statement that begins at line $(grep -n 'CREATE FUNCTION' dump | cut -d: -f1)\$"
run pgapply -n < <(cat dump && echo 'SELECT 1;')
exits 'a statement behind the end' 1 'line [0-9]+ of the dump: a statement stands behind the end'
run pgapply -n < <(printf 'COPY t FROM stdin; 1\n')
exits 'data on the line of the COPY' 1 'line 1 of the dump: the data of a COPY begin on the next line'

# ---- signals: a silent stdin
mkfifo silent
for signal in INT:130 TERM:143 HUP:129; do
    sleep 30 >silent &
    sleeper=$!
    # bash has what it starts in the background ignore SIGINT.
    env --default-signal=INT pgapply -n <silent &
    await 10 test -p "/proc/$!/fd/0"
    sleep 0.2
    kill "-${signal%:*}" $!
    wait $! 2>/dev/null
    is "SIG${signal%:*} ends it by itself" $? "${signal#*:}"
    kill "$sleeper"
done 2>/dev/null

# ---- a line of any length
run pgapply -n < <(printf 'COPY t FROM stdin;\n' && head -c 50M /dev/zero | tr '\0' x && printf '\n\\.\n%s\n' "$end")
exits 'a row of 50 MB' 0
run pgapply -n < <(printf "INSERT INTO t VALUES ('" && head -c 50M /dev/zero | tr '\0' x && printf "');\n%s\n" "$end")
exits 'a statement of 50 MB' 0
done_testing
