"""ConfigMaps and Secrets that a pod cannot start without, and what it says that one is not there.

The kubelet says it of volumes in events alone, and waits for ever: an operator, a hook or a person may still bring what is
missing. Nobody brings what the version itself has taken out of its chart while its pods name it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from headway.decide.pods.pod_failures import GRACE, Pod, PodFailure

STARTS_WITHIN = timedelta(seconds=1)
"""A pod that is being created for longer is asked about; what its version has taken out, at once."""
_BEING_CREATED = frozenset({"ContainerCreating", "PodInitializing", "CreateContainerConfigError"})
_OF_KUBERNETES = frozenset({"", "apps", "batch", "autoscaling", "policy"})
_MAKE = frozenset({"Job", "Pod"})
Kind = Literal["ConfigMap", "Secret"]


@dataclass(frozen=True, slots=True, order=True)
class Needed:
    """An object of the pod's namespace."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


IsThere = Callable[[Needed], bool | None]
"""None where it cannot be told."""


def nobody_can_tell(_: Needed) -> bool | None:
    return None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a release brings, and brought before."""

    now: frozenset[Needed] = frozenset()
    before: frozenset[Needed] = frozenset()
    may_make_more: bool = False
    """Something of it may make objects by itself: a custom resource, a hook."""

    def has_taken_out(self, needed: Needed) -> bool:
        return needed in self.before - self.now and not self.may_make_more


NOTHING_BROUGHT = Brought()


def brought(resources: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]]) -> Brought:
    """`resources`: documents of what is applied, hooks among them, but no tests; `before`: of what was applied last."""
    documents = list(resources)
    makers = any(
        not _is_of_kubernetes(each) or (each.get("kind") in _MAKE and _is_hook(each)) for each in documents
    )
    return Brought(frozenset(_objects(documents)), frozenset(_objects(before)), makers)


def needed(pod: Pod) -> frozenset[Needed]:
    """By volumes and environment; what is optional is left out."""
    return frozenset(_named(pod.get("spec") or {}))


def missing(pod: Pod, is_there: IsThere, brings: Brought, now: datetime | None) -> Iterator[PodFailure]:
    """One for each that is not there, of a pod that is being created. Without `now` nothing is waited for any longer."""
    waited = _waited(pod, now)
    if waited is None:
        return
    name = str(pod["metadata"]["name"])
    for each in sorted(needed(pod)):
        is_due = waited >= STARTS_WITHIN or brings.has_taken_out(each)
        if not is_due or is_there(each) is not False:
            continue
        sentence = f"Pod {name} cannot be created: {each} is not there"
        if brings.has_taken_out(each):
            sentence += ", which its chart has brought so far, and does not bring any more"
            yield PodFailure(name, sentence, "version", final=True, certain=True, what="create")
        else:
            yield PodFailure(name, sentence, "unknown", final=waited >= GRACE, what="create")


def _waited(pod: Pod, now: datetime | None) -> timedelta | None:
    """Since a node has it; None where it is not being created."""
    status = pod.get("status") or {}
    statuses = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    reasons = {((each.get("state") or {}).get("waiting") or {}).get("reason") for each in statuses}
    if not status.get("startTime") or not reasons & _BEING_CREATED:
        return None
    return now - datetime.fromisoformat(status["startTime"]) if now else GRACE


def _named(spec: Mapping[str, Any]) -> Iterator[Needed]:
    for volume in spec.get("volumes") or ():
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            yield from _reference("ConfigMap", source.get("configMap"), "name")
            # A volume calls it secretName, a projected source name.
            yield from _reference("Secret", source.get("secret"), "secretName")
            yield from _reference("Secret", source.get("secret"), "name")
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        for source in container.get("envFrom") or ():
            yield from _reference("ConfigMap", source.get("configMapRef"), "name")
            yield from _reference("Secret", source.get("secretRef"), "name")
        for variable in container.get("env") or ():
            source = variable.get("valueFrom") or {}
            yield from _reference("ConfigMap", source.get("configMapKeyRef"), "name")
            yield from _reference("Secret", source.get("secretKeyRef"), "name")


def _reference(kind: Kind, source: Mapping[str, Any] | None, key: str) -> Iterator[Needed]:
    if source and source.get(key) and not source.get("optional"):
        yield Needed(kind, str(source[key]))


def _objects(documents: Iterable[Mapping[str, Any]]) -> Iterator[Needed]:
    for each in documents:
        kind, name = each.get("kind"), str((each.get("metadata") or {}).get("name", ""))
        if kind == "ConfigMap":
            yield Needed("ConfigMap", name)
        elif kind == "Secret":
            yield Needed("Secret", name)


def _is_of_kubernetes(document: Mapping[str, Any]) -> bool:
    group, slash, _ = str(document.get("apiVersion", "")).partition("/")
    return not slash or group in _OF_KUBERNETES or group.endswith(".k8s.io")


def _is_hook(document: Mapping[str, Any]) -> bool:
    return "helm.sh/hook" in ((document.get("metadata") or {}).get("annotations") or {})
