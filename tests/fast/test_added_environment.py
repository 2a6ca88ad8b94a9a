"""An environment that is added to an application that runs already: its first version is one that was made for it as well."""

from pydantic import SecretStr

from blocks import Cluster
from flows.deliver import deliver
from tests.fast.conftest import KUBECONFIG
from tests.fast.memory import prefect_runs
from tests.fast.memory.api_server import ApiServer
from tests.fast.shop import Shop


def added(shop: Shop, name: str = "eu") -> None:
    """By a commit, with its folder of charts and its cluster."""
    (shop.folder / "charts" / name).mkdir()
    shop.systems.clusters.servers[shop.host(name)] = ApiServer(shop.host(name))
    text = KUBECONFIG.format(server=shop.host(name))
    Cluster(kubeconfig=SecretStr(text)).save(f"{shop.name}-{name}", overwrite=True)
    more = f"  {name}: {{charts: 'file://{shop.folder}/charts/{name}', after: testing}}\ntests:\n"
    shop.git.replace("headway.yaml", "tests:\n", more)


def test_what_was_made_before_it_does_not_come_and_is_no_failure(delivered: Shop) -> None:
    added(delivered)
    deliver(delivered.name)
    assert "0.1.0 is not promoted: it was made before eu was in headway.yaml" in delivered.report()
    assert delivered.offered("eu") == []
    prefect_runs.work()
    delivered.deliver_all()
    assert delivered.good("eu") == ["0.1.1"]


def test_nor_by_a_person(delivered: Shop) -> None:
    added(delivered)
    run = prefect_runs.start_by_hand("eu", promote="newest", by="Ada", reason="now")
    prefect_runs.work()
    assert "0.1.0 is not promoted: it was made before eu was in headway.yaml" in prefect_runs.state(run)
