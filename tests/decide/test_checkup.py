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


AWAY = Unreachable("no answer", where="https://git.example.com/shop", status=0)


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        pytest.param(
            [
                failed("git fetch", "cart: git/cart", AWAY, "Correct it.", "git"),
                unknown("git push", "cart: git/cart", "not before"),
                sound("helm", "here"),
                failed("git fetch", "web: git/web", AWAY, "Name it.", "git"),
                unknown("git push", "web: git/web", "not before"),
                failed("charts read", "testing: oci://git/charts", AWAY, "Make it.", "git"),
            ],
            [
                (
                    "missing",
                    "git fetch, charts read",
                    "cart, web, testing",
                    f"https://git.example.com/shop: no answer. {checkup.REACH}",
                ),
                ("unknown", "git push", "cart: git/cart, web: git/web", "not before"),
                ("ok", "helm", "here", ""),
            ],
            id="a host that does not answer is one thing, whatever it was asked for",
        ),
        pytest.param(
            [
                failed("git fetch", "cart: x", Unreachable("no answer", status=500), "Correct it.", "git"),
                failed("git fetch", "web: y", AWAY, "Name it.", "git"),
                failed("git fetch", "api: z", AWAY, "Name it.", "other"),
            ],
            [
                ("missing", "git fetch", "cart: x", "no answer. Correct it."),
                (
                    "missing",
                    "git fetch",
                    "web: y",
                    f"https://git.example.com/shop: no answer. {checkup.REACH}",
                ),
                (
                    "missing",
                    "git fetch",
                    "api: z",
                    f"https://git.example.com/shop: no answer. {checkup.REACH}",
                ),
            ],
            id="one repository that fails, and hosts apart",
        ),
        pytest.param(
            [
                *granted("rights", "testing: a/b", [Right("batch", "jobs", "create")], asked=1),
                *granted("rights", "staging: c/d", [Right("batch", "jobs", "create")], asked=1),
                failed("block", "testing", BadInput("none"), "Save testing."),
                failed("block", "staging", BadInput("none"), "Save staging."),
            ],
            [
                (
                    "missing",
                    "rights",
                    "testing: a/b, staging: c/d",
                    f"may not create jobs.batch. {checkup.GRANT}",
                ),
                ("missing", "block", "testing", "none. Save testing."),
                ("missing", "block", "staging", "none. Save staging."),
            ],
            id="the same in several environments, unless each has a remedy of its own",
        ),
        pytest.param(
            [sound("helm", "here", "4.3"), sound("helm", "here", "4.3")],
            [("ok", "helm", "here", "4.3")] * 2,
            id="what is well has a line each",
        ),
    ],
)
def test_what_is_wrong_with_several_is_said_once(lines: list[Checked], rows: list[tuple[str, ...]]) -> None:
    assert checkup.rows(lines)[1:] == rows
    assert len(checkup.values(lines)) == len(lines)
