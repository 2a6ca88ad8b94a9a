"""Continuous delivery of Helm applications to Kubernetes.

The library below the Prefect flows: pure decisions (`headway.decide`), effects on git, registry, chart repository and
cluster (`headway.clients`), and the nouns they share (`headway.model`).
"""
