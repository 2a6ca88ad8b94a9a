"""What commands that follow a delivery print: golden text at 80 and at 200 columns and into a pipe."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed

from headway.cli import runs, table
from headway.cli.output import Found, show_found
from headway.decide.review import delivery_text, figures_text, report_markdown, tests_markdown
from headway.decide.review.delivery import Delivery
from headway.decide.review.delivery_facts import Stage, Standing
from headway.decide.review.figures import Figures
from headway.decide.review.stage_times import Spread
from headway.model.release_ref import ReleaseRef
from headway.model.report import StageResult
from headway.model.tests import TestCase, TestReport, TestResult

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
DELIVERY = Delivery(
    "main-1a2b3c4",
    (
        Stage("Image cart:main-1a2b3c4", Standing.DONE, "It is in its registry.", NOW - timedelta(hours=3)),
        Stage(
            "Git",
            Standing.WENT_BACK,
            "Taken up by commit eeeeeeeeeeee, and taken back by ffffffffffff: Take cart back: 0.1.4 failed in testing.",
            NOW - timedelta(hours=1),
        ),
        Stage("production", Standing.LEFT_ALONE, "It does not come here, since it went back in testing."),
    ),
    "Git: taken back",
)
FIGURES = Figures(
    ReleaseRef("shop", "testing", "shop"),
    NOW - timedelta(days=30),
    NOW,
    deployments=2,
    changes=3,
    failures=1,
    restored=1,
    stages=(
        Spread("taken up", None, None, 0, 2),
        Spread("published", 7.0, 12.0, 2, 2),
        Spread("begun", 1.5, 3.0, 2, 2),
    ),
)
REPORT = report_markdown.markdown(
    "shop: delivery",
    [
        StageResult(
            "update_application",
            "cart",
            "main-1a2b3c4 left out",
            "main-1a2b3c4 is labelled with commit ffffffffffff: tag and label disagree",
        ),
        StageResult("publish_charts", "shop 0.1.4", "published to s3://shop-charts-testing", changed=True),
        StageResult("release", "production", "InSync", "0.1.3 is wanted, deployed and tested."),
    ],
)


TESTED = tests_markdown.markdown(
    "shop/production: tests of 0.1.4, revision 4",
    TestReport(
        (
            TestResult("shop-check", True, "shop-check", "", seconds=1.5),
            TestResult(
                "buy-something",
                True,
                "headway-shop-buy-something-x7k2p",
                "",
                seconds=12.25,
                cases=(TestCase("pays", "passed"),),
            ),
        ),
        notes=("registry.example.com/proxy:1 runs other bytes than were recorded, for its node had them",),
    ),
)


GOLDEN: dict[str, dict[int | None, str]] = {
    "delivery": {
        None: """\
STAGE                    STANDS      SINCE  WHY
Image cart:main-1a2b3c4  done        3h     It is in its registry.
Git                      went back   1h     Taken up by commit eeeeeeeeeeee, and taken back by ffffffffffff: Take ca\
rt back: 0.1.4 failed in testing.
production               left alone  -      It does not come here, since it went back in testing.
""",
        80: """\
STAGE                    STANDS      SINCE  WHY
Image cart:main-1a2b3c4  done        3h     It is in its registry.
Git                      went back   1h     Taken up by commit eeeeeeeeeeee, and
                                            taken back by ffffffffffff: Take
                                            cart back: 0.1.4 failed in testing.
production               left alone  -      It does not come here, since it went
                                            back in testing.
""",
        200: """\
STAGE                    STANDS      SINCE  WHY
Image cart:main-1a2b3c4  done        3h     It is in its registry.
Git                      went back   1h     Taken up by commit eeeeeeeeeeee, and taken back by ffffffffffff: Take ca\
rt back: 0.1.4 failed in testing.
production               left alone  -      It does not come here, since it went back in testing.
""",
    },
    "figures --stages": {
        None: """\
APPLICATION  ENVIRONMENT  STAGE      MEDIAN     P90        KNOWN OF
shop         testing      taken up   not known  not known  0 of 2
shop         testing      published  7s         12s        2 of 2
shop         testing      begun      2s         3s         2 of 2
""",
        80: """\
APPLICATION  ENVIRONMENT  STAGE      MEDIAN     P90        KNOWN OF
shop         testing      taken up   not known  not known  0 of 2
shop         testing      published  7s         12s        2 of 2
shop         testing      begun      2s         3s         2 of 2
""",
        200: """\
