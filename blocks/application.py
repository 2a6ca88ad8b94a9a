"""The block that registers an application: `watch` looks at every one that is saved.

Its name is headway.yaml's `application`, so that events, runs and blocks speak of one thing by one name.
"""

import posixpath

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.credentials import ForgeCredentials, GitCredentials, RegistryCredentials, S3Credentials
from blocks.described_once import DescribedOnce
from headway.errors import BadInput
from headway.formats import git_object, ssh_signature
from headway.model.edits import Author
from headway.workspace.systems import PolicyPlace


class Application(DescribedOnce, Block):
    """The application repository of one Helm application, and the credentials for what it names."""

    _block_type_name = "Headway application"
    _block_type_slug = "headway-application"
    _description = "An application repository (umbrella chart and headway.yaml) that Headway delivers."

    git_url: str = Field(
        title="Git URL",
        description="The application repository: https, ssh, git or file.",
    )
    branch: str = Field(
        default="main",
        description="The branch that feeds the first environment; Headway commits to it.",
    )
    author: str = Field(
        default=str(Author()),
        description="Whom Headway's commits name. A git host shows a signature as verified where the address is that of the "
        "account that has the key.",
    )
    signing_key: SecretStr | None = Field(
        default=None,
        description="A private key that each commit of Headway's is signed with, as ssh-keygen writes it, ed25519 or RSA, "
        "without a passphrase. Empty: they are not signed.",
    )
    git_credentials: GitCredentials | None = Field(
        default=None,
        title="Git credentials",
        description="For the application repository, and for services' repositories at the same scheme and host.",
    )
    forge_credentials: ForgeCredentials | None = Field(
        default=None,
        description="For the application repository's git host, where its branch is written by pull request.",
    )
    registry_credentials: RegistryCredentials | None = Field(
        default=None,
        description="For the image registry that the services' images are read from.",
    )
    places: list[str] = Field(
        default_factory=list,
        description="Where alone the application may be released: names of Cluster blocks, or cluster/namespace. "
        "Empty: wherever headway.yaml says.",
    )
    gates: list[str] = Field(
        default_factory=list,
        description="Where each release is approved by a person, whatever headway.yaml says: names of Cluster blocks, "
        "or of environments.",
    )
    policy_path: str = Field(
        default="",
        description="The file that policy lives in, in the place of headway.yaml (whose environments then hold content "
        "alone). Empty: headway.yaml.",
    )
    policy_git_url: str = Field(
        default="",
        title="Policy git URL",
        description="The repository of that file; empty for the application's own.",
    )
    policy_branch: str = Field(
        default="",
        description="Its branch; empty for the application's own in its repository, and for main elsewhere.",
    )
    policy_git_credentials: GitCredentials | None = Field(
        default=None,
        description="For that repository, to read it; empty for the application's own, at the same scheme and host.",
    )
    key_services: list[str] = Field(
        default_factory=list,
        description="Whom sops may ask for a key, exactly as its files name them: addresses of Vault or Azure Key Vault, ARNs "
        "of AWS KMS keys (and of a role, or the name of a profile), resource IDs of Google KMS keys. age and PGP need none.",
    )
    sops_age_key: SecretStr | None = Field(
        default=None,
        title="sops age key",
        description="age identities (AGE-SECRET-KEY-...) for this application's sops files, in the place of the worker's.",
    )
    repositories: list[str] = Field(
        default_factory=list,
        description="How the addresses of git and chart repositories begin that headway.yaml may name, such as "
        "https://git.example.com/shop and s3://shop-charts. Empty: any that the credentials open.",
    )
    images: list[str] = Field(
        default_factory=list,
        description="How the image repositories begin that headway.yaml may name, and that the registry credentials are for, "
        "such as registry.example.com/shop. Empty: any that the credentials open.",
    )
    local_folders: list[str] = Field(
        default_factory=list,
        description="Folders of the worker that headway.yaml may name as repositories (file://), with all below them; "
        "what lies beside an application repository that is itself in a folder needs none.",
    )
    s3_credentials: S3Credentials | None = Field(
        default=None,
        title="S3 credentials",
        description="For the chart repositories of the environments.",
    )

    @property
    def commit_author(self) -> Author:
        """Raises BadInput for a name and address that git would write otherwise, and for a signing key that is none."""
        named = git_object.IDENTITY.fullmatch(self.author)
        if not named:
            raise BadInput(
                "it is no author such as Headway <headway@example.com>",
                where="Headway application",
                next_step="Correct `author`.",
            )
        key = self.signing_key.get_secret_value() if self.signing_key else ""
        if key:
            ssh_signature.require_key(key)
        return Author(named["name"], named["email"], key)

    @property
    def policy(self) -> PolicyPlace | None:
        """Where policy lives; None where it is headway.yaml. BadInput for a repository without a path, and for the headway.yaml
        that it is to stand apart from."""
        if not self.policy_path:
            if self.policy_git_url or self.policy_branch:
                raise BadInput(
                    "it names a repository or branch for policy, and no file",
                    where="Headway application",
                    next_step="Fill in `policy_path`.",
                )
            return None
        credentials = self.policy_git_credentials
        place = PolicyPlace(
            path=posixpath.normpath(self.policy_path),
            url=self.policy_git_url,
            branch=self.policy_branch,
            git=credentials.credentials() if credentials else None,
        )
        is_here = place.is_in(self.git_url) and place.branch in ("", self.branch)
        if is_here and place.path == "headway.yaml":
            raise BadInput(
                "`policy_path` names headway.yaml, which policy is to stand apart from",
                where="Headway application",
                next_step="Name another file; or leave it empty, where policy stays in headway.yaml.",
            )
        return place
