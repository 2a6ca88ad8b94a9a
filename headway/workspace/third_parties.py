"""Third parties' charts that an umbrella chart depends on, asked for where it says that they are: whoever runs these repositories
moves them, takes versions away, or wants a password one day, and no service of ours would tell.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from headway.clients.chart_repository import ReadableChartRepository, open_public_repository
from headway.decide.supply import folder_dependencies
from headway.errors import BadInput
from headway.formats import chart_version
from headway.model.charts import Dependency
from headway.workspace import chart_locks


def by_repository(files: Mapping[str, bytes], services: Collection[str]) -> dict[str, list[Dependency]]:
    """Of all dependencies but the `services`, and those that lie in charts/; at the version of the lock, where that is current.
    `files`: of the umbrella chart, by path in it. Raises BadInput where it cannot be read.
    """
    read = chart_locks.read(files)
    chart = read.chart
    locked = read.lock.dependencies if read.lock and not read.wanting else ()
    ours = {chart.dependencies[at].name for service in services for at in chart.positions(service)}
    found: dict[str, list[Dependency]] = {}
    for at, each in enumerate(chart.dependencies):
        if each.repository and each.name not in ours:
            version = locked[at].version if locked else each.version
            found.setdefault(each.repository.rstrip("/"), []).append(replace(each, version=version))
    return found


def offered(url: str, wanted: Sequence[Dependency]) -> str:
    """Which versions a repository has of what is wanted there. Raises BadInput where it lacks one, or takes no one in without
    credentials, Unreachable."""
    for each in wanted:
        folder_dependencies.refuse(each.name, each.repository)
    repository = open_public_repository(url)
    found = {each: _offered(repository, each) for each in wanted}
    if lacking := [each for each, version in found.items() if not version]:
        names = ", ".join(f"{each.name} {each.version}".rstrip() for each in lacking)
        newest = [f"{each.name} {known[0]}" for each in lacking if (known := repository.versions(each.name))]
        instead = (
            f"Its newest is {', '.join(dict.fromkeys(newest))}." if newest else "It knows no such chart."
        )
        raise BadInput(
            f"it does not offer {names}", where=url, next_step=f"Correct it in Chart.yaml. {instead}"
        )
    return (
        f"it offers {', '.join(dict.fromkeys(f'{each.name} {version}' for each, version in found.items()))}"
    )


def _offered(repository: ReadableChartRepository, wanted: Dependency) -> str:
    """The version that would be taken; empty where there is none."""
    if chart_version.parse(wanted.version):
        return wanted.version if repository.entry(wanted.name, wanted.version) else ""
    return chart_version.newest(repository.versions(wanted.name), wanted.version) or ""
