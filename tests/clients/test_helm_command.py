"""Nothing in a helm command line can be read as an option that Headway did not write."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from headway.clients.command import Completed
from headway.clients.helm import chart, command
from headway.clients.helm.chart import Templated
from headway.clients.helm.command import Helm, Option, helm_environment
from headway.clients.helm.failures import explained, file_of, said_by
from headway.clients.helm.packaging import package
from headway.clients.memory import MEMORY
from headway.decide.release.failure_phrases import classify
from headway.errors import BadInput, Retryable

HELM = Helm("helm", "4.3.1")


@pytest.mark.parametrize(
    ("verb", "operands", "options", "line"),
    [
        pytest.param("lint", ["/chart"], {}, "helm lint -- /chart", id="operands stand behind --"),
        pytest.param("get manifest", ["shop"], {}, "helm get manifest -- shop", id="a verb of two words"),
        pytest.param(
            "upgrade",
            ["--post-renderer=./x", "/p"],
            {},
            "helm upgrade -- --post-renderer=./x /p",
            id="a name like an option",
        ),
        pytest.param(
            "upgrade",
            ["r", "/p"],
            {"wait": True, "dry-run": False, "kube-version": None, "revision": 0},
            "helm upgrade --wait --revision=0 -- r /p",
            id="flags, and options left out",
        ),
        pytest.param(
            "template",
            ["r"],
            {"values": [Path("/a"), Path("/b")], "namespace": "--x"},
            "helm template --values=/a --values=/b --namespace=--x -- r",
            id="repeated options, a value like an option",
        ),
    ],
)
def test_command_line(verb: str, operands: list[str], options: dict[str, Option], line: str) -> None:
    assert " ".join(HELM.argv(verb, operands, options)) == line


@pytest.mark.parametrize(
    ("said", "file"),
    [
        pytest.param(
            "cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 309: x",
            "values.yaml",
            id="a file",
        ),
        pytest.param(
            "cannot load Chart.lock: error converting YAML to JSON: yaml: line 1: x", "Chart.lock", id="lock"
        ),
        pytest.param(
            "failed to save: invalid JSON in values.schema.json", "values.schema.json", id="the schema"
        ),
        pytest.param(
            "error unpacking subchart sub in web: cannot load values.yaml: yaml: line 2: x",
            "charts/sub",
            id="of a subchart",
        ),
        pytest.param('validation: chart.metadata.version "one" is invalid', "Chart.yaml", id="no file"),
    ],
)
def test_the_file_that_helm_could_not_read(said: str, file: str) -> None:
    assert file_of(said) == file


def test_a_dump_of_a_whole_structure_is_left_out_of_what_helm_says() -> None:
    dump = '{"matchLabels":' + "x" * 80 + "}"
    refused = f'UPGRADE FAILED: Deployment.apps "web" is invalid: spec.selector: Invalid value: {dump}: field is immutable'
    said = said_by(Completed(b"", f"level=WARN msg=x\nError: {refused}\n", 1, 0.0))
    assert said == 'UPGRADE FAILED: Deployment.apps "web" is invalid: spec.selector: field is immutable'


GONE_JOB = "resource Job/shop/seed not ready. status: NotFound, message: Resource not found\ncontext deadline exceeded"


@pytest.mark.parametrize(
    ("said", "more"),
    [
        pytest.param(GONE_JOB, True, id="a Job that its ttl removed"),
        pytest.param(GONE_JOB.replace("NotFound", "InProgress"), False, id="a Job that runs"),
        pytest.param(GONE_JOB.replace("Job", "Deployment"), False, id="what has no ttl"),
    ],
)
def test_a_job_that_went_while_helm_waited_is_explained(said: str, more: bool) -> None:
    advice = "ttlSecondsAfterFinished longer than the environment's timeout, or make the Job a hook"
    assert explained(said).startswith(said)
    assert (advice in explained(said)) is more
    assert classify(explained(said))[0] == "unknown", "it speaks neither against the version nor for it"


def test_helm_sees_neither_the_users_repositories_nor_a_cluster() -> None:
    seen = helm_environment(None)
    assert seen["KUBECONFIG"] == os.devnull
    home = str(Path.home() / ".config")
    assert not any(value.startswith(home) for name, value in seen.items() if name.startswith("HELM_"))
    assert helm_environment({"KUBECONFIG": "/k"})["KUBECONFIG"] == "/k"


def test_helm_has_its_folders_in_memory_where_there_is_no_room_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is gone refuses a new one as a full one does."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert Path(helm_environment(None)["HELM_CACHE_HOME"]).is_relative_to(MEMORY)


def test_the_folders_of_processes_that_were_killed_are_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    script = "import os; from headway.clients.helm import command; command.helm_environment(None); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    (left,) = tmp_path.iterdir()
    (left / "cache").mkdir()
    home = Path(helm_environment(None)["HELM_CACHE_HOME"]).parent
    assert [*tmp_path.iterdir()] == [home] != [left]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [("v3.19.0", "its version is v3.19.0"), ("v4.2.9", "needs 4.3"), ("", "its version is unknown")],
)
def test_an_older_helm_is_refused(
    said: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "helm"
    old.write_text(f"#!/bin/sh\nprintf '%s' '{said}'\n")
    old.chmod(0o755)
    monkeypatch.setenv("HEADWAY_HELM", str(old))
    with pytest.raises(BadInput, match=sentence):
        Helm.find()


ASKED: dict[str, Callable[[Helm, Path], object]] = {
    "lint": lambda helm, folder: chart.lint(helm, folder),
    "template": lambda helm, folder: chart.template(helm, folder, release="shop", namespace="shop"),
    "package": lambda helm, folder: package(folder, annotations={}, epoch=0, helm=helm),
}


def ending(tmp_path: Path, script: str) -> tuple[Helm, Path]:
    """A helm that does nothing else, and a chart."""
    program, folder = tmp_path / "helm", tmp_path / "chart"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    folder.mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    return Helm(str(program), "4.3.1"), folder


@pytest.mark.parametrize("asked", ASKED)
def test_a_helm_that_was_killed_says_nothing_of_the_chart(asked: str, tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="it was killed"):
        ASKED[asked](*ending(tmp_path, "kill -9 $$"))


def test_a_helm_that_fails_without_a_word_finds_no_chart_sound(tmp_path: Path) -> None:
    helm, folder = ending(tmp_path, "exit 3")
    assert ASKED["lint"](helm, folder) == ("helm ended with 3",)
    assert ASKED["template"](helm, folder) == Templated(b"", "helm ended with 3")


def test_a_missing_helm_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_HELM", "/nowhere/helm")
    with pytest.raises(BadInput, match="HEADWAY_HELM"):
        Helm.find()


@pytest.mark.sandbox
def test_the_real_helm_is_new_enough(helm: Helm) -> None:
    assert tuple(map(int, helm.version.split(".")[:2])) >= command.OLDEST
