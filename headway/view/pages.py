"""Templates. Whatever they are given is text: escaped, and what nobody sees in it made visible.

Only what a template of ours rendered goes into a page as it is.
"""

from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from headway.formats.visible import visible


def _finalized(value: Any) -> Any:
    """Of every expression of a template, before it is escaped."""
    if isinstance(value, Markup):
        return value
    return "" if value is None else visible(str(value))


def _when(at: datetime | None) -> str:
    """RFC 3339 in UTC, to a second; empty for never."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def moment(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "never"


_TEMPLATES = Environment(
    loader=PackageLoader("headway.view"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_finalized,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"when": _when, "moment": moment}


def rendered(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(**values)


def page(template: str, code: int = 200, /, **values: Any) -> HTMLResponse:
    return HTMLResponse(rendered(template, **values), code)
