"""The four things that change a Helm release. They can only be had with a lease in hand.

An action that fails after it changed the cluster returns an Outcome with the failure: what to do about it is
decided by who looks next. Only what failed before any change raises.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from headway.clients import command
from headway.clients.helm.command import Option
from headway.clients.helm.failures import error_of, explained, is_conflict, said_by
from headway.clients.helm.outcome import Outcome
from headway.clients.helm.release import HelmRelease, Rendered, unpacked
from headway.clients.helm.rollout_watch import RolloutWatch, Watcher, attend, nobody
from headway.clients.helm.storage import StoredRevision
from headway.clients.helm.value_files import ValueFiles
from headway.clients.kubernetes.api import Object
from headway.decide.pods import needed_objects
from headway.decide.pods.pod_failures import ImageExists, not_asked
from headway.decide.pods.release_pods import select
from headway.decide.release.failure_phrases import classify
from headway.decide.review.removal import CANNOT_COME_BACK
from headway.errors import Conflict, TimedOut
from headway.formats import go_yaml, manifests
from headway.formats.known_secrets import redact
from headway.model.charts import Package

SILENCE = 15.0
"""Seconds. Less than a lease is still held after its last renewal, which may be ten seconds old."""
HISTORY_MAX = 20
"""Revisions that Helm keeps: more than the record remembers as good, which alone are gone back to."""
DESCRIPTION_MAX = 500


@dataclass(frozen=True, slots=True)
class HelmChanges:
    """Changes `release` as long as `ensure_lease` does not raise: it is called before and during each action.

    `history` of each action is what the look that decided on it has read. BadInput where this machine cannot watch over helm:
    said in an action, that would count as a failure of what it brings.
    """

    release: HelmRelease
    ensure_lease: Callable[[], None]
    image_exists: ImageExists = not_asked
    tell: Callable[[str], None] = nobody
    """Gets sentences on how far a rollout or its tests are, from any thread."""

    def __post_init__(self) -> None:
        command.check_watch()

    def upgrade(
        self,
        package: Package,
        value_files: ValueFiles,
        timeout: timedelta,
        *,
        history: Sequence[StoredRevision],
        watcher: Watcher | None = None,
        note: str = "",
        validates: bool = False,
    ) -> Outcome:
        """Install or upgrade and wait until ready. `timeout` bounds each of Helm's waits (a hook, the rollout). `validates`: helm
        compares all objects with the cluster's schema before it begins, where no dry run could.

        Raises what HelmRelease.render raises where nothing was changed.
        """
        release = self.release
        if not history:
            release.cluster.ensure_namespace(release.namespace)
        with unpacked(package) as chart:
            described = _described(f"{package.name} {package.version} {package.digest}", note)
            options = {
                **release.upgrade_options(value_files),
                **_wait_options(timeout),
                "hide-notes": True,
                "description": described,
                "disable-openapi-validation": not validates,
            }
            operands: tuple[str | Path, ...] = (release.release, chart)
            brought = _Brought(package.version, described, timeout, history, watcher, value_files.secrets)
            return self._act("upgrade", operands, options, brought)

    def rollback(
        self,
        target: StoredRevision,
        timeout: timedelta,
        *,
        history: Sequence[StoredRevision],
        watcher: Watcher | None = None,
        why: str = "",
    ) -> Outcome:
        """Bring a revision's content back, as a new revision."""
        release = self.release
        described = _described(f"back to revision {target.revision}", why)
        options = {**release.cluster_options(), **_wait_options(timeout), "description": described}
        operands = (release.release, str(target.revision))
        brought = _Brought(target.chart_version, described, timeout, history, watcher)
        return self._act("rollback", operands, options, brought)

    def uninstall(self, timeout: timedelta, *, history: Sequence[StoredRevision]) -> None:
        """Remove the release with its history. Claims, resource definitions and namespaces stay, also templated ones."""
        release = self.release
        self.ensure_lease()
        for each in history[:1]:
            release.storage.rewrite(each.revision, _keep_what_cannot_come_back)
        options = {
            **release.cluster_options(),
            "wait": True,
            "timeout": _duration(timeout),
            "ignore-not-found": True,
        }
        at_most = _at_most(timeout)
        running = release.helm.start(
            "uninstall",
            [release.release],
            options,
            secrets=release.secrets_of(history),
            silence=SILENCE,
        )
        completed, _ = attend(running, None, at_most=at_most, ensure_lease=self.ensure_lease)
        if completed.returncode < 0 or completed.seconds >= at_most:
            raise TimedOut(
                "helm ended before it was done", where=release.where, next_step="It is tried again."
            )
        if completed.returncode:
            raise error_of(completed, release.where)

    def mark_failed(self, revision: int, why: str = "the helm process that wrote it is gone") -> bool:
        """Unlock: a revision that a dead helm left pending becomes failed. False where it was not pending.

        Helm refuses every upgrade while the newest revision is pending. The lease says that its helm is dead. Raises
        Conflict when helm was alive and wrote meanwhile.
        """
        self.ensure_lease()
        if not self.release.storage.get(revision).pending:
            return False

        def failed(document: Object) -> None:
            info = document["info"]
            info["description"] = f"Headway: marked failed, was {info['status']}: {why}"
            info["status"] = "failed"

        self.release.storage.rewrite(revision, failed)
        return True

    def watch(
        self,
        rendered: Rendered,
        *,
        history: Sequence[StoredRevision] = (),
        secrets: Sequence[str] = (),
    ) -> RolloutWatch | None:
        """A watcher for the pods of what is about to be applied; make it right before `upgrade`. `secrets` are told to nobody.

        None where nothing of it has pods.
        """
        release = self.release
        resources = [
            each.document for each in manifests.split(rendered.manifest, rendered.hooks) if not each.is_test
        ]
        selection = select(resources)
        if selection.is_empty:
            return None
        before = [
            document
            for each in history
            if each is history[0] or each.status == "deployed"
            for document in manifests.documents(each.manifest)
        ]

        def tell(said: str) -> None:
            self.tell(redact(said, (*secrets, *release.secrets_of(history))))

        return RolloutWatch(
            release.cluster,
            release.namespace,
            selection,
            self.image_exists,
            tell,
            needed_objects.brought(resources, before),
        )

    def watch_revision(
        self, stored: StoredRevision, history: Sequence[StoredRevision] = ()
    ) -> RolloutWatch | None:
        """The same for a `rollback`."""
        return self.watch(Rendered(stored.manifest, tuple(stored.hooks)), history=history)

    def _act(
        self,
        verb: str,
        operands: Sequence[str | Path],
        options: dict[str, Option],
        brought: "_Brought",
    ) -> Outcome:
        self.ensure_lease()
        history, watcher, release = brought.history, brought.watcher, self.release
        before = history[0].revision if history else 0
        known = (*brought.secrets, *release.secrets_of(history))
        running = release.helm.start(verb, operands, options, secrets=known, silence=SILENCE)
        completed, failing = attend(
            running, watcher, at_most=_at_most(brought.timeout), ensure_lease=self.ensure_lease
        )
        after = release.storage.newest()
        was_there = bool(before) or completed.returncode == 0
        if (after is None and was_there) or (after and after.revision > before and _is_removed(after)):
            raise self._conflict("somebody else uninstalled the release meanwhile")
        if is_conflict(completed) or after is None or after.revision == before:
            raise error_of(completed, release.where)
        known = (*known, *release.secrets_of([after]))
        if not brought.wrote(after):
            raise self._conflict(
                f"somebody else's helm wrote revision {after.revision} ({after.chart_version}) meanwhile"
            )
        if after.pending:
            # Ended by us before it could say so, or by a failing pre-rollback hook. It is dead: we waited for it.
            why = redact(failing.sentence, known) if failing else "helm ended before it was done"
            self.mark_failed(after.revision, why)
        if after.status == "deployed":
            # Also where we ended it a moment too late: what the cluster says counts.
            return Outcome(after.revision, after.status, "", None, completed.seconds)
        said = explained(said_by(completed) if completed.returncode else after.description)
        # Pods that are not ready say nothing where helm was cut off, or could not ask for them.
        waited_in_vain = completed.returncode >= 0 and classify(said)[0] == "unknown"
        failing_pod = failing or (watcher.trouble() if watcher and waited_in_vain else None)
        failure = said
        if failing_pod is not None:
            failing_pod = replace(failing_pod, sentence=redact(failing_pod.sentence, known))
            failure = failing_pod.sentence if failing else f"{failing_pod.sentence}; helm says: {said}"
        return Outcome(after.revision, "failed", redact(failure, known), failing_pod, completed.seconds)

    def _conflict(self, what: str) -> Conflict:
        return Conflict(what, where=self.release.where, next_step="It is looked at again.")


