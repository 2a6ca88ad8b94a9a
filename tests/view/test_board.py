"""The board: what runs where, to whoever may read, whatever others wrote into it and whatever is away."""

import asyncio
import html
import re
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from headway.decide.release.state import State
from headway.decide.review import board
from headway.decide.review.status import ReleaseStatus
from headway.errors import Refused, Unreachable
from headway.model.record import Asked, Freeze, Hold, Rejection
from headway.view import live, pipeline, strict
from headway.view.looks import Looks, NamedCluster
from tests.view.places import NOW, SOMEWHERE, browser, looks, status


def test_applications_by_environments_with_all_that_is_known_of_each() -> None:
    held = Hold(by="Ada", why="orders fail", at=NOW, version="1.0.0", not_above="1.1.0")
    frozen = Freeze(by="Bob", why="the database moves", at=NOW)
    barred = Rejection(chart_digest="sha256:a", version="1.2.0", reason="its test says no", at=NOW)
    found = [
        status(state=State.OUT_OF_SYNC, waits="1.1.0"),
        status(environment="production", state=State.HELD, hold=held, rejected=(barred,)),
        status("blog", environment="staging", state=State.FROZEN, freeze=frozen, tested_at=None),
        status("blog", state=State.DRIFTED, drift=("Deployment web: spec.replicas",)),
    ]
    with browser(looks(*found)) as view:
        text = view.get("/").text
    assert re.findall(r'<th scope="col"[^>]*>(\w+)', text) == [
        "Application",
        "testing",
        "staging",
        "production",
    ]
    assert re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?(\w+)', text) == ["blog", "shop"]
    said = " ".join(re.sub(r"<[^>]+>", "", html.unescape(text)).split())
    for each in (
        "1.0.0 of shop in testing OutOfSync 3h old, tested 2h ago 1.1.0 waits",
        "Ada holds 1.0.0: orders fail",
        "1.2.0 is barred: its test says no",
        "frozen by Bob: the database moves",
        "Differs live: Deployment web: spec.replicas",
        "not tested",
        "4 releases",
    ):
        assert each in said


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param("", {"blog", "shop"}, id="nothing"),
        pytest.param("?application=SHO", {"shop"}, id="a part of the application's name"),
        pytest.param("?environment=staging", {"blog"}, id="environment"),
        pytest.param("?state=Held", {"blog"}, id="state"),
        pytest.param("?cluster=there", set(), id="cluster"),
        pytest.param("?application=shop&state=Held", set(), id="two at once"),
    ],
)
def test_filters(asked: str, shown: set[str]) -> None:
    found = looks(status(), status("blog", "staging", state=State.HELD), there=lambda: ())
    with browser(found) as view:
        text = view.get(f"/{asked}").text
    assert set(re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?(\w+)', text)) == shown
    assert shown or "The filters hide all 2 releases" in text


def test_the_version_that_the_gate_asks_about_waits_and_not_the_one_that_came_since() -> None:
    asked = Asked(version="1.1.0", chart_digest="sha256:1", at=NOW - timedelta(hours=1), run="r")
    found = status(state=State.OUT_OF_SYNC, waits="1.2.0", offered="1.2.0", asked=asked)
    with browser(looks(found)) as view:
        text = view.get("/").text
    assert "1.1.0 waits for approval; 1.2.0 came since and is asked about next" in text
    assert [each.more for each in pipeline.drawn([board.cell("here", found)]).boxes] == ["1.1.0 waits"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        pytest.param(Unreachable("10.0.0.1 refused it"), "it does not answer", id="away"),
        pytest.param(Refused("user x may not list"), "these credentials may not ask", id="no rights"),
        pytest.param(KeyError("secret-value"), "it cannot be read (KeyError", id="a fault of ours"),
    ],
)
def test_a_cluster_that_cannot_be_read_is_a_line(error: Exception, says: str) -> None:
    def away() -> Sequence[ReleaseStatus]:
        raise error

    with browser(looks(status(), there=away)) as view:
        answer = view.get("/")
    assert (answer.status_code, "1.0.0" in answer.text) == (200, True)
    assert f"<strong>Cluster there:</strong> {says}" in answer.text
    assert str(error) not in answer.text


def test_many_viewers_cost_one_look_and_one_that_lasts_is_followed_by_a_rest() -> None:
    clock, began, go_on = [0.0], [0], threading.Event()

    def read(_: object) -> Sequence[ReleaseStatus]:
        began[0] += 1
        clock[0] += 3.0
        go_on.wait(10)
        return [status()]

    view = Looks([NamedCluster("here", lambda: SOMEWHERE)], read, clock=lambda: clock[0])
    viewers = [threading.Thread(target=view.sight) for _ in range(5)]
    for each in viewers:
        each.start()
    go_on.set()
    for each in viewers:
        each.join()
    assert (began[0], len(view.sight().releases)) == (1, 1)
    clock[0] += 11.9
    view.sight()
    assert began[0] == 1
    clock[0] += 0.2
    view.sight()
    assert began[0] == 2


