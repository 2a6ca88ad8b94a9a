"""What people are told of a credentials block: what it opens, never by which secret."""

from prefect.blocks.core import Block

from blocks import ForgeCredentials, GitCredentials, S3Credentials
from headway.formats import known_hosts, ssh_key


def shown(block: Block) -> str:
    """What is not secret of a credentials block."""
    if isinstance(block, GitCredentials):
        return _shown_of_git(block)
    if isinstance(block, ForgeCredentials):
        return f"a token of {block.kind} at {block.url}"
    if isinstance(block, S3Credentials):
        key = f"access key {block.access_key}" if block.access_key else "the worker's own keys"
        return f"{key} at {block.endpoint_url or 'AWS'}, {block.region}"
    host = f" at {host}" if (host := getattr(block, "host", "")) else ""
    if getattr(block, "docker_config", None):
        return "a docker config, for the registries that it names"
    if getattr(block, "aws", False):
        return f"a password of AWS{host}"
    return f"user {getattr(block, 'username', '')}{host}"


def _shown_of_git(block: GitCredentials) -> str:
    if block.username:
        first = f"user {block.username}"
    elif block.ssh_key:
        first = f"ssh key {ssh_key.fingerprint(block.ssh_key.get_secret_value())}"
    else:
        first = "the worker's own ssh keys"
    keys = block.ssh_keys.get_secret_value()
    of_repositories = [f"of {address} {ssh_key.fingerprint(key)}" for address, key in keys.items()]
    hosts = known_hosts.hosts(block.known_hosts, "", "") if block.known_hosts else ()
    return ", ".join([first, *of_repositories, *([f"knows {', '.join(hosts)}"] if hosts else [])])
