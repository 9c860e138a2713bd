"""What a template may look up outside itself while it is evaluated: SSM parameters and dynamic references."""

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .handlers.contract import Clients
from .intrinsics import IntrinsicError
from .parameters import ParameterError


def ssm_reader(clients: Clients) -> Callable[[str], str]:
    """Reads the value behind a parameter of type `AWS::SSM::Parameter::Value<...>`."""

    def read(name: str) -> str:
        try:
            value: str = clients("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        except (ClientError, BotoCoreError) as error:
            is_missing = isinstance(error, ClientError) and error.response["Error"]["Code"] == "ParameterNotFound"
            why = "" if is_missing else f" ({error})"
            told = f"Unable to fetch parameters [{name}] from parameter store for this account.{why}"
            raise ParameterError([told]) from error
        return value

    return read


def dynamic_reader(clients: Clients) -> Callable[[str, str], str]:
    """Resolves `{{resolve:ssm:name:version}}`, `ssm-secure` and `secretsmanager:id:SecretString:key`."""

    def read(service: str, reference: str) -> str:
        try:
            if service in {"ssm", "ssm-secure"}:
                answer = clients("ssm").get_parameter(Name=reference, WithDecryption=service == "ssm-secure")
                return str(answer["Parameter"]["Value"])
            if service == "secretsmanager":
                return _secret(clients, reference)
        except (ClientError, BotoCoreError, KeyError, ValueError) as error:
            raise IntrinsicError(f"Could not resolve {{{{resolve:{service}:{reference}}}}}: {error}") from error
        raise IntrinsicError(f"Dynamic reference {service} is not one of ssm, ssm-secure, secretsmanager")

    return read


def _secret(clients: Clients, reference: str) -> str:
    # An ARN has colons of its own: the parts after it start at the seventh.
    parts = reference.split(":")
    start = 7 if reference.startswith("arn:") else 1
    secret_id, options = ":".join(parts[:start]), parts[start:]
    text: str = clients("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    key = options[1] if len(options) > 1 else ""
    if not key:
        return text
    members: dict[str, Any] = json.loads(text)
    return str(members[key])
