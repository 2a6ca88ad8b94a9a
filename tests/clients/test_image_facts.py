"""What a registry says of an image beside its bytes, and what becomes of answers that no registry gives."""

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from headway.clients.registry import Registry
from headway.decide.review import image_facts_text
from headway.errors import BadInput
from headway.model.images import ImageFacts, Referrer
from headway.model.release_history import HistoryEntry, HistoryImage, ReleaseHistory
from headway.model.release_ref import ReleaseRef
from headway.workspace import image_facts
from tests.fast.memory.registry import MemoryRegistry

REPOSITORY = "registry.example.com/shop/cart"
COMMIT = "1a2b3c4d" * 5
SCAN = {
    "artifactType": "application/vnd.scan+json",
    "digest": "sha256:ab",
    "annotations": {"result": "clean"},
}


def registry(answers: Mapping[str, Any], commit: str = COMMIT) -> tuple[Registry, str]:
    """With one image; `answers` by how their path ends, before the image's own."""
    memory = MemoryRegistry()
    digest = memory.push("shop/cart", "1.0", revision=commit)

    def answer(request: httpx.Request) -> httpx.Response:
        for end, said in answers.items():
            if request.url.path.endswith(
                end.replace("DIGEST", digest).replace("TAG", digest.replace(":", "-"))
            ):
                return (
                    said
                    if isinstance(said, httpx.Response)
                    else httpx.Response(200, content=json.dumps(said))
                )
        return memory.answer(request)

    return Registry(transport=httpx.MockTransport(answer)), digest


@pytest.mark.parametrize(
    ("answers", "referrers"),
    [
        pytest.param({}, 0, id="nothing is attached, or its registry does not know the question"),
        pytest.param({"/referrers/DIGEST": {"manifests": [SCAN]}}, 1, id="a scan"),
        pytest.param(
            {"/manifests/TAG": {"manifests": [SCAN]}}, 1, id="by the tag that stands for the answer"
        ),
        pytest.param({"/referrers/DIGEST": {"manifests": [SCAN] * 1000}}, 100, id="more than anybody reads"),
        pytest.param({"/referrers/DIGEST": {"manifests": None}}, 0, id="null"),
    ],
)
def test_labels_and_what_is_attached(answers: Mapping[str, Any], referrers: int) -> None:
    asked, digest = registry(answers)
    found = asked.facts(REPOSITORY, "1.0")
    assert (found.digest, found.revision, len(found.referrers)) == (digest, COMMIT, referrers)
    assert found.labels == {"org.opencontainers.image.revision": COMMIT}
    scan = Referrer("application/vnd.scan+json", "sha256:ab", {"result": "clean"})
    assert all(each == scan for each in found.referrers)


@pytest.mark.parametrize(
    "said", [{"manifests": "all"}, {"manifests": [1]}, {"manifests": [{"annotations": 1}]}]
)
def test_what_no_registry_answers_is_bad_input(said: Any) -> None:
    asked, _ = registry({"/referrers/DIGEST": said})
    with pytest.raises(BadInput):
        asked.facts(REPOSITORY, "1.0")


def history(*images: HistoryImage) -> list[ReleaseHistory]:
    entry = HistoryEntry(1, "0.1.0", "release", images=images)
    return [ReleaseHistory(ReleaseRef("shop", "testing", "shop"), "shop-testing", (entry,))]


def test_a_label_tells_the_commit_that_a_tag_does_not() -> None:
    asked, _ = registry({})
    unknown: list[str] = []
    tagged = HistoryImage(REPOSITORY, "main-5d6e7f8", commit="5d6e7f8")
    (found,) = image_facts.with_commits(history(HistoryImage(REPOSITORY, "1.0"), tagged), unknown, asked)
    assert [each.commit for each in found.entries[0].images] == [COMMIT, "5d6e7f8"]
    assert unknown == []


def test_a_registry_that_does_not_answer_is_a_sentence() -> None:
    asked, _ = registry({"/manifests/1.0": httpx.Response(502)})
    unknown: list[str] = []
    (found,) = image_facts.with_commits(history(HistoryImage(REPOSITORY, "1.0")), unknown, asked)
    assert found.entries[0].images[0].commit == ""
    (said,) = unknown
    assert said.startswith(f"{REPOSITORY}:1.0: its registry does not tell")


