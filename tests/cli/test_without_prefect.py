"""Where no Prefect server is named every command that needs one says so: Prefect would start one that ends with the command."""

from collections.abc import Iterator

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from headway.cli import main, prefect_api

PLACE = ("shop", "testing")
WHY = ("--reason", "r")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def started(**_: object) -> None:
        raise AssertionError("a server of its own")

    monkeypatch.setattr(prefect_api, "get_client", started)
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        yield


@pytest.mark.parametrize(
    "said",
    [
        ("add", "https://git.example.com/shop.git"),
        ("add", "--charts", "s3://c", "--chart", "shop", "--environment", "production"),
        ("blocks",),
        ("remove", "shop"),
        ("deliver", "shop"),
        ("release", *PLACE),
        ("promote", *PLACE, *WHY),
        ("roll-back", *PLACE, *WHY),
        ("freeze", *PLACE, *WHY),
        ("lift", *PLACE, "hold", *WHY),
        ("approve", *PLACE),
        ("approve", *PLACE, "--show"),
        ("reject", *PLACE, *WHY),
        ("plan", *PLACE),
        ("bar", "shop", "cart:1", *WHY),
        ("allow", "shop", "cart:1", *WHY),
        ("tests", *PLACE),
        ("evidence", *PLACE),
        ("logs", *PLACE),
        ("explain", "image", "shop", "cart"),
        ("notify", "--block", "slack-webhook/team"),
        ("hint", "image", "r.example.com/cart", "1", "--application", "shop"),
        ("worker", "start", "--pool", "headway"),
    ],
    ids=" ".join,
)
def test_it_is_refused_before_anything(said: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(said) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == (
        "",
        "PREFECT_API_URL: no Prefect server is named. Set it, or use a profile.\n",
    )
