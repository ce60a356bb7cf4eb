# Archives of base backups and WAL: what the store has of them. See archive.pl.
# shellcheck shell=bash

cluster_pl() { # MODE [ARGUMENT...]
    PREFIX=$S3_PREFIX SUFFIX=$BACKUP_FILTER_SUFFIX FACTS=$work/facts.cluster perl "$here/lib/cluster.pl" "$@"
}

# read_facts LISTING: what is not in the names of the keys, into
# $work/facts.cluster: where timelines fork, when base backups ended.
read_facts() {
    local kind id what key
    : >"$work/facts.cluster"
    cluster_pl wanted "$1" >"$work/wanted.cluster" || return 1
    while IFS=$'\t' read -r -d '' kind id what key; do
        case $kind in
        history) await unpack_wal "$key" "$work/one.fact" && cluster_pl forks "$id" "$what" <"$work/one.fact" ;;
        mark) await s3get -q "$key" >"$work/one.fact" && cluster_pl mark "$id" "$what" <"$work/one.fact" ;;
        esac >>"$work/facts.cluster" || {
            error "$key cannot be read"
            return 1
        }
    done <"$work/wanted.cluster"
}

# list_archive [SYSTEM]: all that is below S3_PREFIX, or of one cluster, into
# $work/archive, and the facts.
list_archive() {
    await s3ls -0 -l "$S3_PREFIX${1:+$1/}" >"$work/archive" || return 1
    read_facts "$work/archive"
}

# replication QUERY: asks the server by a connection for replication.
replication() {
    psql -X -w -A -t -q -v ON_ERROR_STOP=1 -d 'replication=true' -c "$1"
}
# Sets system, the identifier of the server's cluster, and position, where its WAL
# is now.
identify() {
    local line
    line=$(replication 'IDENTIFY_SYSTEM') || return 1
    # shellcheck disable=SC2034 # for receive.sh
    IFS='|' read -r system _ position _ <<<"$line"
    [[ $system =~ ^[0-9]{10,20}$ ]]
}

# Sets programs, the directory of those of the server's major, and version, that major.
find_programs() { # MARK
    local candidate
    await s3get -q "$1" >"$work/mark" || die "$1 cannot be read"
    version=$(sed -n 's/.*"server": "\([0-9]*\).*/\1/p' "$work/mark")
    [ -n "$version" ] || die "$1 does not say of which version the server was"
    for candidate in "/usr/lib/postgresql/$version/bin" "/usr/pgsql-$version/bin" "$(dirname "$(command -v pg_verifybackup)")"; do
        if [ "$(PATH=$candidate program_major pg_verifybackup)" = "$version" ]; then
            programs=$candidate
            return
        fi
    done
    die "there is no pg_verifybackup of PostgreSQL $version: take the package postgresql-$version"
}
