"""What a service's branch says about code and chart: which commit holds which change."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from headway.model.edits import CommitChanges


@dataclass(frozen=True, slots=True)
class ServiceHistory:
    """Commits of a service's branch, newest first, and which of them touched the chart folder and anything
    else.
    """

    commits: Sequence[str]
    chart: Collection[str]
    code: Collection[str]

    def place(self, commit: str) -> int | None:
        """0 for the newest commit, None for one that is not on the branch."""
        return self.commits.index(commit) if commit in self.commits else None

    def chart_commit(self, at: str) -> str | None:
        """The last commit up to and including `at` that touched the chart."""
        return self._last(at, self.chart)

    def code_commit(self, at: str) -> str | None:
        """The last commit up to and including `at` that touched anything but the chart."""
        return self._last(at, self.code)

    def holds(self, commit: str, earlier: str | None) -> bool:
        """Whether `commit` is `earlier` or later; None is before everything."""
        if earlier is None:
            return True
        left, right = self.place(commit), self.place(earlier)
        return left is not None and right is not None and left <= right

    def _last(self, at: str, among: Collection[str]) -> str | None:
        start = self.place(at)
        later = () if start is None else self.commits[start:]
        return next((commit for commit in later if commit in among), None)


def of_branch(newest_first: Sequence[CommitChanges], folder: str) -> ServiceHistory:
    """Reads a branch as `git log -- <path>` does, for the chart's folder and for all that lies outside.

    A merge that took one parent's content as it is touched nothing, and only that parent is followed: what was undone
    on the other side, or never merged, is no change. Where the chart is the whole repository, every change is one of both.
    """
    whole = folder in ("", ".")

    def in_chart(path: str) -> bool:
        return whole or path == folder or path.startswith(f"{folder}/")

    return ServiceHistory(
        commits=[each.commit.sha for each in newest_first],
        chart=_touching(newest_first, in_chart),
        code=_touching(newest_first, lambda path: whole or not in_chart(path)),
    )


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
