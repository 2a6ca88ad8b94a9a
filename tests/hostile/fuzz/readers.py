"""One target for each reader: what others wrote is read, and all is asked of it that Headway asks."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx
import jwt
import yaml
from hypothesis import strategies as st

from headway.clients.chart_repository.http_repository import HttpRepository
from headway.clients.forge import CommitStatus, Forge, GiteaForge, GithubForge, GitlabForge
from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes import api
from headway.clients.kubernetes.schemas import manifest_schemas
from headway.clients.registry import Registry, answers
from headway.decide.supply import own_tags
from headway.errors import BadInput, HeadwayError
from headway.formats import (
    application_files,
    archived_release,
    attached,
    calendar_version,
    changing_templates,
    chart_definitions,
    chart_identity,
    chart_index,
    chart_lock,
    chart_package,
    chart_version,
    chart_yaml,
    content_digest,
    cosign,
    docker_config,
    foreign_time,
    go_yaml,
    headway_yaml,
    helm_artifact,
    id_token,
    image_record,
    image_reference,
    image_values,
    junit,
    known_hosts,
    kubernetes_documents,
    manifests,
    markdown,
    openid_discovery,
    pinned_charts,
    policy_yaml,
    quarantine,
    record_json,
    report_lines,
    retry_after,
    secret_leaves,
    secret_placeholders,
    service_values,
    sops_keys,
    ssh_key,
    tag_date,
    tag_pattern,
    utf8,
    values_schemas,
    written_index,
    www_authenticate,
    yaml_limits,
    yaml_scalar,
    yaml_source,
)
from headway.formats.go_yaml import GoLoader
from headway.formats.id_token import Expected
from headway.formats.written_index import WrittenIndex
from headway.model.charts import CHARTS_ANNOTATION, IMAGES_ANNOTATION
from headway.model.credentials import ForgeCredentials, RegistryCredentials
from headway.model.image_policy import ImagePolicy
from headway.model.service_images import AnotherImage, declared
from headway.view import openid, settings, tokens
from headway.view.people import visitor
from tests.hostile import tars
from tests.hostile.fuzz import seeds, strategies
from tests.hostile.fuzz.promise import Targets
from tests.hostile.fuzz.strategies import as_bytes, changed_bytes, changed_data, is_whole, jsons, yamls
from tests.openid_provider import CLIENT, ISSUER, KID, jwk, private_key, signed_by_hand

TARGETS = Targets()
REQUESTS = 120
"""More of them for one question would never end."""
_charts, _locks, _values = map(strategies.documents, (seeds.CHART_YAML, seeds.CHART_LOCK, seeds.VALUES))
_sops = as_bytes(strategies.documents(seeds.SOPS))
_manifests = yamls(seeds.MANIFESTS, seeds.MANIFEST_DATA)
_indexes = as_bytes(
    st.one_of(yamls([json.dumps(each) for each in seeds.INDEX], seeds.INDEX), jsons(seeds.INDEX))
)


@TARGETS.add("headway.yaml", strategies.documents(seeds.HEADWAY_YAML))
def _(text: str) -> None:
    application = headway_yaml.read(text)
    for name in application.environments:
        application.namespace(name)
        application.release(name)
        application.own_images(name)
        application.tag_file(name)


@TARGETS.add(
    "policy and what it leaves",
    st.tuples(strategies.documents((seeds.POLICY,)), strategies.documents((seeds.CONTENT,))),
)
def _(drawn: tuple[str, str]) -> None:
    written, content = drawn
    policy = policy_yaml.read(written, "policy.yaml")
    with suppress(HeadwayError):
        headway_yaml.read(content, policy=policy)
    headway_yaml.read_packaged(content)


@TARGETS.add("files of the release view", st.tuples(*map(strategies.documents, (seeds.VIEW, seeds.TOKENS))))
def _(drawn: tuple[str, str]) -> None:
    said, names = drawn
    with suppress(HeadwayError):
        read = settings.parsed(said, "view.yaml")
        visitor("ada", ("all",), read.roles).may("read", "shop", "testing")
        assert read.sessions.idle_time.total_seconds() >= 0
    tokens.read(names, "tokens.yaml")


@TARGETS.add(
    "schemas of charts in charts",
    st.tuples(as_bytes(jsons(seeds.SCHEMAS)), st.sampled_from(("", "charts/a/", "charts/a/charts/b/"))),
)
def _(drawn: tuple[bytes, str]) -> None:
    schema, place = drawn
    values_schemas.leading_outside({f"{place}values.schema.json": schema, f"{place}Chart.yaml": b"name: a"})


@TARGETS.add("quarantine.yaml", strategies.documents(seeds.QUARANTINE))
def _(text: str) -> None:
    found = quarantine.read(text)
    quarantine.rejected_sets(found)
    for each in found:
        left = quarantine.remove(text, each.kind, each.name, each.version)
        assert each not in quarantine.read(left)


@TARGETS.add("markers of images", strategies.documents(seeds.MARKED_VALUES))
def _(text: str) -> None:
    image = declared(
        "cart", "cart", AnotherImage(image="r.example.com/cart", marker="flux-system:cart"), ImagePolicy()
    )
    image_values.read(text, image, "values.yaml")
    written = image_values.write(text, image, "9.9.9", "values.yaml")
    assert image_values.read(written, image, "values.yaml") == "9.9.9"
    assert image_values.write(written, image, "9.9.9", "values.yaml") == written


@TARGETS.add(
    "what policies read of tags", st.tuples(strategies.texts_on_the_way, strategies.texts_on_the_way)
)
def _(drawn: tuple[str, str]) -> None:
    written, tag = drawn
    tag_date.read(tag)
    tag_date.instant(tag)
    for read in (tag_pattern.compiled, calendar_version.parsed):
        with suppress(BadInput):
            read(written).read(tag)


@TARGETS.add("Chart.yaml and its lock", st.tuples(_charts, st.one_of(st.none(), _charts), _locks))
def _(drawn: tuple[str, str | None, str]) -> None:
    text, requirements, lock = drawn
    chart = chart_yaml.read(text, requirements=requirements)
    for each in chart.dependencies:
        chart.positions(each.key)
        with suppress(BadInput):
            chart_version.allows(each.version, "1.0.0")
    chart_lock.is_current(chart, chart_lock.read(lock))


_files = st.dictionaries(
    st.sampled_from((*application_files.paths(), "headway.yaml", "secrets/dev.yaml", "values/live.yaml")),
    as_bytes(
        yamls(
            (
                *seeds.CHART_YAML,
                *seeds.VALUES,
                *seeds.CHART_LOCK,
                *seeds.QUARANTINE,
                *seeds.HEADWAY_YAML,
                *seeds.SOPS,
            )
        )
    ),
    max_size=5,
)
_SOUND = {"values.yaml": seeds.VALUES[0].encode(), "Chart.yaml": seeds.CHART_YAML[0].encode()}


@TARGETS.add("files of an application", _files.map(lambda drawn: _SOUND | drawn))
def _(drawn: Mapping[str, bytes]) -> None:
    files = application_files.read(drawn)
    application = headway_yaml.read(seeds.HEADWAY_YAML[1])
    application_files.unpinned(files, application)
    application_files.refreshed_lock(files, application, {}, seeds.NOW)
    application_files.with_version(files, "1.2.3")
    if files.chart_yaml.dependencies:
        files.with_dependency(0, "1.2.3")
    own_tags.standing(drawn, application, "live")
    own_tags.blotted(drawn, application)
    own_tags.seen_by(drawn, application, "live")


@TARGETS.add(
    "charts in a registry",
    st.tuples(as_bytes(jsons([seeds.CHART_MANIFEST])), st.lists(strategies.keys, max_size=4)),
)
def _(drawn: tuple[bytes, list[str]]) -> None:
    data, tags = drawn
    for version in helm_artifact.versions(tags, withdrawn=False) | helm_artifact.versions(
        tags, withdrawn=True
    ):
        helm_artifact.tag_of(version)
    found = helm_artifact.read(data, "web:1.0.0")
    if found is not None:
        found.entry("web", "1.0.0")
        again = helm_artifact.read(helm_artifact.withdrawn(found, found.created), "web")
        assert again is not None
        assert again.layer == found.layer


@TARGETS.add("index.yaml", _indexes)
def _(data: bytes) -> None:
    index = chart_index.parse(data, "index.yaml")
    for name in index.entries:
        chart_version.newest(each.version for each in chart_index.versions(index, name))
    chart_index.pinned_charts(index)
    chart_index.withdrawn_digest(index, "a", "1.0.0")
    written = chart_index.serialise(index)
    again = chart_index.parse(written, "index.yaml")
    assert chart_index.serialise(again) == written
    assert again.entries.keys() == index.entries.keys()
    by_charts = WrittenIndex.of(index)
    assert by_charts.data == written
    for name in index.entries:
        assert by_charts.versions(name) == chart_index.versions(index, name)


@TARGETS.add("an index that changed", st.tuples(_indexes, _indexes))
def _(drawn: tuple[bytes, bytes]) -> None:
    """What was known before changes nothing about what is read, nor does who reads it from a file."""
    before, now = drawn
    known = WrittenIndex.of(chart_index.parse(before, "index.yaml"))
    found = written_index.read(now, "index.yaml", WrittenIndex.restored(known.kept()))
    assert found.data == chart_index.serialise(chart_index.parse(now, "index.yaml"))
    assert written_index.read(found.data, "index.yaml", known).data == found.data


@TARGETS.add("a packaged Chart.yaml", as_bytes(_charts))
def _(data: bytes) -> None:
    metadata = content_digest.read_metadata(data)
    content_digest.content_digest({"Chart.yaml": data})
    assert metadata["name"]
    image_record.read(metadata)
    pinned_charts.read(metadata)


@TARGETS.add("values", _values.filter(is_whole))
def _(text: str) -> None:
    root = yaml_source.compose(text, "values.yaml")
    for path, written, _ in yaml_source.scalars(root):
        with suppress(BadInput):
            assert yaml_scalar.read_scalar(text, path, "values.yaml") == written
    yaml_source.construct(root, "values.yaml")
    service_values.service_part(text.encode(), "cart", "values.yaml")


@TARGETS.add("values as Go reads them", as_bytes(_values))
def _(data: bytes) -> None:
    """What Go is said to read has a word in JSON."""
    try:
        found = yaml_limits.load(data, GoLoader)
    except yaml.YAMLError:
        return
    written = json.dumps(found, allow_nan=False)
    (again,) = yaml_limits.load_all(go_yaml.dump_all([found]), GoLoader)
    assert json.dumps(again) == written


@TARGETS.add("manifests", _manifests)
def _(text: str) -> None:
    found = manifests.split(text, [{"name": "h", "manifest": text, "events": ["test"]}])
    manifests.images(found, tests=True)
    manifests.by_key(found)
    manifests.sources(text)
    for each in found:
        manifests.lines(each.document)
        assert manifests.replaced(each.document, {}) == each.document
    secret_leaves.of_resources(found)


@TARGETS.add("validation", as_bytes(_manifests))
def _(data: bytes) -> None:
    manifest_schemas().check(data)
    list(kubernetes_documents.split(data, "manifests", ""))


@TARGETS.add(
    "templates",
    st.lists(
        st.sampled_from((b"{{", b"}}", b"/*", b"*/", b"-", b" ", b"\n", b"\\", b"'", b'"', b"`", b"tpl"))
    ),
)
def _(drawn: list[bytes]) -> None:
    text = b"".join(drawn)
    changing_templates.why_changing({"templates/a.yaml": text, "values.yaml": text}, [text])
    assert changing_templates.why_changing({"templates/a.yaml": text + b" {{ now }}"})


@TARGETS.add("definitions", as_bytes(_manifests))
def _(data: bytes) -> None:
    chart_definitions.of_files({"crds/a.yaml": data, "values.yaml": data}, [data])


@TARGETS.add("secrets of a manifest", _manifests)
def _(text: str) -> None:
    secret_leaves.of_manifest(text, [{"manifest": text}])


@TARGETS.add(
    "secrets of a revision",
    st.tuples(_files, st.dictionaries(strategies.keys, strategies.values, max_size=4)),
)
def _(drawn: tuple[dict[str, bytes], dict[str, Any]]) -> None:
    secret_leaves.of_revision(*drawn, namespace="dev", release="shop")


@TARGETS.add("sops", _sops)
def _(data: bytes) -> None:
    secret_leaves.paths(data)
    secret_leaves.of_file(data)
    sops_keys.require_allowed(sops_keys.named(data, "secrets.yaml"), ["https://v"], "secrets.yaml")


@TARGETS.add("placeholders", _sops)
def _(data: bytes) -> None:
    secret_placeholders.is_encrypted(data)
    stands_in = secret_placeholders.placeholders(data)
    assert isinstance(yaml_limits.load(stands_in, GoLoader, yaml_limits.MANIFESTS), dict)


_packages = st.one_of(
    changed_bytes(seeds.TARS).map(
        lambda unpacked: gzip.compress(unpacked + tars.END, compresslevel=1, mtime=0)
    ),
    changed_bytes([tars.packed(each) for each in seeds.TARS]),
    st.integers(0, 2**32).map(lambda seed: next(iter(tars.mutants(1, seed)))),
    strategies.raw_bytes,
)


@TARGETS.add("packages", _packages)
def _(data: bytes) -> None:
    files = chart_package.files(data)
    chart_package.read_package(data)
    chart_definitions.of_files(files)
    chart_package.subcharts(files)
    chart_package.subchart_metadata(files)


@TARGETS.add("release records", jsons(seeds.RECORDS))
def _(text: str) -> None:
    record = record_json.read(text)
    assert record_json.read(record_json.serialise(record)) == record


@TARGETS.add("archived releases", jsons(seeds.ARCHIVED))
def _(text: str) -> None:
    entry = archived_release.read(text.encode(errors="replace"), "it")
    assert entry.at is None or entry.at.tzinfo
    assert archived_release.read(archived_release.serialise(entry), "it").at == entry.at


@TARGETS.add("what is attached to an image", st.one_of(as_bytes(jsons(seeds.ATTACHED)), strategies.raw_bytes))
def _(data: bytes) -> None:
    found = attached.read(data)
    assert found is None or (found.kind and len(found.says) < 1000)


@TARGETS.add(
    "OpenID providers",
    st.tuples(*map(jsons, (seeds.OPENID_DESCRIPTIONS, seeds.OPENID_KEYS, seeds.OPENID_CLAIMS)), st.text()),
)
def _(drawn: tuple[str, str, str, str]) -> None:
    description, keys, claims, token = drawn
    expected = Expected(ISSUER, CLIENT, "n", seeds.NOW)
    said = settings.OpenIdSettings(
        issuer=ISSUER, client_id=CLIENT, client_secret_file="s", user_claim="sub", groups_claim="groups"
    )
    with suppress(HeadwayError):
        found = openid_discovery.parse(description.encode(errors="replace"), ISSUER)
        assert all(each.startswith("http") for each in (found.authorize, found.token, found.keys))
    with suppress(HeadwayError):
        published = id_token.keys_of(keys.encode(errors="replace"), "it")
        id_token.claims(signed_by_hand(_SIGNED_BY, {"nonce": "n"}, private_key()), published, expected)
    with suppress(HeadwayError):
        id_token.claims(token, [jwk()], expected)
    payload = claims.encode(errors="replace")
    signed = jwt.PyJWS().encode(payload, private_key(), "RS256", headers=_SIGNED_BY)
    read = id_token.claims(signed, [jwk()], expected)
    assert id_token.signed_in_at(read, seeds.NOW) <= seeds.NOW
    assert not openid.name_of(read, said).startswith("group:")
    assert all(openid.groups_of(read, said))


_SIGNED_BY = {"alg": "RS256", "kid": KID}


@TARGETS.add(
    "reports of deliveries", st.one_of(strategies.changed_text(seeds.REPORTS), strategies.texts_on_the_way)
)
def _(text: str) -> None:
    assert len(report_lines.read(text)) <= report_lines.LIMIT
    assert sum(len(each.lines) for each in markdown.parts(text)) <= len(text.splitlines())
    found = foreign_time.read(text)
    assert found is None or found.tzinfo


@TARGETS.add("annotations", jsons((*seeds.IMAGE_RECORD, *seeds.PINNED_CHARTS)))
def _(text: str) -> None:
    image_record.read({"annotations": {IMAGES_ANNOTATION: text}})
    pinned_charts.read({"annotations": {CHARTS_ANNOTATION: text}})


def _packed(document: Any) -> bytes:
    return gzip.compress(json.dumps(document).encode(), compresslevel=1, mtime=0)


_releases = st.one_of(
    changed_data(seeds.HELM_RELEASE).map(_packed),
    strategies.values.map(_packed),
    changed_bytes([*map(_packed, seeds.HELM_RELEASE)]),
    as_bytes(jsons(seeds.HELM_RELEASE)),
)
_stored = st.one_of(
    _releases.map(lambda packed: base64.b64encode(base64.b64encode(packed)).decode()),
    strategies.texts_on_the_way,
)


@TARGETS.add("Helm's storage", _stored)
def _(data: str) -> None:
    secret = {
        "metadata": {"name": "s", "resourceVersion": "1", "labels": {"version": "3"}},
        "data": {"release": data},
    }
    stored = HelmStorage(None, "dev", "shop")._decode(secret)  # type: ignore[arg-type]
    assert stored.summary.revision == 3
    assert all(isinstance(each, str) for each in (stored.manifest, stored.chart_name, stored.description))
    assert isinstance(stored.values, dict)
    manifests.split(stored.manifest, stored.hooks)
    assert isinstance(stored.files, dict)


_HEADERS = (
    "WWW-Authenticate",
    "Location",
    "Link",
    "Docker-Content-Digest",
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "ETag",
)
_said = st.one_of(
    st.sampled_from(
        (*seeds.CHALLENGES, *seeds.LINKS, seeds.DIGEST, '"1"', "gzip", "identity", "-1", "9" * 11)
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)
_answers = st.lists(
    st.tuples(
        st.sampled_from((200, 200, 200, 401, 401, 302, 307, 404, 403, 429, 500, 206, 304, 299)),
        st.dictionaries(st.sampled_from(_HEADERS), _said, max_size=3),
        st.one_of(as_bytes(jsons(seeds.REGISTRY_ANSWERS)), _indexes, _packages),
    ),
    min_size=1,
    max_size=4,
)
_Answers = list[tuple[int, dict[str, str], bytes]]


class _Answering(httpx.MockTransport):
    """Gives the same answers again and again."""

    def __init__(self, drawn: _Answers) -> None:
        self.asked = 0
        self.drawn = drawn
        super().__init__(self.answer)

    def answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert self.asked < REQUESTS, "it asks without end"
        status, headers, content = self.drawn[self.asked % len(self.drawn)]
        return httpx.Response(status, headers=headers, content=content)

    def each(self, *questions: Callable[[], object]) -> None:
        for ask in questions:
            self.asked = 0
            with suppress(HeadwayError):
                ask()


@TARGETS.add("registries", _answers)
def _(drawn: _Answers) -> None:
    transport = _Answering(drawn)
    credentials = RegistryCredentials(username="u", password="p")
    registry = Registry(credentials, transport=transport)
    transport.each(
        lambda: registry.tags("r.example.com/a"),
        lambda: registry.image("r.example.com/a", "1"),
        lambda: registry.platforms("r.example.com/a", seeds.DIGEST),
    )


@TARGETS.add(
    "forges",
    st.lists(
        st.tuples(
            st.sampled_from((200, 200, 200, 201, 204, 302, 401, 404, 405, 409, 422, 429, 500)),
            st.dictionaries(st.sampled_from(_HEADERS), _said, max_size=2),
            as_bytes(jsons(seeds.FORGE_ANSWERS)),
        ),
        min_size=1,
        max_size=4,
    ),
)
def _(drawn: _Answers) -> None:
    transport = _Answering(drawn)
    host = "https://git.example.com"
    for kind in (GiteaForge, GithubForge, GitlabForge):
        _ask_all(kind(f"{host}/team/shop", ForgeCredentials("t", host), transport), transport)


def _ask_all(forge: Forge, transport: _Answering) -> None:
    transport.each(
        lambda: forge.closed("a", "main"),
        lambda: forge.propose("a", "main", "t", "b"),
        lambda: forge.merge(1, at="a" * 40, subject="s"),
        lambda: forge.close(1),
        lambda: forge.checks("a" * 40),
        lambda: forge.set_status("a" * 40, CommitStatus("c", "success")),
        lambda: forge.comment(1, "m", "t"),
        lambda: forge.open_to("main"),
    )


@TARGETS.add("docker configs", as_bytes(jsons(seeds.DOCKER_CONFIGS)))
def _(data: bytes) -> None:
    with suppress(HeadwayError):
        assert docker_config.answer(data, "it").secrets
    found = docker_config.read(data, "it")
    for (host, path), opens in found.found.items():
        assert found.of(host, path) == opens
        assert isinstance(opens, docker_config.Login) or "/" not in opens.name


@TARGETS.add("challenges", st.one_of(strategies.changed_text(seeds.CHALLENGES), strategies.texts_on_the_way))
def _(text: str) -> None:
    for each in www_authenticate.challenges(text):
        assert each.scheme == each.scheme.lower() != ""


@TARGETS.add(
    "pauses that servers ask for",
    st.tuples(*[st.one_of(strategies.changed_text(seeds.RETRY_AFTER), strategies.texts_on_the_way)] * 2),
)
def _(drawn: tuple[str, str]) -> None:
    found = retry_after.seconds(*drawn, seeds.NOW.timestamp())
    assert found is None or found >= 0


@TARGETS.add("chart repositories", _answers)
def _(drawn: _Answers) -> None:
    transport = _Answering(drawn)
    repository = HttpRepository("https://charts.example.com")
    repository._client._transport._inner = transport  # type: ignore[attr-defined]
    transport.each(
        lambda: repository.entries("a"),
        lambda: [repository.read(entry) for entry in repository.entries("a")[:2]],
    )


@TARGETS.add("API servers", st.tuples(st.integers(400, 599), as_bytes(jsons(seeds.REGISTRY_ANSWERS))))
def _(drawn: tuple[int, bytes]) -> None:
    assert str(api._error_of(*drawn, "GET", "https://api"))
    api._parsed(drawn[1], "https://api")
    answers.parsed(drawn[1], "https://r")


@TARGETS.add(
    "signatures of cosign",
    st.tuples(as_bytes(jsons(seeds.COSIGN)), strategies.changed_text((seeds.COSIGN_KEY,))),
)
def _(drawn: tuple[bytes, str]) -> None:
    data, text = drawn
    assert not cosign.is_about(data, seeds.DIGEST) or b"docker-manifest-digest" in data
    with suppress(BadInput):
        for each in cosign.layers(data, "here"):
            assert not cosign.is_signed(cosign.public_keys(seeds.COSIGN_KEY, "here"), data, each.signature)
    cosign.public_keys(text, "here")


@TARGETS.add(
    "keys of ssh, and of its hosts",
    st.tuples(
        st.one_of(strategies.changed_text((seeds.SSH_KEY,)), strategies.texts_on_the_way),
        st.one_of(strategies.changed_text((seeds.KNOWN_HOSTS,)), strategies.texts_on_the_way),
    ),
)
def _(drawn: tuple[str, str]) -> None:
    written, hosts = drawn
    with suppress(BadInput):
        key = ssh_key.opening(written, "ssh key", "Make one.")
        assert ssh_key.opening(key, "ssh key", "") == key
        ssh_key.fingerprint(key)
    assert known_hosts.hosts(hosts, "known hosts", "")


@TARGETS.add("JUnit", st.one_of(strategies.changed_text(seeds.JUNIT), strategies.texts_on_the_way))
def _(text: str) -> None:
    assert len(junit.read(text)) <= junit.CASES


@TARGETS.add("images", strategies.image_texts)
def _(text: str) -> None:
    image_reference.repository_of(text)
    image_reference.registry_host(text)
    found = image_reference.parse(text)
    tag, digest = found.tag and f":{found.tag}", found.digest and f"@{found.digest}"
    assert image_reference.parse(f"{found.repository}{tag}{digest}") == found
    Registry(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={}))).tags(found.repository)


@TARGETS.add(
    "versions", st.tuples(strategies.constraint_texts, strategies.version_texts, strategies.version_texts)
)
def _(drawn: tuple[str, str, str]) -> None:
    constraint, version, other = drawn
    assert not (chart_version.is_above(version, other) and chart_version.is_above(other, version))
    chart_version.newest([version, other])
    if chart_version.parse(version):
        assert chart_version.is_above(chart_version.next_patch(version, [other]), version)
        chart_identity.check_version(version, "")
    chart_version.allows(constraint, version)


@TARGETS.add("UTF-8", strategies.raw_bytes)
def _(data: bytes) -> None:
    assert utf8.text(data, "file").encode() == data
