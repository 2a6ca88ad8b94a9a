"""Every kind of image policy over the sandbox's registry, through a look as a delivery takes it."""

import subprocess
import uuid
from collections.abc import Callable

import pytest

from headway.clients.registry import Registry
from headway.decide.supply.image_policies import ImageChoice
from sandbox.address import Address
from tests.supplied_shop import REGISTRY, SuppliedShop

pytestmark = pytest.mark.sandbox
TAGS = {
    "1.9.0": "7",
    "1.10.0": "8",
    "2.0.0-rc.1": "9",
    "2026.04.1": "10",
    "2026.04.2": "11",
    "build-9": "12",
    "build-10": "13",
    "main-20260115T1011": "14",
    "main-20260116": "15",
    "stable": "16",
}
"""By tag the number in label build.number; the last three are of the branch's head."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sandbox: Address) -> SuppliedShop:
    shop = SuppliedShop(tmp_path_factory.mktemp("shop")).begin()
    folder = f"{sandbox.registry}/headway-test/{uuid.uuid4().hex[:8]}"
    crane, cart = str(sandbox.bin / "crane"), f"{folder}/shop/cart"
    empty = ["append", "--oci-empty-base", "--insecure", "--new_layer", "/dev/null", "--new_tag"]
    subprocess.run([crane, *empty, f"{cart}:none"], check=True, capture_output=True)
    first = shop.head("cart")
    newest = shop.push("cart", {"main.go": "2"})
    for at, (tag, number) in enumerate({**TAGS, f"main-{newest[:7]}": "17"}.items()):
        commit = newest if at > 6 else first
        labels = [f"--label=build.number={number}", f"--label=org.opencontainers.image.revision={commit}"]
        mutated = [crane, "mutate", "--insecure", f"{cart}:none", *labels, "--tag", f"{cart}:{tag}"]
        subprocess.run(mutated, check=True, capture_output=True)
    text = shop.show("headway.yaml").replace(f"{REGISTRY}/", f"{folder}/")
    shop.push("application", {"headway.yaml": text})
    return shop


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [
        pytest.param("{kind: commit-order}", lambda head: f"main-{head[:7]}", id="commit-order"),
        pytest.param('{kind: semver, range: ">=1"}', lambda _: "1.10.0", id="semver"),
        pytest.param('{kind: semver, range: ">=2.0.0-0"}', lambda _: "2.0.0-rc.1", id="semver, pre-releases"),
        pytest.param("{kind: calver, format: YYYY.0M.MICRO}", lambda _: "2026.04.2", id="calver"),
        pytest.param(
            "{kind: regex, match: 'build-([0-9]+)', order: numeric}",
            lambda _: "build-10",
            id="regex by number",
        ),
        pytest.param(
            "{kind: regex, match: 'main-([0-9]{8}.*)', order: date}",
            lambda _: "main-20260116",
            id="regex by time",
        ),
        pytest.param(
            "{kind: newest-build, label: build.number}", lambda head: f"main-{head[:7]}", id="newest-build"
        ),
        pytest.param("{kind: exact, tag: 1.9.0}", lambda _: "1.9.0", id="exact"),
    ],
)
def test_what_each_kind_chooses(policy: str, chosen: Callable[[str], str], shop: SuppliedShop) -> None:
    choice = look(shop, policy)
    assert choice.build, choice.why
    assert choice.build.tag == chosen(shop.head("cart"))


def test_a_tag_is_pinned_by_the_digest_that_the_registry_tells(shop: SuppliedShop, sandbox: Address) -> None:
    choice = look(shop, "{kind: digest, tag: stable}")
    assert choice.build
    image = next(line for line in shop.show("headway.yaml").split() if line.endswith("/shop/cart,"))
    crane = [str(sandbox.bin / "crane"), "digest", "--insecure", f"{image.rstrip(',')}:stable"]
    digest = subprocess.run(crane, check=True, capture_output=True, text=True).stdout.strip()
    assert (choice.build.tag, choice.build.commit) == (f"stable@{digest}", shop.head("cart"))


def test_images_that_do_not_say_when_they_were_built_have_no_order(shop: SuppliedShop) -> None:
    choice = look(shop, "{kind: newest-build, match: 'build-.*'}")
    assert choice.build is None
    assert "its image does not say when it was built" in choice.why


def look(shop: SuppliedShop, policy: str) -> ImageChoice:
    text = shop.show("headway.yaml")
    begin = text.index("image:", text.index("cart:"))
    image = text[begin:].split("}")[0].split(",")[0]
    rest = text[text.index("\n", begin) :]
    shop.push("application", {"headway.yaml": f"{text[:begin]}{image}, policy: {policy}}}{rest}\n"})
    workspace = shop.workspace()
    workspace._systems.registry = Registry()
    return workspace.services.look("cart", workspace.source).image
