# Keys: S3_PREFIX + YYYY/MM/DD/NAME_HHMMSS.sql.gz, and the filter's suffix.
# shellcheck shell=bash

# Sets S3_PREFIX so that it is empty or ends in one slash, and SUFFIX, what
# the keys of new backups end in.
key_settings() {
    S3_PREFIX=${S3_PREFIX:-}
    while [ "${S3_PREFIX%/}" != "$S3_PREFIX" ]; do S3_PREFIX=${S3_PREFIX%/}; done
    [ -z "$S3_PREFIX" ] || S3_PREFIX=$S3_PREFIX/
    : "${BACKUP_FILTER_SUFFIX:=}"
    case $BACKUP_FILTER_SUFFIX in
    '' | .[!.]*) ;;
    *) die -2 "BACKUP_FILTER_SUFFIX begins with a dot, such as .age, not $BACKUP_FILTER_SUFFIX" ;;
    esac
    [[ ! $BACKUP_FILTER_SUFFIX =~ [/[:cntrl:]] ]] || die -2 'BACKUP_FILTER_SUFFIX holds no slash and no control character'
    [[ ! $BACKUP_FILTER_SUFFIX =~ _[0-9]{6}(\.|$) ]] || die -2 "BACKUP_FILTER_SUFFIX must not look like the time in a key: $BACKUP_FILTER_SUFFIX"
    [[ $BACKUP_FILTER_SUFFIX != *.pin ]] || die -2 "BACKUP_FILTER_SUFFIX must not end in .pin, as the pins of s3pipe-pin do: $BACKUP_FILTER_SUFFIX"
    SUFFIX=.sql.gz$BACKUP_FILTER_SUFFIX
}

# What follows takes its facts of keys from retain(1), which alone reads them.

# keys_pl MODE [ARGUMENT...]: see there.
keys_pl() {
    PREFIX=$S3_PREFIX SUFFIX=$BACKUP_FILTER_SUFFIX perl "$here/lib/keys.pl" "$@"
}
# ours LISTING COUNT: of a listing by s3ls -0 -l or -u the backups that
# backup.sh writes below S3_PREFIX, with the filter or, from before there was one,
# without: time, name as the key has it, and the line. COUNT gets how many
# other keys there are, and the first; COUNT.pins those that are pinned, and
# COUNT.archive the lines of base backups and WAL.
ours() {
    cut -z -f 3- "$1" | retain_quietly -l 1 | keys_pl ours "$1" "$2" "$2.pins" "$2.archive"
}
# It warns of keys that are no backups; they are counted here.
retain_quietly() {
    if retain -0 -a "$@" 2>"$work/retain"; then return; fi
    cat "$work/retain" >&2
    return 1
}
# judged OURS: retain's records of them by the policy.
judged() {
    cut -z -f 5- "$1" | retain -0 -a "${policy[@]}"
}

# encode NAME: sets encoded to it as it stands in keys, with /, % and control bytes as
# %XX.
encode() {
    local c i
    encoded=$1
    [[ $1 == *[/%[:cntrl:]]* ]] || return 0
    encoded=''
    for ((i = 0; i < ${#1}; i++)); do
        c=${1:i:1}
        case $c in
        / | % | [[:cntrl:]]) printf -v c '%%%02X' "'$c" ;;
        esac
        encoded+=$c
    done
}
encode_name() { # NAME: prints it
    local encoded
    encode "$1"
    printf '%s\n' "$encoded"
}
# decode_name NAME: sets decoded, which a substitution would rob of newlines at
# its end.
decode_name() {
    local name=${1//\\/\\\\}
    printf -v decoded '%b' "${name//%/\\x}"
}

# list_backups: the backups below S3_PREFIX into $work/ours, NUL-terminated: time,
# name, size, time of the object, key. Sets others, how many other keys there are but
# those of base backups and WAL; archived, how many of these there are; first_other.
list_backups() {
    await s3ls -0 -l "$S3_PREFIX" >"$work/all" || return 1
    await ours "$work/all" "$work/others" >"$work/ours" || return 1
    read_count "$work/others"
}
read_count() { # FILE
    { read -r others archived && IFS= read -r -d '' first_other; } <"$1"
}
# Where there is no backup, but something else: a wrong prefix or suffix looks
# like a bucket that is empty.
tell_others() {
    [ ! -s "$work/ours" ] || return 0
    if [ "$others" = 0 ] && [ "$archived" -gt 0 ]; then return; fi # of base backups and WAL alone
    if [ "$others" -gt 0 ]; then
        warn "there is no backup as ${S3_PREFIX}YYYY/MM/DD/NAME_HHMMSS$SUFFIX, but $others other keys, the first: $first_other;" \
            "see S3_PREFIX and BACKUP_FILTER_SUFFIX"
    elif [ -n "$S3_PREFIX" ] && await glance >"$work/others" 2>/dev/null; then
        read_count "$work/others"
        [ "$others" = 0 ] ||
            warn "there is nothing below $S3_PREFIX, but $others other keys in the bucket, the first: $first_other; see S3_PREFIX"
    fi
}
# expect_backups: that there is none is an error where backup.sh has made some.
expect_backups() {
    local before
    state_directory
    [ ! -s "$work/ours" ] && before=$(cut -d ' ' -f 1 "$S3PIPE_STATE_DIR/last-success" 2>/dev/null) || return 0
    die "there is no backup, and there was one at $before: are S3_BUCKET, S3_PREFIX and BACKUP_FILTER_SUFFIX those of the backups?"
}
# At most a thousand are counted: s3ls may end by SIGPIPE.
glance() {
    { s3ls -0 2>/dev/null || true; } | keys_pl glance
}
# name_of KEY: sets decoded to the database that it is a backup of by its name,
# below whatever prefix it lies.
name_of() {
    local name
    printf '\t\t%s\0' "$1" >"$work/one"
    S3_PREFIX='*' ours "$work/one" "$work/others" >"$work/ours" &&
        IFS=$'\t' read -r -d '' _ name _ <"$work/ours" || return 1
    decode_name "$name"
}
# find_newest DATABASE: sets key to its newest backup; list_backups went before.
# Those of all databases go to $work/newest: seconds since 1970, name, key.
find_newest() {
    local name found
    name=$(encode_name "$1")
    await keys_pl newest <"$work/ours" >"$work/newest" || die 'the newest backup cannot be determined'
    key=''
    while IFS=$'\t' read -r -d '' _ found key; do
        if [ "$found" = "$name" ]; then return; fi
    done <"$work/newest"
    key=''
    return 1
}

human() { numfmt --to=iec-i --suffix=B "$1"; } # BYTES

# Sets policy, retain's options, from RETENTION_*.
retention_policy() {
    local rule option default minimum=${RETENTION_MIN_BACKUPS:-1}
    policy=()
    while read -r rule option default; do
        rule=RETENTION_KEEP_$rule
        setting "$rule" "$default"
        [[ ${!rule} =~ ^(-1|[0-9]{1,6})$ ]] || die -2 "$rule is a number, or -1 for all, not ${!rule}"
        policy+=("$option" "${!rule}")
    done <<'END'
LAST -l 3
HOURLY -H 24
DAILY -d 7
WEEKLY -w 4
MONTHLY -m 6
YEARLY -y 2
END
    [[ $minimum =~ ^[1-9][0-9]{0,5}$ ]] || die -2 "RETENTION_MIN_BACKUPS is at least 1, not $minimum"
    policy+=(-M "$minimum")
}
