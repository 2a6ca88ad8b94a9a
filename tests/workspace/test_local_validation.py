"""`headway validate`: a chart in a person's folder is told wrong as a delivery would."""

import json
from pathlib import Path

import pytest

from headway.cli import main
from headway.clients.chart_repository import open_writable_repository
from headway.clients.helm.command import Helm
from headway.errors import BadInput
from headway.formats import headway_yaml
from headway.workspace import local_validation
from headway.workspace.local_validation import Chart, validate
from headway.workspace.validation import Report
from tests.clients.packages import package
from tests.decide.shop import NOW

DECLARED = """\
application: shop
services: {cart: {git: "https://x/cart.git", image: x/cart}}
environments: {testing: {charts: "s3://t"}, live: {charts: "s3://l", after: testing}}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: cart}
spec: {containers: [{name: web, image: "x/cart:{{ .Values.image.tag }}"}]}
"""
NO_HELM = Helm("/nowhere/helm", "4.3.1")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An umbrella chart, and beside it the chart of its service."""
    files = {
        "shop/headway.yaml": DECLARED,
        "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n"
        '- {name: cart, version: 0.1.0, repository: ""}\n',
        "shop/values.yaml": "cart: {image: {tag: main-1}}\n",
        "cart/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 0.1.0\n",
        "cart/values.yaml": "image: {tag: none}\n",
        "cart/templates/pod.yaml": POD,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path / "shop"


def test_a_dependency_that_is_nowhere_is_named_with_its_line(shop: Path) -> None:
    report = validate(Chart(shop), helm=NO_HELM)
    lock, finding = report.findings
    assert (lock.where, lock.what.partition(",")[0]) == ("Chart.lock", "the file is missing")
    assert finding.where == "Chart.yaml:5"
    assert "dependency cart 0.1.0 is not in charts/" in finding.what
    assert report.notes == ("not linted and rendered: correct the above first",)
    assert not (shop / "charts").exists(), "nothing is written into the folder"


RANGE = "apiVersion: v2\nname: cart\nversion: 0.1.0\ndependencies:\n- {name: pod, version: '%s', repository: '%s'}\n"


@pytest.mark.parametrize(
    ("wanted", "brought"),
    [
        pytest.param("^1.0.0", "pod-1.4.0.tgz", id="the newest that a range allows"),
        pytest.param("", "pod-2.0.0.tgz", id="the newest of all"),
        pytest.param("1.2.0", "pod-1.2.0.tgz", id="the one named"),
        pytest.param("^3", "does not offer pod ^3", id="none that fits"),
    ],
)
def test_a_range_without_a_lock_is_brought_in_and_the_lock_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, brought: str
) -> None:
    charts = open_writable_repository(f"file://{tmp_path}/charts")
    (tmp_path / "charts").mkdir()
    for version in ("1.2.0", "1.4.0", "2.0.0"):
        charts.publish(package("pod", version), created=NOW)
    folder = tmp_path / "cart"
    folder.mkdir()
    (folder / "Chart.yaml").write_text(RANGE % (wanted, charts.url))
    rendered: list[str] = []
    monkeypatch.setattr(
        local_validation,
        "validate_chart",
        lambda made, *_, **__: (
            rendered.extend(each.name for each in (made / "charts").iterdir()) or Report((), ())
        ),
    )
    report = validate(Chart(folder), helm=NO_HELM)
    told = [each.what for each in report.findings if each.where == "Chart.lock"]
    assert [each.partition(":")[0] for each in told] == [
        "the file is missing, and a delivery publishes no service's chart without it"
    ]
    others = [each.what for each in report.findings if each.where != "Chart.lock"]
    assert rendered == [brought] if rendered else brought in others[0]


def test_an_application_without_a_lock_is_told_nothing_of_it(shop: Path) -> None:
    report = validate(Chart(shop, headway_yaml.read(DECLARED)), helm=NO_HELM)
    assert "Chart.lock" not in {each.where for each in report.findings}


def test_a_service_whose_chart_was_never_published_is_told_by_its_folder(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Helm, "find", lambda: NO_HELM)
    chart = shop / "Chart.yaml"
    chart.write_text(chart.read_text().replace('""', f"'file://{shop}/no-charts-yet'"))
    assert main(["validate", str(shop)]) == 1
    said = capsys.readouterr().out
    assert "the chart of service cart, cart 0.1.0, cannot be fetched (" in said
    assert "the first delivery publishes it: until then name its folder (--chart cart=FOLDER)" in said


def test_what_is_no_chart_says_so(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Helm, "find", lambda: NO_HELM)
    assert main(["validate", str(shop.parent)]) == 1
    assert "there is no chart in it. Name the folder of a Chart.yaml." in capsys.readouterr().err
    assert main(["validate", str(shop / "nowhere")]) == 1
    assert "nowhere: it is not there. Name the folder" in capsys.readouterr().err
    assert main(["validate", str(shop / "values.yaml")]) == 1
    assert "values.yaml: it is neither a folder nor a headway.yaml" in capsys.readouterr().err
    assert main(["validate", str(shop), "--chart", "cart"]) == 1
    assert "is no NAME=FOLDER" in capsys.readouterr().err


@pytest.mark.sandbox
def test_an_application_is_rendered_for_each_environment(
    shop: Path, helm: Helm, capsys: pytest.CaptureFixture[str]
) -> None:
    assert helm
    words = ["validate", str(shop), "--chart", f"cart={shop.parent / 'cart'}"]
    assert main(words) == 0
    assert "nothing is wrong in testing, live" in capsys.readouterr().out
    (shop / "values").mkdir()
    (shop / "values" / "live.yaml").write_text("cart:\n  image: {tag: other}\n  token: abcdef\n")
    (shop.parent / "cart" / "templates" / "pod.yaml").write_text(POD.replace("containers:", "containerz:"))
    assert main([*words, "-o", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    places = {each["where"].removeprefix(f"{shop}/"): each["what"] for each in found}
    assert "stands in values.yaml alone" in places["values/live.yaml:2"]
    assert "looks like a secret" in places["values/live.yaml:3"]
    assert any("containers" in what for what in places.values()), places


@pytest.mark.parametrize(
    ("named", "says"),
    [
        pytest.param("basket", "no dependency has a chart named basket; cart is aliased so.", id="an alias"),
        pytest.param("catr", "no dependency has a chart named catr; did you mean cart?", id="a slip"),
    ],
)
def test_a_folder_for_a_chart_that_no_dependency_has_is_refused(shop: Path, named: str, says: str) -> None:
    chart = shop / "Chart.yaml"
    chart.write_text(chart.read_text().replace("name: cart,", "name: cart, alias: basket,"))
    with pytest.raises(BadInput) as error:
        validate(Chart(shop, local={named: shop.parent / "cart"}), helm=NO_HELM)
    assert says in str(error.value)
