"""Buttons: who may press which, what a form must carry, and what the run is told."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from headway.decide.release.state import State
from headway.formats import signed_answer
from headway.model.record import Freeze
from headway.view import Looks, NamedCluster
from headway.view.runs import Waiting
from tests.view.places import NOW, Browser, FakeRuns, browser, cluster, csrf, sign_in, signing_in, status

FREEZE = Freeze(by="Kim", why="moving", at=NOW)
RELEASES = (
    status(version="1.1.0", state=State.FROZEN, freeze=FREEZE, waits="1.2.0"),
    status(environment="production"),
)
ACTIONS = ["release", "roll-back", "freeze", "lift", "answer"]
WAITING = Waiting(
    "run-1", "Release shop to testing", "http://prefect.example.com/1", "plan-1", "## shop\n<b>bold</b>"
)


@dataclass
class Stage:
    view: Browser
    runs: FakeRuns
    now: list

    def form(self, action: str, environment: str = "testing") -> dict[str, str]:
        """What its page would send."""
        page = self.view.get(f"/releases/shop/{environment}/{action}").text
        fields = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.partition("<main")[2])
        )
        chosen = {"choice": "freeze"} if action == "lift" else {}
        return {**fields, "reason": "orders fail", "answer": "approve", **chosen}

    def press(self, action: str, environment: str = "testing", **more: str):
        return self.view.post(
            f"/releases/shop/{environment}/{action}", data={**self.form(action, environment), **more}
        )

    @property
    def done(self) -> list:
        return [*self.runs.started, *self.runs.answered]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    real, _ = cluster(tmp_path)
    runs, now = FakeRuns(), [NOW]
    runs.waits = WAITING
    view = Looks([NamedCluster("here", lambda: real)], lambda _: RELEASES)
    with browser(view, signing_in(tmp_path), tmp_path, runs=runs, now=lambda: now[0]) as opened:
        yield Stage(opened, runs, now)


@pytest.mark.parametrize(
    ("action", "deployment", "parameters"),
    [
        ("release", "release/release", {"reason": "orders fail"}),
        ("roll-back", "roll-back/roll-back", {"reason": "orders fail"}),
        ("freeze", "freeze/freeze", {"reason": "orders fail"}),
        ("lift", "lift/lift", {"reason": "orders fail", "what": "freeze"}),
    ],
)
def test_it_starts_the_run_of_the_command_line_in_the_name_of_who_signed_in(
    stage: Stage, action: str, deployment: str, parameters: dict[str, str]
) -> None:
    sign_in(stage.view, "ada")
    answer = stage.press(action, by="somebody else", approver="somebody else")
    assert answer.status_code == 200
    who = {"application": "shop", "environment": "testing", "by": "ada"}
    assert stage.runs.started == [(deployment, {**who, **parameters})]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("who", "environment", "code"),
    [
        pytest.param(None, "testing", 401, id="nobody"),
        pytest.param("eve", "testing", 404, id="somebody without a role"),
        pytest.param("reader", "testing", 403, id="somebody who may look"),
        pytest.param("bob", "production", 404, id="somebody whose role is for another environment"),
    ],
)
def test_nothing_is_done_for_whoever_may_not(
    stage: Stage, action: str, who: str | None, environment: str, code: int
) -> None:
    form: dict[str, str] = {}
    if who:
        sign_in(stage.view, who)
        form = {
            "csrf": csrf(stage.view.get("/").text),
            "reason": "because",
            "answer": "approve",
            "run": "run-1",
            "plan": "plan-1",
        }
        assert form["csrf"]
        assert stage.view.get(f"/releases/shop/{environment}/{action}").status_code == code
    answer = stage.view.post(f"/releases/shop/{environment}/{action}", data=form)
    assert (answer.status_code, stage.done) == (code, [])


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("origin", "token", "code"),
    [
        pytest.param("https://evil.example.com", "", 403, id="sent by another site"),
        pytest.param("null", "", 403, id="sent by a page without an origin"),
        pytest.param("", "", 403, id="nobody says by which page it was sent"),
        pytest.param("http://127.0.0.1", "forged", 403, id="a token that is not the session's"),
        pytest.param("http://127.0.0.1", "another's", 403, id="the token of another session"),
        pytest.param("http://127.0.0.1", "none", 403, id="no token"),
    ],
)
def test_a_forged_form_does_nothing(stage: Stage, action: str, origin: str, token: str, code: int) -> None:
    sign_in(stage.view, "bob")
    others = csrf(stage.view.get("/").text)
    stage.view.cookies.clear()
    sign_in(stage.view, "ada")
    form = stage.form(action)
    form["csrf"] = {"": form["csrf"], "forged": "x", "another's": others, "none": ""}[token]
    answer = stage.view.post(f"/releases/shop/testing/{action}", origin=origin, data=form)
    assert (answer.status_code, stage.done) == (code, [])


@pytest.mark.parametrize("action", ACTIONS)
def test_a_session_that_has_ended_does_nothing(stage: Stage, action: str) -> None:
    sign_in(stage.view, "ada")
    form = stage.form(action)
    stage.now[0] = NOW.replace(day=NOW.day + 1)
    answer = stage.view.post(f"/releases/shop/testing/{action}", data=form)
    assert (answer.status_code, stage.done) == (401, [])
    assert "Your session has ended" in answer.text


@pytest.mark.parametrize("action", ACTIONS)
def test_a_link_does_nothing(stage: Stage, action: str) -> None:
    sign_in(stage.view, "ada")
    stage.view.get(f"/releases/shop/testing/{action}", params=stage.form(action))
    assert stage.done == []


@pytest.mark.parametrize("action", ["roll-back", "freeze", "lift"])
def test_without_a_reason_nothing_is_done(stage: Stage, action: str) -> None:
    sign_in(stage.view, "ada")
    answer = stage.press(action, reason="  \n ")
    assert (answer.status_code, stage.done) == (409, [])
    assert "no reason was given" in answer.text


def test_pressed_twice_it_is_one_run(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    form = stage.form("freeze")
    for _ in range(2):
        stage.view.post("/releases/shop/testing/freeze", data=form)
    stage.press("freeze")
    assert (len(stage.runs.once), len(set(stage.runs.once))) == (3, 2)


def test_the_page_says_where_a_roll_back_would_lead(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    page = stage.view.get("/releases/shop/testing/roll-back").text
    assert "Back to 1.0.0, revision 1." in page
    assert stage.press("roll-back", choice="1.0.0").status_code == 200
    assert stage.runs.started[0][1]["version"] == "1.0.0"
    assert stage.press("roll-back", choice="9.9.9").status_code == 409


@pytest.mark.parametrize(("pressed", "approved"), [("approve", True), ("reject", False)])
def test_an_answer_is_for_the_plan_that_was_shown(stage: Stage, pressed: str, approved: bool) -> None:
    sign_in(stage.view, "ada")
    page = stage.view.get("/releases/shop/testing/answer").text
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    form = {**stage.form("answer"), "answer": pressed}
    stage.runs.waits = Waiting("run-1", "n", "u", "plan-2", "another")
    answer = stage.view.post("/releases/shop/testing/answer", data=form)
    assert (answer.status_code, stage.done) == (409, [])
    stage.runs.waits = WAITING
    stage.view.post("/releases/shop/testing/answer", data=form)
    assert stage.runs.answered == [{"approved": approved, "approver": "ada", "comment": "orders fail"}]


def test_where_nothing_waits_nothing_can_be_answered(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    stage.runs.waits = None
    assert "No release waits for an answer" in stage.view.get("/releases/shop/testing/answer").text
    known = csrf(stage.view.get("/").text)
    assert stage.press("answer", csrf=known, run="run-1", plan="plan-1").status_code == 409
    assert stage.done == []


def test_an_answer_is_signed_where_the_view_has_a_key(tmp_path: Path) -> None:
    private, public = signed_answer.new_key()
    (tmp_path / "key").write_text(f"{private}\n")
    real, _ = cluster(tmp_path)
    runs = FakeRuns()
    runs.waits = WAITING
    said = signing_in(tmp_path).model_copy(update={"approval_key": "key"})
    with browser(
        Looks([NamedCluster("here", lambda: real)], lambda _: RELEASES), said, tmp_path, runs=runs
    ) as view:
        sign_in(view, "ada")
        Stage(view, runs, []).press("answer")
    (given,) = runs.answered
    signature = str(given.pop("signature"))
    assert signed_answer.is_signed(public, "run-1", "plan-1", given, signature)
    assert private.partition(":")[2] not in signature


def test_where_nobody_signs_in_nobody_can_do_anything(tmp_path: Path) -> None:
    real, _ = cluster(tmp_path)
    runs = FakeRuns()
    with browser(Looks([NamedCluster("here", lambda: real)], lambda _: RELEASES), runs=runs) as view:
        page = view.get("/releases/shop/testing").text
        assert "What you may do" not in page
        for action in ACTIONS:
            assert view.get(f"/releases/shop/testing/{action}").status_code == 403
            assert (
                view.post(f"/releases/shop/testing/{action}", data={"csrf": "", "reason": "x"}).status_code
                == 403
            )
    assert runs.started == []
