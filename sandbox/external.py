"""An existing cluster in the sandbox's place: HEADWAY_KUBECONFIG, and HEADWAY_REGISTRY for its nodes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.failure import SandboxError


@dataclass(frozen=True, slots=True)
class ExternalCluster:
    """The cluster to use, and the registry (host:port) to push its images to."""

    kubeconfig: Path
    registry: str


def external(environment: Mapping[str, str] = os.environ) -> ExternalCluster | None:
    """The cluster that the environment names; None when it names none. Raises SandboxError for half of it."""
    kubeconfig, registry = environment.get("HEADWAY_KUBECONFIG"), environment.get("HEADWAY_REGISTRY")
    if not kubeconfig and not registry:
        return None
    if not kubeconfig or not registry:
        raise SandboxError("HEADWAY_KUBECONFIG and HEADWAY_REGISTRY are set together or not at all")
    path = Path(kubeconfig).expanduser().resolve()
    if not path.is_file():
        raise SandboxError(f"HEADWAY_KUBECONFIG names no file: {path}")
    return ExternalCluster(path, registry)
