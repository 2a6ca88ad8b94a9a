"""Policy that lives apart from headway.yaml, so that whoever changes the application does not change its gates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headway.model.application import WritePolicy
from headway.model.environment import POLICY_KEYS, EnvironmentPolicy


@dataclass(frozen=True, slots=True)
class Policy:
    """Of one application."""

    environments: Mapping[str, EnvironmentPolicy]
    """In order; the first one is fed by the branch."""
    file: str
    """Where it stands, as people find it."""
    writing: WritePolicy = field(default_factory=WritePolicy)


def joined(declared: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """`environments` of a headway.yaml with what policy alone says of each, in the order of policy.

    `declared`: their content by name, as it was read. What policy does not name is left out; what headway.yaml does not
    name yet is not delivered.
    """
    return {
        name: _content(declared[name]) | said.model_dump(by_alias=True, exclude_unset=True)
        if isinstance(declared[name], dict)
        else declared[name]
        for name, said in policy.environments.items()
        if name in declared
    }


def _content(declared: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in declared.items() if key not in POLICY_KEYS}
