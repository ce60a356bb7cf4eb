#!/usr/bin/env bash
# setup.sh: from answers to a first backup; files that only their owner reads,
# timers where systemd is.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
. "$TESTS/lib/scripts.sh"
store_start
small shop
secret=$S3_SECRET_KEY
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
export POSTGRES_PASSWORD="it's \"a\" \\p\$x" BACKUP_DATABASES=shop S3_PREFIX='a b'
modes() { (cd "$1" && stat -c '%n %a' ./* | sort | xargs); }

# ---- without questions, and without systemd
run "$S/setup.sh" --config "$T/conf/env" </dev/null
is 'from the environment: status' "$status" 0
is 'what it wrote is for the owner alone' "$(modes conf)" './env 600 ./postgres-password 600 ./s3-secret-key 600'
is 'the password is as it was given' "$(cat conf/postgres-password)" "$POSTGRES_PASSWORD"
is 'the secret too' "$(cat conf/s3-secret-key)" "$secret"
ok 'neither is in the file, nor said' not grep -qF -e "$secret" -e "$POSTGRES_PASSWORD" conf/env "$T/out" "$T/err"
is 'all six rules of retention are there' "$(grep -c ^RETENTION_KEEP_ conf/env)" 6
is 'the first backup is made' "$(s3ls | sed 's|/20.*/|/|; s/_[0-9]*\./ /')" $'a b/globals sql.gz\na b/shop sql.gz'
is 'lines for cron' "$(grep -c "s3pipe-.* --config $T/conf/env" "$T/out")" 3
bare() { env -u S3_ENDPOINT -u S3_BUCKET -u S3_REGION -u S3_ACCESS_KEY -u S3_SECRET_KEY -u S3_PREFIX -u POSTGRES_HOST -u POSTGRES_USER -u POSTGRES_PASSWORD "$@"; }
run bare "$S/list-backups.sh" --config "$T/conf/env"
is 'the file has all that a listing needs' "$status $(grep -c shop "$T/out")" '0 1'
cp conf/env before
S3_BUCKET=another run "$S/setup.sh" --config "$T/conf/env" </dev/null
matches 'a file that is there' "$(cat "$T/err")" 'conf/env is there already, and used as it is'
ok 'stays as it is' cmp conf/env before
rm -rf conf

# ---- what is refused, before anything is written
S3_BUCKET='' run "$S/setup.sh" --config "$T/conf/env" </dev/null
exits 'no bucket' 2 'S3_BUCKET is not set: the bucket$'
S3_SECRET_KEY='' run "$S/setup.sh" --config "$T/conf/env" </dev/null
exits 'no secret' 2 'S3_SECRET_KEY is not set'
BACKUP_HOOK=$'a\nb' run "$S/setup.sh" --config "$T/conf/env" </dev/null
exits 'a value of two lines' 2 'BACKUP_HOOK holds a newline'
ok 'nothing is written' test ! -e conf/env
S3_ENDPOINT=http://127.0.0.1:1 run "$S/setup.sh" --config "$T/conf/env" </dev/null
matches 'a store that is away' "$status $(last)" '^1 .*not all is ready: mend .*/conf/env, and run setup.sh again'
rm -rf conf

# ---- without keys: a profile, the machine's role
keyless() { env -u S3_ACCESS_KEY -u S3_SECRET_KEY -u AWS_ACCESS_KEY_ID "$@"; }
run keyless "$S/setup.sh" --config "$T/conf/env" </dev/null
exits 'no credentials anywhere' 2 'no credentials: set S3_ACCESS_KEY and S3_SECRET_KEY \(tried: '
ok 'nothing is written' test ! -e conf/env
printf '[backups]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$S3_ACCESS_KEY" "$secret" >aws-credentials
chmod 600 aws-credentials
AWS_PROFILE=backups AWS_SHARED_CREDENTIALS_FILE=$T/aws-credentials run keyless "$S/setup.sh" --config "$T/conf/env" </dev/null
is 'a profile: status' "$status" 0
matches 'it says which' "$(cat "$T/err")" $'the credentials are those of: profile backups\n'
is 'no secret is written' "$(modes conf)$(grep -cF "$secret" conf/env)" './env 600 ./postgres-password 6000'
is 'but where it is' "$(grep -E '^AWS_(PROFILE|SHARED)' conf/env | sort | xargs)" "AWS_PROFILE=backups AWS_SHARED_CREDENTIALS_FILE=$T/aws-credentials"
run keyless env -u AWS_SHARED_CREDENTIALS_FILE -u AWS_CONFIG_FILE "$S/list-backups.sh" --config "$T/conf/env"
is 'which is all that a listing needs' "$status $(grep -c shop "$T/out")" '0 2'
rm -rf conf
AWS_PROFILE=none run keyless "$S/setup.sh" --config "$T/conf/env" </dev/null
matches 'a profile that is not there' "$status $err" '^2 .*there is no profile none'
AWS_ACCESS_KEY_ID=AKIAEXPIRES run env -u S3_ACCESS_KEY -u S3_SECRET_KEY "$S/setup.sh" --config "$T/conf/env" </dev/null
exits 'keys of this shell alone' 2 'AWS_ACCESS_KEY_ID is set here, and not for the backups'
# The metadata service of a machine that has a role.
cat >metadata.py <<'END'
import http.server, json, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
        self.end_headers()
        self.wfile.write(body)
    def do_PUT(self):
        self.answer(b"token")
    def do_GET(self):
        if self.path.endswith("security-credentials/"):
            self.answer(b"backups")
        else:
            self.answer(json.dumps({"Code": "Success", "AccessKeyId": os.environ["KEY"], "SecretAccessKey": os.environ["SECRET"],
                "Token": "", "Expiration": "2099-01-01T00:00:00Z"}).encode())
    def log_message(self, *words): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END
KEY=$S3_ACCESS_KEY SECRET=$secret python3 metadata.py >metadata.port &
at_exit "kill $! 2>/dev/null"
await 10 test -s metadata.port
AWS_EC2_METADATA_DISABLED='' AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:$(<metadata.port) run keyless "$S/setup.sh" --config "$T/conf/env" </dev/null
is 'the role of this machine: status' "$status" 0
matches 'it says so' "$(cat "$T/err")" 'the credentials are those of: instance metadata, role backups'
rm -rf conf

# ---- questions, on a terminal
export -n S3_BUCKET S3_SECRET_KEY
answers() { sleep 1; printf '%s\r' "$S3_BUCKET"; sleep 0.3; printf '%s\r' "$secret"; sleep 0.3; printf 'daily\r'; }
seen=$(answers | SHELL=$BASH env -u S3_BUCKET -u S3_SECRET_KEY script -qec "$S/setup.sh --config $T/conf/env" /dev/null)
ok 'the answers are written' grep -qx "S3_BUCKET=$S3_BUCKET" conf/env
is 'the secret too' "$(cat conf/s3-secret-key)" "$secret"
ok 'which is not shown' not grep -qF "$secret" <<<"$seen"
export S3_BUCKET S3_SECRET_KEY

# ---- where systemd is: one that only notes what it is told
if unshare -m true 2>/dev/null; then
    cp -a /etc "$T/etc" 2>/dev/null
    rm -rf "$T/etc/s3pipe"
    mkdir bin
    printf '#!/bin/sh\necho "$*" >>"%s/asked"\n[ "$1" != is-system-running ] || echo running\n' "$T" >bin/systemctl
    chmod +x bin/systemctl
    POSTGRES_PASSWORD='' S3PIPE_SCHEDULE=daily run env -u S3PIPE_CONFIG unshare -m bash -c "mount --bind '$T/etc' /etc && PATH='$T/bin':\$PATH '$S/setup.sh'" </dev/null
    is 'by systemd: status' "$status" 0
    is 'the backup is made by the service, then the timers are enabled' "$(sed -n '/daemon-reload/,$p' asked | xargs -d '\n' printf '%s, ')" \
        'daemon-reload, start s3pipe-backup.service, enable --now s3pipe-backup.timer s3pipe-cleanup.timer s3pipe-verify-backup.timer, '
    is 'the schedule is a drop-in, in UTC' "$(tail -n 1 etc/systemd/system/s3pipe-backup.timer.d/schedule.conf)" 'OnCalendar=*-*-* 00:00:00 UTC'
    is 'without a password none is wanted' "$(grep -c '^LoadCredential' etc/systemd/system/s3pipe-.service.d/no-password.conf)" 2
    is 'the directory can be seen, the files not' "$(stat -c %a etc/s3pipe) $(modes etc/s3pipe)" '755 ./env 600 ./s3-secret-key 600'
    rm -rf etc/s3pipe asked
    mkdir -p home/.aws && cp aws-credentials home/.aws/credentials
    POSTGRES_PASSWORD='' AWS_PROFILE=backups HOME=$T/home run keyless env -u S3PIPE_CONFIG -u AWS_SHARED_CREDENTIALS_FILE -u AWS_CONFIG_FILE \
        unshare -m bash -c "mount --bind '$T/etc' /etc && PATH='$T/bin':\$PATH '$S/setup.sh'" </dev/null
    is 'by systemd, with a profile: status' "$status" 0
    is 'the services get its file as their own' "$(sed '/^#/d' etc/systemd/system/s3pipe-.service.d/no-secret-key.conf | xargs)" \
        "[Service] LoadCredential= UnsetEnvironment=S3_SECRET_KEY_FILE LoadCredential=aws-credentials:$T/home/.aws/credentials Environment=AWS_SHARED_CREDENTIALS_FILE=%d/aws-credentials"
    is 'and the profile by the settings' "$(grep ^AWS_PROFILE etc/s3pipe/env) $(modes etc/s3pipe)" 'AWS_PROFILE=backups ./env 600'
    mkdir units && cp "$ROOT"/docker/systemd/*.service "$ROOT"/docker/systemd/*.timer units && cp -r etc/systemd/system/s3pipe* units
    sed -i "s|^\(ExecStart[Pre]*=-*\)/usr/local/bin/s3pipe-\([a-z-]*\)|\1$ROOT/scripts/\2.sh|" units/*.service
    if command -v systemd-analyze >/dev/null; then
        run systemd-analyze verify --man=no units/*.service units/*.timer
        exits 'systemd takes units and drop-ins' 0
    fi
else
    echo '# no mount namespace: systemd is not tried'
    [ -z "${CI:-}" ] || ok 'a mount namespace can be had' false
fi

# ---- by root, beside the services
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$S3PIPE_STATE_DIR"
    run "$S/backup.sh"
    is 'what root leaves in the state directory is its owner'\''s' "$(find "$S3PIPE_STATE_DIR/locks" ! -user nobody)" ''
fi
done_testing
