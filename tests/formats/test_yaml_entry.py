"""Where a file may be cut: what is read of a part is what the whole file says there, or the whole file is read."""

import random
import threading

import pytest
import yaml

from headway.clients import side_by_side
from headway.errors import BadInput
from headway.formats import yaml_entry, yaml_scalar, yaml_source

FILE = "values.yaml"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    yaml_entry._texts.clear()


CUT = {
    "an entry between others": "a: 1\ncart:\n  tag: x\nb: 2\n",
    "the first": "cart: {tag: x}\nb: 2\n",
    "the last, without a line end": "b: 2\ncart: {tag: x}",
    "behind comments": "# a\n\n  # b\ncart: {tag: x}\n",
    "CRLF": "a: 1\r\n\r\ncart:\r\n  tag: x\r\nb: 2\r\n",
    "a list at the margin": "a:\n- 1\n- b: 2\ncart:\n- tag\nb: 2\n",
    "a comment at the margin": "a: 1\ncart:\n# who's\n  tag: x\n",
    "a script before it": "a: |\n  it's \"open\n  [ {\ncart: {tag: x}\n",
    "an open quote in a comment": "a: 1 # don't\ncart: {tag: x}\n",
    "quotes over several lines": "a: 'x\n  y'\ncart: {tag: x}\n",
    "an anchor and an alias": "a: &x {b: 1}\nc: *x\ncart: {tag: x}\n",
    "nothing behind an anchor": "a: &x\ncart: {tag: x}\n",
    "numbers and words as keys": "1: 2\nnull: x\ncart: {tag: x}\n",
}
WHOLE = {
    "a key in quotes over several lines": "a: 'x\ncart: y'\nb: 1\n",
    "a key in double quotes over several lines": 'a: "x\ncart: y"\nb: 1\n',
    "a key in a flow mapping": "a: {x: 1,\ncart: y}\nb: 1\n",
    "a key in a flow list": "a: [x,\ncart: y]\nb: 1\n",
    "a quote that ends on the last line": "a: 'x\ncart: y\nb: 1'\n",
    "a key that stands twice": "cart: 1\ncart: 2\n",
    "a key that stands twice, in quotes": "cart: 1\n'cart': 2\n",
    "a key that stands twice, with a space": "cart: 1\ncart : 2\n",
    "a key that stands twice, as a question": "cart: 1\n? cart\n: 2\n",
    "a key that stands twice, tagged": "cart: 1\n!!str cart: 2\n",
    "a key that stands twice, anchored": "cart: 1\n&a cart: 2\n",
    "an alias as key": "a: &b cart\n*b : 2\ncart: 1\n",
    "a merge key": "<<: {a: 1}\ncart: 1\n",
    "two documents": "a: 1\n---\ncart: 1\n",
    "a document that begins": "---\ncart: 1\n",
    "a document that ends": "cart: 1\n...\n",
    "a directive": "%YAML 1.1\n---\ncart: 1\n",
    "a text as document": "--- |\ncart: 1\n",
    "an anchor of all": "&a\ncart: 1\n",
    "a tag of all": "!!map\ncart: 1\n",
    "all further in": "  a: 1\ncart: 1\n",
    "a word": "word\ncart: 1\n",
    "a word behind": "cart: 1\nword\n",
    "a list": "- a\ncart: 1\n",
    "a flow mapping": "{a: 1,\ncart: 1}\n",
    "a tab before a value": "a: 1\ncart:\t1\n",
    "a tab at the margin": "a: 1\n\tcart: 1\n",
    "a lone carriage return": "a: 1\rcart: 2\ncart: 1\n",
    "NEL": "a: x\x85cart: 1\ncart: 1\n",
    "a line separator": "a: 'x\u2028cart: 1'\ncart: 1\n",
    "broken elsewhere": "cart: 1\na: {b\n",
    "broken before": "a: [1\ncart: 1\n",
    "a control character": "a: \x01\ncart: 1\n",
    "half a character": "a: \ud800\ncart: 1\n",
    "a BOM within": "a: 1\n\ufeffcart: 1\n",
    "a longer key": "cart: 1\n" + "x" * 1030 + ": 1\n",
    "another key": "a: 1\n",
    "nothing": "",
}


