"""A secret is found nowhere that a delivery writes to, however it ends: in success, failure, SIGTERM and SIGKILL."""

import base64
import gzip
import json
import signal
import time
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from prefect.settings import get_current_settings

from sandbox import places
from sandbox.seed import Change, append, change_configuration, replace
from tests.faults.canary import Canary, shared_and_temporary, values_of
from tests.faults.processes import begun_release, killed_release
from tests.faults.troubled_shop import ENVIRONMENT, TroubledShop

TELLS_ALL = Change(
    "Say with what it begins, and end",
    (
        replace("main.go", '	if key == "" {\n', '	tell(key)\n	if key != "" {\n'),
        append(
            "main.go",
            """
func tell(key string) {
	log.Printf("it begins with %s, %q, %x, %s, %s", key, key, key, url.QueryEscape(key), strings.ToUpper(key))
	once := base64.StdEncoding.EncodeToString([]byte(key))
	log.Printf("or with %s, %s", once, base64.StdEncoding.EncodeToString([]byte(once)))
}
""",
        ),
        replace("main.go", '\t"encoding/json"\n', '\t"encoding/base64"\n\t"encoding/json"\n'),
        replace(
            "main.go",
            '\t"net/http"\n\t"os"\n\t"strconv"\n',
            '\t"net/http"\n\t"net/url"\n\t"os"\n\t"strconv"\n\t"strings"\n',
        ),
    ),
)
TELLS_NOTHING = Change(
    "Say nothing", (replace("main.go", '	tell(key)\n	if key != "" {\n', '	if key == "" {\n'),)
)

CANARY = Canary()


@pytest.mark.cluster
@pytest.mark.rare
@pytest.mark.timeout(900)
def test_a_secret_stays_where_it_belongs(delivered_shop: TroubledShop) -> None:
    """All endings one after the other; the log of a container that tells its secret is part of the evidence."""
    troubled, layout, canary, since = delivered_shop, delivered_shop.shop.layout, Canary(), time.time() - 1
    change_configuration(layout, ENVIRONMENT, greeting="Good morning", session_key=canary.value)
    with canary.in_processes() as shown:
        troubled.deliver()
        troubled.look_until("Released")

        troubled.push("cart", TELLS_ALL)
        guilty = troubled.deliver()
        troubled.look_until("Rolled back")
        assert guilty in troubled.rejected

        for number in (signal.SIGTERM, signal.SIGKILL):
            troubled.push("cart", TELLS_NOTHING if number == signal.SIGTERM else troubled.note())
            version, begun = troubled.deliver(), troubled.revision + 1
            reached = partial(troubled.wait_for_revision, begun)
            killed_release(troubled.shop.name, ENVIRONMENT, reached, 60, number)
            # What a killed process leaves in memory the next one takes away.
            begun_release(troubled.shop.name, ENVIRONMENT).wait(120)
            troubled.look_until("Released", "In sync", by="Ada")
            assert troubled.runs(version)

    url = get_current_settings().server.database.connection_url
    assert url
    database = Path(url.get_secret_value().partition("///")[2])
    assert any(b"it begins with" in data for _, data in values_of(database)), (
        "evidence holds what the container said"
    )
    found = [
        *shown,
        *canary.in_database(database),
        *(each for folder in shared_and_temporary() for each in canary.in_folder(folder, since)),
        *canary.in_folder(Path.home() / ".cache" / "headway", since),
        *canary.in_folder(places.STATE / "logs", since),
        *canary.in_buckets(layout),
        *canary.in_git(layout),
        *(["the record"] if canary.is_in(json.dumps(troubled.record).encode()) else []),
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(CANARY.value.encode(), id="as it is"),
        pytest.param(CANARY.value.upper().encode(), id="upper case"),
        pytest.param(quote(CANARY.value).encode(), id="in a URL"),
        pytest.param(json.dumps({"key": CANARY.value}).encode(), id="in JSON"),
        pytest.param(f"key: {CANARY.value}".encode().hex().encode(), id="hex"),
        pytest.param(base64.b64encode(CANARY.value.encode()), id="base64"),
        pytest.param(base64.b64encode(f"a{CANARY.value}".encode()), id="base64, behind one more byte"),
        pytest.param(base64.b64encode(f"ab{CANARY.value}".encode()), id="base64, behind two"),
        pytest.param(base64.b64encode(base64.b64encode(CANARY.value.encode())), id="base64 twice"),
        pytest.param(gzip.compress(CANARY.value.encode()), id="compressed"),
        pytest.param(base64.b64encode(f"{b'ab'}{CANARY.value}".encode()), id="base64 of its repr"),
    ],
)
def test_the_search_would_find_it(spelt: bytes, tmp_path: Path) -> None:
    (tmp_path / "left").write_bytes(b"before " + spelt + b" after" if spelt[:2] != b"\x1f\x8b" else spelt)
    assert list(CANARY.in_folder(tmp_path, 0)) == [str(tmp_path / "left")]
