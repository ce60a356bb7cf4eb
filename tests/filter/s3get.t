#!/usr/bin/env bash
# s3get by its command line, against the scripted server: every byte once, in
# order, of one object, or an error.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

MIB=1048576
fresh() { faults_clear && server_log_clear; }
gets() { server_log '[.[] | select(.op == "GetObject")] | length'; }
head -c $((20 * MIB + 12345)) /dev/urandom >"$T/in"
ok "an object is put" eval 's3put -q big <"$T/in"'
printf 'small' | s3put -q small
s3put -q empty </dev/null
got() { s3get -q "$@" >"$T/got" && cmp "$T/got" "$T/in"; }

fresh
is 'a small object comes back' "$(s3get -q small)" small
is 'by one request, and one for its checksum' "$(server_log '[.[].op] | join(" ")' | tr -d '"')" 'GetObject HeadObject'
fresh
run s3get empty
exits 'an empty object' 0
is 'and is empty' "$(wc -c <"$T/out")" 0
fresh
ok 'a large one comes back' got big
is 'by ranges of 8 MiB' "$(gets)" 3
is 'all but the first under its ETag, the question for the checksum too' \
    "$(server_log '[.[].headers[] | select((.[0] | ascii_downcase) == "if-match")] | length')" 3
ok 'with one job' got -j 1 big
ok 'with many jobs and small ranges' got -j 16 -p 64K big
ok 'with one range larger than it' got -p 1G big
is 'into a slow pipe' "$(s3get -q big | { sleep 0.5 && sha256sum; })" "$(sha256sum <"$T/in")"

# ---- what breaks is mended
for where in before during after; do
    fresh
    fault '{"op":"GetObject","skip":1,"times":1,"action":{"reset":"'$where'"}}'
    ok "a range reset $where its body comes whole" got big
done
fresh
fault '{"op":"GetObject","skip":1,"times":2,"action":{"short":1000000}}'
ok 'a range that ends early is resumed' got big
matches 'at the byte where it broke' \
    "$(server_log '[.[].headers[] | select((.[0] | ascii_downcase) == "range") | .[1]] | join(" ")')" \
    'bytes=15777216-|bytes=2[0-9]{7}-|bytes=[0-9]*15[0-9]*-'
fresh
fault '{"op":"GetObject","times":1,"action":{"status":503,"code":"SlowDown"}}'
ok 'a 503 is repeated' got big
fresh
fault '{"op":"GetObject","times":1,"action":{"ignore_range":true}}'
ok 'a store that gives no ranges gives all at once' got big
is 'by one request' "$(gets)" 1

# ---- what cannot be mended is an error
fresh
fault '{"op":"GetObject","skip":1,"times":1,"action":{"etag":"\"other\""}}'
run s3get big
exits 'another ETag' 1 'get big: the object changed'
fresh
fault '{"op":"GetObject","times":1,"action":{"change_object":true}}'
run s3get big
exits 'an object that changes while it is read' 1 'get big: the object changed'
ok "an object is put" eval 's3put -q big <"$T/in"'
fresh
fault '{"op":"GetObject","skip":1,"times":1,"action":{"content_range":"bytes 5-9/99"}}'
run s3get big
exits 'a wrong Content-Range' 1 'get big: the answer is of another'
fresh
fault '{"op":"GetObject","skip":1,"times":-1,"action":{"ignore_range":true}}'
run s3get big
exits 'a store that stops giving ranges' 1 'gives no ranges'
fresh
fault '{"op":"GetObject","skip":1,"times":-1,"action":{"status":403,"code":"AccessDenied"}}'
run s3get big
exits 'a later range that is refused' 1 'get big: 403 AccessDenied'
fresh
S3_RETRIES=2
export S3_RETRIES
fault '{"op":"GetObject","times":-1,"action":{"status":500,"code":"InternalError"}}'
run s3get big
exits 'a server that only fails' 1 'get big: 500 InternalError.*\(2 tries\)'
fresh
fault '{"op":"GetObject","times":-1,"action":{"stall":30,"at":"body"}}'
S3_TIMEOUT=1 run timeout 20 s3get big
exits 'a server that stalls' 1 'get big: .*no progress for 1 seconds'
unset S3_RETRIES
fresh

# ---- its surroundings
run s3get nothing
exits 'no such key' 3 'get nothing: 404 NoSuchKey'
run s3get
exits 'no key given' 2 'no key'
run s3get a b
exits 'two keys' 2 'more than one key'
run s3get -p 1 a
exits 'a range too small' 2 'not a size'
run sh -c 's3get big | head -c 100 >/dev/null'
exits 'a closed pipe is quiet' 0
(
    trap '' PIPE
    s3get big 2>"$T/err"
    echo $? >"$T/status"
) | head -c 100 >/dev/null
is 'where SIGPIPE is ignored: status 1' "$(cat "$T/status")" 1
is 'and still quiet' "$(cat "$T/err")" ''
run sh -c 's3get big >/dev/full'
exits 'a full disk' 1 'write stdout: No space left'
run sh -c 's3get small >&-'
exits 'no stdout' 1 'stdout: Bad file'
run s3get -v small
exits '-v' 0 'get small: 5 bytes'
done_testing
