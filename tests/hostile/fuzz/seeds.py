"""Sound documents, from the example and as Helm, sops, registries and test programs write them."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from headway.formats import archived_release, chart_lock, helm_artifact, quarantine, record_json
from headway.formats.chart_lock import Locked
from headway.model.quarantine import Input, QuarantinedInput
from headway.model.record import ReleaseRecord
from headway.model.release_history import HistoryEntry, HistoryImage, ServiceChart
from tests.hostile import tars
from tests.openid_provider import CLIENT, ISSUER, jwk

SHOP = Path(__file__).resolve().parents[3] / "examples" / "shop"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TIME = "2026-01-01T00:00:00.123456789Z"
DIGEST = "sha256:" + "a" * 64


def _shop(name: str) -> str:
    return (SHOP / name).read_text()


_OTHER_HEADWAY_YAML = """\
application: shop
services:
  cart: {git: https://g/cart, image: r/cart, charts: '^1', policy: {branch: main}}
  web: {git: https://g/web, image: r/web, policy: {kind: regex, match: 'v(.*)', order: date}, value_image: web.image}
  jobs:
    {git: https://g/jobs, image: r/jobs, tags_in: chart, images: {w: {image: r/w, policy: {kind: calver, format: YYYY.MM}}}}
environments:
  dev: {charts: s3://b/dev, gate: automatic}
  prod: {charts: s3://b/p, after: dev, soak: 5m, versions: '>=1'}
  live: {charts: s3://b/l, policy: {kind: semver, range: ^1, branch: v1}, policies: {cart: {kind: exact, tag: '1.0'}}}
tests: [{name: smoke, image: 'r/smoke:1', needs: [cart]}]
together: [[cart, web]]
"""
POLICY = """\
environments:
  dev: {charts: s3://b/dev, gate: automatic, cluster: dev, namespace: shop-dev, drift: correct}
  prod: {charts: s3://b/p, after: dev, soak: 5m, versions: '>=1', gate: approval, removal: ask, crds: skip}
  live: {charts: s3://b/l, policy: {kind: regex, match: 'v(.*)', order: date}, policies: {cart: {kind: semver}}}
"""
CONTENT = "application: shop\nservices: {}\nenvironments:\n  dev: {}\n  prod: {timeout: 10m, values: [values/prod.yaml]}\n"
SCHEMAS = (
    '{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"$ref": "#/definitions/a"}}}',
    '{"$ref": "https://schemas.example.com/a.json", "allOf": [{"$dynamicRef": "#a"}, {"$id": "file:///a"}]}',
)
HEADWAY_YAML = (_shop("application/headway.yaml"), _OTHER_HEADWAY_YAML)
_OTHER_VALUES = """\
a: &a {b: 1, c: [x, y]}
d: {<<: *a, b: 2}
e: |
  text
f: >-
  folded
  text
g: 'it''s'
h: "\\u00e9"
i:
"""
VALUES = (_shop("application/values.yaml"), _shop("application/values/testing.yaml"), _OTHER_VALUES)
MARKED_VALUES = (
    """\
image:
  name: r.example.com/cart # {"$imagepolicy": "flux-system:cart:name"}
  tag: "1.0.0" # {"$imagepolicy": "flux-system:cart:tag"}
  digest: '' # {"$imagepolicy": "flux-system:cart:digest"}
sidecars: [{image: r.example.com/cart:1.0.0}] # {"$imagepolicy": "flux-system:cart"}
""",
    'a: &a\n  tag: 1 # {"$imagepolicy": "flux-system:cart:tag"}\nb: *a\n',
)
_OTHER_CHART_YAML = """\
apiVersion: v2
name: a
version: 1.0.0
dependencies:
- name: b
  version: ^1
  repository: https://r
  alias: c
  condition: c.enabled
  tags: [t]
  import-values: [d]
annotations: {a: b}
"""
CHART_YAML = (
    _shop("application/Chart.yaml"),
    _shop("services/cart/chart/Chart.yaml"),
    _OTHER_CHART_YAML,
)
_OTHER_LOCK = """\
dependencies:
- name: a
  repository: ''
  version: 1.0.0
digest: sha256:0
generated: '2026-01-01T00:00:00Z'
"""
CHART_LOCK = (
    chart_lock.write([], [Locked("a", "1.0.0", "https://r"), Locked("b", "2.0.0", "")], NOW),
    _OTHER_LOCK,
)
_COMPANY = (Input("chart", "cart", "1.0.0"),)
_BARRED = QuarantinedInput("image", "r/cart", "1.0", "dev", DIGEST, "it broke", NOW, _COMPANY)
_BY_HAND = """\
- image: a/b
  version: '1'
  reason: "no"
  since: 2026-01-01
# a comment
- {chart: c, version: '1.0.0', reason: r, since: 2026-01-01T00:00:00Z}
"""
QUARANTINE = (quarantine.add(None, [_BARRED]), _BY_HAND)
INDEX: tuple[dict[str, Any], ...] = (
    {
        "apiVersion": "v1",
        "entries": {
            "a": [
                {
                    "name": "a",
                    "version": "1.1.0",
                    "urls": ["a-1.1.0.tgz"],
                    "digest": "b" * 64,
                    "created": TIME,
                },
                {"name": "a", "version": "1.0.0", "urls": ["a.tgz"], "annotations": {"k": "v"}},
            ],
            "b": [],
        },
        "generated": TIME,
        "annotations": {
            "headway.dev/withdrawn.a-0.9.0": DIGEST,
            "headway.dev/pinned.https://r/x-1.0.0": DIGEST,
        },
    },
)
CHART_MANIFEST: dict[str, Any] = {
    "schemaVersion": 2,
    "config": {"mediaType": helm_artifact.CONFIG_TYPE, "digest": DIGEST, "size": 2},
    "layers": [{"mediaType": helm_artifact.CHART_TYPE, "digest": DIGEST, "size": 2}],
    "annotations": {"org.opencontainers.image.created": TIME, "headway.dev/commit": "a" * 40},
}
_WORKLOADS = """\
---
# Source: shop/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: b, labels: {a: b}}
data: {k: v}
---
# Source: shop/templates/b.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: 'r/web:1', ports: [{containerPort: 80}], env: [{name: A, value: b}]}
"""
_SECRETS = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: c2VjcmV0}, stringData: {b: hidden}}
- apiVersion: v1
  kind: Secret
  type: kubernetes.io/dockerconfigjson
  metadata: {name: p}
  stringData: {.dockerconfigjson: '{"auths": {"r": {"password": "geheim"}}}'}
"""
_DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: as.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: A, plural: as}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
MANIFESTS = (_WORKLOADS, _SECRETS, _DEFINITION)
MANIFEST_DATA = tuple(each for text in MANIFESTS for each in yaml.load_all(text, yaml.CSafeLoader))
_MANY_KEYS = """\
a: ENC[AES256_GCM,data:x,iv:y,tag:z,type:int]
sops:
  mac: ENC
  version: 3.11.0
  kms: [{arn: 'arn:aws:kms:a:1:key/1', role: r}]
  hc_vault: [{vault_address: 'https://v'}]
  key_groups: [{age: [{recipient: a}]}, {azure_kv: [{vault_url: 'https://k'}]}]
"""
SOPS = (_shop("application/secrets/testing.yaml"), _MANY_KEYS)
_PASSED = {"chart_digest": DIGEST, "values_digest": "v", "version": "1.0.0", "revision": 1}
_SAID = {"by": "anna", "why": "w", "at": TIME, "version": "1.0.0"}
_RECORD = ReleaseRecord.model_validate(
    {
        "application": "shop",
        "environment": "dev",
        "release": "shop",
        "good": [_PASSED | {"tested_at": TIME, "inputs": ["image r/a 1"]}],
        "verdicts": [{"chart_digest": DIGEST, "version": "1.0.1", "reason": "r", "at": TIME}],
        "attempts": [_PASSED | {"started_at": TIME, "outcome": "passed", "corrected": {"a": 1}}],
        "flaky": [{"name": "t", "version": "1.0.0", "reason": "r", "at": TIME}],
        "freeze": {"by": "anna", "why": "w", "at": TIME},
        "approval": _SAID | {"chart_digest": DIGEST, "plan": "p"},
        "asked": {"version": "1.0.2", "chart_digest": DIGEST, "at": TIME, "run": "r"},
    }
)
RECORDS: tuple[dict[str, Any], ...] = (json.loads(record_json.serialise(_RECORD)),)
ARCHIVED: tuple[dict[str, Any], ...] = (
    json.loads(
        archived_release.serialise(
            HistoryEntry(
                7,
                "0.1.0",
                "release",
                started_at=datetime(2026, 11, 23, tzinfo=UTC),
                images=(HistoryImage("r/a", "1", DIGEST),),
                charts=(ServiceChart("a", "1.0.0"),),
            )
        )
    ),
)
IMAGE_RECORD: tuple[Any, ...] = (
    [{"image": "r/a:1", "digest": DIGEST, "in": ["dev"]}, {"image": "r/b:1", "digest": DIGEST}],
)
PINNED_CHARTS: tuple[Any, ...] = ({"https://r/a-1.0.0": DIGEST},)
_REPORT = """\
<?xml version="1.0"?><testsuites><testsuite name="a">
<testcase classname="b" name="c" time="1,234.5"><failure message="m">t</failure></testcase>
<testcase name="d"><skipped/></testcase>
<testcase name="e"><error>x <![CDATA[y]]></error></testcase>
</testsuite></testsuites>
"""
JUNIT = (_REPORT, "log\n<testsuite><testcase name='a' time='nan'/><!-- c --></testsuite>\nlog\n")
REPORTS = (
    (
        "## shop: delivery\n\n1 done.\n\n| stage | what | outcome | why |\n| --- | --- | --- | --- |\n"
        "| promote | staging | promoted 0.1.0 | a \\| b<br>c |\n\n<details><summary>Left as it was: 1 step</summary>\n"
        "<pre>update_application: cart: left as it is (nothing new; main-1 &amp; more)\n</pre></details>\n"
    ),
    TIME,
)
_IN_A_CHART = [
    ("a/Chart.yaml", tars.CHART),
    ("a/values.yaml", b"a: 1\n"),
    ("a/charts/b/Chart.yaml", b"name: b\nversion: 1.0.0\n"),
    ("a/charts/c.tgz", tars.package()),
    ("a/crds/a.yaml", _DEFINITION.encode()),
    ("a/Chart.lock", _OTHER_LOCK.encode()),
]
TARS = (
    tars.member("a/Chart.yaml", tars.CHART) + tars.member("a/values.yaml", b"a: 1\n"),
    b"".join(tars.member(name, content) for name, content in _IN_A_CHART),
    tars.extended({"path": "a/Chart.yaml", "size": str(len(tars.CHART))}, content=tars.CHART),
)
"""Unpacked: without gzip around them, and without their end."""
_HOOK = {"name": "h", "kind": "Job", "path": "p", "manifest": "kind: Job\n", "events": ["test"], "weight": 1}
HELM_RELEASE: tuple[dict[str, Any], ...] = (
    {
        "name": "shop",
        "version": 3,
        "namespace": "dev",
        "info": {"status": "deployed", "description": "d", "first_deployed": TIME, "last_deployed": TIME},
        "chart": {
            "metadata": {"name": "shop", "version": "1.0.0", "annotations": {"a": "b"}},
            "files": [{"name": "headway.yaml", "data": "YTogMQ=="}, {"name": "x", "data": None}],
        },
        "config": {"a": {"b": 1}},
        "manifest": _WORKLOADS,
        "hooks": [_HOOK],
    },
)
_IMAGE = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
REGISTRY_ANSWERS: tuple[dict[str, Any], ...] = (
    {"name": "shop/web", "tags": ["1", "2"]},
    {"token": "t", "access_token": "u"},
    {"schemaVersion": 2, "mediaType": _IMAGE, "config": {"digest": DIGEST}, "layers": []},
    {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [{"digest": DIGEST, "platform": {"os": "linux"}}]},
    {"config": {"Labels": {"org.opencontainers.image.revision": "a" * 40}}},
    {"errors": [{"code": "DENIED"}]},
)
_BRANCH = {"ref": "main", "sha": "a" * 40, "repo_id": 1}
_ENDS = {end: {"ref": "a", "sha": "a" * 40, "repo": {"id": 1}} for end in ("head", "base")}
FORGE_ANSWERS: tuple[Any, ...] = (
    [
        {
            "number": 1,
            "html_url": "h",
            "title": "t",
            "body": "",
            "state": "open",
            "head": _BRANCH,
            "base": _BRANCH,
        }
    ],
    {
        "number": 1,
        "html_url": "h",
        "title": "t",
        "body": "b",
        "state": "closed",
        "head": _BRANCH,
        "base": _BRANCH,
    },
    {"total_count": 1, "state": "success", "login": "headway", "message": "no"},
    [
        {
            "id": 1,
            "context": "c",
            "status": "success",
            "description": "",
            "target_url": "",
            "body": "b",
            "user": {},
        }
    ],
    {"number": 1, "html_url": "h", "title": "t", "body": None, "state": "open", "merged_at": None, **_ENDS},
    [
        {
            "number": 1,
            "html_url": "h",
            "title": "t",
            "body": "b",
            "state": "closed",
            "merged_at": None,
            **_ENDS,
        }
    ],
    {"state": "success", "total_count": 1, "check_runs": [{"status": "completed", "conclusion": "success"}]},
    [
        {
            "iid": 1,
            "id": 1,
            "web_url": "h",
            "title": "t",
            "description": None,
            "source_branch": "a",
            "target_branch": "main",
            "source_project_id": 1,
            "target_project_id": 1,
            "sha": "a" * 40,
            "state": "opened",
            "detailed_merge_status": "mergeable",
            "name": "c",
            "status": "success",
            "allow_failure": False,
            "author": {"id": 1},
        }
    ],
    {"encoding": "base64", "content": "YQ==", "last_commit_id": "a" * 40, "id": 1},
    {"type": "file", "encoding": "base64", "content": "YQ==", "sha": "a" * 40, "commit": {"sha": "b" * 40}},
)
CHALLENGES = (
    'Bearer realm="https://r.example.com/token",service="s"',
    'Bearer realm="http://["',
    'Bearer realm=""',
    'Bearer realm="https://h:99999/"',
    "Basic",
    "Basic realm=x",
)
LINKS = (
    '</v2/a/tags/list?last=1>; rel="next"',
    "<http://[>; rel=next",
    "<//>; rel=next",
    "https://r.example.com/elsewhere",
    "//",
    "http://[",
    "/../..",
    "ftp://x",
)

VIEW = (
    """\
url: https://headway.example.com
sign_in:
  tokens: tokens.yaml
  proxy: {header: X-Forwarded-User, groups: X-Forwarded-Groups, from: [10.0.0.0/8, '::1']}
  oidc: {issuer: 'https://id.example.com', client_id: a, client_secret_file: s, user_claim: sub, groups_claim: groups}
sessions: {idle: 30m, longest: 12h}
environments: [testing, production]
roles:
  - {who: [ada, 'group:all'], may: [read, deliver, approve, operate], applications: [shop], environments: [testing]}
""",
)
TOKENS = (f"ada: sha256:{'0' * 64}\nbob: sha256:{'1' * 64}\n",)

_STATEMENT = {"predicateType": "https://slsa.dev/provenance/v1", "predicate": {"builder": {"id": "ci"}}}
ATTACHED = (
    {"spdxVersion": "SPDX-2.3", "packages": [{"name": "a"}]},
    {"bomFormat": "CycloneDX", "components": [{}], "vulnerabilities": [{"ratings": [{"severity": "high"}]}]},
    {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [{"level": "error"}]}]},
    {"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"Severity": "HIGH"}]}]},
    {"matches": [{"vulnerability": {"severity": "Low"}}], "descriptor": {"name": "grype"}},
    _STATEMENT,
    {
        "predicateType": "https://cosign.sigstore.dev/attestation/vuln/v1",
        "predicate": {"scanner": {"result": {}}},
    },
    {
        "payloadType": "application/vnd.in-toto+json",
        "payload": base64.b64encode(json.dumps(_STATEMENT).encode()).decode(),
    },
)
OPENID_DESCRIPTIONS: tuple[dict[str, Any], ...] = (
    {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    },
)
OPENID_KEYS: tuple[dict[str, Any], ...] = ({"keys": [jwk(), jwk("second")]},)
OPENID_CLAIMS: tuple[dict[str, Any], ...] = (
    {
        "iss": ISSUER,
        "aud": [CLIENT],
        "azp": CLIENT,
        "nonce": "n",
        "sub": "1",
        "exp": int(NOW.timestamp()) + 300,
        "iat": int(NOW.timestamp()),
        "auth_time": int(NOW.timestamp()),
        "preferred_username": "kim",
        "groups": ["readers"],
    },
)

_AUTH = "bWU6c2VjcmV0"
DOCKER_CONFIGS: tuple[dict[str, Any], ...] = (
    {"auths": {"https://index.docker.io/v1/": {"auth": _AUTH}, "r.example.com/shop": {"identitytoken": "t"}}},
    {
        "auths": {"r.example.com": {}},
        "credsStore": "pass",
        "credHelpers": {"1.dkr.ecr.eu-west-1.amazonaws.com": "ecr-login"},
    },
    {"auths": {"r.example.com": {"username": "u", "password": "p", "registrytoken": "t"}}},
    {"ServerURL": "https://r.example.com", "Username": "<token>", "Secret": "s"},
)
RETRY_AFTER = (
    "30",
    "Fri, 27 Nov 2026 04:00:45 GMT",
    "Friday, 27-Nov-26 04:00:45 GMT",
    "Fri Nov 27 04:00:45 2026",
)
_HOST_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIE9PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P"
KNOWN_HOSTS = f"# a remark\n[git.example.com]:2222,|1|c2FsdA==|aGFzaA== ssh-ed25519 {_HOST_KEY} me\n"
SSH_KEY = (
    Ed25519PrivateKey.from_private_bytes(b"headway" * 4 + b"seed")
    .private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    .decode()
)
COSIGN_KEY = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbVurmyIBlCI1x41v7qSDB68U02fV
0J1mYVW72ig5J+d+Ojtm3aTg2hUS81Vxi1Is1XWUGTD/DlAqXGx/8IAQfA==
-----END PUBLIC KEY-----
"""
COSIGN: tuple[Any, ...] = (
    {
        "critical": {
            "identity": {"docker-reference": "r/plain"},
            "image": {"docker-manifest-digest": DIGEST},
            "type": "cosign container image signature",
        },
        "optional": None,
    },
    {
        "layers": [
            {
                "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
                "digest": DIGEST,
                "annotations": {"dev.cosignproject.cosign/signature": "MEUCIQ=="},
            }
        ]
    },
)
