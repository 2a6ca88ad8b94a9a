"""Serves the release view, with what the machine at hand knows: kubeconfig and files."""

from collections.abc import Sequence
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from headway.cli.kubeconfig import cluster
from headway.errors import BadInput
from headway.view import Looks, NamedCluster, Settings, app, settings, tokens
from headway.workspace.status import StatusReader

_CURRENT = "current context"


def serve(
    *, host: str, port: int, kubeconfig: Path | None, contexts: Sequence[str], config: Path | None
) -> bool:
    """Until it is told to end. Raises BadInput for a file, or for an address on which everybody could read."""
    said = settings.read(config) if config else Settings()
    if said.sign_in is None and not _is_of_this_machine(host):
        raise BadInput(
            "everybody who reaches it could read",
            where=f"--host {host}",
            next_step="Say by --config who signs in, or listen on 127.0.0.1.",
        )
    clusters = [
        NamedCluster(each or _CURRENT, partial(cluster, kubeconfig, each)) for each in contexts or (None,)
    ]
    looks = Looks(clusters, lambda found: StatusReader().read_all(found))
    served = app(said, looks, folder=config.parent if config else Path())
    print(f"release view: {said.url or f'http://{_shown(host)}:{port}'}", flush=True)
    # What a proxy says of addresses is not taken over: who a trusted one is, is known by the connection.
    uvicorn.run(
        served,
        host=host,
        port=port,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    return True


def print_token(name: str) -> bool:
    """The token goes to its owner, the line into the file that `sign_in.tokens` names."""
    token, digest = tokens.new()
    line = f"{name}: {digest}"
    tokens.read(line, "--new-token")
    print(f"for {name}, shown this once:  {token}\nfor the file of tokens:    {line}")
    return True


def _is_of_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
