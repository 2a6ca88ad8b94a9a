"""From a commit, image, chart or version to where it is, and back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.cli.table import laid_out
from headway.decide.review import trace_text
from headway.decide.review.tracing import Held, Index, candidates, trace
from headway.model.charts import COMMIT_ANNOTATION, ChartEntry
from headway.model.release_history import HistoryEntry, HistoryImage, ReleaseHistory, ServiceChart
from headway.model.release_ref import ReleaseRef

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD, NEW, CHART_COMMIT, APPLICATION = "1" * 7, "2" * 7, "c" * 40, "a" * 40
OLD_CART = HistoryImage("r.example/shop/cart", f"main-{OLD}", "sha256:old", OLD, "cart", "1.0.0")
CART = HistoryImage("r.example/shop/cart", f"main-{NEW}", "sha256:new", NEW, "cart", "1.1.0")
MAIL = HistoryImage("mailhog", "1.0")


def entry(revision: int, version: str, *images: HistoryImage, status: str = "deployed") -> HistoryEntry:
    return HistoryEntry(
        revision,
        version,
        "release",
        chart="shop",
        status=status,
        outcome="passed",
        deployed_at=NOW - timedelta(hours=10 - revision),
        commit=APPLICATION if version == "0.2.0" else "b" * 40,
        chart_digest=f"sha256:{version}",
        images=images,
        charts=tuple(ServiceChart(each.chart, each.chart_version) for each in images if each.chart),
    )


def history(environment: str, *entries: HistoryEntry) -> ReleaseHistory:
    return ReleaseHistory(ReleaseRef("shop", environment, "shop"), f"shop-{environment}", entries)


TESTING = history(
    "testing", entry(2, "0.2.0", CART, MAIL), entry(1, "0.1.0", OLD_CART, MAIL, status="superseded")
)
PRODUCTION = history("production", entry(1, "0.1.0", OLD_CART, MAIL))
INDEX = Index(
    "s3://charts",
    tuple(
        ChartEntry(name, version, f"sha256:{name}-{version}", "x.tgz", NOW, {COMMIT_ANNOTATION: commit})
        for name, version, commit in (
            ("shop", "0.2.0", APPLICATION),
            ("cart", "1.1.0", CHART_COMMIT),
            ("cart", "1.2.0", "d" * 40),
        )
    ),
)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        pytest.param(NEW, [("testing", 2, "commit of the image")], id="a commit in a tag"),
        pytest.param(
            NEW + "0" * 33, [("testing", 2, "commit of the image")], id="in full, where the tag has its start"
        ),
        pytest.param(
            OLD,
            [("production", 1, "commit of the image"), ("testing", 1, "commit of the image")],
            id="what runs now comes first",
        ),
        pytest.param(
            CHART_COMMIT[:9], [("testing", 2, "commit of the service chart")], id="a chart's commit"
        ),
        pytest.param(
            APPLICATION,
            [("testing", 2, "commit of the application")] * 2,
            id="the application's commit: a trail for each image",
        ),
        pytest.param(f"r.example/shop/cart:main-{NEW}", [("testing", 2, "image")], id="an image"),
        pytest.param(f"cart:main-{NEW}", [("testing", 2, "image")], id="an image as tables name it"),
        pytest.param("sha256:new", [("testing", 2, "image")], id="an image's digest"),
        pytest.param(f"main-{NEW}", [("testing", 2, "image")], id="a tag"),
        pytest.param("cart:1.1.0", [("testing", 2, "service chart")], id="a service chart"),
        pytest.param("shop:0.2.0", [("testing", 2, "version")] * 2, id="the application's chart"),
        pytest.param("0.2.0", [("testing", 2, "version")] * 2, id="a version of the application"),
        pytest.param("sha256:0.2.0", [("testing", 2, "revision")] * 2, id="a package's digest"),
        pytest.param("shop/production/1", [("production", 1, "revision")] * 2, id="a revision"),
        pytest.param("shop/production", [("production", 1, "revision")] * 2, id="what is deployed"),
        pytest.param("shop/production/9", [], id="no such revision"),
        pytest.param("2222223", [], id="another commit that begins nearly so"),
        pytest.param("222", [], id="too short for a commit"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_where_it_is(what: str, found: list[tuple[str, int, str]]) -> None:
    said = trace(what, [TESTING, PRODUCTION], [INDEX])
    assert [(each.ref.environment, each.entry.revision, each.how) for each in said.trails] == found


def test_a_clone_tells_what_holds_a_commit_that_nothing_names() -> None:
    assert set(candidates([TESTING, PRODUCTION], [INDEX])) >= {OLD, NEW, CHART_COMMIT, APPLICATION}
    said = trace("9" * 40, [TESTING, PRODUCTION], [INDEX], holding={NEW})
    assert [(each.entry.revision, each.how, each.is_now) for each in said.trails] == [
        (2, "commit of the image, which holds it", True)
    ]


def test_what_is_published_and_runs_nowhere_is_said_too() -> None:
    said = trace("cart:1.2.0", [TESTING, PRODUCTION], [INDEX])
    assert said.trails == ()
    (row,) = trace_text.rows(said, NOW)[1:]
    assert row[0] == "s3://charts"
    assert row[-3:] == ["cart 1.2.0", "0s", "package"]
    assert len(set(map(len, trace_text.rows(said, NOW, wide=True)))) == 1


GOLDEN = """\
WHERE              NOW  VERSION  IMAGE              CHART       WHEN
    AS
