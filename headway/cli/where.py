"""What several commands are told: where to look, and by which saved credentials. A client is loaded when it is used."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.clients.kubernetes.cluster import Cluster


_NAME = re.compile(r"[A-Za-z0-9]([-.A-Za-z0-9]{0,251}[A-Za-z0-9])?\Z")


def is_name(value: str) -> bool:
    """Whether Kubernetes could call something so. It may become part of an address, where nothing else may lead elsewhere."""
    return bool(_NAME.match(value))


@dataclass(frozen=True, slots=True)
class Where:
    """A cluster, or several, by a kubeconfig; and one namespace of it, or all."""

    namespace: str = ""
    """Empty for all of them."""
    kubeconfig: Path | None = None
    """Found as kubectl does where it is None."""
    contexts: tuple[str, ...] = ()
    """The current one where there is none."""
    releases: tuple[str, ...] = ()
    """Names in Helm, of which a release has one; any where there is none."""

    def cluster(self) -> "Cluster":
        """Of the first context. Raises BadInput."""
        from headway.cli import kubeconfig

        return kubeconfig.cluster(self.kubeconfig, next(iter(self.contexts), None))

    def clusters(self) -> "tuple[Cluster, ...]":
        """Of each context. Raises BadInput."""
        from headway.cli import kubeconfig

        return kubeconfig.clusters(self.kubeconfig, self.contexts)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Names of saved credentials blocks: None leaves what was registered before, an empty name takes it away."""

    git: str | None = None
    registry: str | None = None
    s3: str | None = None
    forge: str | None = None
