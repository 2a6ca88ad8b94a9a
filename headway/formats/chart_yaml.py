"""What Headway reads of Chart.yaml: name, version and dependencies, with the lines they stand on.

As for Helm, the dependencies may still stand in requirements.yaml: that list then counts instead of Chart.yaml's.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import chart_identity, yaml_source
from headway.formats.findings import Noted
from headway.model.charts import Dependency


@dataclass(frozen=True, slots=True)
class ChartYaml:
    name: str
    version: str
    dependencies: tuple[Dependency, ...]
    api_version: str = "v2"
    in_requirements: bool = False
    """`dependencies` stand in requirements.yaml."""

    def positions(self, service: str) -> tuple[int, ...]:
        """Places in `dependencies` that are this service's: by key (alias or name), else all of that chart
        name.
        """
        by_key = tuple(at for at, each in enumerate(self.dependencies) if each.key == service)
        return by_key or tuple(at for at, each in enumerate(self.dependencies) if each.name == service)


@lru_cache(maxsize=64)
def read(text: str, file: str = "Chart.yaml", requirements: str | None = None) -> ChartYaml:
    """Reads Chart.yaml, and the text of the requirements.yaml beside it, if there is one.

    Raises BadInput naming file and line for all that Helm would refuse or read as a number, a line each.
    """
    root = yaml_source.compose(text, file)
    if not isinstance(root, yaml.MappingNode):
        raise BadInput("this is not a chart's mapping of name, version and dependencies", where=file)
    data = yaml_source.construct(root, file)
    legacy_file = f"{file.removesuffix('Chart.yaml')}requirements.yaml"
    legacy = yaml_source.compose(requirements or "", legacy_file)
    in_requirements = "dependencies" in yaml_source.children(legacy)
    wrong: list[BadInput] = []
    name = version = api_version = ""
    with Noted(wrong.append):
        name = _string(data, "name", root, file)
        chart_identity.check_name(name, _at(file, yaml_source.children(root).get("name", root)))
    with Noted(wrong.append):
        version = _string(data, "version", root, file)
    with Noted(wrong.append):
        api_version = _string(data, "apiVersion", root, file, default="")
    if in_requirements:
        data, root, file = yaml_source.construct(legacy, legacy_file), legacy, legacy_file
    dependencies = _dependencies(data, root, file, wrong)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else BadInput("\n".join(map(str, wrong)))
    return ChartYaml(name, version, dependencies, api_version, in_requirements)


def places(
    text: str, file: str = "Chart.yaml", requirements: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """`file:line` of `dependencies`, where Helm reads them, and of each of them; of the file's beginning where there are none."""
    in_requirements = read(text, file, requirements).in_requirements
    if in_requirements:
        text, file = requirements or "", f"{file.removesuffix('Chart.yaml')}requirements.yaml"
    root = yaml_source.compose(text, file)
    key = next((each for each in yaml_source.keys(root) if each.value == "dependencies"), root)
    nodes = yaml_source.items(yaml_source.children(root).get("dependencies"))
    return f"{file}:{yaml_source.line(key) if key else 1}", tuple(_at(file, node) for node in nodes)


def _dependencies(
    data: Any, root: yaml.Node | None, file: str, wrong: list[BadInput]
) -> tuple[Dependency, ...]:
    """Those that can be read; what is `wrong` with the others is told."""
    found: dict[str, Dependency] = {}
    try:
        nodes = yaml_source.listed(root, "dependencies", file)
    except BadInput as error:
        wrong.append(error)
        return ()
    for value, node in zip(data.get("dependencies") or (), nodes, strict=False):
        with Noted(wrong.append):
            dependency = _dependency(value, node, file, wrong)
            if dependency and dependency.key in found:
                raise BadInput(
                    f"there are two dependencies {dependency.key!r}",
                    where=_at(file, node),
                    next_step="Give one of them an alias.",
                )
            if dependency:
                found[dependency.key] = dependency
    return tuple(found.values())


def _dependency(data: Any, node: yaml.Node, file: str, wrong: list[BadInput]) -> Dependency | None:
    if not isinstance(data, dict):
        raise BadInput("a dependency is a mapping of name, version and repository", where=_at(file, node))
    texts: dict[str, str] = {}
    for key, default in (("name", None), ("version", None), ("repository", ""), ("alias", "")):
        with Noted(wrong.append):
            texts[key] = _string(data, key, node, file, default=default)
    if "name" in texts:
        chart_identity.check_name(texts["name"], _at(file, node))
    if "alias" in texts:
        chart_identity.check_alias(texts["alias"], _at(file, node))
    return Dependency(**texts, raw=data) if len(texts) == 4 else None


def _string(
    data: dict[str, Any], key: str, owner: yaml.Node, file: str, *, default: str | None = None
) -> str:
    value = data.get(key, default)
    node = yaml_source.children(owner).get(key, owner)
    if value is None and key in data:
        return ""
    if value is None:
        raise BadInput(f"{key} is missing", where=_at(file, node))
    if not isinstance(value, str):
        raise BadInput(
            f"{key} is read as {type(value).__name__}, not as a string",
            where=_at(file, node),
            next_step=f'Quote it: {key}: "{node.value}".'
            if isinstance(node, yaml.ScalarNode)
            else "Write a text there.",
        )
    return value


def _at(file: str, node: yaml.Node) -> str:
    return f"{file}:{yaml_source.line(node)}"
