"""What Headway asks helm about a chart without any cluster."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from headway.clients.helm.command import Helm as Helm
from headway.clients.helm.failures import said_by


@dataclass(frozen=True, slots=True)
class Templated:
    """Either `manifests` (helm's YAML documents, hooks and CRDs included) or `error` (what helm says)."""

    manifests: bytes
    error: str


def lint(helm: Helm, chart: Path, *, values: Sequence[Path] = (), kube_version: str = "") -> tuple[str, ...]:
    """What `helm lint` finds wrong, one sentence each, warnings left out; empty for a sound chart."""
    done = helm.run(
        "lint", [chart], {"values": values, "kube-version": kube_version or None, "quiet": True}, timeout=60
    )
    if done.returncode == 0:
        return ()
    said = done.stdout.decode(errors="replace").splitlines() + done.stderr.splitlines()
    errors = list(_errors(said))
    rest = [
        line.removeprefix("Error: ") for line in done.stderr.splitlines() if "chart(s) failed" not in line
    ]
    return tuple(line.replace(f"{chart}/", "") for line in (errors or rest or [said_by(done)]))


def _errors(said: Iterable[str]) -> Iterator[str]:
    """Each with its further lines, which helm indents."""
    found: list[str] = []
    for line in said:
        if found and line.startswith(" "):
            found.append(line.strip())
            continue
        if found:
            yield " ".join(found)
        found = [line.partition("[ERROR]")[2].strip()] if "[ERROR]" in line else []
    if found:
        yield " ".join(found)


def template(
    helm: Helm,
    chart: Path,
    *,
    release: str,
    namespace: str,
    values: Sequence[Path] = (),
    kube_version: str = "",
    secrets: Sequence[str] = (),
) -> Templated:
    """Render a chart (folder or package) as an install would; value files in order, later ones win."""
    done = helm.run(
        "template",
        [release, chart],
        {
            "namespace": namespace,
            "include-crds": True,
            "values": values,
            "kube-version": kube_version or None,
        },
        timeout=60,
        secrets=secrets,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        error = " ".join(line.strip() for line in said if not line.startswith("Use --debug"))
        return Templated(b"", error.removeprefix("Error: ").strip() or said_by(done))
    return Templated(done.stdout, "")
