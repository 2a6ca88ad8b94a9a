"""What is attached to an image, in a few words; and what is not taken for any of it."""

import base64
import json
from typing import Any

import pytest

from headway.formats import attached
from headway.formats.attached import Attached, read

SPDX = {"spdxVersion": "SPDX-2.3", "packages": [{}, {}]}
CYCLONEDX = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}
SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "semgrep"}},
            "results": [{"level": "error"}, {"level": "note"}, {}],
        }
    ],
}
TRIVY = {
    "SchemaVersion": 2,
    "Results": [
        {"Vulnerabilities": [{"Severity": "HIGH"}, {"Severity": "LOW"}, {"Severity": "HIGH"}]},
        {"Vulnerabilities": None},
        {},
    ],
}
GRYPE = {"matches": [{"vulnerability": {"severity": "Critical"}}], "descriptor": {"name": "grype"}}
JUNIT = (
    '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase>'
    '<testcase name="c"><skipped/></testcase></testsuite>'
)


def statement(kind: str, predicate: Any) -> dict[str, Any]:
    return {"_type": "https://in-toto.io/Statement/v1", "predicateType": kind, "predicate": predicate}


def envelope(inner: Any, times: int = 1) -> dict[str, Any]:
    for _ in range(times):
        payload = base64.b64encode(json.dumps(inner).encode()).decode()
        inner = {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []}
    return dict(inner)


PROVENANCE = statement(
    "https://slsa.dev/provenance/v1",
    {
        "runDetails": {"builder": {"id": "https://ci.example.com/runner"}},
        "buildDefinition": {"buildType": "https://ci.example.com/pipeline/v1"},
    },
)
OLDER = statement("https://slsa.dev/provenance/v0.2", {"builder": {"id": "https://ci.example.com"}})
SCANNED = statement("https://cosign.sigstore.dev/attestation/vuln/v1", {"scanner": {"result": TRIVY}})


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param(SPDX, Attached("SBOM (SPDX)", "2 packages"), id="SPDX"),
        pytest.param(CYCLONEDX, Attached("SBOM (CycloneDX)", "1 component"), id="CycloneDX"),
        pytest.param(
            CYCLONEDX | {"vulnerabilities": [{"ratings": [{"severity": "high"}]}, {}]},
            Attached("SBOM (CycloneDX)", "1 component; 2 vulnerabilities: 1 high, 1 unknown"),
            id="CycloneDX with vulnerabilities",
        ),
        pytest.param(
            SARIF,
            Attached("report (SARIF) of semgrep", "3 findings: 1 error, 1 warning, 1 note"),
            id="SARIF",
        ),
        pytest.param(TRIVY, Attached("scan (Trivy)", "3 vulnerabilities: 2 high, 1 low"), id="Trivy"),
        pytest.param(
            {"SchemaVersion": 2, "Results": None},
            Attached("scan (Trivy)", "no vulnerability"),
            id="a clean scan",
        ),
        pytest.param(GRYPE, Attached("scan (Grype)", "1 vulnerability: 1 critical"), id="Grype"),
        pytest.param(JUNIT, Attached("tests (JUnit)", "1 failed, 1 passed, 1 skipped"), id="JUnit"),
        pytest.param(
            PROVENANCE,
            Attached(
                "provenance (SLSA)",
                "built by https://ci.example.com/runner, as https://ci.example.com/pipeline/v1",
            ),
            id="provenance",
        ),
        pytest.param(
            OLDER, Attached("provenance (SLSA)", "built by https://ci.example.com"), id="older provenance"
        ),
        pytest.param(
            envelope(PROVENANCE | {"predicate": {}}),
            Attached("provenance (SLSA)", "builder not named"),
            id="provenance of nobody, in an envelope",
        ),
        pytest.param(
            {
                "mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.3",
                "dsseEnvelope": envelope(SCANNED),
            },
            Attached("scan (Trivy)", "3 vulnerabilities: 2 high, 1 low"),
            id="a scan in a Sigstore bundle",
        ),
        pytest.param(
            envelope(statement("https://spdx.dev/Document", SPDX)),
            Attached("SBOM (SPDX)", "2 packages"),
            id="SPDX in an envelope",
        ),
        pytest.param(
            statement("https://example.com/ours", {"a": 1}),
            Attached("in-toto attestation", "https://example.com/ours"),
            id="a predicate that nobody knows",
        ),
    ],
)
def test_in_a_few_words(document: Any, found: Attached) -> None:
    data = document if isinstance(document, str) else json.dumps(document)
    assert read(data.encode()) == found


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="of no kind"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b" " * (attached.BYTES_LIMIT + 1), id="too large"),
        pytest.param(b'{"spdxVersion": 1, "packages": []}', id="SPDX of no version"),
        pytest.param(b'{"runs": {}, "version": "2.1.0"}', id="SARIF without runs"),
        pytest.param(b'{"SchemaVersion": 2, "Results": 5}', id="Trivy without results"),
        pytest.param(
            b'{"predicateType": "https://slsa.dev/provenance/v1", "predicate": []}', id="no predicate"
        ),
        pytest.param(b'{"payloadType": "x", "payload": "***"}', id="no base64"),
        pytest.param(
            json.dumps(envelope(SPDX, attached.ENVELOPES + 1)).encode(), id="envelopes in envelopes"
        ),
        pytest.param(
            b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="&a;"/></testsuite>', id="entities"
        ),
        pytest.param(b"<html>", id="a web page"),
    ],
)
def test_what_is_of_none_of_these_kinds(data: bytes) -> None:
    assert read(data) is None


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param(
            {"SchemaVersion": 2, "Results": [{"Vulnerabilities": [1, None, {"Severity": ["x"]}, {}]}, 7]},
            "4 vulnerabilities: 4 unknown",
            id="findings that are none",
        ),
        pytest.param(
            {"spdxVersion": "SPDX-2.3", "packages": {"a": 1}}, "0 packages", id="packages that are none"
        ),
        pytest.param(
            {"version": 2, "runs": [{"results": [{"level": 7}, 5]}, None]},
            "2 findings: 2 warning",
            id="levels that are none",
        ),
        pytest.param(
            statement("https://slsa.dev/provenance/v1", {"builder": {"id": "\x1b[31m a\n" + "b" * 999}}),
            "built by \x1b[31m a " + "b" * 192,
            id="a long name of two lines",
        ),
    ],
)
def test_what_is_strange_in_it_is_counted_or_cut(document: Any, says: str) -> None:
    found = read(json.dumps(document).encode())
    assert found
    assert found.says[:300] == says


def test_no_more_is_counted_than_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attached, "COUNT_LIMIT", 2)
    assert read(json.dumps(TRIVY).encode()) == Attached(
        "scan (Trivy)", "at least 2 vulnerabilities: 1 high, 1 low"
    )


def test_a_signature_is_known_by_its_type_and_not_checked() -> None:
    assert attached.of_type("application/vnd.cncf.notary.signature") == Attached(
        "signature", "not checked here"
    )
    assert attached.of_type("application/spdx+json") is None
