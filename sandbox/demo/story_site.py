"""The last part: a site that has nothing but what lies in production's chart repository, over plain http, and a namespace."""

import os
import subprocess
import sys
from collections.abc import Iterator

import yaml

from sandbox import places
from sandbox.demo.cluster_truth import ClusterTruth
from sandbox.demo.prefect_api import DELIVER
from sandbox.demo.stage import Snapshot, Stage
from sandbox.demo.step import Step
from sandbox.demo.truth import UntrueError, hold
from sandbox.seed.layout import Layout

ENVIRONMENT = "on-premise"
OWN = "own-values"
GREETING = "Welcome to the shop around the corner"
VALUES = {"storefront": {"greeting": GREETING}}
SECRETS = {"cart": {"sessionKey": "made-up-for-the-shop-around-the-corner"}}


def name(application: str) -> str:
    """What the site of an application is registered as."""
    return f"{application}-site"


def truth(layout: Layout) -> ClusterTruth:
    return ClusterTruth(layout, name(layout.name), (ENVIRONMENT,))


def forget_block(application: str) -> None:
    """Of an earlier telling: nothing looks at it any more."""
    from blocks import Site

    try:
        Site.delete(name(application))
    except ValueError:
        return


def registered(stage: Stage) -> None:
    """As somebody at the site does it: their values, then one command."""
    layout, site = stage.layout, name(stage.layout.name)
    stage.notes["before site"] = stage.snapshot()
    cluster = truth(stage.layout)
    cluster.make_namespaces()
    cluster.keep(
        ENVIRONMENT,
        OWN,
        {"values.yaml": yaml.safe_dump(VALUES)},
        secret={"secrets.yaml": yaml.safe_dump(SECRETS)},
    )
    from blocks import Cluster

    Cluster(kubeconfig_path=str(layout.address.worker_kubeconfig)).save(
        f"{site}-{ENVIRONMENT}", overwrite=True
    )
    charts = f"{layout.address.s3.endpoint}/{layout.bucket('production')}"
    words = ["add", "--charts", charts, "--chart", layout.name, "--environment", ENVIRONMENT]
    words += ["--name", site, "--values", f"cluster:{OWN}"]
    stage.tell.say(f"    headway {' '.join(words)}")
    _headway(stage, *words)
    _deliver(stage)


def _headway(stage: Stage, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headway", *words],
        cwd=places.ROOT,
        env=os.environ | {"PREFECT_API_URL": stage.prefect.url},
        capture_output=True,
        text=True,
        check=False,
    )
    hold(done.returncode == 0, f"headway {words[0]}: {done.stdout}{done.stderr}")


def _deliver(stage: Stage) -> None:
    site = name(stage.layout.name)
    run_id = stage.prefect.start(DELIVER, application=site)
    stage.wait("the end of deliver", lambda: stage.prefect.run(run_id).ended)
    stage.settle()
    failed = [run for run in stage.prefect.runs(since=stage.since) if run.type in ("FAILED", "CRASHED")]
    if failed:
        raise UntrueError(f"{failed[0].name!r} ended as {failed[0].state!r}: {failed[0].message}")


def it_runs_there(stage: Stage) -> Iterator[str]:
    cluster = truth(stage.layout)
    newest = cluster.history(ENVIRONMENT)[-1]
    production = stage.cluster.record("production")["good"][0]
    hold(newest["chart"] == f"{stage.layout.name}-{production['version']}", f"helm history there: {newest}")
    yield f"helm history: {newest['chart']} is {newest['status']} on premise, the version of production"
    running = cluster.images(ENVIRONMENT)
    hold(running == stage.cluster.images("production"), f"on premise runs {running}")
    hold(not cluster.unready(ENVIRONMENT), f"not ready: {cluster.unready(ENVIRONMENT)}")
    good = cluster.record(ENVIRONMENT)["good"][0]
    hold(good["chart_digest"] == production["chart_digest"], f"last good there: {good}")
    yield f"release record: {good['version']} is last good, the same package as in production"
    shown = cluster.deployed_values(ENVIRONMENT)
    hold(shown["storefront"]["greeting"] == GREETING, f"helm get values: {shown['storefront']}")
    yield "helm get values: the site's own greeting and secret, from its ConfigMap and Secret"
    before: Snapshot = stage.notes["before site"]
    now = stage.snapshot()
    hold((now.objects, now.head) == (before.objects, before.head), "a bucket or git was written")
    yield "buckets, git: nothing was written"
    generations = cluster.generations(ENVIRONMENT)
    _deliver(stage)
    again = (cluster.history(ENVIRONMENT)[-1], cluster.generations(ENVIRONMENT))
    hold(again == (newest, generations), f"a second look changed {again}")
    yield "the next deliver does nothing there"


STEPS = (Step("A site with nothing but charts and a cluster", registered, it_runs_there),)
