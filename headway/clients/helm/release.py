"""One Helm release in one cluster: what it is, and what an upgrade would make of it. Nothing here changes it."""

import hashlib
import json
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from headway.clients.helm.command import Helm, Option
from headway.clients.helm.failures import error_of, said_by
from headway.clients.helm.storage import HelmStorage, StoredRevision
from headway.clients.helm.value_files import ValueFiles
from headway.clients.kubernetes import dry_run
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster, Compared
from headway.clients.memory import private_folder
from headway.decide.release import refusals
from headway.decide.release.drift import Difference
from headway.decide.release.refusals import Refusal, Refusals
from headway.decide.review.definitions import FoundDefinition, change
from headway.decide.review.removal import outlives_its_release
from headway.errors import BadInput, Gone, Refused
from headway.formats import helm_marks, manifests, secret_leaves
from headway.formats.chart_definitions import Definition
from headway.formats.known_secrets import kept_out_of_errors
from headway.formats.manifests import Resource
from headway.model.charts import Package

READ_SECONDS = 120.0
_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Helm would apply: the manifest's text, and the hooks (name, kind, events, manifest, weight)."""

    manifest: str = field(repr=False)
    hooks: tuple[Object, ...] = field(repr=False)
    unserved: tuple[str, ...] = ()
    """Kinds of the chart's own crds/ that the cluster does not serve yet: it was rendered without the cluster."""


class HelmRelease:
    """A release by namespace and name. Raises BadInput for a name that Helm would not take or read as an option.

    `history` is what a look has read of it, `storage.all()`: every revision that Helm still has, newest first.
    """

    def __init__(self, cluster: Cluster, namespace: str, release: str, helm: Helm) -> None:
        for what, name, limit in (("release", release, 53), ("namespace", namespace, 63)):
            if not _NAME.match(name) or len(name) > limit:
                raise BadInput(
                    f"{name!r} is not a {what} name: at most {limit} lower-case letters, digits and '-', "
                    "beginning and ending with a letter or digit",
                    where=f"{what} {name!r}",
                    next_step="Change headway.yaml.",
                )
        self.cluster = cluster
        self.namespace = namespace
        self.release = release
        self.helm = helm
        self.storage = HelmStorage(cluster, namespace, release)
        self.own_secrets: frozenset[manifests.Path] = frozenset()
        """Where among the values what stands in no package is secret: a site's own."""
        self._secrets: dict[int, tuple[StoredRevision, tuple[str, ...]]] = {}

    @property
    def where(self) -> str:
        return f"release {self.namespace}/{self.release}"

    def secrets_of(self, history: Iterable[StoredRevision]) -> tuple[str, ...]:
        """Secret values that these revisions were given, or made: what their pods, the API server and helm may say."""
        return tuple(
            {
                secret
                for each in history
                for secret in (*self._secrets_of(each), *secret_leaves.at(each.values, self.own_secrets))
            }
        )

    def _secrets_of(self, stored: StoredRevision) -> tuple[str, ...]:
        """Found once for each revision, as long as the storage has not read it anew."""
        known = self._secrets.get(stored.revision)
        if known is None or known[0] is not stored:
            given = secret_leaves.of_revision(
                stored.files, stored.values, namespace=self.namespace, release=self.release
            )
            known = stored, (*given, *secret_leaves.of_manifest(stored.manifest, stored.hooks))
            self._secrets[stored.revision] = known
        return known[1]

    def drift(self, stored: StoredRevision) -> tuple[Difference, ...]:
        """Where live objects are not what a revision says; also an error quotes none of its secrets."""
        return tuple(each for found in self.compared(stored) for each in found.differences)

    def compared(self, stored: StoredRevision, only: Collection[str] | None = None) -> tuple[Compared, ...]:
        """The same by live object; `only`: of those alone, by path."""
        with kept_out_of_errors(self.secrets_of([stored])):
            wanted = [
                each
                for each in manifests.documents(stored.manifest)
                if only is None or self.cluster.path(each, self.namespace) in only
            ]
            return self.cluster.compared(wanted, self.namespace, self.release)

    def render(
        self,
        package: Package,
        value_files: ValueFiles,
        history: Sequence[StoredRevision],
        brought: Sequence[Definition] = (),
    ) -> Rendered:
        """What an upgrade (or the first install) would apply, rendered with the server's help; nothing is written.

        Helm's dry run refuses objects of a kind that the server does not serve yet. Where `brought`, the definitions that are
        brought in before, define it, the chart is rendered without the server.

        Raises BadInput where it does not render, Conflict where a revision is pending, Unreachable.
        """
        with unpacked(package) as chart:
            options = {**self.upgrade_options(value_files), "dry-run": "server", "output": "json"}
            secrets = (*value_files.secrets, *self.secrets_of(history))
            completed = self.helm.run(
                "upgrade", [self.release, chart], options, timeout=READ_SECONDS, secrets=secrets
            )
            if completed.returncode and (unserved := _brought_kinds(said_by(completed), brought)):
                return self._template(chart, value_files, brought, unserved, is_upgrade=bool(history))
        if completed.returncode:
            raise error_of(completed, self.where)
        said = json.loads(completed.stdout)
        return Rendered(said.get("manifest", ""), tuple(said.get("hooks") or ()))

    def refuse_to_take_over(self, rendered: Sequence[Resource]) -> None:
        """Before a first install, which takes over what is there with Helm's marks of the release, and whose way back is to take
        away all that is the release's. Refused where that would be there still but for Headway."""

        def is_taken_over(resource: Resource) -> bool:
            if resource.events or outlives_its_release(resource):
                return False
            try:
                live = self.cluster.api.find(self.cluster.path(resource.document, self.namespace))
            except (BadInput, Gone):
                # A kind that the server lacks as yet.
                return False
            return live is not None and helm_marks.lets_take_over(live, self.release, self.namespace)

        taken = self.cluster.each(is_taken_over, rendered)
        found = [str(each.key) for each, is_taken in zip(rendered, taken, strict=True) if is_taken]
        if found:
            raise Refused(
                f"Helm has no release here, but objects with its marks of one are: {', '.join(sorted(found))}. An install "
                "would take them over, and one that fails would take them away",
                where=self.where,
                next_step=f"Have Helm make the release: helm upgrade --install {self.release} CHART --namespace {self.namespace} "
                "--take-ownership; then have it adopted. Or delete them.",
            )

    def dry_run(
        self,
        rendered: Sequence[Resource],
        running: Sequence[Resource],
        definitions: Sequence[FoundDefinition],
        drift: Sequence[Difference] = (),
    ) -> Refusals:
        """What the API server would refuse of what is new or other than what is `running`, before anything is changed.

        `drift`: of what is running. `definitions` are brought in before: what they change is not held against their objects.
        Raises nothing.
        """
        coming = {
            kind
            for each in definitions
            if change(each).state != "unchanged"
            for kind in each.definition.kinds
        }
        former = manifests.by_key(running)
        made_anew = {each.key for each in drift if each.unchangeable}
        found = dry_run.refusals(
            self.cluster, rendered, former, coming, self.namespace, self.release, made_anew
        )
        refused = [Refusal(each.definition.name, each.refused) for each in definitions if each.refused]
        kept = [
            Refusal(each.definition.name, each.refusal, retryable=True) for each in definitions if each.owner
        ]
        return refusals.sort([*refused, *kept, *found])

    def _template(
        self,
        chart: Path,
        value_files: ValueFiles,
        brought: Sequence[Definition],
        unserved: tuple[str, ...],
        *,
        is_upgrade: bool,
    ) -> Rendered:
        """Told which API versions the server has, and which will come."""
        groups = self.cluster.api.get("/apis")["groups"]
        served = [version["groupVersion"] for group in groups for version in group["versions"]]
        coming = [
            name
            for each in brought
            for version, kind in each.kinds
            for name in (version, f"{version}/{kind}")
        ]
        options: dict[str, Option] = {
            "namespace": self.namespace,
            "values": value_files.paths,
            "kube-version": self.cluster.version(),
            "api-versions": sorted({*served, *coming}),
            "is-upgrade": is_upgrade,
            "skip-crds": True,
        }
        completed = self.helm.run(
            "template", [self.release, chart], options, timeout=READ_SECONDS, secrets=value_files.secrets
        )
        if completed.returncode:
            raise error_of(completed, self.where)
        return _split(completed.stdout.decode(errors="replace"), unserved)

    def cluster_options(self) -> dict[str, Option]:
        return {
            "namespace": self.namespace,
            "kubeconfig": self.cluster.kubeconfig,
            "kube-context": self.cluster.context,
        }

    def upgrade_options(self, value_files: ValueFiles) -> dict[str, Option]:
        for file in value_files.paths:
            # Helm splits --values at commas.
            if "," in str(file):
                raise BadInput("its name has a comma", where=str(file), next_step="Rename the file.")
        return {
            **self.cluster_options(),
            "install": True,
            "reset-values": True,
            "values": value_files.paths,
            # The chart decides: a field that somebody edited by hand must not make every later release fail.
            "server-side": "true",
            "force-conflicts": True,
            # Headway brings them in itself, or they are left to somebody else.
            "skip-crds": True,
            # Helm would read the whole schema of the cluster, half of its processor time, for what the API server checks in
            # `dry_run`, and once more, as strictly, when helm applies it.
            "disable-openapi-validation": True,
        }


