"""What the command line promises before it speaks to anybody: it is quick, its examples are right, its errors have codes."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from headway.cli import commands, hints, main
from headway.errors import BadInput, Unreachable
from headway.model.events import HINTS, Event

ROOT = Path(__file__).resolve().parents[2]


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
    ("arguments", "code"),
    [
        pytest.param(["--help"], 0, id="help"),
        pytest.param(["--version"], 0, id="version"),
        pytest.param([], 2, id="no command"),
        pytest.param(["fly"], 2, id="no such command"),
        pytest.param(["release", "shop"], 2, id="an argument is missing"),
        pytest.param(["roll-back", "shop", "testing"], 2, id="an option is missing"),
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


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "examples/shop/application"],
        ["--help"],
        ["status", "--kubeconfig", "/dev/null"],
        ["audit", "shop", "testing", "--kubeconfig", "/dev/null"],
        ["history", "shop", "testing", "--kubeconfig", "/dev/null"],
        ["show", "shop", "testing", "14", "--kubeconfig", "/dev/null"],
        ["diff", "shop", "testing", "--live", "--kubeconfig", "/dev/null"],
        ["trace", "1a2b3c4", "--kubeconfig", "/dev/null"],
        ["figures", "--kubeconfig", "/dev/null"],
        ["delivery", "shop", "1.0.0", "--kubeconfig", "/dev/null"],
    ],
    ids=" ".join,
)
def test_what_needs_no_server_loads_neither_prefect_nor_git(arguments: list[str]) -> None:
    program = (
        f"import sys; from headway.cli import main; main({arguments}); "
        "sys.exit(not {'prefect', 'git'}.isdisjoint(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or "kubeconfig /dev/null" in done.stderr


CLIENTS = ("boto3", "httpx", "kubernetes", "urllib3", "starlette")
READERS = ("tarfile", "headway.formats.chart_package", "headway.formats.chart_lock", "jsonschema")


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        pytest.param(["check", "examples/shop/application"], (*CLIENTS, *READERS), id="check"),
        pytest.param(["init", "examples/shop/services", "--dry-run"], ("boto3", "starlette"), id="init"),
        pytest.param(["--help"], (*CLIENTS, *READERS, "yaml", "pydantic"), id="help"),
        pytest.param(["status", "--help"], (*CLIENTS, *READERS, "yaml", "pydantic"), id="help of a command"),
        pytest.param(["completion", "bash"], (*CLIENTS, *READERS, "yaml", "pydantic"), id="completion"),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_ask(arguments: list[str], absent: tuple[str, ...]) -> None:
    program = (
        f"import sys; from headway.cli import main; main({arguments}); "
        f"sys.exit(', '.join(set({absent}) & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_other_package_has_a_part_in_a_start() -> None:
    """Pydantic else reads what every installed package says of itself, a tenth of a second."""
    program = (
        "import sys; from headway.cli import main; main(['check', 'examples/shop/application']); "
        "from pydantic.plugin import _loader; sys.exit(_loader._plugins is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


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
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr in ("", "standard output: it cannot be written: No space left on device\n")


def test_what_rules_a_terminal_is_shown_as_its_number(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever prints it: a context of somebody's kubeconfig wiped what a dry run of `add` said before."""
    monkeypatch.setattr(hints, "send", lambda _: bool(print("\x1b[2J\x1b[1mbold\x1b[0m \u202e\r") or True))
    assert main(["hint", "image", "r", "t", "--application", "shop"]) == 0
    assert capsys.readouterr().out == "\\u001b[2J\x1b[1mbold\x1b[0m \\u202e\\u000d\n"
