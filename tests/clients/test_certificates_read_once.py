"""Certificates of authorities are read once for each place that they stand in, not once a client."""

import logging
import ssl
from pathlib import Path

import certifi
import pytest

from headway import cli
from headway.cli.exit_codes import ExitCode
from headway.clients import network_deadline
from headway.errors import BadInput


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


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "PREFECT_API_SSL_CERT_FILE"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(None, "No such file or directory", id="no file"),
        pytest.param("", "no certificate or crl found", id="empty"),
        pytest.param("words", "no certificate or crl found", id="no certificates"),
    ],
)
def test_certificates_that_cannot_be_read_are_named_with_their_variable(
    variable: str,
    text: str | None,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = tmp_path / "authorities.pem"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv(variable, str(file))

    def command(*_: object, **__: object) -> bool:
        try:
            ssl.create_default_context(cafile=str(file))
        except OSError:
            logging.getLogger("prefect.plugins").exception("Failed to initialize plugins")
            raise
        return True

    monkeypatch.setattr(cli.headway, "main", command)
    assert cli.main([]) == ExitCode.FAILED
    said = f"environment variable {variable}: it names {file}, of which no certificates can be read ({why}). Name a file"
    assert (capsys.readouterr().err.startswith(said), caplog.records) == (True, [])
    if variable == "SSL_CERT_FILE":
        with pytest.raises(BadInput, match="no certificates can be read"):
            network_deadline.transport()
