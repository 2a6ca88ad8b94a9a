"""Writes a first headway.yaml from what is there: an umbrella chart in a folder, its git remote, a Helm release in a cluster."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headway.cli import checking, files, local_charts
from headway.cli.kubeconfig import cluster
from headway.cli.output import tell
from headway.cli.where import is_name
from headway.clients.git import checkout
from headway.decide.supply import draft, draft_places
from headway.decide.supply.draft import Released, Seen
from headway.decide.supply.draft_places import Place
from headway.errors import BadInput, Refused
from headway.formats import chart_yaml, headway_yaml_draft
from headway.formats.headway_yaml import FILE
from headway.model.charts import Dependency
from headway.model.draft import Open

_DEPTH = 3
_SKIPPED = local_charts.IN_A_CHART | {".git", "node_modules", ".venv"}


def init(
    path: Path, *, from_release: str | None, kubeconfig: Path | None, context: str | None, dry_run: bool
) -> bool:
    """Raises Refused where there is a headway.yaml already, BadInput without a chart or release to begin with."""
    target = path / FILE
    with _usable(target):
        is_there = target.exists()
    if is_there and not dry_run:
        raise Refused(
            "it is there already, and is not overwritten",
            where=str(target),
            next_step="headway init --dry-run prints what it would be.",
        )
    found = seen(path, from_release, kubeconfig, context)
    text = headway_yaml_draft.write(draft.draft(found))
    if dry_run:
        print(text, end="")
        tell(_around(found))
        return True
    try:
        # A link that leads nowhere yet is not there, and would be followed.
        with _usable(target), target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise Refused(
            "it is a link, and is not followed",
            where=str(target),
            next_step="Take it away; headway init --dry-run prints what it would be.",
        ) from error
    print(f"{target}: written")
    for each in _around(found):
        print(each)
    top = checkout.top(path)
    if top and top != path.resolve():
        print(
            f"Headway reads it at the root of its repository, and nowhere else: move it to {top}, or name that folder."
        )
    try:
        return checking.check(path)
    except BadInput as error:
        print(error)
        print(f"Correct that, then: headway check {path}, headway doctor -f {path}, headway add URL.")
    return True


def _around(found: Seen) -> list[str]:
    """What a package of the whole repository would hold beside the umbrella's chart."""
    if found.chart != "." or not any(each.is_own for each in found.places.values()):
        return []
    around = "Name the folders of services in .helmignore, or give it one of its own"
    return [
        f"The umbrella's chart is the whole repository. {around}: else each commit to a service is a new version."
    ]


@contextmanager
def _usable(target: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise BadInput(
            f"it cannot be written: {error.strerror}",
            where=str(target),
            next_step="Name a folder that is there, and that you may write to.",
        ) from error


def seen(path: Path, from_release: str | None, kubeconfig: Path | None, context: str | None) -> Seen:
    """All that can be found out without asking."""
    folder = _chart_folder(path)
    release, released = _release(from_release, kubeconfig, context) if from_release else ({}, None)
    git = checkout.origin(path)
    if folder is None:
        if not from_release:
            raise BadInput(
                "there is no Chart.yaml with dependencies in it",
                where=str(path),
                next_step="Name the folder of your umbrella chart, or a release: --from-release NAMESPACE/NAME.",
            )
        return _of_release(release, git, released)
    legacy = folder / "requirements.yaml"
    chart = chart_yaml.read(
        files.text(folder / "Chart.yaml"),
        str(folder / "Chart.yaml"),
        files.text(legacy) if legacy.is_file() else None,
    )
    values = folder / "values.yaml"
    there = {
        str(each.relative_to(folder))
        for each in folder.rglob("*.y*ml")
        if not _SKIPPED & {*each.relative_to(folder).parts}
    }
    places = local_charts.places(path, folder, chart.dependencies)
    return Seen(
        chart.name,
        chart.dependencies,
        headway_yaml_draft.plain(files.text(values), str(values)) if values.is_file() else {},
        folder.relative_to(path).as_posix(),
        there,
        git,
        places,
        _own_values(checkout.top(path) or path, places),
        released,
    )


def _chart_folder(path: Path) -> Path | None:
    """The one chart with dependencies in the folder, itself first; None where there is none. BadInput for several."""
    if not path.is_dir():
        raise BadInput(
            "there is no such folder",
            where=str(path),
            next_step="Name the folder of your umbrella chart; for a release alone, make an empty one.",
        )
    if (path / "Chart.yaml").is_file():
        return path
    found = []
    for folder, below, names in os.walk(path):
        at = Path(folder)
        skipped = _SKIPPED if "Chart.yaml" in names else _SKIPPED - local_charts.IN_A_CHART
        below[:] = sorted(set(below) - skipped) if len(at.relative_to(path).parts) < _DEPTH else []
        if "Chart.yaml" in names and (
            "requirements.yaml" in names or "dependencies:" in files.text(at / "Chart.yaml")
        ):
            found.append(at)
    read = [chart for each in found if (chart := local_charts.read(path, each))]
    if len(found) > 1 and (chosen := draft_places.umbrella(read)):
        return path / chosen.folder
    if len(found) > 1:
        names_found = ", ".join(str(each.relative_to(path)) for each in found)
        raise BadInput(
            f"there are several charts with dependencies: {names_found}",
            where=str(path),
            next_step="Name the folder of one of them.",
        )
    return found[0] if found else None


def _own_values(top: Path, places: Mapping[str, Place]) -> dict[str, Mapping[str, Any]]:
    """Of the charts that lie in this repository."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, place in places.items():
        chart = place.chart.value if isinstance(place.chart, Open) else place.chart
        values = top / (chart or draft_places.USUAL) / "values.yaml"
        if place.is_own and values.is_file():
            found[name] = headway_yaml_draft.plain(files.text(values), str(values))
    return found


def _release(named: str, kubeconfig: Path | None, context: str | None) -> tuple[Mapping[str, Any], Released]:
    """Helm's document of its newest revision."""
    from headway.clients.helm.storage import HelmStorage

    namespace, _, name = named.partition("/")
    if not (is_name(namespace) and is_name(name)):
        raise BadInput(
            f"{named!r} is no NAMESPACE/NAME",
            where="--from-release",
            next_step="headway init --from-release shop/shop",
        )
    newest = HelmStorage(cluster(kubeconfig, context), namespace, name).newest()
    if newest is None:
        raise BadInput(
            f"there is no release {name} in namespace {namespace}",
            where="--from-release",
            next_step="helm list --all-namespaces shows those there are; name the cluster by --context.",
        )
    return newest.document, Released(namespace, name)


def _of_release(document: Mapping[str, Any], git: str, released: Released | None) -> Seen:
    chart = document.get("chart") or {}
    metadata = chart.get("metadata") or {}
    dependencies = tuple(
        Dependency(
            name=str(each.get("name") or ""),
            version=str(each.get("version") or ""),
            repository=str(each.get("repository") or ""),
            alias=str(each.get("alias") or ""),
            raw=each,
        )
        for each in metadata.get("dependencies") or ()
        if isinstance(each, Mapping)
    )
    values = _over(chart.get("values") or {}, document.get("config") or {})
    return Seen(str(metadata.get("name") or ""), dependencies, values, git=git, released=released)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        former = merged.get(key)
        both = isinstance(former, Mapping) and isinstance(value, Mapping)
        merged[key] = _over(former, value) if both else value  # type: ignore[arg-type]
    return merged
