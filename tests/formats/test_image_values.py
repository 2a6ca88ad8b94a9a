"""Where images stand in values.yaml: keys of any name, whole images, digests beside tags, and the markers of Flux."""

from typing import Any

import pytest

from headway.errors import BadInput
from headway.formats import image_markers, image_values
from headway.model.application import Service
from headway.model.service_images import DeclaredImage

FILE = "values.yaml"
REPOSITORY = "r.example.com/cart"
DIGEST = f"sha256:{'d' * 64}"
MARKED = """\
# {"$imagepolicy": "flux-system:cart:tag"}
cart:
  image:
    name: old.example.com/cart # {"$imagepolicy": "flux-system:cart:name"}
    tag: "1.0.0" # {"$imagepolicy": "flux-system:cart:tag"}
    digest: '' # {"$imagepolicy": "flux-system:cart:digest"}
  sidecars:
  - image: r.example.com/cart:1.0.0   # {"$imagepolicy": "flux-system:cart"}
  other: 2.0.0 # {"$imagepolicy": "flux-system:other:tag"}
  broken: 2.0.0 # {"$imagepolicy": "flux-system:cart:tag"
  odd: 2.0.0 # {"$imagepolicy": "flux-system:cart:size"}
"""


def image(**keys: Any) -> DeclaredImage:
    return Service.model_validate({"git": "g", "image": REPOSITORY, **keys}).declared("cart")[0]


PINNED = {"kind": "digest", "tag": "1.0.0"}


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        pytest.param({}, "cart: {image: {tag: 1.0.0}}", 'cart: {image: {tag: "1.1.0"}}', id="by default"),
        pytest.param({"value": "global.x.tag"}, "global: {x: {tag: 1.0.0}}", 'global: {x: {tag: "1.1.0"}}', id="key of its own"),
        pytest.param({"value": "pods.0.tag"}, "pods: [{tag: 1.0.0}]", 'pods: [{tag: "1.1.0"}]', id="in a list"),
        pytest.param(
            {"value": "t", "value_digest": "d", "value_name": "n"},
            f"t: 1.0.0\nd: {DIGEST}\nn: old.example.com/cart",
            't: "1.1.0"\nd: ""\nn: "r.example.com/cart"',
            id="name, tag and digest; a tag was chosen",
        ),
        pytest.param({"value_image": "i"}, "i: old.example.com:5000/cart:1.0.0", 'i: "r.example.com/cart:1.1.0"', id="in one"),
        pytest.param({"value_image": "i"}, f"i: r/cart:1.0.0@{DIGEST}", 'i: "r.example.com/cart:1.1.0"', id="in one, pinned"),
        pytest.param(
            {"marker": "flux-system:cart"},
            MARKED,
            MARKED.replace('"1.0.0" #', '"1.1.0" #')
            .replace("r.example.com/cart:1.0.0 ", '"r.example.com/cart:1.1.0" ')
            .replace("old.example.com/cart", '"r.example.com/cart"'),
            id="by markers",
        ),
    ],
)  # fmt: skip
def test_a_tag_is_read_and_written_where_it_stands(keys: dict[str, str], before: str, after: str) -> None:
    declared = image(**keys)
    assert image_values.read(before, declared, FILE) == "1.0.0"
    written = image_values.write(before, declared, "1.1.0", FILE)
    assert (written, image_values.read(written, declared, FILE)) == (after, "1.1.0")
    assert image_values.write(written, declared, "1.1.0", FILE) == written


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        pytest.param(
            {}, "cart: {image: {tag: 1.0.0}}", f'cart: {{image: {{tag: "1.0.0@{DIGEST}"}}}}', id="in the tag"
        ),
        pytest.param(
            {"value": "t", "value_digest": "d"},
            "t: '1.0.0'\nd:",
            f"t: '1.0.0'\nd: \"{DIGEST}\"",
            id="in a key of its own",
        ),
        pytest.param(
            {"value_image": "i"}, "i: r/cart:1.0.0", f'i: "r.example.com/cart:1.0.0@{DIGEST}"', id="in one"
        ),
    ],
)
def test_a_digest_goes_where_it_belongs(keys: dict[str, str], before: str, after: str) -> None:
    declared = image(policy=PINNED, **keys)
    assert image_values.read(before, declared, FILE) == "1.0.0"
    written = image_values.write(before, declared, f"1.0.0@{DIGEST}", FILE)
    assert (written, image_values.read(written, declared, FILE)) == (after, f"1.0.0@{DIGEST}")


@pytest.mark.parametrize(
    ("keys", "values", "layer"),
    [
        pytest.param(
            {}, "cart: {image: {tag: 1.0.0}}", {("cart", "image", "tag"): f"1.0.0@{DIGEST}"}, id="tag"
        ),
        pytest.param({"value": "t", "value_digest": "d"}, "t: 1.0.0\nd: ''", {("d",): DIGEST}, id="digest"),
        pytest.param(
            {"value_image": "i"}, "i: r/cart:1.0.0", {("i",): f"{REPOSITORY}:1.0.0@{DIGEST}"}, id="whole"
        ),
    ],
)
def test_what_pins_it(keys: dict[str, str], values: str, layer: dict[tuple[str, ...], str]) -> None:
    assert image_values.layer(values, image(**keys), DIGEST, FILE) == layer


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        pytest.param("''", "", id="empty"),
        pytest.param("r.example.com:5000/cart", "", id="a port is no tag"),
        pytest.param(f"r.example.com/cart@{DIGEST}", "", id="a digest alone"),
        pytest.param("cart:1", "1", id="short"),
    ],
)
def test_the_tag_of_a_whole_image(written: str, tag: str) -> None:
    assert image_values.read(f"i: {written}", image(value_image="i"), FILE) == tag


def test_what_no_marker_marks_is_bad_input() -> None:
    with pytest.raises(BadInput) as refused:
        image_values.read(MARKED, image(marker="flux-system:nobody"), FILE)
    assert str(refused.value).startswith(
        "values.yaml: no value is marked as the tag or the image of flux-system:nobody"
    )


def test_markers_stand_behind_the_value_that_ends_in_their_line() -> None:
    assert [(".".join(each.path), each.policy, each.part) for each in image_markers.read(MARKED, FILE)] == [
        ("cart.image.name", "flux-system:cart", "name"),
        ("cart.image.tag", "flux-system:cart", "tag"),
        ("cart.image.digest", "flux-system:cart", "digest"),
        ("cart.sidecars.0.image", "flux-system:cart", "image"),
        ("cart.other", "flux-system:other", "tag"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param('tag: 1 # {"$imagepolicy": ["flux-system:cart"]}', id="no text"),
        pytest.param('tag: 1 # {"$imagepolicy": "cart"}', id="no namespace"),
        pytest.param('tag: "# {\\"$imagepolicy\\": \\"a:b\\"}"', id="in a value"),
        pytest.param('tag:\n  # {"$imagepolicy": "a:b"}\n  a: 1', id="on a line of its own"),
    ],
)
def test_what_is_no_marker(text: str) -> None:
    assert image_markers.read(text, FILE) == ()
