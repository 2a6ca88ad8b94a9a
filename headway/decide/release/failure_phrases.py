"""What phrases of the systems around a release say of a failure: one table, the first row that matches decides.

Only what speaks of the version's own content is the version's: what Helm cannot render, and what the API server refuses of
it. Whatever may be the same for last good (quotas, rights, networks, nodes, registries, time) are its surroundings. What no
row knows is unknown. Not for what the application itself says: its logs speak of refused connections for reasons of its own.
"""

import re
from dataclasses import dataclass
from typing import Literal

from headway.model.record import Cause


@dataclass(frozen=True, slots=True)
class Phrase:
    source: str
    """Who says it."""
    pattern: re.Pattern[str]
    cause: Literal["version", "surroundings"]
    meaning: str


def _phrase(source: str, cause: Literal["version", "surroundings"], meaning: str, *patterns: str) -> Phrase:
    return Phrase(source, re.compile("|".join(patterns), re.IGNORECASE), cause, meaning)


def _around(source: str, meaning: str, *patterns: str) -> Phrase:
    return _phrase(source, "surroundings", meaning, *patterns)


def _own(source: str, meaning: str, *patterns: str) -> Phrase:
    return _phrase(source, "version", meaning, *patterns)


PHRASES: tuple[Phrase, ...] = (
    # Whatever words these go on with are the chart's own, or the API server's about a field.
    _own("Helm", "the chart refuses its values", r"execution error at \("),
    _own("API server", "the API server finds a resource invalid", r"\S+ \"[^\"]*\" is invalid: "),
    _own(
        "API server",
        "the API server finds a resource not to be of its schema",
        r"failed to create typed patch object",
    ),
    _around("API server", "a resource quota is used up", r"exceeded quota", r"failed quota: .* must specify"),
    _around(
        "API server",
        "its namespace is being deleted",
        r"because it is being terminated",
        r"object is being deleted",
    ),
    _around("API server", "somebody else wrote at the same time", r"the object has been modified"),
    _around(
        "API server",
        "the credentials are not accepted, or lack a right",
        r"\bUnauthorized\b",
        r"is forbidden: User \S+ cannot",
        r"the server has asked for the client to provide credentials",
    ),
    _around(
        "API server",
        "the API server is in trouble",
        r"etcdserver",
        r"cluster unreachable",
        r"apiserver.*(shutting down|not ready)",
        r"server is currently unable to handle the request",
        r"(apiserver|server) (not ready|is starting)",
        r"\bGOAWAY\b",
        r"Internal error occurred: (?!failed calling webhook)",
    ),
    _around("API server", "an admission webhook did not answer", r"failed (calling|to call) webhook"),
    _around(
        "API server and registries",
        "requests are limited",
        r"toomanyrequests|too many requests",
        r"(status|code|http)\S*:? 429\b",
        r"pull (rate limit|QPS)",
        r"client rate limiter",
    ),
    _around(
        "network",
        "a connection was refused or lost",
        r"connection (refused|reset|timed out)",
        r"no route to host|network is unreachable|broken pipe",
        r"http2: client connection lost|unexpected EOF|\bEOF$|use of closed network connection",
    ),
    _around(
        "network",
        "a server did not answer in time",
        r"i/o timeout|tls handshake timeout|Client\.Timeout exceeded",
        r"https?://\S+.*context deadline exceeded",
        r"client rate limiter Wait returned an error",
    ),
    _around(
        "network",
        "a name could not be resolved",
        r"no such host|temporary failure in name resolution|server misbehaving",
    ),
    _around("network", "a certificate is not trusted", r"x509: |certificate (has expired|signed by unknown)"),
    _around(
        "registries",
        "a registry is in trouble",
        r"unexpected status.*\b5\d\d\b",
        r"\b(500|502|503|504)\b.*(registry|manifests|blobs|token)",
        r"\b50[0234] (internal|bad|service|gateway)",
    ),
    _around(
        "registries",
        "a registry refuses access",
        r"unexpected status.*\b40[13]\b",
        r"pull access denied|insufficient_scope|authentication required|no basic auth credentials",
    ),
    _around(
        "kubelet",
        "a node is short of resources",
        r"\bevicted\b|evict(ion|ed)",
        r"(Disk|Memory|PID)Pressure|ephemeral-storage",
        r"low on resource",
    ),
    _around(
        "scheduler",
        "no node has room",
        r"insufficient (cpu|memory|pods|ephemeral)",
        r"FailedScheduling|unschedulable|nodes are available",
        r"unbound immediate PersistentVolumeClaims",
    ),
    _around(
        "kubelet",
        "a node is not ready",
        r"node.*(not ready|unreachable|shutdown)",
        r"NodeLost|Terminated.*node|TerminationByKubelet|\bPreempt",
    ),
    _around(
        "container runtime",
        "a machine is out of resources",
        r"no space left on device|too many open files|cannot allocate memory|resource temporarily unavailable",
    ),
    _around(
        "container runtime",
        "the node cannot start pods",
        r"FailedCreatePodSandBox|failed to create pod sandbox|network plugin|cni plugin not initialized",
        r"FailedMount|FailedAttachVolume|timed out waiting for the condition.*volumes",
    ),
    _around("kubelet", "a node runs other bytes than were published", r"and its package records sha256:"),
    _around("Helm", "an object belongs to somebody else", r"invalid ownership metadata"),
    _around(
        "Helm",
        "it was cut off",
        r"context canceled|signal: killed|has been cancelled",
        r"helm ended with -\d+|helm ended before it was done",
    ),
    _own(
        "Helm",
        "the chart does not render",
        r"parse error (at|on)|YAML parse error|error converting YAML to JSON",
        r"nil pointer evaluating|error calling \w+|function \S+ not defined|wrong type for value",
        r"template: \S+:\d+",
        r"values don't meet the specifications of the schema",
    ),
    _own(
        "Helm",
        "the chart holds what the cluster does not know",
        r"unable to build kubernetes objects",
        r"no matches for kind",
        r"error validating (data|\"\")",
        r"chart requires kubeVersion",
    ),
    _own(
        "API server",
        "the API server refuses what the chart holds",
        r"field is immutable|updates to .* are forbidden",
        r"unknown field|strict decoding error",
        r"cannot be handled as a",
    ),
    _own(
        "admission",
        "admission refuses what the chart holds",
        r"admission webhook .* denied the request",
        r"violates PodSecurity",
        r"ValidatingAdmissionPolicy .* denied request",
    ),
    _own("Helm", "a hook's Job failed", r"BackoffLimitExceeded"),
)


_NAMES = re.compile(
    r"(?<=\")[a-z0-9][a-z0-9.-]*(?=\")"
    r"|(?<=[A-Za-z])/[a-z0-9][a-z0-9.-]*(?:/[a-z0-9][a-z0-9.-]*)?(?= (?:not ready|is ))"
    r"|(?<=^release )[a-z0-9-]+/[a-z0-9-]+(?=:)"
    r"|(?<=\bPod )[^\s,:]+(?:, container [^\s:]+)?"
    r"|(?<=\bresource )[A-Z]\w*/\S+"
    r"|[\w.-]+(?:/[\w.-]+)*/templates/[\w./-]+"
)
"""What people name as they like: an application called eviction or nodejs says nothing of evictions and nodes."""


def classify(text: str) -> tuple[Cause, str]:
    """Cause of a failure from what helm, events or pod statuses say, and what that means; ("unknown", "") where no row knows."""
    said = _NAMES.sub("x", text)
    found = next((phrase for phrase in PHRASES if phrase.pattern.search(said)), None)
    return (found.cause, found.meaning) if found else ("unknown", "")
