"""What is taken for a signature of cosign, and what is not; made here, so that each part of it can be another."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from headway.errors import BadInput
from headway.formats import cosign

MAKER, OTHER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
DIGEST = f"sha256:{'a' * 64}"
DATA = b"a package"


def pem(key: Any) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def made(data: bytes = DATA, key: ec.EllipticCurvePrivateKey = MAKER) -> str:
    return base64.b64encode(key.sign(data, ec.ECDSA(SHA256()))).decode()


def statement(**changes: Any) -> bytes:
    critical = {
        "identity": {"docker-reference": "r.example.com/charts/plain"},
        "image": {"docker-manifest-digest": DIGEST},
        "type": "cosign container image signature",
    }
    return json.dumps({"critical": critical | changes, "optional": None}).encode()


@pytest.mark.parametrize(
    ("keys", "data", "signature", "counts"),
    [
        pytest.param(pem(MAKER), DATA, made(), True, id="its own key"),
        pytest.param(pem(OTHER) + pem(MAKER), DATA, made(), True, id="among others"),
        pytest.param(pem(MAKER), DATA, f"{made()}\n", True, id="with a line end"),
        pytest.param(pem(OTHER), DATA, made(), False, id="somebody else's key"),
        pytest.param(pem(MAKER), b"other", made(), False, id="other bytes"),
        pytest.param(pem(MAKER), DATA, "", False, id="empty"),
        pytest.param(pem(MAKER), DATA, "no base64!", False, id="no base64"),
        pytest.param(pem(MAKER), DATA, "AAAA", False, id="no ASN.1"),
        pytest.param(pem(MAKER), DATA, "\udcff", False, id="half a character"),
    ],
)
def test_which_signature_counts(keys: str, data: bytes, signature: str, counts: bool) -> None:
    assert cosign.is_signed(cosign.public_keys(keys, "site"), data, signature) is counts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "it holds no public key in PEM", id="empty"),
        pytest.param("-----BEGIN PGP PUBLIC KEY BLOCK-----", "it holds no public key", id="of OpenPGP"),
        pytest.param(pem(MAKER).replace("PUBLIC", "PRIVATE"), "it holds no public key", id="a private one"),
        pytest.param(pem(rsa.generate_private_key(65537, 2048)), "no ECDSA P-256", id="RSA"),
        pytest.param(pem(ed25519.Ed25519PrivateKey.generate()), "no ECDSA P-256", id="Ed25519"),
        pytest.param(pem(ec.generate_private_key(ec.SECP384R1())), "no ECDSA P-256", id="another curve"),
        pytest.param(pem(MAKER).replace("MFk", "MFm"), "a key in it cannot be read", id="broken"),
        pytest.param(
            pem(MAKER) + pem(ed25519.Ed25519PrivateKey.generate()),
            "no ECDSA P-256",
            id="a good one and another",
        ),
    ],
)
def test_what_is_no_key(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=f"site: .*{said}"):
        cosign.public_keys(text, "site")


@pytest.mark.parametrize(
    ("payload", "is_about"),
    [
        pytest.param(statement(), True, id="this artifact"),
        pytest.param(
            statement(image={"docker-manifest-digest": f"sha256:{'b' * 64}"}), False, id="another image"
        ),
        pytest.param(statement(image={}), False, id="none"),
        pytest.param(statement(image=DIGEST), False, id="no object"),
        pytest.param(statement(type="atomic container signature"), False, id="of another kind"),
        pytest.param(b"[]", False, id="a list"),
        pytest.param(b"no JSON", False, id="no JSON"),
        pytest.param(statement() + b" " * cosign.PAYLOAD_LIMIT, False, id="huge"),
    ],
)
def test_what_a_statement_is_about(payload: bytes, is_about: bool) -> None:
    assert cosign.is_about(payload, DIGEST) is is_about


def layer(**changes: Any) -> dict[str, Any]:
    return {
        "mediaType": cosign.PAYLOAD_TYPE,
        "digest": DIGEST,
        "annotations": {cosign.ANNOTATION: "c2ln"},
        **changes,
    }


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        pytest.param([layer()], 1, id="one"),
        pytest.param([layer(annotations={}), layer()], 1, id="one without a signature before it"),
        pytest.param([layer(annotations=None)], 0, id="no annotations"),
        pytest.param([layer(annotations={cosign.ANNOTATION: 5})], 0, id="a signature that is no text"),
        pytest.param([layer(mediaType="application/json")], 0, id="of another type"),
        pytest.param([layer(digest="sha256:../..")], 0, id="no digest"),
        pytest.param(["x", None], 0, id="no layers"),
        pytest.param([layer()] * 500, cosign.LAYERS_LIMIT, id="very many"),
    ],
)
def test_signatures_in_a_manifest(layers: list[Any], count: int) -> None:
    assert len(cosign.layers(json.dumps({"layers": layers}).encode(), "here")) == count


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        pytest.param(
            b'{"layers": [' + b" " * cosign.MANIFEST_LIMIT + b"]}", "larger than 262144 bytes", id="huge"
        ),
        pytest.param(b"no", "the manifest of its signatures is none", id="no JSON"),
        pytest.param(b"{}", "the manifest of its signatures is none", id="no layers"),
        pytest.param(b"[]", "the manifest of its signatures is none", id="a list"),
    ],
)
def test_what_is_no_manifest_of_signatures(manifest: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        cosign.layers(manifest, "here")
