"""What an operator lets an application do, whatever its headway.yaml says: fields of its block, as `headway add` is told them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import SecretStr

from headway.cli import secret_input
from headway.errors import BadInput

LISTS = ("places", "gates", "repositories", "images", "local_folders", "key_services")


def told(block: Mapping[str, Any]) -> list[str]:
    """What an operator allows, a part for each list of the block that is not empty."""
    return [
        f"{key.replace('_', ' ')} {' '.join(map(str, block[key]))}"
        for key in LISTS
        if isinstance(block.get(key), list) and block[key]
    ]


@dataclass(frozen=True, slots=True)
class Limits:
    """As a person names them: a list as a whole, of which an empty name alone leaves nothing; what is not named stays."""

    places: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    key_services: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    local_folders: tuple[str, ...] = ()
    sops_age_key_from: str | None = None
    """Empty: the worker's own opens its files again."""

    @property
    def of_git(self) -> bool:
        """Whether any is named that a site has not."""
        return any(getattr(self, each.name) for each in fields(self) if each.name != "sops_age_key_from")

    def said(self) -> dict[str, Any]:
        """Fields of the block: those alone that are named. Raises BadInput for a folder that is not named in full, or a key that
        cannot be read."""
        for folder in filter(None, self.local_folders):
            if not folder.startswith("/"):
                raise BadInput(
                    f"{folder!r} is no folder of the worker in full",
                    where="--local-folder",
                    next_step="Begin it with /.",
                )
        lists = {
            each.name: getattr(self, each.name) for each in fields(self) if each.name != "sops_age_key_from"
        }
        return {
            **{name: [each for each in named if each] for name, named in lists.items() if named},
            **self.key(),
        }

    def key(self) -> dict[str, Any]:
        """The field of the age key alone, where it is named."""
        source = self.sops_age_key_from
        if source is None:
            return {}
        key = secret_input.read(source, "", "age identities", "--sops-age-key-from") if source else ""
        return {"sops_age_key": SecretStr(key) if key else None}
