"""A queue of Amazon SQS, by the credentials that its SDK finds: messages are taken, and stay until they are deleted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from headway.errors import Unreachable

WAIT_SECONDS = 20
"""For the first message; the longest that SQS has."""
AT_ONCE = 10
_REGION = re.compile(r"https://sqs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/", re.ASCII)


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    handle: str
    body: str


class SqsQueue:
    """`url`: as SQS names it. Its region is that of the address, else the SDK's. Calls raise Unreachable."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client: Any = None

    def receive(self) -> Sequence[QueuedMessage]:
        """Waits until there are some, and not for long."""
        said = self._asked(
            "receive_message", QueueUrl=self.url, MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=WAIT_SECONDS
        )
        return [QueuedMessage(each["ReceiptHandle"], each["Body"]) for each in said.get("Messages", [])]

    def delete(self, messages: Sequence[QueuedMessage]) -> None:
        entries = [{"Id": str(at), "ReceiptHandle": each.handle} for at, each in enumerate(messages)]
        if entries:
            self._asked("delete_message_batch", QueueUrl=self.url, Entries=entries)

    def _asked(self, what: str, **keys: Any) -> Any:
        try:
            if self._client is None:
                self._client = _client(self.url)
            return getattr(self._client, what)(**keys)
        except (BotoCoreError, ClientError) as error:
            raise Unreachable(
                f"{what}: {error}", where=self.url, next_step="Which credentials has headway receiver?"
            ) from error


def _client(url: str) -> Any:
    found = _REGION.match(url)
    return boto3.session.Session().client(
        "sqs",
        region_name=found["region"] if found else None,
        config=Config(connect_timeout=10, read_timeout=WAIT_SECONDS + 10, retries={"max_attempts": 0}),
    )
