"""A person's commit is a pin: a tag or chart version that somebody wrote stays until something appears that is newer than what
they replaced. Emptying the scalar ends the pin: a tag is chosen anew."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """What a scalar held after a commit that changed its file; empty where there was none."""

    value: str
    commit: str
    own: bool
    """Headway made the commit."""


@dataclass(frozen=True, slots=True)
class Pin:
    commit: str
    """The person's, the newest one."""
    left: tuple[str, ...]
    """What people's commits took out since Headway wrote, the last one first."""

    @property
    def why(self) -> str:
        """A part of a sentence for people, behind what stays."""
        return (
            f"written by a person in {self.commit[:7]} in place of {self.left[0]}; "
            "it stays until something newer than that appears"
        )


def pin(newest_first: Iterable[Written]) -> Pin | None:
    """The pin on the present value; None where Headway wrote that, or nothing stood there before. Reads no further than it
    must."""
    left: list[str] = []
    commit = ""
    writer: Written | None = None
    for each in newest_first:
        if writer is None and not each.value:
            break
        if writer is None or each.value == writer.value:
            writer = each
            continue
        if writer.own or not each.value:
            break
        commit = commit or writer.commit
        left.append(each.value)
        writer = each
    return Pin(commit, tuple(left)) if left else None