_NO_MATCH = re.compile(r'no matches for kind "([^"]+)" in version "([^"]+)"')


def _brought_kinds(said: str, brought: Sequence[Definition]) -> tuple[str, ...]:
    """The kinds that helm misses, where all of them come with `brought`; empty else."""
    missing = {(version, kind) for kind, version in _NO_MATCH.findall(said)}
    coming = {each for definition in brought for each in definition.kinds}
    return tuple(sorted(f"{kind} ({version})" for version, kind in missing)) if missing <= coming else ()


def _split(text: str, unserved: tuple[str, ...]) -> Rendered:
    """Manifest and hooks of `helm template`, which prints them one after the other."""
    manifest: list[str] = []
    hooks: list[Object] = []
    for part in re.split(r"^---$", text, flags=re.MULTILINE):
        if not part.strip():
            continue
        for resource in manifests.split(part):
            annotations = (resource.document.get("metadata") or {}).get("annotations") or {}
            if events := annotations.get("helm.sh/hook"):
                hooks.append(
                    {
                        "name": resource.key.name,
                        "kind": resource.key.kind,
                        "events": [each.strip() for each in str(events).split(",")],
                        "manifest": part.strip(),
                    }
                )
                break
        else:
            manifest.append(f"---\n{part.strip()}\n")
    return Rendered("".join(manifest), tuple(hooks), unserved)


@contextmanager
def unpacked(package: Package) -> Iterator[Path]:
    """The package as a local file, after its digest was checked."""
    digest = f"sha256:{hashlib.sha256(package.data).hexdigest()}"
    if digest != package.digest:
        raise Refused(
            f"its digest is {digest}, not {package.digest}",
            where=package.file_name,
            next_step="It was changed on the way: look into the chart repository.",
        )
    with tempfile.TemporaryDirectory(dir=private_folder()) as folder:
        chart = Path(folder) / "chart.tgz"
        chart.write_bytes(package.data)
        yield chart
