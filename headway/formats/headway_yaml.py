"""Reads headway.yaml: everything that is wrong with it at once, each finding with its line and key."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml
from pydantic import ValidationError

from headway.errors import BadInput
from headway.formats import chart_version, image_reference, yaml_limits, yaml_source
from headway.model.application import Application

FILE = "headway.yaml"
FINDINGS_LIMIT = 100
"""What is named at once."""

_SENTENCES = {
    "extra_forbidden": "unknown key",
    "missing": "is missing",
    "string_type": "must be a string (quote it)",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
}
_Finding = tuple[int, str]


def read(text: str, file: str = FILE) -> Application:
    """The application; raises BadInput with one line `file:line: key: sentence` for each finding, in line
    order.
    """
    root = yaml_source.compose(text, file, yaml_limits.DECLARATION)
    if not isinstance(root, yaml.MappingNode):
        raise BadInput("this is not a mapping with application, services and environments", where=f"{file}:1")
    findings = [*_duplicates(root)]
    data = yaml_source.construct(root, file)
    if not_text := list(_unnamed(root, data)):
        raise _bad_input([*findings, *not_text], file)
    findings += [
        *_sources(root, data),
        *_constraints(root, data),
        *_images(root, data),
        *_together(root, data),
        *_places(root, data),
    ]
    application: Application | None = None
    try:
        application = Application.model_validate(data)
    except ValidationError as error:
        findings += [_translated(root, each) for each in error.errors()[: 2 * FINDINGS_LIMIT]]
    if application is None or findings:
        raise _bad_input(findings, file)
    return application


def _bad_input(findings: list[_Finding], file: str) -> BadInput:
    (line, first), *rest = sorted(set(findings))
    if len(rest) > FINDINGS_LIMIT:
        more = len(rest) - FINDINGS_LIMIT
        rest = [*rest[:FINDINGS_LIMIT], (rest[FINDINGS_LIMIT][0], f"and {more} more")]
    return BadInput(
        "\n".join([first, *(f"{file}:{at}: {what}" for at, what in rest)]), where=f"{file}:{line}"
    )


def _duplicates(node: yaml.Node, path: str = "") -> Iterator[_Finding]:
    seen: dict[str, int] = {}
    for key in yaml_source.keys(node):
        name = f"{path}{key.value}"
        if key.value in seen:
            yield yaml_source.line(key), f"{name}: stands twice, first in line {seen[key.value]}"
        seen.setdefault(key.value, yaml_source.line(key))
    for name, child in yaml_source.children(node).items():
        yield from _duplicates(child, f"{path}{name}.")
    for at, child in enumerate(yaml_source.items(node)):
        yield from _duplicates(child, f"{path}{at}.")


def _unnamed(root: yaml.Node, value: Any, path: tuple[str, ...] = ()) -> Iterator[_Finding]:
    """Keys that YAML reads as something else than text: an environment called `no`, a service called `1`."""
    if isinstance(value, dict):
        for key, child in value.items():
            if isinstance(key, str):
                yield from _unnamed(root, child, (*path, key))
            else:
                place = f"{'.'.join(path)}: " if path else ""
                yield _line(root, path), f"{place}a key is read as {key!r}, not as text: quote it"
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from _unnamed(root, child, (*path, str(at)))


def _sources(root: yaml.Node, data: Any) -> Iterator[_Finding]:
    """One source an environment: the branch feeds the first, promotion (`after`) every later one."""
    environments = data.get("environments")
    if not isinstance(environments, dict):
        return
    if not environments:
        yield _line(root, ("environments",)), "environments: there is none; name at least one"
    after = {
        name: each["after"]
        for name, each in environments.items()
        if isinstance(each, dict) and "after" in each
    }
    written: dict[str, str] = {}
    for position, (name, value) in enumerate(environments.items()):
        key = f"environments.{name}"
        line = _line(root, ("environments", name))
        if position == 0 and name in after:
            line = _line(root, ("environments", name, "after"))
            yield (
                line,
                f"{key}: two sources: as the first it is fed by the branch, and by after: {after[name]}",
            )
        elif position and isinstance(value, dict) and name not in after:
            yield line, f"{key}: no source: only the first is fed by the branch; say which one it comes after"
        elif name in after:
            yield from _after(root, name, after, environments)
        charts = value.get("charts") if isinstance(value, dict) else None
        if isinstance(charts, str):
            place = charts.rstrip("/")
            if place in written:
                line = _line(root, ("environments", name, "charts"))
                yield line, f"{key}.charts: two sources: {written[place]} writes to {charts} as well"
            written.setdefault(place, name)


def _after(root: yaml.Node, name: str, after: dict[str, Any], known: dict[str, Any]) -> Iterator[_Finding]:
    upstream = after[name]
    line, key = _line(root, ("environments", name, "after")), f"environments.{name}.after"
    if upstream == name:
        yield line, f"{key}: an environment cannot come after itself"
    elif isinstance(upstream, str) and upstream not in known:
        yield line, f"{key}: there is no environment {upstream!r}; there are {', '.join(map(str, known))}"
    else:
        passed = {name: None}
        while isinstance(upstream, str) and upstream in after and upstream not in passed:
            passed[upstream] = None
            upstream = after[upstream]
        if upstream == name:
            yield line, f"{key}: a cycle: {' after '.join([*passed, name])}"


def _constraints(root: yaml.Node, data: Any) -> Iterator[_Finding]:
    for section, field in (("services", "charts"), ("environments", "versions")):
        members = data.get(section)
        for name, each in members.items() if isinstance(members, dict) else ():
            constraint = each.get(field) if isinstance(each, dict) else None
            if not isinstance(constraint, str):
                continue
            try:
                chart_version.check_constraint(constraint)
            except BadInput as error:
                yield _line(root, (section, name, field)), f"{section}.{name}.{field}: {error}"


def _images(root: yaml.Node, data: Any) -> Iterator[_Finding]:
    services, tests = data.get("services"), data.get("tests")
    named = services.items() if isinstance(services, dict) else ()
    listed = enumerate(tests) if isinstance(tests, list) else ()
    for section, read, members in (
        ("services", image_reference.locate, named),
        ("tests", image_reference.parse, listed),
    ):
        for name, each in members:
            image = each.get("image") if isinstance(each, dict) else None
            if not isinstance(image, str) or image.startswith("-"):
                continue
            try:
                read(image)
            except BadInput as error:
                path = (section, str(name), "image")
                yield _line(root, path), f"{'.'.join(path)}: {image!r} is {error.what}"


def _together(root: yaml.Node, data: Any) -> Iterator[_Finding]:
    """Each group names two services or more, and each service is in one group at most."""
    services, groups = data.get("services") or {}, data.get("together")
    if not isinstance(services, dict) or not isinstance(groups, list):
        return
    taken: dict[str, int] = {}
    for at, group in enumerate(groups):
        key, line = f"together.{at}", _line(root, ("together", str(at)))
        if not isinstance(group, list):
            continue
        if len(group) < 2:
            yield line, f"{key}: name two services or more, which come in together"
        for name in group:
            if not isinstance(name, str):
                continue
            if name not in services:
                known = ", ".join(map(str, services)) or "none"
                yield line, f"{key}: there is no service {name!r}; there are {known}"
            elif name in taken:
                yield line, f"{key}: {name} is in together.{taken[name]} already"
            else:
                taken[name] = at


def _places(root: yaml.Node, data: Any) -> Iterator[_Finding]:
    """No two environments are one release: by the names that they write, or have by default."""
    application, environments = data.get("application"), data.get("environments")
    if not isinstance(environments, dict):
        return
    taken: dict[tuple[str, ...], str] = {}
    for name, each in environments.items():
        if not isinstance(each, dict):
            continue
        usual = {
            "cluster": f"{application}-{name}",
            "namespace": f"{application}-{name}",
            "release": application,
        }
        place = tuple(str(each.get(key) or default) for key, default in usual.items())
        if place in taken:
            line = _line(root, ("environments", name))
            yield line, f"environments.{name}: its cluster, namespace and release are those of {taken[place]}"
        taken.setdefault(place, name)


def _translated(root: yaml.Node, error: Any) -> _Finding:
    path = tuple(str(part) for part in error["loc"] if part != "[key]")
    sentence = _SENTENCES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if error["type"] == "literal_error":
        sentence = f"must be {error['ctx']['expected']}"
    return _line(root, path), f"{'.'.join(path)}: {sentence}"


def _line(root: yaml.Node, path: tuple[str, ...]) -> int:
    """Line of the key at `path`, or of the nearest one above it that is there."""
    line = yaml_source.line(root)
    node: yaml.Node = root
    for part in path:
        named = _named(node)
        listed = yaml_source.items(node)
        if part in named:
            key, node = named[part]
            line = yaml_source.line(key)
        elif part.isdecimal() and len(part) < 10 and int(part) < len(listed):
            node = listed[int(part)]
            line = yaml_source.line(node)
        else:
            break
    return line


@lru_cache(maxsize=16)
def _named(node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Key and value of a mapping node by name: asked for once a finding."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {key.value: (key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)}
