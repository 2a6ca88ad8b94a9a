"""What lies in Helm's Secrets and is no release of Helm's."""

import base64
import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from kubernetes.client import ApiClient, Configuration

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes import listings
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput
from tests.fast.memory.api_server import ApiServer

PACKED = gzip.compress(json.dumps({"version": 1, "info": {}}).encode())
SECRETS = "/api/v1/namespaces/shop/secrets"


def stored(data: bytes, *others: Mapping[str, object]) -> HelmStorage:
    """A history of one revision, whose Secret holds this; in base64 once more, as Helm has it. `others`: Secrets beside it."""
    server = ApiServer("https://here")
    server.store.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
    name = "sh.helm.release.v1.shop.v1"
    labels = {"owner": "helm", "name": "shop", "version": "1", "status": "deployed"}
    twice = base64.b64encode(base64.b64encode(data)).decode()
    server.store.create(
        SECRETS,
        {
            "type": "helm.sh/release.v1",
            "metadata": {"name": name, "labels": labels},
            "data": {"release": twice},
        },
    )
    for other in others:
        server.store.create(SECRETS, other)
    client = ApiClient(Configuration(host=server.host))
    client.rest_client.pool_manager = server
    return HelmStorage(Cluster(client, Path("kubeconfig")), "shop", "shop")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PACKED[:-9], id="cut off"),
        pytest.param(PACKED[:12] + b"\xff\xff\xff" + PACKED[15:], id="a byte is another"),
        pytest.param(PACKED[:-8] + bytes(8), id="a sum that is wrong"),
        pytest.param(b"not JSON", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b'{"chart": [], "info": "deployed"}', id="parts of another kind"),
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"info": {}}', id="no time"),
        pytest.param(b'{"info": {"last_deployed": "yesterday"}}', id="a time that is none"),
        pytest.param(
            b'{"info": {"last_deployed": "0001-01-02T00:00:00Z"}}', id="a time that nobody could have seen"
        ),
        *(
            pytest.param(b'{"info": {"last_deployed": "2026-01-01T00:00:00Z"}, %s}' % part, id=part.decode())
            for part in (
                b'"manifest": 5',
                b'"config": [1]',
                b'"hooks": [5]',
                b'"hooks": {"a": 1}',
                b'"chart": {"metadata": [1]}',
                b'"chart": {"files": [{}]}',
                b'"chart": {"files": [{"name": "a", "data": 5}]}',
            )
        ),
    ],
)
def test_a_secret_that_holds_no_release_is_bad_input_with_its_name(data: bytes) -> None:
    with pytest.raises(
        BadInput, match=r"Secret shop/sh\.helm\.release\.v1\.shop\.v1: it does not hold a Helm release"
    ):
        stored(data).all()


def test_a_file_that_is_no_base64_is_bad_input() -> None:
    info = {"last_deployed": "2026-01-01T00:00:00Z"}
    chart = {"files": [{"name": "a", "data": "a"}]}
    (revision,) = stored(json.dumps({"info": info, "chart": chart}).encode()).all()
    with pytest.raises(BadInput, match="a file of its chart cannot be read"):
        _ = revision.files


GOOD = json.dumps({"info": {"status": "deployed", "last_deployed": "2026-01-01T00:00:00Z"}}).encode()
COPIED = base64.b64encode(base64.b64encode(GOOD)).decode()


