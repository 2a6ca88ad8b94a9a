"""What a delivery did, as people read it: what was done and what went wrong first, what stayed as it was folded away."""

from collections.abc import Sequence

from headway.formats.counted import counted
from headway.formats.markdown import folded
from headway.model.report import WOULD, StageResult

AS_IT_WAS = frozenset(
    [
        "left as it is",
        "nothing to commit",
        "nothing to promote",
        "nothing to publish",
        "published already",
        "unchanged",
        "InSync",
    ]
)
"""Outcomes that nobody has to read. What has another one is shown, though nothing was written: somebody may have to act."""


def markdown(title: str, lines: Sequence[StageResult], *, dry_run: bool = False) -> str:
    """`dry_run`: nothing was done, and the lines say what would be."""
    telling = [line for line in lines if tells(line)]
    rest = [str(line) for line in lines if not tells(line)]
    text = [f"## {title}", "", f"{_would(lines) if dry_run else headline(lines)}.", ""]
    if telling:
        rows = [f"| {each.stage} | {each.subject} | {each.outcome} | {_cell(each.why)} |" for each in telling]
        text += ["| stage | what | outcome | why |", "| --- | --- | --- | --- |", *rows, ""]
    if rest:
        left = "Would be left as it is" if dry_run else "Left as it was"
        text += folded(f"{left}: {counted(len(rest), 'step')}", rest)
    return "\n".join(text)


def _would(lines: Sequence[StageResult]) -> str:
    """Such as "2 would be done, 1 failed"."""
    done = sum(line.outcome.startswith(WOULD) for line in lines)
    failed = sum(line.failed for line in lines)
    said = f"{done or 'Nothing'} would be done"
    return f"{said}, {failed} failed" if failed else said


def headline(lines: Sequence[StageResult]) -> str:
    """Such as "2 done, 1 failed"."""
    done, failed = (
        sum(each.changed and not each.failed for each in lines),
        sum(each.failed for each in lines),
    )
    said = [f"{done} done"] if done else []
    said += [f"{failed} failed"] if failed else []
    return ", ".join(said) or ("Nothing was done" if any(map(tells, lines)) else "Nothing was to be done")


def tells(line: StageResult) -> bool:
    """Whether it is worth reading."""
    return line.changed or line.failed or line.outcome not in AS_IT_WAS


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
