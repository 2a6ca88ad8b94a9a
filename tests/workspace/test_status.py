"""The read side against an API server that knows nothing but ConfigMaps and Secrets, and chart repositories in folders."""

import base64
import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Suspended

from headway.cli import look_times, main, plain_prefect
from headway.cli.late_runs import LateRuns
from headway.clients.chart_repository import ReadableChartRepository, open_writable_repository
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release.state import State
from headway.decide.review import status_table
from headway.decide.review.look_times import LastLook, LookTimes
from headway.errors import NoServer, Unreachable
from headway.formats import headway_yaml, record_json
from headway.model.audit import AuditEntry
from headway.model.credentials import RepositoryCredentials
from headway.model.record import Asked, Attempt, Good, ReleaseRecord
from headway.view.runs import Runs, Waiting
from headway.workspace import chart_repositories
from headway.workspace.chart_addresses import ChartAddresses
from headway.workspace.chart_repositories import ChartRepositories
from headway.workspace.status import NOT_COMPARED, StatusReader
from tests.clients.packages import package
from tests.fast.memory.objects import selector_parts

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LABELS = {"app.kubernetes.io/managed-by": "headway"}


class ApiServer(http.server.ThreadingHTTPServer):
    """Answers GET of ConfigMaps and Secrets by path and equality of labels; `written` counts everything else."""

    daemon_threads = True

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.written = 0
        super().__init__(("127.0.0.1", 0), Answering)

    def add(self, kind: str, namespace: str, name: str, labels: dict[str, str], **more: Any) -> None:
        metadata = {"name": name, "namespace": namespace, "labels": labels, "resourceVersion": "1"}
        metadata |= more.pop("metadata", {})
        self.objects.append({"kind": kind, "metadata": metadata, **more})

    def found(self, path: str, selector: str) -> list[dict[str, Any]]:
        *_, plural = path.split("/")
        namespace = path.partition("/namespaces/")[2].partition("/")[0]
        wanted = selector_parts(selector)
        return [
            each
            for each in self.objects
            if f"{each['kind'].lower()}s" == plural
            and namespace in ("", each["metadata"]["namespace"])
            and all(_matches(each["metadata"]["labels"], *part) for part in wanted)
        ]


def _matches(labels: dict[str, str], key: str, equal: str, value: str) -> bool:
    if equal == "in":
        return labels.get(key) in value.split(",")
    if key.endswith("!"):
        return labels.get(key[:-1]) != value
    return key in labels and (not equal or labels[key] == value)


class Answering(http.server.BaseHTTPRequestHandler):
    server: ApiServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        folder, _, name = parts.path.rpartition("/")
        if name in ("configmaps", "secrets"):
            self._answer(
                200, {"items": self.server.found(parts.path, parse_qs(parts.query)["labelSelector"][0])}
            )
            return
        if parts.path == "/api/v1":
            secrets = {"name": "secrets", "kind": "Secret", "namespaced": True}
            self._answer(200, {"resources": [secrets]})
            return
        named = [each for each in self.server.found(folder, "") if each["metadata"]["name"] == name]
        self._answer(200, named[0]) if named else self._answer(404, {"message": f"{name} not found"})

    def _refuse(self) -> None:
        self.server.written += 1
        self._answer(405, {})

    def do_POST(self) -> None:
        self._refuse()

    def do_PUT(self) -> None:
        self._refuse()

    def do_PATCH(self) -> None:
        self._refuse()

    def do_DELETE(self) -> None:
        self._refuse()

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield serving
        serving.shutdown()
        assert serving.written == 0, "the read side writes nothing"


@pytest.fixture
def kubeconfig(server: ApiServer, tmp_path: Path) -> Path:
    file = tmp_path / "kubeconfig"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "only",
        "clusters": [{"name": "only", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "only", "user": {"token": "none"}}],
        "contexts": [{"name": "only", "context": {"cluster": "only", "user": "only"}}],
    }
    file.write_text(yaml.safe_dump(document))
    return file


@pytest.fixture
def cluster(kubeconfig: Path) -> Cluster:
    return Cluster.from_kubeconfig(kubeconfig)


