"""Asks a server over HTTP whether it is there, with the standard library alone."""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

_DIRECT = urllib.request.ProxyHandler({})


def answers(url: str) -> bool:
    """True when the server answers with success."""
    try:
        with urllib.request.build_opener(_DIRECT).open(url, timeout=2) as response:
            return bool(response.status < 300)
    except OSError:
        return False


def ask(url: str, *, body: object = None, tls: ssl.SSLContext | None = None) -> Any:
    """The JSON of an answer; None when there is none (refused, timed out, not a success, not JSON)."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    handlers: list[urllib.request.BaseHandler] = [_DIRECT]
    if tls is not None:
        handlers.append(urllib.request.HTTPSHandler(context=tls))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=3) as response:
            return json.load(response)
    except (OSError, ValueError):
        return None
