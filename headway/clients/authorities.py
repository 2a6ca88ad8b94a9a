"""Whom this machine trusts, where its environment says so: a file that cannot be read is named, whoever comes upon it first."""

import os
import ssl

from headway.errors import BadInput

_NAMED_BY = ("SSL_CERT_FILE", "PREFECT_API_SSL_CERT_FILE")
"""Variables; the latter is read by Prefect's client alone."""


def unreadable() -> BadInput | None:
    """The first variable whose file holds no certificates; None where each that is set does."""
    for variable in _NAMED_BY:
        if file := os.environ.get(variable):
            try:
                ssl.create_default_context(cafile=file)
            except OSError as error:
                return _names(variable, file, error)
    return None


def _names(variable: str, file: str, error: OSError) -> BadInput:
    of_tls = (
        error.reason.replace("_", " ").lower() if isinstance(error, ssl.SSLError) and error.reason else ""
    )
    return BadInput(
        f"it names {file}, of which no certificates can be read ({of_tls or error.strerror})",
        where=f"environment variable {variable}",
        next_step="Name a file of certificates (PEM), or take the variable away.",
    )
