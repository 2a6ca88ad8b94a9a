"""Reading at a commit and writing one commit, on real remotes over file:// and git://."""

import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.clients import memory
from headway.clients.git import GitCredentials, GitRepository, ssh
from headway.clients.git import remote as git_remote
from headway.errors import BadInput, Conflict, HeadwayError, ProtectedBranch, Refused, Unreachable
from headway.formats import git_object
from headway.model.edits import Author, Edit
from tests.clients.conftest import AUTHOR, Door, free_port, git
from tests.formats.test_ssh_key import ED25519, written
from tests.git_remote import GitRemote

NO_REPOSITORY = "Correct the address, or the git credentials."
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture(params=["file", pytest.param("git daemon", marks=pytest.mark.story)])
def url(request: pytest.FixtureRequest, remote: Path) -> str:
    return f"file://{remote}" if request.param == "file" else str(request.getfixturevalue("git_daemon"))


@pytest.fixture
def repository(url: str, tmp_path: Path) -> GitRepository:
    return GitRepository(url, "main", tmp_path / "cache")


def edit(path: str = "values.yaml", data: bytes | None = b"tag: two\n") -> Edit:
    return Edit({path: data}, "Bump web", trailers={"Headway-Stage": "update_images"})


def test_reads_files_at_a_commit_byte_for_byte(repository: GitRepository) -> None:
    head = repository.head()
    assert repository.read(head, "values.yaml") == b"tag: one\r\n"
    assert repository.read(head, "missing.yaml") is None
    assert repository.read(head, "chart") is None
    assert repository.tree(head, "chart") == {
        "Chart.yaml": b"name: shop\n",
        "linked.yaml": b"name: shop\n",
        "templates/web.yaml": b"kind: Web\n",
    }
    assert set(repository.tree(head, ".")) >= {"values.yaml", "hook", "chart/Chart.yaml"}


def test_below_a_file_there_is_nothing(tmp_path: Path) -> None:
    remote = GitRemote.made(tmp_path / "remote.git", {"x": "a file"})
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    head = repository.head()
    assert repository.read(head, "x") == b"a file"
    assert repository.read(head, "x/x") is None


def test_many_files_are_read_at_once(repository: GitRepository) -> None:
    paths = ["values.yaml", "missing.yaml", "chart", "./chart/Chart.yaml", "chart/linked.yaml"]
    assert repository.read_all(repository.head(), paths) == {
        "values.yaml": b"tag: one\r\n",
        "./chart/Chart.yaml": b"name: shop\n",
    }


def test_a_commit_lands_whole_and_nothing_else_changes(repository: GitRepository, remote: Path) -> None:
    head = repository.head()
    change = Edit(
        {"hook": b"#!/bin/sh\ntrue\n", "new/file": b"x", "chart/linked.yaml": None},
        "Change",
        "Why.",
        {"Key": "v"},
    )
    sha = repository.commit(change, on=head, author=Author("Headway", "headway@example.com"), at=NOW)
    assert git(remote, "rev-parse", "main") == sha == repository.head()
    assert git(remote, "log", "-1", "--format=%an|%ae|%cn|%at|%ct|%P", "main") == (
        f"Headway|headway@example.com|Headway|{int(NOW.timestamp())}|{int(NOW.timestamp())}|{head}"
    )
    assert git(remote, "log", "-1", "--format=%B", "main") == "Change\n\nWhy.\n\nKey: v"
    assert repository.changed_paths(head, sha) == ["chart/linked.yaml", "hook", "new/file"]
    assert git(remote, "ls-tree", "main", "hook").startswith("100755"), "the mode is kept"
    assert repository.log(sha, 1)[0].trailers == {"Key": "v"}