@pytest.mark.parametrize("text", CUT.values(), ids=CUT.keys())
def test_where_a_file_is_cut(text: str) -> None:
    at = yaml_entry.bounds(text, "cart")
    assert at
    assert is_the_same(text, "cart", at)


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE.keys())
def test_where_it_is_not(text: str) -> None:
    assert yaml_entry.bounds(text, "cart") is None


def test_a_key_that_could_be_written_otherwise_is_looked_for_in_all() -> None:
    for key in ("", "a b", "-a", "a:b", "ä", "<<", "x" * 200, "a\n"):
        assert yaml_entry.bounds("cart: 1\n", key) is None


def is_the_same(text: str, key: str, at: tuple[int, int]) -> bool:
    """Whether the part holds the entry as the whole has it: the same events at the same places, and nothing else."""
    whole, part = told(text, 0), told(text[slice(*at)], at[0])
    entry = part[3:-3]
    assert [each[:2] for each in part[:3]] == [each[:2] for each in whole[:3]]
    keys = [number for number, each in enumerate(whole) if each[-1] == 1 and each[1] == key and each[2]]
    assert len(keys) == 1
    return whole[keys[0] : keys[0] + len(entry)] == entry


def told(text: str, offset: int) -> list[tuple[object, ...]]:
    """Kind, value, whether it is a key, what is said beside it, where it stands, and how deep."""
    found: list[tuple[object, ...]] = []
    depth, keys = 0, [False]
    for each in yaml_source.events(text, FILE):
        depth -= isinstance(each, yaml.CollectionEndEvent)
        if isinstance(each, yaml.CollectionEndEvent):
            keys.pop()
        value = getattr(each, "value", getattr(each, "anchor", None))
        marks = tuple(at + offset for at in yaml_source.span(each))
        more = tuple(getattr(each, name, None) for name in ("anchor", "tag", "style", "flow_style"))
        found.append((type(each).__name__, value, keys[-1], *more, marks, depth))
        if isinstance(each, yaml.NodeEvent):
            keys[-1] = not keys[-1]
        if isinstance(each, yaml.CollectionStartEvent):
            depth += 1
            keys.append(isinstance(each, yaml.MappingStartEvent))
    return found


TAME = (
    *(
        "a: 1",
        "b:",
        "a: |",
        "a: >-",
        "# it's",
        "",
        "  # x",
        "a: {b: 1}",
        "  b: 1",
        "a: &x",
        "a: &x 1",
        "b: *x",
        "- a",
        "- cart: 1",
    ),
    *("a: 'x", "  y'", "    x", "  - x", "1: 2", "a: b'c", "  it's", "b: !t"),
)
LINES = (
    *(
        "cart:",
        "cart: 1",
        "a: 'x",
        "y'",
        'a: "x',
        'y"',
        "a: {",
        "}",
        "a: [",
        "]",
        "cart: {tag: x}",
        "- cart: 1",
        "-",
        "#",
        "  ",
    ),
    *(
        "  tag: x",
        "  cart: 2",
        "  'x",
        "  x'",
        "  {",
        "  }",
        "a: |2",
        "  | x",
        "a: *x",
        "  *x",
        "&x",
        "a: !t",
        "!!map",
        "? cart",
    ),
    *(
        ": 1",
        "'cart': 1",
        "cart : 1",
        "<<: {a: 1}",
        "---",
        "--- |",
        "...",
        "%YAML 1.1",
        "word",
        "\tx",
        "a:\t1",
        "  \t",
        "cart: - 1",
    ),
    *(
        "cart: a: b",
        "a: {x: 'y",
        "b: z'}",
        "cart:x: 1",
        "a: [x,",
        "cart: y]",
        "  tag: 'x",
        "z: ' # y",
        "  - {a: 1,",
        "cart: 3}",
    ),
    *('a: "x\\', "a: ,", "b: ]", *TAME),
)
ENDS = ("\n",) * 12 + ("\r\n", "\r", "\x85", "\u2028")


@pytest.mark.parametrize("seed", range(8))
def test_what_is_cut_out_of_any_lines_is_what_the_whole_says(seed: int) -> None:
    chance = random.Random(seed)
    cut = 0
    for _ in range(6000):
        end = chance.choice(ENDS)
        lines = chance.choices(chance.choice([TAME, LINES]), k=chance.randint(0, 6))
        lines.insert(chance.randint(0, len(lines)), chance.choice(["cart:", "cart: {tag: x}", "a: 2"]))
        text = "".join(f"{line}{end if chance.random() < 0.95 else chr(10)}" for line in lines)
        for key in ("cart", "a"):
            if at := yaml_entry.bounds(text, key):
                cut += 1
                assert is_the_same(text, key, at), text
    assert cut > 100


