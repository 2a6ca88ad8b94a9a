"""The worker's side of the fork parent: starts it, orders children, signals them and learns how they ended."""

import asyncio
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from headway.errors import Retryable
from headway.worker.messages import (
    LOOK,
    Ended,
    Forked,
    Message,
    NotForked,
    Order,
    Ready,
    Unready,
    encode,
    pair,
    receive,
)

UNKNOWN_CODE = 1
"""Of a child whose fork parent ended before it could tell."""
_PATIENCE_SECONDS = 180
_FORK_SECONDS = 60
"""Of what takes milliseconds."""
# Imports as the worker does, and never from the folder that it happens to be started in.
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from headway.worker.fork_parent import main; main(int(sys.argv[1]), sys.argv[3:])"
)


class Child:
    """A process that executes one flow run, in a process group of its own. Shaped as Prefect's `ProcessHandle` wants it, and its
    `ProcessTerminationScope`."""

    wait_after_graceful_kill = True

    def __init__(self, pid: int, pidfd: int) -> None:
        self.pid = pid
        self._pidfd = pidfd
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative: ended by that signal."""
        return self._code.result() if self._code.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._code)

    def is_alive(self, _pid: int = 0) -> bool:
        return self.returncode is None

    def graceful_kill(self, _pid: int = 0) -> None:
        """SIGTERM to the run itself, which ends what it has started. Raises ProcessLookupError when it has ended."""
        self._ensure_alive()
        for number in (signal.SIGTERM, signal.SIGCONT):
            signal.pidfd_send_signal(self._pidfd, number)

    def look_whether_suspended(self) -> None:
        """Told to the run itself: where it does not listen, yet or at all, nothing happens."""
        self._tell(LOOK)

    def hold(self) -> None:
        """It stands still until `go_on`, or until it is ended."""
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        self._tell(signal.SIGCONT)

    def _tell(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._ensure_alive()
            signal.pidfd_send_signal(self._pidfd, number)

    def hard_kill(self, _pid: int = 0) -> None:
        """SIGKILL to all of its process group. Raises ProcessLookupError when it has ended."""
        self._ensure_alive()
        os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Nothing is left to close: `ended` has done it."""

    def ended(self, code: int) -> None:
        if not self._code.done():
            self._code.set_result(code)
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)

    def orphaned(self) -> None:
        """Nobody will tell how it ended, but the kernel tells when."""
        if not self._code.done():
            asyncio.get_running_loop().add_reader(self._pidfd, self.ended, UNKNOWN_CODE)

    def _ensure_alive(self) -> None:
        poll = select.poll()
        if self.returncode is None:
            poll.register(self._pidfd, select.POLLIN)
        if self.returncode is not None or poll.poll(0):
            raise ProcessLookupError(self.pid)


class ForkParent:
    """A running fork parent."""

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        """It imports `modules` and sees `environment`. Starts at once; `ready` waits for it."""
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[int] = loop.create_future()
        self._orders: dict[int, asyncio.Future[Child]] = {}
        self._children: dict[int, Child] = {}
        self._sending = asyncio.Lock()
        self._last = 0
        self.gone = False
        self._channel, theirs = pair()
        path = json.dumps([os.path.abspath(entry) for entry in sys.path])
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT, str(theirs.fileno()), path, *modules],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        self._channel.setblocking(False)
        loop.add_reader(self._channel, self._hear)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> int:
        """How many modules it has imported. Raises Retryable where it could not."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._ready), _PATIENCE_SECONDS)
        except TimeoutError as error:
            self._process.kill()
            raise Retryable(
                f"it has not imported the flows within {_PATIENCE_SECONDS} s", where="fork parent"
            ) from error

    async def fork(self, order: Order) -> Child:
        """A new child, which has begun. Raises Retryable where none could be made, BadInput for an order that is too large."""
        await self.ready()
        if self.gone:
            raise self._is_gone()
        self._last += 1
        packet = encode(replace(order, number=self._last))
        answer: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._orders[self._last] = answer
        try:
            async with self._sending:
                await asyncio.get_running_loop().sock_sendall(self._channel, packet)
        except OSError as error:
            self._orders.pop(self._last, None)
            raise self._is_gone() from error
        try:
            return await asyncio.wait_for(asyncio.shield(answer), _FORK_SECONDS)
        except TimeoutError as error:
            self._give_up()
            if answer.done():
                return await answer
            raise self._is_gone() from error

    def retire(self) -> None:
        """It forks no more, and ends with its last child."""
        if not self.gone:
            with contextlib.suppress(OSError):
                self._channel.shutdown(1)

    async def close(self, seconds: float = 5) -> None:
        """Retire it, and wait so long for its end."""
        self.retire()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.gone:
                    await asyncio.sleep(0.02)
        self._vanish()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds if not self._children else 0)

    def _give_up(self) -> None:
        """It is stuck. Killed, so that nothing is forked after all, and heard to the end."""
        self._process.kill()
        self._process.wait()
        self._hear()

    def _hear(self) -> None:
        while not self.gone:
            try:
                received = receive(self._channel)
            except BlockingIOError:
                return
            except OSError:
                received = None
            if received is None:
                self._vanish()
                return
            self._take(*received)

    def _take(self, message: Message, descriptors: list[int]) -> None:
        match message:
            case Ready(modules):
                self._ready.set_result(modules)
            case Unready(why):
                self._ready.set_exception(
                    Retryable(f"the flows cannot be imported: {why}", where="fork parent")
                )
            case Forked(number, pid):
                child = self._children[number] = Child(pid, descriptors[0])
                self._orders.pop(number).set_result(child)
            case NotForked(number, why):
                self._orders.pop(number).set_exception(Retryable(f"no process: {why}", where="fork parent"))
            case Ended(number, code):
                self._children.pop(number).ended(code)
            case Order():
                raise AssertionError("the worker gives no orders to itself")

    def _vanish(self) -> None:
        if self.gone:
            return
        self.gone = True
        asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        if not self._ready.done():
            self._ready.set_exception(self._is_gone())
        for answer in self._orders.values():
            answer.set_exception(self._is_gone())
            # It may be that nobody waits for it any more.
            answer.exception()
        self._orders.clear()
        for child in self._children.values():
            child.orphaned()
        self._process.poll()

    def _is_gone(self) -> Retryable:
        return Retryable(
            "it has ended", where=f"fork parent {self.pid}", next_step="Another one takes its place."
        )
