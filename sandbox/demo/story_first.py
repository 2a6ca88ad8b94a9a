"""The first part of the story: from empty tags to a release in production."""

from collections.abc import Iterator

from sandbox.demo.facts import charts_of_services, release_is_good, same_package
from sandbox.demo.prefect_api import DELIVER, Run
from sandbox.demo.stage import Stage
from sandbox.demo.step import Step
from sandbox.demo.supply_flows import run_supply_flows
from sandbox.demo.truth import hold
from sandbox.seed import publish_third_party, push_sources
from sandbox.seed.layout import SERVICES

APPROVER = "Ada, who reads plans"


def push(stage: Stage) -> None:
    stage.pushed = dict(push_sources(stage.layout))


def pushed(stage: Stage) -> Iterator[str]:
    for service in SERVICES:
        image = stage.pushed[service]
        hold(image.tag in stage.registry.tags(image.repository), f"the registry has no {image.reference}")
    yield f"registry: an image of each service, such as {stage.pushed['cart'].reference}"
    tags = stage.git.tags()
    hold(not any(tags.values()), f"values.yaml has the tags {tags} already")
    yield "git: the application repository, with no tag in values.yaml yet"


def supply(stage: Stage) -> None:
    publish_third_party(stage.layout)
    stage.notes["seeded"] = stage.git.head()
    run_supply_flows(stage.layout.address, stage.layout.name)


def supplied(stage: Stage) -> Iterator[str]:
    yield from charts_of_services(stage)
    tags = stage.git.tags()
    expected = {service: stage.pushed[service].tag for service in SERVICES}
    hold(tags == expected, f"values.yaml has the tags {tags}, not {expected}")
    commits = stage.git.subjects(stage.notes["seeded"])
    hold(commits and all(line.startswith("Headway: ") for line in commits), f"commits since: {commits}")
    yield f"git: values.yaml has every tag, by {len(commits)} commit(s) of Headway"
    locked = {entry["name"]: entry["version"] for entry in stage.git.yaml("Chart.lock")["dependencies"]}
    hold(set(locked) == {*SERVICES, "banner"}, f"Chart.lock names {sorted(locked)}")
    yield f"git: Chart.lock pins {', '.join(f'{name} {version}' for name, version in locked.items())}"
    version = stage.git.yaml("Chart.yaml")["version"]
    hold(stage.charts.digest("testing", "shop", version), f"the index has no shop {version}")
    yield f"bucket of testing: the package of shop {version}"
    stage.notes["first version"] = version


def first_delivery(stage: Stage) -> None:
    stage.prefect.start(DELIVER, application=stage.layout.name)
    stage.notes["first delivery"] = stage.since
    stage.wait_for_release("testing")


def in_testing(stage: Stage) -> Iterator[str]:
    history = stage.cluster.history("testing")
    hold(history and history[0]["revision"] == 1, f"helm history: {history}")
    yield from release_is_good(stage, "testing", stage.notes["first version"], stage.pushed)


def promotion(stage: Stage) -> None:
    stage.wait_for_release("staging", since=stage.notes["first delivery"])


def in_staging(stage: Stage) -> Iterator[str]:
    version = stage.notes["first version"]
    yield same_package(stage, "testing", "staging", version)
    yield from release_is_good(stage, "staging", version, stage.pushed)


def gate(stage: Stage) -> None:
    def waiting() -> Run | None:
        runs = stage.releases("production", since=stage.notes["first delivery"])
        return next((run for run in runs if run.type == "PAUSED"), None)

    run = stage.wait("a release to production that waits for approval", waiting)
    stage.notes["waiting"] = run
    stage.notes["plan"] = stage.prefect.question(run)
    stage.tell.say(f"    flow run {run.name!r}: {run.state}")


def at_the_gate(stage: Stage) -> Iterator[str]:
    version = stage.notes["first version"]
    yield same_package(stage, "staging", "production", version)
    hold(not stage.cluster.history("production"), "something is installed in production already")
    yield "API server: nothing is installed in production"
    plan: str = stage.notes["plan"]
    for word in (version, "Deployment", *SERVICES):
        hold(word in plan, f"the plan does not speak of {word}:\n{plan[:2000]}")
    yield f"the Resume form shows the plan ({len(plan.splitlines())} lines): what {version} would create"


def approve(stage: Stage) -> None:
    run: Run = stage.notes["waiting"]
    answer = {"approved": True, "approver": APPROVER, "comment": "as in staging"}
    said = stage.prefect.resume(run, answer)
    hold(said == "ACCEPT", f"the server did not accept the approval: {said}")
    stage.wait_for_release("production", since=stage.notes["first delivery"])
    stage.settle()


def in_production(stage: Stage) -> Iterator[str]:
    yield from release_is_good(stage, "production", stage.notes["first version"], stage.pushed)


WITHOUT_HELM = (Step("Push the services' images, and the application without a tag", push, pushed),)
WITHOUT_CLUSTER = (Step("Charts, tags and lock, without a cluster", supply, supplied),)
STEPS = (
    Step("First delivery to testing: install", first_delivery, in_testing),
    Step("Promotion to staging", promotion, in_staging),
    Step("Production waits at the gate, with its plan", gate, at_the_gate),
    Step("Approval, and release to production", approve, in_production),
)
