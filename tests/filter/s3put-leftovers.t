#!/usr/bin/env bash
# What s3put leaves behind when things go wrong twice: nothing, or a line that
# says what, and how to remove it.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

bytes() { head -c "$1" /dev/zero; }
fresh() { faults_clear && server_log_clear; }
count() { server_log '[.[] | select(.op == "'"$1"'")] | length'; }
one_left() { [ "$(uploads_left)" = 1 ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }
# removal: runs the command that the last message on stderr names.
removal() { bash -c "$(sed -n 's/.*this removes it: //p' "$T/err")" >/dev/null; }

bytes 20000000 >"$T/in"

# ---- a command that fails while something it started holds the pipe
for size in 10 20000000; do
    before=$SECONDS
    run timeout 20 s3put "held$size" sh -c 'sleep 30 & echo $! >'"$T"'/pid; head -c '$size' /dev/zero; exit 3'
    exits "a failed command whose child holds the pipe ($size)" 1 "held$size: not published: sh: exit status 3"
    ok "is not waited for ($size)" test $((SECONDS - before)) -lt 10
    ok "what it left is ended ($size)" await 2 gone "$(cat "$T/pid")"
    is "nothing is left ($size)" "$(uploads_left)" 0
done
run timeout 20 s3put killed sh -c 'sleep 30 & echo x; kill -SEGV $$'
exits 'a command that crashes likewise' 1 'sh: killed by signal 11'
run s3put fine sh -c '(sleep 1; echo late) & echo early'
exits 'one that succeeds is waited for' 0
is 'all of it is there' "$(s3get -q fine)" $'early\nlate'
run s3put slow sh -c 'sleep 1; exit 4'
exits 'one that fails before its first byte' 1 'slow: not published: sh: exit status 4'

# ---- a part in flight when the upload is aborted
fresh
fault '{"op":"UploadPart","part":2,"times":-1,"action":{"stall":60,"at":"headers"}}'
s3put -q flying <"$T/in" 2>"$T/err" &
put=$!
await 10 eval '[ "$(faults_fired)" -ge 1 ] && one_left'
kill -TERM $put
wait $put
is 'TERM with a part in flight' $? 143
is 'aborts again after a moment, and after a while' "$(count AbortMultipartUpload)" 3
is 'and leaves nothing' "$(uploads_left)" 0

# ---- a signal before the upload's id has come
fresh
fault '{"op":"CreateMultipartUpload","times":1,"action":{"stall":1.5,"at":"headers"}}'
s3put -q begun <"$T/in" 2>"$T/err" &
put=$!
await 10 one_left
kill -TERM $put
wait $put
is 'TERM while Create is answered' $? 143
is 'waits for the id and leaves nothing' "$(uploads_left)" 0
is 'and says nothing' "$(<"$T/err")" ''

# ---- a second signal
for pair in 'INT INT' 'TERM INT' 'HUP HUP'; do
    read -r first second <<<"$pair"
    fresh
    fault '{"op":"AbortMultipartUpload","times":-1,"action":{"stall":60,"at":"request"}}'
    rm -f "$T/feed" && mkfifo "$T/feed"
    { bytes 20000000 && exec sleep 20; } >"$T/feed" &
    feeder=$!
    env --default-signal=INT s3put -q "twice key" <"$T/feed" 2>"$T/err" &
    put=$!
    await 10 one_left
    kill -"$first" $put
    sleep 0.3
    kill -"$second" $put
    sleep 1
    ok "$pair: one within a second is the same" kill -0 $put
    before=$SECONDS
    kill -"$second" $put
    wait $put
    is "$pair ends at once" $? $((128 + $(kill -l "$second")))
    ok "$pair: within two seconds" test $((SECONDS - before)) -le 2
    matches "$pair names what is left" "$(cat "$T/err")" '^s3put: put twice key: upload .* is left behind; this removes it: s3ls -u'
    kill $feeder 2>/dev/null
    fresh
    ok "$pair: the command it names" removal
    is "$pair: removes it" "$(uploads_left)" 0
done

# ---- an upload whose id was lost with the answer
fresh
fault '{"op":"CreateMultipartUpload","times":1,"action":{"reset":"after"}}'
run s3put lost <"$T/in"
exits 'a Create whose answer was lost' 0 'lost: upload .* may be of a try whose answer was lost; this removes it: s3ls -u'
ok 'what was put is whole' eval 's3get -q lost | cmp - "$T/in"'
is 'one is left' "$(s3ls -u | cut -f3)" lost
ok 'the command it names' removal
is 'removes it' "$(uploads_left)" 0
fresh
fault '{"op":"CreateMultipartUpload","times":1,"action":{"status":503,"code":"SlowDown"}}'
run s3put busy <"$T/in"
exits 'a Create that was refused at first is no news' 0
fresh
fault '{"op":"CreateMultipartUpload","times":1,"action":{"reset":"after"}}'
fault '{"op":"UploadPart","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
run s3put lost2 <"$T/in"
is 'a Create whose answer was lost before a failure: status' "$status" 1
matches 'tells of both' "$err" 'may be of a try whose answer was lost.*403 AccessDenied'
ok 'and the command' removal
is 'removes what is left' "$(uploads_left)" 0
done_testing
