"""The API server and Helm's own history, read without Headway."""

import base64
import json
import time
from typing import Any

from kubernetes import client, config

from sandbox import worker_rights
from sandbox.demo.truth import UntrueError
from sandbox.seed.commands import program, run
from sandbox.seed.layout import ENVIRONMENTS, Layout


class ClusterTruth:
    def __init__(self, layout: Layout, name: str = "", environments: tuple[str, ...] = ENVIRONMENTS) -> None:
        """`name`: of another application than the copy's own, such as a site of its charts, with its `environments`."""
        self._layout = layout
        self._name = name or layout.name
        self._environments = environments
        api = config.new_client_from_config(  # type: ignore[no-untyped-call]
            str(layout.address.kubeconfig)
        )
        self._core: Any = client.CoreV1Api(api)
        self._apps: Any = client.AppsV1Api(api)

    def namespace(self, environment: str) -> str:
        return f"{self._name}-{environment}"

    def namespaces(self) -> list[str]:
        """Those of the copy's environments that exist."""
        names = {self.namespace(environment) for environment in self._environments}
        return sorted(n.metadata.name for n in self._core.list_namespace().items if n.metadata.name in names)

    def history(self, environment: str) -> list[dict[str, Any]]:
        """Helm's revisions, oldest first: revision, status, chart, description. Empty before the install."""
        if not self._releases(environment):
            return []
        found: list[dict[str, Any]] = json.loads(self._helm("history", environment))
        return found

    def revision(self, environment: str) -> int:
        """Helm's newest one, by the labels of its secrets: no Helm is started for it. 0 before the install."""
        return max((int(each.metadata.labels["version"]) for each in self._releases(environment)), default=0)

    def test_hooks(self, environment: str) -> dict[str, tuple[str, str]]:
        """Phase and start of the last run of each `helm test` hook of the newest revision."""
        hooks = json.loads(self._helm("status", environment)).get("hooks") or []
        tests = [hook for hook in hooks if "test" in hook["events"]]
        runs = {hook["name"]: hook.get("last_run") or {} for hook in tests}
        return {name: (last.get("phase", ""), last.get("started_at", "")) for name, last in runs.items()}

    def record(self, environment: str) -> dict[str, Any]:
        """The release record; empty where there is none."""
        found = self._find(self._core.read_namespaced_config_map, f"headway.{self._name}", environment)
        return dict(json.loads(found.data["record.json"])) if found else {}

    def images(self, environment: str) -> dict[str, str]:
        """Image of each Deployment."""
        found = self._apps.list_namespaced_deployment(self.namespace(environment)).items
        return {d.metadata.name: d.spec.template.spec.containers[0].image for d in found}

    def generations(self, environment: str) -> dict[str, int]:
        """A Deployment's generation grows whenever its specification changes."""
        found = self._apps.list_namespaced_deployment(self.namespace(environment)).items
        return {d.metadata.name: d.metadata.generation for d in found}

    def unready(self, environment: str) -> list[str]:
        """Deployments of which not every replica is up to date and ready."""
        found = self._apps.list_namespaced_deployment(self.namespace(environment)).items
        return [
            d.metadata.name
            for d in found
            if not (d.spec.replicas == d.status.ready_replicas == d.status.updated_replicas)
        ]

    def config(self, environment: str, name: str) -> dict[str, str]:
        found = self._find(self._core.read_namespaced_config_map, name, environment)
        return dict(found.data or {}) if found else {}

    def secret(self, environment: str, name: str) -> dict[str, str]:
        found = self._find(self._core.read_namespaced_secret, name, environment)
        data = (found.data or {}) if found else {}
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def service(self, environment: str, name: str) -> str:
        """URL of a Service inside the cluster, which the sandbox's host reaches as well."""
        found = self._find(self._core.read_namespaced_service, name, environment)
        return f"http://{found.spec.cluster_ip}" if found else ""

    def deployed_values(self, environment: str) -> dict[str, Any]:
        """What Helm was given."""
        return dict(json.loads(self._helm("get values", environment)))

    def keep(self, environment: str, name: str, data: dict[str, str], *, secret: dict[str, str]) -> None:
        """A ConfigMap and a Secret of that name, as kubectl makes them."""
        metadata, namespace = client.V1ObjectMeta(name=name), self.namespace(environment)
        self._core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=metadata, data=data))
        self._core.create_namespaced_secret(namespace, client.V1Secret(metadata=metadata, string_data=secret))

    def delete_namespaces(self, *, patience_seconds: float = 90) -> None:
        """Deletes the copy's namespaces, and waits until they are gone."""
        self.begin_to_delete_namespaces()
        until = time.monotonic() + patience_seconds
        while left := self.namespaces():
            if time.monotonic() > until:
                raise UntrueError(f"namespaces do not go away: {', '.join(left)}")
            time.sleep(0.5)

    def begin_to_delete_namespaces(self) -> None:
        """They go away beside whatever comes next."""
        names = [self.namespace(environment) for environment in self._environments]
        for name in names:
            try:
                self._core.delete_namespace(name)
            except client.ApiException as error:
                if error.status not in (404, 409):
                    raise

    def make_namespaces(self) -> None:
        """The copy's, with the worker's rights in each."""
        worker_rights.grant(self._layout.address, map(self.namespace, self._environments))

    def _releases(self, environment: str) -> list[Any]:
        selector = f"owner=helm,name={self._name}"
        found: list[Any] = self._core.list_namespaced_secret(
            self.namespace(environment), label_selector=selector
        ).items
        return found

    def _helm(self, verb: str, environment: str) -> str:
        address = self._layout.address
        argv = [program(address.bin, "helm"), *verb.split(), self._name, "--output", "json"]
        where = ["--namespace", self.namespace(environment), "--kubeconfig", str(address.kubeconfig)]
        return run([*argv, *where])

    def _find(self, read: Any, name: str, environment: str) -> Any:
        try:
            return read(name, self.namespace(environment))
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise
