"""What many watch is rendered once, and what somebody has just done is waited for."""

from headway.view.fragments import LIMIT, Fragments


def test_the_same_for_all_who_see_the_same_until_more_is_known() -> None:
    fragments, made = Fragments(), list[str]()

    def render(text: str) -> str:
        made.append(text)
        return text

    first, second = object(), object()
    for seen in (first, first, second):
        for who in ("ada", "bob", "ada"):
            assert fragments.get(seen, who, lambda who=who: render(who)) == who  # type: ignore[misc]
    assert made == ["ada", "bob", "ada", "bob"]


def test_it_does_not_grow_for_ever() -> None:
    fragments, seen = Fragments(), object()
    for number in range(3 * LIMIT):
        fragments.get(seen, number, str)
    assert len(fragments._made) <= LIMIT
