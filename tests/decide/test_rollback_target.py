"""What one may go back to, and what not."""

from datetime import UTC, datetime

import pytest

from headway.decide.release import rollback_target
from headway.decide.release.observation import Observation, Revision
from headway.decide.release.rollback_target import Target, ToPackage, ToRevision, Uninstall
from headway.errors import Refused
from headway.model.charts import ChartEntry
from headway.model.record import Attempt, Good, Hold, ReleaseRecord

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def good(version: str, revision: int) -> Good:
    return Good(
        revision=revision, chart_digest=f"sha256:{version}", values_digest="v", version=version, tested_at=NOW
    )


def attempt(version: str, revision: int) -> Attempt:
    return Attempt(
        chart_digest=f"sha256:{version}",
        values_digest="v",
        version=version,
        revision=revision,
        started_at=NOW,
        outcome="failed",
    )


def look(
    *revisions: tuple[int, str, str],
    goods: tuple[Good, ...] = (),
    attempts: tuple[Attempt, ...] = (),
    hold: Hold | None = None,
    desired: str | None = None,
) -> Observation:
    return Observation(
        now=NOW,
        desired=ChartEntry("shop", desired, f"sha256:{desired}", "u", NOW) if desired else None,
        values_digest="v",
        record=ReleaseRecord(
            application="shop",
            environment="testing",
            release="shop",
            good=goods,
            attempts=attempts,
            hold=hold,
        ),
        revisions=tuple(Revision(number, status, version, NOW) for number, status, version in revisions),
    )


FAILED = (attempt("3", 3),)
GOODS = (good("2", 2), good("1", 1))


@pytest.mark.parametrize(
    ("seen", "target"),
    [
        (
            look((3, "failed", "3"), (2, "deployed", "2"), goods=GOODS, attempts=FAILED),
            ToRevision(GOODS[0], 2),
        ),
        (look((3, "failed", "3"), goods=GOODS, attempts=FAILED), ToPackage(GOODS[0])),
        (look((3, "failed", "3"), (2, "deployed", "9"), goods=GOODS, attempts=FAILED), ToPackage(GOODS[0])),
        (look((1, "failed", "3"), attempts=(attempt("3", 1),)), Uninstall()),
        (look((2, "failed", "3"), (1, "failed", "2"), attempts=(attempt("3", 2),)), None),
        (look((3, "failed", "3"), attempts=FAILED), None),
    ],
    ids=[
        "last good is in the history",
        "history has lost it",
        "its number holds something else",
        "first install, all ours",
        "revision 1 is somebody else's",
        "beginning of the history is not known",
    ],
)
def test_automatic(seen: Observation, target: Target | None) -> None:
    assert rollback_target.automatic(seen) == target


HOLD = Hold(by="ada", why="slow", at=NOW, version="2", not_above="3")
ONE = HOLD.model_copy(update={"version": "1", "not_above": "2"})


@pytest.mark.parametrize(
    ("hold", "goes_to"),
    [(ONE, "1"), (ONE.model_copy(update={"version": "0"}), "2"), (None, "2")],
    ids=["the held one", "the held one was never good", "no hold"],
)
@pytest.mark.parametrize("desired", ["1", "3", None], ids=["held", "newer", "not known"])
def test_automatic_goes_to_what_is_held(hold: Hold | None, goes_to: str, desired: str | None) -> None:
    target = rollback_target.automatic(
        look((3, "failed", "3"), (2, "deployed", "2"), goods=GOODS, hold=hold, desired=desired)
    )
    assert isinstance(target, ToRevision | ToPackage)
    assert target.good.version == goes_to


NOT_OURS = Observation(now=NOW, desired=None)
RUNS_2 = look((2, "deployed", "2"), (1, "superseded", "1"), goods=GOODS, desired="2")


def test_person_goes_to_newest_good_with_other_content() -> None:
    assert rollback_target.for_person(RUNS_2).version == "1"


@pytest.mark.parametrize("status", ["pending-upgrade", "failed"])
def test_person_leaves_what_is_on_its_way(status: str) -> None:
    seen = look((3, status, "3"), (2, "deployed", "2"), goods=GOODS, attempts=FAILED, desired="3")
    assert rollback_target.for_person(seen).version == "2"


