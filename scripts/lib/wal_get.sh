# WAL files on their way from the store.
# shellcheck shell=bash

# unpack_wal KEY FILE: fetches it, decrypted and decompressed; 3: the store has
# answered that there is no such key (or bucket), of which nothing is said here.
# A key that ends in .gz was stored without a filter.
unpack_wal() {
    local status=0
    case $1 in
    *.gz) with_store command gzstream -d s3get -q "$1" >"$2" 2>"$2.said" || status=$? ;;
    *) unpack_filtered "$1" "$2" || status=$? ;;
    esac
    [ "$status" = 0 ] || [ "$status" = 3 ] || cat "$2.said" >&2
    rm -f "$2.said"
    return "$status"
}
unpack_filtered() { # KEY FILE
    local status
    [ -n "${RESTORE_FILTER:-}" ] || {
        echo "$1 is encrypted: set RESTORE_FILTER to the command that decrypts it" >"$2.said"
        return 1
    }
    s3get -q "$1" 2>"$2.said" | { run_user_command "$RESTORE_FILTER" | gzstream -d; } >"$2" 2>"$2.filter" || {
        status=${PIPESTATUS[0]}
        [ "$status" != 0 ] || status=1
    }
    # Of a key that is not there the filter has nothing to say.
    [ "${status:-0}" = 3 ] || cat "$2.filter" >>"$2.said"
    rm -f "$2.filter"
    return "${status:-0}"
}
