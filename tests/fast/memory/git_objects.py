"""What is read at a commit is read once, whichever run asks: a commit never changes, and most shops begin with the same ones."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from headway.clients.git.mirror import Mirror

READS = re.compile(r"(--literal-pathspecs )?(ls-tree|cat-file|log) ")
Answer = tuple[int, bytes, str]


def read_once(attempt: Callable[..., Answer]) -> Callable[..., Answer]:
    """In the place of Mirror.attempt."""
    kept: dict[tuple[tuple[str, ...], bytes | None], Answer] = {}

    def attempt_once(
        self: Mirror,
        *arguments: str,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        **keys: Any,
    ) -> Answer:
        if not READS.match(" ".join(arguments)):
            return attempt(self, *arguments, stdin=stdin, env=env, **keys)
        if (arguments, stdin) not in kept:
            answer = attempt(self, *arguments, stdin=stdin, env=env, **keys)
            if answer[0] or b" missing\n" in answer[1]:
                return answer
            kept[arguments, stdin] = answer
        return kept[arguments, stdin]

    return attempt_once
