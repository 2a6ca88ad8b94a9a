"""Facts that several steps look up on the real systems. Each raises UntrueError when it is not so."""

from collections.abc import Iterator, Mapping

import httpx

from sandbox import external
from sandbox.demo.stage import Snapshot, Stage
from sandbox.demo.truth import hold
from sandbox.seed.images import PushedImage
from sandbox.seed.layout import SERVICES

LATER = ("staging", "production")


def charts_of_services(stage: Stage) -> Iterator[str]:
    for service in SERVICES:
        versions = stage.charts.versions("testing", service)
        hold(versions, f"the index of testing has no chart of {service}")
        entry = stage.charts.entry("testing", service, versions[0])
        digest = stage.charts.digest("testing", service, versions[0])
        hold(
            entry and entry["digest"].removeprefix("sha256:") == digest,
            f"{service}: digest of index and bytes",
        )
        yield f"bucket of testing: chart {service} {versions[0]}, digest as in the index"


def same_package(stage: Stage, upstream: str, downstream: str, version: str) -> str:
    above = stage.charts.digest(upstream, "shop", version)
    below = stage.charts.digest(downstream, "shop", version)
    hold(above and above == below, f"shop {version}: {above!r} in {upstream}, {below!r} in {downstream}")
    return f"buckets: shop {version} in {downstream} is the package of {upstream}, sha256 {above[:12]}"


def release_is_good(
    stage: Stage, environment: str, version: str, images: Mapping[str, PushedImage]
) -> Iterator[str]:
    """Deployed by Helm, with these images, ready, its test hooks passed, and recorded as good."""
    newest = stage.cluster.history(environment)[-1]
    hold(newest["status"] == "deployed", f"helm history of {environment}: {newest}")
    hold(newest["chart"] == f"{stage.layout.name}-{version}", f"helm history of {environment}: {newest}")
    yield f"helm history: revision {newest['revision']} of {environment} is {newest['chart']}, deployed"
    running = stage.cluster.images(environment)
    expected = {service: image.reference for service, image in images.items()}
    hold(running == expected, f"{environment} runs {running}, not {expected}")
    unready = stage.cluster.unready(environment)
    hold(not unready, f"not ready in {environment}: {unready}")
    yield f"API server: every replica of {', '.join(running)} runs its image and is ready"
    phases = {name: phase for name, (phase, _) in stage.cluster.test_hooks(environment).items()}
    hold(phases and set(phases.values()) == {"Succeeded"}, f"helm test in {environment}: {phases}")
    good = stage.cluster.record(environment)["good"][0]
    hold((good["version"], good["revision"]) == (version, newest["revision"]), f"last good: {good}")
    yield f"release record: {version} is last good, tested at {good['tested_at']} ({len(phases)} helm tests)"


def later_environments_untouched(stage: Stage, before: Snapshot) -> str:
    now = stage.snapshot()
    for name in LATER:
        hold(now.objects[name] == before.objects[name], f"something was written to the bucket of {name}")
        hold(now.revisions[name] == before.revisions[name], f"{name} has another revision")
    return "frozen staging and production: no object, no revision more than before"


def customer_can_buy(stage: Stage, environment: str) -> Iterator[str]:
    """From outside of the pods; left out where the cluster is not this machine's."""
    if external.external() is not None:
        return
    url = stage.cluster.service(environment, "storefront")
    answer = httpx.post(f"{url}/buy", json={"product": "tea"}, timeout=10, trust_env=False)
    hold(answer.status_code == 200, f"POST {url}/buy: {answer.status_code} {answer.text}")
    yield f"a customer buys tea in {environment}: {answer.text.strip()}"
