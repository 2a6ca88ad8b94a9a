"""What image policies write in languages of their own: versions, calendar formats, regular expressions."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import calendar_version, chart_version, tag_pattern
from headway.formats.declaration import Finding, line_of

_LANGUAGES: Mapping[str, Callable[[str], object]] = {
    "range": chart_version.check_constraint,
    "format": calendar_version.parsed,
    "match": tag_pattern.compiled,
}
Written = tuple[tuple[str, ...], Any]
"""A policy as it was read, and its path."""


def of_environments(data: Any) -> Iterator[Written]:
    """All that stand below `environments`."""
    environments = data.get("environments")
    for name, each in environments.items() if isinstance(environments, dict) else ():
        if not isinstance(each, dict):
            continue
        yield ("environments", str(name), "policy"), each.get("policy")
        single = each.get("policies")
        for key, policy in single.items() if isinstance(single, dict) else ():
            yield ("environments", str(name), "policies", str(key)), policy


def findings(root: yaml.Node, policies: Iterable[Written]) -> Iterator[Finding]:
    """What of them cannot be read."""
    for path, policy in policies:
        given = policy if isinstance(policy, dict) else {}
        for key in _LANGUAGES.keys() & given.keys():
            if not isinstance(given[key], str):
                continue
            try:
                _LANGUAGES[key](given[key])
            except BadInput as error:
                place = (*path, key)
                yield line_of(root, place), f"{'.'.join(place)}: {error}"
