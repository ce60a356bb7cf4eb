#!/usr/bin/env bash
# s3put by its command line, against the scripted server: what it sends, what
# it publishes, what it leaves behind.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

MIB=1048576
bytes() { head -c "$1" /dev/urandom; }
ops() { server_log '[.[].op] | join(" ")' | tr -d '"'; }
# The headers of request number $1, one "name: value" a line.
headers_of() { server_log ".[$1].headers[] | \"\(.[0] | ascii_downcase): \(.[1])\"" | tr -d '"'; }
nothing_left() { same "$(uploads_left)" 0; }
one_left() { same "$(uploads_left)" 1; }
absent() { ! s3get -q "$1" >/dev/null 2>&1; }
ended() { ! kill -0 "$1" || grep -q '^State:.Z' "/proc/$1/status"; } # nobody need have reaped it
holds() { s3get -q "$1" | cmp - "$2"; }

# ---- what is sent

if testcase 'input that fits in a part'; then
    for size in 0 1 $((8 * MIB)); do
        bytes "$size" >in
        s3server_empty
        run s3put "size$size" <in
        exits "s3put stores $size bytes" 0
        is "$size bytes are one request" "$(ops)" PutObject
        ok "$size bytes come back" holds "size$size" in
    done
fi

if testcase 'input of a part and a byte'; then
    s3server_empty
    bytes $((8 * MIB + 1)) >in
    run s3put multi <in
    exits 's3put stores it' 0
    is 'it is an upload of two parts' \
        "$(ops | tr ' ' '\n' | LC_ALL=C sort | xargs)" \
        'CompleteMultipartUpload CreateMultipartUpload HeadObject UploadPart UploadPart'
    ok 'it comes back' holds multi in
fi

if testcase 'headers of a put'; then
    s3server_empty
    run s3put -t text/x-sql -m by=me -m 'Note=a b' -H 'x-amz-storage-class: STANDARD_IA' k/wire <<<x
    exits 's3put takes -t, -m and -H' 0
    headers=$(headers_of 0)
    matches '-t is the content type' "$headers" 'content-type: text/x-sql'
    matches '-m is metadata' "$headers" 'x-amz-meta-by: me'
    matches '-m keeps blanks' "$headers" 'x-amz-meta-note: a b'
    matches '-H is sent' "$headers" 'x-amz-storage-class: STANDARD_IA'
    matches 's3put adds an id of its own' "$headers" 'x-amz-meta-s3pipe-id: [0-9a-f]{32}'
    ok 'no MD5 is sent' not grep -qi 'content-md5' <<<"$headers"
    ok 'no 100-continue is asked for' not grep -qi '^expect:' <<<"$headers"
    matches 'the body is in the signature' "$headers" 'x-amz-content-sha256: [0-9a-f]{64}'
fi

if testcase 'keys of unusual characters'; then
    s3server_empty
    for key in 'a b+c%d&e' 'ünï/☃' '..' 'a//b' "q'\"<>"; do
        run s3put "$key" <<<"$key"
        exits "s3put takes the key $key" 0
        is "the object of the key $key comes back" "$(s3get -q "$key")" "$key"
    done
fi

if testcase '-v'; then
    s3server_empty
    run s3put -v v <<<123
    exits 's3put reports the object, its bytes and parts' 0 'put v: 4 bytes in 1 part'
fi

# ---- -n

if testcase '-n with a new key'; then
    s3server_empty
    run s3put -n new <<<1
    exits 's3put stores the object' 0
    is 's3put asks before and after stdin, and puts on condition' "$(ops)" 'HeadObject HeadObject PutObject'
    matches 'the PutObject has If-None-Match' "$(headers_of 2)" 'if-none-match: \*'
fi

if testcase '-n with a key that exists'; then
    s3server_empty
    s3put new <<<1
    run s3put -n new <<<2
    exits 's3put refuses' 4 'new: the key exists'
    is 'the object is not replaced' "$(s3get -q new)" 1
fi

if testcase '-n with a key that another takes meanwhile'; then
    s3server_empty
    s3put multi <<<other
    bytes $((9 * MIB)) >in
    fault '{"op":"HeadObject","times":2,"action":{"status":404}}'
    run s3put -n multi <in
    exits 's3put refuses' 4 'PreconditionFailed'
    ok 'no upload is left' nothing_left
    is 'the other object is not replaced' "$(s3get -q multi)" other
fi

