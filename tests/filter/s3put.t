#!/usr/bin/env bash
# s3put by its command line, against the scripted server: what it sends, what
# it publishes, what it leaves behind.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

MIB=1048576
bytes() { head -c "$1" /dev/urandom; }
fresh() { # forgets what was asked and told before
    faults_clear && server_log_clear
}
ops() { server_log '[.[].op] | join(" ")' | tr -d '"'; }
nothing_left() { same "$(uploads_left)" 0; }
one_left() { same "$(uploads_left)" 1; }
absent() { ! s3get -q "$1" >/dev/null 2>&1; }
holds() { s3get -q "$1" | cmp - "$2"; }

# ---- one request for what fits in a part
for size in 0 1 $((8 * MIB)); do
    bytes "$size" >"$T/in"
    fresh
    run s3put "size$size" <"$T/in"
    exits "$size bytes" 0
    is "$size bytes are one request" "$(ops)" PutObject
    ok "$size bytes come back" holds "size$size" "$T/in"
done
bytes $((8 * MIB + 1)) >"$T/in"
fresh
run s3put multi <"$T/in"
exits 'a part and a byte' 0
is 'a part and a byte are an upload of two parts' \
    "$(ops | tr ' ' '\n' | LC_ALL=C sort | xargs)" \
    'CompleteMultipartUpload CreateMultipartUpload HeadObject UploadPart UploadPart'
ok 'a part and a byte come back' holds multi "$T/in"

# ---- what is on the wire
fresh
run s3put -t text/x-sql -m by=me -m 'Note=a b' -H 'x-amz-storage-class: STANDARD_IA' k/wire <<<x
exits 'headers' 0
# The headers of request number $1, one "name: value" a line.
headers_of() { server_log ".[$1].headers[] | \"\(.[0] | ascii_downcase): \(.[1])\"" | tr -d '"'; }
headers=$(headers_of 0)
matches '-t is the content type' "$headers" 'content-type: text/x-sql'
matches '-m is metadata' "$headers" 'x-amz-meta-by: me'
matches '-m keeps blanks' "$headers" 'x-amz-meta-note: a b'
matches '-H is sent' "$headers" 'x-amz-storage-class: STANDARD_IA'
matches 'an id of our own is sent' "$headers" 'x-amz-meta-s3pipe-id: [0-9a-f]{32}'
ok 'no MD5 is sent' not grep -qi 'content-md5' <<<"$headers"
ok 'no 100-continue is asked for' not grep -qi '^expect:' <<<"$headers"
matches 'the body is in the signature' "$headers" 'x-amz-content-sha256: [0-9a-f]{64}'
for key in 'a b+c%d&e' 'ünï/☃' '..' 'a//b' "q'\"<>"; do
    run s3put "$key" <<<"$key"
    exits "the key $key" 0
    is "the key $key comes back" "$(s3get -q "$key")" "$key"
done

# ---- -n
fresh
run s3put -n new <<<1
exits '-n of a new key' 0
is '-n asks before and after stdin, and puts on condition' "$(ops)" 'HeadObject HeadObject PutObject'
matches '-n sends If-None-Match' "$(headers_of 2)" 'if-none-match: \*'
run s3put -n new <<<2
exits '-n of a taken key' 4 'new: the key exists'
is '-n has not replaced it' "$(s3get -q new)" 1
bytes $((9 * MIB)) >"$T/in"
fresh
fault '{"op":"HeadObject","times":2,"action":{"status":404}}'
run s3put -n multi <"$T/in"
exits '-n of a key that was taken meanwhile' 4 'PreconditionFailed'
ok '-n leaves no upload' nothing_left
ok '-n left the other object' not holds multi "$T/in"
fresh
fault '{"op":"PutObject","times":1,"action":{"reset":"after"}}'
run s3put -n once <<<once
exits '-n whose answer was lost knows its own object' 0
is '-n wrote it' "$(s3get -q once)" once
fresh
fault '{"op":"CompleteMultipartUpload","times":1,"action":{"reset":"after"}}'
run s3put -n twice <"$T/in"
exits '-n whose Complete was lost knows its own object' 0
ok 'and it is whole' holds twice "$T/in"