def released(
    server: ApiServer,
    environment: str,
    version: str,
    charts: str,
    audit: tuple[AuditEntry, ...] = (),
    manifest: str = "",
    status: str = "deployed",
    asked: Asked | None = None,
) -> None:
    """A tested release of `web` as revision 1, whose record names its chart repository."""
    namespace, digest = f"shop-{environment}", package(version=version).digest
    passed = {"chart_digest": digest, "values_digest": "v", "version": version, "revision": 1}
    record = ReleaseRecord(
        application="shop",
        environment=environment,
        release="shop",
        good=(Good.model_validate({**passed, "tested_at": NOW}),),
        attempts=(Attempt.model_validate({**passed, "started_at": NOW, "outcome": "passed"}),),
        audit=audit,
        asked=asked,
    )
    known(server, namespace, record_json.serialise(record), charts)
    chart = {"metadata": {"name": "web", "version": version}}
    info = {"status": status, "last_deployed": NOW.isoformat(), "description": ""}
    document = json.dumps({"chart": chart, "info": info, "manifest": manifest}).encode()
    encoded = base64.b64encode(base64.b64encode(gzip.compress(document))).decode()
    labels = {"owner": "helm", "name": "shop", "version": "1", "status": status}
    server.add("Secret", namespace, "sh.helm.release.v1.shop.v1", labels, data={"release": encoded})


def known(server: ApiServer, namespace: str, text: str, charts: str, release: str = "shop") -> None:
    annotations = {"headway/charts": charts} if charts else {}
    server.add(
        "ConfigMap",
        namespace,
        f"headway.{release}",
        LABELS | {"headway/release": release},
        data={"record.json": text},
        metadata={"annotations": annotations},
    )


def repository(folder: Path, *versions: str) -> str:
    folder.mkdir()
    url = f"file://{folder}"
    for version in versions:
        open_writable_repository(url).publish(package(version=version), created=NOW)
    return url


def test_what_runs_and_what_waits_out_of_cluster_and_index(
    server: ApiServer, cluster: Cluster, tmp_path: Path
) -> None:
    released(server, "testing", "1.1.0", repository(tmp_path / "testing", "1.0.0", "1.1.0"))
    released(server, "staging", "1.0.0", repository(tmp_path / "staging", "1.0.0", "1.1.0"))
    found = StatusReader().read_all(cluster)
    assert [(each.ref.environment, each.version, each.state, each.waits) for each in found] == [
        ("testing", "1.1.0", State.IN_SYNC, ""),
        ("staging", "1.0.0", State.OUT_OF_SYNC, "1.1.0"),
    ]
    assert {(each.since, each.tested_at, each.offered) for each in found} == {(NOW, NOW, "1.1.0")}
    (alone,) = StatusReader().read_all(cluster, "shop-testing")
    assert alone.ref.environment == "testing"


def test_a_whole_object_that_is_gone_is_drift(server: ApiServer, cluster: Cluster, tmp_path: Path) -> None:
    manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: gone}\n"
    released(server, "testing", "1.0.0", repository(tmp_path / "testing", "1.0.0"), manifest=manifest)
    (found,) = StatusReader().read_all(cluster)
    assert (found.state, found.drift) == (State.DRIFTED, ("Secret gone is missing",))
    assert status_table.notes(found) == ("live objects differ: Secret gone is missing",)


