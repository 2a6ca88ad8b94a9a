"""A chart in git as it is about to be published: its files at a commit, and where a higher version would be committed."""

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from headway.clients.git import GitRepository
from headway.clients.helm import packaging
from headway.clients.helm.command import Helm
from headway.errors import BadInput
from headway.formats import chart_yaml, tar_members, utf8, yaml_scalar
from headway.formats.chart_yaml import ChartYaml
from headway.formats.content_digest import CHART_YAML
from headway.model.charts import COMMIT_ANNOTATION, COMMITTED_ANNOTATION, SOURCE_ANNOTATION, Package
from headway.model.edits import Edit
from headway.model.moment import of_seconds

_NO_SUCH_FILES = (errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST)
"""git knows names that no file system does, and a folder may stand where a file of ours is added."""


@dataclass(frozen=True, slots=True)
class ChartSource:
    """A chart at a commit of a branch, and how its version may be raised there."""

    git: GitRepository
    folder: str
    commit: str
    """Whose content is packaged, and what the package says it was made from."""
    head: str | None
    """Where a commit that raises the version goes; None where the chart at the head is another one."""
    version_policy: str
    """patch | manual"""
    quarantined_versions: frozenset[str] = frozenset()
    added: Mapping[str, bytes] = field(default_factory=dict)
    """Files that the package holds beside those of the folder, by path in the chart."""
    read: Callable[[], Mapping[str, bytes]] | None = None
    """Gives the files at the commit where somebody has read them already; else git is asked."""

    @property
    def path(self) -> str:
        """Of Chart.yaml in the repository."""
        return CHART_YAML if self.folder == "." else f"{self.folder}/{CHART_YAML}"

    @property
    def where(self) -> str:
        return f"{self.git.url} {self.path}"

    def write(self, folder: Path) -> ChartYaml:
        """Write the chart's files. Raises BadInput where there is no chart, or none that can be read."""
        files = (self.read or partial(self.git.tree, self.commit, self.folder))()
        if CHART_YAML not in files:
            raise BadInput(
                f"the file is missing at commit {self.commit[:12]}",
                where=self.where,
                next_step="Put it back, or correct `chart:` in headway.yaml.",
            )
        self._refuse_submodules(files)
        for path, data in {**files, **self.added}.items():
            self._write_file(folder, path, data)
        return chart_yaml.read(utf8.text(files[CHART_YAML], self.where), self.where)

    def _write_file(self, folder: Path, path: str, data: bytes) -> None:
        file = folder / path
        wrong = "its path is too long" if len(os.fsencode(path)) > tar_members.PATH_LIMIT else ""
        try:
            if not wrong:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        except OSError as error:
            if error.errno not in _NO_SUCH_FILES:
                raise
            wrong = f"no such file can be written ({error.strerror})"
        if wrong:
            raise BadInput(
                f"{path[:100]!a}: {wrong}",
                where=self.where,
                next_step="Rename it, or take it out of the chart.",
            )

    def _refuse_submodules(self, files: Mapping[str, bytes]) -> None:
        """They are not followed, and without their files the package would be another one."""
        lines = utf8.text(files.get(".helmignore", b""), self.where).splitlines()
        ignored = {line.strip().strip("/") for line in lines}
        for path in self.git.submodules(self.commit, self.folder):
            if ignored.isdisjoint({path, path.partition("/")[0]}):
                raise BadInput(
                    f"{path} is a submodule, whose files are in another repository",
                    where=f"{self.where} {self.commit[:12]}",
                    next_step="Commit the files themselves, or name it in .helmignore.",
                )

    def committed_at(self) -> int:
        """Seconds since the epoch."""
        return self.git.log(self.commit, 1)[0].time

    def package(self, folder: Path, helm: Helm, epoch: int, known: Mapping[str, str]) -> Package:
        """The chart written there, with its dependencies in it; it says what it was made from.

        `epoch`: what `committed_at` gives; `known`: annotations with what else is known of it.
        """
        annotations = {
            COMMIT_ANNOTATION: self.commit,
            COMMITTED_ANNOTATION: f"{of_seconds(epoch):%Y-%m-%dT%H:%M:%SZ}",
            SOURCE_ANNOTATION: self.git.url,
            **known,
        }
        return packaging.package(folder, annotations=annotations, epoch=epoch, helm=helm)

    def raised(self, folder: Path, version: str, why: str) -> Edit:
        """The edit of the branch that gives the chart written there a higher version; it is written there as well."""
        file = folder / CHART_YAML
        text = yaml_scalar.splice(utf8.text(file.read_bytes(), self.path), ("version",), version, self.path)
        file.write_text(text, encoding="utf-8", newline="")
        return Edit({self.path: text.encode()}, f"Raise the chart's version to {version}", f"Because {why}.")

    def at(self, commit: str) -> "ChartSource":
        """The same chart as a commit of ours left it."""
        return replace(self, commit=commit, head=commit, read=None)
