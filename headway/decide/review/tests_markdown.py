"""The report of a release's tests, as people read it."""

from collections.abc import Sequence

Row = tuple[str, bool, float, str, str]
"""Name, passed, seconds, pod, reason."""


def markdown(*, title: str, rows: Sequence[Row], failure: str) -> str:
    lines = [f"## {title}", "", f"Failed: {failure}" if failure else "All tests passed.", ""]
    if not rows:
        return "\n".join([*lines, "The chart has no tests, and headway.yaml declares none.", ""])
    lines += ["| test | result | seconds | pod | |", "| --- | --- | --- | --- | --- |"]
    for name, passed, seconds, pod, reason in rows:
        cell = reason.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {name} | {'passed' if passed else '**failed**'} | {seconds:.1f} | {pod} | {cell} |")
    return "\n".join([*lines, ""])
