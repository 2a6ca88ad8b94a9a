import pytest

from headway.errors import BadInput
from headway.formats.chart_version import (
    allows,
    check_constraint,
    is_above,
    newest,
    next_patch,
    precedence,
)


@pytest.mark.parametrize(
    ("constraint", "version", "allowed"),
    [
        (None, "1.2.3", True),
        (None, "1.2.3-rc.1", False),
        ("*", "2.0.0-alpha", False),
        (">=1 <2", "1.9.9", True),
        (">=1 <2", "2.0.0", False),
        (">= 1.2, < 1.5", "1.4.0", True),
        ("^1.2", "1.10.0", True),
        ("^0.2.3", "0.3.0", False),
        ("~1.2.3", "1.2.9", True),
        ("~1.2.3", "1.3.0", False),
        ("1.x", "1.7.0", True),
        ("1.2 - 1.4", "1.4.9", True),
        ("^1 || ^3", "3.1.0", True),
        ("^1, !=1.4.2", "1.4.2", False),
        ("^1, !=1.4.2", "1.4.3", True),
        ("1.2.3-rc.1", "1.2.3-rc.1", True),
        (">=1.2.3-0", "1.2.3-rc.1", True),
        (">=1", "v1.5.0", True),
        (">=1", "latest", False),
        # A pre-release only where the constraint names one; then whatever numbers that one has.
        ("<2", "2.0.0-rc.1", False),
        ("<2.0.0", "2.0.0-rc.1", False),
        ("<2.0.0", "1.9.9-rc.1", False),
        ("<2.0.0-0", "2.0.0-rc.1", False),
        ("<2.0.0-0", "1.9.9-rc.1", True),
        ("<=2.0.0", "2.0.0-rc.1", False),
        ("<=1.4", "1.5.0-rc.1", False),
        (">=1.0.0-0", "1.3.0-beta.1", True),
        ("^1.2.0-0", "1.3.0-beta.1", True),
        ("^1.2.0-0", "2.0.0-beta.1", False),
        ("^1.2.0-0 <1.3", "1.2.9-beta.1", True),
        ("^1.2.0-0 || ^2", "2.1.0-beta.1", False),
        ("1.2.3-rc.1", "1.2.3", False),
        ("1.2.3-rc.1", "1.2.3-rc.2", False),
        ("!=1.2.3-rc.1", "1.2.3", True),
        ("!=1.2.3-rc.1", "1.2.3-rc.1", False),
        ("!=1.2", "1.2.9", False),
        ("!=1.x", "2.0.0", True),
        (">1.2.3-rc.1", "1.2.3-rc.10", True),
        (">1.2.3-rc.2", "1.2.3-rc.10", True),
        (">1.2.3-rc.2", "1.2.3-beta.9", False),
        # Ranges.
        ("1.0.0 - 2.0.0 !=1.5.0", "1.5.0", False),
        ("1.0.0 - 2.0.0 !=1.5.0", "1.6.0", True),
        ("v1 - 2", "2.9.9", True),
        ("v1 - 2", "3.0.0", False),
        ("1.2 - 1.4.1", "1.4.2", False),
        # Numbers that are left out, or x.
        ("1.2.x", "1.2.9", True),
        ("1.2.*", "1.3.0", False),
        ("1.X.3", "1.9.0", True),
        ("1", "1.9.9", True),
        (">1", "1.9.9", False),
        (">1", "2.0.0", True),
        (">1.2", "1.2.9", False),
        (">1.2", "1.3.0", True),
        ("<=1.2", "1.2.9", True),
        ("<=1.2", "1.3.0", False),
        ("<1.2", "1.2.0", False),
        # Tilde and caret.
        ("~1", "1.9.9", True),
        ("~>1.2", "1.3.0", False),
        ("~0.0.0", "5.0.0", True),
        ("^0.2", "0.2.9", True),
        ("^0", "0.9.0", True),
        ("^0.0.3", "0.0.4", False),
        ("^0.0", "0.1.0", False),
        # How it may be written.
        ("v1.2.3", "1.2.3", True),
        ("=v1.2.3", "1.2.3", True),
        ("=>1.2", "1.3.0", True),
        ("=<1.2", "1.3.0", False),
        ("01.2", "1.2.4", True),
        (">= 1.2 , < 1.5", "1.5.0", False),
        ("1.2.3+build.7", "1.2.3", True),
        ("1.x.1x", "1.9.9", True),
        ("x.2|3.*1", "5.0.0", True),
        ("\t1\n", "1.2.3", True),
        ("", "1.2.3", True),
        ("", "1.2.3-rc.1", False),
    ],
)
def test_constraints(constraint: str | None, version: str, allowed: bool) -> None:
    assert allows(constraint, version) is allowed


