"""What becomes of containers: by default a service runs and is ready, and a test ends well. Else as scripted by image."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

from tests.fast.memory.objects import Object, ObjectStore

Fate = Literal[
    "crashes", "has no image", "finds no node", "is refused", "is deleted", "never ends", "says no"
]
"""What happens to a pod. "is refused": an admission rule lets no pod be made. "says no": it ran and exited with 1."""


@dataclass
class Kubelet:
    """Also the controllers of Deployments and Jobs. Listens to every write of its store."""

    store: ObjectStore
    services: dict[str, Fate] = field(default_factory=dict)
    """By pattern of the image, of the pods of Deployments."""
    tests: dict[str, Fate] = field(default_factory=dict)
    """The same of Jobs and of pods that stand alone."""
    image_ids: dict[str, str] = field(default_factory=dict)
    """What the runtime says that it runs, by pattern of the image; else it says nothing."""
    fails_with: list[frozenset[str]] = field(default_factory=list)
    """Sets of images: as long as Deployments run all of one, Jobs say no."""
    says: dict[str, str] = field(default_factory=dict)
    """What containers write, by pattern of the image."""
    _numbers: itertools.count = field(default_factory=lambda: itertools.count(1))  # type: ignore[type-arg]
    _deleted: dict[str, Object] = field(default_factory=dict)

    def see(self, verb: str, path: str, seen: Object) -> None:
        kind = path.split("/")[-2]
        if kind == "deployments":
            self._deployment(verb, seen)
        elif kind == "jobs":
            self._job(verb, seen)
        elif kind == "pods" and verb == "create" and "status" not in seen:
            self._start(path, seen)

    def recover(self) -> None:
        """Nothing is wrong with containers any more; what hung starts."""
        self.services.clear()
        self.tests.clear()
        for path, seen in list(self.store.objects.items()):
            if path.split("/")[-2] == "deployments" and not seen["status"]["readyReplicas"]:
                self._deployment("create", seen)

    def log(self, pod_path: str) -> str:
        pod = self.store.get(pod_path)
        image = _image(pod)
        return _of(self.says, image) or f"{image} says hello\n"

    def happened(self, folder: str, selector: str, field_selector: str = "") -> list[Object]:
        """Events of a watch that ends at once."""
        name = field_selector.removeprefix("metadata.name=")
        found = [
            {"type": "ADDED", "object": each}
            for each in self.store.items(folder, selector)
            if name in ("", each["metadata"]["name"])
        ]
        for path, pod in list(self._deleted.items()):
            labels = pod["metadata"]["labels"]
            if path.startswith(folder) and all(
                f"{key}={labels.get(key)}" == selector for key in [selector.partition("=")[0]]
            ):
                found.append({"type": "DELETED", "object": self._deleted.pop(path)})
        return found

    def unready(self, namespace: str) -> list[str]:
        """Names of Deployments that lack a ready pod."""
        deployments = self.store.items(f"/apis/apps/v1/namespaces/{namespace}/deployments")
        return [each["metadata"]["name"] for each in deployments if not each["status"]["readyReplicas"]]

    def _running(self, namespace: str) -> set[str]:
        deployments = self.store.items(f"/apis/apps/v1/namespaces/{namespace}/deployments")
        return {each["spec"]["template"]["spec"]["containers"][0]["image"] for each in deployments}

    def _deployment(self, verb: str, seen: Object) -> None:
        namespace, name = seen["metadata"]["namespace"], seen["metadata"]["name"]
        observed = (seen.get("status") or {}).get("observedGeneration")
        if verb == "replace" and observed == seen["metadata"]["generation"]:
            return
        self._delete_pods(namespace, "Deployment", name)
        if verb == "delete":
            return
        pod = self._pod(seen, f"{name}-{next(self._numbers):05d}", "Deployment")
        ready = _of(self.services, _image(pod)) is None
        self._create(pod)
        available = {
            "type": "Available",
            "status": str(ready),
            "message": "" if ready else "Deployment does not have minimum availability.",
        }
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        # Written by the controller: a status is no new generation.
        self.store.objects[path]["status"] = {
            "observedGeneration": seen["metadata"]["generation"],
            "readyReplicas": int(ready),
            "conditions": [available],
        }

    def _job(self, verb: str, seen: Object) -> None:
        namespace, name = seen["metadata"]["namespace"], seen["metadata"]["name"]
        if verb == "delete":
            self._delete_pods(namespace, "Job", name)
        if verb != "create":
            return
        pod = self._pod(seen, f"{name}-{next(self._numbers):05d}", "Job")
        labels = {
            "batch.kubernetes.io/controller-uid": seen["metadata"]["uid"],
            "batch.kubernetes.io/job-name": name,
        }
        pod["metadata"]["labels"] |= labels
        fate = _of(self.tests, _image(pod))
        if fate == "is refused":
            self._event(namespace, f"Job/{name}", "FailedCreate", "admission denied: no such image may run")
            return
        self._create(pod)
        if fate == "is deleted":
            path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
            self._deleted[path] = self.store.delete(path)

    def _pod(self, owner: Object, name: str, kind: str) -> Object:
        template = owner["spec"]["template"]
        metadata = {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "labels": dict((template.get("metadata") or {}).get("labels") or {}),
            "ownerReferences": [{"kind": kind, "name": owner["metadata"]["name"]}],
        }
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}

    def _create(self, pod: Object) -> None:
        self.store.create(f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods", pod)

    def _start(self, path: str, pod: Object) -> None:
        serves = any(each["kind"] == "Deployment" for each in pod["metadata"].get("ownerReferences") or ())
        image = _image(pod)
        fate = _of(self.services if serves else self.tests, image)
        is_job = any(each["kind"] == "Job" for each in pod["metadata"].get("ownerReferences") or ())
        if is_job and any(each <= self._running(pod["metadata"]["namespace"]) for each in self.fails_with):
            fate = "says no"
        status = _status(pod, fate, serves=serves)
        for container in status.get("containerStatuses", ()):
            container["imageID"] = _of(self.image_ids, image) or ""
        self.store.objects[path]["status"] = status
        if fate in ("crashes", "has no image"):
            name = pod["metadata"]["name"]
            self._event(pod["metadata"]["namespace"], f"Pod/{name}", "Failed", f"container of {image} {fate}")

    def _event(self, namespace: str, about: str, reason: str, message: str) -> None:
        kind, _, name = about.partition("/")
        event = {
            "metadata": {"name": f"event-{next(self._numbers):05d}", "namespace": namespace},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "lastTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "involvedObject": {"kind": kind, "name": name},
        }
        self.store.create(f"/api/v1/namespaces/{namespace}/events", event)

    def _delete_pods(self, namespace: str, kind: str, name: str) -> None:
        folder = f"/api/v1/namespaces/{namespace}/pods"
        for pod in self.store.items(folder):
            if {"kind": kind, "name": name} in (pod["metadata"].get("ownerReferences") or ()):
                self.store.delete(f"{folder}/{pod['metadata']['name']}")


def _status(pod: Object, fate: Fate | None, *, serves: bool) -> Object:
    container: Object = {
        "name": pod["spec"]["containers"][0]["name"],
        "image": _image(pod),
        "restartCount": 0,
    }
    phase = "Running" if serves else "Succeeded"
    match fate:
        case "has no image":
            phase = "Pending"
            message = f'Back-off pulling image: "{_image(pod)}": not found'
            container["state"] = {"waiting": {"reason": "ImagePullBackOff", "message": message}}
        case "finds no node":
            unscheduled = {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": "0/1 nodes are available: 1 Insufficient cpu.",
            }
            return {"phase": "Pending", "conditions": [unscheduled]}
        case "crashes":
            container["restartCount"] = 3
            container["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting"}}
            container["lastState"] = {"terminated": {"exitCode": 2, "reason": "Error"}}
        case "never ends":
            phase = "Running"
        case "says no":
            phase = "Failed"
            container["state"] = {"terminated": {"exitCode": 1, "reason": "Error"}}
        case _:
            container["state"] = {"running": {}} if serves else {"terminated": {"exitCode": 0}}
    ready = {"type": "Ready", "status": str(serves and fate is None)}
    return {"phase": phase, "containerStatuses": [container], "conditions": [ready]}


def _image(pod: Mapping[str, Any]) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def _of(scripted: Mapping[str, Any], image: str) -> Any:
    return next((value for pattern, value in scripted.items() if fnmatchcase(image, pattern)), None)
