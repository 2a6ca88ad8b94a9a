"""Why Helm may wait for a Job until its timeout although it has succeeded: its ttl has removed it meanwhile.

Helm's wait wants every object of a release to be there and current (kstatus); a Job that `ttlSecondsAfterFinished` took away
before the rest of the rollout was ready is not found, and never will be.
"""

import re

_NOT_FOUND = re.compile(r"resource Job/\S+/(?P<name>\S+) not ready\. status: NotFound")


def explained(said: str) -> str:
    """What Helm said, and of Jobs that are gone what to do; as it is where there are none."""
    names = [found["name"] for found in _NOT_FOUND.finditer(said)]
    if not names:
        return said
    return (
        f"{said}; Helm waits for Job {', '.join(names)}, which is gone: its ttlSecondsAfterFinished must be longer than a "
        "rollout takes, or it be a hook"
    )
