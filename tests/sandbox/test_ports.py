"""A taken port is named with its holder before anything starts."""

import os
import socket
from pathlib import Path

import pytest

from sandbox.failure import SandboxError
from sandbox.ports import Held, Listener, conflicts, parse
from sandbox.processes import Processes, Service
from sandbox.starter import refuse_taken_ports

REST = "00:00000000 00000000 0 0"
ANYWHERE_6 = "0" * 32
TABLE = f"""\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 {REST} 111 1 0000 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 {REST} 222 1 0000 100 0 0 10 0
   2: 0100007F:1388 0100007F:A3C4 01 00000000:00000000 {REST} 333 1 0000 100 0 0 10 0
"""
TABLE_6 = f"""\
  sl  local_address remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
   0: {ANYWHERE_6}:1F90 {ANYWHERE_6}:0000 0A 00000000:00000000 {REST} 444 1 0000 100 0 0 10 0
"""


def test_only_listening_sockets_count() -> None:
    assert parse(TABLE) == [Held(Listener("127.0.0.1", 5000), "111"), Held(Listener("0.0.0.0", 22), "222")]
    assert parse(TABLE_6) == [Held(Listener("::", 8080), "444")]


@pytest.mark.parametrize(
    ("wanted", "holder", "taken"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", True, id="same address"),
        pytest.param("127.0.0.1", "0.0.0.0", True, id="held on every address"),
        pytest.param("10.244.0.1", "::", True, id="held on every address of IPv6, which takes IPv4 with it"),
        pytest.param("10.244.0.1", "127.0.0.1", False, id="another address of this machine"),
    ],
)
def test_conflicts(wanted: str, holder: str, taken: bool) -> None:
    found = conflicts([Listener(wanted, 5000)], [Held(Listener(holder, 5000), "1")])
    assert bool(found) is taken


def test_another_port_is_no_conflict() -> None:
    assert conflicts([Listener("127.0.0.1", 5001)], [Held(Listener("127.0.0.1", 5000), "1")]) == []


def test_the_port_and_the_process_that_holds_it_are_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        service = Service("s3", ["true"], ready=lambda _: True, listens=(Listener("127.0.0.1", port),))
        with pytest.raises(SandboxError, match=rf"127\.0\.0\.1:{port} by .+ \(pid {os.getpid()}\)"):
            refuse_taken_ports(Processes(tmp_path), [service])
    assert not (tmp_path / "pids").exists()
