from datetime import timedelta
from typing import Any

import pytest

from headway.decide.supply import feeding
from headway.decide.supply.feeding import Here, Offered
from headway.model.environment import Environment
from headway.model.image_policy import ImagePolicy
from headway.model.record import Freeze, Good, Rejection, ReleaseRecord
from tests.decide.shop import NOW, entry

PRODUCTION = Environment(charts="s3://production", policy=ImagePolicy(kind="semver"))
FORMER, BARRED, NEWEST = (entry("shop", each, f"sha256:{each}") for each in ("0.1.0", "0.1.1", "0.2.0"))
IMAGE = "image r/cart 1.1.0@sha256:aa"


def env(**changes: Any) -> Environment:
    return PRODUCTION.model_copy(update=changes)


def record(*good: str, **fields: Any) -> ReleaseRecord:
    return ReleaseRecord(
        application="shop",
        environment="production",
        release="shop",
        good=tuple(
            Good(revision=1, chart_digest="", values_digest="", version="0.1.0", tested_at=NOW, inputs=good)
            for _ in good
        ),
        **fields,
    )


def rejected(*inputs: str, digest: str = "sha256:x") -> dict[str, Any]:
    rejection = Rejection(chart_digest=digest, version="0.1.1", reason="broke", at=NOW, inputs=inputs)
    return {"rejections": (rejection,)}


def offered(**changes: Any) -> Offered:
    return Offered(**{"entry": NEWEST, "seen_as": "new", "inputs": (IMAGE, "chart cart 0.1.0"), **changes})


def here(**changes: Any) -> Here:
    present = changes.get("present", [FORMER])
    seen_as = {each.digest: "old" for each in present} | changes.pop("seen_as", {})
    return Here(**{"record": None, "present": present, "seen_as": seen_as, **changes})


@pytest.mark.parametrize(
    ("environment", "of_branch", "around", "is_due", "why"),
    [
        pytest.param(
            PRODUCTION, offered(), here(), True, "0.2.0 is the newest version of the branch", id="new"
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(present=[]),
            True,
            "0.2.0 is the newest",
            id="the first one",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(present=[FORMER, NEWEST]),
            False,
            "0.2.0 is here already",
            id="here already",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(seen_as={FORMER.digest: "new"}),
            False,
            "0.2.0 changes nothing here: 0.1.0 stays",
            id="other environments' tags alone",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(
                present=[FORMER, BARRED],
                seen_as={FORMER.digest: "new"},
                record=record(**rejected(digest=BARRED.digest)),
            ),
            False,
            "0.2.0 changes nothing here: 0.1.0 stays",
            id="back from what failed to what runs",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(present=[FORMER, BARRED], seen_as={FORMER.digest: "new"}),
            True,
            "0.2.0 is the newest",
            id="back from what may yet be released",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(
                present=[FORMER, BARRED],
                seen_as={BARRED.digest: "new"},
                record=record(**rejected(digest=BARRED.digest)),
            ),
            False,
            "0.2.0 changes nothing here: it is 0.1.1 once more, which is barred",
            id="what failed once more",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(present=[BARRED], record=record(**rejected(digest=BARRED.digest))),
            True,
            "0.2.0 is the newest",
            id="after a first one that failed",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(present=[entry("shop", "0.3.0", "sha256:0.3.0")]),
            False,
            "0.2.0 is not above 0.3.0, which is here",
            id="the branch went back to what is published",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(present=[entry("shop", "0.2.0", "sha256:other")]),
            False,
            "0.2.0 is not above 0.2.0",
            id="the version with other content",
        ),
        pytest.param(
            PRODUCTION,
            offered(missing=("cart", "web")),
            here(),
            False,
            "0.2.0 is not taken: no image of cart, web is chosen here yet",
            id="no tag yet",
        ),
        pytest.param(
            env(frozen=True),
            offered(),
            here(),
            False,
            "the environment is frozen in headway.yaml",
            id="frozen",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(record=record(freeze=Freeze(by="ann", why="sale", at=NOW + timedelta(1)))),
            False,
            "frozen by ann: sale",
            id="frozen by a person",
        ),
        pytest.param(
            env(charts_constraint="<0.2"),
            offered(),
            here(),
            False,
            "<0.2 does not allow it here",
            id="constraint",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(record=record(**rejected(IMAGE))),
            False,
            "it holds r/cart 1.1.0, with which 0.1.1 failed here",
            id="what failed here",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(record=record(**rejected(IMAGE, "chart cart 0.0.9"))),
            True,
            "",
            id="a part of what failed here together",
        ),
        pytest.param(
            PRODUCTION,
            offered(),
            here(record=record(IMAGE, **rejected(IMAGE))),
            True,
            "",
            id="what failed here and passed since",
        ),
    ],
)
def test_what_is_due(
    environment: Environment, of_branch: Offered, around: Here, is_due: bool, why: str
) -> None:
    found = feeding.due(environment, of_branch, around)
    assert (found.entry == NEWEST) is is_due
    assert why in found.why
    kept_back = "is not taken" in found.why
    assert found.is_kept_back is kept_back
