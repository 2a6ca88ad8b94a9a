"""What people read of what is barred."""

from datetime import UTC, datetime

import pytest

from headway.decide.review import quarantine_table
from headway.model.audit import AuditEntry
from headway.model.quarantine import Input, QuarantinedInput
from headway.model.record import Rejection, ReleaseRecord

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
IMAGE = "registry.example.com/shop/cart"


def line(reason: str, environment: str = "", *company: Input) -> QuarantinedInput:
    digest = "sha256:1" if environment else ""
    return QuarantinedInput("image", IMAGE, "main-1", environment, digest, reason, NOW, company)


def test_inputs_with_who_barred_them_and_the_way_back() -> None:
    by_hand = line("Ada: loses orders: all of them")
    edited = line("no reason\nat all")
    failed = line("its tests failed", "testing", Input("chart", "catalog", "0.1.7"))
    allow = f"headway allow shop {IMAGE}:main-1 --reason WHY"
    since = "2026-11-27T10:00:00Z"
    assert quarantine_table.rows(quarantine_table.of_repository("shop", [by_hand, edited, failed]))[1:] == [
        (f"{IMAGE}:main-1", since, "Ada", allow, "loses orders: all of them"),
        (f"{IMAGE}:main-1", since, "a person", allow, "no reason at all"),
        (f"{IMAGE}:main-1 with catalog:0.1.7", since, "headway", allow, "in testing: its tests failed"),
    ]


def test_a_sentence_of_one_that_a_person_understands_at_once() -> None:
    failed = line("its tests failed", "testing")
    (barred,) = quarantine_table.of_tags("shop", IMAGE, {"main-1"}, [failed])
    assert quarantine_table.of_tags("shop", IMAGE, {"main-2"}, [failed]) == []
    assert quarantine_table.of_tags("shop", f"{IMAGE}s", {"main-1"}, [failed]) == []
    assert quarantine_table.sentence(barred) == (
        f"{IMAGE}:main-1 is barred since 2026-11-27 10:00 UTC by headway: in testing: its tests failed. "
        f"To let it come again: headway allow shop {IMAGE}:main-1 --reason WHY"
    )


def test_a_set_is_told_of_each_of_its_images() -> None:
    other = f"{IMAGE}-worker"
    failed = line("its tests failed", "testing", Input("image", other, "1.1.0@sha256:1"))
    (barred,) = quarantine_table.of_tags("shop", IMAGE, {"main-1"}, [failed])
    assert quarantine_table.of_tags("shop", other, {"1.1.0"}, [failed]) == [barred]
    assert quarantine_table.of_tags("shop", other, {"main-1"}, [failed]) == []
    assert quarantine_table.sentence(barred) == (
        f"{IMAGE}:main-1 with {other}:1.1.0@sha256:1 are barred together since 2026-11-27 10:00 UTC by headway, none of them "
        f"alone: in testing: its tests failed. To let all of them come at once: headway allow shop {IMAGE}:main-1 --reason WHY"
    )


def test_versions_that_a_record_bars() -> None:
    record = ReleaseRecord(
        application="shop",
        environment="testing",
        release="shop",
        rejections=(
            Rejection(
                chart_digest="sha256:2",
                version="0.1.4",
                reason="crashes",
                at=NOW,
                inputs=(f"image {IMAGE} main-2@sha256:3",),
            ),
        ),
        audit=(AuditEntry(kind="barred", by="headway", at=NOW, why="crashes", digest="sha256:2"),),
    )
    (barred,) = quarantine_table.of_record(record)
    assert quarantine_table.values(barred) == {
        "what": "0.1.4",
        "together_with": (f"{IMAGE} main-2",),
        "since": NOW,
        "by": "headway",
        "reason": "crashes",
        "environment": "testing",
        "allow": "headway lift shop testing 0.1.4 --reason WHY",
    }


@pytest.mark.parametrize(
    ("quarantined", "said"),
    [
        (None, "headway quarantine shop names the commands"),
        ((), "it stays withdrawn; its inputs come in a new version"),
    ],
    ids=["what is quarantined is not known", "none of its inputs is"],
)
def test_a_withdrawn_version_whose_inputs_are_allowed_leads_to_no_command(
    quarantined: tuple[QuarantinedInput, ...] | None, said: str
) -> None:
    rejection = Rejection(
        chart_digest="sha256:2",
        version="0.1.4",
        reason="crashes",
        at=NOW,
        inputs=(f"image {IMAGE} main-2",),
        propagated_to=("repository",),
    )
    record = ReleaseRecord(application="shop", environment="testing", release="shop", rejections=(rejection,))
    (barred,) = quarantine_table.of_record(record, quarantined)
    assert said in barred.allow
