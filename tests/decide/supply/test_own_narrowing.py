from collections.abc import Mapping, Sequence

import pytest

from headway.decide.release import rejected_inputs
from headway.decide.supply import own_narrowing
from headway.decide.supply.own_narrowing import OwnImage, OwnOffer
from headway.model.quarantine import Input
from headway.model.record import Good, Rejection, ReleaseRecord
from tests.decide.shop import NOW

CONTENT = "content shop sha256:c1"


def record(*sets: Sequence[str], good: Sequence[Sequence[str]] = ()) -> ReleaseRecord:
    goods = tuple(
        Good(revision=1, chart_digest="", values_digest="", version="1", tested_at=NOW, inputs=tuple(each))
        for each in good
    )
    rejections = tuple(
        Rejection(chart_digest="", version="2", reason="broke", at=NOW, inputs=tuple(each)) for each in sets
    )
    return ReleaseRecord(application="s", environment="e", release="s", good=goods, rejections=rejections)


@pytest.mark.parametrize(
    ("found", "every", "alone"),
    [
        pytest.param(None, set(), set(), id="no record"),
        pytest.param(
            record(["image r/cart 1.1.0@sha256:aa"]),
            {"1.1.0", "1.1.0@sha256:aa"},
            {"1.1.0", "1.1.0@sha256:aa"},
            id="alone",
        ),
        pytest.param(record(["image r/cart 1.1.0", "image r/web 2"]), {"1.1.0"}, set(), id="with another"),
        pytest.param(record(["image r/cart 1.1.0", "chart cart 3"]), {"1.1.0"}, set(), id="with its chart"),
        pytest.param(
            record(["image r/cart 1.1.0", "image r/web 2"], ["image r/web 2"]),
            set(),
            set(),
            id="with another that failed alone since",
        ),
        pytest.param(record(["image r/cart-worker 1.1.0"]), set(), set(), id="another image"),
        pytest.param(
            record(["image r/cart 1.1.0"], good=[["image r/cart 1.1.0"]]), set(), set(), id="good since"
        ),
        pytest.param(record([]), set(), set(), id="a version alone"),
    ],
)
def test_tags_that_failed(found: ReleaseRecord | None, every: set[str], alone: set[str]) -> None:
    known = own_narrowing.rejected(rejected_inputs.sets(found))
    assert own_narrowing.tags(known, "r/cart") == every
    assert own_narrowing.tags(known, "r/cart", alone=True) == alone


def image(current: str, newest: str, former: str = "1.0", *, of: str = "cart") -> OwnImage:
    return OwnImage(of, f"r/{of}", current, newest, former)


def both(cart: OwnImage, web: OwnImage) -> Mapping[str, OwnImage]:
    return {"cart": cart, "web": web}


def at(cart: str, web: str, *more: str) -> tuple[str, ...]:
    return (f"image r/cart {cart}@sha256:{cart}", f"image r/web {web}@sha256:{web}", *more)


STOOD = both(image("1.0", "2.0"), image("1.0", "2.0", of="web"))
BROUGHT = both(image("2.0", "2.0"), image("2.0", "2.0", of="web"))
HALF = both(image("2.0", "2.0"), image("1.0", "2.0", of="web"))
BOTH = at("2.0", "2.0")
OLD = at("1.0", "1.0")
AFTER_CART = {"web": "waits for the result of cart"}
BESIDE_CART = {"web": "rejected together with r/cart 2.0, in use now; it waits for something newer"}
BESIDE_CONTENT = {
    "cart": "rejected together with the content of shop, in use now; it waits for something newer"
}


