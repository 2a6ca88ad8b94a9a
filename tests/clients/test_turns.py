"""One host is asked a few things at once, however many looks are under way; whoever waited asks none that has not answered."""

import fcntl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

from headway.clients import hosts
from headway.clients.git import mirror
from headway.clients.git.mirror import Mirror
from headway.clients.turns import Turns
from headway.errors import LeftAlone, Unreachable

SLOW, OTHER = "git://slow.example.com/{}.git", "git://other.example.com/{}.git"
HANGS = (128, b"", "fatal: unable to connect to slow.example.com: Connection timed out")


class Remotes:
    """In the place of git: those at SLOW answer once they may."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes, str] = (0, b"", "")
        self.may = threading.Event()
        self.under_way = threading.Semaphore(0)
        self.asked = 0

    def attempt(self, asked: Mirror, *_: str, **__: object) -> tuple[int, bytes, str]:
        if "slow" in asked.url:
            self.asked += 1
            self.under_way.release()
            assert self.may.wait(30)
        return self.answer

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self.under_way.acquire(timeout=30)


@pytest.fixture
def remotes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Remotes:
    found = Remotes()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Mirror, "attempt", lambda self, *given, **keys: found.attempt(self, *given, **keys))
    return found


def fetched(address: str, number: int, folder: Path) -> tuple[int, bytes, str]:
    opened = Mirror(address.format(number), "main", folder, None)
    return opened.attempt_remotely("fetch", timeout=1)


def test_a_host_of_git_is_asked_a_few_times_at_once_and_another_does_not_wait(
    remotes: Remotes, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(fetched, SLOW, number, tmp_path) for number in range(12)]
        remotes.wait_for(mirror.AT_ONCE)
        assert fetched(OTHER, 0, tmp_path) == (0, b"", "")
        assert remotes.asked == mirror.AT_ONCE
        remotes.may.set()
        assert [each.result() for each in waiting] == [(0, b"", "")] * 12
    assert remotes.asked == 12


def test_who_polls_and_has_waited_asks_none_that_did_not_answer(remotes: Remotes, tmp_path: Path) -> None:
    remotes.answer = HANGS
    many = 8 * mirror.AT_ONCE
    with ThreadPoolExecutor(many) as pool, hosts.polling():
        waiting = [pool.submit(copy_context().run, fetched, SLOW, number, tmp_path) for number in range(many)]
        remotes.wait_for(mirror.AT_ONCE)
        remotes.may.set()
        errors = [each.exception() for each in waiting]
    # Those that were under way together have failed once; the next ones know that, and fail a second time.
    assert remotes.asked <= 3 * mirror.AT_ONCE
    assert sum(isinstance(each, LeftAlone) for each in errors) == many - remotes.asked


def test_a_turn_that_does_not_come_is_given_up_and_a_folder_is_no_host() -> None:
    turns = Turns(1)
    with (
        turns.turn("a", 0.0),
        turns.turn("b", 0.0),
        turns.turn("", 0.0),
        turns.turn("", 0.0),
        pytest.raises(Unreachable, match="1 requests are under way there, and none ends"),
        turns.turn("a", time.monotonic()),
    ):
        pass
    with turns.turn("a", 0.0):
        pass


def test_who_waits_for_a_turn_at_a_git_host_keeps_nobody_from_the_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, waits = Turns(1), threading.Event()
    monkeypatch.setattr(mirror, "_TURNS", turns)
    remote = Mirror("git://127.0.0.1:9/shop.git", "main", tmp_path, None)

    def ask() -> None:
        waits.set()
        with pytest.raises(Unreachable):
            remote.head()

    with turns.turn("127.0.0.1:9", time.monotonic() + 1):
        asking = threading.Thread(target=ask)
        asking.start()
        waits.wait()
        asking.join(0.2)
        for each in tmp_path.rglob("*.lock"):
            with each.open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    asking.join()
