"""One Helm release in one cluster: what it is, and the five things that change it.

An action that fails after it changed the cluster returns an Outcome with the failure: what to do about it is
decided by who looks next. Only what failed before any change raises.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import yaml

from headway.clients.command import Completed
from headway.clients.helm.command import Helm, Option
from headway.clients.helm.rollout_watch import RolloutWatch, Watcher, attend
from headway.clients.helm.storage import HelmStorage, StoredRevision
from headway.clients.helm.value_files import ValueFiles
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.kubeconfig import private_folder
from headway.decide.pods.pod_failures import PodFailure
from headway.decide.release.failure_cause import Cause, classify
from headway.decide.release.observation import Revision
from headway.errors import BadInput, Conflict, HeadwayError, Refused, Unreachable
from headway.formats import manifests, secret_leaves
from headway.formats.known_secrets import kept_out_of_errors, redact
from headway.model.charts import Package

HISTORY_MAX = 20
"""Revisions that Helm keeps: more than the record remembers as good, which alone are gone back to."""
READ_SECONDS = 120.0
_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
_KEPT = ("PersistentVolumeClaim", "CustomResourceDefinition", "Namespace")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Helm would apply: the manifest's text, and the hooks (name, kind, events, manifest, weight)."""

    manifest: str = field(repr=False)
    hooks: tuple[Object, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended. `failure` is empty where it succeeded."""

    revision: int
    """The revision that Helm wrote for it."""
    status: str
    """Helm's: deployed | failed."""
    failure: str
    trouble: PodFailure | None
    """The pod that is to blame, where one is: helm was ended early for it, or waited for it in vain."""
    seconds: float

    @property
    def succeeded(self) -> bool:
        return not self.failure

    @property
    def cause(self) -> Cause:
        """Whether the version or its surroundings look guilty, of an action that failed."""
        return self.trouble.cause if self.trouble else classify(self.failure)[0]


class HelmRelease:
    """A release by namespace and name. Raises BadInput for a name that Helm would not take or read as an
    option.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        release: str,
        helm: Helm,
        *,
        check: Callable[[], None] | None = None,
    ) -> None:
        """`check` is called before and during each action; what it raises ends it (Held.check)."""
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
        self._helm = helm
        self._check = check
        self.stored = HelmStorage(cluster, namespace, release)

    def history(self) -> tuple[Revision, ...]:
        """All revisions in every status, newest first; also those that somebody made by hand."""
        return tuple(each.summary for each in self.stored.all())

    def newest(self) -> StoredRevision | None:
        """The newest revision with all that Helm stored of it; None where there is no release."""
        return next(iter(self.stored.all()), None)

    def manifest(self, revision: int) -> str:
        return self.stored.get(revision).manifest

    def values(self, revision: int) -> Object:
        """The values a revision was given beside the chart's own."""
        return self.stored.get(revision).values

    def secrets(self) -> tuple[str, ...]:
        """Secret values that any revision was given which Helm still has: what its pods, the API server and helm may say."""
        return self._secrets_of(self.stored.all())

    def drift(self, stored: StoredRevision) -> tuple[str, ...]:
        """Sentences on live objects that are not what a revision says; also an error quotes none of its secrets."""
        with kept_out_of_errors(self._secrets_of([stored])):
            return self.cluster.drifted(documents(stored.manifest), self.namespace, self.release)

    def render(self, package: Package, value_files: ValueFiles) -> Rendered:
        """What an upgrade (or the first install) would apply, rendered with the server's help; nothing is
        written.

        Raises BadInput where it does not render, Conflict where a revision is pending, Unreachable.
        """
        with _unpacked(package) as chart:
            options = {**self._upgrade_options(value_files), "dry-run": "server", "output": "json"}
            secrets = (*value_files.secrets, *self.secrets())
            completed = self._helm.run(
                "upgrade", [self.release, chart], options, timeout=READ_SECONDS, secrets=secrets
            )
        if completed.returncode:
            raise self.error_of(completed)
        said = json.loads(completed.stdout)
        return Rendered(said.get("manifest", ""), tuple(said.get("hooks") or ()))

    def upgrade(
        self,
        package: Package,
        value_files: ValueFiles,
        timeout: timedelta,
        watcher: Watcher | None = None,
    ) -> Outcome:
        """Install or upgrade and wait until ready. `timeout` bounds each of Helm's waits (a hook, the
        rollout).

        Raises what `render` raises where nothing was changed.
        """
        self.cluster.ensure_namespace(self.namespace)
        with _unpacked(package) as chart:
            options = {
                **self._upgrade_options(value_files),
                **self._wait_options(timeout),
                "hide-notes": True,
                "description": f"Headway: {package.name} {package.version} {package.digest}",
            }
            return self._act("upgrade", [self.release, chart], options, timeout, watcher, value_files.secrets)

    def rollback(
        self, revision: int, timeout: timedelta, watcher: Watcher | None = None, *, why: str = ""
    ) -> Outcome:
        """Bring a revision's content back, as a new revision. BadInput where Helm's history has lost it."""
        target = self.stored.get(revision)
        options = {
            **self._cluster_options(),
            **self._wait_options(timeout),
            "description": f"Headway: back to revision {target.revision}{f' ({why})' if why else ''}"[:500],
        }
        return self._act("rollback", [self.release, str(revision)], options, timeout, watcher)

    def uninstall(self, timeout: timedelta) -> None:
        """Remove the release with its history. Claims, resource definitions and namespaces stay, also
        templated ones.
        """
        revisions = self.stored.all()
        for each in revisions[:1]:
            self.stored.rewrite(each.revision, _keep_what_cannot_come_back)
        options = {
            **self._cluster_options(),
            "wait": True,
            "timeout": _duration(timeout),
            "ignore-not-found": True,
        }
        if self._check:
            self._check()
        completed = self._helm.run(
            "uninstall",
            [self.release],
            options,
            timeout=3 * timeout.total_seconds() + 30,
            secrets=self._secrets_of(revisions),
        )
        if completed.returncode:
            raise self.error_of(completed)

    def run_tests(self, timeout: timedelta, watcher: Watcher) -> tuple[Completed, PodFailure | None]:
        """`helm test`, as it ended; helm_tests.run_helm_tests says what that means."""
        if self._check:
            self._check()
        options = {**self._cluster_options(), "logs": True, "timeout": _duration(timeout)}
        running = self._helm.start("test", [self.release], options, secrets=self.secrets())
        return attend(running, watcher, at_most=3 * timeout.total_seconds() + 30, check=self._check)

    def mark_failed(self, revision: int, why: str = "the helm process that wrote it is gone") -> bool:
        """Unlock: a revision that a dead helm left pending becomes failed. False where it was not pending.

        Helm refuses every upgrade while the newest revision is pending. Only the holder of the lease may call
        this: that is what says that the helm is dead. Raises Conflict when helm was alive and wrote
        meanwhile.
        """
        if not self.stored.get(revision).pending:
            return False

        def failed(document: Object) -> None:
            info = document["info"]
            info["description"] = f"Headway: marked failed, was {info['status']}: {why}"
            info["status"] = "failed"

        self.stored.rewrite(revision, failed)
        return True

    def watch(self, rendered: Rendered) -> RolloutWatch:
        """A watcher for the pods of what is about to be applied; make it right before `upgrade`."""
        return RolloutWatch.of(
            self.cluster, self.namespace, manifests.split(rendered.manifest, rendered.hooks)
        )

    def watch_revision(self, revision: int) -> RolloutWatch:
        """The same for a `rollback`."""
        stored = self.stored.get(revision)
        return self.watch(Rendered(stored.manifest, tuple(stored.hooks)))

    def _act(
        self,
        verb: str,
        operands: Sequence[str | Path],
        options: dict[str, Option],
        timeout: timedelta,
        watcher: Watcher | None,
        secrets: Sequence[str] = (),
    ) -> Outcome:
        if self._check:
            self._check()
        revisions = self.stored.all()
        before = next(iter(revisions), None)
        known = (*secrets, *self._secrets_of(revisions))
        running = self._helm.start(verb, operands, options, secrets=known)
        # Helm bounds each of its waits by itself; this bounds all of them together.
        at_most = 3 * timeout.total_seconds() + 30
        completed, reason = attend(running, watcher, at_most=at_most, check=self._check)
        after = self.newest()
        if after is None or (before and after.revision == before.revision):
            raise self.error_of(completed)
        status = after.status
        if after.pending:
            # Ended by us before it could say so, or by a failing pre-rollback hook. It is dead: we waited
            # for it.
            why = redact(reason.sentence, known) if reason else "helm ended before it was done"
            self.mark_failed(after.revision, why)
            status = "failed"
        if status == "deployed":
            # Also where we ended it a moment too late: what the cluster says counts.
            return Outcome(after.revision, status, "", None, completed.seconds)
        trouble = reason or (watcher.trouble() if watcher else None)
        failure = said_by(completed) if completed.returncode else after.description
        if trouble is not None:
            trouble = replace(trouble, sentence=redact(trouble.sentence, known))
            failure = trouble.sentence if reason else f"{trouble.sentence}; helm says: {failure}"
        return Outcome(after.revision, status, redact(failure, known), trouble, completed.seconds)

    def _cluster_options(self) -> dict[str, Option]:
        return {
            "namespace": self.namespace,
            "kubeconfig": self.cluster.kubeconfig,
            "kube-context": self.cluster.context,
        }

    def _secrets_of(self, revisions: Iterable[StoredRevision]) -> tuple[str, ...]:
        found = {
            secret
            for each in revisions
            for secret in secret_leaves.of_revision(
                each.files, each.values, namespace=self.namespace, release=self.release
            )
        }
        return tuple(found)

    def _upgrade_options(self, value_files: ValueFiles) -> dict[str, Option]:
        for file in value_files.paths:
            # Helm splits --values at commas.
            if "," in str(file):
                raise BadInput("its name has a comma", where=str(file), next_step="Rename the file.")
        return {
            **self._cluster_options(),
            "install": True,
            "reset-values": True,
            "values": value_files.paths,
            # The chart decides: a field that somebody edited by hand must not make every later release fail.
            "server-side": "true",
            "force-conflicts": True,
        }

    def _wait_options(self, timeout: timedelta) -> dict[str, Option]:
        return {
            "wait": "watcher",
            "timeout": _duration(timeout),
            "history-max": HISTORY_MAX,
            "server-side": "true",
            "force-conflicts": True,
        }

    def error_of(self, completed: Completed) -> HeadwayError:
        """What a helm says that changed nothing, as one of our errors."""
        said = said_by(completed)
        where = f"release {self.namespace}/{self.release}"
        if ("another operation" in said and "in progress" in said) or "release: already exists" in said:
            return Conflict(said, where=where, next_step="It is looked at again.")
        if any(sign in said for sign in _UNREACHABLE):
            return Unreachable(said, where=where, next_step="It is tried again.")
        if "invalid ownership metadata" in said:
            return Refused(said, where=where, next_step="Remove the object, or let this release own it.")
        return BadInput(said, where=where, next_step="Change the chart or its values.")


_UNREACHABLE = (
    "cluster unreachable",
    "connection refused",
    "i/o timeout",
    "context deadline exceeded",
    "TLS handshake timeout",
    "no such host",
    "Too Many Requests",
    "the server is currently unable",
    "etcdserver:",
)


def documents(manifest: str) -> list[Object]:
    """The resources of a manifest's text."""
    return [dict(resource.document) for resource in manifests.split(manifest)]


@contextmanager
def _unpacked(package: Package) -> Iterator[Path]:
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


def _keep_what_cannot_come_back(document: Object) -> None:
    """Mark claims, definitions and namespaces of a revision to be kept; Helm reads the mark in its own
    manifest.
    """
    kept = []
    for each in documents(document.get("manifest", "")):
        if each.get("kind") in _KEPT:
            each["metadata"].setdefault("annotations", {})["helm.sh/resource-policy"] = "keep"
        kept.append(each)
    if any(each.get("kind") in _KEPT for each in kept):
        document["manifest"] = yaml.safe_dump_all(kept, explicit_start=True, sort_keys=False)


def said_by(completed: Completed) -> str:
    """Helm's own sentence: its last line that begins with Error, else what there is."""
    text = completed.stderr.strip()
    at = text.rfind("Error: ")
    return text[at + len("Error: ") :] if at >= 0 else text or f"helm ended with {completed.returncode}"


def _duration(timeout: timedelta) -> str:
    return f"{max(1, round(timeout.total_seconds()))}s"
