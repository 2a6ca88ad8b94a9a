"""Which runs a fork can execute, and what it is told of their variables."""

import re
import ssl
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pydantic.main
import pytest
from prefect.client import schemas
from prefect.context import SettingsContext, get_settings_context
from prefect.logging.highlighters import PrefectConsoleHighlighter
from prefect.settings import Settings

from headway.worker import first_uses
from headway.worker.configuration import brings_its_own
from headway.worker.environment import difference, of_run, read_too_early, settings

RUN = UUID(int=7)


@pytest.mark.parametrize(
    ("deployment", "own"),
    [
        pytest.param({}, "", id="a module that is installed"),
        pytest.param({"command": "python -m prefect.engine"}, "", id="the engine, named"),
        pytest.param(
            {"command": f"{sys.executable} -m prefect.engine"}, "", id="the engine by this interpreter"
        ),
        pytest.param({"pull_steps": []}, "", id="nothing to pull"),
        pytest.param({"entrypoint": None}, "no entrypoint", id="no entrypoint"),
        pytest.param({"entrypoint": "flows/release.py:release"}, "the file flows/release.py", id="a file"),
        pytest.param(
            {"pull_steps": [{"prefect.deployments.steps.git_clone": {}}]}, "pull steps", id="pull steps"
        ),
        pytest.param({"working_dir": Path("/srv/flows")}, "the folder /srv/flows", id="a folder"),
        pytest.param(
            {"command": "nice python -m prefect.engine"},
            "the command nice python -m prefect.engine",
            id="another command",
        ),
        pytest.param(
            {"command": "/opt/other/bin/python -m prefect.engine"},
            "the command /opt/other/bin/python -m prefect.engine",
            id="another interpreter",
        ),
    ],
)
def test_what_a_deployment_brings_of_its_own(deployment: dict[str, object], own: str) -> None:
    installed = {
        "entrypoint": "flows.release.release",
        "pull_steps": None,
        "command": None,
        "working_dir": None,
    }
    assert brings_its_own(**{**installed, **deployment}) == own  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("job", "too_early"),
    [
        pytest.param({"HOME": "/root", "A": "2"}, [], id="a variable that is read when it is needed"),
        pytest.param({"HOME": None}, [], id="a variable that is taken away"),
        pytest.param({"HOME": "/root", "PREFECT__FLOW_ID": "1"}, [], id="what Prefect says of the run"),
        pytest.param({"HOME": "/root", "PREFECT_API_URL": "other"}, [], id="a setting that the worker has"),
        pytest.param(
            {"HOME": "/root", "PREFECT_LOGGING_LEVEL": "DEBUG"},
            ["PREFECT_LOGGING_LEVEL"],
            id="a setting of its own",
        ),
        pytest.param(
            {"HOME": "/root", "PYTHONPATH": "/srv", "LD_PRELOAD": "x.so"},
            ["LD_PRELOAD", "PYTHONPATH"],
            id="what is read once",
        ),
    ],
)
def test_variables_that_a_fork_has_read_already(job: dict[str, str | None], too_early: list[str]) -> None:
    of_worker = {"PREFECT_API_URL": "http://127.0.0.1:4200/api"}
    inherited = {"HOME": "/root", **of_worker}
    assert read_too_early(difference(inherited, of_run(job, of_worker, RUN))) == too_early


def test_a_run_sees_what_the_process_worker_would_show_it() -> None:
    seen = of_run({"HOME": "/root", "GONE": None}, {"PREFECT_API_URL": "u"}, RUN, (1, "token"))
    assert seen == {
        "HOME": "/root",
        "PREFECT_API_URL": "u",
        "PREFECT__FLOW_RUN_ID": str(RUN),
        "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS": "false",
        "PREFECT__CONTROL_PORT": "1",
        "PREFECT__CONTROL_TOKEN": "token",
    }


def test_what_is_told_turns_one_environment_into_the_other() -> None:
    inherited = {"SAME": "1", "OTHER": "1", "GONE": "1"}
    assert difference(inherited, {"SAME": "1", "OTHER": "2", "NEW": "3"}) == {
        "OTHER": "2",
        "NEW": "3",
        "GONE": None,
    }


def test_a_fork_is_told_which_flow_it_is_to_run() -> None:
    seen = of_run({}, {}, RUN, entrypoint="flows.release.release")
    assert seen["PREFECT__FLOW_ENTRYPOINT"] == "flows.release.release"


@pytest.mark.parametrize(
    ("own", "csrf", "asks", "compares"),
    [
        pytest.param({}, True, None, "false", id="a server that may want tokens"),
        pytest.param({}, False, "false", "false", id="a server that has said that it wants none"),
        pytest.param(
            {"csrf_support_enabled": True}, False, "True", "false", id="an operator who asks for it"
        ),
        pytest.param({"server_version_check_enabled": True}, True, None, "True", id="one who compares"),
    ],
)
def test_runs_do_not_ask_what_the_worker_knows(
    own: dict[str, bool], csrf: bool, asks: str | None, compares: str, tmp_path: Path
) -> None:
    fresh = Settings.model_validate({"client": own, "home": tmp_path})
    with SettingsContext(profile=get_settings_context().profile, settings=fresh):
        told = settings(csrf=csrf)
    assert told.get("PREFECT_CLIENT_CSRF_SUPPORT_ENABLED") == asks
    assert told["PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED"] == compares


@pytest.mark.parametrize(
    ("url", "own", "told"),
    [
        pytest.param("http://127.0.0.1:4200/api", None, "headway-one-certificate.pem", id="without TLS"),
        pytest.param("https://prefect.example.com/api", None, None, id="with TLS"),
        pytest.param("http://127.0.0.1:4200/api", "/own.pem", "own.pem", id="an operator's own"),
    ],
)
def test_certificates_that_nobody_needs_are_not_read(
    url: str, own: str | None, told: str | None, tmp_path: Path
) -> None:
    api = {"url": url, "ssl_cert_file": own} if own else {"url": url}
    fresh = Settings.model_validate({"api": api, "home": tmp_path})
    with SettingsContext(profile=get_settings_context().profile, settings=fresh):
        file = settings().get("PREFECT_API_SSL_CERT_FILE")
    assert (Path(file).name if file else None) == told
    if told == "headway-one-certificate.pem":
        assert file
        assert len(ssl.create_default_context(cafile=file).get_ca_certs()) == 1


def test_what_a_run_says_and_hears_of_prefect_is_ready_before_it_is_forked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prefect's models are finished when they are first used, each in 1 to 8 ms, and so are its log's patterns: in every run."""
    first_uses.make()
    used = (schemas.FlowRun, schemas.objects.Log, schemas.actions.FlowRunUpdate, schemas.actions.StateCreate)
    assert [each for each in used if not each.__pydantic_complete__] == []
    made: list[object] = []
    monkeypatch.setattr(re._compiler, "compile", lambda *asked: made.append(asked))  # type: ignore[attr-defined]
    monkeypatch.setattr(pydantic.main._generics, "create_generic_submodel", lambda *asked: made.append(asked))
    PrefectConsoleHighlighter()("Finished in state Completed() of http://localhost")
    _ = schemas.State[Any], schemas.OrchestrationResult[Any]
    assert made == []
