"""A registry of AWS (ECR): its password is asked of AWS, and holds for twelve hours.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from headway.clients.registry.logins.kept import KeptLogins
from headway.errors import BadInput, Unreachable
from headway.formats import image_reference
from headway.formats.docker_config import Login
from headway.model.credentials import AwsRegistry

_HOST = re.compile(
    r"\d{12}\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)\Z"
)
MARGIN = 600.0
"""Seconds before its end in which a password is not used any more."""
_RIGHT = (
    "It needs ecr:GetAuthorizationToken, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:ListImages."
)


class AwsLogins:
    """See Logins."""

    def __init__(self, registry: AwsRegistry) -> None:
        self._registry = registry
        self._host = image_reference.registry_host(registry.host)
        self._kept = KeptLogins()

    def of(self, host: str, path: str) -> Login | None:  # noqa: ARG002
        if host.lower() != self._host:
            return None
        return self._kept.of(self._host, self._ask)

    def refused(self, host: str, path: str) -> None:  # noqa: ARG002
        self._kept.forget(host.lower())

    def _ask(self) -> tuple[Login, float]:
        match = _HOST.match(self._host)
        if match is None:
            raise BadInput(
                "it is no registry of AWS, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                where=self._host,
                next_step="Correct `host` of the registry credentials, or take out `aws`.",
            )
        try:
            answer = client(self._registry, match["region"]).get_authorization_token()
        except NoCredentialsError as error:
            raise BadInput(
                "AWS is asked without credentials",
                where=self._host,
                next_step="Give the worker a role or keys.",
            ) from error
        except ClientError as error:
            raise _ours(error, self._host) from error
        except BotoCoreError as error:
            raise Unreachable(
                f"AWS does not answer ({error})", where=self._host, next_step="It is tried again."
            ) from error
        return _read(answer, self._host)


def client(registry: AwsRegistry, region: str) -> Any:
    return boto3.session.Session().client(
        "ecr",
        aws_access_key_id=registry.access_key or None,
        aws_secret_access_key=registry.secret_key or None,
        region_name=region,
        config=Config(
            connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"}
        ),
    )


def _ours(error: ClientError, host: str) -> BadInput | Unreachable:
    """By its code alone: AWS's sentence may name who asks."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if status == 429 or status >= 500 or "Throttl" in code or code == "RequestLimitExceeded":
        return Unreachable(f"AWS answered {code}", where=host, next_step="It is tried again.")
    return BadInput(f"AWS refuses its password ({code})", where=host, next_step=_RIGHT)


def _read(answer: Any, host: str) -> tuple[Login, float]:
    """Of the first token: user and password in base64, and when they end."""
    try:
        first = answer["authorizationData"][0]
        username, colon, password = base64.b64decode(first["authorizationToken"]).decode().partition(":")
        ends: datetime = first["expiresAt"]
    except (LookupError, TypeError, UnicodeDecodeError, binascii.Error):
        colon = ""
    if not colon:
        raise BadInput("AWS's answer holds no user and password", where=host)
    return Login(username, password), (ends - datetime.now(UTC)).total_seconds() - MARGIN
