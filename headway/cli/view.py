"""Serves the release view, with what the machine at hand knows: kubeconfig and files."""

import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from headway.cli import commit_log
from headway.cli.exit_codes import ExitCode
from headway.cli.kubeconfig import cluster, current_name
from headway.cli.late_runs import LateRuns
from headway.cli.listening import listening, shown
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.status import ReleaseStatus
from headway.errors import BadInput
from headway.formats import signed_answer
from headway.model.release_history import HistoryImage
from headway.view import Looks, NamedCluster, Settings, app, settings, tokens
from headway.view.deliveries import Asked
from headway.workspace import image_facts
from headway.workspace.chart_repositories import ChartRepositories
from headway.workspace.status import StatusReader, summaries

_SECONDS_FOR_IMAGES = 10.0
"""Of a revision, all of them."""
_SECONDS_TO_END = 1.0
"""For what is under way as somebody ends it."""
_SECONDS_FOR_CHARTS = 10.0
"""All chart repositories of one look."""


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
        NamedCluster(each or current_name(kubeconfig), partial(cluster, kubeconfig, each))
        for each in contexts or (None,)
    ]
    known = summaries()
    charts = said.readable_charts

    opened: defaultdict[tuple[str, str | None], ChartRepositories] = defaultdict(ChartRepositories)

    def read(found: Cluster, *, drift: bool = True) -> Sequence[ReleaseStatus]:
        # Of each cluster its own: it is looked at by one thread at a time.
        mine = opened[found.api.host, found.context]
        reader = StatusReader(revisions=known, charts=charts, repositories=mine, seconds=_SECONDS_FOR_CHARTS)
        return reader.read_all(found, drift=drift)

    looks = Looks(clusters, read, first=partial(read, drift=False))
    served = app(
        said,
        looks,
        LateRuns(),
        asked=Asked(commit_log.read),
        folder=config.parent if config else Path(),
        ask_images=_ask_images,
    )
    sockets = [listening(host, port)]
    print(f"release view: {said.url or f'http://{shown(host)}:{sockets[0].getsockname()[1]}'}", flush=True)
    # What a proxy says of addresses is not taken over: who a trusted one is, is known by the connection.
    configured = uvicorn.Config(
        served,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    try:
        uvicorn.Server(configured).run(sockets=sockets)
    finally:
        _leave_what_hangs()
    return True


def _leave_what_hangs() -> None:
    """Somebody has ended it: threads of pools are waited for as a process ends, also where what they ask never answers."""
    until = time.monotonic() + _SECONDS_TO_END
    for each in threading.enumerate():
        if not each.daemon and each is not threading.current_thread():
            each.join(max(0.0, until - time.monotonic()))
            if each.is_alive():
                sys.stdout.flush()
                os._exit(ExitCode.INTERRUPTED)


def _ask_images(images: Iterable[HistoryImage], may_ask: Callable[[str], bool]) -> image_facts.Facts:
    """By a client of this question alone: what it has read goes with it."""
    return image_facts.of(images, seconds=_SECONDS_FOR_IMAGES, may_ask=may_ask, attached=True)


def write_key(file: Path) -> bool:
    """The private key into a new file of its own, for the view alone; the public one is printed, for policy."""
    private, public = signed_answer.new_key()
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"{private}\n")
    except OSError as error:
        raise BadInput(
            f"it cannot be written: {error.strerror}", where=str(file), next_step="Name another place."
        ) from error
    print(f"approval_key: {public}")
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
