from dataclasses import replace

import pytest

from headway.decide.supply import publication
from headway.decide.supply.publication import Kind
from headway.formats import chart_version
from headway.model.charts import COMMIT_ANNOTATION, CONTENT_ANNOTATION, ChartEntry
from tests.decide.shop import entry


@pytest.mark.parametrize(
    ("seen", "barred", "lies_there", "kind", "why"),
    [
        pytest.param([], [], "", Kind.PUBLISH, "", id="first"),
        pytest.param(["1.1.0", "1.2.0-rc.1"], [], "", Kind.PUBLISH, "", id="above every one"),
        pytest.param(["junk"], [], "", Kind.PUBLISH, "", id="what is no version does not count"),
        pytest.param(
            ["1.2.0"], [], "", Kind.RAISE, "version 1.2.0 exists with other content", id="other content"
        ),
        pytest.param(["1.1.0", "1.2.0"], [], "same", Kind.PUBLISH, "", id="cut off, and finished"),
        pytest.param(
            ["1.2.0"],
            [],
            "withdrawn",
            Kind.LEAVE,
            "it was withdrawn after a failed release; change the chart to try again",
            id="withdrawn",
        ),
        pytest.param(
            ["1.2.0", "1.3.0"],
            [],
            "withdrawn",
            Kind.LEAVE,
            "it was withdrawn after a failed release; change the chart to try again",
            id="withdrawn, below others",
        ),
        pytest.param(
            ["1.2.0"],
            ["1.2.0"],
            "same",
            Kind.LEAVE,
            "it is under quarantine; change the chart to try again",
            id="barred content",
        ),
        pytest.param([], ["1.2.0"], "", Kind.RAISE, "version 1.2.0 is under quarantine", id="barred version"),
        pytest.param(
            ["1.3.0", "1.10.0"],
            [],
            "",
            Kind.RAISE,
            "version 1.2.0 is not above 1.10.0, and would never be chosen",
            id="below one ever seen",
        ),
        pytest.param(
            [],
            ["1.3.0"],
            "",
            Kind.RAISE,
            "version 1.2.0 is not above 1.3.0, and would never be chosen",
            id="below a barred one",
        ),
        pytest.param(
            ["1.2.0", "1.3.0"],
            [],
            "same",
            Kind.RAISE,
            "version 1.2.0 is not above 1.3.0, and would never be chosen",
            id="cut off, and passed since",
        ),
        pytest.param(
            ["1.2.0+b"],
            [],
            "",
            Kind.RAISE,
            "version 1.2.0 is not above 1.2.0+b, and would never be chosen",
            id="build metadata",
        ),
    ],
)
def test_due(seen: list[str], barred: list[str], lies_there: str, kind: Kind, why: str) -> None:
    decided = publication.due(
        "1.2.0",
        content_digest="sha256:content",
        offered=[],
        uploaded=seen,
        stored_digest={"": "", "other": "sha256:other"}.get(lies_there, "sha256:content"),
        withdrawn=lies_there == "withdrawn",
        quarantined=barred,
    )
    assert decided.kind is kind
    assert decided.why == why
    assert bool(decided.version) is (kind is Kind.RAISE)
    for known in (*seen, *barred) if decided.version else ():
        assert chart_version.is_above(decided.version, known)


def offered(version: str, content: str = "", commit: str = "") -> ChartEntry:
    return replace(
        entry("cart", version), annotations={CONTENT_ANNOTATION: content, COMMIT_ANNOTATION: commit}
    )


@pytest.mark.parametrize(
    ("entries", "stored", "kind"),
    [
        pytest.param([offered("1.2.0", "sha256:content")], "", Kind.PRESENT, id="by its annotation"),
        pytest.param([offered("1.2.0")], "sha256:content", Kind.PRESENT, id="by its package"),
        pytest.param([offered("1.2.0", "sha256:other")], "sha256:other", Kind.RAISE, id="other content"),
        pytest.param([offered("1.1.0", "sha256:content")], "", Kind.PUBLISH, id="under another version"),
    ],
)
def test_the_same_content_is_published_once(entries: list[ChartEntry], stored: str, kind: Kind) -> None:
    decided = publication.due(
        "1.2.0",
        content_digest="sha256:content",
        offered=entries,
        uploaded=[],
        stored_digest=stored,
        withdrawn=False,
        quarantined=[],
    )
    assert decided.kind is kind
    assert (decided.why == "the same content") is (kind is Kind.PRESENT)


def test_what_was_made_from_this_commit_is_known_without_looking_at_it() -> None:
    made = offered("1.2.0", commit="c" * 40)
    assert publication.of_commit([offered("1.3.0"), made], "c" * 40) == made
    assert publication.of_commit([offered("1.3.0"), made], "d" * 40) is None


def from_git(version: str, content: str) -> ChartEntry:
    annotations = {CONTENT_ANNOTATION: content, COMMIT_ANNOTATION: f"commit of {version}"}
    return replace(entry("cart", version), annotations=annotations)


@pytest.mark.parametrize(
    ("since", "barred", "kind"),
    [
        pytest.param(from_git("1.3.0", "sha256:other"), (), Kind.RAISE, id="taken back"),
        pytest.param(from_git("1.3.0", "sha256:content"), (), Kind.PRESENT, id="the same content again"),
        pytest.param(from_git("1.1.0", "sha256:other"), (), Kind.PRESENT, id="what came before"),
        pytest.param(from_git("1.3.0", "sha256:other"), ("1.3.0",), Kind.PRESENT, id="barred anyway"),
        pytest.param(offered("1.3.0", "sha256:other"), (), Kind.PRESENT, id="not from git"),
    ],
)
def test_what_git_took_back_is_published_as_a_new_version(
    since: ChartEntry, barred: tuple[str, ...], kind: Kind
) -> None:
    decided = publication.due(
        "1.2.0",
        content_digest="sha256:content",
        offered=[since, from_git("1.2.0", "sha256:content")],
        uploaded=["1.4.0"],
        stored_digest="",
        withdrawn=False,
        quarantined=barred,
    )
    assert decided.kind is kind
    if kind is Kind.RAISE:
        assert (decided.version, decided.why) == (
            "1.4.1",
            "git has the content of 1.2.0 again, in place of 1.3.0",
        )
