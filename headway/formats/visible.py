"""Characters that people do not see, or that rule a terminal, in texts that others wrote and people decide by.

One that turns the direction of writing shows another name than the cluster reads (https://trojansource.codes); an escape sequence
of a log that stands in a record wipes what a terminal showed before.
"""

import re

_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Unicode calls them letters or symbols, and fonts show nothing."""


def hidden_in(text: str) -> bool:
    """Whether there is anything in it, beside line breaks and tabs, that nobody sees."""
    return not re.sub(r"[\n\t]", "", text).isprintable() or not _BLANK_LETTERS.isdisjoint(text)


def visible(text: str) -> str:
    """`text` with each of them as its number, such as \\u202e; line breaks and tabs stay."""
    if not hidden_in(text):
        return text
    return "".join(each if each in "\n\t" or not hidden_in(each) else _number(each) for each in text)


def _number(character: str) -> str:
    at = ord(character)
    return f"\\u{at:04x}" if at < 0x10000 else f"\\U{at:08x}"
