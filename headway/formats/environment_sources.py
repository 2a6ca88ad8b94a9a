"""One source an environment: the branch feeds the first and those that keep tags of their own (`policy`), promotion (`after`)
every other one."""

from collections.abc import Iterator
from typing import Any

import yaml

from headway.formats.declaration import Finding, line_of


def sources(root: yaml.Node, data: Any) -> Iterator[Finding]:
    """What is wrong with `environments`: none, no source, two sources, or a cycle."""
    environments = data.get("environments")
    if not isinstance(environments, dict):
        return
    if not environments:
        yield line_of(root, ("environments",)), "environments: there is none; name at least one"
    after = {
        name: each["after"]
        for name, each in environments.items()
        if isinstance(each, dict) and "after" in each
    }
    written: dict[str, str] = {}
    for position, (name, value) in enumerate(environments.items()):
        key = f"environments.{name}"
        line = line_of(root, ("environments", name))
        if position == 0 and name in after:
            line = line_of(root, ("environments", name, "after"))
            yield (
                line,
                f"{key}: two sources: as the first it is fed by the branch, and by after: {after[name]}",
            )
        elif position and isinstance(value, dict) and not {"after", "policy", "policies"} & value.keys():
            what = "no source: only the first is fed by the branch"
            yield (
                line,
                f"{key}: {what}; say which one it comes after, or by which policy it keeps tags of its own",
            )
        elif name in after:
            yield from _after(root, name, after, environments)
        charts = value.get("charts") if isinstance(value, dict) else None
        if isinstance(value, dict) and "charts" not in value:
            yield line_of(root, ("environments", name)), f"{key}.charts: is missing"
        if isinstance(charts, str):
            place = charts.rstrip("/")
            if place in written:
                line = line_of(root, ("environments", name, "charts"))
                yield line, f"{key}.charts: two sources: {written[place]} writes to {charts} as well"
            written.setdefault(place, name)


def _after(root: yaml.Node, name: str, after: dict[str, Any], known: dict[str, Any]) -> Iterator[Finding]:
    upstream = after[name]
    line, key = line_of(root, ("environments", name, "after")), f"environments.{name}.after"
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
