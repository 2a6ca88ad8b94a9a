"""Publishers that are killed, before an S3 whose answers go astray: what was acknowledged is there, once, at every moment.

The S3 is the real one, behind a proxy in a process of its own. A publisher is a process, killed by the kernel at a random moment,
in the middle of whatever it does, and started anew for what it has not acknowledged. All the while Helm reads the index.
"""

import contextlib
import http.server
import itertools
import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from headway.clients.chart_repository import open_writable_repository, s3_store
from headway.clients.chart_repository.s3_store import client
from headway.errors import Retryable
from headway.model.credentials import RepositoryCredentials, S3Credentials
from sandbox.address import Address
from tests.clients.packages import package
from tests.clients.s3_proxy import Proxy

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
FAULTS = ("500", "503", "slow", "lost answer", "stale", "409")
ONE_IN = 6
"""Requests of which one meets a fault."""


@dataclass(frozen=True)
class Size:
    publishers: int
    versions: int
    kills: int
    """Of each publisher."""


SMALL = Size(publishers=4, versions=5, kills=2)
LARGE = Size(publishers=8, versions=50, kills=12)


def _fork(work: Callable[[], None]) -> int:
    """Process id of one that does `work` and ends with 0; with 1, and what was wrong on stderr, where it does not."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        # pytest's own alarm is not for children.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0)
        # Connections of the process above are not ours.
        client.cache_clear()
        s3_store._SWAPS.clear()
        s3_store._CREATES.clear()
        work()
        code = 0
    finally:
        os._exit(code)


class Lines:
    """A file that several processes add lines to, each whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def add(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())

    def all(self) -> list[str]:
        return self.path.read_text().splitlines()


class Reading(http.server.BaseHTTPRequestHandler):
    """The bucket as a web server shows it to everybody, without the proxy's faults."""

    def __init__(self, s3: S3Credentials, bucket: str, *rest: object) -> None:
        self._s3, self._bucket = s3, bucket
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        try:
            data = client(self._s3).get_object(Bucket=self._bucket, Key=self.path.lstrip("/"))["Body"].read()
        except client(self._s3).exceptions.NoSuchKey:
            data = b""
        self.send_response(200 if data else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def _servers(s3: S3Credentials, bucket: str, met: Lines, seed: int) -> Iterator[tuple[str, str]]:
    """Addresses of the S3 behind its faults, and of the bucket for Helm; in a process, since who has threads does not fork."""
    chance = random.Random(seed)
    faults = itertools.cycle(chance.sample(FAULTS, len(FAULTS)))

    def trouble(method: str, path: str) -> str | None:
        fault = next(faults) if chance.randrange(ONE_IN) == 0 else None
        if fault:
            met.add(f"{fault} {method} {path.rpartition('/')[2][:10]}")
        return fault

    proxy = Proxy(s3.endpoint_url or "", trouble)
    shown = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Reading, s3, bucket))
    shown.daemon_threads = True

    def serve() -> None:
        threading.Thread(target=shown.serve_forever, daemon=True).start()
        proxy.serve_forever()

    pid = _fork(serve)
    try:
        yield f"http://127.0.0.1:{proxy.server_port}", f"http://127.0.0.1:{shown.server_port}"
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        proxy.server_close()
        shown.server_close()


def _publish(writer: int, versions: list[str], open_: Callable[[], object], acknowledged: Lines) -> None:
    """Each until it is acknowledged, as looks do it: a fault that is not overcome ends the attempt and no more."""
    for version in versions:
        while True:
            try:
                published = open_().publish(package(f"chart{writer}", version), created=NOW)  # type: ignore[attr-defined]
            except Retryable:
                continue
            acknowledged.add(f"chart{writer} {version} {published.entry.digest}")
            break


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(SMALL, id="small"),
        pytest.param(LARGE, id="large", marks=[pytest.mark.rare, pytest.mark.timeout(900)]),
    ],
)
def test_what_was_acknowledged_is_offered_once_at_every_moment(
    size: Size, s3: S3Credentials, bucket: str, sandbox: Address, tmp_path: Path
) -> None:
    acknowledged, met = Lines(tmp_path / "acknowledged"), Lines(tmp_path / "met")
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with _servers(s3, bucket, met, seed) as (endpoint, address):
        credentials = RepositoryCredentials(s3=replace(s3, endpoint_url=endpoint))

        def start(writer: int, kills: int) -> int:
            done = {tuple(line.split()[:2]) for line in acknowledged.all()}
            names = (f"1.{number}.0" for number in range(size.versions))
            left = [version for version in names if (f"chart{writer}", version) not in done]
            moment = chance.expovariate(1 / 0.25) if kills else 0.0

            def work() -> None:
                signal.setitimer(signal.ITIMER_REAL, moment)
                opened = partial(open_writable_repository, f"s3://{bucket}", credentials)
                _publish(writer, left, opened, acknowledged)

            return _fork(work)

        running = {start(writer, size.kills): (writer, size.kills) for writer in range(size.publishers)}
        killed = polled = 0
        try:
            while running:
                polled += _poll(address, acknowledged.all(), sandbox, tmp_path)
                for writer, kills in _ended(running):
                    killed += 1
                    running[start(writer, kills - 1)] = (writer, kills - 1)
        finally:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        polled += _poll(address, acknowledged.all(), sandbox, tmp_path)
    final = open_writable_repository(f"s3://{bucket}", RepositoryCredentials(s3=s3))
    expected = [f"1.{number}.0" for number in reversed(range(size.versions))]
    for writer in range(size.publishers):
        entries = final.entries(f"chart{writer}")
        assert [entry.version for entry in entries] == expected
        assert all(final.read(entry) for entry in entries[:3])
    assert killed >= size.publishers // 2, "hardly anything was killed: that proves nothing"
    assert polled >= 2
    kinds = Counter(line.rsplit(" ", 2)[0] for line in met.all())
    assert len(kinds) >= 4, kinds
    print(f"{killed} killed, {polled} polls, {sum(kinds.values())} faults: {dict(kinds)}")


def _ended(running: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
    """Taken out of `running`: those that were killed. A publisher that failed fails the test."""
    killed = []
    for pid in list(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            who = running.pop(pid)
            assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"publisher {who[0]} failed"
            killed += [who] if os.WIFSIGNALED(status) else []
    return killed


def _poll(address: str, known: list[str], sandbox: Address, tmp_path: Path) -> int:
    """1 where something was acknowledged: Helm reads the index, and each version that was acknowledged before is in it once."""
    if not known:
        return 0
    index = httpx.get(f"{address}/index.yaml").raise_for_status().json()
    offered = Counter(
        f"{name} {entry['version']} sha256:{entry['digest']}"
        for name, entries in index["entries"].items()
        for entry in entries
    )
    assert {line: offered[line] for line in known} == dict.fromkeys(known, 1), "lost, or there twice"
    chart, version, _ = random.choice(known).split()
    shown = subprocess.run(
        [sandbox.bin / "helm", "show", "chart", chart, "--repo", address, "--version", version],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.returncode, shown.stderr) == (0, ""), shown.stderr
    assert f"version: {version}" in shown.stdout
    return 1
