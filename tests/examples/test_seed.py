"""A copy of the shop in the sandbox: real remotes, buckets and images, taken away again without a trace."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from sandbox import places
from sandbox.address import Address, load
from sandbox.failure import SandboxError
from sandbox.seed import (
    CART_COUNTS_ITEMS,
    Change,
    Layout,
    append,
    change_application,
    change_configuration,
    change_service,
    push_image,
    repositories,
    reset,
    seed,
)
from sandbox.seed.buckets import client
from sandbox.seed.commands import git, run
from sandbox.seed.layout import DEMO_AGE_KEY, IMAGES

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def address() -> Address:
    return load()


@pytest.fixture(scope="module")
def shop(address: Address) -> Iterator[Layout]:
    layout = Layout(address, "seed-test")
    reset(layout)
    seed(layout)
    yield layout
    reset(layout)


def tags(layout: Layout, image: str) -> list[str]:
    answer = httpx.get(f"http://{layout.address.registry}/v2/{layout.name}/{image}/tags/list")
    return (answer.json().get("tags") or []) if answer.status_code == 200 else []


def labels(layout: Layout, image: str, tag: str) -> dict[str, str]:
    blobs = f"http://{layout.address.registry}/v2/{layout.name}/{image}"
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = httpx.get(f"{blobs}/manifests/{tag}", headers={"Accept": kind}).json()
    config = httpx.get(f"{blobs}/blobs/{manifest['config']['digest']}", follow_redirects=True).json()
    found: dict[str, str] = config["config"]["Labels"]
    return found


def buckets(layout: Layout) -> set[str]:
    return {bucket["Name"] for bucket in client(layout.address.s3).list_buckets()["Buckets"]}


def at_head(layout: Layout, repository: str, file: str) -> str:
    return git("show", f"main:{file}", cwd=layout.remote(repository))


def test_the_remotes_hold_the_example_with_the_sandbox_s_addresses(shop: Layout) -> None:
    for repository in (*IMAGES, "application"):
        text = git("grep", "--cached", "-h", "-e", "", cwd=shop.checkout(repository))
        assert "s3://shop-charts" not in text
        if repository == "application":
            assert "example.com" not in text
    headway = yaml.safe_load(at_head(shop, "application", "headway.yaml"))
    assert headway["application"] == "seed-test"
    assert headway["services"]["cart"] == {"git": shop.remote_url("cart"), "image": shop.image("cart")}
    assert headway["environments"]["testing"]["charts"] == "s3://seed-test-charts-testing"
    assert git("ls-remote", shop.git_url, "refs/heads/main", cwd=Path("/"))


def test_every_service_has_the_image_of_its_commit(shop: Layout) -> None:
    for service in ("cart", "catalog", "storefront"):
        first = git("rev-list", "--max-parents=0", "main", cwd=shop.remote(service))
        tag = f"main-{first[:7]}"
        assert tag in tags(shop, service)
        assert labels(shop, service, tag)["org.opencontainers.image.revision"] == first
        assert labels(shop, service, tag)["org.opencontainers.image.source"] == shop.remote_url(service)
    assert tags(shop, "tests") == ["1"]


def test_the_third_party_chart_can_be_read_by_anyone(shop: Layout) -> None:
    chart = yaml.safe_load(at_head(shop, "application", "Chart.yaml"))
    banner = next(dependency for dependency in chart["dependencies"] if dependency["name"] == "banner")
    index = yaml.safe_load(httpx.get(f"{banner['repository']}/index.yaml").raise_for_status().text)
    entry = next(entry for entry in index["entries"]["banner"] if entry["version"] == banner["version"])
    httpx.get(f"{banner['repository']}/{entry['urls'][0]}").raise_for_status()


def test_a_service_s_change_is_a_commit_and_its_image(shop: Layout) -> None:
    pushed = change_service(shop, "cart", CART_COUNTS_ITEMS, build="17")
    assert git("rev-parse", "main", cwd=shop.remote("cart")) == pushed.commit
    assert pushed.tag == f"main-{pushed.commit[:7]}"
    assert pushed.tag in tags(shop, "cart")
    assert labels(shop, "cart", pushed.tag)["build"] == "17"


def test_a_configuration_change_bumps_no_version(shop: Layout) -> None:
    before = at_head(shop, "application", "Chart.yaml")
    commit = change_configuration(shop, "testing", greeting='Say "hi": now', session_key="key-2")
    changed = git("show", "--name-only", "--format=", commit, cwd=shop.remote("application")).split()
    assert changed == ["secrets/testing.yaml", "values/testing.yaml"]
    assert at_head(shop, "application", "Chart.yaml") == before
    values = yaml.safe_load(at_head(shop, "application", "values/testing.yaml"))
    assert values["storefront"]["greeting"] == 'Say "hi": now'
    encrypted = shop.checkout("application") / "secrets" / "testing.yaml"
    assert "key-2" not in encrypted.read_text()
    key = {"SOPS_AGE_KEY_FILE": str(DEMO_AGE_KEY)}
    decrypted = run(
        [str(places.VENV / "bin" / "sops"), "decrypt", "--output-type", "json", str(encrypted)],
        environment=key,
    )
    assert json.loads(decrypted)["cart"]["sessionKey"] == "key-2"


def test_the_hook_guards_the_working_tree(shop: Layout) -> None:
    before = git("rev-parse", "main", cwd=shop.remote("application"))
    with pytest.raises(SandboxError, match=r"secrets/testing.yaml: line \d+ is not encrypted"):
        change_application(shop, Change("Leak", (append("secrets/testing.yaml", "password: hunter2\n"),)))
    assert git("rev-parse", "main", cwd=shop.remote("application")) == before
    git("reset", "--quiet", "--hard", "origin/main", cwd=shop.checkout("application"))


def test_a_reset_takes_away_one_copy_and_nothing_else(shop: Layout) -> None:
    other = Layout(shop.address, "seed-test-2")
    reset(other)
    kept = {image: tags(shop, image) for image in IMAGES}
    seed(other)
    assert tags(other, "tests") == ["1"]
    client(other.address.s3).put_object(Bucket=other.bucket("testing"), Key="cart-0.1.0.tgz", Body=b"x")
    for _ in range(2):
        reset(other)
        assert [tags(other, image) for image in IMAGES] == [[], [], [], []]
        assert not other.remotes.exists()
        assert not other.checkouts.exists()
        assert buckets(other).isdisjoint(other.buckets)
    assert {image: tags(shop, image) for image in IMAGES} == kept
    assert {*shop.buckets, "thirdparty-charts"} <= buckets(shop)
    assert shop.remote("application").exists()
    repositories.create(other, "tests")
    assert push_image(other, "tests", tag="1").tag in tags(other, "tests")
    reset(other)
