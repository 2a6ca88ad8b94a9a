"""Private keys of ssh, as ssh-keygen writes them, without a passphrase: nobody is there to type one."""

import base64
import hashlib
import re
from typing import TYPE_CHECKING

from headway.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization.ssh import SSHPrivateKeyTypes

LIMIT = 32 * 2**10
"""Characters. A key of RSA with 16384 bits has 13000."""
RSA_BITS = 2048
"""OpenSSH takes no shorter one by today's defaults, and verifies no signature of one."""
_LINE = 70
_BEGIN, _END = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
_ENVELOPE = re.compile(rf"\s*{_BEGIN}([A-Za-z0-9+/=\s]*){_END}\s*")
_PUBLIC = re.compile(r"\s*(ssh|ecdsa|sk)-[a-z0-9@.-]+ AAAA")
_OLDER = ("-----BEGIN RSA ", "-----BEGIN EC ", "-----BEGIN PRIVATE ")


def loaded(text: str, where: str, next_step: str) -> "SSHPrivateKeyTypes":
    """Raises BadInput, `where` with `next_step`, for what is no such key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        return serialization.load_ssh_private_key(_plain(text, where, next_step).encode(), password=None)
    except TypeError as error:
        raise BadInput(
            "it has a passphrase, which nobody is there to type", where=where, next_step=next_step
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        # What the library says of it could hold a part of it.
        raise BadInput(
            "it is no private key as ssh-keygen writes it", where=where, next_step=next_step
        ) from error


def opening(text: str, where: str, next_step: str) -> str:
    """The key as ssh reads it from a file, whatever its lines became on the way: ssh takes one whose lines end with a line feed
    alone. Raises BadInput as `loaded`, and for kinds that open nothing by themselves any more."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    key = loaded(text, where, next_step)
    if isinstance(key, RSAPrivateKey) and key.key_size < RSA_BITS:
        raise BadInput(f"it is RSA of less than {RSA_BITS} bits", where=where, next_step=next_step)
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey):
        raise BadInput("it is neither ed25519, ECDSA nor RSA", where=where, next_step=next_step)
    return _plain(text, where, next_step)


def fingerprint(text: str) -> str:
    """Of its public half, as ssh-keygen -l and git hosts show it: `ssh-ed25519 SHA256:...`. Raises BadInput for no key."""
    from cryptography.hazmat.primitives import serialization

    public = loaded(text, "ssh key", "").public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    kind, blob = line.split()[:2]
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode()
    return f"{kind} SHA256:{digest.rstrip('=')}"


def _plain(text: str, where: str, next_step: str) -> str:
    found = _ENVELOPE.fullmatch(text) if len(text) <= LIMIT else None
    if not found:
        if _PUBLIC.match(text):
            raise BadInput(
                "it is the public half of a key, which is for the git host",
                where=where,
                next_step="Give the file beside it whose name does not end with .pub.",
            )
        is_of_another_form = text.startswith(_OLDER) and "PRIVATE KEY" in text[:100]
        raise BadInput(
            "it is no private key as ssh-keygen writes it",
            where=where,
            next_step=next_step
            + (", or write this one anew: ssh-keygen -p -N '' -f FILE" if is_of_another_form else ""),
        )
    body = "".join(found[1].split())
    lines = [body[at : at + _LINE] for at in range(0, len(body), _LINE)]
    return "\n".join((_BEGIN, *lines, _END, ""))
