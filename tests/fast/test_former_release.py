"""A release that its application has left for another name or place: a person takes it off the board, and nothing else."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from blocks import Application, Cluster, Site
from headway.cli import kubeconfig
from headway.cli.commands import headway
from headway.clients.kubernetes.lease import ReleaseLease
from headway.errors import BadInput, Conflict, Refused
from tests.fast.conftest import KUBECONFIG, MakeShop
from tests.fast.shop import Shop
from tests.fast.test_site import looked

NAME, PLACE = "depot", ("depot", "premises")


@pytest.fixture
def shop(make_shop: MakeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A site of it is released under its own name, and by now also as `shop`; a kubeconfig of its cluster is at hand."""
    made = make_shop(supplied=True)
    text = KUBECONFIG.format(server=made.host("staging"))
    (tmp_path / "kubeconfig").write_text(text)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    Cluster(kubeconfig=SecretStr(text)).save(f"{NAME}-premises", overwrite=True)
    add(made)
    assert looked() == [("premises", "Released")]
    yield made
    with suppress(ValueError):
        Site.delete(NAME)


def add(shop: Shop, *more: str) -> str:
    charts = ["--charts", f"file://{shop.folder}/charts/testing", "--chart", shop.name]
    return call("add", *charts, "--environment", "premises", "--name", NAME, *more).output


def call(*words: str) -> Result:
    done = CliRunner().invoke(headway, [*words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def shown() -> list[str]:
    return call("status", NAME, "-o", "name").output.split()


def record(shop: Shop, release: str, namespace: str = "depot-premises") -> bool:
    path = f"/api/v1/namespaces/{namespace}/configmaps/headway.{release}"
    return shop.cluster("staging").store.find(path) is not None


def test_what_a_site_was_called_before_goes_from_the_board(shop: Shop) -> None:
    said = add(shop, "--release", "shop")
    off = "headway remove depot premises --release depot --namespace depot-premises"
    assert (
        f"what was released as depot in namespace depot-premises of depot-premises stays, and stays on the board; {off}"
        in said
    )
    assert looked() == [("premises", "Released")]
    assert shown() == ["depot/premises"] * 2
    with pytest.raises(
        BadInput, match=r"several releases say that they are it.*headway remove depot premises"
    ):
        call("remove", *PLACE)
    with pytest.raises(Refused, match="the application is released there today"):
        call("remove", *PLACE, "--release", "shop")
    named = off.split()[1:]
    would = call(*named, "--dry-run").output
    assert would.startswith(
        "would remove the record of depot in namespace depot-premises of https://staging.example.com"
    )
    assert (record(shop, "depot"), record(shop, "shop")) == (True, True)
    done = call(*named).output
    assert done.startswith("removed the record of depot in namespace depot-premises of ")
    assert "last good 0.1.0, 0 rejections, " in done
    assert "stays: what runs there; helm uninstall depot --namespace depot-premises takes that away" in done
    assert (record(shop, "depot"), record(shop, "shop")) == (False, True)
    assert shown() == ["depot/premises"]
    assert looked() == [], "nothing else has changed"
    with pytest.raises(BadInput, match="no record of it is here"):
        call(*named)


def test_the_same_name_in_another_namespace_is_another_release(shop: Shop) -> None:
    add(shop, "--namespace", "elsewhere")
    assert looked() == [("premises", "Released")]
    with pytest.raises(Refused, match="the application is released there today"):
        call("remove", *PLACE, "--namespace", "elsewhere")
    call("remove", *PLACE, "--namespace", "depot-premises")
    assert (record(shop, "depot"), record(shop, "depot", "elsewhere")) == (False, True)


def test_what_is_not_registered_any_more_may_go(shop: Shop) -> None:
    with pytest.raises(Refused, match="the application is released there today"):
        call("remove", *PLACE)
    call("remove", NAME)
    call("remove", *PLACE)
    assert not record(shop, "depot")


@pytest.mark.usefixtures("shop")
def test_an_environment_that_headway_yaml_does_not_name_any_more_goes(make_shop: MakeShop) -> None:
    made = make_shop(delivered=True)
    place = (made.name, "staging")
    with pytest.raises(Refused, match="the application is released there today"):
        call("remove", *place)
    lines = made.git.read("headway.yaml").split("  staging:")
    made.git.push({"headway.yaml": f"{lines[0]}tests: []\n"}, "Give up staging")
    call("remove", *place)
    assert made.record("staging") == {}
    assert isinstance(Application.load(made.name), Application)


def test_a_run_at_work_and_a_record_that_was_just_written_are_left(shop: Shop) -> None:
    call("remove", NAME)
    cluster = kubeconfig.cluster(None, None)
    held = ReleaseLease(cluster, "depot-premises", NAME).acquire("ada")
    with pytest.raises(Refused, match="ada is at work there"):
        call("remove", *PLACE)
    held.__exit__()  # type: ignore[union-attr]
    store = shop.cluster("staging").store
    path = "/api/v1/namespaces/depot-premises/configmaps/headway.depot"

    def written() -> None:
        store.replace(path, store.get(path))

    with shop.quarrel("staging", "DELETE /configmaps", written), pytest.raises(Conflict):
        call("remove", *PLACE)
    assert record(shop, "depot")


def test_options_of_a_cluster_alone_say_what_is_missing() -> None:
    with pytest.raises(BadInput, match="Name its environment: headway remove depot ENVIRONMENT"):
        call("remove", NAME, "--release", "depot")
