"""A site: released from a chart repository that is only read, with values of its own; it goes back, and stays back, by itself."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from blocks import Cluster, S3Credentials, Site
from blocks.opening import open_workspace
from flows.deliver import deliver
from flows.release import release
from flows.roll_back import roll_back
from flows.supply import supply
from flows.watch import watch
from headway.cli.commands import headway
from headway.clients.chart_repository import open_writable_repository
from headway.decide.hints import concerned
from headway.decide.release import transitions
from headway.errors import BadInput, HeadwayError
from headway.formats import record_json
from headway.formats.hints import kinds
from headway.model.hints import HintedApplication
from headway.workspace import revision_secrets
from headway.workspace.release_context import ReleaseContext
from tests.clients.packages import package
from tests.fast.conftest import KUBECONFIG, MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import Shop

NAME, NAMESPACE = "depot", "depot-premises"


@pytest.fixture
def shop(make_shop: MakeShop) -> Iterator[Shop]:
    """Version 0.1.0 lies in the repository of testing; the site stands in a cluster of another name."""
    made = make_shop(supplied=True)
    text = KUBECONFIG.format(server=made.host("staging"))
    Cluster(kubeconfig=SecretStr(text)).save(f"{NAME}-premises", overwrite=True)
    yield made
    with suppress(ValueError):
        Site.delete(NAME)


def site(shop: Shop, **said: object) -> Site:
    block = Site(
        charts=f"file://{shop.folder}/charts/testing", chart=shop.name, environment="premises", **said
    )
    block.save(NAME, overwrite=True)
    return block


def looked() -> list[tuple[str, str]]:
    deliver(NAME)
    return prefect_runs.work()


def test_the_newest_version_is_released_and_the_second_time_nothing_happens(shop: Shop) -> None:
    site(shop)
    charts = shop.everything()["charts"]
    assert looked() == [("premises", "Released")]
    store = shop.cluster("staging").store
    assert store.find(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/cart")
    before = shop.everything()
    assert looked() == []
    assert shop.everything() == before
    assert before["charts"] == charts, "a site writes nothing into the chart repository"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        pytest.param({"charts": "s3://charts-of-others/shop"}, True, id="of its repository"),
        pytest.param({"charts": "s3://charts-of-nobody"}, False, id="of another"),
        pytest.param({"git": "https://git.example.com/shop/cart.git", "branch": "main"}, False, id="of git"),
    ],
)
def test_a_hint_about_its_repository_has_it_look(said: dict[str, str], heard: bool, shop: Shop) -> None:
    site(shop)
    known = {NAME: HintedApplication(charts=("s3://charts-of-others",))}
    for event in concerned.events(kinds.read("generic", json.dumps(said).encode()), known):
        deliver(event.application, {**event.payload, "event": event.name})
    assert prefect_runs.work() == ([("premises", "Released")] if heard else [])


def replicas(shop: Shop) -> int:
    found = shop.cluster("staging").store.find(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/cart")
    assert found
    return int(found["spec"]["replicas"])


def of_record(shop: Shop) -> dict[str, object]:
    found = shop.cluster("staging").store.find(f"/api/v1/namespaces/{NAMESPACE}/configmaps/headway.{NAME}")
    return json.loads(found["data"]["record.json"]) if found else {}


def good(shop: Shop) -> list[str]:
    return [each["version"] for each in of_record(shop)["good"]]  # type: ignore[attr-defined]


def test_values_of_its_own_have_the_last_word_and_a_change_of_them_is_released(
    shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "values.yaml").write_text("cart: {replicas: 2}\n")
    site(shop, values=f"file://{tmp_path}/own")
    assert looked() == [("premises", "Released")]
    assert replicas(shop) == 2
    (tmp_path / "own" / "values.yaml").write_text("cart: {replicas: 3}\n")
    (tmp_path / "own" / "notes.txt").write_text("no values\n")
    assert looked() == [("premises", "Released")]
    assert replicas(shop) == 3
    assert looked() == []
    assert [each["version"] for each in of_record(shop)["good"]] == ["0.1.0", "0.1.0"]  # type: ignore[attr-defined]


@pytest.mark.story
def test_values_lie_in_a_config_map_and_secrets_in_a_secret_and_no_report_shows_them(shop: Shop) -> None:
    store = shop.cluster("staging").store
    folder = f"/api/v1/namespaces/{NAMESPACE}"
    store.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    shop.service().push(
        {
            "chart/templates/secret.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: door}\n"
            "data: {key: {{ .Values.key | quote }}}\n"
        }
    )
    shop.build()
    deliver(shop.name)
    prefect_runs.forget_runs()
    store.create(
        f"{folder}/configmaps", {"metadata": {"name": "own"}, "data": {"a.yaml": "cart: {replicas: 2}\n"}}
    )
    secret = base64.b64encode(b"cart: {key: open-sesame-1234}\n").decode()
    store.create(f"{folder}/secrets", {"metadata": {"name": "own"}, "data": {"b.yaml": secret}})
    site(shop, values="cluster:own")
    assert looked() == [("premises", "Released")]
    assert replicas(shop) == 2
    door = store.find(f"{folder}/configmaps/door")
    assert door
    assert door["data"]["key"] == "open-sesame-1234"
    plan = prefect_runs.artifact(f"{NAME}-premises-plan")
    assert "door" in plan
    assert "open-sesame-1234" not in plan + json.dumps(of_record(shop))


def test_a_bad_version_goes_back_and_stays_back_by_the_sites_record_alone(shop: Shop) -> None:
    site(shop)
    looked()
    charts = shop.folder / "charts"
    shop.cluster("staging").kubelet.services[shop.change_code()] = "crashes"
    deliver(shop.name)
    prefect_runs.forget_runs()
    before = (charts / "testing" / "index.yaml").read_bytes()
    assert looked() == [("premises", "Rolled back")]
    assert (good(shop), [each["version"] for each in of_record(shop)["verdicts"]]) == (  # type: ignore[attr-defined]
        ["0.1.0"],
        ["0.1.1"],
    )
    now = shop.everything()
    assert looked() == []
    assert shop.everything() == now
    assert (charts / "testing" / "index.yaml").read_bytes() == before
    shop.change_code(text="package main // mended\n")
    deliver(shop.name)
    prefect_runs.forget_runs()
    assert looked() == [("premises", "Released")]


@pytest.mark.story
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param("cart: {replicas: [\n", "own values.yaml: it is no YAML", id="no YAML"),
        pytest.param("- cart\n", "it is no mapping of values", id="a list"),
    ],
)
def test_what_a_site_wrote_wrongly_speaks_against_no_version(
    shop: Shop, tmp_path: Path, data: str, sentence: str
) -> None:
    site(shop)
    looked()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "values.yaml").write_text(data)
    site(shop, values=f"file://{tmp_path}/own")
    before = of_record(shop)
    with pytest.raises(HeadwayError, match=sentence.replace("own ", ".*own ")):
        looked()
    assert of_record(shop) == before


def explained(shop: Shop, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """The state in `headway status`, and what `headway explain` says, by the cluster alone."""
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG.format(server=shop.host("staging")))
    told = []
    for words in (("status", NAME), ("explain", NAME, "premises")):
        done = CliRunner().invoke(headway, [*words, "--kubeconfig", str(file), "-o", "json"])
        told.append(json.loads(done.stdout))
    return told[0][0]["state"], told[1]


def test_what_is_wrong_with_its_own_values_is_told_by_who_looks_at_its_cluster_alone(
    shop: Shop, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "values.yaml").write_text("cart: {replicas: 2}\n")
    site(shop, values=f"file://{own}")
    looked()
    state, said = explained(shop, tmp_path)
    assert (state, said["acts"]) == ("InSync", "nobody")
    (note,) = said["notes"]
    assert "headway-site/depot" in note
    assert "-f" not in note, "it has no headway.yaml"

    (own / "values.yaml").write_text("cart: {replicas: [\n")
    with pytest.raises(HeadwayError, match="it is no YAML"):
        looked()
    state, said = explained(shop, tmp_path)
    assert (state, said["acts"]) == ("Unknown", "a person")
    assert "own values.yaml: it is no YAML" in said["next"]
    before = shop.everything()
    with pytest.raises(HeadwayError, match="it is no YAML"):
        looked()
    assert shop.everything() == before, "it is told once"

    (own / "values.yaml").write_text("cart: {replicas: 2}\n")
    assert looked() == []
    assert explained(shop, tmp_path)[0] == "InSync"


def test_a_record_that_does_not_say_yet_whose_it_is_says_so_after_the_next_look(
    shop: Shop, tmp_path: Path
) -> None:
    site(shop)
    looked()
    store = shop.cluster("staging").store
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/headway.{NAME}"
    record = store.find(path)
    assert record
    del record["metadata"]["annotations"]["headway/declared-in"]
    store.replace(path, record)
    assert "-f" in explained(shop, tmp_path)[1]["notes"][0]
    looked()
    assert "headway-site/depot" in explained(shop, tmp_path)[1]["notes"][0]


def test_nothing_is_told_in_the_record_of_somebody_else(shop: Shop, tmp_path: Path) -> None:
    store = shop.cluster("staging").store
    theirs = {"record.json": record_json.serialise(transitions.begun("theirs", "premises", NAME))}
    store.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    folder = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
    store.create(folder, {"metadata": {"name": f"headway.{NAME}"}, "data": theirs})
    site(shop, values=f"file://{tmp_path}/nowhere")
    before = shop.everything()
    with pytest.raises(HeadwayError, match="is that of the application 'theirs'"):
        looked()
    assert shop.everything() == before


def test_what_is_wrong_with_a_secret_of_its_own_is_told_without_it(shop: Shop, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "secrets.yaml").write_text("key: *open-sesame-1234\n")
    site(shop, values=f"file://{own}")
    with pytest.raises(HeadwayError, match=r"it is no YAML: line 1") as raised:
        looked()
    assert "sesame" not in str(raised.value)


@pytest.mark.story
def test_people_go_back_hold_and_are_asked_there_as_anywhere(shop: Shop) -> None:
    site(shop)
    looked()
    shop.change_code()
    deliver(shop.name)
    prefect_runs.forget_runs()
    assert looked() == [("premises", "Released")]
    state = roll_back(NAME, "premises", "it is slow", by="Ada", return_state=True)
    assert state.name == "Rolled back"
    assert looked() == []
    assert of_record(shop)["hold"]["why"] == "it is slow"  # type: ignore[index]
    assert "nothing" in str(release(NAME, "premises", dry_run=True, return_state=True).message).lower()


def test_a_chart_without_headway_yaml_is_released(shop: Shop, tmp_path: Path) -> None:
    repository = open_writable_repository(f"file://{tmp_path}")
    repository.publish(package("plain", "2.0.0"), created=datetime(2026, 1, 1, tzinfo=UTC))
    Site(charts=f"file://{tmp_path}", chart="plain", environment="premises").save(NAME, overwrite=True)
    assert looked() == [("premises", "Released")]
    assert good(shop) == ["2.0.0"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        pytest.param({"environment": "Ground Floor"}, "environments.Ground Floor", id="no name"),
        pytest.param({"timeout": "soon"}, "timeout: 'soon' is not a duration", id="no duration"),
        pytest.param({"chart": "../shop"}, "is not the name of a chart", id="a way out"),
        pytest.param({"versions": "newest"}, "newest", id="no constraint"),
        pytest.param(
            {"charts": "https://ada:pw@charts.example.com"}, "the address holds a user", id="a user"
        ),
        pytest.param({"values": "own.yaml"}, "it names no folder for values", id="no place"),
        pytest.param(
            {"values": "cluster:nowhere"}, "neither a ConfigMap nor a Secret", id="not in the cluster"
        ),
    ],
)
def test_a_block_that_is_wrong_is_an_error_that_says_what(
    shop: Shop, said: dict[str, str], sentence: str
) -> None:
    charts = f"file://{shop.folder}/charts/testing"
    Site(**{"charts": charts, "chart": shop.name, "environment": "premises", **said}).save(
        NAME, overwrite=True
    )  # type: ignore[arg-type]
    with pytest.raises(HeadwayError, match=re.escape(sentence)):
        looked()


def test_one_name_is_no_application_and_site_at_once(shop: Shop) -> None:
    Site(charts="file:///charts", chart="shop", environment="premises").save(shop.name, overwrite=True)
    with pytest.raises(BadInput, match="both as an application and as a site"):
        deliver(shop.name)
    Site.delete(shop.name)


def test_what_only_supply_does_is_refused(shop: Shop) -> None:
    site(shop)
    with pytest.raises(HeadwayError, match="is a site: it has no git repository"):
        supply(NAME)


def test_watch_looks_at_sites_too(shop: Shop) -> None:
    site(shop)
    watch()
    assert ("premises", "Released") in prefect_runs.work()


def test_add_registers_a_site_whose_chart_is_offered_and_remove_takes_it_away(shop: Shop) -> None:
    charts = f"file://{shop.folder}/charts/testing"
    words = ["add", "--charts", charts, "--chart", shop.name, "--environment", "premises", "--name", NAME]
    done = CliRunner().invoke(headway, [*words, "--dry-run"])
    assert f"would save headway-site/{NAME}: {shop.name} of {charts} to premises" in done.output, done
    with pytest.raises(ValueError, match="Unable to find block"):
        Site.load(NAME)
    assert CliRunner().invoke(headway, words).exit_code == 0
    assert looked() == [("premises", "Released")]
    changed = CliRunner().invoke(headway, ["add", "--name", NAME, "--gate", "approval"])
    assert changed.exit_code == 0, changed.output
    block = Site.load(NAME)
    assert isinstance(block, Site)
    assert (block.gate, block.charts) == ("approval", charts), "what is not named stays"


def test_add_saves_credentials_under_the_name_that_it_is_told(shop: Shop) -> None:
    words = [
        "--charts",
        f"file://{shop.folder}/charts/testing",
        "--chart",
        shop.name,
        "--environment",
        "premises",
    ]
    words += ["--name", NAME, "--s3-credentials", "depot-buckets", "--s3-endpoint", "https://s3.example.com"]
    done = CliRunner().invoke(headway, ["add", *words])
    assert "saved headway-s3-credentials/depot-buckets" in done.output, done
    made = S3Credentials.load("depot-buckets")
    assert isinstance(made, S3Credentials)
    assert made.endpoint_url == "https://s3.example.com"
    assert isinstance(Site.load(NAME), Site)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param(["--chart", "shop"], "a site wants a chart repository, a chart and", id="half of it"),
        pytest.param(["https://git.example.com/shop", "--gate", "approval"], "name a git URL, or", id="both"),
        pytest.param([], "name a git URL, or", id="nothing"),
        pytest.param(
            ["--charts", "CHARTS", "--chart", "other", "--environment", "premises"],
            "it offers no chart 'other'",
            id="a chart that is not there",
        ),
        pytest.param(
            ["--charts", "CHARTS", "--chart", "shop", "--environment", "premises"],
            "an application is registered under that name",
            id="the name of an application",
        ),
    ],
)
def test_add_says_what_is_missing(shop: Shop, words: list[str], sentence: str) -> None:
    given = [each.replace("CHARTS", f"file://{shop.folder}/charts/testing") for each in words]
    done = CliRunner().invoke(headway, ["add", *given])
    assert sentence in str(done.exception), done.output


@pytest.mark.story
def test_no_key_service_is_asked_at_a_site(shop: Shop, tmp_path: Path) -> None:
    sealed = "'ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]'"
    key = "{vault_address: 'https://theirs.example.com', engine_path: e, key_name: k}"
    encrypted = f"cart: {{key: {sealed}}}\nsops: {{hc_vault: [{key}], mac: {sealed}, version: 3.10.2}}\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "secrets.yaml").write_text(encrypted)
    site(shop, values=f"file://{tmp_path}/own")
    with pytest.raises(HeadwayError, match=r"https://theirs\.example\.com"):
        looked()


def test_an_unsigned_package_is_refused_where_a_keyring_is_named(shop: Shop) -> None:
    site(shop, keyring="keys of people whom the site trusts")
    before = shop.everything()
    with pytest.raises(HeadwayError, match=r"shop-0\.1\.0\.tgz is not signed"):
        looked()
    assert shop.everything() == before


def test_what_cosign_has_signed_is_released_and_nothing_else_where_its_key_is_named(shop: Shop) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    site(shop, cosign_key=public)
    before = shop.everything()
    with pytest.raises(
        HeadwayError, match=r"shop-0\.1\.0\.tgz is not signed: there is no signature of cosign"
    ):
        looked()
    assert shop.everything() == before
    package = shop.folder / "charts" / "testing" / "shop-0.1.0.tgz"
    beside, signed = package.with_name(f"{package.name}.sig"), ec.ECDSA(hashes.SHA256())
    beside.write_bytes(base64.b64encode(key.sign(b"another package", signed)))
    with pytest.raises(HeadwayError, match="none of its signatures"):
        looked()
    beside.write_bytes(base64.b64encode(key.sign(package.read_bytes(), signed)))
    assert looked() == [("premises", "Released")]


SECRET = "open-sesame-1234"
DOOR = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: door}\ndata: {key: {{ .Values.key | quote }}}\n"


@pytest.fixture
def with_door(shop: Shop) -> Shop:
    """A chart that shows its key in a ConfigMap, and the site's namespace."""
    shop.cluster("staging").store.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    shop.service().push({"chart/templates/secret.yaml": DOOR})
    shop.build()
    deliver(shop.name)
    prefect_runs.forget_runs()
    return shop


