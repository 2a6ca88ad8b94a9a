"""A registry's own rules without a network: who is shown credentials, and what is no answer of a registry."""

import contextlib
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from headway.clients import bounded, remembered
from headway.clients.registry import Registry, images
from headway.errors import BadInput, Unreachable
from headway.model.credentials import RegistryCredentials

HOST = "registry.example.com"
IMAGE = f"{HOST}/shop/web"
OURS = RegistryCredentials("user", "pass", HOST)
Answer = Callable[[httpx.Request], httpx.Response]


class Heard:
    """A registry that remembers whom it was shown credentials by: (method, address, Authorization)."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.requests: list[tuple[str, str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request.method, str(request.url), request.headers.get("Authorization", "")))
        return self._answer(request)


def guarded(challenge: str, header: str) -> Answer:
    """Lets in who shows `header`, and asks everybody else by `challenge`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, json={"token": "let-me-in"})
        if request.headers.get("Authorization") == header:
            return httpx.Response(200, json={"tags": ["a"]})
        return httpx.Response(401, headers={"WWW-Authenticate": challenge})

    return answer


BASIC = httpx.BasicAuth("user", "pass")
BASIC_HEADER = str(next(BASIC.sync_auth_flow(httpx.Request("GET", "https://x"))).headers["Authorization"])
TOKEN = f'Bearer realm="https://auth.example.com/token",service="{HOST}"'


def test_a_token_is_fetched_once_for_each_repository_and_shown_from_then_on() -> None:
    heard = Heard(guarded(TOKEN, "Bearer let-me-in"))
    registry = Registry(OURS, transport=httpx.MockTransport(heard))
    assert registry.tags(IMAGE) == registry.tags(IMAGE) == ["a"]
    tags = f"https://{HOST}/v2/shop/web/tags/list?n=1000"
    scope = f"https://auth.example.com/token?service={HOST}&scope=repository%3Ashop%2Fweb%3Apull"
    assert heard.requests == [
        ("GET", tags, ""),
        ("GET", scope, BASIC_HEADER),
        ("GET", tags, "Bearer let-me-in"),
        ("GET", tags, "Bearer let-me-in"),
    ]


def test_a_registry_that_asks_for_name_and_password_gets_them() -> None:
    heard = Heard(guarded('Basic realm="x"', BASIC_HEADER))
    assert Registry(OURS, transport=httpx.MockTransport(heard)).tags(IMAGE) == ["a"]


@pytest.mark.parametrize(
    ("credentials", "challenge", "says"),
    [
        pytest.param(None, 'Basic realm="x"', "wants credentials", id="there are none"),
        pytest.param(
            RegistryCredentials("user", "pass", "elsewhere.example.com"),
            'Basic realm="x"',
            "wants credentials",
            id="they are for another registry",
        ),
        pytest.param(
            OURS, 'Bearer realm="http://auth.example.com/token"', "in the clear", id="the realm has no TLS"
        ),
        pytest.param(OURS, 'Digest realm="x"', "wants credentials", id="an unknown kind"),
        pytest.param(OURS, "", "wants credentials", id="no challenge"),
    ],
)
def test_credentials_are_shown_to_nobody_else(
    credentials: RegistryCredentials | None, challenge: str, says: str
) -> None:
    heard = Heard(guarded(challenge, "nothing"))
    with pytest.raises(BadInput, match=says):
        Registry(credentials, transport=httpx.MockTransport(heard)).tags(IMAGE)
    assert [shown for _, _, shown in heard.requests] == [""]


def test_where_a_redirect_leads_nobody_is_shown_anything() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == HOST:
            return httpx.Response(302, headers={"Location": "https://cdn.example.com/tags"})
        return httpx.Response(
            401, headers={"WWW-Authenticate": 'Bearer realm="https://cdn.example.com/token"'}
        )

    heard = Heard(answer)
    with pytest.raises(BadInput, match="refuses access"):
        Registry(OURS, transport=httpx.MockTransport(heard)).tags(IMAGE)
    assert [(httpx.URL(url).path, shown) for _, url, shown in heard.requests] == [
        ("/v2/shop/web/tags/list", ""),
        ("/tags", ""),
    ]


def documents(**served: object) -> Answer:
    """A registry whose tag `main` names the document `manifest`; what refers to others does so by `<name>`."""
    texts: dict[str, str] = {}
    paths: dict[str, str] = {}
    for name, document in served.items():
        text = document if isinstance(document, str) else json.dumps(document)
        for known, digest in texts.items():
            text = text.replace(f"<{known}>", digest)
        texts[name] = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        paths |= {texts[name]: text, "main": text}

    def answer(request: httpx.Request) -> httpx.Response:
        text = paths.get(request.url.path.rpartition("/")[2])
        return httpx.Response(200, text=text) if text is not None else httpx.Response(404)

    return answer


