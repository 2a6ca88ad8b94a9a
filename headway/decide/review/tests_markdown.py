"""The report of a release's tests, as people read it."""

from collections import Counter

from headway.formats.counted import counted
from headway.formats.markdown import fenced
from headway.model.tests import TestReport, TestResult


def markdown(title: str, report: TestReport) -> str:
    failure = report.sentence
    lines = [f"## {title}", "", f"Failed: {failure}" if failure else "All tests passed.", ""]
    lines += [line for note in report.notes for line in (f"{note}.", "")]
    if not report.results:
        return "\n".join([*lines, "The chart has no tests, and headway.yaml declares none.", ""])
    lines += ["| test | result | seconds | pod | |", "| --- | --- | --- | --- | --- |"]
    for each in report.results:
        cell = each.reason.replace("|", "\\|").replace("\n", " ")
        result = "passed" if each.passed else "**failed**"
        lines.append(f"| {each.name} | {result} | {each.seconds:.1f} | {each.pod} | {cell} |")
    for each in report.results:
        if each.cases:
            lines += ["", *_cases(each)]
    return "\n".join([*lines, ""])


def _cases(result: TestResult) -> list[str]:
    """The failed ones by name; of the others, how many."""
    count = Counter(case.outcome for case in result.cases)
    told = ", ".join(
        f"{count[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped") if count[outcome]
    )
    lines = [f"**{result.name}**: {counted(len(result.cases), 'case')}, {told}.", ""]
    failed = [f"{case.name}: {case.message}" for case in result.cases if case.outcome == "failed"]
    return [*lines, *fenced(failed)] if failed else lines
