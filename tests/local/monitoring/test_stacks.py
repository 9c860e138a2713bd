"""What watches and feeds a gateway, from a template."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig

NOON = 1_763_726_400
TRUST = {"Version": "2012-10-17", "Statement": []}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0, controllable_clock=True)) as running:
        running.clock.freeze(NOON)
        yield running


def ref(name: str, attribute: str = "") -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def function(source: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"ZipFile": source},
            "Handler": "index.handler",
            "Runtime": "python3.14",
            "Role": ref("Role", "Arn"),
            "Layers": [ref("Layer")],
        },
    }


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


SOURCE = """
import json, shared

def handler(event, context):
    print("EVENT " + json.dumps([shared.NAME, event]))
    if "fail" in json.dumps(event):
        raise ValueError("told to")
"""


def template(bucket: str, *, retries: int = 0) -> str:
    resources = {
        "Role": resource("IAM::Role", AssumeRolePolicyDocument=TRUST),
        "Layer": resource("Lambda::LayerVersion", Content={"S3Bucket": bucket, "S3Key": "layer.zip"}),
        "Function": function(SOURCE),
        "Config": resource(
            "Lambda::EventInvokeConfig",
            FunctionName=ref("Function"),
            Qualifier="$LATEST",
            MaximumRetryAttempts=retries,
            DestinationConfig={"OnFailure": {"Destination": ref("Failed", "Arn")}},
        ),
        "Failed": resource("SQS::Queue", QueueName="failed"),
        "FailedPolicy": resource("SQS::QueuePolicy", Queues=[ref("Failed")], PolicyDocument=TRUST),
        "Topic": resource("SNS::Topic"),
        "TopicPolicy": resource("SNS::TopicPolicy", Topics=[ref("Topic")], PolicyDocument=TRUST),
        "Told": resource(
            "SNS::Subscription", TopicArn=ref("Topic"), Protocol="lambda", Endpoint=ref("Function", "Arn")
        ),
        "Work": resource("SQS::Queue", QueueName="work"),
        "Feed": resource("Lambda::EventSourceMapping", FunctionName=ref("Function"), EventSourceArn=ref("Work", "Arn")),
        "Alarm": resource(
            "CloudWatch::Alarm",
            Namespace="N",
            MetricName="bad",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        ),
        "Any": resource(
            "CloudWatch::CompositeAlarm",
            AlarmRule={"Fn::Sub": 'ALARM("${Alarm}")'},
            AlarmActions=[ref("Topic")],
        ),
        "Board": resource("CloudWatch::Dashboard", DashboardName="board", DashboardBody='{"widgets": []}'),
    }
    return json.dumps({"Resources": resources})


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> str:
    """The name of the stack, deployed and then updated."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("python/shared.py", "NAME = 'from the layer'")
    s3 = cloud.clients.client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="layer.zip", Body=archive.getvalue())
    engine = cloud.engines.engine("123456789012", "us-east-1")
    for body in (template("code", retries=1), template("code")):
        result = engine.deploy("watch", body)
        assert result.ok, result.failures
    return "watch"


def events(cloud: Cloud, stack: str) -> list[Any]:
    """What the function was given, after what is under way."""
    cloud.clock.settle()
    engine = cloud.engines.engine("123456789012", "us-east-1")
    name = engine.get(stack).resources["Function"].physical_id
    found = cloud.clients.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [json.loads(line["message"][6:]) for line in found if line["message"].startswith("EVENT ")]


def test_a_composite_alarm_tells_a_topic_that_calls_a_function_with_a_layer(cloud: Cloud, stack: str) -> None:
    cloud.clients.client("cloudwatch").put_metric_data(Namespace="N", MetricData=[{"MetricName": "bad", "Value": 1}])

    cloud.clock.advance(60)

    layer, event = events(cloud, stack)[0]
    assert layer == "from the layer"
    assert json.loads(event["Records"][0]["Sns"]["Message"])["NewStateValue"] == "ALARM"


def test_a_queue_feeds_the_function_and_a_failure_goes_to_its_destination(cloud: Cloud, stack: str) -> None:
    sqs, lambdas = cloud.clients.client("sqs"), cloud.clients.client("lambda")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="work")["QueueUrl"], MessageBody="job")
    assert events(cloud, stack)[-1][1]["Records"][0]["body"] == "job"
    name = cloud.engines.engine("123456789012", "us-east-1").get(stack).resources["Function"].physical_id

    lambdas.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"fail": 1}')
    cloud.clock.advance(3600)

    received = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="failed")["QueueUrl"])["Messages"]
    assert json.loads(received[0]["Body"])["requestContext"]["approximateInvokeCount"] == 1


def test_deleting_the_stack_leaves_nothing(cloud: Cloud, stack: str) -> None:
    assert cloud.clients.client("cloudwatch").list_dashboards()["DashboardEntries"]

    result = cloud.engines.engine("123456789012", "us-east-1").destroy(stack)

    assert result.ok, result.failures
    found = cloud.clients.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert (found["MetricAlarms"], found["CompositeAlarms"]) == ([], [])
    assert cloud.clients.client("cloudwatch").list_dashboards()["DashboardEntries"] == []
    assert cloud.clients.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert cloud.clients.client("sns").list_subscriptions()["Subscriptions"] == []