def keep(shop: Shop, kind: str, file: str, text: str) -> None:
    """In the ConfigMap or Secret `own` of the site."""
    data = base64.b64encode(text.encode()).decode() if kind == "secrets" else text
    folder = f"/api/v1/namespaces/{NAMESPACE}/{kind}"
    store = shop.cluster("staging").store
    if store.find(f"{folder}/own"):
        store.delete(f"{folder}/own")
    store.create(folder, {"metadata": {"name": "own"}, "data": {file: data}})


@pytest.mark.story
@pytest.mark.parametrize(("kind", "file"), [("secrets", "b.yaml"), ("configmaps", "secrets.yaml")])
def test_a_secret_of_its_own_is_shown_nowhere_also_after_it_was_changed(
    with_door: Shop, kind: str, file: str
) -> None:
    keep(with_door, kind, file, f"cart: {{key: {SECRET}}}\n")
    site(with_door, values="cluster:own")
    assert looked() == [("premises", "Released")]
    keep(with_door, kind, file, "cart: {key: another-word-5678}\n")
    kubelet = with_door.cluster("staging").kubelet
    kubelet.says["*/tests:1"] = f"cannot log in with {SECRET}, nor with another-word-5678\n"
    kubelet.tests["*/tests:1"] = "says no"
    looked()
    reports = [prefect_runs.artifact(f"{NAME}-premises-{what}") for what in ("plan", "tests", "evidence")]
    assert "cannot log in with" in "".join(reports)
    shown = "".join(reports) + json.dumps(of_record(with_door))
    assert SECRET not in shown
    assert "another-word-5678" not in shown


