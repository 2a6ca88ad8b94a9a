"""Pages for reading, over a cluster in memory: what became of a release, what lies between two, what runs in a cluster."""

import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.clients.registry import Registry
from headway.decide.review import look_times
from headway.decide.review.look_times import LastLook, LookTimes
from headway.decide.review.workloads import Origin, WorkloadImage, references, workloads
from headway.errors import Unreachable
from headway.formats.markdown import fenced, folded
from headway.model.record import Attempt, ReleaseRecord
from headway.model.release_history import HistoryImage
from headway.view import Looks, NamedCluster, metrics, told_by_runs, warming
from headway.view.base import View
from headway.view.looks import Seen, Sight
from headway.view.releases import NEWEST
from headway.view.runs import Report, RunLine
from headway.workspace import image_facts
from headway.workspace.release_history import ReleaseHistoryReader
from tests.fast.memory.api_server import ApiServer
from tests.fast.memory.registry import MemoryRegistry
from tests.view.places import (
    NOW,
    Browser,
    FakeRuns,
    browser,
    cluster,
    recorded,
    sign_in,
    signing_in,
    status,
    stored,
)

OTHER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  template: {spec: {containers: [{name: web, image: 'registry.example.com/shop/web:main-1a2b3c4'}]}}
---
apiVersion: v1
kind: Secret
metadata: {name: pass}
stringData: {password: correct-horse-battery}
"""


@pytest.fixture
def server_and_view(tmp_path: Path) -> Iterator[tuple[ApiServer, Browser, FakeRuns]]:
    real, server = cluster(tmp_path)
    stored(server, "shop-testing", "shop", 3, "1.2.0", OTHER)
    runs = FakeRuns()
    found = (status(version="1.2.0"), status(environment="staging"))
    view = Looks([NamedCluster("here", lambda: real)], lambda _: found)
    with browser(view, signing_in(tmp_path), tmp_path, runs=runs) as opened:
        sign_in(opened, "ada")
        yield server, opened, runs


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(page)).split())


def test_what_became_of_a_release(server_and_view: tuple[ApiServer, Browser, FakeRuns]) -> None:
    _, view, _ = server_and_view
    said = text(view.get("/releases/shop/testing").text)
    for each in (
        "1.1.0, revision 2: release, tested 2026-11-23 10:00:00 UTC , 42 s",
        "registry.example.com/shop/web:main-1a2b3c4, commit 1a2b3c4",
        f"Commit {'c' * 40}",
        "What you may do Release Run tests Roll back Freeze Approve or reject: not now. No release waits for an answer. ",
        "Promote: not now. No environment comes before testing",
        "Lift: not now. There is nothing to lift here.",
    ):
        assert each in said


def test_what_lies_between_two_revisions_and_no_secret_of_it(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, _ = server_and_view
    page = view.get("/releases/shop/testing/compare?from=2&to=3").text
    assert "version 1.1.0 1.2.0" in text(page)
    assert "+ Secret/pass" in text(page)
    assert "correct-horse-battery" not in page
    assert "correct-horse-battery" not in view.get("/releases/shop/testing/revisions/3").text


@pytest.mark.parametrize(
    ("description", "at_a_site", "shown"),
    [
        pytest.param("Headway: shop 1.3.0", False, True, id="Headway's, which knows its secrets"),
        pytest.param(
            "Headway: shop 1.3.0", True, False, id="Headway's at a site, which has secrets of its own"
        ),
        pytest.param(
            "Upgrade complete", False, False, id="of somebody's own helm, whatever a record says of it"
        ),
    ],
)
def test_values_of_what_others_brought_are_not_shown(
    description: str, at_a_site: bool, shown: bool, server_and_view: tuple[ApiServer, Browser, FakeRuns]
) -> None:
    server, view, _ = server_and_view
    claimed = Attempt(
        chart_digest="d", values_digest="v", version="1.3.0", revision=5, started_at=NOW, outcome="passed"
    )
    record = ReleaseRecord(application="shop", environment="testing", release="shop", attempts=(claimed,))
    server.store.delete("/api/v1/namespaces/shop-testing/configmaps/headway.shop")
    recorded(server, record)
    stored(server, "shop-testing", "shop", 4, "1.2.0", config={"plain": "a-value-of-before"})
    stored(
        server,
        "shop-testing",
        "shop",
        5,
        "1.3.0",
        config={"plain": "a-value-of-now"},
        description=description,
        at_a_site=at_a_site,
    )
    for page in ("compare?from=4&to=5", "revisions/5"):
        answer = view.get(f"/releases/shop/testing/{page}")
        assert answer.status_code == 200
        assert ("a-value-of-now" in answer.text) == (shown and page != "revisions/5"), page


@pytest.mark.parametrize(
    "path",
    [
        "compare?from=2&to=99",
        "compare",
        "compare?from=x&to=²",
        "revisions/0",
        "revisions/1%0a",
        "compare?with=nowhere",
    ],
)
def test_what_nobody_knows_is_not_there(
    path: str, server_and_view: tuple[ApiServer, Browser, FakeRuns]
) -> None:
    _, view, _ = server_and_view
    assert view.get(f"/releases/shop/testing/{path}").status_code == 404


def test_a_revision_leads_to_the_one_before(server_and_view: tuple[ApiServer, Browser, FakeRuns]) -> None:
    _, view, _ = server_and_view
    page = view.get("/releases/shop/testing/revisions/3").text
    assert 'href="/releases/shop/testing/compare?from=2&amp;to=3"' in page
    assert "Deployment" in text(page)


HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m"


def test_a_change_on_its_way(server_and_view: tuple[ApiServer, Browser, FakeRuns]) -> None:
    _, view, runs = server_and_view
    runs.delivered = [
        Report(
            "shop-delivery",
            NOW,
            f"| update_application | web | left as it is | main-9999999 {HOSTILE} |",
            "u",
        )
    ]
    said = text(view.get("/applications/shop/deliveries/main-1a2b3c4").text)
    for each in (
        "No registry is asked.",
        f"In commit {'c' * 12} of the application, from which 1.0.0 was made.",
        "testing : done 1.1.0 was here, tested; 1.2.0 came after.",
        "its record does not say where its versions come from",
    ):
        assert each in said
    left = view.get("/applications/shop/deliveries/main-9999999").text
    assert (
        "Nothing took it up. web: left as it is (main-9999999 &lt;img src=x onerror=alert(1)&gt;\\u001b[31m)"
        in left
    )
    assert 'href="/applications/shop/deliveries/1.2.0"' in view.get("/applications/shop").text


@pytest.mark.parametrize(
    "path",
    [
        "/applications/shop/deliveries/main-7777777",
        "/applications/shop/deliveries/" + "9" * 301,
        "/applications/none/deliveries/1.2.0",
        "/applications/shop/deliveries/%3Cscript%3E",
        "/applications/shop/events",
    ],
)
def test_a_change_that_nothing_names_is_not_there(
    path: str, server_and_view: tuple[ApiServer, Browser, FakeRuns]
) -> None:
    _, view, _ = server_and_view
    assert view.get(path).status_code == 404


def test_a_change_is_for_whoever_may_read_of_the_application(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, _ = server_and_view
    view.cookies.clear()
    sign_in(view, "eve")
    assert view.get("/applications/shop/deliveries/1.2.0").status_code == 404
    assert view.get("/applications/shop/events?change=1.2.0").status_code == 404


def test_pods_of_a_release(server_and_view: tuple[ApiServer, Browser, FakeRuns]) -> None:
    server, view, _ = server_and_view
    annotations = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop-testing"}
    server.store.create(
        "/apis/apps/v1/namespaces/shop-testing/deployments",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop-testing", "annotations": annotations},
            "spec": {
                "replicas": 2,
                "template": {"spec": {"containers": [{"name": "c", "image": "r/web:1"}]}},
            },
        },
    )
    assert "Deployment web 2 0 0" in text(view.get("/releases/shop/testing/pods").text)
    assert 'href="/releases/shop/testing/pods"' in view.get("/releases/shop/testing").text
    assert view.get("/releases/shop/nowhere/pods").status_code == 404
    assert view.get("/releases/shop/nowhere/pods/events").status_code == 404


def test_evidence_is_shown_as_text(server_and_view: tuple[ApiServer, Browser, FakeRuns]) -> None:
    _, view, runs = server_and_view
    runs.kept = [
        Report("Why 1.2.0 failed", NOW, "## <b>log</b>\n[a](javascript:x)\x1b[31m", "http://prefect/1")
    ]
    page = view.get("/releases/shop/testing/reports").text
    assert "## &lt;b&gt;log&lt;/b&gt;\n[a](javascript:x)\\u001b[31m" in page


def test_what_evidence_folds_away_is_folded_and_stays_text(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, runs = server_and_view
    hostile = "</pre></details><script>alert(1)</script>"
    said = "\n".join(["## It failed", "", *fenced([hostile]), *folded("Ordinary events: 1", [hostile])])
    runs.kept = [Report("Why 1.2.0 failed", NOW, said, "http://prefect/1")]
    page = view.get("/releases/shop/testing/reports").text
    assert "&lt;details&gt;" not in page
    assert "<summary>Ordinary events: 1<" in page
    assert page.count(html.escape(hostile)) == 2
    assert "<script>alert" not in page
    assert page.count("<details") == page.count("</details>") == 2


def test_a_run_that_is_not_over_has_taken_no_time(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, runs = server_and_view
    runs.lines = [
        RunLine("release", "Release shop", "shop", "testing", "Running", "RUNNING", "", NOW, None, "u")
    ]
    assert 'data-label="Seconds">-<' in view.get("/applications/shop").text


def test_runs_of_what_one_may_not_read_are_not_shown(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, runs = server_and_view
    runs.lines = [
        RunLine(
            "release",
            f"Release shop to {each}",
            "shop",
            each,
            "Released",
            "COMPLETED",
            f"says {each}",
            NOW,
            1.0,
            "u",
        )
        for each in ("testing", "staging")
    ]
    assert "says staging" in view.get("/applications/shop").text
    view.cookies.clear()
    sign_in(view, "bob")
    page = view.get("/applications/shop").text
    assert ("says testing" in page, "says staging" in page) == (True, False)
    assert '<svg class="picture" role="img" aria-label="testing: 1.2.0, InSync"' in page


def test_when_it_is_looked_at_is_told_and_why_it_failed_to_whoever_may_read_all(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, runs = server_and_view
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    runs.times = LookTimes(LastLook(at, True, "FAILED", "staging: no"), None, look_times.PAUSED)
    said = "Looked at 2026-11-23 10:00 UTC (poll), which failed{}, no next look: watch is paused"
    assert said.format(" (staging: no)") in view.get("/applications/shop").text
    view.cookies.clear()
    sign_in(view, "bob")
    assert said.format("") in view.get("/applications/shop").text


def test_a_dry_run_is_no_delivery_and_no_release_at_work(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, runs = server_and_view
    done = RunLine("deliver", "Deliver new", "new", "", "Completed", "COMPLETED", "", NOW, 1.0, "u")
    runs.lines = [replace(done, is_dry_run=True), done]
    assert view.get("/applications/new").text.count("Deliver new</a> (dry run: it changes nothing)") == 1
    at_work = RunLine("release", "Release new", "new", "testing", "Running", "RUNNING", "", NOW, 1.0, "u")
    assert len(told_by_runs.open_runs([at_work, replace(at_work, is_dry_run=True)])) == 1


def test_deliveries_are_for_whoever_may_read_any_of_it(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, runs = server_and_view
    runs.lines = [RunLine("deliver", "Deliver new", "new", "", "Completed", "COMPLETED", "", NOW, 1.0, "u")]
    assert "Deliver new" in view.get("/applications/new").text
    for who in ("bob", "eve"):
        view.cookies.clear()
        sign_in(view, who)
        assert view.get("/applications/new").status_code == 404


def test_what_waits_for_an_answer_is_on_the_board_of_whoever_may_see_it(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    _, view, runs = server_and_view
    runs.lines = [
        RunLine("release", "Release new", "new", "testing", "Suspended", "PAUSED", "", NOW, 1.0, "u")
    ]
    assert 'href="/releases/new/testing/answer"' in view.get("/").text
    view.cookies.clear()
    sign_in(view, "reader")
    page = view.get("/").text
    assert ("Release new" in page, 'href="/releases/new/testing/answer"' in page) == (True, False)
    view.cookies.clear()
    sign_in(view, "bob")
    assert "Release new" not in view.get("/").text


def test_without_prefect_what_runs_is_still_shown(
    server_and_view: tuple[ApiServer, Browser, FakeRuns], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, view, runs = server_and_view

    def away(*_: object) -> list[RunLine]:
        raise Unreachable("no answer", where="Prefect server")

    monkeypatch.setattr(runs, "recent", away)
    monkeypatch.setattr(runs, "unanswered", away)
    board = view.get("/").text
    assert ("1.2.0" in board, "Prefect does not answer: what waits for an answer is not known" in board) == (
        True,
        True,
    )
    answer = view.get("/applications/shop")
    assert (answer.status_code, "Prefect does not answer" in answer.text) == (200, True)
    monkeypatch.setattr(runs, "reports", away)
    assert view.get("/releases/shop/testing/reports").status_code == 503


def test_a_cluster_shows_also_what_nobody_here_released(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    server, view, _ = server_and_view
    server.store.create(
        "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}}
    )
    spec = {
        "template": {
            "spec": {"containers": [{"name": "c", "image": "registry.example.com/web:main-1a2b3c4"}]}
        }
    }
    for namespace, name, annotations in (
        (
            "shop-testing",
            "web",
            {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop-testing"},
        ),
        ("other", "stranger", {}),
    ):
        metadata = {"name": name, "namespace": namespace, "annotations": annotations}
        server.store.create(
            f"/apis/apps/v1/namespaces/{namespace}/deployments",
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec},
        )
    said = text(view.get("/clusters/here").text)
    assert "Deployment web shop-testing" in said
    assert (
        f"shop in testing shop 1.2.0, revision 3 registry.example.com/web:main-1a2b3c4 (commit 1a2b3c4) {'c' * 40}"
        in said
    )
    assert "Deployment stranger other" in said
    view.cookies.clear()
    sign_in(view, "bob")
    assert "stranger" not in view.get("/clusters/here").text
    view.cookies.clear()
    sign_in(view, "eve")
    assert view.get("/clusters/here").status_code == 404


def test_metrics_are_prometheus_text() -> None:
    odd = 'a"b\\c\nd'
    seen = Seen("here", status(application=odd, waits="1.1.0"))
    said = metrics.text(Sight(NOW, (seen,), ()), [seen])
    assert 'headway_release_state{application="a\\"b\\\\c\\nd",environment="testing"' in said
    lines = [each for each in said.splitlines() if not each.startswith("#")]
    assert all(re.fullmatch(r'headway_\w+\{(\w+="([^"\\]|\\.)*",?)*\} \d+', each) for each in lines)
    named = [each.split()[2] for each in said.splitlines() if each.startswith("# TYPE")]
    assert len(named) == len(set(named)) == 7


def test_where_a_workload_comes_from() -> None:
    pod = {"containers": [{"image": "a:1"}], "initContainers": [{"image": "b:2"}]}
    template = {"template": {"spec": pod}}
    objects = [
        {
            "kind": "CronJob",
            "metadata": {"name": "nightly", "namespace": "n"},
            "spec": {"jobTemplate": {"spec": template}},
        },
        {
            "kind": "Deployment",
            "metadata": {
                "name": "web",
                "namespace": "n",
                "labels": {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "cart-1.2.0"},
                "annotations": {"meta.helm.sh/release-name": "shop"},
            },
            "spec": {"replicas": 2, "template": {"spec": pod}},
            "status": {"readyReplicas": 1},
        },
        {
            "kind": "Pod",
            "metadata": {"name": "of-a-set", "namespace": "n", "ownerReferences": [{}]},
            "spec": pod,
        },
        {
            "kind": "Pod",
            "metadata": {"name": "alone", "namespace": "a"},
            "spec": pod,
            "status": {"phase": "Running"},
        },
    ]
    origin = Origin("shop", "2.0.0", 7, "c")
    alone, nightly, web = workloads(objects, {("n", "shop"): origin}, {"a:1": "abc"})
    assert (alone.name, alone.ready, nightly.name) == ("alone", "Running", "nightly")
    assert (web.chart, web.origin, web.ready, web.release_namespace) == ("cart-1.2.0", origin, "1/2", "n")
    assert web.images == nightly.images == (WorkloadImage("b:2"), WorkloadImage("a:1", "abc"))
    assert references({}) == ()


def test_the_page_of_a_release_reads_and_shows_the_newest_alone(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    server, view, _ = server_and_view
    for revision in range(4, 31):
        stored(server, "shop-testing", "shop", revision, f"2.0.{revision}")
    server.requests.clear()
    page = view.get("/releases/shop/testing").text
    asked = [path for _, path in server.requests if path.endswith("/secrets") or "sh.helm" in path]
    assert (len(asked), page.count("All of revision")) == (2, NEWEST), "which there are, and those"
    assert "2.0.30, revision 30" in text(page)
    assert "?show=all" in page
    whole = view.get("/releases/shop/testing?show=all").text
    assert (whole.count("All of revision"), "?show=all" in whole) == (30, False)


def test_the_page_of_a_revision_reads_that_one_alone(
    server_and_view: tuple[ApiServer, Browser, FakeRuns],
) -> None:
    server, view, _ = server_and_view
    for revision in range(4, 31):
        stored(server, "shop-testing", "shop", revision, f"2.0.{revision}")
    server.requests.clear()
    page = view.get("/releases/shop/testing/revisions/20").text
    fetched = {path.rpartition(".")[2] for _, path in server.requests if "sh.helm.release" in path}
    assert (fetched, "compare?from=19&amp;to=20" in page) == ({"v20"}, True)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-23T10:00:00"]
)
def test_times_that_no_calendar_has_break_no_page(
    at: str, server_and_view: tuple[ApiServer, Browser, FakeRuns]
) -> None:
    server, view, _ = server_and_view
    stored(server, "shop-testing", "shop", 4, "1.3.0", at=at)
    answers = [view.get(f"/releases/shop/testing{more}") for more in ("", "/revisions/4", "/revisions/3")]
    assert {each.status_code for each in answers} <= {200, 404, 409}
    assert answers[0].status_code == 200


def registry_of(answers: list[str]) -> Registry:
    """With the image that runs, to which a list of parts is attached whose builder says markup."""
    memory = MemoryRegistry()
    memory.push("shop/web", "main-1a2b3c4", revision="1a2b3c4" + "0" * 33)
    said = {
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {"builder": {"id": "<b>me</b>\x1b[31m"}},
    }
    content = json.dumps(said).encode()
    layer = f"sha256:{hashlib.sha256(content).hexdigest()}"
    manifest = json.dumps({"layers": [{"digest": layer, "size": len(content)}]}).encode()
    referrer = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    memory.documents |= {layer: content, referrer: manifest}

    def answer(request: httpx.Request) -> httpx.Response:
        answers.append(request.url.path)
        if "/referrers/" in request.url.path:
            return httpx.Response(
                200, json={"manifests": [{"digest": referrer, "artifactType": "<i>type</i>"}]}
            )
        return memory.answer(request)

    return Registry(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        pytest.param("", False, id="none is named, where people sign in"),
        pytest.param("registries: [registry.example.com/other]\n", False, id="another one"),
        pytest.param("registries: [registry.example.com]\n", True, id="this one"),
    ],
)
def test_what_registries_say_of_the_images_of_a_revision(said: str, asked: bool, tmp_path: Path) -> None:
    real, _ = cluster(tmp_path)
    answers: list[str] = []
    view = Looks([NamedCluster("here", lambda: real)], lambda _: (status(version="1.1.0"),))

    def ask(images: Iterable[HistoryImage], may_ask: Callable[[str], bool]) -> image_facts.Facts:
        return image_facts.of(images, registry_of(answers), may_ask=may_ask, attached=True)

    with browser(view, signing_in(tmp_path, said), tmp_path, ask_images=ask) as opened:
        sign_in(opened, "ada")
        whole = opened.get("/releases/shop/testing/revisions/2").text
        assert answers == [], "the page waits for no registry"
        assert 'data-part="/releases/shop/testing/revisions/2/images"' in whole
        page = opened.get("/releases/shop/testing/revisions/2/images").text
        again = len(answers)
        opened.get("/releases/shop/testing/revisions/2/images")
    assert bool(answers) is asked
    assert len(answers) == again, "what was told is not asked again at once"
    if asked:
        assert "provenance (SLSA): built by &lt;b&gt;me&lt;/b&gt;\\u001b[31m (&lt;i&gt;type&lt;/i&gt;" in page
    else:
        assert "it is none of those that are asked" in page


def test_what_is_warmed_is_one_release_of_each_chart_repository(tmp_path: Path) -> None:
    real, server = cluster(tmp_path)
    looks = Looks([NamedCluster("here", lambda: real), NamedCluster("away", away)], lambda _: ())
    view = cast(View, SimpleNamespace(looks=looks, histories=ReleaseHistoryReader()))
    warming.warm(view)
    assert [path for _, path in server.requests if "sh.helm" in path] == [
        "/api/v1/namespaces/shop-testing/secrets/sh.helm.release.v1.shop.v2"
    ]
    looks.close()


def away() -> Cluster:
    raise Unreachable("no answer", where="away")
