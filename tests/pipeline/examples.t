#!/usr/bin/env bash
# Every example of the manuals, and every proof of the README, runs as it stands
# there, against a PostgreSQL and a store of its own: it must exit with 0, under
# -e and pipefail, and what it shows must come, in its order, whatever the numbers.
#
# What examples are about is made anew for each by `fresh`. What only looks like
# commands is told by its form: a line of a crontab is run in cron's
# environment, a setting of postgresql.conf as PostgreSQL has it run.
. "$(dirname "$0")/../lib/tap.sh"
command -v age-keygen >/dev/null || skip_all 'no age (apt-get install age)'
. "$TESTS/lib/store.sh"
store_start
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/scripts.sh"
. "$TESTS/lib/wal.sh"

# ---- what the examples name

export POSTGRES_DB=mydb
SEGMENT=000000010000000000000001
key=2026/11/22/mydb_120000.sql.gz
mkdir -p "$T/bin" "$T/etc/s3pipe" "$T/place/pg_wal" "$T/examples"
for script in "$S"/*.sh; do
    case $script in */lib.sh) ;; *) ln -s "$script" "$T/bin/s3pipe-$(basename "$script" .sh)" ;; esac
done
printf '#!/bin/sh\nexec cat\n' >"$T/bin/less"
# awscli of Debian 12 does not know AWS_ENDPOINT_URL.
printf '#!/bin/sh\nexec /usr/bin/aws --endpoint-url "$S3_ENDPOINT" "$@"\n' >"$T/bin/aws"
chmod +x "$T/bin/less" "$T/bin/aws"
PATH=$T/bin:$PATH

# A server that archives: a database, of which a table is lost after it was backed up.
archiving
small mydb
q -d postgres -c 'SELECT pg_switch_wal()' >/dev/null
q -d mydb -c 'CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 100) i'
gzstream pg_dump mydb >"$T/dump.gz"
run s3pipe-backup
is 'a backup goes before' "$status" 0
mapfile -t backups < <(s3ls)
for backup in "${backups[@]}"; do s3get -q "$backup" >"$T/${backup//\//-}"; done
q -d mydb -c 'DROP TABLE orders'
q -d postgres -c 'ALTER DATABASE mydb RENAME TO mydb_as_it_was'

# A directory: keys of age, segments of WAL, settings of two stores.
(
    cd "$T/place" && ln -s "$S" scripts && age-keygen -o backup.key 2>/dev/null && age-keygen -y backup.key >backup.pub
    cp backup.key age.key && cp backup.pub "$T/etc/" && cp backup.pub "$T/etc/s3pipe/age.pub"
    mkdir global && cp "$DATA/global/pg_control" global/ && cp "$DATA/pg_wal/$SEGMENT" pg_wal/
    env | grep ^S3_ >"$T/etc/s3pipe/wal.env"
    printf '%s\n' "$S3_SECRET_KEY" >"$T/etc/s3pipe.key"
    for variable in S3_ENDPOINT S3_BUCKET S3_ACCESS_KEY S3_REGION; do
        printf 'export %s=%q\n' "$variable" "${!variable}"
    done >"$T/etc/s3pipe.env"
    printf 'export S3_SECRET_KEY_FILE=%q\n' "$T/etc/s3pipe.key" >>"$T/etc/s3pipe.env"
    echo 'export S3_BUCKET=first' >old.env
    echo 'export S3_BUCKET=second' >new.env
)
aws_s3 mb s3://first >/dev/null
aws_s3 mb s3://second >/dev/null

