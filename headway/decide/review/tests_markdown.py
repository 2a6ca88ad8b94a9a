"""The report of a release's tests, as people read it."""

from headway.model.tests import TestReport


def markdown(title: str, report: TestReport) -> str:
    failure = report.sentence
    lines = [f"## {title}", "", f"Failed: {failure}" if failure else "All tests passed.", ""]
    if not report.results:
        return "\n".join([*lines, "The chart has no tests, and headway.yaml declares none.", ""])
    lines += ["| test | result | seconds | pod | |", "| --- | --- | --- | --- | --- |"]
    for each in report.results:
        cell = each.reason.replace("|", "\\|").replace("\n", " ")
        result = "passed" if each.passed else "**failed**"
        lines.append(f"| {each.name} | {result} | {each.seconds:.1f} | {each.pod} | {cell} |")
    return "\n".join([*lines, ""])
