"""What Helm calls the Secret of a revision, which tells it from others that bear Helm's labels, such as somebody's copy of one.

https://github.com/helm/helm/blob/main/pkg/storage/storage.go (makeKey). Helm passes over what it cannot read among them
(pkg/storage/driver/secrets.go, Query; tried with 4.3.1).
"""

from collections.abc import Mapping
from typing import Any

LABEL = "owner"
OWNER = "helm"


def name(release: str, revision: object) -> str:
    return f"sh.helm.release.v1.{release}.v{revision}"


def is_one(metadata: Mapping[str, Any]) -> bool:
    """Whether it is called as a revision of the release that its labels name. Which one they say may be nonsense still."""
    labels = metadata.get("labels") or {}
    before, _, revision = str(metadata["name"]).rpartition(".v")
    is_number = revision.isascii() and revision.isdecimal()
    return (
        labels.get(LABEL) == OWNER and is_number and f"{before}.v" == name(str(labels.get("name") or ""), "")
    )


def number(metadata: Mapping[str, Any]) -> int:
    """The revision that it is called after; of one that `is_one`."""
    return int(str(metadata["name"]).rpartition(".v")[2])


def may_be_passed_over(metadata: Mapping[str, Any], newest: int) -> bool:
    """Whether nothing needs what it holds. `newest`: the highest number of that release, by which Helm and Headway go on: where
    that cannot be read Helm cannot upgrade either, nor where it is what is deployed."""
    status = (metadata.get("labels") or {}).get("status")
    return number(metadata) < newest and status in _PAST


_PAST = ("superseded", "failed", "uninstalled")