@pytest.mark.parametrize("message", ["Take cart 2\n\nKey: v\n", "Ünsigned", "", "\n\n a \n\n"])
def test_a_commit_is_made_as_git_makes_it(
    message: str, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, parent, seconds = (
        git(remote, "rev-parse", "main^{tree}"),
        git(remote, "rev-parse", "main"),
        1790000000,
    )
    for role in ("AUTHOR", "COMMITTER"):
        for key, value in (("NAME", "Bot (ä)"), ("EMAIL", "bot@example.com"), ("DATE", f"{seconds} +0000")):
            monkeypatch.setenv(f"GIT_{role}_{key}", value)
    told = subprocess.run(
        ["git", "-C", str(remote), "commit-tree", tree, "-p", parent, "-F", "-"],
        input=message.encode(),
        capture_output=True,
        check=True,
    )
    made = git_object.commit(tree, parent, "Bot (ä) <bot@example.com>", seconds, message)
    assert git_object.name("commit", made) == told.stdout.decode().strip()


@pytest.mark.parametrize(
    ("author", "subject"),
    [
        (Author("Ada\ntree 0", "ada@example.com"), "Change"),
        (Author("Ada", "ada> 0 +0000\nparent x <"), "Change"),
        (Author("", "ada@example.com"), "Change"),
        (AUTHOR, "Change\0"),
        (AUTHOR, "Half a character: \ud800"),
    ],
)
def test_what_no_commit_can_hold_is_none(author: Author, subject: str, repository: GitRepository) -> None:
    with pytest.raises(BadInput, match="that is no commit"):
        repository.commit(Edit({"a": b"1"}, subject), on=repository.head(), author=author)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(Edit({}, "Nothing"), id="no files"),
        pytest.param(edit("values.yaml", b"tag: one\r\n"), id="the same bytes"),
        pytest.param(edit("missing", None), id="deleting what is not there"),
    ],
)
def test_an_edit_that_changes_nothing_is_no_commit(
    change: Edit, repository: GitRepository, remote: Path
) -> None:
    head = repository.head()
    assert repository.commit(change, on=head, author=AUTHOR) == head
    assert git(remote, "rev-list", "--count", "main") == "1"


def test_who_comes_second_is_told_and_nothing_is_overwritten(
    url: str, repository: GitRepository, remote: Path, tmp_path: Path
) -> None:
    head = repository.head()
    other = GitRepository(url, "main", tmp_path / "other")
    first = other.commit(edit(data=b"tag: theirs\n"), on=other.head(), author=AUTHOR)
    with pytest.raises(Conflict, match="pushed first"):
        repository.commit(edit(data=b"tag: ours\n"), on=head, author=AUTHOR)
    assert git(remote, "rev-parse", "main") == first
    assert repository.commit(edit("other", b"x"), on=repository.head(), author=AUTHOR)
    assert git(remote, "show", "main:values.yaml") == "tag: theirs"


