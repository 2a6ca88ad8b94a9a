"""Names of images as distribution/reference reads them, which every container runtime uses.

Headway is stricter in three things: a digest is one of SHA-256, since no other is recorded or asked for; a port is at most 65535,
in six digits or fewer; and what stands where a registry does is one, while Go reads `a_b.io/c` as a path without any.
"""

import re

import pytest

from headway.errors import BadInput
from headway.formats import image_reference
from sandbox.address import Address
from tests.oracles import images
from tests.oracles.asked import answers, cases, told

pytestmark = pytest.mark.sandbox
Parts = tuple[str, str, str, str]


def _ours(text: str) -> Parts | None:
    try:
        found = image_reference.parse(text)
        location = image_reference.locate(found.repository)
    except BadInput:
        return None
    return location.host, location.path, found.tag, found.digest


def _as_strictly(said: dict[str, str]) -> Parts | None:
    if "error" in said:
        return None
    host, tag, digest = said["host"], said["tag"], said["digest"]
    port = re.search(r":([0-9]+)\Z", host)
    if not host or (digest and not digest.startswith("sha256:")):
        return None
    if port and (len(port[1]) > 6 or int(port[1]) > 65535):
        return None
    return image_reference.registry_host(host), said["path"], tag or ("" if digest else "latest"), digest


def test_images_are_read_as_by_container_runtimes(sandbox: Address) -> None:
    asked = cases(images.image)
    said = answers(sandbox, "image", [{"text": each} for each in asked])
    differing = [
        (each, ours, go)
        for each, go in zip(asked, said, strict=True)
        if (ours := _ours(each)) != _as_strictly(go)
    ]
    assert not differing, told(differing)
    assert sum("error" in each for each in said) < len(said) / 2
