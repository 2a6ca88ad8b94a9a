"""When the fork parent has imported what is no longer on disk."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headway.worker.fingerprint import fingerprint

PACKAGE = "package_of_this_test"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / PACKAGE
    (package / "part").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "part" / "one.py").write_text("x = 1\n")
    (tmp_path / "library-1.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    yield tmp_path
    sys.path_importer_cache.pop(str(tmp_path), None)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda site: (site / PACKAGE / "part" / "one.py").write_text("x = 22\n"), id="another text"
        ),
        pytest.param(
            lambda site: os.utime(site / PACKAGE / "part" / "one.py", ns=(1, 1)), id="written again"
        ),
        pytest.param(lambda site: (site / PACKAGE / "part" / "two.py").touch(), id="a new module"),
        pytest.param(lambda site: (site / PACKAGE / "part" / "one.py").unlink(), id="a module gone"),
        pytest.param(
            lambda site: (site / "library-1.0.dist-info").rename(site / "library-1.1.dist-info"),
            id="another version of a library",
        ),
        pytest.param(lambda site: os.utime(site / "library-1.0.dist-info", ns=(1, 1)), id="installed again"),
        pytest.param(lambda site: (site / "other-1.0.dist-info").mkdir(), id="a new library"),
    ],
)
def test_changed(site: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint([PACKAGE])
    change(site)
    assert fingerprint([PACKAGE]) != before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(lambda site: (site / PACKAGE / "__pycache__").mkdir(), id="compiled"),
        pytest.param(lambda site: (site / PACKAGE / "notes.txt").touch(), id="what is no code"),
        pytest.param(lambda site: (site / "stranger.py").touch(), id="a module that no flow is in"),
    ],
)
def test_unchanged(site: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint([PACKAGE])
    change(site)
    assert fingerprint([PACKAGE]) == before


def test_a_module_that_is_one_file(site: Path) -> None:
    (site / "single.py").write_text("x = 1\n")
    before = fingerprint(["single"])
    (site / "single.py").write_text("x = 22\n")
    assert fingerprint(["single"]) != before


def test_what_is_not_there_is_no_error(site: Path) -> None:
    assert fingerprint(["no_such_package"], [str(site / "no-such-folder")]) == fingerprint([], [])
