"""An image is the same whether Docker builds it from the Dockerfile or hack/build makes it."""

import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.examples.conftest import REPOSITORIES, Run

pytestmark = pytest.mark.sandbox
"""They build with the Go toolchain that the sandbox brings."""

IMAGES = ("catalog", "cart", "storefront", "tests")


def dockerfile_config(text: str, arguments: dict[str, str]) -> dict[str, Any]:
    """What the last stage of a Dockerfile puts into the image's configuration, its arguments filled in."""
    joined = re.sub(r"\\\n\s*", "", text)
    stage = joined[joined.rindex("\nFROM ") :]
    declared = dict(re.findall(r"(?m)^ARG (\w+)=(.*)$", stage))
    filled = re.sub(r"\$\{(\w+)\}", lambda name: {**declared, **arguments}[name[1]], stage)
    environment = re.findall(r'(?m)^ENV (\w+)="([^"]*)"$', filled)
    label_lines = re.findall(r"(?m)^LABEL (.*)$", filled)
    exposed = re.findall(r"(?m)^EXPOSE (\d+)$", filled)
    return {
        "Entrypoint": json.loads(re.findall(r"(?m)^ENTRYPOINT (.*)$", filled)[-1]),
        "Cmd": json.loads(re.findall(r"(?m)^CMD (.*)$", filled)[-1]),
        "Env": [f"{name}={value}" for name, value in environment],
        "User": re.findall(r"(?m)^USER (.*)$", filled)[-1],
        "Labels": dict(re.findall(r'([\w.-]+)="([^"]*)"', " ".join(label_lines))),
        **({"ExposedPorts": {f"{port}/tcp": {} for port in exposed}} if exposed else {}),
    }


def built(folder: Path, run: Run, **environment: str) -> tuple[str, Path]:
    output = folder.parent / "image.tar"
    settings = {
        "OUTPUT": str(output),
        "BUILD_ID": "build-17",
        "BUILT": "",
        "BRANCH": "",
        "TAG": "",
        "REGISTRY": "",
    }
    done = run([folder / "hack" / "build"], folder, **{**settings, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), output


def config_of(image: Path) -> dict[str, Any]:
    with tarfile.open(image) as archive:
        config = archive.extractfile("config.json")
        assert config is not None
        read: dict[str, Any] = json.load(config)
    return read


@pytest.mark.parametrize("name", IMAGES)
def test_hack_build_makes_what_the_dockerfile_describes(
    name: str, repository: Callable[[str], Path], run: Run
) -> None:
    folder = repository(name)
    sha = run(["git", "rev-parse", "HEAD"], folder).stdout.strip()
    reference, image = built(folder, run)
    config = config_of(image)
    arguments = {
        "TAG": f"main-{sha[:7]}",
        "COMMIT": sha,
        "SOURCE": f"https://git.example.com/shop/{name}.git",
        "CREATED": config["created"],
        "BUILD_ID": "build-17",
    }
    assert config["config"] == dockerfile_config((folder / "Dockerfile").read_text(), arguments)
    assert reference == f"registry.example.com/shop/{name}:main-{sha[:7]}"


def test_the_same_commit_gives_the_same_bytes(repository: Callable[[str], Path], run: Run) -> None:
    folder = repository("tests")
    first = built(folder, run)[1].read_bytes()
    assert built(folder, run)[1].read_bytes() == first


def layer_of(image: Path) -> bytes:
    with tarfile.open(image) as archive:
        layer = archive.extractfile("layer.tar")
        assert layer is not None
        return layer.read()


def commit(folder: Path, run: Run, message: str) -> None:
    done = run(["git", "commit", "--all", "--quiet", "--message", message], folder)
    assert done.returncode == 0, done.stderr


def test_what_did_not_change_is_the_same_layer_and_is_built_once(
    repository: Callable[[str], Path], run: Run, tmp_path: Path
) -> None:
    folder = repository("tests")
    kept = {"BUILT": str(tmp_path / "built")}
    first = built(folder, run, **kept)[1]
    layer, labels = layer_of(first), config_of(first)["config"]["Labels"]
    (folder / "README.md").write_text("# As it was\n")
    commit(folder, run, "Say less")
    go_that_builds_nothing = {"GOFLAGS": "-overlay=/nowhere"}
    second = built(folder, run, **kept, **go_that_builds_nothing)[1]
    assert layer_of(second) == layer
    assert config_of(second)["config"]["Labels"] != labels
    main = folder / "main.go"
    main.write_text(main.read_text().replace("FAILED", "failed"))
    commit(folder, run, "Shout less")
    assert layer_of(built(folder, run, **kept)[1]) != layer
    assert len(list((tmp_path / "built").iterdir())) == 2


@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        pytest.param({"BRANCH": "feature/new"}, "feature-new-{sha}", id="a branch with a slash"),
        pytest.param({"TAG": "1"}, "1", id="a tag by name"),
    ],
)
def test_tag(environment: dict[str, str], tag: str, repository: Callable[[str], Path], run: Run) -> None:
    folder = repository("tests")
    sha = run(["git", "rev-parse", "HEAD"], folder).stdout.strip()
    reference, image = built(folder, run, **environment)
    assert reference == f"registry.example.com/shop/tests:{tag.format(sha=sha[:7])}"
    assert config_of(image)["config"]["Labels"]["org.opencontainers.image.version"] == tag.format(sha=sha[:7])


def test_uncommitted_changes_are_not_built(repository: Callable[[str], Path], run: Run) -> None:
    folder = repository("tests")
    (folder / "extra.go").write_text("package main\n")
    done = run([folder / "hack" / "build"], folder, OUTPUT=str(folder.parent / "image.tar"))
    assert done.returncode == 1
    assert "uncommitted changes" in done.stderr
    assert not (folder.parent / "image.tar").exists()


def test_a_failing_go_test_builds_no_image(repository: Callable[[str], Path], run: Run) -> None:
    folder = repository("catalog")
    api = folder / "internal" / "api" / "api.go"
    api.write_text(api.read_text().replace("PriceCents: 450", "PriceCents: 0"))
    commit(folder, run, "Give tea away")
    image, kept = folder.parent / "image.tar", folder.parent / "built"
    done = run([folder / "hack" / "build"], folder, OUTPUT=str(image), BUILT=str(kept))
    assert done.returncode != 0
    assert "tea has no price" in done.stderr
    assert not image.exists()
    assert not kept.exists()


@pytest.mark.parametrize("name", IMAGES)
def test_a_repository_without_a_remote_is_told_so(
    name: str, repository: Callable[[str], Path], run: Run
) -> None:
    folder = repository(name)
    assert run(["git", "remote", "remove", "origin"], folder).returncode == 0
    done = run([folder / "hack" / "build"], folder, OUTPUT=str(folder.parent / "image.tar"))
    assert (done.returncode, "hack/build: no remote origin" in done.stderr) == (1, True), done.stderr


def test_the_services_share_what_they_have_in_common() -> None:
    for shared in ("hack/build", "internal/serve/serve.go"):
        texts = {(REPOSITORIES[name] / shared).read_text() for name in ("catalog", "cart", "storefront")}
        assert len(texts) == 1, f"{shared} differs between the services"
