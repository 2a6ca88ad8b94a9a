"""A kubeconfig that cannot be used is bad input, whatever is wrong with it: it is that of one environment among others."""

import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput

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
