"""A work pool on a real server, deployments of tiny flows in it, and workers of either type as processes of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

ROOT = Path(__file__).resolve().parents[2]
FLOWS = Path(__file__).parent / "tiny" / "tiny_flows.py"
PATIENCE_SECONDS = 90
LONGEST_PAUSE_SECONDS = 0.3
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
PARAMETERS = {
    "says": ["word"],
    "fails": [],
    "waits": ["folder", "name", "ignore"],
    "steps": ["folder"],
    "asks": [],
    "looks_around": [],
}


@dataclass
class Worker:
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def forks(self) -> list[int]:
        """Its fork parent first, then the runs that this has begun and that live."""
        return [pid for pid in session(self.process.pid) if "headway.worker.fork_parent" in _command(pid)]

    def said(self) -> str:
        return self.log.read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_SECONDS)


@dataclass
class Bench:
    """One work pool."""

    client: httpx.Client
    environment: Mapping[str, str]
    folder: Path
    pool: str
    _deployments: dict[str, str] = field(default_factory=dict)

    @property
    def module(self) -> Path:
        """The flows as workers import them."""
        return self.folder / FLOWS.name

    def prepare(self) -> None:
        shutil.copy(FLOWS, self.module)

    @contextmanager
    def worker(
        self, *options: str, name: str = "one", kind: str = "headway", modules: Sequence[str] = (FLOWS.stem,)
    ) -> Iterator[Worker]:
        """Has polled when this begins; whatever it has started is gone when this ends."""
        log = self.folder / f"{self.pool}-{name}.log"
        path = os.pathsep.join([str(self.folder), str(ROOT)])
        settings = {
            "PYTHONPATH": path,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PREFECT_WORKER_QUERY_SECONDS": "5",
        }
        imports = [word for module in modules or () for word in ("--import", module)]
        own = ["headway", "worker", "start", *imports]
        of_prefect = ["prefect", "worker", "start", "--type", kind, "--install-policy", "never"]
        argv = [sys.executable, "-m", *(own if kind == "headway" and modules is not None else of_prefect)]
        with log.open("ab") as out:
            process = subprocess.Popen(
                [*argv, "--pool", self.pool, "--name", name, *options],
                env={**self.environment, **settings},
                cwd=self.folder,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            wait(lambda: self._polls(name, process, log), f"the worker does not poll: {log.read_text()}")
            yield Worker(process, log)
        finally:
            kill_session(process)

    def start(self, flow: str, job: Mapping[str, Any] | None = None, **parameters: Any) -> str:
        """The id of a new run."""
        return self.start_run_of(self._deployments.get(flow) or self._deploy(flow), job, **parameters)

    def start_run_of(self, deployment: str, job: Mapping[str, Any] | None = None, **parameters: Any) -> str:
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, "job_variables": job or {}}
        return str(self._post(f"/deployments/{deployment}/create_flow_run", body)["id"])

    def state(self, run: str) -> dict[str, Any]:
        state: dict[str, Any] = self.client.get(f"/flow_runs/{run}").json()["state"]
        return state

    def states(self, run: str) -> list[str]:
        """The types of all states that it has been in, in order."""
        found = self.client.get("/flow_run_states/", params={"flow_run_id": run}).json()
        return [state["type"] for state in sorted(found, key=lambda state: state["timestamp"])]

    def end(self, run: str) -> dict[str, Any]:
        """Its last state, once it has one."""
        return self.until(run, *ENDED)

    def until(self, run: str, *types: str) -> dict[str, Any]:
        wait(lambda: self.state(run)["type"] in types, lambda: f"it is {self.state(run)}, not one of {types}")
        return self.state(run)

    def resume(self, run: str) -> None:
        answer = self.client.post(f"/flow_runs/{run}/resume", json={})
        assert answer.json()["status"] == "ACCEPT", answer.text

    def suspend(self, run: str) -> None:
        """As `suspend_flow_run` does it from elsewhere."""
        details = {"pause_timeout": "2100-01-01T00:00:00Z", "pause_reschedule": True}
        self.set_state(run, "PAUSED", name="Suspended", state_details=details)

    def its_time_comes(self, run: str) -> None:
        """Of a run that is scheduled for later."""
        now = {"scheduled_time": datetime.now(UTC).isoformat()}
        self.set_state(run, "SCHEDULED", name=self.state(run)["name"], state_details=now)

    def set_state(self, run: str, kind: str, **state: Any) -> None:
        answer = self.client.post(
            f"/flow_runs/{run}/set_state",
            json={"state": {"type": kind, "name": kind.capitalize(), **state}},
        )
        assert answer.json()["status"] == "ACCEPT", answer.text

    def cancel(self, run: str) -> None:
        """As the UI does it; Prefect may answer that it is cancelled already."""
        self.client.post(
            f"/flow_runs/{run}/set_state", json={"state": {"type": "CANCELLING"}}
        ).raise_for_status()

    def say(self, event: str, run: str) -> None:
        """What nobody has done."""
        pool = self.client.get(f"/work_pools/{self.pool}").json()["id"]
        related = {"prefect.resource.id": f"prefect.work-pool.{pool}", "prefect.resource.role": "work-pool"}
        body = {
            "id": str(uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": event,
            "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
            "related": [related],
        }
        assert self.client.post("/events", json=[body]).is_success

    def logs(self, run: str, holding: str) -> list[str]:
        """Its log's lines, once one of them holds the text: they come a moment after the state."""
        wanted = {"logs": {"flow_run_id": {"any_": [run]}}}

        def lines() -> list[str]:
            return [line["message"] for line in self.client.post("/logs/filter", json=wanted).json()]

        wait(lambda: any(holding in line for line in lines()), lambda: f"no {holding!r} in {lines()}")
        return lines()

    def events(self, run: str, name: str) -> list[dict[str, Any]]:
        wanted = {"event": {"name": [name]}, "any_resource": {"id": [f"prefect.flow-run.{run}"]}}
        found: list[dict[str, Any]] = self._post("/events/filter", {"filter": wanted})["events"]
        return found

    def limit(self, whose: str, flow: str, at_once: int | None) -> None:
        """Of the `pool`, or of the `deployment` of a flow; None for as many as there are."""
        deployment = self._deployments.get(flow) or self._deploy(flow)
        of = f"/work_pools/{self.pool}" if whose == "pool" else f"/deployments/{deployment}"
        self.client.patch(of, json={"concurrency_limit": at_once}).raise_for_status()

    def _deploy(self, flow: str) -> str:
        made = self._post("/flows/", {"name": flow.replace("_", "-")})
        properties = {name: {"title": name} for name in PARAMETERS[flow]}
        body = {
            "name": f"{flow}-{self.pool}",
            "flow_id": made["id"],
            "entrypoint": f"{FLOWS.stem}.{flow}",
            "pull_steps": [],
            "work_pool_name": self.pool,
            "job_variables": {"command": "python -m prefect.engine"},
            "parameter_openapi_schema": {"type": "object", "properties": properties},
        }
        self._deployments[flow] = self._post("/deployments/", body)["id"]
        return self._deployments[flow]

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def _polls(self, name: str, process: "subprocess.Popen[bytes]", log: Path) -> bool:
        assert process.poll() is None, log.read_text()
        answer = self.client.post(f"/work_pools/{self.pool}/workers/filter", json={})
        here = answer.is_success and any(worker["name"] == name for worker in answer.json())
        return here and "started!" in log.read_text()


def wait(reached: Callable[[], object], otherwise: str | Callable[[], str]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    pause = 0.05
    while not reached():
        assert time.monotonic() < until, otherwise if isinstance(otherwise, str) else otherwise()
        time.sleep(pause)
        # Most ask the server, which takes processor time that the runs need.
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def session(leader: int) -> list[int]:
    """The living processes of a session, its leader among them, in the order of their starts."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append((int(fields[19]), int(stat.parent.name)))
    return [pid for _, pid in sorted(found)]


def kill_session(leader: "subprocess.Popen[bytes]") -> None:
    """A worker with all that it has started."""
    for pid in session(leader.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    leader.wait()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
