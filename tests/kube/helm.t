#!/usr/bin/env bash
# The Helm chart against a real API server: what is refused, what the server accepts,
# and the Jobs and Pods that the real controllers make of it. There is no kubelet: the
# Pods are read, and what two of them would run is run here.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/kube.sh"
kube_needed
CHART=$ROOT/docker/helm/s3pipe
chart() { helm "$1" s3pipe "$CHART" --set s3.bucket=backups "${@:2}"; } # COMMAND WORD...
one=(--set 'servers[0].name=orders,servers[0].host=orders-db')

# ---- without a cluster
ok 'helm lint' helm lint --strict "$CHART" -f "$ROOT/docker/helm/example.yaml"
while IFS='|' read -r values wanted; do
    run chart template "${one[@]}" --set "$values"
    ok "refused: $values" test "$status" != 0
    matches "what is said of $values" "$err" "$wanted"
done <<'END'
servers[0].name=Orders|/servers/0/name
servers[0].host=|/servers/0/host
servers[0].hots=x|hots
servers[0].port=70000|/servers/0/port
servers[0].databases=|/servers/0/databases
servers[0].backup.schedule=0 0 * * * *|/servers/0/backup/schedule
servers[0].backup.schedule=hourly|/servers/0/backup/schedule
servers[0].state.accessMode=ReadWriteOncePod|accessMode
servers[0].wal.size=big|/servers/0/wal/size
servers[0].env.POSTGRES_PASSWORD=x|POSTGRES_PASSWORD
servers[0].env.lower=x|lower
s3.bucket=|/s3/bucket
s3.endpoint=s3.example.org|/s3/endpoint
s3.auth=password|/s3/auth
image.pullPolicy=Sometimes|/image/pullPolicy
replicas=2|replicas
servers[1].name=orders,servers[1].host=x|two servers have the name orders
servers[0].metrics.enabled=true|wants state.persistent
END
run helm template a-release-of-thirty-characters "$CHART" --set s3.bucket=backups "${one[@]}" --set 'servers[0].name=a-name-of-thirty-characters-xx'
matches 'a name that is too long for a CronJob is refused' "$status $err" '^1 .*longer than 52 characters'
run chart template --set servers=null
matches 'no server is refused' "$status $err" '^1 .*servers'

minutes() { # of the backups, in the objects on stdin
    awk '/^kind:/ { backup = 0 } /^  name: .*-backup$/ { backup = 1 } /^  schedule:/ && backup { print $2 }' | sort -u
}
{ echo servers:; for i in $(seq 1000); do echo "- {name: db$i, host: host$i}"; done; } >"$T/thousand.yaml"
ok 'the minutes of a thousand servers are spread over the hour' test "$(chart template -f "$T/thousand.yaml" | minutes | wc -l)" -ge 50

# ---- with one
kube_start
kubectl create -f "$kube_dir/podmonitor.yaml" >/dev/null
await 20 kubectl get podmonitors
get() { kubectl get "$1" "$2" -o json | jq -c "$3"; } # KIND NAME QUERY

run helm install s3pipe "$CHART" -f "$ROOT/docker/helm/example.yaml" --set podMonitor.enabled=true,s3.auth=keys
is 'the server accepts every object of the example' "$status" 0
is 'what there is then' "$(kubectl get cronjob,deployment,configmap,pvc,networkpolicy,podmonitor,serviceaccount -o name -l app.kubernetes.io/instance=s3pipe | cut -d/ -f1 | sort | uniq -c | xargs)" \
    '3 configmap 10 cronjob.batch 2 deployment.apps 1 networkpolicy.networking.k8s.io 2 persistentvolumeclaim 1 podmonitor.monitoring.coreos.com 1 serviceaccount'
is 'a list of databases, a setting, and the prefix' "$(get configmap s3pipe-billing-env '.data | [.BACKUP_DATABASES, .RETENTION_KEEP_DAILY, .S3_PREFIX, .POSTGRES_HOST]')" \
    '["billing,invoices","30","billing","billing-db"]'
