"""Going back waits until that is read which it takes away, and for nothing else; a run ends with all of it there."""

import contextvars
from collections.abc import Callable
from threading import Event, Thread

from headway.workspace.background_evidence import BackgroundEvidence

NAME = contextvars.ContextVar("name", default="nobody")
PATIENCE_SECONDS = 10


def test_going_back_waits_for_what_is_read_and_a_run_for_what_is_written() -> None:
    evidence, may_read, may_write, did = BackgroundEvidence(), Event(), Event(), list[str]()

    def collect(has_read: Callable[[], None]) -> None:
        may_read.wait(PATIENCE_SECONDS)
        did.append("read")
        has_read()
        may_write.wait(PATIENCE_SECONDS)
        did.append("written")

    def goes_back() -> None:
        evidence.wait_until_read()
        did.append("gone back")
        may_write.set()

    evidence.begin(collect)
    thread = Thread(target=goes_back)
    thread.start()
    assert did == []
    may_read.set()
    thread.join()
    evidence.end()
    assert did == ["read", "gone back", "written"]
    evidence.end()


def test_what_ends_before_it_has_read_keeps_nobody_waiting() -> None:
    evidence = BackgroundEvidence()
    evidence.begin(lambda _: None)
    evidence.wait_until_read()
    evidence.end()
    evidence.wait_until_read()


def test_it_is_done_as_part_of_the_run_one_after_the_other() -> None:
    evidence, done = BackgroundEvidence(), list[str]()
    for name in ("first", "second"):
        NAME.set(name)
        evidence.begin(lambda _: done.append(NAME.get()))
    NAME.set("later")
    evidence.end()
    assert done == ["first", "second"]
