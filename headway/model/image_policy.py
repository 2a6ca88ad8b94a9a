"""`policy:` of headway.yaml: by which kind of rule an image is chosen, with which settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from headway.model.strict import Operand, Strict

COMMIT_ORDER = "commit-order"
SEMVER = "semver"
CALVER = "calver"
REGEX = "regex"
NEWEST_BUILD = "newest-build"
DIGEST = "digest"
EXACT = "exact"
_OTHER_PLACE = re.compile(r"\{(?!branch\}|sha\})[^}]*\}")
_TAG = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Keys:
    """Of one kind, beside those that every kind has."""

    known: tuple[str, ...]
    required: tuple[str, ...] = ()


_KEYS: Mapping[str, _Keys] = {
    COMMIT_ORDER: _Keys(("pattern",)),
    SEMVER: _Keys(("range", "match")),
    CALVER: _Keys(("format", "match"), ("format",)),
    REGEX: _Keys(("match", "order"), ("match", "order")),
    NEWEST_BUILD: _Keys(("match", "label")),
    DIGEST: _Keys(("tag",), ("tag",)),
    EXACT: _Keys(("tag",), ("tag",)),
}
KINDS = frozenset(_KEYS)
"""Those that Headway brings; whoever adds one with no key of its own need not name it here."""
_EVERY_KIND = frozenset(["kind", "branch"])


def _tag(value: str) -> str:
    if not _TAG.match(value):
        raise ValueError(f"{value!r} is no tag: at most 128 letters, digits, '_', '.' and '-'")
    return value


class ImagePolicy(Strict):
    """Which tags are candidates, and which of them is chosen."""

    kind: str = COMMIT_ORDER
    """Name of an image policy."""
    branch: Annotated[Operand, Field(min_length=1)] = "main"
    """Of the service's repository; what labels name is looked for on it."""
    pattern: str = "{branch}-{sha}"
    """For commit-order: holds `{sha}` (7 or more hex digits) once and may hold `{branch}`."""
    range: str = "*"
    """For semver: versions as Helm reads constraints; pre-releases only where it names one."""
    match: str | None = None
    """A regular expression that the whole tag matches; what is ordered is its first group, or the tag where it has none."""
    format: str = ""
    """For calver: such as YYYY.0M.MICRO, with the parts that calver.org names."""
    order: Literal["numeric", "alphabetical", "date"] = "numeric"
    """For regex: how what was matched is compared."""
    label: str | None = None
    """For newest-build: the image's label that holds a number or a time; when its configuration was created where None."""
    tag: Annotated[str, AfterValidator(_tag)] | None = None
    """For digest, which follows it, and for exact."""

    @field_validator("pattern")
    @classmethod
    def _names_a_commit(cls, value: str, given: ValidationInfo) -> str:
        if given.data.get("kind") == COMMIT_ORDER and value.count("{sha}") != 1:
            raise ValueError(f"{value!r} does not hold {{sha}} once: builds cannot be ordered")
        if given.data.get("kind") == COMMIT_ORDER and (odd := _OTHER_PLACE.search(value)):
            raise ValueError(f"{odd[0]} in {value!r} is neither {{branch}} nor {{sha}}")
        return value

    @model_validator(mode="after")
    def _keys_are_of_its_kind(self) -> "ImagePolicy":
        keys = _KEYS.get(self.kind)
        if keys is None:
            return self
        given = self.model_fields_set
        wrong = [self._of_others(key, keys) for key in sorted(given - _EVERY_KIND - set(keys.known))]
        wrong += [f"{self.kind} needs {key}" for key in keys.required if key not in given]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _of_others(self, key: str, keys: _Keys) -> str:
        others = " and ".join(kind for kind, each in _KEYS.items() if key in each.known)
        return f"{key} is a key of {others}, not of {self.kind}, which has {', '.join(keys.known)}"
