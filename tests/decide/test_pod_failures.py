"""What is wrong with pods, by status as the kubelet writes it: what ends the wait, and what speaks of the version."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.decide.pods import pod_failures
from headway.decide.pods.pod_failures import failures, said_no

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def pod(
    why: str, message: str = "", restarts: int = 0, name: str = "cart-1", **status: Any
) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": "r/cart:1",
        "restartCount": restarts,
        "state": {"waiting": {"reason": why, "message": message}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}} if restarts else {},
    }
    return {
        "metadata": {"name": name},
        "status": {
            "phase": "Pending",
            "startTime": "2026-11-23T10:00:00Z",
            "containerStatuses": [container],
            **status,
        },
    }


def running(name: str, *, ready: bool) -> dict[str, Any]:
    container = {"name": "app", "ready": ready, "state": {"running": {}}}
    return {"metadata": {"name": name}, "status": {"phase": "Running", "containerStatuses": [container]}}


def test_a_failure_names_the_image_as_the_manifest_has_it() -> None:
    spec = {
        "initContainers": [{"name": "init", "image": "r/init:1"}],
        "containers": [{"name": "app", "image": "r.example.com:5000/cart:1@sha256:ab"}],
    }
    assert failures([{**CRASHES, "spec": spec}])[0].image == "r.example.com:5000/cart:1"
    assert failures([CRASHES])[0].image == "", "nobody knows"
    assert failures([{**NO_NODE, "spec": spec}])[0].image == "", "it is no container's"


def crashed(times: int, name: str = "cart-1") -> dict[str, Any]:
    seen = pod("", restarts=times - 1, name=name, phase="Running")
    seen["status"]["containerStatuses"][0]["state"] = {"terminated": {"exitCode": 3, "reason": "Error"}}
    return seen


def without_program(times: int, code: int = 127, **volume: Any) -> dict[str, Any]:
    """It has just ended so; `volume`: what it mounts."""
    seen = crashed(times)
    seen["status"]["containerStatuses"][0]["state"] = {"terminated": {"exitCode": code, "reason": "Error"}}
    mounts = [{"name": "tools", "mountPath": "/tools"}] if volume else []
    spec = {
        "containers": [{"name": "app", "image": "r/cart:1", "volumeMounts": mounts}],
        "volumes": [{"name": "tools", **volume}, {"name": "of another", "emptyDir": {}}],
    }
    return {**seen, "spec": spec}


def ended(exit_code: int, reason: str = "Error", **more: Any) -> dict[str, Any]:
    container = {"name": "test", "state": {"terminated": {"exitCode": exit_code, "reason": reason}}}
    return {
        "metadata": {"name": "test-1", **more.pop("metadata", {})},
        "status": {"phase": "Failed", "containerStatuses": [container], **more},
    }


def started_in_vain(message: str) -> dict[str, Any]:
    seen = pod("CrashLoopBackOff", restarts=0)
    ended = {"exitCode": 128, "reason": "StartError", "message": message}
    seen["status"]["containerStatuses"][0]["lastState"] = {"terminated": ended}
    return seen


def owned(seen: dict[str, Any], owner: str) -> dict[str, Any]:
    owners = [{"kind": "ReplicaSet", "name": owner, "uid": owner}]
    return {**seen, "metadata": {**seen["metadata"], "ownerReferences": owners}}


def beside_a_sidecar(seen: dict[str, Any]) -> dict[str, Any]:
    seen["status"]["containerStatuses"].append({"name": "proxy", "ready": False, "state": {"running": {}}})
    return seen


def done_first() -> dict[str, Any]:
    seen = pod("PodInitializing")
    ended = {"exitCode": 0, "reason": "Completed"}
    seen["status"]["initContainerStatuses"] = [{"name": "init", "state": {"terminated": ended}}]
    return seen


NO_PROGRAM = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to "
    'start container process: error during container init: exec: "/app": stat /app: no such file or directory'
)
NOT_FOUND = (
    'failed to pull and unpack image "r/cart:1": failed to resolve reference "r/cart:1": r/cart:1: not found'
)
FINE = running("db-1", ready=True)
CREATED: dict[str, Any] = {"metadata": {"name": "db-1"}, "status": {"phase": "Pending"}}
NO_NODE = {
    "metadata": {"name": "cart-1"},
    "status": {
        "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}
        ]
    },
}
EVICTED = {
    "metadata": {"name": "cart-1"},
    "status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"},
}
CRASHES = pod("CrashLoopBackOff", restarts=3, phase="Running")
BACK_OFF = pod("ImagePullBackOff", 'Back-off pulling image "r/cart:1"')


# name: (pods, what the registry says of r/cart:1, ends the wait, cause)
CASES: dict[str, tuple[list[dict[str, Any]], bool | None, bool, str | None]] = {
    "runs": ([FINE], None, False, None),
    "not started": ([{"metadata": {"name": "cart-1"}}], None, False, None),
    "is being created": ([pod("ContainerCreating")], None, False, None),
    "the registry has no such image": ([BACK_OFF], False, True, "version"),
    "the registry has it all the same": ([BACK_OFF], True, False, "surroundings"),
    "the registry cannot be asked": ([BACK_OFF], None, False, "unknown"),
    "the registry wants other credentials": (
        [pod("ErrImagePull", "unexpected status: 401 Unauthorized")],
        None,
        False,
        "surroundings",
    ),
    "the kubelet found none, the registry has it": (
        [pod("ErrImagePull", "r/cart:1: not found")],
        True,
        False,
        "surroundings",
    ),
    "image name is none": ([pod("InvalidImageName", "couldn't parse image name")], None, True, "version"),
    "secret is missing": (
        [pod("CreateContainerConfigError", 'secret "db" not found')],
        None,
        True,
        "unknown",
    ),
    "the registry cannot be asked, and the node found none": (
        [pod("ErrImagePull", NOT_FOUND)],
        None,
        True,
        "version",
    ),
    "the registry cannot be asked, and said so to the node": (
        [pod("ErrImagePull", "manifest unknown: manifest unknown")],
        None,
        True,
        "version",
    ),
    "the same beside one that is created": (
        [pod("ErrImagePull", NOT_FOUND), CREATED],
        None,
        False,
        "unknown",
    ),
    "the registry's host is not found": (
        [pod("ErrImagePull", "dial tcp: lookup r: no such host: not found")],
        None,
        False,
        "surroundings",
    ),
    "the registry did not answer the node in time": (
        [pod("ErrImagePull", "dial tcp 10.0.0.1:443: i/o timeout")],
        None,
        False,
        "surroundings",
    ),
    "the registry was in trouble": (
        [pod("ErrImagePull", "unexpected status from HEAD request: 503 Service Unavailable")],
        None,
        False,
        "surroundings",
    ),
    "its program is not in the image": ([pod("RunContainerError", NO_PROGRAM)], None, True, "version"),
    "its program is not in the image, and it was started again": (
        [started_in_vain(NO_PROGRAM)],
        None,
        True,
        "version",
    ),
    "its program is not in the image, beside one that is created": (
        [started_in_vain(NO_PROGRAM), CREATED],
        None,
        True,
        "version",
    ),
    "the node could not start it": (
        [started_in_vain("failed to create shim task: context deadline exceeded")],
        None,
        False,
        "version",
    ),
    "no program is named": ([pod("CreateContainerError", "no command specified")], None, True, "version"),
    "it must not be root, and is": (
        [pod("CreateContainerConfigError", "container has runAsNonRoot and image will run as root")],
        None,
        True,
        "version",
    ),
    "crashes the first time": ([pod("CrashLoopBackOff", restarts=0)], None, False, "version"),
    "crashes twice": ([pod("CrashLoopBackOff", restarts=1)], None, False, "version"),
    "crashes a third time": ([pod("CrashLoopBackOff", restarts=2)], None, True, "version"),
    "has just crashed a third time": ([crashed(3)], None, True, "version"),
    "has just crashed a third time, and its database runs": ([crashed(3), FINE], None, True, "version"),
    "has just crashed a third time, and its database starts": (
        [crashed(3), running("db-1", ready=False)],
        None,
        False,
        "version",
    ),
    "has just crashed a fourth time, and its database starts": (
        [crashed(4), running("db-1", ready=False)],
        None,
        True,
        "version",
    ),
    "all replicas crash a third time": (
        [owned(crashed(3), "cart"), owned(crashed(3, name="cart-2"), "cart")],
        None,
        True,
        "version",
    ),
    "crashes a third time while its sidecar starts": ([beside_a_sidecar(crashed(3))], None, False, "version"),
    "a container of a Job's pod has ended, others still run": (
        [{**crashed(3), "spec": {"restartPolicy": "Never"}}],
        None,
        False,
        None,
    ),
    "a hook's pod has said no": ([ended(3)], None, False, "version"),
    "a hook's pod has said no beside one that is created": ([ended(3), CREATED], None, False, "unknown"),
    "a hook's pod was killed": ([ended(pod_failures.KILLED)], None, False, None),
    "an init container is done": ([done_first()], None, False, None),
    "lacks a program, at its first end": ([without_program(1)], None, False, "version"),
    "lacks a program, at its second end": ([without_program(2)], None, True, "version"),
    "has a program that cannot be executed": ([without_program(2, 126)], None, True, "version"),
    "lacks a program while its database is being created": (
        [without_program(2), CREATED],
        None,
        True,
        "version",
    ),
    "lacks a program while its sidecar starts": (
        [beside_a_sidecar(without_program(2))],
        None,
        True,
        "version",
    ),
    "lacks a program, with settings": ([without_program(2, configMap={"name": "s"})], None, True, "version"),
    "lacks a program of its disk": (
        [without_program(2, persistentVolumeClaim={"claimName": "tools"})],
        None,
        False,
        "version",
    ),
    "lacks a script that may come later": (
        [without_program(2, configMap={"name": "scripts", "optional": True})],
        None,
        False,
        "version",
    ),
    "lacks a script of several that may come later": (
        [without_program(2, projected={"sources": [{"secret": {"name": "s", "optional": True}}]})],
        None,
        False,
        "version",
    ),
    "lacks a program that another container brings": (
        [without_program(2, emptyDir={})],
        None,
        False,
        "version",
    ),
    "lacks a program of its disk a third time": (
        [without_program(3, persistentVolumeClaim={"claimName": "tools"})],
        None,
        True,
        "version",
    ),
    "crashes while its database cannot be pulled, nobody knows why": (
        [CRASHES, pod("ImagePullBackOff", "Back-off", name="db-1")],
        None,
        False,
        "unknown",
    ),
    "crashes again and again": ([CRASHES], None, True, "version"),
    "crashes, and its database runs": ([CRASHES, FINE], None, True, "version"),
    "crashes while its database is being created": ([CRASHES, CREATED], None, False, "unknown"),
    "crashes while its database finds no node": (
        [CRASHES, {**NO_NODE, "metadata": {"name": "db-1"}}],
        None,
        False,
        "unknown",
    ),
    "two of them crash": ([CRASHES, pod("CrashLoopBackOff", restarts=5, name="db-1")], None, True, "version"),
    "never ready": ([running("cart-1", ready=False), FINE], None, False, "version"),
    "never ready beside one that is created": (
        [running("cart-1", ready=False), CREATED],
        None,
        False,
        "unknown",
    ),
    "no such image beside one that is created": ([BACK_OFF, CREATED], False, True, "version"),
    "no node": ([NO_NODE], None, False, "surroundings"),
    "evicted": ([EVICTED], None, False, "surroundings"),
}


@pytest.mark.parametrize(("pods", "exists", "ends", "cause"), CASES.values(), ids=CASES)
def test_failures(pods: list[dict[str, Any]], exists: bool | None, ends: bool, cause: str | None) -> None:
    found = failures(pods, image_exists=lambda _: exists)
    assert any(each.final for each in found) is ends
    assert (found[0].cause if found else None) == cause


def test_sentence_names_pod_container_and_end() -> None:
    (found,) = failures([pod("CrashLoopBackOff", restarts=4)])
    assert found.sentence == "Pod cart-1, container app ended 5 times, last with exit code 137 (OOMKilled)"


def test_sentence_says_what_a_shell_says_by_its_exit_code() -> None:
    (found,) = failures([without_program(2)])
    assert found.sentence == (
        "Pod cart-1, container app ended 2 times, last with exit code 127: what it starts is not there"
    )


@pytest.mark.parametrize(
    ("seen", "said", "ends"),
    [
        pytest.param(crashed(2), "exec /start.sh: no such file or directory\n", True, id="no interpreter"),
        pytest.param(crashed(1), "exec /start.sh: no such file or directory\n", False, id="once"),
        pytest.param(
            crashed(2), "begin\nexec /start.sh: no such file or directory\n", False, id="it has begun"
        ),
        pytest.param(crashed(2), "exec /start.sh: exec format error\n", False, id="another node may have it"),
        pytest.param(crashed(2), "no database\n", False, id="it says something else"),
        pytest.param(crashed(2), "", False, id="it says nothing"),
        pytest.param(
            without_program(2, 1, emptyDir={}),
            "exec /tools/start: no such file or directory\n",
            False,
            id="another container may bring it",
        ),
    ],
)
def test_what_the_runtime_says_in_the_place_of_a_program(seen: dict[str, Any], said: str, ends: bool) -> None:
    (found,) = failures(
        [seen], says=lambda pod, container: said if (pod, container) == ("cart-1", "app") else ""
    )
    assert found.final is ends
    assert found.sentence.endswith(": exec /start.sh: no such file or directory") is ends


def test_init_container_counts() -> None:
    seen = pod("InvalidImageName")
    seen["status"]["initContainerStatuses"] = seen["status"].pop("containerStatuses")
    assert failures([seen])[0].final


def test_missing_secret_gets_its_grace_where_time_is_known() -> None:
    seen = pod("CreateContainerConfigError", 'secret "db" not found')
    assert not failures([seen], now=START + timedelta(seconds=5))[0].final
    assert failures([seen], now=START + timedelta(seconds=31))[0].final


@pytest.mark.parametrize(
    ("seen", "no"),
    [
        pytest.param(ended(1), True, id="it failed by itself"),
        pytest.param(ended(0, "Completed", phase="Succeeded"), False, id="it passed"),
        pytest.param(ended(pod_failures.KILLED), False, id="killed"),
        pytest.param(ended(pod_failures.TERMINATED), False, id="asked to end"),
        pytest.param(ended(1, "OOMKilled"), False, id="out of memory"),
        pytest.param(ended(1, reason="Error", phase="Running"), False, id="another container still runs"),
        pytest.param(ended(1, metadata={"deletionTimestamp": "now"}), False, id="drained"),
        pytest.param({**EVICTED}, False, id="evicted"),
        pytest.param({"metadata": {"name": "x"}}, False, id="never started"),
    ],
)
def test_a_test_said_no(seen: dict[str, Any], no: bool) -> None:
    assert said_no(seen) is no


@pytest.mark.parametrize(
    "told",
    [
        'rpc error: desc = failed to pull and unpack image "r/cart:1": failed to resolve image: r/cart:1: not found',
        'Back-off pulling image "r/cart:1": ErrImagePull: failed to resolve reference "r/cart:1": not found',
    ],
    ids=["containerd", "while the kubelet pauses"],
)
def test_an_image_that_is_not_there_is_named_once(told: str) -> None:
    [failure] = failures([pod("ErrImagePull", told)], image_exists=lambda _: False)
    assert failure.sentence == (
        "Pod cart-1, container app: image r/cart:1 cannot be pulled: not found; the registry has no such image"
    )
