"""Signs as `ssh-keygen -Y sign` does, in this process: a private key stands on no command line, in no environment and in no file.

OpenSSH's PROTOCOL.sshsig; the namespace is that of git, which asks `ssh-keygen -Y verify` for it.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from headway.errors import BadInput
from headway.formats import ssh_key
from headway.formats.ssh_key import RSA_BITS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_MAGIC, _VERSION = b"SSHSIG", 1
_NAMESPACE, _HASH = b"git", b"sha512"
_LINE = 70
_WHERE = "signing key"
_NEXT = "Make one: ssh-keygen -t ed25519 -N '' -C headway -f signing-key"


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
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    key = ssh_key.loaded(private_key, _WHERE, _NEXT)
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    if isinstance(key, Ed25519PrivateKey):
        return _blob(key.public_key().public_bytes(encoding, form)), b"ssh-ed25519", key.sign
    if isinstance(key, RSAPrivateKey) and key.key_size >= RSA_BITS:
        return _blob(key.public_key().public_bytes(encoding, form)), b"rsa-sha2-512", _by_rsa(key)
    raise BadInput(f"it is neither ed25519 nor RSA of {RSA_BITS} bits or more", where=_WHERE, next_step=_NEXT)


def _blob(public_key: bytes) -> bytes:
    """Of the line that authorized_keys has."""
    return base64.b64decode(public_key.split()[1])


def _by_rsa(key: "RSAPrivateKey") -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA512())


def _strings(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
