"""Files as git keeps them: blobs and trees, read and written without a worktree."""

import os
import posixpath
import re
from collections.abc import Mapping, Sequence

from headway.clients.git.mirror import Mirror
from headway.errors import BadInput
from headway.formats import ssh_signature
from headway.model.edits import Commit

LISTED_BY_NAME = 500
"""More paths than that do not go onto a command line: the whole tree is listed."""
HISTORY_LIMIT = 64 * 2**20
"""Bytes of a file at all commits that are looked at."""
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SIGNATURE = b"\ngpgsig "
_LINK, _SUBMODULE = b"120000", b"160000"


def files(mirror: Mirror, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """The bytes of those of `paths` that are files at a commit, by path."""
    entries = _entries(mirror, commit, *(paths if len(paths) <= LISTED_BY_NAME else ["."]))
    names = {
        path: entry[1]
        for path in paths
        if (entry := entries.get(_inside(path))) and entry[0] not in (_LINK, _SUBMODULE)
    }
    return dict(zip(names, _blobs(mirror, [*names.values()]), strict=True))


def at_commits(mirror: Mirror, commits: Sequence[Commit], path: str) -> list[bytes]:
    """A file's bytes at each commit; empty where it is not there, or there is no room for it beside the newer ones."""
    names = [f"{commit.sha}:{_inside(path)}" for commit in commits]
    if not names:
        return []
    room, kept = HISTORY_LIMIT, []
    for name, size in zip(names, _sizes(mirror, names), strict=True):
        if 0 <= size <= room:
            room -= size
            kept.append(name)
    found = dict(zip(kept, _blobs(mirror, kept), strict=True))
    return [found.get(name, b"") for name in names]


def tree(mirror: Mirror, commit: str, folder: str) -> dict[str, bytes]:
    """All files below `folder`; see GitRepository."""
    folder = _inside(folder)
    prefix = "" if folder == "." else f"{folder}/"
    entries = {
        path[len(prefix) :]: entry
        for path, entry in _entries(mirror, commit, folder).items()
        if path.startswith(prefix) and entry[0] != _SUBMODULE
    }
    contents = _blobs(mirror, [name for _, name in entries.values()])
    found = dict(zip(entries, contents, strict=True))
    links = {path for path, (mode, _) in entries.items() if mode == _LINK}
    return {path: _follow(found, links, path, f"{mirror.url} {commit[:12]}") for path in found}


def submodules(mirror: Mirror, commit: str, folder: str) -> list[str]:
    """Paths below `folder`, relative to it, where another repository is to stand."""
    folder = _inside(folder)
    prefix = "" if folder == "." else f"{folder}/"
    found = _entries(mirror, commit, folder).items()
    return [path.removeprefix(prefix) for path, (mode, _) in found if mode == _SUBMODULE]


def write_tree(mirror: Mirror, changed: Mapping[str, bytes | None], on: str) -> str:
    """The tree of commit `on` with other content of some files (None: without it); its object name.

    Only the folders that lead to them are read: an index of all would hold a file for each path of a tree that repeats itself.
    """
    blobs = {
        _writable(path): None
        if data is None
        else mirror.run("hash-object", "-w", "--stdin", stdin=data).decode().strip()
        for path, data in changed.items()
    }
    return _tree_with(mirror, blobs, f"{on}^{{tree}}") or _made_tree(mirror, {})


def _tree_with(mirror: Mirror, blobs: Mapping[str, str | None], tree: str) -> str:
    """Object name of the tree with these blobs (None: without it) by path; empty where it holds nothing any more. `tree`: empty
    for a new one."""
    entries = _direct(mirror, tree) if tree else {}
    below: dict[str, dict[str, str | None]] = {}
    for path, blob in blobs.items():
        name, _, rest = path.partition("/")
        mode, kind, _ = entries.get(name, ("", "", ""))
        if rest:
            below.setdefault(name, {})[rest] = blob
        elif blob:
            entries[name] = (mode if mode.startswith("100") else "100644", "blob", blob)
        elif kind != "tree":
            entries.pop(name, None)
    for name, inner in below.items():
        _, kind, present = entries.get(name, ("", "", ""))
        if kind != "tree" and not any(inner.values()):
            continue
        if made := _tree_with(mirror, inner, present if kind == "tree" else ""):
            entries[name] = ("040000", "tree", made)
        else:
            del entries[name]
    return _made_tree(mirror, entries) if entries else ""


def _direct(mirror: Mirror, tree: str) -> dict[str, tuple[str, str, str]]:
    """Mode, kind and object name of what lies right in a tree, by name."""
    found = {}
    for line in filter(None, mirror.run("ls-tree", "-z", tree).split(b"\0")):
        head, _, name = line.partition(b"\t")
        mode, kind, sha = head.decode().split()
        found[os.fsdecode(name)] = (mode, kind, sha)
    return found


def _made_tree(mirror: Mirror, entries: Mapping[str, tuple[str, str, str]]) -> str:
    lines = [f"{' '.join(entry)}\t".encode() + os.fsencode(name) for name, entry in entries.items()]
    return mirror.run("mktree", "-z", stdin=b"".join(line + b"\0" for line in lines)).decode().strip()


def _entries(mirror: Mirror, commit: str, *paths: str) -> dict[str, tuple[bytes, str]]:
    """Mode and object name by path, of the blobs at or below `paths`, in git's order."""
    wanted = [_inside(path) for path in paths]
    within = [] if "." in wanted else wanted
    output = mirror.listed(checked(commit), within)
    found = {}
    for line in filter(None, output.split(b"\0")):
        head, _, path = line.partition(b"\t")
        mode, _, name = head.split()
        found[_sound(path.decode(errors="surrogateescape"), f"{mirror.url} {commit[:12]}")] = (
            mode,
            name.decode(),
        )
    return found


def _sound(path: str, where: str) -> str:
    """BadInput for a path that only a crafted tree holds: it would be written elsewhere than into its folder."""
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")):
        raise BadInput(
            f"the tree holds {path!r}, which leads out of it",
            where=where,
            next_step="Find it with: git fsck --strict.",
        )
    return path


def _sizes(mirror: Mirror, names: Sequence[str]) -> list[int]:
    """Bytes of each; below zero where it is not there."""
    asked = "".join(f"{name}\n" for name in names).encode()
    lines = mirror.run("cat-file", "--batch-check=%(objectsize)", stdin=asked).splitlines()
    return [int(line) if line.isdigit() else -1 for line in lines]


def _blobs(mirror: Mirror, names: Sequence[str]) -> list[bytes]:
    if not names:
        return []
    output = mirror.run("cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode())
    contents, position = [], 0
    for _ in names:
        end = output.index(b"\n", position)
        if output[position:end].endswith(b" missing"):
            contents.append(b"")
            position = end + 1
            continue
        size = int(output[position:end].split()[2])
        contents.append(output[end + 1 : end + 1 + size])
        position = end + size + 2
    return contents


def signed(mirror: Mirror, commit: str, private_key: str) -> str:
    """The same commit with a signature, as git itself puts it there; its SHA."""
    text = mirror.run("cat-file", "commit", commit)
    header, _, message = text.partition(b"\n\n")
    signature = ssh_signature.sign(text, private_key).strip().replace("\n", "\n ").encode()
    whole = header + _SIGNATURE + signature + b"\n\n" + message
    return mirror.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=whole).decode().strip()


def is_signed(mirror: Mirror, commit: str) -> bool:
    return _SIGNATURE in mirror.run("cat-file", "commit", commit).partition(b"\n\n")[0]


def checked(commit: str) -> str:
    """BadInput for what is not a whole SHA."""
    if not _SHA.fullmatch(commit):
        raise BadInput(f"{commit!r} is not a whole commit SHA", where="git")
    return commit


def _inside(path: str) -> str:
    normal = posixpath.normpath(path or ".")
    if normal.startswith(("-", "/", "../")) or normal == ".." or "\0" in normal:
        raise BadInput("the path begins with '-' or leaves the repository", where=path)
    return normal


def _writable(path: str) -> str:
    normal = _inside(path)
    if normal == "." or "\n" in normal or any(part.lower() == ".git" for part in normal.split("/")):
        raise BadInput("not a path that can be committed", where=path)
    return normal


def _follow(files: Mapping[str, bytes], links: set[str], path: str, where: str) -> bytes:
    seen, name = {path}, path
    while name in links:
        target = os.fsdecode(files[name])
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        if name not in files or name in seen:
            raise BadInput(
                f"the symbolic link points to {target}, which is no file of this folder",
                where=f"{where} {path}",
                next_step="Put the file itself there.",
            )
        seen.add(name)
    return files[name]
