"""Pictures: what is drawn is what the numbers beside it say."""

from datetime import UTC, datetime, timedelta

from headway.decide.pods.rollout import WorkloadPods
from headway.decide.review.delivery_facts import Stage, Standing
from headway.decide.review.figures import Figures, Part
from headway.model.release_ref import ReleaseRef
from headway.view import delivery_picture, figure_pictures, pods

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def figures(*trend: Part) -> Figures:
    return Figures(
        ReleaseRef("shop", "testing", "shop"), NOW - timedelta(days=2), NOW, 0, 0, 0, 0, trend=trend
    )


def part(day: int, changes: int, failures: int, lead: float | None) -> Part:
    since = NOW - timedelta(days=2 - day)
    return Part(since, since + timedelta(days=1), changes - failures, changes, failures, lead)


def test_lead_time_and_failures_over_time() -> None:
    found = figure_pictures.drawn(figures(part(0, 2, 1, 60.0), part(1, 1, 0, 120.0)), 1)
    assert found is not None
    assert [(dot.x, dot.y) for dot in found.dots] == [(89.0, 53.0), (251.0, 18.0)]
    assert [(bar.y, bar.height) for bar in found.bars] == [(157.0, 35.0)]
    assert (found.longest, found.line) == ("2m00s", "89.0,53.0 251.0,18.0")
    assert found.rows[0] == ("2026-11-21 12:00", "1", "1m00s", "1 of 2 (50%)")
    assert "from 2026-11-22: lead time 2m00s, 0 of 1 failed" in found.sentence


def test_nothing_is_drawn_of_nothing() -> None:
    assert figure_pictures.drawn(figures(part(0, 0, 0, None)), 1) is None
    assert figure_pictures.drawn(figures(), 1) is None


def test_changes_whose_time_nobody_knows() -> None:
    found = figure_pictures.drawn(figures(part(0, 1, 0, None)), 1)
    assert found is not None
    assert (found.dots, found.bars, found.longest) == ((), (), "not known")


def test_stages_stand_in_rows() -> None:
    found = delivery_picture.drawn([Stage(f"stage {n}" * 9, Standing.DONE, "") for n in range(5)])
    assert [(box.x, box.y, box.leads_on) for box in found.boxes] == [
        (2, 2, True),
        (202, 2, True),
        (402, 2, True),
        (602, 2, False),
        (2, 94, False),
    ]
    assert (found.width, found.height, len(found.boxes[0].name)) == (774, 158, 20)


def test_each_pod_is_a_square() -> None:
    found = pods.drawn(
        [WorkloadPods("Deployment web", 4, 1, 1, 2), WorkloadPods("Deployment " + "x" * 40, 99, 99)]
    )
    assert [each.look for each in found.rows[0].squares] == ["well", "waits", "none", "none", "held", "held"]
    assert len(found.rows[1].squares) == pods.DRAWN
    assert found.table[1][1:] == ("99", "99", "0", "0")
    assert found.sentence.startswith("Deployment web: 1 of 4 ready, 2 of before; ")


def test_a_rollout_out_of_its_log() -> None:
    lines = [
        (NOW, "Untested: Test."),
        (NOW, "0 of 2 new pods ready: a, b not yet"),
        (NOW + timedelta(seconds=10), "2 of 2 new pods ready"),
    ]
    found = pods.progressed("testing", lines)
    assert found is not None
    assert found.points == "10.0,70.0 10.0,70.0 310.0,70.0 310.0,10.0 318,10.0"
    assert found.sentence == "2 of 2 new pods were ready after 10 s"
    assert pods.progressed("testing", lines[:1]) is None
    back = [
        (NOW, "Failed: RollBack. It goes back."),
        (NOW + timedelta(seconds=20), "0 of 1 new pods ready: c not yet"),
    ]
    assert pods.progressed("testing", [*lines, *back]) == found, "pods of the way back did not come in"
    assert pods.progressed("testing", [*back, *lines]) is not None, "a person's way back has pods of its own"
