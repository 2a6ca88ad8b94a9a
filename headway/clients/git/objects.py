"""Files as git keeps them: blobs and trees, read and written without a worktree."""

import os
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headway.clients.git import loose
from headway.clients.git.mirror import Mirror
from headway.clients.git.reader import Found, TooLargeError
from headway.errors import BadInput
from headway.formats import git_object, ssh_signature
from headway.model.edits import Author, Commit

HISTORY_LIMIT = 64 * 2**20
"""Bytes of a file at all commits that are looked at."""
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SIGNATURE = b"\ngpgsig "
_LINK, _SUBMODULE = b"120000", b"160000"


def files(mirror: Mirror, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """The bytes of those of `paths` that are files at a commit, by path."""
    folders: _Folders = {}
    names = {path: name for path in paths if (name := _file(mirror, checked(commit), _inside(path), folders))}
    return dict(zip(names, _blobs(mirror, [*names.values()]), strict=True))


def at_commits(mirror: Mirror, commits: Sequence[Commit], path: str) -> list[bytes]:
    """A file's bytes at each commit; empty where it is not there, or there is no room for it beside the newer ones."""
    room, found = HISTORY_LIMIT, []
    for commit in commits:
        name = _file(mirror, checked(commit.sha), _inside(path), {})
        try:
            data = _data(mirror.objects([name], room)[0]) if name else b""
        except TooLargeError:
            data = b""
        room -= len(data)
        found.append(data)
    return found


_Folders = dict[str, dict[bytes, loose.Entry]]
"""What lies right in a tree, by the tree's name."""


def _file(mirror: Mirror, commit: str, path: str, folders: _Folders) -> str:
    """Object name of a file at a commit; empty where there is none. `folders`: those that were read, and will be."""

    def entry(tree: str, name: str) -> loose.Entry:
        if tree not in folders:
            folders[tree] = _direct(mirror, tree)
        return folders[tree].get(os.fsencode(name), ("", ""))

    tree, (*above, last) = f"{commit}^{{tree}}", path.split("/")
    for folder in above:
        mode, tree = entry(tree, folder)
        if mode != loose.TREE:
            return ""
    mode, name = entry(tree, last)
    return name if mode.startswith("100") else ""


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
        _writable(path): None if data is None else mirror.stored("blob", data)
        for path, data in changed.items()
    }
    return _tree_with(mirror, blobs, f"{checked(on)}^{{tree}}") or _made_tree(mirror, {})


def tree_name(mirror: Mirror, commit: str) -> str:
    """Of the tree of a commit."""
    return _there(mirror, f"{checked(commit)}^{{tree}}").name


def _tree_with(mirror: Mirror, blobs: Mapping[str, str | None], tree: str) -> str:
    """Object name of the tree with these blobs (None: without it) by path; empty where it holds nothing any more. `tree`: empty
    for a new one."""
    entries = _direct(mirror, tree) if tree else {}
    below: dict[str, dict[str, str | None]] = {}
    for path, blob in blobs.items():
        first, _, rest = path.partition("/")
        name = os.fsencode(first)
        mode, _ = entries.get(name, ("", ""))
        if rest:
            below.setdefault(first, {})[rest] = blob
        elif blob:
            entries[name] = (mode if mode.startswith("100") else "100644", blob)
        elif mode != loose.TREE:
            entries.pop(name, None)
    for first, inner in below.items():
        name = os.fsencode(first)
        mode, present = entries.get(name, ("", ""))
        if mode != loose.TREE and not any(inner.values()):
            continue
        if made := _tree_with(mirror, inner, present if mode == loose.TREE else ""):
            entries[name] = (loose.TREE, made)
        else:
            del entries[name]
    return _made_tree(mirror, entries) if entries else ""


def _direct(mirror: Mirror, tree: str) -> dict[bytes, loose.Entry]:
    """What lies right in a tree, by name."""
    try:
        return loose.entries(_there(mirror, tree).data)
    except ValueError as error:
        raise BadInput(
            f"{tree} is no tree of git's ({error})",
            where=mirror.where,
            next_step="Find it with: git fsck --strict.",
        ) from error


def _made_tree(mirror: Mirror, entries: Mapping[bytes, loose.Entry]) -> str:
    return mirror.stored("tree", loose.tree(entries.items()))


def _there(mirror: Mirror, name: str) -> Found:
    found = mirror.objects([name])[0]
    if found is None:
        raise BadInput(f"git does not know {name}", where=mirror.where, next_step=mirror.anew)
    return found


def _data(found: Found | None) -> bytes:
    return found.data if found else b""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file at a commit, without its content."""

    name: str
    """What git calls that."""
    is_executable: bool = False


def blobs(mirror: Mirror, commit: str, paths: Sequence[str]) -> dict[str, Blob]:
    """Those of `paths` that are files at a commit."""
    found = _entries(mirror, commit, *paths) if paths else {}
    return {path: Blob(name, mode == b"100755") for path, (mode, name) in found.items() if path in paths}


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


def _blobs(mirror: Mirror, names: Sequence[str]) -> list[bytes]:
    return [_data(each) for each in mirror.objects(names)]


def made_commit(mirror: Mirror, tree: str, parent: str, author: Author, seconds: int, message: str) -> str:
    """SHA of a commit that is there now, signed where the author has a key. Raises BadInput for what no commit can hold."""
    try:
        data = git_object.commit(tree, checked(parent), str(author), seconds, message)
    except ValueError as error:
        raise BadInput(f"that is no commit: {error}", where=mirror.where) from error
    return mirror.stored("commit", _signed(data, author.signing_key) if author.signing_key else data)


def _signed(commit: bytes, private_key: str) -> bytes:
    """With a signature, as git itself puts it there."""
    header, _, message = commit.partition(b"\n\n")
    signature = ssh_signature.sign(commit, private_key).strip().replace("\n", "\n ").encode()
    return header + _SIGNATURE + signature + b"\n\n" + message


def is_signed(mirror: Mirror, commit: str) -> bool:
    return _SIGNATURE in _there(mirror, commit).data.partition(b"\n\n")[0]


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
