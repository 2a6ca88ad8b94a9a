"""Where an image stands in values.yaml: read, and written in place of another one, every other byte as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import yaml

from headway.errors import BadInput
from headway.formats import image_markers, yaml_scalar, yaml_source
from headway.model.service_images import DeclaredImage, KeyPath


@dataclass(frozen=True, slots=True)
class Places:
    """Paths in a values.yaml; the first of `tags`, or else of `wholes`, is read."""

    tags: tuple[KeyPath, ...]
    digests: tuple[KeyPath, ...]
    names: tuple[KeyPath, ...]
    wholes: tuple[KeyPath, ...]

    def __iter__(self) -> Iterator[KeyPath]:
        """What people must not write elsewhere: all but names."""
        return iter((*self.tags, *self.wholes, *self.digests))

    @property
    def first(self) -> KeyPath:
        return (*self.tags, *self.wholes)[0]


def places(values: str, image: DeclaredImage, file: str) -> Places:
    """Raises BadInput where a marker marks neither a tag nor a whole image, and for what is no YAML."""
    if image.marker is None:
        return Places(
            *(() if each is None else (each,) for each in (image.tag, image.digest, image.name, image.whole))
        )
    marked = [each for each in image_markers.read(values, file) if each.policy == image.marker]
    tags, digests, names, wholes = (
        tuple(each.path for each in marked if each.part == part)
        for part in ("tag", "digest", "name", "image")
    )
    if not tags and not wholes:
        raise BadInput(
            f"no value is marked as the tag or the image of {image.marker}",
            where=file,
            next_step=f'Write # {{"$imagepolicy": "{image.marker}:tag"}} behind the tag, or say `value:` in headway.yaml.',
        )
    return Places(tags, digests, names, wholes)


def shown(values: str, image: DeclaredImage, file: str) -> str:
    """Where it stands, for people."""
    try:
        return ".".join(places(values, image, file).first)
    except BadInput:
        return image.marker or ""


def read(values: str, image: DeclaredImage, file: str) -> str:
    """Its tag; <tag>@<digest> where the policy chooses that; empty for none. Raises BadInput naming file and line where it is
    not there."""
    at = places(values, image, file)
    if not at.tags:
        tag, digest = _split(yaml_scalar.read_scalar(values, at.first, file))
        return f"{tag}@{digest}" if digest and image.is_pinned else tag
    tag = yaml_scalar.read_scalar(values, at.tags[0], file)
    if image.is_pinned and at.digests and "@" not in tag:
        digest = yaml_scalar.read_scalar(values, at.digests[0], file)
        return f"{tag}@{digest}" if digest else tag
    return tag


def write(values: str, image: DeclaredImage, tag: str, file: str) -> str:
    """`values` with another tag, or <tag>@<digest>, in all of its places. A digest of its own goes with the tag: it is emptied
    where none is given. Raises BadInput as `read` does."""
    at = places(values, image, file)
    plain, _, digest = tag.partition("@")
    said = dict.fromkeys(at.tags, plain if at.digests else tag)
    said |= dict.fromkeys(at.digests, digest)
    said |= dict.fromkeys(at.names, image.repository)
    said |= dict.fromkeys(at.wholes, f"{image.repository}:{tag}" if tag else "")
    for path, value in said.items():
        values = yaml_scalar.splice(values, path, value, file)
    return values


def check(values: str, image: DeclaredImage, file: str) -> None:
    """Raises BadInput where one of its places is not there, or something else is; a tag by default may come later."""
    by_default = image == replace(image, digest=None, name=None, whole=None, marker=None)
    if by_default and image.tag == image.usual and _may_come(values, image.usual, file):
        return
    at = places(values, image, file)
    for path in (*at, *at.names):
        yaml_scalar.read_scalar(values, path, file)


def _may_come(values: str, path: KeyPath, file: str) -> bool:
    """Nothing stands there, nor in the way."""
    node = yaml_source.compose(values, file)
    for key in path:
        if node is None or node.tag == "tag:yaml.org,2002:null":
            return True
        if not isinstance(node, yaml.MappingNode):
            return False
        node = yaml_source.children(node).get(key)
    return node is None


def layer(values: str, image: DeclaredImage, digest: str, file: str) -> dict[KeyPath, str]:
    """What pins it by its digest, by path, to be laid over `values`."""
    at, tag = places(values, image, file), read(values, image, file)
    if at.digests:
        return dict.fromkeys(at.digests, digest)
    pinned = f"{tag}@{digest}"
    return {
        **dict.fromkeys(at.tags, pinned),
        **dict.fromkeys(at.wholes, f"{image.repository}:{pinned}"),
    }


def _split(image: str) -> tuple[str, str]:
    """Tag and digest of a whole image; empty what it does not have."""
    name, _, digest = image.partition("@")
    tag = name.rpartition(":")[2]
    return ("" if ":" not in name or "/" in tag else tag), digest
