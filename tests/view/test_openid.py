"""Signing in at an OpenID provider: who comes back is who was sent, once, and is nobody else. Which tokens are believed at all is
tests/formats/test_id_token.py's.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from headway.errors import BadInput, Refused
from headway.view import openid, settings, tokens
from tests.openid_provider import CLIENT, ISSUER, SECRET, Claims, OpenIdServer, jwk, signed, unsigned
from tests.view.places import HERE, NOW, TOKENS, Browser, browser, csrf, looks, sign_in, signing_in, status

OIDC = f"""
  oidc:
    issuer: {ISSUER}
    client_id: {CLIENT}
    client_secret_file: secret
    scopes: [profile, groups]
    user_claim: preferred_username
    groups_claim: groups
"""
BEGIN = "/sign-in/openid?next=/releases/shop/testing"


class Stage:
    def __init__(self) -> None:
        self.now: datetime = NOW
        self.provider = OpenIdServer(lambda: self.now)


@contextmanager
def opened(folder: Path, stage: Stage) -> Iterator[Browser]:
    """A browser before a view whose people sign in at the provider."""
    (folder / "secret").write_text(f"{SECRET}\n")
    with browser(
        looks(status()),
        signing_in(folder, f"{OIDC}url: {HERE}\n"),
        folder,
        now=lambda: stage.now,
        provider=stage.provider,
    ) as view:
        yield view


def come_back(view: Browser, stage: Stage, **who: Any) -> httpx.Response:
    """Begin, sign in there as somebody with these claims, and come back."""
    return view.get(stage.provider.sends_back(view.get(BEGIN).headers["location"], **who))


def test_whoever_the_provider_names_is_signed_in_with_the_roles_of_their_groups(tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        assert (
            f'href="/sign-in/openid?next=%2F">Sign in with {urlsplit(ISSUER).netloc}'
            in view.get("/sign-in").text
        )
        answer = come_back(view, stage, preferred_username="kim", groups=["staff", "readers"])
        assert (answer.status_code, answer.headers["location"]) == (303, "/releases/shop/testing")
        page = view.get("/").text
        assert "Signed in as <strong>kim</strong>" in page
        assert "1.0.0" in page
        assert SECRET not in page
        view.post("/sign-out", data={"csrf": csrf(page)})
        assert view.get("/").status_code == 303


def test_what_the_provider_is_asked(tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        answer = view.get(BEGIN)
        asked = parse_qs(urlsplit(answer.headers["location"]).query)
        assert (asked["scope"], asked["max_age"]) == (["openid profile groups"], ["43200"])
        assert asked["redirect_uri"] == [f"{HERE}/sign-in/openid/back"]
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"} <= set(
            answer.headers["set-cookie"].split("; ")
        )
        another = parse_qs(urlsplit(view.get(BEGIN).headers["location"]).query)
        for once in ("state", "nonce", "code_challenge"):
            assert len(asked[once][0]) >= 43
            assert asked[once] != another[once]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        pytest.param({"preferred_username": "kim", "groups": []}, "", id="without groups"),
        pytest.param({"preferred_username": "kim"}, "", id="the provider says nothing of groups"),
        pytest.param({"preferred_username": "kim", "groups": ["Readers"]}, "", id="a group of another name"),
        pytest.param(
            {"preferred_username": "kim", "groups": ["ada"]}, "", id="a group that is called as a person"
        ),
        pytest.param({"preferred_username": "kim", "groups": ["readers"]}, "1.0.0", id="a group with a role"),
    ],
)
def test_what_one_sees_is_what_ones_groups_may(who: Claims, sees: str, tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        assert come_back(view, stage, **who).status_code == 303
        assert ("1.0.0" in view.get("/").text) is bool(sees)


OIDC_SETTINGS = settings.OpenIdSettings(
    issuer=ISSUER,
    client_id=CLIENT,
    client_secret_file="secret",
    user_claim="preferred_username",
    groups_claim="groups",
)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        pytest.param({}, "holds no name", id="nobody"),
        pytest.param({"preferred_username": ""}, "holds no name", id="an empty name"),
        pytest.param({"preferred_username": " kim"}, "no name of one line", id="not as it is shown"),
        pytest.param({"preferred_username": "kim\n"}, "no name of one line", id="a name with a line"),
        pytest.param(
            {"preferred_username": "ki\u202em"}, "no name of one line", id="a name that turns around"
        ),
        pytest.param({"preferred_username": ["ada"]}, "holds no name", id="a list"),
        pytest.param({"preferred_username": 7}, "holds no name", id="a number"),
        pytest.param({"preferred_username": "k" * 101}, "more than 100", id="a name that would be shortened"),
        pytest.param({"preferred_username": "group:readers"}, "take for a group", id="called as a group is"),
        pytest.param(
            {"preferred_username": "kim", "groups": "readers"}, "no list", id="groups that are no list"
        ),
        pytest.param(
            {"preferred_username": "kim", "groups": [1]}, "no name of a group", id="a group of no name"
        ),
        pytest.param(
            {"preferred_username": "kim", "groups": ["g" * 201]}, "no name of a group", id="a long one"
        ),
        pytest.param(
            {"preferred_username": "kim", "groups": ["g"] * 1001}, "no list", id="groups without end"
        ),
    ],
)
def test_claims_that_name_nobody(claims: Claims, says: str) -> None:
    with pytest.raises(Refused) as raised:
        openid.groups_of(claims, OIDC_SETTINGS), openid.name_of(claims, OIDC_SETTINGS)
    assert says in str(raised.value)


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_an_address_that_the_provider_has_not_made_sure_of_is_nobodys(verified: object) -> None:
    said = OIDC_SETTINGS.model_copy(update={"user_claim": "email"})
    claims = {"email": "ada@example.com", "email_verified": True}
    assert openid.name_of(claims, said) == "ada@example.com"
    with pytest.raises(Refused, match="has not made sure"):
        openid.name_of(claims | {"email_verified": verified}, said)


@pytest.mark.parametrize(
    ("who", "says"),
    [
        pytest.param({}, "holds no name", id="nobody"),
        pytest.param({"preferred_username": "ada"}, "with a token", id="called as the owner of a token"),
        pytest.param({"preferred_username": "kim", "nonce": "n"}, "another sign-in", id="of another sign-in"),
        pytest.param({"preferred_username": "kim", "exp": 1}, "has expired", id="a token that has expired"),
        pytest.param({"preferred_username": "kim", "auth_time": 1}, "too long ago", id="signed in years ago"),
    ],
)
def test_who_is_nobody_is_not_signed_in(who: Claims, says: str, tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        answer = come_back(view, stage, **who)
        assert (answer.status_code, says in answer.text) == (401, True)
        assert "headway_session" not in answer.headers["set-cookie"]
        assert view.get("/").status_code == 303


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda claims: unsigned({"alg": "none"}, claims), id="a token that nobody signed"),
        pytest.param(lambda claims: signed(claims, "stranger"), id="a token that a stranger signed"),
        pytest.param(lambda _: "<script>alert(1)</script>", id="no token"),
    ],
)
def test_what_the_provider_did_not_sign_signs_nobody_in(
    spoil: Callable[[Claims], str], tmp_path: Path
) -> None:
    stage = Stage()
    stage.provider.spoil = spoil
    with opened(tmp_path, stage) as view:
        answer = come_back(view, stage, preferred_username="kim")
        assert answer.status_code == 401
        assert "<script>alert" not in answer.text
        assert view.get("/").status_code == 303


def test_a_state_that_comes_twice_signs_nobody_in(tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        began = view.get(BEGIN)
        cookies = dict(view.cookies)
        back = stage.provider.sends_back(began.headers["location"], preferred_username="kim")
        assert view.get(back).status_code == 303
        view.cookies = httpx.Cookies(cookies)
        answer = view.get(back)
        assert (answer.status_code, "not begun in this browser, or is over" in answer.text) == (401, True)
        assert stage.provider.asked.count("/token") == 1


def test_a_state_of_another_browser_signs_nobody_in(tmp_path: Path) -> None:
    """Else somebody could have others act under their own name, and see what they type."""
    stage = Stage()
    with opened(tmp_path, stage) as view:
        back = stage.provider.sends_back(view.get(BEGIN).headers["location"], preferred_username="eve")
        other = Browser(view.app)
        other.get(BEGIN)
        for somebody in (other, Browser(view.app)):
            answer = somebody.get(back)
            assert (answer.status_code, "not begun in this browser" in answer.text) == (401, True)
        assert "/token" not in stage.provider.asked


def test_two_tabs_of_one_browser_both_come_back(tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        tabs = [view.get(BEGIN).headers["location"] for _ in range(2)]
        backs = [stage.provider.sends_back(each, preferred_username="kim") for each in tabs]
        assert [view.get(each).status_code for each in backs] == [303, 303]
        assert not [each for each in view.cookies.jar if "signing" in each.name], "then nothing is kept of it"


def test_whoever_does_not_come_to_an_end_keeps_nobody_from_beginning(tmp_path: Path) -> None:
    stage, go_on = Stage(), threading.Event()

    def hangs(_: httpx.Request) -> httpx.Response:
        go_on.wait(20)
        return httpx.Response(400, json={})

    with opened(tmp_path, stage) as view:
        begun = view.get(BEGIN)
        stage.provider.answers["/token"] = hangs
        asked = parse_qs(urlsplit(begun.headers["location"]).query)
        back = f"/sign-in/openid/back?{urlencode({'state': asked['state'][0], 'code': 'x', 'iss': ISSUER})}"
        key = view.cookies

        async def flood() -> tuple[int, set[int]]:
            transport = httpx.ASGITransport(view.app)
            async with httpx.AsyncClient(transport=transport, base_url=HERE, cookies=key) as client:
                waits = [asyncio.create_task(client.get(back))]
                while not any(each.endswith("/token") for each in stage.provider.asked):
                    await asyncio.sleep(0)
                other = await client.get(BEGIN)
                go_on.set()
                return other.status_code, {each.status_code for each in await asyncio.gather(*waits)}

        assert asyncio.run(flood()) == (303, {401})


@pytest.mark.parametrize(
    ("later", "signs_in"),
    [(timedelta(minutes=9), True), (timedelta(minutes=10), False)],
    ids=["in time", "too late"],
)
def test_a_sign_in_that_was_begun_does_not_wait_for_ever(
    later: timedelta, signs_in: bool, tmp_path: Path
) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        where = view.get(BEGIN).headers["location"]
        stage.now += later
        answer = view.get(stage.provider.sends_back(where, preferred_username="kim"))
        assert answer.status_code == (303 if signs_in else 401)


@pytest.mark.parametrize(
    ("answered", "says"),
    [
        pytest.param({"error": "access_denied"}, "signed nobody in", id="they changed their mind"),
        pytest.param({"error": "<b>", "error_description": "<b>x"}, "signed nobody in", id="markup"),
        pytest.param({}, "signed nobody in", id="no code"),
        pytest.param(
            {"code": "x", "iss": "https://evil.example.com"}, "another provider", id="another provider"
        ),
        pytest.param(
            {"code": "guessed"}, "answered 400 to the code (invalid_grant)", id="a code that is none"
        ),
    ],
)
def test_an_answer_that_names_nobody(answered: dict[str, str], says: str, tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        (state,) = parse_qs(urlsplit(view.get(BEGIN).headers["location"]).query)["state"]
        answer = view.get(f"{openid.BACK}?{urlencode({'state': state, **answered})}")
        assert (answer.status_code, says in answer.text) == (401, True)
        assert "<b>" not in answer.text


@pytest.mark.parametrize(
    "query", ["", "state=", "state=%ff&code=x", "code=x&code=y", "state=x&code=" + "y" * 9000]
)
def test_an_address_that_somebody_made_up_is_no_fault_of_ours(query: str, tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        view.get(BEGIN)
        assert view.get(f"{openid.BACK}?{query}").status_code == 401
        assert "/token" not in stage.provider.asked


def test_a_provider_that_says_who_it_is_must_say_it(tmp_path: Path) -> None:
    stage = Stage()
    stage.provider.description = {"authorization_response_iss_parameter_supported": True}
    with opened(tmp_path, stage) as view:
        assert come_back(view, stage, preferred_username="kim").status_code == 401
        back = stage.provider.sends_back(view.get(BEGIN).headers["location"], preferred_username="kim")
        assert view.get(f"{back}&{urlencode({'iss': ISSUER})}").status_code == 303


def test_a_session_ends_when_what_the_provider_saw_is_too_old(tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        come_back(view, stage, preferred_username="kim", auth_time=int(NOW.timestamp()) - 11 * 3600)
        stage.now += timedelta(minutes=20)
        assert view.get("/").status_code == 200
        stage.now += timedelta(minutes=20)
        assert view.get("/").status_code == 200
        stage.now += timedelta(minutes=20)
        assert view.get("/").status_code == 303


def test_a_token_that_gets_the_name_of_somebody_who_is_signed_in_ends_their_session(tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        come_back(view, stage, preferred_username="kim")
        assert view.get("/").status_code == 200
        (tmp_path / "tokens.yaml").write_text(f"kim: {tokens.digest_of(TOKENS['ada'])}\n")
        assert view.get("/").status_code == 303


def test_tokens_go_on_beside_it(tmp_path: Path) -> None:
    with opened(tmp_path, Stage()) as view:
        sign_in(view, "ada")
        assert "<strong>ada</strong>" in view.get("/").text


def test_a_provider_changes_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    monkeypatch.setattr("headway.clients.openid.elapsing", lambda: passed[0])
    stage = Stage()
    with opened(tmp_path, stage) as view:
        assert come_back(view, stage, preferred_username="kim").status_code == 303
        stage.provider.keys = [jwk("second")]
        stage.provider.spoil = lambda claims: signed(claims, "second")
        passed[0] += 61
        assert come_back(view, stage, preferred_username="kim").status_code == 303
        stage.provider.spoil = lambda claims: signed(claims, "third")
        for _ in range(3):
            assert come_back(view, stage, preferred_username="kim").status_code == 401
        assert stage.provider.asked.count("/keys") == 2


def broken(
    code: int = 200, content: bytes = b"", **headers: str
) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(code, content=content, headers=headers)


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


_DESCRIPTION, _TOKEN, _KEYS = "/.well-known/openid-configuration", "/token", "/keys"


@pytest.mark.parametrize(
    ("path", "answer", "code", "says"),
    [
        pytest.param(_DESCRIPTION, away, 503, "does not answer", id="it is away"),
        pytest.param(_DESCRIPTION, broken(502), 503, "answered 502", id="it is broken"),
        pytest.param(_DESCRIPTION, broken(404), 401, "answered 404", id="it is none"),
        pytest.param(_DESCRIPTION, broken(200, b"<html>"), 401, "is no JSON", id="it is another site"),
        pytest.param(_DESCRIPTION, broken(200, b"[]"), 401, "no JSON object", id="it is a list"),
        pytest.param(_DESCRIPTION, broken(200, b" " * 600_000), 401, "larger than", id="it has no end"),
        pytest.param(
            _DESCRIPTION,
            broken(302, Location="https://evil.example.com"),
            401,
            "leads somewhere else",
            id="it leads away",
        ),
        pytest.param(_TOKEN, away, 503, "does not answer", id="it goes away"),
        pytest.param(_TOKEN, broken(429), 503, "answered 429", id="it has enough"),
        pytest.param(
            _TOKEN, broken(401, b'{"error": "invalid_client"}'), 401, "(invalid_client)", id="wrong secret"
        ),
        pytest.param(
            _TOKEN, broken(400, b'{"error": "<b>x</b>"}'), 401, "answered 400 to the code", id="markup"
        ),
        pytest.param(_TOKEN, broken(200, b"{}"), 401, "holds no ID token", id="no token"),
        pytest.param(_TOKEN, broken(200, b'{"id_token": 7}'), 401, "holds no ID token", id="a number"),
        pytest.param(
            _TOKEN,
            broken(307, Location="https://evil.example.com"),
            401,
            "leads somewhere else",
            id="it leads the code away",
        ),
        pytest.param(_KEYS, broken(200, b"{}"), 401, "no set of at most", id="no keys"),
        pytest.param(_KEYS, away, 503, "does not answer", id="keys cannot be had"),
        pytest.param(
            _KEYS, broken(301, Location="/other"), 401, "leads somewhere else", id="keys lie elsewhere"
        ),
    ],
)
def test_whatever_a_provider_answers_somebody_is_told(
    path: str, answer: Callable[[httpx.Request], httpx.Response], code: int, says: str, tmp_path: Path
) -> None:
    stage = Stage()
    stage.provider.answers[path] = answer
    with opened(tmp_path, stage) as view:
        told = view.get(BEGIN) if path == _DESCRIPTION else come_back(view, stage, preferred_username="kim")
        assert (told.status_code, says in told.text) == (code, True), told.text
        assert "<b>" not in told.text
        assert SECRET not in told.text
        assert view.get("/").status_code == 303


def test_a_provider_that_takes_secrets_in_a_form_alone(tmp_path: Path) -> None:
    stage = Stage()
    stage.provider.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    with opened(tmp_path, stage) as view:
        assert come_back(view, stage, preferred_username="kim").status_code == 303


def test_a_provider_that_is_away_is_not_asked_by_everybody(tmp_path: Path) -> None:
    stage = Stage()
    stage.provider.answers[_DESCRIPTION] = away
    with opened(tmp_path, stage) as view:
        assert {view.get(BEGIN).status_code for _ in range(5)} == {503}
    assert len(stage.provider.asked) == 1


def test_a_secret_that_has_gone_is_no_fault_and_its_place_is_not_told(tmp_path: Path) -> None:
    stage = Stage()
    with opened(tmp_path, stage) as view:
        where = view.get(BEGIN).headers["location"]
        (tmp_path / "secret").unlink()
        told = view.get(stage.provider.sends_back(where, preferred_username="kim"))
    assert (told.status_code, str(tmp_path) in told.text) == (401, False)


def test_over_https_what_was_begun_goes_nowhere_else(tmp_path: Path) -> None:
    stage = Stage()
    (tmp_path / "secret").write_text(SECRET)
    said = signing_in(tmp_path, f"{OIDC}url: https://headway.example.com\n")
    with browser(looks(), said, tmp_path, provider=stage.provider) as view:
        cookie = view.get(BEGIN, headers={"Host": "headway.example.com"}).headers["set-cookie"]
    assert cookie.startswith("__Host-headway-signing-in=")
    assert "Secure" in cookie


def test_without_a_provider_there_is_no_such_page(tmp_path: Path) -> None:
    with browser(looks(), signing_in(tmp_path), tmp_path) as view:
        assert [view.get(path).status_code for path in (BEGIN, openid.BACK)] == [404, 404]


@pytest.mark.parametrize("secret", [None, "", " \n", "two\nlines"])
def test_a_file_that_holds_no_secret_is_said_at_once(secret: str | None, tmp_path: Path) -> None:
    said = signing_in(tmp_path, f"{OIDC}url: {HERE}\n")
    if secret is not None:
        (tmp_path / "secret").write_text(secret)
    with pytest.raises(BadInput, match="secret"), browser(looks(), said, tmp_path):
        pass


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(("issuer: https://", "issuer: http://"), "oidc.issuer", id="an issuer in the clear"),
        pytest.param(("issuer: https://", "issuer: "), "oidc.issuer", id="no address"),
        pytest.param(("user_claim: preferred_username", ""), "oidc.user_claim: is missing", id="no claim"),
        pytest.param(("client_id: headway-view", "client_id: ''"), "oidc.client_id", id="no client"),
        pytest.param((f"url: {HERE}", ""), "url: is missing", id="nowhere to come back to"),
        pytest.param(
            (f"url: {HERE}", "url: http://headway.example.com"), "anybody could read", id="back in the clear"
        ),
    ],
)
def test_what_is_wrong_with_a_provider_is_named(change: tuple[str, str], says: str, tmp_path: Path) -> None:
    file = tmp_path / "view.yaml"
    file.write_text(f"url: {HERE}\nsign_in:{OIDC}".replace(*change))
    with pytest.raises(BadInput) as raised:
        settings.read(file)
    assert says in str(raised.value)