# fresh: as it all was; the example may have changed it.
fresh() {
    local name bucket
    rm -rf "$T/work" && cp -r "$T/place" "$T/work"
    for name in $(databases); do
        case $name in postgres | mydb_as_it_was) ;; *) dropdb -f "$name" ;; esac
    done
    createdb -T mydb_as_it_was mydb
    for bucket in "$S3_BUCKET" first second; do s3ls -b "$bucket" -0 | s3rm -b "$bucket" -0 -q; done
    for name in "${backups[@]}"; do s3put "$name" <"$T/${name//\//-}"; done
    for name in 20/mydb_12 21/mydb_11 21/mydb_12 22/mydb_11 22/mydb_12; do s3put "2026/11/${name}0000.sql.gz" <"$T/dump.gz"; done
    gzstream <"$T/place/pg_wal/$SEGMENT" | s3put "$(system)/wal/$SEGMENT.gz"
    for name in "backups/$key" old/object; do s3put "$name" <"$T/dump.gz"; done
    for name in "backups/$key" KEY; do s3put -b first "$name" <"$T/dump.gz"; done
}
everything() { for bucket in "$S3_BUCKET" first second; do s3ls -b "$bucket" -l; done; }

# ---- the forms of examples

# Places that are not here.
here() { sed -e "s|/etc/|$T/etc/|g" -e "s|=spare |=$PGHOST |g" -e "s|/usr/local/bin/|$T/bin/|g" -e "s|7712777080964607739|$(system)|"; }
strict=(-e -o pipefail)
shell() { (cd "$T/work" && key=$key ok=$T/work/ok timeout 120 bash "${strict[@]}" "$@"); }

# cron: a line's command by sh, with next to nothing in the environment; \% is %.
cron() {
    sed -E 's/^([^ ]+ +){5}//; s/\\%/%/g' "$1" >"$T/command"
    shell -c 'while IFS= read -r line; do
        env -i S3PIPE_CONFIG=/dev/null HOME="$HOME" PATH="$PATH" TMPDIR="$TMPDIR" PGHOST="$PGHOST" PGUSER="$PGUSER" \
            POSTGRES_DB=mydb S3PIPE_STATE_DIR="$S3PIPE_STATE_DIR" sh -c "$line"
    done' <"$T/command"
}
# setting NAME FILE [PATH [SEGMENT]]: the command of that name of
# postgresql.conf, as PostgreSQL has it run.
setting() {
    local segment=${4:-$SEGMENT}
    tr '\n\t' '  ' <"$2" | grep -oE "\b$1 = '[^']*'" | sed "s/.*= '//; s/'\$//; s|%p|${3:-pg_wal/$segment}|g; s|%f|$segment|g" >"$T/command"
    (cd "$T/work" && sh -c "$(cat "$T/command")")
}
settings() {
    local name
    for name in $(grep -oE '^[a-z_]+ = ' "$1" | tr -d =); do setting "$name" "$1" || return; done
}
# A session: what follows a prompt and what that goes on with is typed, the rest
# is shown.
session() {
    local line command='' shown=''
    : >"$T/command"
    while IFS= read -r line; do
        case $line in
        '$ '*) command=${line#'$ '} ;;
        *) if [ -n "$command" ]; then command+=$'\n'$line; else shown+=$line$'\n' && continue; fi ;;
        esac
        if bash -n -c "$command" 2>/dev/null && [[ $command != *\\ ]]; then
            printf '%s\n' "$command" >>"$T/command"
            command=''
        fi
    done <"$1"
    shell "$T/command" >"$T/shown" 2>&1 || { cat "$T/shown" && return 1; }
    alike <"$T/shown" >"$T/got"
    printf '%s' "$shown" | alike | in_order || { cat "$T/shown" && return 1; }
}
# in_order: whether the lines of stdin are among those that came, in their order.
in_order() {
    local wanted line
    while IFS= read -r wanted; do
        [ "$wanted" != ... ] || continue
        line=
        while [ "$line" != "$wanted" ]; do
            IFS= read -r line <&3 || { echo "not shown: $wanted" && return 1; }
        done
    done 3<"$T/got"
}
# Numbers, times, sizes and names by chance are those of the day, but for a
# number that is all of a line.
alike() { sed -E '/^[0-9]+$/b; s/_[0-9a-f]{8}\b/_N/g; s/[0-9]+(\.[0-9]+)?([KMG]iB|[smhd]\b)?/N/g; s,-h [^ ]+,-h HOST,; s/ +/ /g; s/ $//'; }

