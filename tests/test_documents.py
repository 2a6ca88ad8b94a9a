"""What the documents lead to is there: files, headings, and commands of `headway` with their options."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from headway.cli.commands import headway

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "bench/README.md")]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")
COMMAND = re.compile(r"`headway ([^`]+)`|^\s*(?:\$ )?headway ((?:.*\\\n)*.*)$", re.MULTILINE)


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def anchors(document: Path) -> set[str]:
    """As git hosts make them of headings."""
    text = re.sub(r"(?ms)^```.*?^```", "", document.read_text())
    headings = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", each) for each in re.findall(r"(?m)^#+ (.*)$", text))
    return {re.sub(r"[^\w\- ]", "", each.strip().lower()).replace(" ", "-") for each in headings}


def leads_nowhere(document: Path) -> Iterator[str]:
    for target in LINK.findall(document.read_text()):
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        if ELSEWHERE.match(target):
            continue
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            yield target


def command_of(words: list[str]) -> click.Command | None:
    """The innermost command that they name; None where the first word is none, as in a sentence."""
    command: click.Command = headway
    while words and isinstance(command, click.Group) and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    return None if command is headway else command


def unknown(document: Path) -> Iterator[str]:
    for quoted in COMMAND.findall(document.read_text()):
        text = "".join(quoted).replace("\\\n", " ")
        words = re.split(r"\s[#|>]\s", text)[0].split()
        command = command_of(words)
        if command is None:
            if re.fullmatch(r"[a-z][a-z-]*", words[0]) and quoted[0]:
                yield text
            continue
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        yield from (
            f"{text}: {word}"
            for each in words
            for word in [each.strip("[]").partition("=")[0]]
            if word.startswith("--") and word not in known | {"--help"}
        )


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    assert list(leads_nowhere(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_and_its_options_are_there(document: Path) -> None:
    assert list(unknown(document)) == []


def test_the_readme_names_every_document() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text()))
    assert {f"docs/{each.name}" for each in (ROOT / "docs").glob("*.md")} <= linked


def test_what_is_not_there_is_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        "# A heading\n[x](#a-heading) [y](#none) [z](b.md)\n`headway stauts`\n\n    headway status --wid\n"
    )
    assert list(leads_nowhere(document)) == ["#none", "b.md"]
    assert list(unknown(document)) == ["stauts", "status --wid: --wid"]
