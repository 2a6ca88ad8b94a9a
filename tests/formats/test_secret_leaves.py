"""Which values are secret is read from sops files, of a stored revision without any key."""

import pytest

from headway.formats import secret_leaves

SOPS = b"\nsops: {mac: 'ENC[AES256_GCM,data:x,type:str]', age: [{recipient: somebody}]}\n"
ENCRYPTED = (
    b"db: {password: 'ENC[AES256_GCM,data:x,type:str]', pin: 'ENC[AES256_GCM,data:x,type:int]'}" + SOPS
)
HEADWAY_YAML = b"""\
application: shop
environments:
  testing: {charts: s3://testing}
  staging: {charts: s3://staging, after: testing, secrets: [own/staging.yaml, own/gone.yaml]}
"""
FILES = {
    "headway.yaml": HEADWAY_YAML,
    "secrets/testing.yaml": ENCRYPTED,
    "own/staging.yaml": b"token: 'ENC[AES256_GCM,data:x,type:str]'" + SOPS,
    "values/testing.yaml": b"token: plain\n",
    "picture.png": b"\x89PNG sops \xff",
}
GIVEN = {"db": {"password": "hunter22", "pin": 12345678.0, "name": "shop"}, "token": "plain"}


def test_leaves_of_a_file_are_as_it_writes_them() -> None:
    clear = b"a: {b: 0123456, c: [yes, 2026-11-24]}\nd: |\n  x\n  y\ne: ''\n"
    assert secret_leaves.of_file(clear) == ("", "0123456", "2026-11-24", "x\ny\n", "yes")
    assert secret_leaves.of_file(b"a: [") == secret_leaves.of_file(b"") == ()


def test_paths_are_the_same_encrypted_or_not() -> None:
    paths = {("db", "password"), ("db", "pin")}
    assert secret_leaves.paths(ENCRYPTED) == paths
    assert secret_leaves.paths(b"db: {password: hunter22, pin: 1}") == paths


def test_values_at_paths_and_below() -> None:
    values = {"a": {"b": ["x", {"c": True}], "d": None}, "e": 1.5, "f": "plain"}
    assert secret_leaves.at(values, [("a",), ("e",)]) == ("", "1.5", "x")
    assert secret_leaves.at(values, []) == ()


@pytest.mark.parametrize(
    ("files", "namespace", "secrets"),
    [
        pytest.param(FILES, "shop-testing", ("12345678", "hunter22"), id="the environment's own"),
        pytest.param(FILES, "shop-staging", ("plain",), id="as headway.yaml names them"),
        pytest.param(FILES, "elsewhere", ("12345678", "hunter22", "plain"), id="of an unknown place: all"),
        pytest.param(
            FILES | {"headway.yaml": b"x"},
            "shop-testing",
            ("12345678", "hunter22", "plain"),
            id="unreadable: all",
        ),
        pytest.param({"values.yaml": b"db: {password: x}"}, "shop-testing", (), id="made by hand"),
    ],
)
def test_secrets_of_a_stored_revision(
    files: dict[str, bytes], namespace: str, secrets: tuple[str, ...]
) -> None:
    assert secret_leaves.of_revision(files, GIVEN, namespace=namespace, release="shop") == secrets
