"""Has what runs tested once more, and tells how the tests ended: for people as the run does, or for programs."""

from typing import Any

from flows import run_values
from headway.cli import runs
from headway.cli.output import Found, show_found
from headway.cli.prefect_api import prefect_server

_DEPLOYMENT = "run-tests/run-tests"


def run(parameters: dict[str, Any], output: str) -> bool:
    """False where a test fails, or the run itself."""
    if output == "table":
        return runs.start(_DEPLOYMENT, parameters, wait=True)
    with prefect_server() as client:
        ended = runs.ended(client, _DEPLOYMENT, parameters)
        told = run_values.read(client, ended.id, "tests")
        values = {**runs.values_of(client, ended), **(told or {"passed": None, "tests": []})}
    failed = [str(each["name"]) for each in values["tests"] if not each["passed"]]
    show_found(Found([], values, names=failed), output)
    return runs.went_well(ended)
