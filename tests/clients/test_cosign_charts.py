"""Charts that cosign has signed. `cosign/`: what cosign 2.5.3 wrote of `signed/plain-2.0.0.tgz`, by a key that nobody has any
more: beside the file, and of the manifest under which Helm pushed it to a registry."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from headway.clients.chart_repository import open_repository, open_writable_repository
from headway.errors import BadInput, HeadwayError, Refused
from headway.formats import chart_package, cosign, helm_artifact
from headway.workspace.site_charts import SiteCharts, signed_by_cosign
from tests.clients.memory_oci import HOST, MemoryOci

HERE = Path(__file__).parent
NAME = "plain-2.0.0.tgz"
PACKAGE, PLACE = (HERE / "signed" / NAME).read_bytes(), "charts/plain"
MANIFEST, SIGNATURES, STATEMENT, BESIDE = (
    (HERE / "cosign" / name).read_bytes()
    for name in ("manifest.json", "signatures.json", "statement.json", f"{NAME}.sig")
)
MAKER, ELSE = ((HERE / "cosign" / f"{who}.pub").read_text() for who in ("maker", "else"))
TAG = cosign.tag_of(helm_artifact.digest_of(MANIFEST))
Change = Callable[[MemoryOci], None]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MemoryOci:
    """As it was when it was recorded."""
    made = MemoryOci()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(made.answer))
    made.tags[PLACE] = {"2.0.0": MANIFEST, TAG: SIGNATURES}
    made.blobs[PLACE] = {helm_artifact.digest_of(each): each for each in (PACKAGE, STATEMENT)}
    return made


def taken(address: str, key: str = MAKER) -> bytes:
    """What a site that trusts this key makes of it."""
    charts = SiteCharts(open_repository(address), (signed_by_cosign(key, "site"),))
    (entry,) = charts.entries("plain")
    return charts.read(entry)


def in_registry(key: str = MAKER) -> bytes:
    return taken(f"oci://{HOST}/charts", key)


def layers(registry: MemoryOci, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> None:
    document = json.loads(SIGNATURES)
    document["layers"] = change(document["layers"])
    registry.tags[PLACE][TAG] = json.dumps(document).encode()


def signed_now(registry: MemoryOci, statement: bytes, key: ec.EllipticCurvePrivateKey) -> dict[str, object]:
    """A layer of another signature."""
    digest = helm_artifact.digest_of(statement)
    registry.blobs[PLACE][digest] = statement
    made = base64.b64encode(key.sign(statement, ec.ECDSA(SHA256()))).decode()
    return {"mediaType": cosign.PAYLOAD_TYPE, "digest": digest, "annotations": {cosign.ANNOTATION: made}}


def another(registry: MemoryOci) -> dict[str, object]:
    return signed_now(registry, STATEMENT, ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize("key", [MAKER, ELSE + MAKER], ids=["its own key", "among others"])
def test_what_cosign_signed_in_a_registry_is_taken(key: str, registry: MemoryOci) -> None:
    assert in_registry(key) == PACKAGE
    assert registry.asked


def test_one_good_signature_among_others_is_enough(registry: MemoryOci) -> None:
    layers(registry, lambda known: [another(registry), *known])
    assert in_registry() == PACKAGE


def _of_another_manifest(registry: MemoryOci) -> None:
    """The tag names the same package by a manifest that nobody has signed, at whose place the good signature is put."""
    document = json.loads(MANIFEST)
    moved = json.dumps({**document, "annotations": {"new": "yes"}}).encode()
    registry.tags[PLACE] = {"2.0.0": moved, cosign.tag_of(helm_artifact.digest_of(moved)): SIGNATURES}


def _another_statement(registry: MemoryOci) -> None:
    digest = helm_artifact.digest_of(STATEMENT)
    registry.blobs[PLACE][digest] = STATEMENT.replace(b"sha256", b"sha257")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(
            lambda it: it.tags[PLACE].pop(TAG),
            "is not signed: there is no signature of cosign",
            id="unsigned",
        ),
        pytest.param(_of_another_manifest, "none of its signatures", id="a signature of another artifact"),
        pytest.param(
            lambda it: layers(it, lambda _: [another(it)]), "none of its signatures", id="by somebody else"
        ),
        pytest.param(
            lambda it: layers(it, lambda known: [{**known[0], "annotations": {}}]),
            "is not signed",
            id="no annotation",
        ),
        pytest.param(
            lambda it: layers(it, lambda known: [{**known[0], "mediaType": "application/json"}]),
            "is not signed",
            id="of another type",
        ),
        pytest.param(
            lambda it: it.blobs[PLACE].pop(helm_artifact.digest_of(STATEMENT)),
            "is not signed",
            id="no statement",
        ),
        pytest.param(_another_statement, "is not signed", id="other bytes than the statement's digest"),
        pytest.param(
            lambda it: it.tags[PLACE].update({TAG: SIGNATURES + b" " * cosign.MANIFEST_LIMIT}),
            "the manifest of its signatures is larger than",
            id="a huge manifest",
        ),
        pytest.param(
            lambda it: layers(it, lambda known: [another(it)] * cosign.LAYERS_LIMIT + known),
            r"none of its signatures \(20\)",
            id="behind very many others",
        ),
        pytest.param(
            lambda it: it.tags[PLACE].update({TAG: b"[]"}),
            "the manifest of its signatures is none",
            id="no manifest",
        ),
    ],
)
def test_what_nobody_who_is_trusted_has_signed_is_refused(
    change: Change, said: str, registry: MemoryOci
) -> None:
    change(registry)
    with pytest.raises(HeadwayError, match=said):
        in_registry()


def test_somebody_else_s_key_trusts_none_of_it(registry: MemoryOci) -> None:
    with pytest.raises(Refused, match="none of its signatures"):
        in_registry(ELSE)
    with pytest.raises(BadInput, match="site: it holds no public key"):
        in_registry("no key")
    assert registry.asked


@pytest.mark.parametrize(
    ("beside", "key", "said"),
    [
        pytest.param(BESIDE, MAKER, "", id="its own key"),
        pytest.param(BESIDE, ELSE, "none of its signatures", id="somebody else's key"),
        pytest.param(None, MAKER, "is not signed", id="unsigned"),
        pytest.param(b"AAAA", MAKER, "none of its signatures", id="no signature"),
        pytest.param(b"\xff" * 10, MAKER, "none of its signatures", id="no text"),
    ],
)
def test_a_signature_beside_the_package(tmp_path: Path, beside: bytes | None, key: str, said: str) -> None:
    package = chart_package.read_package(PACKAGE, NAME)
    open_writable_repository(f"file://{tmp_path}").publish(package, created=datetime(2026, 1, 1, tzinfo=UTC))
    if beside is not None:
        (tmp_path / f"{NAME}.sig").write_bytes(beside)
    if not said:
        assert taken(f"file://{tmp_path}", key) == PACKAGE
        return
    with pytest.raises(Refused, match=said):
        taken(f"file://{tmp_path}", key)
