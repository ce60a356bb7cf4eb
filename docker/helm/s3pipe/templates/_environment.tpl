{{/* s3pipe.environment: the settings of a server, as the scripts have them. */}}
{{- define "s3pipe.environment" -}}
{{- $server := .server -}}
{{- $data := dict "POSTGRES_HOST" $server.host "POSTGRES_PORT" (toString $server.port) "POSTGRES_USER" $server.user
    "S3_BUCKET" (.root.Values.s3.bucket) "S3_PREFIX" ($server.prefix | default $server.name) -}}
{{- $databases := $server.databases -}}
{{- if kindIs "slice" $databases -}}{{- $databases = join "," $databases -}}{{- end -}}
{{- $_ := set $data "BACKUP_DATABASES" $databases -}}
{{- with .root.Values.s3.endpoint }}{{ $_ := set $data "S3_ENDPOINT" . }}{{ end -}}
{{- with .root.Values.s3.region }}{{ $_ := set $data "S3_REGION" . }}{{ end -}}
{{- range $name, $value := $server.env -}}
{{- $_ := set $data $name (kindIs "float64" $value | ternary ($value | int64 | toString) (toString $value)) -}}
{{- end -}}
{{- toYaml $data -}}
{{- end -}}
