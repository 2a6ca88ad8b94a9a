"""What is said to lie between two revisions, and what never is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from headway.decide.review import diff_text
from headway.decide.review.redaction import Redaction
from headway.decide.review.revision_diff import RevisionDiff, Side, compare, versions_between
from headway.formats.known_secrets import KnownSecrets
from headway.formats.manifests import Key, Resource
from headway.model.charts import COMMIT_ANNOTATION, ChartEntry
from headway.model.release_history import HistoryEntry, HistoryImage, ServiceChart

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HIDDEN = Redaction(b"key", KnownSecrets.of(["hunter2-and-more"]))


def resource(kind: str, name: str, namespace: str = "", **content: Any) -> Resource:
    metadata = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **content.pop("metadata", {}),
    }
    return Resource(Key("", kind, namespace, name), {"kind": kind, "metadata": metadata, **content})


def side(*resources: Resource, version: str = "0.1.0", **more: Any) -> Side:
    entry = HistoryEntry(1, version, "release", chart="shop", chart_digest=f"sha256:{version}")
    made = Side("revision 1", entry, "shop-testing", resources)
    return replace(made, **more)


def of(before: Side, after: Side) -> list[tuple[str, str, tuple[str, ...]]]:
    found = compare(before, after, HIDDEN, [])
    return [(each.name, each.kind, each.diff) for each in found.objects]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param([resource("A", "x", spec=1)], [resource("A", "x", spec=1)], [], id="the same"),
        pytest.param([], [resource("A", "x")], [("A/x", "added", ())], id="come"),
        pytest.param([resource("A", "x")], [], [("A/x", "removed", ())], id="gone"),
        pytest.param(
            [resource("A", "x", spec=1)],
            [resource("A", "x", spec=2)],
            [
                (
                    "A/x",
                    "changed",
                    ("@@ -2,3 +2,3 @@", " metadata:", "   name: x", "-spec: 1", "+spec: 2"),
                )
            ],
            id="changed",
        ),
        pytest.param(
            [resource("A", "x", metadata={"labels": {"helm.sh/chart": "shop-1"}})],
            [resource("A", "x", metadata={"labels": {"helm.sh/chart": "shop-2"}})],
            [],
            id="the label that each version changes",
        ),
        pytest.param(
            [resource("A", "x", "other", spec=1)],
            [resource("A", "x", spec=1)],
            [("A/x", "added", ()), ("A/x in other", "removed", ())],
            id="in another namespace it is another object",
        ),
    ],
)
def test_objects(before: list[Resource], after: list[Resource], said: list[Any]) -> None:
    assert of(side(*before), side(*after)) == said


def test_the_same_objects_in_two_environments_are_the_same() -> None:
    one = side(resource("A", "x", "shop-testing", spec=1))
    other = side(resource("A", "x", "shop-production", spec=1), namespace="shop-production")
    assert of(one, other) == []


def test_a_secret_is_told_only_as_changed() -> None:
    found = of(
        side(
            resource("Secret", "s", data={"key": "b25l"}), resource("A", "x", text="it is hunter2-and-more")
        ),
        side(resource("Secret", "s", data={"key": "dHdv"}), resource("A", "x", text="it is gone")),
    )
    text = str(found)
    assert [(name, kind) for name, kind, _ in found] == [("Secret/s", "changed"), ("A/x", "changed")]
    assert "b25l" not in text
    assert "dHdv" not in text
    assert "hunter2" not in text
    assert text.count("<redacted ") == 3


def test_values_that_were_given_are_compared() -> None:
    ((name, kind, lines),) = of(side(values={"replicas": 1}), side(values={"replicas": 2}))
    assert (name, kind) == ("values", "changed")
    assert lines[1:] == ("-replicas: 1", "+replicas: 2")


def test_values_that_were_given_on_one_side_alone_are_shown() -> None:
    """They stood there as a line with nothing below it: an object has a name that says what came, values have none."""
    given = side(values={"replicas": 2, "password": "hunter2-and-more"})
    ((name, kind, lines),) = of(side(), given)
    assert (name, kind, lines[1]) == ("values", "added", "+replicas: 2")
    assert lines[0].startswith("+password: <")
    ((_, kind, lines),) = of(given, side())
    assert (kind, lines[1]) == ("removed", "-replicas: 2")


CART = HistoryImage("r.example/cart", "main-1a2b3c4", "sha256:1", "1a2b3c4", "cart", "1.0.0")


def provenance(version: str, commit: str, image: HistoryImage, chart: str) -> HistoryEntry:
    return HistoryEntry(
        1,
        version,
        "release",
        chart="shop",
        chart_digest=f"sha256:{version}",
        commit=commit * 40,
        images=(image,),
        charts=(ServiceChart("cart", chart), ServiceChart("same", "1")),
    )


def entry(version: str) -> ChartEntry:
    return ChartEntry("shop", version, "", "", NOW, {COMMIT_ANNOTATION: f"commit-of-{version}"})


def between() -> RevisionDiff:
    newer = replace(CART, tag="main-5d6e7f8", commit="5d6e7f8")
    before = side(entry=provenance("0.1.0", "a", CART, "1.0.0"))
    after = side(entry=provenance("0.1.2", "b", newer, "1.1.0"), label="revision 2")
    return compare(before, after, HIDDEN, [entry(each) for each in ("0.1.3", "0.1.2", "0.1.1", "0.1.0")])


def test_what_lies_between_two_versions() -> None:
    assert diff_text.rows(between()) == [
        ["WHAT", "revision 1", "revision 2"],
        ["version", "0.1.0", "0.1.2"],
        ["package", "0.1.0", "0.1.2"],
        ["commit", "a" * 12, "b" * 12],
        ["service chart cart", "1.0.0", "1.1.0"],
        ["image r.example/cart", "main-1a2b3c4", "main-5d6e7f8"],
    ]
    assert list(diff_text.lines(between()))[:2] == [
        "between: 0.1.2, commit commit-of-0., published 2026-11-23T12:00:00Z",
        "between: 0.1.1, commit commit-of-0., published 2026-11-23T12:00:00Z",
    ]


def test_backwards_the_same_lies_between() -> None:
    offered = [entry(each) for each in ("0.1.3", "0.1.2", "0.1.1", "0.1.0")]
    assert versions_between(offered, "0.1.0", "0.1.2") == versions_between(offered, "0.1.2", "0.1.0")


def test_what_helm_has_forgotten_is_unknown() -> None:
    found = compare(side(), side(resources=None, version="0.2.0", label="revision 9"), HIDDEN, None)
    assert found.objects == ()
    assert found.unknown == (
        "revision 9: its objects are not known, for Helm has forgotten it",
        "which versions lie between is not known: the chart repository could not be read",
    )


def test_people_read_objects_with_signs() -> None:
    found = compare(
        side(resource("A", "x", spec=1), resource("A", "y")), side(resource("A", "x", spec=2)), HIDDEN
    )
    lines = list(diff_text.lines(found))
    assert (lines[0], lines[-1]) == ("~ A/x", "- A/y")
    assert "    +spec: 2" in lines
    assert diff_text.names(found) == ["A/x", "A/y"]
    assert not found.is_empty


def test_a_clone_tells_the_commits_between() -> None:
    newer = replace(CART, tag="main-5d6e7f8", commit="5d6e7f8")
    before = side(entry=provenance("0.1.0", "a", CART, "1.0.0"))
    after = side(entry=provenance("0.1.2", "a", newer, "1.0.0"))
    said = {("1a2b3c4", "5d6e7f8"): ["5d6e7f8 Ada: New"], ("5d6e7f8", "1a2b3c4"): ["1a2b3c4 Bob: Old"]}
    found = compare(before, after, HIDDEN, [], lambda one, other: said.get((one, other), []))
    assert found.commits == ("5d6e7f8 Ada: New", "without 1a2b3c4 Bob: Old")
    assert next(diff_text.lines(found)) == "commit 5d6e7f8 Ada: New"
