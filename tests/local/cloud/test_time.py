"""One clock for the whole cloud: functions, alarms and their events, asynchronous retries, the admin page."""

import io
import itertools
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headgate.local.cloud import Cloud, CloudConfig

NOON = 1_763_726_400  # 2025-11-21 12:00:00 UTC

RECORDER = """
import datetime, json, time

def handler(event, context):
    print("EVENT " + json.dumps(event))
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError("told to")
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"time": time.time(), "datetime": now.isoformat(), "day": datetime.date.today().isoformat(),
            "left": context.get_remaining_time_in_millis(), "is": isinstance(now, datetime.datetime),
            "gm": time.strftime("%H:%M", time.gmtime()), "kind": type(now).__module__}
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(CloudConfig(port=0, http_port=0, controllable_clock=True)) as running:
        yield running


@pytest.fixture(autouse=True)
def at_noon(cloud: Cloud) -> None:
    cloud.clock.freeze(NOON)


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> Callable[..., str]:
    """`function()` makes a function; its ARN."""
    role = cloud.clients.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    numbers = itertools.count()

    def make(source: str = RECORDER, **settings: Any) -> str:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("app.py", source)
        given = {
            "Runtime": "python3.14",
            "Handler": "app.handler",
            "Role": role,
            "Code": {"ZipFile": buffer.getvalue()},
        }
        name = f"f{next(numbers)}"
        made = cloud.clients.client("lambda").create_function(FunctionName=name, **given, **settings)
        return str(made["FunctionArn"])

    return make


def invoke(cloud: Cloud, arn: str, event: Any = None, kind: str = "RequestResponse") -> Any:
    answer = cloud.clients.client("lambda").invoke(
        FunctionName=arn, Payload=json.dumps(event).encode(), InvocationType=kind
    )
    return json.loads(answer["Payload"].read() or b"null")


def events_of(cloud: Cloud, arn: str) -> list[tuple[int, Any]]:
    """(seconds after noon, event) of every invocation."""
    group = f"/aws/lambda/{arn.rpartition(':')[2]}"
    found = cloud.clients.client("logs").filter_log_events(logGroupName=group)["events"]
    return [
        (line["timestamp"] // 1000 - NOON, json.loads(line["message"].partition(" ")[2]))
        for line in found
        if line["message"].startswith("EVENT ")
    ]


def test_a_function_sees_the_clouds_time(cloud: Cloud, function: Callable[..., str]) -> None:
    arn = function(Timeout=7)

    assert invoke(cloud, arn) == {
        "time": NOON,
        "datetime": "2025-11-21T12:00:00+00:00",
        "day": "2025-11-21",
        "left": 7000,
        "is": True,
        "gm": "12:00",
        "kind": "datetime",
    }
    cloud.clock.advance(86_400)
    assert invoke(cloud, arn)["datetime"] == "2025-11-22T12:00:00+00:00"


def test_a_function_sees_a_running_clock_run(cloud: Cloud, function: Callable[..., str]) -> None:
    arn = function()
    cloud.clock.resume()

    first, second = invoke(cloud, arn)["time"], invoke(cloud, arn)["time"]

    assert NOON < first < second < NOON + 60


def alarm(cloud: Cloud, name: str, **settings: Any) -> None:
    """An alarm on 5xx answers of the canary, from access-log lines through a metric filter."""
    logs, group = cloud.clients.client("logs"), f"/access/{name}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    logs.put_metric_filter(
        logGroupName=group,
        filterName="canary-5xx",
        filterPattern='{ $.status >= 500 && $.canary = "true" }',
        metricTransformations=[
            {"metricName": name, "metricNamespace": "Demo", "metricValue": "1", "defaultValue": 0, "unit": "Count"}
        ],
    )
    cloud.clients.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        **{
            "Namespace": "Demo",
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            **settings,
        },
    )


def answers(cloud: Cloud, name: str, *statuses: int) -> None:
    """Access-log lines of now, as the data plane writes them."""
    from headgate.local.services.logs import Line, LocalLogs, Place

    place = Place("123456789012", "us-east-1", f"/access/{name}", "s")
    for status in statuses:
        line = json.dumps({"status": status, "canary": "true"})
        LocalLogs.writer.write(Line(place, int(cloud.clock.now() * 1000), line))


def state(cloud: Cloud, name: str) -> str:
    found = cloud.clients.client("cloudwatch").describe_alarms(AlarmNames=[name])
    return str((found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"])


def test_bad_answers_raise_an_alarm_whose_event_reaches_a_function(cloud: Cloud, function: Callable[..., str]) -> None:
    arn, events = function(), cloud.clients.client("events")
    alarm(cloud, "whole-path")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": ["whole-path"], "state": {"value": ["ALARM"]}}}
    events.put_rule(Name="whole-path", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="whole-path", Targets=[{"Id": "f", "Arn": arn}])

    answers(cloud, "whole-path", 200, 500, 503)
    cloud.clock.advance(60)
    assert state(cloud, "whole-path") == "OK"
    answers(cloud, "whole-path", 500, 500, 500)
    cloud.clock.advance(600)

    [(moment, event)] = events_of(cloud, arn)
    assert moment == 120
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["time"] == "2025-11-21T12:02:00Z"
    assert event["detail"]["previousState"]["value"] == "OK"
    assert event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "whole-path"
    assert state(cloud, "whole-path") == "OK"


def test_metric_math_compares_the_share_of_errors(cloud: Cloud) -> None:
    cloudwatch = cloud.clients.client("cloudwatch")

    def query(name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "Demo", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    expression = {"Id": "rate", "Expression": "IF(count > 20, errors / count, 0)"}
    cloudwatch.put_metric_alarm(
        AlarmName="share",
        Metrics=[query("count"), query("errors"), expression],
        EvaluationPeriods=1,
        Threshold=0.1,
        ComparisonOperator="GreaterThanThreshold",
    )

    def minute(count: int, errors: int) -> str:
        data = [{"MetricName": "count", "Value": count}, {"MetricName": "errors", "Value": errors}]
        cloudwatch.put_metric_data(Namespace="Demo", MetricData=data)
        cloud.clock.advance(60)
        return state(cloud, "share")

    assert [minute(10, 10), minute(100, 10), minute(100, 11)] == ["OK", "OK", "ALARM"]


def test_a_composite_alarm_follows_and_calls_its_actions(cloud: Cloud, function: Callable[..., str]) -> None:
    arn, cloudwatch, sns = function(), cloud.clients.client("cloudwatch"), cloud.clients.client("sns")
    queue = cloud.clients.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    topic = sns.create_topic(Name="told")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:told")
    alarm(cloud, "child")
    cloudwatch.put_composite_alarm(
        AlarmName="both", AlarmRule='ALARM("child") AND NOT ALARM("nobody")', AlarmActions=[arn, topic]
    )

    answers(cloud, "child", 500, 500, 500)
    cloud.clock.advance(60)

    assert state(cloud, "both") == "ALARM"
    assert events_of(cloud, arn)[0][1]["alarmData"]["alarmName"] == "both"
    [message] = cloud.clients.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(json.loads(message["Body"])["Message"])["NewStateValue"] == "ALARM"


def test_percentiles_of_what_a_filter_reports(cloud: Cloud) -> None:
    cloudwatch = cloud.clients.client("cloudwatch")
    values = [{"MetricName": "latency", "Values": [float(n) for n in range(101)], "Unit": "Milliseconds"}]
    cloudwatch.put_metric_data(Namespace="Demo", MetricData=values)
    about = {"Namespace": "Demo", "MetricName": "latency", "StartTime": NOON, "EndTime": NOON + 60, "Period": 60}

    points = cloudwatch.get_metric_statistics(**about, ExtendedStatistics=["p50", "p90", "p99"])["Datapoints"]

    assert points[0]["ExtendedStatistics"] == {"p50": 50.0, "p90": 90.0, "p99": 99.0}
    assert cloudwatch.get_metric_statistics(**about, Statistics=["Maximum"])["Datapoints"][0]["Maximum"] == 100.0


def test_powertools_metrics_become_metrics(cloud: Cloud, function: Callable[..., str]) -> None:
    source = """
