"""Whom sops asks is written by whoever may commit: it asks nobody that an operator has not named, and shows nobody a token."""

import http.server
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from headway.clients import command, memory, sops
from headway.errors import BadInput, MissingKey
from headway.formats import sops_keys
from headway.formats.sops_keys import KeyService
from headway.model.credentials import SopsKeys

AGE = "age: [{recipient: age1x, enc: x}], mac: ENC, version: 3.11.0"
VAULT = "[{vault_address: 'http://attacker.example', engine_path: transit, key_name: k, enc: x}]"
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1"
ALLOWED = (
    "https://vault.example.com",
    "https://shop.vault.azure.net/",
    ARN,
    "projects/p/locations/global/keyRings/r",
)


def stored(sops: str) -> bytes:
    return f"a: ENC[AES256_GCM,data:x,type:str]\nsops: {{mac: ENC, {sops}}}\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(stored(f"hc_vault: {VAULT}"), id="Vault"),
        pytest.param(stored(f"{AGE}, hc_vault: {VAULT}"), id="beside age"),
        pytest.param(stored(f"key_groups: [{{hc_vault: {VAULT}}}]"), id="in a group"),
        pytest.param(stored(f"key_groups: [{{age: []}}, {{hc_vault: {VAULT}}}]"), id="in a second group"),
        pytest.param(stored(f"<<: {{hc_vault: {VAULT}}}"), id="merged"),
        pytest.param(stored(f"<<: [{{hc_vault: {VAULT}}}]"), id="merged from a list"),
        pytest.param(
            f"x: 1\n<<: {{sops: {{mac: x, hc_vault: {VAULT}}}}}\n".encode(), id="sops itself merged"
        ),
        pytest.param(stored(f"{'<<: {' * 60}hc_vault: {VAULT}{'}' * 60}"), id="merged in what is merged"),
        pytest.param(
            f"sops: {{mac: x, hc_vault: {VAULT}}}\nsops: {{{AGE}}}\n".encode(), id="the first of two"
        ),
        pytest.param(
            json.dumps({"SOPS": {"HC_Vault": [{"Vault_Address": "http://attacker.example"}]}}).encode(),
            id="as Go's JSON takes it",
        ),
        pytest.param(
            b'{"\\u017fops": {"hc_vault": [{"vault_address": "http://attacker.example"}]}}',
            id="as Go folds letters",
        ),
        pytest.param(
            stored("hc_vault: [{vault_address: 'https://vault.example.com@attacker.example'}]"),
            id="as a user",
        ),
        pytest.param(
            stored("hc_vault: [{vault_address: 'https://vault.example.com:8200'}]"), id="another port"
        ),
        pytest.param(stored("hc_vault: [{vault_address: 'http://vault.example.com'}]"), id="in the clear"),
        pytest.param(stored("hc_vault: [{engine_path: x}]"), id="no address"),
        pytest.param(stored("azure_kv: [{vault_url: 'https://attacker.example', name: k}]"), id="Azure"),
        pytest.param(stored("kms: [{arn: 'arn:aws:kms:eu-west-1:999999999999:key/1'}]"), id="AWS"),
        pytest.param(
            stored(f"kms: [{{arn: '{ARN}', role: 'arn:aws:iam::9:role/x'}}]"), id="AWS, another role"
        ),
        pytest.param(stored(f"kms: [{{arn: '{ARN}', aws_profile: admin}}]"), id="AWS, another profile"),
        pytest.param(stored("gcp_kms: [{resource_id: projects/other}]"), id="Google"),
        pytest.param(stored("hckms: [{key_id: x}]"), id="a kind that is not known here"),
    ],
)
def test_nobody_is_asked_whom_no_operator_named(text: bytes) -> None:
    with pytest.raises(BadInput, match=r"secrets/t\.yaml.*no operator has allowed.*key_services"):
        sops_keys.require_allowed(sops_keys.named(text, "secrets/t.yaml"), ALLOWED, "secrets/t.yaml")


def test_groups_without_end_are_refused() -> None:
    with pytest.raises(BadInput, match=r"secrets/t\.yaml:\d+: .*it contains itself, by an alias"):
        sops_keys.named(stored("key_groups: &a [{key_groups: *a}]"), "secrets/t.yaml")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (stored(AGE), {"age"}),
        (stored("pgp: [{fp: x}]"), {"pgp"}),
        (stored("age: [], hc_vault: [], kms: null, unencrypted_suffix: _plain"), set()),
        (stored("hc_vault: [{vault_address: 'https://VAULT.example.com/'}]"), {"hc_vault"}),
        (stored("azure_kv: [{vault_url: 'https://shop.vault.azure.net'}]"), {"azure_kv"}),
        (stored(f"kms: [{{arn: '{ARN}', role: '', context: {{a: b}}}}]"), {"kms"}),
        (stored("gcp_kms: [{resource_id: projects/p/locations/global/keyRings/r}]"), {"gcp_kms"}),
        (b"kms: [{arn: mine}]\nsops: {mac: x}\n", set()),
    ],
)
def test_whom_a_file_may_ask(text: bytes, kinds: set[str]) -> None:
    named = sops_keys.named(text, "secrets/t.yaml")
    sops_keys.require_allowed(named, ALLOWED, "secrets/t.yaml")
    assert {each.kind for each in named} == kinds


