"""The configuration file of `docker login`: which registries it opens, by what it holds itself or by which program.

Credentials are for the registries that the file names and for no other, as an operator's are everywhere. So a `credsStore`,
which Docker asks about any registry, is asked about those of `auths` alone: `docker login` writes each one in there.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headway.errors import BadInput
from headway.formats import image_reference, json_limits

LIMIT = 2**20
"""Bytes of such a file, and of what a program answers."""
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z", re.ASCII)
IDENTITY_TOKEN = "<token>"
"""The user by which a program says that its secret is an identity token."""


@dataclass(frozen=True, slots=True)
class Login:
    """What opens a registry: user and password, an identity token that is exchanged, or a token that is shown as it is."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        pair = f"{self.username}:{self.password}".encode()
        basic = base64.b64encode(pair).decode() if self.password else ""
        return tuple(filter(None, (self.password, basic, self.identity_token, self.registry_token)))


@dataclass(frozen=True, slots=True)
class Helper:
    """The program `docker-credential-<name>`, which is asked about `server`, as the file spells it."""

    name: str
    server: str


@dataclass(frozen=True, slots=True)
class DockerLogins:
    """By registry, and by the beginning of a repository's path there, which is empty for all of them."""

    found: Mapping[tuple[str, str], Login | Helper]

    def of(self, host: str, path: str) -> Login | Helper | None:
        """That of the longest beginning, in whole parts. `host`: where the registry answers."""
        parts = path.split("/")
        beginnings = ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]
        keys = [(host.lower(), beginning) for beginning in beginnings]
        return next((self.found[key] for key in keys if key in self.found), None)


def read(data: bytes, where: str) -> DockerLogins:
    """BadInput for what is no such file. Nothing of its text is in an error."""
    document = _object(_load(data, where), "it", where)
    store = _program(document.get("credsStore"), "credsStore", where)
    found: dict[tuple[str, str], Login | Helper] = {}
    for server, entry in _object(document.get("auths"), "auths", where).items():
        login = _login(_object(entry, f"auths.{server}", where), server, where)
        if login:
            found[_key(server, where)] = login
        elif store:
            found[_key(server, where)] = Helper(store, server)
    for server, name in _object(document.get("credHelpers"), "credHelpers", where).items():
        if program := _program(name, f"credHelpers.{server}", where):
            found[_key(server, where)] = Helper(program, server)
    return DockerLogins(found)


def answer(data: bytes, where: str) -> Login:
    """What a program gave, the JSON of Docker's credential helpers. BadInput for anything else, of which nothing is said."""
    document = _object(_load(data, where), "its answer", where)
    username, secret = document.get("Username"), document.get("Secret")
    if not isinstance(username, str) or not isinstance(secret, str) or not secret:
        raise BadInput("its answer holds no Username and Secret", where=where)
    if username == IDENTITY_TOKEN:
        return Login(identity_token=secret)
    return Login(username, secret)


def _load(data: bytes, where: str) -> Any:
    if len(data) > LIMIT:
        raise BadInput(f"it is larger than {LIMIT} bytes", where=where)
    try:
        return json_limits.load(data)
    except ValueError:
        raise BadInput("it is not JSON", where=where) from None


def _object(value: object, what: str, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadInput(f"{what} is a {type(value).__name__}, and an object is wanted", where=where)
    return value


def _program(value: object, what: str, where: str) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _PROGRAM.match(value):
        raise BadInput(
            f"{what} names no program",
            where=where,
            next_step="Name what follows docker-credential- in its name, such as ecr-login.",
        )
    return value


def _key(server: str, where: str) -> tuple[str, str]:
    """Addresses of Docker's former interface (https://index.docker.io/v1/) stand for the whole registry."""
    host, _, path = re.sub(r"^https?://", "", server.strip()).partition("/")
    if not host or "*" in host:
        raise BadInput(
            f"{server!r} is no registry",
            where=where,
            next_step="Name each registry by its host: credentials are for those that are named alone.",
        )
    path = path.strip("/")
    return image_reference.registry_host(host), "" if path in ("v1", "v2") else path


def _login(entry: Mapping[str, Any], server: str, where: str) -> Login | None:
    texts = {
        name: _text(entry.get(name), f"auths.{server}.{name}", where)
        for name in ("auth", "username", "password", "identitytoken", "registrytoken")
    }
    username, password = texts["username"], texts["password"]
    if texts["auth"]:
        username, password = _pair(texts["auth"], f"auths.{server}.auth", where)
    if not (password or texts["identitytoken"] or texts["registrytoken"]):
        return None
    return Login(username, password, texts["identitytoken"], texts["registrytoken"])


def _text(value: object, what: str, where: str) -> str:
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{what} is no text", where=where)
    return value or ""


def _pair(auth: str, what: str, where: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(auth, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    username, colon, password = text.partition(":")
    if not colon:
        raise BadInput(f"{what} is not the base64 of user:password", where=where)
    return username, password.strip("\0")
