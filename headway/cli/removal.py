"""Takes an application out of Prefect, or the record of a release that it has left out of a cluster, and nothing else: its
releases, repositories and charts are not Headway's to delete.
"""

from collections.abc import Iterator

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import BlockDocument, FlowRun, StateType

from flows import flow_runs
from headway.cli import registered, saved_blocks
from headway.cli.prefect_api import prefect_server
from headway.cli.where import Where
from headway.errors import BadInput, Refused
from headway.formats.counted import counted
from headway.formats.visible import visible
from headway.model.record import ReleaseRecord
from headway.workspace import former_release, known_releases

UNDER_WAY = (
    StateType.PENDING,
    StateType.RUNNING,
    StateType.PAUSED,
    StateType.CANCELLING,
    StateType.SCHEDULED,
)


def remove(application: str, *, dry_run: bool) -> bool:
    """Raises BadInput where it is not registered, Refused while one of its runs is under way or waits for an answer."""
    own, *others = saved_blocks.of_application(application, saved_blocks.saved())
    with prefect_server() as client:
        if run := next(_under_way(client, application), None):
            raise Refused(
                f"{run.name!r} {_stands(run)}",
                where=f"application {application}",
                next_step=_way_on(application, run),
            )
        slug = own.block.partition("/")[0]
        document = client.read_block_document_by_name(application, slug, include_secrets=False)
        if not dry_run:
            assert document.id
            client.delete_block_document(document.id)
    print(f"{'would remove' if dry_run else 'removed'} {own.block}: {own.says}")
    for each in others:
        more = [name for name in each.used_by if name != application]
        print(
            f"stays: {each.block}"
            + (f", which {', '.join(more)} uses" if more else ", which nobody else uses")
        )
    if again := _again(document):
        print(visible(again))
    print("stays: its releases in clusters with their records, its repositories, charts and images")
    return True


def _again(document: BlockDocument) -> str:
    """The command that gives back the credentials it had; empty where it had none. No block is found by its name alone."""
    had = [
        f"--{field.replace('_', '-')} {reference['block_document']['name']}"
        for field in ("git_credentials", "forge_credentials", "registry_credentials", "s3_credentials")
        if (reference := document.block_document_references.get(field))
    ]
    url = document.data.get("git_url")
    return f"to add it again with its credentials: headway add {url} {' '.join(had)}" if url and had else ""


def remove_former(application: str, environment: str, *, where: Where, dry_run: bool) -> bool:
    """The record of a release that the application has left. Raises BadInput where there is none, or there are several, Refused
    where the application is released there today or a run is at work, Conflict, Unreachable."""
    from blocks.opening import open_workspace

    clusters = where.clusters()
    found = known_releases.recorded(clusters, application, environment, where.namespace, where.releases)
    if found is None or found.record is None:
        seen = [each.ref for each in known_releases.every(clusters, where.namespace)]
        raise BadInput(
            f"no record of it is here{known_releases.there(seen, application, environment)}",
            where=f"{application} in {environment}",
            next_step="Name the cluster by --context or --kubeconfig; headway status shows what it holds.",
        )
    with prefect_server() as client:
        is_registered = application in registered.applications(client)
        if is_registered and former_release.is_in_use(open_workspace(application), found):
            raise Refused(
                "the application is released there today",
                where=former_release.place(found),
                next_step="Lead it elsewhere first, or take the environment out of headway.yaml; a former release is named by "
                "--release, --namespace and --context.",
            )
    former_release.remove(found, dry_run=dry_run)
    store = found.store
    print(
        visible(
            f"{'would remove' if dry_run else 'removed'} the record of {former_release.place(found)}: {_told(found.record)}"
        )
    )
    ends = f"helm uninstall {store.release} --namespace {store.namespace}"
    print(visible(f"stays: what runs there; {ends} takes that away"))
    return True


def _told(record: ReleaseRecord) -> str:
    """What nobody will know any more."""
    last = f"last good {record.good[0].version}" if record.good else "nothing was good"
    return f"{last}, {counted(len(record.rejections), 'rejection')}, {counted(len(record.audit), 'entry')} of its audit"


def _stands(run: FlowRun) -> str:
    return (
        "waits for approval" if run.state_type is StateType.PAUSED else f"is {run.state_name or 'under way'}"
    )


def _way_on(application: str, run: FlowRun) -> str:
    environment = run.parameters.get("environment")
    if run.state_type is StateType.PAUSED and environment:
        place = f"{application} {environment}"
        return f"Answer it: headway reject {place} --reason WHY, or headway approve {place}."
    return "Wait for it, or cancel it in the Prefect UI."


def _under_way(client: SyncPrefectClient, application: str) -> Iterator[FlowRun]:
    """Runs of Headway's that name the application, the looks of `watch` aside: they name none."""
    states = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[*UNDER_WAY])))
    for run in flow_runs.every(client, flow_run_filter=states):
        if run.parameters.get("application") == application:
            yield run
