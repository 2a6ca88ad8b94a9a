"""What is attached to images in a real registry, pushed as any client pushes it."""

import hashlib
import json
import uuid
from typing import Any

import httpx
import pytest

from headway.clients.registry import Registry
from sandbox.address import Address
from tests.formats.test_attached import GRYPE, JUNIT, PROVENANCE, SARIF, SPDX, envelope

pytestmark = pytest.mark.sandbox
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
ATTACHED = {
    "application/spdx+json": SPDX,
    "application/sarif+json": SARIF,
    "application/vnd.in-toto+json": envelope(PROVENANCE),
    "application/json": GRYPE,
    "application/xml": JUNIT,
    "application/vnd.cncf.notary.signature": {},
    "application/vnd.example.unknown": {"a": 1},
}


class Pushing:
    def __init__(self, host: str, path: str) -> None:
        self.client = httpx.Client(base_url=f"http://{host}/v2/{path}/", timeout=20)

    def blob(self, data: bytes, kind: str) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        where = self.client.post("blobs/uploads/").raise_for_status().headers["Location"]
        self.client.put(
            where, params={**httpx.URL(where).params, "digest": digest}, content=data
        ).raise_for_status()
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    def manifest(self, name: str, document: dict[str, Any]) -> dict[str, Any]:
        """`name`: a tag; its digest where that is empty."""
        data = json.dumps({"schemaVersion": 2, **document}).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        kind = document["mediaType"]
        self.client.put(
            f"manifests/{name or digest}", content=data, headers={"Content-Type": kind}
        ).raise_for_status()
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    def attach(self, subject: dict[str, Any]) -> None:
        empty = self.blob(b"{}", "application/vnd.oci.empty.v1+json")
        found = []
        for kind, content in ATTACHED.items():
            data = content if isinstance(content, str) else json.dumps(content)
            manifest = {
                "mediaType": MANIFEST,
                "artifactType": kind,
                "config": empty,
                "layers": [self.blob(data.encode(), kind)],
                "subject": subject,
            }
            found.append({**self.manifest("", manifest), "artifactType": kind})
        if self.client.get(f"referrers/{subject['digest']}").status_code == 404:
            # https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
            self.manifest(subject["digest"].replace(":", "-"), {"mediaType": INDEX, "manifests": found})


def test_what_is_attached_to_an_image(sandbox: Address) -> None:
    path = f"headway-test/{uuid.uuid4().hex[:8]}"
    pushing = Pushing(sandbox.registry, path)
    configuration = {"config": {"Labels": {"quality": "good"}}, "rootfs": {"type": "layers", "diff_ids": []}}
    config = pushing.blob(json.dumps(configuration).encode(), "application/vnd.oci.image.config.v1+json")
    pushing.attach(pushing.manifest("1.0", {"mediaType": MANIFEST, "config": config, "layers": []}))

    facts = Registry().facts(f"{sandbox.registry}/{path}", "1.0", read=10)
    assert facts.labels == {"quality": "good"}
    assert {each.artifact_type: (each.kind, each.says) for each in facts.referrers} == {
        "application/spdx+json": ("SBOM (SPDX)", "2 packages"),
        "application/sarif+json": ("report (SARIF) of semgrep", "3 findings: 1 error, 1 warning, 1 note"),
        "application/vnd.in-toto+json": (
            "provenance (SLSA)",
            "built by https://ci.example.com/runner, as https://ci.example.com/pipeline/v1",
        ),
        "application/json": ("scan (Grype)", "1 vulnerability: 1 critical"),
        "application/xml": ("tests (JUnit)", "1 failed, 1 passed, 1 skipped"),
        "application/vnd.cncf.notary.signature": ("signature", "not checked here"),
        "application/vnd.example.unknown": ("", ""),
    }
    assert all(each.size for each in facts.referrers)
