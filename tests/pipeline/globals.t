#!/usr/bin/env bash
# restore.sh --globals: all that a backup of the globals says of roles that are
# missing, and nothing of others.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
export POSTGRES_DB=shop
globals() { pg_dumpall --globals-only | sed '/^\\\(un\)\{0,1\}restrict /d'; }
createdb shop
q -d postgres <<'SQL'
CREATE ROLE carol; CREATE ROLE stays; CREATE ROLE "we ""ird; x" LOGIN PASSWORD 'x''y;z';
COMMENT ON ROLE carol IS E'belongs to\n-- finance;\nGRANT postgres TO stays; it''s\\';
ALTER ROLE carol SET app.note TO E'x\n;y\\';
ALTER ROLE "we ""ird; x" SET search_path TO 'a b', "$user";
GRANT SET ON PARAMETER log_min_duration_statement TO carol WITH GRANT OPTION;
GRANT carol TO "we ""ird; x" WITH ADMIN OPTION;
GRANT carol TO stays;
COMMENT ON ROLE stays IS 'before';
SQL
globals >"$T/globals"
"$S/backup.sh" 2>"$T/err" || cat "$T/err"
q -d postgres <<'SQL'
REVOKE SET ON PARAMETER log_min_duration_statement FROM carol;
DROP ROLE carol, "we ""ird; x";
SQL
run "$S/restore.sh" --globals latest latest copy
is 'status' "$status" 0
ok 'all of them is back: comments, settings, rights, memberships' eval 'globals | diff "$T/globals" -'
q -d postgres -c "COMMENT ON ROLE stays IS 'after'" -c 'REVOKE carol FROM stays'
run "$S/restore.sh" --globals latest latest copy2
matches 'what is there is left alone' "$status $(q -d postgres -c "SELECT shobj_description('stays'::regrole, 'pg_authid'), pg_has_role('stays', 'carol', 'MEMBER')") $(cat "$T/err")" '^0 after\|f .*no role is missing'
s3get -q "$(s3ls | grep globals)" | gunzip | sed '/^CREATE ROLE stays;/i CREATE ROLE other;\nALTER ROLE other\n\\! touch "'"$T"'/run"\n;' | gzip | s3put -q bad/globals_000000.sql.gz
run "$S/restore.sh" --globals bad/globals_000000.sql.gz latest copy3
matches 'what is no statement is not run' "$status $(test -e "$T/run" || echo none) $(cat "$T/err")" '^1 none .*not a complete dump of globals'
ok 'nothing is left' nothing_left
done_testing
