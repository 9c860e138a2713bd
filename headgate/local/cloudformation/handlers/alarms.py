"""AWS::CloudWatch::{CompositeAlarm,Dashboard}, AWS::SNS::{Subscription,TopicPolicy}, AWS::SQS::QueuePolicy."""

import json
from typing import Any

from .contract import Handler, Made, Request
from .shapes import conform, is_true


def put_composite(request: Request) -> Made:
    """PutCompositeAlarm, which overwrites."""
    properties = request.properties
    name = request.physical_id or request.name(properties.get("AlarmName"), limit=255)
    wanted = {key: value for key, value in properties.items() if key != "Tags"} | {"AlarmName": name}
    request.clients("cloudwatch").put_composite_alarm(**conform("cloudwatch", "PutCompositeAlarm", wanted))
    return Made(name, {"Arn": request.stack.arn("cloudwatch", f"alarm:{name}")})


def delete_composite(request: Request) -> None:
    """DeleteAlarms; one that is gone is fine."""
    request.clients("cloudwatch").delete_alarms(AlarmNames=[request.physical_id])


def put_dashboard(request: Request) -> Made:
    """PutDashboard, which overwrites."""
    name = request.physical_id or request.name(request.properties.get("DashboardName"), limit=255)
    request.clients("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=request.properties["DashboardBody"])
    return Made(name)


def delete_dashboard(request: Request) -> None:
    """DeleteDashboards; one that is gone is fine."""
    client = request.clients("cloudwatch")
    try:
        client.delete_dashboards(DashboardNames=[request.physical_id])
    except client.exceptions.ResourceNotFound:
        return


SUBSCRIPTION_ATTRIBUTES = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


def create_subscription(request: Request) -> Made:
    """Subscribe; Ref answers the ARN."""
    properties = request.properties
    made = request.clients("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties.get("Endpoint", ""),
        Attributes=_attributes(properties),
        ReturnSubscriptionArn=True,
    )
    return Made(made["SubscriptionArn"], {"Arn": made["SubscriptionArn"]})


def update_subscription(request: Request) -> Made:
    """The attributes change in place."""
    for name, value in _attributes(request.properties).items():
        request.clients("sns").set_subscription_attributes(
            SubscriptionArn=request.physical_id, AttributeName=name, AttributeValue=value
        )
    return Made(request.physical_id, request.old_attributes)


def delete_subscription(request: Request) -> None:
    """Unsubscribe; one that is gone with its topic is fine."""
    client = request.clients("sns")
    try:
        client.unsubscribe(SubscriptionArn=request.physical_id)
    except client.exceptions.NotFoundException:
        return


def _attributes(properties: Any) -> dict[str, str]:
    found = {}
    for name in SUBSCRIPTION_ATTRIBUTES:
        value = properties.get(name)
        if name == "RawMessageDelivery" and value is not None:
            found[name] = str(is_true(value)).lower()
        elif value is not None:
            found[name] = value if isinstance(value, str) else json.dumps(value)
    return found


def put_topic_policy(request: Request) -> Made:
    """The policy of each topic."""
    policy = json.dumps(request.properties["PolicyDocument"])
    for arn in request.properties["Topics"]:
        request.clients("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Made(request.physical_id or request.name(None))


def put_queue_policy(request: Request) -> Made:
    """The policy of each queue."""
    policy = json.dumps(request.properties["PolicyDocument"])
    for url in request.properties["Queues"]:
        request.clients("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Made(request.physical_id or request.name(None))


def forget_policy(_: Request) -> None:
    """A policy goes with what it is attached to; here nothing checks it."""


COMPOSITE_ALARM = Handler(create=put_composite, update=put_composite, delete=delete_composite)
DASHBOARD = Handler(create=put_dashboard, update=put_dashboard, delete=delete_dashboard)
SUBSCRIPTION = Handler(create=create_subscription, update=update_subscription, delete=delete_subscription)
TOPIC_POLICY = Handler(create=put_topic_policy, update=put_topic_policy, delete=forget_policy)
QUEUE_POLICY = Handler(create=put_queue_policy, update=put_queue_policy, delete=forget_policy)