@pytest.mark.story
def test_who_knows_nothing_of_the_site_shows_nothing_that_it_gave(with_door: Shop) -> None:
    """A comparison at a terminal, and the release view."""
    keep(with_door, "secrets", "b.yaml", f"cart: {{key: {SECRET}}}\n")
    site(with_door, values="cluster:own")
    looked()
    context = ReleaseContext(open_workspace(NAME), "premises")
    (stored,) = context.helm.storage.all()
    assert SECRET in set(revision_secrets.of(stored, context.store))


@pytest.mark.story
@pytest.mark.parametrize("how", ["the folder", "its files", "what a link leads to"])
def test_values_that_are_gone_are_not_taken_for_none(shop: Shop, tmp_path: Path, how: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "v.yaml").write_text("cart: {replicas: 3}\n")
    site(shop, values=f"file://{own}")
    looked()
    (own / "v.yaml").unlink()
    if how == "the folder":
        own.rmdir()
    elif how == "what a link leads to":
        (own / "v.yaml").symlink_to("../gone.yaml")
    with pytest.raises(HeadwayError, match=r"no file of values|cannot be read"):
        looked()
    assert replicas(shop) == 3


@pytest.mark.parametrize("entry", [("plain", "9.0.0"), ("plain", "1.0.0")], ids=["version", "chart"])
def test_a_package_that_is_not_what_the_index_says_is_not_released(
    shop: Shop, tmp_path: Path, entry: tuple[str, str]
) -> None:
    held = package("plain" if entry[1] != "1.0.0" else "other", "1.0.0")
    (tmp_path / "a.tgz").write_bytes(held.data)
    digest = held.digest.removeprefix("sha256:")
    line = f"{{name: {entry[0]}, version: {entry[1]}, digest: {digest}, urls: [a.tgz]}}"
    (tmp_path / "index.yaml").write_text(f"apiVersion: v1\nentries: {{plain: [{line}]}}\n")
    Site(charts=f"file://{tmp_path}", chart="plain", environment="premises").save(NAME, overwrite=True)
    before = shop.everything()
    with pytest.raises(HeadwayError, match=f"offered as plain {entry[1]} is {held.name} 1.0.0"):
        looked()
    assert shop.everything()["objects"] == before["objects"]


@pytest.mark.story
def test_the_site_has_the_last_word_also_where_images_are_held_by_digest(shop: Shop, tmp_path: Path) -> None:
    shop.git.push({"headway.yaml": f"{shop.git.read('headway.yaml')}pin: digest\n"})
    deliver(shop.name)
    prefect_runs.forget_runs()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "v.yaml").write_text("cart: {image: {tag: of-the-site}}\n")
    site(shop, values=f"file://{tmp_path}/own")
    looked()
    found = shop.cluster("staging").store.find(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/cart")
    assert found
    assert found["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":of-the-site")


def test_no_application_takes_the_name_of_a_site(shop: Shop) -> None:
    Site(charts="file:///charts", chart="shop", environment="premises").save("held", overwrite=True)
    shop.git.push(
        {"headway.yaml": shop.git.read("headway.yaml").replace("application: shop", "application: held")}
    )
    done = CliRunner().invoke(headway, ["add", shop.git.url])
    Site.delete("held")
    assert "a site is registered under that name" in str(done.exception), done.output
