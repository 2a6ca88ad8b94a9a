"""The Prefect server, asked without its own client, which takes a second to import: for what must not keep anybody waiting."""

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from headway.formats import json_limits

LARGEST = 32 * 2**20
"""Bytes of an answer."""


def url() -> str:
    """Of the API; empty where none is named."""
    found = _settings().get("PREFECT_API_URL", "").rstrip("/")
    return found if found.startswith(("http://", "https://")) else ""


def ask(path: str, body: Mapping[str, object] | None = None, *, seconds: float) -> Any:
    """The JSON of the answer; `body` makes it a POST. `path` begins with a slash. `seconds`: of silence. Raises OSError (also
    urllib.error.HTTPError), also for what is no answer or half of one, and ValueError."""
    import http.client
    import urllib.request

    settings = _settings()
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url()}{path}", data=data)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if key := settings.get("PREFECT_API_KEY"):
        request.add_header("Authorization", f"Bearer {key}")
    elif pair := settings.get("PREFECT_API_AUTH_STRING"):
        request.add_header("Authorization", f"Basic {b64encode(pair.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return json_limits.load(answer.read(LARGEST))
    except http.client.HTTPException as error:
        raise OSError(f"it does not answer as a server does: {error!r}") from error


def _settings() -> dict[str, str]:
    """Of the environment, above those of the active profile."""
    import tomllib

    profile: dict[str, Any] = {}
    home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    file = Path(os.environ.get("PREFECT_PROFILES_PATH") or home / "profiles.toml")
    with suppress(OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        active = os.environ.get("PREFECT_PROFILE") or document.get("active", "")
        profile = (document.get("profiles") or {}).get(active) or {}
    return {
        name: str(value) for name, value in {**profile, **os.environ}.items() if name.startswith("PREFECT_")
    }
