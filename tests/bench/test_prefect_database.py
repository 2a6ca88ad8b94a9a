"""What the comparison of Prefect's databases says of loads, and when it begins no further round."""

from pathlib import Path

import pytest

from bench import prefect_database
from bench.prefect_database import Load, Server
from sandbox.processes import Service


def server(name: str) -> Server:
    return Server(name, Path("/nowhere"), Service("prefect", [], ready=lambda _: True))


def test_figures_are_of_all_rounds_and_name_what_did_not_end() -> None:
    seen = server("SQLite")
    seen.started, seen.memory = 9.96, [200, 240, 220]
    seen.loads[1] = [Load(1, 0.5), Load(1, 0.7), Load(1, 0.6)]
    seen.loads[20] = [
        Load(20, 40, unfinished=4, reads=[0.1, 20], writes=[0.2], failures=1),
        Load(20, 20, reads=[0.3], writes=[0.4, 0.6]),
    ]
    assert prefect_database._figures(seen) == {
        "start, with a new database": "10.0",
        "1 at once, until all have ended": "0.60 (0.50 - 0.70)",
        "20 at once, until all have ended": "30.00 (20.00 - 40.00)",
        "a read while 20 run": "0.30 (0.10 - 20.00)",
        "a write while 20 run": "0.40 (0.20 - 0.60)",
        "runs that did not end well, or in time": "4",
        "reads and writes without success": "1",
        "memory in MiB": "220.00 (200.00 - 240.00)",
    }


@pytest.mark.parametrize(
    ("seconds_of_a_load", "rounds"),
    [
        pytest.param(10, 3, id="quick: as many as are wanted"),
        pytest.param(45, 2, id="a third would end too late"),
        pytest.param(150, 1, id="one in any case"),
    ],
)
def test_no_round_begins_that_would_end_too_late(
    monkeypatch: pytest.MonkeyPatch, seconds_of_a_load: int, rounds: int
) -> None:
    now = 0.0
    loaded: list[str] = []

    def load(on: Server, _: object) -> None:
        nonlocal now
        now += seconds_of_a_load
        loaded.append(on.name)

    monkeypatch.setattr(prefect_database, "_load", load)
    monkeypatch.setattr("bench.prefect_database.time.monotonic", lambda: now)
    both = [server("SQLite"), server("PostgreSQL")]
    assert prefect_database._rounds(both, 3, [1], until=225) == rounds
    assert loaded == ["SQLite", "PostgreSQL"] * rounds
