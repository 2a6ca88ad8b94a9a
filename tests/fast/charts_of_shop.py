"""The charts of the application under test: a service with its own test, and the umbrella. Real Helm takes them too."""

SERVICE_CHART = """\
apiVersion: v2
name: {name}
description: A service
type: application
version: 0.1.0
"""
SERVICE_VALUES = """\
replicas: 1
image:
  repository: registry.example.com/shop/{name}
  tag: ""
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Chart.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: {{ .Chart.Name }}}
  template:
    metadata:
      labels: {app: {{ .Chart.Name }}}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
CHECK = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Chart.Name }}-check
  annotations:
    helm.sh/hook: test
spec:
  restartPolicy: Never
  containers:
    - name: check
      image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
GREETING = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: greeting
data:
  text: {{ .Values.greeting | quote }}
"""


def service_files(name: str) -> dict[str, str]:
    return {
        "main.go": "package main\n",
        "chart/Chart.yaml": SERVICE_CHART.format(name=name),
        "chart/values.yaml": SERVICE_VALUES.format(name=name),
        "chart/templates/deployment.yaml": DEPLOYMENT,
        "chart/templates/check.yaml": CHECK,
    }


def umbrella_files(name: str, services: tuple[str, ...]) -> dict[str, str]:
    dependencies = "".join(
        f"  - name: {each}\n    version: 0.1.0\n    repository: https://charts.example.com\n"
        for each in services
    )
    images = "".join(
        f'{each}:\n  image:\n    repository: registry.example.com/shop/{each}\n    tag: ""\n'
        for each in services
    )
    return {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n"
        + (f"dependencies:\n{dependencies}" if services else ""),
        "values.yaml": f"greeting: hello\n{images}",
        "templates/greeting.yaml": GREETING,
        "values/testing.yaml": "greeting: hello testing\n",
    }
