"""Since when a lift is asked for, whatever the clocks of Prefect's server and of whoever asked say."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType

from flows import lift


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(), timedelta(minutes=-10)], ids=str)
def test_what_it_has_waited_counts_and_no_clock_of_others(
    ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, waited = datetime.now(UTC) + ahead, timedelta(seconds=3)
    run = FlowRun(
        flow_id="00000000-0000-0000-0000-000000000001",
        created=server,
        expected_start_time=datetime(2026, 1, 1, tzinfo=UTC),
        state=State(type=StateType.RUNNING, timestamp=server + waited),
    )
    monkeypatch.setattr(lift, "FlowRunContext", SimpleNamespace(get=lambda: SimpleNamespace(flow_run=run)))
    begin = datetime.now(UTC)
    assert begin - waited <= lift._asked_at() <= datetime.now(UTC) - waited
