"""Chart.lock and its digest; real Helm is the judge of both."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.decide.supply import application_edit
from headway.decide.supply.application_edit import Chosen, Locking, Versions, with_inputs
from headway.errors import BadInput
from headway.formats import chart_lock, chart_yaml
from headway.formats.chart_lock import Locked
from tests.decide.shop import APPLICATION, FILES, entry

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HEAD = "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n"
PLAIN = HEAD + "- name: thing\n  version: 1.2.3\n  repository: file://../thing\n"
CHARTS = [
    pytest.param(PLAIN, id="exact"),
    pytest.param(PLAIN.replace("1.2.3", '">=1 <2"'), id="range, Go's escapes of < and >"),
    pytest.param(PLAIN + "  condition: thing.enabled\n", id="condition"),
    pytest.param(PLAIN + '  tags: [a, "b<c>&"]\n', id="tags"),
    pytest.param(PLAIN + "  import-values: [data]\n", id="import-values, names"),
    pytest.param(PLAIN + "  import-values:\n  - {parent: p, child: c}\n", id="import-values, pairs"),
    pytest.param(PLAIN + "  enabled: true\n", id="enabled"),
    pytest.param(PLAIN + "  enabled: false\n  tags: []\n  alias:\n", id="empty fields"),
    pytest.param(PLAIN + PLAIN.removeprefix(HEAD).replace("1.2.3", "^1.0") + "  alias: again\n", id="alias"),
    pytest.param(PLAIN + "- name: other\n  version: 0.4.0\n  repository: file://../other\n", id="two"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, version in (("thing", "1.2.3"), ("other", "0.4.0")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n")
    (tmp_path / "app").mkdir()
    return tmp_path


def helm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    binary = os.environ.get("HEADWAY_HELM") or shutil.which("helm") or _built()
    homes = {f"HELM_{kind}_HOME": str(folder / kind) for kind in ("CACHE", "CONFIG", "DATA")}
    return subprocess.run(
        [binary, *arguments],
        env={"PATH": os.environ["PATH"], **homes},
        capture_output=True,
        text=True,
        check=False,
    )


def _built() -> str:
    return str(Path(__file__).parents[2] / ".sandbox" / "bin" / "helm")


@pytest.mark.sandbox
@pytest.mark.parametrize("text", CHARTS)
def test_helm_builds_from_a_lock_of_ours(folder: Path, text: str) -> None:
    chart = chart_yaml.read(text)
    versions = {"thing": "1.2.3", "other": "0.4.0"}
    locked = [Locked(each.name, versions[each.name], each.repository) for each in chart.dependencies]
    (folder / "app" / "Chart.yaml").write_text(text)
    (folder / "app" / "Chart.lock").write_text(chart_lock.write(chart.dependencies, locked, NOW))
    built = helm(folder, "dependency", "build", str(folder / "app"))
    assert built.returncode == 0, built.stderr
    assert (folder / "app" / "charts" / "thing-1.2.3.tgz").exists()


@pytest.mark.sandbox
@pytest.mark.parametrize("text", CHARTS)
def test_the_lock_is_helms_own_but_for_the_time(folder: Path, text: str) -> None:
    (folder / "app" / "Chart.yaml").write_text(text)
    assert helm(folder, "dependency", "update", str(folder / "app")).returncode == 0
    theirs = (folder / "app" / "Chart.lock").read_text()
    chart, lock = chart_yaml.read(text), chart_lock.read(theirs)
    assert chart_lock.is_current(chart, lock)
    ours = chart_lock.write(chart.dependencies, lock.dependencies, NOW)
    assert ours.splitlines()[:-1] == theirs.splitlines()[:-1]


@pytest.mark.sandbox
def test_a_chart_of_helm_2_has_its_dependencies_and_lock_beside_chart_yaml(folder: Path) -> None:
    app, head = folder / "app", HEAD.replace("v2", "v1").removesuffix("dependencies:\n")
    requirements = "dependencies:\n" + PLAIN.removeprefix(HEAD)
    (app / "Chart.yaml").write_text(head)
    (app / "requirements.yaml").write_text(requirements)
    assert helm(folder, "dependency", "update", str(app)).returncode == 0
    chart = chart_yaml.read(head, requirements=requirements)
    lock = chart_lock.read((app / "requirements.lock").read_text())
    assert chart_lock.is_current(chart, lock)

    required = b'{"dependencies":[{"name":"thing","version":"1.2.3","repository":"file://../thing"}]}'
    of_helm_2 = f"sha256:{hashlib.sha256(required).hexdigest()}"
    theirs = (app / "requirements.lock").read_text().replace(lock.digest, of_helm_2)
    (app / "requirements.lock").write_text(theirs)
    assert helm(folder, "dependency", "build", str(app)).returncode == 0
    assert chart_lock.is_current(chart, chart_lock.read(theirs))
    assert not chart_lock.is_current(replace(chart, api_version="v2"), chart_lock.read(theirs))


@pytest.mark.sandbox
def test_helm_builds_what_an_edit_of_ours_left(folder: Path) -> None:
    files = replace(FILES, chart=PLAIN.replace("name: thing", "name: cart").replace("/thing", "/cart"))
    chosen = Chosen({"cart": "main-1a2b3c4"}, {"cart": entry("cart", "1.3.0")})
    inputs = with_inputs(files, APPLICATION, chosen, Locking(NOW))
    change = application_edit.edit(inputs, APPLICATION, Versions(["0.1.0"]))
    (folder / "thing").rename(folder / "cart")
    (folder / "cart" / "Chart.yaml").write_text("apiVersion: v2\nname: cart\nversion: 1.3.0\n")
    for path, data in change.files.items():
        assert data is not None
        (folder / "app" / path).write_bytes(data)
    built = helm(folder, "dependency", "build", str(folder / "app"))
    assert built.returncode == 0, built.stderr
    assert (folder / "app" / "charts" / "cart-1.3.0.tgz").exists()


@pytest.mark.sandbox
def test_helm_refuses_a_lock_of_another_chart_yaml(folder: Path) -> None:
    chart = chart_yaml.read(PLAIN)
    lock = chart_lock.write(chart.dependencies, [Locked("thing", "1.2.3", "file://../thing")], NOW)
    (folder / "app" / "Chart.yaml").write_text(PLAIN.replace("1.2.3", "^1.2"))
    (folder / "app" / "Chart.lock").write_text(lock)
    assert "out of sync" in helm(folder, "dependency", "build", str(folder / "app")).stderr


def test_text() -> None:
    chart = chart_yaml.read(PLAIN.replace("file://../thing", "http://charts.example.com:8080/a"))
    text = chart_lock.write(
        chart.dependencies, [Locked("thing", "1.2", chart.dependencies[0].repository)], NOW
    )
    assert text.splitlines()[:4] == [
        "dependencies:",
        "- name: thing",
        "  repository: http://charts.example.com:8080/a",
        '  version: "1.2"',
    ]
    assert text.endswith('\ngenerated: "2026-11-24T10:00:00Z"\n')


@pytest.mark.parametrize(
    ("chart_text", "locked", "current"),
    [
        pytest.param(PLAIN, "1.2.3", True, id="exact"),
        pytest.param(PLAIN.replace("1.2.3", "^1"), "1.2.3", True, id="within the range"),
        pytest.param(
            PLAIN.replace("1.2.3", "^1.2.0-0"), "1.3.0-beta.1", True, id="a pre-release that is named"
        ),
        pytest.param(PLAIN.replace("1.2.3", "^1.2.0"), "1.3.0-beta.1", False, id="a pre-release that is not"),
        pytest.param(PLAIN.replace("1.2.3", "^2"), "1.2.3", False, id="out of the range"),
        pytest.param(PLAIN.replace("1.2.3", '"1.2.4"'), "1.2.3", False, id="other version"),
    ],
)
def test_currency(chart_text: str, locked: str, current: bool) -> None:
    chart = chart_yaml.read(chart_text)
    entry = Locked("thing", locked, "file://../thing")
    lock = chart_lock.read(chart_lock.write(chart.dependencies, [entry], NOW))
    assert chart_lock.is_current(chart, lock) is current
    assert not chart_lock.is_current(chart, None)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param("- a\n", "Chart.lock: this is not a lock", id="list"),
        pytest.param(
            "dependencies:\n- name: a\n  version: 1.2\n", "Chart.lock:2: a locked", id="number as version"
        ),
    ],
)
def test_a_broken_lock_is_bad_input(text: str, where: str) -> None:
    with pytest.raises(BadInput) as error:
        chart_lock.read(text)
    assert str(error.value).startswith(where)
