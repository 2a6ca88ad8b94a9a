"""Signs as `ssh-keygen -Y sign` does, in this process: a private key stands on no command line, in no environment and in no file.

OpenSSH's PROTOCOL.sshsig; the namespace is that of git, which asks `ssh-keygen -Y verify` for it.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from headway.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_MAGIC, _VERSION = b"SSHSIG", 1
_NAMESPACE, _HASH = b"git", b"sha512"
_LINE = 70
RSA_BITS = 2048
"""OpenSSH verifies no signature of a shorter one by today's defaults."""


def sign(data: bytes, private_key: str) -> str:
    """The armoured signature. `private_key`: as ssh-keygen writes it, without a passphrase. Raises BadInput for another."""
    public, algorithm, signed_by = _signer(private_key)
    digest = hashlib.sha512(data).digest()
    signature = signed_by(_MAGIC + _strings(_NAMESPACE, b"", _HASH, digest))
    blob = _MAGIC + _VERSION.to_bytes(4, "big")
    blob += _strings(public, _NAMESPACE, b"", _HASH, _strings(algorithm, signature))
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join(("-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""))


def require_key(private_key: str) -> None:
    """Raises BadInput as `sign`."""
    _signer(private_key)


def _signer(private_key: str) -> tuple[bytes, bytes, Callable[[bytes], bytes]]:
    """The public key as ssh has it, the name of the algorithm, and what signs."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        key = serialization.load_ssh_private_key(f"{private_key.strip()}\n".encode(), password=None)
    except TypeError as error:
        raise _wrong("it has a passphrase, which nobody is there to type") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        # What the library says of it could hold a part of it.
        raise _wrong("it is no private key as ssh-keygen writes it") from error
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    if isinstance(key, Ed25519PrivateKey):
        return _blob(key.public_key().public_bytes(encoding, form)), b"ssh-ed25519", key.sign
    if isinstance(key, RSAPrivateKey) and key.key_size >= RSA_BITS:
        return _blob(key.public_key().public_bytes(encoding, form)), b"rsa-sha2-512", _by_rsa(key)
    raise _wrong(f"it is neither ed25519 nor RSA of {RSA_BITS} bits or more")


def _blob(public_key: bytes) -> bytes:
    """Of the line that authorized_keys has."""
    return base64.b64decode(public_key.split()[1])


def _by_rsa(key: "RSAPrivateKey") -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA512())


def _strings(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _wrong(what: str) -> BadInput:
    return BadInput(
        what,
        where="signing key",
        next_step="Make one: ssh-keygen -t ed25519 -N '' -C headway -f signing-key",
    )
