"""An application without services: its repository on git, its chart repositories in folders. Needs no system but git."""

from dataclasses import dataclass
from pathlib import Path

from headway.clients.chart_repository import WritableChartRepository, open_writable_repository
from tests.clients.conftest import CONFIG_MAP, git

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
        self.remote.mkdir()
        git(self.remote, "init", "-q", "--bare", "-b", "main")
        git(self.folder, "clone", "-q", str(self.remote), str(self.checkout))
        git(self.checkout, "checkout", "-q", "-b", "main")
        self.push(
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
            }
        )
        return self

    @property
    def remote(self) -> Path:
        return self.folder / "remote.git"

    @property
    def url(self) -> str:
        return f"file://{self.remote}"

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def charts(self) -> WritableChartRepository:
        """Of testing."""
        return open_writable_repository(f"file://{self.folder}/testing")

    def push(self, files: dict[str, str | bytes]) -> str:
        """A person's commit; its SHA."""
        if self.head:
            git(self.checkout, "pull", "-q", "origin", "main")
        for path, content in files.items():
            file = self.checkout / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        git(self.checkout, "add", "--all")
        git(self.checkout, "commit", "-qm", "Change")
        git(self.checkout, "push", "-q", "origin", "HEAD:main")
        return self.head

    def move(self, old: str, new: str) -> None:
        """A person moves files."""
        (self.checkout / new).parent.mkdir(parents=True, exist_ok=True)
        git(self.checkout, "mv", old, new)

    @property
    def head(self) -> str:
        return git(self.remote, "for-each-ref", "--format=%(objectname)", "refs/heads/main")

    def protect(self) -> None:
        """From now on the remote refuses every push."""
        hook = self.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho main is protected >&2\nexit 1\n")
        hook.chmod(0o755)
