"""The pipelines of examples/ci: what their systems take, and what they do. No engine builds the image here, and no CI runs them.

GitHub's and GitLab's files are held against the schemas that are published for them, Codefresh's against the fields that its
documentation names. hack/build and hack/hint are run, with stand-ins for docker and curl that write down what they are asked.
"""

import importlib.resources
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from headway.decide.supply import image_policies
from headway.decide.supply.image_policies import ImageChoice, SeenTags
from headway.formats.hints import kinds
from headway.formats.tag_commit import commit_in_tag
from headway.model.image_policy import ImagePolicy
from headway.model.images import Image
from headway.receiver import proofs
from sandbox import places
from tests.clients.conftest import git
from tests.examples.test_images import dockerfile_config

CI = places.ROOT / "examples" / "ci"
NODE = CI / "node"
ARGUMENTS = ["TAG", "COMMIT", "SOURCE", "CREATED", "BUILD_ID"]
SECRET = "of-the-receiver"

Document = dict[str, Any]


def _read(name: str) -> Document:
    """As YAML 1.2, in which `on` is a word."""
    read: Document = YAML(typ="safe").load(CI / name)
    return read


def _published(name: str) -> Callable[[Document], list[str]]:
    folder = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = jsonschema_rs.validator_for(json.loads((folder / f"{name}.json").read_text()))
    return lambda document: [each.message for each in schema.iter_errors(document)]


STEP = {"title", "stage", "type", "working_directory"}
STEPS = {
    "git-clone": STEP | {"repo", "revision", "git"},
    "build": STEP
    | {
        "dockerfile",
        "image_name",
        "tag",
        "tag_policy",
        "target",
        "build_arguments",
        "registry",
        "disable_push",
    },
    "freestyle": STEP | {"image", "commands"},
}
"""https://codefresh.io/docs/docs/pipelines/steps/: the fields used here, of many."""


def _codefresh(document: Document) -> list[str]:
    wrong = [f"unknown: {key}" for key in document.keys() - {"version", "stages", "steps"}]
    wrong += [] if document.get("version") == "1.0" else ["version is '1.0', as text"]
    for name, step in document["steps"].items():
        kind = step.get("type", "freestyle")
        wrong += [f"{name}: {key}" for key in step.keys() - STEPS.get(kind, set())]
        wrong += [] if step.get("stage") in document["stages"] else [f"{name}: stage"]
        if kind == "build" and "image_name" not in step:
            wrong.append(f"{name}: image_name is required")
    return wrong


@pytest.mark.parametrize(
    ("file", "check", "part", "broken"),
    [
        pytest.param(
            "github-actions.yaml",
            _published("github-workflows"),
            ["jobs", "image"],
            {"runs-on": None, "stepz": []},
            id="GitHub Actions",
        ),
        pytest.param(
            "gitlab-ci.yaml", _published("gitlab-ci"), ["build-image"], {"script": {"a": 1}}, id="GitLab CI"
        ),
        pytest.param(
            "codefresh.yaml", _codefresh, ["steps", "image"], {"target_stage": "test"}, id="Codefresh"
        ),
    ],
)
def test_its_system_takes_it(
    file: str, check: Callable[[Document], list[str]], part: list[str], broken: Document
) -> None:
    document = _read(file)
    assert check(document) == []
    at = document
    for key in part:
        at = at[key]
    at.update(broken)
    assert check(document), "the check would notice"


def test_github_and_gitlab_run_hack_build_for_each_branch() -> None:
    workflow, pipeline = _read("github-actions.yaml"), _read("gitlab-ci.yaml")
    assert workflow["on"] == {"push": {"branches": ["**"]}}, "tags are built by nobody: their commit is"
    (build,) = [each for each in workflow["jobs"]["image"]["steps"] if "run" in each]
    job = pipeline["build-image"]
    assert (build["run"], job["script"]) == ("hack/build", ["hack/build"])
    assert job["rules"] == [{"if": "$CI_COMMIT_BRANCH"}]
    for environment in (build["env"], job["variables"]):
        assert {"IMAGE", "BRANCH", "BUILD_ID"} <= environment.keys()
    assert environment["BRANCH"] == "$CI_COMMIT_BRANCH"
    assert build["env"]["BRANCH"] == "${{ github.ref_name }}"
    assert all(
        re.fullmatch(r"[\w/-]+@v\d+", each["uses"]) for each in workflow["jobs"]["image"]["steps"][:-1]
    )


