"""Prints where one change stands on its way: by the kubeconfig at hand, with what Prefect tells where a server is named."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from headway.cli import files
from headway.cli.late_runs import LateRuns
from headway.cli.output import Found, show_found, tell
from headway.cli.where import Where
from headway.decide.review import changes, delivery_supply, delivery_text
from headway.decide.review.delivery import delivery
from headway.decide.review.delivery_facts import Facts
from headway.errors import BadInput, HeadwayError
from headway.view import told_by_runs
from headway.view.runs import Report, RunLine
from headway.workspace import image_facts
from headway.workspace.deliveries import DeliveryReader
from headway.workspace.release_history import ReleaseHistoryReader

RUNS_READ = 30
NO_GIT = "this command reads none: the release view does, where git: names a repository"
NO_ORDER = "after which environment some come is not known: -f HEADWAY.YAML says it now, their records from their next release on"
NO_REGISTRY = f"{delivery_supply.NOT_ASKED}: --registry does"


def show(
    application: str, what: str, *, where: Where, declared: Path | None, ask_registries: bool, output: str
) -> bool:
    """Raises BadInput for a kubeconfig or headway.yaml, or where nothing names the change; Unreachable, Refused."""
    read = files.application(declared, None) if declared else None
    if read and read.application != application:
        raise BadInput(
            f"it is of {read.application}",
            where=str(declared),
            next_step=f"Name the headway.yaml of {application}.",
        )
    reader = DeliveryReader(ReleaseHistoryReader())
    seen = reader.read(application, where.clusters(), read, where.namespace)
    reports, runs, unknown = _prefect(application)
    lines = None if reports is None else told_by_runs.newest(reports)
    change = changes.change(what, changes.versions(seen.places, seen.packages), lines=lines or ())
    if change.is_unknown:
        raise BadInput(
            f"nothing that is known of {application} names it",
            where=what,
            next_step="Name an image, its tag or digest, a commit (seven digits or more) or a version.",
        )
    images = (
        image_facts.of(change.images)
        if ask_registries
        else {each.reference: NO_REGISTRY for each in change.images}
    )
    found = delivery(
        Facts(
            change,
            seen.places,
            images,
            commits=None,
            git_unknown=NO_GIT,
            service_charts=seen.service_charts,
            runs=None if runs is None else told_by_runs.open_runs(runs),
            lines=lines,
            made=told_by_runs.commits(reports or ()),
            prefect_unknown=unknown,
        )
    )
    now = datetime.now(UTC)
    wide = delivery_text.rows(found, now, wide=True)
    show_found(Found(delivery_text.rows(found, now), delivery_text.values(found), wide=wide), output)
    after = [NO_ORDER] if not all(each.way for each in seen.places) else []
    tell((*found.unknown, *seen.trouble, *after))
    return True


def _prefect(application: str) -> tuple[Sequence[Report] | None, Sequence[RunLine] | None, str]:
    asked = LateRuns()
    try:
        return asked.deliveries(application), asked.recent(application, RUNS_READ), ""
    except HeadwayError as error:
        return None, None, f"what runs do and report is not known: {error}"
