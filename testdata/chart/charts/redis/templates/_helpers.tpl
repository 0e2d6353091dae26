{{- define "redis.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/name: redis
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "redis.metadata" -}}
name: {{ .Release.Name }}-{{ .Template.Name | base | trimSuffix ".yaml" }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "redis.labels" . | nindent 2 }}
{{- end }}
