"""Registers automations of Prefect that tell people what happens to releases, by a notification block that is there already.

What they say stands in the events themselves: Prefect's templates know nothing else of a release. Registered again they are the
same automations, changed where they are to say or do something else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events import AutomationCore, EventTrigger
from prefect.events.actions import SendNotification
from prefect.exceptions import ObjectNotFound

from headway.cli.prefect_api import prefect_server
from headway.errors import BadInput
from headway.model.events import (
    RESOURCE_PREFIX,
    Event,
    ReleaseFrozen,
    ReleaseRolledBack,
    ReleaseTested,
    ReleaseWaits,
)

_NOTIFY = "notify"
_LONGEST = 1500
"""Characters of a reason in a message: chats cut what is longer."""


def _said(name: str) -> str:
    """A text of the event's. It is others' in part: what chats read as a mention or a link is not one any more."""
    plain = f"event.payload.{name} | default('', true) | truncate({_LONGEST})"
    return f"{{{{ {plain} | replace('<', '‹') | replace('>', '›') | replace('@', '＠') }}}}"


_WHERE = "{{ event.resource.name }} in {{ event.payload.environment }}"
_VERSION = "{{ event.payload.version }}"
_COMMAND = "{{ event.resource.name }} {{ event.payload.environment }}"


@dataclass(frozen=True, slots=True)
class Told:
    """What people are told on one event; the texts are Prefect's templates."""

    event: type[Event]
    description: str
    subject: str
    next_step: str

    @property
    def body(self) -> str:
        return f"{_said('why')}\n{self.next_step}\nRun {{{{ event.payload.run }}}}"


TOLD: Mapping[str, Told] = {
    "waits": Told(
        ReleaseWaits,
        "A version waits for approval",
        f"{_WHERE}: {_VERSION} waits for approval",
        f"headway approve {_COMMAND} --show",
    ),
    "released": Told(
        ReleaseTested,
        "A version was released, and passed its tests",
        f"{_WHERE}: {_VERSION} is released",
        "headway status {{ event.resource.name }}",
    ),
    "rolled-back": Told(
        ReleaseRolledBack,
        "A release went back",
        f"{_WHERE}: back to {_VERSION}",
        f"headway evidence {_COMMAND}",
    ),
    "frozen": Told(
        ReleaseFrozen,
        "An environment was frozen",
        f"{_WHERE} is frozen by {_said('by')}",
        f"headway lift {_COMMAND} freeze --reason WHY",
    ),
}


def register(block: str, *, application: str | None, kinds: Sequence[str]) -> bool:
    """`block`: TYPE/NAME of a notification block. `kinds` of TOLD, all where none is named. Raises BadInput for a block that is
    not there or cannot notify."""
    with prefect_server() as client:
        sends_by = _block(client, block)
        for kind in kinds or TOLD:
            wanted = automation(kind, sends_by, application)
            print(f"{wanted.name}: {_register(client, wanted)}")
    return True


def automation(kind: str, block: UUID, application: str | None) -> AutomationCore:
    told = TOLD[kind]
    whose = f" of {application}" if application else ""
    return AutomationCore(
        name=f"headway {kind}{whose}",
        description=f"{told.description}. Made by `headway notify`.",
        tags=["headway"],
        trigger=EventTrigger(
            expect={told.event.name},
            match={"prefect.resource.id": f"{RESOURCE_PREFIX}{application or '*'}"},
            threshold=1,
        ),
        actions=[SendNotification(block_document_id=block, subject=told.subject, body=told.body)],
    )


def _register(client: SyncPrefectClient, wanted: AutomationCore) -> str:
    former = client.read_automations_by_name(wanted.name)
    if not former:
        client.create_automation(wanted)
        return "made"
    if all(_what_it_does(each) == _what_it_does(wanted) for each in former):
        return "there already"
    for each in former:
        client.update_automation(each.id, wanted)
    return "changed"


def _what_it_does(automation: AutomationCore) -> Any:
    """Whether it is enabled is a person's."""
    document = automation.model_dump(mode="json", include={"description", "trigger", "actions"})
    document["trigger"].pop("id", None)
    return document


def _block(client: SyncPrefectClient, named: str) -> UUID:
    kind, _, name = named.partition("/")
    next_step = "Make it in the Prefect UI: Blocks, a notification such as Slack Webhook."
    if not name:
        raise BadInput("not TYPE/NAME of a block", where=named, next_step="Such as slack-webhook/team.")
    try:
        found = client.read_block_document_by_name(name, kind, include_secrets=False)
    except ObjectNotFound as error:
        raise BadInput(f"there is no block {named}", where="Prefect server", next_step=next_step) from error
    able = found.block_schema.capabilities if found.block_schema else []
    if _NOTIFY not in able:
        raise BadInput(f"block {named} cannot notify anybody", where="Prefect server", next_step=next_step)
    return found.id
