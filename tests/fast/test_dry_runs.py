"""Dry runs: each says what would be done, and every system is afterwards as it was before."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows.deliver import deliver
from flows.freeze import freeze
from flows.lift import lift
from flows.release import release
from flows.roll_back import roll_back
from headway.errors import Refused
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop


@pytest.fixture
def with_two(delivered: Shop) -> Shop:
    """0.1.0 and 0.1.1 are good in testing, the second one runs."""
    delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    return delivered


def said(state: State[Any]) -> str:
    assert (state.name, state.is_completed()) == ("Dry run", True), state
    return str(state.message)


def test_of_what_people_do_to_a_release(with_two: Shop) -> None:
    before, runs, name = with_two.everything(), len(prefect_runs.release_runs()), with_two.name
    in_words: list[tuple[Callable[[], State[Any]], str]] = [
        (
            lambda: roll_back(name, "testing", "slow", by="Ada", dry_run=True, return_state=True),
            (
                "0.1.0 would be held, and nothing up to 0.1.1 would come back by itself. "
                "OutOfSync: a release would begin with RollBack."
            ),
        ),
        (
            lambda: freeze(name, "testing", "stocktaking", by="Ada", dry_run=True, return_state=True),
            "shop in testing would be frozen by Ada: stocktaking. Frozen: a release would change nothing.",
        ),
        (
            lambda: release(name, "testing", by="Ada", dry_run=True, return_state=True),
            "InSync: a release would change nothing. 0.1.1 is wanted, deployed and tested.",
        ),
    ]
    for act, words in in_words:
        assert words in said(act())
    with pytest.raises(Refused, match="there is no hold to lift"):
        lift(name, "testing", "hold", "why", dry_run=True)
    assert with_two.everything() == before
    assert len(prefect_runs.release_runs()) == runs


@pytest.mark.story
def test_of_a_lift(delivered: Shop) -> None:
    freeze(delivered.name, "testing", "stocktaking")
    before = delivered.everything()
    words = said(lift(delivered.name, "testing", "freeze", "counted", dry_run=True, return_state=True))
    assert "freeze would be lifted; it was the freeze by a person: stocktaking. InSync" in words
    place = [f"application:{delivered.name}", "environment:testing"]
    tags = {flow: prefect_runs.tags_of(flow) for flow in ("freeze", "lift")}
    assert tags == {"freeze": place, "lift": place}, "people filter runs by them"
    assert delivered.everything() == before


@pytest.mark.story
def test_of_a_release_leaves_the_plan_and_asks_nobody(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, testing={"gate": "approval"})
    before = shop.everything()
    run = prefect_runs.start_by_hand("testing", dry_run=True)
    assert prefect_runs.work() == [("testing", "Dry run")]
    assert "a release would begin with Install" in prefect_runs.state(run)
    assert "A person would be asked because every release" in prefect_runs.state(run)
    assert "first install of 0.1.0" in shop.report("testing-plan")
    kept = prefect_runs.values(run, "plan")
    assert (kept["before"], kept["after"]) == ("", "0.1.0")
    assert {"object": "Deployment/cart", "kind": "added", "role": "resource"} in kept["changes"]
    assert shop.everything() == before


def test_of_a_delivery(shop: Shop) -> None:
    before = shop.everything()
    assert said(deliver(shop.name, dry_run=True, return_state=True)) == "Nothing was changed."
    assert "\n\n1 would be done.\n" in shop.report()
    assert "| publish_charts | cart | would publish cart 0.1.0 |" in shop.report()
    assert shop.everything() == before
    assert prefect_runs.release_runs() == []
    shop.deliver_all()
    shop.change_code()
    before = shop.everything()
    deliver(shop.name, dry_run=True)
    assert "| would commit to main: Update cart to" in shop.report()
    assert shop.everything() == before


def test_of_a_delivery_to_a_gate_says_who_is_asked_and_once_somebody_is_that(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, environments=("testing",), testing={"gate": "approval"})
    deliver(shop.name, dry_run=True)
    asks = "0.1.0 is wanted and nothing is installed. A person is asked before anything changes. |"
    assert f"| release | testing | would start Install | {asks}" in shop.report()
    assert shop.deliver() == [("testing", "Suspended")]
    assert "A person is asked before anything changes. Run " in shop.report()
    before = shop.everything()
    deliver(shop.name, dry_run=True)
    assert (
        "| release | testing | Absent | 'Release shop to testing' waits for approval already: "
        in shop.report()
    )
    assert shop.everything() == before


def test_of_the_first_delivery_of_an_application_that_names_its_images_nothing_fails(shop: Shop) -> None:
    shop.deliver_all()
    files = {each: shop.git.read(each) for each in ("Chart.yaml", "Chart.lock", "values.yaml")}
    shutil.rmtree(shop.folder / "charts" / "testing")
    (shop.folder / "charts" / "testing").mkdir()
    shop.git.push({**files, "values/testing.yaml": "greeting: good morning\n"}, "Begin anew")
    before = shop.everything()
    deliver(shop.name, dry_run=True)
    assert "\n\n1 would be done.\n" in shop.report()
    assert "| publish_charts | shop | comes after cart 0.1.0 |" in shop.report()
    assert shop.everything() == before
