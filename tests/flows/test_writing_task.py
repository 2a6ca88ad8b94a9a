"""What a dry run has come to is how its task ends: Prefect shows no failed task where nothing failed."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from prefect.client.schemas.objects import State

from headway.errors import Conflict, WouldChange
from tasks import whole, writing

Ends = list[object]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Ends:
    """How each task ended, as Prefect saw it."""
    found: Ends = []

    def task(**_: object) -> Callable[[Callable[..., object]], Callable[..., object]]:
        def made(function: Callable[..., object]) -> Callable[..., object]:
            def run(*given: object) -> object:
                try:
                    ended = function(*given)
                except Exception as error:
                    found.append(error)
                    raise
                found.append(str(ended.name) if isinstance(ended, State) else "Completed")
                if isinstance(ended, State):
                    ended.data = SimpleNamespace(result=ended.data)
                return ended

            return run

        return made

    monkeypatch.setattr(whole, "task", task)
    return found


def test_what_would_be_written_fails_no_task_and_is_told_to_its_caller(ends: Ends) -> None:
    @writing.writing_task("Publish")
    def publish(error: Exception | None) -> str:
        if error:
            raise error
        return "published"

    would = WouldChange("would publish shop 0.1.1")
    with pytest.raises(WouldChange, match="would publish"):
        publish(would)
    assert ends == ["Dry run"]
    with pytest.raises(Conflict):
        publish(conflict := Conflict("somebody pushed"))
    assert ends == ["Dry run", conflict]
    assert publish(None) == "published"


def test_so_it_is_where_tasks_are_lines_of_the_log() -> None:
    @writing.writing_task("Publish")
    def publish() -> str:
        raise WouldChange("would publish shop 0.1.1")

    with whole.as_lines(), pytest.raises(WouldChange, match="would publish"):
        publish()
