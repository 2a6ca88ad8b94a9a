"""How much a registry is asked, how long it is left alone, and that others do not wait for it."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from headway.clients import remembered
from headway.clients.registry import Registry, budget
from headway.clients.registry.access import RegistryAccess
from headway.clients.registry.budget import Budgets
from headway.clients.remembered import Memory, Remembered
from headway.errors import BadInput, Unreachable
from headway.model.credentials import RegistryCredentials

IMAGE = "registry.example.com/shop/web"
OTHER = "other.example.com/shop/web"
TAGS = httpx.Response(200, json={"tags": ["a"]})


class Clock:
    """Time goes on while somebody sleeps, and not otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(budget.time, "monotonic", clock.monotonic)
    monkeypatch.setattr(budget.time, "sleep", clock.sleep)
    return clock


def busy(*waits: str, status: int = 429) -> tuple[Registry, list[str]]:
    """Says each of these Retry-After once, empty for none, and then gives tags."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host == "registry.example.com" and len(asked) <= len(waits):
            after = waits[len(asked) - 1]
            return httpx.Response(status, headers={"Retry-After": after} if after else {})
        return TAGS

    return Registry(transport=httpx.MockTransport(answer)), asked


@pytest.mark.parametrize(
    ("waits", "slept"),
    [
        pytest.param([], [], id="not busy"),
        pytest.param(["0"], [], id="at once"),
        pytest.param(["7"], [7.0], id="seconds"),
        pytest.param(["7", "9"], [7.0, 9.0], id="twice"),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_is_asked_for_is_made(
    waits: list[str], slept: list[float], status: int, clock: Clock
) -> None:
    registry, asked = busy(*waits, status=status)
    assert registry.tags(IMAGE) == ["a"]
    assert (clock.slept, len(asked)) == (slept, len(waits) + 1)


def test_a_date_is_as_good_as_seconds(clock: Clock) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        headers = {"Date": "Fri, 27 Nov 2026 04:00:00 GMT", "Retry-After": "Fri, 27 Nov 2026 04:00:12 GMT"}
        return TAGS if clock.slept else httpx.Response(429, headers=headers)

    assert Registry(transport=httpx.MockTransport(answer)).tags(IMAGE) == ["a"]
    assert clock.slept == [12.0]


def test_whoever_gives_tokens_may_ask_for_a_pause_as_well(clock: Clock) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            busy = httpx.Response(429, headers={"Retry-After": "5"})
            return httpx.Response(200, json={"token": "t"}) if clock.slept else busy
        wanted = {"WWW-Authenticate": 'Bearer realm="https://auth.example.com/token"'}
        return TAGS if "Authorization" in request.headers else httpx.Response(401, headers=wanted)

    assert Registry(transport=httpx.MockTransport(answer)).tags(IMAGE) == ["a"]
    assert clock.slept == [5.0]


@pytest.mark.parametrize(
    ("waits", "says", "asked_times", "slept"),
    [
        pytest.param([""], "answered 429. It is", 1, [], id="no pause is named"),
        pytest.param(["soon"], "answered 429. It is", 1, [], id="none that can be read"),
        pytest.param(
            ["70"], "answered 429, and asks to be left alone for 70 s", 1, [], id="beyond the deadline"
        ),
        pytest.param(["50"], "asks to be left alone for 50 s", 1, [], id="longer than a look waits in all"),
        pytest.param(["1"] * 9, "asks to be left alone for 1 s", 3, [1.0, 1.0], id="again and again"),
        pytest.param(["9" * 15], "asks to be left alone", 1, [], id="for ever"),
    ],
)
def test_who_stays_busy_is_given_up(
    waits: list[str], says: str, asked_times: int, slept: list[float], clock: Clock
) -> None:
    registry, asked = busy(*waits)
    with pytest.raises(Unreachable, match=says):
        registry.tags(IMAGE)
    assert (len(asked), clock.slept) == (asked_times, slept)


def test_a_registry_that_wants_to_be_left_alone_is_not_asked_and_others_are(clock: Clock) -> None:
    registry, asked = busy("600")
    for _ in range(3):
        with pytest.raises(Unreachable, match="left alone for 600 s"):
            registry.tags(IMAGE)
    assert registry.tags(OTHER) == ["a"]
    assert asked == ["registry.example.com", "other.example.com"]
    clock.now += 600
    assert registry.tags(IMAGE) == ["a"]


def test_one_accounts_limit_keeps_no_other_account_waiting(clock: Clock) -> None:
    """Docker Hub counts anonymous pulls by address, and those of accounts by account."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Authorization", "")[:5])
        if not asked[-1] and len(asked) == 1:
            return httpx.Response(429, headers={"Retry-After": "600"})
        return TAGS if asked[-1] else httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="r"'})

    budgets, transport = Budgets(), httpx.MockTransport(answer)
    anybody = RegistryAccess(None, transport, budgets=budgets)
    account = RegistryAccess(RegistryCredentials("u", "p"), transport, budgets=budgets)
    host, path = "registry.example.com", "/v2/shop/web/tags/list"
    with pytest.raises(Unreachable, match="left alone"):
        anybody.request("GET", host, path, repository="shop/web")
    assert account.request("GET", host, path, repository="shop/web") is not None
    with pytest.raises(Unreachable, match="600 s more"):
        anybody.request("GET", host, path, repository="shop/web")
    assert (asked, clock.slept) == (["", "", "Basic"], [])


