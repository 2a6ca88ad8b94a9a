"""Lists the blocks of Prefect that Headway uses, and by which applications; secrets are not even asked for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prefect.blocks.core import Block
from prefect.client.schemas.objects import BlockDocument

from blocks import (
    Application,
    Cluster,
    ForgeCredentials,
    GitCredentials,
    RegistryCredentials,
    S3Credentials,
    Site,
)
from headway.cli import blocks_of_prefect as prefect
from headway.cli import limits
from headway.cli.declared import declared_by
from headway.cli.table import print_rows
from headway.errors import HeadwayError
from headway.workspace.unregistered import unregistered

KINDS: tuple[type[Block], ...] = (
    Application,
    Site,
    Cluster,
    GitCredentials,
    ForgeCredentials,
    RegistryCredentials,
    S3Credentials,
)
OWN = tuple(kind.get_block_type_slug() for kind in (Application, Site))
"""Kinds of which each block is an application."""

SHOWN = (
    "git_url",
    "branch",
    "charts",
    "chart",
    "environment",
    "values",
    "policy_path",
    "author",
    "kind",
    "url",
    "view_url",
    "app_id",
    "installation_id",
    "host",
    "username",
    "docker_config_path",
    "access_key",
    "endpoint_url",
    "context",
    "kubeconfig_path",
)
"""Fields that hold no secret and tell one block from another, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Saved:
    block: str
    """<kind>/<name>"""
    says: str
    used_by: tuple[str, ...] = ()
    """Names of applications."""
    maybe_used_by: tuple[str, ...] = ()
    """Names of applications whose headway.yaml cannot be read now, and may name it."""


def show(application: str | None, *, output: str) -> bool:
    """Of an application: what it uses; where it is not registered, what `headway remove` has left of it. `output`: table or json.
    Raises BadInput where there is neither."""
    found = saved()
    if application:
        found = _left_of(application, found) or of_application(application, found)
    if output == "json":
        print(json.dumps([asdict(each) for each in found], indent=2))
    else:
        rows = [(each.block, each.says or "-", _users(each) or "-") for each in found]
        print_rows([("BLOCK", "SAYS", "USED BY"), *rows])
    return True


def of_application(name: str, found: Sequence[Saved]) -> list[Saved]:
    """Its own block first, then what it uses. Raises BadInput where it is not registered."""
    own = [each for each in found if each.block in _own_blocks(name)]
    if not own:
        places = (each.block.partition("/") for each in found)
        raise unregistered(name, [block for kind, _, block in places if kind in OWN])
    return [*own, *(each for each in found if each not in own and name in each.used_by)]


def saved() -> list[Saved]:
    """All, with the applications that use them."""
    documents = {kind: prefect.documents(kind) for kind in KINDS}
    clusters = [f"{Cluster.get_block_type_slug()}/{each.name}" for each in documents[Cluster]]
    users: dict[str, set[str]] = {}
    perhaps: dict[str, set[str]] = {}
    for each in documents[Application]:
        name = each.name or ""
        named = _clusters(name)
        known = _by_convention(name, clusters) if named is None else named
        for block in (*_referred(each), *known):
            users.setdefault(block, set()).add(name)
        for block in clusters if named is None else ():
            perhaps.setdefault(block, set()).add(name)
    for each in documents[Site]:
        cluster = (each.data or {}).get("cluster") or f"{each.name}-{(each.data or {}).get('environment')}"
        for block in (*_referred(each), f"{Cluster.get_block_type_slug()}/{cluster}"):
            users.setdefault(block, set()).add(each.name or "")
    return [
        Saved(
            slug,
            says(document.data or {}),
            tuple(sorted(users.get(slug, ()))),
            tuple(sorted(perhaps.get(slug, set()) - users.get(slug, set()))),
        )
        for kind, listed in documents.items()
        for document in listed
        for slug in [f"{kind.get_block_type_slug()}/{document.name}"]
    ]


KEPT_SECRET: tuple[Mapping[str, str], ...] = (
    {"sops_age_key": "an age key"},
    {"ssh_key": "an ssh key"},
    {"known_hosts": "known hosts"},
    {"signing_key": "a signing key"},
    {"in_cluster": "the worker's own cluster", "kubeconfig": "a kubeconfig"},
    {"aws": "a password of AWS", "docker_config": "a docker config"},
)
"""Fields of which it is said that they are there, and nothing else; of several the first."""


def says(data: Mapping[str, Any]) -> str:
    """What tells a block from others of its kind."""
    parts = [
        f"{key.replace('_', ' ')} {data[key]}"
        for key in SHOWN
        if isinstance(data.get(key), str) and data[key]
    ]
    parts += limits.told(data)
    for words in KEPT_SECRET:
        parts += [word for key, word in words.items() if data.get(key)][:1]
    return ", ".join(parts)


def _users(saved: Saved) -> str:
    return ", ".join((*saved.used_by, *(f"{name}?" for name in saved.maybe_used_by)))


def _referred(application: BlockDocument) -> Iterator[str]:
    for each in (application.block_document_references or {}).values():
        document = each.get("block_document") or {}
        kind = (document.get("block_type") or {}).get("slug", "")
        if kind and document.get("name"):
            yield f"{kind}/{document['name']}"


def _clusters(application: str) -> set[str] | None:
    """As its headway.yaml names them; None where that cannot be read now."""
    try:
        block = prefect.load(Application, application)
        declared = declared_by(block) if block else None
    except HeadwayError:
        declared = None
    if declared is None:
        return None
    return {f"{Cluster.get_block_type_slug()}/{declared.cluster(each)}" for each in declared.environments}


def _own_blocks(application: str) -> set[str]:
    return {f"{kind}/{application}" for kind in OWN}


def _left_of(application: str, found: Sequence[Saved]) -> list[Saved]:
    """What is called after an application that is not registered, and used by nobody."""
    if any(each.block in _own_blocks(application) for each in found):
        return []
    return [each for each in found if _is_called_after(application, each) and not _users(each)]


def _is_called_after(application: str, saved: Saved) -> bool:
    kind, _, name = saved.block.partition("/")
    is_cluster = kind == Cluster.get_block_type_slug()
    return name.startswith(f"{application}-") if is_cluster else name == application


def _by_convention(application: str, clusters: Sequence[str]) -> list[str]:
    return [each for each in clusters if each.partition("/")[2].startswith(f"{application}-")]
