"""What the report of a delivery leads with, and what it folds away."""

from headway.decide.review import report_markdown
from headway.model.report import StageResult

PUBLISHED = StageResult(
    "publish_charts", "cart 0.1.4", "published to s3://t", "main-1|2\nis new", changed=True
)
FAILED = StageResult("promote", "staging", "could not be promoted", "S3 does not answer", failed=True)
QUIET = StageResult("release", "testing", "InSync", "0.1.3 <runs>\n\nand nothing is newer")
KEPT_BACK = StageResult(
    "promote", "production", "not promoted", "0.1.3 is not promoted: the environment is frozen by Ada: a sale"
)
WAITS = StageResult("release", "production", "waits", "headway approve shop production [--reject] answers it")


def test_what_was_done_and_what_failed_lead_and_the_rest_is_folded() -> None:
    shown = report_markdown.markdown("shop: delivery", [QUIET, PUBLISHED, FAILED, KEPT_BACK, WAITS])
    assert shown == (
        "## shop: delivery\n\n1 done, 1 failed.\n\n"
        "| stage | what | outcome | why |\n| --- | --- | --- | --- |\n"
        "| publish_charts | cart 0.1.4 | published to s3://t | main-1\\|2<br>is new |\n"
        "| promote | staging | could not be promoted | S3 does not answer |\n"
        "| promote | production | not promoted | 0.1.3 is not promoted: the environment is frozen by Ada: a sale |\n"
        "| release | production | waits | headway approve shop production [--reject] answers it |\n\n"
        "<details><summary>Left as it was: 1 step</summary>\n"
        "<pre>release: testing: InSync (0.1.3 &lt;runs&gt;\n \nand nothing is newer)\n</pre></details>\n"
    )


def test_what_waits_is_not_nothing_to_be_done() -> None:
    assert report_markdown.headline([QUIET, WAITS]) == "Nothing was done"
    assert report_markdown.headline([QUIET]) == "Nothing was to be done"


def test_a_dry_run_says_what_would_be_done_and_nothing_else() -> None:
    would = StageResult("update_application", "shop", "would commit to main: Update cart", "file://shop")
    shown = report_markdown.markdown("shop: delivery", [QUIET, would, FAILED], dry_run=True)
    assert "\n\n1 would be done, 1 failed.\n\n" in shown
    assert "<summary>Would be left as it is: 1 step</summary>" in shown
    assert "\n\nNothing would be done.\n" in report_markdown.markdown("shop", [QUIET], dry_run=True)


def test_nothing_is_said_in_one_line() -> None:
    assert report_markdown.markdown("shop: delivery", []) == "## shop: delivery\n\nNothing was to be done.\n"
