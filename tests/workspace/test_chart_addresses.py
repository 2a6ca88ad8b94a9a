"""Which chart repositories a release record may name, and that no other is asked."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.clients.chart_repository import open_writable_repository
from headway.decide.review.changes import Place
from headway.errors import BadInput, Unreachable
from headway.model.credentials import RepositoryCredentials
from headway.model.release_history import HistoryEntry, ServiceChart
from headway.view import settings
from headway.workspace.chart_addresses import ANY, ChartAddresses
from headway.workspace.deliveries import DeliveryReader
from headway.workspace.release_history import ReleaseHistoryReader
from tests.clients.packages import package

NONE = RepositoryCredentials()


@pytest.mark.parametrize(
    ("beginnings", "url", "opens"),
    [
        pytest.param(None, "file:///srv/charts", True, id="all, where nobody says otherwise"),
        pytest.param((), "file:///srv/charts", False, id="none"),
        pytest.param(("file:///srv/charts",), "file:///srv/charts", True, id="that one"),
        pytest.param(("file:///srv",), "file:///srv/charts/shop", True, id="below it"),
        pytest.param(
            ("file:///srv/charts",), "file:///srv/charts-of-others", False, id="a name that goes on"
        ),
        pytest.param(("file:///srv",), "file:///srv/../etc", False, id="out of it"),
        pytest.param(("file:///srv",), "file:///srv/%2e%2e/etc", False, id="out of it, escaped"),
        pytest.param(("file://",), "file:///etc", True, id="a whole kind"),
        pytest.param(("s3://shop",), "http://169.254.169.254/latest", False, id="another kind"),
        pytest.param(("s3://shop",), "S3://shop", False, id="written otherwise"),
    ],
)
def test_what_a_record_may_name(beginnings: tuple[str, ...] | None, url: str, opens: bool) -> None:
    addresses = ChartAddresses(beginnings)
    if opens:
        assert addresses.open(url, NONE, "shop").url
    else:
        with pytest.raises(BadInput, match="names a chart repository that is not looked into"):
            addresses.open(url, NONE, "shop")


@pytest.mark.parametrize(
    ("said", "readable"),
    [
        pytest.param("{}", None, id="one's own machine and credentials: all"),
        pytest.param("sign_in: {tokens: t}", (), id="where people sign in: none, until they are named"),
        pytest.param("sign_in: {tokens: t}\ncharts: [s3://shop]", ("s3://shop",), id="those that are named"),
        pytest.param("charts: []", (), id="none"),
    ],
)
def test_what_the_view_reads(said: str, readable: tuple[str, ...] | None) -> None:
    assert settings.parsed(said, "view.yaml").readable_charts.beginnings == readable


BY_APPLICATION = "charts: {shop: [s3://charts/shop], forum: [s3://charts/forum]}"
SHARED = "charts: [s3://charts]"


@pytest.mark.parametrize(
    ("said", "application", "url", "chart", "refused"),
    [
        pytest.param(SHARED, "shop", "s3://charts", "shop", "", id="the chart that is called as it is"),
        pytest.param(SHARED, "shop", "s3://charts", "", "", id="its archive, which is kept by its name"),
        pytest.param(
            SHARED,
            "mine",
            "s3://charts",
            "shop",
            "is not called as the application mine is",
            id="a forged record: another's",
        ),
        pytest.param("{}", "mine", "s3://charts", "shop", "", id="where nobody signs in"),
        pytest.param(
            BY_APPLICATION, "shop", "s3://charts/shop", "web", "", id="its own repository, by any name"
        ),
        pytest.param(
            BY_APPLICATION,
            "forum",
            "s3://charts/shop",
            "web",
            "not looked into",
            id="a forged record: another's repository",
        ),
        pytest.param("charts: {'*': [s3://charts]}", "mine", "s3://charts", "shop", "", id="of all"),
        pytest.param(
            BY_APPLICATION, "mine", "s3://charts/shop", "", "not looked into", id="one that is not named"
        ),
    ],
)
def test_what_releases_of_an_application_see(
    said: str, application: str, url: str, chart: str, refused: str
) -> None:
    charts = settings.parsed(said, "view.yaml").readable_charts
    if refused:
        with pytest.raises(BadInput, match=refused):
            charts.require(url, application, chart)
    else:
        charts.require(url, application, chart)


def test_an_address_is_told_where_one_s_own_credentials_read_it_alone() -> None:
    error = Unreachable("connection refused", where="http://10.9.8.7/charts")
    told = settings.parsed(SHARED, "view.yaml").readable_charts.tell(error)
    assert told == "its chart repository: it does not answer"
    assert ANY.tell(error) == str(error)


def test_a_command_reads_what_its_own_credentials_open() -> None:
    assert ANY.open("file:///srv/charts", NONE, "shop", "web").url == "file:///srv/charts"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("charts: ['{}']", [], id="a list: a history names what its writer likes"),
        pytest.param("charts: {{shop: ['{}']}}", ["forum"], id="its own repository"),
    ],
)
def test_service_charts_that_a_history_names(said: str, shown: list[str], tmp_path: Path) -> None:
    url = f"file://{tmp_path}/charts"
    (tmp_path / "charts").mkdir()
    repository = open_writable_repository(url)
    for chart in ("shop", "forum"):
        repository.publish(package(chart), created=datetime(2026, 11, 27, tzinfo=UTC))
    entry = HistoryEntry(1, "0.9.0", "release", charts=(ServiceChart("forum", "1.0.0"),))
    place = Place("testing", (entry,), offered=tuple(repository.entries("shop")), repository=url)
    charts = settings.parsed(said.format(url), "view.yaml").readable_charts
    seen = DeliveryReader(ReleaseHistoryReader(), charts).offered("shop", [place])
    assert [each.name for each in seen.service_charts] == shown
