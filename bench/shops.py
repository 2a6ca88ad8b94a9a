"""Two copies of the example shop, alike: one that Headway delivers, and one for the plain script. Taken away afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from prefect.blocks.core import Block

from bench import chart_history, headway_flow
from bench.headway_deployed import settle
from sandbox.address import Address
from sandbox.demo.cluster_truth import ClusterTruth
from sandbox.demo.prefect_api import PrefectApi
from sandbox.demo.register import save_blocks
from sandbox.seed import (
    ENVIRONMENTS,
    Change,
    Layout,
    PushedImage,
    append,
    change_application,
    change_service,
    replace,
    reset,
    seed,
)

ENVIRONMENT = ENVIRONMENTS[0]
SERVICE = "cart"
FROZEN = Change(
    "Freeze all but testing",
    tuple(
        replace("headway.yaml", f"    after: {upstream}\n", f"    after: {upstream}\n    frozen: true\n")
        for upstream in ENVIRONMENTS[:-1]
    ),
)


@contextmanager
def shops(address: Address, prefect: PrefectApi) -> Iterator[tuple[Layout, Layout]]:
    """Headway's shop and the plain script's, both installed and tested once, by Headway."""
    ours, plain = Layout(address, "bench"), Layout(address, "bench-plain")
    try:
        for layout in (ours, plain):
            _remove(layout, prefect)
            seed(layout)
            change_application(layout, FROZEN)
            ClusterTruth(layout).make_namespaces()
            save_blocks(layout)
            headway_flow.deliver(layout.name, ENVIRONMENT)
        settle(prefect, (ours.name, plain.name))
        forget_block(plain.name)
        yield ours, plain
    finally:
        for layout in (ours, plain):
            _remove(layout, prefect)


def new_image(layout: Layout) -> PushedImage:
    """What a change of the service's text gives: built and pushed, announced to nobody."""
    change = Change("Say something more", (append("README.md", "More.\n"),))
    return change_service(layout, SERVICE, change)


def require_running(layout: Layout, image: PushedImage) -> None:
    """Raises RuntimeError unless the image is what runs, ready."""
    cluster = ClusterTruth(layout)
    running = cluster.images(ENVIRONMENT).get(SERVICE)
    if running != image.reference or cluster.unready(ENVIRONMENT):
        raise RuntimeError(f"{layout.name}: {running} runs, {image.reference} should; or pods are not ready")


def _remove(layout: Layout, prefect: PrefectApi) -> None:
    forget_block(layout.name)
    for run in prefect.runs():
        if run.parameters.get("application") == layout.name and run.ended:
            prefect.delete(f"/flow_runs/{run.id}")
    headway_flow.forget_runs(layout.name)
    for artifact in prefect.artifacts(layout.name):
        prefect.delete(f"/artifacts/{artifact['id']}")
    if layout.remotes.exists():
        chart_history.empty(layout, ENVIRONMENT)
    ClusterTruth(layout).delete_namespaces()
    reset(layout)


def forget_block(name: str) -> None:
    """Without its Application block an application is nobody's to look at: `watch` passes it by."""
    from blocks import Application, Cluster

    blocks: list[tuple[type[Block], str]] = [(Application, name)]
    blocks += [(Cluster, f"{name}-{each}") for each in ENVIRONMENTS]
    for kind, block in blocks:
        with suppress(ValueError):  # there is none
            kind.delete(block)
