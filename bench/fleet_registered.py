"""Registers applications with Prefect, has them delivered for the first time, and takes away what is left of them there."""

import subprocess
import sys
from collections.abc import Iterable, Sequence

from prefect import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterName,
)
from pydantic import SecretStr

from sandbox import places
from sandbox.address import Address

OWN_RUNS = "bench of a fleet"
"""What the names of this measurement's own flow runs hold."""
_CREDENTIALS = "sandbox"


def register(address: Address, git_urls: dict[str, str], clusters: Iterable[str]) -> None:
    """An Application block for each name, and Cluster blocks, with the worker's rights."""
    from blocks import Application, Cluster, S3Credentials

    s3 = address.s3
    S3Credentials(
        access_key=s3.access_key,
        secret_key=SecretStr(s3.secret_key),
        endpoint_url=s3.endpoint,
        region=s3.region,
    ).save(_CREDENTIALS, overwrite=True)
    credentials = S3Credentials.load(_CREDENTIALS)
    for name, url in git_urls.items():
        Application(git_url=url, s3_credentials=credentials).save(name, overwrite=True)
    for name in clusters:
        Cluster(kubeconfig_path=str(address.worker_kubeconfig)).save(name, overwrite=True)


def forget(prefix: str) -> None:
    """Blocks, runs and artifacts of applications whose names begin so. Blocks first: without them nobody starts a run."""
    from flows import block_documents, flow_runs

    with get_client(sync_client=True) as client:
        for slug in ("headway-application", "headway-cluster"):
            for document in block_documents.every(client, slug):
                if document.name and document.name.startswith(prefix):
                    client.delete_block_document(document.id)
        for named in (prefix, OWN_RUNS):
            of_ours = FlowRunFilter(name=FlowRunFilterName(like_=named))
            for run in list(flow_runs.every(client, flow_run_filter=of_ours)):
                client.delete_flow_run(run.id)
        wanted = ArtifactFilter(key=ArtifactFilterKey(like_=f"{prefix}%"))
        while found := client.read_artifacts(artifact_filter=wanted, limit=200):
            for artifact in found:
                client.delete_artifact(artifact.id)


def deliver_first(names: Sequence[str], *options: str, processes: int = 2) -> None:
    """Each once, in a few processes beside each other. Raises RuntimeError where one fails."""
    shares = [share for n in range(processes) if (share := names[n::processes])]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.fleet_first", *options, *share],
            cwd=places.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for share in shares
    ]
    said = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("a first delivery failed:\n" + "\n".join(text[-3000:] for text in said))
