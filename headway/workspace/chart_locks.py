"""The lock beside a chart's Chart.yaml: which file it is, and whether a delivery takes the chart with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from headway.errors import BadInput
from headway.formats import chart_lock, chart_yaml, utf8
from headway.formats.application_files import CHART_LOCK, HELM_2_LOCK, REQUIREMENTS
from headway.formats.chart_lock import ChartLock
from headway.formats.chart_yaml import ChartYaml

FILES = ("Chart.yaml", REQUIREMENTS, CHART_LOCK, HELM_2_LOCK)
"""What `read` looks for."""


@dataclass(frozen=True, slots=True)
class LockedChart:
    chart: ChartYaml
    lock: ChartLock | None
    lock_name: str

    @property
    def wanting(self) -> str:
        """What is wrong with the lock; empty where it is current, or nothing needs one."""
        if chart_lock.is_current(self.chart, self.lock):
            return ""
        if self.lock is None:
            return "the file is missing"
        return f"it is out of step with {REQUIREMENTS if self.chart.in_requirements else 'Chart.yaml'}"


def read(files: Mapping[str, bytes], place: str = "") -> LockedChart:
    """`files`: by path in the chart; `place`: what its files are called by in errors. Raises BadInput for what cannot be read."""

    def text(name: str) -> str | None:
        return utf8.text(files[name], named(name)) if name in files else None

    def named(name: str) -> str:
        return f"{place} {name}".strip()

    lock_name = HELM_2_LOCK if HELM_2_LOCK in files else CHART_LOCK
    lock = text(lock_name)
    return LockedChart(
        chart_yaml.read(text("Chart.yaml") or "", named("Chart.yaml"), text(REQUIREMENTS)),
        None if lock is None else chart_lock.read(lock, named(lock_name)),
        lock_name,
    )


def refuse_wanting(found: LockedChart, place: str = "") -> None:
    """Raises BadInput for a lock that is missing or out of step with what it locks."""
    if said := found.wanting:
        raise BadInput(
            said,
            where=f"{place} {found.lock_name}".strip(),
            next_step="An application's is written by Headway as soon as every service has a published chart; "
            "a service's by helm dependency update.",
        )
