"""Text as a quoted scalar that every reader of YAML takes back: what YAML has no character for is escaped."""

import json
import re

from headway.errors import BadInput

_ESCAPED = re.compile("[\x7f-\x9f\xad\u2028\u2029\ufeff\ufdd0-\ufdef\ufffe\uffff]")
"""DEL and C1, line breaks of YAML 1.1, and what is no character; json.dumps escapes the rest."""


def quoted(text: str, where: str = "") -> str:
    """Double-quoted, on one line. BadInput for half a character (a surrogate), which no escape can hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"{text[:40]!a} holds half a character (a surrogate), which cannot be written", where=where
        ) from error
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