shop/production/1  yes  0.1.0    cart:main-1111111  cart 1.0.0  9h
    commit of the image
shop/testing/1     no   0.1.0    cart:main-1111111  cart 1.0.0  9h
    commit of the image
"""


def test_people_read_a_row_for_each_place() -> None:
    rows = trace_text.rows(trace(OLD, [TESTING, PRODUCTION], [INDEX]), NOW)
    assert "".join(f"{line}\n" for line in laid_out(rows, 80)) == GOLDEN
    assert laid_out(rows, 200) == laid_out(rows, None)
    assert laid_out(rows, None)[1] == (
        "shop/production/1  yes  0.1.0    cart:main-1111111  cart 1.0.0  9h    commit of the image"
    )


def test_wide_has_the_whole_chain() -> None:
    titles, row = trace_text.rows(trace(NEW, [TESTING, PRODUCTION], [INDEX]), NOW, wide=True)
    assert dict(zip(titles, row, strict=True)) == {
        "WHERE": "shop/testing/2",
        "NOW": "yes",
        "VERSION": "0.2.0",
        "IMAGE": f"cart:main-{NEW}",
        "CHART": "cart 1.1.0",
        "WHEN": "8h",
        "AS": "commit of the image",
        "ENDED": "tested",
        "COMMIT": "a" * 12,
        "IMAGE COMMIT": NEW,
        "CHART COMMIT": "c" * 12,
        "IMAGE DIGEST": "new",
        "PACKAGE": "0.2.0",
        "RUN": "-",
        "BY": "-",
        "WHY": "-",
    }


def test_programs_read_names_and_all_there_is() -> None:
    said = trace(OLD, [TESTING, PRODUCTION], [INDEX], unknown=["something"])
    assert trace_text.names(said) == ["shop/production/1", "shop/testing/1"]
    values = trace_text.values(said)
    assert (values["unknown"], len(values["trails"]), values["trails"][0]["image_commit"]) == (
        ["something"],
        2,
        OLD,
    )


@pytest.mark.parametrize("what", ["cart:1.1.0", "basket:1.1.0", CHART_COMMIT])
def test_a_chart_is_found_by_its_name_and_by_its_alias(what: str) -> None:
    aliased = replace(CART, chart="basket")
    one = replace(entry(2, "0.2.0", aliased), charts=(ServiceChart("cart", "1.1.0", "basket"),))
    said = trace(what, [history("testing", one)], [INDEX])
    assert [(each.entry.revision, each.chart_commit) for each in said.trails] == [(2, CHART_COMMIT)]
    held = Held((), (ServiceChart("cart", "1.1.0", "basket"),))
    published = replace(INDEX, entries=INDEX.entries[:1], held={"sha256:shop-0.2.0": held})
    found = trace(what, [], [published]).published
    assert [each.how for each in found] == (["service chart in it"] if what != CHART_COMMIT else [])


def test_without_images_a_service_chart_is_found_all_the_same() -> None:
    bare = replace(TESTING.entries[0], images=())
    said = trace("cart:1.1.0", [history("testing", bare)])
    assert [each.how for each in said.trails] == ["service chart"]
