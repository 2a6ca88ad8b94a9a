"""In which order the tests of a release run, and which of them side by side.

Helm runs them all in turn, by weight and name. Tests of different charts know nothing of each other, so those of one weight
run at the same time; those of one chart stay one after the other, and a weight begins when the one before has ended. The Jobs
of headway.yaml know nothing of them either, but where they say so.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from headway.model.application import CHART_TESTS, ClusterTest


@dataclass(frozen=True, slots=True)
class TestHook:
    name: str
    chart: str
    """The chart it comes from, by its place in the package, such as "shop/charts/catalog"."""
    weight: int = 0

    __test__ = False


Group = tuple[str, ...]
"""Names of hooks that run one after the other."""


def rounds(hooks: Iterable[TestHook], *, in_turn: bool = False) -> tuple[tuple[Group, ...], ...]:
    """Each round is a number of groups that run side by side. `in_turn`: one round of one group, as Helm has it."""
    every = sorted(hooks, key=lambda hook: (hook.weight, hook.name))
    if not every:
        return ()
    if in_turn or len({hook.chart for hook in every}) == 1:
        return ((tuple(hook.name for hook in every),),)
    return tuple(_by_chart(list(level)) for _, level in groupby(every, key=lambda hook: hook.weight))


def _by_chart(hooks: Iterable[TestHook]) -> tuple[Group, ...]:
    charts: dict[str, list[str]] = {}
    for hook in hooks:
        charts.setdefault(hook.chart, []).append(hook.name)
    return tuple(map(tuple, charts.values()))


JobRounds = tuple[tuple[ClusterTest, ...], ...]


def job_order(tests: Sequence[ClusterTest], *, in_turn: bool = False) -> tuple[JobRounds, JobRounds]:
    """Rounds of Jobs beside the charts' own tests, and those after them, which begin once all of both have passed."""
    beside = () if in_turn else job_rounds(tests)
    passed = {CHART_TESTS, *(test.name for each in beside for test in each)}
    return beside, job_rounds(tests, passed=passed, in_turn=in_turn)


def job_rounds(
    tests: Sequence[ClusterTest], *, passed: Collection[str] = (), in_turn: bool = False
) -> JobRounds:
    """Each round runs side by side, once all that its tests need is among `passed` or has passed in the rounds before.

    Those that have passed are left out, and those that can never begin so: what needs the charts' own tests (CHART_TESTS)
    needs them among `passed`.
    """
    if in_turn:
        return tuple((test,) for test in _in_order(tests, passed))
    done = set(passed)
    found = []
    waiting = [test for test in tests if test.name not in done]
    while ready := tuple(test for test in waiting if done.issuperset(test.needs)):
        found.append(ready)
        done |= {test.name for test in ready}
        waiting = [test for test in waiting if test not in ready]
    return tuple(found)


def _in_order(tests: Sequence[ClusterTest], passed: Collection[str]) -> list[ClusterTest]:
    return [test for each in job_rounds(tests, passed=passed) for test in each]
