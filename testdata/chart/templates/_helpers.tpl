{{- define "mailu.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "mailu.labels" -}}
app.kubernetes.io/name: mailu
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "mailu.selector" -}}
app.kubernetes.io/name: mailu
app.kubernetes.io/instance: {{ .top.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* What stands under metadata: of an object of a component. */}}
{{- define "mailu.metadata" -}}
name: {{ include "mailu.fullname" .top }}-{{ .name | default .component }}
namespace: {{ .top.Release.Namespace | quote }}
labels:
  {{- include "mailu.labels" .top | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* spec: of a Deployment, down to its containers. */}}
{{- define "mailu.deployment" -}}
replicas: 1
strategy:
  type: RollingUpdate
revisionHistoryLimit: 3
{{ include "mailu.pods" . }}
{{- end }}

{{- define "mailu.pods" -}}
selector:
  matchLabels:
    {{- include "mailu.selector" . | nindent 4 }}
template:
  metadata:
    labels:
      {{- include "mailu.labels" .top | nindent 6 }}
      app.kubernetes.io/component: {{ .component }}
  spec:
    {{- $extra := index .top.Values.extra .component | default dict }}
    {{- with .top.Values.nodeSelector }}
    nodeSelector:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .top.Values.tolerations }}
    tolerations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    serviceAccountName: {{ include "mailu.fullname" .top }}
    terminationGracePeriodSeconds: 5
    {{- with $extra.initContainers }}
    initContainers:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    containers:
      {{- with $extra.containers }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
{{- end }}

{{- define "mailu.image" -}}
image: {{ .top.Values.registry }}/{{ .repository | default .component }}:{{ .top.Values.tag }}
imagePullPolicy: IfNotPresent
{{- end }}

{{/* The variables of every container of Mailu's own; the rest comes from the ConfigMap. */}}
{{- define "mailu.environment" -}}
env:
  - name: LOG_LEVEL
    value: {{ .top.Values.logLevel }}
  - name: SECRET_KEY
    valueFrom:
      secretKeyRef:
        name: {{ .top.Values.secretKey.existingSecret | default (printf "%s-secret" (include "mailu.fullname" .top)) }}
        key: secret-key
  {{- if .top.Values.initialAccount.enabled }}
  - name: INITIAL_ADMIN_PW
    valueFrom:
      secretKeyRef:
        name: {{ include "mailu.fullname" .top }}-initial-account
        key: initial-account-password
  {{- end }}
  {{- if .top.Values.database.host }}
  - name: DB_PW
    valueFrom:
      secretKeyRef:
        name: {{ .top.Values.database.secretName }}
        key: password
  - name: ROUNDCUBE_DB_PW
    valueFrom:
      secretKeyRef:
        name: {{ .top.Values.database.secretName }}
        key: roundcube-password
  {{- end }}
envFrom:
  - configMapRef:
      name: {{ include "mailu.fullname" .top }}-envvars
{{- end }}

{{- define "mailu.extraPorts" -}}
{{- $extra := index .top.Values.extra .component | default dict }}
{{- with $extra.ports }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- define "mailu.resources" -}}
{{- $extra := index .top.Values.extra .component | default dict }}
resources:
{{- if $extra.resources }}
  {{- toYaml $extra.resources | nindent 2 }}
{{- else }}
  limits: {}
  requests: {}
{{- end }}
{{- end }}

{{/* A liveness and a readiness probe that run a line of shell. */}}
{{- define "mailu.shellProbes" -}}
livenessProbe:
  exec:
    command:
      - sh
      - -c
      - {{ .line | squote }}
  {{- include "mailu.probeTiming" . | nindent 2 }}
readinessProbe:
  exec:
    command:
      - sh
      - -c
      - {{ .line | squote }}
  {{- include "mailu.probeTiming" . | nindent 2 }}
{{- end }}

{{- define "mailu.probeTiming" -}}
initialDelaySeconds: 10
periodSeconds: 10
timeoutSeconds: {{ .timeout | default 1 }}
successThreshold: 1
failureThreshold: 3
{{- end }}

{{- define "mailu.claimName" -}}
{{- if .top.Values.persistence.single_pvc -}}
{{ include "mailu.fullname" .top }}-storage
{{- else -}}
{{ include "mailu.fullname" .top }}-{{ .component }}
{{- end -}}
{{- end }}

{{/* A whole claim, when the component has one of its own. */}}
{{- define "mailu.claim" -}}
{{- if not .top.Values.persistence.single_pvc }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "mailu.metadata" . | nindent 2 }}
spec:
  accessModes:
    - "ReadWriteOnce"
  resources:
    requests:
      storage: {{ .size | default .top.Values.persistence.size | quote }}
  {{- with .top.Values.persistence.storageClass }}
  storageClassName: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "mailu.volumes" -}}
{{- $extra := index .top.Values.extra .component | default dict }}
volumes:
  - name: data
    persistentVolumeClaim:
      claimName: {{ include "mailu.claimName" . }}
{{- with $extra.volumes }}
{{ toYaml . | indent 2 }}
{{- end }}
{{- end }}