if testcase '-n whose answer is lost'; then
    s3server_empty
    fault '{"op":"PutObject","times":1,"action":{"reset":"after"}}'
    run s3put -n once <<<once
    exits 's3put knows the object that it put' 0
    is 'the object that it put is there' "$(s3get -q once)" once
    bytes $((9 * MIB)) >in
    s3server_empty
    fault '{"op":"CompleteMultipartUpload","times":1,"action":{"reset":"after"}}'
    run s3put -n twice <in
    exits 's3put knows the upload that it completed' 0
    ok 'the upload that it completed is whole' holds twice in
fi

# ---- -l

if testcase '-l of what the store lists'; then
    s3server_empty
    run s3put -l listed <<<1
    exits 's3put stores the object' 0
    is 's3put asks for one listing' "$(ops)" 'PutObject ListObjectsV2'
    run s3put listed.gz <<<123
    run s3put -l listed <<<2
    exits 'another key may begin with this one' 0
    bytes $((9 * MIB)) >in
    run s3put -l listed-parts <in
    exits 's3put stores an upload in parts' 0
fi

if testcase '-l without the right to list'; then
    s3server_empty
    fault '{"op":"ListObjectsV2","times":2,"action":{"status":403,"code":"AccessDenied"}}'
    run s3put -l refused <<<1
    exits 's3put says that the object is not confirmed' 5 'put refused: stored, but not confirmed: list test: .*403 AccessDenied'
    run s3put -l -v refused <<<1
    matches 's3put -v says what is stored all the same' "$status $err" '^5 s3put: put refused: 2 bytes in 1 part'
    is 'the object is stored' "$(s3get -q refused)" 1
fi

if testcase '-l of what the store does not list'; then
    s3server_empty
    listing() { fault '{"op":"ListObjectsV2","times":1,"action":{"body":"<ListBucketResult>'"$1"'</ListBucketResult>"}}'; }
    listing '<Contents><Key>unlisted.gz</Key><Size>2</Size></Contents>'
    run s3put -l unlisted <<<1
    exits 's3put reports a key that is missing' 5 'put unlisted: stored, but the store does not list it'
    listing '<Contents><Key>short</Key><Size>1</Size></Contents>'
    run s3put -l short <<<1
    exits 's3put reports another size' 5 'put short: stored, but the store lists it with 1 bytes, not 2'
fi

if testcase '-l of what is not published'; then
    s3server_empty
    run s3put -l unpublished sh -c 'exit 7'
    exits 's3put reports the failure of the command' 1 'unpublished: not published: sh: exit status 7'
fi

# ---- the command form

if testcase 'a command that succeeds'; then
    s3server_empty
    run s3put cmd printf 'a\nb\n'
    exits 's3put succeeds' 0
    is 'what it writes is the object' "$(s3get -q cmd)" $'a\nb'
    is 'its stdin is that of s3put' "$(echo through | s3put cat cat && s3get -q cat)" through
    run s3put words sh -c 'echo "its own words" >&2; echo out'
    is 'it may write to stderr: status' "$status" 0
    is 'its stderr is passed on untouched' "$err" 'its own words'
    run s3put early sh -c '(sleep 0.3; echo late) & echo early'
    exits 'a child that it leaves may hold the pipe' 0
    is 'what a child that it leaves writes is in the object' "$(s3get -q early)" $'early\nlate'
fi

# unpublished NAME STATUS-TEXT COMMAND...: s3put of a command that fails.
unpublished() {
    s3server_empty
    run s3put cmd "${@:3}"
    exits "s3put reports $1" 1 "$2"
    ok "s3put publishes nothing after $1" absent cmd
    ok "s3put leaves no upload after $1" nothing_left
}
if testcase 'a command that fails'; then
    unpublished 'an exit status' 'cmd: not published: sh: exit status 7' sh -c 'echo x; exit 7'
    unpublished 'a late exit status' 'cmd: not published: sh: exit status 3' sh -c 'head -c 20000000 /dev/zero; exit 3'
    # shellcheck disable=SC2016
    unpublished 'a death by a signal' 'sh: killed by signal 9' sh -c 'head -c 20000000 /dev/zero; kill -9 $$'
    unpublished 'an exit status after a closed stdout' 'exit status 9' sh -c 'echo early; exec >&-; sleep 0.3; exit 9'
fi

if testcase 'a command that cannot be run'; then
    s3server_empty
    run s3put cmd no-such-program
    exits 's3put reports that there is none' 1 'no-such-program: command not found'
    printf '#!/nonexistent\n' >cannot && chmod 644 cannot
    run s3put cmd "$PWD/cannot"
    exits 's3put reports that it is not executable' 1 'cannot be run'
fi

