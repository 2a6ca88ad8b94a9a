"""Which published chart of a service the application uses, and which one it may move to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from headway.decide.supply.pins import Pin
from headway.errors import BadInput
from headway.formats import chart_version
from headway.formats.chart_yaml import ChartYaml
from headway.model.charts import ChartEntry


@dataclass(frozen=True, slots=True)
class ChartChoice:
    """`newest` is what may be used, `current` what is; None where there is none among what is offered."""

    newest: ChartEntry | None
    current: ChartEntry | None
    why: str = ""
    """Why nothing newer is chosen, where that has a reason of its own."""

    @property
    def new(self) -> ChartEntry | None:
        """`newest`, where it is not in use already."""
        return self.newest if self.newest != self.current else None


def chart_name(umbrella: ChartYaml, service: str) -> str:
    """Name of the service's chart: that of its dependency, else the service's own."""
    return next((umbrella.dependencies[at].name for at in umbrella.positions(service)), service)


def positions(umbrella: ChartYaml, service: str, file: str) -> tuple[int, ...]:
    """Places of the service's dependencies, one at least. BadInput naming `file` where there is none."""
    found = umbrella.positions(service)
    if not found:
        raise BadInput(
            f"no dependency has the name or alias {service!r}",
            where=file,
            next_step=f"Add it to dependencies, or take {service} out of headway.yaml.",
        )
    return found


def pinned(choice: ChartChoice, pin: Pin | None) -> ChartChoice:
    """The choice; or the chart in use, where a person wrote its version and the choice is not above those that they replaced."""
    if choice.new is None or choice.current is None or pin is None:
        return choice
    if chart_version.is_above_all(choice.new.version, pin.left):
        return choice
    return ChartChoice(choice.current, choice.current, f"chart {choice.current.version} was {pin.why}")


def choose(
    umbrella: ChartYaml,
    service: str,
    *,
    offered: Sequence[ChartEntry],
    constraint: str | None,
    quarantined: Collection[str],
) -> ChartChoice:
    """The newest one that the constraint allows and that is not under quarantine."""
    used = {umbrella.dependencies[at].version for at in umbrella.positions(service)[:1]}
    allowed = [each.version for each in offered if each.version not in quarantined]
    best = chart_version.newest(allowed, constraint)
    return ChartChoice(
        newest=next((each for each in offered if each.version == best), None),
        current=next((each for each in offered if each.version in used), None),
    )
