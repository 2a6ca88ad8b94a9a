"""What a forge answers, held against what it should be: each field that is read, and nothing else of it."""

from collections.abc import Mapping
from typing import Any, TypeVar

from headway.errors import BadInput

T = TypeVar("T")


class Answers:
    """Of one repository. Each raises BadInput for what no forge of the kind answers."""

    def __init__(self, where: str, kind: str) -> None:
        self._where, self._kind = where, kind

    def mapping(self, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.unknown(f"a {type(value).__name__} in place of an object")
        return value

    def listed(self, value: Any) -> list[Mapping[str, Any]]:
        """None is an empty one."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.unknown(f"a {type(value).__name__} in place of a list")
        return [self.mapping(each) for each in value]

    def field(self, said: Mapping[str, Any], name: str, kind: type[T]) -> T:
        value = said.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.unknown(f"no {name}")
        return value

    def text(self, said: Mapping[str, Any], name: str) -> str:
        """Empty where it is null."""
        return "" if said.get(name) is None else self.field(said, name, str)

    def unknown(self, what: str) -> BadInput:
        return BadInput(f"no forge answers so: {what}", where=self._where, next_step=f"Is it {self._kind}?")
