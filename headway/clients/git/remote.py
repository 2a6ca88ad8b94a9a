"""How a git remote may be reached: which addresses, with which credentials, and what its refusals mean.

git is told everything through its environment: no user or system configuration takes part, nothing is asked
on a terminal, and no credential ever stands on a command line.
"""

import base64
import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from headway.clients.git import ssh
from headway.decide.hosts.leaving_alone import NO_ANSWER
from headway.errors import BadInput, HeadwayError, Unreachable
from headway.formats import dot_segments

PROTOCOLS = ("https", "ssh", "git", "file", "http")
SILENCE_SECONDS = 10
_SCP_LIKE = re.compile(r"^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:(?!:)[^:].*\Z")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PORTS = {"http": 80, "https": 443, "ssh": 22}
_HTTP = ("http", "https")
_OVER_PLAIN_TCP = "0"
"""Version of git's protocol over git://. Version 2 asks in small parts, each of which waits until the one before is acknowledged
(40 ms), and a round trip more. Elsewhere git's own choice is as quick, and spares all refs of pull requests."""
_HARMLESS = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badName",
    "badTimezone",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)
"""What old tools wrote into histories that people live with, by git's names (fsck.<msg-id>): none of it is a path."""


@dataclass(frozen=True, slots=True)
class GitCredentials:
    """User and password or token for http(s) remotes; an ssh key, and which hosts are known, for those of ssh."""

    username: str = ""
    password: str = field(default="", repr=False)
    address: str = ""
    """A repository at whose scheme and host (of ssh: and user) alone they are good; empty: at any that they are given with."""

    token: Callable[[], str] | None = field(default=None, repr=False)
    """Gives the password that is good now, where it changes: asked only when a remote is."""

    ssh_key: str = field(default="", repr=False)
    """As ssh reads it; in the place of all keys of the worker's. Empty: those."""

    known_hosts: str = ""
    """Lines of known_hosts(5), in the place of the worker's; they hold for every host. Empty: those."""

    ssh_keys: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """An address of ssh and the key for what lies at or below it, where one key opens one repository alone."""

    @property
    def is_for_http(self) -> bool:
        return bool(self.username or self.password or self.token)

    def header(self) -> str:
        """Of HTTP. Raises what `token` does."""
        pair = f"{self.username}:{self.token() if self.token else self.password}".encode()
        return f"Authorization: Basic {base64.b64encode(pair).decode()}"

    @property
    def opens_named_alone(self) -> bool:
        """Whether there is nothing in them but keys for repositories that they name."""
        return not (self.is_for_http or self.ssh_key or self.known_hosts)

    def at(self, url: str, own: str) -> "GitCredentials":
        """What opens `url`: the key that is named for it, by the longest address, and there alone; else all but such keys, good
        at scheme and host (of ssh: and user) of `own` alone; empty: at any."""
        named = {address: key for address, key in self.ssh_keys if _lies_at(url, address)}
        if not named:
            return replace(self, address=own, ssh_keys=())
        address = max(named, key=lambda each: len(_path(each)))
        return GitCredentials(address=address, ssh_key=named[address], known_hosts=self.known_hosts)

    def good_at(self, url: str) -> bool:
        """Whether they may be sent to `url`."""
        return not self.address or _origin(url) == _origin(self.address)


def check_url(url: str) -> None:
    """BadInput for what git could read as an option or a command, and for a password in an address."""
    if url.startswith("-"):
        raise BadInput("a git address must not begin with '-'", where=url)
    if re.search(r"[\x00-\x1f\x7f]", url):
        raise BadInput("a git address holds no line breaks or other control characters", where=repr(url))
    if url.startswith("/") or _SCP_LIKE.match(url):
        return
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BadInput(f"not a git address ({error})", where=url) from error
    if parts.scheme not in PROTOCOLS or "::" in url.split("/")[0]:
        raise BadInput(
            f"not a git address that Headway follows ({', '.join(PROTOCOLS)}, user@host:path or /path)",
            where=url,
        )
    if parts.password:
        raise BadInput(
            "the address holds a password",
            where=f"{parts.scheme}://{parts.hostname}{parts.path}",
            next_step="Put it into git credentials instead.",
        )
    if parts.scheme != "file" and not parts.hostname:
        raise BadInput("the address names no host", where=url)
    if parts.netloc.startswith("-") or (parts.hostname or "").startswith("-"):
        raise BadInput("neither user nor host of a git address begins with '-'", where=url)


def check_branch(branch: str, url: str) -> None:
    """BadInput for a name that git-check-ref-format refuses, or that begins with '-'."""
    wrong = (
        not branch
        or branch.startswith(("-", "/"))
        or branch.endswith(("/", ".", ".lock"))
        or ".." in branch
        or "//" in branch
        or "@{" in branch
        or re.search(r"[\x00-\x20\x7f~^:?*\[\\]", branch)
    )
    if wrong:
        raise BadInput(f"{branch!r} is not the name of a branch", where=url)


