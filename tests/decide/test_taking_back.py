"""What is taken back in git after a version has failed: by `revert`, and as far as git and the record know of last good."""

from datetime import UTC, datetime

import pytest

from headway.decide.supply import full_revert, taking_back
from headway.decide.supply.application_inverse import Failure
from headway.decide.supply.full_revert import PeoplesChanges
from headway.decide.supply.taking_back import Examined
from headway.model.edits import Commit, Edit
from headway.model.record import Good, ReleaseRecord

MADE_FROM = "c" * 40
TESTED = datetime(2026, 11, 23, 10, tzinfo=UTC)
GOOD = Good(revision=1, chart_digest="sha256:1", values_digest="v", version="1.0.0", tested_at=TESTED)
RECORD = ReleaseRecord(application="shop", environment="testing", release="shop", good=(GOOD,))
NEW = ReleaseRecord(application="shop", environment="testing", release="shop")
FAILURE = Failure("testing", "1.0.1", "sha256:2", "the Job buy-something failed", TESTED)


def missing(image: str) -> str:
    return f"values.yaml: the image {image} is not in the registry"


@pytest.mark.parametrize(
    ("now", "of_last_good", "since"),
    [
        pytest.param([missing("cart:main-2")], [], [missing("cart:main-2")], id="the new image is missing"),
        pytest.param(
            [missing("cart:main-2"), missing("tests:1")],
            [missing("cart:main-1"), missing("tests:1")],
            [],
            id="no image is shown to anybody any more",
        ),
        pytest.param(
            [missing("cart:main-2"), missing("queue:main-2")],
            [missing("queue:main-1")],
            [missing("cart:main-2")],
            id="last good misses another one",
        ),
        pytest.param(
            ["shop 1.0.1: cart 0.1.2 is not offered"],
            ["shop 1.0.0: cart 0.1.1 is not offered"],
            [],
            id="a repository of charts was emptied",
        ),
        pytest.param(
            ["cart 0.1.2: replicas is no number"],
            ["cart 0.1.1: ports is no list"],
            ["cart 0.1.2: replicas is no number"],
            id="the chart is wrong in another place",
        ),
        pytest.param(
            [missing("cart:main-22")], [missing("cart:main-1")], [missing("cart:main-22")], id="of no input"
        ),
    ],
)
def test_what_was_found_since_last_good(now: list[str], of_last_good: list[str], since: list[str]) -> None:
    found = taking_back.found_since(
        Examined(tuple(now), frozenset({"1.0.1", "main-2", "0.1.2"})),
        Examined(tuple(of_last_good), frozenset({"1.0.0", "main-1", "0.1.1", ""})),
    )
    assert list(found) == since


@pytest.mark.parametrize(
    ("revert", "made_from", "held", "record", "why"),
    [
        pytest.param("own", MADE_FROM, True, RECORD, "", id="own edits go back"),
        pytest.param("all", MADE_FROM, True, RECORD, "", id="all edits go back"),
        pytest.param("never", MADE_FROM, True, RECORD, "revert: never", id="git is people's alone"),
        pytest.param(
            "own",
            "",
            False,
            RECORD,
            "its package does not say from which commit it was made",
            id="a package that somebody else made",
        ),
        pytest.param(
            "own",
            MADE_FROM,
            False,
            RECORD,
            "the commit that it was made from, cccccccccccc, is not to be had any more",
            id="history was rewritten",
        ),
        pytest.param("own", MADE_FROM, True, NEW, taking_back.NOTHING_GOOD, id="the first version failed"),
        pytest.param("own", MADE_FROM, True, None, taking_back.NOTHING_GOOD, id="the record is gone"),
    ],
)
def test_what_stays_in_git(
    revert: str, made_from: str, held: bool, record: ReleaseRecord | None, why: str
) -> None:
    assert taking_back.left_as_it_is(revert, made_from, record, made_from_is_held=held) == why


def commit(sha: str, *, own: bool, hours: int = 0) -> Commit:
    message = "Use cart 2\n\nHeadway-Stage: update-application\n" if own else "Change a value\n"
    return Commit(sha, (), "a <a@example.com>", int(TESTED.timestamp()) + hours * 3600, message)


