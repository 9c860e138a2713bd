"""Where a stage's access log goes and what its lines hold, checked as UpdateStage does.

The texts are recorded: badmintoncryer/cdk-preflight (deployments of 2026-09), ministryofjustice/cloud-platform-environments#12962.
"""

import re

from .errors import BadRequestError

FIREHOSE_PREFIX = "amazon-apigateway-"
_LOG_GROUP = re.compile(r"arn:[\w-]+:logs:[^:]*:[^:]*:log-group:.+")
_STREAM = re.compile(r"arn:[\w-]+:firehose:[^:]*:[^:]*:(deliverystream/.+)")
_REQUEST_ID = re.compile(r"\$(context\.|\{context\.)(requestId|extendedRequestId)")


def check_format(text: str) -> str:
    """One line that names the request."""
    if "\n" in text.rstrip("\r\n"):
        raise BadRequestError(
            f"Access Log format must be single line, new line character is allowed only at end of the format: '{text}'"
        )
    if not _REQUEST_ID.search(text):
        raise BadRequestError(
            f"Access Log format must include either $context.requestId or $context.extendedRequestId : '{text}'"
        )
    return text


def check_destination(arn: str) -> str:
    """A log group, without the `:*` that CloudWatch Logs' ARNs may end in (AWS shows them so), or a delivery stream."""
    stream = _STREAM.fullmatch(arn)
    if stream is None and not _LOG_GROUP.fullmatch(arn):
        raise BadRequestError(
            "Invalid ARN specified in the request. The ARN must be a valid CloudWatch Logs log group or Kinesis Data "
            "Firehose delivery stream ARN."
        )
    if stream and not stream[1].startswith(f"deliverystream/{FIREHOSE_PREFIX}"):
        raise BadRequestError(
            f"Kinesis Firehose delivery stream name must begin with the characters '{FIREHOSE_PREFIX}': '{stream[1]}'"
        )
    return arn.removesuffix(":*")
