# Statistics for a database that was loaded, by several sessions.
# shellcheck shell=bash

# analyze: for what has none yet, without those that are gathered from other
# servers. Nothing of it is worth the load that went before.
analyze() {
    local table
    run_told sql "$new" -v ON_ERROR_STOP=0 -f "$here/lib/analyze.sql" >"$work/analyze" || true
    rm -f "$work"/analyze.[0-9]*
    sed -n '/^[0-9]/p' "$work/analyze" | share_out
    cp "$work/told" "$work/told.first"
    await run_told analyze_all || true
    cat "$work/told" >>"$work/told.first"
    sed -n 's/^remote //p' "$work/analyze" >"$work/remote"
    while IFS= read -r table; do
        log "$table has parts on other servers and no statistics yet: ANALYZE $table gathers them"
    done <"$work/remote"
    [ -s "$work/told.first" ] || return 0
    warn 'statistics are missing, as the lines before say: ANALYZE gathers them'
}
# share_out: the lines "PAGES OID" of stdin into a list of OIDs for each session,
# the largest first, each to the one that has the least to do.
share_out() {
    sort -k 1,1nr -k 2,2n | awk -v jobs="$RESTORE_JOBS" -v list="$work/analyze." '{
        least = 1
        for (i = 2; i <= jobs; i++) if (pages[i] < pages[least]) least = i
        pages[least] += $1 + 5
        printf "%s ", $2 >(list least)
    }'
}
analyze_all() {
    local list lists=() pids=() again=() i one status=0
    for list in "$work"/analyze.[0-9]*; do
        [ -e "$list" ] || break
        analyze_these "$list" 2>"$list.said" &
        pids+=("$!") lists+=("$list")
    done
    for i in "${!pids[@]}"; do
        one=0
        wait "${pids[i]}" || one=$?
        # To psql no session is 2: the role or the server may have no room for more.
        if [ "$one" = 2 ]; then again+=("${lists[i]}") && continue; fi
        cat "${lists[i]}.said" >&2
        [ "$one" = 0 ] || status=$one
    done
    for list in "${again[@]}"; do analyze_these "$list" || status=$?; done
    return "$status"
}
analyze_these() { # LIST
    OIDS=$1 sql "$new" -v ON_ERROR_STOP=0 -f "$here/lib/analyze_these.sql" >/dev/null
}
