#!/usr/bin/env bash
# s3rm by its command line: deletes what it was told to, nothing else, and says
# what became of each key.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/s3request.sh"
s3server_start

fresh() { faults_clear && server_log_clear; }
make() { python3 "$TESTS/lib/make_objects.py"; } # NUL-terminated keys on stdin
ops() { server_log '[.[].op] | group_by(.) | map("\(.[0]) \(length)") | join(" ")' | tr -d '"'; }

run s3rm </dev/null
exits 'an empty stdin' 0
is 'is no request' "$(server_log length)" 0

keys=('a b' 'a+b' 'a%41' 'a&b;' 'a<b>"c' "a'b" 'dir//x' '..' 'ünï☃' $'tab\there' ' lead' 'trail ')
printf '%s\0' "${keys[@]}" keep/1 keep/2 | make
fresh
run s3rm "${keys[@]}"
exits 'strange keys as operands' 0
is 'are printed as they went' "$(cat "$T/out")" "$(printf '%s\n' "${keys[@]}")"
is 'by one request' "$(ops)" 'DeleteObjects 1'
is 'and nothing else went' "$(s3ls)" $'keep/1\nkeep/2'

odd=($'bell\a' $'\x01' $'cr\rlf\n' $'line\nbreak' $'cr\r')
printf '%s\0' "${odd[@]}" $'cr\n' 'bell' | make
fresh
printf '%s\0' "${odd[@]}" >"$T/odd"
run s3rm -0 <"$T/odd"
exits 'keys with control characters' 0
ok 'are printed as they went' cmp "$T/out" "$T/odd"
is 'those that XML cannot carry one by one' "$(ops)" 'DeleteObject 2 DeleteObjects 1'
is 'and their likes stay' "$(s3ls -0 | tr '\0' ,)" $'bell,cr\n,keep/1,keep/2,'
s3rm -q bell && s3rm -q $'cr\n'

for i in $(seq -w 2500); do printf 'many/%s\0' "$i"; done >"$T/many"
make <"$T/many"
fresh
run sh -c 's3ls -0 many/ | s3rm -0'
exits 'many keys' 0
ok 'are printed in order' cmp "$T/out" "$T/many"
is 'by a request a thousand' "$(ops)" 'DeleteObjects 3 ListObjectsV2 3'
is 'and are gone' "$(s3ls | tr '\n' ' ')" 'keep/1 keep/2 '

printf 'x\0y\0' | make
fresh
run s3rm -n x y
exits '-n' 0
is '-n says what would go' "$(cat "$T/out")" $'x\ny'
is '-n asks nothing' "$(server_log length)" 0
is '-n deletes nothing' "$(s3ls x)$(s3ls y)" xy
run s3rm -q x
exits '-q' 0
is '-q prints nothing' "$(cat "$T/out")" ''
run s3rm -v y
exits '-v' 0 's3rm: 1 gone, 0 failed'
run s3rm x
exits 'a key that is not there' 0
run s3rm x x
exits 'a key given twice' 0

# ---- a cut last line may be half a key
printf 'keep/\0keep/10\0' | make
printf 'keep/10\nkeep/1' >"$T/cut"
run s3rm <"$T/cut"
exits 'a cut last line' 1 "stdin ends within a record.*keep/1$"
is 'the lines before it went' "$(cat "$T/out")" keep/10
is 'what it may be half of stays' "$(s3ls keep/1)" keep/1
printf 'keep/1' >"$T/cut"
run s3rm -0 <"$T/cut"
exits 'a cut last record' 1 'stdin ends within a record'
is 'stays with -0 too' "$(s3ls keep/1)" keep/1
run s3rm <<<''
exits 'an empty line' 2 'the key is empty'

# ---- a bad record: what stands before it goes, and is printed
# Answers are late, so that a request is under way where the record is read.
head -zn 1100 "$T/many" >"$T/some"
# A tenth of them is there: a key that is not there is gone, too.
sed -zn '1~10p' "$T/some" >"$T/there"
bad() { # NAME BAD-RECORD STATUS WORDS [OPTION]
    make <"$T/there"
    fresh
    fault '{"op":"DeleteObjects","times":-1,"action":{"stall":0.5,"at":"headers"}}'
    { [ "${5-}" ] && cat "$T/some" || tr '\0' '\n' <"$T/some"; } >"$T/list"
    printf "$2" >>"$T/list"
    run s3rm ${5+"$5"} <"$T/list"
    exits "$1" "$3" "$4"
    is "$1: the keys before it are printed" "$(tr '\0' '\n' <"$T/out")" "$(tr '\0' '\n' <"$T/some")"
    is "$1: and gone" "$(s3ls many/ | wc -l)" 0
}
printf 'keep/1\0' | make
bad 'an empty line behind many' '\nkeep/1\n' 2 'the key is empty'
bad 'an empty record' '\0keep/1\0' 2 'the key is empty' -0
bad 'a key too long' "$(printf 'x%.0s' {1..1025})\nkeep/1\n" 2 'longer than 1024'
bad 'a key that is not UTF-8' '\377\nkeep/1\n' 2 'not UTF-8'
bad 'a NUL in a line' 'a\0b\nkeep/1\n' 1 'a line holds a NUL'
bad 'a record too long' "$(printf 'x%.0s' {1..65537})\nkeep/1\n" 1 'a record is longer'
is 'what stands behind it stays' "$(s3ls keep/1)" keep/1
run s3rm keep/1 ''
exits 'an empty key behind another' 2 'the key is empty'
is 'nothing goes of the operands' "$(s3ls keep/1)" keep/1
for i in 1 2 3; do
    s3 POST "/test/up$i?uploads="
    printf '%s\t2026\tup%s\n' "$(element UploadId)" "$i"
