"""What is folded away is read back as it was, and what only looks like it is text."""

import pytest

from headway.formats.markdown import Part, fenced, folded, parts

HOSTILE = "</pre></details><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(["## It failed", "", "so"], [Part(("## It failed", "", "so"))], id="text alone"),
        pytest.param(
            ["before", *folded("Events: 2", ["one", "", "<two> & three"]), "after"],
            [Part(("before",)), Part(("one", "", "<two> & three"), "Events: 2"), Part(("", "after"))],
            id="between texts",
        ),
        pytest.param(folded("None", []), [Part(("",), "None")], id="nothing is folded away"),
        pytest.param(folded(HOSTILE, [HOSTILE]), [Part((HOSTILE,), HOSTILE)], id="it says that it ends"),
        pytest.param(
            fenced(["<details><summary>log</summary>", "</pre></details>"]),
            [Part(("```", "<details><summary>log</summary>", "</pre></details>", "```"))],
            id="a log that looks like it",
        ),
        pytest.param(
            ["<details><summary>cut off</summary>", "<pre>one"],
            [Part(("one",), "cut off")],
            id="it never ends",
        ),
        pytest.param(["<details>", "x"], [Part(("<details>", "x"))], id="no summary"),
    ],
)
def test_parts(markdown: list[str], found: list[Part]) -> None:
    assert list(parts("\n".join([*markdown]))) == found
