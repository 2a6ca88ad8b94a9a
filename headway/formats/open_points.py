"""What `headway init` left open in a headway.yaml: a guess behind which a comment says what is wanted."""

import re

FILL_IN = "# fill in:"


def of(text: str, file: str) -> list[str]:
    """`file:line: key: what is wanted` of each that is still open."""
    return [
        f"{file}:{at}: {key}: not filled in yet: {_ended(why)} Correct it, and take the comment away"
        for at, line in enumerate(text.splitlines(), 1)
        if (found := re.match(rf"\s*([\w-]+):.*{FILL_IN} *(.*)", line))
        for key, why in [found.groups()]
    ]


def _ended(why: str) -> str:
    return why if why.endswith(("?", ".")) else f"{why}."
