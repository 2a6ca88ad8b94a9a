"""Systems that hang or are away: what depends on them says so, and nothing else waits."""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput, HeadwayError, Refused, Unreachable
from headway.view import Looks, NamedCluster, Settings, app, histories, told, warming
from headway.view.base import View
from headway.view.kept import LIMIT, SLOW, Kept
from headway.view.known_runs import KnownRuns
from headway.view.runs import Report
from headway.view.told import Away
from headway.workspace import delivery_figures
from headway.workspace.deliveries import DeliveryReader, Found
from headway.workspace.release_history import ReleaseHistoryReader
from tests.view.places import HERE, FakeRuns, browser, cluster, looks, sign_in, signing_in, status

ADDRESS = "https://10.9.8.7:6443"


@pytest.fixture
def go_on() -> Iterator[Event]:
    """Whatever hangs, hangs until then."""
    event = Event()
    yield event
    event.set()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(Unreachable("no answer", where=ADDRESS), "it does not answer", id="away"),
        pytest.param(Refused(f"403 of {ADDRESS}"), "these credentials may not ask", id="refused"),
        pytest.param(
            KeyError(ADDRESS),
            "it cannot be read (KeyError; the log of headway view says more)",
            id="any other",
        ),
        pytest.param(Away("it takes long"), "it takes long", id="worded by the view itself"),
    ],
)
def test_nobody_who_looks_is_told_an_error_of_others(error: Exception, said: str) -> None:
    assert told.sentence(error) == said
    kept: Kept[str] = Kept(60.0)

    def fails() -> str:
        raise error

    assert kept.get("x", fails) == (None, said)
    kept.close()


def test_whatever_goes_wrong_while_warming_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    seen = looks(status())
    with caplog.at_level(logging.WARNING):
        warming.warm(cast(View, SimpleNamespace(looks=seen, histories=ReleaseHistoryReader())))
    assert [each.getMessage().partition(":")[0] for each in caplog.records] == ["here"]
    seen.close()


def test_what_hangs_keeps_the_first_waiting_and_nothing_that_is_asked_of_others(go_on: Event) -> None:
    kept: Kept[str] = Kept(0.0, patience_seconds=1.0)

    def hangs() -> str:
        go_on.wait(20)
        return "at last"

    began = time.monotonic()
    for key in range(5):
        assert kept.get(key, hangs, room="slow") == (None, "it has not answered yet")
    assert time.monotonic() - began < 4, "what else is asked of it waits for a glance"
    assert kept.get("x", lambda: "here", room="quick") == ("here", "")
    kept.close()


def test_what_took_long_is_waited_for_no_more(go_on: Event) -> None:
    kept: Kept[str] = Kept(0.0, patience_seconds=0.0)

    def late() -> str:
        go_on.wait(20)
        return "late"

    assert kept.get("x", late) == (None, "it has not answered yet")
    go_on.set()
    while kept.answer("x")[0] is None:
        pass
    again = Event()
    assert kept.get("x", lambda: str(again.wait(20))) == ("late", SLOW)
    again.set()
    kept.close()


def test_what_was_known_of_what_hangs_is_shown_with_a_word_of_it(go_on: Event) -> None:
    kept: Kept[str] = Kept(0.0, patience_seconds=0.05)
    assert kept.get("x", lambda: "before") == ("before", "")
    assert kept.get("x", lambda: str(go_on.wait(20))) == ("before", SLOW)
    kept.close()


def test_what_hangs_over_one_question_answers_others(go_on: Event) -> None:
    kept: Kept[str] = Kept(0.0, patience_seconds=0.5)
    assert kept.get("big", lambda: str(go_on.wait(20)))[0] is None
    tries = (kept.get("small", lambda: "here") for _ in range(10))
    assert ("here", "") in tries
    kept.close()


def test_what_was_asked_before_somebody_acted_is_asked_again(go_on: Event) -> None:
    kept: Kept[str] = Kept(60.0, patience_seconds=20)

    def before() -> str:
        go_on.wait(20)
        return "before"

    kept.ask("x", before)
    kept.forget()
    go_on.set()
    assert kept.answer("x") == ("before", "")
    assert kept.get("x", lambda: "after") == ("after", "")
    kept.close()


def test_whoever_asks_for_much_has_what_is_under_way_forgotten_for_nobody(go_on: Event) -> None:
    kept: Kept[str] = Kept(60.0, patience_seconds=20)
    kept.ask("x", lambda: str(go_on.wait(20)))
    for key in range(LIMIT):
        assert kept.get(key, lambda: "here", room="other") == ("here", "")
    go_on.set()
    assert kept.answer("x") == ("True", "")
    kept.close()


def test_what_is_not_kept_is_waited_for_also_after_it_took_long(go_on: Event) -> None:
    """Else nobody would ever have an answer of a system that is slow."""
    kept: Kept[str] = Kept(0.0, patience_seconds=0.2)
    assert kept.get("x", lambda: str(go_on.wait(20)))[0] is None
    go_on.set()
    while kept.answer("x") != ("True", ""):
        pass
    assert ("here", "") in (kept.get("x", lambda: "here") for _ in range(20))
    kept.close()


class HungRuns(FakeRuns):
    def __init__(self, go_on: Event) -> None:
        super().__init__()
        self.go_on = go_on

    def reports(self, application: str, environment: str) -> Sequence[Report]:
        self.go_on.wait(20)
        return super().reports(application, environment)


