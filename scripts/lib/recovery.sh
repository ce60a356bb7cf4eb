# The directory of a cluster that is recovered, for recover.sh.
# shellcheck shell=bash

# ---- the directory

# check_empty DIRECTORY: it is empty, or can be made. Sets place to what is there of
# it: itself, or what it is made in.
check_empty() {
    local parent
    parent=$(dirname "$1")
    [ ! -e "$1" ] || [ -d "$1" ] || die -2 "$1 is not a directory"
    [ ! -d "$1" ] || [ -z "$(find "$1" -mindepth 1 -maxdepth 1 -print -quit)" ] ||
        die "$1 is not empty: nothing is written to it"
    [ -d "$1" ] || [ -d "$parent" ] || die "there is not a directory $parent"
    place=$parent
    [ ! -d "$1" ] || place=$1
    [ -w "$place" ] || die "$place cannot be written to"
}
# Sets owner, a file whose owner the server is: root cannot run one.
check_directory() {
    local place
    directory=$(readlink -m -- "$directory")
    check_empty "$directory"
    owner=$place
    if [ "$(id -u)" = 0 ] && [ "$(stat -c %u "$owner")" = 0 ]; then
        die -2 "run this as the server's user, or let $owner belong to it"
    fi
}
# What was written goes again, unless all is well.
make_directory() { # DIRECTORY
    local quoted
    printf -v quoted %q "$1"
    hold_signals
    if [ -d "$1" ]; then
        at_exit "clear_directory $quoted"
    else
        mkdir -m 700 -- "$1" || die "$1 cannot be made"
        at_exit "remove_directory $quoted"
    fi
    end_on_signals
    chmod 700 "$1"
    directories+=("$1")
}
clear_directory() { [ -n "$ready" ] || find "$1" -mindepth 1 -delete; }
remove_directory() { [ -n "$ready" ] || rm -rf "$1"; }
ready='' directories=()
hand_over() {
    [ "$(id -u)" != 0 ] || chown -R -h --reference="$owner" "${directories[@]}"
    ready=1
}

# ---- the base backup

fetch_base() {
    case $key in
    *.gz) ;;
    *) [ -n "${RESTORE_FILTER:-}" ] || die "$key is encrypted: set RESTORE_FILTER to the command that decrypts it" ;;
    esac
    await base_stream
}
base_stream() {
    if [ "${key%.gz}" != "$key" ]; then
        with_store command gzstream -d s3get "$key"
    else
        s3get "$key" | run_user_command "$RESTORE_FILTER" | gzstream -d
    fi | tar --no-same-owner --keep-directory-symlink -xpf - -C "$directory"
}

# ---- the settings

configure() { # ARCHIVE
    local private=$directory/pgsql_tmp.s3pipe
    mkdir -m 700 "$private"
    write_environment >"$private/env"
    disarm "$directory/postgresql.auto.conf"
    [ ! -e "$directory/postgresql.conf" ] || disarm "$directory/postgresql.conf"
    [ -e "$directory/postgresql.conf" ] || write_configuration
    [ -e "$directory/pg_hba.conf" ] || write_access
    [ -e "$directory/pg_ident.conf" ] || : >"$directory/pg_ident.conf"
    recovery_settings "$1" >>"$directory/postgresql.auto.conf"
    rm -f "$directory/standby.signal"
    : >"$directory/recovery.signal"
}
# What fetch-wal.sh needs, in a file that only the server's user can read. Base
# backups leave out what begins with pgsql_tmp.
write_environment() {
    local name
    for name in $(compgen -v); do
        case $name in
        S3PIPE_*) ;;
        S3_* | AWS_* | BACKUP_FILTER | BACKUP_FILTER_SUFFIX | RESTORE_FILTER | WAL_JOBS | *_proxy | *_PROXY | BUILD)
            [ -n "${!name}" ] || continue
            write_setting "$name" "${!name}"
            ;;
        esac
    done
}
# Another recovery's settings, or a standby's, are none of this one's.
disarm() { # FILE
    [ -e "$1" ] || return 0
    sed -E -i "s/^[[:space:]]*((recovery_(target|end|min)|restore_command|archive_cleanup_command|primary_(conninfo|slot_name))[a-z_]*)/#s3pipe: \1/" "$1"
}
# quoted TEXT: as a value of postgresql.conf.
quoted() { printf "'%s'\n" "${1//\'/\'\'}"; }
recovery_settings() { # ARCHIVE
    local fetch="\"$here/fetch-wal.sh\"" settings=pgsql_tmp.s3pipe/env
    local waldump="--waldump \"$programs/pg_waldump\""
    printf '\n# of recover.sh, %(%Y-%m-%dT%H:%M:%SZ)T\n' -1
    printf 'restore_command = %s\n' "$(quoted "$fetch --settings $settings $waldump %f \"%p\"")"
    printf 'recovery_end_command = %s\n' "$(quoted "$fetch --end")"
    [ "$kind" = latest ] || printf 'recovery_target_%s = %s\n' "$kind" "$(quoted "$target")"
    printf "recovery_target_timeline = '%s'\nrecovery_target_action = promote\nhot_standby = off\n" "$timeline"
    if [ -n "$1" ]; then
        printf 'archive_mode = on\narchive_command = %s\n' "$(quoted "\"$here/archive-wal.sh\" --settings $settings \"%p\"")"
    else
        printf 'archive_mode = off\n'
    fi
}
# Where the files of the configuration lie elsewhere (Debian: /etc/postgresql) a
# base backup has none.
write_configuration() {
    {
        echo '# The base backup held no postgresql.conf: this is what recovery needs.'
        await "$programs/pg_controldata" "$directory" | sed -nE 's/^(max_[a-z_]+|wal_level|track_commit_timestamp) setting: +(.*)/\1 = \2/p' |
            sed 's/^max_prepared_xacts/max_prepared_transactions/; s/^max_locks_per_xact/max_locks_per_transaction/'
    } >"$directory/postgresql.conf"
    warn 'the base backup holds no postgresql.conf: one with the least that is needed was written; yours lay elsewhere'
}
write_access() {
    printf '%s\n' '# The base backup held no pg_hba.conf.' 'local all all peer' \
        'host all all 127.0.0.1/32 scram-sha-256' 'host all all ::1/128 scram-sha-256' >"$directory/pg_hba.conf"
    warn 'the base backup holds no pg_hba.conf: one for local connections was written'
}
