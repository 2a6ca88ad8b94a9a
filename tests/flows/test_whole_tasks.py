"""What a task is given, Prefect is handed as it is: it finds nothing to look into."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prefect.utilities.engine import collect_task_run_inputs_sync

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
