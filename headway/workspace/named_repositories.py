"""Which repositories a committer may have read and written with the credentials that Headway has: those of an operator's list.

The credentials of a worker often open more than one application's: a service's git or image, or an environment's charts, in
headway.yaml could be those of others.
"""

from collections.abc import Collection

from headway.errors import BadInput
from headway.formats import dot_segments, image_reference


def require_named(url: str, application: str, beginnings: Collection[str]) -> None:
    """BadInput for an address that begins with none of `beginnings`, in whole parts; without any, every address may be named.

    `application` is the address of the application repository, which is named by that.
    """
    if not beginnings or url == application:
        return
    if not is_named(url, beginnings):
        raise BadInput(
            "a repository that no operator has named",
            where=url,
            next_step="Name the beginning of its address in repositories of the application's block.",
        )


def is_named(url: str, beginnings: Collection[str]) -> bool:
    """Whether an address begins with one of `beginnings`, in whole parts."""
    return not dot_segments.leads_out(url) and any(_below(url, each) for each in beginnings)


def is_named_image(repository: str, beginnings: Collection[str]) -> bool:
    """Whether an image repository begins with one of `beginnings` (registry, or registry and path), in whole parts; without
    any, every one may be named. Raises BadInput for what names no image repository."""
    location = image_reference.locate(repository)
    return not beginnings or any(
        _below(f"{location.host}/{location.path}", _located(each)) for each in beginnings
    )


def _located(beginning: str) -> str:
    """Docker Hub has several names."""
    host, _, path = beginning.partition("/")
    return f"{image_reference.registry_host(host)}/{path}"


def _below(url: str, beginning: str) -> bool:
    """`git@host:` may end with its colon, anything else ends with a part of the path."""
    if beginning.endswith(":") and "://" not in beginning:
        return url.startswith(beginning)
    whole = beginning.rstrip("/")
    return url == whole or url.startswith(f"{whole}/")
