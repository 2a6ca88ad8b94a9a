"""What is no error of ours (a mistake in the code, a library's) is the trouble of what it happened to: the rest goes on."""

import errno
import logging
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

import pytest

from flows import promote_all, release_many, stages, starting
from flows.deliver import deliver
from headway.errors import Retryable, Terminal
from headway.workspace.release_context import ReleaseContext
from tasks import publish_chart
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop

MISTAKE = KeyError("spec")


def failing_for(subject: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """`real`, but for what it is asked about one environment or service."""

    def sometimes(*arguments: Any, **keys: Any) -> Any:
        names = [each.environment_name if isinstance(each, ReleaseContext) else each for each in arguments]
        if subject in names:
            raise MISTAKE
        return real(*arguments, **keys)

    return sometimes


@pytest.mark.parametrize(
    ("module", "function", "subject", "released", "line"),
    [
        (
            starting.cancellations,
            "heed",
            "staging",
            ["testing"],
            "release: staging: could not be looked at (KeyError: 'spec')",
        ),
        (
            starting.settled,
            "still",
            "testing",
            ["staging"],
            "release: testing: could not be looked at (KeyError: 'spec')",
        ),
        (
            starting,
            "_run",
            "testing",
            ["staging"],
            "release: testing: its run could not be started (KeyError: 'spec')",
        ),
        (
            promote_all.promote_chart,
            "promote_chart",
            "staging",
            ["testing"],
            "promote: staging: could not be promoted (KeyError: 'spec')",
        ),
        (
            stages,
            "publish_service_chart",
            "cart",
            ["testing", "staging"],
            "publish_charts: cart: not published (KeyError: 'spec')",
        ),
    ],
    ids=["what was cancelled", "a look", "a run that is started", "a promotion", "a service"],
)
def test_a_mistake_is_the_trouble_of_what_it_happens_to(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    module: ModuleType,
    function: str,
    subject: str,
    released: list[str],
    line: str,
) -> None:
    """The run is red, and its log says where in the code it was."""
    assert shop.deliver() == [("testing", "Released")]
    shop.change_code()
    monkeypatch.setattr(module, function, failing_for(subject, getattr(module, function)))
    with pytest.raises(Terminal) as failed:
        deliver(shop.name)
    assert str(failed.value) == f"{shop.name}: {line}"
    assert [run for run, _ in prefect_runs.work()] == released
    assert stacks_told(caplog) == [MISTAKE]


def test_of_several_that_one_run_releases_the_others_are_released(
    make_shop: MakeShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    later = ("eu-1", "eu-2", "eu-3")
    after = {name: {"after": "testing"} for name in later}
    shop = make_shop(supplied=True, environments=("testing", *later), **after)
    assert shop.deliver() == [("testing", "Released")]
    deliver(shop.name)
    heed = release_many.cancellations.heed
    monkeypatch.setattr(release_many.cancellations, "heed", failing_for("eu-2", heed))
    assert prefect_runs.work() == [(", ".join(later), "Not all released")]
    assert [shop.good(each) for each in later] == [["0.1.0"], [], ["0.1.0"]]
    said = prefect_runs.state(prefect_runs.release_runs()[-1].id)
    assert "eu-2: Crashed. KeyError: 'spec'" in said
    assert stacks_told(caplog) == [MISTAKE]
    assert "eu-2: It crashed" in caplog.messages


def test_a_full_disk_is_tried_again_and_says_what_to_do(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/headway-chart-x")

    monkeypatch.setattr(publish_chart, "TemporaryDirectory", full)
    shop.change_code()
    with pytest.raises(Retryable, match=r"a disk of this machine is full .*headway-chart-x.*Make room"):
        deliver(shop.name)


def stacks_told(caplog: pytest.LogCaptureFixture) -> list[BaseException | None]:
    told = [each.exc_info for each in caplog.records if each.levelno >= logging.ERROR and each.exc_info]
    return [stack[1] for stack in told]
