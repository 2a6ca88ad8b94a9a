"""How a run of a deployment is executed: in a fork where the code that was imported is its code, else as Prefect's process worker
does, in an interpreter of its own.

The job variables are those of the process worker, so a work pool or deployment that was made for one serves the other.
"""

import shlex
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.settings import Settings, get_current_settings
from prefect.workers.process import ProcessJobConfiguration
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from prefect.client.schemas.objects import Flow, FlowRun, WorkPool
    from prefect.client.schemas.responses import DeploymentResponse

_ENGINE = ["-m", "prefect.engine"]
_known: list[tuple[Settings, dict[str, str]]] = []
"""The settings that were asked for last, and as which variables they are handed on."""


def brings_its_own(
    entrypoint: str | None,
    pull_steps: Collection[Mapping[str, Any]] | None,
    command: str | None,
    working_dir: Path | None,
) -> str:
    """What a deployment brings that no fork has imported, in words; empty where its code is what is installed."""
    if entrypoint is None:
        return "no entrypoint"
    if ":" in entrypoint:
        return f"the file {entrypoint.rpartition(':')[0]}"
    if pull_steps:
        return "pull steps"
    if working_dir:
        return f"the folder {working_dir}"
    if command:
        program, *arguments = shlex.split(command)
        if program not in ("python", sys.executable) or arguments != _ENGINE:
            return f"the command {command}"
    return ""


class HeadwayJobConfiguration(ProcessJobConfiguration):
    _own: str = PrivateAttr(default="no deployment")
    _entrypoint: str | None = PrivateAttr(default=None)
    _deployment: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def own(self) -> str:
        """What the deployment brings of its own, in words; empty where a fork can execute it."""
        return self._own

    @property
    def entrypoint(self) -> str | None:
        """Of the deployment, as it was read for this run."""
        return self._entrypoint

    @property
    def deployment(self) -> Mapping[str, Any]:
        """What the events of the run tell of it: `id`, `name` and `tags`. Empty where there is none."""
        return self._deployment

    @classmethod
    def _base_environment(cls) -> dict[str, str]:
        """Prefect works it out for each run: 15 ms of processor time, while the run waits."""
        now = get_current_settings()
        if not _known or _known[0][0] is not now:
            _known[:] = [(now, super()._base_environment())]
        return dict(_known[0][1])

    def prepare_for_flow_run(
        self,
        flow_run: "FlowRun",
        deployment: "DeploymentResponse | None" = None,
        flow: "Flow | None" = None,
        work_pool: "WorkPool | None" = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        if deployment:
            self._entrypoint = deployment.entrypoint
            self._deployment = {
                "id": str(deployment.id),
                "name": deployment.name,
                "tags": list(deployment.tags),
            }
            self._own = brings_its_own(
                deployment.entrypoint, deployment.pull_steps, self.command, self.working_dir
            )
        super().prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id=worker_id)
