"""Stages one by one: whoever comes second looks and decides again, and what fails does not hold up the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from prefect import flow

from flows.stages import (
    PUBLISH_APPLICATION,
    PUBLISH_SERVICE_CHARTS,
    SUPPLY,
    UPDATE_APPLICATION,
    Stage,
    run_stages,
)
from headway.clients.git import GitRepository
from headway.model.edits import Edit
from headway.model.report import StageResult
from headway.workspace.application_source import ApplicationSource
from headway.workspace.git_writer import Committed, PushingWriter
from headway.workspace.service_look import ServiceLook, ServiceLooks
from headway.workspace.workspace import CONFLICTS_BORNE
from tests.supplied_shop import SuppliedShop


@flow
def run(shop: SuppliedShop, *stages: Stage, writer: Any = None) -> list[StageResult]:
    return run_stages(stages, shop.workspace(writer))


@dataclass
class Overtaken:
    """A writer that somebody is always faster than, `times` times."""

    shop: SuppliedShop
    repository: str
    times: int = 1
    tries: int = 0

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Committed:
        self.tries += 1
        if self.tries <= self.times:
            self.shop.push(self.repository, {"theirs": str(self.tries)})
        return PushingWriter().submit(edit, to=to, on=on, stage=stage)


def new_image(shop: SuppliedShop) -> None:
    shop.push("cart", {"main.go": "2"})
    shop.push_image("cart")


def new_chart(shop: SuppliedShop) -> None:
    shop.push("cart", {"chart/values.yaml": "replicas: 2\n"})


def new_configuration(shop: SuppliedShop) -> None:
    shop.push("application", {"templates/text.yaml": "# Nothing.\n"})


CONFLICTS = [
    pytest.param(new_image, UPDATE_APPLICATION, "application", id="update the application"),
    pytest.param(new_chart, PUBLISH_SERVICE_CHARTS, "cart", id="raise the version of a service's chart"),
    pytest.param(new_configuration, PUBLISH_APPLICATION, "application", id="raise the application's version"),
]


@pytest.mark.story
@pytest.mark.parametrize(("change", "stage", "repository"), CONFLICTS)
def test_a_stage_by_itself_decides_again_after_a_conflict(
    change: Callable[[SuppliedShop], None], stage: Stage, repository: str, shop: SuppliedShop
) -> None:
    change(shop)
    writer = Overtaken(shop, repository)
    lines = run(shop, stage, writer=writer)
    assert not [str(line) for line in lines if line.failed]
    assert [line for line in lines if line.changed]
    assert writer.tries == 2
    assert shop.show("theirs", repository) == "1"


@pytest.mark.story
def test_a_stage_that_always_comes_second_is_a_failed_line_that_may_be_tried_again(
    shop: SuppliedShop,
) -> None:
    new_chart(shop)
    writer = Overtaken(shop, "cart", times=CONFLICTS_BORNE)
    lines = run(shop, PUBLISH_SERVICE_CHARTS, writer=writer)
    assert [(line.subject, line.failed, line.retryable) for line in lines] == [
        ("cart", True, True),
        ("catalog 0.1.0", False, False),
    ]
    assert writer.tries == CONFLICTS_BORNE


@pytest.mark.story
def test_a_service_that_cannot_be_looked_at_does_not_hold_up_the_others(shop: SuppliedShop) -> None:
    new_image(shop)
    text = shop.show("headway.yaml")
    shop.push("application", {"headway.yaml": text.replace("catalog.git", "nowhere.git") + "\n"})
    lines = run(shop, *SUPPLY)
    assert {line.subject for line in lines if line.failed} == {"catalog"}
    assert "0.1.1" in shop.offered("shop")


@pytest.mark.story
def test_a_mistake_of_ours_in_one_service_does_not_hold_up_the_others(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_image(shop)
    real = ServiceLooks._look

    def look(self: ServiceLooks, name: str, source: ApplicationSource) -> ServiceLook:
        if name == "catalog":
            raise KeyError("spec")
        return real(self, name, source)

    monkeypatch.setattr(ServiceLooks, "_look", look)
    lines = run(shop, *SUPPLY)
    assert [(line.stage, line.subject) for line in lines if line.failed] == [
        ("publish_charts", "catalog"),
        ("update_application", "catalog"),
    ]
    assert [line.outcome for line in lines if line.stage == "update_application" and line.changed]


@pytest.mark.story
def test_an_environment_that_names_no_value_files_has_none(shop: SuppliedShop) -> None:
    """values/testing.yaml and secrets/testing.yaml lie there, and nothing reads them."""
    text = shop.show("headway.yaml")
    of_testing = f"testing: {{charts: 'file://{shop.folder}/testing'"
    tag = "cart: {image: {tag: other}}\n"
    plain = {"values/testing.yaml": tag, "secrets/testing.yaml": "password: clear\n"}
    shop.push("application", plain)
    (refused,) = run(shop, PUBLISH_APPLICATION)
    assert refused.failed
    none = text.replace(of_testing, f"{of_testing}, values: [], secrets: []") + "\n"
    shop.push("application", {"headway.yaml": none})
    (published,) = run(shop, PUBLISH_APPLICATION)
    assert (published.failed, published.changed) == (False, True)
