"""Certificates of authorities are read once for each place that they stand in, not once a client."""

from pathlib import Path

import certifi
import pytest

from headway.clients import network_deadline


def test_clients_share_what_was_read_until_the_place_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, again = network_deadline.transport(), network_deadline.transport()
    assert first._pool._ssl_context is again._pool._ssl_context
    copy = tmp_path / "authorities.pem"
    copy.write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(copy))
    assert network_deadline.transport()._pool._ssl_context is not first._pool._ssl_context


def test_authorities_that_are_renewed_in_place_are_read_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "authorities.pem"
    pem = Path(certifi.where()).read_text()
    file.write_text(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    before = network_deadline.transport()._pool._ssl_context
    one = pem[: pem.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n"
    (tmp_path / "new.pem").write_text(one)
    (tmp_path / "new.pem").replace(file)
    after = network_deadline.transport()._pool._ssl_context
    assert before
    assert after
    assert (len(before.get_ca_certs()) > 1, len(after.get_ca_certs())) == (True, 1)
