"""What the sandbox's Prefect server is told, as Prefect reads it."""

from pathlib import Path

import pytest
from prefect.settings.models.server.database import ServerDatabaseSettings

from sandbox import postgres, prefect_server


def test_the_server_keeps_its_connections_to_postgres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = prefect_server.server(tmp_path, postgres.url(tmp_path))
    for name, value in service.environment.items():
        if name.startswith("PREFECT_"):
            monkeypatch.setenv(name, value)
    read = ServerDatabaseSettings().sqlalchemy
    assert (read.pool_size, read.max_overflow) == (15, 0)
    assert read.connect_args.prepared_statement_cache_size == 500
    # Of a second server, say a measurement's, and of whoever looks into it.
    assert 2 * read.pool_size < int(postgres._SETTINGS["max_connections"])
