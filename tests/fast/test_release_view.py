"""The release view on real flows: what is pressed is what the flows are told, by the name of who signed in."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.freeze import freeze
from flows.lift import lift
from flows.roll_back import roll_back
from headway.cli.view_runs import PrefectRuns
from headway.clients.kubernetes.cluster import Cluster
from headway.formats import signed_answer
from headway.view import Looks, NamedCluster
from headway.workspace.status import StatusReader
from tests.fast.conftest import KUBECONFIG, MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop
from tests.view.places import Browser, browser, sign_in, signing_in

PRIVATE, PUBLIC = signed_answer.new_key()


@pytest.fixture
def gated(make_shop: MakeShop) -> Shop:
    """0.1.0 waits for an approval that is given in the release view."""
    policy = {"gate": "approval", "settle": "0s", "approval_key": PUBLIC, "approvers": "[ada]"}
    shop = make_shop(supplied=True, environments=("testing",), testing=policy)
    assert shop.deliver() == [("testing", "Suspended")]
    return shop


@pytest.fixture
def view(gated: Shop, tmp_path: Path) -> Iterator[Browser]:
    """Ada has signed in. What waits is installed nowhere yet, so that its record alone tells of it."""
    (tmp_path / "key").write_text(PRIVATE)
    said = signing_in(tmp_path).model_copy(update={"approval_key": "key"})
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG.format(server=gated.host("testing")))
    looks = Looks(
        [NamedCluster("here", lambda: Cluster.from_kubeconfig(file))],
        lambda cluster: StatusReader().read_all(cluster),
        lives_seconds=0,
    )
    with browser(looks, said, tmp_path, runs=PrefectRuns()) as opened:
        sign_in(opened, "ada")
        yield opened


def press(view: Browser, action: str, **fields: str) -> str:
    """With what its page holds; the title of the answer."""
    path = f"/releases/shop/testing/{action}"
    page = view.get(path).text.partition("<main")[2]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = view.post(path, data={**hidden, **fields}).text
    found = re.search("<h1>(.*?)</h1>", answer)
    return html.unescape(found[1]) if found else answer


def test_from_approval_to_roll_back(gated: Shop, view: Browser) -> None:
    assert "Release shop to testing" in view.get("/applications/shop").text
    assert "first install of 0.1.0" in view.get("/releases/shop/testing/answer").text
    assert press(view, "answer", answer="approve", reason="seen") == "Approved"
    assert prefect_runs.work() == [("testing", "Released")]
    assert gated.audit() == [("approved", "0.1.0", "ada", "seen")]

    gated.change_code()
    assert gated.deliver() == [("testing", "Suspended")]
    assert press(view, "answer", answer="reject", reason="not on a Friday") == "Rejected"
    assert prefect_runs.work() == [("testing", "Rejected")]
    assert gated.audit()[0] == ("rejected", "0.1.1", "ada", "not on a Friday")

    assert press(view, "release", reason="it is Monday") == "Release: started"
    assert prefect_runs.work() == [("testing", "Suspended")]
    assert press(view, "answer", answer="approve") == "Approved"
    assert prefect_runs.work() == [("testing", "Released")]
    assert gated.good() == ["0.1.1", "0.1.0"]
    assert gated.audit()[1] == ("started", "", "ada", "it is Monday")

    assert "Back to 0.1.0" in view.get("/releases/shop/testing/roll-back").text
    assert press(view, "roll-back", reason="orders fail") == "Roll back: started"
    prefect_runs.execute(roll_back)
    assert gated.audit()[0] == ("held", "0.1.0", "ada", "orders fail")
    page = view.get("/").text
    assert "ada holds 0.1.0: orders fail" in page

    assert press(view, "freeze", reason="the database moves") == "Freeze: started"
    prefect_runs.execute(freeze)
    assert "frozen by ada: the database moves" in view.get("/").text
    assert press(view, "lift", choice="freeze", reason="it has moved") == "Lift: started"
    prefect_runs.execute(lift)
    assert gated.audit()[0][0] == "freeze-lifted"


@pytest.mark.story
def test_one_who_may_approve_in_the_view_and_not_by_policy_is_refused_by_the_flow(
    gated: Shop, view: Browser
) -> None:
    view.cookies.clear()
    sign_in(view, "bob")
    assert press(view, "answer", answer="approve", reason="why not") == "Approved"
    assert prefect_runs.work() == [("testing", "Answer refused")]
    (state,) = {prefect_runs.state(run.id) for run in prefect_runs.release_runs()}
    assert "policy does not name bob" in state
    assert (gated.audit(), gated.good()) == ([], [])
