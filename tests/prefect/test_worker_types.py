"""deployments.yaml is run by Headway's worker and by Prefect's process worker, from one work pool."""

from pathlib import Path

import httpx
import pytest

from tests.prefect.worker_bench import Bench

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("deployed")]


@pytest.mark.parametrize("kind", ["headway", "process"])
def test_either_worker_runs_the_deployments(
    kind: str, in_prefect: httpx.Client, prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    bench = Bench(in_prefect, prefect_environment, tmp_path, "headway")
    deployment = in_prefect.get("/deployments/name/freeze/freeze").json()["id"]
    with bench.worker(name=kind, kind=kind, modules=()):
        run = bench.start_run_of(
            deployment, application="nobody", environment="testing", reason="a try", by="ada"
        )
        end = bench.end(run)
    assert (end["type"], "nobody" in end["message"]) == ("FAILED", True), end
