"""`--wait`, `logs` and `evidence`: what a run says while it is at work and afterwards, on a Prefect server in memory."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from prefect import get_client
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.settings import PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings
from prefect.states import Completed, Failed, Running

from blocks import Application, Cluster, Site
from headway.cli import main, runs
from headway.cli.following import Follower
from headway.cli.view_runs import PrefectRuns
from headway.decide.review import report_markdown
from headway.model.report import StageResult
from tests.memory_prefect import memory_prefect

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
PLACE = {"application": "shop", "environment": "testing"}


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with (
        temporary_settings(updates={PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}),
        memory_prefect(),
    ):
        Application(git_url="https://git.example.com/shop").save("shop")
        yield


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    with get_client(sync_client=True) as client:
        while client.request("POST", "/flow_runs/bulk_delete", json={}).json()["deleted"]:
            pass


def say(run: UUID, *messages: str, at: datetime = NOW, level: int = 20) -> None:
    lines = [
        {
            "name": "prefect.flow_runs",
            "level": level,
            "message": message,
            "timestamp": (at + timedelta(seconds=number)).isoformat(),
            "flow_run_id": str(run),
        }
        for number, message in enumerate(messages)
    ]
    with get_client(sync_client=True) as client:
        client.request("POST", "/logs/", json=lines)


def leave(run: UUID, key: str, text: str, description: str = "") -> None:
    body = {
        "key": key,
        "data": text,
        "type": "markdown",
        "flow_run_id": str(run),
        "description": description,
    }
    with get_client(sync_client=True) as client:
        client.request("POST", "/artifacts/", json=body)


def begun(deployment: str = "release/release", **parameters: str) -> FlowRun:
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
        return client.create_flow_run_from_deployment(found.id, parameters=parameters or PLACE)


def put(run: UUID, state: Any) -> None:
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, state, force=True)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What happens to the one run that there is while a command waits: a step at each of its pauses."""

    def script(*steps: Callable[[UUID], None]) -> None:
        left = list(steps)

        def pause(_: float) -> None:
            with get_client(sync_client=True) as client:
                (run,) = client.read_flow_runs()
            left.pop(0)(run.id)

        # Threads of other tests may rest meanwhile.
        monkeypatch.setattr(runs, "time", SimpleNamespace(sleep=pause))

    return script


EVIDENCE = (
    "## shop in testing: 0.1.4 failed\n\nPod cart crashes. Last it said: `no \x1b[2Jport`.\n\n"
    "### Pod/cart-1\n\nit exited with 1\n\n"
    "<details><summary>Ordinary events: 1</summary>\n<pre>Pulled &lt;image&gt;\n</pre></details>\n"
)


