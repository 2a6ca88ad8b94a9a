"""Prints why things are as they are: the image of a service, the state of a release."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from headway.cli import files, helm_alone, look_times, missing_clusters
from headway.cli.late_runs import LateRuns
from headway.cli.output import FOR_PEOPLE, Found, show_found
from headway.cli.where import Where
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review import explanation, image_table, quarantine_table
from headway.decide.review.look_times import LookTimes
from headway.decide.review.status import ReleaseStatus
from headway.errors import BadInput, HeadwayError
from headway.formats.capitalised import capitalised
from headway.formats.visible import visible
from headway.model.application import Application
from headway.model.release_ref import ReleaseRef
from headway.view.runs import Waiting
from headway.workspace import known_releases, own_choices
from headway.workspace.service_look import Explained
from headway.workspace.status import StatusReader
from headway.workspace.workspace import Workspace


def image(application: str, service: str, output: str) -> bool:
    """Raises BadInput for a service that headway.yaml does not name, Unreachable."""
    from blocks.opening import open_workspace
    from headway.cli.prefect_api import prefect_server

    with prefect_server():
        workspace = open_workspace(application)
    return image_of(workspace, service, output)


def image_of(workspace: Workspace, service: str, output: str) -> bool:
    known = workspace.application.images
    if service not in known:
        raise BadInput(
            f"there is no service {service!r}",
            where=f"headway.yaml of {workspace.application.application}",
            next_step=f"Known: {', '.join(known) or 'none'}.",
        )
    told = workspace.services.explain(service, workspace.source)
    choice, seen, _ = told
    if output == "table":
        print(visible(f"{known[service].repository}"))
        if more := [key for key in known if key.startswith(f"{service}.")]:
            print(visible(f"more images: {', '.join(more)}"))
        print(visible(f"{_stands(told)}\n"))
    names, values = [choice.build.tag if choice.build else seen.current], image_table.values(*told)
    own = {name: workspace.explain_own(service, name) for name in _keeping(workspace, service)}
    waits = {name: own_choices.choices(workspace, name).offer.waiting.get(service, "") for name in own}
    if own:
        values["environments"] = {
            name: {**image_table.values(*each), "waits": waits[name]} for name, each in own.items()
        }
    show_found(Found(image_table.rows(*told), values, names=names), output)
    if output == "table":
        _say_barred(workspace, known[service].repository, told)
    for name, each in own.items() if output == "table" else ():
        rule = workspace.application.own_images(name)[service].policy
        print(
            visible(
                f"\n{name} keeps its own tag, by {rule.kind} of branch {rule.branch}\n{_stands(each, waits[name])}\n"
            )
        )
        show_found(Found(image_table.rows(*each), {}), output)
    return True


def _say_barred(workspace: Workspace, repository: str, told: Explained) -> None:
    """By whom, why, and what lets it come again, of each tag that is left out for it, and of the chosen one, which may be barred
    together with other inputs."""
    choice, _, rulings = told
    tags = {each.tag for each in rulings if each.dropped_by} | ({choice.build.tag} if choice.build else set())
    application = workspace.application.application
    for each in quarantine_table.of_tags(application, repository, tags, workspace.source.quarantine):
        print(visible(f"\n{quarantine_table.sentence(each)}"))


def _stands(told: Explained, waits: str = "") -> str:
    choice, seen, _ = told
    if waits:
        newest = choice.build.tag if choice.build else seen.current
        return f"in use: {seen.current or 'nothing'}\n{newest} waits: {waits}"
    moves = f"moves to {choice.build.tag}" if choice.build else "stays"
    return f"in use: {seen.current or 'nothing'}\n{moves}: {choice.why}"


def _keeping(workspace: Workspace, key: str) -> list[str]:
    application = workspace.application
    return [name for name in application.environments if key in application.own_images(name)]


def release(
    application: str,
    environment: str,
    *,
    where: Where,
    declared: Path | None,
    output: str,
) -> bool:
    """BadInput where neither a record nor a run that waits tells of it, or several records do; Unreachable, Refused."""
    read = files.application(declared, None) if declared else None
    cluster, place = where.cluster(), (application, environment)
    times = look_times.begun(application) if output in FOR_PEOPLE else None
    every = StatusReader(declared=read).read_all(cluster, where.namespace)
    named = {
        known_releases.place_of(cluster, each.namespace, each.ref.release): each
        for each in every
        if (each.ref.application, each.ref.environment) == place
        and (not where.releases or each.ref.release in where.releases)
    }
    status = known_releases.only_one(named, application, environment)
    found = (
        _of_known(status)
        if status
        else _of_helm_alone(cluster, *place, read)
        or _of_none(*place, [each.ref for each in every], read, times)
    )
    lines = [
        ("runs", found.runs),
        ("state", found.state),
        ("wanted", found.desired),
        ("why", found.why),
        ("next", found.next),
        ("who", found.acts),
        *([("looks", look_times.told(times))] if times else []),
        *(("note", each) for each in found.notes),
    ]
    show_found(Found([(f"{name}:", said) for name, said in lines], found.values), output)
    return True


def _of_known(status: ReleaseStatus) -> explanation.Explanation:
    """Prefect is asked alone where a run may wait for an answer."""
    if not explanation.may_wait_at_gate(status):
        return explanation.explain(status)
    waiting, unknown = _waiting(status.ref.application, status.ref.environment)
    if unknown:
        found = explanation.explain(status)
        return found if status.asked else replace(found, notes=(*found.notes, unknown))
    status = explanation.confirmed(status, waiting.id if waiting else "")
    return explanation.explain(status, run=_named(waiting))


def _of_helm_alone(
    cluster: Cluster, application: str, environment: str, declared: Application | None
) -> explanation.Explanation | None:
    ref, namespace = helm_alone.place(application, environment, declared)
    said = helm_alone.said(cluster, ref, namespace)
    return explanation.of_helm_alone(ref, said) if said else None


def _of_none(
    application: str,
    environment: str,
    seen: Sequence[ReleaseRef],
    declared: Application | None,
    times: Future[LookTimes] | None,
) -> explanation.Explanation:
    """Its first release may wait at the gate, before there is a record. Raises BadInput where none does, as far as is known: with
    how the last delivery ended, which may be why there is none."""
    waiting, unknown = _waiting(application, environment)
    if waiting:
        ref = ReleaseRef(application, environment, "")
        return explanation.of_first_release(ref, waiting.name, waiting.plan)
    if why := _unplaced(application, environment, declared):
        raise BadInput(
            f"nothing is released there: {why}",
            where=f"{application} in {environment}",
            next_step=missing_clusters.way_out(application, environment),
        )
    also = f" {capitalised(unknown)}" if unknown else ""
    also += f" {application}: {look_times.told(times).rstrip('.')}." if times else ""
    raise BadInput(
        f"nothing was released there yet, or it is in another cluster: no record of it is here"
        f"{known_releases.there(seen, application, environment)}.{also}",
        where=f"{application} in {environment}",
        next_step=f"headway deliver {application} --wait looks now, and says what keeps it; headway logs {application} "
        f"{environment} shows the newest run; for another cluster name --context or "
        f"--kubeconfig; headway status shows what this one holds; headway doctor {application} says what is missing.",
    )


def _unplaced(application: str, environment: str, declared: Application | None) -> str:
    """Why no cluster is known; empty where one is, and where headway.yaml may name another block or has no such environment."""
    if declared and declared.application == application:
        if environment not in declared.environments:
            return ""
        block = declared.cluster(environment)
    else:
        block = f"{application}-{environment}"
    return missing_clusters.missing(application, {environment: block}).get(environment, "")


def _waiting(application: str, environment: str) -> tuple[Waiting | None, str]:
    """The run that waits for approval, and why none is known; None and empty where none waits."""
    try:
        return LateRuns().waiting(application, environment), ""
    except HeadwayError as error:
        return None, f"whether a run waits for approval is not known: {error}"


def _named(waiting: Waiting | None) -> str:
    """With what it asks about; empty where none waits."""
    return explanation.named_with_plan(waiting.name, waiting.plan) if waiting else ""
