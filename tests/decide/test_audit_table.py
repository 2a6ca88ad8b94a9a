"""What people read of decisions."""

from datetime import UTC, datetime

from headway.decide.review import audit_table
from headway.model.audit import AuditEntry

NOW = datetime(2026, 11, 25, 9, 30, 1, 5, tzinfo=UTC)


def test_one_row_a_decision() -> None:
    entries = [
        AuditEntry(kind="approved", by="Ada", at=NOW, why="two\n lines", version="1.2.0", run="a-run"),
        AuditEntry(kind="frozen", by="headway", at=NOW, why=""),
    ]
    assert audit_table.rows(entries) == [
        ("AT", "DECISION", "VERSION", "BY", "WHY", "RUN"),
        ("2026-11-25T09:30:01Z", "approved", "1.2.0", "Ada", "two lines", "a-run"),
        ("2026-11-25T09:30:01Z", "frozen", "-", "headway", "-", "-"),
    ]
