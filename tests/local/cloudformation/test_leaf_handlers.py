"""The handlers of the small services against moto: made, changed in place, and gone without a trace."""

import json
from typing import Any

import pytest

from .account import Account
from .fakes import get_att, ref, template

SERVICE = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = {"Version": "2012-10-17", "Statement": [SERVICE]}
OTHER_TRUST = {"Version": "2012-10-17", "Statement": [SERVICE, SERVICE]}
LESS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
GRANT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@pytest.fixture
def account() -> Account:
    """A fresh one."""
    return Account()


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def test_roles(account: Account) -> None:
    iam = account.clients("iam")
    inline = [{"PolicyName": "own", "PolicyDocument": GRANT}]
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    account.deploy(
        R=resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=inline, ManagedPolicyArns=[basic])
    )
    name = account.physical("R")
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["own"]

    account.deploy(R=resource("AWS::IAM::Role", AssumeRolePolicyDocument=OTHER_TRUST, MaxSessionDuration="7200"))

    role = iam.get_role(RoleName=name)["Role"]
    assert (role["AssumeRolePolicyDocument"], role["MaxSessionDuration"]) == (OTHER_TRUST, 7200)
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    account.destroy()
    assert iam.list_roles()["Roles"] == []


def test_policies_follow_their_roles(account: Account) -> None:
    iam = account.clients("iam")
    roles = {name: resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST) for name in ("One", "Two")}

    def policies(role: str) -> list[str]:
        return list(iam.list_role_policies(RoleName=account.physical(role))["PolicyNames"])

    account.deploy(**roles, P=resource("AWS::IAM::Policy", PolicyName="p", PolicyDocument=GRANT, Roles=[ref("One")]))
    assert (policies("One"), policies("Two")) == (["p"], [])

    account.deploy(**roles, P=resource("AWS::IAM::Policy", PolicyName="q", PolicyDocument=GRANT, Roles=[ref("Two")]))
    assert (policies("One"), policies("Two")) == ([], ["q"])
    account.destroy()


def test_managed_policies(account: Account) -> None:
    iam = account.clients("iam")
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
    account.deploy(R=role, M=resource("AWS::IAM::ManagedPolicy", PolicyDocument=LESS, Roles=[ref("R")]))

    account.deploy(R=role, M=resource("AWS::IAM::ManagedPolicy", PolicyDocument=GRANT))

    versions = iam.list_policy_versions(PolicyArn=account.physical("M"))["Versions"]
    assert [version["Document"] for version in versions] == [GRANT]
    assert iam.list_attached_role_policies(RoleName=account.physical("R"))["AttachedPolicies"] == []
    account.destroy()


def test_log_groups_and_their_filters(account: Account) -> None:
    logs = account.clients("logs")
    transformation = {"MetricName": "Errors", "MetricNamespace": "Demo", "MetricValue": "1", "DefaultValue": "0"}

    def stack(days: Any, pattern: str) -> dict[str, Any]:
        return {
            "G": resource("AWS::Logs::LogGroup", **({"RetentionInDays": days} if days else {})),
            "F": resource(
                "AWS::Logs::MetricFilter",
                LogGroupName=ref("G"),
                FilterPattern=pattern,
                MetricTransformations=[transformation],
            ),
        }

    account.deploy(**stack("30", "ERROR"))
    group = logs.describe_log_groups()["logGroups"][0]
    assert group["retentionInDays"] == 30

    account.deploy(**stack(None, "FATAL"))
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]
    assert [item["filterPattern"] for item in logs.describe_metric_filters()["metricFilters"]] == ["FATAL"]
    account.destroy()
    assert logs.describe_log_groups()["logGroups"] == []


