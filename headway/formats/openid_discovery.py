"""What an OpenID provider says of itself (OpenID Connect Discovery 1.0, 3): where it asks people, and where it answers us."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from headway.errors import BadInput
from headway.formats import json_limits

PATH = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Provider:
    """Its addresses, each over https, or on this machine."""

    issuer: str
    authorize: str
    """Where people are sent."""
    token: str
    keys: str
    names_itself: bool
    """Whether it says who it is when it sends people back (RFC 9207)."""
    takes_basic: bool
    """Whether it is told the client's secret in a header (RFC 6749, 2.3.1), which all of them take that say nothing of it."""


def address_of(issuer: str) -> str:
    """Where it says so."""
    return f"{issuer.rstrip('/')}{PATH}"


def parse(data: bytes, issuer: str) -> Provider:
    """Raises BadInput for what is none of `issuer`: keys that were not that issuer's would sign for anybody."""
    where = address_of(issuer)
    try:
        said = json_limits.load(data)
    except ValueError as error:
        raise BadInput(f"it is no JSON: {error}", where=where) from error
    if not isinstance(said, dict):
        raise BadInput("it is no JSON object", where=where)
    if said.get("issuer") != issuer:
        raise BadInput(
            f"it calls itself {str(said.get('issuer'))[:200]!r}, not {issuer!r}",
            where=where,
            next_step="Write the issuer as it calls itself.",
        )
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    known = [each for each in methods if isinstance(each, str)] if isinstance(methods, list) else []
    if not {"client_secret_basic", "client_secret_post"} & set(known):
        raise BadInput("it takes a client's secret neither in a header nor in a form", where=where)
    return Provider(
        issuer,
        _address(said, "authorization_endpoint", issuer),
        _address(said, "token_endpoint", issuer),
        _address(said, "jwks_uri", issuer),
        said.get("authorization_response_iss_parameter_supported") is True,
        "client_secret_basic" in known,
    )


def checked_address(value: str) -> str:
    """Raises ValueError for what is read along by others on the way, or is no address."""
    parts = urlsplit(value)
    sound = parts.scheme == "https" or (parts.scheme == "http" and _of_this_machine(parts.hostname or ""))
    if not sound or not parts.hostname or parts.username or parts.password or parts.fragment:
        raise ValueError(
            f"{value[:200]!r} is no address such as https://id.example.com (http: of this machine alone)"
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(f"{value[:200]!r} holds what no address holds")
    # Of a port that is none, ValueError as well.
    _ = parts.port
    return value


def _address(said: dict[str, Any], key: str, issuer: str) -> str:
    where, value = address_of(issuer), said.get(key)
    if not isinstance(value, str):
        raise BadInput(f"{key} is missing", where=where)
    try:
        address = checked_address(value)
    except ValueError as error:
        raise BadInput(f"{key}: {error}", where=where) from error
    if urlsplit(issuer).scheme != urlsplit(address).scheme == "http":
        # What listens on this machine is none of a provider's that is elsewhere.
        raise BadInput(f"{key}: {value[:200]!r} is not over https, as the issuer is", where=where)
    return address


def _of_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
