"""What people decide by shows what the cluster reads, and rules no terminal: others wrote the names, values and logs in it."""

import json

import pytest

from headway.cli import main
from headway.cli.table import print_rows
from headway.decide.review import plan_markdown
from headway.formats import manifests
from headway.formats.visible import hidden_in, visible
from tests.decide.test_plan import made

UNSEEN = {
    "right to left": "\u202e",
    "an isolate": "\u2066",
    "no width": "\u200b",
    "a joiner": "\u200d",
    "a soft hyphen": "\xad",
    "a byte order mark": "\ufeff",
    "a line of Unicode": "\u2028",
    "a space of another width": "\u2003",
    "a tag": "\U000e0041",
    "a letter that is blank": "\u3164",
    "an escape": "\x1b",
    "an escape of eight bits": "\x9b",
    "a carriage return": "\r",
}


@pytest.mark.parametrize("character", UNSEEN.values(), ids=UNSEEN)
def test_is_shown_by_its_number(character: str) -> None:
    assert hidden_in(f"ad{character}min")
    assert visible(f"ad{character}min\n\tx") in (
        f"ad\\u{ord(character):04x}min\n\tx",
        f"ad\\U{ord(character):08x}min\n\tx",
    )
    for document in ({"user": f"ad{character}min"}, {f"ad{character}min": "user"}):
        lines = manifests.lines(document)
        assert not any(map(hidden_in, lines))
        assert "".join(lines).isascii()


def test_what_everybody_sees_stays() -> None:
    assert visible("Grüße, 世界 ✓\n\tx") == "Grüße, 世界 ✓\n\tx"
    assert manifests.lines({"a": "Grüße"}) == ["a: Grüße"]


def test_a_plan_shows_who_is_given_rights() -> None:
    subject = {"kind": "ServiceAccount", "name": "shop\u202e\u200b"}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"},
        "subjects": [subject],
    }
    shown = plan_markdown.markdown(made("", json.dumps(binding), json.dumps(binding), revision=0, hook=False))
    assert "shop\\u202E\\u200B" in shown


def test_a_log_in_a_record_rules_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([["NOTES"], ["said \x1b[2Jno"]])
    assert capsys.readouterr().out == "NOTES\nsaid \\u001b[2Jno\n"


def test_nor_does_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "no\x1b[2Jsuch"]) != 0
    assert "\x1b" not in capsys.readouterr().err
