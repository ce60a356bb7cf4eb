# Settings from a file and from the environment, which comes first.
# shellcheck shell=bash

# read_config FILE: exports what its lines NAME=value say, as the EnvironmentFile
# of systemd has them; nothing is executed. What is set in the environment stays.
# Without FILE it is /etc/s3pipe/env, if it is there.
read_config() {
    local config=${1:-/etc/s3pipe/env} mode owner name text number=0
    local -A read=()
    if [ -z "$1" ]; then
        [ -e "$config" ] || return 0
        # Others may have settings of their own beside a file that is root's.
        [ -r "$config" ] || [ -z "${S3_BUCKET:-}" ] || return 0
    fi
    [ -r "$config" ] || die -2 "$config cannot be read by $(id -un): run this as root, or name another file of settings by --config"
    [ ! -f "$config" ] || check_owner
    while IFS= read -r text || [ -n "$text" ]; do
        number=$((number + 1))
        read_line
    done <"$config"
    secrets_beside
    drop_credentials
    for name in "${!read[@]}"; do is_given "$name" || export "$name=${read[$name]}"; done
    warn_readers
}
# A filter and a hook of it are run: nobody else may write it.
check_owner() {
    local number
    IFS=' ' read -r mode owner number < <(stat -L -c '%a %U %u' "$config") || die -2 "$config cannot be read"
    ((!(8#$mode & 8#22))) || die -2 "$config can be written by others than its owner: chmod go-w $config"
    [ "$number" = 0 ] || [ "$number" = "$EUID" ] || die -2 "$config belongs to $owner: chown $(id -un) $config"
}
# $text, line $number of $config, into read. Of what systemd and Compose read
# differently nothing is taken. No message shows what stands in the line.
read_line() {
    local bad="$config, line $number"
    text=${text%$'\r'}
    text=${text#"${text%%[![:space:]]*}"} text=${text%"${text##*[![:space:]]}"}
    case $text in '' | [#\;]*) return ;; esac
    text=${text#export[[:blank:]]}
    [[ $text =~ ^([A-Z_][A-Z_0-9]*|(http|https|all|no)_proxy)=(.*)$ ]] || die -2 "$bad: this is not NAME=value"
    name=${BASH_REMATCH[1]} text=${BASH_REMATCH[3]}
    text=${text#"${text%%[![:space:]]*}"}
    case $text in
    \'*)
        [[ $text =~ ^\'([^\']*)\'$ ]] || die -2 "$bad: the quotes around the value of $name do not match"
        text=${BASH_REMATCH[1]}
        ;;
    \"*)
        [[ $text =~ ^\"(([^\"\\]|\\.)*)\"$ ]] || die -2 "$bad: the quotes around the value of $name do not match"
        unescape "${BASH_REMATCH[1]}"
        ;;
    *\\*) die -2 "$bad: a backslash is in the value of $name: put it into single quotes" ;;
    *[[:space:]]'#'*) die -2 "$bad: a # stands after the value of $name: put a comment into a line of its own, or the value into quotes" ;;
    esac
    read[$name]=$text
}
# unescape TEXT: sets text to it, as systemd reads what is in double quotes.
unescape() {
    local rest=$1
    text=''
    while [[ $rest == *\\* ]]; do
        text+=${rest%%\\*} rest=${rest#*\\}
        case $rest in [\"\\\`\$]*) ;; *) text+=\\ ;; esac
        text+=${rest:0:1} rest=${rest:1}
    done
    text+=$rest
}
# write_setting NAME VALUE: as a line from which read_config has the value again.
write_setting() {
    local text=$2
    [[ $text != *[$'\n\r']* ]] || die -2 "$1 holds a newline"
    case $text in
    *\'*)
        text=${text//\\/\\\\}
        printf '%s="%s"\n' "$1" "${text//\"/\\\"}"
        ;;
    *[!A-Za-z0-9_.,:/@%+=*-]*) printf "%s='%s'\n" "$1" "$text" ;;
    *) printf '%s=%s\n' "$1" "$text" ;;
    esac
}
# is_given NAME: whether it is set, by itself or by a file that holds it.
is_given() {
    local file=$1_FILE bare=${1%_FILE}
    [ -n "${!1:-}${!file:-}${!bare:-}" ]
}
# The secrets that the units take from beside the file (LoadCredential=).
secrets_beside() {
    local file=${config%/*}/s3-secret-key
    [ -f "$config" ] || return 0
    if [ -n "${read[S3_ACCESS_KEY]:-}" ] && [ -z "${read[S3_SECRET_KEY]:-}${read[S3_SECRET_KEY_FILE]:-}" ] && [ -r "$file" ]; then
        read[S3_SECRET_KEY_FILE]=$file
    fi
    file=${config%/*}/postgres-password
    if [ -z "${PGPASSWORD:-}${read[PGPASSWORD]:-}${read[POSTGRES_PASSWORD]:-}${read[POSTGRES_PASSWORD_FILE]:-}" ] && [ -r "$file" ]; then
        read[POSTGRES_PASSWORD_FILE]=$file
    fi
}
# Credentials are a set: parts of two sources are never mixed. But the secret alone
# may be in the file.
drop_credentials() {
    [ -n "${read[S3_ACCESS_KEY]:-}${read[S3_ACCESS_KEY_FILE]:-}${read[AWS_ACCESS_KEY_ID]:-}${read[AWS_ACCESS_KEY_ID_FILE]:-}" ] || return 0
    [ -n "${S3_ACCESS_KEY:-}${S3_ACCESS_KEY_FILE:-}${AWS_ACCESS_KEY_ID:-}${AWS_ACCESS_KEY_ID_FILE:-}${AWS_PROFILE:-}" ] || return 0
    for name in S3_ACCESS_KEY S3_SECRET_KEY S3_SESSION_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN; do
        unset "read[$name]" "read[${name}_FILE]"
    done
}
warn_readers() {
    ((8#${mode:-0} & 8#4)) || return 0
    for name in "${!read[@]}"; do
        case $name in
        *_FILE) ;;
        *PASSWORD | *_SECRET_KEY | *_SECRET_ACCESS_KEY | *_SESSION_TOKEN | *_PING_URL)
            warn "$config has secrets, and everybody can read it: chmod o-r $config" && return
            ;;
        esac
    done
}

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
s3put() { with_store command s3put "$@"; }
s3get() { with_store command s3get "$@"; }
s3ls() { with_store command s3ls "$@"; }
s3rm() { with_store command s3rm "$@"; }
with_store() { # command|exec PROGRAM [ARGUMENT...]; to them empty is unset
    local -x S3_ACCESS_KEY=${S3_ACCESS_KEY:-} S3_SECRET_KEY=${S3_SECRET_KEY:-} S3_SESSION_TOKEN=${S3_SESSION_TOKEN:-} \
        AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-} \
        AWS_SESSION_TOKEN=${AWS_SESSION_TOKEN:-} AWS_CONTAINER_AUTHORIZATION_TOKEN=${AWS_CONTAINER_AUTHORIZATION_TOKEN:-}
    "$@"
}

# Whether the programs take the settings of the store; nothing is sent, not even
# for keys that others keep.
store_settings() {
    if [ -z "${S3_ACCESS_KEY:-}${S3_ACCESS_KEY_FILE:-}${AWS_ACCESS_KEY_ID:-}" ]; then
        local AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
    fi
    await s3rm -q </dev/null || die -2 'the settings of the store are wrong'
}

# What is encrypted has to be known by its name, or it is read as if it were not.
filter_settings() {
    [ -z "${BACKUP_FILTER:-}" ] || [ -n "${BACKUP_FILTER_SUFFIX:-}" ] ||
        die -2 'BACKUP_FILTER_SUFFIX is not set, and BACKUP_FILTER is: what shall its keys end in? Such as .age'
}

# settings_checked: where no more than that was asked for.
settings_checked() {
    [ -n "$check" ] || return 0
    store_settings
    [ "$check" != settings ] || exit 0
}

# A command line of the user's (a filter, a hook), which does not get the
# server's secrets either, and not the locks. A pipe in it fails where any part
# does: what a filter's first half lost is not published.
run_user_command() { # COMMAND LINE [ARGUMENT...]
    local line=$1 fd
    shift
    (
        unset PGPASSFILE
        for fd in "${held[@]}"; do exec {fd}>&-; done
        exec bash -o pipefail -c "$line \"\$@\"" "${line%% *}" "$@"
    )
}
