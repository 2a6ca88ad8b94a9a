"""Prints what runs where, by the kubeconfig at hand: it needs neither Prefect nor git, which add when it is looked at."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from headway.cli import answered, files, first_releases, helm_alone, look_times, missing_clusters
from headway.cli.output import FOR_PEOPLE, Found, show_found, tell
from headway.cli.watching import watch
from headway.cli.where import Where
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release import advice
from headway.decide.release.state import State
from headway.decide.review import status_table
from headway.decide.review.status import ReleaseStatus
from headway.errors import BadInput
from headway.formats.near_names import meant
from headway.model.application import Application
from headway.model.release_ref import ReleaseRef
from headway.workspace.status import StatusReader


def show(
    application: str | None,
    *,
    where: Where,
    declared: Path | None,
    policy: Path | None = None,
    output: str,
    watched: bool = False,
    every: float = 5,
) -> bool:
    """`output`: see headway.cli.output. `watched`: again `every` so many seconds, until Ctrl-C. False where nothing is known of
    the application that is named.

    Raises BadInput for a kubeconfig or headway.yaml, Unreachable, Refused.
    """
    if policy and not declared:
        raise BadInput(
            "a policy is read together with a headway.yaml", where=str(policy), next_step="Name that by -f."
        )
    read = files.application(declared, policy) if declared else None
    looked_at = where.cluster()
    times = look_times.begun(application) if application and not watched and output in FOR_PEOPLE else None

    def look() -> Found:
        reader = StatusReader(declared=read, policy=str(policy or "headway.yaml"))
        statuses = reader.read_all(looked_at, where.namespace)
        shown = [each for each in statuses if application in (None, each.ref.application)]
        if read and application in (None, read.application) and output in FOR_PEOPLE and not watched:
            shown = [
                *shown,
                *_first_ones(read, {(each.ref.application, each.ref.environment) for each in shown}),
            ]
        known = {each.ref.application for each in statuses} | ({read.application} if read else set())
        return found(answered.told(shown), application, known)

    if watched:
        watch(look, output, every=every)
    else:
        shown = look()
        show_found(shown, output)
        if times and application and shown.names:
            tell([f"{application}: {look_times.told(times)}"])
        if read and application in (None, read.application):
            here = {f"{read.application}/{each}": each for each in read.environments}
            absent = [each for name, each in here.items() if name not in shown.names]
            unplaced = missing_clusters.missing(
                read.application, {each: read.cluster(each) for each in absent}
            )
            tell(
                [
                    _unmanaged(looked_at, read, each) or _absent(read, each, unplaced.get(each, ""))
                    for each in absent
                ]
            )
        elif application:
            return bool(shown.names)
    return True


def _first_ones(application: Application, known: Collection[tuple[str, str]]) -> Iterator[ReleaseStatus]:
    """First releases that wait for an approval."""
    gated = [
        name
        for name, environment in application.environments.items()
        if environment.gate == "approval" and (application.application, name) not in known
    ]
    waiting = first_releases.waiting(application.application) if gated else ()
    for name in gated:
        if name in waiting:
            yield ReleaseStatus(
                application.release_ref(name),
                application.namespace(name),
                datetime.now(UTC),
                State.ABSENT,
                offered=None,
                waits="its first release",
                gated=True,
                is_asked=True,
            )


def _unmanaged(cluster: Cluster, application: Application, environment: str) -> str:
    ref, namespace = helm_alone.place(application.application, environment, application)
    said = helm_alone.said(cluster, ref, namespace)
    return f"{environment}: {said}. {advice.adopt(ref)} makes it Headway's" if said else ""


def _absent(application: Application, environment: str, why: str) -> str:
    """No row: nobody has asked whether it is in another cluster, nor whether a run waits. `why`: where that is known."""
    if why:
        way_out = missing_clusters.way_out(application.application, environment)
        return f"{environment}: nothing is released there: {why}. {way_out}"
    ref = ReleaseRef(application.application, environment, "")
    is_gated = application.environments[environment].gate == "approval"
    gate = " (its first release needs an approval)" if is_gated else ""
    return f"{environment}: nothing was released yet{gate}, or it is elsewhere; {advice.explain(ref)} says what waits"


def found(statuses: Sequence[ReleaseStatus], application: str | None, known: Collection[str] = ()) -> Found:
    """`known`: applications that have a record here."""
    return Found(
        status_table.rows(statuses),
        [status_table.values(each) for each in statuses],
        wide=status_table.rows(statuses, wide=True),
        names=[f"{each.ref.application}/{each.ref.environment}" for each in statuses],
        nothing=_nothing(application, known),
    )


def _nothing(application: str | None, known: Collection[str]) -> str:
    said = f"no release of {application or 'any application'} has a record here"
    if near := meant(application or "", known):
        return f"{said}{near}"
    elsewhere = "--context or --kubeconfig names another cluster"
    if application is None:
        return f"{said}: headway add URL registers an application; {elsewhere}"
    return f"{said}: headway deliver {application} --wait looks now, and says what keeps it; {elsewhere}"