from aws_lambda_powertools import Metrics
metrics = Metrics(namespace="Shop", service="till")

@metrics.log_metrics
def handler(event, context):
    metrics.add_metric(name="Sales", unit="Count", value=7)
"""
    invoke(cloud, function(source))

    found = cloud.clients.client("cloudwatch").get_metric_data(
        StartTime=NOON - 60,
        EndTime=NOON + 60,
        MetricDataQueries=[
            {
                "Id": "sales",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "Shop",
                        "MetricName": "Sales",
                        "Dimensions": [{"Name": "service", "Value": "till"}],
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
        ],
    )["MetricDataResults"][0]
    assert found["Values"] == [7.0]


def test_an_asynchronous_event_is_tried_again_after_one_minute_and_two(
    cloud: Cloud, function: Callable[..., str]
) -> None:
    queue = cloud.clients.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    arn = function(DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"})

    invoke(cloud, arn, {"fail": 1}, "Event")
    cloud.clock.advance(3600)

    assert [moment for moment, _ in events_of(cloud, arn)] == [0, 60, 180]
    [message] = cloud.clients.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"]) == {"fail": 1}


def test_a_functions_own_configuration_of_retries_counts(cloud: Cloud, function: Callable[..., str]) -> None:
    queue = cloud.clients.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    arn = function()
    destination = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}}
    lambdas = cloud.clients.client("lambda")
    lambdas.put_function_event_invoke_config(FunctionName=arn, MaximumRetryAttempts=2)
    lambdas.put_function_event_invoke_config(FunctionName=arn, MaximumRetryAttempts=0, DestinationConfig=destination)

    invoke(cloud, arn, {"fail": 1}, "Event")
    cloud.clock.advance(3600)

    assert len(events_of(cloud, arn)) == 1
    [message] = cloud.clients.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_a_throttled_asynchronous_event_waits_for_its_turn(cloud: Cloud, function: Callable[..., str]) -> None:
    arn, lambdas = function(), cloud.clients.client("lambda")
    lambdas.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=0)

    invoke(cloud, arn, {"n": 1}, "Event")
    cloud.clock.advance(5)
    assert not cloud.clients.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{arn[-3:]}")[
        "logGroups"
    ]
    lambdas.delete_function_concurrency(FunctionName=arn)
    cloud.clock.advance(60)

    assert [event for _, event in events_of(cloud, arn)] == [{"n": 1}]


def test_a_topic_and_a_queue_reach_functions(cloud: Cloud, function: Callable[..., str]) -> None:
    by_topic, by_queue, sns = function(), function(), cloud.clients.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=by_topic)
    queue = cloud.clients.client("sqs").create_queue(QueueName="work")["QueueUrl"]
    cloud.clients.client("lambda").create_event_source_mapping(
        FunctionName=by_queue, EventSourceArn="arn:aws:sqs:us-east-1:123456789012:work"
    )

    sns.publish(TopicArn=topic, Message="hello")
    cloud.clients.client("sqs").send_message(QueueUrl=queue, MessageBody="job")
    cloud.clock.settle()

    assert events_of(cloud, by_topic)[0][1]["Records"][0]["Sns"]["Message"] == "hello"
    assert events_of(cloud, by_queue)[0][1]["Records"][0]["body"] == "job"


def test_an_event_of_ones_own_reaches_every_kind_of_target(cloud: Cloud, function: Callable[..., str]) -> None:
    arn, events = function(), cloud.clients.client("events")
    queue = cloud.clients.client("sqs").create_queue(QueueName="targets")["QueueUrl"]
    events.put_rule(Name="own", EventPattern=json.dumps({"source": [{"prefix": "shop."}]}))
    transformer = {"InputPathsMap": {"what": "$.detail.what"}, "InputTemplate": '{"sold": <what>}'}
    targets = [
        {"Id": "f", "Arn": arn, "InputTransformer": transformer},
        {"Id": "q", "Arn": "arn:aws:sqs:us-east-1:123456789012:targets"},
    ]
    events.put_targets(Rule="own", Targets=targets)

    entry = {"Source": "shop.till", "DetailType": "Sale", "Detail": json.dumps({"what": "tea"})}
    answer = events.put_events(Entries=[entry, {**entry, "Source": "other"}, {**entry, "Detail": "no json"}])
    cloud.clock.settle()

    assert answer["FailedEntryCount"] == 1
    assert [event for _, event in events_of(cloud, arn)] == [{"sold": "tea"}]
    [message] = cloud.clients.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["time"] == "2025-11-21T12:00:00Z"


def move(cloud: Cloud, body: Any) -> Any:
    request = urllib.request.Request(
        f"{cloud.endpoint_url}/_headgate/clock", data=json.dumps(body).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def test_the_admin_page_moves_the_clock(cloud: Cloud) -> None:
    assert move(cloud, {"advance": 300}) == {"now": NOON + 300, "frozen": True, "controllable": True}
    assert move(cloud, {"set": NOON})["now"] == NOON
    assert move(cloud, {"resume": True})["frozen"] is False
    assert move(cloud, {"freeze": NOON + 5})["now"] == NOON + 5


@pytest.mark.parametrize("body", [{"advance": -1}, {"advance": "soon"}, {}, {"jump": 1}, {"set": 1, "reset": True}, []])
def test_the_admin_page_refuses_what_is_no_move(cloud: Cloud, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        move(cloud, body)

    with refusal.value as answer:
        assert answer.code == 400
    assert cloud.clock.now() == NOON
