"""What a button would change, shown before it is pressed: the plan that a run has made already, or what lies between two
revisions as Helm stored them. Nothing is rendered here, and what is secret is marked by whoever made it.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from headway.decide.review import diff_text, plan
from headway.errors import HeadwayError
from headway.model.release_history import HistoryEntry
from headway.view import told
from headway.view.base import View
from headway.view.histories import DIFF_LINES_LIMIT, known_release, sign
from headway.view.looks import Seen
from headway.workspace import comparison

Line = tuple[str, str]
"""How it is coloured, and its text."""


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShownPlan:
    title: str
    note: str = ""
    """What to know of it; or why there is none."""
    at: datetime | None = None
    url: str = ""
    link: str = ""
    """What `url` leads to."""
    before: str = ""
    after: str = ""
    rows: Sequence[Sequence[str]] = ()
    """What differs beside objects, on both sides."""
    lines: Sequence[Line] = ()
    left_out: int = 0


def of_release(view: View, found: Seen, version: str) -> ShownPlan:
    """Of the run that waits for an answer, or else the newest that was made of this `version` since what runs was deployed."""
    ref = found.status.ref
    title = plan.title(version, ref.environment) if version else "What it would change"
    assert view.runs
    try:
        waiting = view.runs.waiting(ref.application, ref.environment)
        if waiting:
            answer = view.path(found, "answer")
            note = "A release waits for an answer already: this is its plan."
            return _text("What it would change", waiting.plan, note=note, url=answer, link="answer it")
        made = view.runs.plan(ref.application, ref.environment, title) if version else None
    except HeadwayError as error:
        return ShownPlan(title, f"No plan is at hand: {told.sentence(error)}")
    since = found.status.since
    if made is None or (since and made.at and made.at < since):
        return ShownPlan(
            title,
            "No plan of it has been made since what runs was deployed."
            if version
            else "Nothing waits: there is no plan.",
        )
    return _text(title, made.text, at=made.at, url=made.url, link="the run that made it, in Prefect")


def of_way_back(view: View, found: Seen, version: str) -> ShownPlan:
    """From what is deployed to the revision that held `version`."""
    return _between(view, found, found, version, f"What going back to {version} would change")


def of_promotion(view: View, found: Seen, feeds: Seen, version: str) -> ShownPlan:
    """From what is deployed here to what `version` is in the environment before, but for objects: these differ by environment."""
    title = f"What {version} is made of in {feeds.status.ref.environment}, beside what runs here"
    return _between(view, found, feeds, version, title, objects=False)


def _between(
    view: View, found: Seen, other: Seen, version: str, title: str, *, objects: bool = True
) -> ShownPlan:
    if not found.cluster:
        return ShownPlan(title, "Nothing is installed here yet.")
    try:
        here, there = known_release(view, found), known_release(view, other)
        deployed = view.histories.look(here.store).deployed
        wanted = _that_passed(view.histories.look(there.store).entries, version)
        if deployed is None or wanted is None:
            return ShownPlan(title, "What it would change is not known: Helm's history does not hold both.")
        label = f"{wanted.version}, revision {wanted.revision}"
        running = (here, deployed, f"{deployed.version}, which runs")
        diff = comparison.compare(running, (there, wanted, label), charts=view.charts)
    except HeadwayError as error:
        _LOG.warning("%s", error)
        return ShownPlan(title, f"What it would change is not known: {told.sentence(error)}")
    lines = list(diff_text.lines(diff)) if objects else []
    return ShownPlan(
        title,
        " ".join(f"{each}." for each in diff.unknown) if objects else "",
        before=diff.before,
        after=diff.after,
        rows=diff_text.rows(diff)[1:],
        lines=[(sign(each), each) for each in lines[:DIFF_LINES_LIMIT]],
        left_out=max(0, len(lines) - DIFF_LINES_LIMIT),
    )


def _that_passed(entries: Sequence[HistoryEntry], version: str) -> HistoryEntry | None:
    """The newest that Helm still has; else the newest that anybody knows."""
    those = [each for each in entries if each.version == version and each.passed]
    return next((each for each in those if each.in_helm), those[0] if those else None)


def _text(
    title: str, text: str, *, note: str = "", at: datetime | None = None, url: str, link: str
) -> ShownPlan:
    lines = list(_signed(text))
    return ShownPlan(
        title,
        note,
        at,
        url,
        link,
        lines=lines[:DIFF_LINES_LIMIT],
        left_out=max(0, len(lines) - DIFF_LINES_LIMIT),
    )


def _signed(text: str) -> Iterator[Line]:
    """In the markdown of a plan, what a diff adds and removes; elsewhere a dash begins a line of a list."""
    differs = False
    for each in text.splitlines():
        if each.lstrip().startswith("```"):
            differs = each.strip().strip("`") == "diff"
            yield "", each
        else:
            yield sign(each) if differs else ("object" if each.startswith("#") else ""), each
