"""What a release would change, before it does: for the person at the gate, and as the digest that they
approve.

Compared resource by resource, equal ones first: only what differs is ever laid side by side.
"""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from headway.decide.release.refusals import NOTHING_REFUSED, Refusals
from headway.decide.review import definitions, image_changes, irreversible, redaction, removal, stable_names
from headway.decide.review.definitions import DefinitionChange, FoundDefinition
from headway.decide.review.image_changes import ImageChange
from headway.decide.review.redaction import Redaction
from headway.decide.review.removal import Removal
from headway.decide.review.shown_whole import is_shown_whole
from headway.formats import manifests, secret_leaves
from headway.formats.chart_definitions import KIND
from headway.formats.known_secrets import KnownSecrets
from headway.formats.manifests import Key, Resource
from headway.model.charts import ChartEntry
from headway.model.release_ref import ReleaseRef

Role = Literal["resource", "hook", "test"]
"""Helm runs hooks and tests, and removes none of them with a version that lacks them."""
PACKAGE, REVISION = "package", "revision"
"""Names of parts that are no resources."""


def title(version: str, environment: str) -> str:
    """Of the artifact that holds a plan."""
    return f"What releasing {version} to {environment} changes"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that is added, changed or removed."""

    resource: str
    kind: Literal["added", "changed", "removed"]
    diff: tuple[str, ...] = ()
    """A unified diff without secrets; of what is added or removed, each of its lines."""
    role: Role = "resource"
    whole: bool = False
    """It is never cut."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What stands in it may be shown to anybody who may see the application."""

    ref: ReleaseRef
    before: str
    """Version that runs; empty before the first install."""
    after: str
    digest: str
    """sha256:<hex>, keyed: of the rendered content but for tests, the package and the revision it starts from. Without a lasting
    key, of the package, the revision and the names of what is rendered.
    """
    changes: tuple[Change, ...] = ()
    images: tuple[ImageChange, ...] = ()
    irreversible: tuple[str, ...] = ()
    removals: tuple[Removal, ...] = ()
    """What a person may have to be asked about."""
    definitions: tuple[DefinitionChange, ...] = ()
    """Of the chart's crds/."""
    brings_definitions: bool = True
    """They are brought in before the release, or left to somebody else."""
    notes: tuple[str, ...] = ()
    """What the plan could not see."""
    refused: tuple[str, ...] = ()
    """What the API server will not take of it."""
    hindered: tuple[str, ...] = ()
    """What it would not take now, for reasons that are none of the version's."""
    masked: tuple[str, ...] = ()
    """`Kind/name: path` of fields, names among them, that every render makes anew."""
    drift: tuple[str, ...] = ()
    """What was changed by hand in the cluster and is put back."""
    digest_without_key: str = ""
    """As `digest` where there is no lasting key: what was approved before there was one is known by it."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Digest of each thing that `digest` covers, by its name. Without a lasting key those of resources are empty."""

    @property
    def artifact(self) -> str:
        """Key of the artifact that has all of it."""
        return f"{self.ref.application}-{self.ref.environment}-plan"

    @property
    def key(self) -> str:
        """Short and unique enough for the key of a pause."""
        return _short(self.digest)

    @property
    def keys(self) -> tuple[str, str]:
        """Under which somebody may have been shown it."""
        return self.key, _short(self.digest_without_key)


@dataclass(frozen=True, slots=True)
class Running:
    """What runs now: resources of `revision` with their hooks; nothing before the first install."""

    version: str = ""
    revision: int = 0
    resources: Sequence[Resource] = ()
    drift: tuple[str, ...] = ()
    """Sentences on live objects that differ from `resources`."""
    scaled: Mapping[Key, int] = field(default_factory=dict)
    """Replicas that live, of what somebody scaled by hand."""
    namespace: str = ""
    """Of the release."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The package to release, and its resources as two renders have them, with their hooks."""

    entry: ChartEntry
    rendered: Sequence[Resource]
    again: Sequence[Resource]
    definitions: Sequence[FoundDefinition] = ()
    """Of its crds/."""
    brings_definitions: bool = True
    refusals: Refusals = NOTHING_REFUSED
    """By the API server, in a dry run."""


@dataclass(frozen=True, slots=True)
class DigestKey:
    """What secrets and plans are digested with.

    Before the first change no key is stored, and `value` is another one at every look: what was approved must be known
    again all the same, and a digest of secret values under a key that others can derive would help to guess them. So
    the contents stay out of that digest; they follow from the package, which holds the values too.
    """

    value: bytes = field(repr=False)
    stored: bool


