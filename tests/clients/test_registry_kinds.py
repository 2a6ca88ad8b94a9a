"""Hosted registries by the recorded shapes of their documented answers: one contract for all of them."""

from pathlib import Path

import httpx
import pytest

from headway.clients.registry import Registry
from headway.errors import BadInput
from headway.model.credentials import DockerConfig
from tests.clients.recorded_registries import KINDS, Kind, Recorded, basic
from tests.clients.registry_contract import LABELLED, PASSWORD, TAGS, Opened, RegistryContract

BY_NAME = {kind.name: kind for kind in KINDS}


def opened_on(kind: Kind) -> tuple[Opened, Recorded]:
    server = Recorded(kind)

    def connect(logins: object, **given: object) -> Registry:
        return Registry(logins, transport=httpx.MockTransport(server), **given)  # type: ignore[arg-type]

    counted = (lambda: server.not_modified) if kind.tags_etag else None
    named = f"{kind.named}/{kind.path}"
    return (
        Opened(connect, named, f"{kind.named}/shop/none", kind.named, kind.username, server.digest, counted),
        server,
    )


class TestRecorded(RegistryContract):
    @pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
    def opened(self, request: pytest.FixtureRequest) -> Opened:
        return opened_on(request.param)[0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_docker_config_opens_it_as_well(kind: Kind) -> None:
    opened, server = opened_on(kind)
    auth = basic(kind.username).removeprefix("Basic ")
    named = "https://index.docker.io/v1/" if kind.named == "docker.io" else kind.named
    registry = opened.connect(DockerConfig(text=f'{{"auths": {{"{named}": {{"auth": "{auth}"}}}}}}'))
    assert sorted(registry.tags(opened.repository)) == TAGS
    assert server.requests[0][1] == "", "shown to nobody who has not asked"


def test_an_identity_token_is_exchanged_in_a_form_and_shown_nowhere_else() -> None:
    """`az acr login` writes such a one."""
    kind = BY_NAME["Azure"]
    server = Recorded(kind, refresh_token=PASSWORD)
    config = f'{{"auths": {{"{kind.host}": {{"auth": "MDA6", "identitytoken": "{PASSWORD}"}}}}}}'
    registry = Registry(DockerConfig(text=config), transport=httpx.MockTransport(server))
    assert sorted(registry.tags(f"{kind.host}/{kind.path}")) == TAGS
    assert [url for url, _, body in server.requests if "refresh_token" in body] == [kind.realm]
    assert not any(PASSWORD in url or PASSWORD in shown for url, shown, _ in server.requests)


@pytest.mark.parametrize("status", [307, 308])
def test_an_identity_token_follows_no_redirect(status: int) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.path == "/token":
            return httpx.Response(status, headers={"Location": "https://evil.example.com/token"})
        return httpx.Response(
            401, headers={"WWW-Authenticate": 'Bearer realm="https://auth.example.com/token"'}
        )

    config = '{"auths": {"registry.example.com": {"identitytoken": "t0ken-of-ours"}}}'
    registry = Registry(DockerConfig(text=config), transport=httpx.MockTransport(answer))
    with pytest.raises(BadInput, match="no credentials follow"):
        registry.tags("registry.example.com/shop/web")
    assert asked == ["registry.example.com", "auth.example.com"]


@pytest.mark.parametrize("name", ["Docker Hub", "GHCR", "Harbor"])
def test_an_image_that_has_not_changed_costs_the_next_process_no_pull(name: str, tmp_path: Path) -> None:
    """Docker Hub counts each GET of a manifest, and no HEAD."""
    opened, server = opened_on(BY_NAME[name])
    first = opened.registry(cache=tmp_path).image(opened.repository, LABELLED)
    server.methods.clear()
    assert opened.registry(cache=tmp_path).image(opened.repository, LABELLED) == first
    methods = [method for url, method in server.methods if "/manifests/" in url or "/blobs/" in url]
    assert methods == ["HEAD", "HEAD"], "one for the challenge, one for the answer"


def test_what_another_may_read_is_no_answer_for_who_may_not(tmp_path: Path) -> None:
    opened, _ = opened_on(BY_NAME["Harbor"])
    opened.registry(cache=tmp_path).image(opened.repository, LABELLED)
    opened.registry(cache=tmp_path).tags(opened.repository)
    stranger = opened.connect(None, cache=tmp_path)
    for ask in (stranger.tags, lambda each: stranger.image(each, opened.digest)):
        with pytest.raises(BadInput, match=r"refuses access|wants credentials"):
            ask(opened.repository)
