"""What a service's branch says about code and chart: which commit holds which change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


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