def test_tables(account: Account) -> None:
    dynamodb = account.clients("dynamodb")
    keys = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    account.deploy(T=resource("AWS::DynamoDB::Table", **keys, BillingMode="PAY_PER_REQUEST"))
    name = account.physical("T")

    account.deploy(
        T=resource(
            "AWS::DynamoDB::Table",
            **keys,
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": "2", "WriteCapacityUnits": 3},
            TimeToLiveSpecification={"AttributeName": "expires", "Enabled": "true"},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    )

    assert account.physical("T") == name
    assert dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 2
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires")
    account.destroy()
    assert dynamodb.list_tables()["TableNames"] == []


def test_another_key_schema_is_another_table(account: Account) -> None:
    def table(key: str) -> dict[str, Any]:
        return resource(
            "AWS::DynamoDB::Table",
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    account.deploy(T=table("id"))
    before = account.physical("T")

    account.deploy(T=table("name"))

    assert account.clients("dynamodb").list_tables()["TableNames"] == [account.physical("T")]
    assert account.physical("T") != before


def test_a_bucket_policy_is_kept_but_not_enforced(account: Account) -> None:
    s3 = account.clients("s3")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    bucket = resource("AWS::S3::Bucket", VersioningConfiguration={"Status": "Enabled"})
    policy = resource("AWS::S3::BucketPolicy", Bucket=ref("B"), PolicyDocument={"Statement": [deny]})
    account.deploy(B=bucket, P=policy)
    name = account.physical("B")

    s3.put_object(Bucket=name, Key="k", Body=b"x")

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert name == name.lower()


def test_a_bucket_that_holds_something_cannot_be_deleted(account: Account) -> None:
    account.deploy(B=resource("AWS::S3::Bucket"))
    account.clients("s3").put_object(Bucket=account.physical("B"), Key="k", Body=b"x")

    result = account.engine.destroy("demo")

    assert result.status == "DELETE_FAILED"
    assert "BucketNotEmpty" in result.failures[0][1]


def test_keys_and_their_aliases(account: Account) -> None:
    kms = account.clients("kms")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"},
        "Action": "*",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    alias = resource("AWS::KMS::Alias", AliasName="alias/demo", TargetKeyId=get_att("K", "Arn"))
    account.deploy(K=resource("AWS::KMS::Key", KeyPolicy=document), A=alias)
    key = account.physical("K")

    account.deploy(K=resource("AWS::KMS::Key", KeyPolicy=document, EnableKeyRotation=True, Description="d"), A=alias)

    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    account.destroy()
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_refusal_of_the_service_is_the_reason_of_the_event(account: Account) -> None:
    result = account.engine.deploy(
        "demo", json.dumps(template({"L": resource("AWS::Logs::LogGroup"), "T": resource("AWS::KMS::Alias", **ALIAS)}))
    )

    assert result.status == "ROLLBACK_COMPLETE"
    assert result.failures[0][0] == "T"
    assert "(CreateAlias, " in result.failures[0][1]
    assert account.clients("logs").describe_log_groups()["logGroups"] == []


ALIAS = {"AliasName": "no-prefix", "TargetKeyId": "nothing"}


def test_what_runs_beside_a_gateway(account: Account) -> None:
    machine = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": "${What}", "End": True}}}

    def stack(threshold: Any, state: str) -> dict[str, Any]:
        return {
            "R": resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST),
            "M": resource(
                "AWS::StepFunctions::StateMachine",
                RoleArn=get_att("R", "Arn"),
                DefinitionString=json.dumps(machine),
                DefinitionSubstitutions={"What": state},
            ),
            "T": resource("AWS::SNS::Topic", DisplayName=state),
            "Q": resource("AWS::SQS::Queue", VisibilityTimeout=30, FifoQueue=True, QueueName="q.fifo"),
            "A": resource(
                "AWS::CloudWatch::Alarm",
                Namespace="Demo",
                MetricName="Errors",
                Statistic="Sum",
                Period="60",
                EvaluationPeriods=1,
                Threshold=threshold,
                ComparisonOperator="GreaterThanThreshold",
                AlarmActions=[ref("T")],
            ),
            "E": resource(
                "AWS::Events::Rule",
                EventPattern={"source": ["aws.cloudwatch"]},
                Targets=[{"Id": "t", "Arn": get_att("Q", "Arn"), "SqsParameters": {"MessageGroupId": "g"}}],
            ),
        }

    account.deploy(**stack("1", "one"))
    account.deploy(**stack(2, "two"))

    alarm = account.clients("cloudwatch").describe_alarms()["MetricAlarms"][0]
    described = account.clients("stepfunctions").describe_state_machine(stateMachineArn=account.physical("M"))
    assert alarm["Threshold"] == 2.0
    assert json.loads(described["definition"])["States"]["Done"]["Result"] == "two"
    assert len(account.clients("events").list_targets_by_rule(Rule=account.physical("E"))["Targets"]) == 1
    account.destroy()
    assert account.clients("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert account.clients("events").list_rules()["Rules"] == []
