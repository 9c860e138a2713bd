"""The function that the data-plane benchmark runs, here and behind every peer."""

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 Lambda's signature
    return {"statusCode": 200, "body": json.dumps({"path": event["path"]})}


def authorizer(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 Lambda's signature
    """Lets everybody in: what is measured is the way through it."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {"principalId": "bench", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
