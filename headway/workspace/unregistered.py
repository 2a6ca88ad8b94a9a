"""The error of an application that nobody has registered, worded once."""

from collections.abc import Collection

from headway.errors import BadInput
from headway.formats.near_names import meant


def unregistered(application: str, known: Collection[str] | None = None) -> BadInput:
    """`known`: names of all that are registered; None where that was not asked."""
    near = meant(application, known or ())
    listed = "" if known is None or near else f"Known: {', '.join(sorted(known)) or 'none'}. "
    return BadInput(
        f"no application {application!r} is registered{near}",
        where="Prefect server",
        next_step=f"{listed}Register it with: headway add URL",
    )
