"""What a task is given, Prefect is handed as it is: it finds nothing to look into."""

from collections.abc import Callable, Iterator
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import pytest
from prefect._flow_run_suspension import FlowRunSuspensionRequest
from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.utilities.engine import collect_task_run_inputs_sync

from headway.errors import Gone
from tasks import whole


class Untouched(list[int]):
    """Somebody looks into it: what Prefect does with each list among the parameters of a task."""

    def __iter__(self) -> Iterator[int]:
        raise AssertionError("somebody looked into it")


def test_what_a_task_is_given_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    def task(**options: object) -> Callable[[Callable[..., object]], Callable[..., object]]:
        def made(function: Callable[..., object]) -> Callable[..., object]:
            def run(called: str, given: object) -> object:
                seen.append({"called": called, "given": given, **options})
                return function(called, given)

            run.__name__ = function.__name__
            return run

        return made

    monkeypatch.setattr(whole, "task", task)

    @whole.whole_task("Count {what} of {where}")
    def count(given: Untouched, what: str, where: str = "it") -> str:
        return f"{len(given)} {what} of {where}"

    assert count(Untouched([1, 2]), what="numbers") == "2 numbers of it"
    (run,) = seen
    assert (run["called"], run["task_run_name"]) == ("Count numbers of it", "{called}")
    assert collect_task_run_inputs_sync(run["given"]) == set()
    with pytest.raises(AssertionError, match="looked into"):
        collect_task_run_inputs_sync(Untouched([1]))


def test_in_a_run_about_many_a_task_is_a_line_of_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Log:
        @staticmethod
        def info(text: str, *values: object) -> None:
            said.append(text % values)

    monkeypatch.setattr(whole, "get_run_logger", Log)

    @whole.whole_task("Count {what}")
    def count(what: str, *, fails: bool = False) -> int:
        if fails:
            raise Gone("it is gone")
        return len(what)

    with whole.as_lines():
        assert count("abc") == 3
        assert copy_context().run(count, "ab") == 2, "in a thread as well"
        with pytest.raises(Gone):
            count("a", fails=True)
    assert said == ["Count abc: done in 0.0 s", "Count ab: done in 0.0 s", "Count a: broken off in 0.0 s"]


def test_a_run_about_many_that_is_suspended_at_work_ends_before_its_next_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []
    context = SimpleNamespace(flow_run_suspension_request=FlowRunSuspensionRequest())
    monkeypatch.setattr(FlowRunContext, "get", lambda: context)
    monkeypatch.setattr(whole, "get_run_logger", lambda: SimpleNamespace(info=lambda *_: None))
    count = whole.whole_task("Count")(lambda number: done.append(number))
    with whole.as_lines():
        count(1)
        context.flow_run_suspension_request.mark_requested(State(type=StateType.PAUSED, name="Suspended"))
        with pytest.raises(Pause):
            copy_context().run(count, 2)
    assert done == [1]
