"""What a person has promoted: brought from the environment before by the rules of a delivery, in their name."""

import pytest

from flows.freeze import freeze
from flows.release import release
from headway.errors import BadInput, Refused
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop


@pytest.fixture
def ahead(delivered: Shop) -> Shop:
    """0.1.1 is good in testing; 0.1.0 runs in staging, which nobody has delivered to since."""
    delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    return delivered


def promoted(**more: bool) -> str:
    """As the command does: name and message of how it ended."""
    said = {"promote": "newest", "by": "Ada", "reason": "the sale is over"}
    run = prefect_runs.start_by_hand("staging", **said, **more)
    prefect_runs.work()
    return prefect_runs.state(run)


def test_what_was_tested_before_is_brought_and_released_in_the_name_of_who_asked(ahead: Shop) -> None:
    prefect_runs.events()
    assert promoted().startswith("Released: ")
    assert ahead.good("staging")[0] == "0.1.1"
    assert ahead.audit("staging")[0] == ("promoted", "0.1.1", "Ada", "the sale is over")
    (told,) = [said for name, said in prefect_runs.events() if name == "headway.release.decided"]
    assert (told["decision"], told["by"], told["why"]) == ("promoted", "Ada", "the sale is over")
    assert ahead.deliver() == []
    assert promoted().startswith("In sync: "), "once more, nothing is brought and nothing released"
    assert len(ahead.history("staging")) == 2
    assert ahead.audit("staging")[0] == (
        "started",
        "0.1.1",
        "Ada",
        "the sale is over (0.1.1 is here already)",
    )


def test_a_record_names_the_environments_that_its_versions_pass(delivered: Shop) -> None:
    said = {
        name: delivered.live(f"configmaps/headway.{delivered.name}", name)["metadata"]["annotations"]
        for name in ("testing", "staging")
    }
    assert {name: each["headway/way"] for name, each in said.items()} == {
        "testing": "testing",
        "staging": "testing staging",
    }


def test_a_dry_run_plans_what_would_come_and_changes_nothing(ahead: Shop) -> None:
    before = ahead.everything()
    state = promoted(dry_run=True)
    assert "0.1.1 is good in testing: it would be promoted. OutOfSync" in state
    assert "0.1.0 → 0.1.1" in ahead.report("staging-plan")
    assert ahead.everything() == before


def test_it_goes_past_no_freeze_and_nothing_untested_and_writes_nothing(ahead: Shop) -> None:
    freeze(ahead.name, "staging", "stocktaking", by="Bob")
    before = ahead.everything()
    for version, reason, error, sentence in (
        ("newest", "why", Refused, "0.1.1 is not promoted: the environment is frozen by Bob: stocktaking"),
        (
            "0.1.2",
            "why",
            Refused,
            r"0\.1\.2 has not passed its tests in testing.*one that has: 0\.1\.1, 0\.1\.0",
        ),
        ("newest", " ", BadInput, "a reason is needed"),
    ):
        with pytest.raises(error, match=sentence):
            release(ahead.name, "staging", promote=version, by="Ada", reason=reason)
    assert ahead.everything() == before


def test_it_waits_at_the_gate_and_an_answer_is_heeded(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, staging={"gate": "approval"})
    assert ("testing", "Released") in shop.deliver()
    run = prefect_runs.start_by_hand("staging", promote="newest", by="Ada", reason="now")
    assert prefect_runs.work() == [("staging", "Suspended")]
    prefect_runs.answer(run, approved=True)
    freeze(shop.name, "staging", "stocktaking", by="Bob")
    prefect_runs.work()
    kinds = [kind for kind, *_ in shop.audit("staging")]
    assert kinds == ["approved", "frozen", "promoted"]
    assert shop.history("staging") == [], "the freeze came first"
