"""What can be said on the command line. Only commands that need Prefect import it: `check` is quick."""

import argparse
import getpass
from importlib.metadata import version
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="headway", description="Continuous delivery of Helm applications.")
    root.add_argument("--version", action="version", version=version("headway"))
    commands = root.add_subparsers(metavar="COMMAND", required=True)

    check = commands.add_parser("check", help="check a headway.yaml; changes nothing")
    check.add_argument("path", type=Path, help="the file, or the folder it lies in")
    check.set_defaults(command=_check)

    add = commands.add_parser("add", help="register an application, after a look at its headway.yaml")
    add.add_argument("url", help="git URL of the application repository")
    add.add_argument("--branch", default="main", help="branch that feeds the first environment (main)")
    for kind in ("git", "registry", "s3"):
        add.add_argument(
            f"--{kind}-credentials", metavar="BLOCK", help=f"name of a saved {kind} credentials block"
        )
    add.set_defaults(command=_add)

    deliver = commands.add_parser("deliver", help="bring what is new as far as it may go")
    deliver.add_argument("application")
    deliver.set_defaults(command=_deliver)

    release = commands.add_parser("release", help="bring one environment to its newest allowed version")
    _in_environment(release)
    release.add_argument("--adopt", action="store_true", help="a release made by hand becomes Headway's")
    release.set_defaults(command=_release)

    roll_back = commands.add_parser(
        "roll-back", help="go back to a version that passed its tests, and stay there"
    )
    _in_environment(roll_back)
    roll_back.add_argument("--reason", required=True, help="for those who wonder later")
    roll_back.add_argument(
        "--version", help="a good version; the newest good one with other content where left out"
    )
    roll_back.add_argument("--by", default=getpass.getuser(), help="who asks (you)")
    roll_back.set_defaults(command=_roll_back)

    approve = commands.add_parser("approve", help="show the plan of a release that waits, and answer it")
    _in_environment(approve)
    approve.add_argument(
        "--approver", default=getpass.getuser(), help="who answers (the user of this machine)"
    )
    approve.add_argument("--comment", default="")
    approve.add_argument("--reject", action="store_true", help="answer no")
    approve.add_argument("--show", action="store_true", help="print the plan and leave the release waiting")
    approve.set_defaults(command=_approve)

    lift = commands.add_parser("lift", help="take back a hold, a freeze, or the rejection on a version")
    _in_environment(lift)
    lift.add_argument("what", help="hold, freeze, or a version that is barred there")
    lift.add_argument("--reason", required=True, help="for those who wonder later")
    lift.add_argument("--by", default=getpass.getuser(), help="who asks (you)")
    lift.set_defaults(command=_lift)

    for command in (deliver, release, roll_back, lift):
        command.add_argument(
            "--wait", action="store_true", help="until the run has ended or waits for approval"
        )
    return root


def _in_environment(command: argparse.ArgumentParser) -> None:
    command.add_argument("application")
    command.add_argument("environment")


def _check(arguments: argparse.Namespace) -> bool:
    from headway.cli.registration import check

    return check(arguments.path)


def _add(arguments: argparse.Namespace) -> bool:
    from headway.cli.registration import add

    return add(
        arguments.url,
        arguments.branch,
        git=arguments.git_credentials,
        registry=arguments.registry_credentials,
        s3=arguments.s3_credentials,
    )


def _deliver(arguments: argparse.Namespace) -> bool:
    from headway.cli.runs import start

    return start("deliver/deliver", {"application": arguments.application}, wait=arguments.wait)


def _release(arguments: argparse.Namespace) -> bool:
    from headway.cli.runs import start

    parameters = {
        "application": arguments.application,
        "environment": arguments.environment,
        "adopt": arguments.adopt,
    }
    return start("release/release", parameters, wait=arguments.wait)


def _roll_back(arguments: argparse.Namespace) -> bool:
    from headway.cli.runs import start

    parameters = {
        "application": arguments.application,
        "environment": arguments.environment,
        "reason": arguments.reason,
        "version": arguments.version,
        "by": arguments.by,
    }
    return start("roll-back/roll-back", parameters, wait=arguments.wait)


def _lift(arguments: argparse.Namespace) -> bool:
    from headway.cli.runs import start

    names = ("application", "environment", "what", "reason", "by")
    parameters = {name: getattr(arguments, name) for name in names}
    return start("lift/lift", parameters, wait=arguments.wait)


def _approve(arguments: argparse.Namespace) -> bool:
    from headway.cli.approvals import answer, show

    where = (arguments.application, arguments.environment)
    if arguments.show:
        return show(*where)
    return answer(
        *where, approved=not arguments.reject, approver=arguments.approver, comment=arguments.comment
    )
