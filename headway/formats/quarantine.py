"""`.headway/quarantine.yaml`: inputs that brought a release down, kept in git where people see and lift them.

The file is a list people may edit: one entry per image tag or service chart version, each with the reason. An entry that
names more inputs under `with` bars nothing but all of them at once. Removing an entry lets what it bars be chosen again.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import yaml_source
from headway.formats.yaml_quoted import quoted
from headway.model.quarantine import Input, Kind, QuarantinedInput

PATH = ".headway/quarantine.yaml"
_HEADER = (
    "# Inputs that brought a release down; none of them is chosen again.",
    "# Remove an entry to let its image tag or chart version be chosen again.",
)
_COMPANY = "with"
_TEXTS = ("version", "environment", "digest", "reason")
_KEYS = frozenset(["image", "chart", "since", _COMPANY, *_TEXTS])
_KINDS: tuple[Kind, ...] = ("image", "chart", "content")
_NEXT_STEP = "Begin each entry with `- image:` or `- chart:`, and give its version, reason and since."
_UNREADABLE = "\ufffd"


def read(text: str | None, file: str = PATH) -> tuple[QuarantinedInput, ...]:
    """Entries in file order, none for an absent or empty file; raises BadInput naming file and line."""
    root = yaml_source.compose(text or "", file)
    if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
        return ()
    if not isinstance(root, yaml.SequenceNode):
        raise BadInput(
            "quarantine is a list of entries", where=f"{file}:{yaml_source.line(root)}", next_step=_NEXT_STEP
        )
    return tuple(_entry(node, file) for node in root.value)


def add(text: str | None, lines: Iterable[QuarantinedInput], file: str = PATH) -> str:
    """`text` with entries for `lines` at its end, every other line kept.

    Left out is what is barred already, alone or as a part of what the line names; an entry that names all of a new one and
    more goes, since the new one says more. Raises BadInput for a file that `read` refuses, or to whose end nothing can be
    added (a flow list `[...]`).
    """
    text = text or ""
    present = read(text, file)
    new: list[QuarantinedInput] = []
    for each in map(_as_written, lines):
        if not any(known.inputs <= each.inputs for known in (*present, *new)):
            new.append(each)
    if not new:
        return text
    text = _without(text, [at for at, each in enumerate(present) if _says_less(each, new)], file)
    present = read(text, file)
    newline = "\r\n" if "\r\n" in text else "\n"
    text, indent = _open_end(text)
    if text and not text.endswith("\n"):
        text += newline
    head = [] if text.strip() else list(_HEADER)
    rows = [f"{indent}{row}" for each in new for row in _rows(each)]
    result = text + newline.join([*head, *rows]) + newline
    if read(result, file) != (*present, *new):
        raise BadInput(
            "entries cannot be added at the end of this file",
            where=file,
            next_step="Write one entry a line block.",
        )
    return result


def remove(text: str | None, kind: str, name: str, version: str, file: str = PATH) -> str:
    """`text` without the entries that name that input, alone or with others, every other line kept; the same text where
    there is none.

    Raises BadInput for a file that `read` refuses, or from which entries cannot be taken as whole lines.
    """
    text = text or ""
    barred = [{(each.kind, each.name, each.version) for each in entry.inputs} for entry in read(text, file)]
    return _without(text, [at for at, each in enumerate(barred) if (kind, name, version) in each], file)


def led_by(text: str | None, barred: frozenset[Input], kept_out: frozenset[Input], file: str = PATH) -> str:
    """`text` in which the entry of that set begins with what is `kept_out` of it; as it is where it does already.

    Raises BadInput as `add` and `remove` do.
    """
    text = text or ""
    present = read(text, file)
    at = next((at for at, each in enumerate(present) if each.inputs == barred), None)
    if at is None or present[at].itself in kept_out:
        return text
    first, *more = sorted(kept_out & barred, key=str)
    entry = replace(
        present[at],
        kind="image" if first.kind == "image" else "chart",
        name=first.name,
        version=first.version,
        company=(*more, *sorted(barred - kept_out, key=str)),
    )
    return add(_without(text, [at], file), [entry], file)


def _says_less(entry: QuarantinedInput, new: Iterable[QuarantinedInput]) -> bool:
    return any(each.inputs < entry.inputs for each in new)


def _without(text: str, away: Collection[int], file: str) -> str:
    """`text` without the entries in those places."""
    if not away:
        return text
    present = read(text, file)
    items = yaml_source.items(yaml_source.compose(text, file))
    gone = {number for at in away for number in _lines(items[at])}
    lines = text.splitlines(keepends=True)
    result = "".join(line for number, line in enumerate(lines, start=1) if number not in gone)
    if read(result, file) != tuple(each for at, each in enumerate(present) if at not in away):
        raise BadInput(
            "the entry cannot be taken out as lines of its own", where=file, next_step="Edit it by hand."
        )
    return result


def _lines(item: yaml.Node) -> range:
    """From the dash to the last text; a comment below belongs to what follows."""
    last = max(line for _, _, line in yaml_source.scalars(item))
    return range(yaml_source.line(item), last + 1)


def quarantined_tags(quarantined: Iterable[QuarantinedInput], repository: str) -> frozenset[str]:
    """Of what is barred alone."""
    return _versions(quarantined, "image", repository)


def quarantined_versions(quarantined: Iterable[QuarantinedInput], chart: str) -> frozenset[str]:
    """Versions of a service chart that must not be chosen; they count as seen as well."""
    return _versions(quarantined, "chart", chart)


def rejected_sets(quarantined: Iterable[QuarantinedInput]) -> tuple[frozenset[Input], ...]:
    """What must not come in together, in file order; of what is barred alone, a set of one."""
    return tuple(each.inputs for each in quarantined)


def _versions(quarantined: Iterable[QuarantinedInput], kind: Kind, name: str) -> frozenset[str]:
    alone = (each.itself for each in quarantined if not each.company)
    return frozenset(each.version for each in alone if (each.kind, each.name) == (kind, name))


def _as_written(quarantined: QuarantinedInput) -> QuarantinedInput:
    """What the file can hold: each text on one line and of characters that can be read, the time to the second."""
    texts: dict[str, Any] = {key: _line(getattr(quarantined, key)) for key in ("name", *_TEXTS)}
    company = tuple(Input(each.kind, _line(each.name), _line(each.version)) for each in quarantined.company)
    since = quarantined.since.astimezone(UTC).replace(microsecond=0)
    return replace(quarantined, since=since, company=company, **texts)


def _line(text: str) -> str:
    one = " ".join(text.split())
    return "".join(each if each.isprintable() else _UNREADABLE for each in one)


def _open_end(text: str) -> tuple[str, str]:
    """Text to whose end block entries can be appended (an emptied list `[]` is cut out), and their
    indentation.
    """
    root = yaml_source.compose(text, PATH)
    if not isinstance(root, yaml.SequenceNode):
        return text, ""
    if not root.value:
        body = text.removeprefix("\ufeff")
        return body[: root.start_mark.index] + body[root.end_mark.index :].lstrip(), ""
    return text, " " * int(root.start_mark.column)


def _rows(quarantined: QuarantinedInput) -> list[str]:
    since = quarantined.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = [(key, str(getattr(quarantined, key))) for key in _TEXTS]
    pairs = [(quarantined.kind, quarantined.name), *filter(itemgetter(1), values), ("since", since)]
    rows = [f"{'- ' if not at else '  '}{key}: {quoted(value)}" for at, (key, value) in enumerate(pairs)]
    if quarantined.company:
        rows.append(f"  {_COMPANY}:")
    for each in quarantined.company:
        rows.append(f"    - {each.kind}: {quoted(each.name)}")
        rows.append(f"      version: {quoted(each.version)}")
    return rows


def _entry(node: yaml.Node, file: str) -> QuarantinedInput:
    where = f"{file}:{yaml_source.line(node)}"
    data = yaml_source.construct(node, file)
    if not isinstance(data, dict):
        raise BadInput("an entry is a mapping", where=where, next_step=_NEXT_STEP)
    unknown = [str(key) for key in data if key not in _KEYS]
    if unknown:
        raise BadInput(
            f"unknown key {', '.join(unknown)}", where=where, next_step=f"Known: {', '.join(sorted(_KEYS))}."
        )
    kinds = [kind for kind in ("image", "chart") if kind in data]
    if len(kinds) != 1:
        raise BadInput("an entry bars either an image or a chart", where=where, next_step=_NEXT_STEP)
    for key in (kinds[0], *_TEXTS):
        _text(data, key, where, required=key in (kinds[0], "version", "reason"))
    if not isinstance(data.get(_COMPANY, []), list):
        raise BadInput(
            f"{_COMPANY} is not a list of inputs",
            where=where,
            next_step="Give of each its image or chart, and its version.",
        )
    return QuarantinedInput(
        kind="image" if kinds[0] == "image" else "chart",
        name=data[kinds[0]],
        version=data["version"],
        environment=data.get("environment", ""),
        digest=data.get("digest", ""),
        reason=data["reason"],
        since=_time(data.get("since"), where),
        company=tuple(
            _companion(each, file) for each in yaml_source.items(yaml_source.children(node).get(_COMPANY))
        ),
    )


def _companion(node: yaml.Node, file: str) -> Input:
    where = f"{file}:{yaml_source.line(node)}"
    data = yaml_source.construct(node, file)
    kind = next((each for each in _KINDS if isinstance(data, dict) and each in data), None)
    if kind is None or set(data) != {kind, "version"}:
        raise BadInput(f"an entry of {_COMPANY} is a mapping with image or chart, and version", where=where)
    for key in (kind, "version"):
        _text(data, key, where, required=True)
    return Input(kind, data[kind], data["version"])


def _text(data: dict[str, Any], key: str, where: str, *, required: bool) -> None:
    if key not in data and not required:
        return
    if not isinstance(data.get(key), str):
        problem = "is missing" if key not in data else "is not a string"
        raise BadInput(f"{key} {problem}", where=where, next_step=f'Write {key}: "..." with quotes.')


def _time(value: Any, where: str) -> datetime:
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput("since is not a time such as 2026-11-23T10:00:00Z", where=where) from error
