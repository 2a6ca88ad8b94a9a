"""Whose turn it is at a release: whoever holds its lease.

A run may have two processes for a while. One that is suspended at work ends at its next step; where it is resumed before that,
the worker of another machine may begin it anew. So may whoever starts a run again that is taken for crashed, and whose machine
has only lost its server. The lease keeps the two apart: each process has a token of its own. But the former one may end without
another look, so the run does not leave the release to it: it waits, as a worker has it wait on one machine.
"""

import socket
import time
from collections.abc import Callable

from prefect.logging import get_run_logger

from headway.clients.clock import elapsing
from headway.clients.kubernetes.lease import HandedOver, Held
from headway.workspace.release_context import ReleaseContext

FORMER_SECONDS = 3600.0
"""How long a run waits for its former process: longer than a step takes. One whose machine is gone loses the lease in half a
minute."""
LOOK_SECONDS = 1.0


def take(context: ReleaseContext, ensure: Callable[[], None] = lambda: None) -> Held | HandedOver:
    """The lease, for this run: as ReleaseLease.acquire has it, once no former process of the run holds it any more. `ensure` is
    called meanwhile; what it raises ends the waiting."""
    lease, waits_until = context.lease, elapsing() + FORMER_SECONDS
    while True:
        taken = lease.acquire(holder=f"{socket.gethostname()} {context.run}")
        if isinstance(taken, Held) or not _is_of_this_run(taken.holder, context) or elapsing() > waits_until:
            return taken
        get_run_logger().info(
            "%s: a former process of this run is at work yet. It is waited for.", taken.holder
        )
        while _is_of_this_run(lease.holder(), context) and elapsing() < waits_until:
            ensure()
            time.sleep(LOOK_SECONDS)


def _is_of_this_run(holder: str, context: ReleaseContext) -> bool:
    return holder.rpartition(" ")[2] == context.run