def test_a_release_shows_its_steps_and_ends_with_the_evidence_and_why(
    meanwhile: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    meanwhile(
        lambda run: (put(run, Running()), say(run, "Beginning flow run 'x'", "OutOfSync: upgrade.")),
        lambda run: say(run, "a test failed", at=NOW + timedelta(seconds=5), level=40),
        lambda run: (
            leave(run, "shop-testing-evidence", EVIDENCE),
            put(run, Failed(name="Rolled back", message="0.1.3 runs again.")),
        ),
    )
    assert main(["release", "shop", "testing", "--wait"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("release: http://prefect.example.com/runs/flow-run/")
    assert said[1:] == [
        "10:00:01  OutOfSync: upgrade.",
        "10:00:05  ERROR a test failed",
        "",
        "## shop in testing: 0.1.4 failed",
        "",
        "Pod cart crashes. Last it said: `no \\u001b[2Jport`.",
        said[-1],
    ]
    assert said[-1].endswith(": Rolled back (0.1.3 runs again.)")


def test_a_delivery_ends_with_what_it_did_and_why(
    meanwhile: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        StageResult("promote", "staging", "promoted 0.1.4", "it passed in testing | a|b", changed=True),
        StageResult("release", "testing", "InSync", "0.1.4 runs"),
    ]
    report = report_markdown.markdown("shop: delivery", lines)
    meanwhile(lambda run: (leave(run, "shop-delivery", report), put(run, Completed())))
    assert main(["deliver", "shop", "--wait"]) == 0
    said = capsys.readouterr().out
    assert "\n".join(said.splitlines()[1:-1]) == (
        "\n## shop: delivery\n\n1 done.\n\n"
        "STAGE    WHAT     OUTCOME         WHY\n"
        "promote  staging  promoted 0.1.4  it passed in testing | a|b\n\n"
        "Left as it was: 1 step"
    )


def test_of_a_dry_run_no_task_was_begun_or_done() -> None:
    def task(name: str, state: Any) -> TaskRun:
        state.timestamp = NOW
        return TaskRun(
            flow_run_id=uuid4(), task_key="", dynamic_key="0", name=name, state=state, state_name=state.name
        )

    tasks = [
        task("Diff the release", Completed()),
        task("Update the application", Completed(name="Dry run")),
        task("Publish the chart of cart", Running()),
    ]
    asked: Any = SimpleNamespace(read_task_runs=lambda **_: tasks, read_logs=lambda *_, **__: [])
    assert Follower(asked, uuid4()).news(dry_run=True) == [
        "10:00:00  Diff the release: done in 0.0 s",
        "10:00:00  Update the application: would be done",
    ]
    assert "10:00:00  Publish the chart of cart: begun" in Follower(asked, uuid4()).news()


def test_the_log_of_the_newest_run_of_that_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "shop", "testing"]) == 1
    assert (
        "shop in testing: Prefect knows no run of it. headway doctor shop says what it lacks"
        in capsys.readouterr().err
    )
    run = begun().id
    begun(application="shop", environment="staging")
    put(run, Completed(name="Released"))
    say(run, "Finished in state", *(f"line {number}" for number in range(300)))
    assert main(["logs", "shop", "testing", "--lines", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("... 298 lines before these: http://")
    assert [line.split("  ")[1] for line in lines[1:3]] == ["line 298", "line 299"]
    assert main(["logs", "shop", "testing", "--run", str(run)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 301


def test_the_log_is_that_of_the_run_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    runs_there = {name: begun().id for name in ("before", "at work", "handed over", "another")}
    for name, run in runs_there.items():
        put(run, Running())
        say(run, f"of {name}")
    put(runs_there["before"], Completed(name="Released"))
    put(runs_there["handed over"], Completed(name="Handed over", message="it is at work"))
    put(runs_there["another"], Completed(name="Handed over", message="it is at work"))

    def told() -> str:
        assert main(["logs", "shop", "testing"]) == 0
        return capsys.readouterr().out.splitlines()[0].split("  ")[1]

    assert told() == "of at work"
    put(runs_there["at work"], Failed(name="Rolled back"))
    assert told() == "of at work", "those that handed over did nothing"
    alone = begun(application="shop", environment="staging").id
    put(alone, Completed(name="Handed over", message="somebody is at work"))
    assert main(["logs", "shop", "staging"]) == 0
    assert "somebody is at work" in capsys.readouterr().out


def test_the_evidence_of_another_release_whose_names_join_to_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    key = "shop-eu-canary-evidence"
    leave(uuid4(), key, "## of shop\n", "Why 0.1.3 (revision 3) failed in eu-canary")
    leave(uuid4(), key, "## of shop-eu\n", "Why 2.0.0 (revision 3) failed in canary")
    for asked in (["evidence", "shop", "eu-canary"], ["evidence", "shop", "eu-canary", "3"]):
        assert main(asked) == 0
        assert capsys.readouterr().out.split() == ["##", "of", "shop"]
    assert main(["evidence", "shop-eu", "canary"]) == 0
    assert capsys.readouterr().out.split() == ["##", "of", "shop-eu"]


def test_the_evidence_of_the_last_failure_and_of_a_revision(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "shop", "nowhere"]) == 1
    assert "no evidence is kept of it" in capsys.readouterr().err
    leave(uuid4(), "shop-live-evidence", "## older\n", "Why 0.1.3 (revision 3) failed in live")
    leave(uuid4(), "shop-live-evidence", EVIDENCE, "Why 0.1.4 (revision 4) failed in live")
    assert main(["evidence", "shop", "live", "3"]) == 0
    assert capsys.readouterr().out == "## older\n"
    assert main(["evidence", "shop", "live"]) == 0
    said = capsys.readouterr().out
    assert said.endswith("it exited with 1\n\nOrdinary events: 1 (--whole shows more)\n")
    assert main(["evidence", "shop", "live", "4", "--whole"]) == 0
    assert capsys.readouterr().out.endswith("Ordinary events: 1\n  Pulled <image>\n")


def keep(run: UUID, what: str, values: dict[str, Any]) -> None:
    with get_client(sync_client=True) as client:
        client.create_flow_run_input(run, f"headway-values-{what}", json.dumps(values))


TESTED = {
    "version": "0.1.4",
    "passed": False,
    "tests": [{"name": "smoke", "passed": True}, {"name": "buy", "passed": False}],
}


@pytest.mark.parametrize("output", ["json", "yaml", "name"])
def test_how_tests_ended_for_programs(
    output: str, meanwhile: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    meanwhile(
        lambda run: (
            say(run, "Job smoke passed"),
            keep(run, "tests", TESTED),
            put(run, Failed(name="Tests failed", message="Of 0.1.4: buy")),
        )
    )
    assert main(["tests", "shop", "testing", "-o", output, "--by", "ada", "--reason", "moved"]) == 1
    said = capsys.readouterr()
    assert "Job smoke passed" in said.err, "progress is not among what programs read"
    if output == "name":
        assert said.out == "buy\n"
        return
    told = json.loads(said.out) if output == "json" else yaml.safe_load(said.out)
    assert {key: told[key] for key in TESTED} == TESTED
    assert told["run"]["state"] == "Tests failed"
    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs()
    assert run.parameters == {**PLACE, "by": "ada", "reason": "moved"}


def test_a_plan_for_programs(meanwhile: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    plan = {
        "before": "0.1.3",
        "after": "0.1.4",
        "changes": [{"object": "Deployment/cart", "kind": "changed"}],
    }
    meanwhile(
        lambda run: (
            leave(run, "shop-testing-plan", "## 0.1.3 → 0.1.4\n"),
            keep(run, "plan", plan),
            put(run, Completed(name="Dry run", message="Nothing was changed.")),
        )
    )
    assert main(["plan", "shop", "testing", "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["plan"], told["waits"], told["text"]) == (plan, False, "## 0.1.3 → 0.1.4\n")
    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs()
    assert run.parameters == {**PLACE, "dry_run": True}


@pytest.mark.parametrize(("named", "version"), [(["--version", "1.4.2"], "1.4.2"), ([], "newest")])
def test_a_promotion_is_a_release_that_brings_it_first(named: list[str], version: str) -> None:
    assert main(["promote", "shop", "testing", "--by", "ada", "--reason", "now", *named]) == 0
    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs()
    assert run.parameters == {**PLACE, "by": "ada", "reason": "now", "promote": version}


REFUSED = "Release record: it is damaged. Delete it."


def test_what_ended_a_delivery_was_said_by_its_stages(
    meanwhile: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A person read it in the log of the stage, of the run, and of its state, and how the run ended."""
    cart, web = "publish: cart: refused (no lock)", "publish: web: refused (no tag)"
    ended = f"shop: {cart}\n{web}"

    meanwhile(
        lambda run: (
            say(run, cart, web, ended, f"Finished in state Failed('{ended!r}')", level=40),
            put(run, Failed(message=f"Flow run encountered an exception: Terminal: {ended}")),
        ),
    )
    assert main(["deliver", "shop", "--wait"]) == 1
    said = capsys.readouterr().out
    assert (said.count(cart), said.count(web)) == (1, 1), said
    assert said.endswith(": Failed\n")


def test_an_error_that_ends_a_run_is_said_once(
    meanwhile: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Prefect logs it twice, and of a task once more, and keeps it with the state."""
    of_a_task = f"Finished in state Failed('Task run encountered an exception BadInput: {REFUSED}')"
    meanwhile(
        lambda run: (
            say(run, REFUSED, of_a_task, REFUSED, level=40),
            put(run, Failed(message=f"Flow run encountered an exception: BadInput: {REFUSED}")),
        ),
    )
    assert main(["freeze", "shop", "testing", "--reason", "x", "--wait"]) == 1
    assert capsys.readouterr().out.count(REFUSED) == 1
    assert main(["logs", "shop", "testing"]) == 0
    assert capsys.readouterr().out.count(REFUSED) == 1


NAMED_WRONG = [
    pytest.param(
        ("freeze", "shpo", "testing", "--reason", "x"),
        "Prefect server: no application 'shpo' is registered; did you mean shop? Register it with: headway add URL",
        id="an application",
    ),
    pytest.param(
        ("deliver", "forum"), "Prefect server: no application 'forum' is registered. Known: ", id="one alone"
    ),
    pytest.param(
        ("approve", "forum", "testing"),
        "Prefect server: no application 'forum' is registered.",
        id="of an answer",
    ),
    pytest.param(
        ("reject", "shop", "prod", "--reason", "x"),
        "application shop: it has no environment 'prod'",
        id="an environment, of an answer",
    ),
    pytest.param(
        ("roll-back", "shop", "tesitng", "--reason", "x"),
        "application shop: it has no environment 'tesitng'; did you mean testing? Its newest delivery knows production, testing;",
        id="an environment",
    ),
]


@pytest.mark.parametrize(("command", "says"), NAMED_WRONG)
@pytest.mark.parametrize("more", [(), ("--wait",)], ids=["", "waiting"])
def test_a_name_that_no_run_could_know_starts_none(
    command: tuple[str, ...], says: str, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    looked_at = [StageResult("release", each, "InSync", "as wanted") for each in ("testing", "production")]
    leave(begun("deliver/deliver").id, "shop-delivery", report_markdown.markdown("shop: delivery", looked_at))
    more = () if command[0] in ("approve", "reject") else more
    with get_client(sync_client=True) as client:
        before = len(client.read_flow_runs())
        assert main([*command, *more]) == 1
        assert len(client.read_flow_runs()) == before
    said = capsys.readouterr()
    assert (said.out, said.err.count(says)) == ("", 1), said.err


def test_an_answer_where_nothing_waits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["approve", "shop", "testing"]) == 1
    assert "shop in testing: no release waits for approval. Start one: " in capsys.readouterr().err


def test_an_environment_that_only_a_cluster_block_names_may_be_new(
    capsys: pytest.CaptureFixture[str],
) -> None:
    looked_at = [StageResult("release", "testing", "InSync", "as wanted")]
    leave(begun("deliver/deliver").id, "shop-delivery", report_markdown.markdown("shop: delivery", looked_at))
    Cluster(kubeconfig="{}").save("shop-staging")
    assert main(["release", "shop", "staging"]) == 0
    assert capsys.readouterr().out.startswith("release: ")


@pytest.mark.parametrize("other", [Application, Site])
def test_a_cluster_block_whose_name_joins_otherwise_makes_no_environment(
    other: type[Application | Site], capsys: pytest.CaptureFixture[str]
) -> None:
    """shop-eu-live is of shop in eu-live, and of shop-eu in live."""
    eu = f"eu-{other.__name__.lower()}"
    looked_at = [StageResult("release", "testing", "InSync", "as wanted")]
    leave(begun("deliver/deliver").id, "shop-delivery", report_markdown.markdown("shop: delivery", looked_at))
    Cluster(kubeconfig="{}").save(f"shop-{eu}-live")
    assert main(["release", "shop", f"{eu}-live"]) == 0, "nobody else may have it"
    capsys.readouterr()
    if other is Site:
        Site(charts="https://charts.example.com", chart="shop", environment="live").save(f"shop-{eu}")
    else:
        Application(git_url="https://git.example.com/eu.git").save(f"shop-{eu}")
    assert main(["release", "shop", f"{eu}-live"]) == 1
    said = capsys.readouterr().err
    assert f"application shop: it has no environment '{eu}-live'" in said
    assert f"The block headway-cluster/shop-{eu}-live may be that of shop-{eu}." in said
    assert main(["release", f"shop-{eu}", "live"]) == 0


def test_a_site_is_registered_as_an_application_is() -> None:
    Site(charts="https://charts.example.com", chart="kiosk", environment="harbour").save("kiosk")
    assert {"shop", "kiosk"} <= set(PrefectRuns().applications())
    assert main(["freeze", "kiosk", "harbour", "--reason", "x"]) == 0


@pytest.mark.parametrize(
    ("command", "says"),
    [
        pytest.param(("logs", "shop", "nowhere"), "Prefect knows no run of it", id="a log"),
        pytest.param(("evidence", "shop", "nowhere"), "no evidence is kept of it", id="evidence"),
        pytest.param(("evidence", "shop", "testing", "99"), "no evidence is kept of it", id="of a revision"),
        pytest.param(("tests", "forum", "testing"), "no application 'forum' is registered", id="tests"),
        pytest.param(
            ("tests", "forum", "testing", "-o", "json"), "no application 'forum'", id="for programs"
        ),
    ],
)
def test_what_is_named_and_not_to_be_found_ends_with_one(
    command: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command]) == 1
    said = capsys.readouterr()
    assert (said.out, says in said.err) == ("", True), said.err
