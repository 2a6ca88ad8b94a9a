"""`python -m bench.view`: how long the release view lets one wait, with many releases of a long past on a real API server.

The sandbox runs and the demo has been told: what is copied is its release in testing. Beside it, on the same cluster,
`helm list` and `helm history`, which answer a part of what the pages do.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from bench.many_releases import many_releases
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from sandbox import address as sandbox_address
from sandbox.address import Address

PORT = 4399


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.view", description=__doc__)
    parser.add_argument("--releases", type=int, default=200, help="releases in the cluster (200)")
    parser.add_argument("--revisions", type=int, default=50, help="revisions of each (50)")
    parser.add_argument("--pages", type=int, default=100, help="how often each page is asked for (100)")
    parser.add_argument("--viewers", type=int, default=4, help="how many ask at the same time (4)")
    arguments = parser.parse_args()
    address = sandbox_address.load()
    cluster = Cluster.from_kubeconfig(Path(address.kubeconfig))
    charts = next(
        each.charts for each in ReleaseRecordStore.all(cluster, "shop-testing") if each.release == "shop"
    )
    like = ReleaseRecordStore(cluster, "shop-testing", "shop", charts)
    print(
        f"{arguments.releases} releases of {arguments.revisions} revisions are being written ...", flush=True
    )
    with many_releases(cluster, like, arguments.releases, arguments.revisions):
        _measure(address, arguments)
    return 0


def _measure(address: Address, arguments: argparse.Namespace) -> None:
    applications = [f"app{number:03}" for number in range(arguments.releases)]
    command = [
        sys.executable,
        "-u",
        "-m",
        "headway",
        "view",
        "--port",
        str(PORT),
        "--kubeconfig",
        str(address.kubeconfig),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as view:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=120) as client:
                _until_it_listens(client)
                first = _seconds(lambda: client.get("/").raise_for_status())
                while (board := client.get("/")).text.count("app") < arguments.releases:
                    time.sleep(0.5)
                print(f"first board after {first:.2f} s, {len(board.content) / 1024:.0f} KiB")
                _pages("board", lambda: client.get("/").raise_for_status(), arguments)
                page = _pages_of(client, applications)
                _pages("release page, first look", page, arguments)
                _pages("release page, looked at before", _pages_of(client, applications), arguments)
            print(f"memory of the view at most {_peak_mib(view.pid):.0f} MiB")
        finally:
            view.terminate()
    helm = [str(address.bin / "helm"), "--kubeconfig", str(address.kubeconfig)]
    _once("helm list --all-namespaces", [*helm, "list", "--all-namespaces", "--max", "0"])
    _once("helm history of one", [*helm, "history", "app000", "--namespace", "bench-view-00"])


def _until_it_listens(client: httpx.Client) -> None:
    for _ in range(100):
        try:
            client.get("/static/nothing")
            return
        except httpx.ConnectError:
            time.sleep(0.2)
    raise SystemExit("bench: the view does not answer")


def _pages_of(client: httpx.Client, applications: list[str]) -> Callable[[], object]:
    order = iter(random.Random(1).choices(applications, k=100_000))
    return lambda: client.get(f"/releases/{next(order)}/testing").raise_for_status()


def _pages(what: str, ask: Callable[[], object], arguments: argparse.Namespace) -> None:
    with ThreadPoolExecutor(arguments.viewers) as viewers:
        took = sorted(viewers.map(lambda _: _seconds(ask), range(arguments.pages)))
    p95 = took[int(len(took) * 0.95) - 1]
    print(
        f"{what}: median {statistics.median(took) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, most {took[-1] * 1000:.0f} ms",
        flush=True,
    )


def _seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _once(what: str, argv: list[str]) -> None:
    took = _seconds(
        lambda: subprocess.run(
            argv, check=True, capture_output=True, env={**os.environ, "HELM_MAX_HISTORY": "256"}
        )
    )
    print(f"{what}: {took:.2f} s")


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
