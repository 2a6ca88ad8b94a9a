"""What an operator says of the receiver: who sends hints, how that is proved, and which things are whose."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from headway.decide.hints.gathering import Patience
from headway.errors import BadInput
from headway.formats import declaration
from headway.formats.hints import sns
from headway.formats.hints.kinds import KINDS
from headway.formats.settings_file import text_of
from headway.model.field_types import Duration, Name, seconds
from headway.model.hints import HintedApplication
from headway.model.strict import Strict, lists_as_tuples

_LOG = logging.getLogger(__name__)
BODY_LIMIT = 2**20
LONGEST = 3600.0
Way = Literal["signature", "token", "path", "sns", "sqs"]
WAYS: Mapping[str, tuple[Way, ...]] = {
    "acr": ("token", "path"),
    "distribution": ("token", "path"),
    "docker-hub": ("path",),
    "ecr": ("token", "path", "sns", "sqs"),
    "generic": ("signature",),
    "gitea": ("signature",),
    "github": ("signature",),
    "gitlab": ("token",),
    "google": ("path",),
    "harbor": ("token", "path"),
    "quay": ("path",),
    "s3": ("token", "path", "sns", "sqs"),
    "seaweedfs": ("token", "path"),
}
"""How each kind can prove itself; the first where nothing is said. A path alone for those that neither sign nor send a token."""


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}")
    return value


def _topic(value: str) -> str:
    if not sns.TOPIC.match(value):
        raise ValueError(f"{value[:100]!r} is no topic such as arn:aws:sns:eu-central-1:123456789012:charts")
    return value


def _queue(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.strip("/"):
        raise ValueError(
            f"{value[:100]!r} is no queue such as https://sqs.eu-central-1.amazonaws.com/123456789012/charts"
        )
    return value


class Sender(Strict):
    kind: Annotated[str, AfterValidator(_kind)]
    by: Way | None = None
    """How it proves itself; as its kind does where left out."""
    secrets: str | None = None
    """A file beside this one, with a secret a line: each of them holds, so that a new one is there before the old one goes."""
    topic: Annotated[str, AfterValidator(_topic)] | None = None
    """Of Amazon SNS, with `by: sns`, in the place of secrets."""
    queue: Annotated[str, AfterValidator(_queue)] | None = None
    """Of Amazon SQS, with `by: sqs`, in the place of secrets: it is read from there, and nobody posts."""
    registry: str = ""
    """The name by which its images are pulled, where it calls itself otherwise."""
    applications: tuple[Name, ...] = ()
    """The only ones that it may send hints for: all where left out, none where empty."""

    @property
    def way(self) -> Way:
        return self.by or WAYS[self.kind][0]

    def may_name(self, application: str) -> bool:
        return "applications" not in self.model_fields_set or application in self.applications

    @model_validator(mode="after")
    def _proves_itself(self) -> "Sender":
        if self.way not in WAYS[self.kind]:
            raise ValueError(f"by: {self.kind} can do {' or '.join(WAYS[self.kind])}, not {self.way}")
        if (self.topic is None) == (self.way == "sns"):
            raise ValueError("topic: is there with by: sns, and only there")
        if (self.queue is None) == (self.way == "sqs"):
            raise ValueError("queue: is there with by: sqs, and only there")
        if (self.secrets is None) != (self.way in ("sns", "sqs")):
            raise ValueError(
                "secrets: name a file with the sender's secrets (with by: sns and sqs there is none)"
            )
        return self


class Hinted(Strict):
    """How an application's things begin, in whole parts."""

    images: tuple[str, ...] = ()
    git: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


def _wait(value: str) -> str:
    if not seconds(value) <= LONGEST:
        raise ValueError(f"{value!r} is longer than an hour")
    return value


