"""What a run does that is told to look whether it is suspended, by the states in which it finds itself."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.objects import State, StateType

from headway.worker import suspension

RUN = UUID(int=7)


@pytest.mark.parametrize(
    ("states", "ends"),
    [
        pytest.param("scheduled* pending running", False, id="it is at work"),
        pytest.param("scheduled* pending running paused", True, id="it is suspended"),
        pytest.param("scheduled* pending running paused scheduled", True, id="it is to begin anew"),
        pytest.param(
            "scheduled* pending running paused scheduled pending", True, id="somebody begins it anew"
        ),
        pytest.param(
            "scheduled* pending running paused scheduled pending running", True, id="it is at work elsewhere"
        ),
        pytest.param(
            "scheduled pending running paused scheduled* pending running", False, id="the new process"
        ),
        pytest.param("scheduled* pending running completed", False, id="it has ended"),
    ],
)
def test_a_run_ends_where_it_is_suspended_or_goes_on_elsewhere(states: str, ends: bool) -> None:
    """The star: as the worker saw it that took it."""
    begin, words = datetime(2026, 1, 1, tzinfo=UTC), states.split()
    found = [
        State(
            type=StateType[word.strip("*").upper()],
            name="Suspended" if word == "paused" else None,
            timestamp=begin + timedelta(seconds=number),
        )
        for number, word in enumerate(words)
    ]
    taken = next(each.id for each, word in zip(found, words, strict=True) if word.endswith("*"))
    server: Any = SimpleNamespace(
        read_flow_run=lambda _: SimpleNamespace(state=found[-1]), read_flow_run_states=lambda _: found
    )
    state = suspension._suspended(server, RUN, taken)
    assert (state is not None) is ends
    assert state is None or state.type is StateType.PAUSED
