"""Each dependency is in the package in its own version, or nothing is packaged."""

from collections import Counter
from pathlib import Path

import pytest

from headway.clients.helm import packaging
from headway.errors import BadInput
from headway.formats import chart_lock, chart_yaml
from headway.formats.chart_lock import Locked
from headway.workspace.vendoring import vendored
from tests.clients.packages import package
from tests.decide.shop import NOW
from tests.supplied_shop import StandInHelm, SuppliedShop

HELM = StandInHelm("helm", "4.3.1", Counter())


def write(folder: Path, *versions: str) -> None:
    """A chart with a dependency on the chart pod for each version, and its lock."""
    dependencies = "".join(
        f"- {{name: pod, alias: a{at}, version: {version}, repository: ''}}\n"
        for at, version in enumerate(versions)
    )
    text = f"apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n{dependencies}"
    (folder / "charts").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(text)
    required = chart_yaml.read(text).dependencies
    locked = [Locked("pod", version) for version in versions]
    (folder / "Chart.lock").write_text(chart_lock.write(required, locked, NOW))
    for version in versions:
        (folder / "charts" / f"pod-{version}.tgz").write_bytes(package("pod", version).data)


def test_two_aliases_of_one_chart_in_two_versions_are_refused(tmp_path: Path) -> None:
    workspace = SuppliedShop(tmp_path).begin().workspace()
    write(tmp_path / "two", "1.0.0", "1.1.0")
    with pytest.raises(BadInput, match="a0 and a1 are the chart pod in two versions") as caught:
        vendored(workspace, tmp_path / "two", "shop")
    assert "chart name of its own" in str(caught.value)
    write(tmp_path / "one", "1.0.0", "1.0.0")
    assert [*vendored(workspace, tmp_path / "one", "shop").packages] == ["pod"]


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        pytest.param("1.0.0", "", id="the locked version"),
        pytest.param("1.1.0", r"lacks pod 1\.0\.0, it holds pod 1\.1\.0", id="another version"),
    ],
)
def test_a_subchart_may_lie_there_as_a_folder(tmp_path: Path, version: str, sentence: str) -> None:
    workspace, folder = SuppliedShop(tmp_path).begin().workspace(), tmp_path / "chart"
    write(folder, "1.0.0")
    (folder / "charts" / "pod-1.0.0.tgz").unlink()
    (folder / "charts" / "pod").mkdir()
    (folder / "charts" / "pod" / "Chart.yaml").write_text(f"apiVersion: v2\nname: pod\nversion: {version}\n")
    assert vendored(workspace, folder, "shop").packages == {}
    if not sentence:
        assert packaging.package(folder, annotations={}, epoch=0, helm=HELM).name == "shop"
        return
    with pytest.raises(BadInput, match=sentence):
        packaging.package(folder, annotations={}, epoch=0, helm=HELM)


def test_a_subchart_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    workspace, folder = SuppliedShop(tmp_path).begin().workspace(), tmp_path / "chart"
    write(folder, "1.0.0")
    (folder / "charts" / "pod-1.0.0.tgz").unlink()
    with pytest.raises(BadInput, match=r"no charts/pod-1\.0\.0\.tgz\. .*as a folder, charts/pod"):
        vendored(workspace, folder, "shop")


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        pytest.param([], "lacks pod 1.0.0", id="missing"),
        pytest.param(["1.1.0"], r"lacks pod 1.0.0, it holds pod 1\.1\.0", id="another version"),
        pytest.param(["1.0.0"], "", id="there"),
    ],
)
def test_a_package_without_a_locked_chart_is_refused(tmp_path: Path, there: list[str], sentence: str) -> None:
    folder = tmp_path / "chart"
    write(folder, "1.0.0")
    for file in (folder / "charts").iterdir():
        file.unlink()
    for version in there:
        (folder / "charts" / f"pod-{version}.tgz").write_bytes(package("pod", version).data)
    if not sentence:
        assert packaging.package(folder, annotations={}, epoch=0, helm=HELM).name == "shop"
        return
    with pytest.raises(BadInput, match=sentence):
        packaging.package(folder, annotations={}, epoch=0, helm=HELM)
