"""Diff a release: what would change, rendered twice with the server's help, before anything is written."""

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.clients.helm_release import Rendered
from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import manifests, plan
from headway.decide.plan import Plan
from headway.decide.plan_markdown import markdown


@task(cache_policy=NO_CACHE, task_run_name="Diff the release")
def diff_release(site: ReleaseSite, seen: Seen, why: str = "") -> tuple[Plan, Rendered]:
    """The plan of releasing what is desired, left as artifact `<application>-<environment>-plan`.

    Raises BadInput where it does not render, Unreachable.
    """
    content, observation = seen.content, seen.observation
    assert content
    assert observation.desired
    with content.files() as files:
        rendered = site.helm.render(content.package, files)
        again = site.helm.render(content.package, files)
    deployed = observation.deployed
    previous = site.helm.stored.get(deployed.revision) if deployed else None
    resources = manifests.split(previous.manifest, previous.hooks) if previous else ()
    live = [each.document for each in resources if not each.events]
    made = plan.make(
        application=site.application,
        environment=site.name,
        entry=observation.desired,
        before_version=deployed.chart_version if deployed else "",
        revision=deployed.revision if deployed else 0,
        previous=resources,
        rendered=manifests.split(rendered.manifest, rendered.hooks),
        again=manifests.split(again.manifest, again.hooks),
        key=site.key(),
        drift=site.cluster.drifted(live, site.namespace, site.release),
    )
    create_markdown_artifact(
        markdown=markdown(made, why),
        key=f"{site.application}-{site.name}-plan",
        description=f"What releasing {made.after} to {site.name} changes",
    )
    return made, rendered
