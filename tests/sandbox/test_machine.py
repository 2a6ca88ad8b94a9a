"""What clones on one machine share: built programs under a hash of their sources, and one running sandbox."""

import shutil
from pathlib import Path

import pytest

from sandbox import external, go_toolchain, helm_on_path, machine_lock, places
from sandbox.build import missing
from sandbox.failure import SandboxError
from sandbox.processes import Processes, Service
from sandbox.programs import PROGRAMS, up_to
from sandbox.seed.commands import go_environment


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "cmd" / "pause").mkdir(parents=True)
    for name, text in (
        ("go.mod", "module m\n"),
        ("go.sum", "sum\n"),
        ("cmd/pause/main.go", "package main\n"),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("changed", ["go.mod", "go.sum", "cmd/pause/main.go", "cmd/other.go"])
def test_programs_are_built_anew_when_a_source_changes(sources: Path, changed: str) -> None:
    before = places.build_hash(sources)
    (sources / changed).write_text("changed\n")
    assert places.build_hash(sources) != before


def test_nothing_else_builds_programs_anew(sources: Path) -> None:
    before = places.build_hash(sources)
    (sources / "s3.py").write_text("changed\n")
    assert places.build_hash(sources) == before


def test_programs_are_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert places.binaries() == tmp_path / "headway" / "sandbox" / places.build_hash()


def test_an_interrupted_build_resumes_with_what_is_missing(tmp_path: Path) -> None:
    first, second, *rest = PROGRAMS
    (tmp_path / first.name).touch()
    (tmp_path / f".{second.name}.4711").touch()
    assert missing(PROGRAMS, tmp_path) == [second, *rest]


def test_what_images_need_is_built_first_then_helm_then_the_cluster() -> None:
    assert [program.name for program in up_to("images")] == ["crane", "registry"]
    assert [program.name for program in up_to("supply")] == ["crane", "registry", "helm", "oracle"]
    assert tuple(up_to("cluster")) == PROGRAMS


def test_a_go_that_is_not_on_path_is_found_by_what_builds_images(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go = tmp_path / "toolchain" / "go"
    go.parent.mkdir()
    go.write_text("#!/bin/sh\necho go version go1.99.0 linux/amd64\n")
    go.chmod(0o755)
    monkeypatch.setattr(go_toolchain, "_candidates", lambda: [str(go)])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert shutil.which("go", path=go_environment()["PATH"]) == str(go)


def test_a_second_clone_is_told_which_one_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first, second = tmp_path / "first", tmp_path / "second"
    processes = Processes(first / ".sandbox")
    machine_lock.claim(first)
    processes.start(Service("server", ["sleep", "300"], ready=lambda _: True))
    try:
        with pytest.raises(SandboxError) as refused:
            machine_lock.claim(second)
        assert str(first) in str(refused.value)
        assert "\n" not in str(refused.value)
        machine_lock.claim(first)
        machine_lock.release(second)
        assert machine_lock.note().read_text().strip() == str(first)
    finally:
        processes.stop(["server"])
    # Nothing of the first runs any more, whatever the note says.
    machine_lock.claim(second)
    assert machine_lock.note().read_text().strip() == str(second)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param({"HEADWAY_KUBECONFIG": "/some"}, "set together", id="a cluster without its registry"),
        pytest.param(
            {"HEADWAY_REGISTRY": "r.example.com"}, "set together", id="a registry without its cluster"
        ),
        pytest.param(
            {"HEADWAY_KUBECONFIG": "/not/there", "HEADWAY_REGISTRY": "r.example.com"},
            "names no file: /not/there",
            id="a kubeconfig that is not there",
        ),
    ],
)
def test_half_of_an_existing_cluster_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SandboxError, match=said):
        external.external(environment)


def test_an_existing_cluster_is_used_when_both_are_named(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.touch()
    found = external.external(
        {"HEADWAY_KUBECONFIG": str(kubeconfig), "HEADWAY_REGISTRY": "r.example.com:5000"}
    )
    assert found == external.ExternalCluster(kubeconfig, "r.example.com:5000")
    assert external.external({}) is None


@pytest.mark.parametrize(
    ("output", "version"),
    [("v4.3.1+gabc", (4, 3, 1)), ("v3.18.4", (3, 18, 4)), ("v4.10.0", (4, 10, 0)), ("", ())],
)
def test_helm_versions_are_compared_as_numbers(output: str, version: tuple[int, ...]) -> None:
    assert helm_on_path.helm_version(output) == version
    assert (version >= helm_on_path.OLDEST) is (version[:1] == (4,))


def test_go_is_new_enough_by_the_line_in_go_mod() -> None:
    assert go_toolchain.needed_version("module m\n\ngo 1.26.6\n\nrequire x v1\n") == (1, 26, 6)
    assert go_toolchain.parsed_version("go version go1.27.3 linux/amd64") == (1, 27, 3)
    assert go_toolchain.parsed_version("go version go1.27rc1 linux/amd64") == (1, 27)
    assert go_toolchain.parsed_version("command not found") == ()
