"""What every target promises: whatever comes, the end is a value that can be used, or an error of headway.errors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

from headway.errors import HeadwayError

Check = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Target:
    """`check` raises where a promise is broken; errors of Headway's are kept promises."""

    drawn: SearchStrategy[Any]
    check: Check

    def held(self, drawn: Any) -> None:
        """Raises what breaks the promise."""
        try:
            self.check(drawn)
        except HeadwayError as error:
            said = str(error)
        else:
            return
        assert said, "an error says something"


class Targets(dict[str, Target]):
    """By name."""

    def add(self, name: str, drawn: SearchStrategy[Any]) -> Callable[[Check], Check]:
        """The function below checks what is drawn."""

        def added(check: Check) -> Check:
            self[name] = Target(drawn, check)
            return check

        return added
