"""Where `headway view` says that it listens, and what it says where it may not."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from headway.cli import main
from headway.cli.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[2]
KUBECONFIG = (
    "{apiVersion: v1, kind: Config, current-context: it, clusters: [{name: it, cluster: {server: 'http://127.0.0.1:9'}}],"
    " users: [{name: it, user: {token: t}}], contexts: [{name: it, context: {cluster: it, user: it}}]}"
)


def test_a_port_that_the_system_chose_is_told_and_a_cluster_that_hangs_keeps_nobody_from_ending_it(
    tmp_path: Path,
) -> None:
    command = [
        sys.executable,
        "-c",
        "import sys; from headway.cli import main; sys.exit(main())",
        "view",
        "--port",
        "0",
    ]
    options = ["--kubeconfig", str(tmp_path / "config")]
    silent = socket.create_server(("127.0.0.1", 0))
    (tmp_path / "config").write_text(KUBECONFIG.replace(":9'", f":{silent.getsockname()[1]}'"))
    with silent, subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as view:
        assert view.stdout
        said = view.stdout.readline()
        found = re.fullmatch(r"release view: (http://127\.0\.0\.1:([1-9]\d*))\n", said)
        try:
            assert found, said
            with urllib.request.urlopen(f"{found[1]}/healthz", timeout=30) as answer:
                assert answer.read() == b"ok\n"
            silent.settimeout(30)
            asked, _ = silent.accept()
            with asked:
                view.send_signal(signal.SIGINT)
                assert view.wait(timeout=15) == ExitCode.INTERRUPTED
        finally:
            view.kill()


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["view", "--port", port, "--kubeconfig", str(tmp_path / "config")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"127.0.0.1 port {port}: it cannot listen there: Address already in use" in said.err
