"""`--wait`: what is said at the terminal, and what is in the log, once a run has ended."""

import logging
import re
from typing import Any

import pytest

from flows.deliver import deliver
from flows.release import release
from headway.cli import main, runs
from headway.errors import BadInput, Terminal
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop


def wait(flow: Any, parameters: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Start a run and wait for it; a worker executes it meanwhile."""
    monkeypatch.setattr(runs, "_followed", _executed(flow, runs._followed))
    return runs.start(f"{flow.name}/{flow.name}", parameters, wait=True)


def _executed(flow: Any, ended: Any) -> Any:
    def executed(client: Any, follower: Any, **keys: Any) -> Any:
        prefect_runs.execute(flow)
        return ended(client, follower, **keys)

    return executed


@pytest.mark.story
def test_a_delivery_says_what_it_did_and_why(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered.change_code()
    assert wait(deliver, {"application": delivered.name}, monkeypatch)
    said = capsys.readouterr().out
    assert re.search(r"^update_application +shop +committed", said, re.MULTILINE)
    assert "Left as it was: " in said
    assert said.splitlines()[-1] == "Deliver shop: Completed"


@pytest.mark.story
def test_a_release_that_waits_says_how_to_answer_it(
    make_shop: MakeShop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = make_shop(supplied=True, testing={"gate": "approval"})
    assert wait(release, {"application": shop.name, "environment": "testing"}, monkeypatch)
    assert "headway approve shop testing [--reject] answers it." in capsys.readouterr().out
    deliver(shop.name)
    assert "waits for approval already: headway approve shop testing [--reject] answers it" in shop.report()
    capsys.readouterr()
    assert main(["plan", shop.name, "testing"]) == 0
    assert "first install of 0.1.0" in capsys.readouterr().out
    assert main(["reject", shop.name, "testing", "--approver", "Ada", "--reason", "not today"]) == 0
    assert prefect_runs.work() == [("testing", "Rejected")]
    assert shop.audit()[0] == ("rejected", "0.1.0", "Ada", "not today")


def test_an_ending_that_is_ours_leaves_no_traceback(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.git.push({"headway.yaml": "application: shop\ngates: none\n"})
    with caplog.at_level(logging.INFO), pytest.raises(Terminal):
        deliver(shop.name)
    told = [record for record in caplog.records if "gates" in record.getMessage()]
    assert told
    assert [record for record in caplog.records if record.exc_info] == []


QUOTED = "what a file said"


def _a_mistake_of_ours() -> None:
    raise KeyError(QUOTED)


@pytest.mark.parametrize("level", [logging.INFO, logging.DEBUG])
def test_the_stack_of_what_is_not_ours_is_in_the_debug_log(
    level: int, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("prefect.engine")
    with caplog.at_level(level, logger.name):
        try:
            try:
                _a_mistake_of_ours()
            except KeyError as error:
                raise BadInput("is not a chart", where="shop") from error
        except BadInput:
            logger.exception("Encountered an exception")
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ("ERROR", "shop: is not a chart") in said
    stacks = [text for name, text in said if name == "DEBUG"]
    assert len(stacks) == (level == logging.DEBUG)
    assert all("BadInput was made of KeyError" in text and "_a_mistake_of_ours" in text for text in stacks)
    assert not any(QUOTED in text for text in stacks)
