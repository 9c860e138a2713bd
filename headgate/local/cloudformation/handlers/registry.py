"""Which handler serves which type. A type that is not here fails a stack by name: there are no green stacks that did nothing."""

from collections.abc import Callable, Mapping
from uuid import uuid4

from . import (
    alarms,
    custom,
    deployment,
    domain,
    function,
    iam,
    keys,
    lambda_events,
    lambda_parts,
    logs,
    neighbours,
    nested,
    operations,
    rest_api,
    rest_parts,
    stage,
    storage,
    table,
    usage,
)
from .contract import Handler, Made, Request
from .tags import TAGGERS, tagged

CUSTOM = "AWS::CloudFormation::CustomResource"


def _record(request: Request) -> Made:
    return Made(request.physical_id or request.name(None))


def _forget(_: Request) -> None:
    """Nothing exists outside the stack."""


# Types that only exist inside a stack.
RECORD = Handler(create=_record, update=_record, delete=_forget)

HANDLERS: Mapping[str, Handler] = {
    "AWS::ApiGateway::Account": usage.ACCOUNT,
    "AWS::ApiGateway::ApiKey": usage.KEY,
    "AWS::ApiGateway::Authorizer": rest_parts.AUTHORIZER,
    "AWS::ApiGateway::BasePathMapping": domain.BASE_PATH_MAPPING,
    "AWS::ApiGateway::Deployment": deployment.HANDLER,
    "AWS::ApiGateway::DomainName": domain.DOMAIN,
    "AWS::ApiGateway::GatewayResponse": rest_parts.GATEWAY_RESPONSE,
    "AWS::ApiGateway::Method": rest_parts.METHOD,
    "AWS::ApiGateway::Model": rest_parts.MODEL,
    "AWS::ApiGateway::RequestValidator": rest_parts.VALIDATOR,
    "AWS::ApiGateway::Resource": rest_parts.RESOURCE,
    "AWS::ApiGateway::RestApi": rest_api.HANDLER,
    "AWS::ApiGateway::Stage": stage.HANDLER,
    "AWS::ApiGateway::UsagePlan": usage.PLAN,
    "AWS::ApiGateway::UsagePlanKey": usage.PLAN_KEY,
    "AWS::ApiGatewayV2::ApiMapping": domain.API_MAPPING,
    "AWS::CDK::Metadata": RECORD,
    "AWS::CloudFormation::Stack": nested.STACK,
    "AWS::CloudFormation::WaitConditionHandle": RECORD,
    "AWS::CloudWatch::Alarm": operations.ALARM,
    "AWS::CloudWatch::CompositeAlarm": alarms.COMPOSITE_ALARM,
    "AWS::CloudWatch::Dashboard": alarms.DASHBOARD,
    "AWS::Cognito::UserPool": neighbours.USER_POOL,
    "AWS::Cognito::UserPoolClient": neighbours.USER_POOL_CLIENT,
    "AWS::DynamoDB::Table": table.HANDLER,
    "AWS::ECR::Repository": storage.REPOSITORY,
    "AWS::Events::EventBus": neighbours.EVENT_BUS,
    "AWS::Events::Rule": operations.RULE,
    "AWS::IAM::ManagedPolicy": iam.MANAGED_POLICY,
    "AWS::IAM::Policy": iam.POLICY,
    "AWS::IAM::Role": iam.ROLE,
    "AWS::KMS::Alias": keys.ALIAS,
    "AWS::KMS::Key": keys.KEY,
    "AWS::Lambda::Alias": lambda_parts.ALIAS,
    "AWS::Lambda::EventInvokeConfig": lambda_events.EVENT_INVOKE_CONFIG,
    "AWS::Lambda::EventSourceMapping": lambda_events.EVENT_SOURCE_MAPPING,
    "AWS::Lambda::Function": function.HANDLER,
    "AWS::Lambda::LayerVersion": lambda_events.LAYER_VERSION,
    "AWS::Lambda::Permission": lambda_parts.PERMISSION,
    "AWS::Lambda::Url": neighbours.FUNCTION_URL,
    "AWS::Lambda::Version": lambda_parts.VERSION,
    "AWS::Logs::LogGroup": logs.GROUP,
    "AWS::Logs::LogStream": neighbours.LOG_STREAM,
    "AWS::Logs::MetricFilter": logs.FILTER,
    "AWS::S3::Bucket": storage.BUCKET,
    "AWS::S3::BucketPolicy": storage.BUCKET_POLICY,
    "AWS::SNS::Subscription": alarms.SUBSCRIPTION,
    "AWS::SNS::Topic": operations.TOPIC,
    "AWS::SNS::TopicPolicy": alarms.TOPIC_POLICY,
    "AWS::SQS::Queue": operations.QUEUE,
    "AWS::SQS::QueuePolicy": alarms.QUEUE_POLICY,
    "AWS::SSM::Parameter": storage.PARAMETER,
    "AWS::SecretsManager::Secret": neighbours.SECRET,
    "AWS::StepFunctions::StateMachine": operations.STATE_MACHINE,
}


def registry(
    inbox: custom.Inbox, submit: custom.Submit | None = None, new_token: Callable[[], str] = lambda: str(uuid4())
) -> Mapping[str, Handler]:
    """Every supported type; custom resources answer through this inbox."""
    tagging = {name: tagged(HANDLERS[name], tagger) for name, tagger in TAGGERS.items()}
    return {**HANDLERS, **tagging, CUSTOM: custom.handler(inbox, new_token, submit)}
