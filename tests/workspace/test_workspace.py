"""One look at an application: which credentials go where, and what happens when somebody pushes meanwhile."""

from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn, cast

import httpx
import pytest

from headway.clients.git import GitCredentials
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.registry import Registry
from headway.decide.release import transitions
from headway.errors import BadInput, Conflict, Refused
from headway.formats import record_json
from headway.model.credentials import (
    DockerConfig,
    RegistryCredentials,
    RegistryLogins,
    RepositoryCredentials,
)
from headway.model.edits import Edit
from headway.workspace import systems
from headway.workspace.git_writer import Committed
from headway.workspace.systems import Access
from headway.workspace.workspace import CONFLICTS_BORNE, Workspace
from tests.clients.conftest import Door
from tests.small_application import SmallApplication


@pytest.fixture
def small(tmp_path: Path, door: Door) -> SmallApplication:
    return SmallApplication(tmp_path).begin(
        "services:", f"  cart: {{git: '{door.url}', image: r.example.com/cart}}"
    )


@pytest.fixture
def workspace(small: SmallApplication, tmp_path: Path) -> Workspace:
    access = Access(small.git.url, git=GitCredentials("u", "p4ssw0rd"), cache=tmp_path / "cache")
    return Workspace(access, no_cluster)


def no_cluster(name: str) -> NoReturn:
    raise BadInput(f"there is no cluster {name}")


def test_an_address_in_headway_yaml_is_not_told_the_credentials_of_the_application(
    workspace: Workspace, door: Door
) -> None:
    with pytest.raises(BadInput, match="No credentials were sent: they are for scheme and host of file://"):
        workspace.services.look("cart", workspace.source)
    assert set(door.shown) == {""}


def test_who_comes_second_looks_and_decides_again(workspace: Workspace, small: SmallApplication) -> None:
    tries = []

    def act() -> object:
        tries.append(workspace.source.commit)
        if len(tries) == 1:
            small.git.push({"theirs": ""})
        return workspace.submit(Edit({"ours": b""}, "Ours"), stage="test")

    assert workspace.retry_on_conflict(act) == Committed(small.git.head)
    assert workspace.source.commit == small.git.head
    assert len(tries) == 2
    assert (small.git.read("ours"), small.git.read("theirs")) == ("", "")


def test_who_always_comes_second_gives_up(workspace: Workspace, small: SmallApplication) -> None:
    tries = []

    def act() -> object:
        tries.append(small.git.push({"theirs": str(len(tries))}))
        return workspace.submit(Edit({"ours": b""}, "Ours"), stage="test")

    with pytest.raises(Conflict, match="pushed first"):
        workspace.retry_on_conflict(act)
    assert len(tries) == CONFLICTS_BORNE


def test_a_look_that_fails_leaves_the_former_one_whole(workspace: Workspace, small: SmallApplication) -> None:
    before = workspace.source.commit, workspace.application
    small.git.push({"headway.yaml": "application: small\n"})
    with pytest.raises(BadInput, match=r"headway\.yaml:1: environments: is missing"):
        workspace.look_again()
    assert (workspace.source.commit, workspace.application) == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        pytest.param({"headway.yaml": "application: small\n"}, "environments: is missing", id="headway.yaml"),
        pytest.param(
            {"headway.yaml": None},
            "the file is missing (a link is not followed). `headway init` writes a first one",
            id="none",
        ),
        pytest.param({".headway/quarantine.yaml": "- 5\n"}, "quarantine.yaml", id="quarantine"),
    ],
)
def test_whoever_repairs_goes_by_what_could_be_read_last(
    broken: dict[str, str | None], said: str, small: SmallApplication, tmp_path: Path
) -> None:
    workspace = Workspace(Access(small.git.url, cache=tmp_path / "cache"), no_cluster, or_last_seen=True)
    declared, before = small.git.read("headway.yaml"), workspace.application
    small.git.push({"x": "1"})
    small.git.push(broken)
    workspace.look_again()
    assert (workspace.source.commit, workspace.application) == (small.git.head, before)
    assert workspace.stale is workspace.unread
    assert said in str(workspace.unread)
    small.git.push({"headway.yaml": declared, ".headway/quarantine.yaml": None})
    workspace.look_again()
    assert workspace.stale is None


