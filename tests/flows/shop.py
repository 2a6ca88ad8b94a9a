"""A copy of the example, and its systems as they are, read without Headway."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from sandbox.demo.chart_truth import ChartTruth
from sandbox.demo.cluster_truth import ClusterTruth
from sandbox.demo.git_truth import GitTruth
from sandbox.seed import ENVIRONMENTS, SERVICES, Change, Layout
from sandbox.seed.commands import git
from sandbox.seed.repositories import commit_all, push, up_to_date


@dataclass(frozen=True)
class Shop:
    """A copy of the example, and its systems as they are, read without Headway."""

    layout: Layout

    @property
    def name(self) -> str:
        return self.layout.name

    @property
    def git(self) -> GitTruth:
        return GitTruth(self.layout.remote("application"))

    def service_git(self, service: str) -> GitTruth:
        return GitTruth(self.layout.remote(service))

    @property
    def charts(self) -> ChartTruth:
        return ChartTruth(self.layout)

    @property
    def cluster(self) -> ClusterTruth:
        return ClusterTruth(self.layout)

    def supplied(self) -> dict[str, Any]:
        """All that supply may write: every branch head, and every object of every bucket by its ETag."""
        heads = {name: self.service_git(name).head() for name in SERVICES}
        buckets = {f"bucket {name}": self.charts.objects(name) for name in ENVIRONMENTS}
        return {"application": self.git.head(), **heads, **buckets}

    def running(self, environment: str = "testing") -> dict[str, Any]:
        """All that a release may change, but for what Headway notes: revisions, and each Deployment's generation."""
        return {
            "history": self.cluster.history(environment),
            "generations": self.cluster.generations(environment),
        }

    @contextmanager
    def pushed(self, repository: str, change: Change) -> Iterator[str]:
        """A person's commit to a repository of the copy, taken back by another one afterwards."""
        checkout = up_to_date(self.layout, repository)
        for edit in change.edits:
            edit(checkout)
        commit = commit_all(checkout, change.message)
        push(checkout)
        try:
            yield commit
        finally:
            up_to_date(self.layout, repository)
            git("revert", "--no-edit", commit, cwd=checkout)
            push(checkout)


MakeShop = Callable[..., AbstractContextManager[Shop]]
"""By name; behind another registry ("host:port") than the sandbox's own, where one is given."""


_AS_IT_WAS = re.compile(r"^(?:<pre>)?(\w+): ([^:\n]+): ([^:(\n]+?)(?: \(.*)?$", re.MULTILINE)
"""Lines that a report folds away."""


def lines_of(application: str, what: str) -> list[tuple[str, str, str]]:
    """Stage, subject and outcome of each line in the newest artifact that a flow left."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[f"{application}-{what.replace('_', '-')}"]))
    with get_client(sync_client=True) as client:
        (artifact,) = client.read_latest_artifacts(artifact_filter=wanted)
    text = str(artifact.data)
    rows = [row.strip("| ").split(" | ") for row in text.splitlines() if row.startswith("| ")]
    told = [(stage, subject, outcome) for stage, subject, outcome, *_ in rows[2:]]
    return told + _AS_IT_WAS.findall(text)
