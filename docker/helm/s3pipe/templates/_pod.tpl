{{/* s3pipe.container: one script with the server's settings. */}}
{{- define "s3pipe.container" -}}
name: {{ .what }}
image: "{{ .root.Values.image.repository }}:{{ (.server.image).tag | default .root.Values.image.tag }}"
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: {{ toJson .command }}
envFrom:
  - configMapRef: {name: {{ include "s3pipe.name" (dict "root" .root "server" .server "what" "env") }}}
env:
  - {name: POSTGRES_PASSWORD_FILE, value: /run/secrets/s3pipe/{{ .server.passwordKey }}}
{{- if eq .root.Values.s3.auth "keys" }}
  - {name: S3_ACCESS_KEY_FILE, value: /run/secrets/s3pipe/s3-access-key}
  - {name: S3_SECRET_KEY_FILE, value: /run/secrets/s3pipe/s3-secret-key}
{{- end }}
{{- if .metrics }}
  - {name: BACKUP_METRICS_FILE, value: /var/lib/s3pipe/s3pipe.prom}
{{- end }}
resources: {{ toJson .server.resources }}
{{ include "s3pipe.confined" . }}
volumeMounts:
  - {name: secrets, mountPath: /run/secrets/s3pipe, readOnly: true}
  - {name: tmp, mountPath: /tmp}
  - {name: state, mountPath: /var/lib/s3pipe}
{{- end -}}

{{- define "s3pipe.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* s3pipe.exporter: what the scripts wrote, for Prometheus. */}}
{{- define "s3pipe.exporter" -}}
name: metrics
image: "{{ .root.Values.exporter.repository }}:{{ .root.Values.exporter.tag }}"
args: [--collector.disable-defaults, --collector.textfile, --collector.textfile.directory=/var/lib/s3pipe]
ports:
  - {name: metrics, containerPort: 9100}
resources:
  requests: {cpu: 10m, memory: 16Mi}
  limits: {memory: 64Mi}
{{ include "s3pipe.confined" . }}
volumeMounts:
  - {name: state, mountPath: /var/lib/s3pipe, readOnly: true}
{{- end -}}

{{/* s3pipe.pod: what is the same in all pods; .claim is the volume of the state, or
empty. Pods that share a volume of one node are put there. */}}
{{- define "s3pipe.pod" -}}
serviceAccountName: {{ include "s3pipe.account" .root }}
automountServiceAccountToken: false
terminationGracePeriodSeconds: 60
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .server.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .server.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- if and .shared (eq .server.state.accessMode "ReadWriteOnce") }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {s3pipe/state: {{ .claim }}}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10000
  runAsGroup: 10000
  fsGroup: 10000
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: secrets
    secret: {secretName: {{ .server.secret | default .root.Release.Name }}, defaultMode: 0440}
  - name: tmp
    emptyDir: {medium: Memory, sizeLimit: 64Mi}
  - name: state
{{- if .claim }}
    persistentVolumeClaim: {claimName: {{ .claim }}}
{{- else }}
    emptyDir: {}
{{- end }}
{{- end -}}

{{/* s3pipe.claim: a volume that stays. */}}
{{- define "s3pipe.claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .name }}
  labels: {{- include "s3pipe.labels" . | nindent 4 }}
  annotations: {helm.sh/resource-policy: keep}
spec:
  accessModes: [{{ .accessMode }}]
{{- with .volume.storageClassName }}
  storageClassName: {{ . }}
{{- end }}
  resources:
    requests: {storage: {{ .volume.size }}}
{{- end -}}
