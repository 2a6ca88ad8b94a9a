"""Ways around the redaction of secrets: spellings that programs give them, and secrets that no sops file names."""

import base64
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest

from headway.formats import manifests, secret_leaves
from headway.formats.known_secrets import KnownSecrets, redact

SECRET = "p@ss'w(r)d! $1/x"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def url64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(quote(SECRET), id="URL"),
        pytest.param(quote(SECRET, safe=""), id="URL, everything escaped"),
        pytest.param(quote_plus(SECRET), id="URL's query"),
        pytest.param(quote(SECRET, safe="!'()*"), id="encodeURIComponent"),
        pytest.param(quote(SECRET, safe=";,/?:@&=+$!*'()#"), id="encodeURI"),
        pytest.param(quote(SECRET, safe="$&+,;="), id="Go's user and password"),
        pytest.param(quote(SECRET, safe="").lower(), id="URL in small letters"),
        pytest.param(quote(quote(SECRET, safe=""), safe=""), id="URL in a URL"),
        pytest.param(b64(SECRET), id="base64"),
        pytest.param(b64(f"me:{SECRET}"), id="basic authorization"),
        pytest.param(b64(b64(SECRET)), id="base64 twice"),
        pytest.param(b64(f"user: {b64(f'me:{SECRET}!')}\n"), id="base64 twice, amid others"),
        pytest.param(url64(url64(SECRET)), id="base64 for URLs, twice"),
        pytest.param(SECRET.encode().hex(), id="hex"),
        pytest.param(SECRET.encode().hex().upper(), id="hex in capitals"),
        pytest.param(SECRET.upper(), id="in capitals"),
        pytest.param(json.dumps(SECRET)[1:-1], id="JSON"),
        pytest.param(repr("'\"" + SECRET)[4:-1], id="Python, single quotes"),
        pytest.param(shlex.quote(SECRET)[1:-1], id="Python's shell quotes"),
        pytest.param(SECRET.replace("'", "'\\''"), id="shell quotes"),
        pytest.param(SECRET.replace("'", "''"), id="YAML quotes"),
    ],
)
def test_a_spelling_is_hidden(spelt: str) -> None:
    assert redact(f"it says: {spelt}; goes on", [SECRET]) == "it says: [redacted]; goes on"


@pytest.mark.parametrize("shown", ["pa$$w0rd", "pa%24%24w0rd", quote_plus("pa$$w0rd"), b64("shop:pa$$w0rd")])
def test_the_password_of_an_address_is_hidden_without_it(shown: str) -> None:
    assert redact(shown, ["postgres://shop:pa%24%24w0rd@db:5432/shop?sslmode=off"]) == "[redacted]"


def test_capitals_that_are_longer_than_their_letters_move_nothing() -> None:
    assert redact("İİİ HUNTER22 İ", ["hunter22"]) == "İİİ [redacted] İ"
    assert KnownSecrets.of(["hunter22"]).among("HUNTER22").hide("a Hunter22") == "a [redacted]"


PULL = {"username": "u", "password": "pull-me", "auth": b64("u:pull-me")}
MANIFEST = f"""\
---
# Source: shop/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {{name: database}}
data: {{password: {b64("made-up-by-helm")}, user: {b64("catalog")}, binary: /w==, broken: "*"}}
stringData: {{token: from plain values}}
---
apiVersion: v1
kind: "Secret"
type: kubernetes.io/dockerconfigjson
metadata: {{name: pull}}
data:
  .dockerconfigjson: {b64(json.dumps({"auths": {"r.example.com": PULL}}))}
---
apiVersion: v1
kind: List
items:
  - {{apiVersion: v1, kind: Secret, metadata: {{name: listed}}, stringData: {{a: in-a-list}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalog-database
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: plain}}
data: {{kind: Secret, open: no-secret}}
"""
HOOK = {
    "name": "hook",
    "manifest": "apiVersion: v1\nkind: Secret\nmetadata: {name: h}\nstringData: {a: of-a-hook}\n",
}
FOUND = {"made-up-by-helm", "from plain values", "pull-me", b64("u:pull-me"), "in-a-list", "of-a-hook"}


def test_what_the_secrets_of_a_release_hold_is_secret() -> None:
    found = secret_leaves.of_manifest(MANIFEST, [HOOK])
    assert {each for each in found if not each.startswith("{")} == FOUND
    again = secret_leaves.of_resources(manifests.split(MANIFEST, [HOOK]))
    assert set(again) == set(found), "and a name that everybody sees is none"
    assert "made-up-by-helm" not in redact("password is made-up-by-helm", found)


@pytest.mark.parametrize("text", ["", "kind: Secret\n: [", "--- kind: Secret", "- kind: Secret\n"])
def test_a_manifest_that_cannot_be_read_has_none(text: str) -> None:
    assert secret_leaves.of_manifest(text) == ()


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param("PÄSSWORD-STRASSE", id="capitals"),
        pytest.param("PÄSSWORD-STRAßE", id="capitals that Go leaves"),
        pytest.param(quote("PÄSSWORD-STRASSE"), id="capitals in a URL"),
        pytest.param(json.dumps("PÄSSWORD-STRASSE")[1:-1], id="capitals in JSON"),
        pytest.param("ÄrgeR-σΣς-İK-1", id="letters of other alphabets"),
    ],
)
def test_letters_beyond_ascii_are_hidden_in_any_size(shown: str) -> None:
    secret = "pässword-straße" if "STRA" in shown else "ärger-σσς-İk-1"
    assert redact(f"it says: {shown} İ", [secret]) == "it says: [redacted] İ"


def test_a_secret_that_a_log_repeats_in_base64_without_end_is_hidden_in_one_go() -> None:
    """Read to both ends of the log for each of its thousands of times, it would take hours."""
    assert redact(f"log: {b64('aaaaaa' * 40_000)} end", ["aaaaaa"]) == "log: [redacted] end"


def test_a_number_that_is_beyond_every_float_is_a_secret_as_any_other() -> None:
    assert redact(f"pin {'9' * 400}", ["9" * 400]) == "pin [redacted]"
