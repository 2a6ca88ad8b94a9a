"""The process that is forked for each run: it imports, waits, forks and reaps, and does nothing else.

It may hold nothing that two processes cannot share. So it has one thread, speaks to no server, runs no event loop and has no
descriptor but its channel to the worker and those of its children. It ends when the worker has closed the channel and the last
child has ended: where the worker is killed children go on, as those of Prefect's process worker do, and tell Prefect's server
themselves how they end.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterable

from headway.errors import HeadwayError
from headway.worker import child
from headway.worker.messages import LOOK, Ended, Forked, NotForked, Order, Ready, Unready, receive, send

_ENGINE = (
    "prefect.flow_engine",
    "prefect.runner._hook_runner",
    "headway.worker.asked_once",
    "headway.worker.first_question",
    "headway.worker.suspension",
    # What a run imports only on its way: half a second of processor time in each, and memory that runs would not share.
    "anyio._backends._asyncio",
    "encodings.idna",
    "headway.clients.chart_repository.kinds.directory",
    "headway.clients.chart_repository.kinds.http",
    "headway.clients.chart_repository.kinds.oci",
    "headway.clients.chart_repository.kinds.s3",
    "headway.clients.chart_repository.s3_store",
    "html.parser",
    "multiprocessing.managers",
    "prefect.concurrency._asyncio",
    "prefect.concurrency._sync",
    "prefect.task_engine",
    "prefect.utilities.visualization",
    "rich._emoji_codes",
)
_IGNORED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""A service manager, or a person, means the worker, which closes the channel when it is done."""


def main(descriptor: int, modules: Iterable[str]) -> None:
    """Serves the worker at the other end of the socket `descriptor`; a child never returns from here."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    channel = socket.socket(fileno=descriptor)
    channel.set_inheritable(False)
    try:
        preload(modules)
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        send(channel, Unready(f"{type(error).__name__}: {error}"[:2000]))
        return
    send(channel, Ready(len(sys.modules)))
    order = _Parent(channel).serve()
    if order is not None:
        child.execute(order)


def preload(modules: Iterable[str]) -> None:
    """Raises what an import raises, and RuntimeError where one has started a thread."""
    for module in (*_ENGINE, *modules):
        importlib.import_module(module)
    from prefect.plugins import load_prefect_collections

    load_prefect_collections()
    from headway.clients import network_deadline
    from headway.clients.chart_repository import s3_store
    from headway.worker import first_uses, relations

    s3_store.load_models()
    relations.know()
    first_uses.make()
    with contextlib.suppress(HeadwayError):
        # Reads the certificates of all authorities; what is wrong with them is said by the run that needs them.
        network_deadline.transport().close()
    if len(threads := os.listdir("/proc/self/task")) > 1:
        raise RuntimeError(f"an import has started {len(threads) - 1} threads, which no fork would have")
    gc.collect()
    # What lives until the end is looked at by no collection, which would copy its pages in every child.
    gc.freeze()


class _Parent:
    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._children: dict[int, tuple[int, int]] = {}
        """Order and pid by pidfd."""

    def serve(self) -> Order | None:
        """In each child the order that it was made for; None at the end of the fork parent."""
        listens = True
        while listens or self._children:
            poll = select.poll()
            for descriptor in [*self._children, *([self._channel.fileno()] if listens else [])]:
                poll.register(descriptor, select.POLLIN)
            for descriptor, _ in poll.poll():
                if descriptor in self._children:
                    self._reap(descriptor)
                    continue
                order = self._next_order()
                if order is None:
                    listens = False
                    self._have_children_look()
                elif self._fork(order):
                    return order
        return None

    def _next_order(self) -> Order | None:
        try:
            received = receive(self._channel)
        except ConnectionError:
            return None
        if received is None:
            return None
        order = received[0]
        assert isinstance(order, Order)
        return order

    def _fork(self, order: Order) -> bool:
        """Whether this is the child. It begins when the worker was told of it: unknown, it might run beside a second try."""
        told, begins = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _IGNORED)
        try:
            pid = os.fork()
            if not pid:
                os.close(begins)
                self._become_a_child()
        except OSError as error:
            self._say(NotForked(order.number, str(error)))
            pid = -1
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _IGNORED)
        if not pid:
            if not os.read(told, 1):
                os._exit(0)
            os.close(told)
            return True
        if pid > 0:
            pidfd = os.pidfd_open(pid)
            self._children[pidfd] = (order.number, pid)
            if self._say(Forked(order.number, pid), pidfd):
                os.write(begins, b".")
        os.close(told)
        os.close(begins)
        return False

    def _become_a_child(self) -> None:
        os.setpgid(0, 0)
        for number in _IGNORED:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._channel.close()
        for descriptor in self._children:
            os.close(descriptor)
        self._children.clear()

    def _have_children_look(self) -> None:
        """Nobody tells them any more that they are suspended, nor lets go on what is held."""
        for pidfd in self._children:
            for number in (LOOK, signal.SIGCONT):
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(pidfd, number)

    def _reap(self, pidfd: int) -> None:
        number, pid = self._children.pop(pidfd)
        _, status = os.waitpid(pid, 0)
        os.close(pidfd)
        self._say(Ended(number, os.waitstatus_to_exitcode(status)))

    def _say(self, message: Forked | NotForked | Ended, *descriptors: int) -> bool:
        """Whether the worker is there to hear it."""
        with contextlib.suppress(OSError):
            send(self._channel, message, *descriptors)
            return True
        return False
