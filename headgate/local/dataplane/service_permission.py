"""What IAM calls an action: mostly as the API does, with exceptions (Service Authorization Reference). Pure."""

_S3_OBJECTS = frozenset(("GetObject", "PutObject", "DeleteObject"))
_S3_BY_VERB = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
# Permissions of what they do to items, not of their own.
_DYNAMODB_OTHERS = ("Transact", "Execute", "BatchExecute")


def permission(service: str, action: str) -> str:
    """`("sqs", "SendMessageBatch")` -> `sqs:SendMessage`; "" when a call needs other permissions than one of its name."""
    if service == "lambda" or (service == "s3" and action not in _S3_OBJECTS):
        return ""
    if service == "dynamodb" and action.startswith(_DYNAMODB_OTHERS):
        return ""
    if service in ("sqs", "sns"):
        action = action.removesuffix("Batch")
    return f"{service}:{action}" if action else ""


def object_action(verb: str, path: str) -> str:
    """What a verb does to an object of S3; "" for a path that names a bucket only."""
    _, slash, key = path.strip("/").partition("/")
    return _S3_BY_VERB.get(verb, "") if slash and key else ""
