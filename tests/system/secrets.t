#!/usr/bin/env bash
# Where the secrets are: in no argument, in the environment of nobody who does
# not need them, in no message, and in memory only where they are in use.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/s3server.sh"
. "$TESTS/lib/scripts.sh"
s3server_start
small live
printf '%s\n' "$S3_SECRET_KEY" >"$T/s3"
printf 'pass:word\\of+postgres\n' >"$T/password"
# As libpq's file has it.
printf 'pass\\:word\\\\of+postgres\n' >"$T/pgpass"

# ---- the scripts: all that they start, each by a stand-in that looks at itself
mkdir "$T/bin"
cat >"$T/look" <<'LOOK'
#!/bin/bash
name=${0##*/}
has() { /usr/bin/grep -qaFf "$T/$1" "/proc/$$/$2" && echo "$name: $1 in its $2" >>"$T/seen"; }
for secret in s3 password pgpass; do
    has $secret environ
    has $secret cmdline
done
for fd in /proc/$$/fd/*; do
    [ ! -f "$fd" ] || ! /usr/bin/grep -qF -e "$(<"$T/pgpass")" "$fd" 2>/dev/null || echo "$name: pgpass in a file" >>"$T/seen"
done
echo "$name" >>"$T/started"
exec "$(<"$T/real/$name")" "$@"
LOOK
chmod +x "$T/look"
mkdir "$T/real"
for name in s3put s3get s3ls s3rm gzstream retain pgapply pg_dump pg_dumpall psql awk sed grep cat tail head date flock \
    curl dd sleep find mkdir rm mv tr od df numfmt uname paste sort iconv mktemp seq filter; do
    command -v "$name" >"$T/real/$name" && ln -s ../look "$T/bin/$name"
done
printf '#!/bin/sh\nexec cat\n' >"$T/filter.real"
chmod +x "$T/filter.real"
echo "$T/filter.real" >"$T/real/filter"
ln -s ../look "$T/bin/filter"
# script NAME [ARGUMENT...]: with the secrets in its environment.
script() {
    local name=$1
    shift
    run env BUILD="$T/bin" PATH="$T/bin:$PATH" T="$T" POSTGRES_DB=live POSTGRES_PASSWORD="$(<"$T/password")" AWS_SECRET_ACCESS_KEY="$S3_SECRET_KEY" \
        S3_SECRET_KEY="$S3_SECRET_KEY" BACKUP_FILTER=filter RESTORE_FILTER=filter BACKUP_FILTER_SUFFIX=.x BACKUP_HOOK=filter \
        BACKUP_PING_URL="http://127.0.0.1:1/ping" S3_RETRIES=1 "$S/$name" "$@"
    is "$name: status" "$status" 0
    cat "$T/out" "$T/err" >>"$T/said"
}
script backup.sh
script list-backups.sh
script restore.sh latest live
script verify-backup.sh
script cleanup.sh
sort -u "$T/started" >"$T/names"
ok 'all of them were looked at' eval 'for n in s3put s3get s3ls gzstream retain pgapply pg_dump psql filter curl; do grep -qx $n "$T/names" || { echo $n; exit 1; }; done'
is "only the four programs have the store's secret, in their environment" \
    "$(grep '^[a-z0-9]*: s3 ' "$T/seen" | sort -u)" "$(printf '%s: s3 in its environ\n' s3get s3ls s3put s3rm)"
is "nobody has the server's in environment or arguments" "$(grep -E ': (password|pgpass) in its' "$T/seen")" ''
ok 'what belongs to the user cannot read its file' not grep -E '^filter: pgpass' "$T/seen"
for name in psql pgapply; do
    ok "but $name can" grep -q "^$name: pgpass in a file" "$T/seen"
done

# ---- messages: right and wrong, at their loudest
loud() { "$@" >>"$T/said" 2>&1 <"$T/look"; }
for key in "$S3_SECRET_KEY" "$S3_SECRET_KEY-no" "$S3_SECRET_KEY no"; do
    export S3_SECRET_KEY=$key
    loud s3put -v k
    loud s3put -v k cat "$T/look"
    loud s3get -v k
    loud s3ls -l
    loud s3rm -v none
    S3_SECRET_KEY_FILE=$T/s3 loud s3ls
    S3_SECRET_KEY='' S3_SECRET_KEY_FILE=$T/s3 S3_ACCESS_KEY=other loud s3get -v k
    AWS_CONFIG_FILE=$T/s3 S3_ACCESS_KEY='' S3_SECRET_KEY='' loud s3put -v k
done
ok 'there were messages' test "$(wc -l <"$T/said")" -gt 20
ok 'no secret is in one' not grep -naF -e "$(<"$T/s3")" -e "$(<"$T/password")" "$T/said"

# ---- memory, of s3put in the midst of an upload
unset S3_SECRET_KEY
export S3_SECRET_KEY_FILE=$T/s3
cat >"$T/scan" <<'SCAN'
import datetime, hashlib, hmac, os, sys
secret = open("s3", "rb").read().strip()
with open(sys.argv[1], "rb") as file:
    core = file.read()
found = {"the secret": secret, "AWS4 and the secret": b"AWS4" + secret}
key = b"AWS4" + secret
for pad in 0x36, 0x5c:
    found[f"HMAC's pad {pad:x}"] = bytes(byte ^ pad for byte in key)
for word in datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d"), "us-east-1", "s3", "aws4_request":
    key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    found[f"the key of {word}"] = key
for name, value in found.items():
    if core.count(value):
        print(f"{name}: {core.count(value)}")
SCAN
mkfifo "$T/pipe"
s3put -j 1 -p 5M secret <"$T/pipe" 2>"$T/err" &
job=$!
exec 9>"$T/pipe"
head -c 6000000 /dev/zero >&9
await 20 eval '[ "$(server_log | grep -c UploadPart)" -ge 1 ]'
matches 'a crash would leave no core file' "$(grep '^Max core file size' "/proc/$job/limits")" '^Max core file size +0 '
if gcore -o "$T/core" "$job" >"$T/gcore" 2>&1; then
    # As it was found, the keyring's, and one for each of two connections.
    is 'it is where it is in use' "$(python3 "$T/scan" "$T/core.$job")" 'the secret: 4'
    rm -f "$T/core.$job"
    gdb -q -batch -p "$job" -ex 'catch syscall exit_group' -ex continue -ex "gcore $T/end" >"$T/gdb" 2>&1 9>&- &
    watcher=$!
    await 20 grep -q 'Catchpoint 1' "$T/gdb"
    exec 9>&-
    wait "$watcher"
    ok 'there is a core of its end' test -s "$T/end"
    is 'at the end it is nowhere' "$(python3 "$T/scan" "$T/end")" ''
else
    [ -z "${CI:-}" ] || ok 'gcore can look at it' sed -n '$p' "$T/gcore"
    echo "# no gcore, or not allowed here: memory is not looked at: $(tail -n 1 "$T/gcore")"
    exec 9>&-
fi
wait "$job"
is 'a command of s3put cannot leave a core either' "$(s3put k sh -c 'ulimit -c' && s3get k)" 0
done_testing
