"""Random names of images, with a bias to where host, path, tag and digest meet."""

import random

from tests.oracles.texts import mostly, perhaps, spoilt

HOSTS = [
    "docker.io",
    "index.docker.io",
    "localhost",
    "ghcr.io",
    "REGISTRY",
    "a",
    "r.example.com",
    "[::1]",
    "127.0.0.1",
    "a-b.c",
]
ODD_HOSTS = [
    "",
    "-a.b",
    "a-.b",
    "a..b",
    ".",
    "[::1",
    "::1",
    "[g::]",
    "é.io",
    "a_b.io",
    "https://a.io",
    "İ",
    "\u212a.io",
    "a" * 260 + ".io",
]
PORTS = ["", "", "", ":80", ":5000"]
ODD_PORTS = [":", ":x", ":65536", ":99999", ":123456", ":0", ":0000080", ":-1", ":٥"]
PARTS = ["a", "library", "shop", "cart", "a.b", "a_b", "a__b", "a-b", "a---b", "0", "a1"]
ODD_PARTS = [
    "",
    ".",
    "..",
    "a..b",
    "a___b",
    "A",
    "a-",
    "-a",
    "_a",
    "a_",
    "a._b",
    "é",
    "ß",
    "a" * 250,
    "a" * 64,
    "İ",
    "\u212a",
    "a\n",
    " a",
]
TAGS = [":1", ":1.0", ":latest", ":v1_2-x.Y", ":main-0123abc", ":_"]
ODD_TAGS = [":", ":-1", ":.1", ":é", ":a b", ":" + "1" * 128, ":" + "1" * 129, ":1:2", ":1\n", ":1/2", ":1+b"]
DIGESTS = ["@sha256:" + "a" * 64]
ODD_DIGESTS = [
    "@",
    "@sha256:",
    "@sha256:" + "a" * 63,
    "@sha256:" + "a" * 65,
    "@sha256:" + "A" * 64,
    "@sha256:" + "g" * 64,
    "@sha512:" + "a" * 128,
    "@sha384:" + "a" * 96,
    "@sha1:" + "a" * 40,
    "@sha256+b64:" + "a" * 64,
    "@a.b:" + "a" * 32,
    "@sha256:" + "a" * 64 + "@sha256:" + "b" * 64,
    "@sha256:" + "a" * 64 + "\n",
]
CHARACTERS = "abAB01:/@.-_ \n[]é+"


def image(chance: random.Random) -> str:
    if chance.random() < 0.02:
        return "".join(chance.choice("0123456789abcdef") for _ in range(chance.choice([63, 64, 64, 65])))
    host = perhaps(chance, 0.6, mostly(chance, HOSTS, ODD_HOSTS) + mostly(chance, PORTS, ODD_PORTS) + "/")
    path = "/".join(mostly(chance, PARTS, ODD_PARTS) for _ in range(chance.choice([1, 1, 2, 2, 3])))
    tag = perhaps(chance, 0.6, mostly(chance, TAGS, ODD_TAGS))
    digest = perhaps(chance, 0.3, mostly(chance, DIGESTS, ODD_DIGESTS))
    text = host + path + tag + digest
    return spoilt(chance, text, CHARACTERS) if chance.random() < 0.15 else text
