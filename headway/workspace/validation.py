"""Says before publishing whether a chart can work: it lints, renders everywhere, and Kubernetes takes it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from headway.clients.helm import chart as helm_client
from headway.clients.helm.command import Helm
from headway.clients.kubernetes.schemas import manifest_schemas
from headway.clients.sops import memory_files
from headway.decide.supply.image_use import Render
from headway.formats.known_secrets import redact
from headway.formats.manifest_schema import Checked
from headway.workspace.environment_values import EnvironmentValues

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must be corrected. Texts hold no secret."""

    where: str
    what: str
    environments: tuple[str, ...] = ()
    """Where it shows; empty when it is the same everywhere."""

    def __str__(self) -> str:
        among = f" [{', '.join(self.environments)}]" if self.environments else ""
        return f"{self.where}: {self.what}{among}"


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    """What could not be checked fully, one sentence each."""
    renders: tuple[Render, ...] = field(default=(), repr=False)
    """Of each environment; without those in which it does not render."""


def validate_chart(
    chart: Path, environments: Sequence[EnvironmentValues], *, helm: Helm, kubernetes_version: str = ""
) -> Report:
    """Validate the chart in a folder (dependencies vendored) or a package, for Kubernetes such as "1.37".

    Empty `kubernetes_version`: the newest whose schemas are here.
    """
    major, minor = manifest_schemas().schema_version(kubernetes_version)
    version = f"{major}.{minor}"
    alone = EnvironmentValues("", "default", "chart", ())
    rendered = environments or (alone,)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        linted = pool.submit(_lint, helm, chart, rendered[0], version)
        checks = list(pool.map(lambda values: _render(helm, chart, values, version), rendered))
        findings = [Finding("chart", sentence) for sentence in linted.result()]
    shown: dict[tuple[str, str], list[str]] = {}
    for values, (found, *_) in zip(rendered, checks, strict=True):
        for where, what in found:
            shown.setdefault((where, redact(what, values.secrets)), []).append(values.environment)
    # helm lint renders too: what rendering says of it is said once.
    known = " ".join(finding.what for finding in findings)
    for (where, what), names in shown.items():
        if what not in known:
            findings.append(Finding(where, what, () if len(names) == len(rendered) else tuple(names)))
    custom = sorted({kind for _, checked, _ in checks if checked for kind in checked.unknown})
    notes = [note for values in rendered for note in values.notes]
    if custom:
        notes.append(f"custom resources are not checked against a schema: {', '.join(custom)}")
    renders = [render for *_, render in checks if render]
    return Report(tuple(findings), tuple(dict.fromkeys(notes)), tuple(renders))


def _lint(helm: Helm, chart: Path, values: EnvironmentValues, version: str) -> tuple[str, ...]:
    with memory_files(values.layers) as files:
        said = helm_client.lint(helm, chart, values=files, kube_version=version)
    return tuple(redact(sentence, values.secrets) for sentence in said)


def _render(
    helm: Helm, chart: Path, values: EnvironmentValues, version: str
) -> tuple[list[tuple[str, str]], Checked | None, Render | None]:
    with memory_files(values.layers) as files:
        rendered = helm_client.template(
            helm,
            chart,
            release=values.release,
            namespace=values.namespace,
            values=files,
            kube_version=version,
            secrets=values.secrets,
        )
    if rendered.error:
        return [("helm template", rendered.error)], None, None
    checked = manifest_schemas().check(rendered.manifests, version)
    render = Render(
        values.environment,
        rendered.manifests.decode(errors="replace"),
        {path: _without(values.secrets, images) for path, images in checked.images.items()},
    )
    return [(finding.where, finding.what) for finding in checked.findings], checked, render


def _without(secrets: Sequence[str], images: Sequence[str]) -> tuple[str, ...]:
    """Names of images are written into packages, in the clear."""
    return tuple(image for image in images if redact(image, secrets) == image)
