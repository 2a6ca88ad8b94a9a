"""Who looks, and what they may do where."""

from collections.abc import Iterable
from dataclasses import dataclass

from headway.decide.review.status import ReleaseStatus
from headway.model.audit import NAME_LIMIT
from headway.view.settings import Right, Role

GROUP = "group:"
"""Before what roles name as a group; nobody is called so."""
GROUPS_LIMIT, GROUP_LIMIT = 1000, 200


def why_no_name(name: object) -> str:
    """Empty for somebody's name. It is taken as it is: what were shortened, or tidied up, could be another's."""
    if not isinstance(name, str) or not name or name != " ".join(name.split()) or not name.isprintable():
        return "it holds no name of one line"
    if len(name) > NAME_LIMIT:
        return f"it holds a name of more than {NAME_LIMIT} characters"
    return "it holds a name that roles would take for a group" if name.startswith(GROUP) else ""


def why_no_groups(listed: object) -> str:
    """Empty for a list of groups' names, as they are."""
    if not isinstance(listed, list) or len(listed) > GROUPS_LIMIT:
        return f"it is no list of at most {GROUPS_LIMIT} groups"
    if all(isinstance(each, str) and 0 < len(each) <= GROUP_LIMIT and each.isprintable() for each in listed):
        return ""
    return f"it holds what is no name of a group of at most {GROUP_LIMIT} characters"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in, or, with an empty name, anybody."""

    name: str
    groups: frozenset[str] = frozenset()
    roles: tuple[Role, ...] = ()
    reads_all: bool = False

    def may(self, right: Right, application: str, environment: str) -> bool:
        """Every right includes that to read, in the same place."""
        if right == "read" and self.reads_all:
            return True
        return any(
            (right == "read" or right in role.may)
            and _names(role.applications, application)
            and _names(role.environments, environment)
            for role in self.roles
        )

    def may_read_of(self, application: str) -> bool:
        """Whether they may read any environment of it."""
        return self.reads_all or any(_names(role.applications, application) for role in self.roles)

    def may_read_all_of(self, application: str) -> bool:
        """Whether they may read every environment of it."""
        return self.reads_all or any(
            _names(role.applications, application) and not role.environments for role in self.roles
        )

    def may_see(self, status: ReleaseStatus) -> bool:
        return self.may("read", status.ref.application, status.ref.environment)

    @property
    def sees_all(self) -> bool:
        """Whether they may read whatever is in a cluster, also what belongs to no application."""
        return self.reads_all or any(not role.applications and not role.environments for role in self.roles)


ANYBODY = Visitor("", reads_all=True)
"""Where nobody signs in."""


def visitor(name: str, groups: Iterable[str], roles: Iterable[Role]) -> Visitor:
    """With the roles that are theirs. Somebody without a role may sign in, and sees nothing."""
    known = frozenset(groups)
    called = {name, *(f"{GROUP}{each}" for each in known)}
    return Visitor(name, known, tuple(role for role in roles if not called.isdisjoint(role.who)))


def _names(listed: tuple[str, ...], wanted: str) -> bool:
    return not listed or wanted in listed