def test_a_key_in_base64_is_refused() -> None:
    with pytest.raises(BadInput, match="written in base64"):
        sops_keys.named(b"sops: {mac: x}\n!!binary c29wcw==: {hc_vault: []}\n", "secrets/t.yaml")


class Vault(http.server.BaseHTTPRequestHandler):
    """Notes who asks."""

    def do_PUT(self) -> None:
        assert isinstance(self.server, Asked)
        self.server.paths.append(self.path)
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        pass


class Asked(http.server.HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Vault)
        self.paths: list[str] = []


@pytest.fixture
def vault() -> Iterator[Asked]:
    with Asked() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


VAULT_FIELDS = "engine_path=transit key_name=k enc=vault:v1:x created_at=2024-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("file", "before", "own", "behind"),
    [
        pytest.param("secrets/t.env", "", "sops_", "", id="dotenv"),
        pytest.param("secrets/t.ini", "[sops]\n", "", "[b]\n", id="ini"),
    ],
)
def test_a_file_is_read_by_sops_as_it_is_read_here(
    file: str, before: str, own: str, behind: str, vault: Asked
) -> None:
    """YAML that is another format as well, in which it names another key service."""
    address = f"http://127.0.0.1:{vault.server_port}"
    metadata = [f"{own}lastmodified=2024-01-01T00:00:00Z", f"{own}mac=x", f"{own}version=3.11.0"]
    fields = [f"vault_address={address}", *VAULT_FIELDS.split()]
    lines = [*metadata, *(f"{own}hc_vault__list_0__map_{field}" for field in fields)]
    allowed = "hc_vault: [{vault_address: 'https://vault.example.com'}]"
    text = '{a: "x=\n' + before + "\n".join(lines) + f'\n{behind}b=", sops: {{mac: x, {allowed}}}}}\n'
    with pytest.raises(BadInput):
        sops.decrypt(text.encode(), file, SopsKeys(("https://vault.example.com",)))
    assert vault.paths == []


@pytest.fixture
def age_file(tmp_path: Path) -> bytes:
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "config" / "sops" / "age").mkdir(parents=True)
    (tmp_path / "config" / "sops" / "age" / "keys.txt").write_text(f"{identity}\n")
    clear = tmp_path / "clear.yaml"
    clear.write_text("password: hunter22\n")
    argv = [Path(sys.executable).with_name("sops"), "encrypt", "--age", str(identity.to_public()), clear]
    return subprocess.run(argv, check=True, capture_output=True).stdout


def test_sops_is_shown_what_the_kind_of_key_needs(
    age_file: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []
    real = command.run
    monkeypatch.setattr(command, "run", lambda *a, **k: (seen.append(dict(k["env"])), real(*a, **k))[1])
    for name in ("VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY", "AZURE_CLIENT_SECRET", "GOOGLE_CREDENTIALS"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.delenv("SOPS_AGE_KEY_FILE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert b"hunter22" in sops.decrypt(age_file, "secrets/t.yaml")
    (environment,) = seen
    assert "secret" not in environment.values()
    assert environment["HOME"] == sops.NO_HOME, "~/.vault-token and ~/.aws lie there"


def test_an_application_with_a_key_of_its_own_is_not_given_the_workers(
    age_file: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = tmp_path / "config" / "sops" / "age" / "keys.txt"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(workers))
    own = str(pyrage.x25519.Identity.generate())
    with pytest.raises(MissingKey, match="sops_age_key of the application's block"):
        sops.decrypt(age_file, "secrets/t.yaml", SopsKeys(age=own))
    assert b"hunter22" in sops.decrypt(age_file, "secrets/t.yaml", SopsKeys(age=workers.read_text()))
    assert own not in repr(SopsKeys(age=own))


@pytest.mark.parametrize(
    ("kind", "variable"),
    [
        ("hc_vault", "VAULT_TOKEN"),
        ("kms", "AWS_PROFILE"),
        ("azure_kv", "AZURE_TENANT_ID"),
        ("gcp_kms", "GOOGLE_CREDENTIALS"),
    ],
)
def test_a_key_service_is_shown_its_own_variables(
    kind: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"VAULT_TOKEN", "AWS_PROFILE", "AZURE_TENANT_ID", "GOOGLE_CREDENTIALS"}
    for each in variables:
        monkeypatch.setenv(each, "x")
    assert set(sops._environment({kind})) & variables == {variable}
    assert "HOME" not in sops._environment({kind}), "the worker's own"


def test_what_a_killed_process_held_is_swept_by_the_next(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time\n"
        "from headway.clients import memory\n"
        "memory.MEMORY = pathlib.Path(sys.argv[1])\n"
        "(memory.private_folder() / 'values.yaml').write_text('password: hunter22')\n"
        "print(memory.private_folder(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        memory.sweep(tmp_path)
        assert (folder / "values.yaml").exists(), "its process lives"
        assert folder.stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGKILL)
    assert (folder / "values.yaml").exists()
    (tmp_path / "headway-held-link").symlink_to(tmp_path / "kept")
    memory.sweep(tmp_path)
    assert not folder.exists()


def test_no_folder_of_this_process_is_swept() -> None:
    folder = memory.private_folder()
    memory.sweep(folder.parent)
    assert folder.is_dir()


def test_equal_services_are_named_once() -> None:
    assert sops_keys.named(stored("age: [{recipient: a}, {recipient: b}]"), "x") == (KeyService("age"),)
