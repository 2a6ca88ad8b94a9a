"""`headway notify`: automations that Prefect accepts, that say why, and that are there once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from prefect import get_client
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.server.events.actions import SendNotification as ServersAction
from prefect.server.utilities.user_templates import render_user_template_sync
from prefect.settings import PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings

from flows.events import as_prefect
from headway.cli import main
from headway.cli.commands.notify import KINDS
from headway.cli.notifications import TOLD, automation
from headway.model.events import Event, ReleaseFrozen, ReleaseRolledBack
from tests.memory_prefect import memory_prefect


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with temporary_settings(updates={PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}), memory_prefect():
        for name in ("team", "other"):
            url = f"https://hooks.example.com/{name}"
            CustomWebhookNotificationBlock(name=name, url=url).save(name)
        yield


def registered() -> dict[str, Any]:
    with get_client(sync_client=True) as client:
        return {each.name: each for each in client.read_automations()}


def test_the_command_offers_what_there_is() -> None:
    assert tuple(TOLD) == KINDS


def test_called_again_there_is_nothing_more_and_another_block_takes_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for said in ("made", "there already"):
        assert main(["notify", "--block", "custom-webhook/team"]) == 0
        assert capsys.readouterr().out.splitlines() == [f"headway {kind}: {said}" for kind in KINDS]
    before = registered()
    assert len(before) == len(KINDS)
    assert main(["notify", "--block", "custom-webhook/other", "--on", "waits"]) == 0
    assert capsys.readouterr().out == "headway waits: changed\n"
    after = registered()
    assert {name: each.id for name, each in after.items()} == {name: each.id for name, each in before.items()}
    assert after["headway waits"].actions != before["headway waits"].actions
    assert main(["notify", "--block", "custom-webhook/team", "--on", "frozen", "--application", "shop"]) == 0
    trigger = registered()["headway frozen of shop"].trigger
    assert trigger.match.root == {"prefect.resource.id": "headway.application.shop"}


@pytest.mark.parametrize(
    ("block", "says"),
    [
        pytest.param("slack-webhook", "not TYPE/NAME of a block", id="no name"),
        pytest.param("slack-webhook/nobody", "there is no block slack-webhook/nobody", id="not there"),
    ],
)
def test_a_block_that_is_not_there_is_refused(
    block: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notify", "--block", block]) == 1
    assert says in capsys.readouterr().err


def rendered(kind: str, event: Event) -> tuple[str, str]:
    """As Prefect's server renders them."""
    (action,) = automation(kind, uuid4(), None).actions
    document = action.model_dump(mode="json")
    checked = ServersAction.model_validate(document)
    said = {"event": as_prefect(event), "automation": None, "now": datetime.now(UTC)}
    return (
        render_user_template_sync(checked.subject, said),
        render_user_template_sync(checked.body, said),
    )


def test_a_message_says_what_why_and_what_comes_next() -> None:
    event = ReleaseRolledBack(
        "shop", "testing", "0.1.3", "run-1", "0.1.4 failed: <!channel> @here it crashes"
    )
    assert rendered("rolled-back", event) == (
        "shop in testing: back to 0.1.3",
        "0.1.4 failed: ‹!channel› ＠here it crashes\nheadway evidence shop testing\nRun run-1",
    )
    frozen = ReleaseFrozen("shop", "testing", "", "run-1", "Ada", "x" * 3000)
    subject, body = rendered("frozen", frozen)
    assert subject == "shop in testing is frozen by Ada"
    assert len(body) < 1600