@pytest.mark.parametrize(
    "constraint",
    [
        "abc",
        ">=1 <<2",
        ">=1<2",
        "1.2.3.4",
        "1.2.",
        "1.2-",
        "1.2.3-01",
        "1.2.3-a..b",
        "==1",
        "=!1",
        ",1",
        "1,",
        "^1 ||",
        "1.2 -1.3",
        f"{2**64}.0.0",
        "1" * 600,
        "1 " * 20_000,
        "||".join(["1"] * 40),
        "\u0661",
        "1\u00a02",
        "1\n^",
        "\u00a01",
        "1\v",
        " ",
        "1x",
        "1|2",
        f"1.2.3-{'a' * 300}",
        f"1.2.3+{'a' * 300}",
    ],
)
def test_an_unreadable_constraint_is_bad_input(constraint: str) -> None:
    with pytest.raises(BadInput, match="is not a version constraint"):
        check_constraint(constraint)


@pytest.mark.parametrize(
    ("version", "seen", "expected"),
    [
        pytest.param("0.1.0", [], "0.1.1", id="nothing seen"),
        pytest.param("0.1.0", ["0.1.0"], "0.1.1", id="published"),
        pytest.param("0.1.0", ["0.1.0", "0.1.9", "0.1.10"], "0.1.11", id="above numbers, not texts"),
        pytest.param("0.1.0", ["2.0.0"], "2.0.1", id="above every one ever seen"),
        pytest.param("1.0.0", ["1.0.1-rc.1"], "1.0.1", id="a pre-release ends in its release"),
        pytest.param("1.0.0", ["junk", "v1.0.4"], "1.0.5", id="what is no version does not count"),
        pytest.param("1.0.0+build", ["1.0.0"], "1.0.1", id="build metadata is dropped"),
    ],
)
def test_next_patch_is_above_every_version_ever_seen(version: str, seen: list[str], expected: str) -> None:
    assert next_patch(version, seen) == expected
    assert all(is_above(expected, each) for each in [version, *seen])


def test_next_patch_refuses_what_is_no_version() -> None:
    with pytest.raises(BadInput):
        next_patch("1.0", [])


@pytest.mark.parametrize("seen", [["0.0.18446744073709551615"], ["0.1.0", "9.9.18446744073709551615+b"]])
def test_above_the_last_number_that_helm_reads_there_is_no_patch(seen: list[str]) -> None:
    with pytest.raises(BadInput, match="there is no patch that Helm would read"):
        next_patch("0.0.1", seen)


def test_newest_by_precedence_and_constraint() -> None:
    versions = ["0.9.0", "0.10.0", "1.0.0-rc.1", "junk", "0.2.0"]
    assert newest(versions) == "0.10.0"
    assert newest(versions, "<0.10") == "0.9.0"
    assert newest(versions, ">5") is None


def test_build_metadata_has_no_precedence() -> None:
    assert not is_above("1.0.0+b", "1.0.0+a")
    assert not is_above("1.0.0+a", "1.0.0+b")
    assert is_above("1.0.0", "1.0.0-rc.1")


@pytest.mark.parametrize(
    "version", ["1.2", "01.2.3", "1.2.3-01", "1.2.3\n", "1" * 5000, f"1.0.{2**64}", "\u0661.0.0"]
)
def test_what_is_no_version_is_never_admitted_nor_an_error(version: str) -> None:
    assert not allows("*", version)
    assert not is_above(version, "0.0.1")


def test_precedence_is_that_of_semantic_versioning() -> None:
    order = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.10.0"
    )
    versions = order.split()
    assert sorted(set(versions), key=precedence) == versions
