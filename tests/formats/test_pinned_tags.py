"""`pin: digest`: what is laid over an application's values."""

import json

import pytest

from headway.errors import BadInput
from headway.formats import headway_yaml, pinned_tags
from headway.model.images import RecordedImage

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
APPLICATION = headway_yaml.read("""\
application: shop
pin: digest
services:
  cart: {git: https://git.example.com/cart.git, image: registry.example.com/cart}
  web: {git: https://git.example.com/web.git, image: registry.example.com/web, value: web.pods.tag}
environments: {testing: {charts: s3://testing}}
""")
VALUES = "cart: {image: {tag: main-1}}\nweb: {pods: {tag: 'main-2'}}\n"
CART, WEB = "registry.example.com/cart:main-1", "registry.example.com/web:main-2"


@pytest.mark.parametrize(
    ("values", "digests", "layer"),
    [
        pytest.param(
            VALUES,
            {CART: A, WEB: B},
            {"cart": {"image": {"tag": f"main-1@{A}"}}, "web": {"pods": {"tag": f"main-2@{B}"}}},
            id="all",
        ),
        pytest.param(
            VALUES, {CART: A, WEB: None}, {"cart": {"image": {"tag": f"main-1@{A}"}}}, id="one is gone"
        ),
        pytest.param(VALUES, {"other:main-1": A}, {}, id="none is known"),
        pytest.param(
            VALUES.replace("main-1", f"main-1@{B}"), {CART: A}, {}, id="one that somebody has pinned"
        ),
    ],
)
def test_layer(values: str, digests: dict[str, str | None], layer: dict[str, object]) -> None:
    assert json.loads(pinned_tags.layer(APPLICATION, values, digests)) == layer


def test_a_tag_that_does_not_stand_where_it_should_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"values\.yaml:1: there is no web"):
        pinned_tags.layer(APPLICATION, "cart: {image: {tag: main-1}}\n", {})


def test_digests_by_tag_however_they_were_recorded() -> None:
    recorded = [
        RecordedImage(f"{CART}@{A}", A),
        RecordedImage(WEB, B),
        RecordedImage(f"registry.example.com/other@{A}", A),
    ]
    assert pinned_tags.by_tag(recorded) == {CART: A, WEB: B}
