"""Values and secrets of a site's own: YAML files in a folder, in S3, or in a ConfigMap and a Secret in its namespace.

They are given to Helm after all that the package brings, in the order of their names, so that a site has the last word.
"""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import yaml

from headway.clients.chart_repository import open_repository
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput
from headway.formats import yaml_limits
from headway.formats.secret_placeholders import is_encrypted
from headway.model.credentials import RepositoryCredentials

FILES_LIMIT = 50
IN_CLUSTER = "cluster:"
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class OwnFile:
    data: bytes
    secret: bool
    """Encrypted by sops, called secrets..., or kept in a Secret."""


def read(
    place: str, credentials: RepositoryCredentials, cluster: Callable[[], Cluster], namespace: str
) -> Mapping[str, OwnFile]:
    """By name, in their order. `place`: see Site.values.

    Raises BadInput for a place that is not there, a file that is no YAML mapping, too many files or too large ones;
    Unreachable where the place does not answer.
    """
    if not place:
        return {}
    if place.startswith(IN_CLUSTER):
        found = _of_cluster(cluster(), namespace, place.removeprefix(IN_CLUSTER))
    else:
        found = _of_files(place, credentials)
    for name, file in found.items():
        _require_mapping(file, f"{place} {name}")
    return dict(sorted(found.items()))


def _of_files(place: str, credentials: RepositoryCredentials) -> dict[str, OwnFile]:
    above, _, folder = place.rstrip("/").rpartition("/")
    if not folder or not above or above.endswith(":/"):
        raise BadInput(
            "it names no folder for values",
            where=place,
            next_step="Use file:///folder/values, s3://bucket/values or cluster:NAME.",
        )
    repository = open_repository(above, credentials)
    listed = repository.documents(f"{folder}/")
    if listed is None:
        raise BadInput("what lies there cannot be listed", where=place, next_step="Use s3:// or file://.")
    names = [each for each in listed if each.count("/") == 1 and each.endswith(_ENDINGS)]
    if len(names) > FILES_LIMIT:
        raise BadInput(
            f"more than {FILES_LIMIT} files of values", where=place, next_step="Join some of them."
        )
    found = {}
    for path in names:
        data, name = repository.document(path), path.rpartition("/")[2]
        if data is None:
            raise BadInput("it cannot be read", where=f"{place} {name}", next_step="Mend or remove it.")
        found[name] = OwnFile(data, _is_secret(name, data))
    if not found:
        raise BadInput(
            "there is no file of values, which may have been lost",
            where=place,
            next_step="Put one there, if it is empty; or take the place away: headway add --name NAME --values ''.",
        )
    return found


def _is_secret(name: str, data: bytes) -> bool:
    return name.startswith("secrets") or is_encrypted(data)


def _of_cluster(cluster: Cluster, namespace: str, name: str) -> dict[str, OwnFile]:
    folder = f"/api/v1/namespaces/{namespace}"
    plain = cluster.api.find(f"{folder}/configmaps/{name}")
    secret = cluster.api.find(f"{folder}/secrets/{name}")
    if plain is None and secret is None:
        raise BadInput(
            f"there is neither a ConfigMap nor a Secret {name!r}",
            where=f"namespace {namespace}",
            next_step=f"kubectl -n {namespace} create configmap {name} --from-file=values.yaml; an empty one will do.",
        )
    texts = (plain or {}).get("data") or {}
    found = {
        key: OwnFile(text.encode(), _is_secret(key, text.encode()))
        for key, text in texts.items()
        if key.endswith(_ENDINGS)
    }
    for key, text in ((secret or {}).get("data") or {}).items():
        if not key.endswith(_ENDINGS):
            continue
        if key in found:
            raise BadInput(
                f"both the ConfigMap and the Secret {name!r} hold {key}",
                where=f"namespace {namespace}",
                next_step="Give one of them another key: the later one in the order of names wins.",
            )
        found[key] = OwnFile(_decoded(text, f"Secret {namespace}/{name} {key}"), secret=True)
    _require_all_read(
        found, (plain or {}).get("binaryData") or {}, {*texts, *((secret or {}).get("data") or {})}, name
    )
    return found


def _require_all_read(
    found: Collection[str], binary: Collection[str], keys: Collection[str], name: str
) -> None:
    """An empty ConfigMap is one that says nothing; one whose keys are all passed over is a slip."""
    if unread := sorted(key for key in binary if key.endswith(_ENDINGS)):
        raise BadInput(
            f"{', '.join(unread)} is no text in UTF-8", where=f"ConfigMap {name}", next_step="Write it anew."
        )
    if (keys or binary) and not found:
        raise BadInput(
            f"none of its keys ends with {' or '.join(_ENDINGS)}: {', '.join(sorted({*keys, *binary})[:5])}",
            where=f"{IN_CLUSTER}{name}",
            next_step=f"Give them such names: kubectl create configmap {name} --from-file=values.yaml=FILE.",
        )


def _decoded(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("it is not base64", where=where) from error


def _require_mapping(file: OwnFile, where: str) -> None:
    """So that what a site wrote wrongly is its own error, and never speaks against a version."""
    try:
        read = yaml_limits.load(file.data.decode("utf-8"), yaml_limits.TextLoader)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else "it cannot be read"
        # What is wrong may name what is secret, such as an alias.
        why = line if file.secret else " ".join(str(error).split())
        raise BadInput(f"it is no YAML: {why}", where=where, next_step="Mend it.") from None
    if read is not None and not isinstance(read, Mapping):
        raise BadInput("it is no mapping of values", where=where, next_step="Write `key: value`.")
