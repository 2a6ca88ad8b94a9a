"""Challenges as registries write them, and as nobody should."""

import pytest

from headway.formats.www_authenticate import Challenge, challenges

REALM = {"realm": "https://auth.example.com/token"}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", []),
        ("Basic", [Challenge("basic", {})]),
        ('Basic realm="Registry"', [Challenge("basic", {"realm": "Registry"})]),
        (
            'BEARER Realm="https://auth.example.com/token",service=registry',
            [Challenge("bearer", {**REALM, "service": "registry"})],
        ),
        (
            'Bearer realm = "https://auth.example.com/token" , scope="repository:a:pull,push repository:b:pull"',
            [Challenge("bearer", {**REALM, "scope": "repository:a:pull,push repository:b:pull"})],
        ),
        (
            'Basic realm="a, Bearer realm=b", Bearer realm="https://auth.example.com/token"',
            [Challenge("basic", {"realm": "a, Bearer realm=b"}), Challenge("bearer", REALM)],
        ),
        ('Basic, Bearer realm="x"', [Challenge("basic", {}), Challenge("bearer", {"realm": "x"})]),
        (r'Basic realm="a \"b\" \\c"', [Challenge("basic", {"realm": r'a "b" \c'})]),
        ('Bearer realm="first",realm="second"', [Challenge("bearer", {"realm": "first"})]),
        (
            'Bearer realm="without end',
            [Challenge("bearer", {}), Challenge("realm", {}), Challenge("without", {}), Challenge("end", {})],
        ),
        ('=== "" ,,', []),
        ("realm=x", [Challenge("realm", {}), Challenge("x", {})]),
    ],
)
def test_reads(header: str, found: list[Challenge]) -> None:
    assert challenges(header) == found


def test_no_more_is_read_than_so_many_characters() -> None:
    assert challenges("," * 8192 + "Basic") == []
