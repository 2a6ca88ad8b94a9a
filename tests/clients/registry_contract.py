"""What every kind of registry is held to, whether it runs here or its answers are recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from headway.clients.registry import Registry
from headway.errors import BadInput
from headway.model.credentials import RegistryCredentials, RegistryLogins

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TAGS = ["1.0", "1.1", "main-0123456"]
LABELLED = "main-0123456"
"""An index of two platforms, whose images are labelled with COMMIT."""
PASSWORD = "sw0rdf!sh+of=ours"


@dataclass(frozen=True)
class Opened:
    """One registry: how it is reached, and what is known of it."""

    connect: Callable[..., Registry]
    """Of logins (None: none), and `cache`."""
    repository: str
    """With TAGS, in pages where the registry has those."""
    missing: str
    """A repository that is not there."""
    host: str
    """As an operator names it."""
    username: str = ""
    """Empty: it lets anybody in."""
    digest: str = ""
    """Of LABELLED."""
    says_not_modified: Callable[[], int] | None = None
    """How often it has answered that nothing has changed; None where it cannot be counted."""

    def login(self, password: str = PASSWORD, host: str = "") -> RegistryLogins | None:
        return RegistryCredentials(self.username, password, host or self.host) if self.username else None

    def registry(self, **given: object) -> Registry:
        return self.connect(self.login(), **given)


class RegistryContract:
    def test_all_tags_are_read(self, opened: Opened) -> None:
        assert sorted(opened.registry().tags(opened.repository)) == TAGS

    def test_a_tag_names_a_digest_and_what_is_not_there_names_none(self, opened: Opened) -> None:
        registry = opened.registry()
        assert registry.digest(opened.repository, LABELLED) == opened.digest
        assert registry.digest(opened.repository, opened.digest) == opened.digest
        assert registry.digest(opened.repository, "none") is None

    def test_an_image_for_several_platforms_has_the_labels_of_one(self, opened: Opened) -> None:
        registry = opened.registry()
        image = registry.image(opened.repository, LABELLED)
        assert (image.digest, image.revision) == (opened.digest, COMMIT)
        assert len(registry.platforms(opened.repository, image.digest)) == 2

    def test_a_repository_that_is_not_there_is_bad_input(self, opened: Opened) -> None:
        with pytest.raises(BadInput, match=r"no such repository|refuses access"):
            opened.registry().tags(opened.missing)

    def test_the_next_process_asks_whether_it_has_changed(self, opened: Opened, tmp_path: Path) -> None:
        first = opened.registry(cache=tmp_path)
        tags, facts = first.tags(opened.repository), first.facts(opened.repository, LABELLED)
        before = opened.says_not_modified() if opened.says_not_modified else 0
        second = opened.registry(cache=tmp_path)
        assert second.tags(opened.repository) == tags
        assert second.facts(opened.repository, LABELLED) == facts
        if opened.says_not_modified:
            assert opened.says_not_modified() > before

    def test_who_shows_nothing_or_something_wrong_is_refused_and_no_error_shows_it(
        self, opened: Opened
    ) -> None:
        if not opened.username:
            assert opened.connect(RegistryCredentials("anybody", PASSWORD, opened.host)).tags(
                opened.repository
            )
            return
        for login in (None, opened.login("wr0ng-" + PASSWORD), opened.login(host="elsewhere.example.com")):
            with pytest.raises(BadInput, match=r"refuses access|wants credentials") as refused:
                opened.connect(login).tags(opened.repository)
            assert PASSWORD not in str(refused.value)
