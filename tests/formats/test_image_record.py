"""The images of a package, written into its Chart.yaml and read again."""

from typing import Any

import pytest

from headway.errors import BadInput
from headway.formats import image_record, image_reference
from headway.formats.image_reference import Reference
from headway.model.charts import IMAGES_ANNOTATION
from headway.model.images import RecordedImage

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
CART = RecordedImage("registry.example.com/shop/cart:1", A)
MAIL = RecordedImage("mailhog:1", B, ("testing",))


def test_written_compactly_in_one_order_and_read_again() -> None:
    written = image_record.annotations([CART, MAIL])
    assert written == image_record.annotations([MAIL, CART])
    assert written == {
        IMAGES_ANNOTATION: f'[{{"image":"mailhog:1","digest":"{B}","in":["testing"]}},'
        f'{{"image":"registry.example.com/shop/cart:1","digest":"{A}"}}]'
    }
    assert image_record.read({"name": "shop", "annotations": written}) == (MAIL, CART)
    assert image_record.annotations([]) == {}


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({}, id="a package of before"),
        pytest.param({"annotations": None}, id="no annotations"),
        *(
            pytest.param({"annotations": {IMAGES_ANNOTATION: text}}, id=name)
            for name, text in {
                "not JSON": "[",
                "no list": "1",
                "no mapping in it": '["x"]',
                "not a text": '[{"image":1,"digest":"' + A + '"}]',
                "no digest": '[{"image":"x","digest":"latest"}]',
                "no image": '[{"image":"a:","digest":"' + A + '"}, {"image":":1","digest":"' + A + '"}]',
                "half": '[{"image":"x"}]',
                "environments that are none": '[{"image":"x","digest":"' + A + '","in":3}]',
            }.items()
        ),
    ],
)
def test_what_headway_did_not_write_is_not_known(metadata: dict[str, Any]) -> None:
    assert image_record.read(metadata) == ()


def test_where_an_image_is_used() -> None:
    assert [MAIL.used_in(each) for each in ("testing", "staging")] == [True, False]
    assert CART.used_in("staging")


@pytest.mark.parametrize(
    ("text", "reference", "asked_by"),
    [
        ("cart", Reference("cart", "latest"), "latest"),
        ("shop/cart:1.0", Reference("shop/cart", "1.0"), "1.0"),
        ("localhost:5000/cart", Reference("localhost:5000/cart", "latest"), "latest"),
        ("localhost:5000/cart:1", Reference("localhost:5000/cart", "1"), "1"),
        (f"cart@{A}", Reference("cart", "", A), A),
        (f"localhost:5000/cart:1@{A}", Reference("localhost:5000/cart", "1", A), A),
    ],
)
def test_the_parts_of_an_image_s_name(text: str, reference: Reference, asked_by: str) -> None:
    assert image_reference.parse(text) == reference
    assert reference.asked_by == asked_by


@pytest.mark.parametrize("text", ["", ":1", "cart:", "cart@sha256:1", "cart@", f"@{A}", f"cart@{A}\n"])
def test_what_names_no_image(text: str) -> None:
    with pytest.raises(BadInput, match="not the name of an image"):
        image_reference.parse(text)
