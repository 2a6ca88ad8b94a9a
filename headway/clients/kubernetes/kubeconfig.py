"""Credentials for a cluster in the two forms that are needed: a client of ours, and a file for helm's
children.

A kubeconfig given as text never reaches a disk: its file lies in memory-backed storage, readable by us alone.
"""

import os
import tempfile
from pathlib import Path

import yaml
from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config.config_exception import ConfigException

from headway.clients.memory import private_folder
from headway.errors import BadInput

CHECK = "Check the kubeconfig, or the Cluster block that it is from."
CONNECTIONS = 32
"""Kept open, before a client is made: several looks share one, each asks eight questions at a time."""
_UNUSABLE = (
    ConfigException,
    OSError,
    yaml.YAMLError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    ImportError,
)
"""What is of another type than expected is used without a look at it. A proxy is seen by the client, which may lack what speaks
to its kind (SOCKS)."""
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def client_of_file(path: Path, context: str | None) -> ApiClient:
    """A client for the context of a kubeconfig file. Raises BadInput naming the file."""
    configuration = _configuration()
    try:
        config.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=str(path),
            context=context,
            client_configuration=configuration,
            persist_config=False,
            temp_file_path=str(private_folder()),
        )
        return ApiClient(configuration)
    except _UNUSABLE as error:
        raise BadInput(f"it cannot be used: {error}", where=f"kubeconfig {path}", next_step=CHECK) from error


def _configuration() -> Configuration:
    configuration = Configuration()
    configuration.connection_pool_maxsize = CONNECTIONS
    return configuration


def file_of_text(text: str) -> Path:
    """The text as a file of mode 0600 in memory, for as long as this process lives."""
    handle, name = tempfile.mkstemp(prefix="kubeconfig-", dir=private_folder())
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def in_cluster() -> tuple[ApiClient, Path]:
    """The pod's own service account. The kubeconfig names the token's file, so that renewal is seen."""
    configuration = _configuration()
    try:
        config.load_incluster_config(  # type: ignore[no-untyped-call]
            client_configuration=configuration
        )
    except ConfigException as error:
        raise BadInput(
            f"this process does not run in a cluster: {error}",
            where="Cluster block",
            next_step="Give it a kubeconfig.",
        ) from error
    named = {"name": "in-cluster"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "in-cluster",
        "clusters": [
            {
                **named,
                "cluster": {
                    "server": configuration.host,
                    "certificate-authority": str(_SERVICE_ACCOUNT / "ca.crt"),
                },
            }
        ],
        "users": [{**named, "user": {"tokenFile": str(_SERVICE_ACCOUNT / "token")}}],
        "contexts": [{**named, "context": {"cluster": "in-cluster", "user": "in-cluster"}}],
    }
    return ApiClient(configuration), file_of_text(yaml.safe_dump(document))
