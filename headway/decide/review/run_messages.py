"""What a state of Prefect says of a run, without the words that Prefect and Python put before an error of Headway's.

The class of any other error stays: it is what tells it.
"""

import re

from headway import errors

_OURS = "|".join(
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.HeadwayError)
)
_BEFORE = re.compile(rf"^(?:Flow|Task) run encountered an exception:? (?:{_OURS}): ")


def of_state(message: str | None) -> str:
    return _BEFORE.sub("", message or "")
