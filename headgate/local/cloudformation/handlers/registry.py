"""Which handler serves which type. A type that is not here fails a stack by name: there are no green stacks that did nothing."""

from collections.abc import Callable, Mapping
from uuid import uuid4

from . import (
    custom,
    deployment,
    function,
    iam,
    keys,
    lambda_parts,
    logs,
    operations,
    rest_api,
    rest_parts,
    stage,
    storage,
    table,
    usage,
)
from .contract import Handler, Made, Request

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
    "AWS::ApiGateway::Deployment": deployment.HANDLER,
    "AWS::ApiGateway::GatewayResponse": rest_parts.GATEWAY_RESPONSE,
    "AWS::ApiGateway::Method": rest_parts.METHOD,
    "AWS::ApiGateway::Model": rest_parts.MODEL,
    "AWS::ApiGateway::RequestValidator": rest_parts.VALIDATOR,
    "AWS::ApiGateway::Resource": rest_parts.RESOURCE,
    "AWS::ApiGateway::RestApi": rest_api.HANDLER,
    "AWS::ApiGateway::Stage": stage.HANDLER,
    "AWS::ApiGateway::UsagePlan": usage.PLAN,
    "AWS::ApiGateway::UsagePlanKey": usage.PLAN_KEY,
    "AWS::CDK::Metadata": RECORD,
    "AWS::CloudFormation::WaitConditionHandle": RECORD,
    "AWS::CloudWatch::Alarm": operations.ALARM,
    "AWS::DynamoDB::Table": table.HANDLER,
    "AWS::ECR::Repository": storage.REPOSITORY,
    "AWS::Events::Rule": operations.RULE,
    "AWS::IAM::ManagedPolicy": iam.MANAGED_POLICY,
    "AWS::IAM::Policy": iam.POLICY,
    "AWS::IAM::Role": iam.ROLE,
    "AWS::KMS::Alias": keys.ALIAS,
    "AWS::KMS::Key": keys.KEY,
    "AWS::Lambda::Alias": lambda_parts.ALIAS,
    "AWS::Lambda::Function": function.HANDLER,
    "AWS::Lambda::Permission": lambda_parts.PERMISSION,
    "AWS::Lambda::Version": lambda_parts.VERSION,
    "AWS::Logs::LogGroup": logs.GROUP,
    "AWS::Logs::MetricFilter": logs.FILTER,
    "AWS::S3::Bucket": storage.BUCKET,
    "AWS::S3::BucketPolicy": storage.BUCKET_POLICY,
    "AWS::SNS::Topic": operations.TOPIC,
    "AWS::SQS::Queue": operations.QUEUE,
    "AWS::SSM::Parameter": storage.PARAMETER,
    "AWS::StepFunctions::StateMachine": operations.STATE_MACHINE,
}


def registry(
    inbox: custom.Inbox, submit: custom.Submit | None = None, new_token: Callable[[], str] = lambda: str(uuid4())
) -> Mapping[str, Handler]:
    """Every supported type; custom resources answer through this inbox."""
    return {**HANDLERS, CUSTOM: custom.handler(inbox, new_token, submit)}
