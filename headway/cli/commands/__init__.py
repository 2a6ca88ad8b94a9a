"""What can be said on the command line.

A command imports what it stands on only when it runs, so that help, `check`, `status` and `audit` never load Prefect.
"""

import click

from headway.cli import known_names
from headway.cli.commands.add import add
from headway.cli.commands.application import blocks, deliver, remove
from headway.cli.commands.audit import audit
from headway.cli.commands.completion import completion
from headway.cli.commands.doctor import doctor
from headway.cli.commands.explain import explain
from headway.cli.commands.folder import check, init, validate
from headway.cli.commands.hint import hint
from headway.cli.commands.history import delivery, diff, figures, history, show, trace
from headway.cli.commands.kept import evidence, logs, tests
from headway.cli.commands.notify import notify
from headway.cli.commands.quarantine import allow, bar, quarantine
from headway.cli.commands.receiver import receiver
from headway.cli.commands.release import approve, freeze, lift, plan, promote, reject, release, roll_back
from headway.cli.commands.status import status
from headway.cli.commands.view import view
from headway.cli.commands.worker import worker


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="headway", message="%(version)s")
def headway() -> None:
    """Continuous delivery of Helm applications.

    \b
    First:       init and check headway.yaml, add its repository; doctor says what is missing; deliver.
    Every day:   status, plan, audit; promote; approve or reject what waits.
    What is so:  history, show, diff, trace, delivery, figures.
    Why:         explain; logs and evidence of what failed, quarantine.
    In trouble:  roll-back, freeze, bar an image or chart; lift and allow take that back.
    What runs:   worker, which executes all of it; receiver, which is hinted; view, in a browser.
    docs/first-application.md tells all of it as one story, docs/command-line.md has every option.

    Exit codes: 0 done; 1 the input must change, or the run failed; 2 wrong usage; 75 try again.
    """


for command in (
    init,
    check,
    validate,
    doctor,
    add,
    blocks,
    remove,
    deliver,
    release,
    promote,
    roll_back,
    freeze,
    lift,
    approve,
    reject,
    plan,
    bar,
    allow,
    quarantine,
    status,
    history,
    show,
    diff,
    trace,
    delivery,
    figures,
    audit,
    tests,
    explain,
    evidence,
    logs,
    notify,
    hint,
    receiver,
    view,
    worker,
    completion,
):
    headway.add_command(command)
known_names.attach(headway)