# ---- -l
fresh
run s3put -l listed <<<1
exits '-l of what the store lists' 0
is '-l asks for one listing' "$(ops)" 'PutObject ListObjectsV2'
run s3put listed.gz <<<123
run s3put -l listed <<<2
exits '-l where another key begins with this one' 0
fault '{"op":"ListObjectsV2","times":2,"action":{"status":403,"code":"AccessDenied"}}'
run s3put -l refused <<<1
exits '-l without the right to list' 5 'put refused: stored, but not confirmed: list test: .*403 AccessDenied'
run s3put -l -v refused <<<1
matches '-v says what is stored all the same' "$status $err" '^5 s3put: put refused: 2 bytes in 1 part'
is 'it is stored' "$(s3get -q refused)" 1
listing() { fault '{"op":"ListObjectsV2","times":1,"action":{"body":"<ListBucketResult>'"$1"'</ListBucketResult>"}}'; }
listing '<Contents><Key>unlisted.gz</Key><Size>2</Size></Contents>'
run s3put -l unlisted <<<1
exits '-l of what the store does not list' 5 'put unlisted: stored, but the store does not list it'
listing '<Contents><Key>short</Key><Size>1</Size></Contents>'
run s3put -l short <<<1
exits '-l of what the store lists with another size' 5 'put short: stored, but the store lists it with 1 bytes, not 2'
head -c $((9 * MIB)) /dev/zero >"$T/in"
run s3put -l listed-parts <"$T/in"
exits '-l of an upload in parts' 0
run s3put -l unpublished sh -c 'exit 7'
exits '-l of what is not published' 1 'unpublished: not published: sh: exit status 7'

# ---- the command form
run s3put cmd printf 'a\nb\n'
exits 'a command' 0
is 'what a command writes is the object' "$(s3get -q cmd)" $'a\nb'
run s3put cmd1 sh -c 'echo x; exit 7'
exits 'a command that fails' 1 'cmd1: not published: sh: exit status 7'
ok 'a command that fails publishes nothing' absent cmd1
run s3put cmd2 sh -c 'head -c 20000000 /dev/zero; exit 3'
exits 'a command that fails late' 1 'cmd2: not published: sh: exit status 3'
ok 'a command that fails late publishes nothing' absent cmd2
ok 'a command that fails late leaves no upload' nothing_left
# shellcheck disable=SC2016
run s3put cmd3 sh -c 'head -c 20000000 /dev/zero; kill -9 $$'
exits 'a command that is killed' 1 'sh: killed by signal 9'
ok 'a command that is killed leaves no upload' nothing_left
run s3put cmd4 no-such-program
exits 'a command that is not there' 1 'no-such-program: command not found'
printf '#!/nonexistent\n' >"$T/cannot" && chmod 644 "$T/cannot"
run s3put cmd5 "$T/cannot"
exits 'a command that cannot run' 1 'cannot be run'
sockets=(find /proc/self/fd -lname 'socket:*')
run s3put -n fds "${sockets[@]}" </dev/null
exits 'a command behind -n' 0
is 'inherits none of our sockets' "$(s3get -q fds)" "$("${sockets[@]}" </dev/null 2>/dev/null)"
exec 9>"$T/lock"
run s3put -n fds9 ls -l /proc/self/fd
matches 'and what we have inherited' "$(s3get -q fds9)" ' 9 -> .*/lock'
exec 9>&-
run env --ignore-signal=CHLD s3put chld sh -c 'grep SigIgn /proc/self/status'
exits 'a command where SIGCHLD is ignored' 0
ok 'has it by default itself' eval '(((0x$(s3get -q chld | cut -f 2) & 1 << 16) == 0))'
run env --ignore-signal=CHLD s3put chld sh -c 'exit 7'
exits 'one that fails' 1 'chld: not published: sh: exit status 7'
run s3put cmd6 sh -c 'echo early; exec >&-; sleep 0.3; exit 9'
exits 'a command that closes its stdout and fails later' 1 'exit status 9'
ok 'it publishes nothing' absent cmd6
run s3put cmd7 sh -c '(sleep 0.3; echo late) & echo early'
exits 'a grandchild that holds the pipe' 0
is 'all that it wrote is there' "$(s3get -q cmd7)" $'early\nlate'
fresh
fault '{"op":"CreateMultipartUpload","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
run timeout 20 s3put cmd8 sh -c 'exec 2>/dev/null; trap "echo ended >'"$T"'/ended; exit" TERM; head -c 9000000 /dev/zero; sleep 60 & wait'
exits 'a refused upload ends its command' 1 '403 AccessDenied'
ok 'the command was told' test -s "$T/ended"
is 'its stdin is ours' "$(echo through | s3put cat cat && s3get -q cat)" through

