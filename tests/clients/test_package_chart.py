"""Publishing a chart from git, whatever was published, half published or taken back before."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headway.clients.git import GitRepository
from headway.clients.helm.command import Helm
from headway.clients.kept_packages import KeptPackages
from headway.errors import BadInput, Refused
from headway.model.report import StageResult
from headway.workspace.chart_source import ChartSource
from headway.workspace.git_writer import PushingWriter
from headway.workspace.vendoring import Vendored
from tasks.publish_chart import PublishContext, publish
from tasks.validate_chart import Validated
from tests.small_application import CHART, SmallApplication

pytestmark = pytest.mark.sandbox
POLICIES = pytest.mark.parametrize("policy", ["patch", "manual"])
Publish = Callable[..., StageResult]


@pytest.fixture
def small(tmp_path: Path) -> SmallApplication:
    return SmallApplication(tmp_path).begin()


@pytest.fixture
def published(small: SmallApplication, helm: Helm, tmp_path: Path) -> Publish:
    """Publishes the chart at the branch head."""

    def run(policy: str = "patch", *, folder: str = ".", barred: frozenset[str] = frozenset()) -> StageResult:
        repository = GitRepository(small.git.url, "main", tmp_path / "cache")
        head = repository.head()
        source = ChartSource(repository, folder, head, head, policy, barred)
        context = PublishContext(
            small.charts,
            helm,
            PushingWriter(),
            lambda _: Vendored(),
            lambda _: Validated([]),
            KeptPackages(tmp_path / "kept"),
        )
        return publish(source, context).line

    return run


def versions(small: SmallApplication) -> list[str]:
    return [entry.version for entry in small.charts.entries("small")]


@POLICIES
def test_what_was_cut_off_before_the_index_entry_is_finished(
    policy: str, small: SmallApplication, published: Publish
) -> None:
    published(policy)
    package = small.folder / "testing" / "small-0.1.0.tgz"
    head, data = small.git.head, package.read_bytes()
    (small.folder / "testing" / "index.yaml").unlink()
    outcome = published(policy)
    assert outcome.changed
    assert versions(small) == ["0.1.0"]
    assert (small.git.head, package.read_bytes()) == (head, data)


@pytest.mark.parametrize("barred", [False, True], ids=["withdrawn", "under quarantine"])
def test_what_was_taken_back_is_not_published_again(
    barred: bool, small: SmallApplication, published: Publish
) -> None:
    published()
    (entry,) = small.charts.entries("small")
    head = small.git.head
    if barred:
        (small.folder / "testing" / "index.yaml").unlink()
    else:
        small.charts.withdraw("small", "0.1.0", entry.digest)
    outcome = published(barred=frozenset(["0.1.0"] if barred else []))
    assert outcome.outcome == "not published"
    assert "change the chart to try again" in outcome.why
    assert (versions(small), small.git.head) == ([], head)


def test_a_version_below_one_ever_seen_is_raised(small: SmallApplication, published: Publish) -> None:
    small.git.push({"Chart.yaml": CHART.replace("0.1.0", "2.0.0")})
    published()
    small.git.push({"Chart.yaml": CHART.replace("0.1.0", "1.9.0"), "values.yaml": "text: bye\n"})
    outcome = published()
    assert outcome.why == "version 1.9.0 is not above 2.0.0, and would never be chosen"
    assert versions(small) == ["2.0.1", "2.0.0"]
    assert 'version: "2.0.1"' in small.git.read("Chart.yaml")
    assert published().outcome == "published already"


def test_a_version_below_one_ever_seen_is_refused_where_a_person_raises_it(
    small: SmallApplication, published: Publish
) -> None:
    small.git.push({"Chart.yaml": CHART.replace("0.1.0", "2.0.0")})
    published()
    head = small.git.push({"Chart.yaml": CHART.replace("0.1.0", "1.9.0")})
    with pytest.raises(Refused, match=r"Chart\.yaml: version 1\.9\.0 is not above 2\.0\.0.* Raise version"):
        published("manual")
    assert (versions(small), small.git.head) == (["2.0.0"], head)


@pytest.mark.parametrize(
    ("folder", "files", "sentence"),
    [
        pytest.param("deploy", {}, r"deploy/Chart\.yaml: the file is missing at commit", id="no such folder"),
        pytest.param(".", {"Chart.yaml": b"name: \xff\n"}, r"Chart\.yaml: this is not UTF-8", id="no UTF-8"),
    ],
)
def test_a_chart_that_is_not_there_or_not_text_is_bad_input(
    folder: str, files: dict[str, str | bytes], sentence: str, small: SmallApplication, published: Publish
) -> None:
    small.git.push({"README.md": "", **files})
    with pytest.raises(BadInput, match=sentence):
        published(folder=folder)