if testcase 'file descriptors of a command'; then
    s3server_empty
    sockets=(find /proc/self/fd -lname 'socket:*')
    run s3put -n fds "${sockets[@]}" </dev/null
    exits 's3put -n runs it' 0
    is 'it inherits no socket of s3put' "$(s3get -q fds)" "$("${sockets[@]}" </dev/null 2>/dev/null)"
    exec 9>lock
    run s3put -n fds9 ls -l /proc/self/fd
    matches 'it inherits what s3put has inherited' "$(s3get -q fds9)" ' 9 -> .*/lock'
    exec 9>&-
fi

if testcase 'a command where SIGCHLD is ignored'; then
    s3server_empty
    run env --ignore-signal=CHLD s3put chld sh -c 'grep SigIgn /proc/self/status'
    exits 's3put succeeds' 0
    ok 'it does not ignore SIGCHLD itself' eval '(((0x$(s3get -q chld | cut -f 2) & 1 << 16) == 0))'
    run env --ignore-signal=CHLD s3put chld sh -c 'exit 7'
    exits 's3put reports that it failed' 1 'chld: not published: sh: exit status 7'
fi

if testcase 'a command whose upload is refused'; then
    s3server_empty
    fault '{"op":"CreateMultipartUpload","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
    run timeout 20 s3put cmd sh -c 'exec 2>/dev/null; trap "echo ended >ended; exit" TERM; head -c 9000000 /dev/zero; sleep 60 & wait'
    exits 's3put fails without waiting for its end' 1 '403 AccessDenied'
    ok 'it gets a TERM' test -s ended
fi

if testcase 'TERM while a command runs'; then
    s3server_empty
    s3put cmd sh -c 'sleep 40 & echo $! >pid; echo x; wait' 2>err &
    put=$!
    await 5 test -s pid
    kill -TERM $put
    wait $put
    is 's3put ends' $? 143
    ok 'the command ends, with what it started' await 10 ended "$(cat pid)"
    is 's3put says nothing' "$(cat err)" ''
    ok 's3put publishes nothing' absent cmd
fi

# ---- -c

if testcase '-c without the file'; then
    s3server_empty
    run s3put -c "$PWD/no" c <<<x
    exits 's3put reports it' 1 'c: not published: -c .*/no: No such file'
    ok 's3put publishes nothing' absent c
    bytes 20000000 | s3put -c "$PWD/no" c 2>/dev/null
    ok 's3put of a long stream leaves no upload' nothing_left
fi

if testcase '-c with the file'; then
    s3server_empty
    { bytes 20000000 && touch ok; } | s3put -c "$PWD/ok" c
    is 's3put publishes' "$(s3get -q c | wc -c)" 20000000
fi

if testcase '-c with a stale file'; then
    s3server_empty
    touch -d '2 minutes ago' old
    run s3put -c "$PWD/old" c <<<x
    exits 's3put refuses' 2 'older than this run'
    is 's3put sends nothing' "$(ops)" ''
fi

if testcase '-c where stat fails otherwise'; then
    s3server_empty
    touch file
    run s3put -c "$PWD/file/below" c <<<x
    exits 's3put publishes nothing' 1 'not published'
fi

# ---- failures

if testcase 'a part that fails once'; then
    bytes 30000000 >in
    s3server_empty
    fault '{"op":"UploadPart","part":2,"times":1,"action":{"status":503,"code":"SlowDown"}}'
    run s3put slow <in
    exits 's3put repeats it after a SlowDown' 0
    ok 'the object is whole after a SlowDown' holds slow in
    s3server_empty
    fault '{"op":"UploadPart","part":3,"times":1,"action":{"reset":"during"}}'
    run s3put reset <in
    exits 's3put repeats it after a reset' 0
    ok 'the object is whole after a reset' holds reset in
fi

if testcase 'an error in the 200 of a Complete'; then
    bytes $((9 * MIB)) >in
    s3server_empty
    fault '{"op":"CompleteMultipartUpload","times":1,"action":{"error_200":"InternalError"}}'
    run s3put once <in
    exits 's3put repeats the request' 0
    s3server_empty
    fault '{"op":"CompleteMultipartUpload","times":-1,"action":{"error_200":"InternalError"}}'
    S3_RETRIES=2 run s3put ever <in
    exits 's3put reports it when it persists' 1 'ever: 200 InternalError'
    ok 's3put leaves no upload when it persists' nothing_left
    ok 's3put publishes nothing when it persists' absent ever
fi

