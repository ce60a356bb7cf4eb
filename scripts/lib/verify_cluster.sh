# verify-backup.sh --cluster: the newest base backup and its WAL, recovered to the
# end of the archive by a server that nobody else can reach, read as a whole, and
# dropped.
# shellcheck shell=bash

. "$here/lib/wal_get.sh"
. "$here/lib/cluster.sh"

verify_cluster() {
    local start=$SECONDS mark
    scratch_directory
    need_store
    list_archive '' || die 'the listing failed'
    find_server
    recover_scratch
    start_scratch
    check_end
    read_all
    stop_scratch
    outcome="ok: the cluster $system is recovered to $reached, and $databases databases can be read, $((SECONDS - start)) s"
    log "$outcome"
    write_metrics "s3pipe_verify_cluster_failures_total{system=\"$system\"}" +0 \
        "s3pipe_verify_cluster_last_success_timestamp_seconds{system=\"$system\"}" "$(date +%s)"
}

# What --check does besides: whether there is something to recover, and a server.
check_cluster() {
    local parent mark version=''
    scratch_parent
    list_archive '' || die 'the listing failed'
    find_server
    [ -n "$version" ] || die 'there is no base backup that could be recovered'
    log "a verification would recover $mark in $parent, by the server of PostgreSQL $version"
}

# Sets parent.
scratch_parent() {
    parent=${VERIFY_DIRECTORY:-${TMPDIR:-/tmp}}
    [ -d "$parent" ] && [ -w "$parent" ] || die -2 "VERIFY_DIRECTORY: $parent cannot be written to"
}
# Sets scratch; root cannot run a server, so the directory's owner does.
scratch_directory() {
    local parent
    scratch_parent
    hold_signals
    scratch=$parent/s3pipe.cluster.$$
    mkdir -m 700 "$scratch" || die "$scratch cannot be made"
    at_exit 'drop_scratch_cluster'
    end_on_signals
    if [ "$(id -u)" = 0 ]; then
        [ "$(stat -c %u "$parent")" != 0 ] ||
            die -2 "run this as the server's user, or let VERIFY_DIRECTORY name a directory that belongs to it"
        chown --reference="$parent" "$scratch"
        as_owner=(setpriv --reuid "$(stat -c %u "$scratch")" --regid "$(stat -c %g "$scratch")" --clear-groups --)
    fi
}
drop_scratch_cluster() {
    [ -z "$server" ] || stop_scratch || true
    rm -rf "$scratch"
}
server='' as_owner=()

# Looked for before anything is fetched: to recover takes less than a server.
find_server() {
    cluster_pl choose "$work/archive" latest '' '' '' >"$work/choice" 2>/dev/null || return 0 # recover.sh says why
    IFS=$'\t' read -r _ _ _ mark <"$work/choice"
    find_programs "$mark"
    [ -x "$programs/postgres" ] ||
        die "there is no server of PostgreSQL $version on this host: take the package postgresql-$version, or in the stack the service recover (s3pipe-verify-backup(1))"
}
recover_scratch() {
    with_store command "$here/recover.sh" --latest --tablespaces "$scratch/spaces" "$scratch/data" 2>"$work/recover" || {
        mv "$work/recover" "$work/said"
        log_stderr 1
        die 'FAILED: the cluster cannot be recovered'
    }
    system=$(sed -nE 's/.*recovering ([0-9]+) from .*/\1/p' "$work/recover" | head -n 1)
}
start_scratch() {
    printf 'local all all trust\n' >"$scratch/hba"
    chmod 644 "$scratch/hba"
    [ "$(id -u)" != 0 ] || chown --reference="$scratch" "$scratch/hba"
    "${as_owner[@]}" "$programs/postgres" -D "$scratch/data" -c listen_addresses= -c "unix_socket_directories=$scratch" \
        -c "hba_file=$scratch/hba" -c archive_mode=off -c max_logical_replication_workers=0 >"$work/server" 2>&1 </dev/null &
    server=$!
    until in_scratch 'SELECT 1' >/dev/null 2>&1; do
        kill -0 "$server" 2>/dev/null || {
            { { grep ' fetch-wal\.sh: ' "$work/server" || true; } | tail -n 1 && tail -n 5 "$work/server"; } >"$work/said"
            log_stderr 1
            die 'FAILED: the server did not recover'
        }
        await sleep 0.5
    done
}
stop_scratch() {
    kill -INT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=''
}
in_scratch() { # SQL
    PGHOST=$scratch PGPORT='' psql -X -w -A -t -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres -c "$1"
}

# Whether recovery came as far as the list promises: the new timeline begins there.
# The segment is that of the byte before: at a boundary the server's answer changed
# with 17.
check_end() {
    local promised last
    promised=$(cluster_pl newest "$work/archive" "$system") || die 'FAILED: the list promises nothing'
    last=$(grep -hE '^[0-9]' "$scratch"/data/pg_wal/*.history | sort -n | tail -n 1)
    reached=$(cut -f 2 <<<"$last")
    [[ $(in_scratch "SELECT substr(pg_walfile_name('$reached'::pg_lsn - 1), 9)") < ${promised:8} ]] || return 0
    die "FAILED: recovery ended at $reached, before $promised, which is in the store"
}
# pg_dumpall reads each row of each table.
read_all() {
    databases=$(in_scratch 'SELECT count(*) FROM pg_database WHERE datallowconn')
    PGHOST=$scratch PGPORT='' await "$programs/pg_dumpall" -w -U "${POSTGRES_USER:-postgres}" >/dev/null ||
        die 'FAILED: the recovered cluster cannot be read'
}