class Settings(Strict):
    senders: Annotated[Mapping[Name, Sender], Field(min_length=1)]
    applications: Mapping[Name, Hinted] = Field(default_factory=dict)
    """What none of them has is dropped."""
    quiet: Annotated[Duration, AfterValidator(_wait)] = "1s"
    """So long without a further hint, and what has come for an application is told, as one."""
    longest: Annotated[Duration, AfterValidator(_wait)] = "10s"
    """Told after this at the latest, though hints go on."""
    kept: str | None = None
    """A folder beside this file for hints that are accepted and not yet told; without it a restart leaves them to the poll."""
    body_limit: Annotated[int, Field(ge=1024, le=32 * 2**20)] = BODY_LIMIT
    """Bytes of a request."""
    burst: Annotated[int, Field(ge=1, le=1_000_000)] = 2000
    """Requests of one sender at once; and then so many a second:"""
    rate: Annotated[int, Field(ge=1, le=100_000)] = 50

    @property
    def patience(self) -> Patience:
        return Patience(seconds(self.quiet), seconds(self.longest))

    def hinted(self, sender: Sender) -> dict[str, HintedApplication]:
        """By application, those that a sender may send hints for."""
        return {
            name: HintedApplication(each.images, each.git, each.charts, each.branches)
            for name, each in self.applications.items()
            if sender.may_name(name)
        }

    @model_validator(mode="after")
    def _senders_name_what_is_there(self) -> "Settings":
        for name, sender in self.senders.items():
            if unknown := [each for each in sender.applications if each not in self.applications]:
                raise ValueError(
                    f"senders.{name}.applications: {', '.join(unknown)}: not declared under applications:"
                )
        return self

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: Any) -> Any:
        return lists_as_tuples(data)


class Live:
    """The settings of a file as it is now: read again when it has changed. What is damaged later is told in the log, and what
    stood there before goes on."""

    def __init__(self, file: Path) -> None:
        """Raises BadInput with one line `file:line: key: sentence` for each finding."""
        self.file = file
        self._version = _version(file)
        self._settings = parsed(text_of(file), str(file))
        self._trouble = ""

    def __call__(self) -> Settings:
        try:
            version = _version(self.file)
            if version != self._version:
                self._version = version
                self._settings = parsed(text_of(self.file), str(self.file))
                _LOG.info("read again: %s", self.file)
        except BadInput as error:
            if str(error) != self._trouble:
                _LOG.error("%s", error)
            self._trouble = str(error)
        return self._settings


class Secrets:
    """Of files, each read again when it has changed: what is taken out of one holds no longer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[tuple[int, int, int], tuple[bytes, ...]]] = {}

    def of(self, name: str) -> tuple[bytes, ...]:
        """Raises BadInput for a file that cannot be read, or holds none."""
        file = self._folder / name
        version = _version(file)
        known = self._known.get(name)
        if known is None or known[0] != version:
            known = (version, secrets_in(text_of(file), str(file)))
            self._known[name] = known
        return known[1]

    def require(self, settings: Settings) -> None:
        """Raises BadInput for a file of secrets that is missing or damaged."""
        for sender in settings.senders.values():
            if sender.secrets is not None:
                self.of(sender.secrets)

    def most_signatures(self, settings: Settings) -> int:
        """How many secrets the sender has that signs and has most, of files that are sound."""
        found = 1
        for file in {each.secrets for each in settings.senders.values() if each.way == "signature"}:
            with suppress(BadInput):
                found = max(found, len(self.of(file))) if file is not None else found
        return found


SHORTEST_SECRET, LONGEST_SECRET, MOST_SECRETS = 16, 500, 10


def secrets_in(text: str, file: str) -> tuple[bytes, ...]:
    """One a line; empty lines and those with # do not count. Raises BadInput, which quotes none."""
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not 1 <= len(found) <= MOST_SECRETS:
        raise BadInput(
            f"it holds {len(found)} secrets, not 1 to {MOST_SECRETS}, one a line",
            where=file,
            next_step="`headway receiver --new-secret` prints one.",
        )
    for number, line in enumerate(lines, 1):
        if line in found and not _is_secret(line):
            raise BadInput(
                f"a secret is {SHORTEST_SECRET} to {LONGEST_SECRET} visible ASCII characters",
                where=f"{file}:{number}",
                next_step="`headway receiver --new-secret` prints one.",
            )
    return tuple(line.encode() for line in found)


def _is_secret(line: str) -> bool:
    sound = line.isascii() and line.isprintable() and " " not in line
    return sound and SHORTEST_SECRET <= len(line) <= LONGEST_SECRET


def parsed(text: str, file: str) -> Settings:
    """Raises BadInput with one line `file:line: key: sentence` for each finding."""
    root, data, findings = declaration.opened(text, file, "senders and applications")
    settings, refused = declaration.validated(root, data, Settings)
    if settings is None or findings or refused:
        raise declaration.bad_input([*findings, *refused], file)
    return settings


def _version(file: Path) -> tuple[int, int, int]:
    try:
        stat = file.stat()
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}", where=str(file)) from error
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
