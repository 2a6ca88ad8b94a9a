"""deployments.yaml is run by Headway's worker and by Prefect's process worker, from one work pool."""

from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from tests.prefect.worker_bench import Bench

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("deployed"), pytest.mark.rare]


@pytest.mark.parametrize(
    ("kind", "modules"),
    [
        pytest.param("headway", (), id="headway worker start"),
        pytest.param("headway", None, id="prefect worker start --type headway"),
        pytest.param("process", None, id="prefect worker start --type process"),
    ],
)
def test_either_worker_runs_the_deployments(
    kind: str,
    modules: Sequence[str] | None,
    in_prefect: httpx.Client,
    prefect_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    install_the_type(tmp_path)
    bench = Bench(in_prefect, prefect_environment, tmp_path, "headway")
    deployment = in_prefect.get("/deployments/name/freeze/freeze").json()["id"]
    with bench.worker(name=tmp_path.name, kind=kind, modules=modules):
        run = bench.start_run_of(
            deployment, application="nobody", environment="testing", reason="a try", by="ada"
        )
        end = bench.end(run)
    assert (end["type"], "nobody" in end["message"]) == ("FAILED", True), end


def install_the_type(folder: Path) -> None:
    """As the distribution does, of which a clone that was installed before it had a worker knows nothing."""
    information = folder / "worker_of_this_clone-0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: worker-of-this-clone\nVersion: 0\n")
    entry_point = "[prefect.collections]\nheadway = headway.worker.collection\n"
    (information / "entry_points.txt").write_text(entry_point)
