"""Where asynchronous events end: by the settings of the version or alias that was invoked."""

import io
import json
import zipfile
from typing import Any

from headgate.local.cloud import Cloud, CloudConfig

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def test_a_versions_own_settings_hold_for_its_events() -> None:
    """No retry for version 1, whose failure goes to its queue at once; the function itself has no destination."""
    with Cloud(CloudConfig(port=0, http_port=0, controllable_clock=True)) as cloud:
        name, queue, lambdas = _failing(cloud)
        destinations = {"OnFailure": {"Destination": queue}}
        given: Any = {"MaximumRetryAttempts": 0, "DestinationConfig": destinations}
        lambdas.put_function_event_invoke_config(FunctionName=name, Qualifier="1", **given)

        lambdas.invoke(FunctionName=name, Qualifier="1", InvocationType="Event", Payload=b'{"n": 1}')
        cloud.clock.advance(1)
        sqs = cloud.clients.client("sqs")
        (message,) = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="lost")["QueueUrl"])["Messages"]

    record = json.loads(message["Body"])
    assert record["requestContext"] == {
        "requestId": record["requestContext"]["requestId"],
        "functionArn": f"{ARN}failing:1",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "1", "functionError": "Unhandled"}


def _failing(cloud: Cloud) -> tuple[str, str, Any]:
    """A function that fails, with version 1, the ARN of a queue, and Lambda's client."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("app.py", "def handler(event, context): raise ValueError(event)")
    role = cloud.clients.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    lambdas, sqs = cloud.clients.client("lambda"), cloud.clients.client("sqs")
    given: Any = {"Runtime": "python3.13", "Handler": "app.handler", "Role": role}
    lambdas.create_function(FunctionName="failing", Publish=True, Code={"ZipFile": buffer.getvalue()}, **given)
    url = sqs.create_queue(QueueName="lost")["QueueUrl"]
    return "failing", sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["QueueArn"], lambdas
