# Receiving WAL into a spool and storing what is there, for receive-wal.sh. Two
# things go on beside each other: pg_receivewal, in the background, and a loop
# that looks at the spool once a second.
# shellcheck shell=bash

ending=''
receiver='' backoff=1 next_start=0 stopped=''
system='' stored_partial='' told_trouble='' trouble_since=''
slot_lost='' slot_state='' lag=0 position=0/0

receive() {
    local pause next_look=0 next_partial=0
    kept=$spool.kept
    mkdir -p "$kept" || die "$kept cannot be made"
    exec {pause}<> <(:)
    [ ! -s "$spool.system" ] || system=$(<"$spool.system")
    [ ! -s "$S3PIPE_STATE_DIR/wal-gap" ] || slot_lost=1
    log "receiving by the slot $WAL_SLOT into $spool"
    while [ -z "$ending" ]; do
        keep_receiving
        store_finished || true
        if [ "$SECONDS" -ge "$next_partial" ]; then
            next_partial=$((SECONDS + WAL_PARTIAL_SECONDS))
            store_partial || true
        fi
        if [ "$SECONDS" -ge "$next_look" ]; then
            next_look=$((SECONDS + 10))
            look
        fi
        read -r -t 1 -u "$pause" || true
    done
    log 'ending: what was received is stored'
    end_receiver
    store_finished || true
    store_partial || true
    finished
    left=${#files[@]}
}

# ---- the receiver

keep_receiving() {
    if [ -n "$receiver" ]; then
        if kill -0 "$receiver" 2>/dev/null; then
            spool_has_room || true
            return 0
        fi
        receiver=''
        [ -n "$stopped" ] || receiver_failed
    fi
    [ "$SECONDS" -ge "$next_start" ] && spool_has_room || return 0
    start_receiver || {
        next_start=$((SECONDS + backoff))
        backoff=$((backoff < 30 ? backoff * 2 : 30))
    }
}
start_receiver() {
    local before=$system
    identify 2>"$work/receiver" || {
        trouble "the server cannot be reached: $(tail -n 1 "$work/receiver")"
        return 1
    }
    [ -z "$before" ] || [ "$before" = "$system" ] || other_cluster "$before"
    ask_slot 2>"$work/receiver" || {
        trouble "the slots cannot be listed: $(tail -n 1 "$work/receiver")"
        return 1
    }
    case $slot_state in
    lost) lose_slot 'the server says that the slot is lost' ;;
    # There was one before: what the server wrote since it went is not ours.
    none) [ ! -s "$spool.system" ] || lose_slot 'the slot is gone' ;;
    esac
    pg_receivewal -w -S "$WAL_SLOT" --create-slot --if-not-exists 2>"$work/receiver" || {
        trouble "the slot $WAL_SLOT cannot be made: $(tail -n 1 "$work/receiver")"
        return 1
    }
    printf '%s\n' "$system" >"$spool.system"
    empty_cut_partials
    # If this script is killed it must not go on alone: it would hold the slot.
    setpriv --pdeathsig TERM -- pg_receivewal -w -D "$spool" -S "$WAL_SLOT" --no-loop -s 5 \
        2>"$work/receiver" </dev/null &
    receiver=$! stopped=''
    started_at=$SECONDS
}
# empty_cut_partials: pg_receivewal fills a new file with zeros before it writes WAL
# into it; killed meanwhile it refuses that file, for its size, for ever after. It takes
# an empty one, and asks for that segment from its beginning, which the slot keeps.
empty_cut_partials() {
    local file
    for file in "$spool"/*.partial; do
        if [ ! -s "$file" ]; then continue; fi
        if segment_header "$file" && [ "$(stat -c %s "$file")" = "$header_size" ]; then continue; fi
        : >"$file"
    done
}
receiver_failed() {
    local words
    # The last line only says that it is disconnected.
    words=$(sed '/: disconnected$/d' "$work/receiver" | tail -n 1)
    : "${words:=$(tail -n 1 "$work/receiver")}"
    trouble "pg_receivewal ended: ${words:-without a word}"
    [ $((SECONDS - started_at)) -lt 60 ] || backoff=1
    next_start=$((SECONDS + backoff))
    backoff=$((backoff < 30 ? backoff * 2 : 30))
}
end_receiver() {
    [ -n "$receiver" ] || return 0
    stopped=1
    kill "$receiver" 2>/dev/null || true
    await_end "$receiver"
    receiver=''
}
# Sets slot_state to wal_status, or none; and lag, the bytes of WAL that the server
# keeps for it.
ask_slot() {
    local line
    line=$(sql postgres -v slot="$WAL_SLOT" <<'SQL'
SELECT wal_status, coalesce(pg_wal_lsn_diff(
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_flush_lsn() END, restart_lsn), 0)::bigint
  FROM pg_replication_slots WHERE slot_name = :'slot'
SQL
    ) || return 1
    slot_state=none lag=0
    [ -z "$line" ] || IFS='|' read -r slot_state lag <<<"$line"
}

# The disk is not filled: while the store is away the slot keeps WAL on the server.
spool_has_room() {
    local size limit=$spool_max
    size=$(spool_bytes)
    [ -z "$stopped" ] || limit=$((spool_max / 2))
    [ "$size" -lt "$limit" ] && return
    if [ -z "$stopped" ]; then
        end_receiver
        stopped=1
        trouble "the spool holds $(human "$size"): receiving stops until half of WAL_SPOOL_MAX is free; the slot keeps WAL on the server"
    fi
    return 1
}
spool_bytes() { du -sb "$spool" 2>/dev/null | cut -f 1 || true; } # a file may go meanwhile

# ---- what is lost

# lose_slot WORDS: the server has thrown WAL away that the slot had not got. What
# comes now is received all the same, by a new slot.
lose_slot() {
    empty_spool
    pg_receivewal -w -S "$WAL_SLOT" --drop-slot 2>"$work/receiver" || true
    printf '%08X%08X\n' "0x${position%/*}" "0x${position#*/}" >"$S3PIPE_STATE_DIR/wal-gap"
    slot_lost=1
    tell_trouble "WAL was lost ($1): the slot $WAL_SLOT was too far behind or was dropped; take a new base backup (basebackup.sh), until then nothing after the gap can be recovered"
    write_metrics "s3pipe_wal_slot_lost{system=\"$system\"}" 1
}
# The alarm ends when a base backup from behind the gap counts.
gap_is_closed() {
    local gap
    gap=$(<"$S3PIPE_STATE_DIR/wal-gap") || return 1
    s3ls -0 "$S3_PREFIX$system/base/" 2>/dev/null | tr '\0' '\n' |
        sed -nE 's/.*_[0-9]{6}\.[0-9A-F]{8}([0-9A-F]{16})\.[0-9A-F]{24}$/\1/p' | sort | tail -n 1 >"$work/newest.base" || return 1
    [[ $(<"$work/newest.base") > $gap ]]
}
other_cluster() { # SYSTEM
    warn "the server is another cluster now: $system in place of $1"
    empty_spool
    rm -f "$spool.system"
}
# What is there is stored; what cannot be followed by what comes goes.
empty_spool() {
    store_finished || true
    store_partial || true
    finished
    if [ ${#files[@]} = 0 ]; then rm -f "$spool"/*; else rm -f "$spool"/*.partial; fi
}

# ---- to the store

finished() { # sets files, histories first
    local file
    files=()
    for file in "$spool"/*.history; do
        if [ -e "$file" ] && [ ! -e "$kept/${file##*/}.stored" ]; then files+=("$file"); fi
    done
    for file in "$spool"/*; do
        if is_segment "${file##*/}"; then files+=("$file"); fi
    done
}
# store_finished: all of them; fails where one does.
store_finished() {
    finished
    [ ${#files[@]} != 0 ] || return 0
    # In a shell of its own: a signal to this one waits until that has ended.
    if (store_files); then
        trouble_is_over
    else
        store_failed
        return 1
    fi
}
# store_files: WAL_JOBS at once, and what follows a history when that is stored.
store_files() {
    local file pids=()
    for file in "${files[@]}"; do
        store_one "$file" &
        pids+=("$!")
        if [ ${#pids[@]} -ge "$wal_jobs" ] || [[ $file = *.history ]]; then
            all_ended || return
        fi
    done
    all_ended
}
all_ended() { # of pids
    local pid status=0
    for pid in "${pids[@]}"; do wait "$pid" || status=1; done
    pids=()
    return "$status"
}
store_one() { # FILE
    local name=${1##*/} reason='' system=$system
    if [[ $name = *.history ]]; then
        put_wal "$1" "$name" "$kept" && : >"$kept/$name.stored"
        return
    fi
    # It may be of the cluster that was there before.
    if segment_header "$1"; then system=$header_system; fi
    check_segment "$1" "$name" "$system" || {
        error "$reason: it is not stored"
        return 1
    }
    put_wal "$1" "$name" "$kept" || return 1
    wal_key "$name.partial"
    s3rm -q "$key" 2>/dev/null || true # a key that may not delete is a good one to have
    rm -f "$1"
    # What was encrypted may come again while the slot does not know of it yet.
    find "$kept" -name '*.made' -mmin +10 -delete
    : >"$S3PIPE_STATE_DIR/wal-stored"
}

# store_partial: the segment that is being written, if it was written to since.
store_partial() {
    local file
    file=$(find "$spool" -maxdepth 1 -name '*.partial' | sort | tail -n 1)
    [ -n "$file" ] && segment_header "$file" || return 0
    if [ "$file" = "$stored_partial" ] && [ ! "$file" -nt "$kept/partial" ]; then return; fi
    : >"$kept/partial.new"
    if (put_partial "$file" "${file##*/}"); then
        mv "$kept/partial.new" "$kept/partial"
        stored_partial=$file
        : >"$S3PIPE_STATE_DIR/wal-stored"
        trouble_is_over
    else
        [ ! -e "$file" ] || store_failed
        return 1
    fi
}
put_partial() { # FILE NAME
    local system=$header_system
    wal_key "$2"
    if [ -n "${BACKUP_FILTER:-}" ]; then
        # s3put publishes nothing that a filter has cut.
        rm -f "$kept/partial.ok"
        { gzstream "${wal_gzstream[@]}" <"$1" | run_user_command "$BACKUP_FILTER" && : >"$kept/partial.ok"; } |
            s3put -q -c "$kept/partial.ok" "$key"
    else
        s3put -q "$key" gzstream "${wal_gzstream[@]}" <"$1"
    fi
}

# ---- what is told

store_failed() {
    write_metrics "s3pipe_wal_failures_total{system=\"$system\"}" +1
    trouble 'WAL cannot be stored'
}
# trouble TEXT: told once, and an alarm when it has lasted for five minutes.
trouble() {
    : "${trouble_since:=$SECONDS}"
    [ "$told_trouble" = "$1" ] || warn "$1"
    told_trouble=$1
    [ $((SECONDS - trouble_since)) -lt 300 ] || [ -e "$S3PIPE_STATE_DIR/last-wal-failure" ] || tell_trouble "$1, for 5 minutes now"
}
tell_trouble() {
    error "$1"
    record_failure last-wal-failure "$1"
    ping /fail
}
trouble_is_over() {
    [ -z "$told_trouble" ] || log 'WAL is received and stored again'
    told_trouble='' trouble_since=''
    [ -n "$slot_lost" ] || record last-wal-failure ''
}

# look: every ten seconds; the slot's state, metrics, the end of an alarm.
look() {
    local label="{system=\"$system\"}"
    [ -n "$system" ] || return 0
    if ask_slot 2>/dev/null && [ "$slot_state" = lost ]; then end_receiver; fi # and is started anew
    if [ -n "$slot_lost" ] && gap_is_closed; then
        log 'a base backup from behind the gap is there: the alarm ends'
        rm -f "$S3PIPE_STATE_DIR/wal-gap"
        slot_lost=''
        record last-wal-failure ''
    fi
    finished
    if [ -n "$receiver" ] && [ ${#files[@]} = 0 ] && [ -z "$told_trouble" ]; then
        : >"$S3PIPE_STATE_DIR/wal-seen"
        write_metrics "s3pipe_wal_received_timestamp_seconds$label" "$(date +%s)"
    fi
    [ ! -e "$S3PIPE_STATE_DIR/wal-stored" ] ||
        write_metrics "s3pipe_wal_last_upload_timestamp_seconds$label" "$(stat -c %Y "$S3PIPE_STATE_DIR/wal-stored")"
    write_metrics "s3pipe_wal_failures_total$label" +0 "s3pipe_wal_spool_bytes$label" "$(spool_bytes)" \
        "s3pipe_wal_slot_lag_bytes$label" "${lag:-0}" "s3pipe_wal_slot_lost$label" "${slot_lost:-0}"
}
