"""A chart's manifest in an OCI registry, and what tags say of versions."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from headway.errors import BadInput
from headway.formats import helm_artifact
from headway.formats.helm_artifact import CHART_TYPE
from headway.model.charts import CHARTS_ANNOTATION, COMMIT_ANNOTATION
from tests.clients.packages import package

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DIGEST = f"sha256:{'0' * 64}"


def test_a_manifest_is_what_helm_writes() -> None:
    chart = package(version="1.0.0+b", commit="abc")
    chart.metadata["annotations"][CHARTS_ANNOTATION] = "{}"
    written = helm_artifact.manifest(chart, created=NOW)
    document = json.loads(written)
    config = helm_artifact.configuration(chart)
    assert document["config"] == {
        "mediaType": "application/vnd.cncf.helm.config.v1+json",
        "digest": helm_artifact.digest_of(config),
        "size": len(config),
    }
    assert json.loads(config)["version"] == "1.0.0+b"
    assert document["layers"] == [
        {
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "digest": chart.digest,
            "size": len(chart.data),
        }
    ]
    assert document["annotations"] == {
        COMMIT_ANNOTATION: "abc",
        "org.opencontainers.image.title": "web",
        "org.opencontainers.image.version": "1.0.0+b",
        "org.opencontainers.image.created": "2026-11-23T10:00:00Z",
        "headway.dev/content-digest": chart.content_digest,
    }
    found = helm_artifact.read(written, "web:1.0.0_b")
    assert found
    entry = found.entry("web", "1.0.0+b")
    assert (entry.digest, entry.created, entry.commit, entry.url) == (chart.digest, NOW, "abc", "web:1.0.0_b")

    kept = helm_artifact.read(mark := helm_artifact.withdrawn(found, NOW), "web")
    assert kept
    assert kept.layer == chart.digest
    assert mark != written, "deleting the one does not delete the other"


@pytest.mark.parametrize(
    ("tags", "offered", "withdrawn"),
    [
        pytest.param(["1.0.0", "1.1.0_b.1"], {"1.0.0", "1.1.0+b.1"}, set(), id="versions"),
        pytest.param(["latest", "main-0a1b2c3", "sha256-00.sig", "_"], set(), set(), id="no versions"),
        pytest.param(["1.0.0", "headway-withdrawn-1.1.0_b"], {"1.0.0"}, {"1.1.0+b"}, id="one was taken back"),
        pytest.param(["headway-withdrawn-", "headway-withdrawn-x"], set(), set(), id="of nothing"),
    ],
)
def test_tags_are_versions(tags: list[str], offered: set[str], withdrawn: set[str]) -> None:
    assert helm_artifact.versions(tags, withdrawn=False) == offered
    assert helm_artifact.versions(tags, withdrawn=True) == withdrawn


@pytest.mark.parametrize("version", ["1.0.0/../x", "", "1.0.0-" + "a" * 120, "1.0.0 "])
def test_a_version_that_is_no_tag_is_refused(version: str) -> None:
    if version:
        with pytest.raises(BadInput, match="cannot be a tag"):
            helm_artifact.tag_of(version)
    assert helm_artifact.versions([version], withdrawn=False) == set()


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param([], "no object", id="a list"),
        pytest.param({"layers": [{"mediaType": CHART_TYPE}]}, "without a digest", id="no digest"),
        pytest.param(
            {"layers": [{"mediaType": CHART_TYPE, "digest": "../x"}]}, "without a digest", id="a path"
        ),
    ],
)
def test_what_is_no_manifest_is_said(document: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        helm_artifact.read(json.dumps(document).encode(), "web:1.0.0")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"layers": None},
        {"layers": [None, {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": DIGEST}]},
    ],
    ids=["nothing", "null", "an image"],
)
def test_what_is_no_chart_is_passed_over(document: Any) -> None:
    assert helm_artifact.read(json.dumps(document).encode(), "web:1.0.0") is None


@pytest.mark.parametrize("created", ["", "yesterday", "2026-11-23T10:00:00.123456789Z", "2026-11-23"])
def test_when_it_was_made_is_read_where_it_is_told(created: str) -> None:
    document = {
        "layers": [{"mediaType": CHART_TYPE, "digest": DIGEST}],
        "annotations": {"org.opencontainers.image.created": created, "n": 1},
    }
    found = helm_artifact.read(json.dumps(document).encode(), "web:1.0.0")
    assert found
    assert found.created.year == (2026 if created.startswith("2026") else 1970)
    assert found.annotations["n"] == "1"
