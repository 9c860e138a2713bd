"""Answering CloudFormation: a custom resource's outcome is put to the event's pre-signed URL."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

# CloudFormation refuses answers over 4,096 bytes.
REASON_LIMIT = 2000
TIMEOUT_SECONDS = 10


def respond(event: Mapping[str, Any], *, data: Mapping[str, str] | None = None, reason: str = "") -> None:
    """Say SUCCESS with attributes, or with a `reason` FAILED. The physical id never changes, so nothing is ever replaced."""
    body = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason[:REASON_LIMIT],
        "PhysicalResourceId": event.get("PhysicalResourceId") or f"headgate-{event['LogicalResourceId']}",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(data or {}),
    }
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310