if testcase 'a refusal while stdin is silent'; then
    s3server_empty
    fault '{"op":"UploadPart","part":2,"times":-1,"action":{"status":403,"code":"AccessDenied"}}'
    mkfifo pipe
    { bytes 17000000 && exec sleep 30; } >pipe &
    fed=$!
    run timeout 10 s3put silent <pipe
    is 's3put ends' "$status" 1
    ok 's3put leaves no upload' nothing_left
    kill $fed 2>/dev/null
    for code in AccessDenied InvalidAccessKeyId; do
        s3server_empty
        fault '{"op":"*","times":-1,"action":{"status":403,"code":"'$code'"}}'
        run timeout 5 s3put silent sleep 30
        exits "s3put reports $code before the first byte" 1 "silent: 403 $code"
    done
fi

if testcase 'a stream that is slow at first'; then
    s3server_empty
    run s3put slow sh -c 'sleep 1; echo x'
    exits 's3put stores it' 0
    is 'it costs a look' "$(ops)" 'GetObject PutObject'
    s3server_empty
    fault '{"op":"GetObject","times":-1,"action":{"status":403,"code":"AccessDenied"}}'
    run s3put slow sh -c 'sleep 1; echo x'
    exits 's3put stores it without the right to read' 0
    is 'it costs a trial upload without the right to read' "$(ops)" 'GetObject CreateMultipartUpload AbortMultipartUpload PutObject'
    ok 'no upload is left without the right to read' nothing_left
fi

# ---- signals

for signal in INT TERM HUP; do
    if testcase "$signal during an upload"; then
        s3server_empty
        mkfifo pipe
        { bytes 17000000 && exec sleep 30; } >pipe &
        feeder=$!
        # A shell ignores INT for what it runs in the background.
        env --default-signal=INT s3put "signal$signal" <pipe 2>err &
        put=$!
        await 5 one_left
        is 'an upload is under way' "$(uploads_left)" 1
        kill -"$signal" $put
        wait $put
        is 's3put dies of it' $? $((128 + $(kill -l "$signal")))
        is 's3put says nothing' "$(cat err)" ''
        ok 's3put leaves no upload' nothing_left
        kill $feeder 2>/dev/null
    fi
done

if testcase 'HUP that was ignored from the start'; then
    s3server_empty
    mkfifo pipe
    env --ignore-signal=HUP s3put nohup sh -c 'echo started >started; cat' <pipe &
    put=$!
    exec 9>pipe
    await 5 test -s started
    kill -HUP $put
    exec 9>&-
    wait $put
    is 's3put goes on' $? 0
fi

# ---- refused before anything is sent

if testcase 'a wrong key'; then
    s3server_empty
    run s3put
    exits 's3put asks for one' 2 'no key'
    run s3put ''
    exits 'it may not be empty' 2 'key is empty'
    run s3put "$(printf 'x%.0s' $(seq 1025))"
    exits 'it may not have 1,025 bytes' 2 'longer than 1024'
    run s3put $'\xff'
    exits 'it must be UTF-8' 2 'not UTF-8'
    is 'nothing is sent' "$(ops)" ''
fi

if testcase 'a wrong option'; then
    s3server_empty
    run s3put -p 1M k
    exits '-p has a least size' 2 '-p: not a size from 5.0 MiB to 5.0 GiB: 1M'
    run s3put -j 0 k
    exits '-j may not be 0' 2 '-j: not a number'
    run s3put -H $'a: b\nc: d' k
    exits '-H may not have a newline' 2 'control character'
    run s3put -H 'Authorization: x' k
    exits '-H may not name a header that s3put sets itself' 2 'Authorization'
    run s3put -H 'x-amz-server-side-encryption-customer-key: x' k
    exits '-H may not name the key of SSE-C' 2 'customer-key'
    run s3put -H novalue k
    exits '-H must have a colon' 2 'novalue'
    run s3put -m '=x' k
    exits '-m must have a name' 2 '=x'
    is 'nothing is sent' "$(ops)" ''
fi

if testcase 'a file that is too large'; then
    s3server_empty
    if truncate -s $((5 * 1024 ** 4 + 1)) huge; then
        run s3put huge <huge
        exits 's3put refuses more than 5 TiB' 1 'huge: more than 5.0 TiB, the largest object of S3_MAX_OBJECT'
        S3_MAX_OBJECT=5368709120000 run s3put -p 5M huge <huge
        exits 's3put refuses more than 10,000 parts of what S3_MAX_OBJECT allows' 1 'huge: more than 10000 parts'
    else
        ok 'more than 5 TiB # SKIP the file system holds no such file' true
    fi
    truncate -s 60G huge
    run s3put -p 5M huge <huge
    exits 's3put refuses more than 10,000 parts' 1 'huge: more than 10000 parts of 5242880 bytes: give a larger -p'
    is 'nothing is sent' "$(ops)" ''
fi
done_testing
