"""JUnit reports in what tests print, in the words of the programs that write them."""

import pytest

from headway.decide.review import tests_markdown
from headway.formats import junit
from headway.model.tests import TestCase, TestReport, TestResult

PYTEST = """\
<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="1">\
<testcase classname="tests.test_shop" name="test_buy" time="0.021"><failure message="AssertionError: 500 is not 200">\
def test_buy(): ...
</failure></testcase><testcase classname="tests.test_shop" name="test_look" time="0.001" />\
<testcase classname="tests.test_shop" name="test_pay" time="0.000"><skipped type="pytest.skip" message="no bank" /></testcase>\
</testsuite></testsuites>"""
GO = """\
<testsuite name="shop/api" tests="1" failures="1" errors="0" time="1,234.5">
  <testcase name="TestPrice" classname="api" time="1,234.5"><failure message="Failed"><![CDATA[got 3 < 4]]></failure></testcase>
</testsuite>"""
ERRORED = '<testsuite><testcase name="set-up"><error>Connection\n  refused</error></testcase></testsuite>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><testsuite><testcase name="&a;"/></testsuite>'
INNER = '<testsuite><!DOCTYPE x [<!ENTITY a "a">]><testcase name="&a;"/></testsuite>'


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        pytest.param(
            f"starting\n{PYTEST}\ndone\n",
            [
                TestCase("tests.test_shop.test_buy", "failed", "AssertionError: 500 is not 200", 0.021),
                TestCase("tests.test_shop.test_look", "passed", "", 0.001),
                TestCase("tests.test_shop.test_pay", "skipped", "", 0.0),
            ],
            id="pytest, among other lines",
        ),
        pytest.param(GO, [TestCase("api.TestPrice", "failed", "Failed", 1234.5)], id="go-junit-report"),
        pytest.param(ERRORED, [TestCase("set-up", "failed", "Connection refused")], id="an error"),
        pytest.param("all is well\n", [], id="no report"),
        pytest.param(PYTEST[:-20], [], id="cut off"),
        pytest.param("<testsuite><testcase></testsuite>", [], id="not well-formed"),
        pytest.param(INNER, [], id="entities inside"),
        pytest.param(BOMB, [], id="entities before it"),
        pytest.param("<testsuite></testsuite>", [], id="no cases"),
        pytest.param(
            f"<testsuites>{GO}",
            [TestCase("api.TestPrice", "failed", "Failed", 1234.5)],
            id="an outer cut off",
        ),
        pytest.param("<testsuite " * 400_000, [], id="beginnings without an end"),
        pytest.param("<testsuites>" * 300_000 + "</testsuites " * 300_000, [], id="ends that do not end"),
    ],
)
def test_reports(text: str, cases: list[TestCase]) -> None:
    assert list(junit.read(text)) == cases


def test_no_more_than_so_many_cases_and_characters() -> None:
    cases = f'<testcase name="a"><failure message="{"x" * 9999}"/></testcase>' * 600
    found = junit.read(f"<testsuite>{cases}</testsuite>")
    assert len(found) == junit.CASES
    assert len(found[0].message) == junit.MESSAGE


def test_failed_cases_are_named_where_people_look() -> None:
    result = TestResult(
        "buy", False, "buy-1", "", "it exited with 1", said_no=True, kind="Job", cases=junit.read(PYTEST)
    )
    report = TestReport((result,))
    assert report.sentence == (
        "Job buy failed in pod buy-1: it exited with 1; 1 of 3 cases failed, the first is "
        "tests.test_shop.test_buy (AssertionError: 500 is not 200)"
    )
    assert tests_markdown.markdown("tests", report).splitlines()[-6:] == [
        "**buy**: 3 cases, 1 passed, 1 failed, 1 skipped.",
        "",
        "```",
        "tests.test_shop.test_buy: AssertionError: 500 is not 200",
        "```",
        "",
    ]
