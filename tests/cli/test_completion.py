"""What a shell completes: names that there are, quickly, and nothing where nobody answers."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.shell_completion import ShellComplete

from headway.cli import known_names, main
from headway.cli.commands import headway

ROOT = Path(__file__).resolve().parents[2]
DECLARED = (
    "application: shop\nenvironments: {testing: {charts: s3://t}, live: {charts: s3://l, after: testing}}\n"
)
SAVED = {"headway-application": ["shop", "tea"], "headway-cluster": ["shop-testing", "tea-live", "tea-qa"]}


def completed(*words: str) -> list[str]:
    *before, incomplete = words
    found = ShellComplete(headway, {}, "headway", "_HEADWAY_COMPLETE").get_completions([*before], incomplete)
    return [each.value for each in found]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without headway.yaml, and neither Prefect nor a cluster."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "/dev/null")
    for name in ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def prefect() -> Iterator[str]:
    """The address of a server that knows blocks."""

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names = SAVED[self.path.split("/")[4]]
            data = json.dumps([{"name": each} for each in names]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


def test_of_the_headway_yaml_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "headway.yaml").write_text(DECLARED)
    (tmp_path / "values").mkdir()
    monkeypatch.chdir(tmp_path / "values")
    assert completed("release", "") == ["shop"]
    assert completed("roll-back", "shop", "") == ["testing", "live"]
    assert completed("roll-back", "shop", "te") == ["testing"]
    assert completed("hint", "git", "url", "main", "--application", "s") == ["shop"]


def test_of_prefects_blocks(prefect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect)
    assert completed("deliver", "") == ["shop", "tea"]
    assert completed("freeze", "tea", "") == ["live", "qa"]
    monkeypatch.delenv("PREFECT_API_URL")
    profile = f'active = "here"\n[profiles.here]\nPREFECT_API_URL = "{prefect}"\n'
    (tmp_path / "profiles.toml").write_text(profile)
    assert completed("deliver", "t") == ["tea"]


def test_of_the_release_record(monkeypatch: pytest.MonkeyPatch) -> None:
    version = SimpleNamespace(version="1.4.2")
    record = SimpleNamespace(good=[version], rejections=[SimpleNamespace(version="1.4.3")])
    monkeypatch.setattr(
        known_names, "_record", lambda context: record if known_names._given(context, "environment") else None
    )
    assert completed("roll-back", "shop", "live", "--version", "") == ["1.4.2"]
    assert completed("lift", "shop", "live", "") == ["hold", "freeze", "1.4.3"]


def test_what_may_be_promoted_was_good_in_the_environment_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = {"testing": ["1.4.3", "1.4.2"], None: ["1.4.1"]}
    (tmp_path / "headway.yaml").write_text(DECLARED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        known_names,
        "_record",
        lambda _, environment=None: SimpleNamespace(
            good=[SimpleNamespace(version=each) for each in good[environment]]
        ),
    )
    assert completed("promote", "shop", "live", "--version", "") == ["1.4.3", "1.4.2"]
    assert completed("promote", "shop", "testing", "--version", "") == []


def test_contexts_of_the_kubeconfig(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("contexts: [{name: eu, context: {}}, {name: us, context: {}}]\n")
    assert completed("status", "--kubeconfig", str(config), "--context", "e") == ["eu"]


def test_where_nobody_answers_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    assert completed("release", "") == []
    assert completed("roll-back", "shop", "live", "--version", "") == []
    assert completed("lift", "shop", "live", "") == ["hold", "freeze"], "what needs nobody"
    assert capfd.readouterr() == ("", "")


def test_nobody_waits_longer_than_they_would(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(known_names, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(known_names, "_at_hand", released.wait)
    assert completed("release", "") == [], "while it is still asked"
    released.set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert f"_HEADWAY_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_bash_completes_by_it(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text(DECLARED)
    program = tmp_path / "headway"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m headway "$@"\n')
    program.chmod(0o755)
    asked = (
        f'eval "$({program} completion bash)"; COMP_WORDS=(headway release shop te); COMP_CWORD=3;'
        f'_headway_completion {program}; echo "${{COMPREPLY[@]}}"'
    )
    seen = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "--norc", "-c", asked], cwd=tmp_path, env=seen, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("testing\n", "")


def test_it_loads_neither_prefect_nor_git(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text(DECLARED)
    program = (
        "import sys; from headway.cli import known_names, commands; from click.shell_completion import ShellComplete;"
        "found = ShellComplete(commands.headway, {}, 'headway', 'X').get_completions(['release'], '');"
        "sys.exit(not ({'prefect', 'git', 'kubernetes'}.isdisjoint(sys.modules) and found))"
    )
    seen = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert (
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=seen, check=False).returncode == 0
    )
