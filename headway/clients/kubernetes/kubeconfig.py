"""Credentials for a cluster in the two forms that are needed: a client of ours, and a file for helm's
children.

A kubeconfig given as text never reaches a disk: its file lies in memory-backed storage, readable by us alone.
"""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

from headway.clients.memory import private_file, private_folder
from headway.errors import BadInput, Unreachable

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
PLUGIN_SECONDS = 60
"""For a program of the kubeconfig's to name credentials, where nobody is there to be asked: the client waits for ever."""
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def client_of_file(path: Path, context: str | None) -> ApiClient:
    """A client for the context of a kubeconfig file. Raises BadInput naming the file; Unreachable where a program that it names
    gives no credentials, or none in time."""
    configuration = _configuration()
    try:
        read = _read(path)
        programs = _programs(read)
        _limit(programs.values())
        loader = KubeConfigLoader(  # type: ignore[no-untyped-call]
            config_dict=read,
            active_context=context,
            config_base_path=None,
            temp_file_path=str(private_folder()),
        )
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
        # The client is made with this proxy. Unless it is given, the package looks for one in the environment at each request.
        configuration.proxy = configuration.proxy or None
        client, user = ApiClient(configuration), loader.current_context["context"].get("user")
    except _UNUSABLE as error:
        raise BadInput(f"it cannot be used: {error}", where=f"kubeconfig {path}", next_step=CHECK) from error
    if user in programs and not (configuration.api_key or configuration.cert_file):
        raise Unreachable(
            f"the program that it names gave no credentials; it has {PLUGIN_SECONDS} s",
            where=f"kubeconfig {path}, user {user}",
            next_step="Run it by hand as this user: it may wait for a sign-in, or for its server.",
        )
    return client


def current_context(path: Path) -> str:
    """Its name; empty where the file cannot be read, or names none."""
    try:
        return str(_read(path).value.get("current-context") or "")
    except _UNUSABLE:
        return ""


def _read(path: Path) -> Any:
    read = KubeConfigMerger(str(path)).config  # type: ignore[no-untyped-call]
    if read is None:
        raise ConfigException("there is no such file")
    return read


def _programs(read: Any) -> dict[str, dict[str, Any]]:
    """Those that give credentials, by user."""
    found = ((each.value["name"], each.value.get("user") or {}) for each in read.value["users"])
    return {name: user["exec"] for name, user in found if isinstance(user.get("exec"), dict)}


def _limit(programs: Iterable[dict[str, Any]]) -> None:
    """To their time, in place. Whoever sits at a terminal may be asked by them, and ends them by himself."""
    timeout = shutil.which("timeout")
    if timeout is None or sys.stdout.isatty():
        return
    for each in programs:
        words = [each["command"], *(each.get("args") or [])]
        each |= {"command": timeout, "args": ["--kill-after=5", str(PLUGIN_SECONDS), *words]}


def _configuration() -> Configuration:
    configuration = Configuration()
    configuration.connection_pool_maxsize = CONNECTIONS
    return configuration


def file_of_text(text: str) -> Path:
    """The text as a file of this user's alone, in memory, for as long as this process lives."""
    return private_file(text, "kubeconfig-")


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