@pytest.mark.parametrize(
    ("history", "of_last_good", "own"),
    [
        pytest.param("h4 p3 h2 h1", "h1 p0", ["h2", "h4"], id="beyond last good, the oldest first"),
        pytest.param("p4 p3 h1", "h1", [], id="people's alone"),
        pytest.param("h2 h1", "h2 h1", [], id="the same content failed later"),
        pytest.param("h2 h0 h-1", "", ["h0", "h2"], id="adopted: from then on"),
    ],
)
def test_headways_own_commits(history: str, of_last_good: str, own: list[str]) -> None:
    commits = [commit(each, own=each[0] == "h", hours=int(each[1:])) for each in history.split()]
    found = taking_back.own_commits(commits, set(of_last_good.split()), RECORD)
    assert [each.sha for each in found] == own


@pytest.mark.parametrize(
    ("good", "failed", "now", "put_back", "notes"),
    [
        pytest.param({"a": b"1"}, {"a": b"1"}, {"a": b"2"}, {}, (), id="was no part of the failure"),
        pytest.param(
            {"a": b"1"}, {"a": b"2"}, {"a": b"2"}, {"a": b"1"}, ("- a: as last good had it",), id="changed"
        ),
        pytest.param({}, {"a": b"2"}, {"a": b"2"}, {"a": None}, ("- a: as last good had it",), id="added"),
        pytest.param({"a": b"1"}, {}, {}, {"a": b"1"}, ("- a: as last good had it",), id="taken away"),
        pytest.param(
            {"a": b"1"}, {"a": b"2"}, {"a": b"3"}, {}, ("- a: changed since, left as it is",), id="and again"
        ),
        pytest.param({"a": b"1"}, {"a": b"2"}, {"a": b"1"}, {}, (), id="somebody was quicker"),
        pytest.param(
            {"app/headway.yaml": b"1"},
            {"app/headway.yaml": b"2"},
            {"app/headway.yaml": b"2"},
            {},
            ("- app/headway.yaml: left as it is, since it holds policy",),
            id="policy",
        ),
        pytest.param(
            {".headway/quarantine.yaml": b"1"},
            {".headway/quarantine.yaml": b"2", "z": b"2"},
            {".headway/quarantine.yaml": b"2", "z": b"2"},
            {"z": None},
            ("- z: as last good had it",),
            id="the quarantine stays",
        ),
    ],
)
def test_peoples_changes(
    good: dict[str, bytes],
    failed: dict[str, bytes],
    now: dict[str, bytes],
    put_back: dict[str, bytes | None],
    notes: tuple[str, ...],
) -> None:
    assert full_revert.of_version(good, failed, now) == PeoplesChanges(put_back, notes)


def test_a_file_of_policy_beside_headway_yaml_is_no_content_either() -> None:
    good, failed = {"ops/policy.yaml": b"1", "policy.yaml": b"1"}, {"ops/policy.yaml": b"2"}
    put_back = {"policy.yaml": b"1"}
    notes = (
        "- ops/policy.yaml: left as it is, since it holds policy",
        "- policy.yaml: as last good had it",
    )
    assert full_revert.of_version(good, failed, failed, "ops/policy.yaml") == PeoplesChanges(put_back, notes)


PEOPLES = PeoplesChanges({"a": b"1"}, ("- a: as last good had it",))
OWN = Edit({"values.yaml": b"x"}, "Take cart back", "cart goes back\n", {"Headway-Stage": "withdraw"})


def test_headways_and_peoples_changes_are_one_commit() -> None:
    assert full_revert.joined(OWN, PEOPLES, FAILURE) == Edit(
        {"a": b"1", "values.yaml": b"x"},
        "Take cart back",
        "cart goes back\n\n- a: as last good had it",
        {"Headway-Stage": "withdraw"},
    )


def test_peoples_changes_alone_say_why() -> None:
    assert full_revert.joined(Edit({}, "nothing of ours"), PEOPLES, FAILURE) == Edit(
        {"a": b"1"},
        "Take 1.0.1 back: it failed in testing",
        "1.0.1 failed in testing: the Job buy-something failed\n\n- a: as last good had it",
    )


def test_headways_own_alone_stay_as_they_are() -> None:
    assert full_revert.joined(OWN, PeoplesChanges({}, ("- headway.yaml: left",)), FAILURE) == OWN
