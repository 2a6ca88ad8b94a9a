"""What was decided about a release, as people read it."""

from collections.abc import Sequence

from headway.model.audit import AuditEntry

TITLES = ("AT", "DECISION", "VERSION", "BY", "WHY", "RUN")


def rows(entries: Sequence[AuditEntry]) -> list[tuple[str, ...]]:
    """Titles first, then a row for each decision."""
    return [TITLES, *map(_row, entries)]


def _row(entry: AuditEntry) -> tuple[str, ...]:
    cells = (f"{entry.at:%Y-%m-%dT%H:%M:%SZ}", entry.kind, entry.version, entry.by, entry.why, entry.run)
    return tuple(" ".join(cell.split()) or "-" for cell in cells)
