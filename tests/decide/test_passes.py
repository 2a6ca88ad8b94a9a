"""When a pass ends: what was done in it, what is called for now, and what follows."""

from datetime import UTC, datetime

import pytest

from headway.decide.release.actions import (
    Accept,
    Action,
    Adopt,
    Install,
    Nothing,
    RollBack,
    Test,
    Unlock,
    Upgrade,
    Wait,
)
from headway.decide.release.observation import ReleaseFingerprint, Revision
from headway.decide.release.passes import Act, Stop, StopReason, next_step
from headway.decide.release.rollback_target import Uninstall
from headway.model.record import Good

REVISION = Revision(2, "deployed", "2.0.0", datetime(2026, 11, 23, 10, tzinfo=UTC))
TWO = ReleaseFingerprint("sha256:2", "v", "2.0.0")
INSTALL, UPGRADE = Install(TWO), Upgrade(TWO)
TEST, EXPERIMENT = Test(REVISION, TWO, False), Test(REVISION, TWO, True)
BACK, UNLOCK, ADOPT = RollBack(Uninstall()), Unlock(REVISION), Adopt(REVISION)
ACCEPT = Accept(
    REVISION,
    Good(revision=1, chart_digest="sha256:1", values_digest="v", version="1.0.0", tested_at=REVISION.updated),
)


@pytest.mark.parametrize(
    ("done", "action", "step"),
    [
        pytest.param((), Nothing(), Stop(StopReason.NOTHING_TO_DO), id="nothing to do"),
        pytest.param((UPGRADE, TEST), Nothing(), Stop(StopReason.NOTHING_TO_DO), id="all is done"),
        pytest.param((), Wait(), Stop(StopReason.WAITING), id="waits"),
        pytest.param((), INSTALL, Act(INSTALL), id="an install"),
        pytest.param((), UPGRADE, Act(UPGRADE), id="an upgrade"),
        pytest.param((UPGRADE,), TEST, Act(TEST), id="what was upgraded is tested"),
        pytest.param(
            (UPGRADE, TEST), TEST, Stop(StopReason.REPEATED), id="tests that say nothing are not repeated"
        ),
        pytest.param((UPGRADE,), UPGRADE, Stop(StopReason.REPEATED), id="an upgrade is tried once a pass"),
        pytest.param((UPGRADE, TEST), BACK, Act(BACK), id="what failed goes back"),
        pytest.param(
            (UPGRADE, TEST, BACK), EXPERIMENT, Act(EXPERIMENT), id="last good is tested after the rollback"
        ),
        pytest.param((UPGRADE, TEST, BACK, EXPERIMENT), TEST, Stop(StopReason.REPEATED), id="and only once"),
        pytest.param((BACK,), UPGRADE, Stop(StopReason.WENT_BACK), id="nothing new after a rollback"),
        pytest.param((BACK,), INSTALL, Stop(StopReason.WENT_BACK), id="nor after a removal"),
        pytest.param((BACK,), BACK, Stop(StopReason.REPEATED), id="a rollback is tried once a pass"),
        pytest.param((UNLOCK,), UPGRADE, Act(UPGRADE), id="what was unlocked goes on"),
        pytest.param((UNLOCK,), UNLOCK, Stop(StopReason.REPEATED), id="a lock that comes back"),
        pytest.param((), ADOPT, Act(ADOPT), id="an adoption"),
        pytest.param((ADOPT,), ADOPT, Stop(StopReason.REPEATED), id="an adoption is made once"),
        pytest.param((ADOPT,), TEST, Act(TEST), id="what is adopted is tested"),
        pytest.param((ADOPT, TEST), UPGRADE, Act(UPGRADE), id="something newer follows what is adopted"),
        pytest.param((ADOPT, TEST, UPGRADE), TEST, Act(TEST), id="and is tested as well"),
        pytest.param(
            (ADOPT, TEST, UPGRADE, TEST), TEST, Stop(StopReason.REPEATED), id="once, as what came before"
        ),
        pytest.param((), ACCEPT, Act(ACCEPT), id="what was brought back by hand"),
        pytest.param((ACCEPT,), ACCEPT, Stop(StopReason.REPEATED), id="is taken for what it is once"),
    ],
)
def test_next_step(done: tuple[Action, ...], action: Action, step: Act | Stop) -> None:
    assert next_step(done, action) == step
