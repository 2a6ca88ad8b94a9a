"""What is attached to an image, in a few words: lists of its parts, scans, reports of tests, who built it.

Whoever may push beside an image may attach what they like, and nothing here checks a signature: it is what the document says of
itself. Read are SPDX and CycloneDX in JSON, SARIF, the JSON of Trivy and Grype, JUnit, and in-toto statements of SLSA provenance,
of vulnerability scans and of lists of parts, bare, in a DSSE envelope or in a Sigstore bundle.

https://spdx.github.io/spdx-spec/v2.3/, https://cyclonedx.org/docs/1.6/json/,
https://docs.oasis-open.org/sarif/sarif/v2.1.0/, https://github.com/in-toto/attestation/tree/main/spec,
https://slsa.dev/spec/v1.0/provenance, https://github.com/secure-systems-lab/dsse/blob/master/envelope.md,
https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md
"""

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from headway.formats import json_limits, junit
from headway.formats.counted import counted

BYTES_LIMIT = 4 * 2**20
"""Of a document; larger ones are not read."""
ENVELOPES = 4
"""That a document may lie in."""
COUNT_LIMIT = 100_000
"""Packages or findings that are counted; of more it is said that there are more."""
TEXT_LIMIT = 200
SIGNATURES = (
    "application/vnd.dev.cosign.simplesigning.v1+json",
    "application/vnd.dev.cosign.artifact.sig.v1+json",
    "application/vnd.cncf.notary.signature",
)
"""Types of artifacts."""
_SEVERITIES = ("critical", "high", "medium", "low", "negligible", "unknown")
_LEVELS = ("error", "warning", "note", "none")
_VERDICTS = ("failed", "passed", "skipped")


@dataclass(frozen=True, slots=True)
class Attached:
    """`kind` such as "SBOM (SPDX)", `says` such as "124 packages"."""

    kind: str
    says: str


def of_type(artifact_type: str) -> Attached | None:
    """Of what is known by its type alone."""
    return Attached("signature", "not checked here") if artifact_type in SIGNATURES else None


def read(data: bytes) -> Attached | None:
    """None for what is of none of these kinds, or beyond a limit."""
    if len(data) > BYTES_LIMIT:
        return None
    if data.lstrip()[:1] == b"<":
        return _junit(data)
    try:
        return _read(json_limits.load(data), ENVELOPES)
    except ValueError:
        return None


def _read(document: Any, envelopes: int) -> Attached | None:
    if not isinstance(document, dict) or envelopes == 0:
        return None
    if inner := _payload(document):
        return _read(inner, envelopes - 1)
    if isinstance(document.get("predicateType"), str):
        return _statement(document, envelopes)
    return next(filter(None, (known(document) for known in _KINDS)), None)


def _payload(document: Mapping[str, Any]) -> Any:
    """What a DSSE envelope, or the one in a Sigstore bundle, holds; None where it is neither."""
    inner = document.get("dsseEnvelope")
    envelope = inner if isinstance(inner, dict) else document
    payload = envelope.get("payload")
    if not isinstance(payload, str) or "payloadType" not in envelope:
        return None
    try:
        return json_limits.load(base64.b64decode(payload, validate=True))
    except binascii.Error as error:
        raise ValueError("no base64") from error


def _statement(document: Mapping[str, Any], envelopes: int) -> Attached | None:
    kind, predicate = str(document["predicateType"]), document.get("predicate")
    if not isinstance(predicate, dict):
        return None
    if "slsa.dev/provenance" in kind:
        return _provenance(predicate)
    # cosign: what the scanner wrote lies in it.
    result = _at(predicate, "scanner", "result")
    if isinstance(result, dict) and (found := _read(result, envelopes - 1)):
        return found
    return _read(predicate, envelopes - 1) or Attached("in-toto attestation", _text(kind))


def _provenance(predicate: Mapping[str, Any]) -> Attached:
    """Version 1 and 0.2 of SLSA."""
    builder = _at(predicate, "runDetails", "builder", "id") or _at(predicate, "builder", "id")
    how = _at(predicate, "buildDefinition", "buildType") or predicate.get("buildType")
    says = [f"built by {_text(builder)}" if isinstance(builder, str) and builder else "builder not named"]
    says += [f"as {_text(how)}"] if isinstance(how, str) and how else []
    return Attached("provenance (SLSA)", ", ".join(says))