def test_codefresh_does_the_same_in_its_own_steps() -> None:
    steps = _read("codefresh.yaml")["steps"]
    names = list(steps)
    assert names.index("test") < names.index("image") < names.index("hint")
    assert (steps["test"]["target"], steps["test"]["disable_push"]) == ("test", True)
    image = steps["image"]
    assert image["tag"] == "${{CF_BRANCH_TAG_NORMALIZED}}-${{CF_SHORT_REVISION}}"
    assert image["tag_policy"] == "original", "a branch in capitals stays so"
    given = dict(each.split("=", 1) for each in image["build_arguments"])
    assert list(given) == ARGUMENTS
    assert given["TAG"] == image["tag"]
    exported = " ".join(steps["facts"]["commands"])
    assert {name for name in ARGUMENTS if given[name] == f"${{{{{name}}}}}"} == {"SOURCE", "CREATED"}
    assert all(f"cf_export {name}=" in exported for name in ("SOURCE", "CREATED"))
    assert steps["hint"]["commands"][-1].startswith("hack/hint ")
    assert steps["hint"]["commands"][-1].endswith(f"{image['image_name']}:{image['tag']}")


def stages(text: str) -> dict[str, tuple[str, list[str]]]:
    """Of a Dockerfile, by name (of the last one: ""): what it begins from, and its instructions."""
    found: dict[str, tuple[str, list[str]]] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if begun := re.fullmatch(r"FROM (\S+)(?: AS (\S+))?", line):
            found[begun[2] or ""] = (begun[1], [])
        elif line and not line.startswith("#"):
            found[list(found)[-1]][1].append(line)
    return found


def test_the_dockerfile_tests_in_a_stage_that_the_image_does_not_hold() -> None:
    found = stages((NODE / "Dockerfile").read_text())
    assert {name: begins for name, (begins, _) in found.items()} == {
        "dependencies": "node:22-alpine",
        "test": "dependencies",
        "production": "dependencies",
        "": "node:22-alpine",
    }
    assert "RUN npm test" in found["test"][1]
    last = found[""][1]
    copied = [
        each.removeprefix("COPY --from=").split()[0] for each in last if each.startswith("COPY --from=")
    ]
    assert copied == ["production"], "nothing of the tests"
    package = json.loads((NODE / "package.json").read_text())
    assert f"COPY package.json {package['main']} ./" in last
    ignored = (NODE / ".dockerignore").read_text().split()
    assert {".git", "node_modules"} <= set(ignored)
    assert "test" not in ignored, "its stage needs them"


def test_its_labels_are_those_of_both_conventions() -> None:
    arguments = {name: f"the-{name.lower()}" for name in ARGUMENTS}
    found = dockerfile_config((NODE / "Dockerfile").read_text(), arguments)
    said = {"name": "web", "version": "the-tag", "commit": "the-commit", "source": "the-source"}
    assert found["Labels"] == {
        "org.opencontainers.image.title": said["name"],
        "org.opencontainers.image.version": said["version"],
        "org.opencontainers.image.revision": said["commit"],
        "org.opencontainers.image.source": said["source"],
        "org.opencontainers.image.created": "the-created",
        "org.label-schema.schema-version": "1.0",
        "org.label-schema.name": said["name"],
        "org.label-schema.version": said["version"],
        "org.label-schema.vcs-ref": said["commit"],
        "org.label-schema.vcs-url": said["source"],
        "org.label-schema.build-date": "the-created",
        "build": "the-build_id",
    }
    assert (found["User"], found["Entrypoint"], found["Cmd"]) == ("node", ["node"], ["server.js"])