def test_several_writers_at_once_lose_nothing(url: str, remote: Path, tmp_path: Path) -> None:
    def write(name: str, cache: Path) -> None:
        repository = GitRepository(url, "main", cache)
        for number in range(2):
            while True:
                try:
                    repository.commit(edit(f"{name}-{number}", b"x"), on=repository.head(), author=AUTHOR)
                    break
                except Conflict:
                    time.sleep(0.01)

    # Two share a mirror, as two runs on one worker do; the third has its own.
    threads = [
        threading.Thread(target=write, args=(name, tmp_path / cache))
        for name, cache in (("a", "one"), ("b", "one"), ("c", "two"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert git(remote, "rev-list", "--count", "main") == "7"
    files = git(remote, "ls-tree", "--name-only", "main").splitlines()
    assert {f"{name}-{number}" for name in "abc" for number in range(2)} <= set(files)


def test_a_push_whose_answer_was_lost_counts_as_done(
    repository: GitRepository, remote: Path, tmp_path: Path
) -> None:
    head = repository.head()
    sha = repository.commit(edit(), on=head, author=AUTHOR, at=NOW)
    again = GitRepository(f"file://{remote}", "main", tmp_path / "again")
    again.head()
    assert again.commit(edit(), on=head, author=AUTHOR, at=NOW) == sha


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        pytest.param("nobody pushes on Fridays", Refused, id="a rule of somebody's"),
        pytest.param("Gitea: Not allowed to push to protected branch main", ProtectedBranch, id="Gitea"),
        pytest.param(
            "error: GH006: Protected branch update failed for refs/heads/main.", ProtectedBranch, id="GitHub"
        ),
        pytest.param(
            "error: GH013: Repository rule violations found for refs/heads/main.\n"
            "- Changes must be made through a pull request.",
            ProtectedBranch,
            id="a ruleset of GitHub",
        ),
        pytest.param(
            "error: GH013: Repository rule violations found for refs/heads/main.\n- Push cannot contain secrets",
            Refused,
            id="a ruleset that a pull request would not help",
        ),
        pytest.param(
            "GitLab: You are not allowed to push code to protected branches on this project.",
            ProtectedBranch,
            id="GitLab",
        ),
    ],
)
def test_a_rule_of_the_remote_is_refused_not_retried(
    said: str, kind: type[Refused], repository: GitRepository, remote: Path
) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ncat >&2 <<END\n{said}\nEND\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Refused) as raised:
        repository.commit(edit(), on=repository.head(), author=AUTHOR)
    assert type(raised.value) is kind
    assert said.splitlines()[-1] in raised.value.what
    assert git(remote, "rev-list", "--count", "main") == "1"


def test_a_branch_is_replaced_and_deleted_only_over_what_was_seen(
    repository: GitRepository, remote: Path, tmp_path: Path
) -> None:
    main = repository.head()
    branch = repository.beside("headway/shop")
    assert branch.find_head() is None
    first = branch.replace(edit(data=b"tag: 1\n"), on=main, over=None, author=AUTHOR)
    with pytest.raises(Conflict):
        branch.replace(edit(data=b"tag: 2\n"), on=main, over=None, author=AUTHOR)
    second = branch.replace(edit(data=b"tag: 3\n"), on=main, over=first, author=AUTHOR)
    assert (branch.find_head(), git(remote, "rev-list", "--count", "headway/shop")) == (second, "2")
    assert repository.head() == main

    somebody = GitRepository(f"file://{remote}", "headway/shop", tmp_path / "somebody")
    theirs = somebody.commit(
        edit("theirs", b"x"), on=somebody.head(), author=Author("Ada", "ada@example.com")
    )
    with pytest.raises(Conflict):
        branch.replace(edit(data=b"tag: 4\n"), on=main, over=second, author=AUTHOR)
    with pytest.raises(Conflict):
        branch.delete(second)
    assert branch.find_head() == theirs
    found = branch.committers(main, theirs)
    assert [(commit.sha, by) for commit, by in found] == [
        (theirs, "Ada <ada@example.com>"),
        (second, str(AUTHOR)),
    ]
    branch.delete(theirs)
    assert branch.find_head() is None


