"""What `headway doctor` asks a Prefect server: whether it answers and a worker lives, what is deployed and saved."""

from collections.abc import Mapping, Sequence
from functools import partial

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.responses import DeploymentResponse
from prefect.settings import PREFECT_API_URL

from blocks import Application, Cluster, Site
from headway.cli import blocks_of_prefect
from headway.cli.prefect_api import prefect_server
from headway.decide.review import checkup
from headway.decide.review.checkup import Checked
from headway.errors import BadInput
from headway.workspace.checkup import Attempt

DEPLOYMENTS = (
    "watch/watch",
    "deliver/deliver",
    "release/release",
    "release-many/release-many",
    "roll-back/roll-back",
    "freeze/freeze",
    "lift/lift",
    "run-tests/run-tests",
    "plan-pull-requests/plan-pull-requests",
)
POOL = "headway"
WHERE = "Prefect server"
START = f"Start one: headway worker start --pool {POOL}"
DEPLOY = "Deploy: prefect --no-prompt deploy --all --prefect-file deployments.yaml"


def server() -> Attempt:
    def attempt() -> str:
        with prefect_server() as client:
            client.request("GET", "/health")
            version = client.request("GET", "/admin/version").json()
            return f"version {version}"

    return Attempt(
        WHERE,
        PREFECT_API_URL.value() or "PREFECT_API_URL",
        attempt,
        "Start it, or correct PREFECT_API_URL or the profile.",
    )


def of_server() -> list[Attempt]:
    """Of a server that answers."""
    return [
        Attempt("deployments", WHERE, _deployments, DEPLOY),
        Attempt("worker", f"work pool {POOL}", _worker, START),
    ]


def unasked() -> list[Checked]:
    """The same where it does not answer."""
    said = "the Prefect server does not answer"
    return [checkup.unknown(each.what, each.where, said) for each in of_server()]


def application(name: str) -> Application:
    """Raises BadInput where there is none, or it cannot be loaded."""
    found = blocks_of_prefect.load(Application, name)
    if found is None:
        raise BadInput(
            "there is no such block",
            where=f"headway-application/{name}",
            next_step="Register it: headway add URL.",
        )
    return found


def site(name: str) -> Site | None:
    """None where there is none. Raises BadInput for one that cannot be loaded."""
    return blocks_of_prefect.load(Site, name)


def clusters(remedies: Mapping[str, str]) -> list[Attempt]:
    """Of Cluster blocks. By name: what to do where there is none."""
    return [
        Attempt("block", f"headway-cluster/{name}", partial(_cluster, name, remedy), remedy)
        for name, remedy in remedies.items()
    ]


def _cluster(name: str, remedy: str) -> str:
    block = blocks_of_prefect.load(Cluster, name)
    if block is None:
        raise BadInput("there is no such block", where=f"headway-cluster/{name}", next_step=remedy)
    block.connect()
    return "can be loaded"


def _deployments() -> str:
    with prefect_server() as client:
        there = {f"{_flow(client, each)}/{each.name}": each for each in _ours(client)}
    lacking = [name for name in DEPLOYMENTS if name not in there]
    if lacking:
        raise BadInput(f"missing: {', '.join(lacking)}", where=WHERE, next_step=DEPLOY)
    paused = [name for name in DEPLOYMENTS if there[name].paused]
    if paused:
        raise BadInput(
            f"paused: {', '.join(paused)}", where=WHERE, next_step=f"prefect deployment resume {paused[0]}"
        )
    return f"all {len(DEPLOYMENTS)} are there"


def _ours(client: SyncPrefectClient) -> Sequence[DeploymentResponse]:
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=["headway"]))
    return client.read_deployments(deployment_filter=tagged, limit=200)


def _flow(client: SyncPrefectClient, deployment: DeploymentResponse) -> str:
    return client.read_flow(deployment.flow_id).name


def _worker() -> str:
    with prefect_server() as client:
        pool = client.read_work_pool(POOL)
        if pool.is_paused:
            raise BadInput(
                "it is paused", where=f"work pool {POOL}", next_step=f"prefect work-pool resume {POOL}"
            )
        found = client.request(
            "POST",
            "/work_pools/{work_pool_name}/workers/filter",
            path_params={"work_pool_name": POOL},
            json={},
        )
    online = [each["name"] for each in found.json() if each["status"] == "ONLINE"]
    if not online:
        raise BadInput("no worker is online", where=f"work pool {POOL}", next_step=START)
    return f"online: {', '.join(online)}"
