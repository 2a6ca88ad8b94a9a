"""What `helm test --logs` prints: how each hook ended, and the logs of its pods, said before Helm deletes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LOG_LINES = 200
_SUITE = re.compile(
    r"^TEST SUITE:\s+(?P<name>\S+)\n"
    r"(?:Last Started:\s+(?P<started>.+)\n)?"
    r"(?:Last Completed:\s+(?P<completed>.+)\n)?"
    r"Phase:\s+(?P<phase>\S+)",
    re.MULTILINE,
)
_LOG_OF = re.compile(r"^POD LOGS: (\S+) \((\S+)\)$", re.MULTILINE)
_ANSI_C = "%a %b %d %H:%M:%S %Y"


@dataclass(frozen=True, slots=True)
class HookRun:
    """Helm's last run of a hook."""

    phase: str
    """Succeeded | Failed | Running | Unknown."""
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def seconds(self) -> float:
        if self.started_at is None or self.completed_at is None:
            return 0.0
        return max(0.0, (self.completed_at - self.started_at).total_seconds())

    def began_as(self, stored: Mapping[str, Any]) -> bool:
        """Whether this is the run that Helm's record held before: it was not run again."""
        began, ended = (_stored_time(stored.get(key)) for key in ("started_at", "completed_at"))
        return began is not None and began == self.started_at and ended in (None, self.completed_at)

    def as_stored(self) -> dict[str, str]:
        times = {"started_at": self.started_at, "completed_at": self.completed_at}
        return {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in times.items() if at} | {"phase": self.phase}


@dataclass(frozen=True, slots=True)
class TestOutput:
    """By name of the hook, or of its pod."""

    runs: Mapping[str, HookRun] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)

    __test__ = False


def read(stdout: str) -> TestOutput:
    """Times are read as UTC: helm has to be run with TZ=UTC."""
    head = _LOG_OF.split(stdout, maxsplit=1)[0]
    runs = {
        suite["name"]: HookRun(suite["phase"], _time(suite["started"]), _time(suite["completed"]))
        for suite in _SUITE.finditer(head)
    }
    return TestOutput(runs, _logs(stdout))


def _logs(stdout: str) -> dict[str, str]:
    parts = _LOG_OF.split(stdout)
    logs: dict[str, str] = {}
    for pod, container, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        lines = "\n".join(text.strip().splitlines()[-LOG_LINES:])
        logs[pod] = f"{logs[pod]}\n[{container}]\n{lines}" if pod in logs else lines
    return logs


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(" ".join((text or "").split()), _ANSI_C).replace(tzinfo=UTC)
    except ValueError:
        return None


def _stored_time(text: object) -> datetime | None:
    """Whole seconds: what helm prints has no fractions."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return None
