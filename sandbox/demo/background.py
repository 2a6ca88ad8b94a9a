"""Builds Helm, builds and starts the cluster, all beside the story, which begins without them."""

import subprocess
import sys
import time
from threading import Thread

from sandbox import external, places
from sandbox.demo.telling import Telling
from sandbox.failure import SandboxError

LOW_PRIORITY = "15"


class ComingCluster:
    """Both `build` and `up` resume what an earlier one left, and do nothing where all is there."""

    def __init__(self, tell: Telling) -> None:
        self._tell = tell
        self._failed = ""
        self._thread = Thread(target=self._come, daemon=True)
        self._child: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        self._thread.start()

    def wait_for_helm(self) -> None:
        """Until Helm is built; the rest goes on. Raises SandboxError when it does not come."""
        while not (places.binaries() / "helm").exists():
            if not self._thread.is_alive():
                self.wait()
                return
            time.sleep(0.2)

    def wait(self) -> None:
        """Until the cluster answers. Raises SandboxError when it does not come."""
        self._thread.join()
        if self._failed:
            raise SandboxError(f"the cluster did not come up: {self._failed}", "python -m sandbox logs")

    def _come(self) -> None:
        self._run("build", "--tier", "supply")
        if external.external() is None and not self._failed:
            self._run("build", "--tier", "cluster", "--nice", LOW_PRIORITY)
        if not self._failed:
            self._run("up", "--tier", "cluster")

    def _run(self, *command: str) -> None:
        argv = [sys.executable, "-m", "sandbox", *command]
        self._child = subprocess.Popen(
            argv, cwd=places.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._child.stdout
        last = ""
        for line in self._child.stdout:
            last = line.strip()
            self._tell.say(f"    (beside)  {last}")
        if self._child.wait() != 0:
            self._failed = last

    def stop(self) -> None:
        """Ends what is still being built: the next build goes on from there."""
        if self._child and self._child.poll() is None:
            self._child.terminate()