def test_a_remote_that_is_away_is_no_missing_branch(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such repository"):
        GitRepository(f"file://{tmp_path}/none", "main", tmp_path / "cache").find_head()


@pytest.mark.parametrize(
    ("said", "kind", "then"),
    [
        pytest.param("fatal: remote error: no such repository: /x.git", BadInput, NO_REPOSITORY, id="git"),
        pytest.param("remote: Repository not found.", BadInput, NO_REPOSITORY, id="GitHub, private or none"),
        pytest.param(
            "remote: The project you were looking for could not be found or you don't have permission",
            BadInput,
            NO_REPOSITORY,
            id="GitLab",
        ),
        pytest.param("Gitea: Cannot find repository: o/x", BadInput, NO_REPOSITORY, id="Gitea by ssh"),
        pytest.param("fatal: Could not resolve host: x", Unreachable, "Is the address right?", id="no host"),
    ],
)
def test_what_a_refusal_means(said: str, kind: type[HeadwayError], then: str) -> None:
    error = git_remote.failure("https://git.example.com/x.git", "main", said, None)
    assert (type(error), then in error.next_step) == (kind, True), error


def test_a_branch_below_the_name_of_a_former_one(remote: Path, tmp_path: Path) -> None:
    url = f"file://{remote}"
    git(remote, "branch", "release", "main")
    head = GitRepository(url, "release", tmp_path / "cache").head()
    git(remote, "branch", "-m", "release", "release/2")
    assert GitRepository(url, "release/2", tmp_path / "cache").head() == head


def test_history_newest_first(repository: GitRepository) -> None:
    first = repository.head()
    second = repository.commit(edit(), on=first, author=AUTHOR)
    third = repository.commit(edit("chart/Chart.yaml", b"name: x\n"), on=second, author=AUTHOR)
    assert [commit.sha for commit in repository.log(third, 10)] == [third, second, first]
    assert [commit.sha for commit in repository.log(third, 1)] == [third]
    assert repository.is_ancestor(first, third)
    assert not repository.is_ancestor(third, first)
    assert not repository.is_ancestor("0" * 40, third)
    assert repository.resolve(second[:8]) == second
    assert repository.resolve("0000000") is None
    assert repository.resolve("not hex") is None


def test_a_message_cannot_forge_another_commit(repository: GitRepository) -> None:
    forged = Edit({"x": b"1"}, "Subject\x1e\x1f" + "0" * 40, "a\n\nHeadway-Stage: x\n\nno: trailer of mine")
    sha = repository.commit(forged, on=repository.head(), author=AUTHOR)
    log = repository.log(sha, 5)
    assert len(log) == 2
    assert "Headway-Stage" not in log[0].trailers


@pytest.mark.parametrize(
    ("url", "branch", "sentence"),
    [
        ("--upload-pack=touch /tmp/x", "main", "begin with '-'"),
        ("ext::sh -c id", "main", "not a git address"),
        ("relative/path", "main", "not a git address"),
        ("https://u:secret@example.com/x", "main", "holds a password"),
        ("https:///x", "main", "names no host"),
        ("ssh://-oProxyCommand=x/y", "main", "begins with '-'"),
        ("ssh://git@-oProxyCommand=x/y", "main", "begins with '-'"),
        ("ssh://-x@example.com/y", "main", "begins with '-'"),
        ("-x@example.com:y", "main", "begin with '-'"),
        ("https://example.com:x/y", "main", "not a git address"),
        ("https://[::1/y", "main", "not a git address"),
        ("https://example.com/x\n", "main", "line breaks"),
        ("git@example.com:x\n", "main", "line breaks"),
        ("https://example.com/x\thost=other", "main", "line breaks"),
        ("https://example.com/x", "--force", "not the name of a branch"),
        ("https://example.com/x", "a..b", "not the name of a branch"),
        ("https://example.com/x", "a:b", "not the name of a branch"),
        ("https://example.com/x", "", "not the name of a branch"),
    ],
)
def test_addresses_and_branches_that_git_could_misread(
    url: str, branch: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=sentence) as raised:
        GitRepository(url, branch, tmp_path)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://u@example.com/a.git", "ssh://git@example.com/a", "git@example.com:a/b.git", "/srv/a.git"]
)
def test_addresses_that_are_followed(url: str, tmp_path: Path) -> None:
    GitRepository(url, "feature/x", tmp_path)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "-x", "a/../../x"])
def test_paths_stay_in_the_repository(path: str, remote: Path, tmp_path: Path) -> None:
    repository = GitRepository(f"file://{remote}", "main", tmp_path / "cache")
    head = repository.head()
    with pytest.raises(BadInput):
        repository.read(head, path)
    with pytest.raises(BadInput):
        repository.commit(edit(path), on=head, author=AUTHOR)