is 'no secret is made' "$(kubectl get secret -o name | grep -v helm.release)" ''
is 'all CronJobs forbid a second run, in UTC' "$(kubectl get cronjob -o json | jq -c '[.items[].spec | [.concurrencyPolicy, .timeZone]] | unique')" '[["Forbid","Etc/UTC"]]'
is 'the policy lets out DNS, the store and PostgreSQL' "$(get networkpolicy s3pipe '[.spec.egress[].ports[].port]')" '[53,53,443,5432]'
is 'the account has the role' "$(get serviceaccount s3pipe '.metadata.annotations["eks.amazonaws.com/role-arn"]')" '"arn:aws:iam::111122223333:role/s3pipe"'
is 'the receiver of WAL is one, and ends before the next begins' "$(get deployment s3pipe-ledger-wal '.spec | [.replicas, .strategy.type]')" '[1,"Recreate"]'
await 20 eval 'kubectl get pod -o name | grep ledger-wal'
is 'its Pod' "$(kubectl get pod -l app.kubernetes.io/component=wal -o json | jq -c '.items[] | [.spec.containers[0].command, .spec.containers[0].image, (.spec.volumes[] | select(.name == "state").persistentVolumeClaim.claimName)]')" \
    '[["/scripts/receive-wal.sh"],"s3pipe-backup:17","s3pipe-ledger-wal"]'

# ---- Jobs and Pods. A CronJob whose last run was five minutes ago is due.
due() { # CRONJOB MINUTES AGO: at that minute, and not since
    kubectl patch cronjob "$1" -p "{\"spec\": {\"schedule\": \"$(date -u -d "$2 minutes ago" '+%-M %-H') * * *\"}}"
    kubectl patch cronjob "$1" --subresource status -p "{\"status\": {\"lastScheduleTime\": \"$(date -u -d '9 minutes ago' +%Y-%m-%dT%H:%M:%SZ)\"}}"
} >/dev/null
pods() { kubectl get pod -l "s3pipe/server=$1,app.kubernetes.io/component=$2" -o name; }
has_pods() { [ "$(pods "$1" "$2" | wc -l)" = "$3" ]; }
due s3pipe-orders-backup 4
ok 'a CronJob that is due makes a Job, and that a Pod' await 20 has_pods orders backup 1
kubectl get "$(pods orders backup)" -o json >"$T/pod.json"
is 'its command, image and settings' "$(jq -c '.spec.containers[0] | [.command, .image, .envFrom[0].configMapRef.name]' "$T/pod.json")" \
    '[["/scripts/backup.sh"],"s3pipe-backup:18","s3pipe-orders-env"]'
is 'keys and password come as files' "$(jq -c '[.spec.containers[0].env[].value] | sort' "$T/pod.json")" \
    '["/run/secrets/s3pipe/postgres-password","/run/secrets/s3pipe/s3-access-key","/run/secrets/s3pipe/s3-secret-key"]'
is 'of the release'\''s secret' "$(jq -c '.spec.volumes[] | select(.name == "secrets").secret.secretName' "$T/pod.json")" '"s3pipe"'
is 'not root, nothing writable, no token' "$(jq -c '[.spec.securityContext.runAsNonRoot, .spec.containers[0].securityContext.readOnlyRootFilesystem, .spec.automountServiceAccountToken]' "$T/pod.json")" '[true,true,false]'
is 'never tried again within the Pod' "$(jq -r .spec.restartPolicy "$T/pod.json")" Never
due s3pipe-orders-backup 2
forbidden() { kubectl get event --field-selector reason=JobAlreadyActive -o name | grep -q .; }
ok 'while it runs, a second run that is due is left out' await 20 forbidden
is 'there is no second Pod' "$(pods orders backup | wc -l)" 1
due s3pipe-billing-backup 4
ok 'another server runs meanwhile' await 20 has_pods billing backup 1
is 'every Pod of the chart meets the restricted standard' \
    "$(kubectl label --dry-run=server --overwrite namespace default pod-security.kubernetes.io/enforce=restricted 2>&1 | grep -ci warning)" 0

# ---- s3pipe's own lock: for Jobs by hand, which the policy does not see
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
postgres_start
store_start
mkdir "$T/secrets"
printf none >"$T/secrets/postgres-password"
printf %s "$S3_ACCESS_KEY" >"$T/secrets/s3-access-key"
printf %s "$S3_SECRET_KEY" >"$T/secrets/s3-secret-key"
createdb app && q -d app -c 'CREATE TABLE t AS SELECT 1 AS x'
run helm install here "$CHART" --set "s3.auth=keys,s3.endpoint=$S3_ENDPOINT,s3.region=$S3_REGION,s3.bucket=$S3_BUCKET" \
    --set "servers[0].name=app,servers[0].host=$T/pg,servers[0].user=postgres,servers[0].databases=app,servers[0].state.persistent=true"
