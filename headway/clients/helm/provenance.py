"""Whether a package was signed by somebody who is trusted, as `helm verify` says: OpenPGP over its name and digest."""

import re
import tempfile
from pathlib import Path

from headway.clients.helm.command import Helm
from headway.errors import Refused

TIMEOUT_SECONDS = 30.0
KEYS_LIMIT = 20
_BLOCK = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----.*?-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)


def verify(helm: Helm, keyring: str, name: str, package: bytes, provenance: bytes) -> None:
    """`name`: of the package's file; `keyring`: public keys as `gpg --armor --export` writes them, also several of its texts one
    after the other, of which Helm by itself reads the first.

    Raises Refused, with Helm's sentence, where none of them has signed these bytes under that name.
    """
    said = "the keyring holds no public key"
    with tempfile.TemporaryDirectory(prefix="headway-verify-") as folder:
        file, keys = Path(folder) / name, Path(folder) / "keyring"
        file.write_bytes(package)
        file.with_name(f"{name}.prov").write_bytes(provenance)
        for block in _BLOCK.findall(keyring)[:KEYS_LIMIT]:
            keys.write_text(block)
            done = helm.run("verify", [file], {"keyring": keys}, timeout=TIMEOUT_SECONDS)
            if done.returncode == 0:
                return
            said = " ".join(done.stderr.replace(f"{folder}/", "").split()).removeprefix("Error: ")
    raise Refused(
        f"nobody whom the site trusts has signed it: {said}",
        where=name,
        next_step="Ask who published it; or add their public key to the keyring of the site.",
    )
