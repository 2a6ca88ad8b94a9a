"""The contract of registries against distribution's own: open, with htpasswd, and with tokens."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from headway.clients.registry import Registry
from headway.errors import BadInput
from headway.model.credentials import DockerConfig
from sandbox import guarded_registry
from sandbox.address import Address
from tests.clients import real_registry
from tests.clients.real_registry import IDENTITY, USER, Running
from tests.clients.registry_contract import LABELLED, PASSWORD, TAGS, Opened, RegistryContract

pytestmark = pytest.mark.sandbox
PATH = "shop/web"


@pytest.fixture(scope="module")
def filled(sandbox: Address, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a registry with TAGS in PATH, and the digest of LABELLED. Pushed while it is open: crane goes to no server
    of tokens on loopback."""
    folder = tmp_path_factory.mktemp("registry")
    with real_registry.running("open", guarded_registry.built(), folder) as found:
        return folder, real_registry.push(sandbox.bin / "crane", f"{found.host}/{PATH}", folder)


@pytest.fixture(scope="module", params=get_args(real_registry.Kind))
def running(request: pytest.FixtureRequest, filled: tuple[Path, str]) -> Iterator[tuple[str, Running, str]]:
    """Kind, registry, and the digest of LABELLED."""
    folder, digest = filled
    with real_registry.running(request.param, guarded_registry.built(), folder) as found:
        yield request.param, found, digest


class TestReal(RegistryContract):
    @pytest.fixture
    def opened(self, running: tuple[str, Running, str]) -> Opened:
        kind, found, digest = running
        username = "" if kind == "open" else USER
        missing = f"{found.host}/shop/none"
        return Opened(Registry, f"{found.host}/{PATH}", missing, found.host, username, digest)

    def test_all_tags_are_read(self, opened: Opened) -> None:
        """Those that the index was made of among them, in pages of two."""
        assert sorted({*opened.registry().tags(opened.repository)} & {*TAGS}) == TAGS

    def test_a_docker_config_opens_it(self, opened: Opened, running: tuple[str, Running, str]) -> None:
        kind, found, _ = running
        config: dict[str, str] = {"username": USER, "password": PASSWORD}
        registry = opened.connect(DockerConfig(text=json.dumps({"auths": {found.host: config}})))
        assert registry.digest(opened.repository, LABELLED) == opened.digest
        if kind == "token":
            tokens = {"auths": {found.host: {"identitytoken": IDENTITY}}}
            assert found.tokens
            registry = opened.connect(DockerConfig(text=json.dumps(tokens)))
            assert registry.digest(opened.repository, LABELLED) == opened.digest
            assert found.tokens.asked[-1] == f"POST repository:{PATH}:pull"

    def test_a_helper_opens_it(self, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = tmp_path / "docker-credential-ours"
        program.write_text(
            f"""#!/bin/sh\n[ "$1" = get ] && cat >> "$0.asked"\necho '{{"Username": "{USER}", "Secret": "{PASSWORD}"}}'\n"""
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        registry = opened.connect(DockerConfig(text=json.dumps({"credHelpers": {opened.host: "ours"}})))
        assert registry.digest(opened.repository, LABELLED) == opened.digest
        asked = tmp_path / "docker-credential-ours.asked"
        assert (asked.read_text() if asked.exists() else "") == (opened.host if opened.username else "")

    def test_a_manifest_that_has_not_changed_is_not_given_again(self, opened: Opened) -> None:
        access = opened.registry()._access
        accept = ("application/vnd.oci.image.index.v1+json",)
        path = f"/v2/{PATH}/manifests/{LABELLED}"
        first, second = (
            access.request("GET", opened.host, path, repository=PATH, accept=accept, again=True) for _ in "ab"
        )
        assert first is not None
        assert second is not None
        assert second.content == first.content
        assert ("ETag" in first.headers, "ETag" in second.headers) == (True, False), "the second was a 304"

    def test_a_token_for_one_repository_opens_no_other(
        self, opened: Opened, running: tuple[str, Running, str]
    ) -> None:
        registry = opened.registry()
        registry.tags(opened.repository)
        with pytest.raises(BadInput, match="no such repository"):
            registry.tags(opened.missing)
        if tokens := running[1].tokens:
            assert tokens.asked[-1] == "GET repository:shop/none:pull"
