"""What is wrong with `needs` of the tests in headway.yaml: those that could never begin."""

from collections.abc import Iterator

import yaml

from headway.formats import near_names
from headway.formats.declaration import Finding, line_of
from headway.model.application import CHART_TESTS, Application, ClusterTest

_LISTED = 20
"""Tests that are named to whoever names none of them."""


def findings(root: yaml.Node, application: Application) -> Iterator[Finding]:
    for at, test in enumerate(application.tests):
        if test.name == CHART_TESTS:
            what = f"{CHART_TESTS} is what the charts' own tests are called under needs"
            yield _finding(root, at, "name", what)
    known = {CHART_TESTS, *(test.name for test in application.tests)}
    there = f"; there are {', '.join(sorted(known))}" if len(known) <= _LISTED else ""
    never = _never(application.tests)
    unknown = [each for each in never if not known.issuperset(each[1].needs)]
    for at, test in unknown:
        for name in sorted({*test.needs} - known):
            what = f"no test is called {name!r}{near_names.meant(name, known) or there}"
            yield _finding(root, at, "needs", what)
    for at, test in never if not unknown else ():
        what = f"{test.name} can never begin: it needs itself, or tests that can never begin either"
        yield _finding(root, at, "needs", what)


def _never(tests: tuple[ClusterTest, ...]) -> list[tuple[int, ClusterTest]]:
    """Those that could not begin if all others passed that can, by their place in the list."""
    done, waiting = {CHART_TESTS}, [*enumerate(tests)]
    while ready := [each for each in waiting if done.issuperset(each[1].needs)]:
        done |= {test.name for _, test in ready}
        waiting = [each for each in waiting if each not in ready]
    return waiting


def _finding(root: yaml.Node, at: int, key: str, what: str) -> Finding:
    place = ("tests", str(at), key)
    return line_of(root, place), f"{'.'.join(place)}: {what}"
