"""What Prefect's runs and their reports tell of a change, in the words in which it is decided."""

from collections.abc import Iterable, Sequence

from headway.decide.review.delivery_facts import COMMITTED, TAKEN_BACK, Made, Run
from headway.formats import report_lines
from headway.model.report import StageResult
from headway.view.runs import Report, RunLine

_WAITING = "PAUSED"
_BEGUN = frozenset({"RUNNING", "CANCELLING"})
_NOT_OVER = _BEGUN | {_WAITING, "SCHEDULED", "PENDING"}


def open_runs(runs: Iterable[RunLine]) -> tuple[Run, ...]:
    """Of releases, those that are not over."""
    return tuple(
        Run(each.environment, each.name, each.kind == _WAITING, each.kind in _BEGUN, each.url)
        for each in runs
        if each.flow == "release" and each.kind in _NOT_OVER and not each.is_dry_run
    )


def newest(reports: Sequence[Report]) -> tuple[StageResult, ...]:
    """What is so now. `reports`: the newest first."""
    return report_lines.read(reports[0].text) if reports else ()


def commits(reports: Iterable[Report]) -> tuple[Made, ...]:
    """That runs made, the newest first."""
    return tuple(
        Made(each.at, line)
        for each in reports
        for line in report_lines.read(each.text)
        if line.outcome.startswith((COMMITTED, TAKEN_BACK))
    )
