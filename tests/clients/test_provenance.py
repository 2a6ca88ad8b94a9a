"""Signed packages, as the real Helm verifies them. `signed/`: a chart that was signed with a key which nobody has any more."""

import gzip
import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from headway.clients.chart_repository import (
    ReadableChartRepository,
    open_repository,
    open_writable_repository,
)
from headway.clients.chart_repository.protocol import Signature
from headway.clients.helm import provenance
from headway.clients.helm.command import Helm
from headway.errors import Refused
from sandbox import address
from tests.clients.packages import package

SIGNED = Path(__file__).parent / "signed"
NAME = "plain-2.0.0.tgz"
PACKAGE, PROVENANCE = (SIGNED / NAME).read_bytes(), (SIGNED / f"{NAME}.prov").read_bytes()
COSIGN = (SIGNED.parent / "cosign" / f"{NAME}.sig").read_bytes()
MAKER, ELSE = ((SIGNED / f"{who}.asc").read_text() for who in ("maker", "else"))


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(str(address.load().bin / "helm"), "4.3.1")


@pytest.mark.sandbox
@pytest.mark.parametrize("keyring", [MAKER, ELSE + MAKER], ids=["its own key", "among others"])
def test_what_was_signed_is_taken(helm: Helm, keyring: str) -> None:
    provenance.verify(helm, keyring, NAME, PACKAGE, PROVENANCE)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("keyring", "name", "package", "signature", "said"),
    [
        pytest.param(ELSE, NAME, PACKAGE, PROVENANCE, "unknown entity", id="somebody else's key"),
        pytest.param(MAKER, NAME, gzip.compress(b"x"), PROVENANCE, "sum does not match", id="other bytes"),
        pytest.param(MAKER, "plain-3.0.0.tgz", PACKAGE, PROVENANCE, "plain-3.0.0.tgz", id="another version"),
        pytest.param(MAKER, NAME, PACKAGE, b"no signature", "", id="no signature"),
        pytest.param("no keys", NAME, PACKAGE, PROVENANCE, "", id="no keyring"),
    ],
)
def test_whom_a_keyring_does_not_know_is_refused(
    helm: Helm, keyring: str, name: str, package: bytes, signature: bytes, said: str
) -> None:
    with pytest.raises(Refused, match=f"nobody whom the site trusts has signed it: .*{said}"):
        provenance.verify(helm, keyring, name, package, signature)


@pytest.fixture(params=["file", "http"])
def offered(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReadableChartRepository]:
    """2.0.0 is signed, 2.1.0 is not."""
    written = open_writable_repository(f"file://{tmp_path}")
    for version in ("2.0.0", "2.1.0"):
        written.publish(package("plain", version), created=datetime(2026, 1, 1, tzinfo=UTC))
    (tmp_path / f"{NAME}.prov").write_bytes(PROVENANCE)
    (tmp_path / f"{NAME}.sig").write_bytes(COSIGN)
    if request.param == "file":
        yield written
        return
    handler = partial(Silent, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield open_repository(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nobody reads it."""


def test_provenance_lies_beside_the_package(offered: ReadableChartRepository) -> None:
    found = {each.version: offered.provenance(each) for each in offered.entries("plain")}
    assert found == {"2.0.0": PROVENANCE, "2.1.0": None}


def test_so_does_a_signature_of_cosign(offered: ReadableChartRepository) -> None:
    found = {each.version: [*offered.signatures(each)] for each in offered.entries("plain")}
    assert found == {"2.0.0": [Signature(COSIGN.decode())], "2.1.0": []}
