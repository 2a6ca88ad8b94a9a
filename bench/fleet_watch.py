"""`python -m bench.fleet_watch PREFIX`: one `watch` over applications whose names begin so, and what it asked of whom.

It is the flow as it is deployed; only that others' applications on the same server are left out, and that requests are counted
where they leave this process. Prints JSON.
"""

import argparse
import json
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from bench.surroundings import of_the_worker
from sandbox import address as sandbox_address
from sandbox.address import Address


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet_watch", description=__doc__)
    parser.add_argument("prefix", help="how the names of the applications begin")
    parser.add_argument(
        "--deliver", action="store_true", help="deliver the first of them, in place of watching all"
    )
    arguments = parser.parse_args()
    address = sandbox_address.load()
    of_the_worker(address)
    print(json.dumps(_measured(address, arguments.prefix, alone=arguments.deliver)))
    return 0


def _measured(address: Address, prefix: str, *, alone: bool) -> Mapping[str, Any]:
    from prefect import get_client

    from flows import block_documents, watch
    from flows.deliver import deliver

    registered = watch.registered

    def ours(saved: Callable[[str], Iterable[Any]]) -> list[str]:
        return [name for name in registered(saved) if name.startswith(prefix)]

    with get_client(sync_client=True) as client:
        names = ours(lambda slug: block_documents.every(client, slug))
    requests: Counter[str] = Counter()
    with _counted(address, requests), patch.object(watch, "registered", ours):
        processor, begun = _processor_seconds(), time.monotonic()
        state = deliver(names[0], return_state=True) if alone else watch.watch(return_state=True)
        took, used = time.monotonic() - begun, _processor_seconds() - processor
    if not state.is_completed():
        raise SystemExit(f"it ended as {state.name}: {state.message}")
    return {
        "applications": 1 if alone else len(names),
        "seconds": took,
        "processor": used,
        "requests": requests,
    }


def _processor_seconds() -> float:
    """Of this process and of all that it has started and waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


@contextmanager
def _counted(address: Address, requests: Counter[str]) -> Iterator[None]:
    """Requests by system, counted where they leave the libraries; git's are processes."""
    import httpx
    import urllib3

    from headway.clients import git_command

    lock = threading.Lock()
    systems = {
        urlsplit(address.prefect_api).netloc: "Prefect API",
        address.registry: "registry",
        urlsplit(address.s3.endpoint).netloc: "S3",
    }

    def count(system: str) -> None:
        with lock:
            requests[system] += 1

    def counting(original: Callable[..., Any], system: Callable[..., str]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            count(system(*arguments, **options))
            return original(*arguments, **options)

        return called

    async def sent(self: Any, request: Any) -> Any:
        count(of_host(self, request))
        return await asynchronous(self, request)

    def of_host(_: Any, request: Any, *__: Any, **___: Any) -> str:
        return systems.get(request.url.netloc.decode(), str(request.url.host))

    def of_pool(pool: Any, *_: Any, **__: Any) -> str:
        return systems.get(f"{pool.host}:{pool.port}", "Kubernetes API")

    def of_git(_: Any, arguments: Any, **__: Any) -> str:
        remote = arguments[0] in ("fetch", "push", "ls-remote")
        return "git, remote" if remote else "git, local"

    asynchronous = httpx.AsyncHTTPTransport.handle_async_request
    pool, http = urllib3.connectionpool.HTTPConnectionPool, httpx.HTTPTransport
    with (
        patch.object(http, "handle_request", counting(http.handle_request, of_host)),
        patch.object(httpx.AsyncHTTPTransport, "handle_async_request", sent),
        patch.object(pool, "urlopen", counting(pool.urlopen, of_pool)),
        patch.object(git_command, "run", counting(git_command.run, of_git)),
    ):
        yield


if __name__ == "__main__":
    sys.exit(main())
