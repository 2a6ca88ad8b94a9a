"""The application repository at one commit: its policy, its inputs and its chart, each read once, whoever asks."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from threading import Lock

from headway.clients.git import GitRepository
from headway.decide.supply import own_scalars
from headway.errors import BadInput
from headway.formats import application_files, headway_yaml, quarantine, utf8
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application, Service
from headway.model.edits import Commit
from headway.model.policy import Policy
from headway.model.quarantine import Input, QuarantinedInput

HEADWAY_YAML = headway_yaml.FILE
COMMITS_CONSIDERED = 50
"""Of those that changed a file, to tell who wrote a scalar in it."""


class ApplicationSource:
    """Raises BadInput for a headway.yaml or quarantine that is missing or wrong; nothing else is read yet.

    With `or_last_read` the last headway.yaml that could be read stands in, and no quarantine for one that cannot: `unread` is the
    error then.
    """

    def __init__(
        self, git: GitRepository, commit: str, policy: Policy | None = None, *, or_last_read: bool = False
    ) -> None:
        """`policy`: what a file of its own says; None where policy stands in headway.yaml."""
        self._git = git
        self._histories: dict[str, list[tuple[Commit, bytes]]] = {}
        self._texts: dict[str, list[tuple[Commit, str]]] = {}
        self._reading = Lock()
        self.commit = commit
        self.policy = policy
        self.unread: BadInput | None = None
        self.headway_yaml: bytes
        self.application: Application
        self.quarantine: tuple[QuarantinedInput, ...] = ()
        try:
            found = git.read_all(commit, [HEADWAY_YAML, quarantine.PATH])
            self._read(found.get(HEADWAY_YAML))
            self.quarantine = quarantine.read(utf8.text(found.get(quarantine.PATH, b""), quarantine.PATH))
        except BadInput as error:
            if not or_last_read or not self._read_last():
                raise
            self.unread = error

    def _read(self, data: bytes | None) -> None:
        if data is None:
            raise BadInput(
                "the file is missing (a link is not followed)",
                where=f"{self._git.url} {HEADWAY_YAML}",
                next_step="`headway init` writes a first one.",
            )
        text = utf8.text(data, HEADWAY_YAML)
        self.application = headway_yaml.read(text, HEADWAY_YAML, self.policy)
        self.headway_yaml = data

    def _read_last(self) -> bool:
        """Read the last headway.yaml that can be read, of the last commits that changed it; False where there is none."""
        for _, data in self.history_of(HEADWAY_YAML):
            with suppress(BadInput):
                self._read(data)
                return True
        return False

    @cached_property
    def files(self) -> ApplicationFiles:
        """The files that hold the application's inputs."""
        return self.files_at(self.commit)

    def files_at(self, commit: str) -> ApplicationFiles:
        """The same at another commit; not kept."""
        return self._files_of(self._git.read_all(commit, self._paths))

    def files_with(self, changed: Mapping[str, bytes | None]) -> ApplicationFiles:
        """The files of this commit with other content of some (None: without it), by path in the repository."""
        found = {**self._git.read_all(self.commit, self._paths), **changed}
        return self._files_of({path: data for path, data in found.items() if data is not None})

    @property
    def _paths(self) -> tuple[str, ...]:
        return application_files.paths(self.application.chart, self.application.tag_files)

    def _files_of(self, tree: Mapping[str, bytes]) -> ApplicationFiles:
        return application_files.read(tree, self.application.chart, self.application.tag_files)

    def inputs_at(self, commit: str) -> frozenset[Input]:
        """Tags, versions of service charts, and the application's own content, at a commit."""
        files = self.files_at(commit)
        return own_scalars.inputs(files, self.application) | {self._content(commit, files)}

    @cached_property
    def content(self) -> Input:
        """All that people wrote in the umbrella chart, as one input."""
        return self._content(self.commit, self.files)

    def _content(self, commit: str, files: ApplicationFiles) -> Input:
        tree = self._git.tree(commit, self.application.chart)
        people = {path: data for path, data in tree.items() if path != quarantine.PATH}
        return own_scalars.content(people, files, self.application)

    def history_of(self, path: str) -> list[tuple[Commit, bytes]]:
        """The last commits that changed a file, newest first, each with the file as it left it; read once, also by threads."""
        with self._reading:
            if path not in self._histories:
                self._histories[path] = self._git.file_history(self.commit, path, COMMITS_CONSIDERED)
            return self._histories[path]

    def texts_of(self, path: str) -> list[tuple[Commit, str]]:
        """The same as text."""
        history = self.history_of(path)
        with self._reading:
            if path not in self._texts:
                self._texts[path] = texts(history, path)
            return self._texts[path]

    @cached_property
    def umbrella(self) -> Mapping[str, bytes]:
        """All files of the umbrella chart, by path relative to it."""
        return self._git.tree(self.commit, self.application.chart)

    @cached_property
    def chart_name(self) -> str:
        """Name of the umbrella chart."""
        return self.files.chart_yaml.name

    def service(self, name: str) -> Service:
        return self.application.services[name]


def texts(history: Iterable[tuple[Commit, bytes]], path: str) -> list[tuple[Commit, str]]:
    """Of a file; empty where it is no text."""

    def text(data: bytes) -> str:
        try:
            return utf8.text(data, path)
        except BadInput:
            return ""

    return [(commit, text(data)) for commit, data in history]
