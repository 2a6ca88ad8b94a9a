"""Who gets in, for how long, and what they see then."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from headway.errors import BadInput
from headway.view import forms, settings, tokens
from tests.view.places import HERE, NOW, TOKENS, browser, csrf, looks, sign_in, signing_in, status

PAGES = [
    "/",
    "/?environment=testing",
    "/releases/shop/testing",
    "/applications/shop",
    "/clusters/here",
    "/metrics",
]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_before_they_have_signed_in(path: str, tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        answer = view.get(path)
        assert (answer.status_code, "1.0.0" in answer.text) == (303, False)
        assert answer.headers["location"].startswith("/sign-in?next=")
        assert view.get("/board/events").status_code == 204


@pytest.mark.parametrize("path", [*PAGES, "/board/events"])
def test_a_program_whose_token_is_nobodys_is_told_so(path: str, tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        answer = view.get(path, headers={"Authorization": "Bearer nobody"})
        assert (answer.status_code, "location" in answer.headers) == (401, False)
        assert answer.headers["www-authenticate"] == 'Bearer realm="Headway", error="invalid_token"'
        assert answer.text.startswith("This token is nobody's here")
        of_a_proxy = view.get(path, headers={"Authorization": "Basic bm86Ym9keQ=="})
        assert of_a_proxy.status_code == (204 if path.endswith("events") else 303)


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_to_which_a_proxy_adds_a_token_of_its_own_is_led_to_the_sign_in(
    path: str, tmp_path: Path
) -> None:
    """As one does that passes on what its own sign-in gave: nobody behind it could sign in here."""
    of_a_browser = {"Authorization": "Bearer of.the.proxy", "Accept": "text/html,*/*;q=0.8"}
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        answer = view.get(path, headers=of_a_browser)
        assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
        answer = view.post("/sign-in", data={"token": TOKENS["ada"]}, headers=of_a_browser)
        assert answer.status_code == 303
        assert view.get("/", headers=of_a_browser).status_code == 200


def test_a_token_begins_a_session_that_leads_where_one_wanted_to_go(tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        answer = view.post("/sign-in", data={"token": TOKENS["ada"], "next": "/?environment=testing"})
        assert answer.headers["location"] == "/?environment=testing"
        cookie = answer.headers["set-cookie"]
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        page = view.get("/").text
    assert "Signed in as <strong>ada</strong>" in page
    assert TOKENS["ada"] not in page + cookie


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.com",
        "//evil.example.com",
        "/\\evil.example.com",
        "javascript:alert(1)",
        "/\t/evil",
    ],
)
def test_a_sign_in_leads_to_no_other_site(wanted: str, tmp_path: Path) -> None:
    with browser(looks(), signing_in(tmp_path), tmp_path) as view:
        answer = view.post("/sign-in", data={"token": TOKENS["ada"], "next": wanted})
        assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "token", ["", "headway_", "x" * 200, "sha256:" + "0" * 64, tokens.digest_of(TOKENS["ada"])]
)
def test_a_token_that_is_nobodys_begins_none(token: str, tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        answer = view.post("/sign-in", data={"token": token})
        assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
        assert view.get("/").status_code == 303


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        pytest.param("ada", {"shop", "blog"}, id="a role for all"),
        pytest.param("bob", {"shop"}, id="a role for one place"),
        pytest.param("reader", {"shop", "blog"}, id="who may look"),
        pytest.param("eve", set(), id="no role"),
    ],
)
def test_what_one_has_no_role_for_is_not_there(who: str, sees: set[str], tmp_path: Path) -> None:
    found = looks(status(), status("blog"), status(environment="production", version="0.9.0"))
    with browser(found, signing_in(tmp_path), tmp_path) as view:
        sign_in(view, who)
        page, metrics = view.get("/").text, view.get("/metrics").text
        assert set(re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?(\w+)', page)) == sees
        assert set(re.findall(r'application="(\w+)"', metrics)) == sees
        assert view.get("/applications/blog").status_code == (200 if "blog" in sees else 404)
        if who == "bob":
            assert "0.9.0" not in page + metrics
            assert "production" not in page
            assert view.get("/releases/shop/production").status_code == 404


@pytest.mark.parametrize(
    ("later", "between", "still"),
    [
        pytest.param(timedelta(minutes=29), 0, True, id="used again in time"),
        pytest.param(timedelta(minutes=31), 0, False, id="idle too long"),
        pytest.param(timedelta(hours=13), 60, False, id="used all the time, and too long"),
    ],
)
def test_sessions_end(later: timedelta, between: int, still: bool, tmp_path: Path) -> None:
    now = [NOW]
    with browser(looks(status()), signing_in(tmp_path), tmp_path, now=lambda: now[0]) as view:
        sign_in(view, "ada")
        for _ in range(between):
            now[0] += later / (between + 1)
            view.get("/")
        now[0] = NOW + later
        answer = view.get("/")
        assert answer.status_code == (200 if still else 303)
        assert ("Your session has ended" in view.get("/sign-in").text) is not still


def test_a_page_that_is_only_open_keeps_no_session_alive(tmp_path: Path) -> None:
    now = [NOW]
    said = signing_in(tmp_path)
    with browser(looks(status()), said, tmp_path, now=lambda: now[0]) as view:
        sign_in(view, "ada")
        for _ in range(3):
            now[0] += timedelta(minutes=11)
            answer = view.get(
                "/metrics", headers={"Authorization": f"Bearer {TOKENS['reader']}", "Cookie": ""}
            )
            assert answer.status_code == 200
        assert view.get("/").status_code == 303


def test_who_signs_out_or_is_taken_out_of_the_file_is_out(tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        sign_in(view, "ada")
        kept = str(view.cookies.get("headway_session"))
        view.post("/sign-out", data={"csrf": csrf(view.get("/").text)})
        view.cookies.set("headway_session", kept)
        assert view.get("/").status_code == 303
        view.cookies.clear()
        sign_in(view, "bob")
        assert view.get("/").status_code == 200
        (tmp_path / "tokens.yaml").write_text(f"ada: {tokens.digest_of(TOKENS['ada'])}\n")
        assert view.get("/").status_code == 303


def test_a_program_may_read_by_its_token_and_begins_no_session(tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        answer = view.get("/metrics", headers={"Authorization": f"Bearer {TOKENS['reader']}"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
        assert (
            'application="shop",environment="testing",release="shop",cluster="here",namespace="shop-testing",state="InSync"} 1'
            in answer.text
        )
        assert view.get("/metrics", headers={"Authorization": "Bearer nobody"}).status_code == 401


PROXY = """
  proxy: {header: X-Forwarded-User, groups: X-Forwarded-Groups, from: [10.1.2.0/24]}