@pytest.mark.parametrize("seed", range(6))
def test_an_edit_is_that_of_the_whole_file(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same result, or the same error; and again in what came of it, which is remembered."""
    chance, cut, moved = random.Random(100 + seed), 0, 0
    for _ in range(1500):
        lines = chance.choices(chance.choice([TAME, LINES]), k=chance.randint(0, 4))
        before = "\n".join(
            [
                *lines,
                *chance.choice(BODIES),
                *chance.choices(chance.choice([TAME, LINES]), k=chance.randint(0, 2)),
            ]
        )
        quick = slow = before
        for value in ("new", "", "it's: [\n", "x" * 90):
            path = chance.choice([("cart", "tag"), ("cart",), ("cart", "list", "1"), ("a",)])
            cut += yaml_entry.bounds(quick, path[0]) is not None
            quick = edited(quick, path, value)
            with monkeypatch.context() as patch:
                patch.setattr(yaml_entry, "bounds", lambda *_: None)
                slow = edited(slow, path, value)
            assert quick == slow, before
            if known := yaml_entry._texts.get(quick):
                assert {key: known.of(key) for key in known.bounds} == yaml_entry._bounds(quick)
                moved += bool(known.moves)
    assert cut > 100
    assert moved > 100


BODIES = (
    *(
        ["cart:", "  tag: x"],
        ["cart:", "  tag:", "  b: 1"],
        ["cart: {tag: x, list: [1, 2]}"],
        ["cart:", "- a"],
    ),
    *(
        ["cart:", "  list:", "  - 1", "  - 2", "  tag: 'x'"],
        ["cart:", "  tag: a", "   b", "  c: 1"],
        ["cart:", "  tag: &x 1"],
    ),
    *(["cart:", "  tag: 1", "  tag: 2"], ["cart: {tag: }"], ["cart: {tag}"], ["cart:", "  tag: >", "   x"]),
    ["cart:", "  list:", "  - 1", "  - # none", "  tag: 'x", "", "    y' # z"],
)


def edited(text: str, path: tuple[str, ...], value: str) -> str:
    try:
        return yaml_scalar.splice(text, path, value, FILE)
    except BadInput as error:
        return str(error)


def test_the_next_edit_looks_nothing_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"service-{number}: {{tag: old}}\n" for number in range(50))
    looked: list[str] = []
    read = yaml_entry._is_read_in_parts
    monkeypatch.setattr(yaml_entry, "_is_read_in_parts", lambda lines: (looked.append(lines), read(lines))[1])
    for number in range(50):
        path = (f"service-{number}", "tag")
        assert yaml_scalar.read_scalar(text, path, FILE) == "old"
        text = yaml_scalar.splice(text, path, "new", FILE)
    assert text == "".join(f'service-{number}: {{tag: "new"}}\n' for number in range(50))
    assert len(looked) == 1


@pytest.mark.parametrize("text", ["cart: 1\n", "'cart': 1\n"], ids=["may be cut", "may not"])
def test_many_who_want_one_text_look_it_through_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    together, twice = threading.Barrier(6, timeout=20), threading.Event()
    even = yaml_entry._is_even

    def is_even(lines: str) -> bool:
        looked.append(lines)
        twice.wait(0.05) if len(looked) == 1 else twice.set()
        return even(lines)

    monkeypatch.setattr(yaml_entry, "_is_even", is_even)

    def bounds(_: int) -> tuple[int, int] | None:
        together.wait()
        return yaml_entry.bounds(text, "cart")

    assert len({*side_by_side.each(bounds, range(6), 6)}) == 1
    assert yaml_entry.bounds(text, "cart") == yaml_entry.bounds(text, "cart")
    assert len(looked) == 1


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_entry, "REMEMBERED", 100)
    for number in range(30):
        assert yaml_entry.bounds(f"cart: {number}\n", "cart")
    assert sum(map(len, yaml_entry._texts)) <= 100
    assert "cart: 29\n" in yaml_entry._texts