CONFIGURATION = {"config": {"Labels": {"org.label-schema.vcs-ref": "abc"}}}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(documents(c=CONFIGURATION, m={"config": {"digest": "<c>"}}), id="one platform"),
        pytest.param(
            documents(
                c=CONFIGURATION,
                m={"config": {"digest": "<c>"}},
                index={"manifests": [{"platform": {"os": "unknown"}, "digest": "x"}, {"digest": "<m>"}]},
            ),
            id="several platforms",
        ),
        pytest.param(
            documents(
                c=CONFIGURATION,
                m={"config": {"digest": "<c>"}},
                index={"manifests": [{"digest": "<m>"}]},
                outer={"manifests": [{"digest": "<index>"}]},
            ),
            id="an index of an index",
        ),
    ],
)
def test_the_commit_of_an_image_is_read_from_its_label(answer: Answer) -> None:
    assert Registry(transport=httpx.MockTransport(answer)).image(IMAGE, "main").revision == "abc"


def test_what_is_asked_for_by_its_digest_has_that_digest() -> None:
    other = f"sha256:{'0' * 64}"

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Docker-Content-Digest": other}, json={})

    registry = Registry(transport=httpx.MockTransport(answer))
    assert registry.digest(IMAGE, "stable") == registry.digest(IMAGE, other) == other
    with pytest.raises(Unreachable, match=f"the registry gave {other} for sha256:aaa"):
        registry.image(IMAGE, f"stable@sha256:{'a' * 64}")


