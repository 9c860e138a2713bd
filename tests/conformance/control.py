"""boto3 clients whose failures are values, and what every endpoint needs once."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

REGION = "us-east-1"
SERVICES = (
    *("apigateway", "lambda", "iam", "sts", "cognito-idp", "logs"),
    *("sqs", "sns", "events", "dynamodb", "stepfunctions", "s3", "kinesis", "ssm"),
)


class ControlError(Exception):
    """A control-plane call that did not work; `details` has operation, status, code and message."""

    def __init__(self, details: Mapping[str, Any]) -> None:
        super().__init__(f"{details['operation']}: {details['status']} {details['code']}: {details['message']}"[:300])
        self.details = details


class Control:
    """Calls AWS at one endpoint."""

    def __init__(self, endpoint: str) -> None:
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        config = Config(
            retries={"max_attempts": 1, "mode": "standard"},
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=64,
            proxies={},
            s3={"addressing_style": "path"},
        )
        self._clients = {name: session.client(name, endpoint_url=endpoint, config=config) for name in SERVICES}
        self.account = self._account()
        self.role = self._role()

    def call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`call("create_resource", …)` is API Gateway's, `call("lambda.invoke", …)` another service's. Raises ControlError."""
        service, _, name = operation.rpartition(".")
        try:
            answer: dict[str, Any] = getattr(self._clients[service or "apigateway"], name)(**arguments)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            told = error.response.get("Error", {})
            raise ControlError(_details(operation, status, told.get("Code"), told.get("Message"))) from None
        except (BotoCoreError, ValueError, KeyError, TypeError) as error:
            raise ControlError(_details(operation, None, type(error).__name__, error)) from None
        answer["ResponseMetadata"] = {}
        return answer

    def takes(self, operation: str, parameter: str) -> bool:
        """Whether an operation of API Gateway has such a parameter, so that cases need not repeat ids."""
        service, _, name = operation.rpartition(".")
        client = self._clients[service or "apigateway"]
        shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[name]).input_shape
        return shape is not None and parameter in shape.members

    def _account(self) -> str:
        try:
            return str(self.call("sts.get_caller_identity", {})["Account"])
        except ControlError:
            return "000000000000"

    def _role(self) -> str:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        try:
            made = self.call("iam.create_role", {"RoleName": "conformance", "AssumeRolePolicyDocument": trust})
        except ControlError:  # it exists already, or there is no IAM to ask
            return f"arn:aws:iam::{self.account}:role/conformance"
        return str(made["Role"]["Arn"])


def _details(operation: str, status: int | None, code: Any, message: Any) -> dict[str, Any]:
    return {"operation": operation, "status": status, "code": code, "message": str(message)}


def zipped(code: str) -> bytes:
    """A deployment package with one file, the same bytes for the same code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("index.py", (2024, 1, 1, 0, 0, 0))
        info.external_attr = 0o644 << 16
        archive.writestr(info, code)
    return buffer.getvalue()