def _spdx(document: Mapping[str, Any]) -> Attached | None:
    packages = document.get("packages")
    if not isinstance(document.get("spdxVersion"), str):
        return None
    return Attached("SBOM (SPDX)", counted(_length(packages), "package"))


def _cyclonedx(document: Mapping[str, Any]) -> Attached | None:
    if document.get("bomFormat") != "CycloneDX":
        return None
    parts = counted(_length(document.get("components")), "component")
    found = document.get("vulnerabilities")
    if not isinstance(found, list) or not found:
        return Attached("SBOM (CycloneDX)", parts)
    worst = (_severity(_rated(each)) for each in islice(found, COUNT_LIMIT))
    return Attached("SBOM (CycloneDX)", f"{parts}; {_counted(worst, _SEVERITIES, 'vulnerability')}")


def _rated(found: Any) -> Any:
    ratings = found.get("ratings") if isinstance(found, dict) else None
    return next((_at(each, "severity") for each in _listed(ratings)), None)


def _sarif(document: Mapping[str, Any]) -> Attached | None:
    runs = document.get("runs")
    if not isinstance(runs, list) or "version" not in document:
        return None
    tools = dict.fromkeys(
        _text(name) for each in runs if isinstance(name := _at(each, "tool", "driver", "name"), str)
    )
    results = (result for each in runs for result in _listed(_at(each, "results")))
    levels = (_level(each) for each in islice(results, COUNT_LIMIT))
    tool = f" of {', '.join(list(tools)[:3])}" if tools else ""
    return Attached(f"report (SARIF){tool}", _counted(levels, _LEVELS, "finding"))


def _level(result: Any) -> str:
    """Where it is left out it is a warning, as far as the rule says nothing else (SARIF 3.27.10)."""
    level = _at(result, "level")
    return level if level in _LEVELS else "warning"


def _trivy(document: Mapping[str, Any]) -> Attached | None:
    results = document.get("Results")
    if "SchemaVersion" not in document or not (results is None or isinstance(results, list)):
        return None
    found = (one for each in _listed(results) for one in _listed(_at(each, "Vulnerabilities")))
    severities = (_severity(_at(each, "Severity")) for each in islice(found, COUNT_LIMIT))
    return Attached("scan (Trivy)", _counted(severities, _SEVERITIES, "vulnerability"))


def _grype(document: Mapping[str, Any]) -> Attached | None:
    matches = document.get("matches")
    if not isinstance(matches, list) or _at(document, "descriptor", "name") != "grype":
        return None
    severities = (_severity(_at(each, "vulnerability", "severity")) for each in islice(matches, COUNT_LIMIT))
    return Attached("scan (Grype)", _counted(severities, _SEVERITIES, "vulnerability"))


def _junit(data: bytes) -> Attached | None:
    try:
        cases = junit.read(data.decode())
    except UnicodeDecodeError:
        return None
    if not cases:
        return None
    more = f" among the first {junit.CASES}" if len(cases) == junit.CASES else ""
    said = Counter(str(each.outcome) for each in cases)
    return Attached(
        "tests (JUnit)", ", ".join(f"{said[each]} {each}" for each in _VERDICTS if said[each]) + more
    )


_KINDS: tuple[Callable[[Mapping[str, Any]], Attached | None], ...] = (
    _spdx,
    _cyclonedx,
    _sarif,
    _trivy,
    _grype,
)


def _counted(found: Iterable[str], order: tuple[str, ...], what: str) -> str:
    counts = Counter(found)
    total = counts.total()
    if not total:
        return f"no {what}"
    parts = ", ".join(f"{counts[each]} {each}" for each in order if counts[each])
    more = "at least " if total >= COUNT_LIMIT else ""
    return f"{more}{counted(total, what)}: {parts}"


def _severity(said: Any) -> str:
    known = said.lower() if isinstance(said, str) else ""
    return known if known in _SEVERITIES else "unknown"


def _at(document: Any, *path: str) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _length(value: Any) -> int:
    return len(_listed(value))


def _text(value: str) -> str:
    return " ".join(value.split())[:TEXT_LIMIT]
