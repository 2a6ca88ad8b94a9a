"""`headway hint --to`: what CI sends is heard by a receiver, signed; and the one line of curl in the documentation."""

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from headway.cli import main
from headway.cli.hints import SECRET
from headway.model.events import ImagePushed
from tests.receiver import hearing as heard
from tests.receiver.hearing import Hearing

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ("registry.example.com/shop/cart", "main-0a1b2c3")


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[Hearing, str]]:
    """One that listens, and its address for the sender `shop-only`."""
    hearing = Hearing(tmp_path)
    server = uvicorn.Server(uvicorn.Config(hearing.served(), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield hearing, f"http://127.0.0.1:{listener.getsockname()[1]}/hints/shop-only"
        server.should_exit = True
        thread.join()


def test_ci_is_heard(
    listening: tuple[Hearing, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hearing, url = listening
    monkeypatch.setenv(SECRET, heard.SECRET)
    assert main(["hint", "image", *IMAGE, "--to", url]) == 0
    assert capsys.readouterr().out == "1 thing named, a look for 1 application.\n"
    assert asyncio.run(hearing.looks_once(1)) == ["shop"]
    assert hearing.told == [[ImagePushed("shop", *IMAGE)]]


def test_the_first_secret_of_a_file_signs(listening: tuple[Hearing, str], tmp_path: Path) -> None:
    _, url = listening
    (tmp_path / "mine").write_text(f"# new\n{heard.SECRET}\nsomething-else-entirely\n")
    assert (
        main(
            [
                "hint",
                "git",
                "https://github.com/shop/cart",
                "main",
                "--to",
                url,
                "--secret-file",
                str(tmp_path / "mine"),
            ]
        )
        == 0
    )


@pytest.mark.parametrize(
    ("secret", "to", "code", "said"),
    [
        pytest.param("", "", 1, "HEADWAY_HINTS_SECRET: there is no secret to sign it with", id="no secret"),
        pytest.param(
            "another-secret-entirely", "", 1, "it answered 401: No sender of hints", id="another secret"
        ),
        pytest.param(heard.SECRET, "http://127.0.0.1:9/hints/ci", 75, "no answer", id="nobody there"),
    ],
)
def test_what_ci_is_told(
    secret: str,
    to: str,
    code: int,
    said: str,
    listening: tuple[Hearing, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(SECRET, secret)
    assert main(["hint", "image", *IMAGE, "--to", to or listening[1]]) == code
    assert said in capsys.readouterr().err


def test_it_goes_to_somebody(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hint", "image", *IMAGE]) == 2
    assert "Missing option '--application', or '--to'." in capsys.readouterr().err


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")), reason="curl and openssl are not there"
)
def test_the_line_of_curl_in_the_documentation(listening: tuple[Hearing, str]) -> None:
    hearing, url = listening
    (line,) = [each for each in (ROOT / "docs/hints.md").read_text().splitlines() if "openssl dgst" in each]
    line = line.strip().replace("https://hints.example.com/hints/ci", url)
    subprocess.run(
        ["sh", "-euc", line],
        check=True,
        env={"PATH": "/usr/bin:/bin", SECRET: heard.SECRET},
        capture_output=True,
    )
    assert asyncio.run(hearing.looks_once(1)) == ["shop"]