def refuse_in_the_clear(url: str, credentials: GitCredentials | None) -> None:
    """BadInput where credentials would be sent so, but to this very machine."""
    parts = urlsplit(url)
    is_sent = credentials and parts.scheme == "http" and credentials.is_for_http and credentials.good_at(url)
    if is_sent and parts.hostname not in _LOOPBACK:
        raise BadInput("credentials would be sent in the clear", where=url, next_step="Use https.")


def remote_environment(url: str, credentials: GitCredentials | None) -> dict[str, str]:
    """Environment of every git process that talks to `url`.

    Credentials are sent to the host of `url` alone, if they are good there, and never in the clear except to this very
    machine. Where they are sent no redirect is followed, since curl would show them to whomever it leads to; elsewhere
    none leads from https to http. What is fetched is checked as `git fsck --strict` does.
    """
    config = {
        "gc.autoDetach": "false",
        "maintenance.auto": "false",
        "fetch.fsckObjects": "true",
        **{f"fetch.fsck.{finding}": "ignore" for finding in _HARMLESS},
        "http.followRedirects": "initial",
        "core.hooksPath": os.devnull,
        "protocol.ext.allow": "never",
        "credential.helper": "",
    }
    parts = urlsplit(url)
    if credentials and parts.scheme in _HTTP and credentials.is_for_http and credentials.good_at(url):
        refuse_in_the_clear(url, credentials)
        config[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = credentials.header()
        config["http.followRedirects"] = "false"
    if parts.scheme == "git":
        config["protocol.version"] = _OVER_PLAIN_TCP
    environment = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ALLOW_PROTOCOL": "http:https" if parts.scheme == "http" else _protocol(url),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_SSH_COMMAND": ssh.command(),
        "GIT_HTTP_LOW_SPEED_LIMIT": "1",
        "GIT_HTTP_LOW_SPEED_TIME": str(SILENCE_SECONDS),
        "GIT_CONFIG_COUNT": str(len(config)),
    }
    trusted = os.environ.get("SSL_CERT_FILE")
    if trusted and parts.scheme == "https" and "GIT_SSL_CAINFO" not in os.environ:
        # The variable by which all others here know whom to trust; git alone has one of its own.
        environment["GIT_SSL_CAINFO"] = trusted
    for index, (key, value) in enumerate(config.items()):
        environment[f"GIT_CONFIG_KEY_{index}"] = key
        environment[f"GIT_CONFIG_VALUE_{index}"] = value
    return environment


def told_of_ssh(
    url: str, credentials: GitCredentials | None
) -> contextlib.AbstractContextManager[dict[str, str]]:
    """What the environment of a process that asks a remote of ssh has besides. The files that it names are gone afterwards."""
    if not credentials or not is_by_ssh(url):
        return contextlib.nullcontext({})
    return ssh.told(credentials.ssh_key, credentials.known_hosts, key_is_good=credentials.good_at(url))


_NO_BRANCH = r"couldn't find remote ref"
_NO_REPOSITORY = "|".join(
    (
        r"does not appear to be a git repository",
        r"repository (.* )?not found|not found: did you run",
        r"repository does not exist|repository not exported|no such repository|cannot find repository",
        r"project you were looking for could not be found",
        r"returned error: 404",
        r"No such file or directory",
    )
)
_NOT_TRUSTED = "|".join(
    (
        r"server certificate verification failed|server verification failed",
        r"SSL certificate problem",
        r"certificate subject name .* does not match|no alternative certificate subject name matches",
    )
)
_NO_AUTHORITIES = "|".join(
    (
        r"Problem with the SSL CA cert",
        r"error reading ca cert|error adding trust anchors",
        r"error setting certificate (verify locations|file)",
    )
)
"""What curl says, built with GnuTLS and with OpenSSL."""
_NO_ACCESS = r"Authentication failed|could not read Username|Permission denied|returned error: 40[13]"
_NOT_SOUND = r"fsck error|error in (tree|commit|blob|tag) "
_REDIRECTED = r"unable to update url base from redirection|returned error: 30\d"
_NO_ANSWER = "|".join(
    (
        r"could not resolve host|name or service not known|name resolution",
        r"failed to connect|couldn't connect|unable to connect|no route to host|network is unreachable",
        r"connection (was )?(refused|reset|closed|timed out)|timed out|too slow|did not end within",
    )
)
"""What git, curl and ssh say where a host could not be reached, or fell silent."""
_HTTP_STATUS = re.compile(r"returned error: ([45]\d\d)")
_TERMINAL = (
    (
        _NOT_TRUSTED,
        "the certificate of the host is not trusted here, and it was told nothing",
        (
            "Name a file with the certificates of all authorities that are to be trusted (PEM) by SSL_CERT_FILE (or, for git "
            "alone, GIT_SSL_CAINFO, which goes before it) in the worker's environment, and start it anew; or correct the address."
        ),
    ),
    (
        _NO_AUTHORITIES,
        "the certificates of the authorities that are to be trusted cannot be read",
        "Correct SSL_CERT_FILE, or GIT_SSL_CAINFO, in the worker's environment.",
    ),
    (_NOT_SOUND, "git refuses what is in it", "Find it with: git fsck --strict."),
    (_REDIRECTED, "it leads elsewhere, and credentials do not follow", "Write the address that it leads to."),
    (_NO_BRANCH, "there is no such branch", "Push the branch, or correct its name."),
    (_NO_ACCESS, "access was refused", "Correct the git credentials, or their rights."),
    (_NO_REPOSITORY, "there is no such repository", "Correct the address, or the git credentials."),
)


