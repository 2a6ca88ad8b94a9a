"""The image registry over its HTTP API, read without Headway."""

from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class RegistryTruth:
    host: str
    """host:port; spoken to over http on loopback, over https elsewhere."""

    def tags(self, repository: str) -> list[str]:
        """`repository` as images name it, host included."""
        path = repository.removeprefix(f"{self.host}/")
        scheme = "http" if self.host.partition(":")[0] in ("127.0.0.1", "localhost") else "https"
        answer = httpx.get(f"{scheme}://{self.host}/v2/{path}/tags/list", trust_env=False)
        return list(answer.json().get("tags") or []) if answer.status_code == 200 else []
