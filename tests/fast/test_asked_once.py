"""How often a release asks its API server for what: what it has just read or written itself it does not ask for again, and what
others write meanwhile it sees all the same.
"""

from collections import Counter
from collections.abc import Callable
from contextvars import copy_context
from threading import Thread

import pytest

from flows.deliver import deliver
from flows.freeze import freeze
from headway.workspace import release_context
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop

LATER = ("eu-1", "eu-2", "eu-3")
KINDS = {
    "record": "/configmaps/headway.shop",
    "lease": "/leases/headway.shop",
    "key": "/secrets/headway.shop",
    "Helm's revisions": "/namespaces/shop-eu-2/secrets",
    "namespace": "/api/v1/namespaces/shop-eu-2",
}
ONE_RELEASE = {
    "GET record": 1,
    "PUT record": 3,  # it is tried, it is deployed, it has passed
    "GET lease": 1,
    "GET key": 1,
    "GET Helm's revisions": 3,  # before helm, after it, after the tests
}


@pytest.fixture(autouse=True)
def on_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment is long enough for it."""
    monkeypatch.setattr(release_context, "JUST_NOW", 60.0)


@pytest.fixture
def running(make_shop: MakeShop) -> Shop:
    """0.1.0 runs everywhere; 0.1.1 has passed in the first environment, and is about to be released to three."""
    after = {name: {"after": "testing"} for name in LATER}
    made = make_shop(delivered=True, environments=("testing", *LATER), **after)
    made.change_code()
    assert made.deliver() == [("testing", "Released")]
    deliver(made.name)
    return made


def beside(act: Callable[[], object]) -> None:
    """In a thread, as somebody else: what runs has a lock of its own."""
    thread = Thread(target=copy_context().run, args=(act,))
    thread.start()
    thread.join()


def test_a_release_asks_for_nothing_that_it_knows(running: Shop) -> None:
    running.cluster("eu-2").requests.clear()
    assert prefect_runs.work() == [(", ".join(LATER), "Released")]
    asked = Counter(
        f"{method} {kind}"
        for method, path in running.cluster("eu-2").requests
        for kind, ending in KINDS.items()
        if path.endswith(ending)
    )
    # How often it is renewed is a matter of time.
    del asked["PUT lease"]
    assert asked == ONE_RELEASE


def test_the_environment_that_feeds_many_is_asked_once_for_all(running: Shop) -> None:
    running.cluster("testing").requests.clear()
    prefect_runs.work()
    asked = [path for _, path in running.cluster("testing").requests if path.endswith(KINDS["record"])]
    assert 1 <= len(asked) < len(LATER), "each of them decides by it three times"


@pytest.mark.parametrize(
    ("before", "version"),
    [
        pytest.param("PUT /configmaps/headway.shop", "0.1.1", id="as it is written that it is tried"),
        pytest.param("PUT /leases", "0.1.0", id="as the lease is taken"),
    ],
)
def test_a_freeze_meanwhile_is_kept_and_told(running: Shop, before: str, version: str) -> None:
    def person() -> None:
        beside(lambda: freeze(running.name, "eu-2", "the database is moved", return_state=True))

    with running.quarrel("eu-2", before, person):
        prefect_runs.work()
    assert running.record("eu-2")["freeze"]["why"] == "the database is moved"
    assert running.history("eu-2")[-1][2] == version
    assert [running.good(each)[0] for each in ("eu-1", "eu-3")] == ["0.1.1", "0.1.1"]


def test_a_record_that_is_deleted_meanwhile_ends_the_release(running: Shop) -> None:
    """Of what is good a first record would know nothing, and there would be no way back."""
    before = running.history("eu-2")
    with running.quarrel("eu-2", "PUT /configmaps/headway.shop", lambda: running.forget_record("eu-2")):
        assert prefect_runs.work() == [(", ".join(LATER), "Not all released")]
    assert running.history("eu-2") == before
    assert "eu-2: Failed. release record of shop in eu-2: it was deleted" in prefect_runs.state(
        prefect_runs.release_runs()[-1].id
    )
    deliver(running.name)
    assert (prefect_runs.work(), running.history("eu-2")) == ([], before), "it looks like a person's"


def test_no_way_back_is_gone_over_what_a_person_brought_a_moment_ago(
    make_shop: MakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    """They mend what they see fail: right before it is written down that it did."""
    shop = make_shop(delivered=True)
    shop.change_code()
    shop.mishap("0.1.1", 'cannot patch "cart" with kind Deployment: spec.selector: field is immutable')

    def once_it_is_tried() -> None:
        shop.cluster().meanwhile.append(("PUT /configmaps/headway.shop", shop.upgrade_by_hand))

    with shop.quarrel("testing", "PUT /configmaps/headway.shop", once_it_is_tried):
        assert shop.deliver() == [("testing", "Unmanaged")]
    assert shop.history()[-1] == (3, "deployed", "9.9.9")
    assert "Revision 3 was made by hand; it is left alone." in caplog.text


def test_who_is_told_to_look_again_reads_what_changed_a_moment_ago(
    running: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """A person freezes right before the lease is given back, and their run, which finds it held, leaves the mark."""
    frozen = list[object]()

    def freezes() -> None:
        def person() -> None:
            freeze(running.name, "eu-2", "the database is moved", return_state=True)
            frozen.append(running.release("eu-2"))

        beside(person)

    def once_it_is_taken() -> None:
        running.cluster("eu-2").meanwhile.append(("PUT /leases", freezes))

    with running.quarrel("eu-2", "PUT /leases", once_it_is_taken):
        prefect_runs.work()
    assert frozen, "the lease was not given back"
    assert "eu-2: Frozen: Nothing. Frozen by a person: the database is moved." in caplog.text
    assert running.good("eu-2")[0] == "0.1.1"
