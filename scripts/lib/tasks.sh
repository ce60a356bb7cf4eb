# The databases of a run of backup.sh, one after the other or several at once, and
# what became of them.
# shellcheck shell=bash

# count NUMBER LABEL COMMAND...: one backup, and what becomes of it: a line in
# $run/result.NUMBER, for sum.
count() {
    local number=$1 label=$2 status=0
    shift 2
    [ "$BACKUP_PARALLEL" = 1 ] || about=$label
    "$@" || status=$?
    case $status in
    0) metrics "$label" "$bytes" "$took" 0 ;;
    68) metrics "$label" "$bytes" "$took" 1 ;;
    66) log "left out: $label was dropped while the run went on" ;;
    67)
        log "put off: $label waits for a lock that is held by: $(cat "$work/holder"); the others go first"
        printf '%d\t%s\0' "$number" "$label" >>"$run/again"
        ;;
    75) warn "BUSY $label: $reason" ;;
    *)
        error "FAILED $label: $reason"
        metrics "$label"
        ;;
    esac
    about=''
    # What is put off has no result yet.
    [ "$status" = 67 ] || printf '%d %s %s\n' "$status" "${bytes:-0}" "$key" >"$run/result.$number"
}
# fail_rest: what a run that failed did not come to is a failed backup, too: it was
# ended, or refused before the first dump. $status is that of the run; wrong
# settings are no backup.
summed=''
fail_rest() {
    local number label
    [ -z "$summed" ] || return 0
    case $status in 0 | 2 | 75) return 0 ;; esac
    if [ -n "$run" ] && [ -s "$run/tasks" ]; then
        while IFS=$'\t' read -r -d '' number label; do
            [ -s "$run/result.$number" ] || metrics "$label"
        done <"$run/tasks"
        return
    fi
    : "${BACKUP_DATABASES:=${POSTGRES_DB:-${PGDATABASE:-}}}"
    if [ "$BACKUP_DATABASES" = '*' ]; then metrics '*' && return; fi
    while IFS= read -r -d '' label; do metrics "$label"; done < <(databases)
}
# sum: of all results; one that is missing had a worker that was killed.
total=0 failed=0 busy=0 shrank=0 bytes_done=0 keys_done=''
sum() {
    local number label status size
    summed=1
    while IFS=$'\t' read -r -d '' number label; do
        status=1 size=0 key=''
        if [ -s "$run/result.$number" ]; then
            read -r status size key <"$run/result.$number" || true
        else
            error "FAILED $label: its process was ended; if the system killed it for want of memory, see BACKUP_MEMORY"
            metrics "$label"
        fi
        total=$((total + 1))
        case $status in
        0 | 68)
            [ "$status" = 0 ] || shrank=$((shrank + 1))
            bytes_done=$((bytes_done + size))
            keys_done+=$key$'\n'
            ;;
        66) total=$((total - 1)) ;;
        75) busy=$((busy + 1)) ;;
        *) failed=$((failed + 1)) ;;
        esac
    done <"$run/tasks"
}
# claim FILE: whether no other worker has made it. Where nothing can be made the
# task is to fail, and not to be left.
claim() {
    local status=0
    set -C # it must not be there
    { : >"$1"; } 2>/dev/null || status=1
    set +C
    [ "$status" = 0 ] || [ ! -e "$1" ]
}
# back_up TASKS: all of the list that no other worker has claimed.
back_up() {
    local tasks label number
    exec {tasks}<"$1"
    while IFS=$'\t' read -r -d '' number label <&"$tasks"; do
        claim "$1.$number" || continue
        if [ "$number" = globals ]; then
            count "$number" globals backup_globals
        else
            count "$number" "$label" backup "$label"
        fi
    done
    exec {tasks}<&-
}
run_tasks() { # TASKS
    if [ "$BACKUP_PARALLEL" = 1 ]; then
        back_up "$1"
    else
        workers "$BACKUP_PARALLEL" back_up "$1" || true
    fi
}
# back_up_all: the databases of $run/databases, and the globals. One that waits for
# a lock is put off until all others are done; then it may wait as long as is
# allowed.
back_up_all() {
    local name number=0
    while IFS= read -r -d '' name; do
        printf '%d\t%s\0' "$number" "$name"
        number=$((number + 1))
    done <"$run/databases" >"$run/tasks"
    # A counter that is not there cannot be seen to rise.
    [ "$BACKUP_DATABASES" != '*' ] || note_metrics 's3pipe_backup_failures_total{database="*"}' +0
    [ "$BACKUP_GLOBALS" != true ] || printf 'globals\tglobals\0' >>"$run/tasks"
    patience=10 may_put_off=1
    if [ "$BACKUP_LOCK_TIMEOUT" -gt 0 ] && [ "$BACKUP_LOCK_TIMEOUT" -le 10 ]; then may_put_off=''; fi
    if [ "$(tr -cd '\0' <"$run/tasks" | wc -c)" = 1 ]; then may_put_off=''; fi
    [ -n "$may_put_off" ] || patience=$BACKUP_LOCK_TIMEOUT
    run_tasks "$run/tasks"
    [ -s "$run/again" ] || return 0
    patience=$BACKUP_LOCK_TIMEOUT may_put_off=''
    mv "$run/again" "$run/second"
    run_tasks "$run/second"
}
