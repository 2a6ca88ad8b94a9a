"""What is tried of an application's systems: each by itself, and nothing is changed by it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from headway.cli import doctor, prefect_checkup
from headway.clients.chart_repository import open_writable_repository
from headway.clients.git import GitRepository
from headway.clients.kubernetes import rights
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.checkup import REACH, Checked
from headway.decide.review.rights import Right
from headway.errors import BadInput, HeadwayError, Refused
from headway.workspace import checkup
from headway.workspace.checkup import Attempt, Subject
from headway.workspace.systems import Systems
from tests.supplied_shop import SuppliedShop

EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]


def cluster_of(answer: Callable[[str, Any], tuple[int, Any]]) -> Cluster:
    """An API server that answers so, by path and body."""

    def request(_: str, address: str, **options: Any) -> SimpleNamespace:
        status, said = answer(urlsplit(address).path, json.loads(options.get("body") or "null"))
        return SimpleNamespace(status=status, data=json.dumps(said).encode(), headers={})

    client: Any = SimpleNamespace(
        configuration=SimpleNamespace(host="https://testing", connection_pool_maxsize=1),
        rest_client=SimpleNamespace(pool_manager=SimpleNamespace(request=request)),
        update_params_for_auth=lambda *_: None,
    )
    return Cluster(client, Path("/dev/null"))


def willing(path: str, _: Any) -> tuple[int, Any]:
    if path == "/version":
        return 200, {"major": "1", "minor": "35"}
    if path.endswith("rulesreviews"):
        return 201, {"status": {"resourceRules": EVERYTHING}}
    return 200, {}


@pytest.fixture
def shop(tmp_path: Path) -> SuppliedShop:
    return SuppliedShop(tmp_path).begin()


def examined(
    shop: SuppliedShop, answer: Callable[[str, Any], tuple[int, Any]] = willing
) -> dict[str, Checked]:
    """Lines of everything, by what and where (without what is behind a colon)."""
    workspace = shop.workspace()
    systems: Systems = workspace._systems
    systems._connect = lambda _: cluster_of(answer)
    declared = workspace.application
    environments = {name: workspace.environment(name) for name in declared.environments}
    subject = Subject(declared, systems, environments, workspace.chart_name, workspace.source.umbrella)
    lines = checkup.examine([*checkup.of(subject), *checkup.clusters(subject)])
    return {f"{each.what} {each.where.partition(':')[0]}": each for each in lines}


def test_all_that_is_there_is_found_and_nothing_is_changed(shop: SuppliedShop) -> None:
    shop.push_image("cart")
    before = {
        path: path.read_bytes()
        for path in shop.folder.rglob("*")
        if path.is_file() and "cache" not in path.parts
    }
    found = examined(shop)
    assert {name: str(each.verdict) for name, each in found.items()} == dict.fromkeys(found, "ok")
    said = {name: each.says for name, each in found.items()}
    head = shop.head("cart")[:12]
    assert said["git fetch cart"] == f"at {head}"
    assert (said["registry cart"], said["registry catalog"]) == ("1 tag", "no tag yet")
    assert (said["charts read testing"], said["charts write testing"]) == (
        "no version yet",
        "a write is allowed",
    )
    assert said["cluster staging"] == "Kubernetes 1.35"
    assert {path: path.read_bytes() for path in before} == before


def test_one_failure_hides_no_other(shop: SuppliedShop) -> None:
    shop.workspace()
    shutil.rmtree(shop.git("cart").path)
    shutil.rmtree(shop.folder / "staging")
    found = examined(shop, lambda *_: (401, {}))
    verdicts = {name: str(each.verdict) for name, each in found.items()}
    assert verdicts == {
        "git fetch cart": "missing",
        "git push cart": "unknown",
        "registry cart": "ok",
        "git fetch catalog": "ok",
        "git push catalog": "ok",
        "chart catalog": "ok",
        "registry catalog": "ok",
        "charts read testing": "ok",
        "charts write testing": "ok",
        "charts read staging": "missing",
        "charts write staging": "missing",
        "cluster testing": "missing",
        "namespace testing": "unknown",
        "rights testing": "unknown",
        "cluster staging": "missing",
        "namespace staging": "unknown",
        "rights staging": "unknown",
    }
    assert all(each.remedy for each in found.values() if each.verdict == "missing")


RANGE = """apiVersion: v2
name: cart
version: 0.1.0
dependencies: [{name: redis, version: ^1, repository: "https://charts.example.com"}]
"""


@pytest.mark.parametrize(
    ("pushed", "says", "remedy"),
    [
        pytest.param(
            {"chart/Chart.yaml": RANGE},
            "Chart.lock: the file is missing",
            "Run helm dependency update chart, and commit Chart.lock.",
            id="a lock that is missing",
        ),
        pytest.param(
            {"chart/Chart.yaml": RANGE, "chart/Chart.lock": "dependencies: []\ndigest: sha256:0\n"},
            "Chart.lock: it is out of step with Chart.yaml",
            "Run helm dependency update chart, and commit Chart.lock.",
            id="a lock of before",
        ),
        pytest.param(
            {"chart/Chart.yaml": None},
            "there is no Chart.yaml",
            "Correct `chart:` of the service, or push its chart.",
            id="no chart",
        ),
    ],
)
def test_what_a_service_s_chart_lacks_is_named(
    shop: SuppliedShop, pushed: dict[str, str | None], says: str, remedy: str
) -> None:
    shop.push("cart", pushed)
    found = examined(shop)
    assert (found["chart cart"].verdict, found["chart cart"].says) == ("missing", says)
    assert found["chart cart"].remedy == remedy
    assert (found["chart catalog"].verdict, found["chart catalog"].says) == ("ok", "catalog 0.1.0")


def test_a_cluster_without_its_block_is_told_by_the_block_alone(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = shop.workspace()
    workspace._systems._connect = lambda _: cluster_of(willing)
    declared = workspace.application
    environments = {name: workspace.environment(name) for name in declared.environments}
    subject = Subject(declared, workspace._systems, environments, workspace.chart_name, {})

    def saved(name: str, _: str) -> str:
        if name == declared.cluster("staging"):
            raise BadInput("there is no such block")
        return "can be loaded"

    monkeypatch.setattr(prefect_checkup, "_cluster", saved)
    lines = doctor._clusters(subject, {declared.cluster(each): "Save it." for each in environments})
    told = [(each.what, str(each.verdict)) for each in lines if "staging" in each.where]
    assert told == [("block", "missing")]
    assert [each.what for each in lines if "testing" in each.where] == [
        "block",
        "cluster",
        "namespace",
        "rights",
    ]


def test_one_host_that_is_away_is_one_thing_to_mend(shop: SuppliedShop) -> None:
    """Nobody listens on port 1."""
    declared = shop.git("application").read("headway.yaml")
    for name in ("cart", "catalog"):
        declared = declared.replace(shop.git(name).url, f"http://127.0.0.1:1/{name}.git")
    shop.push("application", {"headway.yaml": declared})
    away = {each.host: each.remedy for each in examined(shop).values() if each.what == "git fetch"}
    assert away == {"127.0.0.1:1": REACH}


def test_a_namespace_may_be_made_later(shop: SuppliedShop) -> None:
    def answer(path: str, body: Any) -> tuple[int, Any]:
        return (404, {}) if "/namespaces/" in path else willing(path, body)

    line = examined(shop, answer)["namespace testing"]
    assert (str(line.verdict), line.remedy) == ("unknown", "kubectl create namespace shop-testing")


def test_rights_are_asked_one_by_one_where_nobody_can_list_them() -> None:
    asked: list[dict[str, str]] = []

    def answer(path: str, body: Any) -> tuple[int, Any]:
        if path.endswith("rulesreviews"):
            assert body["spec"] == {"namespace": "shop"}
            return 201, {"status": {"resourceRules": [], "incomplete": True}}
        asked.append(body["spec"]["resourceAttributes"])
        return 201, {"status": {"allowed": body["spec"]["resourceAttributes"]["verb"] == "get"}}

    wanted = [Right("", "pods/log", "get"), Right("batch", "jobs", "create")]
    assert rights.lacking(cluster_of(answer), "shop", wanted) == (wanted[1],)
    jobs = {"namespace": "shop", "verb": "create", "group": "batch", "resource": "jobs", "subresource": ""}
    assert sorted(each["subresource"] for each in asked) == ["", "log"]
    assert jobs in asked


def test_a_secret_is_opened_by_the_key_that_is_here(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).resolve().parents[2] / "examples" / "shop"
    shop.push(
        "application", {"secrets/testing.yaml": (root / "application/secrets/testing.yaml").read_text()}
    )
    for name in ("SOPS_AGE_KEY_FILE", "SOPS_AGE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(shop.folder))
    line = examined(shop)["secrets testing"]
    assert (str(line.verdict), line.says) == ("unknown", "no key of this machine opens it")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(root / "demo-age-key.txt"))
    assert str(examined(shop)["secrets testing"].verdict) == "ok"
    shop.push("application", {"secrets/testing.yaml": "password: x\n"})
    assert "it is not encrypted by sops" in examined(shop)["secrets testing"].says


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    charts = open_writable_repository(f"file://{tmp_path}")
    charts.check_write()
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(BadInput, match="this user may not write there"):
        charts.check_write()
    assert [*tmp_path.iterdir()] == []


def test_a_push_that_is_refused_is_found_without_one(shop: SuppliedShop) -> None:
    remote = shop.git("cart")
    git = GitRepository(remote.url, "main", shop.folder / "cache" / "git")
    git.check_push(git.head())
    (remote.path / "refs" / "heads" / "main").unlink()
    shutil.rmtree(remote.path / "objects")
    with pytest.raises(HeadwayError):
        git.check_push(git.last_seen() or "")


def test_an_attempt_says_what_it_raised() -> None:
    def refuse() -> str:
        raise Refused("no", where="there", next_step="Ask.")

    (line,) = checkup.examine([Attempt("what", "where", refuse)])
    assert (str(line.verdict), line.says, line.remedy) == ("missing", "there: no", "Ask.")
