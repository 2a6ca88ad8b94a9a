"""A first version that fails leaves nothing that runs: all that is asked about it tells one story, and the same way on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.lift import lift
from headway.cli import main
from headway.errors import HeadwayError
from tests.fast.conftest import KUBECONFIG, MakeShop
from tests.fast.shop import Shop

Say = Callable[..., str]
NEXT = "mend it and push"


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """0.1.0 was installed, failed, and was taken away again."""
    made = make_shop(supplied=True)
    image = f"registry.example.com/shop/cart:{made.tag()}"
    made.cluster().kubelet.services[image] = "crashes"
    made.deliver_all()
    made.time_passes("testing")
    made.deliver_all()
    assert made.rejected() == ["0.1.0"]
    assert made.history() == []
    return made


@pytest.fixture
def say(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Say:
    """What a command prints, all of it."""
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG.format(server=shop.host("testing")))
    monkeypatch.setenv("KUBECONFIG", str(file))

    def said(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main(words) == code
        return "".join(capsys.readouterr())

    return said


def test_explain_says_what_failed_and_what_to_do(say: Say) -> None:
    said = json.loads(say("explain", "shop", "testing", "-o", "json").partition("\n}")[0] + "\n}")
    assert said["why"].startswith("0.1.0 failed here and was taken out of the chart repository")
    assert (said["acts"], NEXT in said["next"]) == ("a person", True)


def test_lift_names_the_same_way_on(shop: Shop) -> None:
    for what in ("0.1.0", "9.9.9"):
        with pytest.raises(HeadwayError, match=rf"(?i)0\.1\.0 was withdrawn.* {NEXT}"):
            lift(shop.name, "testing", what, "try again")


def test_quarantine_names_the_version_too(say: Say) -> None:
    for words in ((), ("--context", "it")):
        said = say("quarantine", "shop", *words)
        assert "0.1.0" in said
        assert NEXT in said
        assert "headway lift" not in said, "it would be refused"


@pytest.mark.parametrize("by", ["version", "tag"])
def test_delivery_and_trace_know_what_failed(shop: Shop, say: Say, by: str) -> None:
    what = "0.1.0" if by == "version" else shop.tag()
    delivered = say("delivery", "shop", what)
    assert "0.1.0 failed" in delivered
    assert NEXT in delivered
    traced = say("trace", what, "-o", "wide")
    assert "shop/testing" in traced
    assert f"cart:{shop.tag()}" in traced
    assert "rolled back" in traced


def test_status_says_it_in_few_words(say: Say) -> None:
    assert "0.1.0 is barred" in say("status", "shop", "-o", "wide")
