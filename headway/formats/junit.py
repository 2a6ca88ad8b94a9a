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
_ENDS = tuple(
    (re.compile(rf"<{name}\b"), re.compile(rf"</{name}\s*>")) for name in ("testsuites", "testsuite")
)


def read(text: str) -> tuple[TestCase, ...]:
    """The cases of the report in `text`, in its order; none where there is no report, or no well-formed one.

    One with a document type is not read: entities that expand without end are declared there.
    """
    found = _report(text)
    if not found or "<!" in re.sub(r"<!\[CDATA\[|<!--", "", found):
        return ()
    try:
        root = ElementTree.fromstring(found)
    except ElementTree.ParseError:
        return ()
    return tuple(case for case, _ in zip(_cases(root), range(CASES), strict=False))


def _report(text: str) -> str:
    """From the first element to the last end of one of its name; empty where there is none. Each is looked for once: a pod may
    write a thousand beginnings that have no end.
    """
    spans = []
    for begin, end in _ENDS:
        first = begin.search(text)
        ends = [each.end() for each in end.finditer(text, first.end())] if first else []
        if first and ends:
            spans.append((first.start(), ends[-1]))
    start, stop = min(spans, default=(0, 0))
    return text[start:stop]


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
