import pytest

from headway.decide.supply import standing
from headway.decide.supply.narrowing import Update
from headway.formats import quarantine
from headway.model.edits import Edit, TakenUp
from headway.model.quarantine import Input, QuarantinedInput
from tests.decide.shop import NOW

CART = Input("image", "r.example.com/cart", "main-1")
CHART = Input("chart", "cart", "0.1.7")
CATALOG = Input("image", "r.example.com/catalog", "main-2")
BARRED = QuarantinedInput(
    "image", CART.name, CART.version, "testing", "sha256:f", "no", NOW, (CHART, CATALOG)
)
ALONE = QuarantinedInput("image", "r.example.com/prices", "main-3", "testing", "sha256:e", "no", NOW)
TEXT = quarantine.add("# ours\n", [BARRED, ALONE])
LEFT = [(Update(("catalog",), frozenset([CATALOG])), BARRED.inputs)]


def test_the_entry_says_first_what_is_kept_out() -> None:
    change = standing.edit(TEXT, LEFT)
    text = (change.files[quarantine.PATH] or b"").decode()
    assert [(each.itself, each.company) for each in quarantine.read(text)] == [
        (ALONE.itself, ()),
        (CATALOG, (CHART, CART)),
    ]
    assert text.startswith("# ours\n")
    assert change.message == (
        "Keep catalog out: the others of the set passed\n\n"
        "- r.example.com/catalog main-2 is kept out beside cart 0.1.7, r.example.com/cart main-1\n"
    )
    assert standing.edit(text, LEFT) == Edit({}, "the quarantine says what is kept out")


def test_of_two_sets_both_are_told() -> None:
    prices, mail = Input("image", "r.example.com/prices", "main-3"), Input("chart", "mail", "2.0.0")
    pair = QuarantinedInput("image", prices.name, prices.version, "testing", "sha256:e", "no", NOW, (mail,))
    both = [*LEFT, (Update(("mail", "letters"), frozenset([mail])), pair.inputs)]
    assert standing.edit(quarantine.add(None, [BARRED, pair]), both).message == (
        "Keep catalog and mail and letters out: the others of the set passed\n\n"
        "- r.example.com/catalog main-2 is kept out beside cart 0.1.7, r.example.com/cart main-1\n"
        "- mail 2.0.0 is kept out beside r.example.com/prices main-3\n"
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param(TEXT, [], id="nothing is left"),
        pytest.param(
            TEXT, [(Update(("cart",), frozenset([CART, CHART])), BARRED.inputs)], id="it does already"
        ),
        pytest.param(None, LEFT, id="a person took the entry out"),
    ],
)
def test_nothing_to_say(text: str | None, left: list[tuple[Update, frozenset[Input]]]) -> None:
    assert standing.edit(text, left).files == {}


def test_one_commit_of_both() -> None:
    update = Edit(
        {"values.yaml": b"1"}, "Update prices", "- prices: image a -> b", images=(TakenUp("r/prices:b"),)
    )
    barring = standing.edit(TEXT, LEFT)
    both = standing.joined(update, barring)
    assert (set(both.files), both.subject) == ({"values.yaml", quarantine.PATH}, "Update prices")
    assert both.body == f"{update.body}\n{barring.body}"
    assert both.images == update.images
    assert standing.joined(update, Edit({}, "")) == update
    assert standing.joined(Edit({}, "Nothing to update"), barring) == barring
