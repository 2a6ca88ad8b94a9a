"""What looks take of a cluster by lists: one for all namespaces where many releases are looked at and the server allows it, else
one for each namespace, of each kind one for all that is asked about it. Each is asked for once for all who look together.

A list says how things were when somebody first asked. It is enough to find that all is as it was; nothing is written by it.
"""

import hashlib
import json
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
from headway.clients.remembered import Remembered, kept_in, key
from headway.decide.release import untouched
from headway.errors import HeadwayError, Refused, Unreachable
from headway.formats import helm_marks, helm_secret, json_limits

WIDE_FROM = 4
"""Releases that are looked at together: fewer are asked about one by one."""
WIDE_MOST = 5000
"""Objects of one kind in all namespaces; where there are more, each namespace is asked."""
REFUSED_FOR = 3600.0
"""Seconds for which a list that was refused is not asked for again."""
HELMS = f"{helm_marks.MANAGED_BY}=Helm"
"""Label of every object that Helm applies."""
_REVISIONS = f"{helm_secret.LABEL}={helm_secret.OWNER}"
_TOGETHER: Mapping[str, str | None] = {
    "/api/v1/configmaps": f"{helm_marks.MANAGED_BY} in (Helm,headway)",
    "/api/v1/secrets": None,
}
"""Selectors of one list in a namespace in place of two: objects of charts with records, and with Helm's revisions, which have no
label in common. Only metadata are asked for."""
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
            lambda: {
                (str(each["metadata"]["namespace"]), str(each["metadata"]["name"])): each
                for each in api.items(folder, at_most=WIDE_MOST, labelSelector=SELECTOR)
            },
        )
        if wide is not None:
            return wide.get((store.namespace, store.name))
    return _listed_record(store) or api.find(store.path)


def _listed_record(store: ReleaseRecordStore) -> Object | None:
    """As this machine has read it, where the list says that it is that still; None for one that is not listed."""
    try:
        listed = _listed(store.cluster, "/api/v1", "configmaps", store.namespace, SELECTOR, _by_place)
    except Unreachable:
        raise
    except HeadwayError:
        return None
    metadata = listed.get((store.namespace, store.name))
    if metadata is None:
        return None
    memory = kept_in(cache() / "records")
    called = key(store.cluster.api.host, store.path, ())
    kept = memory.of(called)
    with suppress(ValueError):
        known = json_limits.load(kept.content) if kept else None
        # With the times of its fields: a cluster that was restored counts its versions anew.
        if isinstance(known, dict) and known.get("metadata") == metadata:
            return known
    found = store.cluster.api.find(store.path)
    if found is not None:
        memory.keep(called, Remembered('"record"', json.dumps(found).encode()))
    return found


def revisions(cluster: Cluster, namespace: str, release: str) -> str:
    """The same text as long as nobody has written any revision of Helm's; empty where there is none."""

    def digests(listed: list[Object]) -> Mapping[_Place, str]:
        found: dict[_Place, list[Object]] = {}
        for metadata in listed:
            if helm_secret.is_one(metadata):
                of = str(metadata["namespace"]), str(metadata["labels"]["name"])
                found.setdefault(of, []).append(metadata)
        return {place: digest_of_revisions(each) for place, each in found.items()}

    return _listed(cluster, "/api/v1", "secrets", namespace, _REVISIONS, digests).get(
        (namespace, release), ""
    )


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

    def fingerprints(listed: list[Object]) -> Mapping[_Place, str]:
        return {
            place: untouched.fingerprint(folder, plural, metadata)
            for place, metadata in _by_place(listed).items()
            if (metadata.get("labels") or {}).get(helm_marks.MANAGED_BY) == "Helm"
        }

    return _listed(cluster, folder, plural, namespace, HELMS, fingerprints).get((namespace, name))


def of_live(path: str, live: Object) -> str:
    """The same of an object that was read by itself; empty for what is no path of an object."""
    parts = _OBJECT.match(path)
    return untouched.fingerprint(parts[1], parts[3], live["metadata"]) if parts else ""


def _by_place(listed: list[Object]) -> dict[_Place, Object]:
    """Of metadata."""
    return {(str(each.get("namespace") or ""), str(each["name"])): each for each in listed}


def _listed(
    cluster: Cluster,
    folder: str,
    plural: str,
    namespace: str,
    selector: str,
    made: Callable[[list[Object]], Mapping[_Place, _T]],
) -> Mapping[_Place, _T]:
    """What is `made` of metadata that are listed, at least of those that the selector names."""
    wide = f"{folder}/{plural}"

    def of_all() -> Mapping[_Place, _T]:
        return made(_metadata(cluster, wide, selector))

    if not namespace:
        return together.once((cluster, wide, selector), of_all)
    if together.places() >= WIDE_FROM:
        found = _wide(cluster, wide, selector, of_all)
        if found is not None:
            return found
    narrow = f"{folder}/namespaces/{namespace}/{plural}"
    broad = _TOGETHER.get(wide, selector)

    def listed() -> list[Object] | None:
        try:
            return _metadata(cluster, narrow, broad)
        except Refused:
            # More than are listed, it may be, and most of them others'.
            return None

    def read() -> Mapping[_Place, _T]:
        found = together.once((cluster, narrow, broad), listed)
        return made(_metadata(cluster, narrow, selector) if found is None else found)

    return together.once((cluster, narrow, selector, "made"), read)


def _metadata(cluster: Cluster, folder: str, selector: str | None) -> list[Object]:
    listed = cluster.api.metadata_of_items(folder, at_most=WIDE_MOST, labelSelector=selector)
    return [each["metadata"] for each in listed]


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