def test_nothing_is_written_into_git_itself(remote: Path, tmp_path: Path) -> None:
    repository = GitRepository(f"file://{remote}", "main", tmp_path / "cache")
    with pytest.raises(BadInput, match="not a path"):
        repository.commit(edit(".Git/config"), on=repository.head(), author=AUTHOR)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "missing", "loop"])
def test_a_link_that_leaves_its_folder_is_bad_input(target: str, remote: Path, tmp_path: Path) -> None:
    work = tmp_path / "linker"
    git(tmp_path, "clone", "-q", str(remote), str(work))
    (work / "chart" / "loop").symlink_to(target)
    git(work, "add", ".")
    git(work, "commit", "-qm", "Link")
    git(work, "push", "-q", "origin", "main")
    repository = GitRepository(f"file://{remote}", "main", tmp_path / "cache")
    with pytest.raises(BadInput, match=r"chart|loop"):
        repository.tree(repository.head(), "chart")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(lambda remote: (f"file://{remote}-none", "main"), BadInput, id="no repository"),
        pytest.param(lambda remote: (f"file://{remote}", "none"), BadInput, id="no branch"),
        pytest.param(
            lambda _: (f"git://127.0.0.1:{free_port()}/x", "main"), Unreachable, id="nobody listens"
        ),
        pytest.param(
            lambda _: (f"http://127.0.0.1:{free_port()}/x", "main"), Unreachable, id="nobody listens, http"
        ),
        pytest.param(lambda _: ("https://host.invalid/x", "main"), Unreachable, id="no such host"),
    ],
)
def test_a_remote_that_does_not_answer_is_told_from_one_that_says_no(
    make: Callable[[Path], tuple[str, str]], kind: type[Exception], remote: Path, tmp_path: Path
) -> None:
    started = time.monotonic()
    with pytest.raises(kind):
        GitRepository(*make(remote), tmp_path / "cache").head()
    assert time.monotonic() - started < 10


def test_a_silent_remote_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(git_remote, "SILENCE_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        started = time.monotonic()
        with pytest.raises(Unreachable):
            GitRepository(url, "main", tmp_path).head()
        assert time.monotonic() - started < 8


def test_credentials_open_scheme_and_host_of_their_address_alone(door: Door, tmp_path: Path) -> None:
    ours = GitCredentials("u", "p4ssw0rd", address=door.url.replace("x.git", "shop/application.git"))
    with pytest.raises(BadInput, match=r"access was refused.*Correct the git credentials"):
        GitRepository(door.url, "main", tmp_path, ours).head()
    assert door.shown[-1].startswith("Basic ")
    door.shown.clear()
    theirs = GitCredentials("u", "p4ssw0rd", address="https://git.example.com/shop.git")
    with pytest.raises(
        BadInput, match=r"No credentials were sent.*https://git\.example\.com/shop\.git alone"
    ):
        GitRepository(door.url, "main", tmp_path, theirs).head()
    assert set(door.shown) == {""}


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("https://git.example.com/shop.git", True),
        ("https://GIT.example.com:443/shop.git", True),
        ("https://me@git.example.com/shop.git", True),
        ("http://git.example.com/shop.git", False),
        ("https://git.example.com:8443/shop.git", False),
        ("https://git.example.com.evil.example/shop.git", False),
        ("https://example.com/shop.git", False),
        ("ssh://git@git.example.com/shop.git", False),
        ("git@git.example.com:shop.git", False),
        ("/srv/git.example.com/shop.git", False),
    ],
)
def test_where_credentials_are_good(address: str, opened: bool) -> None:
    assert GitCredentials("u", "p", address).good_at("https://git.example.com/shop/cart.git") is opened


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("git@git.example.com:shop.git", True),
        ("ssh://git@git.example.com/shop.git", True),
        ("ssh://git@GIT.example.com:22/shop.git", True),
        ("ssh://git@git.example.com:2222/shop.git", False),
        ("root@git.example.com:shop.git", False),
        ("ssh://git.example.com/shop.git", False),
        ("git@git.example.org:shop.git", False),
        ("https://git@git.example.com/shop.git", False),
    ],
)
def test_where_an_ssh_key_is_good(address: str, opened: bool) -> None:
    assert GitCredentials(ssh_key="k", address=address).good_at("git@git.example.com:shop/cart.git") is opened


