"""What models of files that people write have in common."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen, and an unknown key is an error: a misspelt policy must not be read as no policy."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def no_option(value: str) -> str:
    """The value, which may stand as an operand on a command line. Raises ValueError for an option, as pydantic wants it."""
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError(f"{value!r} holds a line break or another control character")
    if value.startswith("-"):
        raise ValueError(f"{value!r} begins with '-' and would be read as an option")
    return value


Operand = Annotated[str, AfterValidator(no_option)]


def lists_as_tuples(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(lists_as_tuples(item) for item in data)
    if isinstance(data, dict):
        return {key: lists_as_tuples(value) for key, value in data.items()}
    return data
