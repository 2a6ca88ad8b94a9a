"""Diff a release: what would change, rendered twice with the server's help, before anything is written."""

from collections.abc import Sequence

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.clients.helm.release import Rendered
from headway.clients.helm.storage import StoredRevision
from headway.decide.review import plan
from headway.decide.review.plan import Plan
from headway.decide.review.plan_markdown import markdown
from headway.formats import manifests, secret_leaves
from headway.formats.known_secrets import kept_out_of_errors
from headway.workspace.release_context import ReleaseContext, Seen


@task(cache_policy=NO_CACHE, persist_result=False, task_run_name="Diff the release")
def diff_release(context: ReleaseContext, seen: Seen, why: str = "") -> tuple[Plan, Rendered]:
    """The plan of releasing what is desired, left as artifact `<application>-<environment>-plan`.

    Raises BadInput where it does not render, Unreachable.
    """
    content, deployed = seen.content, seen.observation.deployed
    assert content
    previous = context.helm.stored.get(deployed.revision) if deployed else None
    # Those of a release that was made by hand stand where the new version's do: its own package names none.
    former = secret_leaves.at(previous.values, content.secret_paths) if previous else ()
    secrets = (*content.secrets, *former, *context.helm.secrets())
    with kept_out_of_errors(secrets):
        made, rendered = _plan(context, seen, previous, secrets)
    create_markdown_artifact(
        markdown=markdown(made, why),
        key=f"{context.application}-{context.name}-plan",
        description=f"What releasing {made.after} to {context.name} changes",
    )
    return made, rendered


def _plan(
    context: ReleaseContext, seen: Seen, previous: StoredRevision | None, secrets: Sequence[str]
) -> tuple[Plan, Rendered]:
    content, observation, helm = seen.content, seen.observation, context.helm
    assert content
    assert observation.desired
    with content.files() as files:
        rendered = helm.render(content.package, files)
        again = helm.render(content.package, files)
    key = context.key()
    made = plan.make(
        application=context.application,
        environment=context.name,
        entry=observation.desired,
        before_version=previous.chart_version if previous else "",
        revision=previous.revision if previous else 0,
        previous=manifests.split(previous.manifest, previous.hooks) if previous else (),
        rendered=manifests.split(rendered.manifest, rendered.hooks),
        again=manifests.split(again.manifest, again.hooks),
        key=key.value,
        key_lasts=key.stored,
        secrets=secrets,
        drift=helm.drift(previous) if previous else (),
    )
    return made, rendered