is 'a server with a volume for its state' "$status" 0
for job in one two; do kubectl create job "$job" --from=cronjob/here-app-backup; done >/dev/null
ok 'two Jobs by hand make two Pods' await 20 has_pods app backup 2
# play POD: what the kubelet would run, with its settings, secrets and volume.
play() {
    local settings claim command
    mapfile -t settings < <(kubectl get configmap "$(jq -r '.spec.containers[0].envFrom[0].configMapRef.name' "$1")" -o json |
        jq -r '.data | to_entries[] | "\(.key)=\(.value)"')
    mapfile -t -O "${#settings[@]}" settings < <(jq -r '.spec.containers[0].env[] | "\(.name)=\(.value)"' "$1" | sed "s|=/run/secrets/s3pipe|=$T/secrets|")
    claim=$(jq -r '(.spec.volumes[] | select(.name == "state").persistentVolumeClaim.claimName) // .metadata.name' "$1")
    command=$(jq -r '.spec.containers[0].command[0]' "$1")
    env -i "${settings[@]}" PATH="$PATH" BUILD="$BUILD" TMPDIR="$T" S3PIPE_TEST="$T" S3PIPE_STATE_DIR="$T/volumes/$claim" \
        bash "$ROOT/scripts/${command#/scripts/}"
}
mkdir "$T/volumes"
mapfile -t names < <(pods app backup)
for i in 0 1; do kubectl get "${names[i]}" -o json >"$T/pod.$i"; done
mkfifo "$T/sql"
q -d app <"$T/sql" >/dev/null 2>&1 &
exec 8>"$T/sql"
echo 'BEGIN; LOCK t;' >&8
waits() { [ -n "$(q -d postgres -c "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" ]; }
play "$T/pod.0" >"$T/first" 2>&1 8>&- &
first=$!
ok 'the first dumps, and waits for a table' await 20 waits
run timeout 20 bash -c "$(declare -f play); T=$T ROOT=$ROOT play '$T/pod.1'"
is 'the second ends with 75' "$status" 75
matches 'and says why' "$err" 'BUSY app: backup.sh, process [0-9]+ on .* has the lock'
exec 8>&-
wait "$first" && status=0 || status=$?
is 'the first is done' "$status" 0
is 'there is one backup, below the prefix of the server' "$(s3ls | sed 's|[0-9/]*/app_[0-9]*|/DATE/app|' | grep -v globals)" 'app/DATE/app.sql.gz'

# ---- a thousand: KUBE_SERVERS of them (100) are sent to the server, for helm sends
# all at once, which two busy cores answer too late
chart template -f "$T/thousand.yaml" >"$T/thousand"
is 'a thousand servers are one file of values, with three CronJobs each' "$(grep -c '^kind: CronJob' "$T/thousand")" 3000
some=${KUBE_SERVERS:-100}
head -n $((some + 1)) "$T/thousand.yaml" >"$T/some.yaml"
start=$SECONDS
run helm install some "$CHART" --set s3.bucket=backups -f "$T/some.yaml" --qps 200 --burst-limit 200
is "the server accepts $some of them" "$status $(head -n 3 "$T/err")" '0 '
echo "# within $((SECONDS - start)) s"
is 'as CronJobs' "$(kubectl get cronjob -l app.kubernetes.io/instance=some -o name | wc -l)" $((3 * some))
size=$(kubectl get secret sh.helm.release.v1.some.v1 -o json | wc -c)
echo "# helm's record of the release: $size bytes"
run chart template --set-json "servers=[{\"name\": \"big\", \"host\": \"x\", \"databases\": $(seq 1000 | sed 's/.*/"db&"/' | jq -cs .)}]"
is 'a thousand databases of a server are one setting' "$(sed -n 's/^  BACKUP_DATABASES: \(.*\)$/\1/p' "$T/out" | tr , '\n' | sort -u | wc -l)" 1000
done_testing
