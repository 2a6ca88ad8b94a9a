"""(b) One version to fifty environments of one application, each a small release: a ConfigMap, and no pods.

They all follow a first environment. Headway is measured from the moment when the version has passed there, by Prefect's clock,
until the last of the fifty has it; helm alone, in a shell loop and by xargs, from a package that lies on its disk.
"""

import shlex
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from kubernetes import client, config

from bench import fleet_releases
from bench.fleet_applications import BUCKET
from bench.fleet_releases import Measured
from bench.headway_deployed import settle
from bench.machine import busy_seconds
from headway.model.events import GitPushed
from sandbox import worker_rights
from sandbox.address import Address
from sandbox.demo.prefect_api import PrefectApi
from sandbox.seed import Layout, repositories
from sandbox.seed.commands import git, program, run
from sandbox.seed.layout import APPLICATION

FIRST = "first"


class ManyEnvironments:
    def __init__(self, address: Address, name: str, count: int) -> None:
        self.layout = Layout(address, name)
        self.following = tuple(f"n{number:02}" for number in range(1, count + 1))
        self.environments = (FIRST, *self.following)
        self.namespaces = {each: f"{name}-{each}" for each in self.environments}
        self.plain_namespaces = tuple(f"{name}-plain-{each}" for each in self.following)
        api = config.new_client_from_config(str(address.kubeconfig))  # type: ignore[no-untyped-call]
        self._core: Any = client.CoreV1Api(api)

    def seed(self) -> None:
        """Repository, namespaces, rights."""
        layout = self.layout
        remote, checkout = layout.remote(APPLICATION), layout.checkout(APPLICATION)
        remote.mkdir(parents=True)
        git("init", "--quiet", "--bare", "--initial-branch=main", cwd=remote)
        for path, text in {**_CHART, "headway.yaml": self._headway_yaml()}.items():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (checkout / path).write_text(text.replace("NAME", layout.name))
        git("init", "--quiet", "--initial-branch=main", cwd=checkout)
        git("remote", "add", "origin", layout.git_url, cwd=checkout)
        repositories.commit_all(checkout, "Begin")
        git("push", "--quiet", "--set-upstream", "origin", "main", cwd=checkout)
        worker_rights.grant(layout.address, self.namespaces.values())
        for name in self.plain_namespaces:
            self._core.create_namespace({"metadata": {"name": name}})

    def headway(self, prefect: PrefectApi, text: str) -> Measured:
        """Raises RuntimeError where a release did not succeed."""
        # The last one's events must be over: a run that they start would deliver what is pushed now.
        settle(prefect, (self.layout.name,))
        checkout = repositories.up_to_date(self.layout, APPLICATION)
        (checkout / "values.yaml").write_text(f"text: {text}\n")
        repositories.commit_all(checkout, f"Say {text}")
        repositories.push(checkout)
        busy, announced = busy_seconds(), datetime.now(UTC)
        prefect.emit(GitPushed(self.layout.name, self.layout.git_url, "main"))
        passed = self._released(prefect, announced, (FIRST,))
        busy_then = busy_seconds()
        ended = self._released(prefect, announced, self.following)
        measured = Measured(
            (ended - passed).total_seconds(),
            busy_seconds() - busy_then,
            from_event=(ended - announced).total_seconds(),
        )
        assert busy_then >= busy
        self._require(self.namespaces.values(), text)
        return measured

    def plain(self, folder: Path, version: int, text: str, at_once: int) -> Measured:
        """`at_once`: 1 for a shell loop, more for xargs."""
        address = self.layout.address
        helm, chart = program(address.bin, "helm"), folder / "chart"
        for path, content in {**_CHART, "values.yaml": f"text: {text}\n"}.items():
            (chart / path).parent.mkdir(parents=True, exist_ok=True)
            (chart / path).write_text(content.replace("NAME", self.layout.name))
        environment = {
            f"HELM_{kind}_HOME": str(folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")
        } | {"KUBECONFIG": str(address.kubeconfig)}
        number = f"0.0.{version}"
        run(
            [helm, "package", "--version", number, "--destination", str(folder), str(chart)],
            environment=environment,
        )
        upgrade = (
            f"{shlex.quote(helm)} upgrade --install {self.layout.name} {folder}/{self.layout.name}-{number}.tgz "
            "--wait --timeout 5m --hide-notes --namespace"
        )
        script = (
            f"xargs -P{at_once} -I{{}} {upgrade} {{}} >{folder}/log"
            if at_once > 1
            else f"while read -r namespace; do {upgrade} $namespace >{folder}/log </dev/null || exit 1; done"
        )
        busy, begun = busy_seconds(), time.monotonic()
        done = subprocess.run(
            ["bash", "-c", script],
            input="\n".join((*self.plain_namespaces, "")),
            env={**_inherited(), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        measured = Measured(time.monotonic() - begun, busy_seconds() - busy)
        if done.returncode:
            raise RuntimeError(f"helm failed: {done.stderr[-1000:]}")
        self._require(self.plain_namespaces, text)
        return measured

    def _released(self, prefect: PrefectApi, since: datetime, environments: Sequence[str]) -> datetime:
        # What is counted from the first one on begins at once.
        wanted = [(self.layout.name, each) for each in environments]
        return fleet_releases.last(prefect, wanted, since, every=1.0)

    def _require(self, namespaces: Any, text: str) -> None:
        for each in namespaces:
            said = self._core.read_namespaced_config_map("text", each).data["text"]
            if said != text:
                raise RuntimeError(f"{each} says {said!r}, not {text!r}")

    def _headway_yaml(self) -> str:
        lines = [f"application: {self.layout.name}", "environments:"]
        for each in self.environments:
            after = "" if each == FIRST else f", after: {FIRST}"
            lines.append(f'  {each}: {{charts: "s3://{BUCKET}/{self.layout.name}/{each}"{after}}}')
        return "\n".join(lines) + "\n"


def _inherited() -> dict[str, str]:
    import os

    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


_CHART = {
    "Chart.yaml": "apiVersion: v2\nname: NAME\nversion: 0.1.0\n",
    "values.yaml": "text: none\n",
    "templates/text.yaml": dedent(
        """\
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: text
        data:
          text: {{ .Values.text | quote }}
        """
    ),
}
