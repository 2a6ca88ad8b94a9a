"""Messages of Amazon SNS over HTTP, and whether the topic's own service signed them
(https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).

A message names the address of the certificate that it is signed by. That is not opened: what is asked for is a file of the
topic's own region, of which the message says no more than the identifier.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from headway.formats import json_limits

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
_OF_SUBSCRIPTIONS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: _OF_SUBSCRIPTIONS,
    "UnsubscribeConfirmation": _OF_SUBSCRIPTIONS,
}
TOPIC = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:[A-Za-z0-9_-]{1,256}\Z",
    re.ASCII,
)
_CERTIFICATE = re.compile(
    r"https://[^/?#]+/(?P<file>SimpleNotificationService-[0-9a-f]{32}\.pem)\Z", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SnsMessage:
    type: str
    topic: str
    message: str
    """What somebody published, or a sentence for people."""
    token: str
    """Of a confirmation: what `aws sns confirm-subscription` wants."""
    signed: bytes
    signature: bytes
    certificate: str
    """The address of what signed it, of our making; empty where the message names none that could be."""


def read(body: bytes, topic: str) -> SnsMessage:
    """Of a topic. Raises ValueError for what is no message of it, signed by version 2 (SHA-256)."""
    said = json_limits.load(body)
    if not isinstance(said, dict) or not isinstance(kind := said.get("Type"), str) or kind not in _SIGNED:
        raise ValueError("it is no message of SNS")
    if said.get("TopicArn") != topic:
        raise ValueError("it is another topic's")
    if said.get("SignatureVersion") != "2":
        raise ValueError("it is signed by another version than 2: set SignatureVersion of the topic")
    try:
        signature = base64.b64decode(_text(said, "Signature"), validate=True)
    except binascii.Error as error:
        raise ValueError("its signature is no base64") from error
    signed = "".join(f"{key}\n{_text(said, key)}\n" for key in _SIGNED[kind] if key in said)
    return SnsMessage(
        kind,
        topic,
        _text(said, "Message"),
        _text(said, "Token") if kind != NOTIFICATION else "",
        signed.encode(),
        signature,
        certificate_address(_text(said, "SigningCertURL"), topic),
    )


def published(text: str) -> str:
    """What stands within a message of SNS that somebody trusted hands on, such as a queue; `text` itself where it is none."""
    try:
        said = json_limits.load(text)
    except ValueError:
        return text
    inner = said.get("Message") if isinstance(said, dict) and said.get("Type") == NOTIFICATION else None
    return inner if isinstance(inner, str) else text


def certificate_address(url: str, topic: str) -> str:
    """In the region of the topic, of the file that `url` names. Empty where it names none."""
    found, arn = _CERTIFICATE.match(url), TOPIC.match(topic)
    if not found or not arn:
        return ""
    end = ".cn" if arn["partition"] == "aws-cn" else ""
    return f"https://sns.{arn['region']}.amazonaws.com{end}/{found['file']}"


def is_signed(message: SnsMessage, pem: bytes, now: datetime) -> bool:
    """By the key of a certificate that is valid now."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except ValueError:
        return False
    valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    if not valid or not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(message.signature, message.signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")  # noqa: TRY004 - it is what somebody wrote, like the rest
    return value
