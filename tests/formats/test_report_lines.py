"""What a report says is what can be read back of it."""

import pytest

from headway.decide.review.report_markdown import markdown
from headway.formats import foreign_time, report_lines
from headway.model.report import StageName, StageResult

DONE = StageResult(
    "promote", "production", "promoted 0.1.0", "0.1.0 is last good in <staging> | it is", changed=True
)
WAITS = StageResult("update_application", "cart", "image main-1 waits", "one\nafter the other")
AS_IT_WAS = StageResult("publish_charts", "cart 0.1.0", "published already")
LEFT = StageResult(
    "update_application", "cart", "left as it is", "nothing new; main-1 (the newest) & <b> stays"
)


def test_what_was_written_is_read() -> None:
    found = report_lines.read(markdown("shop: delivery", [DONE, WAITS, AS_IT_WAS, LEFT]))
    said = [(each.stage, each.subject, each.outcome, each.why) for each in found]
    assert said == [
        (each.stage, each.subject, each.outcome, " ".join(each.why.split()))
        for each in (DONE, WAITS, AS_IT_WAS, LEFT)
    ]


@pytest.mark.parametrize("stage", StageName)
def test_the_line_of_every_stage_is_read_back_as_it_was(stage: StageName) -> None:
    said = [StageResult(stage, "shop", "as it was", changed=changed) for changed in (False, True)]
    found = report_lines.read(markdown("shop: delivery", said))
    assert [(each.stage, each.outcome) for each in found] == [(stage, "as it was")] * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "| a | b |",
        "<pre>",
        "<pre>no line</pre>",
        "| stage | what | outcome | why |\n| --- | --- | --- | --- |",
        "|" * 999,
    ],
)
def test_what_is_no_report_says_nothing(text: str) -> None:
    assert report_lines.read(text) == ()


def test_no_report_is_too_long() -> None:
    assert len(report_lines.read("| a | b | c | d |\n" * 2000)) == report_lines.LIMIT


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-27T01:19:04", "0001-01-01T00:00:00+23:59", "9" * 99]
)
def test_what_is_no_time(text: str) -> None:
    assert foreign_time.read(text) is None


def test_a_time_of_a_registry() -> None:
    found = foreign_time.read("2026-11-27T02:19:04.123456789+01:00")
    assert found is not None
    assert found.isoformat() == "2026-11-27T01:19:04.123456+00:00"


@pytest.mark.parametrize(
    ("configuration", "label", "built"),
    [
        pytest.param("2026-11-27T04:48:00Z", "2026-11-27T05:13:00Z", "2026-11-27T05:13:00Z", id="copied"),
        pytest.param(
            "1970-01-01T00:00:00Z", "2026-11-27T05:13:00+01:00", "2026-11-27T05:13:00+01:00", id="repeatable"
        ),
        pytest.param(
            "2026-11-27T04:48:00Z", "2024-01-01T00:00:00Z", "2026-11-27T04:48:00Z", id="the label of its base"
        ),
        pytest.param("2026-11-27T04:48:00Z", "today", "2026-11-27T04:48:00Z", id="a label that is no time"),
        pytest.param(None, None, "", id="nothing says it"),
        pytest.param(7, None, "", id="what is no text"),
    ],
)
def test_when_an_image_was_built(configuration: object, label: object, built: str) -> None:
    assert foreign_time.latest(configuration, label) == built
