#!/usr/bin/env bash
# Bytes through a real S3 server and back, also with other people's tools.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/store.sh"
store_start

MIB=1048576
for size in 0 1 $((8 * MIB)) $((8 * MIB + 1)) $((80 * MIB)); do
    head -c "$size" /dev/urandom >"$T/in"
    run s3put "size/$size" <"$T/in"
    exits "put $size bytes" 0
    ok "get $size bytes" eval 's3get -q "size/'"$size"'" | cmp - "$T/in"'
done
is 'are listed with their sizes' "$(s3ls -l size/ | cut -f1 | sort -n | xargs)" '0 1 8388608 8388609 83886080'
is 'no upload is left' "$(s3ls -u)" ''
run s3put -n size/1 <<<x
exits '-n does not replace' 4 'the key exists'
run s3put -v -p 5M -j 2 parts <"$T/in"
exits 'parts of 5 MiB' 0 'in 16 parts'
ok 'come back' eval 's3get -q -p 3M -j 7 parts | cmp - "$T/in"'

# ---- with others
seq 1 300000 >"$T/text"
gzstream <"$T/text" | s3put -q ours.gz
ok 'aws and gunzip read what we wrote' eval 'aws_s3 cp "s3://$S3_BUCKET/ours.gz" - | gunzip | cmp - "$T/text"'
gzip <"$T/text" | aws_s3 cp - "s3://$S3_BUCKET/theirs.gz" >/dev/null
ok 'we read what gzip and aws wrote' eval 's3get -q theirs.gz | gzstream -d | cmp - "$T/text"'
cat >"$T/s3cfg" <<CFG
[default]
access_key = $S3_ACCESS_KEY
secret_key = $S3_SECRET_KEY
host_base = ${S3_ENDPOINT#http://}
host_bucket = ${S3_ENDPOINT#http://}
use_https = False
signature_v2 = False
CFG
s3cmd() { command s3cmd -q -c "$T/s3cfg" "$@"; }
ok 's3cmd reads what we wrote' eval 's3cmd get "s3://$S3_BUCKET/ours.gz" - | cmp - <(s3get -q ours.gz)'
ok 's3cmd writes' s3cmd put "$T/text" "s3://$S3_BUCKET/cmd.txt"
ok 'we read what s3cmd wrote' eval 's3get -q cmd.txt | cmp - "$T/text"'
is 'aws lists what we wrote' "$(aws_s3 ls "s3://$S3_BUCKET/ours.gz" | awk '{print $4}')" ours.gz

# ---- deleting
for i in $(seq 1200); do printf 'd/%04d\0' "$i"; done | "$TESTS/lib/make_objects.py"
is 'a list of keys is deleted' "$(s3ls d/ | s3rm | wc -l)" 1200
is 'and is gone' "$(s3ls d/)" ''

# ---- memory, of a stream that is larger by far
peak() { /usr/bin/time -f %M -o "$T/peak" "$@"; }
head -c 1G /dev/zero | peak s3put -q large
ok "s3put of 1 GiB stays under 64 MiB ($(cat "$T/peak") KiB)" test "$(cat "$T/peak")" -lt 65536
peak s3get -q large | { sleep 1 && sha256sum; } >"$T/sum"
ok "s3get of 1 GiB stays under 64 MiB ($(cat "$T/peak") KiB)" test "$(cat "$T/peak")" -lt 65536
is 'and 1 GiB comes back' "$(cat "$T/sum")" "$(head -c 1G /dev/zero | sha256sum)"
done_testing
