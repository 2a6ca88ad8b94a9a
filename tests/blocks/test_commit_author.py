"""Whom the Application block says that commits name, and the key that they are signed with."""

import pytest
from pydantic import SecretStr

from blocks import Application
from headway.errors import BadInput
from headway.model.edits import Author


def block(author: str, **more: object) -> Application:
    return Application.model_validate({"git_url": "https://git.example.com/shop", "author": author, **more})


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("Headway <headway@localhost>", Author()),
        ("Ünsere CD (live) <cd+shop@example.com>", Author("Ünsere CD (live)", "cd+shop@example.com")),
        ("headway[bot] <1+headway[bot]@example.com>", Author("headway[bot]", "1+headway[bot]@example.com")),
        ("H <h@x>", Author("H", "h@x")),
    ],
)
def test_commits_name(said: str, author: Author) -> None:
    assert block(said).commit_author == author
    assert str(author) == said


@pytest.mark.parametrize(
    "said", ["", "Headway", "headway@example.com", " <a@b>", "A <>", "A <a b>", "A <a>\nB <b>", ".A. <a@b>"]
)
def test_what_git_would_write_otherwise_is_refused(said: str) -> None:
    with pytest.raises(BadInput, match="Correct `author`"):
        _ = block(said).commit_author


def test_a_key_that_is_none_is_told_before_anything_is_committed() -> None:
    with pytest.raises(BadInput, match="no private key as ssh-keygen writes it"):
        _ = block("A <a@b>", signing_key=SecretStr("none")).commit_author
