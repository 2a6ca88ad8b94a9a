"""Collect evidence before the release goes back and the pods that failed are gone."""

from collections.abc import Sequence

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.clients import evidence as evidence_client
from headway.clients.helm_tests import TestResult
from headway.clients.release_content import ReleaseContent
from headway.clients.release_site import ReleaseSite
from headway.decide.evidence import Evidence, markdown
from headway.decide.plan import Plan


@task(cache_policy=NO_CACHE, task_run_name="Collect evidence")
def collect_evidence(
    site: ReleaseSite,
    content: ReleaseContent | None,
    revision: int,
    *,
    version: str,
    failure: str,
    cause: str,
    plan: Plan | None = None,
    tests: Sequence[TestResult] = (),
) -> None:
    """Leave artifact `<application>-<environment>-evidence`: failing parts, logs, events, the change that caused it."""
    collected = evidence_client.collect(site.helm, revision, tests)
    evidence = Evidence(
        application=site.application,
        environment=site.name,
        version=version,
        failure=failure,
        cause=cause,
        parts=collected.parts,
        events=collected.events,
        plan=plan,
    )
    create_markdown_artifact(
        markdown=markdown(evidence, secrets=content.secrets if content else ()),
        key=f"{site.application}-{site.name}-evidence",
        description=f"Why {version} failed in {site.name}",
    )
