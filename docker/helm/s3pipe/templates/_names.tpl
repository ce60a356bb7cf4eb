{{/* s3pipe.server: a server with what defaults say, as YAML. */}}
{{- define "s3pipe.server" -}}
{{- $server := mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy .server) -}}
{{- if and $server.metrics.enabled (not $server.state.persistent) -}}
{{- fail (printf "server %s: metrics.enabled wants state.persistent" $server.name) -}}
{{- end -}}
{{- toYaml $server -}}
{{- end -}}

{{/* s3pipe.name: RELEASE-SERVER-WHAT; the Jobs of a CronJob add 11 characters. */}}
{{- define "s3pipe.name" -}}
{{- $name := printf "%s-%s-%s" .root.Release.Name .server.name .what -}}
{{- if gt (len $name) 52 -}}
{{- fail (printf "%s is longer than 52 characters: take a shorter release name, or server name" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{- define "s3pipe.account" -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- end -}}

{{/* s3pipe.labels: what selects the pods of one server that do one thing. */}}
{{- define "s3pipe.labels" -}}
app.kubernetes.io/name: s3pipe
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .what }}
s3pipe/server: {{ .server.name }}
{{- end -}}

{{/* s3pipe.schedule: with a minute and an hour for H, by the server's name. */}}
{{- define "s3pipe.schedule" -}}
{{- $sum := adler32sum .server.name | int64 -}}
{{- $minute := mod $sum 60 | toString -}}
{{- $hour := mod (div $sum 60) 24 | toString -}}
{{- regexReplaceAll "^(\\S+) H " (regexReplaceAll "^H " .schedule (printf "%s " $minute)) (printf "${1} %s " $hour) -}}
{{- end -}}

{{/* s3pipe.s3Port: the port of the endpoint. */}}
{{- define "s3pipe.s3Port" -}}
{{- $url := urlParse (.Values.s3.endpoint | default "https://amazonaws.com") -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) -}}
{{- $port | default (ternary "80" "443" (eq $url.scheme "http")) -}}
{{- end -}}
