"""What an operator writes, and what is said of it by line."""

import re
from pathlib import Path

import pytest

from headway.errors import BadInput
from headway.formats.hints.kinds import KINDS
from headway.receiver import settings
from headway.receiver.settings import WAYS, Live, parsed, secrets_in
from tests.receiver.hearing import SETTINGS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "hints.md"
ONE = "senders:\n  ci: {kind: generic, secrets: s}\n"


def test_every_kind_has_a_way_and_those_that_sign_have_no_other() -> None:
    assert WAYS.keys() == KINDS.keys()
    assert all(ways == ("signature",) for ways in WAYS.values() if "signature" in ways)


def test_the_example_of_the_document_holds() -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    said = parsed(example, "receiver.yaml")
    assert {name: (sender.kind, sender.way) for name, sender in said.senders.items()} == {
        "ci": ("generic", "signature"),
        "registry": ("distribution", "token"),
        "github": ("github", "signature"),
        "hub": ("docker-hub", "path"),
        "of-team": ("generic", "signature"),
    }
    assert [*said.applications] == ["shop"]


def test_what_is_written_is_what_holds() -> None:
    said = parsed(SETTINGS, "receiver.yaml")
    assert {name: sender.way for name, sender in said.senders.items()} == {
        "ci": "signature",
        "github": "signature",
        "gitea": "signature",
        "gitlab": "token",
        "registry": "token",
        "hub": "path",
        "shop-only": "signature",
    }
    assert said.patience.quiet == 0
    assert list(said.hinted(said.senders["shop-only"])) == ["shop"]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param("senders: {}", "f:1: senders: Dictionary should have at least 1 item", id="no sender"),
        pytest.param("applications: {}", "f:1: senders: is missing", id="no senders at all"),
        pytest.param(
            "senders:\n  ci: {kind: jenkins, secrets: s}",
            "f:2: senders.ci.kind: must be one of acr,",
            id="no such kind",
        ),
        pytest.param(
            "senders:\n  ci: {kind: generic}", "f:2: senders.ci: secrets: name a file", id="no secrets"
        ),
        pytest.param(
            "senders:\n  ci: {kind: github, by: path, secrets: s}",
            "by: github can do signature, not path",
            id="what signs is not let in by a path",
        ),
        pytest.param(
            "senders:\n  ci: {kind: quay, by: token, secrets: s}",
            "by: quay can do path, not token",
            id="what sends no token",
        ),
        pytest.param(
            "senders:\n  Ci/x: {kind: generic, secrets: s}",
            "f:2: senders.Ci/x",
            id="a name that is no part of a path",
        ),
        pytest.param(
            f"{ONE}applications:\n  ../x: {{}}",
            "applications.../x",
            id="an application that is no name of a file",
        ),
        pytest.param(
            "senders:\n  ci: {kind: generic, secrets: s, applications: [shpo]}\napplications: {shop: {}}",
            "senders.ci.applications: shpo: not declared under applications:",
            id="an application that is not there",
        ),
        pytest.param(
            f"{ONE[:-2]}, applications: }}", "f:2: senders.ci.applications", id="neither all nor none"
        ),
        pytest.param(f"{ONE}quiet: 2h", "f:3: quiet: '2h' is longer than an hour", id="too long"),
        pytest.param(f"{ONE}body_limit: 99999999999", "f:3: body_limit", id="no limit"),
        pytest.param(f"{ONE}secret: x", "f:3: secret: ", id="a key that is none"),
    ],
)
def test_findings(text: str, finding: str) -> None:
    with pytest.raises(BadInput) as refused:
        parsed(text, "f")
    assert finding in str(refused.value)


def test_a_sender_with_an_empty_list_names_nothing() -> None:
    said = parsed(SETTINGS.replace("applications: [shop]}", "applications: []}"), "f")
    assert {name: len(said.hinted(sender)) for name, sender in said.senders.items()}["shop-only"] == 0
    assert list(said.hinted(said.senders["ci"])) == ["shop", "tea"]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param("", "it holds 0 secrets", id="none"),
        pytest.param("# only\n\n", "it holds 0 secrets", id="a comment alone"),
        pytest.param("too-short\n", "f:1: a secret is 16 to 500", id="short"),
        pytest.param("\nwith a space in the middle\n", "f:2: a secret is", id="no word"),
        pytest.param("s" * 16 + "\n" + "schlüssel-schlüssel", "f:2: a secret is", id="no ASCII"),
        pytest.param(
            "\n".join("s" * 16 + str(number) for number in range(11)), "it holds 11 secrets", id="too many"
        ),
    ],
)
def test_findings_in_secrets_quote_none(text: str, finding: str) -> None:
    with pytest.raises(BadInput) as refused:
        secrets_in(text, "f")
    assert finding in str(refused.value)
    assert not any(len(line) > 4 and line in str(refused.value) for line in text.splitlines())


def test_a_file_that_is_not_there_is_told_before_it_listens(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        Live(tmp_path / "receiver.yaml")
    (tmp_path / "receiver.yaml").write_text(ONE)
    with pytest.raises(BadInput, match="cannot be read"):
        settings.Secrets(tmp_path).of("s")
