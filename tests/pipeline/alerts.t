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
# failures KIND: the dashboard's query of failed runs.
failures() { jq -r '.panels[].targets[].expr' "$dashboard" | sed -n "/increase(s3pipe_$1_failures/s/\$database/.*/gp"; }
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
      - {series: 's3pipe_backup_failures_total{database="new"}', values: '_x1200 1x1200'}
      - {series: 's3pipe_verify_last_success_timestamp_seconds{database="shop"}', values: '0x2400'}
      - {series: 's3pipe_verify_failures_total{database="bad"}', values: '0x1200 1x1200'}
      - {series: 's3pipe_verify_failures_total{database="good"}', values: '0x2400'}
      - {series: 's3pipe_backup_shrank{database="good"}', values: '0x2400'}
      - {series: 's3pipe_backup_shrank{database="first"}', values: '0x1200 1x1200'}
      - {series: 's3pipe_wal_received_timestamp_seconds{system="1"}', values: '0+60x1200 72000x1200'}
      - {series: 's3pipe_wal_slot_lost{system="1"}', values: '0x1200 1x1200'}
      - {series: 's3pipe_wal_slot_lag_bytes{system="1"}', values: '0x1200 3000000000x1200'}
    promql_expr_test:
      # The first failure of a new database is drawn, though its counter begins at 1.
      - expr: round($(failures backup))
        eval_time: 30h
        exp_samples:
          - {labels: '{database="fails"}', value: 1}
          - {labels: '{database="failed once"}', value: 0}
          - {labels: '{database="new"}', value: 1}
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
              summary: the backup of shrank is much smaller than the others of this week
              description: "Was data lost, or another server started in its place? Keep the older backups until you know: RETENTION_DRY_RUN=true."
          - exp_labels: {database: first, severity: critical}
            exp_annotations:
              summary: the backup of first is much smaller than the others of this week
              description: "Was data lost, or another server started in its place? Keep the older backups until you know: RETENTION_DRY_RUN=true."
      - {eval_time: 20h, alertname: S3pipeWalOld}
      - eval_time: 21h
        alertname: S3pipeBackupFails
        exp_alerts:
          - exp_labels: {database: fails, severity: warning}
            exp_annotations:
              summary: a backup of fails failed
              description: The log of backup.sh on  has the cause in its last lines.
          - exp_labels: {database: new, severity: warning}
            exp_annotations:
              summary: a backup of new failed
              description: The log of backup.sh on  has the cause in its last lines.
      - {eval_time: 30h, alertname: S3pipeBackupFails}
      - {eval_time: 20h, alertname: S3pipeVerifyFails}
      - eval_time: 21h
        alertname: S3pipeVerifyFails
        exp_alerts:
          - exp_labels: {database: bad, severity: critical}
            exp_annotations:
              summary: a backup of bad cannot be restored, or is too old
              description: The log of verify-backup.sh on  has the cause in its last lines.
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
  - interval: 1m
    input_series:
      - {series: 's3pipe_verify_last_success_timestamp_seconds{database="shop"}', values: '0x12000'}
      - {series: 's3pipe_verify_last_success_timestamp_seconds{database="new"}', values: '0+3600x12000'}
      - {series: 's3pipe_verify_cluster_last_success_timestamp_seconds{system="1"}', values: '0x12000'}
    alert_rule_test:
      - {eval_time: 192h, alertname: S3pipeVerifyOld}
      - {eval_time: 192h, alertname: S3pipeClusterVerifyOld}
      - eval_time: 195h
        alertname: S3pipeVerifyOld
        exp_alerts:
          - exp_labels: {database: shop, severity: critical}
            exp_annotations:
              summary: no backup of shop was restored to verify it for 8d 3h 0m 0s
              description: With verify-backup.sh --sample write here how long all have their turn. If the database was dropped, delete its lines from BACKUP_METRICS_FILE.
      - eval_time: 195h
        alertname: S3pipeClusterVerifyOld
        exp_alerts:
          - exp_labels: {system: "1", severity: critical}
            exp_annotations:
              summary: the cluster was not recovered to verify it for 8d 3h 0m 0s
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
export POSTGRES_DB=shop BACKUP_DATABASES=shop BACKUP_GLOBALS=false S3PIPE_STATE_DIR=$T/state BACKUP_METRICS_FILE=$T/textfile/s3pipe.prom
run "$ROOT/scripts/backup.sh"
is 'a good backup' "$status" 0
run "$ROOT/scripts/verify-backup.sh"
is 'which is verified' "$status" 0
run "$ROOT/scripts/cleanup.sh"
is 'and outlives a cleanup' "$status" 0
matches 'which tells how much there is' "$(grep '^s3pipe_store' "$BACKUP_METRICS_FILE" | xargs)" \
    "^s3pipe_store_keys\\{prefix=\\} 1 s3pipe_store_bytes\\{prefix=\\} $(s3ls -l | cut -f 1)\$"
# A week of such hosts has the older size in store: here it is half a minute.
sed 's/for: [0-9]*[mh]/for: 0s/; s/\[2h\]/[20s]/g; s/offset 2h/offset 20s/g' "$rules" >"$T/rules.yml"
prometheus_start "$T/rules.yml" "$BACKUP_METRICS_FILE"
known() { [ "$(ask "$1")" != '[]' ]; }
ok 'Prometheus knows it' await 20 known 's3pipe_backup_bytes{database="shop"}'
quiet() { [ -z "$(firing)" ]; }
ok 'and no alert fires' await 20 quiet
fires() { [[ " $(firing) " == *" $1 "* ]]; }
PGPORT=1 run "$ROOT/scripts/verify-backup.sh"
is 'a verification that does not reach the server' "$status" 1
ok 'is an alert of its own' await 20 fires S3pipeVerifyFails
PGPORT=1 run "$ROOT/scripts/backup.sh"
is 'a backup that does not reach the server' "$status" 1
ok 'is an alert, too' await 20 fires S3pipeBackupFails
ok 'which ends' await 40 quiet
S3_BUCKET=nosuch S3_RETRIES=1 run "$ROOT/scripts/backup.sh"
is 'a bad one' "$status" 1
ok 'is an alert' await 20 fires S3pipeBackupFails
q -d shop -c 'DROP TABLE item'
run "$ROOT/scripts/backup.sh"
ok 'so is one that shrank' await 20 fires S3pipeBackupShrank
# As if nothing had run for ten days.
sed -i -E "s/(last_success_timestamp_seconds\{[^}]*\}) .*/\1 $(($(date +%s) - 864000))/" "$BACKUP_METRICS_FILE"
ok 'and one that is old' await 20 fires S3pipeBackupOld
ok 'or was not verified for long' await 20 fires S3pipeVerifyOld

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
