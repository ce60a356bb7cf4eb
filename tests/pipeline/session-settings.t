#!/usr/bin/env bash
# Settings of a role or a database that give text another meaning: a backup, its
# restore and its proof are the same as without them.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
s3server_start
name='mü"x'
export POSTGRES_DB=$name
# Whatever the role has.
plain='-c standard_conforming_strings=on -c client_encoding=UTF8 -c quote_all_identifiers=off -c search_path=public
    -c array_nulls=on -c transform_null_equals=off -c datestyle=ISO -c timezone=UTC -c session_replication_role=origin'
admin() { PGOPTIONS=${plain//$'\n'/} q -d postgres "$@"; }
admin -c 'CREATE DATABASE "mü""x"'
PGOPTIONS=${plain//$'\n'/} q -d "$name" <<'SQL' >/dev/null
CREATE SCHEMA "sché""ma";
CREATE TABLE "sché""ma"."t\x" (i int PRIMARY KEY, a text[], d timestamptz, iv interval, b bytea, f float8, x xml, "ü'n" text DEFAULT 'de\fault' CHECK ("ü'n" <> 'no\pe'));
INSERT INTO "sché""ma"."t\x" VALUES (1, '{NULL,"NULL",a}', '2026-03-04 05:06:07.123+05', '-1 year 2 days -03:04:05', '\x00ff5c27', 0.3, '<a/>', E'it''s \\ a\ttab'),
    (2, NULL, 'infinity', '1 mon', '', 'NaN', NULL, '\N'), (3, NULL, NULL, NULL, NULL, NULL, NULL, '10 €');
CREATE VIEW "sché""ma".v AS SELECT "ü'n" = NULL AS isn, 'a\b' AS bs, interval '1 day -2:00' AS iv FROM "sché""ma"."t\x";
CREATE FUNCTION "sché""ma".f(text DEFAULT 'x\y') RETURNS text LANGUAGE sql AS $$ SELECT 'a\' || $1 $$;
COMMENT ON TABLE "sché""ma"."t\x" IS 'back\slash ''quote'' ünï';
CREATE SEQUENCE "sché""ma"."s\q'";
SELECT setval('"sché""ma"."s\q''"', 42);
SQL
admin -c "COMMENT ON DATABASE \"mü\"\"x\" IS 'com\\ment ''ü'''"
content() { PGOPTIONS=${plain//$'\n'/} plain_dump "$name"; }
before=$(content)

settings=(standard_conforming_strings=off client_encoding=LATIN1 array_nulls=off transform_null_equals=on
    quote_all_identifiers=on intervalstyle=sql_standard "datestyle='SQL, DMY'" 'search_path="sché""ma", public, pg_catalog'
    session_replication_role=replica)
for where in 'ROLE postgres' 'DATABASE "mü""x"'; do
    for setting in "${settings[@]}"; do admin -c "ALTER $where SET $setting"; done
    run "$S/backup.sh"
    is "of a ${where%% *}: backup.sh" "$status" 0
    run "$S/restore.sh" latest "$name"
    is "of a ${where%% *}: restore.sh, in its place" "$status" 0
    run "$S/verify-backup.sh"
    is "of a ${where%% *}: verify-backup.sh" "$status" 0
    admin -c "ALTER $where RESET ALL"
    is "of a ${where%% *}: all is as it was" "$(content)" "$before"
done
ok 'nothing is left' nothing_left
done_testing
