#!/usr/bin/env bash
# s3ls by its command line: every key once, exactly, or an error.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
s3server_start

fresh() { faults_clear && server_log_clear; }
run s3ls
exits 'an empty bucket' 0
is 'is an empty listing' "$(cat "$T/out")" ''
keys=('a b' 'a+b' 'a%41' 'a&b' 'a<b>"c' "a'b" 'dir//x' 'dir/../y' 'dir/z' 'ünï☃' $'tab\there' $'bell\a')
for key in "${keys[@]}"; do s3put -q "$key" <<<"$key"; done
sorted() { printf '%s\n' "${keys[@]}" | LC_ALL=C sort; }
run s3ls
exits 'strange keys' 0
is 'strange keys come exactly' "$(cat "$T/out")" "$(sorted)"
is '-0 ends them with NUL' "$(s3ls -0 | tr '\0' '\n')" "$(sorted)"
is '-J gives them back' "$(s3ls -J | jq -r .key)" "$(sorted)"
matches '-J has size and time' "$(s3ls -J 'a b')" '^\{"key":"a b","size":4,"time":"20[0-9-]{8}T[0-9:]{8}Z"\}$'
matches '-l has size, time and key' "$(s3ls -l 'a b')" $'^4\t20[0-9-]{8}T[0-9:]{8}Z\ta b$'
is 'a prefix' "$(s3ls dir/)" $'dir/../y\ndir//x\ndir/z'
is 'a prefix with a plus is itself' "$(s3ls a+)" 'a+b'
is '-d shows common prefixes' "$(s3ls -d / | grep dir)" 'dir/'
matches '-d -l shows them without a size' "$(s3ls -d / -l | grep dir)" $'^-\t-\tdir/$'
matches '-d -J too' "$(s3ls -d / -J | grep dir)" '^\{"prefix":"dir/"\}$'

s3put -q $'new\nline' <<<x
run s3ls
exits 'a key that holds a newline' 1 'holds a newline'
is '-0 lists it' "$(s3ls -0 new | tr '\0\n' '!-')" 'new-line!'
is '-J lists it' "$(s3ls -J new | jq .key)" '"new\nline"'
s3rm -q $'new\nline'

# ---- pages: a thousand keys each
for i in $(seq -w 2345); do printf 'page/%s\0' "$i"; done >"$T/many"
python3 "$TESTS/lib/make_objects.py" <"$T/many"
fresh
is 'many keys are listed' "$(s3ls -0 page/ | cmp - "$T/many" && echo same)" same
is 'by three requests' "$(server_log length)" 3
fresh
fault '{"op":"ListObjectsV2","skip":1,"times":1,"action":{"status":500,"code":"InternalError"}}'
is 'a page that fails once is asked again' "$(s3ls -0 page/ | cmp - "$T/many" && echo same)" same
fresh
fault '{"op":"ListObjectsV2","skip":1,"times":-1,"action":{"status":403,"code":"AccessDenied"}}'
run s3ls page/
exits 'a later page that is refused' 1 'list test: 403 AccessDenied'
is 'what was listed before is given' "$(wc -l <"$T/out")" 1000
fresh
fault '{"op":"ListObjectsV2","times":-1,"action":{"repeat_token":true}}'
run timeout 20 s3ls page/
exits 'a listing in a circle' 1 'the same continuation token again'
fresh
fault '{"op":"ListObjectsV2","times":1,"action":{"truncate_xml":50}}'
run s3ls page/
exits 'a listing that is cut' 1 'XML is broken'
is 'a listing that is cut gives nothing' "$(cat "$T/out")" ''
fresh
fault '{"op":"ListObjectsV2","times":-1,"action":{"no_encoding_type":true}}'
run s3ls -0 bell
exits 'a listing that hides a character' 1 'hides a character|XML is broken'
is 'without encoding-type plain keys are themselves' "$(s3ls a%41)$(s3ls a+)" 'a%41a+b'

# ---- unfinished uploads
fresh
fault '{"op":"UploadPart","part":2,"times":-1,"action":{"stall":60,"at":"headers"}}'
for n in 1 2; do
    head -c 17000000 /dev/zero | s3put -q "stray/$n" &
    pid=$!
    await 5 test "$(uploads_left)" -ge "$n"
    await 5 eval '[ "$(uploads_left)" -ge '$n' ]'
    kill -9 $pid
    wait $pid 2>/dev/null
done
fresh
is '-u lists unfinished uploads' "$(s3ls -u | cut -f3)" $'stray/1\nstray/2'
matches '-u has id and start' "$(s3ls -u stray/2)" $'^[^\t]+\t20[0-9-]{8}T[0-9:]{8}Z\tstray/2$'
is '-u -J has them as JSON' "$(s3ls -u -J stray/2 | jq -r '[.key, .upload, .time] | join(" ")')" \
    "$(s3ls -u stray/2 | awk '{ print $3, $1, $2 }')"
