"""`headway check`: all that is wrong with a headway.yaml and the chart beside it, at once, each with its file and line.

What cannot be read hides nothing but what would be held against it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from headway.cli import files
from headway.decide.review import read_addresses
from headway.decide.supply import chart_names, folder_dependencies, service_charts
from headway.errors import BadInput
from headway.formats import (
    chart_yaml,
    declaration,
    headway_yaml,
    image_values,
    open_points,
    policy_yaml,
    secret_placeholders,
    yaml_limits,
    yaml_source,
)
from headway.formats.chart_yaml import ChartYaml
from headway.formats.findings import Noted
from headway.model import image_policy
from headway.model.application import Application
from headway.model.field_types import WRITTEN

_OF_ENVIRONMENTS = ("environments.*.policy.kind", "environments.*.policies.*.kind")
_IMAGE_POLICIES = ("services.*.policy.kind", "services.*.images.*.policy.kind", *_OF_ENVIRONMENTS)
_CHART_REPOSITORIES = ("environments.*.charts",)


def check(path: Path, policy: Path | None = None) -> bool:
    """Reads a headway.yaml, and the chart it leads to where that is there; prints what it declares.

    `policy`: the file that policy lives in, where that is not headway.yaml. Raises BadInput with all findings, one a line.
    """
    file = files.declaration(path)
    text, of_policy = files.text(file), files.text(policy) if policy else None
    found: list[str] = []
    application = _application(text, str(file), of_policy, str(policy), found)
    found += _unknown(text, str(file), _IMAGE_POLICIES, _image_policy, found)
    found += _unknown(of_policy or text, str(policy or file), _CHART_REPOSITORIES, _chart_repository, found)
    found += _unknown(of_policy or "", str(policy), _OF_ENVIRONMENTS, _image_policy, found)
    found += open_points.of(text, str(file))
    if application:
        folder = file.parent / application.chart
        if (folder / "Chart.yaml").is_file():
            _hold_against(application, folder, found)
            found += _missing_files(application, folder, text, str(file))
            found += _open_secrets(application, folder)
    elif (named := _chart_folder(text, file)) and (named / "Chart.yaml").is_file():
        _hold_chart_alone(named, found)
    if application is None or found:
        raise BadInput("\n".join(found))
    print(summary(application))
    return True


def summary(application: Application) -> str:
    services = ", ".join(application.services) or "none"
    environments = ", ".join(
        _from(name, application) for name, each in application.environments.items() if not each.after
    )
    return f"{application.application}: services {services}; environments {environments}"


def _from(environment: str, application: Application) -> str:
    """The environment, and what comes after it: several beside each other, with those behind them in brackets."""
    after = [name for name, each in application.environments.items() if each.after == environment]
    behind = [_from(each, application) for each in after]
    if len(behind) > 1:
        behind = [f"({each})" if " -> " in each else each for each in behind]
    return " -> ".join([environment, ", ".join(behind)] if behind else [environment])


def _noted(found: list[str], behind: str = "") -> Noted:
    """Of each line of what is wrong, a finding."""
    return Noted(lambda error: found.extend(f"{line}{behind}" for line in str(error).splitlines()))


def _application(
    text: str, file: str, of_policy: str | None, policy_file: str, found: list[str]
) -> Application | None:
    """None, and in `found` why; of headway.yaml also where the policy beside it cannot be read."""
    elsewhere = None
    if of_policy is not None:
        with _noted(found):
            elsewhere = policy_yaml.read(of_policy, policy_file)
        if elsewhere is None:
            with _noted(found):
                headway_yaml.read_packaged(text, file)
            return None
    with _noted(found):
        return headway_yaml.read(text, file, elsewhere)
    return None


def _unknown(
    text: str, file: str, keys: Sequence[str], check: Callable[[str], None], known: Sequence[str]
) -> list[str]:
    """What `check` refuses of the values at `keys`, in which `*` is any name; not of those that something is `known` of."""
    root = None
    with suppress(BadInput):  # which is known
        root = yaml_source.compose(text, file, yaml_limits.DECLARATION)
    found: list[str] = []
    for path, value, line in yaml_source.scalars(root):
        place = f"{file}:{line}: {'.'.join(path)}: "
        if any(_fits(path, each) for each in keys) and not any(each.startswith(place) for each in known):
            try:
                check(value)
            except BadInput as error:
                found.append(f"{place}{error}")
    return found


def _fits(path: Sequence[str], key: str) -> bool:
    parts = key.split(".")
    return len(path) == len(parts) and all(
        part in ("*", each) for part, each in zip(parts, path, strict=True)
    )


def _image_policy(kind: str) -> None:
    if kind not in image_policy.KINDS:
        from headway.decide.supply import image_policies

        image_policies.check_kind(kind)


def _chart_repository(url: str) -> None:
    if url.startswith(WRITTEN):
        return
    from headway.clients.chart_repository import check_writable

    check_writable(url)


def _hold_against(application: Application, folder: Path, found: list[str]) -> None:
    values = folder / "values.yaml"
    with _noted(found):
        text, more = _chart_texts(folder)
        chart, at, places = _chart(folder, text, more)
        found += map(str, read_addresses.disagreements(application, text, more, f"{folder}/"))
        for service in application.services:
            with _noted(found):
                service_charts.positions(chart, service, at)
        of_services = {position for name in application.services for position in chart.positions(name)}
        for position, (place, each) in enumerate(zip(places, chart.dependencies, strict=True)):
            if position not in of_services:
                with _noted(found):
                    folder_dependencies.refuse(each.name, each.repository, place)
        found += [f"{at}: {each}. {chart_names.REMEDY}" for each in chart_names.clashes(chart)]
        found += [f"{at}: {each}" for each in chart_names.shared_by_services(application, chart)]
    if values.is_file():
        with _noted(found):
            text = files.text(values)
            for image in application.images_in_values.values():
                with _noted(found, behind=f" (headway.yaml {image.place})"):
                    image_values.check(text, image, str(values))
    for name, environment in application.environments.items():
        if environment.keeps_tags:
            _hold_own_tags_against(application, name, folder, found)


def _hold_own_tags_against(
    application: Application, environment: str, folder: Path, found: list[str]
) -> None:
    """Each stands in its value file, empty or not: Headway writes it there and nowhere else."""
    behind = f" (headway.yaml environments.{environment}.policy)"
    file = folder / application.tag_file(environment)
    if not file.is_file():
        found.append(f"{file}: is missing, in which {environment} keeps its tags{behind}")
        return
    text = files.text(file)
    for image in application.own_images(environment).values():
        with _noted(found, behind):
            image_values.read(text, image, str(file))


def _chart_texts(folder: Path) -> tuple[str, str | None]:
    """Of Chart.yaml, and of requirements.yaml where there is one."""
    requirements = folder / "requirements.yaml"
    return files.text(folder / "Chart.yaml"), files.text(requirements) if requirements.is_file() else None


def _chart(folder: Path, text: str, more: str | None) -> tuple[ChartYaml, str, tuple[str, ...]]:
    """With the places of its list of dependencies, and of each of them."""
    file = str(folder / "Chart.yaml")
    return chart_yaml.read(text, file, more), *chart_yaml.places(text, file, more)


def _chart_folder(text: str, file: Path) -> Path | None:
    """As a headway.yaml that is wrong elsewhere names it; None where that is no folder below."""
    root = None
    with suppress(BadInput):  # which is known
        root = yaml_source.compose(text, str(file), yaml_limits.DECLARATION)
    named = PurePosixPath(yaml_source.text_of(yaml_source.find(root, ("chart",))) or ".")
    return None if named.is_absolute() or ".." in named.parts else file.parent / named


def _hold_chart_alone(folder: Path, found: list[str]) -> None:
    """What is wrong with it whatever services there are."""
    with _noted(found):
        chart, at, _ = _chart(folder, *_chart_texts(folder))
        found += [f"{at}: {each}. {chart_names.REMEDY}" for each in chart_names.clashes(chart)]


def _missing_files(application: Application, folder: Path, text: str, file: str) -> Iterator[str]:
    """Value and sops files that an environment names; those that it has by default may be missing."""
    root = yaml_source.compose(text, file, yaml_limits.DECLARATION)
    for name, environment in application.environments.items():
        for key, named in (
            ("values", environment.value_files(name)),
            ("secrets", environment.secret_files(name)),
        ):
            for path in named.paths if named.required else ():
                if root and not (folder / path).is_file():
                    place = ("environments", name, key)
                    line = declaration.line_of(root, place)
                    yield f"{file}:{line}: {'.'.join(place)}: {folder / path} is missing"


def _open_secrets(application: Application, folder: Path) -> Iterator[str]:
    """Before they are committed: they are released as they are."""
    seen = {path for name, each in application.environments.items() for path in each.secret_files(name).paths}
    for path in sorted(seen):
        file = folder / path
        text = files.text(file).strip() if file.is_file() else ""
        if text and not secret_placeholders.is_encrypted(text.encode()):
            yield f"{file}: is not encrypted by sops: sops encrypt --age RECIPIENT --in-place {file}"
