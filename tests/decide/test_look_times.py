"""When an application was looked at last and is looked at next: a sentence that claims nothing that is not known."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.review import look_times
from headway.decide.review.look_times import LastLook, LookTimes

NOW = datetime(2026, 11, 27, 14, 3, tzinfo=UTC)
AT, NEXT = NOW - timedelta(minutes=1), NOW + timedelta(minutes=4)
POLL = LastLook(AT, True, "COMPLETED", "All states completed.")
TROUBLE = "git.example.com: it is left alone\nuntil 14:05 UTC (503)"


@pytest.mark.parametrize(
    ("times", "said"),
    [
        pytest.param(
            LookTimes(POLL, NEXT), "looked at 14:02 UTC (poll), next look 14:07 UTC", id="as it should be"
        ),
        pytest.param(
            LookTimes(LastLook(AT, False, "RUNNING", ""), NEXT),
            "it is looked at since 14:02 UTC (hint or command), next look 14:07 UTC",
            id="now",
        ),
        pytest.param(
            LookTimes(LastLook(AT, True, "RUNNING", ""), NEXT),
            "all applications are looked at since 14:02 UTC (poll), next look 14:07 UTC",
            id="now, with all others",
        ),
        pytest.param(
            LookTimes(LastLook(AT, True, "FAILED", TROUBLE), NEXT),
            "looked at 14:02 UTC (poll), which failed (git.example.com: it is left alone until 14:05 UTC (503)), "
            "next look 14:07 UTC",
            id="it failed",
        ),
        pytest.param(
            LookTimes(
                LastLook(AT, True, "FAILED", f"Flow run encountered an exception: Terminal: {'a' * 301}"),
                NEXT,
            ),
            f"looked at 14:02 UTC (poll), which failed ({'a' * 300}...), next look 14:07 UTC",
            id="it failed, and said much",
        ),
        pytest.param(
            LookTimes(LastLook(AT, True, "CRASHED", ""), NEXT),
            "looked at 14:02 UTC (poll), which crashed, next look 14:07 UTC",
            id="it crashed",
        ),
        pytest.param(
            LookTimes(LastLook(AT - timedelta(days=1), True, "COMPLETED", ""), NEXT),
            "looked at 2026-11-26 14:02 UTC (poll), next look 14:07 UTC",
            id="on another day",
        ),
        pytest.param(
            LookTimes(POLL, NOW - timedelta(seconds=50)),
            "looked at 14:02 UTC (poll), next look 14:02 UTC",
            id="about to begin",
        ),
        pytest.param(
            LookTimes(POLL, NOW - timedelta(minutes=3)),
            "looked at 14:02 UTC (poll), the next look was due 14:00 UTC and has not begun: is a worker running?",
            id="late",
        ),
        pytest.param(
            LookTimes(POLL, None, look_times.PAUSED),
            "looked at 14:02 UTC (poll), no next look: watch is paused (Prefect UI, Deployments)",
            id="paused",
        ),
        pytest.param(
            LookTimes(POLL, None, look_times.NOT_REGISTERED),
            "looked at 14:02 UTC (poll), no next look: it is not registered, so nothing looks at it",
            id="removed",
        ),
        pytest.param(
            LookTimes(None, None, look_times.NOT_DEPLOYED),
            "no look is known yet, no next look: watch is not deployed",
            id="nothing",
        ),
    ],
)
def test_sentence(times: LookTimes, said: str) -> None:
    assert look_times.sentence(times, NOW) == said


def test_why_it_failed_is_not_for_everybody() -> None:
    failed = LookTimes(LastLook(AT, True, "FAILED", "of another environment"), NEXT)
    assert "of another" not in look_times.sentence(failed, NOW, reason=False)
