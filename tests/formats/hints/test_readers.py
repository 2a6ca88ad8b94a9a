"""What each kind of sender names, by the payloads of its documentation; of distribution, Gitea and SeaweedFS as they sent it.

The rest of a payload is left in where it is short: it is there to be passed over.
"""

import base64
import json
from typing import Any

import pytest

from headway.formats.hints import kinds
from headway.formats.hints.kinds import KINDS
from headway.model.hints import Named, NamedBranch, NamedCharts, NamedImage

DIGEST = "sha256:" + "7f5b2640" * 8
DOCKER_HUB = {
    "callback_url": "https://registry.hub.docker.com/u/shop/cart/hook/2141b5bi5i5b02bec211i4eeih0242eg11000a/",
    "push_data": {"pushed_at": 1417566161, "pusher": "ada", "tag": "main-0a1b2c3"},
    "repository": {
        "description": "",
        "is_private": True,
        "name": "cart",
        "namespace": "shop",
        "repo_name": "shop/cart",
        "repo_url": "https://registry.hub.docker.com/u/shop/cart/",
    },
}
DISTRIBUTION = {
    "events": [
        {
            "id": "a1",
            "action": "push",
            "target": {
                "mediaType": "application/octet-stream",
                "digest": DIGEST,
                "repository": "shop/cart",
                "url": f"http://127.0.0.1:5000/v2/shop/cart/blobs/{DIGEST}",
            },
            "request": {"host": "127.0.0.1:5000", "method": "PUT", "useragent": "crane"},
        },
        {
            "id": "a2",
            "timestamp": "2026-11-27T11:50:00.1Z",
            "action": "push",
            "target": {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": DIGEST,
                "size": 708,
                "repository": "shop/cart",
                "url": f"http://127.0.0.1:5000/v2/shop/cart/manifests/{DIGEST}",
                "tag": "main-0a1b2c3",
            },
            "request": {"addr": "127.0.0.1:55182", "host": "127.0.0.1:5000", "method": "PUT"},
            "actor": {},
        },
        {
            "id": "a3",
            "action": "pull",
            "target": {"repository": "shop/catalog", "tag": "main-9999999"},
            "request": {"host": "127.0.0.1:5000", "method": "GET"},
        },
    ]
}
HARBOR = {
    "type": "PUSH_ARTIFACT",
    "occur_at": 1680501893,
    "operator": "ada",
    "event_data": {
        "resources": [
            {
                "digest": DIGEST,
                "tag": "main-0a1b2c3",
                "resource_url": "harbor.example.com/shop/cart:main-0a1b2c3",
            }
        ],
        "repository": {
            "date_created": 1680501893,
            "name": "cart",
            "namespace": "shop",
            "repo_full_name": "shop/cart",
            "repo_type": "private",
        },
    },
}
HARBOR_CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "4b2f89a6-548d-4c12-9993-a1f5790b97d2",
    "source": "/projects/1/webhook/policies/3",
    "type": "harbor.artifact.pushed",
    "datacontenttype": "application/json",
    "time": "2023-04-03T06:04:53Z",
    "data": HARBOR["event_data"],
    "operator": "ada",
}
HARBOR_CHART = {
    "type": "UPLOAD_CHART",
    "event_data": {
        "resources": [
            {"tag": "0.1.0", "resource_url": "harbor.example.com/chartrepo/shop/charts/shop-0.1.0.tgz"}
        ],
        "repository": {"name": "shop", "namespace": "shop", "repo_full_name": "shop/shop"},
    },
}
QUAY = {
    "name": "cart",
    "repository": "shop/cart",
    "namespace": "shop",
    "docker_url": "quay.io/shop/cart",
    "homepage": "https://quay.io/repository/shop/cart",
    "updated_tags": ["main-0a1b2c3", "latest"],
}
GITHUB_REPOSITORY = {
    "id": 1,
    "name": "cart",
    "full_name": "shop/cart",
    "html_url": "https://github.com/shop/cart",
    "url": "https://api.github.com/repos/shop/cart",
    "git_url": "git://github.com/shop/cart.git",
    "ssh_url": "git@github.com:shop/cart.git",
    "clone_url": "https://github.com/shop/cart.git",
}
GITHUB_PUSH = {
    "ref": "refs/heads/feature/tea",
    "before": "0" * 40,
    "after": "a" * 40,
    "repository": GITHUB_REPOSITORY,
    "pusher": {"name": "ada"},
    "commits": [],
}
GITHUB_URLS = (
    "https://github.com/shop/cart.git",
    "git@github.com:shop/cart.git",
    "git://github.com/shop/cart.git",
    "https://github.com/shop/cart",
)
GITHUB_PACKAGE = {
    "action": "published",
    "registry_package": {
        "name": "cart",
        "namespace": "Shop",
        "ecosystem": "CONTAINER",
        "package_type": "CONTAINER",
        "owner": {"login": "Shop"},
        "package_version": {
            "version": DIGEST,
            "container_metadata": {"tag": {"name": "main-0a1b2c3", "digest": DIGEST}},
            "package_url": "ghcr.io/shop/cart:main-0a1b2c3",
        },
    },
}
GITLAB_PUSH = {
    "object_kind": "push",
    "event_name": "push",
    "ref": "refs/heads/main",
    "project": {
        "name": "Cart",
        "web_url": "https://gitlab.example.com/shop/cart",
        "git_ssh_url": "git@gitlab.example.com:shop/cart.git",
        "git_http_url": "https://gitlab.example.com/shop/cart.git",
        "url": "git@gitlab.example.com:shop/cart.git",
    },
    "repository": {"name": "Cart", "git_http_url": "https://gitlab.example.com/shop/cart.git"},
}
GITLAB_URLS = (
    "https://gitlab.example.com/shop/cart.git",
    "git@gitlab.example.com:shop/cart.git",
    "https://gitlab.example.com/shop/cart",
)
GITEA_PUSH = {
    "ref": "refs/heads/main",
    "before": "a" * 40,
    "after": "b" * 40,
    "repository": {
        "full_name": "shop/cart",
        "html_url": "http://127.0.0.1:4400/shop/cart",
        "ssh_url": "ssh://nobody@127.0.0.1:4422/shop/cart.git",
        "clone_url": "http://127.0.0.1:4400/shop/cart.git",
    },
}
GITEA_URLS = (
    "http://127.0.0.1:4400/shop/cart.git",
    "ssh://nobody@127.0.0.1:4422/shop/cart.git",
    "http://127.0.0.1:4400/shop/cart",
)
GITEA_PACKAGE = {
    "action": "created",
    "package": {
        "owner": {"login": "Shop", "username": "Shop"},
        "type": "container",
        "name": "cart",
        "version": "main-0a1b2c3",
        "html_url": "http://127.0.0.1:4400/shop/-/packages/container/cart/main-0a1b2c3",
    },
}
ECR = {
    "version": "0",
    "id": "13cde686-328b-6117-af20-0e5566167482",
    "detail-type": "ECR Image Action",
    "source": "aws.ecr",
    "account": "123456789012",
    "time": "2019-11-16T01:54:34Z",
    "region": "eu-central-1",
    "resources": [],
    "detail": {
        "result": "SUCCESS",
        "repository-name": "shop/cart",
        "image-digest": DIGEST,
        "action-type": "PUSH",
        "image-tag": "main-0a1b2c3",
    },
}
ACR = {
    "id": "cb8c3971-9adc-488b-xxxx-43cbb4974ff5",
    "timestamp": "2017-11-17T16:52:01.343145347Z",
    "action": "push",
    "target": {
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "size": 524,
        "digest": DIGEST,
        "length": 524,
        "repository": "shop/cart",
        "tag": "main-0a1b2c3",
    },
    "request": {"id": "3cbb6949", "host": "shop.azurecr.io", "method": "PUT"},
}
ACR_CHART = {
    "id": "6356e9e0-627f-4fed-xxxx-d9059b5143ac",
    "action": "chart_push",
    "target": {
        "mediaType": "application/vnd.acr.helm.chart",
        "repository": "repo",
        "tag": "wordpress-5.4.0.tgz",
        "name": "wordpress",
        "version": "5.4.0.tgz",
    },
    "request": {"host": "shop.azurecr.io"},
}


