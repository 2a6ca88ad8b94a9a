"""Messages of Amazon SNS: signed by the topic's own service, whose certificate is asked for where we say, and nowhere else."""

import asyncio
import base64
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from headway.errors import BadInput, Unreachable
from headway.formats.hints import sns
from headway.model.events import ChartsChanged, ImagePushed
from headway.receiver import Live, app
from headway.receiver.certificates import FETCHES, SECONDS_OF_A_FAILURE, Certificates
from headway.receiver.settings import parsed
from tests.formats.hints.test_readers import ECR, s3
from tests.receiver.hearing import Hearing

TOPIC = "arn:aws:sns:eu-central-1:123456789012:charts"
FILE = "SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
HERE = f"https://sns.eu-central-1.amazonaws.com/{FILE}"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SETTINGS = f"""\
quiet: 0s
senders:
  charts: {{kind: s3, by: sns, topic: "{TOPIC}"}}
  images: {{kind: ecr, by: sns, topic: "{TOPIC}"}}
applications:
  shop: {{charts: ["s3://shop-charts"], images: [123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop]}}
"""


@cache
def key(name: str = "theirs") -> rsa.RSAPrivateKey:  # noqa: ARG001
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def pem(begins: datetime = NOW - timedelta(days=1), whose: str = "theirs") -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key(whose).public_key())
    made = made.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=365))
    return made.sign(key(whose), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def message(whose: str = "theirs", kind: str = "Notification", **changed: Any) -> dict[str, Any]:
    said = {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": json.dumps(s3("ObjectCreated:Put", "index.yaml")),
        "Timestamp": "2026-11-27T12:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": HERE,
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
        **changed,
    }
    keys = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    signed = "".join(f"{each}\n{said[each]}\n" for each in keys if each in said)
    signature = key(whose).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {"Signature": base64.b64encode(signature).decode(), **said}


def posted(
    folder: Path, said: Mapping[str, Any] | bytes, sender: str = "charts", **fetched: bytes | None
) -> tuple[int, Hearing, list[str]]:
    """The code of the answer, who was told, and which addresses were opened."""
    hearing, opened = Hearing(folder, SETTINGS), []

    def fetch(address: str) -> bytes:
        opened.append(address)
        if address == HERE and (found := fetched.get("pem", pem())) is not None:
            return found
        raise Unreachable("there is nothing", where=address)

    async def ask() -> int:
        served: Any = app(Live(folder / "receiver.yaml"), hearing.send, fetch, now=lambda: NOW)
        async with served.router.lifespan_context(served):
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(served), base_url="http://hints"
            ) as client:
                body = said if isinstance(said, bytes) else json.dumps(said).encode()
                answer = await client.post(f"/hints/{sender}", content=body)
            if answer.status_code == 202 and said and b"Confirmation" not in body:
                await hearing.looks_once(1)
            return answer.status_code

    return asyncio.run(ask()), hearing, opened


def test_a_notification_is_heard(tmp_path: Path) -> None:
    code, hearing, opened = posted(tmp_path, message(Subject="Amazon S3 Notification"))
    assert (code, opened) == (202, [HERE])
    assert hearing.told == [[ChartsChanged("shop", "s3://shop-charts/index.yaml")]]


def test_an_event_of_eventbridge_by_sns_is_heard(tmp_path: Path) -> None:
    _, hearing, _ = posted(tmp_path, message(Message=json.dumps(ECR)), "images")
    repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/cart"
    assert hearing.told == [[ImagePushed("shop", repository, "main-0a1b2c3")]]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(message("somebody else's"), id="another key"),
        pytest.param(message() | {"Message": "{}"}, id="another text"),
        pytest.param(message() | {"Subject": "added"}, id="a key more"),
        pytest.param(message(TopicArn=TOPIC + "2"), id="another topic"),
        pytest.param(message(SignatureVersion="1"), id="SHA-1"),
        pytest.param(message(Signature="no base64!"), id="no signature"),
        pytest.param(message(Signature=7), id="another type"),
        pytest.param(message(Message={"a": 1}), id="a message that is no text"),
        pytest.param(message(SigningCertURL="https://evil.example.com/mine.pem"), id="no such certificate"),
        pytest.param(message(SigningCertURL=HERE.replace(FILE, f"../{FILE}")), id="a path that leads out"),
        pytest.param(message(SigningCertURL="file:///etc/passwd"), id="a file"),
        pytest.param(message(SigningCertURL=HERE.replace(FILE[-12:], ".pem")), id="a name that SNS has not"),
        pytest.param(b"no json", id="no JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(json.dumps(s3("ObjectCreated:Put")).encode(), id="not wrapped"),
    ],
)
def test_what_is_not_the_topics_is_not_heard(said: Any, tmp_path: Path) -> None:
    code, hearing, opened = posted(tmp_path, said)
    assert (code, hearing.told) == (401, [])
    assert set(opened) <= {HERE}