def test_people_read_a_line_for_each() -> None:
    facts = ImageFacts(
        "sha256:1",
        "2026-11-23T10:00:00Z",
        {"quality": "good\nenough"},
        (Referrer("application/spdx+json", "sha256:0123456789abcdef", {"a": "b"}), Referrer("", "")),
    )
    assert image_facts_text.rows({"r.example/shop/cart:1.0": facts}) == [
        ("cart:1.0 built", "2026-11-23T10:00:00Z"),
        ("cart:1.0 label", "quality=good enough"),
        ("cart:1.0 attached", "application/spdx+json 0123456789ab (a=b)"),
        ("cart:1.0 attached", "of an unknown kind"),
    ]
    known = Referrer(
        "application/spdx+json", "sha256:0123456789abcdef", {}, 4200, "SBOM (SPDX)", "3 packages"
    )
    assert image_facts_text.attachment(known) == (
        "SBOM (SPDX): 3 packages (application/spdx+json, 4 KiB, 0123456789ab)"
    )


SBOM = json.dumps({"spdxVersion": "SPDX-2.3", "packages": [{}, {}, {}]}).encode()


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def attached_to(
    layer: bytes, *, size: int | None = None, digest: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The descriptor of an artifact with one layer, and the registry's answers for it."""
    described = {"digest": digest or digest_of(layer), "size": len(layer) if size is None else size}
    manifest = json.dumps({"artifactType": "application/spdx+json", "layers": [described]}).encode()
    answers = {
        f"/manifests/{digest_of(manifest)}": httpx.Response(200, content=manifest),
        f"/blobs/{described['digest']}": httpx.Response(200, content=layer),
    }
    return {"digest": digest_of(manifest), "size": 7}, answers


@pytest.mark.parametrize(
    ("layer", "more", "kind", "size"),
    [
        pytest.param(SBOM, {}, "SBOM (SPDX)", len(SBOM), id="a list of parts"),
        pytest.param(b"?", {}, "", 1, id="what is of no kind that is known"),
        pytest.param(SBOM, {"size": 2**30}, "", 2**30, id="what is said to be too large is not fetched"),
        pytest.param(SBOM, {"size": "all"}, "", 7, id="a size that is none"),
        pytest.param(SBOM, {"digest": digest_of(b"other")}, "", len(SBOM), id="other bytes than its digest"),
        pytest.param(SBOM, {"digest": "../../secrets"}, "", len(SBOM), id="a digest that is a path"),
    ],
)
def test_what_is_attached_in_a_few_words(layer: bytes, more: dict[str, Any], kind: str, size: int) -> None:
    described, answers = attached_to(layer, **more)
    asked, _ = registry({"/referrers/DIGEST": {"manifests": [described]}, **answers})
    (found,) = asked.facts(REPOSITORY, "1.0", read=10).referrers
    assert (found.kind, found.size) == (kind, size)
    assert found.says == ("3 packages" if kind else "")


def test_no_more_of_what_is_attached_is_read_than_is_asked_for() -> None:
    described, answers = attached_to(SBOM)
    asked, _ = registry({"/referrers/DIGEST": {"manifests": [described] * 5}, **answers})
    assert [each.kind for each in asked.facts(REPOSITORY, "1.0", read=2).referrers] == ["SBOM (SPDX)"] * 2 + [
        ""
    ] * 3


def test_what_cosign_keeps_by_tags() -> None:
    layers = [
        {"mediaType": "application/vnd.dsse.envelope.v1+json", "digest": digest_of(SBOM), "size": len(SBOM)},
        {"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": "sha256:0", "size": 1},
    ]
    asked, _ = registry(
        {
            "/manifests/TAG.att": {"layers": layers},
            f"/blobs/{digest_of(SBOM)}": httpx.Response(200, content=SBOM),
        }
    )
    found = asked.facts(REPOSITORY, "1.0", read=10).referrers
    assert [(each.kind, each.says) for each in found] == [
        ("SBOM (SPDX)", "3 packages"),
        ("signature", "not checked here"),
    ]


def test_a_slow_registry_is_waited_for_no_longer_than_so_long() -> None:
    go_on = threading.Event()

    def slow(_: httpx.Request) -> httpx.Response:
        go_on.wait(20)
        return httpx.Response(404)

    image = HistoryImage(REPOSITORY, "1.0")
    facts = image_facts.of([image], Registry(transport=httpx.MockTransport(slow)), seconds=0.05)
    go_on.set()
    assert facts == {image.reference: f"{image.reference}: its registry takes long to answer"}


def test_a_registry_that_may_not_be_asked_is_not() -> None:
    asked, _ = registry({})
    image = HistoryImage(REPOSITORY, "1.0")
    facts = image_facts.of([image], asked, may_ask=lambda _: False)
    assert str(facts[image.reference]).endswith(
        "its registry was not asked: it is none of those that are asked"
    )
