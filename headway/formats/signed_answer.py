"""An answer at the gate with a signature, so that the flow need not believe a name that anybody could have typed.

Ed25519 (RFC 8032): who signs holds a private key; policy names the public one, which is no secret. So nothing that lies in
Prefect, on a worker or in a repository lets anybody sign.
"""

import base64
import json
from binascii import Error
from collections.abc import Mapping

from headway.errors import BadInput

KIND = "ed25519:"
KEY_BYTES, SIGNATURE_BYTES = 32, 64
_SIGNED = ("approved", "approver", "comment")


def new_key() -> tuple[str, str]:
    """A private key, as its file holds it, and the public one, as policy names it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate()
    return _text(made.private_bytes_raw()), _text(made.public_key().public_bytes_raw())


def sign(private: str, run: str, plan: str, said: Mapping[str, object]) -> str:
    """The signature of an answer that is given in that run to that plan. Raises BadInput for what is no key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = Ed25519PrivateKey.from_private_bytes(_bytes(private))
    except ValueError as error:
        raise BadInput(str(error), where="approval key") from error
    return base64.b64encode(key.sign(_message(run, plan, said))).decode()


def is_signed(public: str, run: str, plan: str, said: Mapping[str, object], signature: str) -> bool:
    """Whether that answer was signed, in that run and to that plan, by the key that belongs to `public`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signed = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(_bytes(public)).verify(signed, _message(run, plan, said))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(run: str, plan: str, said: Mapping[str, object]) -> bytes:
    answer = {each: said[each] for each in _SIGNED}
    text = {"headway": "answer", "schema": 1, "run": run, "plan": plan, **answer}
    return json.dumps(text, sort_keys=True, separators=(",", ":")).encode()


def _text(key: bytes) -> str:
    return f"{KIND}{base64.b64encode(key).decode()}"


def _bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(KIND), validate=True)
    except Error:
        key = b""
    if not text.startswith(KIND) or len(key) != KEY_BYTES:
        raise ValueError(f"it is no key: that is {KIND} and {KEY_BYTES} bytes in base64")
    return key
