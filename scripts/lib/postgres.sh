# The server: how it is reached, what it is, which programs suit it.
# shellcheck shell=bash

# The settings of PostgreSQL as libpq takes them; its own variables hold where
# ours are not set.
postgres_settings() {
    local name
    for name in POSTGRES_HOST POSTGRES_PORT POSTGRES_USER; do
        # To libpq the service's would come first.
        [ -z "${PGSERVICE:-}" ] || [ -z "${!name:-}" ] || die -2 "both PGSERVICE and $name are set"
    done
    setting POSTGRES_PASSWORD
    setting POSTGRES_DB "${PGDATABASE:-}"
    [ -z "${POSTGRES_HOST:-}" ] || export PGHOST=$POSTGRES_HOST
    [ -z "${POSTGRES_PORT:-}" ] || export PGPORT=$POSTGRES_PORT
    [ -z "${POSTGRES_USER:-}" ] || export PGUSER=$POSTGRES_USER
    hide_password "${POSTGRES_PASSWORD:-${PGPASSWORD:-}}"
    unset POSTGRES_PASSWORD PGPASSWORD
    export PGAPPNAME=s3pipe PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10}
}

# The password goes to libpq by a password file in memory that has no name any
# more when it is written: it is in no environment, in no argument, and gone with the last of us.
hide_password() { # PASSWORD
    local directory=/dev/shm file fd out password
    [ -n "$1" ] || return 0
    [ -w "$directory" ] || directory=${TMPDIR:-/tmp}
    password=${1//\\/\\\\}
    file=$directory/${work##*/}
    at_exit "rm -f ${file@Q}"
    set -C # it must not be there
    exec {out}>"$file" || die "the file for the password cannot be made: $file"
    set +C
    exec {fd}<"$file"
    rm -f "$file"
    printf '*:*:*:*:%s\n' "${password//:/\\:}" >&"$out"
    exec {out}>&-
    held+=("$fd")
    export PGPASSFILE=/proc/self/fd/$fd
}

# Names of databases go by PGDATABASE, never as operands: "a=b" and
# "postgresql://x" are legal names. But a service of PGSERVICE may name a
# database, too, and to libpq that comes before PGDATABASE.
#
# past_service DATABASE: sets past_service to the options that bring it first.
past_service() {
    local name=${1//\\/\\\\}
    name=${name//\'/\\\'}
    past_service=()
    [ -z "${PGSERVICE:-}" ] || past_service=(-d "dbname='$name'")
}

# sql DATABASE [PSQL ARGUMENT...] reads SQL from stdin, unless -f says from where,
# and gives bare rows.
sql() {
    local session=$here/lib/session.sql
    case " $* " in
    *' -f '*) bare_sql "$1" -f "$session" "${@:2}" ;;
    *) bare_sql "$@" < <(cat "$session" -) ;;
    esac
}
bare_sql() {
    local -x PGDATABASE=$1
    local past_service
    past_service "$1"
    shift
    psql -X -w -A -t -q -v ON_ERROR_STOP=1 "${past_service[@]}" "$@"
}
# The same in UTF-8, for what is kept: names, comments.
sql_utf8() { PGCLIENTENCODING=UTF8 sql "$@"; }

# Sets maintenance, a database to work from that is not the one named, and
# server_major; dies where the server cannot be reached.
connect() { # DATABASE
    local candidate version=''
    for candidate in postgres template1 "${POSTGRES_DB:-}"; do
        [ -n "$candidate" ] && [ "$candidate" != "$1" ] || continue
        maintenance=$candidate
        ask_version "$candidate" && version=$(<"$work/version") && break
        # Another database may do where this one is closed or not there.
        grep -qE 'does not exist|not currently accepting|permission denied' "$work/connect" || break
    done
    if [ -z "$version" ]; then
        mv "$work/connect" "$work/refused"
        cp "$work/refused" "$work/said"
        log_stderr 1
        die "the server at ${PGHOST:-the local socket}:${PGPORT:-5432} $(why_no_connection)"
    fi
    server_major=$((version / 10000))
    refuse_shared_sessions
    choose_programs
}
# A pooler that gives one session to many clients (pool_mode transaction) loses what
# pg_dump and pgapply set, and gives it to the applications: an empty search_path.
# A setting that one client leaves must not be found by the next one.
refuse_shared_sessions() {
    local found
    bare_sql "$maintenance" <<<"SET s3pipe.session = 'used'" || return 0
    found=$(bare_sql "$maintenance" <<<"SELECT current_setting('s3pipe.session', true)") || return 0
    [ "$found" != used ] ||
        die "${PGHOST:-the local socket}:${PGPORT:-5432} is a pooler that gives one session to many clients: set POSTGRES_HOST and POSTGRES_PORT to the server itself, or to a pool with pool_mode = session"
}
# By what libpq said, in $work/refused, for it is not the address that is wrong then.
why_no_connection() {
    if grep -qE 'no password supplied|password authentication failed' "$work/refused"; then
        echo "refuses the password of ${PGUSER:-$(id -un)}: see POSTGRES_USER and POSTGRES_PASSWORD"
    elif grep -qE 'role .* does not exist|authentication failed|pg_hba|not permitted to log in' "$work/refused"; then
        echo "does not let ${PGUSER:-$(id -un)} in: see POSTGRES_USER and its pg_hba.conf"
    elif grep -qE 'does not exist|too many clients|permission denied|starting up|shutting down|connection slots' "$work/refused"; then
        echo 'answers, and takes no connection'
    else
        echo 'cannot be reached'
    fi
}
# A pooler refuses PGOPTIONS, which go into the startup packet.
ask_version() { # DATABASE
    bare_sql "$1" >"$work/version" 2>"$work/connect" <<<'SHOW server_version_num' && return
    [ -n "${PGOPTIONS:-}" ] && grep -q 'unsupported startup parameter' "$work/connect" || return 1
    unset PGOPTIONS
    warn "the server refuses PGOPTIONS, as poolers do: going on without them"
    bare_sql "$1" >"$work/version" 2>"$work/connect" <<<'SHOW server_version_num'
}

# Where several majors are installed side by side the server's own is taken.
choose_programs() {
    local directory
    [ "$(program_major pg_dump)" != "$server_major" ] || return 0
    for directory in "/usr/lib/postgresql/$server_major/bin" "/usr/pgsql-$server_major/bin"; do
        if [ -x "$directory/psql" ]; then
            PATH=$directory:$PATH
            return
        fi
    done
}
program_major() { # PROGRAM: 0 where it is missing
    local version
    version=$("$1" --version 2>/dev/null) || true
    [[ $version =~ \)\ ([0-9]+) ]] && printf '%s\n' "${BASH_REMATCH[1]}" || echo 0
}

# pg_dump of another major: an older one is refused by the server, a newer one
# writes what this server cannot read again.
check_pg_dump() {
    local major advice
    major=$(program_major pg_dump)
    advice="take the image or package of $server_major (postgres:$server_major, postgresql-client-$server_major)"
    if [ "$major" = 0 ]; then die "there is no pg_dump: $advice"; fi
    if [ "$major" -lt "$server_major" ]; then
        die "pg_dump is of version $major, the server of $server_major: $advice"
    fi
    if [ "$major" -gt "$server_major" ] && [ "$BACKUP_ALLOW_NEWER_PGDUMP" != true ]; then
        die "pg_dump is of version $major, the server of $server_major, which cannot restore what it writes:" \
            "$advice, or set BACKUP_ALLOW_NEWER_PGDUMP=true"
    fi
}

exists() { # DATABASE
    [ -n "$(sql "$maintenance" -v name="$1" <<<"SELECT 1 FROM pg_database WHERE datname = :'name'")" ]
}
