#!/usr/bin/env bash
# The alert rules and the dashboard of docker/prometheus, by a real Prometheus
# and the metrics of real backups, good and bad.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/prometheus.sh"
prometheus_needed
. "$TESTS/lib/postgres.sh"
. "$TESTS/lib/store.sh"
store_start
# shellcheck disable=SC2119 # the newest
postgres_start
rules=$ROOT/docker/prometheus/rules.yml dashboard=$ROOT/docker/prometheus/dashboard.json

run promtool check rules "$rules"
is 'promtool takes the rules' "$status" 0
cat >"$T/cases.yml" <<END
rule_files: [$rules]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 's3pipe_backup_last_success_timestamp_seconds{database="old"}', values: '0x2400'}
      - {series: 's3pipe_backup_last_success_timestamp_seconds{database="good"}', values: '0+60x2400'}
      - {series: 's3pipe_backup_bytes{database="good"}', values: '1000x2400'}
      - {series: 's3pipe_backup_bytes{database="shrank"}', values: '1000x1200 90x1200'}
      - {series: 's3pipe_backup_failures_total{database="fails"}', values: '0x1200 1x1200'}
      - {series: 's3pipe_backup_failures_total{database="failed once"}', values: '1x2400'}
      - {series: 's3pipe_wal_received_timestamp_seconds{system="1"}', values: '0+60x1200 72000x1200'}
      - {series: 's3pipe_wal_slot_lost{system="1"}', values: '0x1200 1x1200'}
      - {series: 's3pipe_wal_slot_lag_bytes{system="1"}', values: '0x1200 3000000000x1200'}
    alert_rule_test:
      - {eval_time: 20h, alertname: S3pipeBackupOld}
      - eval_time: 30h
        alertname: S3pipeBackupOld
        exp_alerts:
          - exp_labels: {database: old, severity: critical}
            exp_annotations:
              summary: old has no good backup for 1d 6h 0m 0s
              description: Look into the log of backup.sh on .
      - {eval_time: 20h, alertname: S3pipeBackupShrank}
      - eval_time: 30h
        alertname: S3pipeBackupShrank
        exp_alerts:
          - exp_labels: {database: shrank, severity: critical}
            exp_annotations:
              summary: the backup of shrank has but a tenth of its size of this week
              description: "Was data lost, or another server started in its place? Keep the older backups until you know: RETENTION_DRY_RUN=true."
      - {eval_time: 20h, alertname: S3pipeWalOld}
      - eval_time: 21h
        alertname: S3pipeBackupFails
        exp_alerts:
          - exp_labels: {database: fails, severity: warning}
            exp_annotations:
              summary: a backup of fails failed
              description: The log of backup.sh on  has the cause in its last lines.
      - eval_time: 22h
        alertname: S3pipeWalOld
        exp_alerts:
          - exp_labels: {system: "1", severity: critical}
            exp_annotations:
              summary: "WAL has not been stored for 2h 0m 0s: that much would be lost"
      - eval_time: 22h
        alertname: S3pipeWalLost
        exp_alerts:
          - exp_labels: {system: "1", severity: critical}
            exp_annotations:
              summary: "WAL is missing: nothing after it can be recovered"
              description: "Make a new base backup now: basebackup.sh."
  - interval: 1h
    input_series:
      - {series: up, values: '1x10'}
    alert_rule_test:
      - eval_time: 5h
        alertname: S3pipeMetricsGone
        exp_alerts:
          - exp_labels: {severity: warning}
            exp_annotations:
              summary: no host tells of backups
              description: BACKUP_METRICS_FILE is not set, not written, or not collected.
END
run promtool test rules "$T/cases.yml"
is 'each fires when it is to, and not before' "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$T/out" "$T/err"

# ---- by real runs
createdb shop
q -d shop -c "CREATE TABLE item AS SELECT i, md5(i::text) FROM generate_series(1, 20000) i"
mkdir "$T/textfile"
export BACKUP_DATABASES=shop BACKUP_GLOBALS=false S3PIPE_STATE_DIR=$T/state BACKUP_METRICS_FILE=$T/textfile/s3pipe.prom
run "$ROOT/scripts/backup.sh"
is 'a good backup' "$status" 0
# A week of such hosts has the older size in store: here it is half a minute.
sed 's/for: [0-9]*[mh]/for: 0s/; s/\[2h\]/[20s]/' "$rules" >"$T/rules.yml"
prometheus_start "$T/rules.yml" "$BACKUP_METRICS_FILE"
known() { [ "$(ask "$1")" != '[]' ]; }
ok 'Prometheus knows it' await 20 known 's3pipe_backup_bytes{database="shop"}'
quiet() { [ -z "$(firing)" ]; }
ok 'and no alert fires' await 20 quiet
S3_BUCKET=nosuch S3_RETRIES=1 run "$ROOT/scripts/backup.sh"
is 'a bad one' "$status" 1
fires() { [[ " $(firing) " == *" $1 "* ]]; }
ok 'is an alert' await 20 fires S3pipeBackupFails
q -d shop -c 'DROP TABLE item'
run "$ROOT/scripts/backup.sh"
ok 'so is one that shrank' await 20 fires S3pipeBackupShrank
# As if nothing had run for two days.
sed -i -E "s/(last_success_timestamp_seconds\{[^}]*\}) .*/\1 $(($(date +%s) - 172800))/" "$BACKUP_METRICS_FILE"
ok 'and one that is old' await 20 fires S3pipeBackupOld

# ---- the dashboard: every query, with its variables filled in
while IFS= read -r query; do
    query=${query//\$database/.*}
    case $query in
    *_wal_* | *basebackup*) ok "Prometheus takes: $query" ask "$query" ;;
    *) ok "there is something to draw: $query" known "$query" ;;
    esac
done < <(jq -r '.panels[].targets[].expr' "$dashboard")
is 'and the variable is one of theirs' "$(jq -r '.templating.list[1].query' "$dashboard")" 'label_values(s3pipe_backup_bytes, database)'
done_testing
