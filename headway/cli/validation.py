"""Prints what is wrong with a chart in a person's folder."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from headway.cli import files
from headway.cli.table import print_rows
from headway.clients.helm.command import Helm
from headway.errors import BadInput
from headway.formats.headway_yaml import FILE
from headway.formats.visible import visible
from headway.workspace.local_validation import Chart, validate
from headway.workspace.validation import Report


def show(path: Path, *, policy: Path | None, local: Sequence[str], kubernetes: str, output: str) -> bool:
    """`output`: table or json. Whether nothing is wrong. Raises BadInput for a headway.yaml, or a folder without a chart."""
    chart = replace(found(path, policy), local=_folders(local))
    report = validate(chart, helm=Helm.find(), kubernetes_version=kubernetes)
    prefix = "" if chart.folder == Path() else f"{chart.folder}/"
    report = replace(
        report, findings=tuple(replace(each, where=f"{prefix}{each.where}") for each in report.findings)
    )
    print_report(report, chart, output)
    return not report.findings


def found(path: Path, policy: Path | None) -> Chart:
    """The chart of a folder, of its Chart.yaml, or of a headway.yaml. Raises BadInput for a path that is neither."""
    if not path.is_dir() and not (path.is_file() and path.name in (FILE, "Chart.yaml", "requirements.yaml")):
        what = (
            "it is neither a folder nor a headway.yaml or Chart.yaml" if path.exists() else "it is not there"
        )
        raise BadInput(what, where=str(path), next_step="Name the folder of a headway.yaml, or of a chart.")
    folder = path if path.is_dir() else path.parent
    declared = folder / FILE
    if declared.is_file():
        application = files.application(declared, policy)
        return Chart(folder / application.chart, application)
    if policy:
        raise BadInput(
            "a policy is read together with a headway.yaml", where=str(policy), next_step="Name its folder."
        )
    return Chart(folder)


def _folders(local: Sequence[str]) -> dict[str, Path]:
    pairs = [word.partition("=") for word in local]
    if wrong := [name for name, _, folder in pairs if not (name and folder)]:
        raise BadInput(
            f"{wrong[0]!r} is no NAME=FOLDER", where="--chart", next_step="Write --chart cart=../cart/chart."
        )
    return {name: Path(folder) for name, _, folder in pairs}


def print_report(report: Report, chart: Chart, output: str) -> None:
    if output == "json":
        findings = [
            {"where": each.where, "what": each.what, "environments": [*each.environments]}
            for each in report.findings
        ]
        print(json.dumps({"findings": findings, "notes": [*report.notes]}, indent=2))
        return
    for note in report.notes:
        click.echo(f"note: {visible(note)}", err=True)
    if report.findings:
        rows = [(each.where, each.what, ", ".join(each.environments) or "all") for each in report.findings]
        print_rows([("WHERE", "WHAT", "ENVIRONMENTS"), *rows])
        return
    application = chart.application
    among = f" in {', '.join(application.environments)}" if application else ""
    print(f"{chart.folder}: nothing is wrong{among}")
