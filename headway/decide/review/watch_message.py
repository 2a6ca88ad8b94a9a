"""What a watch that failed ends with, and how one reads back of whom it speaks: it has no run for each application."""

import re
from collections.abc import Mapping

SHOWN = 20
"""Applications whose failure is told; of all others the name alone."""
LIMIT = 300
"""Characters of what is told of one."""
_NAMES = re.compile(r"^(?:watch: )?([^\n:]+) could not be delivered whole(?:$|\n)")


def told(failed: Mapping[str, str]) -> str:
    """`failed`: why, by application. The names come first, then a line for each."""
    lines = [f"{name}: {_shortened(why)}" for name, why in [*failed.items()][:SHOWN] if why]
    return "\n".join([f"{', '.join(failed)} could not be delivered whole", *lines])


def names_any(message: str) -> bool:
    """Else it failed for another reason, and says nothing of who was delivered."""
    return _NAMES.match(message) is not None


def of_application(message: str, application: str) -> str | None:
    """Why that one could not be, empty where that is not told; None where the message does not name it."""
    found = _NAMES.match(message)
    if found is None or application not in found[1].split(", "):
        return None
    begin = f"{application}: "
    lines = (line for line in message.splitlines()[1:] if line.startswith(begin))
    return next((line.removeprefix(begin) for line in lines), "")


def _shortened(why: str) -> str:
    line = " ".join(why.split())
    return line if len(line) <= LIMIT else f"{line[:LIMIT]}..."
