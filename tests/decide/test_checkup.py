"""The lines of `headway doctor`."""

import pytest

from headway.decide.review import checkup
from headway.decide.review.checkup import Checked, Verdict, failed, granted, sound, unknown
from headway.decide.review.rights import Right
from headway.errors import BadInput, HeadwayError, Unreachable


@pytest.mark.parametrize(
    ("error", "says", "remedy"),
    [
        pytest.param(
            BadInput("there is no such bucket", where="s3://t/index.yaml", next_step="Create it."),
            "s3://t/index.yaml: there is no such bucket",
            "Create it.",
            id="the error's own next step",
        ),
        pytest.param(
            BadInput("no such block", where="charts"),
            "no such block",
            "Name it.",
            id="the check's, where it has none",
        ),
        pytest.param(
            Unreachable("no answer", where="testing", next_step="It is tried again."),
            "no answer",
            "Name it.",
            id="trying again is no remedy",
        ),
        pytest.param(
            BadInput("wrong.\nx.yaml:2: also wrong", where="x.yaml:1"),
            "x.yaml:1: wrong; x.yaml:2: also wrong",
            "Name it.",
            id="many findings in one line",
        ),
    ],
)
def test_what_failed_says_why_and_what_to_do(error: HeadwayError, says: str, remedy: str) -> None:
    assert failed("charts", "testing", error, "Name it.") == Checked(
        Verdict.MISSING, "charts", "testing", says, remedy
    )


def test_rights_that_are_lacking_have_a_line_for_each_resource() -> None:
    lacking = [
        Right("batch", "jobs", "get"),
        Right("batch", "jobs", "create"),
        Right("", "services", "get", always=False),
    ]
    assert granted("rights", "testing", lacking, asked=3) == [
        Checked(Verdict.MISSING, "rights", "testing", "may not get, create jobs.batch", checkup.GRANT),
        Checked(
            Verdict.UNKNOWN,
            "rights",
            "testing",
            "may not get services, which charts may bring",
            checkup.GRANT,
        ),
    ]
    (line,) = granted("rights", "testing", [], asked=3)
    assert (line.verdict, line.says) == (Verdict.OK, "all 3 of examples/rbac/namespace.yaml")


def test_only_what_is_missing_is_a_failure() -> None:
    lines = [sound("helm", "here", "4.3.1"), unknown("secrets", "testing", "no key")]
    assert checkup.is_whole(lines)
    assert not checkup.is_whole([*lines, failed("git", "x", BadInput("no"), "")])


def test_for_people_and_for_programs() -> None:
    line = sound("helm", "this machine", "4.3.1")
    assert checkup.rows([line]) == [
        ("RESULT", "WHAT", "WHERE", "SAYS"),
        ("ok", "helm", "this machine", "4.3.1"),
    ]
    wrong = failed("git", "x", BadInput("no such branch.", next_step="Push it."), "")
    assert checkup.rows([wrong])[1][-1] == "no such branch. Push it."
    assert checkup.values([line]) == [
        {"result": "ok", "what": "helm", "where": "this machine", "says": "4.3.1", "remedy": ""}
    ]
