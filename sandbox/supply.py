"""The tier that needs no cluster: S3, registry, git remotes, Prefect and what belongs to it, receiver of hints, release view."""

import os
from pathlib import Path

from sandbox import external, git_daemon, postgres, prefect_server, receiver, registry, release_view, s3
from sandbox.address import Address, S3Address
from sandbox.control_plane import kubeconfig
from sandbox.processes import Service

NAMES = ("view", "worker", "prefect", postgres.NAME, "git", "s3", "registry", "receiver")


def services(state: Path, programs: Path) -> list[Service]:
    """In the order of starting; the last four need each other: database, Prefect, and its worker and the release view."""
    own_registry = [] if external.external() else [registry.service(state, programs)]
    first = [
        receiver.service(state),
        *own_registry,
        s3.service(state),
        git_daemon.service(state),
    ]
    prefect = [postgres.service(state), prefect_server.server(state, postgres.url(state))]
    return [*first, *prefect, prefect_server.worker(state, programs), release_view.service(state)]


def address(state: Path, programs: Path) -> Address:
    """Where everything is, the existing cluster's included when the environment names one."""
    other = external.external()
    return Address(
        kubeconfig=other.kubeconfig if other else kubeconfig(state),
        worker_kubeconfig=state / "worker.kubeconfig",
        registry=other.registry if other else registry.ADDRESS,
        s3=S3Address(s3.ENDPOINT, s3.ACCESS_KEY, s3.SECRET_KEY, s3.REGION),
        git=git_daemon.URL,
        git_root=state / "git",
        prefect_api=prefect_server.API,
        bin=programs,
        age_key_file=state / "age-keys.txt",
    )


def link_programs(state: Path, programs: Path) -> Path:
    """Keeps `.sandbox/bin` pointing at the programs: a short path for PATH that outlives a rebuild."""
    link = state / "bin"
    if not link.is_symlink() or link.readlink() != programs:
        partial = state / "bin.partial"
        partial.unlink(missing_ok=True)
        os.symlink(programs, partial)
        partial.rename(link)
    return link
