# Settings from the environment.
# shellcheck shell=bash

# setting NAME [DEFAULT]: sets NAME from the environment or from the file that
# NAME_FILE names, else to the default. Both at once are a mistake.
setting() {
    local name=$1 file=$1_FILE value
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
        die -2 "both $name and $file are set"
    fi
    if [ -n "${!file:-}" ]; then
        value=$(cat -- "${!file}" 2>/dev/null) || die -2 "$file: ${!file} cannot be read"
        [ -n "$value" ] || die -2 "$file: ${!file} is empty"
        printf -v "$name" '%s' "$value"
    else
        printf -v "$name" '%s' "${!name:-${2:-}}"
    fi
}

# flag NAME DEFAULT: true or false.
flag() {
    setting "$@"
    case ${!1} in
    true | false) ;;
    *) die -2 "$1 is true or false, not ${!1}" ;;
    esac
}

# duration NAME DEFAULT: seconds; 90m, 26h and 2d are understood.
duration() {
    local seconds
    setting "$@"
    seconds=$(age_seconds "${!1}") || die -2 "$1 is a number of seconds, or such as 90m, 26h, 2d, not ${!1}"
    printf -v "$1" '%s' "$seconds"
}

# restore_jobs: sets RESTORE_JOBS, how many sessions load a dump.
restore_jobs() {
    local cores
    cores=$(nproc)
    setting RESTORE_JOBS "$((cores < 4 ? cores : 4))"
    is_jobs "$RESTORE_JOBS" || die -2 "RESTORE_JOBS is a number from 1 to 64, not $RESTORE_JOBS"
}
is_jobs() { [[ $1 =~ ^[1-9][0-9]?$ ]] && [ "$1" -le 64 ]; } # TEXT

log_settings() {
    case ${LOG_FORMAT:=text} in
    text | json) ;;
    *) local given=$LOG_FORMAT && LOG_FORMAT=text && die -2 "LOG_FORMAT is text or json, not $given" ;;
    esac
}

# The secrets of the store are for the four programs that talk to it: nothing
# else finds them in its environment. The server's: hide_password.
hide_secrets() {
    export -n POSTGRES_PASSWORD PGPASSWORD S3_ACCESS_KEY S3_SECRET_KEY S3_SESSION_TOKEN \
        AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN
}
s3put() { with_store s3put "$@"; }
s3get() { with_store s3get "$@"; }
s3ls() { with_store s3ls "$@"; }
s3rm() { with_store s3rm "$@"; }
with_store() { # PROGRAM [ARGUMENT...]; to them empty is unset
    local -x S3_ACCESS_KEY=${S3_ACCESS_KEY:-} S3_SECRET_KEY=${S3_SECRET_KEY:-} S3_SESSION_TOKEN=${S3_SESSION_TOKEN:-} \
        AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-} \
        AWS_SESSION_TOKEN=${AWS_SESSION_TOKEN:-} AWS_CONTAINER_AUTHORIZATION_TOKEN=${AWS_CONTAINER_AUTHORIZATION_TOKEN:-}
    command "$@"
}

# Whether the programs take the settings of the store; nothing is sent, not even
# for keys that others keep.
store_settings() {
    if [ -z "${S3_ACCESS_KEY:-}${S3_ACCESS_KEY_FILE:-}${AWS_ACCESS_KEY_ID:-}" ]; then
        local AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
    fi
    await s3rm -q </dev/null || die -2 'the settings of the store are wrong'
}

# A command line of the user's (a filter, a hook), which does not get the
# server's secrets either, and not the locks. A pipe in it fails where any part
# does: what a filter's first half lost is not published.
users() { # COMMAND LINE [ARGUMENT...]
    local line=$1 fd
    shift
    (
        unset PGPASSFILE
        for fd in "${held[@]}"; do exec {fd}>&-; done
        exec bash -o pipefail -c "$line \"\$@\"" "${line%% *}" "$@"
    )
}
