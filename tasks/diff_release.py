"""Diff a release: what would change, rendered twice with the server's help, before anything is written."""

from collections.abc import Sequence

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.clients.helm_release import Rendered
from headway.clients.release_secrets import StoredRevision
from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import manifests, plan, secret_leaves
from headway.decide.known_secrets import kept_out_of_errors
from headway.decide.plan import Plan
from headway.decide.plan_markdown import markdown


@task(cache_policy=NO_CACHE, persist_result=False, task_run_name="Diff the release")
def diff_release(site: ReleaseSite, seen: Seen, why: str = "") -> tuple[Plan, Rendered]:
    """The plan of releasing what is desired, left as artifact `<application>-<environment>-plan`.

    Raises BadInput where it does not render, Unreachable.
    """
    content, deployed = seen.content, seen.observation.deployed
    assert content
    previous = site.helm.stored.get(deployed.revision) if deployed else None
    # Those of a release that was made by hand stand where the new version's do: its own package names none.
    former = secret_leaves.at(previous.values, content.secret_paths) if previous else ()
    secrets = (*content.secrets, *former, *site.helm.secrets())
    with kept_out_of_errors(secrets):
        made, rendered = _plan(site, seen, previous, secrets)
    create_markdown_artifact(
        markdown=markdown(made, why),
        key=f"{site.application}-{site.name}-plan",
        description=f"What releasing {made.after} to {site.name} changes",
    )
    return made, rendered


def _plan(
    site: ReleaseSite, seen: Seen, previous: StoredRevision | None, secrets: Sequence[str]
) -> tuple[Plan, Rendered]:
    content, observation, helm = seen.content, seen.observation, site.helm
    assert content
    assert observation.desired
    with content.files() as files:
        rendered = helm.render(content.package, files)
        again = helm.render(content.package, files)
    key = site.key()
    made = plan.make(
        application=site.application,
        environment=site.name,
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
