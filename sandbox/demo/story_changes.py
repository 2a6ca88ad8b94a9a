"""The second part: what developers change from day to day, while staging and production are frozen."""

import secrets
from collections.abc import Iterator

from headway.model.events import ImagePushed
from sandbox import places, receiver, registry
from sandbox.demo.facts import later_environments_untouched, release_is_good
from sandbox.demo.prefect_api import DELIVER, WATCH
from sandbox.demo.stage import Stage
from sandbox.demo.step import Step
from sandbox.demo.truth import hold
from sandbox.seed import (
    CART_COUNTS_ITEMS,
    Change,
    change_application,
    change_configuration,
    change_service,
    replace,
)

WATCH_SECONDS = 15
GREETING = "Welcome to the tests, now with more tea"

FREEZE = Change(
    "Freeze staging and production",
    tuple(
        replace("headway.yaml", f"    after: {upstream}\n", f"    after: {upstream}\n    frozen: true\n")
        for upstream in ("testing", "staging")
    ),
)


def freeze(stage: Stage) -> None:
    change_application(stage.layout, FREEZE)


def frozen(stage: Stage) -> Iterator[str]:
    environments = stage.git.yaml("headway.yaml")["environments"]
    names = [name for name, environment in environments.items() if environment.get("frozen")]
    hold(names == ["staging", "production"], f"frozen at the branch head: {names}")
    yield "git: the branch head freezes staging and production"
    stage.notes["frozen"] = stage.snapshot()


def announce(stage: Stage, service: str) -> None:
    """The sandbox's registry tells the receiver of hints by itself; in another's place the last step of CI says it."""
    image = stage.pushed[service]
    if stage.layout.address.registry == registry.ADDRESS:
        stage.tell.say(f"    CI announces nothing; the registry tells of {image.reference}")
    else:
        stage.prefect.emit(ImagePushed(stage.layout.name, image.repository, image.tag))
        stage.tell.say(f"    CI announces {image.reference}")


def told_of(stage: Stage, service: str) -> str:
    """That a delivery was started by what was told of the newest image."""
    image = stage.pushed[service]
    said = {"event": ImagePushed.name, "repository": image.repository, "tag": image.tag}
    hints = [run.parameters.get("hint") for run in stage.prefect.runs([DELIVER], since=stage.since)]
    hold(said in hints, f"deliver was started by {hints}")
    return f"Prefect: deliver was started by the event that {image.tag} was pushed"


def new_cart(stage: Stage) -> None:
    stage.notes["before"] = stage.snapshot()
    receiver.know(places.STATE, stage.layout.name, {"images": [stage.layout.image_folder]})
    stage.tell.say("    from now on hints of the shop's images are heard")
    stage.pushed["cart"] = change_service(stage.layout, "cart", CART_COUNTS_ITEMS)
    announce(stage, "cart")
    stage.wait_for_release("testing")
    stage.settle()


def only_cart_changed(stage: Stage) -> Iterator[str]:
    yield told_of(stage, "cart")
    before = stage.notes["before"]
    lines = stage.git.changed_lines(before.head, "values.yaml")
    added = [line for line in lines if line.startswith("+")]
    hold(len(lines) == 2 and stage.pushed["cart"].tag in added[0], f"values.yaml changed in {lines}")
    yield f"git: one line of values.yaml changed: {added[0][1:].strip()}"
    version = stage.git.yaml("Chart.yaml")["version"]
    yield from release_is_good(stage, "testing", version, stage.pushed)
    then, now = before.generations["testing"], stage.cluster.generations("testing")
    changed = sorted(name for name in now if now[name] != then.get(name))
    hold(changed == ["cart"], f"Deployments whose specification changed: {changed}")
    yield "API server: of the Deployments only cart's specification changed"
    yield later_environments_untouched(stage, stage.notes["frozen"])


def configuration(stage: Stage) -> None:
    stage.notes["session key"] = secrets.token_hex(16)
    stage.notes["by person"] = change_configuration(
        stage.layout, "testing", greeting=GREETING, session_key=stage.notes["session key"]
    )
    stage.tell.say(f"    nobody announces it; watch looks every {WATCH_SECONDS} s")
    stage.prefect.schedule_watch(WATCH_SECONDS)
    try:
        stage.wait_for_release("testing")
    finally:
        stage.prefect.schedule_watch(None)
    stage.settle()


def configuration_is_there(stage: Stage) -> Iterator[str]:
    looks = [run for run in stage.prefect.runs([WATCH], since=stage.since) if run.by_schedule]
    hold(looks, "no run of watch was started by its schedule")
    yield f"Prefect: {len(looks)} run(s) of watch, started by the schedule"
    by_person = stage.notes["by person"]
    touched = stage.git.changed_files(by_person)
    hold("Chart.yaml" not in touched, f"the author changed {touched}")
    version = stage.git.yaml("Chart.yaml")["version"]
    hold(version != stage.git.yaml("Chart.yaml", by_person)["version"], f"the version is still {version}")
    yield f"git: the author changed {' and '.join(touched)}; Headway made it version {version}"
    greeting = stage.cluster.config("testing", "storefront").get("GREETING")
    hold(greeting == GREETING, f"ConfigMap storefront greets with {greeting!r}")
    yield f"API server: ConfigMap storefront says {greeting!r}"
    key = stage.cluster.secret("testing", "cart").get("SESSION_KEY")
    hold(key == stage.notes["session key"], "Secret cart has another session key")
    yield "API server: Secret cart has the new session key"
    yield from release_is_good(stage, "testing", version, stage.pushed)
    yield later_environments_untouched(stage, stage.notes["frozen"])


STEPS = (
    Step("Staging and production are frozen", freeze, frozen),
    Step("A new cart image, told by its registry", new_cart, only_cart_changed),
    Step("A new configuration, found by the scheduled watch", configuration, configuration_is_there),
)
