"""Types of the fields in files that people write: names, paths, addresses, durations and keys, each checked when it is read."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from headway.model.strict import no_option

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?\Z")
_DURATION = re.compile(r"^([0-9]+h)?([0-9]+m)?([0-9]+s)?\Z", re.ASCII)
_PUBLIC_KEY = re.compile(r"^ed25519:[A-Za-z0-9+/]{43}=\Z")
WRITTEN = ("s3://", "file://", "oci://")
"""How addresses begin that Headway's own kinds of chart repository write to."""
_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}


def _dns_label(value: str) -> str:
    if not _NAME.match(value):
        raise ValueError(
            f"{value!r} is not a name of at most 53 lower-case letters, digits and '-' (Helm's limit for a release name)"
        )
    return value


def _inside(value: str) -> str:
    if no_option(value).startswith("/") or ".." in value.split("/"):
        raise ValueError(f"{value!r} leaves the repository")
    return value


def _written(value: str) -> str:
    scheme, separator, _ = no_option(value).partition("://")
    if not separator or not _can_be_split(value):
        raise ValueError(f"{value!r} is not an address such as s3://bucket/prefix or file:///folder")
    if scheme in ("http", "https"):
        raise ValueError(
            "over http a chart repository can only be read; write to s3://, oci:// or file://, and give this as charts_url"
        )
    if scheme == "file" and urlsplit(value).netloc not in ("", "localhost"):
        raise ValueError(f"{value!r} is no folder of the worker such as file:///srv/charts")
    return value


def _can_be_split(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _duration(value: str) -> str:
    if not value or not _DURATION.match(value):
        raise ValueError(f"{value!r} is not a duration such as 90s, 5m or 1h30m")
    return value


def _approval_key(value: str) -> str:
    if not _PUBLIC_KEY.match(value):
        raise ValueError(
            f"{value!r} is not what `headway view --new-key FILE` prints: ed25519: and 44 characters of base64"
        )
    return value


Name = Annotated[str, AfterValidator(_dns_label)]
RelativePath = Annotated[str, AfterValidator(_inside)]
WrittenRepository = Annotated[str, AfterValidator(_written)]
Duration = Annotated[str, AfterValidator(_duration)]
ApprovalKey = Annotated[str, AfterValidator(_approval_key)]


def seconds(duration: str) -> float:
    """Seconds of a duration as headway.yaml writes it ("1h30m")."""
    parts = re.findall(r"([0-9]+)([hms])", duration)
    return sum((int(number) * _UNIT_SECONDS[unit] for number, unit in parts), 0.0)