run s3put cmd9 sh -c 'echo "its own words" >&2; echo out'
is 'a command says what it likes: status' "$status" 0
is 'on stderr, untouched' "$err" 'its own words'
fresh
s3put cmd10 sh -c 'sleep 40 & echo $! >'"$T"'/pid; echo x; wait' 2>"$T/err" &
put=$!
await 5 test -s "$T/pid"
kill -TERM $put
wait $put
is 'TERM ends it' $? 143
ok 'and its command, with what that started' await 2 not kill -0 "$(cat "$T/pid")"
is 'without a word' "$(cat "$T/err")" ''
ok 'and publishes nothing' absent cmd10

# ---- -c
mkdir -p "$T/m"
run s3put -c "$T/m/no" c1 <<<x
exits '-c without the file' 1 'c1: not published: -c .*/m/no: No such file'
ok '-c without the file publishes nothing' absent c1
fresh
{ bytes 20000000 && touch "$T/m/ok"; } | s3put -c "$T/m/ok" c2
is '-c with the file publishes' "$(s3get -q c2 | wc -c)" 20000000
touch -d '2 minutes ago' "$T/m/old"
fresh
run s3put -c "$T/m/old" c3 <<<x
exits '-c with a stale file' 2 'older than this run'
is '-c with a stale file asks nothing' "$(ops)" ''
bytes 20000000 | s3put -c "$T/m/no" c4 2>/dev/null
ok '-c of a long stream leaves no upload' nothing_left
run s3put -c "$T/m/ok/below" c5 <<<x
exits '-c where stat fails otherwise' 1 'not published'

# ---- failures
fresh
fault '{"op":"UploadPart","part":2,"times":1,"action":{"status":503,"code":"SlowDown"}}'
bytes 30000000 >"$T/in"
run s3put slow <"$T/in"
exits 'a part that is asked to slow down' 0
ok 'it is whole' holds slow "$T/in"
fresh
fault '{"op":"UploadPart","part":3,"times":1,"action":{"reset":"during"}}'
run s3put reset <"$T/in"
exits 'a part that is reset' 0
ok 'it is whole too' holds reset "$T/in"
fresh
fault '{"op":"CompleteMultipartUpload","times":1,"action":{"error_200":"InternalError"}}'
run s3put late <"$T/in"
exits 'an error in the 200 of Complete is repeated' 0
fresh
fault '{"op":"CompleteMultipartUpload","times":-1,"action":{"error_200":"InternalError"}}'
S3_RETRIES=2 run s3put late2 <"$T/in"
exits 'an error in the 200 of Complete is an error' 1 'late2: 200 InternalError'
ok 'late: nothing is left' nothing_left
ok 'late: nothing is there' absent late2
fresh
fault '{"op":"UploadPart","part":2,"times":-1,"action":{"status":403,"code":"AccessDenied"}}'
{ bytes 17000000 && sleep 30; } | { timeout 10 s3put silent 2>"$T/err"; echo $? >"$T/status"; } &
fed=$!
await 5 test -s "$T/status"
is 'a 403 ends s3put while stdin is silent' "$(cat "$T/status")" 1
kill $fed 2>/dev/null
ok 'silent: nothing is left' nothing_left
for code in AccessDenied InvalidAccessKeyId; do
    fresh
    fault '{"op":"*","times":-1,"action":{"status":403,"code":"'$code'"}}'
    run timeout 5 s3put silent2 sleep 30
    exits "a 403 $code before the first byte" 1 "silent2: 403 $code"
