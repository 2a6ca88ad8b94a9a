"""What is left of a rejected set whose other inputs are in use: its entry in the quarantine says first what is kept out."""

from collections.abc import Collection
from dataclasses import replace

from headway.decide.supply.narrowing import Set, Update, named
from headway.formats import quarantine
from headway.model.edits import Edit


def edit(text: str | None, standing: Collection[tuple[Update, Set]]) -> Edit:
    """The edit of the quarantine (`text`: as it is now) after which each entry names first what is kept out; without files
    where all do so already."""
    after, lines = text or "", []
    for update, barred in standing:
        led = quarantine.led_by(after, barred, update.inputs)
        if led != after:
            lines.append(f"- {named(update.inputs)} is kept out beside {named(barred - update.inputs)}")
        after = led
    if not lines:
        return Edit({}, "the quarantine says what is kept out")
    services = " and ".join(name for update, _ in standing for name in update.services)
    return Edit(
        {quarantine.PATH: after.encode()},
        f"Keep {services} out: the others of the set passed",
        "\n".join(lines),
    )


def joined(edit: Edit, barring: Edit) -> Edit:
    """One commit of both."""
    if not barring.files:
        return edit
    if not edit.files:
        return barring
    return replace(edit, files={**edit.files, **barring.files}, body=f"{edit.body}\n{barring.body}")