@pytest.mark.parametrize(
    ("name", "version", "held"),
    [
        pytest.param("shop-before-friday", "1", COPIED, id="a copy"),
        pytest.param("shop-before-friday", "1", "", id="a copy of the labels"),
        pytest.param("sh.helm.release.v1.shop.v1.old", "2", COPIED, id="a copy with another number"),
        pytest.param("sh.helm.release.v1.other.v2", "2", COPIED, id="of another release by its name"),
        pytest.param("labelled", "newest", "", id="a version that is no number"),
        pytest.param("labelled", "", "", id="no version"),
    ],
)
def test_what_bears_helms_labels_and_not_its_name_is_no_revision(name: str, version: str, held: str) -> None:
    """Helm goes by the labels alone and passes over what it cannot read; here one Secret kept its release Unknown."""
    labels = {"owner": "helm", "name": "shop", "version": version, "status": "deployed"}
    other = {"metadata": {"name": name, "labels": labels}, "data": {"release": held}}
    storage = stored(GOOD, other)
    assert [each.revision for each in storage.all()] == [1]
    assert [*storage.listed()] == [1]
    assert [each.revision for each in storage.these([1, 2], 1)] == [1]
    deployed, unreadable = HelmStorage.deployed_in(storage.cluster)
    assert ([*deployed], unreadable) == ([("shop", "shop")], [])
    assert [len(each) for each in HelmStorage.standing_in(storage.cluster).values()] == [1]


def revision(number: int, status: str, held: str, version: object = None) -> dict[str, object]:
    labels = {"owner": "helm", "name": "shop", "version": str(version or number), "status": status}
    name = f"sh.helm.release.v1.shop.v{number}"
    return {"metadata": {"name": name, "labels": labels}, "data": {"release": held}}


@pytest.mark.parametrize("status", ["superseded", "failed", "uninstalled"])
def test_a_revision_that_is_past_and_cannot_be_read_is_passed_over_as_helm_does(status: str) -> None:
    storage = stored(b"not JSON")
    broken = storage.cluster.api.get(storage.path(1))
    broken["metadata"]["labels"]["status"] = status
    storage.cluster.api.replace(storage.path(1), broken)
    for number in (2, 3):
        storage.cluster.api.create(SECRETS, revision(number, "superseded", COPIED))
    for read in (storage.all, lambda: storage.these([1, 2, 3], 3)):
        storage.passed_over = {}
        assert [each.revision for each in read()] == [3, 2]
        (past,) = storage.passed_over.values()
        assert past.why.startswith(
            "revision 1 is passed over, as Helm does: Secret shop/sh.helm.release.v1.shop.v1: it does not hold"
        )
    with pytest.raises(BadInput, match="does not hold a Helm release"):
        storage.get(1)


@pytest.mark.parametrize(
    ("former", "newest"),
    [
        pytest.param("superseded", "", id="it is the newest"),
        pytest.param("deployed", COPIED, id="it is what is deployed"),
        pytest.param("pending-upgrade", COPIED, id="it is under way"),
    ],
)
def test_a_revision_that_is_needed_and_cannot_be_read_is_bad_input(former: str, newest: str) -> None:
    """Helm cannot go on from there either: "release: already exists", "has no deployed releases"."""
    storage = stored(GOOD)
    storage.cluster.api.create(SECRETS, revision(2, former, COPIED if not newest else ""))
    storage.cluster.api.create(SECRETS, revision(3, "failed", newest))
    with pytest.raises(BadInput, match="does not hold a Helm release"):
        storage.all()


def test_a_revision_that_is_past_and_labelled_with_no_number_is_passed_over() -> None:
    storage = stored(GOOD, revision(2, "superseded", COPIED, "two"))
    storage.cluster.api.create(SECRETS, revision(3, "deployed", COPIED))
    assert [*storage.listed()] == [1, 3]
    assert [*storage.passed_over] == [2]
    assert [each.revision for each in storage.all()] == [3, 1]


def test_what_bears_helms_labels_and_not_its_name_changes_no_digest_of_revisions() -> None:
    labels = {"owner": "helm", "name": "shop", "version": "1"}
    other = {"metadata": {"name": "shop-before-friday", "labels": labels}, "data": {}}
    beside = stored(GOOD, other)
    secret = beside.cluster.api.get(beside.path(1))
    assert listings.revisions(beside.cluster, "shop", "shop") == listings.digest_of_revisions(
        [secret["metadata"]]
    )
