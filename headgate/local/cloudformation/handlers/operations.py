"""AWS::CloudWatch::Alarm, AWS::Events::Rule, AWS::StepFunctions::StateMachine, AWS::SNS::Topic, AWS::SQS::Queue."""

import json
from collections.abc import Mapping
from typing import Any

from .contract import Handler, HandlerError, Made, Request
from .shapes import conform, is_true, tag_map


def put_alarm(request: Request) -> Made:
    """PutMetricAlarm, which overwrites."""
    properties = request.properties
    name = request.physical_id or request.name(properties.get("AlarmName"), limit=255)
    wanted = {key: value for key, value in properties.items() if key != "Tags"} | {"AlarmName": name}
    request.clients("cloudwatch").put_metric_alarm(**conform("cloudwatch", "PutMetricAlarm", wanted))
    return Made(name, {"Arn": request.stack.arn("cloudwatch", f"alarm:{name}")})


def delete_alarm(request: Request) -> None:
    """DeleteAlarms; one that is gone is fine."""
    request.clients("cloudwatch").delete_alarms(AlarmNames=[request.physical_id])


def put_rule(request: Request) -> Made:
    """PutRule, which overwrites, and its targets."""
    client, properties = request.clients("events"), request.properties
    name = request.physical_id or request.name(properties.get("Name"))
    wanted = {**properties, "Name": name, "Tags": []}
    if isinstance(properties.get("EventPattern"), Mapping):
        wanted["EventPattern"] = json.dumps(properties["EventPattern"])
    parameters = conform("events", "PutRule", wanted)
    del parameters["Tags"]
    arn = client.put_rule(**parameters)["RuleArn"]
    targets = {target["Id"]: target for target in properties.get("Targets") or ()}
    gone = sorted({target["Id"] for target in request.old_properties.get("Targets") or ()} - set(targets))
    bus = {"EventBusName": properties["EventBusName"]} if properties.get("EventBusName") else {}
    if gone:
        client.remove_targets(Rule=name, Ids=gone, **bus)
    if targets:
        conformed = conform("events", "PutTargets", {"Rule": name, "Targets": list(targets.values())})
        client.put_targets(**conformed, **bus)
    return Made(name, {"Arn": arn})


def delete_rule(request: Request) -> None:
    """DeleteRule without its targets; one that is gone is fine."""
    client, properties = request.clients("events"), request.properties
    bus = {"EventBusName": properties["EventBusName"]} if properties.get("EventBusName") else {}
    targets = [target["Id"] for target in properties.get("Targets") or ()]
    try:
        if targets:
            client.remove_targets(Rule=request.physical_id, Ids=targets, **bus)
        client.delete_rule(Name=request.physical_id, **bus)
    except client.exceptions.ResourceNotFoundException:
        return


def create_machine(request: Request) -> Made:
    """CreateStateMachine from DefinitionString, Definition or an S3 object, with its substitutions."""
    properties = request.properties
    name = request.name(properties.get("StateMachineName"), limit=80)
    made = request.clients("stepfunctions").create_state_machine(
        name=name,
        definition=_definition(request),
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
        **_observed(properties),
    )
    arn = made["stateMachineArn"]
    return Made(arn, {"Arn": arn, "Name": name})


def update_machine(request: Request) -> Made:
    """UpdateStateMachine."""
    request.clients("stepfunctions").update_state_machine(
        stateMachineArn=request.physical_id,
        definition=_definition(request),
        roleArn=request.properties["RoleArn"],
        **_observed(request.properties),
    )
    return Made(request.physical_id, request.old_attributes)


def _observed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Logging and tracing, in the API's case."""
    wanted = {name: properties[name] for name in ("LoggingConfiguration", "TracingConfiguration") if name in properties}
    return conform("stepfunctions", "CreateStateMachine", wanted)


def delete_machine(request: Request) -> None:
    """DeleteStateMachine, which never minds one that is gone."""
    request.clients("stepfunctions").delete_state_machine(stateMachineArn=request.physical_id)


def _definition(request: Request) -> str:
    properties = request.properties
    location = properties.get("DefinitionS3Location")
    if properties.get("DefinitionString"):
        text = str(properties["DefinitionString"])
    elif properties.get("Definition"):
        text = json.dumps(properties["Definition"])
    elif location:
        stored = request.clients("s3").get_object(Bucket=location["Bucket"], Key=location["Key"])
        text = stored["Body"].read().decode("utf-8")
    else:
        raise HandlerError("One of DefinitionString, Definition and DefinitionS3Location is required")
    for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace("${" + name + "}", str(value))
    return text


