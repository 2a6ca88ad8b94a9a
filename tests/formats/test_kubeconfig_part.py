"""One context of a kubeconfig, with nothing of the others."""

import base64

import pytest
import yaml

from headway.errors import BadInput
from headway.formats import kubeconfig_part

WHOLE = """\
apiVersion: v1
kind: Config
current-context: eu
clusters:
- {name: eu, cluster: {server: "https://eu", certificate-authority: ca.crt}}
- {name: us, cluster: {server: "https://us", certificate-authority-data: Y2E=}}
users:
- {name: ada, user: {tokenFile: token, client-key: key.pem}}
- {name: aws, user: {exec: {command: aws-iam-authenticator}}}
contexts:
- {name: eu, context: {cluster: eu, user: ada, namespace: other}}
- {name: admin@us, context: {cluster: us, user: aws}}
- {name: torn, context: {cluster: none, user: ada}}
"""
FILES = {"ca.crt": b"ca", "token": b"secret\n", "key.pem": b"key"}


def only(context: str, text: str = WHOLE) -> kubeconfig_part.Part:
    return kubeconfig_part.only(text, context, "config", FILES.__getitem__)


def test_files_that_it_names_are_written_into_it() -> None:
    part = only("")
    assert (part.context, part.server, part.program) == ("eu", "https://eu", "")
    document = yaml.safe_load(part.text)
    encoded = {name: base64.b64encode(FILES[name]).decode() for name in FILES}
    assert document["clusters"] == [
        {"name": "eu", "cluster": {"server": "https://eu", "certificate-authority-data": encoded["ca.crt"]}}
    ]
    user = {"token": "secret", "client-key-data": encoded["key.pem"]}
    assert document["users"] == [{"name": "ada", "user": user}]
    assert document["contexts"] == [{"name": "eu", "context": {"cluster": "eu", "user": "ada"}}]


def test_a_program_that_signs_in_is_told() -> None:
    part = only("admin@us")
    assert part.program == "aws-iam-authenticator"
    assert "https://eu" not in part.text
    assert "secret" not in part.text


@pytest.mark.parametrize(
    ("context", "text", "said"),
    [
        ("none", WHOLE, r"there is no context 'none'\. Known: eu, admin@us, torn\."),
        ("torn", WHOLE, "the cluster 'none' of context 'torn' is not in it"),
        ("", "contexts: []", "it names no current context"),
        ("eu", "", "it is empty"),
        ("eu", "a: [", "it is no YAML"),
    ],
)
def test_what_is_not_there_is_named(context: str, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        only(context, text)
