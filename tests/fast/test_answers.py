"""An answer at the gate is kept, for the plan that was shown: whatever becomes of the run, somebody else's run, the worker."""

import json
import re
from contextlib import suppress
from uuid import UUID

import pytest
from prefect.states import Cancelled

from flows import approval, flow_runs
from flows.approval import ONLY_THERE
from flows.deliver import deliver
from flows.release_runs import KnownRuns
from headway.cli import approvals
from headway.decide.release import starting
from headway.decide.release.starting import ReleaseRun
from headway.decide.review import plan_markdown
from headway.errors import BadInput
from headway.formats import signed_answer
from headway.workspace.release_context import ReleaseContext
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.memory.helm import RunKilled
from tests.fast.shop import Shop
from tests.fast.test_surroundings import held

GATE = {"gate": "approval", "settle": "0s"}


@pytest.fixture
def gated(make_shop: MakeShop) -> Shop:
    """0.1.0 waits for approval, and nothing is installed."""
    shop = make_shop(supplied=True, environments=("testing",), testing=GATE)
    assert shop.deliver() == [("testing", "Suspended")]
    return shop


@pytest.fixture
def with_one(make_shop: MakeShop) -> Shop:
    """0.1.0 runs and is good, 0.1.1 waits for approval."""

    def approve(made: Shop) -> None:
        assert made.deliver() == [("testing", "Suspended")]
        prefect_runs.answer(waiting(), approved=True, comment="checked")
        assert prefect_runs.work() == [("testing", "Released")]
        made.change_code()

    shop = make_shop(supplied=True, environments=("testing",), testing=GATE, then=approve)
    assert shop.deliver() == [("testing", "Suspended")]
    return shop


def asked(shop: Shop) -> tuple[str, str] | None:
    """Which version the gate asks about, in which run, by the record."""
    said = shop.record().get("asked")
    return (said["version"], said["run"]) if said else None


def waiting() -> UUID:
    """The newest run that waits."""
    return next(
        run.id for run in reversed(prefect_runs.release_runs()) if run.state and run.state.is_paused()
    )


