{{/* s3pipe.receiver: receive-wal.sh. Exactly one: the slot has one reader. WAL that
was received and is not stored yet is on the volume alone, so it is no emptyDir. */}}
{{- define "s3pipe.receiver" -}}
{{- $of := merge (dict "what" "wal") . -}}
{{- $name := include "s3pipe.name" $of -}}
{{- $pod := merge (dict "claim" $name "metrics" .server.metrics.enabled "command" (list "/scripts/receive-wal.sh")) $of -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels: {{- include "s3pipe.labels" $of | nindent 4 }}
spec:
  replicas: 1
  strategy: {type: Recreate}
  selector:
    matchLabels: {{- include "s3pipe.labels" $of | nindent 6 }}
  template:
    metadata:
      labels: {{- include "s3pipe.labels" $of | nindent 8 }}
      annotations:
        # Other settings are read by a new pod alone.
        s3pipe/settings: {{ include "s3pipe.environment" . | sha256sum }}
    spec:
      containers:
        - {{- include "s3pipe.container" $pod | nindent 10 }}
          readinessProbe:
            exec: {command: [/scripts/healthcheck, wal]}
            periodSeconds: 30
            timeoutSeconds: 10
        {{- if .server.metrics.enabled }}
        - {{- include "s3pipe.exporter" . | nindent 10 }}
        {{- end }}
      {{- include "s3pipe.pod" $pod | nindent 6 }}
---
{{ include "s3pipe.claim" (merge (dict "name" $name "volume" .server.wal "accessMode" "ReadWriteOnce") $of) }}
{{- end -}}

{{/* s3pipe.metrics: the exporter of what the jobs of a server wrote. */}}
{{- define "s3pipe.metrics" -}}
{{- $of := merge (dict "what" "metrics") . -}}
{{- $claim := include "s3pipe.name" (merge (dict "what" "state") .) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "s3pipe.name" $of }}
  labels: {{- include "s3pipe.labels" $of | nindent 4 }}
spec:
  replicas: 1
  strategy: {type: Recreate}
  selector:
    matchLabels: {{- include "s3pipe.labels" $of | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "s3pipe.labels" $of | nindent 8 }}
        s3pipe/state: {{ $claim }}
    spec:
      containers:
        - {{- include "s3pipe.exporter" . | nindent 10 }}
      {{- include "s3pipe.pod" (merge (dict "claim" $claim "shared" $claim) $of) | nindent 6 }}
{{- end -}}
