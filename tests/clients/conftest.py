"""Real git remotes, charts and repositories for the tests of the clients."""

import http.server
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headway.clients.chart_repository.s3_store import client
from headway.model.credentials import S3Credentials
from headway.model.edits import Author
from sandbox.address import Address

AUTHOR = Author("Tester", "tester@example.com")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        [
            "git",
            "-c",
            "user.name=Tester",
            "-c",
            "user.email=tester@example.com",
            "-C",
            str(folder),
            *arguments,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def made_remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    bare, work = folder / "shop.git", folder / "work"
    bare.mkdir()
    git(bare, "init", "-q", "--bare", "-b", "main")
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    (work / "values.yaml").write_bytes(b"tag: one\r\n")
    (work / "hook").write_text("#!/bin/sh\n")
    (work / "hook").chmod(0o755)
    (work / "chart" / "templates").mkdir(parents=True)
    (work / "chart" / "Chart.yaml").write_text("name: shop\n")
    (work / "chart" / "templates" / "web.yaml").write_text("kind: Web\n")
    (work / "chart" / "linked.yaml").symlink_to("Chart.yaml")
    git(work, "add", ".")
    git(work, "commit", "-qm", "Begin\n\nHeadway-Stage: test")
    git(work, "push", "-q", str(bare), "main")
    return bare


@pytest.fixture
def remote(made_remote: Path, tmp_path: Path) -> Path:
    """A bare repository with a branch main of one commit."""
    return shutil.copytree(made_remote, tmp_path / "remotes" / "shop.git")


@pytest.fixture
def git_daemon(remote: Path) -> Iterator[str]:
    """Address of `remote` behind a git daemon that takes pushes."""
    port = free_port()
    daemon = subprocess.Popen(
        [
            "git",
            "daemon",
            "--reuseaddr",
            "--listen=127.0.0.1",
            f"--port={port}",
            f"--base-path={remote.parent}",
            "--export-all",
            "--enable=receive-pack",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"git://127.0.0.1:{port}/shop.git"
    finally:
        daemon.terminate()
        daemon.wait()


class Asking(http.server.BaseHTTPRequestHandler):
    """Lets nobody in, and remembers what it was shown."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Door)
        self.server.shown.append(self.headers.get("Authorization", ""))
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Door(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        self.shown: list[str] = []
        super().__init__(("127.0.0.1", 0), Asking)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/x.git"


@pytest.fixture
def door() -> Iterator[Door]:
    """A git server that wants credentials."""
    with Door() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def s3(sandbox: Address) -> S3Credentials:
    return S3Credentials(sandbox.s3.endpoint, sandbox.s3.access_key, sandbox.s3.secret_key, sandbox.s3.region)


@pytest.fixture
def bucket(s3: S3Credentials) -> Iterator[str]:
    """Name of an empty bucket, deleted afterwards with all that is in it."""
    name = f"headway-test-{uuid.uuid4().hex[:12]}"
    api = client(s3)
    api.create_bucket(Bucket=name)
    yield name
    for page in api.get_paginator("list_objects_v2").paginate(Bucket=name):
        for item in page.get("Contents", []):
            api.delete_object(Bucket=name, Key=item["Key"])
    api.delete_bucket(Bucket=name)


@pytest.fixture
def make_chart(tmp_path: Path) -> Callable[..., Path]:
    """Writes a chart: `files` by path, over a sound chart called web with one ConfigMap."""

    def make(folder: str = "web", **files: str) -> Path:
        content = {
            "Chart.yaml": 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "1.10"\n',
            "values.yaml": "text: hello\n",
            "templates/web.yaml": CONFIG_MAP,
            **files,
        }
        chart = tmp_path / folder
        for path, text in content.items():
            (chart / path).parent.mkdir(parents=True, exist_ok=True)
            (chart / path).write_text(text)
        return chart

    return make


CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  text: {{ .Values.text | quote }}
"""
