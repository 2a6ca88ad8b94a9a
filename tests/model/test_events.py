"""Events are named in headway.model.events alone; the deployments and the documentation say the same."""

import re
from pathlib import Path

import pytest
import yaml
from prefect.events import Event as PrefectEvent

from flows import events
from headway.model.events import (
    FACTS,
    HINTS,
    RESOURCE_PREFIX,
    STARTS_DELIVER,
    ChartsChanged,
    Event,
    GitPushed,
    ImagePushed,
    ReleaseDecided,
    ReleaseDrifted,
    ReleaseOffered,
    ReleaseRolledBack,
    ReleaseTested,
)

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"headway\.(?:image|git|charts|release)\.[a-z]+(?:-[a-z]+)*")


@pytest.mark.parametrize(
    ("event", "name", "payload"),
    [
        pytest.param(
            ImagePushed("shop", "registry.example.com/shop/cart", "main-0a1b2c3"),
            "headway.image.pushed",
            {"repository": "registry.example.com/shop/cart", "tag": "main-0a1b2c3"},
            id="a pushed image",
        ),
        pytest.param(
            GitPushed("shop", "https://git.example.com/shop/cart.git", "main"),
            "headway.git.pushed",
            {"url": "https://git.example.com/shop/cart.git", "branch": "main"},
            id="a moved branch",
        ),
        pytest.param(
            ChartsChanged("shop", "s3://shop-charts-testing/index.yaml"),
            "headway.charts.changed",
            {"address": "s3://shop-charts-testing/index.yaml"},
            id="a chart repository written to",
        ),
        pytest.param(
            ReleaseTested("shop", "testing", "1.2.3", "r", "it passed"),
            "headway.release.tested",
            {"environment": "testing", "version": "1.2.3", "run": "r", "why": "it passed"},
            id="a tested release",
        ),
        pytest.param(
            ReleaseOffered("shop", "testing", "1.2.3", "r"),
            "headway.release.offered",
            {"environment": "testing", "version": "1.2.3", "run": "r"},
            id="a tested release that others come after",
        ),
        pytest.param(
            ReleaseRolledBack("shop", "testing", "1.2.2", "r", "it crashes"),
            "headway.release.rolled-back",
            {"environment": "testing", "version": "1.2.2", "run": "r", "why": "it crashes"},
            id="a release that went back",
        ),
        pytest.param(
            ReleaseDrifted("shop", "testing", "1.2.2", "r", "Deployment cart is missing"),
            "headway.release.drifted",
            {"environment": "testing", "version": "1.2.2", "run": "r", "drift": "Deployment cart is missing"},
            id="live objects that differ",
        ),
        pytest.param(
            ReleaseDecided(
                "shop",
                "testing",
                "1.2.3",
                "r",
                "approved",
                "Ada",
                "checked",
                "2026-11-25T09:00:00Z",
                "sha256:2",
            ),
            "headway.release.decided",
            {
                "environment": "testing",
                "version": "1.2.3",
                "run": "r",
                "decision": "approved",
                "by": "Ada",
                "why": "checked",
                "at": "2026-11-25T09:00:00Z",
                "digest": "sha256:2",
            },
            id="a decision",
        ),
    ],
)
def test_what_others_may_rely_on(
    event: Event, name: str, payload: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (event.name, event.resource_id, event.payload) == (name, "headway.application.shop", payload)
    said = events.as_prefect(event)
    assert (said.event, said.resource.id, said.payload) == (name, "headway.application.shop", payload)
    emitted: list[PrefectEvent] = []
    monkeypatch.setattr(events, "emit_event", lambda **given: emitted.append(PrefectEvent(**given)))
    events.emit(event)
    assert [(each.event, each.resource, each.payload) for each in emitted] == [(name, said.resource, payload)]


def test_deployments_yaml_starts_deliver_by_these_events() -> None:
    document = yaml.safe_load((ROOT / "deployments.yaml").read_text())
    triggers = {entry["name"]: entry.get("triggers", []) for entry in document["deployments"]}
    assert [name for name, found in triggers.items() if found] == ["deliver"]
    (trigger,) = triggers["deliver"]
    assert sorted(trigger["expect"]) == sorted(event.name for event in STARTS_DELIVER)
    assert trigger["match"] == {"prefect.resource.id": f"{RESOURCE_PREFIX}*"}
    assert f"replace('{RESOURCE_PREFIX}', '')" in trigger["parameters"]["application"]


def test_the_documentation_lists_every_event_with_its_payload() -> None:
    text = (ROOT / "docs/how-it-works.md").read_text()
    assert f"`{RESOURCE_PREFIX}<name>`" in text
    for event in (*HINTS, *FACTS):
        assert f"`{event.name} {{{', '.join(event.payload_keys())}}}`" in text


@pytest.mark.parametrize("file", ["README.md", "docs/how-it-works.md", "deployments.yaml", "bench/README.md"])
def test_nothing_else_is_called_an_event(file: str) -> None:
    known = {event.name for event in (*HINTS, *FACTS)}
    assert set(NAMED.findall((ROOT / file).read_text())) <= known


@pytest.mark.parametrize("folder", ["headway", "flows", "tasks", "blocks", "sandbox", "bench"])
def test_no_other_module_spells_a_name_or_the_resource(folder: str) -> None:
    own = ROOT / "headway/model/events.py"
    spelt = re.compile(rf'"({NAMED.pattern}|{re.escape(RESOURCE_PREFIX)})')
    found = [
        f"{file.relative_to(ROOT)}: {match[1]}"
        for file in (ROOT / folder).rglob("*.py")
        if file != own
        for match in spelt.finditer(file.read_text())
    ]
    assert found == []
