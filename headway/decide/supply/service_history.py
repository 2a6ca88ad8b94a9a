"""What a service's branch says about code and chart: which commit holds which change."""

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from headway.model.edits import CommitChanges


@dataclass(frozen=True)
class ServiceHistory:
    """Commits of a service's branch, newest first and never a parent before its child, and which of them touched the chart
    folder and the service's code. What a commit holds is asked of its parents: beside a merge, newer is not later.
    """

    commits: Sequence[str]
    parents: Mapping[str, Sequence[str]]
    chart: Collection[str]
    code: Collection[str]
    older_chart: str | None = None
    """The chart's last commit, where that lies before all of `commits`: every one of them holds it."""

    def place(self, commit: str) -> int | None:
        """0 for the newest commit, None for one that is not on the branch."""
        if commit == self.older_chart:
            return len(self.commits)
        return self._places.get(commit)

    @property
    def chart_commits(self) -> Sequence[str]:
        """Those that touched the chart, newest first."""
        found = [commit for commit in self.commits if commit in self.chart]
        return [*found, self.older_chart] if self.older_chart else found

    def chart_commit(self, at: str) -> str | None:
        """The last commit up to and including `at` that touched the chart."""
        return self._last(at, self.chart) or (None if self.place(at) is None else self.older_chart)

    def code_commit(self, at: str, besides: Collection[str] = ()) -> str | None:
        """The last commit up to and including `at` that touched the service's code, and is none of `besides`."""
        return self._last(at, {*self.code} - {*besides} if besides else self.code)

    def content_commit(self, at: str) -> str:
        """The last commit up to and including `at` that touched chart or code; empty where none is known that did."""
        return self._last(at, {*self.chart, *self.code}) or self.older_chart or ""

    def holds(self, commit: str, earlier: str | None) -> bool:
        """Whether `commit` is `earlier`, or made on top of it; None is before everything."""
        if earlier is None:
            return True
        if earlier == self.older_chart:
            return self.place(commit) is not None
        left, right = self._places.get(commit), self._places.get(earlier)
        return left is not None and right is not None and bool(self._held[left] >> right & 1)

    def _last(self, at: str, among: Collection[str]) -> str | None:
        start = self._places.get(at)
        later = () if start is None else self.commits[start:]
        return next((commit for commit in later if commit in among and self.holds(at, commit)), None)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {commit: place for place, commit in enumerate(self.commits)}

    @cached_property
    def _held(self) -> Sequence[int]:
        """For each commit a number whose bits are the places of the commits that it holds."""
        held = [1 << place for place in range(len(self.commits))]
        for place in reversed(range(len(self.commits))):
            for parent in self.parents[self.commits[place]]:
                if parent in self._places:
                    held[place] |= held[self._places[parent]]
        return held


def of_branch(
    newest_first: Sequence[CommitChanges], folder: str, paths: Sequence[str] = (".",)
) -> ServiceHistory:
    """Reads a branch as `git log -- <path>` does, for the chart's folder and for the service's code: what lies in one of the
    folders `paths` and outside the chart's.

    A merge that took one parent's content as it is touched nothing, and only that parent is followed: what was undone
    on the other side, or never merged, is no change. Where the chart is the whole repository, every change is one of both.
    """
    in_chart = _within([folder])
    in_code = _within([posixpath.normpath(path) for path in paths])
    whole = folder in ("", ".")

    return ServiceHistory(
        commits=[each.commit.sha for each in newest_first],
        parents={each.commit.sha: each.commit.parents for each in newest_first},
        chart=_touching(newest_first, in_chart),
        code=_touching(newest_first, lambda path: in_code(path) and (whole or not in_chart(path))),
    )


def _within(folders: Sequence[str]) -> Callable[[str], bool]:
    def inside(path: str) -> bool:
        return any(each in ("", ".") or path == each or path.startswith(f"{each}/") for each in folders)

    return inside


def _touching(newest_first: Sequence[CommitChanges], counts: Callable[[str], bool]) -> frozenset[str]:
    touching = set()
    followed = {newest_first[0].commit.sha} if newest_first else set()
    for each in newest_first:
        if each.commit.sha not in followed:
            continue
        parents = each.commit.parents
        same = [not any(map(counts, paths)) for paths in each.by_parent]
        if True in same:
            followed.update(parents[same.index(True) :][:1])
        else:
            touching.add(each.commit.sha)
            followed.update(parents)
    return frozenset(touching)
