"""Each chart name stands for one package: Helm puts the dependencies of a chart into folders named after their charts.

Of two versions of one chart, under two aliases, one would silently be missing from the package, and its service be deleted.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headway.formats import chart_version
from headway.formats.chart_yaml import ChartYaml
from headway.model.application import Application

if TYPE_CHECKING:
    from headway.formats.chart_lock import ChartLock

REMEDY = "Give all of them one version, or publish one under a chart name of its own."


@dataclass(frozen=True, slots=True)
class _Use:
    key: str
    version: str
    """Empty where a range leaves it open."""
    repository: str


def clashes(chart: ChartYaml, lock: "ChartLock | None" = None) -> tuple[str, ...]:
    """A sentence for each chart name that would have to be two packages. `lock` tells what ranges came to."""
    by_name: dict[str, list[_Use]] = defaultdict(list)
    for at, each in enumerate(chart.dependencies):
        by_name[each.name].append(_Use(each.key, _version(chart, lock, at), each.repository.rstrip("/")))
    return tuple(sentence for name, uses in by_name.items() if (sentence := _clash(name, uses)))


def shared_by_services(application: Application, chart: ChartYaml) -> tuple[str, ...]:
    """A sentence for each chart name that several services publish, each from a place of its own."""
    places: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for service, declared in application.services.items():
        for at in chart.positions(service):
            place = (declared.git, declared.chart)
            places[chart.dependencies[at].name].setdefault(place, service)
    return tuple(
        f"the services {' and '.join(found.values())} publish different charts under one name, {name}; "
        "give each its own name: in Chart.yaml"
        for name, found in places.items()
        if len(found) > 1
    )


def _version(chart: ChartYaml, lock: "ChartLock | None", at: int) -> str:
    if lock and len(lock.dependencies) == len(chart.dependencies):
        return lock.dependencies[at].version
    version = chart.dependencies[at].version
    return version if chart_version.parse(version) else ""


def _clash(name: str, uses: Sequence[_Use]) -> str:
    keys = " and ".join(use.key for use in uses)
    versions = list(dict.fromkeys(use.version for use in uses if use.version))
    if len(versions) > 1:
        return f"the dependencies {keys} are the chart {name} in two versions, {' and '.join(versions)}"
    repositories = list(dict.fromkeys(use.repository for use in uses))
    if len(repositories) > 1:
        return f"the dependencies {keys} are charts named {name} from {' and '.join(map(repr, repositories))}"
    return ""
