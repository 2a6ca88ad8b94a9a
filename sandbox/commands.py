"""The commands. Imports are late: preflight, packages and venv run before there is a .venv."""

import argparse
import importlib
from collections.abc import Sequence
from contextlib import suppress

from sandbox import places
from sandbox.failure import SandboxError
from sandbox.programs import TIERS


def main(arguments: Sequence[str]) -> int:
    """Runs one command; 0 when it did what it is for. Ends with one sentence when it could not."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except SandboxError as error:
        print(f"sandbox: {error}", flush=True)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=main.__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text)
        made.set_defaults(run=run)
        return made

    command("preflight", _preflight, "say what is missing and what will happen, or refuse")
    packages = command("packages", _packages, "install the system's packages that are missing")
    packages.add_argument("--browser", action="store_true", help="the browser of the tests as well")
    command("venv", _venv, "make or renew .venv from the locked requirements")
    packages.add_argument("--forge", action="store_true", help="what the forge is built with as well")
    build = command("build", _build, "build the programs")
    build.add_argument("--nice", type=int, default=0, help="how much to step back for others (0-19)")
    up = command("up", _up, "start everything that does not run")
    for tiered in (build, up):
        tiered.add_argument(
            "--tier", choices=TIERS, default="cluster", help="images, supply: without the cluster"
        )
    command("down", _down, "stop every process, keep the data")
    command("clean", _clean, "down, then delete data and built programs")
    command("status", _status, "what runs, and where")
    command("env", _late("sandbox.environment"), "its addresses, as lines for a shell")
    logs = command("logs", _logs, "the end of the logs")
    logs.add_argument("name", nargs="?", help="one server (see status)")
    logs.add_argument("-n", "--lines", type=int, default=20)
    command("forge", _late("sandbox.forge"), "build and start the forge (Gitea), which up does not")
    command("deploy", _late("sandbox.demo.register"), "register blocks and deployments with Prefect")
    command("demo", _late("sandbox.demo.story"), "tell the story of a delivery on the sandbox")
    return parser


def _preflight(_: argparse.Namespace) -> None:
    from sandbox.preflight import preflight

    preflight()


def _packages(options: argparse.Namespace) -> None:
    from sandbox.external import external
    from sandbox.packages import install_missing

    install_missing(with_cluster=external() is None, with_browser=options.browser, with_forge=options.forge)


def _venv(_: argparse.Namespace) -> None:
    from sandbox.venv import renew

    renew()


def _build(options: argparse.Namespace) -> None:
    from sandbox.stack import tools

    print(f"programs: {places.shown(tools(options.tier, niceness=options.nice))}")


def _up(options: argparse.Namespace) -> None:
    from sandbox.stack import up

    up(options.tier)


def _down(_: argparse.Namespace) -> None:
    from sandbox.stack import down

    down()


def _clean(_: argparse.Namespace) -> None:
    from sandbox.stack import clean

    clean()


def _status(_: argparse.Namespace) -> int:
    from sandbox import forge
    from sandbox.stack import status

    servers = status()
    for name, pid, log in servers:
        print(f"{name:<24} {'pid ' + str(pid) if pid else 'not running':<14} {log}")
    if forge.NAME in (name for name, _, _ in servers):
        # While it is started for the first time it has no user yet.
        with suppress(SandboxError):
            print(f"Sign in to {forge.how_to_sign_in()}")
    return 0 if all(pid for _, pid, _ in servers) else 1


def _logs(options: argparse.Namespace) -> int:
    from sandbox.processes import Processes

    wanted = [options.name] if options.name else Processes(places.STATE).names()
    for name in wanted:
        file = Processes(places.STATE).log(name)
        if not file.exists():
            raise SandboxError(f"there is no log of {name}", "python -m sandbox status")
        print(f"==> {places.shown(file)}")
        print("\n".join(file.read_text(errors="replace").splitlines()[-options.lines :]))
    return 0


def _late(module: str) -> object:
    def run(_: argparse.Namespace) -> int:
        return int(importlib.import_module(module).main() or 0)

    return run
