# A dump that waits for a lock: who holds it, and how long to wait.
# shellcheck shell=bash

# watch_locks DATABASE: until it is ended. $session is what the dump's session is
# called. Who holds a lock that the dump waits for is in $work/holder, and in the log
# after a minute. Given up after $patience seconds (0: never): pg_dump does that itself
# for tables, not for what it asks of views.
watch_locks() {
    local nap seconds pid holder told='' naps=0
    trap 'exit 0' TERM
    while :; do
        # Most of the locks are taken in the first seconds.
        if [ $((naps += 1)) -le 30 ]; then nap=0.5; else nap=5; fi
        read -rt "$nap" <>"$run/nap" || true # nobody writes there, and no process is started
        sql "$maintenance" -F ' ' -v name="$1" -v session="$session" -f "$here/lib/locks.sql" >"$work/locks" 2>/dev/null || continue
        # Without a line the dump has ended, perhaps because it gave up.
        read -r seconds pid holder <"$work/locks" || continue
        if [ -z "$holder" ]; then : >"$work/holder" && continue; fi
        printf '%s\n' "$holder" >"$work/holder"
        if [ "$seconds" -ge 60 ] && [ "$holder" != "$told" ]; then
            warn "$1 waits for a lock, $seconds s so far, that is held by: $holder"
            told=$holder
        fi
        [ "$patience" -gt 0 ] && [ "$seconds" -gt "$patience" ] || continue
        sql "$maintenance" <<<"SELECT pg_cancel_backend($pid)" >/dev/null 2>&1 || true
    done
}
end_watch() { # PID
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
