import pytest

from headway.errors import BadInput
from headway.formats.yaml_scalar import read_scalar, splice

FILE = "values.yaml"
TAG = ("cart", "image", "tag")

SPLICED = [
    pytest.param("cart:\n  image:\n    tag: old\n", 'cart:\n  image:\n    tag: "new"\n', id="plain"),
    pytest.param(
        "cart:\n  image:\n    tag: 'old'   # why\n", 'cart:\n  image:\n    tag: "new"   # why\n', id="comment"
    ),
    pytest.param('cart: {image: {tag: "old", x: 1}}\n', 'cart: {image: {tag: "new", x: 1}}\n', id="flow"),
    pytest.param(
        "cart:\r\n  image:\r\n    tag: old\r\n", 'cart:\r\n  image:\r\n    tag: "new"\r\n', id="crlf"
    ),
    pytest.param(
        "\ufeffcart:\n  image: {tag: old}\n", '\ufeffcart:\n  image: {tag: "new"}\n', id="byte order mark"
    ),
    pytest.param(
        "a: é🎉\ncart: {image: {tag: old}}\n", 'a: é🎉\ncart: {image: {tag: "new"}}\n', id="wide characters"
    ),
    pytest.param("cart:\n  image:\n    tag:\n", 'cart:\n  image:\n    tag: "new"\n', id="empty scalar"),
    pytest.param(
        "cart:\n  image:\n    tag: # none\n", 'cart:\n  image:\n    tag: "new" # none\n', id="empty, comment"
    ),
    pytest.param('cart: {image: {tag: ""}}', 'cart: {image: {tag: "new"}}', id="no newline at the end"),
    pytest.param("cart:\n  image:\n    tag: !!str 1.0\n", 'cart:\n  image:\n    tag: "new"\n', id="tagged"),
    pytest.param("? cart\n: image: {tag: old}\n", '? cart\n: image: {tag: "new"}\n', id="complex key"),
    pytest.param(
        "x: &a {k: 1}\ny: *a\ncart: {image: {tag: old}}\n",
        'x: &a {k: 1}\ny: *a\ncart: {image: {tag: "new"}}\n',
        id="aliases elsewhere stay",
    ),
    pytest.param("%YAML 1.1\n---\ncart: {image: {tag: old}}\n", None, id="directive"),
]


@pytest.mark.parametrize(("before", "after"), SPLICED)
def test_replaces_one_scalar_and_nothing_else(before: str, after: str | None) -> None:
    result = splice(before, TAG, "new", FILE)
    assert result == (after or before.replace("old", '"new"'))
    assert read_scalar(result, TAG, FILE) == "new"


@pytest.mark.parametrize("value", ["1e3", "0o17", "on", "12:30", "2026-11-24", 'a"b\\c', "", "ä"])
def test_any_value_is_read_back_as_the_string_it_is(value: str) -> None:
    result = splice("cart: {image: {tag: old}}", TAG, value, FILE)
    assert read_scalar(result, TAG, FILE) == value
    assert result.startswith('cart: {image: {tag: "')


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("main-1a2b3c4", True, id="plain string"),
        pytest.param("'1e3'", True, id="quoted"),
        pytest.param("0.1.0", True, id="plain version"),
        pytest.param("1e3", False, id="number to Helm"),
        pytest.param("1234567", False, id="digits only"),
        pytest.param("on", False, id="boolean to Helm"),
    ],
)
def test_the_same_value_stays_as_written_unless_helm_may_misread_it(written: str, kept: bool) -> None:
    text = f"cart: {{image: {{tag: {written}}}}}\n"
    same = splice(text, TAG, written.strip("'"), FILE)
    assert (same == text) is kept


@pytest.mark.parametrize("at", range(20))
def test_every_other_byte_stays(at: int) -> None:
    lines = [f"s{each}:  # n{each}\n  tag:   'v{each}'  # t\n\n" for each in range(20)]
    text = "".join(lines)
    result = splice(text, (f"s{at}", "tag"), "new", FILE)
    assert result == text.replace(f"'v{at}'", '"new"')


REFUSED = [
    pytest.param("cart: {image: {}}\n", "values.yaml:1: there is no cart.image.tag", id="missing key"),
    pytest.param("a: 1\n", "values.yaml:1: there is no cart", id="missing root"),
    pytest.param("", "values.yaml: the file is empty", id="empty file"),
    pytest.param("cart:\n  image: x\n", "values.yaml:2: cart.image is not a mapping", id="scalar on the way"),
    pytest.param(
        "cart:\n  image:\n    tag: {a: 1}\n", "values.yaml:3: cart.image.tag is not a scalar", id="mapping"
    ),
    pytest.param(
        "cart:\n  image:\n    tag: [a]\n", "values.yaml:3: cart.image.tag is not a scalar", id="list"
    ),
    pytest.param(
        "v: &v old\ncart: {image: {tag: *v}}\n", "values.yaml:2: cart.image.tag is an alias", id="alias"
    ),
    pytest.param(
        "cart: {image: {tag: &v old}}\nx: *v\n", "values.yaml:1: cart.image.tag has an anchor", id="anchor"
    ),
    pytest.param("cart: &c {image: {tag: a}}\n", "values.yaml:1: cart has an anchor", id="anchor above"),
    pytest.param("b: &b {tag: x}\ncart:\n  image:\n    <<: *b\n", "merge key", id="merge key"),
    pytest.param("cart:\n  image:\n    tag: |\n      old\n", "block scalar", id="block scalar"),
    pytest.param(
        "cart:\n  image:\n    tag: a\n    tag: b\n", "values.yaml:4: cart.image.tag stands twice", id="twice"
    ),
    pytest.param(
        "cart: {image: {tag: a}}\ncart: {image: {tag: b}}\n", "cart stands twice", id="parent twice"
    ),
    pytest.param("cart: {image: {tag: a}}\n---\nb: 1\n", "several documents", id="several documents"),
    pytest.param("cart: {image: {tag: a}\nb: [\n", "values.yaml:2", id="malformed"),
    pytest.param("cart: {image: {tag}}\n", "cannot be replaced", id="flow key without value"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refuses_naming_file_and_line(text: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        splice(text, TAG, "new", FILE)
    assert message in str(error.value)
    assert str(error.value).startswith("values.yaml")


def test_positions_in_lists() -> None:
    text = "dependencies:\n- name: a\n  version: 1.0.0\n- name: b\n  version: 2.0.0\n"
    assert splice(text, ("dependencies", "1", "version"), "2.0.1", FILE) == text.replace("2.0.0", '"2.0.1"')
    with pytest.raises(BadInput, match="without item '2'"):
        splice(text, ("dependencies", "2", "version"), "x", FILE)


@pytest.mark.parametrize("value", ["", "x"])
def test_no_comment_swallows_what_is_written(value: str) -> None:
    with pytest.raises(BadInput, match="cannot be replaced where it stands"):
        splice("%YAML 1.1\n---\n#", (), value, "values.yaml")
