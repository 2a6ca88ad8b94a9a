"""One context of a kubeconfig as a kubeconfig of its own: what is handed to a worker holds no other cluster's credentials."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import yaml_limits
from headway.formats.go_yaml import GoLoader

FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
"""Of a cluster or user, that name a file; `<name>-data` (base64), or `token`, is the same without one."""
_SAYS_NOTHING = ("extensions", "disable-compression")
"""Of a cluster: what tools keep for themselves, and what changes nobody's way."""


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    context: str
    way: Mapping[str, str]
    """To whom it leads and whom it believes there, by key of a kubeconfig's cluster: all but the credentials of its user."""
    program: str = ""
    """What the worker must have to sign in, such as aws-iam-authenticator; empty for most."""

    @property
    def server(self) -> str:
        return self.way.get("server", "")


def contexts(text: str, file: str) -> list[str]:
    """Their names, in order. Raises BadInput where it is no kubeconfig."""
    return [*_named(_loaded(text, file), "contexts", "context")]


def only(text: str, context: str, file: str, read: Callable[[str], bytes]) -> Part:
    """`context` alone (its current one where empty), with the files that it names, read by `read`, written into it.

    Raises BadInput where there is no such context, or what it names is not there.
    """
    document = _loaded(text, file)
    found = _named(document, "contexts", "context")
    chosen = context or str(document.get("current-context") or "")
    if chosen not in found:
        raise BadInput(
            f"there is no context {chosen!r}" if chosen else "it names no current context",
            where=f"kubeconfig {file}",
            next_step=f"Known: {', '.join(found) or 'none'}.",
        )
    names = found[chosen]
    cluster = _one(_named(document, "clusters", "cluster"), names.get("cluster"), "cluster", chosen, file)
    user = _one(_named(document, "users", "user"), names.get("user"), "user", chosen, file)
    part = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": chosen,
        "clusters": [{"name": names["cluster"], "cluster": _whole(cluster, read)}],
        "users": [{"name": names["user"], "user": _whole(user, read)}],
        "contexts": [{"name": chosen, "context": {"cluster": names["cluster"], "user": names["user"]}}],
    }
    program = user.get("exec") or {}
    return Part(
        yaml.safe_dump(part, sort_keys=False),
        chosen,
        {str(key): str(value) for key, value in cluster.items() if value and key not in _SAYS_NOTHING},
        str(program.get("command") or "") if isinstance(program, dict) else "",
    )


def _loaded(text: str, file: str) -> dict[str, Any]:
    try:
        document = yaml_limits.load(text.encode(), GoLoader, yaml_limits.MANIFESTS)
    except yaml.YAMLError as error:
        raise BadInput("it is no YAML", where=f"kubeconfig {file}", next_step="Name another.") from error
    if not isinstance(document, dict):
        raise BadInput("it is empty, or no kubeconfig", where=f"kubeconfig {file}", next_step="Name another.")
    return document


def _named(document: Mapping[str, Any], section: str, key: str) -> dict[str, dict[str, Any]]:
    listed = document.get(section)
    return {
        str(each["name"]): each[key]
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict) and "name" in each and isinstance(each.get(key), dict)
    }


def _one(
    found: Mapping[str, dict[str, Any]], name: object, kind: str, context: str, file: str
) -> dict[str, Any]:
    if str(name) not in found:
        raise BadInput(
            f"the {kind} {name!r} of context {context!r} is not in it",
            where=f"kubeconfig {file}",
            next_step="Name another context or kubeconfig.",
        )
    return found[str(name)]


def _whole(owner: Mapping[str, Any], read: Callable[[str], bytes]) -> dict[str, Any]:
    whole = {key: value for key, value in owner.items() if key not in FILES}
    for key in FILES:
        path = owner.get(key)
        if not path:
            continue
        data = read(str(path))
        if key == "tokenFile":
            whole["token"] = data.decode("utf-8", "replace").strip()
        else:
            whole[f"{key}-data"] = base64.b64encode(data).decode()
    return whole