def test_what_is_kept_of_configurations_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept without an end, some hostile images fill the memory of a worker."""
    monkeypatch.setattr(remembered, "IN_MEMORY", 1000)
    asked: list[str] = []
    answer = documents(c={"config": {}, "pad": "x" * 900}, m={"config": {"digest": "<c>"}, "pad": "x" * 900})

    def counted(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return answer(request)

    registry = Registry(transport=httpx.MockTransport(counted))
    registry.image(IMAGE, "main")
    once = len(asked)
    registry.image(IMAGE, "main")
    assert len(asked) > once + 1, "what was read was kept beyond the bound"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(documents(c={"config": None}, m={"config": {"digest": "<c>"}}), id="null"),
        pytest.param(documents(c={}, m={"config": {"digest": "<c>"}}), id="nothing"),
        pytest.param(
            documents(c={"config": {"Labels": None}}, m={"config": {"digest": "<c>"}}), id="null labels"
        ),
    ],
)
def test_an_image_without_labels_names_no_commit(answer: Answer) -> None:
    assert Registry(transport=httpx.MockTransport(answer)).image(IMAGE, "main").revision == ""


def test_pages_that_lead_in_a_circle_come_to_an_end() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = request.url.params.get("last", "")
        after = {"": "a", "a": "b", "b": "a"}[page]
        link = f'</v2/shop/web/tags/list?last={after}>; rel="next"'
        return httpx.Response(200, json={"tags": [f"main-{page or 'z'}"]}, headers={"Link": link})

    assert Registry(transport=httpx.MockTransport(answer)).tags(IMAGE) == ["main-z", "main-a", "main-b"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: httpx.Response(200, html="<html>Please log in</html>"), id="a web page"),
        pytest.param(lambda _: httpx.Response(200, json=["a", "b"]), id="a list"),
        pytest.param(lambda _: httpx.Response(200, json={"tags": {"a": 1}}), id="tags that are no list"),
        pytest.param(lambda _: httpx.Response(200, content=b""), id="nothing"),
        pytest.param(lambda _: httpx.Response(200, content=b"\xff\xfe\x00"), id="no text"),
    ],
)
def test_tags_of_another_kind_are_bad_input_with_the_address(answer: Answer) -> None:
    with pytest.raises(BadInput, match=f"https://{HOST}/v2/shop/web/tags/list.*: no registry answers so"):
        Registry(transport=httpx.MockTransport(answer)).tags(IMAGE)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: httpx.Response(200, html="<html>Please log in</html>"), id="a web page"),
        pytest.param(documents(m=["a"]), id="a list"),
        pytest.param(documents(m={"config": ["a"]}), id="config is a list"),
        pytest.param(documents(m={"config": {"digest": "../../x"}}), id="a digest that is none"),
        pytest.param(documents(m={}), id="no config"),
        pytest.param(documents(m={"manifests": [1]}), id="platforms that are numbers"),
        pytest.param(documents(m={"manifests": []}), id="no platform"),
        pytest.param(documents(m={"manifests": {"a": 1}}), id="platforms that are no list"),
        pytest.param(documents(c=["a"], m={"config": {"digest": "<c>"}}), id="configuration is a list"),
        pytest.param(documents(c="no json", m={"config": {"digest": "<c>"}}), id="configuration is no JSON"),
        pytest.param(
            documents(c={"config": [1]}, m={"config": {"digest": "<c>"}}), id="config in it is a list"
        ),
        pytest.param(
            documents(c={"config": {"Labels": ["a"]}}, m={"config": {"digest": "<c>"}}),
            id="labels are a list",
        ),
    ],
)
def test_an_image_of_another_kind_is_bad_input_with_the_address(answer: Answer) -> None:
    with pytest.raises(BadInput, match=f"{HOST}.*shop/web.*: no registry answers so"):
        Registry(transport=httpx.MockTransport(answer)).image(IMAGE, "main")


@pytest.mark.parametrize(
    ("token", "says"),
    [
        pytest.param(
            httpx.Response(200, html="<html>Please log in</html>"), "it is not JSON", id="a web page"
        ),
        pytest.param(httpx.Response(200, json=["a"]), "this is a list", id="a list"),
        pytest.param(httpx.Response(200, json={}), "holds no token", id="no token"),
        pytest.param(httpx.Response(200, json={"token": {"a": 1}}), "holds no token", id="no text"),
    ],
)
def test_a_token_of_another_kind_is_bad_input_with_the_address(token: httpx.Response, says: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return (
            token
            if request.url.path == "/token"
            else httpx.Response(401, headers={"WWW-Authenticate": TOKEN})
        )

    with pytest.raises(BadInput, match=f"https://auth.example.com/token.*{says}"):
        Registry(OURS, transport=httpx.MockTransport(answer)).tags(IMAGE)


HUB = "registry-1.docker.io"


@pytest.mark.parametrize(
    ("named", "image", "shown"),
    [
        ("docker.io", "shop/web", True),
        ("index.docker.io", "docker.io/shop/web", True),
        ("https://index.docker.io/v1/", "nginx", True),
        (HUB, "index.docker.io/shop/web", True),
        ("https://registry.example.com/", "Registry.Example.com/shop/web", True),
        ("docker.io", "docker.io.example.com/shop/web", False),
        ("registry.example.com", "registry.example.com:5000/shop/web", False),
        ("registry.example.com", "shop/web", False),
    ],
)
def test_credentials_for_a_registry_by_any_of_its_names(named: str, image: str, shown: bool) -> None:
    heard = Heard(guarded('Basic realm="x"', BASIC_HEADER))
    registry = Registry(RegistryCredentials("user", "pass", named), transport=httpx.MockTransport(heard))
    with contextlib.nullcontext() if shown else pytest.raises(BadInput, match="wants credentials"):
        registry.tags(image)
    assert any(header for _, _, header in heard.requests) is shown


def test_no_redirect_leads_from_https_to_http() -> None:
    heard = Heard(lambda _: httpx.Response(302, headers={"Location": f"http://{HOST}/tags"}))
    with pytest.raises(BadInput, match="leads from https to http"):
        Registry(OURS, transport=httpx.MockTransport(heard)).tags(IMAGE)
    assert len(heard.requests) == 1


class Drops(httpx.SyncByteStream):
    """A byte now and then, without end."""

    def __init__(self, size: int = 1) -> None:
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" " * self._size


def test_an_answer_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=20)
    monkeypatch.setattr(bounded.time, "monotonic", lambda: next(clock))
    with pytest.raises(Unreachable, match="does not come to its end"):
        Registry(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Drops()))).tags(IMAGE)


def test_an_answer_without_end_fills_no_memory() -> None:
    registry = Registry(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Drops(2**20))))
    with pytest.raises(BadInput, match="it is larger than"):
        registry.tags(IMAGE)


def test_pages_without_end_are_given_up() -> None:
    numbers = itertools.count()

    def answer(_: httpx.Request) -> httpx.Response:
        link = f'</v2/shop/web/tags/list?last={next(numbers)}>; rel="next"'
        return httpx.Response(200, json={"tags": ["a"]}, headers={"Link": link})

    with pytest.raises(BadInput, match="more than 1000 pages"):
        Registry(transport=httpx.MockTransport(answer)).tags(IMAGE)


def test_a_next_page_without_an_address_is_an_error_of_that_registry() -> None:
    answer = httpx.Response(200, json={"tags": ["a"]}, headers={"Link": '<http://[>; rel="next"'})
    with pytest.raises(BadInput, match="the next page has no address"):
        Registry(transport=httpx.MockTransport(lambda _: answer)).tags(IMAGE)


def test_tags_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is within its limit, and may hold more than it was asked for."""
    monkeypatch.setattr(images, "PAGES", 3)
    numbers = itertools.count()

    def answer(_: httpx.Request) -> httpx.Response:
        link = f'</v2/shop/web/tags/list?last={next(numbers)}>; rel="next"'
        return httpx.Response(200, json={"tags": ["a"] * 2000}, headers={"Link": link})

    with pytest.raises(BadInput, match="more than 3000 tags"):
        Registry(transport=httpx.MockTransport(answer)).tags(IMAGE)
    assert next(numbers) == 2
