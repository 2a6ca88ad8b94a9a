"""The sandbox's registry, S3 and forge send what they have to tell, and Prefect hears of the application concerned."""

import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import boto3
import httpx
import pytest

from headway.model.events import RESOURCE_PREFIX
from sandbox import places, receiver
from sandbox.address import Address
from sandbox.forge import Forge
from sandbox.seed.commands import program, run

pytestmark = pytest.mark.sandbox
PATIENCE_SECONDS = 30


@dataclass
class Told:
    """What Prefect is told of one application, which nobody has registered."""

    name: str
    prefect: httpx.Client

    def events(self, count: int) -> list[dict[str, str]]:
        """Payloads, the oldest first, as soon as there are so many."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            wanted = {"filter": {"resource": {"id": [f"{RESOURCE_PREFIX}{self.name}"]}, "order": "ASC"}}
            events = self.prefect.post("/events/filter", json=wanted).raise_for_status().json()["events"]
            if len(events) >= count:
                return [each["payload"] for each in events]
            assert time.monotonic() < until, f"{len(events)} events, not {count}"
            time.sleep(0.3)


@pytest.fixture
def told(sandbox: Address) -> Iterator[Told]:
    with httpx.Client(base_url=sandbox.prefect_api, timeout=60, trust_env=False) as prefect:
        told = Told(f"hinted-{uuid4().hex[:8]}", prefect)
        yield told
        receiver.know(places.STATE, told.name, None)


def test_a_registry_tells_of_an_image(told: Told, sandbox: Address, tmp_path: Path) -> None:
    layer = tmp_path / "layer.tar"
    tarfile.open(layer, "w").close()
    repository = f"{sandbox.registry}/{told.name}/cart"
    receiver.know(places.STATE, told.name, {"images": [f"{sandbox.registry}/{told.name}"]})
    crane = program(sandbox.bin, "crane")
    for tag in ("main-0a1b2c3", "main-1a1b2c3"):
        run(
            [
                crane,
                "append",
                "--oci-empty-base",
                "--new_layer",
                str(layer),
                "--new_tag",
                f"{repository}:{tag}",
            ]
        )
    assert told.events(1) == [{"repository": repository, "tag": "main-0a1b2c3"}], "two images, one look"
    run([crane, "delete", f"{repository}@{run([crane, 'digest', f'{repository}:main-0a1b2c3'])}"])


def test_s3_tells_of_a_chart(told: Told, sandbox: Address) -> None:
    receiver.know(places.STATE, told.name, {"charts": [f"s3://{told.name}"]})
    s3 = boto3.client(
        "s3",
        endpoint_url=sandbox.s3.endpoint,
        aws_access_key_id=sandbox.s3.access_key,
        aws_secret_access_key=sandbox.s3.secret_key,
        region_name=sandbox.s3.region,
    )
    s3.create_bucket(Bucket=told.name)
    s3.put_object(Bucket=told.name, Key="charts/index.yaml", Body=b"entries: {}\n")
    try:
        assert told.events(1) == [{"address": f"s3://{told.name}/charts/index.yaml"}]
    finally:
        s3.delete_object(Bucket=told.name, Key="charts/index.yaml")
        s3.delete_bucket(Bucket=told.name)
        s3.close()


def test_a_forge_tells_of_a_push(told: Told, forge: Forge) -> None:
    url = f"{forge.url}/{forge.admin}/{told.name}"
    receiver.know(places.STATE, told.name, {"git": [url], "branches": ["main"]})
    headers = {"Authorization": f"token {forge.token}"}
    with httpx.Client(base_url=f"{forge.url}/api/v1", headers=headers, timeout=30, trust_env=False) as client:
        made = {"name": told.name, "auto_init": True, "default_branch": "main"}
        client.post("/user/repos", json=made).raise_for_status()
        at = f"/repos/{forge.admin}/{told.name}"
        hook = {
            "url": receiver.address("gitea"),
            "content_type": "json",
            "secret": receiver.secret(places.STATE, "gitea"),
        }
        client.post(
            f"{at}/hooks", json={"type": "gitea", "config": hook, "events": ["push"], "active": True}
        ).raise_for_status()
        for branch in ("feature", "main"):
            change = {"content": "", "message": "Change", "branch": "main", "new_branch": branch}
            client.post(f"{at}/contents/{branch}.md", json=change).raise_for_status()
        assert told.events(1) == [{"url": f"{url}.git", "branch": "main"}], "no look for the other branch"
        client.delete(at).raise_for_status()
