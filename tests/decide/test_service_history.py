"""Which commits of a branch touched the chart, and which anything else, as `git log -- <path>` would say."""

import pytest

from headway.decide.supply import service_history
from headway.decide.supply.service_history import ServiceHistory
from headway.model.edits import Commit, CommitChanges

CHART, CODE = "chart/values.yaml", "main.go"


def commit(sha: str, parents: str, *by_parent: str) -> CommitChanges:
    """`by_parent`: the paths in which it differs from each parent, separated by spaces."""
    return CommitChanges(
        Commit(sha, tuple(parents), "ada", 0, "Change"), tuple(frozenset(each.split()) for each in by_parent)
    )


FIRST = commit("a", "", f"{CHART} {CODE}")
STRAIGHT = [commit("d", "c", CHART), commit("c", "b", CODE), commit("b", "a", f"{CHART} {CODE}"), FIRST]
# m merges y, which changed the chart and then x's code, into x.
SIDES = [commit("y", "a", CHART), commit("x", "a", CODE), FIRST]


@pytest.mark.parametrize(
    ("newest_first", "folder", "chart", "code"),
    [
        pytest.param([], "chart", "", "", id="no commit"),
        pytest.param(STRAIGHT, "chart", "dba", "cba", id="one after the other"),
        pytest.param(STRAIGHT, ".", "dcba", "dcba", id="the chart is the whole repository"),
        pytest.param(STRAIGHT, "", "dcba", "dcba", id="the chart is the whole repository, by its empty name"),
        pytest.param(
            [commit("b", "a", "charted/values.yaml"), FIRST],
            "chart",
            "a",
            "ba",
            id="a folder whose name begins alike",
        ),
        pytest.param([commit("b", "a", "chart"), FIRST], "chart", "ba", "a", id="the folder became a file"),
        pytest.param([commit("b", "a", ""), FIRST], "chart", "a", "a", id="an empty commit"),
        pytest.param(
            [commit("m", "xy", CHART, CODE), *SIDES], "chart", "ya", "xa", id="a merge of different changes"
        ),
        pytest.param(
            [commit("m", "xy", f"{CHART} {CODE}", f"{CHART} {CODE}"), *SIDES],
            "chart",
            "mya",
            "mxa",
            id="a merge that a person mended",
        ),
        pytest.param(
            [commit("m", "xy", "", f"{CHART} {CODE}"), *SIDES],
            "chart",
            "a",
            "xa",
            id="a merge that threw the other side away",
        ),
        pytest.param(
            [commit("m", "xy", f"{CHART} {CODE}", ""), *SIDES],
            "chart",
            "ya",
            "a",
            id="a merge that took the other side whole",
        ),
        pytest.param(
            [
                commit("m", "xy", "", ""),
                commit("y", "a", CHART),
                commit("x", "a", CHART),
                commit("a", "", CODE),
            ],
            "chart",
            "x",
            "a",
            id="both sides made the same change: the first one counts",
        ),
    ],
)
def test_what_a_branch_says(newest_first: list[CommitChanges], folder: str, chart: str, code: str) -> None:
    history = service_history.of_branch(newest_first, folder)
    assert [*history.commits] == [each.commit.sha for each in newest_first]
    assert (history.chart, history.code) == (frozenset(chart), frozenset(code))


HISTORY = ServiceHistory(
    commits="cba", parents={"c": "b", "b": "a", "a": ""}, chart=frozenset("cb"), code=frozenset("c")
)


@pytest.mark.parametrize(
    ("at", "chart", "code"),
    [
        pytest.param("c", "c", "c", id="it touched both"),
        pytest.param("b", "b", None, id="no code up to there"),
        pytest.param("a", None, None, id="nothing at all up to there"),
        pytest.param("x", None, None, id="not on the branch"),
    ],
)
def test_the_last_commit_that_touched_it(at: str, chart: str | None, code: str | None) -> None:
    assert (HISTORY.chart_commit(at), HISTORY.code_commit(at)) == (chart, code)


@pytest.mark.parametrize(
    ("commit", "earlier", "holds"),
    [
        pytest.param("c", "b", True, id="later"),
        pytest.param("b", "b", True, id="itself"),
        pytest.param("a", "b", False, id="earlier"),
        pytest.param("x", "b", False, id="of another branch"),
        pytest.param("b", "x", False, id="what is on another branch"),
        pytest.param("x", None, True, id="nothing is before everything"),
    ],
)
def test_a_commit_holds_what_came_before(commit: str, earlier: str | None, holds: bool) -> None:
    assert HISTORY.holds(commit, earlier) is holds
