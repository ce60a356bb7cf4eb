#!/usr/bin/env bash
# Servers that mean no good: listings and bodies without end, names that would
# steer a terminal. Time and memory stay bounded, and nothing is believed.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start --min-part 0
export S3_RETRIES=2

# bounded NAME STATUS ERE MIB COMMAND...: ends within a minute, as said, and
# within so much memory.
bounded() {
    local name=$1 status_wanted=$2 ere=$3 mib=$4
    shift 4
    run timeout 60 /usr/bin/time -q -o "$T/peak" -f %M "$@"
    exits "$name" "$status_wanted" ${ere:+"$ere"}
    ok "$name: $(($(cat "$T/peak") / 1024)) MiB" test "$(cat "$T/peak")" -le $((mib * 1024))
}
strike() { faults_clear && fault '{"op":"'"$1"'","times":-1,"action":'"$2"'}'; }

# ---- listings without end
strike ListObjectsV2 '{"endless":true}'
run timeout 60 bash -c 's3ls p | head -n 3'
exits 'a listing without end is ended by head' 0
is 'and gives what was asked for' "$(cat "$T/out")" $'p000000000001\np000000000002\np000000000003'
bounded 'so many pages of it take no more memory' 0 '' 24 bash -c 's3ls | head -n 100000 | tail -n 1'
is 'in their order' "$(cat "$T/out")" 000000100000
strike ListMultipartUploads '{"endless":true}'
run timeout 60 bash -c 's3ls -u | head -n 3000 | tail -n 1 | cut -f 3'
exits 'so with uploads' 0
is 'of which there are as many' "$(cat "$T/out")" 000000003000
faults_clear
fault '[{"op":"ListMultipartUploads","times":-1,"action":{"endless":true}},
    {"op":"CreateMultipartUpload","times":1,"action":{"reset":"after"}}]'
head -c 6000000 /dev/zero >"$T/in"
bounded 's3put ends its search for a lost upload' 0 'an upload may be left .*: there are too many' 64 \
    s3put -p 5M doubt <"$T/in"
is 'and has put its object' "$(faults_clear && s3get doubt | wc -c)" 6000000

# ---- and in circles
for i in 1 2 3; do s3put -q "c/$i" </dev/null; done
for n in 1 2 3 50; do
    strike ListObjectsV2 '{"repeat_token":'$n'}'
    bounded "a circle of $n tokens" 1 'list test: the listing does not end: the store sent the same continuation token again' 24 s3ls c/
    ok "a circle of $n tokens is soon found" test "$(wc -l <"$T/out")" -le $((9 * n + 9))
done
strike CreateMultipartUpload '{"reset":"after"}'
S3_RETRIES=1 run s3put -p 5M left <"$T/in"
strike ListMultipartUploads '{"repeat_token":true}'
bounded 'uploads in a circle' 1 'list uploads of test: the listing does not end: the store sent the same continuation token again' 24 s3ls -u

