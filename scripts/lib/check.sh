# Looking at the server, the store and this machine before anything is done: what
# --check does, and what a run does first so that a failure is told once and early.
# shellcheck shell=bash

# Not as patient as a transfer is: where nothing answers that is known in seconds.
impatient() { # COMMAND...
    local -x S3_RETRIES=${S3_RETRIES:-} S3_CONNECT_TIMEOUT=${S3_CONNECT_TIMEOUT:-}
    [[ $S3_RETRIES =~ ^[1-4]$ ]] || S3_RETRIES=5
    [[ $S3_CONNECT_TIMEOUT =~ ^[1-4]$ ]] || S3_CONNECT_TIMEOUT=5
    "$@"
}
# need_store: whether the store answers, and takes our credentials, before anything
# that would wait for it with all patience.
need_store() {
    impatient await s3ls -0 "${S3_PREFIX}s3pipe-check-" >"$work/look" ||
        die "the store cannot be used: nothing is done${S3_ENDPOINT:+; S3_ENDPOINT is $S3_ENDPOINT}"
}

# check_each WHAT...: runs check_WHAT for each, all of them whatever fails.
check_each() {
    local what failed=0 all=$#
    for what; do
        (workers 1 "check_$what") || failed=$((failed + 1))
    done
    [ "$failed" = 0 ] || die "FAILED: $failed of $all checks"
}

# check_store: what probe_store does; where the object stayed no further one is put.
check_store() {
    local where stays=$S3PIPE_STATE_DIR/check-stays
    where="bucket ${S3_BUCKET:-}${S3_ENDPOINT:+ at $S3_ENDPOINT}"
    if grep -qsxF -e "$where" "$stays"; then
        impatient await s3ls -0 "${S3_PREFIX}s3pipe-check-" >"$work/look" || die 'the store: the bucket cannot be listed'
        log "the store: $where can be listed; no key is put, as it could not be deleted"
        return
    fi
    if probe_store; then
        log "the store: $where can be written, listed and deleted from"
    else
        printf '%s\n' "$where" >>"$stays"
    fi
}
# probe_store: one small object of our own is put, listed and deleted. It fails
# where all but the last is allowed.
probe_store() {
    local key
    key=${S3_PREFIX}s3pipe-check-$(date -u +%Y%m%d%H%M%S)-$(od -An -N6 -tx1 /dev/urandom | tr -d ' ')
    impatient await s3put -q -n "$key" <<<'to see whether this can be written; it may be deleted' || die 'S3 cannot be written to'
    impatient await s3ls -0 "$key" >"$work/look" && [ -s "$work/look" ] || die "the store: $key was put, but cannot be listed"
    # A key that may not delete is a good one to have.
    impatient await s3rm -q "$key" || {
        warn "S3 does not delete; $key stays there"
        return 1
    }
}

# check_list: a restore only reads.
check_list() {
    need_store
    log "the store: bucket ${S3_BUCKET:-}${S3_ENDPOINT:+ at $S3_ENDPOINT} can be listed"
}

# check_filter: what BACKUP_FILTER makes of a few bytes, and RESTORE_FILTER again.
check_filter() {
    [ -n "${BACKUP_FILTER:-}" ] || return 0
    date >"$work/plain"
    await filtered "$BACKUP_FILTER" plain filtered && [ -s "$work/filtered" ] ||
        die "BACKUP_FILTER fails, or writes nothing: ${BACKUP_FILTER%% *}"
    if [ -z "${RESTORE_FILTER:-}" ]; then
        log "the filter: ${BACKUP_FILTER%% *} writes to *$BACKUP_FILTER_SUFFIX; RESTORE_FILTER is not set here"
        return
    fi
    await filtered "$RESTORE_FILTER" filtered again && cmp -s "$work/plain" "$work/again" ||
        die 'RESTORE_FILTER does not give back what BACKUP_FILTER has made'
    log "the filter: ${BACKUP_FILTER%% *} writes to *$BACKUP_FILTER_SUFFIX, and RESTORE_FILTER reads it"
}
filtered() { # COMMAND FROM TO
    run_user_command "$1" <"$work/$2" >"$work/$3"
}

check_room() {
    room S3PIPE_STATE_DIR "$S3PIPE_STATE_DIR"
    room TMPDIR "${TMPDIR:-/tmp}"
}
room() { # NAME DIRECTORY
    local free
    free=$(df --output=avail -B1 "$2" | tail -n 1) || die "$1: $2 has no room that can be measured"
    [ "$free" -ge 16777216 ] || die "$1: $2 has only $(human "$free") free: 16 MiB are needed"
    log "$1: $2 can be written to, $(human "$free") are free"
}

# check_creates: whether the role may make the database that a restore begins with.
check_creates() {
    local may
    may=$(sql "$maintenance" <<<'SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user') ||
        die 'the server could not be asked for the rights of the role'
    [ "$may" = t ] || die "${PGUSER:-this role} may not create databases: ALTER ROLE ${PGUSER:-...} CREATEDB"
    log "the server at ${PGHOST:-the local socket}:${PGPORT:-5432}, version $server_major, lets ${PGUSER:-this role} create databases"
}

# check_rights DATABASE: whether the role may read all that a dump of it reads.
check_rights() {
    local lacking
    sql "$1" -f "$here/lib/rights.sql" >"$work/lacking" || die "$1 cannot be connected to"
    [ -s "$work/lacking" ] || return 0
    lacking=$(head -n 3 "$work/lacking" | paste -sd ';' | sed 's/;/; /g')
    error "$1: ${PGUSER:-this role} may not read all of it: $lacking"
    return 1
}
