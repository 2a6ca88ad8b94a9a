import pytest

from headway.decide.supply.pins import Written, pin


def written(history: str) -> list[Written]:
    """ "p:b h:a" is a commit of a person's that left b, on top of one of Headway's that left a."""
    return [
        Written(value, f"{at}{writer}", writer == "h")
        for at, (writer, _, value) in enumerate(each.partition(":") for each in history.split())
    ]


@pytest.mark.parametrize(
    ("history", "left", "commit"),
    [
        pytest.param("", None, "", id="no history"),
        pytest.param("p:a", None, "", id="nothing is known of before"),
        pytest.param("h:b p:a", None, "", id="Headway wrote it"),
        pytest.param("p:a h:b h:a", ("b",), "0p", id="a person put it back"),
        pytest.param("p:c h:b", ("b",), "0p", id="a person wrote another one"),
        pytest.param("h:a p:a h:b", ("b",), "1p", id="and the file changed elsewhere since"),
        pytest.param("p:a p:a p:a h:b", ("b",), "2p", id="more often"),
        pytest.param("h:b p:b h:b h:a", None, "", id="a person changed the file elsewhere"),
        pytest.param("p:a p:b h:c", ("b", "c"), "0p", id="a person twice"),
        pytest.param("p:a h:b p:c", ("b",), "0p", id="no further than to what Headway wrote"),
        pytest.param("p:a p: h:b", None, "", id="nothing stood there before"),
        pytest.param("p: h:b", None, "", id="a person emptied it"),
    ],
)
def test_pin(history: str, left: tuple[str, ...] | None, commit: str) -> None:
    found = pin(written(history))
    assert (found and found.left, found.commit if found else "") == (left, commit)
