import pytest

from headway.decide.supply import publication
from headway.decide.supply.publication import Kind


@pytest.mark.parametrize(
    ("seen", "barred", "lies_there", "kind", "why"),
    [
        pytest.param([], [], "", Kind.PUBLISH, "", id="first"),
        pytest.param(["1.1.0", "1.2.0-rc.1"], [], "", Kind.PUBLISH, "", id="above every one"),
        pytest.param(["junk"], [], "", Kind.PUBLISH, "", id="what is no version does not count"),
        pytest.param(["1.2.0"], [], "", Kind.RAISE, "1.2.0 exists with other content", id="other content"),
        pytest.param(["1.1.0", "1.2.0"], [], "same", Kind.PUBLISH, "", id="cut off, and finished"),
        pytest.param(["1.2.0"], [], "withdrawn", Kind.LEAVE, "it was withdrawn", id="withdrawn"),
        pytest.param(
            ["1.2.0", "1.3.0"], [], "withdrawn", Kind.LEAVE, "it was withdrawn", id="withdrawn, below others"
        ),
        pytest.param(["1.2.0"], ["1.2.0"], "same", Kind.LEAVE, "it is under quarantine", id="barred content"),
        pytest.param([], ["1.2.0"], "", Kind.RAISE, "1.2.0 is under quarantine", id="barred version"),
        pytest.param(
            ["1.3.0", "1.10.0"], [], "", Kind.RAISE, "1.2.0 is not above 1.10.0", id="below one ever seen"
        ),
        pytest.param([], ["1.3.0"], "", Kind.RAISE, "is not above 1.3.0", id="below a barred one"),
        pytest.param(
            ["1.2.0", "1.3.0"], [], "same", Kind.RAISE, "is not above 1.3.0", id="cut off, and passed since"
        ),
        pytest.param(["1.2.0+b"], [], "", Kind.RAISE, "is not above 1.2.0+b", id="build metadata"),
    ],
)
def test_due(seen: list[str], barred: list[str], lies_there: str, kind: Kind, why: str) -> None:
    decided = publication.due(
        "1.2.0",
        seen=seen,
        quarantined=barred,
        same_content=bool(lies_there),
        withdrawn=lies_there == "withdrawn",
    )
    assert decided.kind is kind
    assert why in decided.why
