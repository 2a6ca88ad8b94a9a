"""What preflight says before anything is installed, and whom it turns away."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import packages, places, preflight, starter
from sandbox.ports import Listener

FRESH = preflight.Machine(
    system="Linux",
    user_id=0,
    cores=2,
    free_bytes=50 * preflight.GIB,
    missing_packages=("nftables", "runc"),
    missing_programs=tuple(f"program-{n}" for n in range(len(preflight.PROGRAMS))),
    has_venv=False,
    go="/usr/local/go/bin/go, go1.26.8",
    with_cluster=True,
    listeners=(Listener("127.0.0.1", 8333), Listener("127.0.0.1", 4200), Listener("10.244.0.1", 6443)),
)


@pytest.mark.parametrize(
    ("system", "user_id", "said"),
    [
        pytest.param("Darwin", 0, "needs Linux; this is Darwin", id="not Linux"),
        pytest.param("Linux", 1000, "needs root", id="not root"),
        pytest.param("Darwin", 501, "needs Linux", id="neither: the reason that cannot be changed"),
    ],
)
def test_a_machine_that_cannot_run_it_is_told_in_one_sentence(system: str, user_id: int, said: str) -> None:
    sentence = preflight.refusal(system, user_id)
    assert sentence is not None
    assert said in sentence
    assert "\n" not in sentence


def test_linux_and_root_is_enough() -> None:
    assert preflight.refusal("Linux", 0) is None


def test_a_fresh_machine_is_told_what_comes() -> None:
    said = "\n".join(preflight.report(FRESH))
    for promise in (
        "nftables runc",
        "requirements.lock",
        "program-0",
        "go1.26.8",
        "14 GiB needed, 50 GiB free",
        "about 14 min on 2 cores",
        "bridge sb0",
        "nftables tables",
        "127.0.0.1:8333",
        "127.0.0.1:5000",
        "ports on 127.0.0.1    4200 8333",
        "ports on 10.244.0.1   6443",
        "make down",
    ):
        assert promise in said


def test_the_ports_are_known_before_anything_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    services = starter.services(tmp_path, tmp_path, with_cluster=True)
    ports = {listener.port for service in services for listener in service.listens}
    assert {4200, 5000, 6443, 8333, 9418, 10250} <= ports


def test_a_machine_with_everything_built_needs_little() -> None:
    built = replace(FRESH, missing_packages=(), missing_programs=(), has_venv=True)
    said = "\n".join(preflight.report(built))
    assert "packages to install   nothing" in said
    assert "2 GiB needed" in said
    assert "about 1 min" in said


def test_with_a_cluster_of_ones_own_no_bridge_is_announced() -> None:
    said = "\n".join(preflight.report(replace(FRESH, with_cluster=False)))
    assert "bridge sb0" not in said
    assert "HEADWAY_KUBECONFIG" in said


@pytest.mark.parametrize(
    ("absent", "with_cluster", "wanted"),
    [
        pytest.param(
            {"runc", "nft"}, True, ["nftables", "runc"], id="the packages are named, not the commands"
        ),
        pytest.param(
            {"runc", "nft", "git"}, False, ["git"], id="without our cluster its packages are not needed"
        ),
        pytest.param(set(), True, [], id="nothing missing"),
    ],
)
def test_missing_packages(absent: set[str], with_cluster: bool, wanted: list[str]) -> None:
    assert packages.missing(with_cluster=with_cluster, has=lambda command: command not in absent) == wanted


@pytest.mark.parametrize("module", ["preflight", "packages", "venv", "stack"])
def test_what_runs_before_or_without_the_venv_needs_the_standard_library_alone(module: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(places.ROOT)!r}); import sandbox.{module}"
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
