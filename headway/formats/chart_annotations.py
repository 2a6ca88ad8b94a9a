"""Adds annotations to the text of Chart.yaml, leaving every scalar in it as its author wrote it.

Loading and dumping would change them: Python and Go read `1.10`, `yes` and `0777` in different ways.
"""

from collections.abc import Iterable, Mapping

import yaml

from headway.errors import BadInput
from headway.formats import yaml_limits
from headway.formats.go_yaml import GoLoader
from headway.formats.yaml_quoted import quoted
from headway.model.charts import PROVENANCE_PREFIX


def annotated(text: str, annotations: Mapping[str, str], file: str) -> str:
    """`text` of a Chart.yaml with more annotations. BadInput where it has some of Headway's already."""
    if not annotations:
        return text
    try:
        root = yaml_limits.compose(text)
    except yaml.YAMLError as error:
        raise BadInput(f"not YAML: {' '.join(str(error).split())}", where=file) from error
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise BadInput("not a block of `key: value` lines", where=file)
    _refuse_own(root, text, file)
    lines = [f"{quoted(key, file)}: {quoted(value, file)}" for key, value in annotations.items()]
    for key, value in root.value:
        if key.value == "annotations":
            return _merged(text, key, value, lines, file)
    indent = " " * root.start_mark.column
    added = "".join([f"{indent}annotations:\n", *(f"{indent}  {line}\n" for line in lines)])
    end = root.end_mark.index
    if text[:end].endswith("\n"):
        return text[:end] + added + text[end:]
    if not _ends_in_a_block(root):
        return f"{text[:end]}\n{added}{text[end:]}"
    key = root.value[-1][0].start_mark
    begins = text.rfind("\n", 0, key.index) + 1
    if text[begins : key.index] != indent:
        raise BadInput(
            "its last line does not end", where=file, next_step="End the file with an end of line."
        )
    return text[:begins] + added + text[begins:]


def _ends_in_a_block(node: yaml.Node) -> bool:
    """Its last scalar is a block: what is below would end its last line, which is a part of it."""
    if isinstance(node, yaml.MappingNode):
        return bool(node.value) and _ends_in_a_block(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode):
        return bool(node.value) and _ends_in_a_block(node.value[-1])
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def _refuse_own(root: yaml.MappingNode, text: str, file: str) -> None:
    """Also those that a merge brings in; and a second mapping, for readers take the last."""
    stands = [(key, value) for key, value in root.value if key.value == "annotations"]
    if len(stands) > 1:
        line = stands[1][0].start_mark.line + 1
        raise BadInput("`annotations` stands twice", where=f"{file}:{line}", next_step="Join them.")
    lines = {
        inner.value: inner.start_mark.line + 1
        for _, value in stands
        for inner, _ in (value.value if isinstance(value, yaml.MappingNode) else ())
        if isinstance(inner, yaml.ScalarNode)
    }
    for name in (*lines, *_as_read(text)):
        if isinstance(name, str) and name.startswith(PROVENANCE_PREFIX):
            above = stands[0][0].start_mark.line + 1 if stands else 1
            raise BadInput(
                f"the annotation {name} is Headway's own",
                where=f"{file}:{lines.get(name, above)}",
                next_step="Remove it.",
            )


def _as_read(text: str) -> Iterable[object]:
    """Names of annotations as Helm reads them, with those that are merged in; none where it reads none."""
    try:
        found = yaml_limits.load(text, GoLoader).get("annotations")
    except yaml.YAMLError:
        return ()
    return found if isinstance(found, dict) else ()


def _merged(text: str, key: yaml.Node, value: yaml.Node, lines: list[str], file: str) -> str:
    if isinstance(value, yaml.ScalarNode) and value.value in ("", "~", "null"):
        added = "annotations: {" + ", ".join(lines) + "}"
        return text[: key.start_mark.index] + added + text[value.end_mark.index :]
    if not isinstance(value, yaml.MappingNode) or value.start_mark.index < key.end_mark.index:
        raise BadInput(
            "`annotations` is not a mapping",
            where=f"{file}:{key.start_mark.line + 1}",
            next_step='Write one `name: "text"` a line below it, or nothing.',
        )
    at = value.start_mark.index
    if value.flow_style:
        comma = ", " if value.value else ""
        return text[: at + 1] + ", ".join(lines) + comma + text[at + 1 :]
    indent = " " * value.start_mark.column
    return text[:at] + "".join(f"{line}\n{indent}" for line in lines) + text[at:]
