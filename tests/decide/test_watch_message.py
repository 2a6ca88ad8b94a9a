"""What a watch that failed says of each application is read back from its message, and nothing that was not said."""

import pytest

from headway.decide.review import watch_message

ODD = {"a": "b: it failed", "b": "two\nlines", "c": "", "d": "x" * 400}


def test_what_is_told_is_read_back() -> None:
    message = f"watch: {watch_message.told(ODD)}"
    found = {name: watch_message.of_application(message, name) for name in ODD}
    assert found == {"a": "b: it failed", "b": "two lines", "c": "", "d": "x" * 300 + "..."}
    assert watch_message.names_any(message)


def test_of_many_the_names_stay() -> None:
    failed = {f"app-{number:02}": "git is away" for number in range(30)}
    message = watch_message.told(failed)
    assert watch_message.of_application(message, "app-19") == "git is away"
    assert watch_message.of_application(message, "app-29") == ""
    assert message.count("\n") == watch_message.SHOWN


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("", id="nothing"),
        pytest.param("Prefect does not answer", id="another reason"),
        pytest.param("it is said that shop could not be delivered whole, but", id="not so"),
        pytest.param("a could not be delivered whole\nshop: no", id="it names another"),
        pytest.param("myshop, shop-2 could not be delivered whole", id="a part of a name"),
    ],
)
def test_whom_it_does_not_name_it_says_nothing_of(message: str) -> None:
    assert watch_message.of_application(message, "shop") is None
