"""A secret is known again however it is written, and a short one does not take the rest of a text with it."""

import base64
import json
from urllib.parse import quote_plus

import pytest

from headway.errors import Conflict, Unreachable
from headway.formats.known_secrets import KnownSecrets, kept_out_of_errors, redact

PEM = "-----BEGIN KEY-----\nMIGHAgEAMBMGByqG\nSM49AgEGCCqGSM4\nab\n-----END KEY-----\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        pytest.param("hunter22", "hunter22", "[redacted]", id="alone"),
        pytest.param(
            "hunter22\n", "a=hunter22;b=xhunter22x", "a=[redacted];b=x[redacted]x", id="in a longer text"
        ),
        pytest.param('a"b\\c<d>', json.dumps({"k": 'a"b\\c<d>'}), '{"k": "[redacted]"}', id="JSON"),
        pytest.param(
            'a"b\\c<d>', r'{"k": "a\"b\\c\u003cd\u003e"}', '{"k": "[redacted]"}', id="JSON as Go writes it"
        ),
        pytest.param(
            'a"b\\c<d>', json.dumps(json.dumps('a"b\\c<d>')), r'"\"[redacted]\""', id="JSON in JSON"
        ),
        pytest.param("9" * 5000, f"a {'9' * 5000}", "a [redacted]", id="a number beyond all numbers"),
        pytest.param("pässwort", json.dumps("pässwort"), '"[redacted]"', id="JSON in ASCII"),
        pytest.param("it's mine", "'it''s mine'", "'[redacted]'", id="YAML"),
        pytest.param("pa$$ word/1", f"db://{quote_plus('pa$$ word/1')}@db", "db://[redacted]@db", id="URL"),
        pytest.param("hunter22", f"auth: {encoded('hunter22')}", "auth: [redacted]", id="base64"),
        pytest.param(
            "hunter22", f"auth: {encoded('me:hunter22!')}.", "auth: [redacted].", id="inside base64"
        ),
        pytest.param(
            "hunter22",
            f"auth: {encoded('you:hunter22')}",
            "auth: [redacted]",
            id="inside base64, moved by one",
        ),
        pytest.param("\u00fe\u00ff\u00fe\u00ff?>", "w77Dv8O-w78_Pg", "[redacted]", id="base64 for URLs"),
        pytest.param(PEM, f"key: {json.dumps(PEM)}", 'key: "[redacted]\\n"', id="several lines in one"),
        pytest.param(PEM, "  MIGHAgEAMBMGByqG\n  ab", "  [redacted]\n  ab", id="one line of several"),
        pytest.param(
            "12345678", "pin: 1.2345678e+07", "pin: [redacted]", id="a number that Helm made a float"
        ),
        pytest.param(
            "*hunter22",
            "unknown anchor 'hunter22' referenced",
            "unknown anchor '[redacted]' referenced",
            id="alias",
        ),
        pytest.param("aaaaaa", "x aaaaaaaa x", "x [redacted] x", id="overlapping itself"),
        pytest.param(
            "shop",
            "user shop: db://shop-1/shop, user=shop.",
            "user [redacted]: db://shop-1/shop, user=[redacted].",
            id="a short word",
        ),
        pytest.param("info", encoded("info"), "[redacted]", id="a short word in base64"),
        pytest.param(
            "5432", "5432 15432 1.5432 db:5432", "[redacted] 15432 1.5432 db:[redacted]", id="a short number"
        ),
        pytest.param("abc", "abc", "abc", id="too short"),
        pytest.param("True", "True", "True", id="true"),
        pytest.param("", "text", "text", id="empty"),
        pytest.param("  \n", "a  \n b", "a  \n b", id="blank"),
    ],
)
def test_redacts(secret: str, text: str, shown: str) -> None:
    assert redact(text, [secret]) == shown


def test_of_two_that_overlap_nothing_is_left() -> None:
    assert redact("abcdefghij-klmnop", ["abcdefgh", "efghij-klm"]) == "[redacted]nop"


def test_a_mark_is_told_what_stood_there() -> None:
    known = KnownSecrets.of(["hunter22", "hunter2222"])
    assert known.hide("hunter22 hunter2222", lambda text: f"<{len(text)}>") == "<8> <10>"
    assert "hunter22" not in repr(known)


def test_errors_keep_their_kind_without_the_secret() -> None:
    with pytest.raises(Unreachable) as raised, kept_out_of_errors(["hunter22"]):
        raise Unreachable("no answer from hunter22", where="db://hunter22", next_step="Ask hunter22.")
    assert str(raised.value) == "db://[redacted]: no answer from [redacted]. Ask [redacted]."
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    plain = Conflict("somebody was first")
    with pytest.raises(Conflict) as unchanged, kept_out_of_errors(["hunter22"]):
        raise plain
    assert unchanged.value is plain
