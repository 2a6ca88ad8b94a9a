"""A Prefect server in memory: what the client of a flow run asks of one, by Prefect 3.8's rules for the states of runs.

For tests that are run often: Prefect's own server takes as much processor time as everything that is tested. The same tests
pass on it too (HEADWAY_PREFECT=server; `make test` has it for what Prefect decides), which is what keeps this one honest.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx
import prefect
import pytest
import yaml
from prefect import Task
from prefect.blocks.core import Block
from prefect.client.orchestration import PrefectClient, SyncPrefectClient
from prefect.client.schemas.objects import TERMINAL_STATES
from prefect.settings import PREFECT_API_URL, temporary_settings

DEPLOYMENTS = Path(__file__).resolve().parents[1] / "deployments.yaml"
URL = "http://prefect.example.com/api"
Document = dict[str, Any]
TERMINAL = {state.value for state in TERMINAL_STATES}
AT_WORK = {"PENDING", "RUNNING", "CANCELLING", "CANCELLED"}
NO_INFRASTRUCTURE = "there is no infrastructure to terminate"


@contextmanager
def memory_prefect() -> Iterator[None]:
    """It knows the deployments of deployments.yaml; clients of its address speak to it.

    A task is its function while it is in use: no server hears of it.
    """
    server = MemoryPrefect()
    for each in yaml.safe_load(DEPLOYMENTS.read_text())["deployments"]:
        server.deploy(each["entrypoint"].rpartition(".")[2].replace("_", "-"), each["name"])
    alone = Lock()

    def answer(request: httpx.Request) -> httpx.Response:
        """One after the other: flows may run beside each other."""
        with alone:
            return server.answer(request)

    transport = httpx.MockTransport(answer)
    call = Task.__call__

    def called(self: Any, *args: Any, **keys: Any) -> Any:
        in_use = PREFECT_API_URL.value() == URL
        return self.fn(*args, **keys) if in_use else call(self, *args, **keys)

    with pytest.MonkeyPatch.context() as patch, temporary_settings(updates={PREFECT_API_URL: URL}):
        for client in (SyncPrefectClient, PrefectClient):
            patch.setattr(client, "__init__", _connected(client.__init__, transport))
        patch.setattr(Task, "__call__", called)
        yield


def _connected(begin: Callable[..., None], transport: httpx.MockTransport) -> Callable[..., None]:
    # Each client would read certificates for one of its own.
    unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def connected(self: Any, api: Any, **keys: Any) -> None:
        if api == URL:
            # Of servers one within the other, the inner one answers.
            own = {"transport": transport, "verify": unused}
            keys["httpx_settings"] = {**own, **(keys.get("httpx_settings") or {})}
        begin(self, api, **keys)

    return connected


class _Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _new(**keys: Any) -> Document:
    return {"id": str(uuid4()), "created": _now(), "updated": _now(), **keys}


@dataclass
class MemoryPrefect:
    flows: dict[str, Document] = field(default_factory=dict)
    """By name."""
    deployments: dict[str, Document] = field(default_factory=dict)
    """By flow/name."""
    runs: dict[str, Document] = field(default_factory=dict)
    states: dict[str, list[Document]] = field(default_factory=dict)
    inputs: dict[tuple[str, str], str] = field(default_factory=dict)
    pauses: dict[str, set[str]] = field(default_factory=dict)
    """Keys under which a run was suspended already."""
    artifacts: list[Document] = field(default_factory=list)
    logs: list[Document] = field(default_factory=list)
    automations: dict[str, Document] = field(default_factory=dict)
    """By id."""
    block_types: dict[str, Document] = field(default_factory=dict)
    block_schemas: dict[str, Document] = field(default_factory=dict)
    blocks: dict[tuple[str, str], Document] = field(default_factory=dict)
    """By slug of the type, and name."""

    def deploy(self, flow: str, name: str) -> None:
        flow_id = self._flow({"name": flow})["id"]
        self.deployments[f"{flow}/{name}"] = _new(name=name, flow_id=flow_id, labels={})

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api")
        body = json.loads(request.content) if request.content else dict(request.url.params)
        for method, pattern, act in _ROUTES:
            found = re.fullmatch(pattern, path) if method == request.method else None
            if found:
                try:
                    said = act(self, *found.groups(), body)
                except _Refused as refused:
                    return httpx.Response(refused.code, json={"detail": "no"})
                return httpx.Response(200, json=said)
        raise AssertionError(f"Prefect in memory knows no {request.method} {path}")

    # Flows, deployments and their runs.

    def _flow(self, body: Document) -> Document:
        return self.flows.setdefault(body["name"], _new(name=body["name"], labels={}))

    def _deployment(self, flow: str, name: str, _: Document | None = None) -> Document:
        return _found(self.deployments, f"{flow}/{name}")

    def _run_of_deployment(self, deployment: str, body: Document) -> Document:
        flow = next(each["flow_id"] for each in self.deployments.values() if each["id"] == deployment)
        now = {"type": "SCHEDULED", "state_details": {"scheduled_time": _now()}}
        return self._begin(
            {**body, "state": body.get("state") or now, "flow_id": flow, "deployment_id": deployment}
        )

    def _begin(self, body: Document) -> Document:
        kept = ("name", "flow_id", "deployment_id", "parameters", "tags", "labels", "parent_task_run_id")
        run = _new(**{key: body[key] for key in kept if body.get(key) is not None})
        run["name"] = run.get("name") or f"run-{run['id'][:8]}"
        run["run_count"] = 0
        self.states[run["id"]], self.pauses[run["id"]] = [], set()
        self._enter(run, body.get("state") or {"type": "PENDING"})
        # Another thread may look through them at any time.
        self.runs[run["id"]] = run
        return run

    def _run(self, run: str, _: Document | None = None) -> Document:
        return _found(self.runs, run)

    def _task_run(self, body: Document) -> Document:
        """A subflow is a task of the flow that calls it."""
        return _new(**body)

    def _states_of(self, body: Document) -> list[Document]:
        return self.states[body["flow_run_id"]]

    def _change(self, run: str, body: Document) -> None:
        changed = {
            key: value for key, value in body.items() if value is not None and key != "empirical_policy"
        }
        self._run(run).update(changed)

    def _forget(self, _: Document) -> Document:
        deleted = list(self.runs)
        self.runs.clear()
        self.inputs.clear()
        return {"deleted": deleted}

    def _runs(self, body: Document) -> list[Document]:
        found = [run for run in [*self.runs.values()] if self._matches(run, body)]
        key = (body.get("sort") or "").removesuffix("_DESC").removesuffix("_ASC").lower()
        if key:
            found.sort(key=lambda run: str(run.get(key) or ""), reverse=body["sort"].endswith("_DESC"))
        begin = body.get("offset") or 0
        return found[begin : begin + (body.get("limit") or 200)]

    def _matches(self, run: Document, body: Document) -> bool:
        deployment = next(
            (each for each in self.deployments.values() if each["id"] == run.get("deployment_id")), {}
        )
        flow = next(each for each in self.flows.values() if each["id"] == run["flow_id"])
        of_run = _wanted(body.get("flow_runs"))
        state = _wanted(of_run.pop("state", None))
        return all(
            (
                _accepts(of_run.pop("id", None), run["id"]),
                {*(_wanted(of_run.pop("tags", None)).get("all_") or ())} <= {*run.get("tags", ())},
                _accepts(of_run.pop("deployment_id", None), run.get("deployment_id")),
                _accepts(of_run.pop("expected_start_time", None), run.get("expected_start_time")),
                _accepts(state.pop("type", None), run["state"]["type"]),
                _accepts(state.pop("name", None), run["state"]["name"]),
                _accepts(_wanted(body.get("flows")).get("name"), flow["name"]),
                _accepts(_wanted(body.get("deployments")).get("name"), deployment.get("name")),
                not of_run and not state,
            )
        )

    # States, by prefect/server/orchestration/core_policy.py.

    def _set_state(self, run_id: str, body: Document) -> Document:
        run, state = self._run(run_id), body["state"]
        before, after = run["state"], state["type"]
        if body.get("force"):
            return self._accept(run, state)
        if before["type"] in TERMINAL:
            if after in ("CANCELLING", "PAUSED", "CRASHED"):
                return _abort(f"Run is already in terminal state {before['type']}.")
            if after == "SCHEDULED" and not run.get("deployment_id"):
                return _abort("Cannot reschedule a run without an associated deployment.")
            if after not in TERMINAL:
                self.pauses[run_id].clear()
        if before["type"] == "CANCELLING" and after != "CANCELLED":
            return _reject(before, "Cannot transition flows that are cancelling.")
        if after == "CANCELLING" and (
            before["type"] == "SCHEDULED" or before["state_details"].get("pause_reschedule")
        ):
            return _reject(self._enter(run, {"type": "CANCELLED"}), NO_INFRASTRUCTURE)
        if after == "PENDING" and before["type"] in AT_WORK:
            return _abort(f"This run is in a {before['type']} state and cannot transition to PENDING.")
        if after == "PAUSED":
            if before["type"] != "RUNNING":
                return _reject(before, "Cannot suspend flows that are not currently running.")
            if state["state_details"]["pause_key"] in self.pauses[run_id]:
                return _reject(before, "This suspend has already fired.")
            if not run.get("deployment_id"):
                return _abort("Cannot suspend flows without a deployment.")
            self.pauses[run_id].add(state["state_details"]["pause_key"])
        return self._accept(run, state)

    def _resume(self, run_id: str, body: Document) -> Document:
        run = self._run(run_id)
        paused = run["state"]
        if paused["type"] != "PAUSED":
            return _abort("Cannot resume a flow run that is not paused.")
        keys = paused["state_details"]["run_input_keyset"]
        if (run_id, keys["schema"]) not in self.inputs:
            return _reject(paused, "Run input schema not found.")
        self.inputs[run_id, keys["response"]] = json.dumps(body["run_input"])
        soon = {"type": "SCHEDULED", "name": "Resuming", "state_details": {"scheduled_time": _now()}}
        return self._accept(run, soon)

    def _accept(self, run: Document, state: Document) -> Document:
        return {
            "state": self._enter(run, state),
            "status": "ACCEPT",
            "details": {"type": "accept_details"},
        }

    def _enter(self, run: Document, state: Document) -> Document:
        entered = {"message": None, "data": None, **state, "id": str(uuid4()), "timestamp": _now()}
        entered["name"] = state.get("name") or state["type"].capitalize()
        entered["state_details"] = {
            **{key: value for key, value in (state.get("state_details") or {}).items() if value is not None},
            "flow_run_id": run["id"],
        }
        if entered["type"] == "RUNNING":
            run["run_count"] += 1
            run.setdefault("start_time", _now())
        run.setdefault("expected_start_time", _now())
        if entered["type"] == "SCHEDULED":
            run["expected_start_time"] = entered["state_details"].get("scheduled_time") or _now()
        run.update(state=entered, state_type=entered["type"], state_name=entered["name"])
        self.states[run["id"]].append(entered)
        return entered

    # Forms, artifacts.

    def _write_input(self, run: str, body: Document) -> None:
        self._run(run)
        if (run, body["key"]) in self.inputs:
            raise _Refused(409)
        self.inputs[run, body["key"]] = body["value"]

    def _input(self, run: str, key: str, _: Document | None = None) -> Any:
        return json.loads(_found(self.inputs, (run, key)))

    def _some_inputs(self, run: str, body: Document) -> Any:
        return [
            {"key": key, "value": value}
            for (of, key), value in self.inputs.items()
            if of == run and key.startswith(body["prefix"])
        ][: body["limit"]]

    def _delete_input(self, run: str, key: str, _: Document | None = None) -> None:
        _found(self.inputs, (run, key))
        del self.inputs[run, key]

    def _write_artifact(self, body: Document) -> Document:
        self.artifacts.append(_new(**body))
        return self.artifacts[-1]

    def _artifacts(self, body: Document) -> list[Document]:
        newest_first = (body.get("sort") or "").endswith("_DESC")
        wanted = _wanted(body["artifacts"])
        assert wanted.keys() <= {"key", "flow_run_id"}, wanted
        return [
            each
            for each in (reversed(self.artifacts) if newest_first else self.artifacts)
            if all(_accepts(condition, each.get(name)) for name, condition in wanted.items())
        ]

    def _latest_artifacts(self, body: Document) -> list[Document]:
        newest = {each["key"]: each for each in self.artifacts}
        wanted = _wanted(_wanted(body["artifacts"]).get("key"))["any_"]
        return [{**newest[key], "latest_id": newest[key]["id"]} for key in wanted if key in newest]

    def _write_logs(self, body: list[Document]) -> None:
        self.logs += [_new(**each) for each in body]

    def _logs(self, body: Document) -> list[Document]:
        wanted = _wanted(body["logs"])
        level = _wanted(wanted.pop("level", None)).get("ge_", 0)
        found = [
            each
            for each in self.logs
            if each["level"] >= level
            and all(_accepts(condition, each.get(name)) for name, condition in wanted.items())
        ]
        found.sort(key=lambda each: str(each["timestamp"]))
        return found[body.get("offset") or 0 :][: body.get("limit") or 200]

    # Automations, by prefect/server/api/automations.py.

    def _new_automation(self, body: Document) -> Document:
        made = _new(**body)
        self.automations[made["id"]] = made
        return made

    def _change_automation(self, automation: str, body: Document) -> None:
        self.automations[automation] = {**_found(self.automations, automation), **body}

    def _automations(self, body: Document) -> list[Document]:
        names = _wanted(_wanted(body.get("automations")).get("name"))
        return [
            each for each in self.automations.values() if each["name"] in names.get("any_", [each["name"]])
        ]

    # Blocks.

    def _block_type(self, slug: str, _: Document | None = None) -> Document:
        return _found(self.block_types, slug)

    def _new_block_type(self, body: Document) -> Document:
        return self.block_types.setdefault(body["slug"], _new(**body))

    def _change_block_type(self, _: str, __: Document) -> None:
        return None

    def _block_schema(self, checksum: str, _: Document | None = None) -> Document:
        return _found(self.block_schemas, checksum)

    def _new_block_schema(self, body: Document) -> Document:
        checksum = Block._calculate_schema_checksum(body["fields"])
        (kind,) = [each for each in self.block_types.values() if each["id"] == body["block_type_id"]]
        return self.block_schemas.setdefault(checksum, _new(**body, checksum=checksum, block_type=kind))

    def _new_block(self, body: Document) -> Document:
        (schema,) = [each for each in self.block_schemas.values() if each["id"] == body["block_schema_id"]]
        kind = schema["block_type"]
        if (kind["slug"], body["name"]) in self.blocks:
            raise _Refused(409)
        block = _new(**body, block_schema=schema, block_type=kind, block_document_references={})
        self.blocks[kind["slug"], body["name"]] = block
        return block

    def _block(self, slug: str, name: str, _: Document | None = None) -> Document:
        return _found(self.blocks, (slug, name))

    def _block_by_id(self, block: str, _: Document | None = None) -> Document:
        return next(each for each in self.blocks.values() if each["id"] == block)

    def _change_block(self, block: str, body: Document) -> None:
        self._block_by_id(block)["data"] = body["data"]

    def _delete_block(self, block: str, _: Document | None = None) -> None:
        found = self._block_by_id(block)
        del self.blocks[found["block_type"]["slug"], found["name"]]

    def _blocks_of(self, slug: str, _: Document | None = None) -> list[Document]:
        """All of them, whatever limit and offset say."""
        _found(self.block_types, slug)
        return [each for (kind, _), each in sorted(self.blocks.items()) if kind == slug]

    def _some_blocks(self, body: Document) -> list[Document]:
        slugs, names = body["block_types"]["slug"]["any_"], _wanted(body.get("block_documents")).get("name")
        found = [
            each
            for (kind, name), each in sorted(self.blocks.items())
            if kind in slugs and (names is None or name in names["any_"])
        ]
        return found[body.get("offset", 0) :][: body["limit"]]


def _found(documents: Any, key: Any) -> Any:
    if key not in documents:
        raise _Refused(404)
    return documents[key]


def _wanted(filters: Document | None) -> Document:
    """Without what is not asked for."""
    return {key: value for key, value in (filters or {}).items() if value is not None and key != "operator"}


def _accepts(condition: Document | None, value: Any) -> bool:
    wanted = _wanted(condition)
    if not wanted.keys() <= {"any_", "after_"}:
        raise AssertionError(f"Prefect in memory knows no {condition}")
    return value in wanted.get("any_", [value]) and ("after_" not in wanted or value >= wanted["after_"])


def _reject(state: Document, why: str) -> Document:
    return {"state": state, "status": "REJECT", "details": {"type": "reject_details", "reason": why}}


def _abort(why: str) -> Document:
    return {"state": None, "status": "ABORT", "details": {"type": "abort_details", "reason": why}}


_ID = "([0-9a-f-]{36})"
_NAME = "([^/]+)"
_ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "/admin/version", lambda *_: prefect.__version__),
    ("GET", "/flow_run_states/", MemoryPrefect._states_of),
    ("POST", "/flows/", MemoryPrefect._flow),
    ("GET", f"/deployments/name/{_NAME}/{_NAME}", MemoryPrefect._deployment),
    ("POST", f"/deployments/{_ID}/create_flow_run", MemoryPrefect._run_of_deployment),
    ("POST", "/flow_runs/", MemoryPrefect._begin),
    ("POST", "/flow_runs/filter", MemoryPrefect._runs),
    ("POST", "/flow_runs/bulk_delete", MemoryPrefect._forget),
    ("GET", f"/flow_runs/{_ID}", MemoryPrefect._run),
    ("PATCH", f"/flow_runs/{_ID}", MemoryPrefect._change),
    ("POST", "/task_runs/", MemoryPrefect._task_run),
    ("POST", f"/flow_runs/{_ID}/set_state", MemoryPrefect._set_state),
    ("POST", f"/flow_runs/{_ID}/resume", MemoryPrefect._resume),
    ("POST", f"/flow_runs/{_ID}/input", MemoryPrefect._write_input),
    ("POST", f"/flow_runs/{_ID}/input/filter", MemoryPrefect._some_inputs),
    ("GET", f"/flow_runs/{_ID}/input/{_NAME}", MemoryPrefect._input),
    ("DELETE", f"/flow_runs/{_ID}/input/{_NAME}", MemoryPrefect._delete_input),
    ("POST", "/artifacts/", MemoryPrefect._write_artifact),
    ("POST", "/artifacts/filter", MemoryPrefect._artifacts),
    ("POST", "/artifacts/latest/filter", MemoryPrefect._latest_artifacts),
    ("POST", "/logs/", MemoryPrefect._write_logs),
    ("POST", "/logs/filter", MemoryPrefect._logs),
    ("POST", "/task_runs/filter", lambda *_: []),
    ("POST", "/events", lambda *_: None),
    ("POST", "/automations/", MemoryPrefect._new_automation),
    ("PUT", f"/automations/{_ID}", MemoryPrefect._change_automation),
    ("POST", "/automations/filter", MemoryPrefect._automations),
    ("GET", f"/block_types/slug/{_NAME}", MemoryPrefect._block_type),
    ("POST", "/block_types/", MemoryPrefect._new_block_type),
    ("PATCH", f"/block_types/{_ID}", MemoryPrefect._change_block_type),
    ("GET", f"/block_schemas/checksum/{_NAME}", MemoryPrefect._block_schema),
    ("POST", "/block_schemas/", MemoryPrefect._new_block_schema),
    ("POST", "/block_documents/", MemoryPrefect._new_block),
    ("POST", "/block_documents/filter", MemoryPrefect._some_blocks),
    ("GET", f"/block_types/slug/{_NAME}/block_documents/name/{_NAME}", MemoryPrefect._block),
    ("GET", f"/block_types/slug/{_NAME}/block_documents", MemoryPrefect._blocks_of),
    ("GET", f"/block_documents/{_ID}", MemoryPrefect._block_by_id),
    ("PATCH", f"/block_documents/{_ID}", MemoryPrefect._change_block),
    ("DELETE", f"/block_documents/{_ID}", MemoryPrefect._delete_block),
]
