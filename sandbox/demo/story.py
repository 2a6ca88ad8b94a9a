"""`demo`: resets the shop, tells the story, and ends with a table. 0 only if every step ended as told."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from sandbox import address as sandbox_address
from sandbox import places, receiver, release_view, stack
from sandbox.demo import story_changes, story_failure, story_first, story_site
from sandbox.demo.background import ComingCluster
from sandbox.demo.forget import forget
from sandbox.demo.prefect_api import PrefectAnswerError, PrefectApi
from sandbox.demo.register import register
from sandbox.demo.stage import Stage
from sandbox.demo.step import Step, play
from sandbox.demo.telling import Telling
from sandbox.demo.truth import UntrueError
from sandbox.failure import SandboxError
from sandbox.seed import ENVIRONMENTS, Layout, reset

STARTED_AT = "SANDBOX_STARTED_AT"
"""Seconds since the epoch, where whoever calls began earlier than this process."""


def main() -> int:
    tell = Telling(float(os.environ.get(STARTED_AT) or time.time()))
    tell.say("A delivery, from pushed image to tested release, on real parts.")
    cluster = ComingCluster(tell)
    try:
        return _tell(prepare(tell, cluster), cluster)
    except SandboxError as error:
        tell.say(f"the story could not be told: {error}")
        return 1
    finally:
        cluster.stop()


def prepare(tell: Telling, cluster: ComingCluster) -> Stage:
    """The servers of supply, Helm and the cluster on their way, deployments registered, nothing of the shop."""
    stack.tools("images", say=tell.say)
    cluster.begin()
    stack.up("images", say=tell.say)
    address = sandbox_address.load()
    stage = Stage(Layout(address), tell, PrefectApi(address.prefect_api))
    tell.say("Take the shop of an earlier telling away; register blocks and deployments")
    with ThreadPoolExecutor() as side_by_side:
        # Its first images are pushed before anything of it is there to be delivered.
        receiver.know(places.STATE, stage.layout.name, None)
        registered = side_by_side.submit(register, stage.layout, address.prefect_api)
        reset(stage.layout)
        registered.result()
    story_site.forget_block(stage.layout.name)
    for application in (stage.layout.name, story_site.name(stage.layout.name)):
        forget(stage.prefect, application)
    return stage


def _tell(stage: Stage, cluster: ComingCluster) -> int:
    try:
        for step in story_first.WITHOUT_HELM:
            play(step, stage)
        cluster.wait_for_helm()
        for step in story_first.WITHOUT_CLUSTER:
            play(step, stage)
        _wait_for_cluster(stage, cluster)
        for step in STEPS:
            play(step, stage)
    except (UntrueError, PrefectAnswerError, httpx.HTTPError) as error:
        stage.tell.say(f"NOT AS TOLD: {error}")
        return 1
    finally:
        stage.prefect.schedule_watch(None)
        stage.tell.table()
    _addresses(stage)
    return 0


STEPS: tuple[Step, ...] = (*story_first.STEPS, *story_changes.STEPS, *story_failure.STEPS, *story_site.STEPS)


def _wait_for_cluster(stage: Stage, cluster: ComingCluster) -> None:
    began = time.monotonic()
    stage.tell.say("")
    stage.tell.say("Wait for the cluster, and take away the namespaces of an earlier telling")
    cluster.wait()
    for each in (stage.cluster, story_site.truth(stage.layout)):
        each.delete_namespaces()
    stage.cluster.make_namespaces()
    stage.tell.ended("The cluster is there", "as told", time.monotonic() - began)


def _addresses(stage: Stage) -> None:
    print("")
    print(f"Prefect UI          {stage.prefect.ui}")
    for environment in ENVIRONMENTS:
        url = stage.cluster.service(environment, "storefront")
        print(f"{f'shop in {environment}':<18}  {url}", flush=True)
    print(f"release view        {release_view.URL}")
    print(f"  sign in with      {release_view.token(places.STATE)}")
    print(
        "  look at           the board; shop in testing: what became of it and why it went back; Roll back: where it would lead"
    )
    print(f"kubeconfig          {places.shown(stage.layout.address.kubeconfig)}", flush=True)
