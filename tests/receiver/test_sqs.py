"""Messages are taken from a queue of Amazon SQS, heard, and deleted: against a server that speaks its protocol."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from headway.clients.sqs import SqsQueue
from headway.errors import BadInput, Unreachable
from headway.model.events import ChartsChanged
from headway.receiver import Live, app
from headway.receiver.queues import Taking
from headway.receiver.settings import parsed
from tests.formats.hints.test_readers import s3
from tests.receiver.hearing import Hearing
from tests.receiver.test_sns import message

QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/charts"
SETTINGS = f"""\
quiet: 0s
senders:
  charts: {{kind: s3, by: sqs, queue: "{QUEUE}"}}
applications:
  shop: {{charts: ["s3://shop-charts"]}}
"""


@dataclass
class Sqs:
    """One queue, by the JSON protocol of SQS."""

    messages: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refuses: int = 0

    def answer(self, what: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(what)
        if self.refuses:
            self.refuses -= 1
            return 403, {"__type": "com.amazon.coral.service#AccessDeniedException", "message": "no"}
        assert said["QueueUrl"] == QUEUE
        if what == "ReceiveMessage":
            found = self.messages[: said["MaxNumberOfMessages"]]
            if not found:
                time.sleep(0.05)
            return 200, {
                "Messages": [{"MessageId": each, "ReceiptHandle": each, "Body": each} for each in found]
            }
        assert what == "DeleteMessageBatch"
        gone = {each["ReceiptHandle"] for each in said["Entries"]}
        self.messages = [each for each in self.messages if each not in gone]
        return 200, {"Successful": [{"Id": each["Id"]} for each in said["Entries"]], "Failed": []}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqs]:
    known = Sqs()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            code, answer = known.answer(self.headers["X-Amz-Target"].partition(".")[2], said)
            body = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{server.server_port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        yield known
        server.shutdown()


def test_what_lies_in_a_queue_is_taken_once(sqs: Sqs) -> None:
    sqs.messages = [f"message {number}" for number in range(12)]
    heard: list[str] = []
    taking = Taking("charts", SqsQueue(QUEUE), heard.append)
    for _ in range(3):
        taking.take()
    assert heard == [f"message {number}" for number in range(12)]
    assert sqs.messages == []
    assert sqs.asked == ["ReceiveMessage", "DeleteMessageBatch"] * 2 + ["ReceiveMessage"]


def test_what_is_not_heard_stays(sqs: Sqs) -> None:
    sqs.messages = ["one"]

    def deaf(_: str) -> None:
        raise Unreachable("not now")

    with pytest.raises(Unreachable):
        Taking("charts", SqsQueue(QUEUE), deaf).take()
    assert sqs.messages == ["one"]


def test_a_queue_that_refuses_is_told(sqs: Sqs) -> None:
    sqs.refuses = 1
    with pytest.raises(Unreachable, match=r"charts: receive_message: .*AccessDenied.*Which credentials"):
        SqsQueue(QUEUE).receive()


def test_a_receiver_hears_its_queue_and_nobody_may_post_in_its_place(
    sqs: Sqs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.receiver.queues.FIRST_PAUSE", 0.01)
    direct = json.dumps(s3("ObjectCreated:Put", "index.yaml"))
    sqs.messages, sqs.refuses = ["no json", direct, json.dumps(message("somebody's"))], 2
    hearing = Hearing(tmp_path, SETTINGS)

    async def ask() -> int:
        served: Any = app(Live(tmp_path / "receiver.yaml"), hearing.send, open_queue=SqsQueue)
        async with served.router.lifespan_context(served):
            transport = httpx.ASGITransport(served)
            async with httpx.AsyncClient(transport=transport, base_url="http://hints") as client:
                code = (await client.post("/hints/charts", content=direct)).status_code
            await hearing.looks_once(1)
            for _ in range(200):
                if not sqs.messages:
                    break
                await asyncio.sleep(0.01)
            return code

    assert asyncio.run(ask()) == 401
    assert hearing.told[0] == [ChartsChanged("shop", "s3://shop-charts/index.yaml")]
    assert sqs.messages == [], "what says nothing does not come again for ever"


@pytest.mark.parametrize(
    ("sender", "finding"),
    [
        pytest.param("{kind: s3, by: sqs}", "queue: is there with by: sqs", id="no queue"),
        pytest.param(
            "{kind: s3, by: sqs, queue: charts}", "'charts' is no queue such as https://sqs", id="no address"
        ),
        pytest.param(
            f"{{kind: s3, by: sqs, queue: '{QUEUE}', secrets: s}}",
            "with by: sns and sqs there is none",
            id="both",
        ),
    ],
)
def test_findings(sender: str, finding: str) -> None:
    with pytest.raises(BadInput) as refused:
        parsed(f"senders:\n  x: {sender}\n", "f")
    assert finding in str(refused.value)


def test_nothing_ends_the_taking_unheard(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("headway.receiver.queues.FIRST_PAUSE", 0.01)
    taken, failures = threading.Event(), [RuntimeError("once")]

    class Odd:
        def receive(self) -> list[Any]:
            if failures:
                raise failures.pop()
            taken.set()
            return []

        def delete(self, messages: object) -> None:
            """Nothing."""

    taking: Taking[Any] = Taking("odd", Odd(), lambda _: None)
    taking.begin()
    assert taken.wait(5)
    taking.end()
    assert "RuntimeError: once" in caplog.text