def _trusted_here() -> str:
    """What the environment says by now: GIT_SSL_CAINFO hides the other, also where it is empty."""
    if (file := os.environ.get("GIT_SSL_CAINFO")) is not None:
        return f" GIT_SSL_CAINFO is set here, to {file or 'nothing'}."
    return f" SSL_CERT_FILE is set here, to {file}." if (file := os.environ.get("SSL_CERT_FILE")) else ""


def is_no_branch(stderr: str) -> bool:
    """Whether a fetch failed because the remote, which answered, has no such branch."""
    return re.search(_NO_BRANCH, stderr, re.IGNORECASE) is not None


def failure(url: str, branch: str, stderr: str, credentials: GitCredentials | None) -> HeadwayError:
    """What a failed fetch or push means: BadInput where an answer came, Unreachable where none did."""
    where = f"{url} {branch}"
    if is_by_ssh(url) and (refused := ssh.refused(stderr, where, _asked(url, credentials))):
        return refused
    lines = ssh.of_use(stderr) if is_by_ssh(url) else stderr.splitlines()
    said = " ".join(line.strip() for line in lines if line.strip())[-500:]
    for pattern, what, next_step in _TERMINAL:
        if re.search(pattern, said, re.IGNORECASE):
            if pattern == _NO_ACCESS and credentials and not credentials.is_for_http:
                next_step = "Give them user and token: those that there are open ssh alone."
            elif pattern == _NO_REPOSITORY and credentials and credentials.ssh_key and is_by_ssh(url):
                # As GitHub says of one that is not open to the key.
                next_step = f"{next_step.rstrip('.')}; or {ssh.A_KEY_OF_ITS_OWN}."
            elif pattern in (_NOT_TRUSTED, _NO_AUTHORITIES):
                next_step = f"{next_step}{_trusted_here()}"
            elif pattern == _NO_ACCESS and credentials and not credentials.good_at(url):
                next_step = (
                    f"No credentials were sent: they are for scheme and host of {credentials.address} alone. "
                    "Move the repository there, or let it be read without."
                )
            return BadInput(f"{what} ({said})", where=where, next_step=next_step)
    return Unreachable(
        f"the git remote does not answer ({said})",
        where=where,
        next_step="Is the address right? Every look tries it again.",
        status=_status(said),
    )


def _status(said: str) -> int | None:
    """See Unreachable."""
    if found := _HTTP_STATUS.search(said):
        return int(found[1])
    return NO_ANSWER if re.search(_NO_ANSWER, said, re.IGNORECASE) else None


def _protocol(url: str) -> str:
    if is_local(url):
        return "file"
    return "ssh" if _SCP_LIKE.match(url) else urlsplit(url).scheme


def is_local(url: str) -> bool:
    """Whether it names a folder of this machine."""
    return url.startswith("/") or urlsplit(url).scheme == "file"


def is_by_ssh(url: str) -> bool:
    """Whether git asks there over ssh: ssh://user@host/path, or user@host:path."""
    return _protocol(url) == "ssh"


def _origin(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port, and of ssh the user: there a name says whose rights one has, and not who one is."""
    parts = urlsplit(_as_url(url))
    user = parts.username or "" if parts.scheme == "ssh" else ""
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme), user


def _lies_at(url: str, address: str) -> bool:
    """Or below it, in whole parts of the path, as whoever serves it reads that."""
    if not is_by_ssh(url) or _origin(url) != _origin(address) or dot_segments.leads_out(_as_url(url)):
        return False
    path, beginning = _path(url), _path(address)
    return not beginning or path == beginning or path.startswith(f"{beginning}/")


def _path(url: str) -> str:
    """To git `?` and `#` are signs as others."""
    place = _as_url(url).partition("://")[2]
    return place.partition("/")[2].strip("/").removesuffix(".git")


def _as_url(url: str) -> str:
    if not _SCP_LIKE.match(url):
        return url
    place, _, path = url.partition(":")
    return f"ssh://{place}/{path}"


def _asked(url: str, credentials: GitCredentials | None) -> ssh.Asked:
    parts = urlsplit(_as_url(url))
    key = credentials.ssh_key if credentials else ""
    return ssh.Asked(
        host=parts.hostname or "",
        user=parts.username or "",
        port=parts.port,
        key=key,
        is_elsewhere=credentials.address if credentials and key and not credentials.good_at(url) else "",
        opens_https=credentials.address if credentials and not is_by_ssh(credentials.address) else "",
        knows_hosts=bool(credentials and credentials.known_hosts),
    )
