"""Whoever may write a record may say that it is another's release: none is shown, or changed, in place of another."""

import html
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release.state import State
from headway.model.record import ReleaseRecord
from headway.view import Looks, NamedCluster, metrics
from tests.view.places import (
    Browser,
    FakeRuns,
    browser,
    cluster,
    csrf,
    looks,
    recorded,
    sign_in,
    signing_in,
    status,
)

TRUE = "/releases/shop/testing?cluster=here&namespace=shop-testing&release=shop"
FORGED = "/releases/shop/testing?cluster=there&namespace=shop-testing&release=shop"


@pytest.fixture
def view(tmp_path: Path) -> Iterator[tuple[Browser, FakeRuns]]:
    runs = FakeRuns()
    seen = looks(
        status(version="1.0.0"),
        status(environment="staging"),
        there=lambda: (status(version="6.6.6", state=State.FROZEN),),
    )
    with browser(seen, signing_in(tmp_path), tmp_path, runs=runs) as opened:
        sign_in(opened, "ada")
        yield opened, runs


def test_a_link_that_names_several_says_so_and_leads_to_each(view: tuple[Browser, FakeRuns]) -> None:
    opened, _ = view
    for page in ("", "/pods", "/reports", "/revisions/1", "/compare?from=1&to=2", "/freeze", "/answer"):
        answer = opened.get(f"/releases/shop/testing{page}")
        assert answer.status_code == 409, page
        assert all(each.replace("&", "&amp;") in answer.text for each in (TRUE, FORGED)), page


def test_links_and_pages_name_the_place_where_there_are_several(view: tuple[Browser, FakeRuns]) -> None:
    opened, _ = view
    for page in ("/", "/applications/shop"):
        shown = opened.get(page).text.replace("&amp;", "&")
        assert all(f'href="{each}"' in shown for each in (TRUE, FORGED)), page
        assert 'href="/releases/shop/staging"' in shown, "what nobody else says they are keeps its address"
    page = opened.get(FORGED.replace("testing?", "testing/freeze?")).text.replace("&amp;", "&")
    assert "shop in testing (namespace shop-testing of cluster there)" in page
    assert FORGED.replace("testing?", "testing/freeze?") in page


def test_a_form_is_for_the_one_that_was_shown(view: tuple[Browser, FakeRuns]) -> None:
    opened, runs = view
    form = {"csrf": csrf(opened.get("/").text), "reason": "why", "what": "freeze", "choice": "freeze"}
    assert opened.post("/releases/shop/testing/lift", data=form).status_code == 409
    assert not runs.started
    assert opened.post(TRUE.replace("testing?", "testing/freeze?"), data=form).status_code == 200
    assert [each for each, _ in runs.started] == ["freeze/freeze"]


def test_another_environment_that_several_say_they_are_is_compared_with_none(
    view: tuple[Browser, FakeRuns],
) -> None:
    opened, _ = view
    assert opened.get("/releases/shop/staging/compare?with=testing").status_code == 409
    page = opened.get("/releases/shop/staging/promote").text
    assert ("The newest that was tested before" in page, "6.6.6" in page) == (True, False)


def test_an_unreadable_record_takes_nobodys_page() -> None:
    """It is called as Helm does: by release and namespace."""
    seen = looks(
        status(),
        status(state=State.UNKNOWN, trouble="ConfigMap testing/headway.shop record.json: it is damaged"),
    )
    assert seen.sight().ambiguous == {("shop", "testing")}
    seen.close()


def test_metrics_name_each_series_once() -> None:
    seen = looks(status(), there=lambda: (status(),))
    sight = seen.sight()
    series = [
        line.rpartition(" ")[0]
        for line in metrics.text(sight, sight.releases).splitlines()
        if line[:1] != "#"
    ]
    assert len(series) == len(set(series))
    seen.close()


def test_figures_and_deliveries_tell_apart_what_says_it_is_the_same(tmp_path: Path) -> None:
    named = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        real, _ = cluster(tmp_path / name)
        named.append(NamedCluster(name, partial(_same, real)))
    with browser(Looks(named, lambda _: (status(),)), signing_in(tmp_path), tmp_path) as opened:
        sign_in(opened, "ada")
        page, series = (opened.get(each).text for each in ("/figures", "/metrics/figures"))
        delivery = opened.get("/applications/shop/deliveries/1.1.0").text
        sign_in(opened, "bob")
        assert "2 releases say that they are shop in testing" in opened.get("/figures").text
        sign_in(opened, "eve")
        assert "shop in testing" not in opened.get("/figures").text
    assert "2 releases say that they are shop in testing: none of them is counted." in page
    assert "headway_deployments{" not in series
    for name in ("here", "there"):
        assert f"testing (release shop in namespace shop-testing of cluster {name})" in delivery


def test_the_page_of_figures_says_what_they_lack(tmp_path: Path) -> None:
    real, server = cluster(tmp_path)
    server.store.create("/api/v1/namespaces", {"metadata": {"name": "forum-testing"}})
    forum = ReleaseRecord(application="forum", environment="testing", release="forum")
    recorded(server, forum, "file:///nonexistent/charts")
    with browser(
        Looks([NamedCluster("here", lambda: real)], lambda _: (status(),)), signing_in(tmp_path), tmp_path
    ) as opened:
        said = "forum in testing: what was released longer ago is not known"
        for who, is_told in (("ada", True), ("bob", False)):
            sign_in(opened, who)
            assert (said in html.unescape(opened.get("/figures").text)) is is_told


def _same(found: Cluster) -> Cluster:
    return found
