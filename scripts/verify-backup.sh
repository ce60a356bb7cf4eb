#!/usr/bin/env bash
# Proves that backups can be restored:
# verify-backup.sh [--check] [--config FILE] [KEY|latest|--all|--sample N|--cluster]
#
# Looks whether PostgreSQL can be reached, S3 can be written to, and the newest
# backup is not too old; then restores it into a scratch database, here or on
# the server of VERIFY_POSTGRES_*, compares rows, sequences and large objects
# with what was in the dump, and drops it again. "latest" (the default) is the
# newest backup of POSTGRES_DB, --all those of all databases, --sample N those of N
# databases, another N each run. --cluster: instead, the newest base backup and its
# WAL are recovered in VERIFY_DIRECTORY, and read.
# --check: only look whether all is ready, and tell what would be done;
# --check-settings: only see whether the settings are right.
# --config: read settings from FILE, not from /etc/s3pipe/env.
#
# Environment: s3pipe-verify-backup(1).
# Exit status: 0 all is well; 1 it is not; 2 wrong settings; 3 no such backup;
# 75 another run is at it.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/scratch.sh"
. "$here/lib/load.sh"
. "$here/lib/compare.sh"
. "$here/lib/verify_cluster.sh"
. "$here/lib/turns.sh"
. "$here/lib/check.sh"

# The server to restore into, where it is another one.
verify_server() {
    setting VERIFY_POSTGRES_PASSWORD
    [ -n "${VERIFY_POSTGRES_HOST:-}${VERIFY_POSTGRES_PORT:-}${VERIFY_POSTGRES_USER:-}" ] || return 0
    if [ -n "${VERIFY_POSTGRES_HOST:-}" ]; then
        unset PGSERVICE PGHOSTADDR # of the other one
        export PGHOST=$VERIFY_POSTGRES_HOST
    elif [ -n "${PGSERVICE:-}" ]; then
        die -2 'VERIFY_POSTGRES_HOST is not set, and PGSERVICE names another server'
    fi
    [ -z "${VERIFY_POSTGRES_PORT:-}" ] || export PGPORT=$VERIFY_POSTGRES_PORT
    [ -z "${VERIFY_POSTGRES_USER:-}" ] || export PGUSER=$VERIFY_POSTGRES_USER
    hide_password "$VERIFY_POSTGRES_PASSWORD"
    unset VERIFY_POSTGRES_PASSWORD
    connect ''
}

# check_age SECONDS NAME KEY: fails if it is not to be verified: it is too old, or
# its database is no longer there, so that no newer one is to be expected.
check_age() {
    local age name
    decode_name "$2"
    name=$decoded
    age=$((now - $1))
    if [ "$BACKUP_MAX_AGE" = 0 ] || [ "$age" -le "$BACKUP_MAX_AGE" ]; then return; fi
    if [ "$what" != latest ] && [ "$name" != globals ] && ! exists "$name"; then
        log "left out: $3; there is no database $name any more"
        return 1
    fi
    error "the newest backup of $name is $(span "$age") old, and BACKUP_MAX_AGE allows $(span "$BACKUP_MAX_AGE"): $3"
    [ "$what" != latest ] || exit 1
    total=$((total + 1)) failed=$((failed + 1))
    [ -n "$check" ] || tell_failed "$2" "$3"
    return 1
}

# Sets edits; fails where this server lacks something. A server to verify on need
# not have the roles.
find_edits() {
    local line failed=''
    plan_edits || return 1
    # Row security must not hide from the comparison what is there.
    edits+=(--tally "$work/loaded")
    defer 'row security'
    leave_out_bound '' || return 1
    find_needs
    NEEDS=$work/needs sql_utf8 "$maintenance" -v target='' -v place=beside -f "$here/lib/needs.sql" >"$work/needed" || return 1
    if grep -qE '^ERROR (the role .* is missing: |the backup belongs to )' "$work/needed"; then
        log 'roles are missing here: restoring without owners, grants, policies and user mappings'
        edits+=(-O -x -T policy -T 'user mapping')
        find_needs none
        NEEDS=$work/needs sql_utf8 "$maintenance" -v target='' -v place=beside -f "$here/lib/needs.sql" >"$work/needed" || return 1
        sed -i -E '/^\{"(owner|grants|settings)"/d' "$work/wanted"
    fi
    while IFS= read -r line; do
        case $line in
        NOTE*) warn "${line#NOTE }" ;;
        ERROR*) error "${line#ERROR }" && failed=1 ;;
        esac
    done <"$work/needed"
    [ -z "$failed" ]
}

# is_globals KEY: by its name, whatever its prefix; but a database may have it.
is_globals() {
    [[ $1 =~ /globals_[0-9]{6}\.sql\.gz ]] || return 1
    await head_of "$1" || true
    ! grep -qa '^-- PostgreSQL database dump' "$work/head"
}