@pytest.mark.story
@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_the_services_own_tests_pass_and_can_fail(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    shutil.copytree(NODE, folder)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def test() -> int:
        return subprocess.run(
            ["node", "--test"], cwd=folder, env=environment, check=False, capture_output=True
        ).returncode

    assert test() == 0
    server = folder / "server.js"
    server.write_text(server.read_text().replace("status: 404", "status: 200"))
    assert test() != 0


STAND_IN = """\
#!/bin/sh
{ printf '%s' "${0##*/}"; printf '\\037%s' "$@"; printf '\\036'; } >> "$RECORD"
case " $* " in *" ${FAILS:-nothing} "*) exit 1 ;; esac
"""


@dataclass(frozen=True)
class Built:
    status: int
    said: str
    errors: str
    asked: list[list[str]]
    """Of docker and curl, in order."""


@dataclass(frozen=True)
class Service:
    folder: Path
    commit: str
    build: Callable[..., Built]


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """The Node service in a git repository of its own, whose hack/build finds stand-ins."""
    folder, programs, record = tmp_path / "web", tmp_path / "bin", tmp_path / "record"
    shutil.copytree(NODE, folder)
    programs.mkdir()
    for name in ("docker", "curl"):
        (programs / name).write_text(STAND_IN)
        (programs / name).chmod(0o755)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", "https://ci:token@git.example.com/shop/web.git")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "Begin", "--date", "2026-11-23T10:00:00Z")

    def build(**environment: str) -> Built:
        record.unlink(missing_ok=True)
        done = subprocess.run(
            [folder / "hack" / "build"],
            env={
                "PATH": f"{programs}:/usr/bin:/bin",
                "HOME": str(tmp_path),
                "RECORD": str(record),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        asked = record.read_text().split("\036")[:-1] if record.exists() else []
        return Built(
            done.returncode, done.stdout.strip(), done.stderr, [each.split("\037") for each in asked]
        )

    return Service(folder, git(folder, "rev-parse", "HEAD"), build)


def test_hack_build_tests_builds_pushes_and_says_so(service: Service) -> None:
    short = service.commit[:7]
    image = f"registry.example.com/shop/web:main-{short}"
    built = service.build(
        HEADWAY_HINTS_URL="https://hints.example.com/hints/ci", HEADWAY_HINTS_SECRET=SECRET, BUILD_ID="17"
    )
    assert (built.status, built.said) == (0, image), built.errors
    test, build, push, hint = built.asked
    assert test == ["docker", "build", "--target", "test", "."]
    assert build[:4] == ["docker", "build", "--tag", image]
    assert build[-1] == "."
    given = dict(each.split("=", 1) for each in build[5:-1:2])
    assert set(build[4:-1:2]) == {"--build-arg"}
    created = git(service.folder, "show", "-s", "--format=%ct")
    assert given.pop("CREATED") == _utc(int(created))
    assert given == {
        "TAG": f"main-{short}",
        "COMMIT": service.commit,
        "SOURCE": "https://git.example.com/shop/web.git",
        "BUILD_ID": "17",
    }, "and nothing of the token in the address"
    declared = re.findall(r"(?m)^ARG (\w+)=", (NODE / "Dockerfile").read_text())
    assert set(declared) == {*given, "CREATED"}, "the Dockerfile takes what it is given"
    assert push == ["docker", "push", image]

    assert "https://hints.example.com/hints/ci" in hint
    body = hint[hint.index("--data") + 1].encode()
    headers = httpx.Headers([tuple(each.split(": ", 1)) for each in hint if ": " in each])
    assert proofs.is_signed(body, headers, [SECRET.encode()]), "as the receiver proves it"
    assert not proofs.is_signed(body, headers, [b"another"])
    assert image.rpartition(":")[0] in repr(kinds.read("generic", body, ""))


def _utc(moment: int) -> str:
    return subprocess.run(
        ["date", "-u", "-d", f"@{moment}", "+%Y-%m-%dT%H:%M:%SZ"], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.story
@pytest.mark.parametrize(
    ("branch", "tag"),
    [
        pytest.param("", "main", id="the one checked out"),
        pytest.param("feature/new", "feature-new", id="a slash"),
        pytest.param("Fix#12 ä", "Fix-12---", id="what no tag holds"),
        pytest.param(".hidden", "_hidden", id="what begins no tag"),
        pytest.param("x" * 300, "x" * 120, id="too long"),
    ],
)
def test_the_tag_is_branch_and_commit(branch: str, tag: str, service: Service) -> None:
    built = service.build(BRANCH=branch, IMAGE="ghcr.io/shop/web", LC_ALL="C")
    assert built.said == f"ghcr.io/shop/web:{tag}-{service.commit[:7]}"
    name = built.said.rpartition(":")[2]
    assert re.fullmatch(r"\w[\w.-]{0,127}", name, re.ASCII)
    assert commit_in_tag(name) == service.commit[:7], "as Headway reads it"
    seen = SeenTags(
        [name], "", [service.commit], images={name: Image(built.said, name, "sha256:1", service.commit)}
    )
    chosen = image_policies.of(ImagePolicy(branch=branch or "main"), "web").select(seen)
    assert isinstance(chosen, ImageChoice)
    assert [each.tag for each in chosen.builds] == [name], "and as it finds the branch"
    assert [each[0] for each in built.asked] == ["docker"] * 3, "without an address nobody is told"


@pytest.mark.story
@pytest.mark.parametrize(
    ("fails", "asked"),
    [
        pytest.param("--target", 1, id="the tests"),
        pytest.param("--tag", 2, id="the image"),
        pytest.param("push", 3, id="the push"),
    ],
)
def test_what_fails_ends_it(fails: str, asked: int, service: Service) -> None:
    built = service.build(
        FAILS=fails, HEADWAY_HINTS_URL="https://hints.example.com", HEADWAY_HINTS_SECRET=SECRET
    )
    assert built.status != 0
    assert len(built.asked) == asked, "nothing after it, and nobody is told of an image that is not there"
    assert built.said == ""


def test_a_receiver_that_does_not_answer_fails_no_build(service: Service) -> None:
    built = service.build(
        FAILS="--fail", HEADWAY_HINTS_URL="https://hints.example.com", HEADWAY_HINTS_SECRET=SECRET
    )
    assert built.status == 0
    assert "will see it by itself" in built.errors


def test_what_no_commit_holds_is_not_built(service: Service) -> None:
    (service.folder / "server.js").write_text("changed\n")
    built = service.build()
    assert (built.status, built.asked) == (1, [])
    assert "uncommitted changes" in built.errors