def create_topic(request: Request) -> Made:
    """CreateTopic with its subscriptions; Ref answers the ARN."""
    client, properties = request.clients("sns"), request.properties
    name = _fifo_name(request, properties.get("TopicName"), 256, is_fifo=is_true(properties.get("FifoTopic")))
    arn = client.create_topic(Name=name, Attributes=_topic_attributes(properties))["TopicArn"]
    for subscription in properties.get("Subscription") or ():
        client.subscribe(TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
    return Made(arn, {"TopicArn": arn, "TopicName": name})


def update_topic(request: Request) -> Made:
    """The attributes change in place, back to nothing when they are taken out; subscriptions come and go."""
    client, arn = request.clients("sns"), request.physical_id
    old, new = _topic_attributes(request.old_properties), _topic_attributes(request.properties)
    for name in sorted({*old, *new} - {"FifoTopic"}):
        if old.get(name) != new.get(name):
            client.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=new.get(name, ""))
    before, after = _subscriptions(request.old_properties), _subscriptions(request.properties)
    for page in client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn) if before - after else ():
        for item in page["Subscriptions"]:
            if (item["Protocol"], item["Endpoint"]) in before - after:
                client.unsubscribe(SubscriptionArn=item["SubscriptionArn"])
    for protocol, endpoint in sorted(after - before):
        client.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
    return Made(arn, request.old_attributes)


def _subscriptions(properties: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(item["Protocol"], item["Endpoint"]) for item in properties.get("Subscription") or ()}


def delete_topic(request: Request) -> None:
    """DeleteTopic, which never minds one that is gone."""
    request.clients("sns").delete_topic(TopicArn=request.physical_id)


def _topic_attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    names = ("DisplayName", "KmsMasterKeyId", "SignatureVersion")
    flags = ("FifoTopic", "ContentBasedDeduplication")
    attributes = {name: str(properties[name]) for name in names if properties.get(name)}
    return attributes | {name: "true" for name in flags if is_true(properties.get(name))}


def _fifo_name(request: Request, given: str | None, limit: int, *, is_fifo: bool) -> str:
    """A generated name of a FIFO queue or topic ends as it must."""
    if given or not is_fifo:
        return request.name(given, limit=limit)
    return request.name(None, limit=limit - len(".fifo")) + ".fifo"


def create_queue(request: Request) -> Made:
    """CreateQueue; Ref answers the URL."""
    properties = request.properties
    name = _fifo_name(request, properties.get("QueueName"), 80, is_fifo=is_true(properties.get("FifoQueue")))
    url = request.clients("sqs").create_queue(
        QueueName=name, Attributes=_queue_attributes(properties), tags=tag_map(properties.get("Tags"))
    )["QueueUrl"]
    return Made(url, {"Arn": request.stack.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def update_queue(request: Request) -> Made:
    """The attributes change in place, back to SQS's own values when they are taken out."""
    attributes = _queue_attributes(request.properties)
    gone = set(_queue_attributes(request.old_properties)) - set(attributes)
    attributes |= {name: QUEUE_DEFAULTS.get(name, "") for name in gone}
    attributes.pop("FifoQueue", None)
    if attributes:
        request.clients("sqs").set_queue_attributes(QueueUrl=request.physical_id, Attributes=attributes)
    return Made(request.physical_id, request.old_attributes)


def delete_queue(request: Request) -> None:
    """DeleteQueue; one that is gone is fine."""
    client = request.clients("sqs")
    try:
        client.delete_queue(QueueUrl=request.physical_id)
    except client.exceptions.QueueDoesNotExist:
        return


# SQS's SetQueueAttributes documentation; what is not here is taken away by an empty text.
QUEUE_DEFAULTS: Mapping[str, str] = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}


def _queue_attributes(properties: Mapping[str, Any]) -> dict[str, str]:
    attributes = {}
    for name, value in properties.items():
        if name in {"QueueName", "Tags"}:
            continue
        # CloudFormation says MessageRetentionPeriod and DelaySeconds as the API does; documents travel as JSON.
        text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
        attributes[name] = text.lower() if isinstance(value, bool) else text
    return attributes


ALARM = Handler(create=put_alarm, update=put_alarm, delete=delete_alarm)
RULE = Handler(create=put_rule, update=put_rule, delete=delete_rule)
STATE_MACHINE = Handler(create=create_machine, update=update_machine, delete=delete_machine)
TOPIC = Handler(create=create_topic, update=update_topic, delete=delete_topic)
QUEUE = Handler(create=create_queue, update=update_queue, delete=delete_queue)
