"""Buttons: who may press which, what a form must carry, and what the run is told."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from headway.decide.release.state import State
from headway.errors import BadInput, HeadwayError, Unreachable
from headway.formats import signed_answer
from headway.model.record import Freeze, Good, Hold, Rejection, ReleaseRecord
from headway.view import Looks, NamedCluster, actions
from headway.view.base import View
from headway.view.looks import Seen
from headway.view.runs import Report, Waiting
from tests.view.places import (
    MANIFEST,
    NOW,
    Browser,
    FakeRuns,
    browser,
    cluster,
    csrf,
    recorded,
    sign_in,
    signing_in,
    status,
    stored,
)

FREEZE = Freeze(by="Kim", why="moving", at=NOW)
HOLD = Hold(by="Kim", why="slow", at=NOW, version="1.1.0", not_above="1.1.1")
RELEASES = (
    status(environment="dev", version="1.3.0"),
    status(version="1.1.0", waits="1.2.0", hold=HOLD),
    status(environment="production", state=State.FROZEN, freeze=FREEZE),
)
ACTIONS = ["release", "promote", "run-tests", "roll-back", "freeze", "lift", "answer"]
WAITING = Waiting(
    "run-1", "Release shop to testing", "http://prefect.example.com/1", "plan-1", "## shop\n<b>bold</b>"
)


GOOD_IN_DEV = [
    Good(revision=r, chart_digest=f"sha256:{v}", values_digest="v", version=v, tested_at=NOW)
    for r, v in ((2, "1.3.0"), (1, "1.2.0"))
]
IN_DEV = ReleaseRecord(application="shop", environment="dev", release="shop", good=tuple(GOOD_IN_DEV))


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
        chosen = {"lift": {"choice": "hold"}, "promote": {"choice": "1.3.0"}}.get(action, {})
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
    real, server = cluster(tmp_path)
    server.store.create(
        "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop-dev"}}
    )
    recorded(server, IN_DEV)
    for revision, version, tag in ((1, "1.2.0", "main-2222222"), (2, "1.3.0", "main-3333333")):
        stored(server, "shop-dev", "shop", revision, version, MANIFEST.replace("main-1a2b3c4", tag))
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
        ("lift", "lift/lift", {"reason": "orders fail", "what": "hold"}),
        ("promote", "release/release", {"reason": "orders fail", "promote": "1.3.0"}),
        ("run-tests", "run-tests/run-tests", {"reason": "orders fail"}),
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


@pytest.mark.parametrize("action", ["promote", "roll-back", "freeze", "lift"])
def test_without_a_reason_nothing_is_done(stage: Stage, action: str) -> None:
    sign_in(stage.view, "ada")
    answer = stage.press(action, reason="  \n ")
    assert (answer.status_code, stage.done) == (409, [])
    assert "no reason was given" in answer.text


BARRED = Rejection(chart_digest="sha256:2", version="1.2.0", reason="a test says no", at=NOW)
WITHDRAWN = BARRED.model_copy(update={"version": "1.3.0", "propagated_to": ("repository", "git")})


@pytest.mark.parametrize(
    ("rejected", "choices", "says"),
    [
        pytest.param((BARRED, WITHDRAWN), ["1.2.0"], "looked at again at once", id="one of them"),
        pytest.param(
            (WITHDRAWN,),
            [],
            "1.3.0 was withdrawn: mend it and push, and the next change gets a new version",
            id="none",
        ),
    ],
)
def test_what_was_withdrawn_is_not_offered_to_be_lifted(
    rejected: tuple[Rejection, ...], choices: list[str], says: str
) -> None:
    found = Seen("here", status(rejected=rejected))
    outlook = actions.outlook("lift", actions.Scene(cast(View, None), found))
    assert ([each.value for each in outlook.choices], says in " ".join(outlook.sentences)) == (choices, True)


def test_the_page_of_a_freeze_says_that_it_is_frozen_already(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    said = "It is frozen already, by Kim: moving. This freeze takes the place of that one."
    pages = [stage.view.get(f"/releases/shop/{each}/freeze").text for each in ("production", "testing")]
    assert [said in each for each in pages] == [True, False]


def test_a_browser_asks_for_the_reason_of_a_rejection_alone(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    page = stage.view.get("/releases/shop/testing/answer").text
    assert re.search('id="reason"[^>]* required>', page)
    assert re.search('value="approve"[^>]* formnovalidate>', page)
    assert "formnovalidate" not in page.partition('value="reject"')[2]


@pytest.mark.parametrize("action", ["promote", "lift"])
def test_what_has_to_be_chosen_is_not_guessed(stage: Stage, action: str) -> None:
    sign_in(stage.view, "ada")
    answer = stage.press(action, choice="")
    assert (answer.status_code, stage.done) == (409, [])
    assert "nothing was chosen" in answer.text


def test_pressed_twice_it_is_one_run(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    form = stage.form("freeze")
    for _ in range(2):
        stage.view.post("/releases/shop/testing/freeze", data=form)
    stage.press("freeze")
    assert (len(stage.runs.once), len(set(stage.runs.once))) == (3, 2)


@pytest.mark.parametrize(
    ("once", "code"),
    [
        pytest.param(f"{NOW.timestamp() - 3599:.0f}-x", 200, id="of an hour ago"),
        pytest.param(
            f"{NOW.timestamp() - 3600:.0f}-x", 409, id="of yesterday: it would be told the run of then"
        ),
        pytest.param(f"{NOW.timestamp() + 3600:.0f}-x", 409, id="of tomorrow"),
        pytest.param("x", 409, id="none of ours"),
        pytest.param("", 200, id="none: each time anew"),
    ],
)
def test_a_page_of_long_ago_starts_nothing_and_says_so(stage: Stage, once: str, code: int) -> None:
    sign_in(stage.view, "ada")
    answer = stage.view.post("/releases/shop/testing/freeze", data=stage.form("freeze") | {"once": once})
    assert (answer.status_code, len(stage.runs.once)) == (code, int(code == 200))
    assert ("opened more than an hour ago; nothing was done" in answer.text) == (code == 409)


def test_the_page_says_where_a_roll_back_would_lead(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    page = stage.view.get("/releases/shop/testing/roll-back").text
    assert "Back to 1.0.0, revision 1." in page
    texts = re.findall("<option[^>]*>([^<]*)</option>", page)[1:]
    assert [each.endswith("UTC: it runs, and is held from then on") for each in texts] == [True, False]
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


def page(stage: Stage, action: str, **query: str) -> str:
    """As text, without markup."""
    said = stage.view.get(f"/releases/shop/testing/{action}", params=query).text
    return html.unescape(re.sub("<[^>]+>", "", said.partition("<main")[2]))


def left(version: str, text: str, *, after: timedelta = timedelta()) -> Report:
    at = NOW - timedelta(hours=1) + after
    return Report(f"What releasing {version} to testing changes", at, text, "http://prefect.example.com/9")


PLAN = "## 1.1.0 → 1.2.0\n\n- a list\n\n```diff\n-image: <old>\n+image: new\n```\n"


def test_the_page_of_a_release_shows_the_plan_that_was_made_of_what_waits(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    stage.runs.waits = None
    assert "No plan of it has been made since what runs was deployed." in page(stage, "release")
    stage.runs.kept = [left("1.1.9", "another version"), left("1.2.0", PLAN)]
    assert "- a list" in page(stage, "release")
    assert "another version" not in page(stage, "release")
    markup = stage.view.get("/releases/shop/testing/release").text
    assert '<span class="removed">-image: &lt;old&gt;' in markup
    assert '<span class="">- a list' in markup, "what a diff removes is told from a list"
    stage.runs.kept = [left("1.2.0", PLAN, after=timedelta(days=-1))]
    assert "a list" not in page(stage, "release"), "it was made before what runs now"
    stage.runs.waits = WAITING
    assert "A release waits for an answer already: this is its plan." in page(stage, "release")


def test_a_plan_is_made_without_a_reason_and_changes_nothing(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    form = stage.form("promote")
    stage.view.post("/releases/shop/testing/promote", data={**form, "reason": "", "only": "plan"})
    (deployment, told) = stage.runs.started[0]
    assert (deployment, told["dry_run"], told["promote"], told["by"]) == (
        "release/release",
        True,
        "1.3.0",
        "ada",
    )
    for _ in range(2):
        stage.view.post("/releases/shop/testing/promote", data=form)
    assert "dry_run" not in stage.runs.started[1][1]
    assert len(set(stage.runs.once)) == 2, "the same page, pressed for something else"
    stage.press("freeze", only="plan")
    assert "dry_run" not in stage.runs.started[-1][1], "a freeze has no plan"


def test_the_page_of_a_promotion_offers_what_was_tested_before_and_what_it_brings(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    stage.runs.waits, stage.runs.kept = None, [left("1.3.0", "of 1.3.0"), left("1.2.0", "of 1.2.0")]
    said = page(stage, "promote")
    assert "What passed its tests in dev is brought here" in said
    assert said.index("1.3.0, tested 2026-11-23") < said.index("1.2.0, tested 2026-11-23")
    assert "main-3333333" in said
    assert "of 1.3.0" in said
    other = page(stage, "promote", choice="1.2.0")
    assert "main-2222222" in other
    assert "of 1.2.0" in other
    assert stage.press("promote", choice="9.9.9").status_code == 409
    assert stage.done == []


def test_whoever_may_not_look_where_it_was_tested_is_told_nothing_of_it(stage: Stage) -> None:
    sign_in(stage.view, "bob")
    said = page(stage, "promote")
    assert "The newest that was tested before" in said
    assert "1.3.0" not in said
    assert " dev" not in said
    assert stage.press("promote", choice="1.3.0").status_code == 409
    assert stage.press("promote", choice="newest").status_code == 200
    assert stage.runs.started[0][1]["promote"] == "newest"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param("dev", "No environment comes before dev", id="the first one"),
        pytest.param("production", "production is frozen by Kim: moving.", id="frozen"),
    ],
)
def test_where_nothing_can_be_promoted_the_page_says_why(stage: Stage, environment: str, said: str) -> None:
    sign_in(stage.view, "ada")
    assert said in stage.view.get(f"/releases/shop/{environment}/promote").text
    known = csrf(stage.view.get("/").text)
    assert stage.press("promote", environment, csrf=known).status_code == 409
    assert stage.done == []


def test_the_page_of_a_roll_back_shows_what_it_would_change(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    said = page(stage, "roll-back")
    assert "What going back to 1.0.0 would change" in said
    assert "version1.1.01.0.0" in "".join(said.split())
    assert "Nothing differs." in page(stage, "roll-back", choice="1.1.0"), "it is what runs"


def test_of_an_application_that_was_removed_nothing_is_offered_and_nothing_starts(stage: Stage) -> None:
    sign_in(stage.view, "ada")
    stage.runs.waits, stage.runs.registered = None, []
    said = stage.view.get("/releases/shop/testing").text
    why = "shop is not registered in Prefect: no run of it can be started. headway add registers it."
    assert f"Release, Promote, Run tests, Roll back, Freeze, Lift: not now. {why}" in said
    assert not re.findall(r'<a href="/releases/shop/testing/(?:release|promote|freeze|lift|answer)', said)
    form = {"csrf": csrf(said), "reason": "orders fail", "choice": "hold"}
    for action in ("release", "promote", "run-tests", "roll-back", "freeze", "lift"):
        assert why in stage.view.get(f"/releases/shop/testing/{action}").text
        answer = stage.view.post(f"/releases/shop/testing/{action}", data=form)
        assert (answer.status_code, why in answer.text) == (409, True), action
    assert stage.done == []


@pytest.mark.parametrize(
    ("error", "code", "said", "kept_back"),
    [
        pytest.param(
            Unreachable("no answer of 10.9.8.7", where="Prefect server"),
            503,
            "Prefect does not answer. Try again in a minute.",
            "10.9.8.7",
            id="away",
        ),
        pytest.param(
            BadInput("not found: release/release", where="Prefect server", next_step="Deploy first."),
            409,
            "Prefect server: not found: release/release. Deploy first.",
            "Try again",
            id="refused",
        ),
    ],
)
def test_whoever_presses_is_told_what_prefect_says(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: HeadwayError, code: int, said: str, kept_back: str
) -> None:
    def start(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(stage.runs, "start", start)
    sign_in(stage.view, "ada")
    answer = stage.press("freeze", "dev")
    assert (answer.status_code, said in answer.text, kept_back in answer.text) == (code, True, False)
