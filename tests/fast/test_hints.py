"""Hints may come in any order, twice, or never: with one poll after them, git is where it would be without any."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.deliver import deliver
from flows.watch import watch
from headway.cli import main
from headway.decide.hints import concerned
from headway.formats.hints import kinds
from headway.model.hints import HintedApplication
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import REGISTRY, Shop

SERVICES = ("cart", "catalog")


def hints(shop: Shop) -> Iterator[bytes]:
    """What CI, and a registry, say of the newest image of each service, and somebody of what is nobody's."""
    for name in SERVICES:
        yield json.dumps({"image": f"{REGISTRY}/shop/{name}:{shop.tag(name)}"}).encode()
        yield json.dumps({"git": shop.service(name).url, "branch": "main"}).encode()
    yield json.dumps({"image": "elsewhere.example.com/shop/cart:main-0000000"}).encode()


def heard(shop: Shop, hint: bytes) -> None:
    """What a receiver and the trigger of `deliver` make of it."""
    known = {shop.name: HintedApplication(images=(f"{REGISTRY}/shop",), git=(f"file://{shop.folder}",))}
    for event in concerned.events(kinds.read("generic", hint), known):
        deliver(event.application, {**event.payload, "event": event.name})
        prefect_runs.work()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.story
def test_any_shuffle_loss_and_doubling_and_one_poll_end_in_the_same_git_state(
    seed: int, make_shop: MakeShop
) -> None:
    chance = random.Random(seed)
    shop = make_shop(delivered=True, services=SERVICES, environments=("testing",))
    before = shop.git.read("values.yaml")
    former = [shop.tag(name) for name in SERVICES]
    said: list[bytes] = []
    built_of: dict[str, list[str]] = {name: [] for name in SERVICES}
    for text in ("// one\n", "// two\n"):
        for name in SERVICES:
            shop.change_code(name, text)
            built_of[name].append(shop.tag(name))
        said += [hint for hint in hints(shop) for _ in range(chance.choice((0, 1, 2)))]
        chance.shuffle(said)
        now, said = said[: len(said) // 2], said[len(said) // 2 :]
        for hint in now:
            heard(shop, hint)
    for hint in said[:3]:
        heard(shop, hint)
    watch()
    prefect_runs.work()
    for old, name in zip(former, SERVICES, strict=True):
        before = before.replace(old, shop.tag(name))
    assert shop.git.read("values.yaml") == before
    assert {shop.image(service=name) for name in SERVICES} == {
        f"{REGISTRY}/shop/{name}:{shop.tag(name)}" for name in SERVICES
    }
    changes = shop.git.git("log", "--format=", "-p", "--", "values.yaml").splitlines()
    written = [line for line in changes if line.startswith("+")]
    for name in SERVICES:
        *between, newest = [sum(tag in line for line in written) for tag in built_of[name]]
        assert newest == 1, "none is lost, none committed twice"
        assert max(between) <= 1
    everything = shop.everything()
    for hint in hints(shop):
        heard(shop, hint)
    watch()
    assert prefect_runs.work() == []
    assert shop.everything() == everything


@pytest.mark.parametrize(
    ("image", "said"),
    [
        pytest.param([f"{REGISTRY}/shop/cart:main-0000000"], "", id="of a service"),
        pytest.param([f"{REGISTRY}/shop/cart", "main-0000000"], "", id="of a service, in two words"),
        pytest.param(
            [f"{REGISTRY}/shop/catr:main-0000000"],
            (
                f"shop: no service has the image {REGISTRY}/shop/catr, so that the look will find nothing new of it. "
                f"Its headway.yaml has {REGISTRY}/shop/cart.\n"
            ),
            id="of none",
        ),
    ],
)
def test_who_hints_at_an_image_that_no_service_has_is_told(
    image: list[str], said: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hint", "image", *image, "--application", shop.name]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == (f"headway.image.pushed: headway.application.{shop.name}\n", said)


def test_where_its_git_does_not_answer_nobody_knows_whose_an_image_is(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = Path(shop.git.url.removeprefix("file://"))
    moved.rename(moved.with_name("elsewhere"))
    assert main(["hint", "image", "r.example.com/catr:1", "--application", shop.name]) == 0
    assert capsys.readouterr().err == ""
