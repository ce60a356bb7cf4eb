#!/usr/bin/env bash
# The examples of docker/systemd and docker/kubernetes hold together, as far as
# that shows without a cluster.
. "$(dirname "$0")/../lib/tap.sh"
D=$ROOT/docker
missing() { # PROGRAM WHAT: said aloud; in CI it fails
    echo "# no $1: $2"
    [ -z "${CI:-}" ] || ok "$1 is here" false
}

# ---- systemd
if command -v systemd-analyze >/dev/null; then
    mkdir "$T/units"
    cp "$D"/systemd/*.service "$D"/systemd/*.timer "$T/units"
    # The programs as installed are not at their place here.
    sed -i "s|^\(ExecStart[Pre]*=-*\)/usr/local/bin/s3pipe-\([a-z-]*\)|\1$ROOT/scripts/\2.sh|" "$T"/units/*.service
    run systemd-analyze verify --man=no "$T"/units/*.service "$T"/units/*.timer
    exits 'systemd-analyze verify' 0
    ok 'each job looks first, whether or not that goes well' same \
        "$(sed -n 's|^ExecStartPre=-.*/\(.*\).sh --check$|\1|p' "$T"/units/*.service | xargs)" 'backup basebackup cleanup receive-wal'
    mkdir "$T/units/s3pipe-.service.d" "$T/units/s3pipe-verify-backup.service.d"
    cp "$D/systemd/drop-ins/peer.conf" "$T/units/s3pipe-.service.d"
    cp "$D/systemd/drop-ins/verify-key.conf" "$T/units/s3pipe-verify-backup.service.d"
    run systemd-analyze verify --man=no "$T"/units/*.service "$T"/units/*.timer
    exits 'and of the drop-ins' 0
    sed -i 's/^LoadCredential=age.key/LoadCredentials=age.key/' "$T/units/s3pipe-verify-backup.service.d/verify-key.conf"
    run systemd-analyze verify --man=no "$T/units/s3pipe-verify-backup.service"
    matches 'which it reads' "$err" "Unknown key.*'LoadCredentials'"
    for unit in "$T"/units/*.timer; do
        matches "$(basename "$unit"): in UTC" "$(sed -n 's/^OnCalendar=//p' "$unit")" ' UTC$'
        ok "$(basename "$unit"): a time" systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$unit")"
    done
else
    missing systemd-analyze 'the units are not verified'
fi

for unit in "$D"/systemd/s3pipe-*[a-z].service; do
    matches "$(basename "$unit") tells when it fails" "$(sed -n 's/^OnFailure=//p' "$unit")" '^s3pipe-failed@%N\.service$'
done
# Its command as systemd hands it to sh.
mkdir "$T/said" "$T/mail"
printf '#!/bin/sh\necho "the log of $3"\n' >"$T/said/journalctl"
printf '#!/bin/sh\n{ echo wall; cat; } >"%s/told"\n' "$T" >"$T/said/wall"
printf '#!/bin/sh\n{ echo "mail: $2 to $3"; cat; } >"%s/told"\n' "$T" >"$T/mail/mail"
chmod +x "$T"/said/* "$T/mail/mail"
command=$(sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' "$D/systemd/s3pipe-failed@.service" | sed -n "s/^ExecStart=.bin.sh -c '\(.*\)'$/\1/p" |
    sed 's/\$\$/$/g; s/%i/s3pipe-backup/g; s/%H/db1/g; s/%%/%/g; s/\\n/\n/g')
PATH=$T/said:/bin sh -c "$command"
is 'a unit that failed is told to all terminals' "$(cat "$T/told")" $'wall\ns3pipe-backup failed on db1: journalctl -u s3pipe-backup\nthe log of s3pipe-backup'
MAILTO=dba@example.org PATH=$T/mail:$T/said:/bin sh -c "$command"
is 'or by mail, where there is mail' "$(head -n 2 "$T/told")" $'mail: s3pipe-backup failed on db1 to dba@example.org\ns3pipe-backup failed on db1: journalctl -u s3pipe-backup'

# The example is a file that the scripts take, commented lines too.
sed "s|^#\([A-Z]\)|\1|; s|/var/lib/s3pipe/|$T/|" "$D/systemd/env" >"$T/env"
chmod 600 "$T/env"
run env -u S3PIPE_CONFIG S3PIPE_STATE_DIR="$T/state" TMPDIR="$T" bash "$ROOT/scripts/cleanup.sh" --config "$T/env" --check-settings
matches 'the env file' "$status $err" '^2 .*S3_ACCESS_KEY is set, but not S3_SECRET_KEY.*the settings of the store are wrong'
printf 'secret\n' >"$T/s3-secret-key"
run env S3PIPE_STATE_DIR="$T/state" TMPDIR="$T" bash "$ROOT/scripts/cleanup.sh" --config "$T/env" --check-settings
exits 'is whole but for its secret' 0
is 'it has all six rules of retention' "$(grep -c '^RETENTION_KEEP_' "$D/systemd/env")" 6
rm -r "$T/state"

# ---- cron: the commands find what they need in what the crontab sets
grep -vE '^ *(#|$)|^[0-9*]' "$D/systemd/crontab" >"$T/settings"
mapfile -t settings < <(sed 's/^\([A-Z_0-9]*\)=\(.*\)$/\1=\2/' "$T/settings")
sed -nE 's/^[0-9*]+ +[0-9*]+ +[0-9*]+ +[0-9*]+ +[0-9*]+ +//p' "$D/systemd/crontab" >"$T/commands"
is 'the crontab has three jobs' "$(wc -l <"$T/commands")" 3
while IFS= read -r command; do
    ok "is shell: $command" bash -n -c "$command"
    ok 'without a per cent sign, which is a newline to cron' not grep -q % <<<"$command"
done <"$T/commands"
printf 'secret\n' >"$T/key"
mkdir "$T/home"
run env -i S3PIPE_CONFIG=/dev/null "${settings[@]}" HOME="$T/home" S3PIPE_STATE_DIR="$T/state" S3_SECRET_KEY_FILE="$T/key" PATH="$BUILD:$PATH" \
    S3_ENDPOINT=http://127.0.0.1:1 S3_RETRIES=1 BUILD="$BUILD" bash "$ROOT/scripts/cleanup.sh"
matches 'with nothing but its environment a job gets as far as the store' "$status $err" '^1 .*s3ls: .*connect'

# ---- Kubernetes
if command -v kubectl >/dev/null; then
    for example in base fleet wal; do
        ok "kubectl kustomize $example" eval "kubectl kustomize '$D/kubernetes/$example' >'$T/$example.yaml'"
    done
    is 'one server: what there is' "$(sed -n 's/^kind: //p' "$T/base.yaml" | sort | uniq -c | xargs)" \
        '1 ConfigMap 3 CronJob 1 NetworkPolicy 1 ServiceAccount'
    is 'one server with WAL: what there is' "$(sed -n 's/^kind: //p' "$T/wal.yaml" | sort | uniq -c | xargs)" \
        '1 ConfigMap 4 CronJob 1 Deployment 1 NetworkPolicy 1 PersistentVolumeClaim 1 ServiceAccount'
    is 'one server with WAL: no two receivers' "$(grep -cE 'replicas: 1|type: Recreate' "$T/wal.yaml")" 2
    is 'a fleet: for each server a prefix' "$(sed -n 's/^  S3_PREFIX: //p' "$T/fleet.yaml" | xargs)" 'billing orders'
    is 'a secret' "$(sed -n 's/.*secretName: //p' "$T/fleet.yaml" | sort -u | xargs)" 'billing-s3pipe orders-s3pipe'
    is 'and an account' "$(sed -n 's/.*serviceAccountName: //p' "$T/fleet.yaml" | sort -u | xargs)" 'billing-s3pipe orders-s3pipe'
    is 'schedules in UTC' "$(grep -c 'timeZone: Etc/UTC' "$T/base.yaml")" 3
else
    missing kubectl 'the Kubernetes examples are not built'
fi
ok 'no example holds a secret but the one that says so' \
    eval '! grep -rlE "changeme|secret_key|AKIA" "$D/kubernetes" "$D/systemd" | grep -v secret.example.yaml'
done_testing