def google(**said: str) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(said).encode()).decode()
    return {
        "message": {"data": data, "messageId": "1", "publishTime": "2026-11-27T11:50:00Z"},
        "subscription": "projects/shop/subscriptions/headway",
    }


def s3(name: str, key: str = "charts%2Fshop+1.tgz") -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "eventName": name,
                "s3": {
                    "bucket": {"name": "shop-charts", "arn": "arn:aws:s3:::shop-charts"},
                    "object": {"key": key, "size": 1024, "eTag": "d41d8cd9"},
                },
            }
        ]
    }


MINIO = {
    "EventName": "s3:ObjectCreated:Put",
    "Key": "shop-charts/web shop/web-1.0.0+b.tgz",
    "Records": [
        {
            "eventVersion": "2.0",
            "eventSource": "minio:s3",
            "awsRegion": "",
            "eventTime": "2026-11-27T21:54:00.352Z",
            "eventName": "s3:ObjectCreated:Put",
            "userIdentity": {"principalId": "headway"},
            "requestParameters": {"principalId": "headway", "region": "", "sourceIPAddress": "127.0.0.1"},
            "responseElements": {
                "x-amz-id-2": "949500d834d67ab73c04cf0389f2592dc2ac877453d0aeb69810da496d0c4934",
                "x-amz-request-id": "18EC0589AEE601E0",
                "x-minio-deployment-id": "68e305b7-c333-451e-a9e1-ed3901f9c9e0",
                "x-minio-origin-endpoint": "http://127.0.0.1:59869",
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "Config",
                "bucket": {
                    "name": "shop-charts",
                    "ownerIdentity": {"principalId": "headway"},
                    "arn": "arn:aws:s3:::shop-charts",
                },
                "object": {
                    "key": "web+shop%2Fweb-1.0.0%2Bb.tgz",
                    "size": 1,
                    "eTag": "9dd4e461268c8034f5c8564e155c67a6",
                    "contentType": "binary/octet-stream",
                    "userMetadata": {"content-type": "binary/octet-stream"},
                    "sequencer": "18EC0589AFA7EB1E",
                },
            },
            "source": {"host": "127.0.0.1", "port": "", "userAgent": "Boto3/1.44.5"},
        }
    ],
}
"""As the program wrote it on 2026-11-27 (v0.0.0-20260212201848)."""
VERSITYGW = {
    "Records": [
        {
            "eventVersion": "2.2",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2026-11-27T21:51:09Z",
            "eventName": "s3:ObjectRemoved:Delete",
            "userIdentity": {"PrincipalId": "headway"},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {"x-amz-request-id": "", "x-amz-id-2": ""},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "webhook-global",
                "bucket": {
                    "name": "shop-charts",
                    "ownerIdentity": {"PrincipalId": "headway"},
                    "arn": "arn:aws:s3:::/shop-charts/index.yaml",
                },
                "object": {
                    "key": "index.yaml",
                    "size": 0,
                    "eTag": None,
                    "versionId": None,
                    "sequencer": "3",
                },
            },
            "glacierEventData": {
                "restoreEventData": {"lifecycleRestorationExpiryTime": "", "lifecycleRestoreStorageClass": ""}
            },
        }
    ]
}
"""As the program wrote it on 2026-11-27 (v1.8.0)."""
VERSITYGW_TEST = {
    "Bucket": "Test-Bucket",
    "Event": "s3:TestEvent",
    "Service": "S3",
    "Time": "2026-11-27T21:51:07Z",
}
S3_EVENTBRIDGE = {
    "version": "0",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "detail": {
        "bucket": {"name": "shop-charts"},
        "object": {"key": "index.yaml", "size": 5},
        "reason": "PutObject",
    },
}
SEAWEEDFS = {
    "event_type": "create",
    "key": "/buckets/shop-charts/index.yaml",
    "message": {
        "new_entry": {"name": "index.yaml", "attributes": {"mtime": 1795779709, "file_mode": 504}},
        "new_parent_path": "/buckets/shop-charts",
        "signatures": [-1884967295],
    },
}
FOLDER = {
    "event_type": "create",
    "key": "/buckets/shop-charts/charts",
    "message": {"new_entry": {"name": "charts", "is_directory": True}},
}
CART = "main-0a1b2c3"