def test_nobody_is_left_alone_for_ever(clock: Clock) -> None:
    registry, _ = busy("9" * 15)
    with pytest.raises(Unreachable):
        registry.tags(IMAGE)
    clock.now += budget.ALONE
    assert registry.tags(IMAGE) == ["a"]


def test_all_pauses_of_a_look_have_an_end(clock: Clock) -> None:
    registry, _ = busy(*["20", ""] * 9)
    for _ in range(2):
        with pytest.raises(Unreachable, match="answered 429"):
            registry.tags(IMAGE)
    with pytest.raises(Unreachable, match="left alone"):
        registry.tags(IMAGE)
    assert sum(clock.slept) == pytest.approx(40.0)


def test_one_look_asks_so_often_and_later_again(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "A_LOOK", 3)
    registry, asked = busy()
    for _ in range(3):
        registry.tags(IMAGE)
    with pytest.raises(Unreachable, match="has asked it 3 times, which is enough"):
        registry.tags(IMAGE)
    assert registry.tags(OTHER) == ["a"], "of each registry"
    assert busy()[0].tags(IMAGE) == ["a"], "of each look"
    clock.now += budget.FILLED / 3
    assert registry.tags(IMAGE) == ["a"]
    assert asked.count("registry.example.com") == 4


def test_a_registry_that_does_not_answer_keeps_no_other_waiting() -> None:
    """So many questions are put to it at once, and what is more waits, while others are asked."""
    held, under_way = threading.Event(), threading.Semaphore(0)
    most, now, lock = 0, 0, threading.Lock()

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal most, now
        if request.url.host == "other.example.com":
            return TAGS
        with lock:
            now += 1
            most = max(most, now)
        under_way.release()
        held.wait(30)
        with lock:
            now -= 1
        return TAGS

    registry = Registry(transport=httpx.MockTransport(answer))
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(registry.tags, IMAGE) for _ in range(12)]
        for _ in range(budget.AT_ONCE):
            assert under_way.acquire(timeout=30)
        assert registry.tags(OTHER) == ["a"]
        held.set()
        assert [each.result() for each in waiting] == [["a"]] * 12
    assert most == budget.AT_ONCE


def test_a_turn_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "AT_ONCE", 1)
    budgets = Budgets()
    with budgets.turn("r", 0.0), pytest.raises(Unreachable, match="none ends"), budgets.turn("r", 0.0):
        pass
    with budgets.turn("r", 0.0):
        pass


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, text="<html>"), httpx.Response(200, headers={"Content-Encoding": "gzip"})]
)
def test_no_error_shows_what_signs_the_address_of_a_bucket(answer: httpx.Response) -> None:
    def led(request: httpx.Request) -> httpx.Response:
        if request.url.host == "bucket.example.com":
            return answer
        return httpx.Response(307, headers={"Location": "https://bucket.example.com/a?signature=s3cret"})

    with pytest.raises(BadInput, match=r"https://bucket\.example\.com/a: ") as found:
        Registry(transport=httpx.MockTransport(led)).tags(IMAGE)
    assert "s3cret" not in str(found.value)


def test_nothing_has_changed_where_nobody_asked_is_no_answer() -> None:
    with pytest.raises(BadInput, match="nobody asked whether it had"):
        Registry(transport=httpx.MockTransport(lambda _: httpx.Response(304))).tags(IMAGE)


def etags(name: str) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("If-None-Match") == name:
            return httpx.Response(304)
        return httpx.Response(200, headers={"ETag": name, "Link": ""}, json={"tags": ["a"]})

    return answer


@pytest.mark.parametrize(
    ("name", "asked_with"),
    [('"1"', True), ('W/"1"', True), ("1", False), ('"\t"', False), (f'"{"a" * 300}"', False)],
)
def test_what_a_registry_calls_its_answer_is_said_to_it_again(name: str, asked_with: bool) -> None:
    said: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        said.append(request.headers.get("If-None-Match", ""))
        return etags(name)(request)

    registry = Registry(transport=httpx.MockTransport(answer))
    assert registry.tags(IMAGE) == registry.tags(IMAGE) == ["a"]
    assert said == ["", name if asked_with else ""]


