"""What Helm calls the Secret of a revision, which tells it from others that bear Helm's labels, such as somebody's copy of one.

https://github.com/helm/helm/blob/main/pkg/storage/storage.go (makeKey). Helm passes over what it cannot read among them.
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
