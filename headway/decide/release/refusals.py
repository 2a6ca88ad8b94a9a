"""What it means that the API server refuses an object in a dry run, before anything is changed: one table, the first row decides.

Only what is sure counts. What the server misses may come with the release itself (a namespace, a service account, a kind); what
no row knows is left to the release, which then says it for itself.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from headway.decide.release.failure_phrases import classify
from headway.formats import manifests
from headway.formats.manifests import Resource

Verdict = Literal["version", "surroundings", "passed over"]
_BEFORE = frozenset({"pre-install", "pre-upgrade"})
_OTHER = r"I(?!nvalid value: )"
_DUMP = re.compile(
    rf"Invalid value: (?:\{{(?:[^}}I\n]|\}}(?!: )|{_OTHER}){{80,}}+\}}|\[(?:[^\]I\n]|\](?!: )|{_OTHER}){{80,}}+\]): "
)
"""Go's print of a whole structure, which says nothing; what is said after it goes on, of another field too."""
_MISSED_BY_ADMISSION = re.compile(
    r"denied (?:the )?request: .*\b(?:not found|not exist|doesn't exist|(?:could not|cannot|can't) find|no params found)",
    re.IGNORECASE | re.DOTALL,
)
"""Admission asks for something else, which may come with the release; where it does not, the release itself says so."""
_IMMUTABLE = re.compile(
    r"\" is invalid: .*(?:is immutable|Forbidden: updates to|may not change once set|may not be changed in an update"
    r"|cannot change roleRef|updates to \S+ are forbidden|pod updates may not)",
    re.DOTALL,
)
"""As most kinds say it; a Service, PriorityClass, RoleBinding, StorageClass and Pod have words of their own."""

_MADE_ANEW = (
    ". The live object is not the release's: somebody made it by hand, or a version of before left it there. Once it is deleted, "
    "and what it holds with it, the release makes it again"
)


def is_immutable(said: str) -> bool:
    """The API server refuses an object for a field that cannot be changed in place."""
    return bool(_IMMUTABLE.search(said))


def without_dumps(said: str) -> str:
    """What an API server says, without the structures that it prints whole."""
    return _DUMP.sub("", said)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the API server says of one object."""

    resource: str
    said: str
    retryable: bool = False
    """It may change by itself: a timeout, a quota, a server that is away."""
    missing: bool = False
    """Something that it names, or its place, is not there; or it is there already."""
    hooks_act: bool = False
    """Hooks that may use the API run before it: they may remove what is in its way."""
    made_anew: bool = False
    """What lives in its place is not what the release that runs made: that release has no such object, or is refused as well."""

    @property
    def of_live(self) -> bool:
        """A field that cannot be changed, of an object that somebody else made: it says nothing of the version."""
        return self.made_anew and is_immutable(self.said)

    def __str__(self) -> str:
        said = without_dumps(" ".join(self.said.split()))
        return f"{self.resource}: {said}{_MADE_ANEW if self.of_live else ''}"


@dataclass(frozen=True, slots=True)
class Row:
    holds: Callable[[Refusal], bool]
    verdict: Verdict


ROWS: tuple[Row, ...] = (
    Row(lambda r: r.missing, "passed over"),
    Row(lambda r: "does not support dry run" in r.said, "passed over"),
    Row(lambda r: bool(re.search(r"is forbidden: .*\bnot found\b|no PriorityClass", r.said)), "passed over"),
    Row(lambda r: bool(_MISSED_BY_ADMISSION.search(r.said)), "passed over"),
    Row(lambda r: r.of_live, "surroundings"),
    Row(lambda r: r.hooks_act and is_immutable(r.said), "passed over"),
    Row(lambda r: r.retryable, "surroundings"),
    Row(lambda r: classify(r.said)[0] == "version", "version"),
    Row(lambda r: classify(r.said)[0] == "surroundings", "surroundings"),
    Row(lambda _: True, "passed over"),
)


def acts_before(resource: Resource) -> bool:
    """Whether it is a hook that runs before the release, under an account of its own choice: one that deletes an object whose
    fields cannot be changed needs rights for it."""
    if not _BEFORE & {*resource.events}:
        return False
    spec = manifests.mapping(resource.document, "spec")
    pod = manifests.mapping(spec, "template", "spec") or spec
    return bool(pod.get("serviceAccountName"))


def verdict(refusal: Refusal) -> Verdict:
    return next(row.verdict for row in ROWS if row.holds(refusal))


@dataclass(frozen=True, slots=True)
class Refusals:
    """Sentences, sorted by what they speak of."""

    of_version: tuple[str, ...] = ()
    of_surroundings: tuple[str, ...] = ()


NOTHING_REFUSED = Refusals()


def sort(found: Sequence[Refusal]) -> Refusals:
    def those(wanted: Verdict) -> tuple[str, ...]:
        return tuple(str(each) for each in found if verdict(each) == wanted)

    return Refusals(those("version"), those("surroundings"))
