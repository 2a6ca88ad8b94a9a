"""What is taken of a revision as Helm stored it."""

from datetime import UTC, datetime

import pytest

from headway.clients.helm.storage import StoredRevision
from headway.formats.tag_commit import commit_in_tag
from headway.model.charts import COMMIT_ANNOTATION, COMMITTED_ANNOTATION, IMAGES_ANNOTATION
from headway.model.release_history import HistoryImage, ServiceChart
from headway.workspace import helm_revisions

DIGEST = "sha256:" + "a" * 64
MANIFEST = """---
# Source: shop/charts/cart/templates/web.yaml
kind: Deployment
spec:
  containers:
    - image: r.example/cart:main-1a2b3c4
"""


def stored(metadata: dict[str, object], manifest: str = MANIFEST) -> StoredRevision:
    info = {"status": "deployed", "last_deployed": "2026-11-23T10:00:00Z"}
    return StoredRevision(1, {"chart": {"metadata": metadata}, "info": info, "manifest": manifest})


def test_provenance_and_images() -> None:
    found = helm_revisions.of(
        stored(
            {
                "name": "shop",
                "version": "0.1.0",
                "dependencies": [{"name": "cart", "version": "1.2.0"}, None],
                "annotations": {
                    COMMIT_ANNOTATION: "c" * 40,
                    COMMITTED_ANNOTATION: "2026-11-23T09:00:00Z",
                    IMAGES_ANNOTATION: f'[{{"image":"r.example/cart:main-1a2b3c4","digest":"{DIGEST}"}}]',
                },
            }
        )
    )
    assert (found.commit, found.charts) == ("c" * 40, (ServiceChart("cart", "1.2.0"),))
    assert found.committed_at
    assert found.committed_at.hour == 9
    assert found.images == (
        HistoryImage("r.example/cart", "main-1a2b3c4", DIGEST, "1a2b3c4", "cart", "1.2.0"),
    )


@pytest.mark.parametrize(
    ("dependency", "lock", "expected"),
    [
        pytest.param(
            {"name": "books", "alias": "books", "repository": "s3://b"},
            {"dependencies": [{"name": "library-books", "version": "0.1.0", "repository": "s3://b"}]},
            ServiceChart("library-books", "0.1.0", "books"),
            id="as Helm stores it",
        ),
        pytest.param(
            {"name": "library-books", "alias": "books"},
            None,
            ServiceChart("library-books", "0.1.0", "books"),
            id="as its package has it",
        ),
        pytest.param(
            {"name": "books", "alias": "books", "repository": "s3://b"},
            {
                "dependencies": [
                    {"name": name, "version": "0.1.0", "repository": "s3://b"} for name in ("a", "b")
                ]
            },
            ServiceChart("books", "0.1.0"),
            id="two that it may be",
        ),
        pytest.param(
            {"name": "books", "alias": "books", "version": "^0.1.0", "repository": "s3://b"},
            {"dependencies": [{"name": "library-books", "version": "0.1.7", "repository": "s3://b"}]},
            ServiceChart("library-books", "0.1.7", "books"),
            id="a range, of which the lock has the version",
        ),
        pytest.param({"name": "books", "alias": "books"}, [1], ServiceChart("books", "0.1.0"), id="no lock"),
    ],
)
def test_a_chart_under_an_alias_keeps_its_name(
    dependency: dict[str, object], lock: object, expected: ServiceChart
) -> None:
    revision = stored(
        {"name": "shop", "dependencies": [{"version": "0.1.0", **dependency}]},
        MANIFEST.replace("charts/cart", "charts/books"),
    )
    revision.document["chart"]["lock"] = lock
    found = helm_revisions.of(revision)
    assert found.charts == (expected,)
    assert (found.images[0].chart, found.images[0].chart_version) == ("books", expected.version)


def test_charts_of_one_version_under_aliases_keep_their_names() -> None:
    names = {"books": "library-books", "loans": "library-loans"}
    same = {"version": "0.1.0", "repository": "s3://b"}
    revision = stored(
        {"name": "shop", "dependencies": [{"name": alias, "alias": alias, **same} for alias in names]},
        MANIFEST,
    )
    revision.document["chart"]["lock"] = {"dependencies": [{"name": name, **same} for name in names.values()]}
    expected = tuple(ServiceChart(name, "0.1.0", alias) for alias, name in names.items())
    assert helm_revisions.of(revision).charts == expected


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"annotations": None, "dependencies": None},
        {"annotations": [1], "dependencies": {"a": 1}},
        {"annotations": {COMMITTED_ANNOTATION: "yesterday", IMAGES_ANNOTATION: "{"}},
        {"annotations": {COMMITTED_ANNOTATION: "2026-11-23T09:00:00"}},
    ],
    ids=str,
)
def test_a_chart_that_headway_did_not_make(metadata: dict[str, object]) -> None:
    found = helm_revisions.of(stored(metadata))
    assert (found.commit, found.committed_at, found.charts) == ("", None, ())
    assert [each.digest for each in found.images] == [""]


def test_a_time_without_a_zone_is_utc() -> None:
    document = stored({}).document | {"info": {"status": "deployed", "last_deployed": "2026-11-23T10:00:00"}}
    assert helm_revisions.of(StoredRevision(1, document)).deployed_at == datetime(
        2026, 11, 23, 10, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("tag", "commit"),
    [
        ("main-1a2b3c4", "1a2b3c4"),
        ("main-6681355", "6681355"),
        ("1a2b3c4d5e", "1a2b3c4d5e"),
        ("a-branch_" + "1" * 40, "1" * 40),
        ("20261127", ""),
        ("build-20261127093000", ""),
        ("1.25.3", ""),
        ("main-1a2b3", ""),
        ("alpine", ""),
        ("", ""),
    ],
)
def test_the_commit_in_a_tag(tag: str, commit: str) -> None:
    assert commit_in_tag(tag) == commit