@pytest.mark.parametrize(
    ("images", "failed", "good", "tags", "waiting"),
    [
        pytest.param(STOOD, [], [OLD], ("2.0", "2.0"), {}, id="nothing failed"),
        pytest.param(
            BROUGHT, [BOTH], [OLD], ("2.0", "1.0"), AFTER_CART, id="a half stays, the other goes back"
        ),
        pytest.param(STOOD, [BOTH], [OLD], ("2.0", "1.0"), AFTER_CART, id="both are back: a half comes in"),
        pytest.param(HALF, [BOTH], [OLD], ("2.0", "1.0"), BESIDE_CART, id="the half is under way"),
        pytest.param(
            HALF,
            [BOTH],
            [at("2.0", "1.0"), OLD],
            ("2.0", "1.0"),
            BESIDE_CART,
            id="the half passed: the other is guilty, or only in its company",
        ),
        pytest.param(
            both(image("2.0", "1.0"), image("1.0", "2.0", of="web")),
            [BOTH, BOTH[:1]],
            [OLD],
            ("1.0", "2.0"),
            {},
            id="the half failed: the other is under no suspicion",
        ),
        pytest.param(
            both(image("2.0", "2.0"), image("1.0", "2.1", of="web")),
            [BOTH],
            [at("2.0", "1.0")],
            ("2.0", "2.1"),
            {},
            id="a newer one of the other comes in",
        ),
        pytest.param(
            both(image("2.0", "2.0", former="2.0"), image("2.0", "2.0", former="2.0", of="web")),
            [BOTH],
            [OLD],
            ("2.0", "2.0"),
            {},
            id="there is nothing else to choose",
        ),
        pytest.param(
            both(image("2.0", "2.0"), image("1.0", "1.0", of="web")),
            [(BOTH[0], CONTENT)],
            [OLD],
            ("1.0", "1.0"),
            BESIDE_CONTENT,
            id="with what people wrote, which stays",
        ),
        pytest.param(
            both(image("1.0", "2.0"), image("1.0", "1.0", of="web")),
            [(BOTH[0], "content shop sha256:c2")],
            [OLD],
            ("2.0", "1.0"),
            {},
            id="with what people have changed since",
        ),
        pytest.param(
            both(image("s@sha256:bb", "s@sha256:bb", former="s@sha256:aa"), image("1.0", "1.0", of="web")),
            [("image r/cart s@sha256:bb", CONTENT)],
            [OLD],
            ("s@sha256:aa", "1.0"),
            BESIDE_CONTENT,
            id="a tag that moves, by its digest",
        ),
    ],
)
def test_what_failed_together_comes_in_parts(
    images: Mapping[str, OwnImage],
    failed: Sequence[Sequence[str]],
    good: Sequence[Sequence[str]],
    tags: tuple[str, str],
    waiting: Mapping[str, str],
) -> None:
    found = offered(images, failed, good)
    assert (found.tags["cart"], found.tags["web"]) == tags
    assert found.waiting == waiting


def offered(
    images: Mapping[str, OwnImage],
    failed: Sequence[Sequence[str]],
    good: Sequence[Sequence[str]],
    whole: str = "",
) -> OwnOffer:
    known = own_narrowing.rejected(failed)
    others = frozenset({Input("content", "shop", "sha256:c1"), Input("chart", "cart", "1")})
    return own_narrowing.offer(images, others=others, known=known, good=good, whole=whole)


def test_the_rest_of_a_set_waits_until_the_half_has_its_result() -> None:
    services = ("cart", "web", "stock", "prices")
    failed = [tuple(f"image r/{name} 2.0" for name in services)]
    old = tuple(f"image r/{name} 1.0" for name in services)
    images = {name: image("2.0", "2.0", of=name) for name in services}
    first = offered(images, failed, [old])
    assert first.tags == {"cart": "2.0", "web": "2.0", "stock": "1.0", "prices": "1.0"}
    assert first.note == "2 of 4 new inputs, the others wait for the result of this"

    half = {name: image(tag, "2.0", of=name) for name, tag in first.tags.items()}
    under_way = offered(half, failed, [old])
    assert under_way.tags == first.tags
    waits = "waits for the result of r/cart 2.0, r/web 2.0"
    assert under_way.waiting == dict.fromkeys(("stock", "prices"), waits)
    assert under_way.note == ""

    passed = [f"image r/{name} {tag}" for name, tag in first.tags.items()]
    assert offered(half, failed, [passed, old]).tags == {**first.tags, "stock": "2.0"}
    assert offered(half, failed, []).tags == first.tags, "nobody knows what was good"


def test_where_a_person_is_asked_for_each_version_a_set_waits_for_something_newer() -> None:
    found = offered(BROUGHT, [BOTH], [OLD], whole="it waits for something newer")
    assert found.tags == {"cart": "1.0", "web": "1.0"}
    said = "rejected as a set: r/cart 2.0, r/web 2.0; it waits for something newer"
    assert found.waiting == {"cart": said, "web": said}
