"""What a release is made of: secrets, third-party charts, a chart in a subfolder; and how it moves on."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyrage
import pytest

from flows.deliver import deliver
from flows.roll_back import roll_back
from headway.errors import Terminal
from headway.formats import chart_package
from headway.workspace.workspace import Workspace
from tests.clients.packages import package
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop

SECRET = "hunter22hunter22"


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A sops file, whose key is on this machine."""
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"{key}\n")
    (tmp_path / "clear.yaml").write_text(f"cart:\n  password: {SECRET}\n")
    sops = Path(sys.executable).with_name("sops")
    argv = [sops, "encrypt", "--age", str(key.to_public()), tmp_path / "clear.yaml"]
    done = subprocess.run(argv, check=True, capture_output=True)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key.txt"))
    return done.stdout


def test_a_secret_reaches_the_cluster_and_no_report(encrypted: bytes, delivered: Shop) -> None:
    chart = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cart\nstringData:\n  password: {{ .Values.password | quote }}\n"
    delivered.service().push({"chart/templates/secret.yaml": chart})
    delivered.build()
    delivered.git.push({"secrets/testing.yaml": encrypted})
    assert delivered.deliver() == [("testing", "Released")]
    found = delivered.live("secrets/cart")
    assert found
    assert found["stringData"]["password"] == SECRET
    reports = [delivered.report(what) for what in ("testing-plan", "testing-tests", "delivery")]
    assert "Secret" in reports[0]
    assert SECRET not in "".join(reports)
    assert SECRET.encode() not in b"".join(delivered.packaged("0.1.1").values())


@pytest.mark.story
def test_a_changed_secret_is_released_and_evidence_does_not_show_it(
    encrypted: bytes, delivered: Shop
) -> None:
    delivered.git.push({"secrets/testing.yaml": encrypted})
    kubelet = delivered.cluster().kubelet
    delivered.git.replace("headway.yaml", "tests:1", "tests:2")
    delivered.systems.registry.push("shop/tests", "2")
    kubelet.tests["*/tests:2"] = "says no"
    kubelet.says["*/tests:2"] = f"cannot log in with {SECRET}\n"
    delivered.deliver()
    assert "cannot log in with" in delivered.report("testing-evidence")
    assert SECRET not in delivered.report("testing-evidence") + str(delivered.record())


@pytest.mark.story
def test_where_the_key_of_digests_is_gone_nothing_is_released_again(delivered: Shop) -> None:
    store, before = delivered.cluster().store, delivered.history()
    store.delete(f"/api/v1/namespaces/{delivered.namespace()}/secrets/headway.shop")
    assert delivered.deliver() == []
    image = delivered.change_code()
    assert delivered.deliver()[0] == ("testing", "Released")
    delivered.deliver_all()
    assert delivered.image() == image
    assert [version for *_, version in delivered.history()] == [before[0][2], "0.1.1"]


