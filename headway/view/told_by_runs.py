"""What Prefect's runs and their reports tell of a change, in the words in which it is decided."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

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
        Run(environment, each.name, each.kind == _WAITING, each.kind in _BEGUN, each.url)
        for each in runs
        for environment in each.environments
        if each.flow in ("release", "release-many") and each.kind in _NOT_OVER and not each.is_dry_run
    )


def seen(runs: Iterable[RunLine], may_read: Callable[[str], bool]) -> list[RunLine]:
    """What somebody may know of runs who may read some environments: of one about several, those, and the names of no others."""
    found: list[RunLine] = []
    for each in runs:
        several = tuple(filter(may_read, each.several))
        if each.several and several != each.several:
            name = f"Release {each.application} to several"
            found += [replace(each, name=name, message="", several=several)] if several else []
        elif several or may_read(each.environment):
            found.append(each)
    return found


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
