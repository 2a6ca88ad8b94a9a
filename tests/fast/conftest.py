"""One Prefect server and one set of in-memory systems for this folder; every test begins with a copy of a prepared shop."""

import copy
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import yaml
from kubernetes.client import ApiClient
from pydantic import SecretStr

from blocks import Application, Cluster
from flows.supply import supply
from headway.clients import command
from headway.clients.git.mirror import Mirror
from headway.clients.helm.command import Helm
from headway.clients.kubernetes import kubeconfig
from headway.clients.registry import Registry
from headway.model.credentials import RegistryCredentials
from headway.workspace import systems as workspace_systems
from tests.fast.memory import prefect_runs
from tests.fast.memory.api_server import ApiServer
from tests.fast.memory.git_objects import read_once
from tests.fast.memory.helm import Clusters, MemoryHelm
from tests.fast.memory.objects import copied as stored
from tests.fast.memory.registry import MemoryRegistry
from tests.fast.shop import Shop, Systems, copied
from tests.quick_git import start_git_by_itself
from tests.quiet_prefect import memory_folder

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: it
clusters: [{{name: it, cluster: {{server: '{server}'}}}}]
users: [{{name: it, user: {{token: t}}}}]
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
"""
MakeShop = Callable[..., Shop]


@pytest.fixture(scope="package")
def memory() -> Iterator[Path]:
    """A folder for all files of these tests."""
    folder = memory_folder("fast")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder


@pytest.fixture(scope="package")
def systems(memory: Path) -> Iterator[Systems]:
    """In the places of clusters, helm and registry; everything above them is as it ships."""
    systems = Systems()
    real_client = kubeconfig.client_of_file

    def client_of_file(path: Path, context: str | None) -> ApiClient:
        client = real_client(path, context)
        client.rest_client.pool_manager = systems.clusters.servers[client.configuration.host]
        return client

    def registry(credentials: RegistryCredentials | None = None, **_: object) -> Registry:
        return Registry(
            credentials, transport=httpx.MockTransport(lambda request: systems.registry.answer(request))
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(_made(memory / "home")))
        patch.setattr(kubeconfig, "client_of_file", client_of_file)
        patch.setattr(Helm, "find", lambda: MemoryHelm.on(systems.clusters))
        patch.setattr(workspace_systems, "Registry", registry)
        # 1 ms a child in place of 3.
        patch.setattr(command, "dying_with_parent", lambda argv, *_: [*argv])
        start_git_by_itself(patch)
        patch.setattr(Mirror, "attempt", read_once(Mirror.attempt))
        # The package reads each kubeconfig by Python alone, in 3 ms.
        patch.setattr(yaml, "safe_load", lambda text: yaml.load(text, yaml.CSafeLoader))
        yield systems


@dataclass
class Prepared:
    """Shops as they were when they were prepared, by how; each test gets its own copy in one and the same place."""

    place: Path
    kept: Path
    systems: Systems
    shops: dict[str, tuple[Shop, Systems]] = field(default_factory=dict)

    def shop(self, how: str, prepare: Callable[[], Shop]) -> Shop:
        if how not in self.shops:
            self.systems.clusters, self.systems.registry = Clusters(), MemoryRegistry()
            shutil.rmtree(self.place, ignore_errors=True)
            self.place.mkdir()
            shop = prepare()
            self.shops[how] = shop, _copy(self.systems)
            copied(self.place, self.kept / how)
        # Of another copy: the same objects, which that test may have done anything to.
        for each in ("settled", "records", "archived"):
            shutil.rmtree(Path.home() / ".cache" / "headway" / each, ignore_errors=True)
        shop, former = self.shops[how]
        now = _copy(former)
        self.systems.clusters, self.systems.registry = now.clusters, now.registry
        copied(self.kept / how, self.place)
        return shop


def _copy(systems: Systems) -> Systems:
    clusters = Clusters()
    for host, server in systems.clusters.servers.items():
        clusters.servers[host] = ApiServer(host)
        clusters.servers[host].store.objects.update(stored(server.store.objects))
        clusters.servers[host].store.version = server.store.version
    return Systems(clusters, copy.deepcopy(systems.registry))


def register(shop: Shop) -> None:
    """Its blocks, as an operator makes them."""
    Application(git_url=shop.git.url).save(shop.name, overwrite=True)
    for environment in shop.environments:
        text = KUBECONFIG.format(server=shop.host(environment))
        Cluster(kubeconfig=SecretStr(text)).save(f"{shop.name}-{environment}", overwrite=True)


@pytest.fixture(scope="package")
def prepared(
    quiet_prefect: None,  # noqa: ARG001
    systems: Systems,
    memory: Path,
) -> Prepared:
    return Prepared(memory / "shop", _made(memory / "kept"), systems)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture
def make_shop(prepared: Prepared) -> Iterator[MakeShop]:
    """A shop of which nothing is delivered yet; the same arguments give a copy of the same one.

    `then` is what else happens to it before the first copy is taken. What it asks of kubelets is not copied.
    """

    def make(
        delivered: bool = False,
        supplied: bool = False,
        more: str = "",
        environments: tuple[str, ...] = ("testing", "staging"),
        services: tuple[str, ...] = ("cart",),
        then: Callable[[Shop], None] | None = None,
        **keys: Mapping[str, str],
    ) -> Shop:
        def prepare() -> Shop:
            made = Shop(
                prepared.place / "shop", prepared.systems, environments=environments, services=services
            )
            made.begin(more, **keys)
            register(made)
            if supplied:
                supply(made.name)
            if delivered:
                made.deliver_all()
            if then:
                then(made)
            prefect_runs.forget_runs()
            return made

        done = f"{then.__module__}.{then.__qualname__}" if then else ""
        how = (delivered, supplied, more, environments, services, keys, done)
        return prepared.shop(repr(how).replace("/", "_"), prepare)

    # What other tests have left.
    prefect_runs.emitted()
    yield make
    prefect_runs.forget_runs()


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """Nothing of it is delivered yet."""
    return make_shop()


@pytest.fixture
def delivered(make_shop: MakeShop) -> Shop:
    """Version 0.1.0 is released and tested in testing and in staging."""
    return make_shop(delivered=True)
