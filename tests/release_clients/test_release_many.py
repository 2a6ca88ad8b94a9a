"""Several environments released by one run, on the real cluster: with one that is bad, told to end, and killed half way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.exceptions import TerminationSignal
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelled

from flows.deliver import deliver
from flows.release_many import release_many
from headway.clients.kubernetes.cluster import Cluster
from sandbox import address, worker_rights
from tests.fast.memory import prefect_runs
from tests.git_remote import GitRemote

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("prefect_server", "as_the_worker")]

LATER = ("a", "b", "c")
ALL = ", ".join(LATER)
PATIENCE_SECONDS = 60
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: text}
data: {text: {{ .Values.text | quote }}}
{{- if .Values.broken }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: broken}
spec:
  selector: {matchLabels: {app: broken}}
  template:
    metadata: {labels: {app: broken}}
    spec:
      containers: [{name: it, image: {{ .Values.broken | quote }}, command: [/nothing]}]
{{- end }}
"""
RUN = "import sys; from flows.release_many import release_many; release_many(sys.argv[1], sys.argv[2:])"


@dataclass(frozen=True)
class Fleet:
    name: str
    folder: Path
    admin: Cluster

    def begin(self) -> None:
        environments = [f"  testing: {{charts: 'file://{self.folder}/testing'}}"]
        environments += [
            f"  {each}: {{charts: 'file://{self.folder}/{each}', after: testing}}" for each in LATER
        ]
        for each in ("testing", *LATER):
            (self.folder / each).mkdir()
        GitRemote.made(
            self.git.path,
            {
                "headway.yaml": "\n".join([f"application: {self.name}", "environments:", *environments, ""]),
                "Chart.yaml": f"apiVersion: v2\nname: {self.name}\nversion: 0.1.0\n",
                "values.yaml": "text: one\n",
                **{f"values/{each}.yaml": "" for each in LATER},
                "templates/text.yaml": TEMPLATE,
            },
        )

    @property
    def git(self) -> GitRemote:
        return GitRemote(self.folder / "application.git")

    def texts(self) -> list[str]:
        found = [self._find(each, "api/v1", "configmaps/text") for each in LATER]
        return [each["data"]["text"] if each else "" for each in found]

    def record(self, environment: str) -> dict[str, Any]:
        found = self._find(environment, "api/v1", f"configmaps/headway.{self.name}")
        return dict(json.loads(found["data"]["record.json"])) if found else {}

    def records(self) -> list[dict[str, Any]]:
        return [self.record(each) for each in LATER]

    def lease(self, environment: str) -> dict[str, Any]:
        found = self._find(environment, "apis/coordination.k8s.io/v1", f"leases/headway.{self.name}")
        return found or {"spec": {}}

    def holders(self) -> list[str]:
        return [self.lease(each)["spec"].get("holderIdentity") or "" for each in LATER]

    def leases_expire(self) -> None:
        for each in LATER:
            lease = self.lease(each)
            if lease["spec"].get("holderIdentity"):
                lease["spec"]["renewTime"] = "2020-01-01T00:00:00.000000Z"
                self.admin.api.replace(
                    self._path(each, "apis/coordination.k8s.io/v1", f"leases/headway.{self.name}"), lease
                )

    def _find(self, environment: str, group: str, what: str) -> dict[str, Any] | None:
        return self.admin.api.find(self._path(environment, group, what))

    def _path(self, environment: str, group: str, what: str) -> str:
        return f"/{group}/namespaces/{self.namespace(environment)}/{what}"

    def namespace(self, environment: str) -> str:
        return f"{self.name}-{environment}"


