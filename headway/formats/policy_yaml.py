"""Reads the file that policy lives in where that is not headway.yaml: `environments`, with the keys of policy alone, and how
edits reach the branch."""

from typing import Any

from pydantic import model_validator

from headway.formats import declaration, environment_sources, policy_texts
from headway.model.application import APPLICATION_KEYS, WRITE_KEYS, WritePolicy
from headway.model.environment import CONTENT_KEYS, EnvironmentPolicy
from headway.model.field_types import Name
from headway.model.policy import Policy
from headway.model.strict import lists_as_tuples


class _File(WritePolicy):
    environments: dict[Name, EnvironmentPolicy]

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: Any) -> Any:
        return lists_as_tuples(data)


def read(text: str, file: str) -> Policy:
    """Raises BadInput with one line `file:line: key: sentence` for each finding, in line order."""
    root, data, findings = declaration.opened(text, file, "environments")
    findings += [
        *environment_sources.sources(root, data),
        *declaration.constraints(root, data, ("environments", "versions")),
        *policy_texts.findings(root, policy_texts.of_environments(data)),
    ]
    read, refused = declaration.validated(root, data, _File, _elsewhere)
    findings += refused
    if read is None or findings:
        raise declaration.bad_input(findings, file)
    written = read.model_dump(include=set(WRITE_KEYS), exclude_unset=True)
    return Policy(read.environments, file, WritePolicy(**written))


def _elsewhere(path: tuple[str, ...]) -> str:
    """Of a key that is no policy, where it is the application's own; empty where it is nobody's."""
    own = {1: APPLICATION_KEYS, 3: CONTENT_KEYS}.get(len(path), frozenset())
    return "it is no policy: write it in headway.yaml" if path[-1] in own else ""
