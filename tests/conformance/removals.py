"""How what a step made is deleted again."""

from collections.abc import Callable, Mapping
from typing import Any

Document = Mapping[str, Any]
Removal = tuple[str, dict[str, Any]]

# Operation -> (the one that undoes it, its parameter -> where the value is: in the answer, else among the arguments).
_REMOVALS: dict[str, tuple[str, Callable[[Document, Document], dict[str, Any]]]] = {
    "create_rest_api": ("delete_rest_api", lambda _, made: {"restApiId": made["id"]}),
    "import_rest_api": ("delete_rest_api", lambda _, made: {"restApiId": made["id"]}),
    "create_domain_name": ("delete_domain_name", lambda given, _: {"domainName": given["domainName"]}),
    "create_usage_plan": ("delete_usage_plan", lambda _, made: {"usagePlanId": made["id"]}),
    "create_api_key": ("delete_api_key", lambda _, made: {"apiKey": made["id"]}),
    "iam.create_role": ("iam.delete_role", lambda given, _: {"RoleName": given["RoleName"]}),
    "iam.put_role_policy": (
        "iam.delete_role_policy",
        lambda given, _: {"RoleName": given["RoleName"], "PolicyName": given["PolicyName"]},
    ),
    "sqs.create_queue": ("sqs.delete_queue", lambda _, made: {"QueueUrl": made["QueueUrl"]}),
    "sns.create_topic": ("sns.delete_topic", lambda _, made: {"TopicArn": made["TopicArn"]}),
    "dynamodb.create_table": ("dynamodb.delete_table", lambda given, _: {"TableName": given["TableName"]}),
    "kinesis.create_stream": ("kinesis.delete_stream", lambda given, _: {"StreamName": given["StreamName"]}),
    "ssm.put_parameter": ("ssm.delete_parameter", lambda given, _: {"Name": given["Name"]}),
    "s3.create_bucket": ("s3.delete_bucket", lambda given, _: {"Bucket": given["Bucket"]}),
    "s3.put_object": ("s3.delete_object", lambda given, _: {"Bucket": given["Bucket"], "Key": given["Key"]}),
    "stepfunctions.create_state_machine": (
        "stepfunctions.delete_state_machine",
        lambda _, made: {"stateMachineArn": made["stateMachineArn"]},
    ),
}


def removal(operation: str, given: Document, made: Document) -> Removal | None:
    """The call that undoes one that went well, or None."""
    known = _REMOVALS.get(operation)
    return (known[0], known[1](given, made)) if known else None
