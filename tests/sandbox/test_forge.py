"""The sandbox's forge: a real Gitea that nobody but this machine reaches, and that runs as nobody."""

import os
from pathlib import Path

import httpx
import pytest

from sandbox import forge as forges
from sandbox import forge_program, packages, places
from sandbox.failure import SandboxError
from sandbox.forge import Forge
from sandbox.processes import Processes


def test_whoever_asks_for_it_before_it_was_started_is_told_how(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="make forge"):
        forges.load(tmp_path)


def test_it_is_built_apart_from_the_other_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(forge_program, "MODULE", tmp_path)
    for name in ("go.mod", "go.sum"):
        (tmp_path / name).write_text(name)
    before = forge_program.folder()
    assert before.parent == places.cache()
    (tmp_path / "go.sum").write_text("another version")
    assert forge_program.folder() != before


def test_only_its_builder_needs_a_compiler() -> None:
    def has(command: str) -> bool:
        return command != "cc"

    assert packages.missing(has=has) == []
    assert packages.missing(with_forge=True, has=has) == ["gcc", "libc6-dev"]


def test_what_is_said_of_it_holds_no_secret() -> None:
    forge = Forge("http://127.0.0.1:1", "127.0.0.1:2", "admin", "a-password", "a-token")
    said = f"{forge} {forge.sign_in(Path('/srv/forge.json'))}"
    assert "http://127.0.0.1:1: user admin, password and token in /srv/forge.json; git over ssh" in said
    assert "@127.0.0.1:2/OWNER/NAME.git" in said
    assert "a-password" not in said
    assert "a-token" not in said


@pytest.mark.sandbox
def test_it_knows_its_administrator_and_runs_as_somebody_else_than_root(forge: Forge) -> None:
    headers = {"Authorization": f"token {forge.token}"}
    who = httpx.get(f"{forge.url}/api/v1/user", headers=headers).json()
    assert (who["login"], who["is_admin"]) == (forge.admin, True)
    pid = Processes(places.STATE).running(forges.NAME)
    assert pid
    assert os.stat(f"/proc/{pid}").st_uid != 0
    assert forges.start() == forge