@pytest.mark.parametrize(
    "certificate",
    [
        pytest.param(pem(NOW + timedelta(days=1)), id="not yet valid"),
        pytest.param(pem(NOW - timedelta(days=366)), id="no longer valid"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n", id="none"),
        pytest.param(b"", id="empty"),
    ],
)
def test_certificates_that_are_not_valid(certificate: bytes, tmp_path: Path) -> None:
    assert posted(tmp_path, message(), pem=certificate)[0] == 401


def test_the_host_of_a_message_is_never_asked(tmp_path: Path) -> None:
    """It is signed all the same, and so heard: the file is looked for where the topic is."""
    code, _, opened = posted(tmp_path, message(SigningCertURL=f"https://evil.example.com/{FILE}"))
    assert (code, opened) == (202, [HERE])


def test_a_person_confirms_a_subscription_and_no_address_of_it_is_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = message(
        kind="SubscriptionConfirmation", Token="2336; rm", SubscribeURL="https://evil.example.com/"
    )
    with caplog.at_level(logging.WARNING, "headway.receiver"):
        code, hearing, opened = posted(tmp_path, said)
    assert (code, hearing.told, opened) == (202, [], [HERE])
    assert f"aws sns confirm-subscription --topic-arn {TOPIC} --token '2336; rm'" in caplog.text


@pytest.mark.parametrize(
    ("topic", "address"),
    [
        (TOPIC, HERE),
        ("arn:aws-cn:sns:cn-north-1:123456789012:charts", f"https://sns.cn-north-1.amazonaws.com.cn/{FILE}"),
        ("arn:aws:sns:evil.example.com/:123456789012:charts", ""),
    ],
)
def test_where_a_certificate_is_asked_for(topic: str, address: str) -> None:
    assert sns.certificate_address(f"https://anything.example.com/{FILE}", topic) == address


def test_not_many_certificates_are_asked_for() -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return pem()

    async def ask() -> list[bytes | None]:
        certificates = Certificates(fetch, lambda: 0.0)
        addresses = [f"https://sns/{number}" for number in range(50)]
        found = [await certificates.of(each) for each in addresses]
        return [*found, await certificates.of(addresses[FETCHES - 1])]

    found = asyncio.run(ask())
    assert len(asked) == FETCHES
    assert found[FETCHES:] == [None] * (50 - FETCHES) + [pem()], "the last one is known already"


def test_many_messages_at_once_ask_for_their_certificate_once() -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return pem()

    async def ask() -> list[bytes | None]:
        certificates = Certificates(fetch)
        return await asyncio.gather(*(certificates.of(HERE) for _ in range(3 * FETCHES)))

    assert asyncio.run(ask()) == [pem()] * 3 * FETCHES
    assert asked == [HERE]


def test_what_is_not_there_is_not_asked_for_again_and_again() -> None:
    asked: list[str] = []
    times = [0.0]

    def fetch(address: str) -> bytes:
        asked.append(address)
        raise Unreachable("403", where=address)

    async def ask() -> list[int]:
        certificates, counts = Certificates(fetch, lambda: times[-1]), []
        for time in (0.0, 1.0, SECONDS_OF_A_FAILURE - 1, SECONDS_OF_A_FAILURE + 1):
            times.append(time)
            assert await certificates.of(HERE) is None
            counts.append(len(asked))
        return counts

    assert asyncio.run(ask()) == [1, 1, 1, 2]


def test_sns_is_to_post_again_what_cannot_be_checked_now(tmp_path: Path) -> None:
    code, hearing, opened = posted(tmp_path, message(), pem=None)
    assert (code, hearing.told, opened) == (503, [], [HERE])


@pytest.mark.parametrize(
    ("sender", "finding"),
    [
        pytest.param("{kind: s3, by: sns}", "topic: is there with by: sns", id="no topic"),
        pytest.param(
            f"{{kind: s3, topic: '{TOPIC}', secrets: s}}", "topic: is there with by: sns", id="a topic alone"
        ),
        pytest.param(
            f"{{kind: s3, by: sns, topic: '{TOPIC}', secrets: s}}",
            "with by: sns and sqs there is none",
            id="both",
        ),
        pytest.param(
            "{kind: s3, by: sns, topic: charts}", "'charts' is no topic such as arn:aws:sns", id="no ARN"
        ),
        pytest.param(
            f"{{kind: quay, by: sns, topic: '{TOPIC}'}}", "by: quay can do path, not sns", id="who sends none"
        ),
    ],
)
def test_findings(sender: str, finding: str) -> None:
    with pytest.raises(BadInput) as refused:
        parsed(f"senders:\n  x: {sender}\n", "f")
    assert finding in str(refused.value)
