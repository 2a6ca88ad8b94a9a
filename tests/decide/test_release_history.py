"""What is told of a release's past, by what record, Helm's history and archive still know of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.decide.review.release_history import timeline
from headway.model.audit import AuditEntry
from headway.model.record import Attempt, Good, ReleaseRecord
from headway.model.release_history import HelmRevision, HistoryEntry, HistoryImage, ServiceChart

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def attempt(
    revision: int, version: str, outcome: str = "passed", minutes: int = 0, **more: object
) -> Attempt:
    return Attempt.model_validate(
        {
            "chart_digest": f"sha256:{version}",
            "values_digest": "v",
            "version": version,
            "revision": revision,
            "started_at": at(minutes),
            "ended_at": at(minutes + 1),
            "outcome": outcome,
            **more,
        }
    )


def good(revision: int, version: str, minutes: int = 1) -> Good:
    return Good(
        revision=revision,
        chart_digest=f"sha256:{version}",
        values_digest="v",
        version=version,
        tested_at=at(minutes),
    )


def stored(
    revision: int, version: str, status: str = "superseded", description: str = "", minutes: int = 0
) -> HelmRevision:
    said = description or f"Headway: shop {version} {DIGEST}"
    return HelmRevision(revision, status, "shop", version, at(minutes), said)


def audit(kind: str, minutes: int, by: str = "Ada", **more: object) -> AuditEntry:
    return AuditEntry.model_validate({"kind": kind, "by": by, "at": at(minutes), "why": "so it is", **more})


def record(**parts: object) -> ReleaseRecord:
    return ReleaseRecord.model_validate(
        {"application": "shop", "environment": "testing", "release": "shop", **parts}
    )


BROKEN = attempt(2, "0.1.1", "rolled-back", 10, reason="Pod web-1 exits", cause="version")


@pytest.mark.parametrize(
    ("known", "revisions", "says"),
    [
        pytest.param(
            record(attempts=[attempt(1, "0.1.0")], good=[good(1, "0.1.0")]),
            [stored(1, "0.1.0", "deployed")],
            [(1, "0.1.0", "release", "passed", "headway", "")],
            id="released by a look",
        ),
        pytest.param(
            record(
                attempts=[attempt(1, "0.1.0")],
                audit=[audit("approved", -1, digest="sha256:0.1.0", version="0.1.0")],
            ),
            [stored(1, "0.1.0", "deployed")],
            [(1, "0.1.0", "release", "passed", "Ada", "so it is")],
            id="somebody approved it",
        ),
        pytest.param(
            record(
                attempts=[attempt(2, "0.1.0", minutes=20), attempt(1, "0.1.0")],
                audit=[audit("promoted", -1, digest="sha256:0.1.0", version="0.1.0")],
            ),
            [stored(2, "0.1.0", "deployed"), stored(1, "0.1.0")],
            [
                (2, "0.1.0", "release", "passed", "headway", ""),
                (1, "0.1.0", "release", "passed", "Ada", "so it is"),
            ],
            id="somebody promoted it, and a look released it once more",
        ),
        pytest.param(
            record(
                attempts=[attempt(1, "0.1.0")],
                audit=[
                    audit("approved", -1, "Bob", digest="sha256:0.1.0"),
                    audit("promoted", -2, digest="sha256:0.1.0"),
                ],
            ),
            [stored(1, "0.1.0", "deployed")],
            [(1, "0.1.0", "release", "passed", "Bob", "so it is")],
            id="somebody promoted it, and somebody else approved it",
        ),
        pytest.param(
            record(
                attempts=[attempt(1, "0.1.0")],
                audit=[
                    audit("approved", 5, digest="sha256:0.1.0"),
                    audit("rejected", -1, digest="sha256:0.1.0"),
                    audit("approved", -2, digest="sha256:0.1.0"),
                ],
            ),
            [stored(1, "0.1.0", "deployed")],
            [(1, "0.1.0", "release", "passed", "headway", "")],
            id="a yes that was taken back, or came later, is none",
        ),
        pytest.param(
            record(attempts=[attempt(3, "0.1.0", minutes=20, kind="rollback"), BROKEN, attempt(1, "0.1.0")]),
            [
                stored(3, "0.1.0", "deployed", "Headway: back to revision 1 (0.1.0)"),
                stored(2, "0.1.1", "failed", "Upgrade failed: timed out"),
                stored(1, "0.1.0"),
            ],
            [
                (3, "0.1.0", "rollback", "passed", "headway", "0.1.1 failed: Pod web-1 exits"),
                (2, "0.1.1", "release", "rolled-back", "headway", ""),
                (1, "0.1.0", "release", "passed", "headway", ""),
            ],
            id="what failed and went back by itself",
        ),
        pytest.param(
            record(
                attempts=[attempt(3, "0.1.0", minutes=20, kind="rollback"), attempt(2, "0.1.1", minutes=10)],
                audit=[audit("held", 15, version="0.1.0", run="a-run")],
            ),
            [stored(3, "0.1.0", "deployed", "Headway: back to revision 1 (0.1.0; held by Ada: so it is)")],
            [
                (3, "0.1.0", "rollback", "passed", "Ada", "so it is"),
                (2, "0.1.1", "release", "passed", "headway", ""),
            ],
            id="a person rolled back",
        ),
        pytest.param(
            record(
                attempts=[
                    attempt(4, "0.1.0", minutes=40, kind="rollback"),
                    attempt(3, "0.1.2", "rolled-back", minutes=30, reason="no"),
                    attempt(2, "0.1.0", minutes=20, kind="rollback"),
                ],
                audit=[audit("held", 15, version="0.1.0")],
            ),
            [],
            [
                (4, "0.1.0", "rollback", "passed", "headway", "0.1.2 failed: no"),
                (3, "0.1.2", "release", "rolled-back", "headway", ""),
                (2, "0.1.0", "rollback", "passed", "Ada", "so it is"),
            ],
            id="a hold is why the first time alone",
        ),
        pytest.param(
            record(attempts=[attempt(2, "0.1.0", kind="rollback", corrected={"Deployment/web": 1})]),
            [
                stored(
                    2,
                    "0.1.0",
                    "deployed",
                    f"Headway: shop 0.1.0 {DIGEST} (corrects drift: Deployment/web)",
                )
            ],
            [(2, "0.1.0", "correction", "passed", "headway", "corrects drift: Deployment/web")],
            id="drift was corrected",
        ),
        pytest.param(
            record(
                attempts=[attempt(1, "0.1.0", minutes=5, kind="adoption")],
                audit=[audit("adopted", 5, digest="sha256:0.1.0")],
            ),
            [stored(1, "0.1.0", "deployed", "Install complete")],
            [(1, "0.1.0", "adoption", "passed", "Ada", "so it is")],
            id="adopted",
        ),
        pytest.param(
            None,
            [
                stored(2, "0.1.1", "deployed", "Upgrade complete", 10),
                stored(1, "0.1.0", "superseded", "Install complete"),
            ],
            [
                (2, "0.1.1", "by hand", "", "", "Upgrade complete"),
                (1, "0.1.0", "by hand", "", "", "Install complete"),
            ],
            id="made by hand alone",
        ),
        pytest.param(
            record(
                attempts=[attempt(2, "0.1.1", minutes=10, kind="rollback"), attempt(1, "0.1.0")],
                audit=[audit("approved", -1, digest="sha256:0.1.0", version="0.1.0")],
            ),
            [
                stored(2, "0.1.1", "deployed", "Upgrade complete"),
                stored(1, "0.1.0", "superseded", "Install complete"),
            ],
            [
                (2, "0.1.1", "by hand", "passed", "", "Upgrade complete"),
                (1, "0.1.0", "by hand", "passed", "", "Install complete"),
            ],
            id="a record that claims what Helm says somebody else brought",
        ),
        pytest.param(
            record(good=[good(2, "0.1.0"), good(1, "0.1.0")]),
            [
                stored(2, "0.1.0", "deployed", "Rollback to 1"),
                stored(1, "0.1.0", "superseded", "Install complete"),
            ],
            [
                (2, "0.1.0", "rollback", "passed", "", "Rollback to 1"),
                (1, "0.1.0", "adoption", "passed", "headway", ""),
            ],
            id="adopted and restored, which the record has forgotten",
        ),
        pytest.param(
            record(
                attempts=[attempt(3, "0.1.0", minutes=20, kind="rollback"), attempt(2, "0.1.1", minutes=10)]
            ),
            [stored(3, "0.1.0", "deployed", "Rollback to 1", 20)],
            [
                (3, "0.1.0", "rollback", "passed", "", "Rollback to 1"),
                (2, "0.1.1", "release", "passed", "headway", ""),
            ],
            id="somebody's helm rollback to what was good",
        ),
        pytest.param(
            record(),
            [
                stored(
                    3, "0.1.0", "deployed", "Headway: back to revision 1 (0.1.0; held by Ada: too slow)", 3
                ),
                stored(2, "0.1.1", "superseded", f"Headway: shop 0.1.1 {DIGEST} (approved by Bob)", 2),
                stored(1, "0.1.0", "superseded", "", 1),
            ],
            [
                (3, "0.1.0", "rollback", "", "Ada", "too slow"),
                (2, "0.1.1", "release", "", "Bob", ""),
                (1, "0.1.0", "release", "", "headway", ""),
            ],
            id="what the record has forgotten, Helm's history tells",
        ),
        pytest.param(
            record(attempts=[attempt(0, "0.1.1", "failed", 10, reason="refused"), attempt(1, "0.1.0")]),
            [stored(1, "0.1.0", "deployed")],
            [
                (0, "0.1.1", "release", "failed", "headway", ""),
                (1, "0.1.0", "release", "passed", "headway", ""),
            ],
            id="a try that left no revision",
        ),
        pytest.param(
            record(attempts=[attempt(1, "0.1.0", minutes=20), attempt(0, "0.0.9", "rolled-back", 10)]),
            [stored(1, "0.1.0", "deployed", minutes=20)],
            [
                (1, "0.1.0", "release", "passed", "headway", ""),
                (0, "0.0.9", "release", "rolled-back", "headway", ""),
            ],
            id="a failed install was taken away, and numbers began anew",
        ),
        pytest.param(None, [], [], id="nothing"),
    ],
)
def test_the_timeline(
    known: ReleaseRecord | None, revisions: list[HelmRevision], says: list[tuple[object, ...]]
) -> None:
    found = timeline(known, revisions)
    assert [(e.revision, e.version, e.kind, e.outcome, e.by, e.why) for e in found] == says


@pytest.mark.parametrize(
    ("newest", "outcome", "number"),
    [
        pytest.param(1, "failed", 0, id="helm never gave it"),
        pytest.param(2, "failed", 2, id="helm gave it"),
        pytest.param(None, "failed", 2, id="nobody knows what helm gave"),
        pytest.param(1, "started", 2, id="helm is about to give it"),
    ],
)
def test_a_number_that_helm_never_gave_is_none(newest: int | None, outcome: str, number: int) -> None:
    known = record(attempts=[attempt(2, "0.1.1", outcome, 10), attempt(1, "0.1.0")])
    told = timeline(known, [stored(1, "0.1.0", "deployed")], newest=newest)
    assert [each.revision for each in told] == [number, 1]


def test_a_revision_has_what_each_source_knows_of_it() -> None:
    (entry,) = timeline(
        record(attempts=[attempt(1, "0.1.0")], good=[good(1, "0.1.0")]), [stored(1, "0.1.0", "deployed")]
    )
    assert (entry.started_at, entry.deployed_at, entry.ended_at, entry.tested_at) == (
        at(0),
        at(0),
        at(1),
        at(1),
    )
    assert (entry.seconds, entry.chart_digest, entry.status) == (60, "sha256:0.1.0", "deployed")
    assert (entry.in_helm, entry.archived) == (True, False)


def archived(revision: int, version: str, minutes: int, **more: object) -> HistoryEntry:
    entry = HistoryEntry(
        revision,
        version,
        "release",
        status="deployed",
        outcome="passed",
        started_at=at(minutes),
        deployed_at=at(minutes),
        run="a-run",
        by="Ada",
    )
    return replace(entry, **more)  # type: ignore[arg-type]


def test_the_archive_tells_what_the_others_have_forgotten_and_nothing_against_them() -> None:
    known = record(attempts=[attempt(12, "0.1.2", "rolled-back", 30), attempt(11, "0.1.1", minutes=20)])
    helm = [
        stored(12, "0.1.2", "failed", minutes=30),
        stored(11, "0.1.1", "superseded", minutes=20),
        stored(10, "0.1.0", minutes=10),
    ]
    past = [archived(12, "0.1.2", 30, outcome="failed"), archived(10, "0.1.0", 10), archived(9, "0.0.9", 0)]
    found = timeline(known, helm, past)
    assert [(e.revision, e.outcome, e.status, e.run, e.in_helm, e.archived) for e in found] == [
        (12, "rolled-back", "failed", "a-run", True, True),
        (11, "passed", "superseded", "", True, False),
        (10, "passed", "superseded", "a-run", True, True),
        (9, "passed", "superseded", "a-run", False, True),
    ]


def test_only_the_archive_knows_who_started_what_nobody_had_to_approve() -> None:
    known = record(attempts=[attempt(1, "0.1.0")])
    helm = [stored(1, "0.1.0", "deployed")]
    (entry,) = timeline(known, helm, [archived(1, "0.1.0", 0, why="the shop is open")])
    assert (entry.by, entry.why) == ("Ada", "the shop is open")
    approved = known.model_copy(update={"audit": (audit("approved", -1, by="Bob", digest="sha256:0.1.0"),)})
    (entry,) = timeline(approved, helm, [archived(1, "0.1.0", 0)])
    assert (entry.by, entry.why) == ("Bob", "so it is")


def test_a_number_that_was_given_twice_is_two_entries() -> None:
    """After an uninstall, Helm counts from 1 again."""
    found = timeline(
        record(attempts=[attempt(1, "0.2.0", minutes=60)]),
        [stored(1, "0.2.0", minutes=60)],
        [archived(1, "0.1.0", 0)],
    )
    assert [(e.revision, e.version) for e in found] == [(1, "0.2.0"), (1, "0.1.0")]


@pytest.mark.parametrize(
    ("outcome", "ended", "seconds"),
    [
        pytest.param("started", None, None, id="Helm is at it"),
        pytest.param("deployed", at(2), None, id="its tests have not spoken yet"),
        pytest.param("passed", at(2), 120, id="tested"),
        pytest.param("tests-failed", at(2), 120, id="failed"),
        pytest.param("passed", at(-2), None, id="two clocks contradict each other"),
    ],
)
def test_it_took_no_time_before_it_was_judged(
    outcome: str, ended: datetime | None, seconds: float | None
) -> None:
    (entry,) = timeline(record(attempts=[attempt(1, "0.1.0", outcome, ended_at=ended)]))
    assert entry.seconds == seconds


def test_a_revision_that_is_tested_again_passed_when_it_passed_first() -> None:
    """Last good is, for something newer that was refused; its way back is a revision of its own."""
    known = record(
        attempts=[attempt(3, "0.1.0", kind="rollback", minutes=60), attempt(1, "0.1.0", ended_at=at(40))],
        good=[good(3, "0.1.0", minutes=1)],
    )
    assert [(e.revision, e.seconds) for e in timeline(known)] == [(3, 60), (1, 60)]


def test_of_what_helm_has_forgotten_the_record_says_what_it_was_made_of() -> None:
    inputs = ("image r.example/cart main-1a2b3c4@sha256:1", "chart cart 0.1.0", "content shop sha256:2")
    (entry,) = timeline(record(attempts=[attempt(0, "0.1.0", "rolled-back", inputs=inputs)]))
    assert [(each.reference, each.digest, each.commit) for each in entry.images] == [
        ("r.example/cart:main-1a2b3c4", "sha256:1", "1a2b3c4")
    ]
    assert [(each.name, each.version) for each in entry.charts] == [("cart", "0.1.0")]


IMAGES = tuple(HistoryImage(f"r.example/{name}", "main-1") for name in ("cart", "catalog"))
CHARTS = (ServiceChart("cart", "0.1.0"),)
FILES = {"values.yaml": "a", "values/testing.yaml": "a", "secrets/testing.yaml": "a"}


def held(revision: int, version: str, **more: Any) -> HelmRevision:
    made = stored(revision, version, minutes=revision)
    return replace(made, **{"images": IMAGES, "charts": CHARTS, "files": FILES, **more})


@pytest.mark.parametrize(
    ("newer", "why"),
    [
        pytest.param({}, "", id="nothing that is known"),
        pytest.param(
            {"files": {**FILES, "values/testing.yaml": "b"}}, "values/testing.yaml changed", id="values of it"
        ),
        pytest.param({"files": {**FILES, "values.yaml": "b"}}, "values.yaml changed", id="shared values"),
        pytest.param(
            {"files": {**FILES, "secrets/testing.yaml": "b"}}, "secrets/testing.yaml changed", id="a secret"
        ),
        pytest.param(
            {"files": {"values.yaml": "a", "values/testing.yaml": "a"}},
            "secrets/testing.yaml changed",
            id="gone",
        ),
        pytest.param(
            {"images": (replace(IMAGES[0], tag="main-2"), IMAGES[1]), "files": {**FILES, "values.yaml": "b"}},
            "cart:main-2",
            id="an image, whose tag stands in the shared values",
        ),
        pytest.param({"charts": (ServiceChart("cart", "0.2.0"),)}, "chart cart 0.2.0", id="a service chart"),
        pytest.param(
            {
                "images": tuple(replace(each, tag="main-2") for each in IMAGES),
                "charts": (ServiceChart("cart", "0.2.0"),),
                "files": {**FILES, "values/testing.yaml": "b"},
            },
            "cart:main-2, catalog:main-2, chart cart 0.2.0, 1 more",
            id="much",
        ),
        pytest.param({"files": {}}, "", id="its files cannot be read"),
    ],
)
def test_what_nobody_had_to_decide_says_what_came(newer: dict[str, Any], why: str) -> None:
    told = timeline(
        record(attempts=[attempt(2, "0.1.1", minutes=2), attempt(1, "0.1.0", minutes=1)]),
        [held(2, "0.1.1", **newer), held(1, "0.1.0")],
    )
    assert [each.why for each in told] == [why, ""]


def test_what_failed_is_not_what_ran_before() -> None:
    failed = {"files": {**FILES, "values/testing.yaml": "b"}}
    told = timeline(
        record(
            attempts=[
                attempt(3, "0.1.2", minutes=3),
                attempt(2, "0.1.1", "rolled-back", 2),
                attempt(1, "0.1.0", minutes=1),
            ]
        ),
        [held(3, "0.1.2", **failed), held(2, "0.1.1", **failed), held(1, "0.1.0")],
    )
    assert told[0].why == "values/testing.yaml changed"


def test_the_same_package_with_other_values_says_so() -> None:
    newer = attempt(2, "0.1.0", minutes=2, values_digest="w")
    told = timeline(record(attempts=[newer, attempt(1, "0.1.0", minutes=1)]), [])
    assert [each.why for each in told] == ["the values of testing changed", ""]
