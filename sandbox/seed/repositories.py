"""Makes the remotes of a copy, and commits to them through working trees as a person does."""

import shutil
from pathlib import Path

from sandbox.failure import SandboxError
from sandbox.seed.commands import git
from sandbox.seed.layout import Layout


def create(layout: Layout, repository: str) -> str:
    """Makes the remote with the example's content as its first commit; returns the commit."""
    remote = layout.remote(repository)
    if remote.exists():
        raise SandboxError(f"{remote} exists already", "reset this copy first")
    remote.mkdir(parents=True)
    git("init", "--quiet", "--bare", "--initial-branch=main", cwd=remote)
    checkout = layout.checkout(repository)
    if checkout.exists():
        shutil.rmtree(checkout)
    _copy(layout, repository, checkout)
    git("init", "--quiet", "--initial-branch=main", cwd=checkout)
    git("remote", "add", "origin", layout.remote_url(repository), cwd=checkout)
    if (checkout / "hooks").is_dir():
        git("config", "core.hooksPath", "hooks", cwd=checkout)
    commit = commit_all(checkout, f"Begin {repository}")
    git("push", "--quiet", "--set-upstream", "origin", "main", cwd=checkout)
    return commit


def up_to_date(layout: Layout, repository: str) -> Path:
    """The working tree with what others pushed, Headway among them."""
    checkout = layout.checkout(repository)
    if not checkout.exists():
        raise SandboxError(f"{checkout} does not exist", "seed this copy first")
    git("pull", "--quiet", "--ff-only", cwd=checkout)
    return checkout


def commit_all(checkout: Path, message: str) -> str:
    git("add", "--all", cwd=checkout)
    git("commit", "--quiet", "--message", message, cwd=checkout)
    return git("rev-parse", "HEAD", cwd=checkout)


def push(checkout: Path) -> None:
    git("push", "--quiet", cwd=checkout)


def delete(layout: Layout) -> None:
    for folder in (layout.remotes, layout.checkouts):
        if folder.exists():
            shutil.rmtree(folder)


def _copy(layout: Layout, repository: str, target: Path) -> None:
    """The example as committed, without what a build or an editor left beside it."""
    source = layout.source(repository)
    for file in git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=source).split("\0"):
        if not file or not (source / file).is_file():
            continue
        copy = target / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / file, copy)
        text = copy.read_text()
        for example, ours in layout.replacements().items():
            text = text.replace(example, ours)
        copy.write_text(text)
