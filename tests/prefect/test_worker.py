"""headway.worker on a real Prefect server: what becomes of runs, whatever becomes of them, the worker or its fork parent."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.prefect.conftest import Patient, environment_of, running_server
from tests.prefect.stopped_between import stopped_between
from tests.prefect.worker_bench import ROOT, Bench, Worker, alive, session, wait

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300)]
rare = pytest.mark.rare


@pytest.fixture(scope="module")
def bench(
    prefect_api: str, prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    with httpx.Client(base_url=prefect_api, timeout=30, transport=Patient()) as client:
        bench = Bench(client, prefect_environment, tmp_path_factory.mktemp("bench"), "shared")
        bench.prepare()
        yield bench


@pytest.fixture(scope="module")
def worker(bench: Bench) -> Iterator[Worker]:
    with bench.worker() as worker:
        yield worker


def test_a_run_ends_as_its_flow_does(bench: Bench, worker: Worker) -> None:
    run = bench.start("says", word="hello")
    end = bench.end(run)
    assert (end["type"], end["message"].split()[0]) == ("COMPLETED", "hello")
    imported, own = (int(word.partition("=")[2]) for word in end["message"].split()[2:])
    assert imported != own, "the flow was imported before the run began"
    assert bench.states(run) == ["SCHEDULED", "PENDING", "PENDING", "RUNNING", "COMPLETED"]
    assert "the run says hello" in bench.logs(run, "the run says")
    assert "the process prints hello" in worker.said()


@pytest.mark.usefixtures("worker")
def test_a_run_that_fails_says_why(bench: Bench) -> None:
    run = bench.start("fails")
    assert bench.end(run)["type"] == "FAILED"
    assert "the flow says no" in "".join(bench.logs(run, "Traceback"))


def test_a_run_inherits_nothing_of_another(bench: Bench, worker: Worker) -> None:
    runs = [bench.start("looks_around", job={"env": {"OF_THE_DEPLOYMENT": str(number)}}) for number in (1, 2)]
    first, second = (json.loads(bench.end(run)["message"]) for run in runs)
    assert first["random"] != second["random"]
    assert [seen["environment"]["OF_THE_DEPLOYMENT"] for seen in (first, second)] == ["1", "2"]
    assert [seen["environment"]["PREFECT__FLOW_RUN_ID"] for seen in (first, second)] == runs
    for seen in (first, second):
        assert seen["group"]
        assert seen["blocked"] == []
        assert "prefect" in seen["folder"]
        wait(lambda folder=seen["folder"]: not Path(folder).exists(), "its folder does not go with it")
        assert seen["inherited_sockets"] == 0
    assert first["folder"] != second["folder"]
    assert worker.process.poll() is None


@pytest.mark.usefixtures("worker")
@rare
def test_a_run_with_settings_of_its_own_gets_an_interpreter(bench: Bench) -> None:
    run = bench.start("says", job={"env": {"PYTHONHASHSEED": "1"}}, word="hello")
    end = bench.end(run)
    imported, own = (word.partition("=")[2] for word in end["message"].split()[2:])
    assert (end["type"], imported) == ("COMPLETED", own)
    assert "An interpreter of its own is started, for its own PYTHONHASHSEED." in bench.logs(
        run, "own PYTHON"
    )


@pytest.mark.usefixtures("worker")
def test_a_run_that_is_cancelled_ends_with_what_it_has_started(bench: Bench, tmp_path: Path) -> None:
    run = begun(bench, tmp_path)
    bench.set_state(run, "CANCELLING")
    assert bench.end(run)["type"] == "CANCELLED"
    assert (tmp_path / "run.told").read_text() == "TerminationSignal"
    assert hooked(tmp_path) == "Cancelling"
    assert not alive(number_in(tmp_path / "run.pid"))
    assert not alive(number_in(tmp_path / "run.helper"))


def test_a_run_may_be_cancelled_before_it_begins(bench: Bench, worker: Worker, tmp_path: Path) -> None:
    [parent] = worker.forks
    os.kill(parent, signal.SIGSTOP)
    run = bench.start("waits", folder=str(tmp_path))
    bench.until(run, "PENDING")
    bench.set_state(run, "CANCELLING")
    os.kill(parent, signal.SIGCONT)
    assert bench.end(run)["type"] == "CANCELLED"
    wait(lambda: worker.forks == [parent], "something of it is left")
    assert not (tmp_path / "run.told").exists()


@pytest.mark.usefixtures("worker")
def test_a_run_that_is_killed_is_crashed(bench: Bench, tmp_path: Path) -> None:
    run = begun(bench, tmp_path)
    os.kill(number_in(tmp_path / "run.pid"), signal.SIGKILL)
    end = bench.end(run)
    assert end["type"] == "CRASHED"
    assert "-9" in end["message"]
    wait((tmp_path / "hooked").exists, "the hook of its flow is not run")
    assert hooked(tmp_path) == "Crashed"
    os.kill(number_in(tmp_path / "run.helper"), signal.SIGKILL)


def test_a_run_goes_on_where_its_fork_parent_is_killed(bench: Bench, worker: Worker, tmp_path: Path) -> None:
    run = begun(bench, tmp_path)
    parent, child = worker.forks
    assert child == number_in(tmp_path / "run.pid")
    os.kill(parent, signal.SIGKILL)
    assert bench.end(bench.start("says", word="again"))["type"] == "COMPLETED"
    (tmp_path / "go").touch()
    assert bench.end(run)["type"] == "COMPLETED"


def test_what_has_changed_on_disk_is_imported_anew(bench: Bench, worker: Worker, tmp_path: Path) -> None:
    old = begun(bench, tmp_path)
    bench.module.write_text(bench.module.read_text().replace('"first"', '"second"'))
    assert bench.end(bench.start("says", word="it"))["message"].startswith("it second ")
    (tmp_path / "go").touch()
    assert bench.end(old)["type"] == "COMPLETED"
    wait(lambda: len(worker.forks) == 1, "the old fork parent does not end")


def test_a_run_that_waits_for_an_answer_holds_no_process(bench: Bench, worker: Worker) -> None:
    run = bench.start("asks")
    bench.until(run, "PAUSED")
    wait(lambda: len(worker.forks) == 1, "it holds a process")
    bench.resume(run)
    assert bench.end(run)["message"] == "answered"


def test_a_run_that_is_suspended_at_work_ends_at_its_next_step_and_begins_anew(
    bench: Bench, worker: Worker, tmp_path: Path
) -> None:
    run = begun(bench, tmp_path, "steps")
    bench.suspend(run)
    wait((tmp_path / "run.told").exists, "it goes on")
    assert (tmp_path / "run.told").read_text() == "Pause"
    wait(lambda: len(worker.forks) == 1, "it holds a process")
    assert bench.state(run)["name"] == "Suspended"
    (tmp_path / "go").touch()
    bench.resume(run)
    assert bench.end(run)["type"] == "COMPLETED"


def test_a_run_that_is_resumed_in_the_middle_of_a_step_begins_anew_when_that_has_ended(
    bench: Bench, worker: Worker, tmp_path: Path
) -> None:
    run = resumed_in_a_step(bench, tmp_path)
    assert bench.end(bench.start("says", word="later"))["type"] == "COMPLETED"
    assert not (tmp_path / "run.pid").exists()
    assert bench.state(run)["type"] == "SCHEDULED"
    (tmp_path / "go").touch()
    assert bench.end(run)["type"] == "COMPLETED"
    assert (tmp_path / "run.pid").exists()
    wait(lambda: len(worker.forks) == 1, "it holds a process")
    assert "Lost connection" not in worker.said()


def test_a_run_that_is_to_begin_anew_is_begun_though_its_worker_was_killed(
    bench: Bench, tmp_path: Path
) -> None:
    lost = Bench(bench.client, bench.environment, bench.folder, "lost")
    with lost.worker() as first:
        run = resumed_in_a_step(lost, tmp_path)
        first.stop(signal.SIGKILL)
        (tmp_path / "go").touch()
        wait(lambda: not session(first.process.pid), "its former process does not end")
        again = datetime.fromisoformat(lost.state(run)["state_details"]["scheduled_time"]) - datetime.now(UTC)
        assert timedelta(seconds=30) < again < timedelta(minutes=2)
        with lost.worker(name="two"):
            lost.its_time_comes(run)
            assert lost.end(run)["type"] == "COMPLETED"
            assert (tmp_path / "run.pid").exists()


@rare
@pytest.mark.parametrize("crashes", [False, True], ids=["ends", "crashes"])
def test_a_run_that_another_worker_begins_anew_ends_as_its_new_process_does(
    crashes: bool, bench: Bench, tmp_path: Path
) -> None:
    """As on two machines: both processes are at work for a while, and the end of the former says nothing of the run."""
    two = Bench(bench.client, bench.environment, bench.folder, f"two-machines-{crashes}")
    with two.worker() as first:
        run = begun(two, tmp_path)
        former = number_in(tmp_path / "run.pid")
        first.process.send_signal(signal.SIGTERM)
        wait(lambda: "Takes no more runs" in first.said(), "it does not listen")
        two.suspend(run)
        (tmp_path / "run.pid").unlink()
        with two.worker(name="two"):
            two.resume(run)
            wait((tmp_path / "run.pid").exists, "nobody begins it anew")
            anew = number_in(tmp_path / "run.pid")
            assert (anew != former, alive(former)) == (True, True)
            os.kill(anew, signal.SIGSTOP)
            if crashes:
                os.kill(former, signal.SIGKILL)
            (tmp_path / "go").touch()
            assert first.process.wait(timeout=60) == 0
            assert two.state(run)["type"] == "RUNNING", "its new process is at work"
            assert not (tmp_path / "hooked").exists()
            os.kill(anew, signal.SIGCONT)
            assert two.end(run)["type"] == "COMPLETED"
            assert two.states(run).count("COMPLETED") == 1
            assert "CRASHED" not in two.states(run)


def test_a_run_that_is_cancelled_before_it_begins_anew_does_not(
    bench: Bench, worker: Worker, tmp_path: Path
) -> None:
    run = resumed_in_a_step(bench, tmp_path)
    bench.cancel(run)
    assert bench.end(run)["name"] == "Cancelled"
    wait((tmp_path / "run.told").exists, "its former process goes on")
    assert bench.end(bench.start("says", word="later"))["type"] == "COMPLETED"
    wait(lambda: len(worker.forks) == 1, "it holds a process")
    assert not (tmp_path / "run.pid").exists()
    assert bench.states(run)[-1] == "CANCELLED"


@pytest.mark.parametrize("is_gone", [False, True], ids=["at work", "taken away"])
def test_an_event_alone_ends_no_run_and_no_worker(
    is_gone: bool, bench: Bench, worker: Worker, tmp_path: Path
) -> None:
    """Old events are told anew, and a run may be gone by then."""
    (tmp_path / "later").mkdir()
    run, later = begun(bench, tmp_path), begun(bench, tmp_path / "later")
    if is_gone:
        assert bench.client.delete(f"/flow_runs/{run}").is_success
    bench.say("prefect.flow-run.Cancelling", run)
    bench.set_state(later, "CANCELLING")
    assert bench.end(later)["name"] == "Cancelled"
    assert not (tmp_path / "run.told").exists()
    (tmp_path / "go").touch()
    wait((tmp_path / "run.done").exists, "it was ended")
    assert is_gone or bench.end(run)["type"] == "COMPLETED"
    wait(lambda: len(worker.forks) == 1, "it holds a process")


@pytest.mark.parametrize("whose", ["pool", pytest.param("deployment", marks=rare)])
def test_no_more_runs_at_once_than_a_limit(bench: Bench, worker: Worker, tmp_path: Path, whose: str) -> None:
    bench.limit(whose, "waits", 2)
    try:
        two_of_four_at_once(bench, tmp_path)
    finally:
        bench.limit(whose, "waits", None)
    assert worker.process.poll() is None


@rare
def test_twenty_runs_at_once(bench: Bench, worker: Worker, tmp_path: Path) -> None:
    runs = [bench.start("waits", folder=str(tmp_path), name=f"run{number}") for number in range(20)]
    wait(lambda: len(list(tmp_path.glob("*.pid"))) == 20, "twenty never were at work at once")
    assert {bench.state(run)["type"] for run in runs} == {"RUNNING"}
    (tmp_path / "go").touch()
    assert {bench.end(run)["type"] for run in runs} == {"COMPLETED"}
    wait(lambda: len(worker.forks) == 1, "one of them holds a process")


def test_a_run_says_that_it_lives(bench: Bench, tmp_path: Path) -> None:
    run = begun(bench, tmp_path)
    wait(lambda: bench.events(run, "prefect.flow-run.heartbeat"), "no heartbeat came")
    (tmp_path / "go").touch()
    assert bench.end(run)["type"] == "COMPLETED"


def test_a_worker_that_is_killed_takes_no_run_with_it(bench: Bench, tmp_path: Path) -> None:
    mortal = Bench(bench.client, bench.environment, bench.folder, "mortal")
    (tmp_path / "suspended").mkdir()
    with mortal.worker() as first:
        run, suspended = begun(mortal, tmp_path), begun(mortal, tmp_path / "suspended", "steps")
        first.stop(signal.SIGKILL)
        mortal.suspend(suspended)
        wait((tmp_path / "suspended" / "run.told").exists, "a run that is suspended goes on")
        assert mortal.state(suspended)["name"] == "Suspended"
        with mortal.worker(name="two"):
            assert mortal.end(mortal.start("says", word="again"))["type"] == "COMPLETED"
            (tmp_path / "go").touch()
            assert mortal.end(run)["type"] == "COMPLETED"
        wait(lambda: not session(first.process.pid), "its fork parent does not end")


@rare
def test_a_run_that_goes_on_elsewhere_ends_where_its_worker_stood_still(bench: Bench, tmp_path: Path) -> None:
    """It is told that it is suspended only when its new process is at work."""
    two = Bench(bench.client, bench.environment, bench.folder, "stood-still")
    with two.worker() as first:
        run = begun(two, tmp_path, "steps")
        former = number_in(tmp_path / "run.pid")
        first.process.send_signal(signal.SIGSTOP)
        two.suspend(run)
        (tmp_path / "run.pid").unlink()
        with two.worker(name="two"):
            two.resume(run)
            wait((tmp_path / "run.pid").exists, "nobody begins it anew")
            assert alive(former)
            first.process.send_signal(signal.SIGCONT)
            wait((tmp_path / "run.told").exists, "its former process goes on")
            assert (tmp_path / "run.told").read_text() == "Pause"
            wait(lambda: not alive(former), "its former process does not end")
            assert two.state(run)["type"] == "RUNNING"
            (tmp_path / "go").touch()
            assert two.end(run)["type"] == "COMPLETED"


@rare
def test_a_run_that_another_worker_has_done_meanwhile_is_not_done_again(bench: Bench, tmp_path: Path) -> None:
    with stopped_between(bench.environment["PREFECT_API_URL"]) as through:
        environment = {**bench.environment, "PREFECT_API_URL": through.url}
        late = Bench(bench.client, environment, bench.folder, "late")
        two = Bench(bench.client, bench.environment, bench.folder, "late")
        with late.worker() as first:
            through.arm(first.process.pid)
            run = late.start("waits", folder=str(tmp_path))
            wait(through.stopped.is_set, "it was given no run")
            (tmp_path / "go").touch()
            with two.worker(name="two"):
                assert late.end(run)["type"] == "COMPLETED"
                (tmp_path / "run.pid").unlink()
                first.process.send_signal(signal.SIGCONT)
                late.logs(run, "Somebody else has done it")
                assert late.end(run)["type"] == "COMPLETED"
                assert late.end(late.start("says", word="later"))["type"] == "COMPLETED"
                assert late.states(run).count("RUNNING") == 1
                assert not (tmp_path / "run.pid").exists()


def test_a_worker_begins_no_more_runs_than_its_limit_and_lets_them_end_when_it_is_told_to_end(
    bench: Bench, tmp_path: Path
) -> None:
    ending = Bench(bench.client, bench.environment, bench.folder, "ending")
    (tmp_path / "last").mkdir()
    with ending.worker("--limit", "2") as worker:
        two_of_four_at_once(ending, tmp_path)
        run = begun(ending, tmp_path / "last")
        worker.process.send_signal(signal.SIGTERM)
        wait(lambda: "Takes no more runs" in worker.said(), "it does not listen")
        late = ending.start("says", word="late")
        (tmp_path / "last" / "go").touch()
        assert worker.process.wait(timeout=60) == 0
        assert ending.end(run)["type"] == "COMPLETED"
        assert ending.state(late)["type"] == "SCHEDULED"
        assert session(worker.process.pid) == []


@rare
def test_a_worker_ends_runs_that_outlast_its_patience(bench: Bench, tmp_path: Path) -> None:
    hasty = Bench(bench.client, bench.environment, bench.folder, "hasty")
    with hasty.worker("--drain", "0") as worker:
        run = begun(hasty, tmp_path)
        assert worker.stop() == 0
        assert hasty.end(run)["type"] == "CRASHED"
        assert session(worker.process.pid) == []


@rare
def test_a_server_that_is_started_again_finds_the_worker(tmp_path: Path, kept: Path) -> None:
    home = tmp_path / "server"
    home.mkdir()
    environment = environment_of(home)
    with httpx.Client(base_url=environment["PREFECT_API_URL"], timeout=30, transport=Patient()) as client:
        bench = Bench(client, environment, tmp_path, "lonely")
        bench.prepare()
        with ExitStack() as second:
            with running_server(home, environment, kept):
                worker = second.enter_context(bench.worker())
                run = begun(bench, tmp_path)
                parent = worker.forks[0]
                os.kill(parent, signal.SIGSTOP)
                pending = bench.start("says", word="it waits")
                bench.until(pending, "PENDING")
                wait(lambda: bench.states(pending).count("PENDING") == 2, "it is not submitted")
            os.kill(parent, signal.SIGCONT)
            second.enter_context(running_server(home, environment, kept))
            (tmp_path / "go").touch()
            assert bench.end(run)["type"] == "COMPLETED"
            assert bench.end(pending)["type"] == "COMPLETED"
            assert bench.end(bench.start("says", word="again"))["type"] == "COMPLETED"
            assert worker.process.poll() is None


@rare
@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("no_such_flows", "ModuleNotFoundError: No module named 'no_such_flows'"),
        ("restless", "RuntimeError: an import has started 1 threads"),
    ],
)
def test_a_worker_does_not_start_with_flows_that_cannot_be_forked(
    module: str, why: str, bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "restless.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "headway", "worker", "start", "--import", module],
        env={**bench.environment, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 75
    assert f"fork parent: the flows cannot be imported: {why}" in done.stderr


def begun(bench: Bench, folder: Path, flow: str = "waits") -> str:
    """A run of `waits`, or of `steps`, that is at work."""
    run = bench.start(flow, folder=str(folder))
    wait(lambda: (folder / "run.pid").exists(), lambda: f"it never began: {bench.state(run)}")
    return run


def two_of_four_at_once(bench: Bench, folder: Path) -> None:
    """Four runs of `waits` end, of which two never begin before the others have ended."""
    runs = [bench.start("waits", folder=str(folder), name=f"run{number}") for number in range(4)]
    wait(lambda: len(list(folder.glob("*.pid"))) == 2, "two of them never began")
    assert sorted(bench.state(run)["type"] for run in runs) == ["RUNNING"] * 2 + ["SCHEDULED"] * 2
    (folder / "go").touch()
    assert {bench.end(run)["type"] for run in runs} == {"COMPLETED"}


def resumed_in_a_step(bench: Bench, folder: Path) -> str:
    """Suspended and resumed, and its process, which has heard of it, still at work: one that ends before it hears is complete."""
    run = begun(bench, folder)
    bench.suspend(run)
    (folder / "run.pid").unlink()
    bench.resume(run)

    def is_put_back() -> bool:
        *_, one, two, last = bench.states(run)
        return last == "SCHEDULED" and "PENDING" in (one, two)

    wait(is_put_back, "it waits nowhere")
    wait((folder / "run.heard").exists, "it does not hear that it is suspended")
    return run


def number_in(file: Path) -> int:
    return int(file.read_text())


def hooked(folder: Path) -> str:
    """The state whose hook was run, by no process that executes a run."""
    state, pid = (folder / "hooked").read_text().split()
    assert int(pid) != number_in(folder / "run.pid")
    return state
