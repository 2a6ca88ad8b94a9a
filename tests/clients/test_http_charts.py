"""Chart repositories behind a web server that lets nobody in without a user and a password."""

import base64

import httpx
import pytest

from headway.clients.chart_repository import http_repository, open_repository
from headway.clients.chart_repository.http_repository import HttpRepository
from headway.errors import BadInput
from headway.model.credentials import HttpCredentials, RepositoryCredentials
from tests.clients.packages import package

URL = "https://charts.example.com/stable"
USER = HttpCredentials(URL, "depot", "open-sesame")
WANTED = f"Basic {base64.b64encode(b'depot:open-sesame').decode()}"
INDEX = """\
apiVersion: v1
entries:
  web:
  - {{apiVersion: v2, name: web, version: 1.0.0, digest: '{digest}', urls: ['{url}']}}
"""


def opened(
    monkeypatch: pytest.MonkeyPatch, package_url: str, moved_to: str = ""
) -> tuple[HttpRepository, list[tuple[str, str]]]:
    """With what was shown to whom: address, and Authorization."""
    seen: list[tuple[str, str]] = []
    chart = package()

    def answer(request: httpx.Request) -> httpx.Response:
        shown = request.headers.get("Authorization", "")
        seen.append((str(request.url), shown))
        if request.url.path.endswith("index.yaml"):
            if shown != WANTED:
                return httpx.Response(401)
            return httpx.Response(
                200, text=INDEX.format(digest=chart.digest.partition(":")[2], url=package_url)
            )
        if moved_to and str(request.url) != moved_to:
            return httpx.Response(302, headers={"Location": moved_to})
        return httpx.Response(200, content=chart.data)

    real = http_repository.BoundedTransport
    monkeypatch.setattr(
        http_repository, "BoundedTransport", lambda **of: real(httpx.MockTransport(answer), **of)
    )
    repository = open_repository(URL, RepositoryCredentials(http=USER))
    assert isinstance(repository, HttpRepository)
    return repository, seen


def test_who_names_a_user_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    repository, seen = opened(monkeypatch, "web-1.0.0.tgz")
    assert repository.read(repository.entries("web")[0]) == package().data
    assert seen == [(f"{URL}/index.yaml", WANTED), (f"{URL}/web-1.0.0.tgz", WANTED)]


@pytest.mark.parametrize(
    ("package_url", "moved_to"),
    [
        pytest.param("https://elsewhere.example.com/web-1.0.0.tgz", "", id="the index leads elsewhere"),
        pytest.param("https://charts.example.com:8443/web-1.0.0.tgz", "", id="another port"),
        pytest.param(
            "web-1.0.0.tgz", "https://elsewhere.example.com/web.tgz", id="a redirect leads elsewhere"
        ),
    ],
)
def test_another_server_is_not_shown_the_password(
    monkeypatch: pytest.MonkeyPatch, package_url: str, moved_to: str
) -> None:
    repository, seen = opened(monkeypatch, package_url, moved_to)
    repository.read(repository.entries("web")[0])
    assert not [shown for address, shown in seen if shown and not address.startswith(f"{URL}/")]
    assert not seen[-1][1]


def test_a_wrong_address_in_an_index_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    repository, _ = opened(monkeypatch, "https://charts.example.com:port/web-1.0.0.tgz")
    with pytest.raises(BadInput):
        repository.read(repository.entries("web")[0])
