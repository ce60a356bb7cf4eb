{{/* s3pipe.cronjob: one script of one server by the clock. */}}
{{- define "s3pipe.cronjob" -}}
{{- $name := include "s3pipe.name" . -}}
{{- $state := "" -}}
{{- if .server.state.persistent -}}
{{- $state = include "s3pipe.name" (dict "root" .root "server" .server "what" "state") -}}
{{- end -}}
{{- $pod := merge (dict "claim" $state "shared" $state "metrics" .server.metrics.enabled) . -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ $name }}
  labels: {{- include "s3pipe.labels" . | nindent 4 }}
spec:
  schedule: {{ include "s3pipe.schedule" . | quote }}
  timeZone: Etc/UTC
  # Locks reach from pod to pod only where these share a volume: this does always.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 600
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 1
      template:
        metadata:
          labels:
            {{- include "s3pipe.labels" . | nindent 12 }}
            {{- with $state }}
            s3pipe/state: {{ . }}
            {{- end }}
        spec:
          restartPolicy: Never
          containers:
            - {{- include "s3pipe.container" $pod | nindent 14 }}
          {{- include "s3pipe.pod" $pod | nindent 10 }}
{{- end -}}
