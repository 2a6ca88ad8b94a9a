"""What a delivery costs in requests, from its look to promotion; a look that finds nothing writes nothing."""

import pytest
from prefect import flow

from flows.stages import BEFORE_RELEASES, run_stages
from headway.workspace.systems import PolicyPlace
from tests.supplied_shop import SuppliedShop, counting


@flow
def deliver(shop: SuppliedShop) -> None:
    lines = run_stages(BEFORE_RELEASES, shop.workspace())
    assert not [str(line) for line in lines if line.failed]


def nothing(_: SuppliedShop) -> None:
    pass


def new_image(shop: SuppliedShop) -> None:
    shop.push("cart", {"main.go": "2"})
    shop.push_image("cart")


def new_chart(shop: SuppliedShop) -> None:
    shop.push("cart", {"main.go": "3", "chart/values.yaml": "replicas: 2\n"})
    shop.push_image("cart")


NOTHING = {"git": 4, "registry": 2, "charts": 4, "api": 3}
COSTS = {
    # git and helm count processes, the others requests.
    "nothing to do": (nothing, NOTHING),
    "one new image": (new_image, {"git": 9, "registry": 6, "charts": 11, "helm": 5, "api": 4}),
    "one new image with a new chart": (
        new_chart,
        {"git": 17, "registry": 6, "charts": 18, "helm": 10, "api": 4},
    ),
    "nothing to do again": (nothing, NOTHING),
}


def test_requests_of_a_delivery(shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an application of two services and two environments, tested and promoted."""
    shop.tested()
    deliver(shop)
    counting(shop, monkeypatch)
    measured = {}
    for name, (change, _) in COSTS.items():
        change(shop)
        shop.requests.clear()
        deliver(shop)
        measured[name] = dict(shop.requests)
    assert measured == {name: requests for name, (_, requests) in COSTS.items()}


POLICY = {
    "beside headway.yaml": ("", {"git": 4}),
    "in a repository of its own": ("policy", {"git": 6}),
}


@pytest.mark.story
@pytest.mark.parametrize(("repository", "more"), POLICY.values(), ids=POLICY.keys())
def test_policy_that_lives_apart_is_read_once_a_look(
    repository: str, more: dict[str, int], shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.policy_moves(PolicyPlace("policy.yaml", shop.git(repository).url if repository else ""))
    shop.tested()
    deliver(shop)
    counting(shop, monkeypatch)
    shop.requests.clear()
    deliver(shop)
    assert dict(shop.requests) == NOTHING | more
