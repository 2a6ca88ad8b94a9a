"""What looks take of a cluster by lists: one for all namespaces where many releases are looked at and the server allows it, else
one for each namespace. Each is asked for once for all who look together.

A list says how things were when somebody first asked. It is enough to find that all is as it was; nothing is written by it.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from headway.clients import together
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import SELECTOR, ReleaseRecordStore
from headway.clients.private_files import cache, made_private
from headway.decide.release import untouched
from headway.errors import HeadwayError, Refused

WIDE_FROM = 4
"""Releases that are looked at together: fewer are asked about one by one."""
WIDE_MOST = 5000
"""Objects of one kind in all namespaces; where there are more, each namespace is asked."""
REFUSED_FOR = 3600.0
"""Seconds for which a list that was refused is not asked for again."""
HELMS = "app.kubernetes.io/managed-by=Helm"
"""Label of every object that Helm applies."""
_REVISIONS = "owner=helm"
_OBJECT = re.compile(
    r"(/apis?(?:/[a-z0-9.-]+){1,2})(?:/namespaces/([a-z0-9-]+))?/([a-z0-9-]+)/([A-Za-z0-9:.-]+)\Z"
)
_T = TypeVar("_T")
_Place = tuple[str, str]
"""Namespace and name; no namespace of what is in none."""


def record(store: ReleaseRecordStore) -> Object | None:
    """The ConfigMap of its record, or None. Raises Unreachable, Refused."""
    return together.glance(("record", store.cluster, store.path), lambda: _record(store))


def _record(store: ReleaseRecordStore) -> Object | None:
    api, folder = store.cluster.api, "/api/v1/configmaps"
    if together.places() >= WIDE_FROM:
        wide = _wide(
            store.cluster,
            folder,
            SELECTOR,
            lambda: _by_place(api.items(folder, at_most=WIDE_MOST, labelSelector=SELECTOR)),
        )
        if wide is not None:
            return wide.get((store.namespace, store.name))
    return api.find(store.path)


def revisions(cluster: Cluster, namespace: str, release: str) -> str:
    """The same text as long as nobody has written any revision of Helm's; empty where there is none."""

    def read(folder: str) -> Mapping[_Place, str]:
        found: dict[_Place, list[Object]] = {}
        for each in cluster.api.metadata_of_items(folder, at_most=WIDE_MOST, labelSelector=_REVISIONS):
            metadata = each["metadata"]
            of = str(metadata["namespace"]), str((metadata.get("labels") or {}).get("name") or "")
            found.setdefault(of, []).append(metadata)
        return {place: digest_of_revisions(each) for place, each in found.items()}

    return _listed(cluster, "/api/v1", "secrets", namespace, _REVISIONS, read).get((namespace, release), "")


def digest_of_revisions(secrets: Iterable[Object]) -> str:
    """Of the metadata of Helm's Secrets of one release."""
    lines = sorted(f"{each['name']} {each['uid']} {each['resourceVersion']}" for each in secrets)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def fingerprint(cluster: Cluster, path: str) -> str | None:
    """Of an object that Helm applied, as untouched.fingerprint has it; None where there is none with Helm's label, and for
    what is no path of an object."""
    parts = _OBJECT.match(path)
    if parts is None:
        return None
    folder, namespace, plural, name = parts[1], parts[2] or "", parts[3], parts[4]

    def read(at: str) -> Mapping[_Place, str]:
        return {
            place: untouched.fingerprint(folder, plural, each["metadata"])
            for place, each in _by_place(
                cluster.api.metadata_of_items(at, at_most=WIDE_MOST, labelSelector=HELMS)
            ).items()
        }

    return _listed(cluster, folder, plural, namespace, HELMS, read).get((namespace, name))


def of_live(path: str, live: Object) -> str:
    """The same of an object that was read by itself; empty for what is no path of an object."""
    parts = _OBJECT.match(path)
    return untouched.fingerprint(parts[1], parts[3], live["metadata"]) if parts else ""


def _by_place(items: list[Object]) -> dict[_Place, Object]:
    return {
        (str(each["metadata"].get("namespace") or ""), str(each["metadata"]["name"])): each for each in items
    }


def _listed(
    cluster: Cluster,
    folder: str,
    plural: str,
    namespace: str,
    selector: str,
    read: Callable[[str], Mapping[_Place, _T]],
) -> Mapping[_Place, _T]:
    wide = f"{folder}/{plural}"
    if not namespace:
        return together.once((cluster, wide, selector), lambda: read(wide))
    if together.places() >= WIDE_FROM:
        found = _wide(cluster, wide, selector, lambda: read(wide))
        if found is not None:
            return found
    narrow = f"{folder}/namespaces/{namespace}/{plural}"
    return together.once((cluster, narrow, selector), lambda: read(narrow))


def _wide(cluster: Cluster, folder: str, selector: str, read: Callable[[], _T]) -> _T | None:
    """None where it is refused, or too much; for some hours it is not asked for again."""

    def asked() -> _T | None:
        refusal = _refusal(cluster, folder, selector)
        if _is_recent(refusal):
            return None
        try:
            return read()
        except Refused:
            with suppress(OSError):
                made_private(refusal.parent)
                refusal.write_bytes(b"")
        except HeadwayError:
            # Whether it is the list that takes too long, or nobody answers at all, the next question tells.
            pass
        return None

    return together.once((cluster, "everywhere", folder, selector), asked)


def _refusal(cluster: Cluster, folder: str, selector: str) -> Path:
    """A file, which is there since a list was refused. One that cannot be read or written is as good as none."""
    name = hashlib.sha256("\n".join((cluster.api.host, folder, selector)).encode()).hexdigest()[:32]
    return cache() / "lists" / name


def _is_recent(refusal: Path) -> bool:
    try:
        return 0 <= time.time() - refusal.stat().st_mtime < REFUSED_FOR
    except OSError:
        return False
