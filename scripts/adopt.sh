#!/usr/bin/env bash
# Adopts the backups of other tools in the same bucket:
# adopt.sh [--copy] [--database NAME] [--config FILE] PREFIX
#
# Of each key below PREFIX a line says to which key it would be copied, or why it is
# left. The targets have the form of backup.sh, so that all scripts take the copies for
# backups like any other; what stands below PREFIX is never changed or deleted. Plain
# dumps are packed as backup.sh packs them, and published only if they are whole. A
# dump in pg_dump's custom format is copied as it is, to NAME_HHMMSS.dump, for
# pg_restore.
#
#   --copy            copy them; without it nothing is written
#   --database NAME   all of them are backups of that database, whatever their keys say
#   --config FILE     read settings from it, not from /etc/s3pipe/env
#
# Environment: S3_* (s3pipe(7)), S3_PREFIX, BACKUP_FILTER, BACKUP_FILTER_SUFFIX,
# GZSTREAM_OPTIONS, S3PUT_OPTIONS.
# Exit status: 0 done; 1 something failed, the others are done; 2 wrong settings.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
. "$here/lib/publish.sh"
. "$here/lib/check.sh"

adopt_pl() { # MODE [ARGUMENT...]
    PREFIX=$S3_PREFIX SUFFIX=$BACKUP_FILTER_SUFFIX DATABASE=$option_database perl "$here/lib/adopt.pl" "$@"
}
# Sets left, how many there are.
tell_left() {
    log_each 'left: %s' <"$work/left"
    left=$((left + $(tr -dc '\0' <"$work/left" | wc -c)))
}

list_keys() { # PREFIX
    await s3ls -0 -l -- "$1" >"$work/listing" || return 1
    await ours "$work/listing" "$work/others" >"$work/ours" || return 1
    await s3ls -0 -- "$S3_PREFIX" >"$work/there"
}
# The keys that can be backups, by their names, into $work/candidates.
find_candidates() { # PREFIX
    list_keys "$1" || die 'the listing failed: nothing is copied'
    [ -s "$work/listing" ] || warn "there is no key below $1"
    await adopt_pl read "$work/listing" "$work/ours" "$work/left" >"$work/candidates" || die 'the names of the keys cannot be read'
    tell_left
}

# ---- what is in them

start_of() { # KEY
    { s3get -q -j 1 -p 64K -- "$1" 2>"$work/get" || true; } | head -c 65536 >"$work/raw"
    [ -s "$work/raw" ] || {
        cat "$work/get" >&2
        return 1
    }
}
is_custom() { [ "$(head -c 5 "$1" | tr -d '\0')" = PGDMP ]; } # FILE

# look KEY: sets kind (sql, gz or dump), or reason, why it is left.
look() {
    kind=sql reason=''
    await start_of "$1" || return 1
    if is_custom "$work/raw"; then
        kind=dump
        return
    fi
    cp "$work/raw" "$work/start"
    if [ "$(head -c 2 "$work/raw" | od -An -tx1)" = ' 1f 8b' ]; then
        kind=gz
        # Of its beginning the end is missing.
        { gzstream -d 2>/dev/null <"$work/raw" || true; } | head -c 65536 >"$work/start"
    fi
    if is_custom "$work/start"; then
        reason="it is a dump in pg_dump's custom format that was compressed once more: gunzip it"
    elif grep -qa '^-- PostgreSQL database cluster dump' "$work/start"; then
        reason='it is by pg_dumpall: psql -f restores it'
    elif ! grep -qa '^-- PostgreSQL database dump' "$work/start"; then
        reason='it is not a dump by pg_dump'
    elif by_create "$work/start"; then
        reason='it is by pg_dump -C, and would drop and reload the database: psql -f restores it'
    fi
}
look_at_all() {
    local from base kind reason
    : >"$work/looked"
    : >"$work/left"
    while IFS= read -r -d '' from && IFS= read -r -d '' base; do
        if ! look "$from" </dev/null; then
            error "$from cannot be read"
            failed=$((failed + 1))
        elif [ -n "$reason" ]; then
            printf '%s: %s\0' "$from" "$reason" >>"$work/left"
        else
            printf '%s\0' "$from" "$base" "$kind" >>"$work/looked"
        fi
    done <"$work/candidates"
    tell_left
    await adopt_pl settle "$work/there" "$work/left" <"$work/looked" >"$work/plan" || die 'the targets cannot be told'
    tell_left
}

# ---- the copies

unpacked() { # KEY
    s3get -q -- "$1" | gzstream -d
}
as_it_is() { # FROM TO
    s3put -l -v "${s3put_options[@]}" -- "$2" s3get -q -- "$1" 2>"$work/put"
}
# copy FROM TO KIND: 4: TO is there.
copy() {
    local status=0
    case $3 in
    sql) await stream "$2" database s3get -q -- "$1" || status=$? ;;
    gz) await stream "$2" database unpacked "$1" || status=$? ;;
    dump) await as_it_is "$1" "$2" || status=$? ;;
    esac
    [ "$status" != 4 ] || return 4
    log_put "$status"
    if [ "$status" != 0 ]; then
        why_failed "$status" "$2"
        return 1
    fi
}
tell_copy() { # FROM TO KIND VERB
    local note=''
    [ "$3" != dump ] || note=', which pg_restore reads, not restore.sh'
    log "$4: $1 -> $2$note"
}
copy_all() {
    local from to kind status reason
    while IFS= read -r -d '' from && IFS= read -r -d '' to && IFS= read -r -d '' kind; do
        status=0
        [ -z "$option_copy" ] || copy "$from" "$to" "$kind" </dev/null || status=$?
        case $status in
        0)
            tell_copy "$from" "$to" "$kind" "${option_copy:-would copy}"
            count=$((count + 1))
            ;;
        4)
            log "left: $from: $to is already there"
            left=$((left + 1))
            ;;
        *)
            error "$from is not copied: $reason"
            failed=$((failed + 1))
            ;;
        esac
    done <"$work/plan"
}

leave_root "$@"
option_copy='' option_database=''
option() {
    case $1 in
    --copy) option_copy=copied ;;
    --database)
        [ -n "$2" ] || die -2 "$1 wants an argument"
        option_database=$2 took=2
        ;;
    *) return 1 ;;
    esac
}
read_options "$@"
[ ${#operands[@]} -gt 0 ] || die -2 'which keys? adopt.sh [--copy] PREFIX'
take_operands 1
begin
log_settings
key_settings
publish_settings
s3put_options+=(-n)
count=0 left=0 failed=0
need_store
find_candidates "${operands[0]}"
look_at_all
copy_all
if [ -n "$option_copy" ]; then outcome="$count copied"; else outcome="dry run, --copy copies: $count would be copied"; fi
[ "$failed" = 0 ] || die "FAILED: $failed failed; $outcome, $left left"
log "$outcome, $left left"
