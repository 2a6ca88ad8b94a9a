"""Hosts that cannot answer are left alone by polls: whatever they are asked by, in whichever process, and not for long."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headway.clients import hosts
from headway.clients.chart_repository import open_repository
from headway.clients.forge import open_forge
from headway.clients.forge.protocol import Forge
from headway.clients.git import GitRepository
from headway.clients.hosts import Hosts, of_address
from headway.clients.registry import Registry
from headway.decide.hosts import leaving_alone
from headway.errors import BadInput, HeadwayError, LeftAlone, Unreachable
from headway.model.credentials import ForgeCredentials, RepositoryCredentials, S3Credentials
from tests.local_server import Answering, LocalServer


class _Answers(Answering):
    server: "Moody"

    def respond(self) -> None:
        self.server.asked += 1
        pause = {"Retry-After": self.server.retry_after} if self.server.retry_after else {}
        self.answer(self.server.status, headers=pause)


class Moody(LocalServer):
    """Answers everything with one status, and counts who asks."""

    answers = _Answers

    def __init__(self) -> None:
        super().__init__()
        self.status, self.retry_after, self.asked = 503, "", 0


@pytest.fixture
def moody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moody]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Moody().running() as server:
        yield server


def git(host: str, folder: Path) -> Callable[[], object]:
    return GitRepository(f"http://{host}/shop.git", "main", folder).head


def http_charts(host: str, _: Path) -> Callable[[], object]:
    repository = open_repository(f"http://{host}/charts")
    return lambda: repository.entries("shop")


def s3_charts(host: str, _: Path) -> Callable[[], object]:
    s3 = S3Credentials(f"http://{host}", "key", "secret")
    repository = open_repository("s3://charts", RepositoryCredentials(s3=s3))
    return lambda: repository.entries("shop")


def oci_charts(host: str, _: Path) -> Callable[[], object]:
    repository = open_repository(f"oci://{host}/charts")
    return lambda: repository.entries("shop")


def registry(host: str, _: Path) -> Callable[[], object]:
    return lambda: Registry().tags(f"{host}/shop/web")


def forge(host: str, _: Path) -> Callable[[], object]:
    opened = open_forge(f"http://{host}/shop/web.git", ForgeCredentials("token", f"http://{host}"))
    return lambda: opened.open_to("main")


CLIENTS = [git, http_charts, s3_charts, oci_charts, registry, forge]


@pytest.mark.parametrize("client", CLIENTS)
def test_polls_leave_a_host_alone_after_two_failures_and_people_ask_all_the_same(
    client: Callable[[str, Path], Callable[[], object]], moody: Moody, tmp_path: Path
) -> None:
    ask = client(moody.host, tmp_path)
    with hosts.polling():
        for _ in range(2):
            with pytest.raises(Unreachable, match="503"):
                ask()
        asked = moody.asked
        with pytest.raises(LeftAlone, match=rf"{moody.host}: it is left alone until \d\d:\d\d UTC \(503\)"):
            ask()
    assert moody.asked == asked
    with pytest.raises(Unreachable, match="503"):
        ask()
    assert moody.asked > asked
    moody.status = 404
    with suppress(BadInput):
        ask()
    answered = moody.asked
    moody.status = 503
    with hosts.polling(), pytest.raises(Unreachable, match="503"):
        ask()
    assert moody.asked > answered, "it has answered meanwhile"


@pytest.mark.parametrize("client", [http_charts, s3_charts, forge])
def test_what_a_host_asks_for_stands_for_people_as_well(
    client: Callable[[str, Path], Callable[[], object]], moody: Moody, tmp_path: Path
) -> None:
    ask = client(moody.host, tmp_path)
    moody.status, moody.retry_after = 429, "600"
    with pytest.raises(Unreachable):
        ask()
    asked = moody.asked
    with pytest.raises(
        LeftAlone, match=r"it has asked to be left alone until \d\d:\d\d UTC \(429\). It is asked again then"
    ) as left:
        ask()
    assert moody.asked == asked
    # What it says is what somebody does who must ask at once.
    file = str(left.value).partition("deletes ")[2].partition(" on ")[0]
    Path(file).expanduser().unlink()
    with pytest.raises(Unreachable, match="429"):
        ask()
    assert moody.asked > asked


@pytest.mark.parametrize("client", [http_charts, s3_charts, registry])
def test_a_host_that_is_out_of_order_holds_up_people_for_a_moment(
    client: Callable[[str, Path], Callable[[], object]],
    moody: Moody,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from headway.clients.registry import access, budget

    ask = client(moody.host, tmp_path)
    moody.status, moody.retry_after = 503, "600"
    with pytest.raises(Unreachable):
        ask()
    asked = moody.asked
    # What this process knows lies by monotonic time; a command is a process of its own.
    monkeypatch.setattr(access, "OF_THIS_PROCESS", budget.Budgets())
    monkeypatch.setattr(leaving_alone, "MOMENT", timedelta())
    ask = client(moody.host, tmp_path)
    with hosts.polling(), pytest.raises(Unreachable, match="left alone"):
        ask()
    assert moody.asked == asked
    with pytest.raises(Unreachable):
        ask()
    assert moody.asked > asked


def test_what_was_left_by_whoever_was_killed_is_swept(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old = now.timestamp() - 7200
    for name in (".new-killed", "forgotten", ".new-of-now"):
        (tmp_path / name).write_text("{}")
        if name != ".new-of-now":
            os.utime(tmp_path / name, (old, old))
    Hosts(tmp_path).heard("a.example.com", Unreachable("gone", status=503), began=now)
    left = {each.name for each in tmp_path.iterdir()}
    assert len(left) == 2
    assert ".new-of-now" in left, "somebody may be writing it"


def test_a_forge_that_one_token_has_asked_too_often_answers_others(moody: Moody) -> None:
    def opened(token: str) -> Forge:
        return open_forge(
            f"http://{moody.host}/shop/web.git", ForgeCredentials(token, f"http://{moody.host}")
        )

    moody.status, moody.retry_after = 429, "600"
    with pytest.raises(Unreachable, match="429"):
        opened("one").open_to("main")
    with pytest.raises(LeftAlone):
        opened("one").open_to("main")
    asked = moody.asked
    with pytest.raises(Unreachable, match="429"):
        opened("another").open_to("main")
    assert moody.asked > asked


def test_buckets_of_amazon_are_hosts_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "OF_THIS_MACHINE", Hosts(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for _ in range(2):
        hosts.OF_THIS_MACHINE.heard(
            "one.s3.us-east-1.amazonaws.com", Unreachable("slow down", status=503), began=datetime.now(UTC)
        )

    def answered(*_: object, **__: object) -> None:
        raise BadInput("it was asked")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", answered)
    s3 = RepositoryCredentials(s3=S3Credentials(None, "key", "secret"))
    with hosts.polling():
        with pytest.raises(LeftAlone):
            open_repository("s3://one", s3).entries("shop")
        with pytest.raises(BadInput, match="it was asked"):
            open_repository("s3://another", s3).entries("shop")


def test_a_file_bars_a_host_for_no_longer_than_anything_does(tmp_path: Path) -> None:
    known, now = Hosts(tmp_path), datetime.now(UTC)
    known.heard("a.example.com", Unreachable("gone", status=503, retry_after=600), began=now)
    file, an_hour_ago = next(tmp_path.iterdir()), now.timestamp() - 3600
    file.write_text(json.dumps(json.loads(file.read_text()) | {"at": an_hour_ago, "until": 9e9}))
    known.require("a.example.com")


def test_a_registry_that_asked_another_process_for_a_pause_is_left_alone(moody: Moody) -> None:
    moody.status, moody.retry_after = 429, "600"
    with pytest.raises(Unreachable, match="asks to be left alone for 600 s"):
        registry(moody.host, Path())()
    hosts_file = next((Path.home() / ".cache" / "headway" / "hosts").iterdir())
    assert "secret" not in hosts_file.read_text()
    asked = moody.asked
    # What this process knows lies by monotonic time; another one would know the file alone.
    from headway.clients.registry import access, budget

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "OF_THIS_PROCESS", budget.Budgets())
        with pytest.raises(Unreachable, match=r"asks to be left alone for (600|599) s more"):
            registry(moody.host, Path())()
    assert moody.asked == asked


def test_nobody_there_is_trouble_of_the_host(tmp_path: Path, moody: Moody) -> None:
    moody.server_close()
    for client in (git, http_charts):
        with hosts.polling(), pytest.raises(Unreachable, match="does not answer"):
            client(moody.host, tmp_path)()
    with hosts.polling(), pytest.raises(LeftAlone, match="it did not answer"):
        git(moody.host, tmp_path)()


def test_one_host_says_nothing_of_another(tmp_path: Path) -> None:
    known = Hosts(tmp_path)
    now = datetime.now(UTC)
    for _ in range(2):
        known.heard("a.example.com", Unreachable("gone", status=503), began=datetime.now(UTC))
    with hosts.polling():
        assert known.require("b.example.com") >= now
        assert known.require("") >= now
        assert Hosts(tmp_path / "elsewhere").require("a.example.com") >= now
        with pytest.raises(LeftAlone):
            Hosts(tmp_path).require("a.example.com")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Unreachable("another process holds the mirror"), id="not of the host"),
        pytest.param(Unreachable("one repository is broken", status=500), id="of one repository"),
    ],
)
def test_other_trouble_leaves_nobody_alone(error: HeadwayError, tmp_path: Path) -> None:
    known = Hosts(tmp_path)
    for _ in range(5):
        known.heard("a.example.com", error, began=datetime.now(UTC))
    with hosts.polling():
        known.require("a.example.com")


@pytest.mark.parametrize("what", [None, BadInput("there is no such repository")])
def test_any_answer_ends_it(what: HeadwayError | None, tmp_path: Path) -> None:
    known = Hosts(tmp_path)
    for _ in range(2):
        known.heard("a.example.com", Unreachable("gone", status=503), began=datetime.now(UTC))
    known.heard("a.example.com", what, began=datetime.now(UTC))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"times": "x"}',
        '{"times":2,"status":503,"at":1e999,"until":1,"asked":true}',
        "[" * 4096,
    ],
)
def test_a_file_that_cannot_be_read_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    known = Hosts(tmp_path)
    known.heard("a.example.com", Unreachable("gone", status=503), began=datetime.now(UTC))
    next(tmp_path.iterdir()).write_text(text)
    with hosts.polling():
        known.require("a.example.com")


def test_a_folder_that_cannot_be_written_holds_up_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    known = Hosts(tmp_path / "file")
    known.heard("a.example.com", Unreachable("gone", status=503), began=datetime.now(UTC))
    known.require("a.example.com")


def test_many_that_fail_at_once_are_one_failure(tmp_path: Path) -> None:
    known, began = Hosts(tmp_path), datetime.now(UTC)
    for _ in range(8):
        known.heard("a.example.com", Unreachable("gone", status=0), began=began)
    with hosts.polling():
        known.require("a.example.com")


def test_it_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving_alone, "FIRST", timedelta())
    known = Hosts(tmp_path)
    for _ in range(2):
        known.heard("a.example.com", Unreachable("gone", status=503), began=datetime.now(UTC))
    with hosts.polling():
        known.require("a.example.com")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://git.example.com/shop.git", "git.example.com"),
        ("https://ada@Git.Example.com:8443/shop.git", "git.example.com:8443"),
        ("https://git.example.com:443/shop.git", "git.example.com"),
        ("http://git.example.com/shop.git", "git.example.com:80"),
        ("git@git.example.com:shop/web.git", "git.example.com:22"),
        ("ssh://git@git.example.com/shop.git", "git.example.com:22"),
        ("ssh://git@git.example.com:2222/shop.git", "git.example.com:2222"),
        ("file:///srv/shop.git", ""),
        ("/srv/shop.git", ""),
        ("http://[::1/shop", ""),
        ("https://[::1]/shop", "[::1]"),
        ("https://git.example.com:x/shop", ""),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert of_address(address) == host
