"""The example names no real place, its headway.yaml is valid, and seeding replaces every address."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from headway.formats import headway_yaml
from sandbox.address import Address, S3Address
from sandbox.failure import SandboxError
from sandbox.seed import Layout
from tests.examples.conftest import EXAMPLE, REPOSITORIES


def addresses(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "Dockerfile" not in file.name:
            for url in re.findall(r"\bhttps?://[^\s\"')]+", file.read_text()):
                yield f"{file.relative_to(folder)}: {url}", urlsplit(url).hostname or ""


def test_every_address_is_an_example_or_inside_the_cluster() -> None:
    inside = {"catalog", "cart", "storefront", "{{"}
    found = list(addresses(EXAMPLE))
    assert len(found) > 10
    assert [where for where, host in found if not host.endswith(".example.com") and host not in inside] == []


def test_headway_yaml_is_an_application() -> None:
    application = headway_yaml.read((REPOSITORIES["application"] / "headway.yaml").read_text())
    chart = yaml.safe_load((REPOSITORIES["application"] / "Chart.yaml").read_text())
    read_addresses = {dependency["repository"] for dependency in chart["dependencies"]}
    assert set(application.services) == {"catalog", "cart", "storefront"}
    assert application.environments[application.first_environment].charts_url in read_addresses
    assert [environment.gate for environment in application.environments.values()] == [
        "automatic",
        "automatic",
        "approval",
    ]


def layout(name: str) -> Layout:
    nowhere = Path("/nowhere")
    s3 = S3Address("http://127.0.0.1:8333", "key", "secret", "us-east-1")
    git = "git://127.0.0.1:9418"
    return Layout(
        Address(nowhere, nowhere, "127.0.0.1:5000", s3, git, nowhere / "git", "", nowhere, nowhere / "age"),
        name,
    )


def test_seeding_replaces_every_address() -> None:
    for name in ("application", *("catalog", "cart", "storefront")):
        for file in REPOSITORIES[name].rglob("*"):
            if file.suffix in {".yaml", ".tpl"} and file.is_file():
                text = file.read_text()
                for example, ours in layout("shop-t1").replacements().items():
                    text = text.replace(example, ours)
                assert "example.com" not in text, file


@pytest.mark.parametrize("name", ["", "-shop", "Shop", "shop/../other", "../other", "shop_1"])
def test_a_name_that_could_reach_another_copy_is_refused(name: str) -> None:
    with pytest.raises(SandboxError, match="is not a name"):
        layout(name)
