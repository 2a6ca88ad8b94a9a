"""What an operator says of the view: where it is reached, who signs in how, and who may do what where."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from headway.formats import declaration
from headway.formats.openid_discovery import checked_address
from headway.formats.settings_file import text_of
from headway.model.field_types import Duration, seconds
from headway.model.strict import Strict, lists_as_tuples
from headway.view import told
from headway.workspace.chart_addresses import ChartAddresses

LONGEST_SESSION = timedelta(days=30)
Right = Literal["read", "deliver", "approve", "operate"]


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{value!r} is not an address such as https://headway.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def _network(value: str) -> str:
    ip_network(value)
    return value


class Proxy(Strict):
    """A proxy that has signed people in, and says who they are."""

    header: str
    """Such as X-Forwarded-User: the proxy must take away what a client sends under this name."""
    groups: str | None = None
    """A header that names groups, with commas between them."""
    peers: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], Field(alias="from", min_length=1)]
    """Addresses, or networks, of the proxy: from nobody else is the header heard."""

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(each) for each in self.peers)


def _text(value: str) -> str:
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(f"{value[:100]!r} is no word")
    return value


Word = Annotated[str, AfterValidator(_text)]


def _issuer(value: str) -> str:
    if urlsplit(value).query:
        raise ValueError(f"{value!r} names a query")
    return checked_address(value)


class OpenIdSettings(Strict):
    """A provider that people sign in at (OpenID Connect, authorization code)."""

    issuer: Annotated[str, AfterValidator(_issuer)]
    """As it calls itself."""
    client_id: Word
    client_secret_file: str
    """Beside this file."""
    scopes: tuple[Word, ...] = ("profile",)
    """Beside `openid`: what the claims below need."""
    user_claim: Word
    """The claim that holds a name, which nobody may choose so that it is another's."""
    groups_claim: Word | None = None
    """The claim that holds the names of groups."""

    @property
    def host(self) -> str:
        """Whom people know it as."""
        return urlsplit(self.issuer).netloc


class SignIn(Strict):
    proxy: Proxy | None = None
    oidc: OpenIdSettings | None = None
    tokens: str | None = None
    """A file of `name: sha256:<hex>` lines, beside this one; `headway view --new-token NAME` makes both halves."""


def _session(value: str) -> str:
    if not 0 < seconds(value) <= LONGEST_SESSION.total_seconds():
        raise ValueError(f"{value!r} is no time of a session: more than nothing, and 720h at most")
    return value


class Sessions(Strict):
    idle: Annotated[Duration, AfterValidator(_session)] = "30m"
    longest: Annotated[Duration, AfterValidator(_session)] = "12h"

    @property
    def idle_time(self) -> timedelta:
        return timedelta(seconds=seconds(self.idle))

    @property
    def longest_time(self) -> timedelta:
        return timedelta(seconds=seconds(self.longest))


class Role(Strict):
    """What some people may do, in the places that are named; in all of them where none is."""

    who: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names, and groups as `group:<name>`."""
    may: Annotated[tuple[Right, ...], Field(min_length=1)]
    """read: look. deliver: start a release, promote, run tests. approve: answer one that waits. operate: roll back, freeze, lift.
    Each of them includes read."""
    applications: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


class GitSource(Strict):
    """An application's repository, as it is read without credentials: to tell which commit took a change up."""

    url: str
    branch: str = "main"


class Settings(Strict):
    """Without `sign_in` everybody who reaches it may read, and nobody may do anything."""

    url: Annotated[str, AfterValidator(_origin)] | None = None
    """Where people reach it."""
    sign_in: SignIn | None = None
    sessions: Sessions = Sessions()
    roles: tuple[Role, ...] = ()
    environments: tuple[str, ...] = ()
    """In the order in which versions pass through them."""
    git: Mapping[str, GitSource] = Field(default_factory=dict)
    """By application. No other repository is asked: whoever writes packages names theirs in them."""
    charts: tuple[str, ...] | Mapping[str, tuple[str, ...]] | None = None
    """Beginnings of the addresses of chart repositories, in whole parts, that release records may name: they are read with what
    this process may. By application, which sees all that lies there ("*": every application does); else it sees the chart alone
    that is called as it is. Where it is left out: none where people sign in, else all."""
    registries: tuple[str, ...] | None = None
    """Beginnings of image repositories, in whole parts, whose registries are asked what they say of images; as with `charts`."""
    approval_key: str | None = None
    """A file beside this one with the private key by which answers are signed (`headway view --new-key FILE`)."""

    @property
    def readable_charts(self) -> ChartAddresses:
        if isinstance(self.charts, Mapping):
            return ChartAddresses((), self.charts, told.of_repository)
        beginnings = () if self.charts is None and self.sign_in else self.charts
        return ChartAddresses(beginnings, tell=told.of_repository)

    @property
    def asked_registries(self) -> tuple[str, ...] | None:
        """None: all."""
        return () if self.registries is None and self.sign_in else self.registries

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: Any) -> Any:
        return lists_as_tuples(data)

    @model_validator(mode="after")
    def _somebody_may_sign_in(self) -> "Settings":
        signs_in = self.sign_in
        if signs_in and not (signs_in.proxy or signs_in.tokens or signs_in.oidc):
            raise ValueError("sign_in: name a proxy, an OpenID provider, or a file of tokens")
        if signs_in and signs_in.oidc:
            if self.url is None:
                raise ValueError("url: is missing, and the provider sends people back to it")
            try:
                checked_address(self.url)
            except ValueError as error:
                raise ValueError(f"url: what the provider sends there anybody could read: {error}") from error
        if self.roles and not self.sign_in:
            raise ValueError("roles: nobody can be told apart without sign_in")
        return self


def read(file: Path) -> Settings:
    """Raises BadInput with one line `file:line: key: sentence` for each finding."""
    return parsed(text_of(file), str(file))


def parsed(text: str, file: str) -> Settings:
    """Raises BadInput as `read` does."""
    root, data, findings = declaration.opened(text, file, "sign_in and roles")
    settings, refused = declaration.validated(root, data, Settings)
    if settings is None or findings or refused:
        raise declaration.bad_input([*findings, *refused], file)
    return settings