def test_an_ssh_key_is_not_sent_over_http(tmp_path: Path) -> None:
    key = GitCredentials(ssh_key="a key", known_hosts="a host")
    assert "extraHeader" not in str(git_remote.remote_environment("http://git.example.com/x", key))
    GitRepository("http://git.example.com/x", "main", tmp_path, key)
    with git_remote.told_of_ssh("https://git.example.com/x", key) as told:
        assert told == {}
    error = git_remote.failure("https://git.example.com/x", "main", "fatal: Authentication failed", key)
    assert error.next_step == "Give them user and token: those that there are open ssh alone."


def test_ssh_asks_nobody_and_speaks_to_no_host_that_is_not_known() -> None:
    command = git_remote.remote_environment("git@git.example.com:x", None)["GIT_SSH_COMMAND"]
    assert {"-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oControlPath=none"} <= {*command.split()}


def test_a_key_of_a_worker_that_was_killed_is_taken_away_by_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MEMORY", tmp_path)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with ssh.told("a key", "", key_is_good=True) as told:
            os.write(writing, told["GIT_SSH_COMMAND"].encode())
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        (option,) = [each for each in shlex.split(said.read()) if each.startswith("-oIdentityFile=")]
    file = Path(option.partition("=")[2].strip('"'))
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("a key", 0o600)
    memory.sweep(tmp_path)
    assert not file.exists()


BY_SSH = "ssh://git@git.example.com:2222/shop/cart.git"


@pytest.mark.parametrize(
    ("said", "what", "then"),
    [
        pytest.param(
            "ERROR: The key you are authenticating with has been marked as read only.",
            "may read there, and not write",
            "Give it write access",
            id="GitHub, read only",
        ),
        pytest.param(
            "remote: ERROR: This deploy key does not have write access to this project.",
            "may read there, and not write",
            "Give it write access",
            id="GitLab, read only",
        ),
        pytest.param(
            "conq: repository access denied. access via a deployment key is read-only.",
            "may read there, and not write",
            "Give it write access",
            id="Bitbucket, read only",
        ),
        pytest.param(
            "ERROR: Permission to shop/cart.git denied to ada.",
            "access was refused to the worker's own ssh keys",
            "headway add URL --git-ssh-key-from FILE",
            id="GitHub, another's key",
        ),
        pytest.param(
            "error: User: 3:ada with Key: 4:laptop is not authorized to read shop/cart.",
            "access was refused to the worker's own ssh keys",
            "headway add URL --git-ssh-key-from FILE",
            id="Gitea, another's key",
        ),
        pytest.param(
            "repository access denied. deployment key is not associated with the requested repository.",
            "access was refused to the worker's own ssh keys",
            "headway add URL --git-ssh-key-from FILE",
            id="Bitbucket, the key of another repository",
        ),
        pytest.param(
            "error: cannot run ssh: No such file or directory\nfatal: unable to fork",
            "there is no program ssh",
            "Install OpenSSH's client",
            id="no ssh",
        ),
        pytest.param(
            "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa",
            "agree on no algorithm",
            "Bring the older of both up to date",
            id="an old host",
        ),
        pytest.param(
            "@    WARNING: REVOKED HOST KEY DETECTED!               @\nHost key verification failed.",
            "shows another key",
            "`ssh-keyscan -p 2222 git.example.com`",
            id="a revoked host key",
        ),
        pytest.param(
            "ERROR: Repository not found.", "there is no such repository", NO_REPOSITORY, id="GitHub, none"
        ),
        pytest.param(
            "conq: repository does not exist.",
            "there is no such repository",
            NO_REPOSITORY,
            id="Bitbucket, none",
        ),
    ],
)
def test_what_a_refusal_over_ssh_means(said: str, what: str, then: str) -> None:
    """As the hosts write it down; Gitea is asked itself in test_git_hosts."""
    error = git_remote.failure(BY_SSH, "main", said, None)
    assert isinstance(error, BadInput)
    assert (error.where, what in error.what, then in error.next_step) == (f"{BY_SSH} main", True, True), error


