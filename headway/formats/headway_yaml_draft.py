"""Writes a first headway.yaml as a person would. What is left open in it, open_points finds again."""

import json
import re
from collections.abc import Iterator

from headway.formats import yaml_source
from headway.formats.open_points import FILL_IN
from headway.model.draft import Draft, EnvironmentDraft, Open, ServiceDraft, Value

_PLAIN = re.compile(r"[A-Za-z/][\w./:@+-]*\Z", re.ASCII)
_KEYWORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})


def write(draft: Draft) -> str:
    """The text. What is open stands as a guess behind which `# fill in:` says what is wanted, until that is taken away."""
    lines = [
        "# Written by headway init; every key: docs/headway-yaml.md. headway check says what is still open."
    ]
    lines.append(_line("", "application", draft.application))
    if draft.chart != ".":
        lines.append(_line("", "chart", draft.chart))
    lines += ["", "services: # dependencies of Chart.yaml whose images and charts are yours"]
    if not draft.services:
        lines[-1] = "services: {} # no dependency has an image with its tag in values.yaml"
    for service in draft.services:
        lines += _service(service)
    if draft.others:
        lines.append(f"# left out, for values.yaml names no image tag of theirs: {', '.join(draft.others)}")
    lines += ["", "environments: # the first one receives new versions"]
    for environment in draft.environments:
        lines += _environment(environment)
    return "\n".join(lines) + "\n"


def plain(values: str, file: str) -> dict[str, object]:
    """A values.yaml as plain data; empty for one that is no mapping. Raises BadInput where it is no YAML."""
    found = yaml_source.construct(yaml_source.compose(values, file), file)
    return found if isinstance(found, dict) else {}


def _service(service: ServiceDraft) -> Iterator[str]:
    yield f"  {_scalar(service.name)}:"
    yield _line("    ", "git", service.git)
    yield _line("    ", "image", service.image)
    if service.chart:
        yield _line("    ", "chart", service.chart)
    if service.paths:
        yield _line("    ", "paths", service.paths, is_list=True)
    if service.value:
        yield _line("    ", "value", service.value)
    if service.kind or service.pattern:
        yield "    policy:"
    if service.kind:
        yield _line("      ", "kind", service.kind)
    if service.pattern:
        yield _line("      ", "pattern", service.pattern)


def _environment(environment: EnvironmentDraft) -> Iterator[str]:
    yield f"  {_scalar(environment.name)}:"
    yield _line("    ", "charts", environment.charts)
    for key in ("charts_url", "after", "gate", "namespace", "release"):
        if value := getattr(environment, key):
            yield _line("    ", key, value)
    if environment.values:
        yield f"    values: [{', '.join(map(_scalar, environment.values))}]"


def _line(indent: str, key: str, value: Value, *, is_list: bool = False) -> str:
    """`is_list`: the value is the only one of a list."""
    text = _scalar(value.value if isinstance(value, Open) else value)
    line = f"{indent}{key}: {f'[{text}]' if is_list else text}"
    return f"{line} {FILL_IN} {value.why}" if isinstance(value, Open) else line


def _scalar(text: str) -> str:
    return (
        text
        if _PLAIN.match(text) and text.lower() not in _KEYWORDS and not text.endswith(":")
        else json.dumps(text)
    )