# Each of these sets reason where it fails.
verify_globals() { # KEY
    reason='it is not a complete dump of globals'
    await fetch "$1" -q >"$work/globals" || return 1
    is_whole "$work/globals" 'database cluster' || return 1
    echo "$(grep -c '^CREATE ROLE ' "$work/globals") roles" >"$work/result"
}
verify_database() { # KEY
    local status=0 edits=()
    use_path ''
    read_head "$1"
    cp "$work/header" "$work/wanted"
    find_edits || {
        reason='it cannot be restored here'
        return 1
    }
    array "$work/wanted" >"$work/wanted.json"
    if ! fill '' "$1" "${edits[@]}"; then
        reason=${reason:-the load failed} status=1
    elif ! await compare; then
        reason='what was restored is not what is in the backup' status=1
    else
        apply_held
    fi
    if [ -n "$new_oid" ] && ! drop_scratch "$new_oid" "$new"; then
        reason="the scratch database $new could not be dropped" status=1
    fi
    new_oid=''
    return "$status"
}

verify() { # KEY
    local label=$1 start=$SECONDS
    reason=''
    if is_globals "$1"; then
        verify_globals "$1"
    else
        verify_database "$1"
    fi || {
        error "FAILED $label: $reason"
        return 1
    }
    log "ok $label: $(cat "$work/result"), $((SECONDS - start)) s"
}

# What is to be verified, into $work/chosen: when it was made, name, key.
find_keys() {
    local key seconds name now wanted=''
    if [ -z "$told" ]; then
        printf '0\t-\t%s\0' "$what" >"$work/chosen"
        return
    fi
    list_backups || die 'the listing failed'
    if [ "$what" = latest ]; then
        find_newest "$POSTGRES_DB" || die -3 "there is no backup of $POSTGRES_DB"
        wanted=$key
    else
        find_newest '' || true
        [ -s "$work/newest" ] || die -3 'there is no backup'
    fi
    now=$(date +%s)
    while IFS=$'\t' read -r -d '' seconds name key; do
        [ -z "$wanted" ] || [ "$key" = "$wanted" ] || continue
        ! check_age "$seconds" "$name" "$key" || printf '%s\t%s\t%s\0' "$seconds" "$name" "$key" >>"$work/candidates"
    done <"$work/newest"
    choose "$sample"
}
# In a shell of its own one that cannot be read does not end the others.
verify_all() {
    local made name key start
    while IFS=$'\t' read -r -d '' made name key <&8; do
        start=$SECONDS total=$((total + 1))
        if [ -z "$told" ]; then
            verify "$key" || failed=$((failed + 1))
        elif workers 1 verify "$key"; then
            tell_verified "$name" "$key" "$made" $((SECONDS - start))
        else
            tell_failed "$name" "$key"
            failed=$((failed + 1))
        fi
    done 8<"$work/chosen"
}

# However the run ends, it is told, unless a key was asked for: that is a question
# about one backup, and no answer about the others.
tell_end() { # $status is that of the run
    local kind=last-verify
    tell_refused
    [ "$what" != --cluster ] || kind='last-verify-cluster'
    flush_metrics
    tell_run "$kind" "$kind-failure"
}

# ---- what --check does

check_server() {
    connect ''
    verify_server
    check_creates
}
# The last of them is read: by its head it is known whether RESTORE_FILTER is right.
tell_plan() {
    local key last='' count=0
    while IFS=$'\t' read -r -d '' _ _ key; do
        last=$key count=$((count + 1))
    done <"$work/chosen"
    [ -z "$last" ] || is_globals "$last" || impatient read_head "$last"
    [ "$failed" = 0 ] || die "FAILED: $failed of $total backups"
    log "a verification would restore and compare $count backups${last:+, the last of them $last}"
}

leave_root "$@"
check=''
told=1 sample=''
option() {
    case $1 in
    --check | --check-settings) option_check "$1" ;;
    --all | --cluster) operands+=("$1") ;;
    --sample)
        [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || die -2 "--sample wants a number of databases, not ${2:-nothing}"
        operands+=("$1") sample=$2 took=2
        ;;
    *) return 1 ;;
    esac
}
read_options "$@"
take_operands 1
what=${operands[0]:-latest}
case $what in
latest | --all | --cluster | --sample) ;;
*) told='' ;;
esac
tell_settings VERIFY
[ -z "$told" ] || [ -n "$check" ] || at_exit tell_end
begin
log_settings
state_settings
key_settings
if [ "$what" = --cluster ]; then
    settings_checked
    if [ "$check" = all ]; then
        check_each list filter room
        check_cluster
        exit 0
    fi
    lock "$S3PIPE_STATE_DIR/locks/local/verify-cluster" || die -75 "$holder has the lock"
    tell_start
    verify_cluster
    exit 0
fi
postgres_settings
restore_jobs
duration BACKUP_MAX_AGE "$(backup_max_age || true)"
[ "$what" != latest ] || [ -n "$POSTGRES_DB" ] || die -2 'no database: set POSTGRES_DB'

settings_checked

new='' new_oid='' failed=0 total=0
if [ "$check" = all ]; then
    check_each server store filter room
    connect ''
    find_keys
    verify_server
    tell_plan
    exit 0
fi
connect ''
probe_store || true
find_keys
verify_server
server_lock verify
lock "$lock_file" || die -75 "$holder has the lock"
[ -z "$told" ] || tell_start
sweep_scratch '' || warn 'what earlier runs left cannot be looked for'
verify_all
[ "$failed" = 0 ] || die "FAILED: $failed of $total backups"
[ -z "$left" ] || die 'FAILED: a scratch database of an earlier run could not be dropped'
outcome="ok: PostgreSQL is reachable, S3 can be written to, $total backups can be restored"
log "$outcome"
