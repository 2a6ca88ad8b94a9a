"""Which key services a sops file would have asked: its own `sops:` mapping says so, and whoever may commit writes that.

Read from the nodes of the file, so that nothing hides: keys that stand twice, merged ones, and other cases of letters
(Go's JSON takes them all) count as well.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import yaml

from headway.errors import BadInput
from headway.formats import yaml_source

LOCAL = frozenset({"age", "pgp"})
"""Kinds of keys that need nobody else."""
ADDRESSES = {
    "hc_vault": ("vault_address",),
    "azure_kv": ("vault_url",),
    "kms": ("arn", "role", "aws_profile"),
    "gcp_kms": ("resource_id",),
}
"""Kinds of key services, each with the fields that say who is asked, and as whom."""
_NO_KEYS = frozenset(
    {
        "lastmodified",
        "mac",
        "version",
        "shamir_threshold",
        "mac_only_encrypted",
        *(
            f"{which}_{what}"
            for which in ("encrypted", "unencrypted")
            for what in ("suffix", "regex", "comment_regex")
        ),
    }
)
_MERGE = "<<"
_BINARY = "tag:yaml.org,2002:binary"


@dataclass(frozen=True, slots=True)
class KeyService:
    """One that a file names."""

    kind: str
    """As sops calls it: age, pgp, hc_vault, azure_kv, kms, gcp_kms, or one that is not known here."""
    addresses: tuple[str, ...] = ()


def named(data: bytes, file: str) -> tuple[KeyService, ...]:
    """All of a file that sops has encrypted. BadInput where it is not YAML (or JSON)."""
    root = yaml_source.compose(data.decode("utf-8", "replace"), file)
    found = [
        service for key, value in _pairs(root, file) if key == "sops" for service in _services(value, file)
    ]
    return tuple(dict.fromkeys(found))


def require_allowed(services: Collection[KeyService], allowed: Collection[str], file: str) -> None:
    """BadInput for a key service that no operator has allowed, by address or name; keys of the worker itself always are."""
    known = {_address(each) for each in allowed}
    for service in services:
        if service.kind in LOCAL:
            continue
        strange = [each for each in service.addresses if _address(each) not in known]
        if service.kind not in ADDRESSES or strange or not service.addresses:
            raise BadInput(
                f"it asks {' '.join([service.kind, *strange])} for its key, which no operator has allowed",
                where=file,
                next_step="Encrypt it with age, or name that in key_services of the application's block.",
            )


def _services(sops: yaml.Node, file: str, *, grouped: bool = False) -> Iterator[KeyService]:
    for key, value in _pairs(sops, file):
        if key in _NO_KEYS:
            continue
        items = yaml_source.items(value)
        if key == "key_groups" and not grouped:
            for group in items:
                yield from _services(group, file, grouped=True)
            continue
        for item in items:
            fields = [*_pairs(item, file)]
            addresses = [
                yaml_source.text_of(address) or ""
                for name, address in fields
                if name in ADDRESSES.get(key, ())
            ]
            yield KeyService(key, tuple(filter(None, addresses)))


def _pairs(node: yaml.Node | None, file: str, *, is_merged: bool = False) -> Iterator[tuple[str, yaml.Node]]:
    """Keys in lower case, with those that are merged in, however deep: Go follows merges without end."""
    if isinstance(node, yaml.SequenceNode) and is_merged:
        for item in node.value:
            yield from _pairs(item, file, is_merged=True)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.tag == _BINARY:
            raise BadInput("a key is written in base64", where=file, next_step="Write it as a plain text.")
        if key.value == _MERGE:
            yield from _pairs(value, file, is_merged=True)
        yield key.value.casefold(), value


def _address(text: str) -> str:
    """Comparable: of a URL scheme and host in lower case and no slash at its end, anything else as it is."""
    parts = urlsplit(text)
    if "://" not in text or not parts.netloc:
        return text
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}{text.partition('?')[1]}{parts.query}"
