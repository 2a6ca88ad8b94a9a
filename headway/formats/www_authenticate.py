"""What a server wants to be shown: the challenges of a WWW-Authenticate header."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

LIMIT = 8192
"""Characters that are read."""
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = re.compile(rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))', re.DOTALL)
_SCHEME = re.compile(_TOKEN)


@dataclass(frozen=True, slots=True)
class Challenge:
    """`scheme` in small letters; names of parameters as well."""

    scheme: str
    parameters: Mapping[str, str]


def challenges(header: str) -> list[Challenge]:
    """In the server's order; several headers are one, joined by commas. What is none is left out.

    https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
    """
    found: list[tuple[str, dict[str, str]]] = []
    text = header[:LIMIT]
    at = 0
    while at < len(text):
        if text[at] in " \t,":
            at += 1
        elif found and (parameter := _PARAMETER.match(text, at)):
            name, quoted, plain = parameter.groups()
            value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
            found[-1][1].setdefault(name.lower(), value)
            at = parameter.end()
        elif scheme := _SCHEME.match(text, at):
            found.append((scheme[0].lower(), {}))
            at = scheme.end()
        else:
            at += 1
    return [Challenge(scheme, parameters) for scheme, parameters in found]