run s3ls -u -d /
exits '-u with -d' 2 '-d does not go with -u'
is 's3rm -u aborts them' "$(s3ls -u stray/1 | s3rm -u | cut -f3)" stray/1
is 'and no others' "$(s3ls -u | cut -f3)" stray/2
s3ls -u -0 | s3rm -u -0 -q
is 'with -0 too' "$(uploads_left)" 0

for i in $(seq -w 1500); do printf 'paged/%s +%%\0' "$i"; done >"$T/many"
for i in 1 2 3; do printf 'paged/0700 +%%\0'; done | cat "$T/many" - | python3 "$TESTS/lib/make_objects.py" -u
server_log_clear
is '-u lists more than a page' "$(s3ls -u -0 paged/ | cut -zf3 | LC_ALL=C sort -zu | cmp - "$T/many" && echo same)" same
is 'each upload of one key' "$(s3ls -u 'paged/0700' | cut -f1 | sort -u | wc -l)" 4
is 's3rm -u aborts them all' "$(s3ls -u paged/ | s3rm -u | wc -l)" 1503
is 'and none is left' "$(uploads_left)" 0

# ---- a store that encodes names when asked to, and does not say so
for key in 'odd/sales report' 'odd/50%' 'odd/a+b' 'odd/a%2Bb' 'odd/ünï'; do printf '%s\0' "$key"; done | LC_ALL=C sort -z >"$T/odd"
python3 "$TESTS/lib/make_objects.py" <"$T/odd"
python3 "$TESTS/lib/make_objects.py" -u <"$T/odd"
for store in silent_encoding no_encoding_type; do
    fresh
    fault "{\"op\":\"ListObjectsV2\",\"times\":-1,\"action\":{\"$store\":true}}"
    fault "{\"op\":\"ListMultipartUploads\",\"times\":-1,\"action\":{\"$store\":true}}"
    is "keys are as they are, $store" "$(s3ls -0 odd/ | cmp - "$T/odd" && echo same)" same
    is "unfinished uploads have their keys, $store" \
        "$(s3ls -u -0 odd/ | cut -zf3 | LC_ALL=C sort -z | cmp - "$T/odd" && echo same)" same
    is "keys without a doubt are asked for once, $store" \
        "$(server_log_clear; s3ls page/ | wc -l; server_log length)" $'2345\n3'
done
is 's3rm -u aborts what such a store lists' "$(s3ls -u -0 odd/ | s3rm -0 -u | tr -dc '\0' | wc -c)" 5
fresh
is 'and no upload is left of it' "$(uploads_left)" 0
run s3rm -u $'no-such-upload\t2026-11-22T12:00:00Z\todd/50%'
is 's3rm -u of an upload that the store does not know fails' "$status" 1
matches 's3rm -u names that upload' "$err" 'abort upload of odd/50%: 404 NoSuchUpload'
is 's3rm -u prints no upload that it did not abort' "$(cat "$T/out")" ''

for i in $(seq -w 2100); do printf 'plus/%s+\0' "$i"; done >"$T/plus"
python3 "$TESTS/lib/make_objects.py" <"$T/plus"
fresh
fault '{"op":"ListObjectsV2","times":-1,"action":{"no_encoding_type":true}}'
is 'many keys in doubt are as they are' "$(s3ls -0 plus/ | cmp - "$T/plus" && echo same)" same
is 'only the first page in doubt is asked for again' "$(server_log length)" 4
fresh

# ---- -a: begin after a key
fresh
is '-a begins after a key' "$(s3ls -a page/2343 page/)" $'page/2344\npage/2345'
is '-a begins after a key that is not there' "$(s3ls -a page/2343x page/)" $'page/2344\npage/2345'
is '-a goes on over pages' "$(s3ls --after page/0345 page/ | wc -l)" 2000
fault '{"op":"ListObjectsV2","times":-1,"action":{"status":501,"code":"NotImplemented"}}'
is '-a works where a store has the first version only' "$(s3ls -a page/0345 page/ | head -n 1)" page/0346
is '-a goes on over pages there' "$(s3ls -a page/0345 page/ | wc -l)" 2000
fresh
printf 'after/%s\0' 1 2 3 | python3 "$TESTS/lib/make_objects.py" -u
is '-a goes with -u' "$(s3ls -u -a after/1 after/ | cut -f3)" $'after/2\nafter/3'
s3ls -u | s3rm -u -q

# ---- its surroundings
run s3ls -b nosuchbucket
exits 'no such bucket' 3 'list nosuchbucket: 404 NoSuchBucket'
run s3ls a b
exits 'two prefixes' 2 'more than one prefix'
run s3ls -x
exits 'an unknown option' 2 '-x: unknown option'
run sh -c 's3ls >/dev/full'
exits 'a full disk' 1 'write stdout: No space left'
run sh -c 's3ls page/ | head -1'
exits 'a closed pipe is quiet' 0
done_testing
