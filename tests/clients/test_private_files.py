"""Where is kept what can be made anew."""

from pathlib import Path

import pytest

from headway.clients import private_files
from headway.errors import Terminal


@pytest.mark.parametrize(
    ("named", "kept"),
    {
        "a folder": ("/var/cache/us", "/var/cache/us/headway"),
        "none": ("", "/srv/us/.cache/headway"),
        "a relative one, which is another in each folder that git is started in": (
            "cache",
            "/srv/us/.cache/headway",
        ),
    }.values(),
)
def test_the_folder(named: str, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/us")
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    assert private_files.cache() == Path(kept)


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(Terminal, match="no home") as said:
        private_files.cache()
    assert "XDG_CACHE_HOME" in said.value.next_step
