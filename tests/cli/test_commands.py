"""What the command line promises before it speaks to anybody: it is quick, its examples are right, its errors have codes."""

import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from headway.cli import approvals, commands, hints, main
from headway.errors import BadInput, Unreachable
from headway.model.events import HINTS, Event
from tests.cli.loaded import Loaded, Row, loaded_by


def every(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(every(commands.headway))


def examples(command: click.Command) -> list[str]:
    lines = (line.strip() for line in (command.help or "").splitlines())
    return [line for line in lines if line.startswith("headway ")]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_an_example_that_it_understands(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert examples(command)
    for example in examples(command):
        words = shlex.split(example)[1:]
        assert tuple(words[: len(path)]) == path
        command.make_context(path[-1], words[len(path) :])


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_says_what_it_does(path: tuple[str, ...]) -> None:
    options = [each for each in COMMANDS[path].params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize("kind", HINTS)
def test_every_hint_can_be_given(kind: type[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Event] = []
    monkeypatch.setattr(hints, "send", lambda event: sent.append(event) or True)
    name = kind.name.split(".")[1]
    assert main(["hint", name, *kind.payload_keys(), "--application", "shop"]) == 0
    assert sent == [kind("shop", *kind.payload_keys())]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["approve", "--by", "Ada", "--reason", "seen"], id="approve"),
        pytest.param(["approve", "--approver", "Ada", "--comment", "seen"], id="approve, as before"),
        pytest.param(["reject", "--by", "Ada", "--reason", "seen"], id="reject"),
        pytest.param(["reject", "--approver", "Ada", "--reason", "seen"], id="reject, as before"),
        pytest.param(["approve", "--by", "Ada", "--reason", "seen", "--version", "0.1.1"], id="of a version"),
        pytest.param(["approve", "--by", "Ada", "--reason", "seen", "--plan"], id="with the plan"),
        pytest.param(["reject", "--by", "Ada", "--reason", "seen", "--plan"], id="reject, with the plan"),
    ],
)
def test_who_answers_and_why_is_said_as_everywhere(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = []
    monkeypatch.setattr(approvals, "answer", lambda *place, **said: given.append((place, said)) or True)
    command, *options = arguments
    assert main([command, "shop", "testing", *options]) == 0
    version = options[-1] if "--version" in options else ""
    said = {"approved": command == "approve", "approver": "Ada", "comment": "seen", "version": version}
    assert given == [(("shop", "testing"), {**said, "whole": "--plan" in options})]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["--help"], 0, id="help"),
        pytest.param(["--version"], 0, id="version"),
        pytest.param([], 2, id="no command"),
        pytest.param(["fly"], 2, id="no such command"),
        pytest.param(["release", "shop"], 2, id="an argument is missing"),
        pytest.param(["roll-back", "shop", "testing"], 2, id="an option is missing"),
        pytest.param(["lift", "shop", "testing", "freez", "--reason", "r"], 2, id="nothing that is lifted"),
        pytest.param(["check", "nowhere"], 1, id="the input must change"),
        pytest.param(["status", "--policy", "shop.yaml"], 1, id="a policy without its headway.yaml"),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert main(arguments) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(BadInput("wrong"), 1, id="terminal"),
        pytest.param(Unreachable("away"), 75, id="retryable"),
        pytest.param(click.Abort(), 130, id="interrupted"),
    ],
)
def test_an_error_says_by_its_code_whether_to_try_again(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Event) -> bool:
        raise error

    monkeypatch.setattr(hints, "send", fail)
    assert main(["hint", "image", "r", "t", "--application", "shop"]) == code
    assert capsys.readouterr().err == (f"{error}\n" if code != 130 else "")


def test_a_run_that_failed_is_told_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "send", lambda _: False)
    assert main(["hint", "image", "r", "t", "--application", "shop"]) == 1


NOWHERE = ("--kubeconfig", "/dev/null")
FROM_CLUSTERS = (
    ("status", *NOWHERE),
    ("audit", "shop", "testing", *NOWHERE),
    ("history", "shop", "testing", *NOWHERE),
    ("show", "shop", "testing", "14", *NOWHERE),
    ("diff", "shop", "testing", "--live", *NOWHERE),
    ("trace", "1a2b3c4", *NOWHERE),
    ("figures", *NOWHERE),
    ("delivery", "shop", "1.0.0", *NOWHERE),
)
FROM_FILES = {
    "check": ("check", "examples/shop/application"),
    "init": ("init", "examples/shop/services", "--dry-run"),
    "help": ("--help",),
    "help of a command": ("status", "--help"),
    "completion": ("completion", "bash"),
}


