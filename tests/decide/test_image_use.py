"""Which images an application uses, and whether a new tag of a service would reach a manifest at all."""

import pytest

from headway.decide.supply.image_use import Render, ServiceImage, recorded, unused_in, used_in, uses
from headway.model.images import RecordedImage

CART = "registry.example.com/shop/cart:main-abc1234"
IMAGE = ServiceImage("cart", CART, frozenset({"cart"}))
OWN = "shop/charts/cart/templates/web.yaml"


def render(
    text: str, images: dict[str, tuple[str, ...]] | None = None, environment: str = "testing"
) -> Render:
    return Render(environment, text, {OWN: (CART,)} if images is None else images)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        pytest.param(f"image: {CART}\n", True, id="as it is called"),
        pytest.param(f'image: "{CART}"\n', True, id="quoted"),
        pytest.param("image: mirror.example.com/proxy/cart:main-abc1234\n", True, id="from a mirror"),
        pytest.param("image: cart:main-abc1234\n", True, id="without a registry"),
        pytest.param(f"image: {CART}@sha256:{'a' * 64}\n", True, id="pinned by its digest"),
        pytest.param(f"args: [--worker-image={CART}]\n", True, id="an operator's argument"),
        pytest.param("image: registry.example.com/shop/cart:main-abc12345\n", False, id="a longer tag"),
        pytest.param("image: registry.example.com/shop/cart:main-abc1234.1\n", False, id="another tag"),
        pytest.param("image: registry.example.com/shop/dog-cart:main-abc1234\n", False, id="another image"),
        pytest.param("image: registry.example.com/shop/catalog:main-abc1234\n", False, id="its sibling"),
        pytest.param("version: main-abc1234\n", False, id="the tag alone"),
    ],
)
def test_what_uses_an_image(text: str, used: bool) -> None:
    assert used_in(IMAGE, [render(text)]) == (("testing",) if used else ())


DIGEST = f"sha256:{'b' * 64}"
BY_DIGEST = ServiceImage("cart", f"{CART}@{DIGEST}", IMAGE.folders)


@pytest.mark.parametrize(
    ("image", "digest", "pinned"),
    [
        pytest.param(IMAGE, DIGEST, BY_DIGEST, id="by the digest that its tag has"),
        pytest.param(IMAGE, None, IMAGE, id="the registry has none"),
        pytest.param(BY_DIGEST, f"sha256:{'c' * 64}", BY_DIGEST, id="somebody has pinned it"),
    ],
)
def test_an_image_is_pinned(image: ServiceImage, digest: str | None, pinned: ServiceImage) -> None:
    assert image.pinned(digest) == pinned


OTHER = "registry.example.com/shop/cart:fixed"


@pytest.mark.parametrize(
    ("renders", "unused"),
    [
        pytest.param([render(CART)], (), id="used"),
        pytest.param([render(OTHER, {OWN: (OTHER,)})], ("testing",), id="the chart has a tag of its own"),
        pytest.param([render("", {OWN: ()})], ("testing",), id="no container at all, anywhere"),
        pytest.param([render("", {})], (), id="switched off"),
        pytest.param(
            [render("", {"shop/templates/text.yaml": ("busybox",)})], (), id="switched off, others are not"
        ),
        pytest.param(
            [render(CART), render("", {OWN: ()}, "staging")], (), id="one environment has no container of it"
        ),
        pytest.param(
            [render(CART), render(OTHER, {OWN: (OTHER,)}, "staging")],
            ("staging",),
            id="one environment has a tag of its own",
        ),
        pytest.param(
            [render(CART, {"shop/templates/all.yaml": (CART,)})], (), id="rendered by the umbrella itself"
        ),
        pytest.param(
            [render(OTHER, {"shop/templates/cart/web.yaml": (OTHER,)})],
            (),
            id="a folder of the umbrella's own",
        ),
        pytest.param([render(OTHER, {"NOTES": (OTHER,)})], (), id="no folder at all"),
        pytest.param([render(OTHER, {"shop/charts/cart": (OTHER,)})], ("testing",), id="the chart alone"),
    ],
)
def test_where_a_new_tag_would_change_nothing(renders: list[Render], unused: tuple[str, ...]) -> None:
    assert unused_in(IMAGE, renders) == unused


def test_an_alias_is_a_folder_of_its_own() -> None:
    aliased = render(OTHER, {"shop/charts/basket/templates/web.yaml": (OTHER,)})
    assert unused_in(IMAGE, [aliased]) == ()
    assert unused_in(ServiceImage("cart", CART, frozenset({"basket"})), [aliased]) == ("testing",)


def test_every_image_with_the_environments_that_use_it() -> None:
    renders = [
        render(CART, {OWN: (CART, "busybox"), "shop/templates/mail.yaml": ("mailhog:1",)}),
        render("worker: cart:main-abc1234", {OWN: ("busybox",)}, "staging"),
    ]
    switched_off = ServiceImage("catalog", "registry.example.com/shop/catalog:1", frozenset({"catalog"}))
    assert uses(renders, [IMAGE, switched_off], ["tests:1"]) == {
        "tests:1": ("testing", "staging"),
        CART: ("testing", "staging"),
        "busybox": ("testing", "staging"),
        "mailhog:1": ("testing",),
    }


def test_what_has_no_digest_is_not_recorded() -> None:
    used = {CART: ("testing", "staging"), "mailhog:1": ("testing",), "gone:1": ("testing",), "away:1": ()}
    digests = {CART: "sha256:a", "mailhog:1": "sha256:b", "gone:1": None}
    assert recorded(used, digests, ["testing", "staging"]) == (
        RecordedImage(CART, "sha256:a"),
        RecordedImage("mailhog:1", "sha256:b", ("testing",)),
    )