done
fresh
fault '{"op":"GetObject","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
run s3put slow1 sh -c 'sleep 1; echo x'
exits 'a slow stream by who may put and not read' 0
is 'is one PutObject in the end' "$(ops)" 'GetObject CreateMultipartUpload AbortMultipartUpload PutObject'
ok 'and leaves nothing' nothing_left
fresh
run s3put slow2 sh -c 'sleep 1; echo x'
exits 'a slow stream' 0
is 'costs a look' "$(ops)" 'GetObject PutObject'

# ---- signals
for signal in INT TERM HUP; do
    fresh
    rm -f "$T/pipe" && mkfifo "$T/pipe"
    { bytes 17000000 && sleep 30; } >"$T/pipe" &
    feeder=$!
    # A shell ignores INT for what it runs in the background.
    env --default-signal=INT s3put "signal$signal" <"$T/pipe" 2>"$T/err" &
    put=$!
    await 5 one_left
    is "$signal comes while an upload is under way" "$(uploads_left)" 1
    kill -"$signal" $put
    wait $put
    is "$signal: dies of it" $? $((128 + $(kill -l "$signal")))
    is "$signal: says nothing" "$(cat "$T/err")" ''
    ok "$signal: leaves no upload" nothing_left
    kill $feeder 2>/dev/null
done
env --ignore-signal=HUP s3put nohup sh -c 'sleep 0.5; echo x' &
put=$!
sleep 0.2 && kill -HUP $put
wait $put
is 'a HUP that is ignored stays ignored' $? 0

# ---- refused before anything is sent
fresh
run s3put
exits 'no key' 2 'no key'
run s3put ''
exits 'an empty key' 2 'key is empty'
run s3put "$(printf 'x%.0s' $(seq 1025))"
exits 'a key too long' 2 'longer than 1024'
run s3put $'\xff'
exits 'a key that is not UTF-8' 2 'not UTF-8'
run s3put -p 1M k
exits 'a part too small' 2 '-p: not a size from 5.0 MiB to 5.0 GiB: 1M'
run s3put -j 0 k
exits 'no jobs' 2 '-j: not a number'
run s3put -H $'a: b\nc: d' k
exits 'a header with a newline' 2 'control character'
run s3put -H 'Authorization: x' k
exits 'a header that is ours' 2 'Authorization'
run s3put -H 'x-amz-server-side-encryption-customer-key: x' k
exits 'the key of SSE-C' 2 'customer-key'
run s3put -H novalue k
exits 'a header without a colon' 2 'novalue'
run s3put -m '=x' k
exits 'metadata without a name' 2 '=x'
truncate -s $((5 * 1024 ** 4 + 1)) "$T/huge" && {
    run s3put huge <"$T/huge"
    exits 'a file of more than 5 TiB' 1 'huge: more than 5.0 TiB, the largest object of S3_MAX_OBJECT'
    S3_MAX_OBJECT=5368709120000 run s3put -p 5M huge <"$T/huge"
    exits 'one that S3_MAX_OBJECT forbids' 1 'huge: more than 10000 parts'
}
truncate -s 60G "$T/huge"
run s3put -p 5M huge <"$T/huge"
exits 'a file of more than 10,000 parts' 1 'huge: more than 10000 parts of 5242880 bytes: give a larger -p'
rm "$T/huge"
is 'nothing was sent' "$(ops)" ''
run s3put -v v <<<123
exits '-v' 0 'put v: 4 bytes in 1 part'
done_testing
