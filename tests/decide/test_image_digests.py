"""Recorded digests against what registries answer now."""

import pytest

from headway.decide.supply.image_digests import Difference, Gone, Moved, Unknown, compare, refusal, unknown
from headway.model.images import RecordedImage

CART, WEB = RecordedImage("cart:1", "sha256:a"), RecordedImage("web:1", "sha256:b")

CASES: dict[str, tuple[tuple[RecordedImage, ...], dict[str, str | None], tuple[Difference, ...], str]] = {
    "all as it was": ((CART, WEB), {"cart:1": "sha256:a", "web:1": "sha256:b"}, (), ""),
    "nothing recorded": ((), {"cart:1": "sha256:z"}, (), ""),
    "moved": (
        (CART, WEB),
        {"cart:1": "sha256:z", "web:1": "sha256:b"},
        (Moved("cart:1", "sha256:a", "sha256:z"),),
        "cart:1 was sha256:a when it was published, and is sha256:z now",
    ),
    "gone": (
        (CART,),
        {"cart:1": None},
        (Gone("cart:1", "sha256:a"),),
        "cart:1 is not in its registry any more; it was sha256:a when it was published",
    ),
    "nobody answers": ((CART,), {}, (Unknown("cart:1"),), ""),
    "one of each": (
        (CART, WEB, RecordedImage("mail:1", "sha256:c")),
        {"cart:1": "sha256:z", "web:1": None},
        (Moved("cart:1", "sha256:a", "sha256:z"), Gone("web:1", "sha256:b"), Unknown("mail:1")),
        (
            "cart:1 was sha256:a when it was published, and is sha256:z now; "
            "web:1 is not in its registry any more; it was sha256:b when it was published"
        ),
    ),
}


@pytest.mark.parametrize(("recorded", "answers", "differences", "sentence"), CASES.values(), ids=CASES)
def test_comparison(
    recorded: tuple[RecordedImage, ...],
    answers: dict[str, str | None],
    differences: tuple[Difference, ...],
    sentence: str,
) -> None:
    found = compare(recorded, answers)
    assert found == differences
    assert refusal(found) == sentence


def test_who_could_not_be_asked() -> None:
    assert unknown(compare((CART, WEB), {"cart:1": "sha256:z"})) == ("web:1",)
