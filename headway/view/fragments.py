"""A part of a page that many watch: rendered once for all who see the same, until more is known."""

from collections.abc import Callable, Hashable

from markupsafe import Markup

LIMIT = 64


class Fragments:
    def __init__(self) -> None:
        self._of: object = None
        self._made: dict[Hashable, Markup] = {}

    def get(self, of: object, key: Hashable, render: Callable[[], str]) -> Markup:
        """`of`: what is shown, the very object; whatever was rendered of another one is forgotten. `key`: how, and to whom."""
        if of is not self._of or len(self._made) >= LIMIT:
            self._of, self._made = of, {}
        made = self._made
        if key not in made:
            # Only what a template of ours rendered comes here.
            made[key] = Markup(render())
        return made[key]
