"""The local cloud with the benchmark's API, until standard input ends: `python -m benchmarks.headgate_server`.

Prints where it answers: `mock`, `lambda` and `lambda, all phases` on the friendly port, `mock, AWS port` on the other.
"""

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

from headgate.local.cloud import Cloud, CloudConfig

from .mock_api import STAGE, document, every_phase, function, guards, mock

HANDLER = Path(__file__).resolve().parent / "peers" / "handler.py"
WATCHED = "watched"  # the second stage, on the friendly port at the base path of that name
LOG_FORMAT = (
    '{"id":"$context.requestId","status":"$context.status","path":"$context.path","ip":"$context.identity.sourceIp"}'
)


def main() -> None:
    with Cloud(CloudConfig(port=0, http_port=0)) as cloud:
        print(json.dumps(deploy(cloud)), flush=True)
        sys.stdin.read()


def deploy(cloud: Cloud) -> dict[str, str]:
    """Two functions, one API with a method for each case, and a second stage with an access log and unreached limits."""
    role = _role(cloud)
    functions = [_function(cloud, name, role) for name in ("handler", "authorizer")]
    paths = {"/mock": mock(), "/hello": function(functions[0]), "/guarded": every_phase(functions[0])}
    gateways = cast(Any, cloud.clients.client("apigateway"))
    body = json.dumps(document(paths, **guards(functions[1]))).encode()
    api = gateways.import_rest_api(body=body)["id"]
    for stage in (STAGE, WATCHED):
        gateways.create_deployment(restApiId=api, stageName=stage)
    _watch(cloud, api)
    cloud.map_default(api, STAGE)
    cloud.map_default(api, WATCHED, WATCHED)
    http, aws = (url.replace("localhost", "127.0.0.1") for url in (cloud.http_url, cloud.endpoint_url))
    return {
        "mock": f"{http}/mock",
        "mock, AWS port": f"{aws}/_aws/execute-api/{api}/{STAGE}/mock",
        "lambda": f"{http}/hello",
        "lambda, all phases": f"{http}/{WATCHED}/guarded?token=bench",
    }


def _watch(cloud: Cloud, api: str) -> None:
    """An access log for the second stage, and a limit on its guarded method."""
    cast(Any, cloud.clients.client("logs")).create_log_group(logGroupName="bench")
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:bench"
    changes = {
        "/accessLogSettings/destinationArn": arn,
        "/accessLogSettings/format": LOG_FORMAT,
        "/~1guarded/GET/throttling/rateLimit": "1000000",
        "/~1guarded/GET/throttling/burstLimit": "1000000",
    }
    operations = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
    gateways = cast(Any, cloud.clients.client("apigateway"))
    gateways.update_stage(restApiId=api, stageName=WATCHED, patchOperations=operations)


def _role(cloud: Cloud) -> str:
    principal = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [principal]})
    made = cast(Any, cloud.clients.client("iam")).create_role(RoleName="bench", AssumeRolePolicyDocument=trust)
    return str(made["Role"]["Arn"])


def _function(cloud: Cloud, name: str, role: str) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.write(HANDLER, "handler.py")
    made = cast(Any, cloud.clients.client("lambda")).create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler=f"handler.{name}",
        Role=role,
        Code={"ZipFile": archive.getvalue()},
    )
    return str(made["FunctionArn"])


if __name__ == "__main__":
    main()
