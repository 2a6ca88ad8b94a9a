"""JUnit's XML reports, found in what a test wrote.

There is no standard; read is what Maven Surefire's schema and the pytest, go-junit-report, Jest and Playwright writers have in
common: testsuite elements, nested or not, of testcase elements with a failure, an error, a skipped or none of them.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from headway.model.tests import TestCase

CASES = 500
"""More are not read."""
MESSAGE = 500
"""Characters of a failure's message that are kept."""
_REPORT = re.compile(r"<(testsuites?)\b.*</\1\s*>", re.DOTALL)


def read(text: str) -> tuple[TestCase, ...]:
    """The cases of the report in `text`, in its order; none where there is no report, or no well-formed one.

    One with a document type is not read: entities that expand without end are declared there.
    """
    found = _REPORT.search(text)
    if not found or "<!" in re.sub(r"<!\[CDATA\[|<!--", "", found[0]):
        return ()
    try:
        root = ElementTree.fromstring(found[0])
    except ElementTree.ParseError:
        return ()
    return tuple(case for case, _ in zip(_cases(root), range(CASES), strict=False))


def _cases(root: ElementTree.Element) -> Iterator[TestCase]:
    for element in root.iter("testcase"):
        name = ".".join(filter(None, (element.get("classname"), element.get("name"))))
        bad = element.find("failure")
        bad = element.find("error") if bad is None else bad
        if bad is not None:
            message = " ".join((bad.get("message") or bad.text or "").split())[:MESSAGE]
            yield TestCase(name, "failed", message, _seconds(element))
        else:
            skipped = element.find("skipped") is not None
            yield TestCase(name, "skipped" if skipped else "passed", "", _seconds(element))


def _seconds(element: ElementTree.Element) -> float:
    try:
        return float((element.get("time") or "0").replace(",", ""))
    except ValueError:
        return 0.0
