"""Docker's credential helpers: programs that are told a registry on standard input and answer with what opens it.

https://github.com/docker/docker-credential-helpers. Which ones are run an operator says, in the docker config, and nobody else.
"""

import os

from headway.clients import command
from headway.errors import Unreachable
from headway.formats import docker_config
from headway.formats.docker_config import Helper, Login

SECONDS = 20.0
HOLDS = 300.0
"""Seconds for which an answer is taken as it is: a helper does not say for how long it holds."""
NOT_THERE = b"credentials not found in native keychain"
"""What each of them says where it has nothing for a registry."""
SETTINGS = {
    "ecr-login": ("AWS_",),
    "gcr": ("GOOGLE_", "CLOUDSDK_"),
    "gcloud": ("GOOGLE_", "CLOUDSDK_"),
    "acr-env": ("AZURE_", "ACR_"),
    "pass": ("GNUPGHOME", "PASSWORD_STORE_"),
    "secretservice": ("DBUS_SESSION_BUS_ADDRESS",),
}
"""How the variables begin that a helper is shown beside those of every child; others are shown none."""


def ask(helper: Helper) -> Login | None:
    """None where it has nothing for that registry. Raises BadInput where there is no such program or its answer is none,
    TimedOut, and Unreachable where it fails.

    What it writes to standard output is a secret, or half of one: no error shows it.
    """
    program = f"docker-credential-{helper.name}"
    done = command.run(
        [program, "get"],
        env=_variables(helper.name),
        input=helper.server.encode(),
        timeout=SECONDS,
    )
    if done.returncode and done.stdout.strip() == NOT_THERE:
        return None
    if done.returncode:
        said = " ".join(done.stderr.split())[:300]
        raise Unreachable(
            f"it gives no credentials (exit code {done.returncode}{f': {said}' if said else ''})",
            where=f"{program} for {helper.server}",
            next_step=f"Try it as the worker's user: echo {helper.server} | {program} get",
        )
    return docker_config.answer(done.stdout, f"{program} for {helper.server}")


def _variables(name: str) -> dict[str, str]:
    wanted = SETTINGS.get(name, ())
    return {key: value for key, value in os.environ.items() if wanted and key.startswith(wanted)}