@pytest.mark.parametrize(
    ("holder", "renewed", "called", "noted"),
    [
        pytest.param("run #1", timedelta(0), "Releasing", "a run is at work on 1.0.0", id="a run renews it"),
        pytest.param("run #1", timedelta(minutes=-5), "Locked", "1.0.0 waits", id="its holder is no more"),
        pytest.param("", timedelta(0), "Locked", "1.0.0 waits", id="given back"),
        pytest.param(None, timedelta(0), "Locked", "1.0.0 waits", id="there is none"),
    ],
)
def test_helm_at_work_and_left_in_the_middle(
    holder: str | None,
    renewed: timedelta,
    called: str,
    noted: str,
    server: ApiServer,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    released(server, "testing", "1.0.0", repository(tmp_path / "testing", "1.0.0"), status="pending-install")
    if holder is not None:
        at = f"{datetime.now(UTC) + renewed:%Y-%m-%dT%H:%M:%S.%fZ}"
        spec = {"holderIdentity": holder, "leaseDurationSeconds": 30, "renewTime": at}
        server.add("Lease", "shop-testing", "headway.shop", {}, spec=spec)
    (found,) = StatusReader().read_all(cluster)
    assert (found.state, found.called, status_table.notes(found)) == (State.LOCKED, called, (noted,))


def test_a_headway_yaml_adds_what_policy_says_and_the_order(
    server: ApiServer, cluster: Cluster, tmp_path: Path
) -> None:
    charts = {name: repository(tmp_path / name, "1.0.0", "1.1.0") for name in ("testing", "staging")}
    released(server, "testing", "1.0.0", charts["testing"])
    released(server, "staging", "1.0.0", "")
    declared = headway_yaml.read(
        "application: shop\nenvironments:\n"
        f"  testing: {{charts: '{charts['testing']}', versions: '<1.1'}}\n"
        f"  staging: {{charts: '{charts['staging']}', after: testing, frozen: true}}\n"
    )
    found = StatusReader(declared=declared, policy="policy.yaml").read_all(cluster)
    assert [(each.ref.environment, each.state, each.waits, each.policy_freeze) for each in found] == [
        ("testing", State.IN_SYNC, "", ""),
        ("staging", State.FROZEN, "1.1.0", "frozen in policy.yaml"),
    ]


def test_what_soaks_before_is_told_with_policy(server: ApiServer, cluster: Cluster, tmp_path: Path) -> None:
    charts = {
        name: repository(tmp_path / name, *versions)
        for name, versions in {"testing": ["1.0.0", "1.1.0"], "staging": ["1.0.0"]}.items()
    }
    released(server, "testing", "1.1.0", charts["testing"])
    released(server, "staging", "1.0.0", charts["staging"])
    text = (
        "application: shop\nenvironments:\n"
        f"  testing: {{charts: '{charts['testing']}'}}\n"
        f"  staging: {{charts: '{charts['staging']}', after: testing, soak: 1000000h}}\n"
    )
    testing, staging = StatusReader(declared=headway_yaml.read(text)).read_all(cluster)
    assert (testing.soaking, staging.state, status_table.brief(staging)) == (
        None,
        State.IN_SYNC,
        ("1.1.0 soaks",),
    )
    assert status_table.notes(staging)[0].startswith("1.1.0 has to be good for 1000000h in testing first")
    assert not StatusReader().read_all(cluster)[-1].soaking, "without policy nobody knows"


def test_an_environment_that_headway_yaml_names_no_more_is_told(
    server: ApiServer, cluster: Cluster, tmp_path: Path
) -> None:
    charts = repository(tmp_path / "charts", "1.0.0")
    for environment in ("dev", "web"):
        released(server, environment, "1.0.0", charts)
    declared = headway_yaml.read(f"application: shop\nenvironments: {{web: {{charts: '{charts}'}}}}\n")
    named, gone = StatusReader(declared=declared).read_all(cluster)
    assert (named.ref.environment, named.unnamed_in) == ("web", ""), "the order of headway.yaml"
    assert (gone.ref.environment, gone.unnamed_in) == ("dev", "headway.yaml")
    (other,) = StatusReader(declared=declared.model_copy(update={"application": "other"})).read_all(cluster)[
        :1
    ]
    assert other.unnamed_in == "", "it speaks of another application"


@pytest.mark.parametrize("part", ["_revisions", "_told"], ids=["what the cluster says", "what it comes to"])
def test_a_mistake_of_ours_hides_no_other_release(
    server: ApiServer,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    part: str,
) -> None:
    charts = repository(tmp_path / "charts", "1.0.0")
    for environment in ("testing", "staging"):
        released(server, environment, "1.0.0", charts)
    real = getattr(StatusReader, part)

    def mistaken(self: StatusReader, about: object, *more: object) -> object:
        if getattr(about, "namespace", "") == "shop-staging" or "shop-staging" in repr(about):
            raise KeyError("what a Secret says")
        return real(self, about, *more)

    monkeypatch.setattr(StatusReader, part, mistaken)
    troubled, sound = sorted(StatusReader().read_all(cluster), key=lambda each: each.namespace)
    assert (troubled.namespace, troubled.state, sound.state) == ("shop-staging", State.UNKNOWN, State.IN_SYNC)
    assert troubled.trouble == "it could not be looked at: KeyError, the log says where"
    (told,) = [each for each in caplog.records if each.exc_info]
    assert told.getMessage() == "shop-staging/shop: it could not be looked at"


@pytest.mark.parametrize(
    ("charts", "says"),
    [
        pytest.param("http://127.0.0.1:9/charts", "does not answer", id="it is away"),
        pytest.param("ftp://example.com/charts", "not the address", id="nobody knows its kind"),
        pytest.param("s3://[", "not the address", id="no address at all"),
        pytest.param("", "does not say where its versions come from", id="an older record names none"),
    ],
)
def test_without_the_chart_repository_what_runs_is_still_said(
    server: ApiServer, cluster: Cluster, charts: str, says: str
) -> None:
    released(server, "testing", "1.0.0", charts)
    (found,) = StatusReader().read_all(cluster)
    assert (found.version, found.tested_at, found.state, found.offered) == ("1.0.0", NOW, State.UNKNOWN, None)
    assert says in found.trouble


def test_a_damaged_record_hides_no_other_release(server: ApiServer, cluster: Cluster, tmp_path: Path) -> None:
    released(server, "testing", "1.0.0", repository(tmp_path / "testing", "1.0.0"))
    known(server, "other", "{", "")
    damaged, sound = sorted(StatusReader().read_all(cluster), key=lambda each: each.namespace)
    assert (damaged.state, sound.state) == (State.UNKNOWN, State.IN_SYNC)
    assert "ConfigMap other/headway.shop record.json" in damaged.trouble


def test_a_cluster_that_does_not_answer_is_unreachable(server: ApiServer, cluster: Cluster) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(Unreachable):
        StatusReader().read_all(cluster)


def test_a_release_may_be_asked_for_by_its_place(server: ApiServer, cluster: Cluster, tmp_path: Path) -> None:
    url = repository(tmp_path / "testing", "1.0.0", "1.1.0")
    released(server, "testing", "1.0.0", "")
    found = StatusReader().read(ReleaseRecordStore(cluster, "shop-testing", "shop", url), chart="web")
    assert (found.version, found.waits) == ("1.0.0", "1.1.0")
    nothing = StatusReader().read(ReleaseRecordStore(cluster, "shop-empty", "shop", url))
    assert nothing.state is State.ABSENT


def test_the_command_prints_a_plain_table_and_json(
    server: ApiServer, kubeconfig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released(server, "testing", "1.0.0", repository(tmp_path / "testing", "1.0.0", "1.1.0"))
    assert main(["status", "shop", "--kubeconfig", str(kubeconfig)]) == 0
    title, row = capsys.readouterr().out.splitlines()
    assert title.split() == [
        "APPLICATION",
        "ENVIRONMENT",
        "VERSION",
        "REVISION",
        "SINCE",
        "TESTED",
        "STATE",
        "OFFERED",
        "NOTES",
    ]
    assert row.split()[:4] == ["shop", "testing", "1.0.0", "1"]
    assert row.endswith("OutOfSync  1.1.0    1.1.0 waits")
    assert title.index("STATE") == row.index("OutOfSync")
    assert main(["status", "--kubeconfig", str(kubeconfig), "-o", "json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert (said["version"], said["tested"], said["notes"]) == (
        "1.0.0",
        "2026-11-23T10:00:00Z",
        ["1.1.0 waits"],
    )
    assert main(["status", "other", "--kubeconfig", str(kubeconfig)]) == 1
    nothing, said = capsys.readouterr()
    assert (nothing, said.partition(": ")[0]) == ("", "no release of other has a record here")
    assert "headway deliver other --wait looks now, and says what keeps it" in said


def test_a_kubeconfig_that_is_not_there_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--kubeconfig", str(tmp_path / "none")]) == 1
    assert f"kubeconfig {tmp_path}/none: it cannot be used" in capsys.readouterr().err


def test_the_command_prints_who_decided_what(
    server: ApiServer, kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    approved = AuditEntry(kind="approved", by="Ada", at=NOW, why="checked", version="1.0.0", run="a-run")
    released(server, "testing", "1.0.0", "", audit=(approved,))
    released(server, "staging", "1.0.0", "")
    server.add("ConfigMap", "other", "headway.other", LABELS | {"headway/release": "other"}, data={})
    where = ["--kubeconfig", str(kubeconfig)]
    assert main(["audit", "shop", "testing", *where]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["AT", "DECISION", "VERSION", "BY", "WHY", "RUN"],
        ["2026-11-23T10:00:00Z", "approved", "1.0.0", "Ada", "checked", "a-run"],
    ]
    assert main(["audit", "shop", "staging", *where, "-o", "json"]) == 0
    assert capsys.readouterr().out == "[]\n"
    assert main(["audit", "shop", "testing", *where, "-o", "json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["by"], said["at"]) == ("approved", "Ada", "2026-11-23T10:00:00Z")
    assert main(["audit", "shop", "nowhere", *where]) == 1
    assert "shop in nowhere: no record of it is here" in capsys.readouterr().err


def refused(*_: object, **__: object) -> None:
    raise ConnectionRefusedError


def of_no_server(_: LateRuns) -> Runs:
    raise NoServer


def test_the_command_explains_a_release(
    server: ApiServer,
    kubeconfig: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LateRuns, "_runs", property(of_no_server))
    charts = repository(tmp_path / "testing", "1.0.0", "1.1.0")
    released(server, "testing", "1.0.0", charts)
    where = ["--kubeconfig", str(kubeconfig)]
    assert main(["explain", "shop", "testing", *where]) == 0
    said = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert (said["state"].strip(), said["wanted"].strip()) == ("OutOfSync", "1.1.0")
    declared = tmp_path / "headway.yaml"
    declared.write_text(
        f"application: shop\nenvironments:\n  testing: {{charts: '{charts}', gate: approval}}\n"
    )
    assert main(["explain", "release", "shop", "testing", *where, "-f", str(tmp_path), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["acts"] == "a person"
    waiting = Waiting("a-run", "Release shop to testing", "", "", "## shop in testing: 1.0.0 → 1.1.0\n")
    with monkeypatch.context() as patch:
        patch.setattr(LateRuns, "waiting", lambda *_: waiting)
        assert main(["explain", "shop", "testing", *where, "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["next"].startswith(
        "Release shop to testing (1.0.0 → 1.1.0) waits for approval; it goes on when somebody answers"
    )
    assert told["acts"] == "a person"
    assert main(["explain", "shop", "nowhere", *where]) == 1
    said = capsys.readouterr().err
    assert "nothing was released there yet, or it is in another cluster: no record of it is here" in said
    assert "is here; of shop there is testing. Whether" in said
    assert "Whether a run waits for approval is not known: " in said
    assert "headway logs shop nowhere shows the newest run" in said


def test_why_nothing_was_released_yet_is_told_by_the_last_delivery(
    server: ApiServer, kubeconfig: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first release there is no record that could say it."""
    assert server
    failed = LastLook(datetime.now(UTC), False, "FAILED", "Chart.lock: the file is missing")
    monkeypatch.setattr(look_times, "read", lambda _: LookTimes(failed, None, "no next look"))
    monkeypatch.setattr(LateRuns, "waiting", lambda *_: None)
    assert main(["explain", "shop", "testing", "--kubeconfig", str(kubeconfig)]) == 1
    said = capsys.readouterr().err
    assert "which failed (Chart.lock: the file is missing), no next look." in said
    assert "headway deliver shop --wait looks now, and says what keeps it" in said


@pytest.mark.parametrize(
    ("state", "answer", "says"),
    [
        pytest.param("PAUSED", None, "1.1.0 waits for approval", id="nobody has answered"),
        pytest.param(
            "SCHEDULED",
            {"approved": True, "approver": "ada"},
            "1.1.0 was approved by ada: its run takes that up",
            id="yes",
        ),
        pytest.param(
            "RUNNING",
            {"approved": False, "approver": "ada"},
            "1.1.0 was rejected by ada: its run takes that up",
            id="no",
        ),
        pytest.param("RUNNING", None, "1.1.0 waits for approval", id="it has just asked"),
        pytest.param("CRASHED", {"approved": True}, "1.1.0 waits for approval", id="its run has died"),
    ],
)
def test_an_answer_that_its_run_has_not_written_down_yet_is_told(
    state: str,
    answer: dict[str, Any] | None,
    says: str,
    server: ApiServer,
    kubeconfig: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It said "waits for approval" right after `headway approve`: the record has the answer once the run goes on."""

    def ask(path: str, *_: object, **__: object) -> Any:
        if path == "/flow_runs/filter":
            return [{"id": "a-run", "state_type": state, "tags": ["plan:3f"]}]
        assert (
            path
            == f"/flow_runs/a-run/input/{keyset_from_paused_state(Suspended(pause_key='3f'))['response']}"
        )
        if answer is None:
            raise HTTPError(path, 404, "not found", Message(), None)
        return answer

    asked = Asked(
        version="1.1.0", chart_digest=package(version="1.1.0").digest, at=datetime.now(UTC), run="a-run"
    )
    released(server, "testing", "1.0.0", repository(tmp_path / "testing", "1.0.0", "1.1.0"), asked=asked)
    monkeypatch.setattr(plain_prefect, "url", lambda: "http://prefect.example.com/api")
    monkeypatch.setattr(plain_prefect, "ask", ask)
    assert main(["status", "--kubeconfig", str(kubeconfig)]) == 0
    assert says in capsys.readouterr().out


def test_the_version_that_the_gate_asks_about_is_told_though_a_newer_one_is_offered(
    server: ApiServer,
    kubeconfig: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    charts = repository(tmp_path / "testing", "1.0.0", "1.1.0", "1.2.0")
    now = datetime.now(UTC)
    asked = Asked(version="1.1.0", chart_digest=package(version="1.1.0").digest, at=now, run="a-run")
    released(server, "testing", "1.0.0", charts, asked=asked)
    where = ["--kubeconfig", str(kubeconfig)]
    assert main(["status", *where]) == 0
    assert "1.1.0 waits for approval; 1.2.0 came since and is asked about next" in capsys.readouterr().out
    told = (
        f"1.1.0 waits for approval since {now:%Y-%m-%d %H:%M} UTC; 1.2.0 came since and is asked about next. "
    )
    told += "1.1.0 goes on when somebody answers it: headway approve shop testing [--reject]"

    def explained(waiting: Waiting | None) -> dict[str, Any]:
        monkeypatch.setattr(LateRuns, "waiting", lambda *_: waiting)
        assert main(["explain", "shop", "testing", *where, "-o", "json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    run = Waiting("a-run", "Release shop to testing", "", "", "## shop in testing: 1.0.0 → 1.1.0\n")
    assert explained(run)["next"] == told
    another = explained(replace(run, id="another", plan="## shop in testing: 1.0.0 → 1.2.0\n"))
    assert another["next"].startswith("Release shop to testing (1.0.0 → 1.2.0) waits for approval; it goes")
    assert explained(None)["next"].startswith("A release of 1.2.0 begins")
    monkeypatch.undo()
    monkeypatch.setattr(LateRuns, "_runs", property(of_no_server))
    assert main(["explain", "shop", "testing", *where, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["next"] == told, "Prefect is away"


def test_a_slip_is_told_with_what_headway_yaml_declares(
    server: ApiServer,  # noqa: ARG001 - the kubeconfig is for it
    kubeconfig: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {charts: 's3://t'}}\n")
    assert main(["status", "shpo", "--kubeconfig", str(kubeconfig), "-f", str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", "no release of shpo has a record here; did you mean shop?\n")


def test_an_environment_without_a_cluster_block_is_told_as_that(
    server: ApiServer,
    kubeconfig: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released(server, "testing", "1.0.0", "")
    (tmp_path / "headway.yaml").write_text(
        "application: shop\nenvironments:\n  testing: {charts: 's3://t'}\n"
        "  live: {charts: 's3://l', after: testing, cluster: eu}\n"
    )
    where = ["--kubeconfig", str(kubeconfig), "-f", str(tmp_path)]
    saved = [{"name": "shop", "block_type": {"slug": "headway-application"}}]
    monkeypatch.setattr(plain_prefect, "url", lambda: "http://prefect.example.com/api")
    monkeypatch.setattr(plain_prefect, "ask", lambda *_, **__: saved)
    monkeypatch.setattr(LateRuns, "waiting", lambda *_: None)
    says = (
        "nothing is released there: there is no block headway-cluster/eu, which says where its cluster is. "
    )
    says += "headway add URL --cluster live=CONTEXT makes it; headway doctor shop says"
    assert main(["status", *where]) == 0
    assert f"live: {says}" in capsys.readouterr().err
    assert main(["explain", "shop", "live", *where]) == 1
    assert f"shop in live: {says}" in capsys.readouterr().err


def test_a_release_that_only_helm_knows_is_told_as_that(
    server: ApiServer, kubeconfig: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = {"owner": "helm", "name": "shop", "version": "1", "status": "deployed"}
    server.add("Secret", "shop-testing", "sh.helm.release.v1.shop.v1", labels, data={"release": ""})
    environments = "  testing: {charts: 's3://t'}\n  live: {charts: 's3://l', after: testing}\n"
    (tmp_path / "headway.yaml").write_text(f"application: shop\nenvironments:\n{environments}")
    assert main(["status", "--kubeconfig", str(kubeconfig), "-f", str(tmp_path)]) == 0
    testing, live = capsys.readouterr().err.splitlines()[-2:]
    assert testing == (
        "testing: release shop runs in shop-testing, and Headway has no record of it: it stays as it is. "
        "headway release shop testing --adopt makes it Headway's"
    )
    assert live.startswith("live: nothing was released yet, or it is elsewhere")
    for declared in ([], ["-f", str(tmp_path)]):
        assert (
            main(["explain", "shop", "testing", "--kubeconfig", str(kubeconfig), *declared, "-o", "json"])
            == 0
        )
        told = json.loads(capsys.readouterr().out)
        assert (told["state"], told["acts"]) == ("Unmanaged", "a person")
        assert told["next"] == "Somebody makes it Headway's: headway release shop testing --adopt"


def test_a_first_release_that_waits_at_the_gate_is_explained_and_pointed_at(
    server: ApiServer,
    kubeconfig: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released(server, "testing", "1.0.0", "")
    declared = tmp_path / "headway.yaml"
    declared.write_text(
        "application: shop\nenvironments:\n  testing: {charts: 's3://t'}\n"
        "  live: {charts: 's3://l', after: testing, gate: approval}\n"
    )
    where = ["--kubeconfig", str(kubeconfig), "-f", str(tmp_path)]
    monkeypatch.setattr(plain_prefect, "url", lambda: "http://prefect.example.com/api")
    runs = [{"name": "Release shop to live", "parameters": {"application": "shop", "environment": "live"}}]
    monkeypatch.setattr(plain_prefect, "ask", refused)
    assert main(["status", *where]) == 0
    assert capsys.readouterr().err == (
        "live: nothing was released yet (its first release needs an approval), or it is elsewhere; "
        "headway explain shop live says what waits\n"
    )
    plan = "## shop in live: first install of 1.0.0\n"
    waiting = Waiting("a-run", "Release shop to live", "", "", plan)
    monkeypatch.setattr(LateRuns, "waiting", lambda *_: waiting)
    monkeypatch.setattr(plain_prefect, "ask", lambda *_, **__: runs)
    assert main(["status", *where]) == 0
    shown = capsys.readouterr()
    assert " ".join(shown.out.splitlines()[2].split()) == (
        "shop live - - - no Absent unknown its first release waits for approval"
    )
    assert shown.err == ""
    assert main(["explain", "shop", "live", *where]) == 0
    said = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert [said[each].strip() for each in ("runs", "why", "next", "who")] == [
        "nothing",
        "Release shop to live (first install of 1.0.0) waits for approval",
        "It goes on when somebody answers it: headway approve shop live [--reject]",
        "a person",
    ]


def test_a_record_that_lies_about_its_place_stands_in_for_no_other(
    server: ApiServer, cluster: Cluster, tmp_path: Path
) -> None:
    """Whoever may write ConfigMaps in a namespace can write such ones: of another's name, and with another's label."""
    released(server, "testing", "1.0.0", repository(tmp_path / "testing", "1.0.0"))
    forged = record_json.serialise(ReleaseRecord(application="shop", environment="testing", release="shop"))
    for name, release in (("headway.a", "a"), ("another", "shop")):
        labels = LABELS | {"headway/release": release}
        server.add("ConfigMap", "shop-testing", name, labels, data={"record.json": forged})
    found = {each.ref.release: each for each in StatusReader().read_all(cluster)}
    assert {name: each.state for name, each in found.items()} == {"shop": State.IN_SYNC, "a": State.UNKNOWN}
    assert "it says that it is of the release shop" in found["a"].trouble


def test_a_damaged_record_of_another_release_hides_no_decision(
    server: ApiServer, kubeconfig: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = LABELS | {"headway/release": "broken"}
    server.add("ConfigMap", "a-first", "headway.broken", labels, data={"record.json": "damaged"})
    released(server, "testing", "1.0.0", "")
    assert main(["audit", "shop", "testing", "--kubeconfig", str(kubeconfig)]) == 0
    assert capsys.readouterr().out.startswith("AT")


def test_a_first_look_leaves_live_objects_for_later_and_says_so(
    server: ApiServer, cluster: Cluster, tmp_path: Path
) -> None:
    manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: gone}\n"
    released(server, "testing", "1.0.0", repository(tmp_path / "testing", "1.0.0"), manifest=manifest)
    (found,) = StatusReader().read_all(cluster, drift=False)
    assert (found.version, found.state, found.drift, found.trouble) == (
        "1.0.0",
        State.IN_SYNC,
        (),
        NOT_COMPARED,
    )


def test_a_record_that_names_another_chart_repository_is_not_followed(
    server: ApiServer, cluster: Cluster, tmp_path: Path
) -> None:
    url = repository(tmp_path / "testing", "1.0.0", "1.1.0")
    released(server, "testing", "1.0.0", url)
    (found,) = StatusReader(charts=ChartAddresses(("s3://shop-charts",))).read_all(cluster)
    assert (found.version, found.offered) == ("1.0.0", None)
    assert f"{url}: the release record names a chart repository that is not looked into" in found.trouble


def test_a_record_sees_no_chart_of_another_application(
    server: ApiServer, cluster: Cluster, tmp_path: Path
) -> None:
    url = repository(tmp_path / "testing", "1.0.0", "1.1.0")
    released(server, "testing", "1.0.0", url)
    (found,) = StatusReader(charts=ChartAddresses(("file://",))).read_all(cluster)
    assert (found.version, found.offered) == ("1.0.0", None)
    assert "the chart web is not called as the application shop is" in found.trouble
    (found,) = StatusReader(charts=ChartAddresses((), {"shop": (url,)})).read_all(cluster)
    assert found.offered == "1.1.0"


def test_a_chart_repository_that_hangs_is_the_trouble_of_its_own_releases(
    server: ApiServer, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = {
        each: repository(tmp_path / each, "1.0.0", "1.1.0") for each in ("testing", "staging", "production")
    }
    for environment, url in urls.items():
        released(server, environment, "1.0.0", url)
    go_on, asked, known = threading.Event(), list[str](), ChartRepositories()
    open_repository = chart_repositories.open_repository

    def hangs(url: str, credentials: RepositoryCredentials) -> ReadableChartRepository:
        asked.append(url)
        if url != urls["staging"]:
            go_on.wait(20)
        return open_repository(url, credentials)

    monkeypatch.setattr(chart_repositories, "open_repository", hangs)
    before = threading.active_count()
    for _ in range(3):
        found = StatusReader(repositories=known, seconds=0.1).read_all(cluster)
    said = {
        each.ref.environment: (each.version, each.offered, "it takes long to answer" in each.trouble)
        for each in found
    }
    slow = ("1.0.0", None, True)
    assert said == {"testing": slow, "staging": ("1.0.0", "1.1.0", False), "production": slow}
    assert sorted(asked) == sorted(urls.values()), "what has not answered is asked by nobody else"
    late = [each for each in threading.enumerate() if each.name == "charts"]
    assert (len(late), threading.active_count() - before) == (2, 2)
    assert all(each.daemon for each in late), "nobody waits for them as the process ends"
    go_on.set()
    for each in late:
        each.join()
    found = StatusReader(repositories=known).read_all(cluster)
    assert {each.offered for each in found} == {"1.1.0"}


def test_a_chart_repository_that_nobody_foresaw_is_the_trouble_of_its_own_releases(
    server: ApiServer,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    urls = {each: repository(tmp_path / each, "1.0.0", "1.1.0") for each in ("testing", "staging")}
    for environment, url in urls.items():
        released(server, environment, "1.0.0", url)
    open_repository = chart_repositories.open_repository

    def mistaken(url: str, credentials: RepositoryCredentials) -> ReadableChartRepository:
        if url == urls["testing"]:
            raise KeyError("a secret")
        return open_repository(url, credentials)

    monkeypatch.setattr(chart_repositories, "open_repository", mistaken)
    testing, staging = StatusReader().read_all(cluster)
    assert (testing.offered, staging.offered) == (None, "1.1.0")
    assert "it could not be read: KeyError, the log says where" in testing.trouble
    assert "a secret" not in testing.trouble
    assert [each.exc_info[0] for each in caplog.records if each.exc_info] == [KeyError]


def test_a_chart_repository_is_opened_once_and_what_is_new_in_it_is_seen(
    server: ApiServer, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = repository(tmp_path / "testing", "1.0.0")
    released(server, "testing", "1.0.0", url)
    known, opened = ChartRepositories(), list[str]()
    open_repository = chart_repositories.open_repository

    def counted(url: str, credentials: RepositoryCredentials) -> ReadableChartRepository:
        opened.append(url)
        return open_repository(url, credentials)

    monkeypatch.setattr(chart_repositories, "open_repository", counted)
    (before,) = StatusReader(repositories=known).read_all(cluster)
    open_writable_repository(url).publish(package("web", "1.1.0"), created=NOW)
    (after,) = StatusReader(repositories=known).read_all(cluster)
    assert (before.offered, after.offered, opened) == ("1.0.0", "1.1.0", [url])
