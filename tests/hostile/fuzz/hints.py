"""Readers of hints: whatever a sender posts, it names things or it is no payload, and whose they are is found."""

import json
from typing import Any

from hypothesis import strategies as st

from headway.decide.hints import concerned
from headway.formats.hints import kinds, sns
from headway.formats.hints.payload import TEXT_LIMIT
from headway.model.hints import HintedApplication, NamedBranch, NamedCharts
from headway.receiver import settings
from tests.formats.hints import test_readers as recorded
from tests.hostile.fuzz.promise import Targets
from tests.hostile.fuzz.strategies import changed_bytes, changed_data, jsons, yamls
from tests.receiver.hearing import SETTINGS
from tests.receiver.test_sns import NOW, TOPIC, message, pem

TARGETS = Targets()
_SHOP = HintedApplication(
    images=("docker.io/shop",), git=("git@github.com:shop",), charts=("s3://shop-charts",)
)
_PAYLOADS = {
    kind: [case.values[2] for case in recorded.CASES if case.values[0] == kind] for kind in kinds.KINDS
}
_EVENTS = ("", "push", "package", "registry_package", "ping")


def _kind(kind: str) -> None:
    payloads = _PAYLOADS[kind]
    texts = jsons(payloads).map(lambda text: text.encode(errors="surrogatepass"))
    drawn = st.tuples(
        st.one_of(texts, changed_bytes([json.dumps(each).encode() for each in payloads])),
        st.sampled_from(_EVENTS),
    )

    @TARGETS.add(f"hints of {kind}", drawn)
    def check(drawn: tuple[bytes, str]) -> None:
        try:
            named = kinds.read(kind, *drawn)
        except ValueError:
            return
        for each in named:
            said = (
                each.urls
                if isinstance(each, NamedBranch)
                else [each.address if isinstance(each, NamedCharts) else each.repository]
            )
            assert all(text.isprintable() and len(text) <= 3 * TEXT_LIMIT for text in said), each
        events = concerned.events(named, {"shop": _SHOP, "other": HintedApplication()})
        assert len(events) <= 1
        for event in events:
            json.dumps(event.payload).encode()


for _each in kinds.KINDS:
    _kind(_each)


@TARGETS.add("receiver.yaml", yamls([SETTINGS]))
def _settings(text: str) -> None:
    for sender in settings.parsed(text, "receiver.yaml").senders.values():
        assert sender.way in settings.WAYS[sender.kind]


@TARGETS.add("places of git repositories", st.one_of(changed_data(list(recorded.GITEA_URLS)), st.text()))
def _place(url: Any) -> None:
    if isinstance(url, str):
        assert isinstance(concerned.git_place(url), str)


@TARGETS.add("secrets of senders", st.text())
def _secrets(text: str) -> None:
    assert settings.secrets_in(text, "ci.secrets")


@TARGETS.add(
    "messages of SNS",
    jsons([message(), message(kind="SubscriptionConfirmation", Token="2", SubscribeURL="u")]),
)
def _message(text: str) -> None:
    try:
        read = sns.read(text.encode(errors="surrogatepass"), TOPIC)
    except ValueError:
        return
    assert not read.certificate or read.certificate.startswith(
        "https://sns.eu-central-1.amazonaws.com/Simple"
    )
    if sns.is_signed(read, pem(), NOW):
        assert read.topic == TOPIC
        assert read.message == message()["Message"]


@TARGETS.add("certificates of SNS", changed_bytes([pem()]))
def _certificate(found: bytes) -> None:
    sns.is_signed(sns.read(json.dumps(message()).encode(), TOPIC), found, NOW)
