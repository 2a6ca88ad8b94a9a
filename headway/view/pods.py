"""Pods during a rollout: a page and a part of others that change by themselves; and afterwards what its run's log kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.pods import progress
from headway.decide.pods.rollout import WorkloadPods
from headway.decide.release.actions import RollBack
from headway.view import pages
from headway.view.access import Known
from headway.view.base import Several, View, about, release_of
from headway.view.boxes import cut
from headway.view.kept import Kept
from headway.view.looks import Seen
from headway.workspace import rollout
from headway.workspace.rollout import Rollout

TITLES = ("Workload", "Wanted", "New and ready", "New, not ready yet", "Of before")
SIDE, STEP, LEFT, ROW = 14, 18, 170, 30
DRAWN = 24
"""Pods of one workload; the table counts all."""


@dataclass(frozen=True, slots=True)
class Square:
    x: int
    look: str


@dataclass(frozen=True, slots=True)
class Row:
    y: int
    name: str
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    rows: tuple[Row, ...]
    sentence: str
    table: tuple[tuple[str, ...], ...]


def drawn(workloads: Sequence[WorkloadPods]) -> Picture:
    rows = tuple(Row(ROW * at, cut(each.name, 22), _squares(each)) for at, each in enumerate(workloads))
    most = max((len(row.squares) for row in rows), default=0)
    return Picture(
        LEFT + STEP * most + 4,
        ROW * len(rows),
        rows,
        "; ".join(
            f"{each.name}: {each.new_ready} of {each.wanted} ready, {each.old} of before"
            for each in workloads
        ),
        tuple(
            (each.name, *map(str, (each.wanted, each.new_ready, each.new_waiting, each.old)))
            for each in workloads
        ),
    )


def _squares(each: WorkloadPods) -> tuple[Square, ...]:
    missing = max(0, each.wanted - each.new_ready - each.new_waiting)
    looks = (
        ["well"] * each.new_ready + ["waits"] * each.new_waiting + ["none"] * missing + ["held"] * each.old
    )
    return tuple(Square(LEFT + STEP * at, look) for at, look in enumerate(looks[:DRAWN]))


class Pods:
    """What was seen lives for a moment, however many watch."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._seen: Kept[Rollout] = Kept(1.5)

    def close(self) -> None:
        self._seen.close()

    def part(self, found: Seen) -> Markup:
        """HTTP or cluster trouble is a sentence in it."""
        status = found.status

        def read() -> Rollout:
            return rollout.read(self._view.looks.opened(found.cluster), status.namespace, status.ref.release)

        place = (found.cluster, status.namespace, status.ref.release)
        seen, trouble = self._seen.get(place, read, room=found.cluster)
        rendered = pages.rendered(
            "_pods.html",
            picture=drawn(seen.workloads if seen else ()),
            troubles=[*([trouble] if trouble else []), *(seen.troubles if seen else ())],
            titles=TITLES,
            release_name=self._view.name(found),
            name=f"pods-{status.ref.environment}",
        )
        # Only what a template of ours rendered.
        return Markup(rendered)


def show_pods(view: View, request: Request, known: Known, pods: Pods) -> Response:
    found = release_of(view, request, known)
    return pages.page(
        "pods.html",
        **about(view, known, found),
        part=pods.part(found),
        live=view.path(found, "pods", "events"),
    )


def live_part(view: View, pods: Pods, request: Request, known: Known) -> Callable[[], str]:
    release_of(view, request, known)

    def render() -> str:
        try:
            return pods.part(release_of(view, request, known))
        except Several as error:
            return f'<p class="note trouble">{error.detail}</p>'
        except HTTPException:
            return '<p class="note trouble">It is not here any more.</p>'

    return render


@dataclass(frozen=True, slots=True)
class Progress:
    """Of a rollout that a log tells of: pods that were ready, of those that were there, over time."""

    name: str
    points: str
    """Of a polyline, 320 wide and 60 high."""
    most: int
    sentence: str
    table: tuple[tuple[str, str], ...]


def _height(ready: int, most: int) -> float:
    return round(70 - 60 * ready / max(most, 1), 1)


PROGRESS_TITLES = ("When", "New pods ready")


_WAY_BACK = f": {RollBack.__name__}. "
"""In the decision that a run tells before it goes back: pods after it are not those that came in."""


def progressed(environment: str, lines: Sequence[tuple[datetime, str]]) -> Progress | None:
    """`lines`: of the log of its run, oldest first. None where it tells of no pod."""
    counted: list[tuple[datetime, int, int]] = []
    for at, said in lines:
        if counted and _WAY_BACK in said:
            break
        if found := progress.read(said):
            counted.append((at, *found))
    if not counted:
        return None
    first, last = counted[0][0], counted[-1][0]
    whole = (last - first).total_seconds() or 1.0
    most = max(every for _, _, every in counted)
    points, before = [], _height(0, most)
    for at, ready, _ in counted:
        x = round(10 + 300 * (at - first).total_seconds() / whole, 1)
        points += [f"{x},{before}", f"{x},{_height(ready, most)}"]
        before = _height(ready, most)
    points.append(f"318,{before}")
    return Progress(
        f"progress-{environment}",
        " ".join(points),
        most,
        f"{counted[-1][1]} of {counted[-1][2]} new pods were ready after {(last - first).total_seconds():.0f} s",
        tuple((pages.moment(at), f"{ready} of {every}") for at, ready, every in counted),
    )