def test_a_list_whose_link_cannot_be_said_again_is_asked_for_anew(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("If-None-Match"):
            return httpx.Response(304)
        link = '<https://docs.example.com/\u00fc>; rel="help"'.encode()
        return httpx.Response(200, headers=[(b"ETag", b'"1"'), (b"Link", link)], json={"tags": ["a"]})

    for _ in range(2):
        registry = Registry(transport=httpx.MockTransport(answer), cache=tmp_path)
        assert registry.tags(IMAGE) == registry.tags(IMAGE) == ["a"]


def test_a_file_of_before_whose_link_cannot_be_said_again_is_as_good_as_none(tmp_path: Path) -> None:
    said = {"etag": '"1"', "link": "<\u00fc>", "sha256": hashlib.sha256(b"one").hexdigest()}
    (tmp_path / "name").write_bytes(json.dumps(said).encode() + b"\none")
    assert Memory(tmp_path).of("name") is None


ANSWER = Remembered('"1"', b"one\ntwo", "<x>")


def test_an_answer_is_found_by_the_next_process_and_by_nobody_else_on_the_machine(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    Memory(folder).keep("name", ANSWER)
    assert Memory(folder).of("name") == ANSWER
    assert Memory(folder).of("other") is None
    assert (folder.stat().st_mode & 0o777, (folder / "name").stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize(
    "spoilt", [b"", b"{}\n", b"[]\n", b"\xff\n", b'{"etag": "\\"1\\"", "link": "", "sha256": "x"}\none']
)
def test_a_file_that_was_spoilt_is_as_good_as_none(spoilt: bytes, tmp_path: Path) -> None:
    (tmp_path / "name").write_bytes(spoilt)
    assert Memory(tmp_path).of("name") is None


def test_a_folder_that_cannot_be_written_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "registry")
    memory.keep("name", ANSWER)
    assert memory.of("name") == ANSWER


def test_the_oldest_go_where_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "FILES", 2)
    for name in "abcd":
        (tmp_path / name).write_bytes(b"")
    Memory(tmp_path).keep("e", ANSWER)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("age", "limits", "left"),
    {
        "a process that adds little": (300.0, {}, 5),
        "one that adds much": (300.0, {"LITTLE": 5}, 3),
        "nobody has looked for long": (700.0, {}, 3),
        "the clock was put back": (-60.0, {}, 3),
    }.values(),
)
def test_all_are_looked_at_by_one_process_now_and_then(
    age: float, limits: dict[str, int], left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "answers"
    Memory(folder).keep("a", ANSWER)
    for name in "bcd":
        (folder / name).write_bytes(b"")
    os.utime(folder.with_name("answers.swept"), (time.time() - age, time.time() - age))
    for name, limit in {"FILES": 2, **limits}.items():
        monkeypatch.setattr(remembered, name, limit)
    Memory(folder).keep("e", ANSWER)
    assert len(list(folder.iterdir())) == left


def test_what_was_left_by_whoever_was_killed_is_swept(tmp_path: Path) -> None:
    for name, age in ((".new-killed", 7200), (".new-of-now", 0)):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    Memory(tmp_path).keep("name", ANSWER)
    assert {each.name for each in tmp_path.iterdir()} == {"name", ".new-of-now"}


@pytest.mark.parametrize(
    ("name", "limit", "written"), [("LARGEST", 6, 0), ("LARGEST", 7, 3), ("ALL", 13, 1), ("ALL", 14, 2)]
)
def test_no_more_is_written_than_so_much(
    name: str, limit: int, written: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, name, limit)
    memory = Memory(tmp_path)
    for each in "abc":
        memory.keep(each, ANSWER)
    assert len(list(tmp_path.iterdir())) == written


def test_what_is_replaced_is_not_counted_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "ALL", 3 * len(ANSWER.content))
    memory = Memory(tmp_path, in_memory=0)
    for number in range(9):
        memory.keep("a", replace(ANSWER, etag=f'"{number}"'))
    found = Memory(tmp_path).of("a")
    assert found
    assert found.etag == '"8"'


def test_no_more_is_kept_in_memory_than_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "IN_MEMORY", 2 * len(ANSWER.content))
    memory = Memory()
    for name in ("a", "a", "b", "c"):
        memory.keep(name, ANSWER)
    assert [memory.of(name) is not None for name in "abc"] == [False, True, True]