APPLICATION, TEAM = "git@git.example.com:shop/application.git", "ssh://git@git.example.com/team"
KEYS = GitCredentials(
    "u",
    "p",
    ssh_key="own",
    known_hosts="a host",
    ssh_keys=(
        ("git@git.example.com:team/cart.git", "cart's"),
        (TEAM, "the team's"),
        ("git@other.example.com:x", "other's"),
    ),
)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("git@git.example.com:team/cart.git", "cart's"),
        ("ssh://git@git.example.com:22/team/cart", "cart's"),
        ("git@git.example.com:/team/cart.git/", "cart's"),
        ("git@git.example.com:team/catalog.git", "the team's"),
        ("git@git.example.com:team", "the team's"),
        ("git@git.example.com:teams/cart.git", "own"),
        ("git@git.example.com:team-b/cart.git", "own"),
        ("git@git.example.com:team/../other/cart.git", "own"),
        ("ssh://git@git.example.com/team/%2e%2e/other/cart.git", "own"),
        ("ssh://git@git.example.com/team#/cart.git", "own"),
        ("ssh://git@git.example.com/team?/cart.git", "own"),
        (APPLICATION, "own"),
        ("git@other.example.com:x.git", "other's"),
        ("git@other.example.com:x/y.git", "other's"),
        ("somebody@git.example.com:team/cart.git", "own"),
        ("ssh://git@git.example.com:2222/team/cart.git", "own"),
        ("https://git.example.com/team/cart.git", "own"),
        ("/srv/team/cart.git", "own"),
    ],
)
def test_which_key_opens_a_repository(url: str, key: str) -> None:
    found = KEYS.at(url, APPLICATION)
    assert (found.ssh_key, found.known_hosts, found.ssh_keys) == (key, "a host", ())
    assert (found.is_for_http, found.password) == ((True, "p") if key == "own" else (False, ""))
    assert found.good_at(url) or key == "own"
    assert "team's" not in repr(KEYS)


@pytest.mark.parametrize(
    "said",
    ["ERROR: Permission to team/cart.git denied to ada.", "ERROR: Repository not found."],
    ids=["of a person's key", "of another's deploy key"],
)
def test_a_repository_that_is_closed_to_the_key_is_given_one_of_its_own(said: str) -> None:
    """As GitHub says it."""
    ours = GitCredentials(ssh_key=written(ED25519), address=APPLICATION)
    for url in ("git@git.example.com:team/cart.git", "git@other.example.com:team/cart.git"):
        error = git_remote.failure(url, "main", said, ours)
        assert "headway add URL --git-ssh-key-of ADDRESS=FILE" in error.next_step, url


