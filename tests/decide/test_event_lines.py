"""Which events of a namespace stand in the evidence of a failed try."""

from typing import Any

import pytest

from headway.decide.review import event_lines

BEGAN = "2026-11-23T10:00:05Z"


def event(at: str, about: str = "Pod/cart-1", reason: str = "BackOff", **more: Any) -> dict[str, Any]:
    kind, _, name = about.partition("/")
    involved = {"kind": kind, "name": name}
    return {"lastTimestamp": f"2026-11-23T{at}Z", "involvedObject": involved, "reason": reason, **more}


PULLED = event("10:00:07", reason="Pulled", type="Normal", message="in 2 s")
FAILED = event("10:00:08", type="Warning", message="restarting\n  failed container")
SERIES = {
    **FAILED,
    "lastTimestamp": None,
    "eventTime": "2026-11-23T09:00:00.000000Z",
    "series": {"count": 7, "lastObservedTime": "2026-11-23T10:00:08Z"},
}
SAID = "2026-11-23T10:00:08Z Pod/cart-1 BackOff: restarting failed container"


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        pytest.param([PULLED, FAILED], [SAID], id="warnings are enough"),
        pytest.param([PULLED], [], id="what is ordinary stands apart"),
        pytest.param([event("09:00:00", type="Warning"), FAILED], [SAID], id="of an earlier install"),
        pytest.param([event("10:00:04", type="Warning"), PULLED, FAILED], [SAID], id="of just before"),
        pytest.param(
            [event("10:00:05.000001", type="Warning", message="x")],
            ["2026-11-23T10:00:05.000001Z Pod/cart-1 BackOff: x"],
            id="of the second in which it began",
        ),
        pytest.param(
            [event("10:00:06", type="Warning", message="restarting failed container"), FAILED],
            [f"{SAID} (x2)"],
            id="said twice, with the newest time",
        ),
        pytest.param([{**FAILED, "count": 7}], [f"{SAID} (x7)"], id="counted by the API server"),
        pytest.param([SERIES], [f"{SAID} (x7)"], id="of a series that began before"),
        pytest.param(
            [FAILED, event("10:00:09", "Pod/cart-2", type="Warning", message="restarting failed container")],
            [SAID, "2026-11-23T10:00:09Z Pod/cart-2 BackOff: restarting failed container"],
            id="of another object",
        ),
        pytest.param([], [], id="none"),
    ],
)
def test_lines(events: list[dict[str, Any]], lines: list[str]) -> None:
    assert list(event_lines.lines(events, BEGAN).warnings) == lines


def test_ordinary_events_stand_apart() -> None:
    said = event_lines.lines([PULLED, FAILED, PULLED], BEGAN)
    assert said.ordinary == ("2026-11-23T10:00:07Z Pod/cart-1 Pulled: in 2 s (x2)",)


def test_without_a_beginning_all_count_and_the_newest_are_kept() -> None:
    events = [event(f"10:00:{at:02}", f"Pod/cart-{at}", type="Warning") for at in range(40)]
    found = event_lines.lines(events).warnings
    assert (len(found), found[0]) == (event_lines.MOST, "2026-11-23T10:00:10Z Pod/cart-10 BackOff: ")