@pytest.mark.story
def test_what_was_cancelled_is_found_behind_many_runs_of_others(
    gated: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Prefect server gives some runs at a time, those of all applications among each other."""
    monkeypatch.setattr(flow_runs, "PAGE", 1)
    prefect_runs.cancel(waiting())
    for number in range(3):
        others = prefect_runs.start_by_hand("testing", application=f"another-{number}")
        prefect_runs.put(others, Cancelled(name="Cancelled"))
    assert gated.deliver() == [], "it is not asked again"
    assert "was cancelled before it was answered" in gated.report()


@pytest.mark.story
def test_what_was_approved_while_a_look_was_under_way_is_not_superseded(
    with_one: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, read = waiting(), KnownRuns.unended_or_answered

    def answered_right_after(known: KnownRuns, context: ReleaseContext) -> list[ReleaseRun]:
        found = read(known, context)
        with suppress(AssertionError):
            prefect_runs.answer(run, approved=True)
        return found

    monkeypatch.setattr(KnownRuns, "unended_or_answered", answered_right_after)
    with_one.change_code(text="package main // newer\n")
    assert with_one.deliver()[0] == ("testing", "Released")
    assert with_one.good() == ["0.1.1", "0.1.0"]


def test_the_record_says_which_version_is_asked_about_until_a_newer_one_takes_its_place(
    make_shop: MakeShop,
) -> None:
    patient = {"gate": "approval", "settle": "1h"}
    shop = make_shop(supplied=True, environments=("testing",), testing=patient)
    assert shop.deliver() == [("testing", "Suspended")]
    assert shop.record() == {}, "nothing is written before the first change"
    prefect_runs.answer(waiting(), approved=True)
    assert shop.work() == [("testing", "Released")]
    shop.change_code()
    assert shop.deliver() == [("testing", "Suspended")]
    asks = ("0.1.1", str(waiting()))
    assert asked(shop) == asks
    before = shop.record()
    shop.change_code(text="package main // newer\n")
    assert shop.deliver() == [], "somebody reads its plan"
    assert (
        "'Release shop to testing' waits for approval of 0.1.1, whose place this one takes at "
        in shop.report()
    )
    assert shop.record() == before
    shop.git.replace("headway.yaml", "settle: 1h", "settle: 0s")
    assert shop.deliver() == [("testing", "Suspended")]
    assert asked(shop) == ("0.1.3", str(waiting())) != asks


def test_a_release_that_is_started_by_hand_takes_the_place_of_one_that_waits(with_one: Shop) -> None:
    older = waiting()
    with_one.git.replace("headway.yaml", "settle: 0s", "settle: 1h")
    with_one.change_code(text="package main // newer\n")
    assert with_one.deliver() == [], "somebody reads its plan"
    by_hand = prefect_runs.start_by_hand("testing")
    assert with_one.work() == [("testing", "Suspended")]
    assert re.match(r"Superseded: 0\.1\.\d is wanted by now\.", prefect_runs.state(older))
    assert waiting() == by_hand
    asks = asked(with_one)
    assert asks
    assert asks[1] == str(by_hand)


@pytest.mark.story
def test_what_is_not_asked_any_more_is_not_in_the_record(with_one: Shop) -> None:
    assert asked(with_one) == ("0.1.1", str(waiting()))
    prefect_runs.cancel(waiting())
    assert with_one.deliver() == []
    assert asked(with_one) is None, "it was cancelled before it was answered"
    with_one.change_code(text="package main // newer\n")
    assert with_one.deliver() == [("testing", "Suspended")]
    assert asked(with_one) == ("0.1.2", str(waiting()))
    with_one.git.replace("headway.yaml", "settle: 0s", "settle: 0s\n    frozen: true")
    assert with_one.deliver() == []
    assert asked(with_one) is None, "what waited was superseded"


def test_who_approved_is_in_the_record_in_helms_history_and_told(with_one: Shop) -> None:
    prefect_runs.events()
    prefect_runs.answer(waiting(), approved=True, comment="looks good")
    assert prefect_runs.work() == [("testing", "Released")]
    assert with_one.audit() == [
        ("approved", "0.1.1", "Ada", "looks good"),
        ("approved", "0.1.0", "Ada", "checked"),
    ]
    newest = with_one.record()["audit"][0]
    assert newest["digest"] == with_one.record()["good"][0]["chart_digest"]
    assert newest["run"] == str(prefect_runs.release_runs()[-1].id)
    first, second = with_one.descriptions()
    assert first.endswith("(approved by Ada: checked)")
    assert second == f"Headway: shop 0.1.1 {newest['digest']} (approved by Ada: looks good)"
    told = [said for name, said in prefect_runs.events() if name == "headway.release.decided"]
    assert [(said["decision"], said["by"], said["why"], said["digest"]) for said in told] == [
        ("approved", "Ada", "looks good", newest["digest"])
    ]


@pytest.mark.story
def test_who_rejected_is_in_the_record_and_nothing_is_barred(with_one: Shop) -> None:
    prefect_runs.answer(waiting(), approved=False, comment="not on a Friday")
    assert prefect_runs.work() == [("testing", "Rejected")]
    assert asked(with_one) is None
    assert with_one.audit()[0] == ("rejected", "0.1.1", "Ada", "not on a Friday")
    assert with_one.rejected() == []
    assert with_one.deliver() == []
    assert "headway release shop testing asks again" in with_one.report()


@pytest.mark.story
def test_an_approval_outlives_a_run_that_finds_another_one_at_work(with_one: Shop) -> None:
    prefect_runs.answer(waiting(), approved=True)
    with held(with_one):
        assert prefect_runs.work() == [("testing", "Handed over")]
    assert with_one.record()["approval"]["by"] == "Ada"
    assert asked(with_one) is None
    assert with_one.deliver() == [("testing", "Released")], "nobody is asked again"
    assert with_one.good() == ["0.1.1", "0.1.0"]
    assert with_one.record()["approval"] is None
    assert with_one.descriptions()[-1].endswith("(approved by Ada)")


@pytest.mark.story
def test_it_is_the_version_that_was_approved_that_comes_though_a_newer_one_is_offered(with_one: Shop) -> None:
    prefect_runs.answer(waiting(), approved=True)
    with held(with_one):
        prefect_runs.work()
    with_one.change_code(text="package main // newer\n")
    assert with_one.deliver() == [("testing", "Released")]
    assert with_one.good()[0] == "0.1.1"
    assert with_one.deliver() == [("testing", "Suspended")]
    assert "0.1.2" in prefect_runs.question(waiting())


@pytest.mark.story
def test_a_release_that_was_cut_off_goes_on_with_what_was_approved(with_one: Shop) -> None:
    prefect_runs.answer(waiting(), approved=True)
    with_one.mishap("0.1.1", "the run is killed")
    with pytest.raises(RunKilled):
        prefect_runs.work()
    with_one.cluster().away = False
    with_one.time_passes("testing")
    assert with_one.deliver() == [("testing", "Released")]
    assert with_one.good()[0] == "0.1.1"


@pytest.mark.story
def test_what_waits_for_its_surroundings_is_not_asked_again(with_one: Shop) -> None:
    prefect_runs.answer(waiting(), approved=True)
    with_one.mishap("0.1.1", "429 too many requests")
    assert prefect_runs.work() == [("testing", "Failed")]
    with_one.time_passes("testing")
    assert with_one.deliver() == [("testing", "Released")]


@pytest.fixture
def changed(with_one: Shop) -> Shop:
    """While 0.1.1 waits for approval, somebody runs helm: another revision is the one to start from."""
    with_one.rollback_by_hand(1)
    assert with_one.deliver() == [("testing", "Waiting")], "no second run asks about the same version"
    assert with_one.history() == [(1, "superseded", "0.1.0"), (2, "deployed", "0.1.0")]
    return with_one


def test_where_the_plan_has_changed_a_person_is_asked_again_and_told_what(changed: Shop) -> None:
    prefect_runs.answer(waiting(), approved=True)
    assert prefect_runs.work() == [("testing", "Suspended")]
    asked = json.loads(prefect_runs.question(waiting()))
    assert "### Changed since the answer" in asked
    assert "Ada approved 0.1.1 at " in asked
    assert "revision 2 runs, and revision 1 ran then" in asked
    assert [entry[0] for entry in changed.audit()] == ["lapsed", "approved", "approved"]
    assert changed.audit()[0][2:] == ("headway", "since then: revision 2 runs, and revision 1 ran then")
    prefect_runs.answer(waiting(), approved=True)
    assert prefect_runs.work() == [("testing", "Released")]
    assert changed.good()[0] == "0.1.1"


@pytest.mark.story
def test_a_rejection_is_for_the_version_and_holds_whatever_has_changed(changed: Shop) -> None:
    prefect_runs.answer(waiting(), approved=False)
    assert prefect_runs.work() == [("testing", "Rejected")]
    assert changed.deliver() == []
    assert changed.audit()[0][:2] == ("rejected", "0.1.1")


@pytest.mark.story
def test_what_was_approved_and_may_not_be_released_any_more_is_said(with_one: Shop) -> None:
    approved = with_one.record()["good"]
    prefect_runs.answer(waiting(), approved=True)
    with held(with_one):
        prefect_runs.work()
    with_one.change_code(text="package main // newer\n")
    with_one.git.replace("headway.yaml", "settle: 0s", "settle: 0s\n    versions: '!=0.1.1'")
    assert with_one.deliver() == [("testing", "Suspended")]
    assert with_one.record()["good"] == approved
    assert "0.1.1 is not to be released any more" in prefect_runs.question(waiting())
    assert with_one.record()["approval"] is None


@pytest.mark.story
def test_the_api_server_is_away_for_a_moment_and_the_answer_is_not_lost(
    with_one: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def comes_back(_: float) -> None:
        with_one.cluster().away = False

    monkeypatch.setattr("flows.approval.time.sleep", comes_back)
    prefect_runs.answer(waiting(), approved=True)

    def goes_away() -> None:
        with_one.cluster().away = True

    with with_one.quarrel("testing", "PUT /configmaps", goes_away):
        assert prefect_runs.work() == [("testing", "Released")]
    assert with_one.good()[0] == "0.1.1"


@pytest.mark.story
def test_an_answer_no_that_cannot_be_written_down_is_a_no(
    with_one: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.approval.PAUSES_SECONDS", ())
    prefect_runs.answer(waiting(), approved=False)

    def goes_away() -> None:
        with_one.cluster().away = True

    with with_one.quarrel("testing", "PUT /configmaps", goes_away):
        assert prefect_runs.work() == [("testing", "Rejected")]
    with_one.cluster().away = False
    assert with_one.deliver() == []


@pytest.mark.story
def test_a_run_that_waits_without_its_form_is_replaced(
    with_one: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = waiting()
    prefect_runs.lose_form(lost)
    assert with_one.deliver() == [], "it may be about to get one"
    monkeypatch.setattr(starting, "ON_ITS_WAY", starting.ON_ITS_WAY * 0)
    assert with_one.deliver() == [("testing", "Suspended")]
    assert prefect_runs.state(lost) == "Superseded: Its form was lost: another run asks."
    assert "0.1.1" in prefect_runs.question(waiting())


@pytest.mark.story
def test_the_command_explains_a_form_that_is_lost(with_one: Shop) -> None:
    prefect_runs.lose_form(waiting())
    with pytest.raises(BadInput, match=r"Prefect has lost its form.*headway deliver shop"):
        approvals.answer(with_one.name, "testing", approved=True, approver="Ada", comment="")


def test_a_command_answers_for_the_version_that_is_meant_alone(
    with_one: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"approved": True, "approver": "Ada", "comment": ""}
    with pytest.raises(BadInput, match=r"it asks about 0\.1\.1, not about 0\.1\.2"):
        approvals.answer(with_one.name, "testing", **said, version="0.1.2")
    assert prefect_runs.state(waiting()).startswith("Suspended")
    approvals.show(with_one.name, "testing")
    assert "```diff" in capsys.readouterr().out
    approvals.answer(with_one.name, "testing", **said, version="0.1.1")
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first == "## shop in testing: 0.1.0 → 0.1.1"
    assert last.endswith(": 0.1.1 approved by Ada")
    assert any(line.startswith("### Resources: ") for line in lines)
    assert not any("```" in line or line.startswith(("+", "`")) for line in lines), (
        "what differs was read before"
    )


def test_a_command_prints_the_whole_plan_where_it_is_told_to(
    with_one: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"approved": False, "approver": "Ada", "comment": "", "whole": True}
    approvals.answer(with_one.name, "testing", **said)
    assert "```diff" in capsys.readouterr().out


def test_programs_are_given_the_whole_plan_or_told_that_it_is_cut(
    gated: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prefect_runs.answer(waiting(), approved=True, comment="checked")
    prefect_runs.work()
    gated.change_code()
    monkeypatch.setattr(plan_markdown, "LINES_PER_RESOURCE", 1)
    assert gated.deliver() == [("testing", "Suspended")]
    capsys.readouterr()
    told = []
    for left in (approvals._left_by, lambda *_: ""):
        monkeypatch.setattr(approvals, "_left_by", left)
        assert approvals.plan_now(gated.name, "testing", "json")
        told.append(json.loads(capsys.readouterr().out))
    assert [each["cut"] for each in told] == [False, True]
    assert ["more lines: the whole is in artifact" in each["text"] for each in told] == [False, True]


@pytest.mark.story
def test_a_run_that_was_answered_and_is_run_again_asks_again(with_one: Shop) -> None:
    """Retry in the UI, of a run that ended long ago."""
    run = waiting()
    prefect_runs.answer(run, approved=True)
    prefect_runs.work()
    before = with_one.everything()
    prefect_runs.retry(run)
    assert prefect_runs.work() == [("testing", "In sync")]
    assert with_one.everything() == before


@pytest.mark.parametrize("form", [None, {}, {"approved": True}], ids=["none", "empty", "without a name"])
def test_a_run_that_is_resumed_without_its_form_releases_nothing_and_says_so(
    form: dict[str, object] | None, with_one: Shop
) -> None:
    before = with_one.history(), with_one.audit()
    run = waiting()
    prefect_runs.resume_past_the_form(run, form)
    assert prefect_runs.work() == [("testing", "Answer refused")]
    assert approval.NO_FORM in prefect_runs.state(run)
    assert (with_one.history(), with_one.audit()) == before
    # As the next look does, but for the minute in which it takes the run that was refused for its own.
    prefect_runs.start_by_hand("testing")
    assert prefect_runs.work() == [("testing", "Suspended")], "it is asked again"
    prefect_runs.answer(waiting(), approved=True)
    assert prefect_runs.work() == [("testing", "Released")]


@pytest.mark.story
def test_looks_while_it_waits_write_nothing(with_one: Shop) -> None:
    before = with_one.everything()
    deliver(with_one.name)
    assert with_one.everything() == before


PRIVATE, PUBLIC = signed_answer.new_key()


@pytest.fixture
def signed(make_shop: MakeShop) -> Shop:
    """0.1.0 waits for an approval that Ada or Bob give in the release view."""
    policy = {"gate": "approval", "settle": "0s", "approval_key": PUBLIC, "approvers": "[Ada, Bob]"}
    shop = make_shop(supplied=True, environments=("testing",), testing=policy)
    assert shop.deliver() == [("testing", "Suspended")]
    return shop


def test_an_answer_that_is_not_given_in_the_release_view_counts_for_nothing(signed: Shop) -> None:
    run = waiting()
    assert ONLY_THERE in prefect_runs.question(run)
    prefect_runs.answer(run, approved=True, comment="anybody may type a name")
    assert prefect_runs.work() == [("testing", "Answer refused")]
    assert (signed.audit(), signed.good()) == ([], [])
    # As the next look does, but for the minute in which it takes the run that was refused for its own.
    prefect_runs.start_by_hand("testing")
    assert prefect_runs.work() == [("testing", "Suspended")], "it is asked again"
    again = waiting()
    plan = prefect_runs.plan_key(again)
    said = {"approved": True, "approver": "Ada", "comment": "seen"}
    signature = signed_answer.sign(PRIVATE, str(again), plan, said)
    prefect_runs.answer(again, approved=True, comment="seen", signature=signature)
    assert prefect_runs.work() == [("testing", "Released")]
    assert signed.audit() == [("approved", "0.1.0", "Ada", "seen")]
