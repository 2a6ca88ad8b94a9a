"""Runs the plain script for a copy of the shop, and reads its phases."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.phases import Round
from sandbox import places
from sandbox.seed import Layout, PushedImage
from sandbox.seed.commands import clean_environment, program, run

HERE = Path(__file__).parent
SCRIPT = HERE / "plain_script.sh"
ENVIRONMENT = "testing"


@dataclass(frozen=True, slots=True)
class Plain:
    """`home`: folder of helm's caches, kept from one delivery to the next as a build machine keeps them."""

    layout: Layout
    home: Path
    index_options: str = ""
    third_parties: tuple[str, ...] = ("thirdparty-charts",)
    """Buckets of charts that the application's own build on."""

    def refresh(self) -> None:
        """Fetch the indexes of the chart repositories into helm's cache, which no delivery waits for."""
        endpoint = self.layout.address.s3.endpoint
        helm = program(self.layout.address.bin, "helm")
        for bucket in (self.layout.bucket(ENVIRONMENT), *self.third_parties):
            name = bucket.replace("/", "-")
            run(
                [helm, "repo", "add", "--force-update", name, f"{endpoint}/{bucket}"],
                environment=self.environment(),
            )
        run([helm, "repo", "update"], environment=self.environment())

    def deliver(self, service: str, image: PushedImage) -> Round:
        began = time.monotonic()
        done = subprocess.run(
            [str(SCRIPT), service, image.repository, image.tag],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        total = time.monotonic() - began
        if done.returncode != 0:
            raise RuntimeError(f"the plain script failed:\n{done.stdout}\n{done.stderr}")
        phases = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("phase ")]
        return Round({name: float(seconds) for name, seconds in phases}, total)

    def environment(self) -> Mapping[str, str]:
        """What the script is told."""
        address = self.layout.address
        helm = {f"HELM_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        people = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Plain Script"), ("EMAIL", "script@example.com"))
        }
        return {
            **clean_environment(),
            **helm,
            **people,
            "PATH": f"{address.bin}:{places.VENV / 'bin'}:{os.environ['PATH']}",
            "KUBECONFIG": str(address.kubeconfig),
            "SOPS_AGE_KEY_FILE": str(address.age_key_file),
            "AWS_ACCESS_KEY_ID": address.s3.access_key,
            "AWS_SECRET_ACCESS_KEY": address.s3.secret_key,
            "AWS_DEFAULT_REGION": address.s3.region,
            "S3_ENDPOINT": address.s3.endpoint,
            "GIT_URL": self.layout.git_url,
            "BUCKET": self.layout.bucket(ENVIRONMENT),
            "RELEASE": self.layout.name,
            "NAMESPACE": f"{self.layout.name}-{ENVIRONMENT}",
            "ENVIRONMENT": ENVIRONMENT,
            "PYTHON": sys.executable,
            "S3_PROCESS": str(HERE / "plain_s3.py"),
            "JOB_PROGRAM": str(HERE / "plain_job.py"),
            "CRANE": program(address.bin, "crane"),
            "INDEX_OPTIONS": self.index_options,
        }
