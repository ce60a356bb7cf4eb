# WAL files on their way to the store, for archive-wal.sh and receive-wal.sh.
# shellcheck shell=bash

# put_wal FILE NAME KEEP: stores the file under the key of that name. Where the
# key exists with the same content that is success; with other content it is a
# failure, and what is stored stays as it is. KEEP is a directory for what a
# filter makes of a file: no filter encrypts the same bytes the same way twice,
# so what it made is kept until the caller knows that the file is not sent again.
put_wal() {
    local file=$1 key status=0
    wal_key "$2"
    if [ -n "${BACKUP_FILTER:-}" ]; then
        put_filtered "$file" "$2" "$3" || status=$?
    else
        s3put -n -e -q "$key" gzstream "${wal_gzstream[@]}" <"$file" 2>"$3/$2.said" || status=$?
    fi
    if [ "$status" = 4 ] && same_in_store "$file" "$2" "$3"; then status=0; fi
    [ "$status" = 0 ] || { cat "$3/$2.said" >&2 2>/dev/null || true; }
    rm -f "$3/$2.said"
    return "$status"
}
put_filtered() { # FILE NAME KEEP
    local made digest
    digest=$(sha256sum <"$1") || return 1
    made=$3/$2$wal_suffix.${digest%% *}.made
    if [ ! -e "$made" ]; then
        gzstream "${wal_gzstream[@]}" <"$1" | run_user_command "$BACKUP_FILTER" >"$made.new" 2>"$3/$2.said" || return 1
        sync "$made.new" && mv "$made.new" "$made" || return 1
    fi
    s3put -n -e -q "$key" <"$made" 2>"$3/$2.said"
}

# same_in_store FILE NAME KEEP: whether the key holds the same content in other
# bytes: of another level of compression, or encrypted another time.
same_in_store() {
    local status=0
    if [ -n "${BACKUP_FILTER:-}" ] && [ -z "${RESTORE_FILTER:-}" ]; then
        error "$key exists, encrypted, and cannot be compared: set RESTORE_FILTER to the command that decrypts it"
        return 1
    fi
    unpack_wal "$key" "$3/$2.stored" || status=$?
    if [ "$status" = 0 ] && ! cmp -s "$1" "$3/$2.stored"; then
        error "$key exists with other content, and is left as it is: is this a copy of a cluster that archives to the same place?"
        status=4
    fi
    rm -f "$3/$2.stored"
    return "$status"
}
