#!/usr/bin/env bash
# Backs databases up to S3: backup.sh
#
# Each database of BACKUP_DATABASES (names by comma, or "*" for all; default
# POSTGRES_DB) goes to S3_PREFIX + YYYY/MM/DD/NAME_HHMMSS.sql.gz, UTC. An
# object is published only if pg_dump and gzstream have ended well; then it is
# looked for in the store. A database that fails does not stop the others.
#
# Environment: POSTGRES_HOST _PORT _USER _PASSWORD[_FILE] _DB, libpq's own,
# S3_* (s3pipe(7)), S3_PREFIX, BACKUP_DATABASES, PG_DUMP_OPTIONS,
# GZSTREAM_OPTIONS, S3PUT_OPTIONS.
# Exit status: 0 all are backed up; 1 one failed; 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

# The databases to back up, one a line, NUL-terminated.
databases() {
    if [ "$BACKUP_DATABASES" = '*' ]; then
        sql "${POSTGRES_DB:-postgres}" -0 <<'SQL'
SELECT datname FROM pg_database
 WHERE datallowconn AND NOT datistemplate
   AND datname !~ '^s3pipe_(new|old)_'
 ORDER BY datname
SQL
    else
        printf '%s,' "$BACKUP_DATABASES" | tr ',' '\0' | sed -z 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d'
    fi
}

# dump KEY DATABASE
dump() {
    local put=() gz=() pg=()
    read -ra put <<<"${S3PUT_OPTIONS:-}"
    read -ra gz <<<"${GZSTREAM_OPTIONS:-}"
    read -ra pg <<<"${PG_DUMP_OPTIONS:-}"
    PGDATABASE=$2 exec s3put -q "${put[@]}" "$1" gzstream "${gz[@]}" pg_dump "${pg[@]}"
}

# Prints the size that the store has for the key; fails if it has none.
confirm() {
    local size time key
    s3ls -l "$1" >"$work/found" || return 1
    while IFS=$'\t' read -r size time key; do
        if [ "$key" = "$1" ]; then
            printf '%s %s\n' "$size" "$time"
            return
        fi
    done <"$work/found"
    return 1
}

backup() { # DATABASE
    local name key start=$SECONDS found
    name=$(encode_name "$1")
    key=$S3_PREFIX$stamp_day/${name}_$stamp_time$SUFFIX
    if ! await dump "$key" "$1"; then
        log "FAILED $1: nothing was published"
        return 1
    fi
    if ! found=$(confirm "$key"); then
        log "FAILED $1: $key was written, but is not listed"
        return 1
    fi
    log "ok $1: $key, ${found%% *} bytes, $((SECONDS - start)) s"
}

case ${1:-} in
-h | --help) usage && exit 0 ;;
?*) die -2 "no operand is taken: $1" ;;
esac
postgres_settings
key_settings
: "${BACKUP_DATABASES:=$POSTGRES_DB}"
[ -n "$BACKUP_DATABASES" ] || die -2 'no database: set POSTGRES_DB or BACKUP_DATABASES'
begin
stamp=$(date -u +%Y/%m/%d\ %H%M%S) # one reading of the clock
stamp_day=${stamp% *} stamp_time=${stamp#* }

databases >"$work/databases" || die 'the databases cannot be listed'
done=0 failed=0
while IFS= read -r -d '' database; do
    if backup "$database"; then done=$((done + 1)); else failed=$((failed + 1)); fi
done <"$work/databases"
[ $((done + failed)) -gt 0 ] || die 'there is no database to back up'
[ "$failed" = 0 ] || die "$failed of $((done + failed)) databases failed"
