"""GitLab (https://docs.gitlab.com/user/project/integrations/webhook_events/): pushes. Of images it tells nobody by webhook."""

from collections.abc import Iterator
from typing import Any

from headway.formats.hints import github
from headway.formats.hints.payload import mapping, text
from headway.model.hints import Named

_URLS = ("git_http_url", "git_ssh_url", "http_url", "ssh_url", "web_url")


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    """Of a project's hook, and of an instance's system hook."""
    if "push" in (text(payload, "object_kind"), text(payload, "event_name")):
        project = mapping(payload, "project")
        yield from github.pushed({"ref": payload.get("ref"), "repository": project}, urls=_URLS)
