"""The third part: an image that breaks the contract between services, and how all of it goes back."""

from collections.abc import Iterator

import yaml

from sandbox.demo.facts import customer_can_buy, later_environments_untouched, release_is_good
from sandbox.demo.prefect_api import DELIVER
from sandbox.demo.stage import Snapshot, Stage
from sandbox.demo.step import Step
from sandbox.demo.story_changes import announce
from sandbox.demo.truth import hold
from sandbox.seed import CATALOG_GIVES_PRICE_BACK, CATALOG_RENAMES_PRICE, change_service

EVIDENCE = {
    "which test": "buy-something",
    "its log": "has no price_cents",
    "which pod": "headway-test-buy-something",
}


def broken_catalog(stage: Stage) -> None:
    stage.notes["before"] = stage.snapshot()
    stage.notes["good"] = stage.cluster.record("testing")["good"][0]
    stage.notes["good images"] = dict(stage.pushed)
    stage.pushed["catalog"] = change_service(stage.layout, "catalog", CATALOG_RENAMES_PRICE)
    announce(stage, "catalog")
    stage.wait_for_release("testing", "Rolled back")
    stage.settle()


def all_is_back(stage: Stage) -> Iterator[str]:
    yield evidence(stage)
    yield from release_is_back(stage)
    yield from repository_is_back(stage)
    yield from git_is_back(stage)
    yield later_environments_untouched(stage, stage.notes["frozen"])
    yield from customer_can_buy(stage, "testing")


def evidence(stage: Stage) -> str:
    text = stage.prefect.artifact(f"{stage.layout.name}-testing-evidence")
    for what, word in EVIDENCE.items():
        hold(word in text, f"the evidence does not say {what} ({word!r}):\n{text[:3000]}")
    return f"Prefect: the evidence names {', '.join(EVIDENCE)}"


def release_is_back(stage: Stage) -> Iterator[str]:
    """The former content runs, its tests have passed again, and the bad one is barred."""
    record = stage.cluster.record("testing")
    hold(record["verdicts"], f"no verdict in the release record: {record}")
    verdict = record["verdicts"][0]
    stage.notes["barred"] = verdict
    yield f"release record: {verdict['version']} is barred: {verdict['reason']}"
    good = stage.notes["good"]
    last_good = record["good"][0]
    hold(last_good["chart_digest"] == good["chart_digest"], f"last good is {last_good}")
    hold(record.get("freeze") is None, f"testing is frozen: {record.get('freeze')}")
    yield f"release record: {good['version']} is last good, testing is not frozen"
    history = stage.cluster.history("testing")
    before: Snapshot = stage.notes["before"]
    hold(int(history[-1]["revision"]) > before.revisions["testing"] + 1, f"helm history: {history[-3:]}")
    yield from release_is_good(stage, "testing", good["version"], stage.notes["good images"])


def repository_is_back(stage: Stage) -> Iterator[str]:
    bad = stage.notes["barred"]["version"]
    listed = stage.charts.versions("testing", "shop")
    hold(bad not in listed, f"the index of testing still lists {bad}")
    hold(stage.notes["good"]["version"] in listed, f"the index of testing lists {listed}")
    kept = [key for key in stage.charts.objects("testing") if key.endswith(f"shop-{bad}.tgz")]
    hold(kept, f"the package of {bad} is gone")
    yield f"bucket of testing: the index has withdrawn {bad}, its package is kept for study"


def git_is_back(stage: Stage) -> Iterator[str]:
    before: Snapshot = stage.notes["before"]
    tags, former = stage.git.tags(), stage.git.tags(before.head)
    hold(tags == former, f"values.yaml has the tags {tags}, before it had {former}")
    yield f"git: values.yaml has catalog {tags['catalog']} again"
    barred = yaml.safe_load(stage.git.text(".headway/quarantine.yaml")) or []
    bad_tag = stage.pushed["catalog"].tag
    hold(bad_tag in str(barred), f"quarantine.yaml says {barred}")
    yield f"git: .headway/quarantine.yaml bars {bad_tag}, with the reason"


def look_again(stage: Stage) -> None:
    stage.notes["before look"] = stage.snapshot()
    run_id = stage.prefect.start(DELIVER, application=stage.layout.name)
    run = stage.wait("the end of deliver", lambda: _ended(stage, run_id))
    stage.tell.say(f"    flow run {run!r}")
    stage.settle()


def nothing_done(stage: Stage) -> Iterator[str]:
    before, now = stage.notes["before look"], stage.snapshot()
    for part in ("head", "objects", "revisions", "generations"):
        hold(getattr(now, part) == getattr(before, part), f"the next deliver changed {part}")
    yield "git, buckets, API server: no commit, no object, no revision more"


def fixed_catalog(stage: Stage) -> None:
    stage.notes["before"] = stage.snapshot()
    stage.pushed["catalog"] = change_service(stage.layout, "catalog", CATALOG_GIVES_PRICE_BACK)
    announce(stage, "catalog")
    stage.wait_for_release("testing")
    stage.settle()


def fix_is_delivered(stage: Stage) -> Iterator[str]:
    version = stage.git.yaml("Chart.yaml")["version"]
    barred = stage.notes["barred"]["version"]
    hold(version != barred, f"{version} was barred")
    tags = stage.git.tags()
    hold(tags["catalog"] == stage.pushed["catalog"].tag, f"values.yaml has the tags {tags}")
    yield f"git: catalog {tags['catalog']}, version {version} after the barred {barred}"
    yield from release_is_good(stage, "testing", version, stage.pushed)
    yield from customer_can_buy(stage, "testing")
    yield later_environments_untouched(stage, stage.notes["frozen"])


def _ended(stage: Stage, run_id: str) -> str:
    run = stage.prefect.run(run_id)
    return f"{run.name}: {run.state}" if run.ended else ""


STEPS = (
    Step(
        "A catalog that breaks the storefront: all goes back", broken_catalog, all_is_back, ("Rolled back",)
    ),
    Step("The next deliver does nothing", look_again, nothing_done),
    Step("A fixed catalog is delivered", fixed_catalog, fix_is_delivered),
)