def test_what_was_seen_stays_while_a_cluster_is_away() -> None:
    answers: list[Sequence[ReleaseStatus] | Exception] = [[status()], Unreachable("away")]

    def read(_: object) -> Sequence[ReleaseStatus]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    view = Looks([NamedCluster("here", lambda: SOMEWHERE)], read)
    view.sight()
    view.forget()
    sight = view.sight()
    assert [each.status.version for each in sight.releases] == ["1.0.0"]
    assert sight.troubles[0].sentence.startswith("it does not answer; shown is what was seen at")


HOSTILE = [
    pytest.param("<script>alert(1)</script>", "&lt;script&gt;", id="HTML"),
    pytest.param('" onmouseover="alert(1)', "&#34; onmouseover=", id="an attribute"),
    pytest.param("\x1b[2Jgone", "\\u001b[2Jgone", id="ANSI"),
    pytest.param("1.0\u202e0.2", "1.0\\u202e0.2", id="the direction of writing"),
    pytest.param("[a](javascript:alert(1))", "[a](javascript:alert(1))", id="markdown"),
    pytest.param("{{ 7*7 }}", "{{ 7*7 }}", id="a template"),
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
def test_what_others_wrote_is_text(text: str, shown: str) -> None:
    frozen = Freeze(by=text, why=text, at=NOW)
    found = status(
        application=text,
        environment=text,
        version=text,
        release=text,
        waits=text,
        freeze=frozen,
        drift=(text,),
    )
    with browser(looks(found)) as view:
        page = view.get("/", params={"application": text}).text
    assert shown in page
    for forbidden in ("<script>alert", '" onmouseover', "\x1b", "\u202e", 'href="javascript'):
        assert forbidden not in page
    assert page.count("<script") == 1


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/static/view.css", "/static/nothing", "/sign-in", "/healthz"]
)
def test_every_answer_is_strict(path: str) -> None:
    with browser(looks(status())) as view:
        headers = view.get(path).headers
    assert headers["content-security-policy"] == strict.POLICY
    assert "unsafe" not in strict.POLICY
    assert "frame-ancestors 'none'" in strict.POLICY
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert headers["cache-control"] == ("max-age=60" if path.endswith("view.css") else "no-store")


def test_a_page_that_could_not_be_made_is_strict_and_says_nothing_of_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Looks, "sight", lambda _: {}["secret"])
    with browser(looks()) as view:
        answer = view.get("/")
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert answer.headers["content-security-policy"] == strict.POLICY


def test_no_page_holds_script_or_style_of_its_own() -> None:
    with browser(looks(status())) as view:
        text = view.get("/").text
    assert re.findall(r"<script[^>]*>", text) == ['<script src="/static/view.js" defer>']
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.evil.example.com", "[", ""])
def test_a_name_that_was_made_to_point_here_is_refused(host: str) -> None:
    with browser(looks(status())) as view:
        assert view.get("/", headers={"Host": host}).status_code == 421


def test_a_kubelet_hears_that_it_is_well_by_the_address_of_its_pod() -> None:
    with browser(looks(status())) as view:
        assert view.get("/healthz", headers={"Host": "10.244.0.7:4300"}).text == "ok\n"


def test_a_page_stays_as_it_is_by_parts_that_the_server_renders() -> None:
    async def heard(parts: list[str], lives: list[bool]) -> list[str]:
        stream = live.changes(lambda: parts.pop(0), lambda: lives.pop(0), every=0.001, longest=0.01)
        return [each async for each in stream]

    told = asyncio.run(heard(["<p>1\n2</p>", "<p>1\n2</p>", "<p>3</p>"], [True, True, True, False]))
    assert told == [
        "retry: 3000\n\n",
        "event: part\ndata: <p>1\ndata: 2</p>\n\n",
        ": still here\n\n",
        "event: part\ndata: <p>3</p>\n\n",
        "event: ended\ndata: ended\n\n",
    ]


def test_more_pages_than_so_many_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "AT_ONCE", 0)
    with browser(looks(status())) as view:
        assert view.get("/board/events").status_code == 503


def test_nobody_keeps_all_of_them_to_themselves() -> None:
    streams = live.Streams()

    async def watched() -> list[str]:
        opened = []
        for who in ["ada"] * (live.OF_ONE + 2) + ["bob"]:
            answer = streams.response(lambda: "", lambda: True, who)
            if answer:
                opened.append((who, answer.body_iterator))
                await anext(answer.body_iterator.__aiter__())
        found = [who for who, _ in opened]
        for _, each in opened:
            await each.aclose()  # type: ignore[union-attr]
        return found

    assert asyncio.run(watched()) == ["ada"] * live.OF_ONE + ["bob"]
    assert streams.open == 0
