"""Names and versions of charts by Helm's grammar: they become names of files, and others write them."""

import re
from typing import Any

from headway.errors import BadInput
from headway.formats import semver

_NAME = re.compile(r"(?!\.+\Z)[a-zA-Z0-9._-]{1,250}\Z", re.ASCII)
"""Helm's own for a chart that it makes (pkg/chartutil, chartName), but for names of dots alone."""
_ALIAS = re.compile(r"[a-zA-Z0-9_-]{1,250}\Z", re.ASCII)
"""pkg/chart, aliasNameFormat."""
_FILE_NAME_LIMIT = 255


def check_name(name: Any, where: str, what: str = "name") -> None:
    """Raises BadInput where Helm would not make a chart of that name."""
    if not isinstance(name, str) or not _NAME.match(name):
        raise BadInput(
            f"{what}: {_shown(name)} is not the name of a chart",
            where=where,
            next_step="Write at most 250 letters, digits, '-', '_', '.'.",
        )


def check_alias(alias: str, where: str) -> None:
    """The same of a dependency's alias; an empty one is none."""
    if alias and not _ALIAS.match(alias):
        raise BadInput(
            f"alias: {_shown(alias)} is not an alias of a dependency",
            where=where,
            next_step="Write letters, digits, '-', '_'.",
        )


def check_version(version: Any, where: str) -> None:
    """Raises BadInput for what Helm does not take for a chart's version; `1.2` is one."""
    if not isinstance(version, str) or semver.coerce(version) is None:
        raise BadInput(
            f"version: {_shown(version)} is not a version", where=where, next_step="Write one such as 1.2.3."
        )


def check_file_name(name: str, version: str, where: str) -> None:
    """BadInput where both together are no name of a file any more, as a package bears them."""
    if len(f"{name}-{version}.tgz") > _FILE_NAME_LIMIT:
        raise BadInput(
            f"name and version together are longer than a file's name ({_FILE_NAME_LIMIT}): "
            f"{_shown(name)} {_shown(version)}",
            where=where,
            next_step="Give the chart a shorter name.",
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
