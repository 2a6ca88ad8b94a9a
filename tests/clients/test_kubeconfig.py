"""A kubeconfig that cannot be used is bad input, whatever is wrong with it: it is that of one environment among others."""

from pathlib import Path

import pytest

from headway.clients.kubernetes import kubeconfig as of_kubernetes
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput, Unreachable

CLUSTER = "{server: 'https://cluster.example.com:6443'}"
USER = "{token: secret}"


def kubeconfig(cluster: str = CLUSTER, user: str = USER) -> str:
    return f"""\
apiVersion: v1
kind: Config
current-context: it
clusters: [{{name: it, cluster: {cluster}}}]
users: [{{name: it, user: {user}}}]
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
"""


@pytest.mark.filterwarnings("ignore:SOCKS support")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("[]", id="a list"),
        pytest.param("{:", id="no YAML"),
        pytest.param("current-context: other\n", id="a context that is not there"),
        pytest.param(kubeconfig(user="secret"), id="a user that is a text"),
        pytest.param(kubeconfig(cluster="{server: 5}"), id="a server that is a number"),
        pytest.param(
            kubeconfig(cluster="{server: 'https://cluster.example.com', proxy-url: 'socks5://proxy:1080'}"),
            id="a proxy of a kind that we do not speak to",
        ),
    ],
)
def test_what_cannot_be_used_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput, match="it cannot be used") as raised:
        Cluster.from_kubeconfig(text)
    assert "secret" not in str(raised.value)


def test_one_that_can_be_used_asks_nobody() -> None:
    assert Cluster.from_kubeconfig(kubeconfig()).api.host == "https://cluster.example.com:6443"


PLUGIN = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [--for, it]}}"


def _with_plugin(folder: Path, script: str) -> Path:
    """A kubeconfig beside a program that it names, as kubectl finds it: from the kubeconfig's own folder."""
    program, file = folder / "plugin", folder / "kubeconfig"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    file.write_text(kubeconfig(user=PLUGIN))
    return file


def test_a_program_for_credentials_is_run(tmp_path: Path) -> None:
    kind = '"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"'
    said = f'{{{kind}, "status": {{"token": "for %s"}}}}'
    file = _with_plugin(tmp_path, f"""test "$1" = --for && printf '{said}' "$2" """)
    configuration = of_kubernetes.client_of_file(file, None).configuration
    assert configuration.api_key == {"BearerToken": "Bearer for it"}


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exec sleep 60", id="it does not end"),
        pytest.param("echo no server >&2; exit 1", id="it fails"),
        pytest.param("echo '{}'", id="it says nothing"),
    ],
)
def test_a_program_that_gives_no_credentials_is_told(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_kubernetes, "PLUGIN_SECONDS", 0.1)
    file = _with_plugin(tmp_path, script)
    with pytest.raises(Unreachable, match="the program that it names gave no credentials") as told:
        of_kubernetes.client_of_file(file, None)
    assert str(file) in str(told.value)
