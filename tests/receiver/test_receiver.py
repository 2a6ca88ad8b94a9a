"""Who is heard, what is accepted, and that it is told, once for many and until somebody hears it."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from headway.errors import BadInput
from headway.model.events import GitPushed, ImagePushed
from headway.receiver import proofs
from headway.receiver.telling import Telling
from tests.formats.hints.test_readers import DISTRIBUTION, DOCKER_HUB, GITEA_PUSH, GITHUB_PUSH, GITLAB_PUSH
from tests.receiver.hearing import BODY, NEW_SECRET, SECRET, SETTINGS, Hearing, signed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hearing(tmp_path: Path) -> Hearing:
    return Hearing(tmp_path)


def asked(
    hearing: Hearing,
    path: str,
    body: bytes = BODY,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with hearing.client() as client:
            return await client.request(method, path, content=body, headers=headers)

    return asyncio.run(ask())


def coded(payload: Any) -> bytes:
    return json.dumps(payload).encode()


PUSH = coded(GITHUB_PUSH)


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        pytest.param("/hints/ci", BODY, signed(BODY), id="signed by CI"),
        pytest.param("/hints/github", PUSH, {"X-GitHub-Event": "push", **signed(PUSH)}, id="GitHub"),
        pytest.param(
            "/hints/gitea",
            coded(GITEA_PUSH),
            {"X-Gitea-Event": "push", **signed(coded(GITEA_PUSH), name="X-Gitea-Signature")},
            id="Gitea",
        ),
        pytest.param("/hints/gitlab", coded(GITLAB_PUSH), {"X-Gitlab-Token": SECRET}, id="GitLab"),
        pytest.param(
            "/hints/registry",
            coded(DISTRIBUTION),
            {"Authorization": f"Bearer {SECRET}"},
            id="a bearer's token",
        ),
        pytest.param(
            "/hints/registry", coded(DISTRIBUTION), {"Authorization": SECRET}, id="a header as it is"
        ),
        pytest.param(f"/hints/hub/{SECRET}", coded(DOCKER_HUB), {}, id="a secret path"),
    ],
)
def test_who_is_heard(hearing: Hearing, path: str, body: bytes, headers: Mapping[str, str]) -> None:
    answer = asked(hearing, path, body, headers)
    assert (answer.status_code, answer.text[:14]) == (202, "1 thing named,")


WRONG = "another-secret-entirely"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/hints/ci", {}, id="no signature"),
        pytest.param("/hints/ci", signed(BODY, WRONG), id="another secret"),
        pytest.param("/hints/ci", signed(BODY + b" "), id="of other bytes"),
        pytest.param("/hints/ci", {"X-Hub-Signature-256": "sha256="}, id="an empty signature"),
        pytest.param("/hints/ci", {"X-Hub-Signature-256": "sha256=\xff"}, id="no hex"),
        pytest.param("/hints/ci", {"X-Hub-Signature": "sha1=0"}, id="SHA-1"),
        pytest.param(
            "/hints/ci", {"Authorization": f"Bearer {SECRET}"}, id="the secret itself, where it must sign"
        ),
        pytest.param(f"/hints/ci/{SECRET}", {}, id="the secret as a path, where it must sign"),
        pytest.param(f"/hints/ci/{SECRET}", signed(BODY), id="signed, at a path"),
        pytest.param("/hints/registry", {}, id="no token"),
        pytest.param("/hints/registry", {"Authorization": f"Bearer {WRONG}"}, id="another token"),
        pytest.param("/hints/registry", {"Authorization": f"Bearer {SECRET[:-1]}"}, id="half a token"),
        pytest.param("/hints/hub", {"Authorization": SECRET}, id="a header, where the path is the secret"),
        pytest.param(f"/hints/hub/{WRONG}", {}, id="another path"),
        pytest.param("/hints/nobody", signed(BODY), id="no such sender"),
        pytest.param(f"/hints/nobody/{SECRET}", {}, id="no such sender, with a path"),
    ],
)
def test_whoever_proves_nothing_learns_nothing(hearing: Hearing, path: str, headers: dict[str, str]) -> None:
    raw = {key: value.encode("latin-1") for key, value in headers.items()}
    answer = asked(hearing, path, BODY, raw)  # type: ignore[arg-type]
    assert (answer.status_code, answer.text) == (401, "No sender of hints is known by that.\n")
    assert hearing.looks == []


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        pytest.param("POST", "/hints/ci", b"no json", 400, id="no JSON"),
        pytest.param("POST", "/hints/ci", b"[1]", 400, id="no object"),
        pytest.param("POST", "/hints/ci", b'{"a":' * 500 + b"1" + b"}" * 500, 400, id="nested without end"),
        pytest.param("POST", "/hints/ci", b'{"a": "\\ud800"}', 400, id="half a character"),
        pytest.param("POST", "/hints/ci", b" " * (2**20 + 1), 413, id="too long"),
        pytest.param(
            "POST", "/hints/ci", b'{"image": {"a": [1]}, "git": 7, "branch": null}', 202, id="other types"
        ),
        pytest.param("GET", "/hints/ci", b"", 405, id="another method"),
        pytest.param("POST", "/hints", b"", 404, id="no sender"),
        pytest.param("POST", "/hints/ci/a/b", b"", 404, id="another path"),
        pytest.param("POST", f"/hints/hub/{SECRET}/", b"", 404, id="a secret path and a slash"),
        pytest.param("POST", "/hints/%00", b"", 401, id="an odd sender"),
    ],
)
def test_what_is_wrong_is_the_senders_trouble(
    hearing: Hearing, method: str, path: str, body: bytes, code: int
) -> None:
    assert asked(hearing, path, body, signed(body), method).status_code == code
    assert hearing.looks == []


async def drip(parts: int) -> AsyncIterator[bytes]:
    for _ in range(parts):
        yield b" " * 2**16


def test_a_body_without_a_length_is_read_no_further_than_its_limit(hearing: Hearing) -> None:
    async def ask() -> int:
        async with hearing.client() as client:
            return (await client.post("/hints/ci", content=drip(1000))).status_code

    assert asyncio.run(ask()) == 413


def test_a_sender_of_too_many_is_told_to_wait(tmp_path: Path) -> None:
    hearing = Hearing(tmp_path, f"burst: 5\nrate: 1\n{SETTINGS}")

    async def ask() -> list[int]:
        async with hearing.client() as client:
            asked = [client.post("/hints/ci", content=BODY, headers=signed(BODY)) for _ in range(9)]
            forged = [client.post("/hints/shop-only", content=BODY) for _ in range(9)]
            codes = [(await each).status_code for each in [*forged, *asked]]
            other = await client.post("/hints/shop-only", content=BODY, headers=signed(BODY))
            return [*codes[9:], other.status_code]

    assert asyncio.run(ask()) == [202] * 5 + [429] * 4 + [202], "forged ones use up nobody's share"


def test_a_new_secret_holds_beside_the_old_one_and_then_alone(hearing: Hearing) -> None:
    async def ask() -> list[tuple[int, int]]:
        codes = []
        async with hearing.client() as client:
            for secrets in (f"{SECRET}\n", f"# old\n{SECRET}\n\n{NEW_SECRET}\n", f"{NEW_SECRET}\n"):
                hearing.write("ci.secrets", secrets)
                old, new = [
                    (await client.post("/hints/ci", content=BODY, headers=signed(BODY, each))).status_code
                    for each in (SECRET, NEW_SECRET)
                ]
                codes.append((old, new))
            hearing.write("ci.secrets", "short\n")
            codes.append(
                ((await client.post("/hints/ci", content=BODY, headers=signed(BODY))).status_code, 0)
            )
        return codes

    assert asyncio.run(ask()) == [(202, 401), (202, 202), (401, 202), (503, 0)]


def test_settings_are_read_again_and_damaged_ones_are_not(
    hearing: Hearing, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> list[str]:
        said = []
        async with hearing.client() as client:
            for text in (SETTINGS.replace("registry.example.com/shop", "r/shop"), "senders: [", SETTINGS):
                hearing.write("receiver.yaml", text)
                for _ in range(2):
                    answer = await client.post("/hints/shop-only", content=BODY, headers=signed(BODY))
                said.append(answer.text)
        return said

    with caplog.at_level(logging.ERROR, "headway.receiver"):
        first, damaged, last = asyncio.run(ask())
    assert "1 thing named, a look for 0 applications: none that this sender speaks for has it." in first
    assert damaged == first
    assert "for 1 application." in last
    assert [record.message for record in caplog.records if "receiver.yaml" in record.message][1:] == []


def test_what_is_nobodys_is_dropped_and_a_sender_speaks_for_its_own_alone(hearing: Hearing) -> None:
    async def ask() -> list[str]:
        async with hearing.client() as client:
            other = coded({"image": "elsewhere.example.com/shop/cart:1"})
            await client.post("/hints/ci", content=other, headers=signed(other))
            await client.post("/hints/shop-only", content=BODY, headers=signed(BODY))
            await hearing.looks_once(1)
            await client.post("/hints/ci", content=BODY, headers=signed(BODY))
            return await hearing.looks_once(3)

    assert asyncio.run(ask()) == ["shop", "shop", "tea"]


@pytest.mark.story
def test_a_burst_of_a_thousand_is_one_look_an_application(tmp_path: Path) -> None:
    hearing = Hearing(tmp_path, SETTINGS.replace("quiet: 0s", "quiet: 1s"))

    async def ask() -> tuple[set[int], list[str]]:
        async with hearing.client() as client:
            bodies = [coded({"image": f"registry.example.com/shop/cart:{number}"}) for number in range(1000)]
            answers = [await client.post("/hints/ci", content=each, headers=signed(each)) for each in bodies]
            return {each.status_code for each in answers}, await hearing.looks_once(2)

    assert asyncio.run(ask()) == ({202}, ["shop", "tea"])
    (events,) = hearing.told
    assert events[0] == ImagePushed("shop", "registry.example.com/shop/cart", "0")


def test_it_is_told_until_somebody_hears_it(hearing: Hearing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.receiver.telling.FIRST_PAUSE", 0.01)
    hearing.away = 3

    async def ask() -> list[str]:
        async with hearing.client() as client:
            await client.post(
                "/hints/github", content=PUSH, headers={"X-GitHub-Event": "push", **signed(PUSH)}
            )
            looks = await hearing.looks_once(1)
            await asyncio.sleep(0.02)
            return looks

    assert asyncio.run(ask()) == ["shop"]
    assert hearing.told == [[GitPushed("shop", "https://github.com/shop/cart.git", "feature/tea")]]
    assert [each.name for each in (hearing.folder / "kept").iterdir()] == [".lock"]


def test_what_was_accepted_outlives_the_process_and_damage_does_not_stop_it(hearing: Hearing) -> None:
    hearing.away = 10**6
    assert asked(hearing, "/hints/shop-only", BODY, signed(BODY)).status_code == 202
    (hearing.folder / "kept" / "damaged.json").write_text('{"event": 7')
    (hearing.folder / "kept" / "odd.json").write_text('{"event": "headway.release.tested", "payload": {}}')
    hearing.away = 0

    async def again() -> list[str]:
        async with hearing.client():
            return await hearing.looks_once(1)

    assert asyncio.run(again()) == ["shop"]


def test_a_disk_that_fails_does_not_end_the_telling(
    hearing: Hearing, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> list[str]:
        async with hearing.client() as client:
            (hearing.folder / "kept" / "shop.json" / "x").mkdir(parents=True)
            for count in (1, 2):
                await client.post("/hints/shop-only", content=BODY, headers=signed(BODY))
                await hearing.looks_once(count)
            return hearing.looks

    assert asyncio.run(ask()) == ["shop", "shop"]
    assert "shop is told, and kept all the same" in caplog.text


def test_nothing_ends_the_telling_unheard(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wait, failures = Telling._wait, [RuntimeError("once"), RuntimeError("twice")]

    async def waits(telling: Telling) -> None:
        if failures:
            raise failures.pop()
        await wait(telling)

    monkeypatch.setattr(Telling, "_wait", waits)
    monkeypatch.setattr("headway.receiver.telling.FIRST_PAUSE", 0.01)

    async def ask() -> list[str]:
        async with hearing.client() as client:
            await client.post("/hints/shop-only", content=BODY, headers=signed(BODY))
            return await hearing.looks_once(1)

    assert asyncio.run(ask()) == ["shop"]
    assert "RuntimeError: twice" in caplog.text


def test_two_receivers_do_not_share_what_they_keep(hearing: Hearing) -> None:
    async def ask() -> None:
        async with hearing.client():
            with pytest.raises(BadInput, match="another receiver keeps its hints there"):
                hearing.served()
        async with hearing.client():
            """The first one has ended."""

    asyncio.run(ask())


def test_the_time_says_neither_who_signs_nor_with_how_many_secrets(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing.write("receiver.yaml", hearing.settings.replace("github, secrets: ci", "github, secrets: two"))
    hearing.write("two.secrets", f"{SECRET}\n{NEW_SECRET}\n")
    lengths: list[int] = []
    new = proofs.hmac.new

    def counted(key: bytes, body: bytes, digest: Any) -> Any:
        lengths.append(len(body))
        return new(key, body, digest)

    async def ask() -> dict[str, int]:
        counts = {}
        async with hearing.client() as client:
            for path in ("ci", "github", "nobody", "registry", f"hub/{WRONG}", "ci/x"):
                lengths.clear()
                code = (await client.post(f"/hints/{path}", content=BODY)).status_code
                assert (code, set(lengths)) == (401, {len(BODY)})
                counts[path] = len(lengths)
        return counts

    with monkeypatch.context() as patched:
        patched.setattr(proofs.hmac, "new", counted)
        counts = asyncio.run(ask())
    assert set(counts.values()) == {2}, counts


def test_a_kill_loses_nothing_that_was_accepted(hearing: Hearing) -> None:
    """The whole command, on a port of its own, with a Prefect server that is not there."""
    command = [sys.executable, "-c", "from headway.cli import main; main()", "receiver", "--port", "0"]
    environment = os.environ | {
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PREFECT_HOME": str(hearing.folder),
    }
    with subprocess.Popen(
        [*command, "--config", str(hearing.folder / "receiver.yaml")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        said = process.stdout.readline()
        try:
            url = said.removeprefix("receiver: ").strip()
            answer = httpx.post(f"{url}/hints/shop-only", content=BODY, headers=signed(BODY), trust_env=False)
        finally:
            process.send_signal(signal.SIGKILL)
    assert (answer.status_code, process.returncode) == (202, -signal.SIGKILL)

    async def again() -> list[str]:
        async with hearing.client():
            return await hearing.looks_once(1)

    assert asyncio.run(again()) == ["shop"]
    assert hearing.told == [[ImagePushed("shop", "registry.example.com/shop/cart", "main-0a1b2c3")]]


def test_it_can_open_no_address() -> None:
    """What the layers say is so of the modules that are loaded: no client of git, registries, buckets or HTTP is among them."""
    probe = (
        "import sys, headway.receiver; "
        "print([m for m in sys.modules if m.split('.')[0] in ('httpx', 'requests', 'boto3', 'git', 'kubernetes', 'prefect')"
        " or m.startswith(('headway.clients', 'headway.workspace', 'blocks', 'flows'))])"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
