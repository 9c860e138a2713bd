"""The stack's KMS key for log groups."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms


def add_log_key(stack: Stack) -> kms.CfnKey:
    """A rotated key that CloudWatch Logs of this account and Region may use, and nobody else gets by it."""
    account = {
        "Sid": "Administration",
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
        "Action": "kms:*",
        "Resource": "*",
    }
    logs = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": {
                    "Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
                }
            }
        },
    }
    key = kms.CfnKey(
        stack,
        "LogKey",
        description=f"Encrypts the log groups of {stack.stack_name}",
        enable_key_rotation=True,
        key_policy={"Version": "2012-10-17", "Statement": [account, logs]},
    )
    key.apply_removal_policy(RemovalPolicy.DESTROY)
    return key