def test_without_the_key_nothing_is_released(
    encrypted: bytes, delivered: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered.git.push({"secrets/testing.yaml": encrypted})
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    with pytest.raises(Terminal, match=r"secrets/testing\.yaml: no key on this machine opens it"):
        deliver(delivered.name)
    assert delivered.history() == [(1, "deployed", "0.1.0")]


@pytest.mark.story
def test_a_third_party_chart_without_a_repository_is_vendored_from_git(delivered: Shop) -> None:
    text = delivered.git.read("Chart.yaml")
    delivered.git.push(
        {
            "Chart.yaml": f"{text}  - {{name: web, version: 1.0.0, repository: ''}}\n",
            "charts/web-1.0.0.tgz": package("web").data,
        }
    )
    assert delivered.deliver() == [("testing", "Released")]
    newest = delivered.packaged(delivered.offered()[0])
    assert "charts/web/Chart.yaml" in newest
    assert "name: web" in delivered.git.read("Chart.lock")


@pytest.mark.parametrize(
    ("dependency", "sentence"),
    [
        pytest.param(
            "{name: web, version: 1.0.0, repository: ''}", "no charts/web-1.0.0.tgz", id="not committed"
        ),
        pytest.param(
            "{name: web, version: 1.0.0, repository: 'file://../web'}", "is a folder", id="a folder"
        ),
    ],
)
def test_a_third_party_chart_that_cannot_be_had(dependency: str, sentence: str, delivered: Shop) -> None:
    text = delivered.git.read("Chart.yaml")
    delivered.git.push({"Chart.yaml": f"{text}  - {dependency}\n"})
    with pytest.raises(Terminal, match=sentence):
        deliver(delivered.name)
    assert delivered.offered() == ["0.1.0"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def charts_over_http(delivered: Shop) -> Iterator[str]:
    """The address of the application's own packages, for everybody."""
    handler = partial(Quiet, directory=f"{delivered.folder}/charts/testing")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_range_of_a_third_party_chart_is_pinned_in_the_lock(charts_over_http: str, delivered: Shop) -> None:
    dependency = f"  - {{name: web, version: '>=7', repository: '{charts_over_http}'}}\n"
    delivered.git.push({"Chart.yaml": delivered.git.read("Chart.yaml") + dependency})
    with pytest.raises(Terminal, match="offers no version of web that >=7 allows"):
        deliver(delivered.name)


@pytest.mark.story
def test_no_folder_of_the_worker_is_asked_for_the_versions_of_a_range(delivered: Shop) -> None:
    dependency = (
        f"  - {{name: web, version: '>=7', repository: 'FILE://{delivered.folder}/charts/testing'}}\n"
    )
    delivered.git.push({"Chart.yaml": delivered.git.read("Chart.yaml") + dependency})
    with pytest.raises(Terminal, match="nor from its folders"):
        deliver(delivered.name)


@pytest.mark.story
def test_promotion_waits_until_the_version_has_soaked(make_shop: MakeShop) -> None:
    shop = make_shop(staging={"soak": "30m"})
    assert shop.deliver() == [("testing", "Released")]
    assert shop.deliver() == []
    assert shop.offered("staging") == []
    shop.time_passes("testing")
    assert shop.deliver() == [("staging", "Released")]


@pytest.mark.story
def test_production_waits_for_approval_and_gets_the_same_bytes(make_shop: MakeShop) -> None:
    shop = make_shop(environments=("testing", "staging", "production"), production={"gate": "approval"})
    assert shop.deliver() == [("testing", "Released")]
    assert shop.deliver() == [("staging", "Released")]
    assert shop.deliver() == [("production", "Suspended")]
    *_, run = prefect_runs.release_runs()
    prefect_runs.answer(run.id, approved=True)
    assert shop.work() == [("production", "Released")]
    assert shop.packaged("0.1.0", "production") == shop.packaged("0.1.0")
    assert shop.deliver() == []


@pytest.mark.story
def test_a_chart_in_a_subfolder_is_packaged_with_the_headway_yaml_of_the_root(delivered: Shop) -> None:
    moved = ("Chart.yaml", "Chart.lock", "values.yaml", "templates/greeting.yaml", "values/testing.yaml")
    text = f"{delivered.git.read('headway.yaml')}chart: deploy/shop\n"
    files: dict[str, str | None] = dict.fromkeys(moved)
    files |= {f"deploy/shop/{path}": delivered.git.read(path) for path in moved}
    delivered.git.push({**files, "headway.yaml": text})
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.packaged("0.1.1")["headway.yaml"].decode() == text
    delivered.git.push({"deploy/shop/headway.yaml": "application: shop\n"})
    with pytest.raises(
        Terminal, match=r"deploy/shop/headway\.yaml: it differs from the one at the repository's root"
    ):
        deliver(delivered.name)


def test_what_a_person_goes_back_to_is_fetched_again_when_helm_has_lost_it(delivered: Shop) -> None:
    image = delivered.image()
    delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    helm = delivered.helm()
    helm.delete(helm.history()[-1])
    assert roll_back(delivered.name, "testing", "slow", return_state=True).name == "Rolled back"
    assert delivered.image() == image
    assert delivered.history()[-1] == (3, "deployed", "0.1.0")


@pytest.mark.story
def test_a_package_is_unpacked_once_in_a_release(delivered: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    delivered.change_code()
    real, unpacked = chart_package.files, []

    def counted(data: bytes, where: str = "package") -> dict[str, bytes]:
        # Helm's stand-in reads the file that it is given.
        if not where.startswith("/"):
            unpacked.append(where)
        return real(data, where)

    deliver(delivered.name)
    monkeypatch.setattr(chart_package, "files", counted)
    assert prefect_runs.work() == [("testing", "Released")]
    assert [where for where in unpacked if not where.startswith("charts/")] == ["shop-0.1.1.tgz"]


def test_a_look_with_nothing_to_do_needs_neither_package_nor_keys(
    encrypted: bytes, delivered: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered.git.push({"secrets/testing.yaml": encrypted})
    delivered.deliver_all()
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    monkeypatch.setattr(Workspace, "package", None)
    assert delivered.deliver() == []
    assert "could not be looked at" not in delivered.report("delivery")
