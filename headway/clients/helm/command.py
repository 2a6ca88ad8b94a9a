"""Every helm command line is built here, so that no name, path or value can ever be read as an option.

Options are written `--name=value` in one word, operands stand behind `--`, charts are local folders or
packages, and helm sees directories of its own instead of the user's repositories, plugins and kubeconfig.
"""

import functools
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headway.clients import command, memory
from headway.errors import BadInput

OLDEST = (4, 3)
Option = str | int | bool | Path | Sequence[str] | Sequence[Path] | None
"""True: a bare flag. False and None: left out. A sequence: the option repeated. Else its value."""


@dataclass(frozen=True, slots=True)
class Helm:
    """The helm binary. `run` and `start` take a verb such as "upgrade" or "get manifest"."""

    binary: str
    version: str
    """As helm says it, such as "4.3.1"."""

    @staticmethod
    def find() -> "Helm":
        """HEADWAY_HELM, else `helm` on PATH. BadInput where there is none, or one older than 4.3."""
        wanted = os.environ.get("HEADWAY_HELM") or "helm"
        binary = shutil.which(wanted)
        if binary is None:
            raise BadInput(
                f"there is no program {wanted!r}",
                where="helm",
                next_step="Install Helm 4.3 or newer, or set HEADWAY_HELM to its path.",
            )
        return _checked(binary)

    def argv(
        self, verb: str, operands: Sequence[str | Path], options: Mapping[str, Option]
    ) -> tuple[str, ...]:
        """The command line. Options are named without dashes: {"namespace": "shop", "values": [...]}."""
        words = [self.binary, *verb.split()]
        for name, value in options.items():
            if value is None or value is False:
                continue
            if value is True:
                words.append(f"--{name}")
            elif isinstance(value, str | int | Path):
                words.append(f"--{name}={value}")
            else:
                words.extend(f"--{name}={item}" for item in value)
        return (*words, "--", *map(str, operands))

    def run(
        self,
        verb: str,
        operands: Sequence[str | Path],
        options: Mapping[str, Option] | None = None,
        *,
        timeout: float,
        env: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> command.Completed:
        """Run helm to its end; see `command.run`. Without KUBECONFIG in `env` it reaches no cluster."""
        return command.run(
            self.argv(verb, operands, options or {}),
            env=helm_environment(env),
            timeout=timeout,
            secrets=secrets,
        )

    def start(
        self,
        verb: str,
        operands: Sequence[str | Path],
        options: Mapping[str, Option] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        silence: float | None = None,
    ) -> command.Running:
        """Start helm and return at once; see `command.start`."""
        return command.start(
            self.argv(verb, operands, options or {}),
            env=helm_environment(env),
            secrets=secrets,
            silence=silence,
        )


@functools.cache
def _checked(binary: str) -> Helm:
    said = command.run(
        [binary, "version", "--template={{.Version}}"], env=helm_environment(None), timeout=30
    ).stdout.decode(errors="replace")
    match = re.match(r"v(\d+)\.(\d+)\S*", said)
    if not match or (int(match[1]), int(match[2])) < OLDEST:
        raise BadInput(
            f"its version is {said.strip() or 'unknown'}; Headway needs {OLDEST[0]}.{OLDEST[1]} or newer",
            where=binary,
            next_step="Install a newer Helm, or set HEADWAY_HELM to its path.",
        )
    return Helm(binary, match[0].removeprefix("v"))


def helm_environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """HELM_* and cache folders of this process's own, an empty KUBECONFIG, and `extra` over them.

    Go's garbage collector runs seldom: a helm process lives for a moment, and spends a sixth of its processor time on it.
    """
    home = memory.scratch_folder()
    return {
        "HELM_CACHE_HOME": f"{home}/cache",
        "HELM_CONFIG_HOME": f"{home}/config",
        "HELM_DATA_HOME": f"{home}/data",
        "HELM_PLUGINS": f"{home}/data/plugins",
        "HELM_REPOSITORY_CONFIG": f"{home}/config/repositories.yaml",
        "HELM_REPOSITORY_CACHE": f"{home}/cache/repository",
        "HELM_REGISTRY_CONFIG": f"{home}/config/registry.json",
        "HELM_CONTENT_CACHE": f"{home}/cache/content",
        "KUBECACHEDIR": f"{home}/kube",
        "KUBECONFIG": os.devnull,
        "GOGC": "400",
        "GOMEMLIMIT": "512MiB",
        **(extra or {}),
    }