example() { # FILE
    if grep -q '^\$ ' "$1"; then
        session "$1"
    elif grep -qE '^([0-9*/,-]+ ){5}' "$1"; then
        cron "$1"
    elif grep -qE "^[a-z_]+ = '" "$1"; then
        settings "$1"
    else
        shell "$1"
    fi
}

# ---- each

# The README's first screen: a backup, a cleanup, and one restored into a new database.
mapfile -t files < <(awk '/^## /{ exit } /^    /' "$ROOT/README.md" | sed 's/^    //; s/ *#.*//')
is 'the README begins with three lines' "${#files[@]}" 3
fresh
createdb mydb_new
for line in "${files[@]}"; do
    printf '%s\n' "$line" >"$T/line"
    ok "$line" shell "$T/line"
done
is 'the rows are in the new database' "$(fingerprint mydb_new)" "$(fingerprint mydb)"

for page in "$ROOT"/man/*.[0-9] "$ROOT/README.md"; do
    # A reader of the README has a shell as it comes.
    case $page in *.md) strict=() ;; esac
    name=$(basename "$page")
    mapfile -t files < <(awk -v to="$T/examples" -v page="$name" -f "$TESTS/lib/examples.awk" "$page")
    ok "$name has examples" test "${#files[@]}" -gt 0
    for file in "${files[@]}"; do
        here <"$file" >"$file.here"
        fresh
        ok "$name: $(head -n 1 "$file")" example "$file.here"
        is 'and leaves no upload' "$(s3ls -u)$(s3ls -b first -u)$(s3ls -b second -u)" ''
    done
done

# ---- the promise that they are for: by a shell that was told nothing, and with
# a pg_dump that dies half-way, none publishes anything
mkdir "$T/dying"
printf '#!/bin/sh\nexec 2>/dev/null\n%s "$@" | head -c 10000\nexit 1\n' "$(command -v pg_dump)" >"$T/dying/pg_dump"
chmod +x "$T/dying/pg_dump"
fresh
for file in $(grep -l s3put "$T"/examples/*[0-9].[0-9][0-9].here | xargs grep -l pg_dump); do
    everything >"$T/before"
    PATH=$T/dying:$PATH example "$file" >"$T/out" 2>&1
    is "$(basename "$file" .here), with half a dump: nothing is published" "$(everything)" "$(cat "$T/before")"
done

# ---- what s3pipe(7) says of the exit statuses of its commands for WAL
wal=$(grep -l archive_command "$T"/examples/s3pipe.7.*.here)
fresh
run setting archive_command "$wal"
exits 'a segment is archived' 0
run setting archive_command "$wal"
exits 'again: the same is there' 0 'the key exists'
printf x | dd of="$T/work/pg_wal/$SEGMENT" conv=notrunc status=none
run setting archive_command "$wal"
exits 'another of the same name is refused' 1 'the key exists'
run setting restore_command "$wal" pg_wal/RECOVERYXLOG
exits 'it is fetched' 0
ok 'as it was' cmp "$T/place/pg_wal/$SEGMENT" "$T/work/pg_wal/RECOVERYXLOG"
run setting restore_command "$wal" pg_wal/RECOVERYHISTORY 00000002.history
exits 'one that is not there is the end of the archive' 1 'NoSuchKey'
export S3_ENDPOINT=http://127.0.0.1:1 S3_RETRIES=1
run setting restore_command "$wal" pg_wal/RECOVERYXLOG
exits 'a store that cannot be reached ends recovery' 255 'connect'
run setting archive_command "$wal" "pg_wal/$SEGMENT"
exits 'and lets the archiver try again' 1 'connect'
done_testing