@pytest.mark.parametrize("path", ["headway.yaml", ".headway/quarantine.yaml"])
def test_what_is_not_text_is_bad_input(path: str, workspace: Workspace, small: SmallApplication) -> None:
    small.git.push({path: b"\xff"})
    with pytest.raises(BadInput, match=rf"{path}: this is not UTF-8 \(byte 0\)"):
        workspace.look_again()


@pytest.mark.parametrize(
    ("credentials", "shown"),
    [
        pytest.param(
            RegistryCredentials("u", "p4ssw0rd"), {"r.example.com"}, id="for every registry that asks"
        ),
        pytest.param(
            RegistryCredentials("u", "p4ssw0rd", "evil.example.com"), {"evil.example.com"}, id="for this one"
        ),
        pytest.param(
            DockerConfig(text='{"auths": {"r.example.com": {"username": "u", "password": "p4ssw0rd"}}}'),
            {"r.example.com"},
            id="for those that a docker config names",
        ),
        pytest.param(None, set(), id="none"),
    ],
)
def test_a_registry_that_only_a_chart_names_is_not_told_the_credentials_for_all(
    credentials: RegistryLogins | None,
    shown: set[str],
    small: SmallApplication,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        if "Authorization" in request.headers:
            told.add(request.url.host)
        return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="it"'})

    def registry(credentials: RegistryLogins | None, *, cache: Path) -> Registry:
        assert cache == tmp_path / "cache" / "registry"
        return Registry(credentials, transport=httpx.MockTransport(answer))

    monkeypatch.setattr(systems, "Registry", registry)
    access = Access(
        small.git.url, repositories=RepositoryCredentials(registry=credentials), cache=tmp_path / "cache"
    )
    workspace = Workspace(access, no_cluster)
    assert workspace.image_digests(["r.example.com/cart:1", "evil.example.com/cart:1"]) == {}
    assert told == shown


def test_no_cluster_is_opened_that_an_operator_did_not_allow(small: SmallApplication, tmp_path: Path) -> None:
    opened: list[str] = []

    def connect(name: str) -> NoReturn:
        opened.append(name)
        raise BadInput(f"there is no cluster {name}")

    access = Access(small.git.url, cache=tmp_path / "cache", places=("small-testing/small-testing",))
    workspace = Workspace(access, connect)
    with pytest.raises(BadInput, match="there is no cluster small-testing"):
        workspace.cluster("testing")
    with pytest.raises(Refused, match=r"may not be released to small-staging/small-staging.*places"):
        workspace.record("staging")
    assert opened == ["small-testing"]


@pytest.mark.parametrize(("application", "refused"), [("small", False), ("bank", True)])
def test_the_record_of_another_application_is_not_read(
    application: str, refused: bool, small: SmallApplication, tmp_path: Path
) -> None:
    text = record_json.serialise(transitions.begun(application, "testing", "small"))
    document = {"metadata": {"resourceVersion": "1"}, "data": {"record.json": text}}
    cluster = cast(Cluster, SimpleNamespace(api=SimpleNamespace(find=lambda _: document)))
    workspace = Workspace(Access(small.git.url, cache=tmp_path / "cache"), lambda _: cluster)
    if not refused:
        assert workspace.record("testing")
        return
    with pytest.raises(Refused, match=r"small-testing/small is that of the application 'bank'.*adopt"):
        workspace.record("testing")


@pytest.mark.parametrize(
    ("gates", "gate"),
    [
        pytest.param((), "automatic", id="none"),
        pytest.param(("staging",), "approval", id="the environment"),
        pytest.param(("small-staging",), "approval", id="its cluster"),
        pytest.param(("testing", "small-testing"), "automatic", id="others"),
    ],
)
def test_a_gate_that_an_operator_wants_is_not_taken_out_in_git(
    gates: tuple[str, ...], gate: str, small: SmallApplication, tmp_path: Path
) -> None:
    workspace = Workspace(Access(small.git.url, cache=tmp_path / "cache", gates=gates), no_cluster)
    assert workspace.environment("staging").gate == gate
