"""What the repository as a whole promises: it names no machine, and its commands are where it says."""

import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from tests.everything import MARKED

ROOT = Path(__file__).resolve().parent.parent
# Written in parts, so that this file does not contain what it looks for.
MACHINE_PATHS = [f"/{folder}/" for folder in ("wo" + "rk", "ro" + "ot", "ho" + "me")]
PACKAGE_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("deb", "debian", "org"),
        ("registry", "npmjs", "org"),
    )
]
WORKPLACE = [
    "".join(parts)
    for parts in (
        ("sandbox-", "facts"),
        ("shared/", "design"),
        ("shared/", "facts"),
        ("brief/", "contract"),
        ("Co-authored", "-by"),
    )
]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(MACHINE_PATHS, id="paths-of-a-machine"),
        pytest.param(PACKAGE_HOSTS, id="hosts-of-package-indexes"),
        pytest.param(WORKPLACE, id="papers-that-are-not-here"),
    ],
)
def test_no_tracked_file_names(words: list[str]) -> None:
    pattern = re.compile("|".join(rf"(?<![\w.}}]){re.escape(word)}" for word in words))
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in tracked()
        if any(word in (text := file.read_text(errors="replace")) for word in words)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_command_of_the_readme_is_in_the_makefile() -> None:
    named = set(re.findall(r"\bmake ([a-z][-a-z]*)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([a-z][-a-z]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named, "the README names no command"
    assert named <= targets


@pytest.mark.parametrize("package", ["flows", "tasks", "blocks", "headway"])
def test_a_package_of_a_common_name_is_ours(package: str) -> None:
    """`flows` and `tasks` are names that others use too; an editable install comes last on the path."""
    file = import_module(package).__file__
    assert file is not None
    assert Path(file).resolve().is_relative_to(ROOT)


def test_most_files_are_short_and_none_is_endless() -> None:
    """One idea a file; a table may be as long as it has rows."""
    folders = [ROOT / name for name in ("headway", "flows", "tasks", "blocks")]
    modules = [file for folder in folders for file in folder.rglob("*.py") if file.name != "__init__.py"]
    lengths = sorted(len(file.read_text().splitlines()) for file in modules)
    assert lengths[len(lengths) // 2] < 100
    assert lengths[-1] < 500


def test_what_needs_the_sandbox_says_so_in_its_own_file() -> None:
    """`make test` looks for the markers there, to load no other file beside the cluster."""
    tests = (each for each in tracked() if each.is_relative_to(ROOT / "tests") and each.suffix == ".py")
    marked = [each for each in tests if MARKED.search(each.read_text())]
    assert [str(each) for each in marked if not each.name.startswith("test_")] == []
