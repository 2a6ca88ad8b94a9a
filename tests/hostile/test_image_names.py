"""Names of images by the grammar that container runtimes share (distribution/reference), and where they point."""

import pytest

from headway.errors import BadInput
from headway.formats import headway_yaml, image_reference
from headway.formats.image_reference import Location

HUB = "registry-1.docker.io"
DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("name", "host", "path"),
    [
        ("busybox", HUB, "library/busybox"),
        ("docker.io/busybox", HUB, "library/busybox"),
        ("index.docker.io/debian", HUB, "library/debian"),
        ("docker.io/library/debian", HUB, "library/debian"),
        ("shop/cart", HUB, "shop/cart"),
        ("localhost/cart", "localhost", "cart"),
        ("127.0.0.1:5000/shop/cart", "127.0.0.1:5000", "shop/cart"),
        ("[::1]:5000/cart", "[::1]:5000", "cart"),
        ("REGISTRY/cart", "registry", "cart"),
        ("ghcr.io/a__b/c---d/e.f_g", "ghcr.io", "a__b/c---d/e.f_g"),
        pytest.param("a" * 64, HUB, f"library/{'a' * 64}", id="an identifier, with a tag"),
        pytest.param("ghcr.io/" + "a" * 255, "ghcr.io", "a" * 255, id="the longest path"),
        pytest.param("a" * 247, HUB, "library/" + "a" * 247, id="the longest on Docker Hub"),
    ],
)
def test_points_to(name: str, host: str, path: str) -> None:
    assert image_reference.locate(name) == Location(host, path)
    assert image_reference.parse(f"{name}:1").repository == name


NO_REPOSITORY = [
    "https://ghcr.io/a/b",
    "ghcr.io/A/b",
    "Cart",
    "a/../b",
    "./a",
    "a/",
    "a/b/",
    "/a",
    "a//b",
    "a/-b",
    "a/b-",
    "a/b___c",
    "a/b..c",
    "a._b/c",
    "127.0.0.1:x/y",
    "127.0.0.1:/y",
    "127.0.0.1:70000/y",
    "-a.example.com/b",
    "a..example.com/b",
    "ghcr.io/é",
    "ghcr.io/a\n",
    "ghcr.io/" + "a" * 256,
    "a" * 248,
    "a_b.io/c",
    "",
]


@pytest.mark.parametrize("name", NO_REPOSITORY)
def test_is_no_repository(name: str) -> None:
    with pytest.raises(BadInput):
        image_reference.locate(name)
    with pytest.raises(BadInput):
        image_reference.parse(f"{name}:1")
    assert image_reference.repository_of(f"{name}:1") == f"{name}:1"


@pytest.mark.parametrize(
    "image",
    [
        "cart:",
        "cart:-1",
        "cart:a b",
        "cart:é",
        "cart:1\n",
        f"cart:{'1' * 129}",
        f"cart:@{DIGEST}",
        "cart@",
        "cart@sha256:0",
        "cart@sha1:" + "a" * 40,
        f"cart@{DIGEST}\n",
        f"cart@{DIGEST}@{DIGEST}",
        "a" * 64,
        "docker-pullable://cart:1",
        " cart:1",
    ],
)
def test_is_no_image(image: str) -> None:
    with pytest.raises(BadInput):
        image_reference.parse(image)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("services: {cart: {git: g, image: ghcr.io/Shop/cart}}", "services.cart.image"),
        ("tests: [{name: smoke, image: 'https://ghcr.io/a'}]", "tests.0.image"),
    ],
)
def test_is_a_finding_of_headway_yaml(section: str, key: str) -> None:
    with pytest.raises(BadInput, match=rf":3: {key}: .* is not the name of an image"):
        headway_yaml.read(f"application: shop\nenvironments: {{dev: {{charts: 's3://b'}}}}\n{section}\n")