@dataclass(frozen=True, slots=True)
class _Brought:
    """What an action brings in, and by what it is watched."""

    version: str
    description: str
    timeout: timedelta
    history: Sequence[StoredRevision]
    watcher: Watcher | None
    secrets: Sequence[str] = ()

    def wrote(self, newest: StoredRevision) -> bool:
        """Whether it is this action's: Helm writes the chart's version into each revision, a description that it was given
        only into one that is deployed, and says in its own words what failed.
        """
        if newest.status == "deployed":
            return newest.description == self.description
        first = self.history[0].revision + 1 if self.history else 1
        return newest.chart_version == self.version and newest.revision == first


def _is_removed(revision: StoredRevision) -> bool:
    return revision.status in ("uninstalling", "uninstalled")


def _at_most(timeout: timedelta) -> float:
    """Seconds. Helm bounds each of its waits by itself; this bounds all of them together."""
    return 3 * timeout.total_seconds() + 30


def _described(what: str, note: str) -> str:
    """One line of Helm's history: what people wrote is cut, and has no line breaks."""
    said = f"Headway: {what}" + (f" ({' '.join(note.split())})" if note else "")
    return said[:DESCRIPTION_MAX]


def _wait_options(timeout: timedelta) -> dict[str, Option]:
    return {
        "wait": "watcher",
        "timeout": _duration(timeout),
        "history-max": HISTORY_MAX,
        "server-side": "true",
        "force-conflicts": True,
    }


def _keep_what_cannot_come_back(document: Object) -> None:
    """Mark claims, definitions and namespaces of a revision to be kept; Helm reads the mark in its own
    manifest.
    """
    kept = []
    for each in manifests.documents(document.get("manifest", "")):
        if each.get("kind") in CANNOT_COME_BACK:
            each["metadata"].setdefault("annotations", {})["helm.sh/resource-policy"] = "keep"
        kept.append(each)
    if any(each.get("kind") in CANNOT_COME_BACK for each in kept):
        document["manifest"] = go_yaml.dump_all(kept)


def _duration(timeout: timedelta) -> str:
    return f"{max(1, round(timeout.total_seconds()))}s"