done >"$T/lines"
cp "$T/lines" "$T/list" && printf 'no tabs\n' >>"$T/list"
fresh
run s3rm -u -j 1 <"$T/list"
exits '-u with a bad line' 1 'not an upload id'
is 'the uploads before it are printed' "$(cat "$T/out")" "$(cat "$T/lines")"
is 'and aborted' "$(uploads_left)" 0

# ---- keys that fail
printf 'f%s\0' 1 2 3 4 | make
fresh
fault '{"op":"DeleteObjects","times":1,"action":{"hide_results":1}}'
run s3rm f1 f2
is 'a key the answer does not name fails: status' "$status" 1
matches 'and is said' "$err" 'delete f[12]: the answer does not name it'
is 'the other is printed' "$(wc -l <"$T/out")" 1
printf 'f%s\0' 1 2 | make
fresh
fault '[{"op":"DeleteObjects","times":-1,"action":{"status":403,"code":"AccessDenied"}},{"op":"DeleteObject","times":-1,"action":{"status":403,"code":"AccessDenied"}}]'
run s3rm f1 f2
exits 'a request that is refused' 1 'delete from test: 403 AccessDenied'
is 'deletes nothing' "$(s3ls f | wc -l)" 4
is 'and is not repeated' "$(ops)" 'DeleteObject 1 DeleteObjects 1 ListObjectsV2 1'
fresh
fault '{"op":"DeleteObjects","times":2,"action":{"status":503,"code":"SlowDown"}}'
run s3rm f1
exits 'a request that is asked to slow down' 0
fresh
fault '{"op":"DeleteObjects","times":-1,"action":{"not_implemented":true}}'
run s3rm f2 f3
exits 'a store without DeleteObjects' 0
is 'is asked for one after the other' "$(ops)" 'DeleteObject 2 DeleteObjects 1'
fresh
fault '{"op":"DeleteObjects","times":1,"action":{"truncate_xml":20}}'
run s3rm f4
exits 'an answer that is cut' 1 'XML is broken'
fresh
fault '{"op":"DeleteObjects","times":-1,"action":{"error_200":"AccessDenied"}}'
run s3rm f4
exits 'an error in a 200' 1 'delete from test: 200 AccessDenied'

printf 'g%s\0' 1 2 3 4 5 | make
fresh
fault '{"op":"DeleteObjects","times":2,"action":{"delete_errors":{"g2":"SlowDown","g4":"InternalError"}}}'
run s3rm g1 g2 g3 g4 g5
exits 'keys to come back later for' 0
is 'are all printed, in order' "$(xargs <"$T/out")" 'g1 g2 g3 g4 g5'
is 'only they are sent again' "$(server_log '[.[] | select(.op == "DeleteObjects") | .keys]')" '[5,2,2]'
printf 'g%s\0' 1 2 3 | make
fresh
fault '{"op":"DeleteObjects","times":-1,"action":{"delete_errors":{"g2":"AccessDenied"}}}'
run s3rm g1 g2 g3
is 'a key that is refused: status' "$status" 1
matches 'is said' "$err" 's3rm: delete g2: AccessDenied.*1 of 3 not deleted'
is 'the others go' "$(xargs <"$T/out")" 'g1 g3'
is 'it is not asked for again' "$(ops)" 'DeleteObjects 1'
fresh
fault '{"op":"DeleteObjects","times":-1,"action":{"delete_errors":{"g2":"SlowDown"}}}'
S3_RETRIES=2 run s3rm g2
is 'a key that is never ready: status' "$status" 1
matches 'is given up' "$err" 'delete g2: SlowDown'
is 'after as many tries' "$(ops)" 'DeleteObjects 2'
fresh
fault '{"op":"DeleteObjects","times":-1,"action":{"stall":1,"at":"headers"}}'
for i in $(seq 4000); do echo "none/$i"; done >"$T/four"
before=$SECONDS
run s3rm -q -j 4 <"$T/four"
exits 'four batches' 0
ok 'are in flight at once' test $((SECONDS - before)) -le 2

# ---- its surroundings
fresh
run s3rm -b nosuchbucket x
exits 'no such bucket' 3 '404 NoSuchBucket'
run s3rm -u 'no tabs'
exits '-u with no line of s3ls -u' 1 'not an upload id'
run s3rm -x
exits 'an unknown option' 2 '-x: unknown option'
run sh -c 's3rm keep/1 >/dev/full'
exits 'a full disk' 1 'write stdout: No space left'
done_testing