CASES = [
    pytest.param(
        "generic",
        "",
        {"image": f"r.example.com:5000/shop/cart:{CART}"},
        [NamedImage("r.example.com:5000/shop/cart", CART)],
        id="ours: an image",
    ),
    pytest.param(
        "generic",
        "",
        {"image": "r.example.com:5000/shop/cart"},
        [NamedImage("r.example.com:5000/shop/cart")],
        id="ours: an image, its tag unsaid",
    ),
    pytest.param(
        "generic",
        "",
        {"image": f"r.example.com/shop/cart@{DIGEST}"},
        [NamedImage("r.example.com/shop/cart")],
        id="ours: an image by digest",
    ),
    pytest.param(
        "generic",
        "",
        {"git": "https://g.example.com/shop.git", "branch": "main"},
        [NamedBranch(("https://g.example.com/shop.git",), "main")],
        id="ours: a branch",
    ),
    pytest.param(
        "generic",
        "",
        {"charts": "s3://shop-charts"},
        [NamedCharts("s3://shop-charts")],
        id="ours: charts",
    ),
    pytest.param("docker-hub", "", DOCKER_HUB, [NamedImage("docker.io/shop/cart", CART)], id="Docker Hub"),
    pytest.param(
        "distribution",
        "",
        DISTRIBUTION,
        [NamedImage("127.0.0.1:5000/shop/cart", CART)],
        id="distribution: blobs and pulls are no news",
    ),
    pytest.param("harbor", "", HARBOR, [NamedImage("harbor.example.com/shop/cart", CART)], id="Harbor"),
    pytest.param(
        "harbor",
        "",
        HARBOR_CLOUD_EVENT,
        [NamedImage("harbor.example.com/shop/cart", CART)],
        id="Harbor: a CloudEvent",
    ),
    pytest.param(
        "harbor",
        "",
        HARBOR_CHART,
        [NamedCharts("https://harbor.example.com/chartrepo/shop/charts/shop-0.1.0.tgz")],
        id="Harbor: a chart, of old",
    ),
    pytest.param("harbor", "", HARBOR | {"type": "DELETE_ARTIFACT"}, [], id="Harbor: something else"),
    pytest.param(
        "quay",
        "",
        QUAY,
        [NamedImage("quay.io/shop/cart", CART), NamedImage("quay.io/shop/cart", "latest")],
        id="Quay",
    ),
    pytest.param(
        "quay",
        "",
        QUAY | {"updated_tags": {CART: "b750fe79"}},
        [NamedImage("quay.io/shop/cart", CART)],
        id="Quay: tags with images",
    ),
    pytest.param(
        "github", "push", GITHUB_PUSH, [NamedBranch(GITHUB_URLS, "feature/tea")], id="GitHub: a push"
    ),
    pytest.param("github", "push", GITHUB_PUSH | {"ref": "refs/tags/1.0"}, [], id="GitHub: a tag"),
    pytest.param(
        "github",
        "ping",
        {"zen": "Keep it logically awesome.", "repository": GITHUB_REPOSITORY},
        [],
        id="GitHub: a ping",
    ),
    pytest.param(
        "github", "registry_package", GITHUB_PACKAGE, [NamedImage("ghcr.io/shop/cart", CART)], id="GHCR"
    ),
    pytest.param(
        "github",
        "package",
        {"action": "published", "package": GITHUB_PACKAGE["registry_package"]},
        [NamedImage("ghcr.io/shop/cart", CART)],
        id="GHCR, the newer event",
    ),
    pytest.param("gitlab", "", GITLAB_PUSH, [NamedBranch(GITLAB_URLS, "main")], id="GitLab"),
    pytest.param(
        "gitlab",
        "",
        GITLAB_PUSH | {"object_kind": "tag_push", "event_name": "tag_push"},
        [],
        id="GitLab: a tag",
    ),
    pytest.param("gitea", "push", GITEA_PUSH, [NamedBranch(GITEA_URLS, "main")], id="Gitea"),
    pytest.param(
        "gitea",
        "package",
        GITEA_PACKAGE,
        [NamedImage("127.0.0.1:4400/shop/cart", CART)],
        id="Gitea: an image",
    ),
    pytest.param("gitea", "issues", GITEA_PUSH, [], id="Gitea: something else"),
    pytest.param(
        "ecr",
        "",
        ECR,
        [NamedImage("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/cart", CART)],
        id="ECR",
    ),
    pytest.param(
        "ecr",
        "",
        ECR | {"region": "cn-north-1"},
        [NamedImage("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/shop/cart", CART)],
        id="ECR in China",
    ),
    pytest.param("ecr", "", ECR | {"region": "evil.example.com/"}, [], id="ECR: no region"),
    pytest.param("ecr", "", ECR | {"detail-type": "ECR Image Scan"}, [], id="ECR: a scan"),
    pytest.param("acr", "", ACR, [NamedImage("shop.azurecr.io/shop/cart", CART)], id="ACR"),
    pytest.param(
        "acr",
        "",
        ACR_CHART,
        [NamedImage("shop.azurecr.io/repo", "wordpress-5.4.0.tgz")],
        id="ACR: a chart",
    ),
    pytest.param("acr", "", ACR | {"action": "delete"}, [], id="ACR: something else"),
    pytest.param(
        "google",
        "",
        google(
            action="INSERT",
            digest=f"eu-docker.pkg.dev/p/shop/cart@{DIGEST}",
            tag=f"eu-docker.pkg.dev/p/shop/cart:{CART}",
        ),
        [NamedImage("eu-docker.pkg.dev/p/shop/cart", CART)],
        id="Google",
    ),
    pytest.param(
        "google",
        "",
        google(action="INSERT", digest=f"eu-docker.pkg.dev/p/shop/cart@{DIGEST}"),
        [NamedImage("eu-docker.pkg.dev/p/shop/cart")],
        id="Google: an image without a tag",
    ),
    pytest.param(
        "google",
        "",
        google(action="DELETE", tag=f"eu-docker.pkg.dev/p/shop/cart:{CART}"),
        [],
        id="Google: a removal",
    ),
    pytest.param(
        "s3", "", s3("ObjectCreated:Put"), [NamedCharts("s3://shop-charts/charts/shop 1.tgz")], id="S3"
    ),
    pytest.param(
        "s3",
        "",
        s3("ObjectRemoved:Delete", "index.yaml"),
        [NamedCharts("s3://shop-charts/index.yaml")],
        id="S3: a removal",
    ),
    pytest.param("s3", "", s3("ReducedRedundancyLostObject"), [], id="S3: something else"),
    pytest.param(
        "s3",
        "",
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "shop-charts"},
        [],
        id="S3: its test",
    ),
    pytest.param("s3", "", MINIO, [NamedCharts("s3://shop-charts/web shop/web-1.0.0+b.tgz")], id="MinIO"),
    pytest.param("s3", "", VERSITYGW, [NamedCharts("s3://shop-charts/index.yaml")], id="versitygw"),
    pytest.param("s3", "", VERSITYGW_TEST, [], id="versitygw: its test"),
    pytest.param(
        "s3", "", S3_EVENTBRIDGE, [NamedCharts("s3://shop-charts/index.yaml")], id="S3 by EventBridge"
    ),
    pytest.param("seaweedfs", "", SEAWEEDFS, [NamedCharts("s3://shop-charts/index.yaml")], id="SeaweedFS"),
    pytest.param("seaweedfs", "", FOLDER, [], id="SeaweedFS: a folder"),
    pytest.param(
        "seaweedfs", "", SEAWEEDFS | {"key": "/buckets/.system/owners/x"}, [], id="SeaweedFS: its own"
    ),
]


