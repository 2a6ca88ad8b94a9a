"""Private keys of ssh and keys of hosts: what is taken, what is refused, and how they are named to people."""

import base64
import re
import subprocess
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from headway.errors import BadInput
from headway.formats import known_hosts, ssh_key
from tests.hosted_git import made_key

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | dsa.DSAPrivateKey
ED25519 = ed25519.Ed25519PrivateKey.generate()
ECDSA = ec.generate_private_key(ec.SECP256R1())


def written(key: Private) -> str:
    """In lines as ssh-keygen writes them."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH
    begin, *body, end = (
        key.private_bytes(encoding, form, serialization.NoEncryption()).decode().split("\n")[:-1]
    )
    return "\n".join((begin, *textwrap.wrap("".join(body), 70), end, ""))


def public(key: Private) -> str:
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(encoding, form).decode()


ON_THE_WAY: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "lines of Windows": lambda text: text.replace("\n", "\r\n"),
    "in one line": lambda text: text.replace("\n", " "),
    "without any space between its lines": lambda text: text.replace("\n", ""),
    "indented": lambda text: "".join(f"    {line}\n" for line in text.splitlines()),
    "its last line without an end": lambda text: f"\n\n{text.strip()}",
}


@pytest.mark.parametrize("key", [ED25519, ECDSA], ids=["ed25519", "ecdsa"])
@pytest.mark.parametrize("way", ON_THE_WAY)
def test_a_key_is_as_ssh_reads_it_however_it_came(way: str, key: Private) -> None:
    text = written(key)
    assert ssh_key.opening(ON_THE_WAY[way](text), "ssh key", "") == text


def test_a_fingerprint_is_that_of_ssh_keygen(tmp_path: Path) -> None:
    for key in (ED25519, ECDSA):
        file = tmp_path / "key.pub"
        file.write_text(f"{public(key)}\n")
        told = subprocess.run(
            ["ssh-keygen", "-l", "-f", str(file)], check=True, capture_output=True, text=True
        )
        assert ssh_key.fingerprint(written(key)).split()[1] in told.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            public(ED25519),
            "the public half of a key, which is for the git host. Give the file beside it",
            id="public",
        ),
        pytest.param(written(ED25519)[:150], "no private key as ssh-keygen writes it", id="a part"),
        pytest.param(
            written(ED25519).replace("OPENSSH", "RSA"),
            "no private key as ssh-keygen writes it. Make one, or write this one anew: ssh-keygen -p",
            id="the older form",
        ),
        pytest.param(written(ED25519) * 2, "no private key as ssh-keygen writes it", id="two"),
        pytest.param(f"{written(ED25519)}more", "no private key", id="something behind it"),
        pytest.param(written(ED25519).replace("b3Bl", "a3Bl"), "no private key", id="changed"),
        pytest.param("words", "no private key", id="words"),
        pytest.param("", "no private key", id="nothing"),
        pytest.param(written(ED25519) + " " * ssh_key.LIMIT, "no private key", id="very long"),
    ],
)
def test_what_opens_nothing_is_refused_and_not_quoted(text: str, says: str) -> None:
    with pytest.raises(
        BadInput, match=f"^ssh key: it (is|has) .*{re.escape(says)}|^ssh key: {says}"
    ) as refused:
        ssh_key.opening(text, "ssh key", "Make one")
    body = "".join(text.splitlines()[1:2])
    assert not body or body not in str(refused.value)


def test_nobody_is_there_to_type_a_passphrase(tmp_path: Path) -> None:
    sealed = made_key(tmp_path, passphrase="secret").private
    with pytest.raises(
        BadInput, match=r"^ssh key: it has a passphrase, which nobody is there to type\. Make one"
    ):
        ssh_key.opening(sealed, "ssh key", "Make one")


def test_a_short_key_of_rsa_is_refused() -> None:
    short = written(rsa.generate_private_key(65537, 1024))
    with pytest.raises(BadInput, match="RSA of less than 2048 bits"):
        ssh_key.opening(short, "ssh key", "")


HOST = public(ED25519)
KIND, BLOB = HOST.split()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(f"git.example.com {HOST}", ["git.example.com"], id="one"),
        pytest.param(
            f"# git.example.com:22 SSH-2.0-Go\n\n[git.example.com]:2222 {HOST} me\r\n",
            ["[git.example.com]:2222"],
            id="as ssh-keyscan prints it",
        ),
        pytest.param(f"a,b {HOST}\na {HOST}", ["a", "b"], id="several names, and keys"),
        pytest.param(f"@cert-authority *.example.com {HOST}", ["*.example.com"], id="an authority"),
        pytest.param(f"|1|c2FsdA==|aGFzaA== {HOST}", ["a hashed name"], id="hashed"),
    ],
)
def test_known_hosts_are_named(text: str, names: Sequence[str]) -> None:
    assert known_hosts.hosts(text, "known hosts", "") == names


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "known hosts: it holds the key of no host", id="nothing"),
        pytest.param("# a remark", "the key of no host", id="a remark"),
        pytest.param(HOST, "known hosts line 1: it is no line such as", id="a key of no host"),
        pytest.param(f"a {HOST}\nb ssh-ed25519", "line 2", id="a host without its key"),
        pytest.param(f"a {HOST} b {HOST}", "several lines that became one", id="as a form leaves two"),
        pytest.param(f"a {HOST[:-9]}!", "line 1", id="no base64"),
        pytest.param(f"a ssh-rsa {BLOB}", "line 1", id="a key of another kind"),
        pytest.param(f"a {KIND} {base64.b64encode(b'x').decode()}", "line 1", id="a key that is none"),
        pytest.param(f"a {HOST}\n" + "#" * known_hosts.LIMIT, "more than", id="very long"),
    ],
)
def test_known_hosts_that_ssh_would_pass_over_are_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        known_hosts.hosts(text, "known hosts", "")
