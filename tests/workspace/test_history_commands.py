"""What the commands of the past print, of records, Helm's storage and archives; against an API server that only answers."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headway.cli import main
from headway.cli.late_runs import LateRuns
from headway.clients.chart_repository import open_writable_repository
from headway.clients.kubernetes.cluster import Cluster
from headway.formats import record_json
from headway.model.audit import AuditEntry
from headway.model.charts import COMMIT_ANNOTATION
from headway.model.record import Attempt, Good, ReleaseRecord
from headway.model.release_history import HistoryEntry
from headway.model.release_ref import ReleaseRef
from headway.workspace import release_archive
from tests.clients.packages import package
from tests.workspace.test_status import ApiServer, known, kubeconfig, of_no_server, repository, server

__all__ = ["kubeconfig", "server"]
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
HEADWAY_YAML = base64.b64encode(
    b"application: shop\nenvironments: {testing: {charts: 's3://t'}, staging: {charts: 's3://s', after: testing}}\n"
).decode()
MANIFEST = """---
# Source: shop/charts/cart/templates/web.yaml
apiVersion: v1
kind: Pod
metadata: {{name: cart}}
spec:
  containers:
    - name: web
      image: r.example/cart:{tag}
---
apiVersion: v1
kind: Secret
metadata: {{name: s}}
data: {{key: {secret}}}
"""
Run = Callable[..., tuple[int, str, str]]


def stored(
    server: ApiServer,
    namespace: str,
    revision: int,
    status: str,
    tag: str,
    description: str = "",
    more: dict[str, Any] | None = None,
) -> None:
    metadata = {
        "name": "web",
        "version": f"1.{revision}.0",
        "annotations": {COMMIT_ANNOTATION: str(revision) * 40},
        "dependencies": [{"name": "cart", "version": f"0.{revision}.0"}],
    }
    secret = base64.b64encode(f"password-number-{revision}".encode()).decode()
    document = {
        "chart": {"metadata": metadata, "files": [{"name": "headway.yaml", "data": HEADWAY_YAML}]},
        "config": {"replicas": revision, **(more or {})},
        "info": {"status": status, "last_deployed": at(revision).isoformat(), "description": description},
        "manifest": MANIFEST.format(tag=tag, secret=secret),
        "hooks": [{"name": "check", "events": ["test"], "last_run": {"phase": "Succeeded"}}],
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(document).encode()))).decode()
    labels = {"owner": "helm", "name": "shop", "version": str(revision), "status": status}
    name = f"sh.helm.release.v1.shop.v{revision}"
    server.add("Secret", namespace, name, labels, data={"release": packed})


def at(revision: int) -> datetime:
    return NOW + timedelta(minutes=revision)


def attempt(revision: int) -> Attempt:
    made: dict[str, Any] = {"chart_digest": f"sha256:{revision}", "values_digest": "v", "revision": revision}
    times = {"started_at": at(revision), "ended_at": at(revision) + timedelta(seconds=30)}
    return Attempt(**made, **times, version=f"1.{revision}.0", outcome="passed")


@pytest.fixture
def shop(server: ApiServer, tmp_path: Path) -> str:
    """Two revisions of testing, the second approved; an older one in the archive. Its chart repository."""
    url = repository(tmp_path / "testing")
    for version, commit in (("1.1.0", "1" * 40), ("1.2.0", "2" * 40)):
        open_writable_repository(url).publish(package("web", version, commit=commit), created=NOW)
    attempts = (attempt(2), attempt(1))
    record = ReleaseRecord(
        application="shop",
        environment="testing",
        release="shop",
        attempts=attempts,
        good=(
            Good(revision=2, chart_digest="sha256:2", values_digest="v", version="1.2.0", tested_at=at(3)),
        ),
        audit=(
            AuditEntry(kind="approved", by="Ada", at=NOW, why="it is time", digest="sha256:2", run="a-run"),
        ),
    )
    known(server, "shop-testing", record_json.serialise(record), url)
    stored(server, "shop-testing", 1, "superseded", "main-1111111", "Headway: web 1.1.0")
    stored(server, "shop-testing", 2, "deployed", "main-2222222", "Headway: web 1.2.0")
    old = HistoryEntry(
        7, "0.9.0", "release", outcome="passed", started_at=NOW - timedelta(days=40), status="deployed"
    )
    release_archive.keep(open_writable_repository(url), ReleaseRef("shop", "testing", "shop"), [old])
    return url


@pytest.fixture
def run(kubeconfig: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--kubeconfig", str(kubeconfig)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.mark.usefixtures("shop")
def test_history_tells_also_what_only_the_archive_knows(run: Run) -> None:
    code, out, err = run("history", "shop", "testing")
    assert (code, err) == (0, "")
    titles, *rows = (line.split() for line in out.splitlines())
    assert titles == ["REVISION", "VERSION", "WHEN", "WHAT", "ENDED", "TOOK", "BY", "WHY"]
    assert [row[:2] + row[3:] for row in rows] == [
        ["2", "1.2.0", "release", "tested", "30s", "Ada", "it", "is", "time"],
        ["1", "1.1.0", "release", "tested", "30s", "headway", "-"],
        ["7", "0.9.0", "release", "tested", "-", "-", "-"],
    ]
    assert run("history", "shop", "testing", "--last", "1", "-o", "name")[1] == "shop/testing/2\n"
    newest = json.loads(run("history", "shop", "testing", "-o", "json")[1])[0]
    assert (newest["images"][0]["commit"], newest["in_helm"], newest["run"]) == ("2222222", True, "a-run")


@pytest.mark.usefixtures("shop")
def test_show_tells_what_is_in_a_revision(run: Run) -> None:
    code, out, _ = run("show", "shop", "testing")
    said = dict(line.split(None, 1) for line in out.splitlines())
    assert code == 0
    assert said["revision"] == "2"
    assert said["image"] == "r.example/cart:main-2222222, commit 2222222, chart cart 0.2.0"
    assert said["objects"] == "2: 1 Pod, 1 Secret"
    assert (said["test"], said["values"], said["commit"]) == ("check: passed", "replicas", "2" * 40)
    values = json.loads(run("show", "shop", "testing", "1", "-o", "json")[1])
    assert (values["version"], len(values["objects"])) == ("1.1.0", 2)
    assert "Helm has forgotten" in run("show", "shop", "testing", "7")[1]


@pytest.mark.usefixtures("shop")
def test_diff_tells_what_lies_between_two_revisions_and_no_secret(run: Run) -> None:
    code, out, _ = run("diff", "shop", "testing", "1", "2")
    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:2] == ["WHAT revision 1 revision 2", "version 1.1.0 1.2.0"]
    assert "image r.example/cart main-1111111 main-2222222" in lines
    assert f"between: 1.2.0, commit {'2' * 12}, published {NOW:%Y-%m-%dT%H:%M:%SZ}" in lines
    between = json.loads(run("diff", "shop", "testing", "1", "2", "-o", "json")[1])["versions"]
    assert between == [{"version": "1.2.0", "published": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "commit": "2" * 40}]
    assert {
        "~ Pod/cart",
        "~ Secret/s",
        "~ values given beside the chart's own (helm get values)",
        "-replicas: 1",
        "+replicas: 2",
    } <= set(lines)
    assert "password" not in out
    assert base64.b64encode(b"password-number-1").decode() not in out
    assert run("diff", "shop", "testing", "1", "-o", "name")[1].split() == [
        "Pod/cart",
        "Secret/s",
        "values",
    ]
    assert run("diff", "shop", "testing", "2", "2")[2].startswith("revision 2 and revision 2 are the same")


@pytest.mark.usefixtures("shop")
def test_diff_compares_once_with_what_lives_whatever_the_state(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def drifted(_: Cluster, resources: Sequence[Mapping[str, Any]], *place: str) -> tuple[str, ...]:
        asked.append(f"{' '.join(each['kind'] for each in resources)} in {place[0]}")
        return ("Secret s is missing",)

    monkeypatch.setattr(Cluster, "drifted", drifted)
    code, out, _ = run("diff", "shop", "testing", "--live")
    assert (code, [" ".join(line.split()) for line in out.splitlines()][1]) == (
        0,
        "drift Secret s is missing",
    )
    assert asked == ["Pod Secret in shop-testing"]


@pytest.mark.usefixtures("shop")
def test_trace_finds_a_commit_where_it_runs_and_says_what_it_could_not_ask(run: Run) -> None:
    code, out, err = run("trace", "2222222")
    assert code == 0
    assert out.splitlines()[1].startswith("shop/testing/2  yes")
    assert ("name a clone of its repository by --repository" in out, err) == (True, "")
    _, out, err = run("trace", "2222222", "-o", "json")
    assert ("name a clone" in " ".join(json.loads(out)["unknown"]), err) == (True, "")
    assert run("trace", "cart:0.1.0", "-o", "name")[1] == "shop/testing/1\n"
    assert run("trace", "nothing")[:2] == (1, "")


@pytest.mark.usefixtures("shop")
def test_figures_count_what_was_released(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LateRuns, "_runs", property(of_no_server))
    code, out, _ = run("figures")
    assert code == 0
    assert out.splitlines()[1].split()[:3] == ["shop", "testing", "2"]
    assert (
        'headway_deployments{application="shop",environment="testing",release="shop"} 2'
        in run("figures", "--prometheus")[1]
    )
    code, out, err = run("delivery", "shop", "1.1.0")
    assert (code, "testing" in out, "PREFECT_API_URL: no Prefect server is named" in err) == (
        0,
        True,
        True,
    ), err
    stages = [line.split()[2:] for line in run("figures", "--stages")[1].splitlines()[1:]]
    assert ["upgraded", "not", "known", "not", "known", "0", "of", "2"] in stages


def test_a_delivery_by_the_order_of_a_headway_yaml(
    shop: str, server: ApiServer, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LateRuns, "_runs", property(of_no_server))
    older = {name: repository(tmp_path / name) for name in ("branch-2", "branch-1")}
    for name in ("branch-1", "branch-2"):
        record = ReleaseRecord(application="shop", environment=name, release="shop")
        known(server, f"shop-{name}", record_json.serialise(record), older[name])
    after = "".join(f"  {name}: {{charts: '{url}', after: testing}}\n" for name, url in older.items())
    text = f"application: shop\nenvironments:\n  testing: {{charts: '{shop}'}}\n{after}"
    (tmp_path / "headway.yaml").write_text(text)

    def told(*more: str) -> tuple[list[str], str]:
        _, out, err = run("delivery", "shop", "1.2.0", *more)
        return [line for line in out.splitlines() if line.startswith(("branch", "testing"))], err

    lines, err = told()
    assert [line.split()[0] for line in lines] == ["testing", "branch-1", "branch-2"]
    assert "after which environment some come is not known" in err
    lines, err = told("-f", str(tmp_path))
    assert [line.split()[0] for line in lines] == ["testing", "branch-2", "branch-1"]
    assert all("passed its tests in testing" in line for line in lines[1:]), lines
    assert "after which environment" not in err
    (tmp_path / "headway.yaml").write_text(text.replace("application: shop", "application: other"))
    assert "it is of other. Name the headway.yaml of shop" in told("-f", str(tmp_path))[1]


def test_what_was_made_by_hand_is_told_by_release_and_namespace(server: ApiServer, run: Run) -> None:
    stored(server, "by-hand", 1, "superseded", "1.0", "Install complete")
    stored(server, "by-hand", 2, "deployed", "2.0", "Upgrade complete", {"web": {}})
    code, out, err = run("history", "shop", "by-hand")
    assert (code, err) == (0, "")
    assert [line.split()[3:5] for line in out.splitlines()[1:]] == [["by", "hand"], ["by", "hand"]]
    assert "Upgrade complete" in out
    assert "image" in run("show", "shop", "by-hand")[1]
    assert run("trace", "r.example/cart:1.0", "-o", "name")[1] == "shop/by-hand/1\n"
    said = run("diff", "shop", "by-hand", "1", "2")[1]
    assert "+replicas" not in said.replace("+replicas: <not shown", "")
    assert "+web: {}" in said, "what is empty keeps no secret"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(
            ["history", "shop", "nowhere"], "is here; of shop there is testing", id="no such environment"
        ),
        pytest.param(
            ["history", "shop", "nowhere"],
            "Was nothing released yet: headway doctor shop.",
            id="not released",
        ),
        pytest.param(
            ["history", "ship", "testing"], "no such release is here; there is shop", id="no such application"
        ),
        pytest.param(["show", "shop", "testing", "99"], "nobody knows a revision 99", id="no such revision"),
        pytest.param(["diff", "shop", "1", "2"], "not two things to compare", id="no environment"),
        pytest.param(["diff", "shop", "testing"], "not two things to compare", id="nothing to compare with"),
        pytest.param(
            ["diff", "shop", "testing", "1", "--live"], "about one environment", id="live and a revision"
        ),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_is_not_there_is_bad_input(run: Run, arguments: list[str], says: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert says in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["status", "other"], "no release of other has a record here", id="status"),
        pytest.param(["status", "shpo"], "a record here; did you mean shop?", id="status of a slip"),
        pytest.param(["figures", "shpo"], "a record here; did you mean shop?", id="figures of a slip"),
        pytest.param(["figures", "other"], "no release of other has a record here", id="figures"),
        pytest.param(
            ["figures", "other", "--prometheus"],
            "no release of other has a record",
            id="figures for programs",
        ),
        pytest.param(["trace", "zzz"], "nothing that is known here names zzz", id="trace"),
        pytest.param(
            ["delivery", "other", "1.2.0"], "nothing that is known of other names it", id="delivery of none"
        ),
        pytest.param(["delivery", "shop", "9.9.9"], "nothing that is known of shop names it", id="delivery"),
        pytest.param(["audit", "shop", "nowhere"], "no record of it is here", id="audit"),
        pytest.param(["explain", "shop", "nowhere"], "nothing was released there yet", id="explain"),
        pytest.param(["explain", "shop", "nowhere"], "headway doctor shop says what", id="explain: doctor"),
        pytest.param(["quarantine", "other"], "no record of it is here", id="quarantine"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_is_named_and_not_to_be_found_ends_with_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.setattr(LateRuns, "_runs", property(of_no_server))
    code, _, err = run(*arguments)
    assert (code, says in err) == (1, True), err


@pytest.mark.parametrize(
    "arguments", [["status", "shop"], ["status"], ["figures"], ["trace", "1.2.0"]], ids=" ".join
)
@pytest.mark.usefixtures("shop")
def test_what_is_found_ends_with_none(run: Run, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 0


def test_an_archive_that_does_not_answer_is_a_line_of_trouble(
    server: ApiServer, run: Run, tmp_path: Path
) -> None:
    record = ReleaseRecord(application="shop", environment="testing", release="shop", attempts=(attempt(1),))
    known(server, "shop-testing", record_json.serialise(record), f"file://{tmp_path}/away")
    code, out, err = run("history", "shop", "testing")
    assert (code, len(out.splitlines())) == (0, 2)
    assert "what was released longer ago is not known" in err


HOSTILE = "<b>taken</b>\x1b[2J\x1b]0;taken\x07\u202e[click](javascript:x)"


@pytest.fixture
def hostile_shop(server: ApiServer, tmp_path: Path) -> None:
    """Log, message, reason and description of whoever may write them, each with what rules a terminal."""
    failed = attempt(2).model_copy(update={"outcome": "tests-failed", "cause": "version", "reason": HOSTILE})
    said = AuditEntry(kind="approved", by="Ada", at=NOW, why=HOSTILE, digest="sha256:2", run=HOSTILE)
    record = ReleaseRecord(
        application="shop",
        environment="testing",
        release="shop",
        attempts=(failed, attempt(1)),
        audit=(said,),
    )
    known(server, "shop-testing", record_json.serialise(record), repository(tmp_path / "testing"))
    stored(server, "shop-testing", 1, "superseded", "main-1111111", HOSTILE)
    stored(server, "shop-testing", 2, "deployed", "main-2222222", HOSTILE, more={HOSTILE: HOSTILE})


@pytest.mark.parametrize(
    "command",
    [
        ("history", "shop", "testing"),
        ("history", "shop", "testing", "-o", "wide"),
        ("show", "shop", "testing", "2"),
        ("show", "shop", "testing", "1"),
        ("diff", "shop", "testing", "1", "2"),
        ("diff", "shop", "testing", "1", "2", "-o", "name"),
        ("diff", "shop", "testing", "--live"),
        ("trace", "1.2.0"),
        ("status", "-n", "shop-testing"),
        ("audit", "shop", "testing"),
        ("figures",),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("hostile_shop")
def test_what_others_wrote_rules_no_terminal(command: tuple[str, ...], run: Run) -> None:
    _, out, err = run(*command)
    assert out + err
    assert not {"\x1b", "\x07", "\u202e"} & set(out + err)


@pytest.mark.parametrize("command", ["explain", "audit", "history", "show"])
@pytest.mark.usefixtures("shop")
def test_of_two_that_say_they_are_it_none_is_taken_for_the_other(
    server: ApiServer, run: Run, command: str
) -> None:
    other = ReleaseRecord(application="shop", environment="testing", release="old")
    known(server, "a-first-one", record_json.serialise(other), "", release="old")
    code, _, err = run(command, "shop", "testing")
    assert (code, "several releases say that they are it: old in namespace a-first-one" in err) == (1, True)
    code, out, _ = run(command, "shop", "testing", "--release", "shop")
    assert (code, "1.2.0" in out or "Ada" in out) == (0, True)


@pytest.mark.usefixtures("shop")
def test_figures_count_none_of_two_that_say_they_are_the_same(server: ApiServer, run: Run) -> None:
    same = ReleaseRecord(application="shop", environment="testing", release="shop")
    known(server, "elsewhere", record_json.serialise(same), "")
    for more in ((), ("--stages",), ("--prometheus",)):
        code, out, err = run("figures", *more)
        assert (code, "testing" in out) == (0, False)
        assert "2 releases say that they are shop in testing: none of them is counted" in err