APPLICATION  ENVIRONMENT  STAGE      MEDIAN     P90        KNOWN OF
shop         testing      taken up   not known  not known  0 of 2
shop         testing      published  7s         12s        2 of 2
shop         testing      begun      2s         3s         2 of 2
""",
    },
    "deliver --wait": {
        None: """\

## shop: delivery

1 done.

STAGE               WHAT        OUTCOME                                WHY
update_application  cart        main-1a2b3c4 left out                  main-1a2b3c4 is labelled with commit ffffffff\
ffff: tag and label disagree
publish_charts      shop 0.1.4  published to s3://shop-charts-testing

Left as it was: 1 step
Deliver shop: Completed
""",
        80: """\

## shop: delivery

1 done.

STAGE               WHAT        OUTCOME
    WHY
update_application  cart        main-1a2b3c4 left out
    main-1a2b3c4 is labelled with commit ffffffffffff: tag and label disagree
publish_charts      shop 0.1.4  published to s3://shop-charts-testing

Left as it was: 1 step
Deliver shop: Completed
""",
        200: """\

## shop: delivery

1 done.

STAGE               WHAT        OUTCOME                                WHY
update_application  cart        main-1a2b3c4 left out                  main-1a2b3c4 is labelled with commit ffffffff\
ffff: tag and label disagree
publish_charts      shop 0.1.4  published to s3://shop-charts-testing

Left as it was: 1 step
Deliver shop: Completed
""",
    },
    "promote --wait": {
        None: """\

## shop/production: tests of 0.1.4, revision 4

All tests passed.

registry.example.com/proxy:1 runs other bytes than were recorded, for its node had them.

TEST           RESULT  SECONDS  POD
shop-check     passed  1.5      shop-check
buy-something  passed  12.2     headway-shop-buy-something-x7k2p

**buy-something**: 1 case, 1 passed.
Release shop to production: Released (0.1.4 is good in testing. 0.1.4 passed its tests: it is last good.)
""",
        80: """\

## shop/production: tests of 0.1.4, revision 4

All tests passed.

registry.example.com/proxy:1 runs other bytes than were recorded, for its node had them.

TEST           RESULT  SECONDS  POD
shop-check     passed  1.5      shop-check
buy-something  passed  12.2     headway-shop-buy-something-x7k2p

**buy-something**: 1 case, 1 passed.
Release shop to production: Released (0.1.4 is good in testing. 0.1.4 passed its tests: it is last good.)
""",
        200: """\

## shop/production: tests of 0.1.4, revision 4

All tests passed.

registry.example.com/proxy:1 runs other bytes than were recorded, for its node had them.

TEST           RESULT  SECONDS  POD
shop-check     passed  1.5      shop-check
buy-something  passed  12.2     headway-shop-buy-something-x7k2p

**buy-something**: 1 case, 1 passed.
Release shop to production: Released (0.1.4 is good in testing. 0.1.4 passed its tests: it is last good.)
""",
    },
}


def printed(what: str) -> None:
    if what == "delivery":
        show_found(Found(delivery_text.rows(DELIVERY, NOW), None), "table")
    elif what == "figures --stages":
        show_found(Found(figures_text.stage_rows([FIGURES]), None), "table")
    elif what == "deliver --wait":
        runs.conclude(*ended("Deliver shop", {"shop-delivery": REPORT}, "Completed", ""))
    else:
        said = "0.1.4 is good in testing. 0.1.4 passed its tests: it is last good."
        runs.conclude(
            *ended("Release shop to production", {"shop-production-tests": TESTED}, "Released", said)
        )


def ended(name: str, left: dict[str, str], state: str, message: str) -> tuple[SyncPrefectClient, FlowRun]:
    """A run that has ended, on a server that keeps what it left."""
    artifacts = [SimpleNamespace(key=key, data=text) for key, text in left.items()]
    client = cast(SyncPrefectClient, SimpleNamespace(read_artifacts=lambda **_: artifacts))
    run = FlowRun(
        id=UUID(int=1), flow_id=UUID(int=2), name=name, state=Completed(name=state, message=message)
    )
    return client, run


@pytest.mark.parametrize("width", [None, 80, 200], ids=["piped", "80 columns", "200 columns"])
@pytest.mark.parametrize("what", GOLDEN)
def test_what_is_printed(
    what: str, width: int | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for each in (table, runs):
        monkeypatch.setattr(each, "terminal_width", lambda: width)
    printed(what)
    shown = capsys.readouterr().out
    assert shown == GOLDEN[what][width]
