"""The example's shop in its first environment, with somebody who breaks things around it at a chosen moment."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from kubernetes import client, config
from prefect.client.schemas.objects import State

from flows.deliver import deliver
from flows.lift import lift
from flows.release import release
from sandbox import worker_rights
from sandbox.demo.truth import UntrueError
from sandbox.seed import Change, append, change_application, change_service, replace
from tests.flows.shop import Shop

ENVIRONMENT = "testing"
MANIFEST = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
PATIENCE_SECONDS = 150
LOOK_EVERY = 0.1
PAUSE_BETWEEN_LOOKS = 1.5
NOWHERE = replace("values/testing.yaml", "storefront:\n", "storefront:\n  catalogUrl: http://nowhere\n")


@dataclass
class Row:
    """What became of one fault, for the table."""

    endings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    rejected: list[str] = field(default_factory=list)


class TroubledShop:
    """Looks are flow runs in this process; what they left is read from cluster, bucket and git."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.row = Row()
        self._rejected_before: list[str] = []
        api: Any = config.new_client_from_config(  # type: ignore[no-untyped-call]
            str(shop.layout.address.kubeconfig)
        )
        self.core, self.namespace = client.CoreV1Api(api), shop.cluster.namespace(ENVIRONMENT)
        self._numbers = iter(range(1, 1000))

    def begin(self) -> None:
        """A new fault: what was rejected for others does not count."""
        self.row = Row()
        self._rejected_before = self._every_rejection()

    # What people push.

    def push_image(self) -> str:
        """A change of cart that hurts nobody, its image, and the version of the application that brings both."""
        self.push("cart", self.note())
        return self.deliver()

    def push(self, service: str, change: Change) -> str:
        """A change of a service, and its image."""
        pushed = change_service(self.shop.layout, service, change)
        return f"{self.shop.layout.image(service)}:{pushed.tag}"

    def note(self) -> Change:
        """That hurts nobody."""
        return Change("Note something", (append("NOTES", f"{next(self._numbers)} {time.time()}\n"),))

    @contextmanager
    def pushed_mistake(self) -> Iterator[str]:
        """A person's configuration with which nobody can buy anything; the version that brings it."""
        with self.shop.pushed("application", Change("Look for the catalog elsewhere", (NOWHERE,))):
            yield self.deliver()

    def deliver(self) -> str:
        deliver(self.shop.name)
        return str(self.shop.git.yaml("Chart.yaml")["version"])

    def set_timeout(self, timeout: str) -> None:
        edit = replace("headway.yaml", "  testing:\n", f"  testing:\n    timeout: {timeout}\n")
        change_application(self.shop.layout, Change("Wait less long", (edit,)))

    @property
    def image(self) -> str:
        """Of cart, as git has it."""
        return f"{self.shop.layout.image('cart')}:{self.shop.git.tags()['cart']}"

    def moved_tag(self) -> AbstractContextManager[None]:
        """While in it, the tag of cart names the image that runs when this is called, which is another one."""
        return naming(self.image, manifest(self.shop.cluster.images(ENVIRONMENT)["cart"]))

    @contextmanager
    def without_right(self, resource: str) -> Iterator[None]:
        """The worker may do nothing with such objects of the namespace."""
        rbac, name = client.RbacAuthorizationV1Api(self.core.api_client), "headway-worker"
        role: Any = rbac.read_namespaced_role(name, self.namespace)
        rules = [
            {"apiGroups": rule.api_groups, "resources": left, "verbs": rule.verbs}
            for rule in role.rules
            if (left := [each for each in rule.resources if each.partition("/")[0] != resource])
        ]
        taken = next(rule for rule in role.rules if resource in rule.resources)
        rbac.patch_namespaced_role(name, self.namespace, {"rules": rules})
        self._wait_for_right(resource, taken, False)
        # A failure of before may be waited out yet.
        time.sleep(PAUSE_BETWEEN_LOOKS)
        try:
            yield
        finally:
            rbac.patch_namespaced_role(name, self.namespace, {"rules": role.rules})
            self._wait_for_right(resource, taken, True)

    def _wait_for_right(self, resource: str, rule: Any, wanted: bool) -> None:
        """Until the API server has heard what the worker may do by `rule`, and what no more."""
        asked = {"group": rule.api_groups[0], "resource": resource, "verb": rule.verbs[0]}
        worker = f"system:serviceaccount:{worker_rights.NAMESPACE}:{worker_rights.ACCOUNT}"
        spec = {"user": worker, "resourceAttributes": {"namespace": self.namespace, **asked}}
        api: Any = client.AuthorizationV1Api(self.core.api_client)
        until = time.monotonic() + PATIENCE_SECONDS
        while api.create_subject_access_review({"spec": spec}).status.allowed is not wanted:
            if time.monotonic() > until:
                raise UntrueError(f"what the worker may do with {resource} did not change")
            time.sleep(LOOK_EVERY)

    def lift(self, what: str) -> None:
        lift(self.shop.name, ENVIRONMENT, what, "it was put right")

    # Looks.

    def look(self, by: str | None = None) -> State[Any]:
        begun = time.monotonic()
        state: State[Any] = release(self.shop.name, ENVIRONMENT, by=by, return_state=True)
        self.row.seconds += time.monotonic() - begun
        if state.name not in self.row.endings[-1:]:
            self.row.endings.append(str(state.name))
        self.row.rejected = self.rejected
        return state

    def look_until(self, *names: str, by: str | None = None, seconds: float = PATIENCE_SECONDS) -> State[Any]:
        """As the schedule does, or who starts a release by hand: until a run ends in one of these states."""
        until = time.monotonic() + seconds
        while True:
            state = self.look(by)
            if state.name in names:
                return state
            if time.monotonic() > until:
                raise UntrueError(f"it ended as {state.name}, not {' or '.join(names)}: {state.message}")
            time.sleep(PAUSE_BETWEEN_LOOKS)
            self.row.seconds += PAUSE_BETWEEN_LOOKS

    # What is true afterwards.

    @property
    def good(self) -> str:
        return str(self.record["good"][0]["version"])

    @property
    def record(self) -> dict[str, Any]:
        return self.shop.cluster.record(ENVIRONMENT)

    @property
    def revision(self) -> int:
        return self.shop.cluster.revision(ENVIRONMENT)

    @property
    def rejected(self) -> list[str]:
        """Versions with a verdict, and every input that git bars."""
        return [each for each in self._every_rejection() if each not in self._rejected_before]

    def _every_rejection(self) -> list[str]:
        verdicts = [str(verdict["version"]) for verdict in self.record["verdicts"]]
        try:
            barred = self.shop.git.text(".headway/quarantine.yaml")
        except UntrueError:
            barred = ""
        inputs = [
            line.strip() for line in barred.splitlines() if line.lstrip().startswith(("- image:", "- chart:"))
        ]
        return verdicts + inputs

    def is_offered(self, version: str) -> bool:
        return version in self.shop.charts.versions(ENVIRONMENT, "shop")

    def runs(self, version: str) -> bool:
        """Deployed, tested and ready, in the eyes of Helm, of the record and of the API server."""
        newest = self.shop.cluster.history(ENVIRONMENT)[-1]
        phases = {phase for phase, _ in self.shop.cluster.test_hooks(ENVIRONMENT).values()}
        return (
            (newest["status"], newest["chart"]) == ("deployed", f"shop-{version}")
            and self.good == version
            and self.record["good"][0]["revision"] == newest["revision"]
            and self.shop.cluster.unready(ENVIRONMENT) == []
            and phases == {"Succeeded"}
        )

    def wait_for_revision(self, revision: int) -> bool:
        """Whether Helm has begun this revision."""
        name = f"sh.helm.release.v1.{self.shop.name}.v{revision}"
        found = self.core.list_namespaced_secret(self.namespace, field_selector=f"metadata.name={name}")
        return bool(found.items)

    def new_test_pods(self) -> Callable[[], list[Any]]:
        """Asks for the pods of test hooks that have not ended, and were not there before."""
        before = {pod.metadata.uid for pod in self.core.list_namespaced_pod(self.namespace).items}
        return lambda: [pod for pod in self._test_pods() if pod.metadata.uid not in before]

    def _test_pods(self) -> list[Any]:
        found = self.core.list_namespaced_pod(self.namespace, field_selector="status.phase!=Succeeded").items
        return [
            pod
            for pod in found
            if pod.metadata.name.endswith("-check") and not pod.metadata.deletion_timestamp
        ]


