"""Which images a committer may have asked for with the registry credentials, where an operator has named some."""

from pathlib import Path

import httpx
import pytest

from headway.clients.registry import Registry
from headway.errors import BadInput
from headway.model.credentials import RegistryCredentials, RepositoryCredentials
from headway.workspace import named_repositories, systems
from headway.workspace.systems import Access
from headway.workspace.workspace import Workspace
from tests.small_application import SmallApplication

OWN, OTHERS = "r.example.com/shop/cart", "r.example.com/bank/vault"

NAMED = [
    ("r.example.com/shop/cart", "r.example.com/shop", True),
    ("r.example.com/shop/cart", "r.example.com/shop/", True),
    ("r.example.com/shop/cart", "r.example.com/shop/cart", True),
    ("R.example.com/shop/cart", "r.EXAMPLE.com/shop", True),
    ("r.example.com/shop/cart", "r.example.com", True),
    ("r.example.com/shopping/cart", "r.example.com/shop", False),
    ("r.example.com/bank/shop/cart", "r.example.com/shop", False),
    ("r.example.com:5000/shop/cart", "r.example.com/shop", False),
    ("other.example.com/shop/cart", "r.example.com/shop", False),
    ("busybox", "docker.io/library", True),
    ("shop/cart", "index.docker.io/shop", True),
    ("shop/cart", "docker.io/library", False),
]


@pytest.mark.parametrize(("image", "beginning", "named"), NAMED)
def test_how_a_repository_begins(image: str, beginning: str, named: bool) -> None:
    assert named_repositories.is_named_image(image, ["x.example.com/y", beginning]) is named
    assert named_repositories.is_named_image(image, [])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of registries: the path, and by whom."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "Authorization" not in request.headers:
            asked.append(f"{request.url.path} by nobody")
            return httpx.Response(401, headers={"WWW-Authenticate": "Basic"})
        asked.append(f"{request.url.path} with credentials")
        return httpx.Response(200, json={"tags": []}, headers={"Docker-Content-Digest": f"sha256:{'a' * 64}"})

    monkeypatch.setattr(
        systems,
        "Registry",
        lambda credentials=None, **_: Registry(credentials, transport=httpx.MockTransport(answer)),
    )
    return asked


def workspace(folder: Path, image: str, test: str = f"{OWN}:1") -> Workspace:
    small = SmallApplication(folder).begin(
        "services:",
        f"  cart: {{git: 'file://{folder}/cart.git', image: {image}}}",
        "tests:",
        f"  - {{name: buy, image: '{test}'}}",
    )
    credentials = RegistryCredentials(username="u", password="p", host="r.example.com")
    access = Access(
        small.git.url,
        cache=folder / "cache",
        repositories=RepositoryCredentials(registry=credentials),
        images=("r.example.com/shop",),
    )
    return Workspace(access, lambda _: None)  # type: ignore[arg-type, return-value]


def test_an_image_that_no_operator_has_named_is_asked_of_nobody(tmp_path: Path, asked: list[str]) -> None:
    look = workspace(tmp_path, OTHERS, test=f"{OTHERS}:1")
    said = rf"{OTHERS}: an image repository that no operator has named\. Name how it begins in images of"
    with pytest.raises(BadInput, match=said):
        look._systems.registry_of_declared(OTHERS)
    with pytest.raises(BadInput, match=said):
        look.image_digest(f"{OTHERS}:1")
    assert look.image_digests([f"{OTHERS}:1"]) == {}
    assert asked == []


def test_credentials_are_for_what_is_named_alone(tmp_path: Path, asked: list[str]) -> None:
    look = workspace(tmp_path, OWN)
    assert look.image_digests([f"{OWN}:1"]) == {f"{OWN}:1": f"sha256:{'a' * 64}"}
    assert asked[-1] == "/v2/shop/cart/manifests/1 with credentials"
    asked.clear()
    assert look.image_digests([f"{OTHERS}:1"]) == {}
    assert asked == ["/v2/bank/vault/manifests/1 by nobody"]
