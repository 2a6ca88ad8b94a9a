"""A block that several applications use is not led elsewhere by registering one of them: names of blocks collide (`shop-eu-live`
is of shop in eu-live, and of shop-eu in live), and some are shared on purpose.
"""

from collections.abc import Mapping

from prefect.blocks.core import Block

from blocks import Cluster, GitCredentials, RegistryCredentials
from headway.cli import blocks_of_prefect, saved_blocks
from headway.cli.credentials_shown import shown
from headway.errors import BadInput, Refused
from headway.formats import docker_config, kubeconfig_part

Opened = Mapping[str, str]
"""All that a block opens, by key; without the secrets that open it."""
_APART = (
    "Name this one apart: `cluster:` of the environment in headway.yaml, or --git-credentials NAME and the like; "
    "or change the block in the Prefect UI."
)


def refuse_to_lead_elsewhere(application: str, made: Mapping[str, Block]) -> Mapping[str, Opened | None]:
    """`made`: by `<kind>/<name>`, what is to be saved for `application`. What each of them opens by now, None for one that is
    not there. Raises Refused for the first one that another application uses, or may use, and that opens something else then;
    other credentials for the same are no trouble."""
    before = {slug: _before(slug, block) for slug, block in made.items()}
    changed = [slug for slug, former in before.items() if former not in (None, opened(made[slug]))]
    found = {each.block: each for each in saved_blocks.saved()} if changed else {}
    for slug in changed:
        if slug not in found:
            continue
        new = opens(made[slug], before[slug])
        if others := [name for name in found[slug].used_by if name != application]:
            raise Refused(
                f"{' and '.join(others)} would be led elsewhere: it opens {new} then",
                where=slug,
                next_step=_APART,
            )
        if others := [name for name in found[slug].maybe_used_by if name != application]:
            raise Refused(
                f"{' and '.join(others)} may use it, whose headway.yaml cannot be read now, and it opens {new} then",
                where=slug,
                next_step=f"The same command again when its repository answers; headway remove {others[0]} where it is gone. "
                f"{_APART}",
            )
    return before


def is_there(application: str, slug: str, block: Block, seen: Opened | None) -> bool:
    """The look right before `block` is saved: whether one is to be overwritten, which was seen to open `seen`. Raises Conflict
    where it opens something else by now, and Refused as `refuse_to_lead_elsewhere`."""
    now = refuse_to_lead_elsewhere(application, {slug: block})[slug]
    if now != seen:
        raise blocks_of_prefect.saved_meanwhile(slug)
    return now is not None


def opens(block: Block, before: Opened | None = None) -> str:
    """What it leads to, for people; with the keys of what changes apart from that."""
    new = opened(block)
    first, said = next(iter(new.items()))
    changed = sorted(
        key for key in {*new, *(before or {})} - {first} if (before or {}).get(key) != new.get(key)
    )
    if before is None or not changed or before.get(first) != said:
        return said
    return f"{said} with another {', '.join(changed)}"


def opened(block: Block) -> Opened:
    """By key, first what people know it by."""
    if isinstance(block, RegistryCredentials) and (block.docker_config or block.docker_config_path):
        return _registries(block)
    if isinstance(block, GitCredentials):
        return _git(block)
    if not isinstance(block, Cluster):
        return {"shown": shown(block)}
    if block.in_cluster:
        return {"server": "the cluster that the worker runs in"}
    if block.kubeconfig is None:
        return {"server": f"{block.kubeconfig_path}, context {block.context or 'that is current'}"}
    try:
        text = block.kubeconfig.get_secret_value()
        way = kubeconfig_part.only(text, block.context or "", "of the block", lambda _: b"").way
    except BadInput:
        return {"server": "a kubeconfig that cannot be read"}
    return {"server": "no server", **way}


def _git(block: GitCredentials) -> Opened:
    """One key takes the place of another; who is believed to be the host does not, nor what another key opens."""
    by_ssh = "an ssh key" if block.ssh_key else "the worker's own ssh keys"
    return {
        "shown": f"user {block.username}" if block.username else by_ssh,
        "known hosts": block.known_hosts.strip(),
        "keys of repositories": ", ".join(sorted(block.ssh_keys.get_secret_value())),
    }


def _registries(block: RegistryCredentials) -> Opened:
    if block.docker_config is None:
        return {"shown": f"the registries that {block.docker_config_path} names"}
    try:
        text = block.docker_config.get_secret_value()
        found = docker_config.read(text.encode(), "docker config").found
    except BadInput:
        return {"shown": "a docker config that cannot be read"}
    return {"shown": ", ".join(sorted("/".join(filter(None, place)) for place in found)) or "no registry"}


def _before(slug: str, block: Block) -> Opened | None:
    try:
        former = blocks_of_prefect.find(type(block), slug.partition("/")[2])
    except ValueError:
        return {"shown": "what cannot be read"}
    return None if former is None else opened(former)