def manifest(image: str) -> httpx.Response:
    found = httpx.get(_manifest_of(image), headers={"Accept": MANIFEST})
    found.raise_for_status()
    return found


@contextmanager
def naming(image: str, other: httpx.Response) -> Iterator[None]:
    was = manifest(image)
    push_manifest(image, other)
    try:
        yield
    finally:
        push_manifest(image, was)


def push_manifest(image: str, found: httpx.Response) -> None:
    kind = {"Content-Type": found.headers["Content-Type"]}
    httpx.put(_manifest_of(image), content=found.content, headers=kind).raise_for_status()


def _manifest_of(image: str) -> str:
    repository, _, tag = image.rpartition(":")
    host, _, path = repository.partition("/")
    return f"http://{host}/v2/{path}/manifests/{tag}"


@contextmanager
def meanwhile(reached: Callable[[], Any], act: Callable[[], object]) -> Iterator[None]:
    """`act` once, as soon as `reached` holds, in a thread of its own; it must have come to that by the end."""
    failed: list[BaseException] = []
    done = threading.Event()
    over = threading.Event()

    def watch() -> None:
        try:
            while not over.is_set():
                if reached():
                    act()
                    done.set()
                    return
                time.sleep(LOOK_EVERY)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failed.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]
    assert done.is_set(), "the moment for the fault never came"