@pytest.mark.parametrize(
    "said", ["SSL certificate problem: unable to get local issuer certificate", "error reading ca cert"]
)
@pytest.mark.parametrize(
    ("variables", "ends"),
    [
        pytest.param({}, ".", id="neither"),
        pytest.param({"SSL_CERT_FILE": "/ca"}, " SSL_CERT_FILE is set here, to /ca.", id="the one"),
        pytest.param(
            {"SSL_CERT_FILE": "/ca", "GIT_SSL_CAINFO": "/git"},
            " GIT_SSL_CAINFO is set here, to /git.",
            id="hidden by git's",
        ),
        pytest.param({"GIT_SSL_CAINFO": ""}, " GIT_SSL_CAINFO is set here, to nothing.", id="an empty one"),
    ],
)
def test_which_authorities_git_read_is_told(
    said: str, variables: Mapping[str, str], ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "GIT_SSL_CAINFO"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    error = git_remote.failure("https://git.example.com/shop", "main", f"fatal: {said}", None)
    assert isinstance(error, BadInput)
    assert error.next_step.endswith(ends)
    assert ("is set here" in error.next_step) is bool(variables)


@pytest.mark.parametrize(
    "said", ["Permission denied (publickey).", "No ED25519 host key is known for git.example.com"]
)
def test_of_a_service_by_ssh_nothing_is_advised_that_an_application_by_https_is_refused(said: str) -> None:
    ours = GitCredentials("u", "p4ssw0rd", address="https://git.example.com/shop/application.git")
    error = git_remote.failure(BY_SSH, "main", said, ours)
    assert isinstance(error, BadInput)
    assert set(re.findall(r"--git-[a-z-]+", error.next_step)) <= {"--git-ssh-key-of"}
    assert "with scheme and host of https://git.example.com/shop/application.git" in error.next_step


@pytest.mark.parametrize(
    ("said", "advised"),
    [
        pytest.param(
            "nobody@git.example.com: Permission denied (publickey).", True, id="the user may be wrong"
        ),
        pytest.param(
            "error: Deploy Key: 3:laptop is not authorized to read shop/cart.", False, id="Gitea knew the key"
        ),
        pytest.param("ERROR: Permission to shop/cart.git denied to ada.", False, id="GitHub knew the key"),
    ],
)
def test_another_user_is_advised_where_the_host_has_not_taken_the_key(said: str, advised: bool) -> None:
    error = git_remote.failure(BY_SSH.replace("git@", "nobody@"), "main", said, None)
    assert isinstance(error, BadInput)
    assert ("Most hosts want the user 'git'" in error.next_step) is advised


@pytest.mark.parametrize(
    ("address", "is_asked_by_version_0"),
    [
        ("git://git.example.com/shop.git", True),
        ("https://git.example.com/shop.git", False),
        ("http://git.example.com/shop.git", False),
        ("ssh://git@git.example.com/shop.git", False),
        ("git@git.example.com:shop.git", False),
        ("file:///srv/shop.git", False),
    ],
)
def test_plain_tcp_alone_is_asked_in_one_part(address: str, is_asked_by_version_0: bool) -> None:
    said = git_remote.remote_environment(address, None)
    found = {
        said[f"GIT_CONFIG_KEY_{n}"]: said[f"GIT_CONFIG_VALUE_{n}"]
        for n in range(int(said["GIT_CONFIG_COUNT"]))
    }
    assert (found.get("protocol.version") == "0") is is_asked_by_version_0


def test_credentials_go_to_their_host_and_never_onto_a_command_line(
    remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = git_remote.remote_environment("https://example.com/x", GitCredentials("u", "p4ssw0rd"))
    values = [value for name, value in environment.items() if name.startswith("GIT_CONFIG_KEY_")]
    assert "http.https://example.com/.extraHeader" in values
    assert "p4ssw0rd" not in repr(GitCredentials("u", "p4ssw0rd"))
    with pytest.raises(BadInput, match="in the clear"):
        git_remote.remote_environment("http://example.com/x", GitCredentials("u", "p"))
    lines: list[list[str]] = []
    real = subprocess.Popen.__init__

    def watched(self: object, args: list[str], *rest: object, **options: object) -> None:
        lines.append(list(args))
        real(self, args, *rest, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess.Popen, "__init__", watched)
    repository = GitRepository(f"file://{remote}", "main", tmp_path / "c", GitCredentials("u", "p4ssw0rd"))
    repository.commit(edit(), on=repository.head(), author=AUTHOR)
    assert len(lines) == 4, "init, fetch, what reads, push"
    assert "p4ssw0rd" not in str(lines)
