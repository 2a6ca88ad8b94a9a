"""Diff a release: what would change, rendered with the server's help, before anything is written.

What may render otherwise the next time is rendered twice: what differs is masked.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from prefect.artifacts import create_markdown_artifact

from headway.clients.helm.release import HelmRelease, Rendered
from headway.clients.helm.storage import StoredRevision
from headway.clients.kubernetes import definitions
from headway.decide.release.drift import Difference
from headway.decide.review import plan
from headway.decide.review.definitions import to_bring
from headway.decide.review.plan import Candidate, DigestKey, Plan, Running
from headway.decide.review.plan_markdown import markdown
from headway.errors import BadInput, HeadwayError
from headway.formats import changing_templates, manifests, secret_leaves
from headway.formats.chart_definitions import Definition
from headway.formats.known_secrets import kept_out_of_errors
from headway.model.charts import ChartEntry
from headway.workspace import taken_out
from headway.workspace.release_content import ReleaseContent
from headway.workspace.release_context import ReleaseContext, Seen
from tasks.whole import whole_task


@dataclass(frozen=True, slots=True)
class ReleaseDiff:
    """What releasing `content` would change."""

    content: ReleaseContent = field(repr=False)
    plan: Plan
    rendered: Rendered
    definitions: tuple[Definition, ...] = field(default=(), repr=False)
    """Of crds/, to be applied before the release."""


@whole_task("Diff the release")
def diff_release(
    context: ReleaseContext, seen: Seen, entry: ChartEntry, content: ReleaseContent, why: str = ""
) -> ReleaseDiff:
    """The plan of releasing `entry`, left as artifact `<application>-<environment>-plan`.

    Raises BadInput where it does not render, Refused where a first install would take over what is there, Unreachable.
    """
    previous = seen.deployed
    # A release that was made by hand names no secrets: its values are secret where the new version's are.
    former = secret_leaves.at(previous.values, content.secret_paths) if previous else ()
    secrets = (*content.secrets, *former, *context.helm.secrets_of(seen.history))
    with kept_out_of_errors(secrets):
        diff = _diff(context, seen, entry, content, previous, secrets)
    ref = context.ref
    create_markdown_artifact(
        markdown=markdown(diff.plan, why),
        key=diff.plan.artifact,
        description=plan.title(diff.plan.after, ref.environment),
    )
    return diff


def _diff(
    context: ReleaseContext,
    seen: Seen,
    entry: ChartEntry,
    content: ReleaseContent,
    previous: StoredRevision | None,
    secrets: Sequence[str],
) -> ReleaseDiff:
    helm, stored = context.helm, context.key()
    key = DigestKey(stored.value, stored.stored)
    brings = context.environment.crds == "apply"
    defined = content.definitions if brings else _if_sound(content)
    with content.files() as files, ThreadPoolExecutor(1) as beside:
        render = partial(helm.render, content.package, files, seen.history, defined if brings else ())
        first = beside.submit(render)
        running, drift, notes = _running(context, previous, secrets)
        found = definitions.find(context.cluster, defined, context.place, installed=bool(seen.history))
        rendered = first.result()
        # Not at the same time: what a chart makes of the time of day would look as if it stayed the same.
        changes = changing_templates.why_changing(content.packaged, content.values.values())
        later = beside.submit(render) if changes else first
        one = manifests.split(rendered.manifest, rendered.hooks)
        if not seen.history and not seen.observation.was_installed_by_headway:
            helm.refuse_to_take_over(one)
        refusals = helm.dry_run(one, running.resources, found if brings else (), drift)
        again = later.result()
    other = manifests.split(again.manifest, again.hooks) if again is not rendered else one
    candidate = Candidate(entry, one, other, found, brings, refusals)
    made = plan.make(context.ref, running, candidate, key, secrets)
    unserved = (_unserved(rendered.unserved),) if rendered.unserved else ()
    made = replace(made, notes=(*unserved, *notes))
    if previous and made.removals:
        by_whom = taken_out.attributed(context.workspace, content, previous.manifest, made.removals)
        made = replace(made, removals=by_whom)
    return ReleaseDiff(content, made, rendered, to_bring(found) if brings else ())


def _if_sound(content: ReleaseContent) -> tuple[Definition, ...]:
    """Empty where they cannot be read: the release does not apply them, so that is no trouble of its own."""
    try:
        return content.definitions
    except BadInput:
        return ()


def _running(
    context: ReleaseContext, previous: StoredRevision | None, secrets: Sequence[str]
) -> tuple[Running, tuple[Difference, ...], tuple[str, ...]]:
    """What runs now, how live objects differ from it, and notes where that cannot be told."""
    if previous is None:
        return Running(), (), ()
    drift, notes = drift_or_note(context.helm, previous, secrets)
    running = Running(
        previous.chart_version,
        previous.revision,
        manifests.split(previous.manifest, previous.hooks),
        tuple(map(str, drift)),
        {each.key: each.replicas for each in drift if each.replicas is not None},
        context.namespace,
    )
    return running, drift, notes


def drift_or_note(
    helm: HelmRelease, previous: StoredRevision, secrets: Sequence[str]
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """The drift; or a note, without secrets, where it cannot be told, since that need not keep a new version from coming."""
    try:
        with kept_out_of_errors(secrets):
            return helm.drift(previous), ()
    except HeadwayError as error:
        return (), (f"Whether live objects differ from {previous.chart_version} cannot be told: {error}",)


def _unserved(kinds: Sequence[str]) -> str:
    return (
        f"The cluster does not serve {', '.join(kinds)} yet, which this chart's crds/ bring: it is rendered without the "
        "cluster, and what its templates look up there is missing."
    )
