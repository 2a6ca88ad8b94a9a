"""How the tests of a release ended, for programs: without their logs, which may hold what is secret."""

from collections.abc import Mapping
from typing import Any

from headway.model.tests import TestReport


def values(report: TestReport, version: str) -> Mapping[str, Any]:
    """JSON. `version`: of what was tested. `seconds` of each test, and of all of them."""
    return {
        "version": version,
        "passed": report.passed,
        "seconds": round(report.seconds, 1),
        "notes": list(report.notes),
        "tests": [
            {
                "name": each.name,
                "kind": each.kind,
                "passed": each.passed,
                "ran": each.ran,
                "seconds": round(each.seconds, 1),
                "reason": each.reason,
                "cases": {
                    outcome: sum(case.outcome == outcome for case in each.cases)
                    for outcome in ("passed", "failed", "skipped")
                },
            }
            for each in report.results
        ],
    }
