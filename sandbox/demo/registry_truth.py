"""The image registry over its HTTP API, read without Headway."""

from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class RegistryTruth:
    host: str
    """host:port of a registry without TLS."""

    def tags(self, repository: str) -> list[str]:
        """`repository` as images name it, host included."""
        path = repository.removeprefix(f"{self.host}/")
        answer = httpx.get(f"http://{self.host}/v2/{path}/tags/list", trust_env=False)
        return list(answer.json().get("tags") or []) if answer.status_code == 200 else []
