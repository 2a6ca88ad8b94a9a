"""A chart whose test hooks have other names on every render, as demonstration charts have them. Real Helm takes it too."""

CHART = """\
apiVersion: v2
name: {name}
description: A service with everything that comes with one
type: application
version: 0.2.0
"""
VALUES = """\
replicas: 1
maxReplicas: 3
port: 9898
tools: registry.example.com/tools/curl:1
image:
  repository: registry.example.com/shop/{name}
  tag: ""
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
spec:
  selector: {app: {{ .Chart.Name }}}
  ports:
    - {name: http, port: {{ .Values.port }}}
"""
AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .Chart.Name }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ .Chart.Name }}}
  minReplicas: {{ .Values.replicas }}
  maxReplicas: {{ .Values.maxReplicas }}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
"""
TEST_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Chart.Name }}-WHAT-test-{{ randAlphaNum 5 | lower }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  containers:
    - name: WHAT
      image: "{{ .Values.tools }}"
      args: ["http://{{ .Release.Name }}-{{ .Chart.Name }}:{{ .Values.port }}/WHAT"]
"""
TEST_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Chart.Name }}-load-test-{{ randAlphaNum 5 | lower }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-weight: "1"
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: load
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""


def random_names(name: str) -> dict[str, str]:
    """Over the chart of a service; its Deployment stays."""
    return {
        "chart/Chart.yaml": CHART.format(name=name),
        "chart/values.yaml": VALUES.format(name=name),
        "chart/templates/service.yaml": SERVICE,
        "chart/templates/autoscaler.yaml": AUTOSCALER,
        "chart/templates/check.yaml": "---\n".join(
            [*(TEST_POD.replace("WHAT", each) for each in ("grpc", "jwt", "service")), TEST_JOB]
        ),
    }
