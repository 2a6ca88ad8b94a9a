"""The block that opens a Kubernetes cluster: by convention one for each `<application>-<environment>`."""

from pathlib import Path
from typing import Any

from prefect.blocks.core import Block
from pydantic import Field, SecretStr, model_validator

from blocks.described_once import DescribedOnce
from headway.clients.kubernetes.cluster import Cluster as Client


class Cluster(DescribedOnce, Block):
    """Access to one Kubernetes cluster: a kubeconfig, a file on the worker, or the worker's own cluster."""

    _block_type_name = "Headway cluster"
    _block_type_slug = "headway-cluster"
    _description = "A Kubernetes cluster that Headway releases to."

    kubeconfig: SecretStr | None = Field(
        default=None,
        title="Kubeconfig",
        description="The text of a kubeconfig. Kept encrypted, and on the worker in memory only.",
    )
    kubeconfig_path: str | None = Field(
        default=None,
        title="Path of a kubeconfig",
        description="A file on the worker; instead of the text.",
    )
    context: str | None = Field(
        default=None,
        description="The kubeconfig's context; its current one where empty.",
    )
    in_cluster: bool = Field(
        default=False,
        title="In cluster",
        description="The cluster the worker runs in, as its service account; instead of a kubeconfig.",
    )

    @model_validator(mode="before")
    @classmethod
    def _exactly_one_way_in(cls, values: dict[str, Any]) -> dict[str, Any]:
        ways = [bool(values.get(name)) for name in ("kubeconfig", "kubeconfig_path", "in_cluster")]
        if sum(ways) != 1:
            raise ValueError("Give exactly one of kubeconfig, kubeconfig_path and in_cluster.")
        return values

    @property
    def way_in(self) -> tuple[str, str, str, bool]:
        """The same for blocks that open the same cluster in the same way."""
        text = self.kubeconfig.get_secret_value() if self.kubeconfig else ""
        return text, self.kubeconfig_path or "", self.context or "", self.in_cluster

    def connect(self) -> Client:
        """A client for the cluster; calls nobody yet. Raises BadInput where the kubeconfig cannot be used."""
        if self.in_cluster:
            return Client.in_cluster()
        if self.kubeconfig:
            return Client.from_kubeconfig(self.kubeconfig.get_secret_value(), self.context or None)
        assert self.kubeconfig_path
        return Client.from_kubeconfig(Path(self.kubeconfig_path).expanduser(), self.context or None)