"""


@pytest.mark.parametrize(
    ("peer", "headers", "who"),
    [
        pytest.param("10.1.2.3", [("X-Forwarded-User", "ada")], "ada", id="the proxy says who it is"),
        pytest.param(
            "10.1.2.3", [("X-Forwarded-User", "Jürgen 李".encode())], "Jürgen 李", id="in any letters"
        ),
        pytest.param("10.1.2.3", [("X-Forwarded-User", "Jürgen".encode("latin-1"))], "", id="not in UTF-8"),
        pytest.param("10.1.9.3", [("X-Forwarded-User", "ada")], "", id="somebody else says it"),
        pytest.param("127.0.0.1", [("X-Forwarded-User", "ada")], "", id="somebody on this machine says it"),
        pytest.param(
            "10.1.2.3", [("X-Forwarded-User", "eve"), ("X-Forwarded-User", "ada")], "", id="it is said twice"
        ),
        pytest.param("10.1.2.3", [("X-Forwarded-User", " ")], "", id="the proxy says nobody"),
        pytest.param(
            "10.1.2.3",
            [("X-Forwarded-User", "ada\xa0".encode())],
            "",
            id="a name that would be tidied into another's",
        ),
        pytest.param("10.1.2.3", [("X-Forwarded-User", "ada  x")], "", id="a name with more than a blank"),
        pytest.param(
            "10.1.2.3", [("X-Forwarded-User", "ada\x85".encode())], "", id="a name with an end of line"
        ),
        pytest.param("10.1.2.3", [("X-Forwarded-User", "a" * 101)], "", id="a name that would be shortened"),
        pytest.param(
            "10.1.2.3",
            [("X-Forwarded-User", "kim"), ("X-Forwarded-Groups", "readers\xa0".encode())],
            "",
            id="a group that would be tidied into another",
        ),
        pytest.param(
            "10.1.2.3", [("X-Forwarded-User", "group:readers")], "", id="somebody who is called as a group is"
        ),
        pytest.param(
            "10.1.2.3",
            [("X-Forwarded-User", "kim"), ("X-Forwarded-Groups", "readers"), ("X-Forwarded-Groups", "staff")],
            "",
            id="groups said twice",
        ),
        pytest.param(
            "10.1.2.3", [("X-Forwarded-For", "10.1.2.3"), ("X-Remote-User", "ada")], "", id="another header"
        ),
    ],
)
def test_a_proxy_is_believed_by_its_address(
    peer: str, headers: list[tuple[str, str]], who: str, tmp_path: Path
) -> None:
    with browser(looks(status()), signing_in(tmp_path, PROXY), tmp_path, peer) as view:
        answer = view.get("/", headers=headers)
        assert answer.status_code == (200 if who else 303)
        assert (f"<strong>{who}</strong>" in answer.text) is bool(who)
        # The cookie alone is nobody's: the proxy says it with each request.
        assert view.get("/").status_code == 303
        other = [("X-Forwarded-User", "reader")]
        assert ("<strong>ada</strong>" in view.get("/", headers=other).text) is False


def test_groups_have_roles_too(tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path, PROXY), tmp_path, "10.1.2.3") as view:
        headers = {"X-Forwarded-User": "kim", "X-Forwarded-Groups": "staff, readers"}
        assert "1.0.0" in view.get("/", headers=headers).text
        assert "1.0.0" not in view.get("/", headers={"X-Forwarded-User": "kim"}).text


def test_over_https_cookies_go_nowhere_else(tmp_path: Path) -> None:
    said = signing_in(tmp_path).model_copy(update={"url": "https://headway.example.com"})
    host = {"Host": "headway.example.com"}
    with browser(looks(), said, tmp_path) as view:
        answer = view.post(
            "/sign-in", origin="https://headway.example.com", data={"token": TOKENS["ada"]}, headers=host
        )
        assert answer.headers["set-cookie"].startswith("__Host-headway=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers
        assert (
            view.post("/sign-in", origin=HERE, data={"token": TOKENS["ada"]}, headers=host).status_code == 403
        )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            "roles: [{who: [a], may: [read]}]", "nobody can be told apart", id="roles without sign-in"
        ),
        pytest.param(
            "sign_in: {}", "name a proxy, an OpenID provider, or a file of tokens", id="nobody may sign in"
        ),
        pytest.param(
            "sign_in: {tokens: t}\nroles:\n  - {who: [a], may: [fly]}",
            "view.yaml:3: roles.0.may.0",
            id="no right",
        ),
        pytest.param(
            "sign_in: {proxy: {header: H, from: [anywhere]}}",
            "view.yaml:1: sign_in.proxy.from.0",
            id="no address",
        ),
        pytest.param(
            "sign_in: {proxy: {header: H}}", "sign_in.proxy.from: is missing", id="a proxy from anywhere"
        ),
        pytest.param(
            "sign_in: {tokens: t}\nsesions: {idle: 1h}", "view.yaml:2: sesions", id="a key that is misspelt"
        ),
        pytest.param("sessions: {idle: 99999999999h}", "720h at most", id="sessions that never end"),
        pytest.param("sessions: {longest: 0s}", "more than nothing", id="sessions that never begin"),
        pytest.param("url: headway.example.com", "is not an address", id="an address without a scheme"),
        pytest.param("a: [", "view.yaml:", id="no YAML"),
        pytest.param("a: " + "[" * 200 + "]" * 200, "deeper", id="deeper than anybody writes"),
    ],
)
def test_what_is_wrong_with_a_file_of_the_view_is_named_by_line(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "view.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=re.escape(says)):
        settings.read(file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("ada: headway_abc", "never the token itself", id="the token itself"),
        pytest.param("ada: 1", "f:1: ada", id="a number"),
        pytest.param(f"ada: sha256:{'0' * 64}\nada: sha256:{'1' * 64}", "stands twice", id="twice"),
        pytest.param(f'"a\\nb": sha256:{"0" * 64}', "is no name of one line", id="a name of two lines"),
    ],
)
def test_what_is_wrong_with_a_file_of_tokens(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)):
        tokens.read(text, "f")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        pytest.param(
            b"token=" + b"x" * forms.BYTES_LIMIT, "application/x-www-form-urlencoded", 400, id="too long"
        ),
        pytest.param(b"a=1&" * 100, "application/x-www-form-urlencoded", 400, id="too many fields"),
        pytest.param(b"token=%ff", "application/x-www-form-urlencoded", 400, id="no UTF-8"),
        pytest.param(b'{"token": "x"}', "application/json", 400, id="no form"),
        pytest.param(b"token=x", "text/plain", 400, id="what a form of another site may send as well"),
    ],
)
def test_no_more_of_a_form_is_read_than_one_of_ours_has(
    content: bytes, kind: str, code: int, tmp_path: Path
) -> None:
    with browser(looks(), signing_in(tmp_path), tmp_path) as view:
        answer = view.post("/sign-in", content=content, headers={"Content-Type": kind})
    assert answer.status_code == code


def test_however_often_a_proxy_names_somebody_they_have_one_session(tmp_path: Path) -> None:
    with browser(looks(status()), signing_in(tmp_path, PROXY), tmp_path, "10.1.2.3") as view:
        answers = [view.get("/freeze-me-not", headers={"X-Forwarded-User": "ada"}) for _ in range(2)]
        answers += [view.get("/", headers={"X-Forwarded-User": "ada"}) for _ in range(3)]
        assert [each.headers.get("set-cookie") for each in answers] == [None] * 5
        assert len({csrf(each.text) for each in answers[2:]}) == 1
        assert csrf(view.get("/", headers={"X-Forwarded-User": "bob"}).text) != csrf(answers[2].text)


def test_without_its_file_of_tokens_the_view_does_not_start(tmp_path: Path) -> None:
    said = signing_in(tmp_path)
    (tmp_path / "tokens.yaml").unlink()
    with pytest.raises(BadInput, match=r"tokens\.yaml: it cannot be read"), browser(looks(), said, tmp_path):
        pass


@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda file: file.write_text("a: [")], ids=["gone", "damaged"]
)
def test_a_file_of_tokens_that_went_away_lets_nobody_in_and_says_so(
    spoil: Callable[[Path], object], tmp_path: Path
) -> None:
    with browser(looks(status()), signing_in(tmp_path), tmp_path) as view:
        sign_in(view, "ada")
        assert view.get("/").status_code == 200
        spoil(tmp_path / "tokens.yaml")
        answers = [view.get("/"), sign_in(view, "ada"), view.get("/board/events"), view.post("/sign-out")]
        assert [each.status_code for each in answers] == [503] * 4
        assert "the file of tokens cannot be read" in answers[0].text
        assert "1.0.0" not in answers[0].text
        assert str(tmp_path) not in answers[0].text
