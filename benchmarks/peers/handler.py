"""The function that the data-plane benchmark runs, here and behind every peer."""

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 Lambda's signature
    return {"statusCode": 200, "body": json.dumps({"path": event["path"]})}