@pytest.fixture
def fleet(
    sandbox: address.Address,
    admin: Cluster,
    tmp_path: Path,
    prefect_server: str,  # noqa: ARG001
) -> Iterator[Fleet]:
    """Version "one" has passed in the first environment; the next look finds the others due."""
    from blocks import Application
    from blocks import Cluster as ClusterBlock

    fleet = Fleet(f"many-{uuid.uuid4().hex[:6]}", tmp_path, admin)
    every = ("testing", *LATER)
    worker_rights.grant(sandbox, map(fleet.namespace, every))
    try:
        fleet.begin()
        # Those that a test before has started and left to no worker.
        prefect_runs.forget_runs()
        Application(git_url=fleet.git.url).save(fleet.name)
        for each in every:
            ClusterBlock(kubeconfig_path=str(sandbox.worker_kubeconfig)).save(f"{fleet.name}-{each}")
        deliver(fleet.name)
        assert prefect_runs.work() == [("testing", "Released")]
        yield fleet
    finally:
        prefect_runs.forget_runs()
        for each in every:
            admin.api.delete(f"/api/v1/namespaces/{fleet.namespace(each)}")


def until(what: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < ends, "it does not come"
        time.sleep(0.02)


def the_run() -> UUID:
    return prefect_runs.release_runs()[-1].id


def test_one_that_is_bad_goes_back_alone_and_a_second_look_does_nothing(fleet: Fleet, image: str) -> None:
    deliver(fleet.name)
    assert prefect_runs.work() == [(ALL, "Released")]
    assert fleet.texts() == ["one", "one", "one"]
    fleet.git.push({"values.yaml": "text: two\n", "values/b.yaml": f"broken: {image}\n"})
    deliver(fleet.name)
    assert prefect_runs.work() == [("testing", "Released")]
    deliver(fleet.name)
    assert prefect_runs.work() == [(ALL, "Not all released")]
    assert prefect_runs.state(the_run()).startswith("Not all released: b: Rolled back. ")
    assert fleet.texts() == ["two", "one", "two"]
    assert [len(each["verdicts"]) for each in fleet.records()] == [0, 1, 0]
    assert fleet.holders() == ["", "", ""]
    records = fleet.records()
    deliver(fleet.name)
    assert prefect_runs.work() == []
    assert fleet.records() == records


def test_a_run_that_is_cancelled_lets_go_and_stops_what_it_has_not_done_with(fleet: Fleet) -> None:
    deliver(fleet.name)
    run, told = the_run(), threading.Event()

    def tell() -> None:
        until(lambda: any(fleet.holders()))
        os.kill(os.getpid(), signal.SIGTERM)

    former = signal.signal(signal.SIGTERM, lambda *_: told.set())
    teller = threading.Thread(target=tell)
    teller.start()
    try:
        with pytest.raises(TerminationSignal):
            prefect_runs._execute(run, release_many)
    finally:
        teller.join()
        signal.signal(signal.SIGTERM, former)
    assert told.is_set(), "who ran it is told as well"
    assert fleet.holders() == ["", "", ""], "nobody has to wait for their expiry"
    texts = fleet.texts()
    prefect_runs.put(run, Cancelled(message="Flow run was cancelled successfully."))
    deliver(fleet.name)
    assert prefect_runs.work() == []
    assert fleet.texts() == texts, "nothing goes on, nothing goes back"
    frozen = [each for each in LATER if fleet.record(each).get("freeze")]
    done_with = [each for each in LATER if each not in frozen]
    assert frozen, "it was told before anything was done"
    for each in done_with:
        assert fleet.record(each)["good"][0]["version"] == "0.1.0"
    assert prefect_runs.state(run).startswith(f"Stopped: {fleet.name} in {', '.join(frozen)} is frozen: ")


def test_after_a_kill_half_way_the_next_look_goes_on(fleet: Fleet) -> None:
    environment = {**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())}
    command = [sys.executable, "-c", RUN, fleet.name, *LATER]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        until(lambda: any(fleet.holders()))
        time.sleep(0.3)
        run.kill()
    fleet.leases_expire()
    prefect_runs.forget_runs()
    for _ in range(3):
        deliver(fleet.name)
        prefect_runs.work()
    assert fleet.texts() == ["one", "one", "one"]
    assert [each["good"][0]["version"] for each in fleet.records()] == ["0.1.0"] * 3
    assert [each["verdicts"] for each in fleet.records()] == [[], [], []]
    assert fleet.holders() == ["", "", ""]