@pytest.mark.parametrize(("kind", "event", "payload", "named"), CASES)
def test_what_is_named(kind: str, event: str, payload: dict[str, Any], named: list[Named]) -> None:
    assert list(kinds.read(kind, json.dumps(payload).encode(), event)) == named


@pytest.mark.parametrize(
    ("kind", "event", "payload", "named"),
    [
        pytest.param("distribution", "", DISTRIBUTION, "r.example.com/shop/cart", id="distribution"),
        pytest.param("harbor", "", HARBOR, "r.example.com/shop/cart", id="Harbor"),
        pytest.param("quay", "", QUAY, "r.example.com/shop/cart", id="Quay"),
        pytest.param("docker-hub", "", DOCKER_HUB, "r.example.com/shop/cart", id="Docker Hub"),
        pytest.param("github", "registry_package", GITHUB_PACKAGE, "r.example.com/shop/cart", id="GHCR"),
        pytest.param("gitea", "package", GITEA_PACKAGE, "r.example.com/shop/cart", id="Gitea"),
        pytest.param("ecr", "", ECR, "r.example.com/shop/cart", id="ECR"),
        pytest.param("acr", "", ACR, "r.example.com/shop/cart", id="ACR"),
        pytest.param(
            "google",
            "",
            google(action="INSERT", tag="gcr.io/shop/cart:1"),
            "r.example.com/shop/cart",
            id="Google",
        ),
    ],
)
def test_a_registry_that_calls_itself_otherwise(
    kind: str, event: str, payload: dict[str, Any], named: str
) -> None:
    (first, *_) = kinds.read(kind, json.dumps(payload).encode(), event, "r.example.com")
    assert isinstance(first, NamedImage)
    assert first.repository == named


