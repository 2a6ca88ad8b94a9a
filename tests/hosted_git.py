"""A repository on the sandbox's forge, and the ways that git has to it."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sandbox.forge import Forge


@dataclass(frozen=True, slots=True)
class Key:
    private: str
    public: str


def made_key(folder: Path, *how: str, passphrase: str = "") -> Key:
    """By ssh-keygen, ed25519 where it is told nothing."""
    file = folder / f"key-{secrets.token_hex(4)}"
    told = ["ssh-keygen", "-q", *(how or ("-t", "ed25519")), "-N", passphrase, "-C", "x", "-f", str(file)]
    subprocess.run(told, check=True)
    return Key(file.read_text(), file.with_suffix(".pub").read_text())


@dataclass(frozen=True)
class HostedGit:
    """With a branch main of one commit."""

    forge: Forge
    client: httpx.Client
    name: str

    @property
    def path(self) -> str:
        return f"{self.forge.admin}/{self.name}.git"

    @property
    def by_ssh(self) -> str:
        return f"{self.forge.git_over_ssh}/{self.path}"

    def let_in(self, key: Key, *, to_write: bool) -> None:
        """As a deploy key."""
        self.api("POST", "keys", title=secrets.token_hex(4), key=key.public, read_only=not to_write)

    def commit(self, branch: str = "main") -> str:
        """The branch's newest one, as the forge says."""
        return str(self.api("GET", f"branches/{branch}")["commit"]["id"])

    def api(self, method: str, path: str, **body: Any) -> Any:
        answer = self.client.request(method, f"/repos/{self.forge.admin}/{self.name}/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@contextmanager
def hosted(forge: Forge) -> Iterator[HostedGit]:
    """A new one, which is private."""
    headers = {"Authorization": f"token {forge.token}"}
    with httpx.Client(base_url=f"{forge.url}/api/v1", headers=headers, timeout=30) as client:
        name = f"git-{secrets.token_hex(4)}"
        made = {"name": name, "auto_init": True, "default_branch": "main", "private": True}
        client.post("/user/repos", json=made).raise_for_status()
        yield HostedGit(forge, client, name)


def host_keys(place: str) -> str:
    """Of an ssh server on this machine, in lines of known_hosts. `place`: host:port."""
    host, _, port = place.partition(":")
    done = subprocess.run(
        ["ssh-keyscan", "-t", "rsa", "-p", port or "22", host], capture_output=True, text=True, check=True
    )
    return "".join(line + "\n" for line in done.stdout.splitlines() if not line.startswith("#"))