def make(
    ref: ReleaseRef, running: Running, candidate: Candidate, key: DigestKey, secrets: Iterable[str]
) -> Plan:
    """`secrets` are the decrypted values of both sides, which are shown nowhere."""
    names = stable_names.unstable(candidate.rendered, candidate.again)
    former = stable_names.renamed_former(running.resources, names, candidate.rendered)
    old = manifests.by_key(former)
    new, second = (
        manifests.by_key(stable_names.renamed(each, names)) for each in (candidate.rendered, candidate.again)
    )
    paths = {each: redaction.unstable(resource, second.get(each)) for each, resource in new.items()}
    stable = {each: redaction.masked(resource.document, paths[each]) for each, resource in new.items()}
    made = secret_leaves.of_resources((*former, *candidate.rendered, *candidate.again))
    known = KnownSecrets.of((*secrets, *made))
    hidden = Redaction(key.value, known)
    changed = [
        _change(each, old.get(each), new.get(each), paths.get(each, ()), hidden)
        for each in _ordered(old, new)
    ]
    lasting = key.value if key.stored else None
    lost = [
        (Key("apiextensions.k8s.io", KIND, "", each.definition.name), f"{each.definition.name}: {loss}")
        for each in candidate.definitions
        if each.live and candidate.brings_definitions and not each.owner
        for loss in definitions.losses(each.live, each.definition.document)
    ]
    parts = _parts(lasting, candidate.entry.digest, running.revision, stable, new)
    return Plan(
        ref=ref,
        before=running.version,
        after=candidate.entry.version,
        digest=_digest(lasting, candidate.entry.digest, running.revision, stable, new),
        changes=tuple(change for change in changed if change),
        images=image_changes.changes(running.resources, candidate.rendered, hidden.text),
        irreversible=tuple(
            map(known.hide, (*irreversible.changes(old, new), *(f"{what}." for _, what in lost)))
        ),
        removals=tuple(
            replace(each, what=known.hide(each.what))
            for each in (
                *removal.removals(old, new, running.namespace, running.scaled),
                *(Removal(key, what) for key, what in lost),
            )
        ),
        definitions=tuple(map(definitions.change, candidate.definitions)),
        brings_definitions=candidate.brings_definitions,
        refused=tuple(map(known.hide, candidate.refusals.of_version)),
        hindered=tuple(map(known.hide, candidate.refusals.of_surroundings)),
        masked=tuple(
            known.hide(each)
            for each in (
                *(f"{key}: metadata.name" for key in dict.fromkeys(names.values())),
                *(f"{key}: {'.'.join(path)}" for key in new for path in paths[key]),
            )
        ),
        drift=tuple(map(known.hide, running.drift)),
        digest_without_key=_digest(None, candidate.entry.digest, running.revision, stable, new),
        parts={known.hide(name): part for name, part in parts.items()},
    )


def _ordered(old: Mapping[Key, Resource], new: Mapping[Key, Resource]) -> list[Key]:
    return [*new, *(key for key in old if key not in new)]


def _change(
    name: Key,
    old: Resource | None,
    new: Resource | None,
    paths: tuple[manifests.Path, ...],
    hidden: Redaction,
) -> Change | None:
    if old is not None and new is not None and old.document == new.document and old.events == new.events:
        return None
    before, after = _lines(old, paths, hidden), _lines(new, paths, hidden)
    if before == after:
        return None
    diff = tuple(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
    kind: Literal["added", "changed", "removed"] = "changed"
    if old is None or new is None:
        kind = "added" if old is None else "removed"
        diff = diff[1:]
    either = [each for each in (old, new) if each]
    whole = any(map(is_shown_whole, either))
    return Change(hidden.known.hide(str(name)), kind, diff, _role(either[-1]), whole)


def _role(resource: Resource) -> Role:
    if resource.is_test:
        return "test"
    return "hook" if resource.events else "resource"


def _lines(resource: Resource | None, paths: tuple[manifests.Path, ...], hidden: Redaction) -> list[str]:
    if resource is None:
        return []
    shown = hidden.document(resource, redaction.masked(resource.document, paths))
    return manifests.lines(shown)


def _digest(
    key: bytes | None,
    chart_digest: str,
    revision: int,
    documents: Mapping[Key, Any],
    resources: Mapping[Key, Resource],
) -> str:
    content = {
        "chart": chart_digest,
        "revision": revision,
        "resources": sorted(
            [*each, list(resources[each].events), document if key else None]
            for each, document in documents.items()
            if not resources[each].is_test
        ),
    }
    return f"sha256:{redaction.digest(key or b'', json.dumps(content, sort_keys=True, default=str))}"


def _parts(
    key: bytes | None,
    chart_digest: str,
    revision: int,
    documents: Mapping[Key, Any],
    resources: Mapping[Key, Resource],
) -> dict[str, str]:
    contents = {
        str(each): redaction.digest(
            key, json.dumps([resources[each].events, document], sort_keys=True, default=str)
        )[:16]
        if key
        else ""
        for each, document in documents.items()
        if not resources[each].is_test
    }
    return {PACKAGE: chart_digest, REVISION: str(revision), **contents}


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:16]
