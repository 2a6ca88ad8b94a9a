"""A block that several applications use is not led elsewhere by registering one of them: names of blocks collide (`shop-eu-live`
is of shop in eu-live, and of shop-eu in live), and some are shared on purpose.
"""

from collections.abc import Mapping

from prefect.blocks.core import Block

from blocks import Cluster
from headway.cli import blocks_of_prefect, saved_blocks
from headway.cli.registration import shown
from headway.errors import BadInput, Refused
from headway.formats import kubeconfig_part


def refuse_to_lead_elsewhere(application: str, made: Mapping[str, Block]) -> None:
    """`made`: by `<kind>/<name>`, what is to be saved for `application`. Raises Refused for the first one that another
    application uses and that opens something else now; other credentials for the same are no trouble."""
    changed = [slug for slug, block in made.items() if _leads_elsewhere(slug, block)]
    users = {each.block: each.used_by for each in saved_blocks.saved()} if changed else {}
    for slug in changed:
        if others := [name for name in users.get(slug, ()) if name != application]:
            raise Refused(
                f"{' and '.join(others)} would be led elsewhere: it opens {opens(made[slug])} then",
                where=slug,
                next_step="Name this one apart: `cluster:` of the environment in headway.yaml, or --git-credentials NAME and the "
                "like; or change the block in the Prefect UI.",
            )


def opens(block: Block) -> str:
    """What it leads to, without the secrets that open it."""
    if not isinstance(block, Cluster):
        return shown(block)
    if block.in_cluster:
        return "the cluster that the worker runs in"
    if block.kubeconfig is None:
        return f"{block.kubeconfig_path}, context {block.context or 'that is current'}"
    try:
        text = block.kubeconfig.get_secret_value()
        return kubeconfig_part.only(text, block.context or "", "of the block", lambda _: b"").server
    except BadInput:
        return "a kubeconfig that cannot be read"


def _leads_elsewhere(slug: str, block: Block) -> bool:
    try:
        former = blocks_of_prefect.find(type(block), slug.partition("/")[2])
    except ValueError:
        return True
    return former is not None and opens(former) != opens(block)
