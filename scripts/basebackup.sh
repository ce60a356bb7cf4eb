#!/usr/bin/env bash
# Takes a base backup of a whole cluster to S3: basebackup.sh [--check] [--wait SECONDS]
#
# What pg_basebackup writes (pgbase, where there are tablespaces) goes to S3_PREFIX +
# SYSTEM/base/YYYY/MM/DD/cluster_HHMMSS.tar.gz. It counts once its mark is there, an
# object of that name that ends in .FROM.TO, places in the WAL. The mark is written
# when the base backup's manifest was seen to its end and all WAL between the two is
# in the store, brought there by archive-wal.sh or receive-wal.sh.
#
#   --check          look whether all is ready, and tell what would be done
#   --check-settings only see whether the settings are right; nobody is asked
#   --config FILE    read settings from it, not from /etc/s3pipe/env
#   --wait SECONDS   wait so long for a lock that another run has
#
# Environment: s3pipe-basebackup(1).
# Exit status: 0 it is there, and counts; 1 it failed; 2 wrong settings; 75
# another run is at it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/publish.sh"
. "$here/lib/check.sh"
. "$here/lib/wal_get.sh"
. "$here/lib/cluster.sh"

# ---- the server

# What would fail after hours is found out before anything is uploaded.
check_server() {
    local major
    spaces=$(sql "$maintenance" <<<"SELECT count(*) FROM pg_tablespace WHERE spcname !~ '^pg_'") || die 'the tablespaces cannot be listed'
    [ "$spaces" = 0 ] || [ "$server_major" -ge 15 ] ||
        die "the cluster has tablespaces, and its server is of version $server_major: base backups of those are made from 15 on"
    major=$(program_major pg_basebackup)
    [ "$major" != 0 ] || die "there is no pg_basebackup: take the image or package of $server_major (postgresql-client-$server_major)"
    [ "$major" -ge "$server_major" ] || die "pg_basebackup is of version $major, the server of $server_major: take that of $server_major or newer"
    await identify_server || die 'the server takes no connection for replication: the role needs REPLICATION, and pg_hba.conf a line for the database replication'
    IFS=' ' read -r system segment version <"$work/server"
}
identify_server() {
    # shellcheck disable=SC2034 # identify sets it
    local system position segment
    identify || return 1
    segment=$(sql "$maintenance" <<<"SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'") || return 1
    printf '%s %s %s\n' "$system" "$segment" "$(sql "$maintenance" <<<'SHOW server_version')" >"$work/server"
}

check_cluster() {
    connect ''
    check_server
    log "the server at ${PGHOST:-the local socket}:${PGPORT:-5432}, version $version, takes connections for replication"
    log "a base backup would be made as ${S3_PREFIX}$system/base/$(date -u +%Y/%m/%d)/cluster_HHMMSS.tar.gz$BACKUP_FILTER_SUFFIX"
}

# ---- the base backup

take() {
    # Where nothing is archived by the server it says that WAL is not its business.
    local -x PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
    local label="s3pipe $stamp_day $stamp_time"
    # pg_basebackup writes no tablespaces to stdout.
    [ "$spaces" = 0 ] || exec pgbase -l "$label" -t "$work/spaces"
    exec pg_basebackup -w -D - -F tar -X none -c fast -l "$label"
}
# The end of the tar is the end of the manifest, and that has the WAL that the
# base backup needs: $work/ranges gets timeline, from, to, in hexadecimal digits.
ended() {
    perl -e '
        undef $/;
        my $tail = <STDIN>;
        $tail =~ /"WAL-Ranges": \[\s*(.*?)\s*\],\s*"Manifest-Checksum": "[0-9a-f]{64}"\}\n\0{1024,}\z/s or exit 1;
        my $ranges = $1;
        while ($ranges =~ m{"Timeline": (\d+), "Start-LSN": "([0-9A-F]+)/([0-9A-F]+)", "End-LSN": "([0-9A-F]+)/([0-9A-F]+)"}g) {
            printf "%08X %08X%08X %08X%08X\n", $1, hex $2, hex $3, hex $4, hex $5;
        }' <"$work/tail" | sort >"$work/ranges"
    [ -s "$work/ranges" ] || {
        echo 'the end of the manifest is missing' >&2
        return 1
    }
}

# ---- the WAL that it needs

# wal_is_there: whether the store has all of $work/needed; else sets missing to
# the first segment that it lacks.
wal_is_there() {
    local first timeline
    first=$(head -n 1 "$work/needed")
    while read -r timeline; do
        await s3ls -0 -a "$wal/$timeline${first:8}" "$wal/$timeline" || return 1
    done < <(cut -c -8 "$work/needed" | sort -u) >"$work/wal.keys"
    missing=$(tr '\0' '\n' <"$work/wal.keys" | sed -n "s|^.*/\([0-9A-F]\{24\}\)\.gz.*|\1|p" | sort | comm -23 "$work/needed" - | head -n 1)
    [ -z "$missing" ]
}
await_wal() {
    local end=$((SECONDS + BASEBACKUP_WAL_TIMEOUT)) told='' missing=''
    cluster_pl wal "$segment" <"$work/ranges" >"$work/needed"
    until wal_is_there; do
        [ "$SECONDS" -lt "$end" ] || {
            reason="WAL is missing in the store, from ${missing:-its first segment} on: is it archived?"
            return 1
        }
        [ -n "$told" ] || log "waiting for WAL, up to $BASEBACKUP_WAL_TIMEOUT s: $missing"
        told=1
        await sleep 1
    done
}

