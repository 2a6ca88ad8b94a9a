"""A registry that a third party's chart names may answer whatever it likes: no more of it is read than documents have."""

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from headway.clients.registry import Registry, access, images
from headway.errors import BadInput, Unreachable

IMAGE = "registry.example.com/shop/web"


class Endless(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"[" * 1000


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "ANSWER_LIMIT", 10_000)
    registry = Registry(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless())))
    with pytest.raises(BadInput, match="larger than 10000 bytes"):
        registry.tags(IMAGE)


def test_so_is_that_of_whoever_gives_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "ANSWER_LIMIT", 10_000)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, stream=Endless())
        challenge = 'Bearer realm="https://registry.example.com/token"'
        return httpx.Response(401, headers={"WWW-Authenticate": challenge})

    with pytest.raises(BadInput, match="larger than 10000 bytes"):
        Registry(transport=httpx.MockTransport(answer)).tags(IMAGE)


def test_pages_that_each_take_their_time_do_not_hold_up_a_look_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "LIST_SECONDS", 0.0)
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        link = {"Link": f'</v2/shop/web/tags/list?last={len(asked)}>; rel="next"'}
        return httpx.Response(200, json={"tags": []}, headers=link)

    with pytest.raises(Unreachable, match="does not come to its end in 0 s"):
        Registry(transport=httpx.MockTransport(answer)).tags(IMAGE)
    assert len(asked) <= 1


@pytest.mark.parametrize(
    ("image", "realm", "token"),
    [
        pytest.param("[:1]/a", "", "", id="a host that the grammar of images lets pass"),
        pytest.param(IMAGE, "https://[", "", id="a place for tokens that is no address"),
        pytest.param(IMAGE, "https://registry.example.com:99999/", "", id="a port that is none"),
        pytest.param(
            IMAGE, "https://registry.example.com/token", "\u00e9", id="a token that no header holds"
        ),
    ],
)
def test_what_is_no_address_is_an_error_of_ours(image: str, realm: str, token: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, json={"token": token})
        return httpx.Response(401, headers={"WWW-Authenticate": f'Bearer realm="{realm}"'})

    with pytest.raises(BadInput):
        Registry(transport=httpx.MockTransport(answer)).tags(image)


def test_what_would_unpack_to_gigabytes_is_not_unpacked() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Endless())

    with pytest.raises(BadInput, match="compressed"):
        Registry(transport=httpx.MockTransport(answer)).tags(IMAGE)


@pytest.mark.parametrize("link", ["x:@evil.example.net/v2/take", "x::99/v2/a", "v3", "/v2/\u00e9"])
def test_a_next_page_leads_to_no_other_host(link: str) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        headers = {"Link": f'<{link}>; rel="next"'.encode()}
        return httpx.Response(200, json={"tags": ["a"]}, headers=headers if len(asked) < 2 else {})

    with suppress(BadInput):
        Registry(transport=httpx.MockTransport(answer)).tags(IMAGE)
    assert set(asked) == {"registry.example.com"}


def test_half_a_character_is_no_tag() -> None:
    answer = httpx.Response(200, content=b'{"tags": ["AA\xed\xa0\x80"]}')
    with pytest.raises(BadInput, match="not JSON"):
        Registry(transport=httpx.MockTransport(lambda _: answer)).tags(IMAGE)