def test_person_goes_to_good_version_by_name() -> None:
    assert rollback_target.for_person(RUNS_2, "2").version == "2"


@pytest.mark.parametrize(
    ("seen", "version", "says"),
    [
        (RUNS_2, "3", "shop in testing: 3 never passed its tests here. Name one of: 2, 1"),
        (
            look((2, "deployed", "2"), goods=GOODS[:1]),
            None,
            "shop in testing: no other version has passed its tests here. Versions that have: 2.",
        ),
        (
            look((1, "deployed", "1")),
            None,
            "shop in testing: no other version has passed its tests here. Versions that have: none.",
        ),
        (
            NOT_OURS,
            None,
            "Headway has no record of this release. Adopt it first: headway release APPLICATION ENVIRONMENT --adopt",
        ),
    ],
    ids=["never passed", "nothing else", "nothing at all", "not ours"],
)
def test_person_is_refused(seen: Observation, version: str | None, says: str) -> None:
    with pytest.raises(Refused) as error:
        rollback_target.for_person(seen, version)
    assert str(error.value) == says


def test_nothing_is_held_where_nothing_is_ours() -> None:
    with pytest.raises(Refused) as error:
        rollback_target.hold(NOT_OURS, good("1", 1), by="ada", why="slow", now=NOW)
    assert str(error.value) == (
        "Headway has no record of this release. Adopt it first: headway release APPLICATION ENVIRONMENT --adopt"
    )


def gone_back(*others: tuple[int, str, str], **more: object) -> Observation:
    """Somebody brought 1 back, as revision 4."""
    return look((4, "deployed", "1"), *others, goods=GOODS, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seen", "not_above"),
    [
        (gone_back((3, "failed", "3"), (2, "superseded", "2"), attempts=FAILED, desired="3"), "3"),
        (gone_back((2, "superseded", "2"), desired="2"), "2"),
        (gone_back((2, "superseded", "2")), "2"),
        (gone_back((2, "superseded", "2"), desired="1"), None),
        (gone_back((1, "superseded", "1"), desired="2"), None),
    ],
    ids=[
        "from what failed",
        "from what ran",
        "from what ran, nothing desired",
        "to what is desired",
        "to what ran",
    ],
)
def test_what_was_brought_back_by_hand_is_held_where_something_was_left(
    seen: Observation, not_above: str | None
) -> None:
    record = rollback_target.restored(seen, GOODS[1], now=NOW, run="r")
    assert (record.hold.not_above if record.hold else None) == not_above
    assert (record.attempts[0].version, record.attempts[0].revision) == ("1", 4)
    if record.hold:
        assert (record.hold.by, record.hold.version) == ("a person", "1")
        assert record.hold.why == "helm brought it back by hand, as revision 4"
        assert record.audit[0].run == "r"


def test_what_nobody_brought_is_not_held() -> None:
    nothing = look(goods=GOODS)
    assert rollback_target.restored(nothing, GOODS[1], now=NOW) == nothing.record


@pytest.mark.parametrize(
    ("seen", "not_above"),
    [
        (RUNS_2, "2"),
        (look((2, "deployed", "2"), goods=GOODS, desired="3"), "3"),
        (look((2, "deployed", "2"), goods=GOODS), "2"),
        (look((3, "pending-upgrade", "3"), (2, "deployed", "2"), goods=GOODS, attempts=FAILED), "3"),
        (look((2, "deployed", "2"), goods=GOODS, hold=HOLD, desired="2"), "3"),
        (look((2, "deployed", "2"), goods=GOODS, hold=HOLD, desired="4"), "4"),
        (look(goods=GOODS), "1"),
    ],
    ids=[
        "what runs",
        "what waits at the gate",
        "nothing desired",
        "nothing desired, and something on its way",
        "second roll back keeps the first",
        "hold had ended",
        "nothing desired, and nothing runs",
    ],
)
def test_hold_keeps_out_what_was_left(seen: Observation, not_above: str) -> None:
    record = rollback_target.hold(seen, good("1", 1), by="ada", why="slow", now=NOW)
    assert record.hold == Hold(by="ada", why="slow", at=NOW, version="1", not_above=not_above)
