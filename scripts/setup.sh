#!/usr/bin/env bash
# Sets backups up on this machine: setup.sh [--config FILE]
#
# Asks for the server, the store and the schedule, and writes the answers to
# /etc/s3pipe/env, with the secrets in files of their own beside it, which only
# their owner can read. What is set in the environment is not asked for; where
# nobody can be asked, the default holds. Without an access key the credentials are
# those of an AWS profile or of this machine's role, which stay where they are. Then
# it looks whether all is ready, makes the first backup and enables the timers of
# systemd, or shows the lines for cron. A file that is there already is used as it is.
#
#   --config FILE   write the settings to it, and enable no timers
#
# Environment: s3pipe-setup(1).
# Exit status: 0 all is set up; 1 something failed, and what was written stays;
# 2 wrong answers.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

# The file is written here, not read.
read_config() {
    file=${1:-/etc/s3pipe/env} timers=''
    [ -n "$1" ] || timers=1
}
option() { return 1; }

# question NAME TEXT [DEFAULT]: sets NAME, from the environment, by asking, or to
# the default; without any it is a mistake. secret does not show the answer, and
# may stay empty.
question() {
    local answer=''
    [ -z "${!1:-}" ] || return 0
    if [ -t 0 ]; then
        read -r -p "$2${3:+ [$3]}: " answer || true
    fi
    printf -v "$1" %s "${answer:-${3:-}}"
    [ -n "${!1}" ] || [ $# = 2 ] || return 0
    [ -n "${!1}" ] || die -2 "$1 is not set: $2"
}
secret() { # NAME TEXT
    local answer='' given=$1_FILE
    [ -z "${!1:-}${!given:-}" ] && [ -t 0 ] || return 0
    read -rs -p "$2: " answer || true
    echo >&2
    printf -v "$1" %s "$answer"
}
ask() {
    question POSTGRES_HOST 'the server: a host, or the directory of its socket' /run/postgresql
    question POSTGRES_USER 'the role that backs up' s3pipe
    secret POSTGRES_PASSWORD 'its password (empty: peer, or a password file)'
    question BACKUP_DATABASES 'the databases, by comma, or * for all' '*'
    question S3_ENDPOINT 'the store, as https://host (empty: Amazon S3)' ''
    question S3_BUCKET 'the bucket'
    question S3_PREFIX 'what stands before the keys, such as the name of this server (may be empty)' ''
    ask_keys
    setting POSTGRES_PASSWORD
    question S3PIPE_SCHEDULE 'when to back up, in UTC: hourly, daily, or as in systemd.time(7)' hourly
    [ -z "$timers" ] || ! command -v systemd-analyze >/dev/null ||
        systemd-analyze calendar "$S3PIPE_SCHEDULE" >/dev/null 2>&1 ||
        die -2 "S3PIPE_SCHEDULE is not a time that systemd.time(7) describes: $S3PIPE_SCHEDULE"
}
# Keys, or what is found without: s3pipe(7), Credentials.
ask_keys() {
    [ -n "${AWS_PROFILE:-}" ] || question S3_ACCESS_KEY 'the access key (empty: an AWS profile, or the role of this machine)' ''
    if [ -n "${S3_ACCESS_KEY:-}" ]; then
        secret S3_SECRET_KEY 'the secret key'
        setting S3_SECRET_KEY
        [ -n "$S3_SECRET_KEY" ] || die -2 'S3_SECRET_KEY is not set: the secret key'
        return
    fi
    S3_ACCESS_KEY='' S3_SECRET_KEY=''
    [ -z "${AWS_ACCESS_KEY_ID:-}${AWS_ACCESS_KEY_ID_FILE:-}" ] || [ -n "${AWS_PROFILE:-}" ] ||
        die -2 'AWS_ACCESS_KEY_ID is set here, and not for the backups: set S3_ACCESS_KEY and S3_SECRET_KEY to keys that last, or unset it'
    question AWS_PROFILE 'the AWS profile (empty: the default one, or the role of this machine)' ''
    find_credentials
}
# Sets credentials to where the programs find them. Nothing is sent to the store.
find_credentials() {
    local said
    local -x S3_ENDPOINT=$S3_ENDPOINT S3_BUCKET=$S3_BUCKET AWS_PROFILE=$AWS_PROFILE
    local -x AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' AWS_SESSION_TOKEN=''
    said=$(command s3rm -v </dev/null 2>&1) || die -2 "${said##*$'\n's3rm: }"
    credentials=$(sed -n 's/^s3rm: credentials: \(.*\) (tried before: .*/\1/p' <<<"$said")
    log "the credentials are those of: ${credentials:-the environment}"
}

# ---- what is written

settings_lines() {
    local name keep
    echo "# Settings of s3pipe; see s3pipe(7). Written by $script."
    for name in POSTGRES_HOST "${!POSTGRES_@}" "${!S3_@}" "${!BACKUP_@}" "${!RESTORE_@}" "${!RETENTION_@}" \
        "${!VERIFY_@}" "${!PG_DUMP_@}" "${!WAL_@}" "${!BASEBACKUP_@}" RECOVERY_WINDOW; do
        case $name in POSTGRES_PASSWORD | POSTGRES_PASSWORD_FILE | S3_SECRET_KEY | S3_SECRET_KEY_FILE) continue ;; esac
        [ -z "${!name:-}" ] || write_setting "$name" "${!name}"
    done | sort -u
    [ -n "$S3_ACCESS_KEY" ] || aws_lines
    echo '# How many backups are kept: what any of these keeps stays.'
    for keep in LAST=3 HOURLY=24 DAILY=7 WEEKLY=4 MONTHLY=6 YEARLY=2; do
        name=RETENTION_KEEP_${keep%=*}
        [ -n "${!name:-}" ] || echo "$name=${keep#*=}"
    done
}
# Where the credentials lie, without any. The services have files of their own for
# those two: see write_drop_ins.
aws_lines() {
    local name
    for name in "${!AWS_@}"; do
        case $name in
        AWS_ACCESS_KEY_ID* | AWS_SECRET_ACCESS_KEY* | AWS_SESSION_TOKEN* | AWS_CONTAINER_AUTHORIZATION_TOKEN) continue ;;
        AWS_SHARED_CREDENTIALS_FILE | AWS_CONFIG_FILE) ! has_systemd || continue ;;
        esac
        [ -z "${!name}" ] || write_setting "$name" "${!name}"
    done
}
# put FILE: its standard input, whole or not at all, for the owner alone.
put() {
    if ! cat >"$1.new" || ! mv "$1.new" "$1"; then die "$1 cannot be written"; fi
}
write() {
    local directory=${file%/*}
    [ "$directory" != "$file" ] || directory=.
    [ -d "$directory" ] || (umask 022 && mkdir -p "$directory") || die "$directory cannot be made"
    settings_lines >"$work/settings" # which may refuse a value
    [ -z "$POSTGRES_PASSWORD" ] || printf '%s\n' "$POSTGRES_PASSWORD" | put "$directory/postgres-password"
    [ -z "$S3_SECRET_KEY" ] || printf '%s\n' "$S3_SECRET_KEY" | put "$directory/s3-secret-key"
    put "$file" <"$work/settings"
    log "the settings are in $file, the secrets beside it"
}

# ---- the timers

# Where systemd runs, and the units are installed.
has_systemd() {
    [ -n "$timers" ] && systemctl cat s3pipe-backup.timer >/dev/null 2>&1 && systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded|starting'
}
drop_in() { # UNIT NAME
    local directory=/etc/systemd/system/$1.d
    (umask 022 && mkdir -p "$directory" && cat >"$directory/$2.conf") || die "$directory/$2.conf cannot be written"
}
write_drop_ins() {
    if [ ! -e "${file%/*}/postgres-password" ]; then
        drop_in s3pipe-.service no-password <<END
# There is no password: peer, or a password file of libpq.
[Service]
LoadCredential=
LoadCredential=s3-secret-key:${file%/*}/s3-secret-key
UnsetEnvironment=POSTGRES_PASSWORD_FILE
END
    fi
    [ -e "${file%/*}/s3-secret-key" ] || no_secret_key | drop_in s3pipe-.service no-secret-key
    [ -z "${S3PIPE_SCHEDULE:-}" ] || drop_in s3pipe-backup.timer schedule <<END
[Timer]
OnCalendar=
OnCalendar=$(case $S3PIPE_SCHEDULE in hourly) echo '*-*-* *:00:00' ;; daily) echo '*-*-* 00:00:00' ;; *) echo "$S3PIPE_SCHEDULE" ;; esac) UTC
END
}
# It comes after no-password.conf, and resets what that has loaded. The profile's files
# are root's, so each service gets them as its own.
no_secret_key() {
    local name path
    printf '%s\n' "# There is no secret key: a profile of AWS, or this machine's role." '[Service]' LoadCredential=
    [ ! -e "${file%/*}/postgres-password" ] || echo "LoadCredential=postgres-password:${file%/*}/postgres-password"
    echo UnsetEnvironment=S3_SECRET_KEY_FILE
    while read -r name path; do
        path=${!name:-${HOME:-/root}/.aws/$path}
        [ ! -f "$path" ] || [ ! -r "$path" ] || printf 'LoadCredential=aws-%s:%s\nEnvironment=%s=%%d/aws-%s\n' "${path##*/}" "$path" "$name" "${path##*/}"
    done <<'END'
AWS_SHARED_CREDENTIALS_FILE credentials
AWS_CONFIG_FILE config
END
}
by_systemd() {
    write_drop_ins
    await systemctl daemon-reload || die 'systemd does not take the units'
    log 'making the first backup: systemctl start s3pipe-backup'
    await systemctl start s3pipe-backup.service ||
        die "the first backup failed: journalctl -u s3pipe-backup says why; mend $file, and run $script again"
    await systemctl enable --now s3pipe-backup.timer s3pipe-cleanup.timer s3pipe-verify-backup.timer ||
        die 'the timers cannot be enabled'
    log 'ok: the first backup is made, and the timers are enabled: systemctl list-timers s3pipe-*'
}
by_hand() {
    "$here/backup.sh" --config "$file" --check || die "not all is ready: mend $file, and run $script again"
    "$here/backup.sh" --config "$file" || die "the first backup failed: mend $file, and run $script again"
    log 'ok: the first backup is made; no timer was enabled, these are lines for cron:'
    cat <<END
0  *  *  *  *  s3pipe-backup --config $file
30 1  *  *  *  s3pipe-cleanup --config $file
0  4  *  *  0  s3pipe-verify-backup --config $file --all
END
}

file='' timers=''
read_options "$@"
take_operands 0
begin
log_settings
if [ -e "$file" ]; then
    log "$file is there already, and used as it is"
else
    ask
    write
fi
if has_systemd; then by_systemd; else by_hand; fi
