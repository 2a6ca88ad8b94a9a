"""Prints what became of a release, by the kubeconfig at hand: it needs neither Prefect nor git."""

from dataclasses import asdict
from datetime import UTC, datetime

from headway.cli.output import Found, show_found, tell
from headway.cli.where import Where
from headway.clients.helm.storage import HelmStorage
from headway.decide.review import history_table, image_facts_text, revision_page
from headway.errors import BadInput
from headway.model.images import ImageFacts
from headway.model.release_history import HistoryEntry, ReleaseHistory
from headway.workspace import known_releases, revision_content
from headway.workspace.known_releases import KnownRelease
from headway.workspace.release_history import ReleaseHistoryReader


def show(
    application: str,
    environment: str,
    *,
    where: Where,
    output: str,
    last: int | None = None,
) -> bool:
    """The `last` revisions, or all. Raises BadInput where there is no such release, Unreachable, Refused."""
    known = known_releases.find(where.clusters(), application, environment, where.namespace, where.releases)
    history = ReleaseHistoryReader().look(known.store)
    entries, now = history.entries[:last], datetime.now(UTC)
    show_found(
        Found(
            history_table.rows(entries, now),
            [history_table.values(each) for each in entries],
            wide=history_table.rows(entries, now, wide=True),
            names=[f"{application}/{environment}/{each.revision}" for each in entries if each.revision],
            nothing=f"nothing was ever released of {application} in {environment}",
        ),
        output,
    )
    tell(history.trouble)
    return True


def show_revision(
    application: str,
    environment: str,
    revision: int | None,
    *,
    where: Where,
    output: str,
    ask_registries: bool = False,
) -> bool:
    """The one that is deployed where none is named. Raises BadInput where nobody knows it, Unreachable, Refused."""
    known = known_releases.find(where.clusters(), application, environment, where.namespace, where.releases)
    history = ReleaseHistoryReader().look(known.store)
    entry = chosen(history, revision)
    content = revision_content.of(_storage(known).get(entry.revision), entry) if entry.in_helm else None
    rows = revision_page.rows(entry, content, datetime.now(UTC))
    values = revision_page.values(entry, content)
    trouble = list(history.trouble)
    if ask_registries:
        from headway.workspace import image_facts

        facts = image_facts.of(entry.images, attached=True)
        found = {name: said for name, said in facts.items() if isinstance(said, ImageFacts)}
        rows += image_facts_text.rows(found)
        values["registry"] = {name: asdict(said) for name, said in found.items()}
        trouble += [said for said in facts.values() if isinstance(said, str)]
    show_found(Found(rows, values), output)
    tell(trouble)
    return True


def chosen(history: ReleaseHistory, revision: int | None) -> HistoryEntry:
    """By its number, the newest of them; what is deployed where none is named. BadInput where nobody knows it."""
    if revision is None:
        found = history.deployed
        missing = "nothing is deployed"
    else:
        found = next((each for each in history.entries if each.revision == revision), None)
        missing = f"nobody knows a revision {revision} any more"
    if found is None:
        place = f"{history.ref.application} {history.ref.environment}"
        raise BadInput(
            missing, where=str(history.ref), next_step=f"headway history {place} shows what is known."
        )
    return found


def _storage(known: KnownRelease) -> HelmStorage:
    return HelmStorage(known.store.cluster, known.store.namespace, known.store.release)
