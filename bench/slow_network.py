"""TCP as it is between machines: what is sent arrives so much later, each way, and a connection takes a round trip to open.

A process of its own, so that its time is nobody else's: `python -m bench.slow_network MILLISECONDS HOST:PORT ...` listens on
loopback for each address, prints the ports, and relays until its input is closed.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

_CHUNK = 2**16


@contextmanager
def behind(delay: float, addresses: Sequence[str]) -> Iterator[list[str]]:
    """Addresses (host:port) that stand for those, `delay` seconds away each way; the same ones for no delay."""
    if not delay:
        yield [*addresses]
        return
    argv = [sys.executable, "-m", "bench.slow_network", f"{delay * 1000:g}", *addresses]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as relay:
        assert relay.stdin
        assert relay.stdout
        yield [f"127.0.0.1:{port}" for port in relay.stdout.readline().split()]
        relay.stdin.close()


async def _relay(delay: float, addresses: Sequence[str]) -> None:
    loop = asyncio.get_running_loop()
    servers = [await asyncio.start_server(_connected(delay, each), "127.0.0.1", 0) for each in addresses]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    # Connections that nobody has closed, such as those of a pool, need no word.
    os._exit(0)


def _connected(delay: float, address: str) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    host, _, port = address.rpartition(":")

    async def relay(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(2 * delay)
        with contextlib.suppress(OSError):
            there = await asyncio.open_connection(host, int(port))
            await asyncio.gather(_later(reader, there[1], delay), _later(there[0], writer, delay))

    return relay


async def _later(reader: StreamReader, writer: StreamWriter, delay: float) -> None:
    """All that is read, in order, each part `delay` after it was."""
    loop, parts = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

    async def write() -> None:
        while True:
            due, data = await parts.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    writing = asyncio.create_task(write())
    data = b"-"
    while data:
        try:
            data = await reader.read(_CHUNK)
        except OSError:
            data = b""
        parts.put_nowait((loop.time() + delay, data))
    with contextlib.suppress(OSError):
        await writing


if __name__ == "__main__":
    asyncio.run(_relay(float(sys.argv[1]) / 1000, sys.argv[2:]))
