"""A release while its lease is ours: the only way to Helm's changes and to what is written on the way."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.outcome import Outcome
from headway.clients.helm.release import Rendered
from headway.clients.helm.release_tests import run_helm_tests
from headway.clients.helm.rollout_watch import nobody
from headway.clients.kubernetes import definitions as kubernetes_definitions
from headway.clients.kubernetes.declared_job import run_declared
from headway.clients.kubernetes.test_workloads import TestWorkloads
from headway.decide.pods.pod_images import OtherBytes
from headway.decide.release.actions import Correct
from headway.decide.release.blame import Judgement
from headway.decide.release.findings import Finding
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.release.rollback_target import ToPackage, ToRevision
from headway.errors import BadInput
from headway.formats import chart_definitions
from headway.formats.chart_definitions import Definition
from headway.formats.known_secrets import KnownSecrets
from headway.model.application import ClusterTest
from headway.model.record import ReleaseRecord
from headway.model.tests import TestReport, TestResult
from headway.workspace import package_inputs, release_tests, running_images
from headway.workspace.background_evidence import BackgroundEvidence
from headway.workspace.release_content import ReleaseContent
from headway.workspace.release_context import ReleaseContext, Seen

HELM_TEST_TIMEOUT = timedelta(minutes=5)


class HeldRelease:
    """`ensure_lease` is called before and during each change, and raises LeaseLost where the lease may not be ours any more."""

    def __init__(
        self,
        context: ReleaseContext,
        ensure_lease: Callable[[], None],
        tell: Callable[[str], None] = nobody,
    ) -> None:
        """`tell` gets sentences on how far a rollout or its tests are, from any thread."""
        self.context = context
        self.ensure_lease = ensure_lease
        self.helm = HelmChanges(context.helm, ensure_lease, context.workspace.image_exists, tell)
        self.evidence = BackgroundEvidence()

    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def run_id(self) -> str:
        return self.context.run

    @property
    def sightings_required(self) -> int:
        return 2 if self.context.blames_twice else 1

    def still_deployed(self, revision: int) -> bool:
        """Whether the newest revision is this one, and deployed."""
        newest = self.context.helm.storage.newest()
        return newest is not None and (newest.revision, newest.status) == (revision, "deployed")

    def update_record(self, transition: Callable[[ReleaseRecord], ReleaseRecord]) -> ReleaseRecord:
        return self.context.update_record(transition, self.ensure_lease)

    def judge(self, judgement: Callable[[ReleaseRecord], Judgement]) -> Finding:
        findings: list[Finding] = []

        def transition(record: ReleaseRecord) -> ReleaseRecord:
            judged = judgement(record)
            findings.append(judged.finding)
            return judged.record

        self.update_record(transition)
        return findings[-1]

    def fingerprint(self, content: ReleaseContent) -> ReleaseFingerprint:
        """What a revision with that content is known by. The values are digested with the stored key, which is made where it
        is missing."""
        package = content.package
        digest = content.values_digest(self.context.made_key().value)
        inputs = package_inputs.of(package, content.packaged, self.context.environment_name)
        return ReleaseFingerprint(package.digest, digest, package.version, inputs)

    def deploy(
        self,
        content: ReleaseContent,
        rendered: Rendered,
        seen: Seen,
        *,
        note: str = "",
        definitions: Sequence[Definition] = (),
    ) -> Outcome:
        """Install or upgrade; `rendered` is what `content` renders to, `note` is for Helm's history. `definitions` of its
        crds/ are brought in before; going back leaves them as they are."""
        if definitions:
            context = self.context
            kubernetes_definitions.apply(context.cluster, definitions, context.place, self.ensure_lease)
        with content.files() as files:
            return self.helm.upgrade(
                content.package,
                files,
                self.context.timeout,
                history=seen.history,
                watcher=self.helm.watch(rendered, history=seen.history, secrets=files.secrets),
                note=note,
                # What they define had no schema yet when it was asked about.
                validates=bool(definitions) or chart_definitions.KIND in rendered.manifest,
            )

    def go_back(self, target: ToRevision | ToPackage, seen: Seen) -> Outcome:
        """Go back to a revision, or to a package that is deployed again. Raises BadInput where it cannot be found any more."""
        self.evidence.wait_until_read()
        if isinstance(target, ToPackage):
            content = self.context.content_of(target.good)
            with content.files() as files:
                rendered = self.context.helm.render(content.package, files, seen.history)
            return self.deploy(content, rendered, seen, note=_why_back(seen))
        stored = seen.stored(target.revision)
        if stored is None:
            raise BadInput(
                f"Helm's history has no revision {target.revision}",
                where=self.context.helm.where,
                next_step="Deploy its package again from the chart repository.",
            )
        watcher = self.helm.watch_revision(stored, seen.history)
        why = "; ".join(filter(None, (target.good.version, _why_back(seen))))
        return self.helm.rollback(
            stored, self.context.timeout, history=seen.history, watcher=watcher, why=why
        )

    def apply_again(self, action: Correct, seen: Seen) -> Outcome:
        """Upgrade to the very content that is deployed. Raises BadInput where its package cannot be found any more."""
        content = seen.content
        if content is None or content.package.digest != action.fingerprint.chart_digest:
            content = self.context.content_of(action.fingerprint)
        with content.files() as files:
            rendered = self.context.helm.render(content.package, files, seen.history)
        return self.deploy(
            content, rendered, seen, note=f"corrects drift: {', '.join(seen.observation.drift)}"
        )

    def uninstall(self, seen: Seen) -> None:
        self.evidence.wait_until_read()
        self.helm.uninstall(self.context.timeout, history=seen.history)

    def run_tests(
        self, revision: int, declared: Sequence[ClusterTest], seen: Seen, *, in_turn: bool
    ) -> TestReport:
        """See headway.workspace.release_tests.

        First of all, what runs must be what was published: tests of other bytes say nothing of the version.
        """
        others = running_images.others(self.context, revision, seen.history)
        if others.of_services:
            return TestReport(tuple(map(_not_tested, others.of_services)))
        context, images = self.context, self.context.workspace.image_exists
        known = KnownSecrets.of(context.helm.secrets_of(seen.history))

        def tell(said: str) -> None:
            self.helm.tell(known.hide(said))

        def charts() -> TestReport:
            return run_helm_tests(self.helm, HELM_TEST_TIMEOUT, seen.history, in_turn=in_turn)

        def job(test: ClusterTest, in_vain: Callable[[], str]) -> TestResult:
            workloads = TestWorkloads(
                context.cluster, context.namespace, images, self.ensure_lease, tell, in_vain
            )
            result = run_declared(workloads, test, context.ref.release, revision)
            if result.ran:
                tell(result.ending)
            return known.hide_in(result)

        report = release_tests.run(charts, job, declared, in_turn=in_turn)
        return replace(report, notes=tuple(map(str, others.of_third_parties)))


def _why_back(seen: Seen) -> str:
    hold = seen.observation.hold
    return f"held by {hold.by}: {hold.why}" if hold else ""


def _not_tested(other: OtherBytes) -> TestResult:
    return TestResult("running images", False, "", "", str(other), kind="check")
