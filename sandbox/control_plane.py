"""API server, controller manager and scheduler."""

import base64
import json
import ssl
from pathlib import Path
from typing import Any

from sandbox import etcd, files
from sandbox.network import CLUSTER_RANGE, NODE_IP, SERVICE_RANGE
from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import ask

# Only on the bridge: the API server takes one address, and 0.0.0.0 would offer it to the whole network.
API_SERVER = f"https://{NODE_IP}:6443"

_NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"]


def kubeconfig(state: Path) -> Path:
    return state / "kubeconfig"


def write_credentials(state: Path) -> None:
    """Certificates, and a kubeconfig of the administrator that holds them, so that it can be copied alone."""
    # Late, as the one import that needs the .venv: `down` and `status` run without it.
    from sandbox import pki

    folder = state / "pki"
    pki.create(folder, [NODE_IP, "127.0.0.1", SERVICE_RANGE.replace(".0.0/16", ".0.1")], _NAMES)
    encoded = {
        name: base64.b64encode((folder / name).read_bytes()).decode()
        for name in ("ca.crt", "admin.crt", "admin.key")
    }
    cluster = {"server": API_SERVER, "certificate-authority-data": encoded["ca.crt"]}
    user = {"client-certificate-data": encoded["admin.crt"], "client-key-data": encoded["admin.key"]}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": cluster}],
        "users": [{"name": "sandbox", "user": user}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
        "current-context": "sandbox",
    }
    files.write(kubeconfig(state), json.dumps(config, indent=2), mode=0o600)


def ask_api(state: Path, path: str) -> Any:
    """The JSON at a path of the API server; None when it gives none."""
    folder = state / "pki"
    tls = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    tls.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    return ask(f"{API_SERVER}{path}", tls=tls)


def api_server(state: Path, programs: Path) -> Service:
    keys = state / "pki"
    argv = [
        str(programs / "kube-apiserver"),
        f"--etcd-servers={etcd.URL}",
        f"--bind-address={NODE_IP}",
        f"--advertise-address={NODE_IP}",
        "--secure-port=6443",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
        f"--tls-cert-file={keys / 'server.crt'}",
        f"--tls-private-key-file={keys / 'server.key'}",
        f"--client-ca-file={keys / 'ca.crt'}",
        f"--kubelet-client-certificate={keys / 'admin.crt'}",
        f"--kubelet-client-key={keys / 'admin.key'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={keys / 'service-accounts.key'}",
        f"--service-account-signing-key-file={keys / 'service-accounts.key'}",
    ]
    listens = (Listener(NODE_IP, 6443),)
    return Service("kube-apiserver", argv, ready=lambda _: _is_ready(state), listens=listens, cwd=state)


def controller_manager(state: Path, programs: Path) -> Service:
    keys = state / "pki"
    argv = [
        str(programs / "kube-controller-manager"),
        "--bind-address=127.0.0.1",
        f"--kubeconfig={kubeconfig(state)}",
        f"--root-ca-file={keys / 'ca.crt'}",
        f"--service-account-private-key-file={keys / 'service-accounts.key'}",
        "--use-service-account-credentials=true",
        f"--cluster-cidr={CLUSTER_RANGE}",
        "--allocate-node-cidrs=true",
        "--leader-elect=false",
    ]
    # Ready when it has made what every pod needs.
    account = "/api/v1/namespaces/default/serviceaccounts/default"
    listens = (Listener("127.0.0.1", 10257),)
    return Service(
        "kube-controller-manager",
        argv,
        ready=lambda _: ask_api(state, account) is not None,
        listens=listens,
        cwd=state,
    )


def scheduler(state: Path, programs: Path) -> Service:
    argv = [
        str(programs / "kube-scheduler"),
        "--bind-address=127.0.0.1",
        f"--kubeconfig={kubeconfig(state)}",
        "--leader-elect=false",
    ]
    listens = (Listener("127.0.0.1", 10259),)
    return Service("kube-scheduler", argv, ready=lambda _: _serves_tls(10259), listens=listens, cwd=state)


def _is_ready(state: Path) -> bool:
    # `default` appears last of what the API server makes for itself.
    return ask_api(state, "/api/v1/namespaces/default") is not None


def _serves_tls(port: int) -> bool:
    try:
        return bool(ssl.get_server_certificate(("127.0.0.1", port), timeout=1))
    except OSError:
        return False
