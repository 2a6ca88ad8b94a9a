"""An application without services: its repository on git, its chart repositories in folders. Needs no system but git."""

from dataclasses import dataclass
from pathlib import Path

from headway.clients.chart_repository import WritableChartRepository, open_writable_repository
from tests.clients.conftest import CONFIG_MAP
from tests.git_remote import GitRemote

CHART = "apiVersion: v2\nname: small\nversion: 0.1.0\n"


@dataclass(frozen=True)
class SmallApplication:
    """Environments testing and, after it, staging."""

    folder: Path
    name: str = "small"

    def begin(self, *more: str) -> "SmallApplication":
        """Make what is to be there first; `more` lines of headway.yaml."""
        for environment in ("testing", "staging"):
            (self.folder / environment).mkdir()
        GitRemote.made(
            self.git.path,
            {
                "headway.yaml": "\n".join(
                    [
                        f"application: {self.name}",
                        "environments:",
                        f"  testing: {{charts: 'file://{self.folder}/testing'}}",
                        f"  staging: {{charts: 'file://{self.folder}/staging', after: testing}}",
                        *more,
                        "",
                    ]
                ),
                "Chart.yaml": CHART,
                "values.yaml": "text: hello\n",
                "templates/text.yaml": CONFIG_MAP,
            },
        )
        return self

    @property
    def git(self) -> GitRemote:
        return GitRemote(self.folder / "remote.git")

    @property
    def charts(self) -> WritableChartRepository:
        """Of testing."""
        return open_writable_repository(f"file://{self.folder}/testing")
