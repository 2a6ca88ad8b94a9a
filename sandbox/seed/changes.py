"""What the shop's developers do after the first delivery: the steps of the demo's story, and of tests."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox import places
from sandbox.failure import SandboxError
from sandbox.seed.commands import program, run
from sandbox.seed.images import PushedImage, push_image
from sandbox.seed.layout import APPLICATION, Layout
from sandbox.seed.repositories import commit_all, push, up_to_date

Edit = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: its message, and what it does to the working tree."""

    message: str
    edits: tuple[Edit, ...]


def replace(file: str, old: str, new: str) -> Edit:
    """Replaces the one place where `file` holds `old`."""

    def edit(checkout: Path) -> None:
        text = (checkout / file).read_text()
        if text.count(old) != 1:
            raise SandboxError(f"{checkout / file} holds {old!r} {text.count(old)} times, not once")
        (checkout / file).write_text(text.replace(old, new))

    return edit


def append(file: str, text: str) -> Edit:
    """Adds `text` at the end of `file`, which is made if there is none."""

    def edit(checkout: Path) -> None:
        path = checkout / file
        path.write_text((path.read_text() if path.exists() else "") + text)

    return edit


_API = "internal/api/api.go"

CART_COUNTS_ITEMS = Change(
    "Say how many items are in the cart",
    (
        replace(_API, "type Cart struct {\n", 'type Cart struct {\n\tCount int `json:"count"`\n'),
        replace(
            _API, "Items: append([]Item{}, items...)", "Count: len(items), Items: append([]Item{}, items...)"
        ),
    ),
)
CATALOG_RENAMES_PRICE = Change(
    "Call the price simply price", (replace(_API, '`json:"price_cents"`', '`json:"price"`'),)
)
"""Passes the catalog's own tests and breaks every purchase in the storefront."""
CATALOG_GIVES_PRICE_BACK = Change(
    "Call the price price_cents again: the storefront reads it",
    (replace(_API, '`json:"price"`', '`json:"price_cents"`'),),
)


def change_service(layout: Layout, service: str, change: Change, *, build: str = "local") -> PushedImage:
    """Commits and pushes the change, then builds and pushes its image, as the service's CI does."""
    _commit(layout, service, change)
    return push_image(layout, service, build=build)


def change_application(layout: Layout, change: Change) -> str:
    """Commits the change to the application repository and pushes it; returns the commit."""
    return _commit(layout, APPLICATION, change)


def change_configuration(layout: Layout, environment: str, *, greeting: str, session_key: str) -> str:
    """Commits a new greeting (ConfigMap) and session key (Secret), no version bumped; returns the commit."""
    values = f"values/{environment}.yaml"
    secrets = f"secrets/{environment}.yaml"

    def set_greeting(checkout: Path) -> None:
        text, count = re.subn(
            r"(?m)^  greeting: .*$",
            lambda _: f"  greeting: {json.dumps(greeting)}",
            (checkout / values).read_text(),
        )
        if count != 1:
            raise SandboxError(f"{checkout / values} holds {count} greetings, not one")
        (checkout / values).write_text(text)

    def set_session_key(checkout: Path) -> None:
        sops = program(places.VENV / "bin", "sops")
        run(
            [sops, "set", secrets, '["cart"]["sessionKey"]', json.dumps(session_key)],
            cwd=checkout,
            environment={"SOPS_AGE_KEY_FILE": str(layout.address.age_key_file)},
        )

    message = f"Greet otherwise in {environment}, with a new session key"
    return _commit(layout, APPLICATION, Change(message, (set_greeting, set_session_key)))


def _commit(layout: Layout, repository: str, change: Change) -> str:
    checkout = up_to_date(layout, repository)
    for edit in change.edits:
        edit(checkout)
    commit = commit_all(checkout, change.message)
    push(checkout)
    return commit