@pytest.fixture(scope="module")
def from_clusters() -> dict[Row, Loaded]:
    """What all of them load, which takes longest, is there before."""
    return loaded_by(FROM_CLUSTERS, before=("headway.workspace.status",))


@pytest.fixture(scope="module")
def from_files() -> dict[Row, Loaded]:
    return loaded_by(tuple(FROM_FILES.values()))


@pytest.mark.parametrize("row", FROM_CLUSTERS, ids=" ".join)
def test_what_needs_no_server_loads_neither_prefect_nor_git(
    row: Row, from_clusters: dict[Row, Loaded]
) -> None:
    done = from_clusters[row]
    assert done.modules.isdisjoint({"prefect", "git"})
    assert "kubeconfig /dev/null" in done.said


HISTORIES = {"headway.cli.history", "headway.workspace.release_history", "headway.workspace.release_archive"}


@pytest.mark.parametrize(
    "row", [each for each in FROM_CLUSTERS if each[0] in ("status", "audit")], ids=" ".join
)
def test_what_tells_no_history_loads_none(row: Row, from_clusters: dict[Row, Loaded]) -> None:
    assert from_clusters[row].modules.isdisjoint(HISTORIES)


CLIENTS = ("boto3", "httpx", "kubernetes", "urllib3", "starlette", "prefect", "git")
READERS = ("tarfile", "headway.formats.chart_package", "headway.formats.chart_lock", "jsonschema")
LIBRARY = ("yaml", "pydantic")


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        (
            "check",
            (
                *CLIENTS,
                *READERS,
                "re2",
                "headway.clients",
                "headway.decide.supply.image_policies",
                "headway.model.draft",
            ),
        ),
        ("init", ("boto3", "starlette", "prefect")),
        ("help", (*CLIENTS, *READERS, *LIBRARY)),
        ("help of a command", (*CLIENTS, *READERS, *LIBRARY)),
        ("completion", (*CLIENTS, *READERS, *LIBRARY)),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_ask(
    name: str, absent: tuple[str, ...], from_files: dict[Row, Loaded]
) -> None:
    done = from_files[FROM_FILES[name]]
    assert done.modules.isdisjoint(absent), done.modules & set(absent)
    assert done.said
    assert not done.has_looked_for_plugins


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["promote", "shop", "live", "--reason", " "], "'--reason': it is empty", id="reason"),
        pytest.param(["trace", ""], "'WHAT': it is empty", id="nothing to trace"),
        pytest.param(["delivery", "shop", ""], "'WHAT': it is empty", id="no change"),
        pytest.param(["status", "-n", "../x"], "'../x' is no name", id="a namespace that leads elsewhere"),
        pytest.param(["audit", "../shop", "x"], "'../shop' is no name", id="an application that does"),
        pytest.param(["figures", "--days", "800000"], "800000 is not in the range", id="before all time"),
    ],
)
def test_what_says_nothing_is_wrong_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_output_that_goes_nowhere_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["check", "examples/shop/application"]) == 1
    assert capsys.readouterr().err == "standard output: it cannot be written: No space left on device\n"


@pytest.mark.parametrize("after", ["| head -c 1 > /dev/null", "> /dev/full"])
def test_a_reader_that_ends_makes_no_noise(after: str) -> None:
    command = f'{sys.executable} -c \'from headway.cli import main; main(["completion", "bash"])\' {after}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr in ("", "standard output: it cannot be written: No space left on device\n")


def test_what_rules_a_terminal_is_shown_as_its_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever prints it: a context of somebody's kubeconfig wiped what a dry run of `add` said before."""
    monkeypatch.setattr(hints, "send", lambda _: bool(print("\x1b[2J\x1b[1mbold\x1b[0m \u202e\r") or True))
    assert main(["hint", "image", "r", "t", "--application", "shop"]) == 0
    assert capsys.readouterr().out == "\\u001b[2J\x1b[1mbold\x1b[0m \\u202e\\u000d\n"
