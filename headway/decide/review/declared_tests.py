"""Which tests a revision has, and what became of each: the chart's test hooks, and the Jobs that headway.yaml declares.

The hooks' last runs stand in Helm's history. Of the Jobs nothing is left in the cluster but what the record says of the revision:
they run beside the hooks, or after those that they need, round by round, up to the first round with one that fails.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from headway.decide.release.test_rounds import job_order
from headway.model.application import ClusterTest
from headway.model.release_history import HistoryEntry

Ending = Literal["passed", "failed", "running", "skipped", "not run", "not known"]
_PHASES: Mapping[str, Ending] = {"Succeeded": "passed", "Failed": "failed", "Running": "running"}
_ANOTHER = "another test failed before it"
_MEANWHILE = "a test of the charts failed meanwhile"
_DID_NOT_COME_UP = "the release did not come up"


@dataclass(frozen=True, slots=True)
class DeclaredTest:
    name: str
    kind: Literal["test", "Job"]
    """A test hook of a chart, or a Job of headway.yaml."""
    ending: Ending
    why: str = ""
    """Why it was not run, where it was not."""

    def __str__(self) -> str:
        name = f"Job {self.name}" if self.kind == "Job" else self.name
        return f"{name}: {self.ending}" + (f", {self.why}" if self.why else "")

    __test__ = False


def endings(
    entry: HistoryEntry, phases: Mapping[str, str], jobs: Sequence[ClusterTest], *, in_turn: bool = False
) -> tuple[DeclaredTest, ...]:
    """`phases`: of each test hook's last run as Helm has it, empty where it has none."""
    hooks = tuple(_hooks(entry, phases))
    return (*hooks, *_jobs(entry, hooks, jobs, in_turn=in_turn))


def _hooks(entry: HistoryEntry, phases: Mapping[str, str]) -> Iterator[DeclaredTest]:
    failed = "Failed" in phases.values()
    for name, phase in phases.items():
        if ending := _PHASES.get(phase):
            yield DeclaredTest(name, "test", ending)
        elif failed:
            yield DeclaredTest(name, "test", "skipped", _ANOTHER)
        elif entry.failed and not any(phases.values()):
            yield DeclaredTest(name, "test", "skipped", _DID_NOT_COME_UP)
        else:
            yield DeclaredTest(name, "test", "not run")


def _jobs(
    entry: HistoryEntry, hooks: Sequence[DeclaredTest], jobs: Sequence[ClusterTest], *, in_turn: bool
) -> Iterator[DeclaredTest]:
    if entry.passed or not entry.failed:
        ending: Ending = "passed" if entry.passed else "not known"
        yield from (DeclaredTest(each.name, "Job", ending) for each in jobs)
        return
    named = {each.name for each in jobs if re.search(rf"\bJob {re.escape(each.name)} failed\b", entry.reason)}
    beside, after = job_order(jobs, in_turn=in_turn)
    if not named:
        begun = {each.name for tests in beside for each in tests}
        yield from (_unnamed(each.name, hooks, begun) for each in jobs)
        return
    stopped = False
    for tests in (*beside, *after):
        stops = any(each.name in named for each in tests)
        for each in tests:
            if stopped:
                yield DeclaredTest(each.name, "Job", "skipped", _ANOTHER)
            elif each.name in named:
                yield DeclaredTest(each.name, "Job", "failed")
            elif stops and any(hook.ending == "failed" for hook in hooks):
                yield DeclaredTest(each.name, "Job", "not known", _MEANWHILE)
            else:
                yield DeclaredTest(each.name, "Job", "passed")
        stopped = stopped or stops


def _unnamed(name: str, hooks: Sequence[DeclaredTest], begun: Collection[str]) -> DeclaredTest:
    """No Job is named among what failed; those that run beside the hooks passed, were ended or did not begin."""
    if any(each.ending == "failed" for each in hooks):
        if name in begun:
            return DeclaredTest(name, "Job", "not known", _MEANWHILE)
        return DeclaredTest(name, "Job", "skipped", _ANOTHER)
    if hooks and all(each.ending == "skipped" for each in hooks):
        return DeclaredTest(name, "Job", "skipped", _DID_NOT_COME_UP)
    return DeclaredTest(name, "Job", "not known")