def test_a_prefect_that_hangs_is_told_of(go_on: Event) -> None:
    runs = KnownRuns(HungRuns(go_on), patience_seconds=0.5)
    for environment in map(str, range(3)):
        with pytest.raises(Away, match="Prefect has not answered yet"):
            runs.reports("shop", environment)
    assert runs.recent("shop") == ([], "")
    runs.close()


async def _beside(served: object, hung: str, quick: str, go_on: Event, began: Event) -> tuple[int, set[int]]:
    transport = httpx.ASGITransport(served)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=HERE, timeout=60) as client:
        await client.get("/")
        waiting = [asyncio.create_task(client.get(hung)) for _ in range(8)]
        await asyncio.to_thread(began.wait, 10)
        answer = await client.get(quick)
        go_on.set()
        return answer.status_code, {each.status_code for each in await asyncio.gather(*waiting)}


def test_a_page_that_reads_another_cluster_keeps_no_page_of_one_waiting(
    go_on: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = Event()

    def known_release(_: object, found: SimpleNamespace) -> None:
        if found.cluster == "slow":
            began.set()
            go_on.wait(20)
        raise BadInput("nothing", where="here")

    monkeypatch.setattr(histories, "known_release", known_release)
    seen = looks(status("shop", "staging"), slow=lambda: (status("shop", "production"),))
    hung, quick = (
        "/releases/shop/staging/compare?with=production",
        "/releases/shop/staging/compare?from=1&to=1",
    )
    assert asyncio.run(_beside(app(Settings(), seen), hung, quick, go_on, began)) == (409, {409})
    seen.close()


def test_the_start_of_a_live_page_blocks_no_other(go_on: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    began = Event()
    seen = looks(status())
    served = app(Settings(), seen)

    def sight() -> None:
        began.set()
        go_on.wait(20)
        raise Unreachable("no answer", where=ADDRESS)

    async def asked() -> tuple[str, str]:
        transport = httpx.ASGITransport(served)
        async with httpx.AsyncClient(transport=transport, base_url=HERE, timeout=60) as client:
            monkeypatch.setattr(seen, "sight", sight)
            watches = asyncio.create_task(client.get("/releases/shop/testing/pods/events"))
            await asyncio.to_thread(began.wait, 10)
            health = await client.get("/healthz")
            go_on.set()
            return health.text, (await watches).text

    health, watched = asyncio.run(asked())
    assert (health, ADDRESS in watched, "it does not answer" in watched) == ("ok\n", False, True)
    seen.close()


def test_a_delivery_is_shown_as_far_as_clusters_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, _ = cluster(tmp_path)
    read = DeliveryReader.places

    def places(self: DeliveryReader, application: str, found: Cluster) -> list[Found]:
        if found is not real:
            raise Unreachable("no answer", where=ADDRESS)
        return read(self, application, found)

    monkeypatch.setattr(DeliveryReader, "places", places)
    named = [NamedCluster("here", lambda: real), NamedCluster("away", lambda: cast(Cluster, "away"))]
    with browser(Looks(named, lambda _: (status(),)), signing_in(tmp_path), tmp_path) as view:
        sign_in(view, "ada")
        shown = view.get("/applications/shop/deliveries/1.1.0")
        unknown = view.get("/applications/shop/deliveries/9.9.9")
        application = view.get("/applications/shop")
    said = "what is in cluster away is not known, or not anew: it does not answer"
    assert [each.status_code for each in (shown, unknown, application)] == [200, 503, 200]
    assert all(said in each.text and ADDRESS not in each.text for each in (shown, unknown, application))
    assert "1.1.0" in shown.text


def test_the_figures_of_what_answers_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, _ = cluster(tmp_path)
    named = [NamedCluster("here", lambda: real), NamedCluster("away", lambda: cast(Cluster, "away"))]
    read = delivery_figures.read

    def one(clusters: list[Cluster], *more: object) -> delivery_figures.Gathered:
        if clusters != [real]:
            raise Unreachable("no answer", where=ADDRESS)
        return read(clusters, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery_figures, "read", one)
    with browser(Looks(named, lambda _: (status(),))) as view:
        page = view.get("/figures").text
    assert ("Cluster away: it does not answer" in page, ADDRESS in page, "testing" in page) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        pytest.param(
            Unreachable("no answer", where=ADDRESS),
            503,
            "Cluster here: it does not answer. Try again in a minute.",
            id="away",
        ),
        pytest.param(
            Refused(f"403 of {ADDRESS}"), 409, "Cluster here: these credentials may not ask.", id="refused"
        ),
        pytest.param(
            BadInput(f"no release: {ADDRESS}"),
            409,
            "Cluster here: it cannot be read (BadInput; the log of headway view says more).",
            id="damaged",
        ),
    ],
)
def test_a_page_of_a_cluster_that_is_away_does_not_say_where_it_is(
    error: HeadwayError, code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, _ = cluster(tmp_path)

    def look(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(ReleaseHistoryReader, "look", look)
    with browser(Looks([NamedCluster("here", lambda: real)], lambda _: (status(),))) as view:
        view.get("/")
        answer = view.get("/releases/shop/testing")
    assert (answer.status_code, ADDRESS in answer.text, said in answer.text) == (code, False, True)
