"""watch: the same look at every application; one that fails does not hold up the others."""

import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from uuid import UUID

import pytest
import yaml
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import Artifact, BlockDocument, FlowRun
from prefect.client.schemas.sorting import ArtifactSort, FlowRunSort
from prefect.states import Running

from blocks import Application
from flows import block_documents
from flows import watch as watch_module
from flows.watch import watch
from headway.clients import hosts
from headway.errors import Retryable
from headway.model import run_names
from headway.model.report import StageResult
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop
from tests.memory_prefect import DEPLOYMENTS


@pytest.fixture
def others(delivered: Shop) -> Iterator[None]:
    """Two more are registered, one before and one after the shop: their repositories are not there."""
    names = ("another", "zebra")
    for name in names:
        Application(git_url=f"file://{delivered.folder}/{name}.git").save(name, overwrite=True)
    yield
    for name in names:
        Application.delete(name)


@pytest.mark.usefixtures("others")
def test_one_failing_application_does_not_hold_up_the_others(delivered: Shop) -> None:
    image = delivered.change_code()
    with pytest.raises(Retryable, match="another, zebra could not be delivered whole"):
        watch()
    assert prefect_runs.work() == [("testing", "Released")]
    assert delivered.image() == image


@pytest.fixture
def at_work() -> UUID:
    """Another run of watch, since a moment ago."""
    with get_client(sync_client=True) as client:
        return client.create_flow_run(watch, state=Running()).id


def test_while_another_is_at_work_the_look_is_left_to_it(delivered: Shop, at_work: UUID) -> None:
    delivered.change_code()
    before = delivered.everything()
    state = watch(return_state=True)
    assert (state.name, str(at_work) in str(state.message)) == ("Handed over", True)
    assert delivered.everything() == before


@pytest.mark.usefixtures("at_work")
def test_one_that_never_said_it_had_ended_keeps_no_other_away(
    delivered: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server was killed meanwhile, or its machine."""
    monkeypatch.setattr(watch_module, "AT_WORK", timedelta())
    delivered.change_code()
    watch()
    assert prefect_runs.work() == [("testing", "Released")]


MANY = [f"application-{number}" for number in range(10)]


def test_many_are_looked_at_beside_each_other_as_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is begun before so many are under way; one that fails is named, and keeps no other away."""
    together = threading.Barrier(watch_module.AT_ONCE)
    seen: list[str] = []
    polls: list[bool] = []

    def look(application: str) -> list[StageResult]:
        if len(seen) < watch_module.AT_ONCE:
            seen.append(application)
            together.wait(timeout=30)
        else:
            seen.append(application)
        polls.append(hosts._polls.get())
        if application == MANY[3]:
            raise ValueError("no reason")
        return []

    monkeypatch.setattr(watch_module, "delivered", look)
    monkeypatch.setattr(watch_module, "registered", lambda _: MANY)
    with pytest.raises(Retryable) as failed:
        watch()
    assert str(failed.value) == (
        "watch: application-3 could not be delivered whole\napplication-3: ValueError: no reason"
    )
    assert (sorted(seen), polls) == (sorted(MANY), [True] * len(MANY))
    assert not hosts._polls.get()


def test_none_has_a_run_of_its_own_and_a_report_is_left_of_news_alone(delivered: Shop) -> None:
    """Who reads the newest report finds what is so now; what nothing has come to since is not said again."""
    watch()
    before = reports()
    watch()
    assert reports() == before, "nothing has changed"
    delivered.change_code()
    watch()
    (newest, *others) = reports()
    assert (others, newest.flow_run_id) == (before, runs_of_watch()[0].id)
    assert "Upgrade started" in str(newest.data)
    with get_client(sync_client=True) as client:
        assert {run.name for run in client.read_flow_runs(limit=200)} <= {
            run_names.WATCH,
            "Release shop to testing",
        }


def test_a_log_names_the_application(delivered: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """What stayed as it was is one line, whatever it is."""
    watch()
    caplog.clear()
    watch()
    assert [each for each in caplog.messages if each.startswith("shop: ")] == ["shop: as it was"]
    delivered.change_code()
    watch()
    assert [each for each in caplog.messages if each.startswith("shop: release: testing: Upgrade started")]


def reports() -> list[Artifact]:
    """Newest first."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=["shop-delivery"]))
    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=200)


def runs_of_watch() -> list[FlowRun]:
    """Newest first."""
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=200)
    return [run for run in runs if run.name == run_names.WATCH]


def test_what_others_call_watch_keeps_nobody_away(delivered: Shop) -> None:
    """A flow of the same name on the same server has other deployments."""
    with get_client(sync_client=True) as client:
        other = client.read_deployment_by_name("watch/watch")
        run = client.create_flow_run_from_deployment(other.id, state=Running())
    delivered.change_code()
    state = watch(return_state=True)
    assert (run.deployment_id, state.name) == (other.id, "Completed")


def test_nothing_is_limited_by_what_a_server_may_forget() -> None:
    """Slots of a deployment's limit lie in the memory of Prefect's server; where it is killed, they are taken for ever."""
    deployments = yaml.safe_load(DEPLOYMENTS.read_text())["deployments"]
    assert [each["name"] for each in deployments if "concurrency_limit" in each] == []


def test_everything_that_is_registered_is_looked_at(
    delivered: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    before = delivered.everything()
    watch()
    assert delivered.everything() == before
    assert "Looked at shop" in caplog.messages
    assert "shop: delivery" in str(reports()[0].data)


@pytest.mark.usefixtures("others")
def test_blocks_of_a_kind_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, page = list[str](), block_documents._page

    def counted(client: SyncPrefectClient, slug: str, said: Mapping[str, object]) -> list[BlockDocument]:
        asked.append(slug)
        return page(client, slug, said)

    monkeypatch.setattr(block_documents, "_page", counted)
    with pytest.raises(Retryable):
        watch()
    assert sorted(asked) == ["headway-application", "headway-cluster", "headway-site"]
