"""Signatures of cosign by a key pair: ECDSA over P-256 and SHA-256. No transparency log and no certificate is asked.

An artifact in a registry is signed by a statement that names the digest of its manifest ("simple signing"), kept as layers of
another manifest; a file by a signature of its bytes. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
"""

import base64
import binascii
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headway.errors import BadInput
from headway.formats import json_limits
from headway.formats.image_reference import DIGEST

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

KEYS_LIMIT = 20
LAYERS_LIMIT = 20
"""Signatures of one artifact that are looked at."""
MANIFEST_LIMIT = 256 * 2**10
PAYLOAD_LIMIT = 64 * 2**10
PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
ANNOTATION = "dev.cosignproject.cosign/signature"
_STATEMENT = "cosign container image signature"
_BLOCK = re.compile(r"-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]*-----END PUBLIC KEY-----")
_CURVE = "secp256r1"


@dataclass(frozen=True, slots=True)
class Layer:
    """A signature, and where what it is of lies."""

    digest: str
    """sha256:<hex> of the payload."""
    signature: str


def tag_of(manifest_digest: str) -> str:
    """Under which cosign keeps the signatures of a manifest, in the same repository."""
    return f"{manifest_digest.replace(':', '-')}.sig"


def public_keys(text: str, where: str) -> "tuple[EllipticCurvePublicKey, ...]":
    """Of PEM, as `cosign public-key` writes it, one key or several. Raises BadInput naming `where` for none, and for one that
    is no ECDSA P-256."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    found = []
    for block in _BLOCK.findall(text)[:KEYS_LIMIT]:
        try:
            key = load_pem_public_key(block.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _no_key("a key in it cannot be read", where) from error
        if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != _CURVE:
            raise _no_key("a key in it is no ECDSA P-256", where)
        found.append(key)
    if not found:
        raise _no_key("it holds no public key in PEM", where)
    return tuple(found)


def _no_key(what: str, where: str) -> BadInput:
    return BadInput(
        what, where=where, next_step="Give what `cosign public-key` or `cosign generate-key-pair` writes."
    )


def is_signed(keys: "Collection[EllipticCurvePublicKey]", data: bytes, signature: str) -> bool:
    """Whether one of the keys has made `signature`, which is base64, of these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        made = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    for key in keys:
        try:
            key.verify(made, data, ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def layers(manifest: bytes, where: str) -> Sequence[Layer]:
    """The first LAYERS_LIMIT signatures of a manifest of cosign's; other layers, and those without a signature, are passed over.

    Raises BadInput naming `where` for what is no manifest, or larger than MANIFEST_LIMIT.
    """
    if len(manifest) > MANIFEST_LIMIT:
        raise BadInput(f"the manifest of its signatures is larger than {MANIFEST_LIMIT} bytes", where=where)
    document = _json(manifest)
    found = document.get("layers") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise BadInput("no registry answers so: the manifest of its signatures is none", where=where)
    return [layer for each in found[:LAYERS_LIMIT] if (layer := _layer(each))]


def _layer(each: Any) -> Layer | None:
    if not isinstance(each, dict) or each.get("mediaType") != PAYLOAD_TYPE:
        return None
    annotations, digest = each.get("annotations"), each.get("digest")
    signature = annotations.get(ANNOTATION) if isinstance(annotations, dict) else None
    if not isinstance(signature, str) or not isinstance(digest, str) or not DIGEST.match(digest):
        return None
    return Layer(digest, signature)


def is_about(payload: bytes, manifest_digest: str) -> bool:
    """Whether a statement, whoever has signed it, is about the artifact of that manifest."""
    document = _json(payload) if len(payload) <= PAYLOAD_LIMIT else None
    critical = document.get("critical") if isinstance(document, dict) else None
    image = critical.get("image") if isinstance(critical, dict) else None
    if not isinstance(critical, dict) or not isinstance(image, dict) or critical.get("type") != _STATEMENT:
        return False
    return bool(image.get("docker-manifest-digest") == manifest_digest)


def _json(data: bytes) -> Any:
    try:
        return json_limits.load(data)
    except ValueError:
        return None