def test_each_kind_has_its_payload() -> None:
    assert {case.values[0] for case in CASES} == set(KINDS)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "Expecting value", id="nothing"),
        pytest.param(b"payload=%7B%7D", "Expecting value", id="a form"),
        pytest.param(b"[]", "no JSON object", id="a list"),
        pytest.param(b"\xff\xfe{}", "decode", id="no UTF-8"),
        pytest.param(b'{"a":' * 300 + b"1" + b"}" * 300, "nested deeper", id="nested"),
    ],
)
def test_what_is_no_payload(body: bytes, why: str) -> None:
    for kind in KINDS:
        with pytest.raises(ValueError, match=why):
            kinds.read(kind, body)


ODD = (None, True, 7, "", "x" * 5000, "a b", "line\nbreak", [], [None], {}, {"": {}}, [["x"]], "\u202e")


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_stands_in_place_of_a_text_or_a_list_names_nothing_new(kind: str) -> None:
    cases = [case.values for case in CASES]
    for _, event, payload, named in (case for case in cases if case[0] == kind):
        for odd in ODD:
            for changed in with_one_value_changed(payload, odd):
                found = kinds.read(kind, json.dumps(changed).encode(), event)
                assert len(found) <= max(1, len(named)) + 1
                assert "x" * 5000 not in str(found)
                assert "\n" not in str(found)


def with_one_value_changed(value: Any, odd: Any) -> list[Any]:
    """Copies of a document, in each of which one value of it is another."""
    if isinstance(value, dict):
        return [
            value | {key: each} for key in value for each in [odd, *with_one_value_changed(value[key], odd)]
        ]
    if isinstance(value, list):
        return [
            [*value[:at], each, *value[at + 1 :]]
            for at, inner in enumerate(value)
            for each in [odd, *with_one_value_changed(inner, odd)]
        ]
    return []


def test_no_more_is_read_than_a_thousand_things() -> None:
    records = [s3("ObjectCreated:Put", f"k{number}")["Records"][0] for number in range(1500)]
    assert len(kinds.read("s3", json.dumps({"Records": records}).encode())) == kinds.NAMED_LIMIT