# The mark's name says what the base backup needs, and its content the rest.
write_mark() {
    local from to
    from=$(head -n 1 "$work/ranges") to=$(tail -n 1 "$work/ranges")
    mark=${key%.tar.gz*}.$(cut -c -8 <<<"$from")$(cut -d ' ' -f 2 <<<"$from").$(cut -c -8 <<<"$to")$(cut -d ' ' -f 3 <<<"$to")
    printf '{"base": %s, "started": "%s", "ended": "%s", "bytes": %s, "segment": %s, "server": %s, "tablespaces": {%s}}\n' \
        "$(json_string "${key#"$S3_PREFIX"}")" "$started" "$ended" "$bytes" "$segment" "$(json_string "$version")" \
        "$(list_spaces)" >"$work/mark"
    await s3put -q -n "$mark" <"$work/mark"
}

# Where each tablespace was: OID and location, as members of a JSON object.
list_spaces() {
    local oid location comma=''
    [ -e "$work/spaces" ] || return 0
    while IFS=$'\t' read -r -d '' oid location; do
        printf '%s"%s": %s' "$comma" "$oid" "$(json_string "$location")"
        comma=', '
    done <"$work/spaces"
}

# An upload that was cut by -9 a day ago or more; the lock is ours.
abort_old_uploads() {
    local yesterday upload time old
    yesterday=$(date -u -d '1 day ago' +%Y-%m-%dT%H:%M:%SZ)
    await s3ls -0 -u "$S3_PREFIX$system/base/" >"$work/uploads" || return 1
    while IFS=$'\t' read -r -d '' upload time old; do
        [[ $time < $yesterday ]] || continue
        log "aborting an upload that was left unfinished: $old, $time"
        printf '%s\t%s\t%s\0' "$upload" "$time" "$old"
    done <"$work/uploads" >"$work/old.uploads"
    await s3rm -0 -q -u <"$work/old.uploads"
}

# By its clock, for it is its commits that a time to recover to is compared with.
server_time() {
    sql "$maintenance" <<<"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '1 second', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
}

# Sets reason where it fails.
back_up() {
    local status=0
    abort_old_uploads || warn 'unfinished uploads cannot be looked for'
    await_for "$BACKUP_TIMEOUT" stream "$key" '' take || status=$?
    ended=$(server_time) || ended=$(date -u -d '1 second' +%Y-%m-%dT%H:%M:%SZ)
    log_put "$status"
    if [ "$status" != 0 ]; then
        why_failed "$status" "$key"
        return 1
    fi
    await_wal || return 1
    write_mark || {
        reason="$key was written, but not its mark"
        return 1
    }
}

# ---- the run

label=''
tell_end() { # $status is that of the run
    tell_run last-basebackup last-basebackup-failure
    case $status in
    0 | 75) ;;
    *) write_metrics "s3pipe_basebackup_failures_total${label:-}" +1 ;;
    esac
}
settings() {
    state_settings
    log_settings
    postgres_settings
    key_settings
    duration BACKUP_TIMEOUT 0
    duration BASEBACKUP_WAL_TIMEOUT 600
    publish_settings
    s3put_options+=(-n) # another host may take one at this second
    bytes=0
}

leave_root "$@"
check='' wait_seconds=0
read_options "$@"
take_operands 0
tell_settings BACKUP
[ -n "$check" ] || at_exit tell_end # whatever of the rest is wrong
begin
settings
settings_checked
if [ "$check" = all ]; then
    check_each cluster store filter room
    exit 0
fi
server_lock basebackup
lock "$lock_file" "$wait_seconds" || die -75 "$holder has the lock"
connect ''
check_server
label="{system=\"$system\"}"
wal=$S3_PREFIX$system/wal
started=$(date -u +%Y-%m-%dT%H:%M:%SZ) # one reading of the clock
stamp_day=${started%T*} stamp_day=${stamp_day//-//}
stamp_time=${started#*T} stamp_time=${stamp_time//[:Z]/}
key=$S3_PREFIX$system/base/$stamp_day/cluster_$stamp_time.tar.gz$BACKUP_FILTER_SUFFIX
ping /start
need_store
hook start || die 'BACKUP_HOOK failed at the start: nothing is backed up'

back_up || die "FAILED: $reason"
keys_done=$key$'\n' bytes_done=$bytes
write_metrics "s3pipe_basebackup_failures_total$label" +0 "s3pipe_basebackup_bytes$label" "$bytes" \
    "s3pipe_basebackup_last_success_timestamp_seconds$label" "$(date +%s)" "s3pipe_basebackup_duration_seconds$label" "$SECONDS"
outcome="ok: $key, $bytes bytes, $SECONDS s"
log "$outcome"
