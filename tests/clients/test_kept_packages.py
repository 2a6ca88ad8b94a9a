"""Packages are kept by their digest, for this user alone, and are what their digest says or are read anew."""

import hashlib
from pathlib import Path

import pytest

from headway.clients.kept_packages import KeptPackages

DATA = b"a package"
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


def never() -> bytes:
    raise AssertionError("it is read again")


def test_what_one_run_has_read_the_next_does_not(tmp_path: Path) -> None:
    assert KeptPackages(tmp_path / "kept").package(DIGEST, lambda: DATA) == DATA
    assert KeptPackages(tmp_path / "kept").package(DIGEST, never) == DATA
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(lambda whole: whole[:-1], id="cut"),
        pytest.param(lambda whole: whole.replace(DATA, b"b package"), id="another package"),
        pytest.param(lambda whole: whole[:0], id="empty"),
        pytest.param(
            lambda whole: whole.replace(DATA, b"evil").replace(
                DIGEST[7:].encode(), hashlib.sha256(b"evil").hexdigest().encode()
            ),
            id="another package with its own digest",
        ),
    ],
)
def test_what_is_damaged_is_read_anew(damaged: object, tmp_path: Path) -> None:
    KeptPackages(tmp_path).package(DIGEST, lambda: DATA)
    (kept,) = tmp_path.iterdir()
    assert callable(damaged)
    kept.write_bytes(damaged(kept.read_bytes()))
    assert KeptPackages(tmp_path).package(DIGEST, lambda: DATA) == DATA


@pytest.mark.parametrize(
    ("digest", "data"),
    [
        pytest.param(DIGEST, b"something else", id="not what its digest names"),
        pytest.param("", DATA, id="no digest"),
        pytest.param("sha256:../../x", DATA, id="no digest but a path"),
        pytest.param("sha512:" + "0" * 128, DATA, id="another algorithm"),
    ],
)
def test_what_is_not_known_by_its_digest_is_not_kept(digest: str, data: bytes, tmp_path: Path) -> None:
    assert KeptPackages(tmp_path / "kept").package(digest, lambda: data) == data
    assert not list(tmp_path.rglob("*.*"))
    with pytest.raises(AssertionError, match="it is read again"):
        KeptPackages(tmp_path / "kept").package(digest, never)
