"""How often it is asked whether something is there that may be taken away."""

from typing import Any, cast

import pytest

from headway.clients.kubernetes.api import KubernetesApi
from headway.clients.kubernetes.there import There
from headway.decide.pods.needed_objects import Needed
from headway.errors import Refused, Unreachable

SETTINGS = Needed("ConfigMap", "settings")


class Api:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Any = {}

    def find(self, path: str) -> Any:
        self.asked.append(path)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_what_is_there_is_asked_about_less_and_less_often() -> None:
    api, now = Api(), [100.0]
    there = There(cast(KubernetesApi, api), "shop", lambda: now[0])
    for now[0] in (100.0, 100.1, 100.3, 100.5, 100.8, 101.0):
        assert there.has(SETTINGS)
    assert api.asked == ["/api/v1/namespaces/shop/configmaps/settings"] * 3
    assert there.has(Needed("Secret", "token"))
    assert api.asked[-1] == "/api/v1/namespaces/shop/secrets/token"


def test_what_is_taken_away_later_is_noticed_and_what_is_not_there_asked_about_each_time() -> None:
    api, now = Api(), [100.0]
    there = There(cast(KubernetesApi, api), "shop", lambda: now[0])
    assert there.has(SETTINGS)
    api.answer, now[0] = None, 101.0
    assert [there.has(SETTINGS), there.has(SETTINGS)] == [False, False]
    assert len(api.asked) == 3


def test_who_may_not_ask_cannot_tell_and_silence_is_no_answer() -> None:
    api = Api()
    there = There(cast(KubernetesApi, api), "shop")
    api.answer = Refused("it is forbidden", where="here", next_step="Grant it.")
    assert there.has(SETTINGS) is None
    api.answer = Unreachable("it does not answer", where="here", next_step="It is tried again.")
    with pytest.raises(Unreachable):
        there.has(SETTINGS)
