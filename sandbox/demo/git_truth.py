"""The application's bare repository, read without Headway."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.seed.commands import git


@dataclass(frozen=True, slots=True)
class GitTruth:
    repository: Path

    def head(self) -> str:
        return git("rev-parse", "main", cwd=self.repository)

    def text(self, path: str, commit: str = "main") -> str:
        """The file's content; empty where there is none."""
        if not git("ls-tree", "--name-only", commit, "--", path, cwd=self.repository):
            return ""
        return git("show", f"{commit}:{path}", cwd=self.repository)

    def yaml(self, path: str, commit: str = "main") -> Any:
        return yaml.safe_load(self.text(path, commit))

    def changed_lines(self, before: str, path: str) -> list[str]:
        """The lines of a file that were added or removed since `before`, with their sign."""
        diff = git("diff", "--unified=0", before, "main", "--", path, cwd=self.repository)
        return [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]

    def changed_files(self, commit: str) -> list[str]:
        """What this one commit changed."""
        names = git("diff-tree", "--no-commit-id", "--name-only", "-r", commit, cwd=self.repository)
        return names.splitlines()

    def subjects(self, before: str) -> list[str]:
        """Subjects of the commits since `before`, newest first."""
        return git("log", "--format=%an: %s", f"{before}..main", cwd=self.repository).splitlines()

    def tags(self, commit: str = "main") -> dict[str, str]:
        """Image tags by service, as values.yaml has them."""
        values = self.yaml("values.yaml", commit)
        return {name: part["image"]["tag"] for name, part in values.items() if "image" in part}