# ---- bodies without end
strike GetObject '{"endless":true}'
bounded 'an object without end' 1 'get doubt: the answer is longer than it said' 64 s3get doubt
strike GetObject '{"endless":true,"ignore_range":true}'
bounded 'an object without end or length' 1 'get doubt: the answer has no Content-Length' 64 s3get doubt
for call in 'ListObjectsV2 s3ls' 'DeleteObjects s3rm c/1' 'ListMultipartUploads s3ls -u'; do
    strike "${call%% *}" '{"endless":"body"}'
    bounded "${call%% *}: an answer without end" 1 "the answer's body exceeds 16777216 bytes" 64 ${call#* } </dev/null
done
for call in 'GetObject s3get c/2' 'PutObject s3put c/2' 'ListObjectsV2 s3ls'; do
    strike "${call%% *}" '{"status":403,"endless":"body"}'
    bounded "${call%% *}: an error without end" 1 "the answer's body exceeds 16777216 bytes" 64 ${call#* } </dev/null
done
strike ListObjectsV2 '{"spaces":1000}'
S3_TIMEOUT=1 bounded 'a listing that only drips' 1 'no progress for 1 seconds' 24 s3ls
strike HeadObject '{"long":100000}'
run timeout 60 s3put -n head <"$T/in"
exits 'a HEAD that is answered with a body' 0
ok 'hides no object' eval 's3get head | cmp - "$T/in"'
run timeout 60 s3put -n head <"$T/in"
exits 'nor that it is there' 4 'the key exists'
# page XML: makes it the answer to a listing.
page() {
    printf '{"op":"ListObjectsV2","times":-1,"action":{"body":"%s"}}' "$1" >"$T/rule"
    faults_clear && control POST faults "@$T/rule" >/dev/null
}
page "$(printf '<a>%.0s' {1..100000})"
bounded 'XML that is deep' 1 'XML is nested too deeply' 24 s3ls
page '<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><ListBucketResult>&b;</ListBucketResult>'
bounded 'XML with entities of its own' 1 'XML has a document type' 24 s3ls
page "<ListBucketResult>$(printf '<Contents><Key>k</Key></Contents>%.0s' {1..450000})</ListBucketResult>"
bounded 'a page as full as it can be' 0 '' 96 s3ls
is 'is listed' "$(wc -l <"$T/out")" 450000
page '<html><body>Welcome to the hotel</body></html>'
bounded 'an answer of another kind' 1 'list test: the answer is not a listing' 24 s3ls
faults_clear

# ---- names that would steer a terminal
# shown_on_terminal COMMAND...: what it writes there, all of it, without the returns.
shown_on_terminal() { on_terminal "$(printf '%q ' "$@")" | tr -d '\r'; }
control DELETE objects >/dev/null
esc=$'\e[2J' csi=$'\u009b2J' raw=$'2026/01/01/\e]0;x\a\u009d\x7f é_120000.gz'
shown='2026/01/01/\x1b]0;x\x07\xc2\x9d\x7f é_120000.gz'
for key in "$esc" "$csi" "$raw"; do s3put -q "$key" </dev/null; done
is 's3ls, in a pipe, is exact' "$(s3ls)" "$(printf '%s\n' "$esc" "$raw" "$csi" | LC_ALL=C sort)"
is 'on a terminal shows what is there' "$(shown_on_terminal s3ls)" "$(printf '%s\n' '\x1b[2J' "$shown" '\xc2\x9b2J')"
is 'with -l' "$(shown_on_terminal s3ls -l 2026 | cut -f 3)" "$shown"
is 'with -0' "$(shown_on_terminal s3ls -0 "$esc" | tr -d '\0')" '\x1b[2J'
is 'with -J, which loses nothing' "$(shown_on_terminal s3ls -J | jq -r .key)" "$(s3ls)"
ok '-J has no control character' not grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' <(s3ls -J)
backup=$'2026/01/01/\e]0;x\a\u009d\x7f_120000.sql.gz'
s3put -q "$backup" </dev/null
matches 's3pipe-list-backups, in a pipe' "$("$ROOT/scripts/list-backups.sh" | tail -n 1)" "  $backup\$"
matches 'on a terminal' "$(shown_on_terminal "$ROOT/scripts/list-backups.sh" | tail -n 1)" \
    '\?\]0;x\?\?\? +0B  2026/01/01/\?\]0;x\?\?\?_120000.sql.gz$'
s3rm -q "$backup"
is 'retain, in a pipe' "$(s3ls | retain -k -l 1 2>/dev/null)" "$raw"
is 'on a terminal' "$(shown_on_terminal bash -c 's3ls 2026 | retain -k -l 1')" "$shown"
is 's3rm, in a pipe' "$(s3rm "$csi")" "$csi"
is 'on a terminal, too' "$(shown_on_terminal s3rm "$raw")" "$shown"
run s3get "$raw"
exits 'a key in a message' 3 'get 2026/01/01/\\x1b\]0;x\\x07\\xc2\\x9d\\x7f é_120000.gz: 404 NoSuchKey'
fault '{"op":"PutObject","times":-1,"action":{"status":403,"body":"<Error><Code>a\u009b1</Code><Message>m\u009b2\u0085J</Message><RequestId>r\u009b3</RequestId></Error>"}}'
run s3put k </dev/null
exits "a server's words in one" 1 '403 a\\xc2\\x9b1: m\\xc2\\x9b2\\xc2\\x85J \(request id r\\xc2\\x9b3\)'
strike CreateMultipartUpload '{"body":"<InitiateMultipartUploadResult><UploadId>u\u009b4</UploadId></InitiateMultipartUploadResult>"}'
run s3put -p 5M k <"$T/in"
matches "a server's upload id in one" "$err" 'put part [12] of k: 404 NoSuchUpload'
ok 'without a control character' not grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$T/err"
strike ListMultipartUploads '{"body":"<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u\u009b5</UploadId><Initiated>\u009b6</Initiated></Upload></ListMultipartUploadsResult>"}'
is 'upload ids and times on a terminal' "$(shown_on_terminal s3ls -u)" $'u\\xc2\\x9b5\t\\xc2\\x9b6\tk'
is 'and in a pipe' "$(s3ls -u)" $'u\u009b5\t\u009b6\tk'
done_testing
