"""The plain script's way to run the integration Job: created, watched to its end. Standard library alone, to start at once.

In place of kubectl, which the sandbox does not have; it starts faster than kubectl does.
"""

import base64
import json
import os
import re
import ssl
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

NAME = "integration"


def main(namespace: str, headway_yaml: str) -> int:
    api = Api(Path(os.environ["KUBECONFIG"]))
    image, command = _test(Path(headway_yaml).read_text())
    jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    container = {"name": "test", "image": image, "command": command}
    pod = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 5, "containers": [container]}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"generateName": f"{NAME}-"},
        "spec": {"backoffLimit": 0, "ttlSecondsAfterFinished": 60, "template": {"spec": pod}},
    }
    with api.call("POST", jobs, job) as answer:
        name = json.load(answer)["metadata"]["name"]
    with api.call("GET", f"{jobs}?watch=1&timeoutSeconds=120&fieldSelector=metadata.name%3D{name}") as events:
        for line in events:
            status = json.loads(line)["object"].get("status", {})
            if status.get("succeeded"):
                return 0
            if status.get("failed"):
                break
    print(f"Job {namespace}/{name} did not succeed", file=sys.stderr)
    return 1


class Api:
    def __init__(self, kubeconfig: Path) -> None:
        read = json.loads(kubeconfig.read_text())
        cluster, user = read["clusters"][0]["cluster"], read["users"][0]["user"]
        self._server = cluster["server"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile() as pair:
            pair.write(base64.b64decode(user["client-certificate-data"]))
            pair.write(base64.b64decode(user["client-key-data"]))
            pair.flush()
            context.load_cert_chain(pair.name)
        handler = urllib.request.HTTPSHandler(context=context)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body else None
        headers = {"Content-Type": "application/json"}
        return self._opener.open(
            urllib.request.Request(self._server + path, data, headers, method=method), timeout=150
        )


def _test(headway_yaml: str) -> tuple[str, list[str]]:
    """Image and command of the one test that the example declares."""
    test = headway_yaml[headway_yaml.index("\ntests:") :]
    image = re.search(r"image: (\S+)", test)
    command = re.search(r"command: \[(.*)\]", test)
    assert image
    assert command
    return image[1], [word.strip().strip('"') for word in command[1].split(",")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
