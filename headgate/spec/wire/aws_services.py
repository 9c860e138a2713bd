"""Integrations of type AWS: how API Gateway turns a request into a message, an event or an execution, and the reply into an answer.

Whatever a client sends ends up inside one escaped string, so it cannot become another field of the call. Services' own errors name
accounts and resources, so clients get problem+json instead. Sources: FACTS 8.8 to 8.21; the services' API references.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..diagnostics.records import Diagnostic
from ..operations.records import Operation, Upstream
from ..security.requirements import Requirement
from ..settings.aws_targets import AwsTarget
from .integrations import CREDENTIALS

_JSON = "application/json"
_FORM = "'application/x-www-form-urlencoded'"
_TYPE = "https://headgate.dev/problems/"
# $util.escapeJavaScript writes ' as \' , which JSON does not have (FACTS 8.21).
_ESCAPED = '$util.escapeJavaScript({}).replaceAll("\\\\\'", "\'")'
_FAILED = ("502", "upstream-failed", "The service did not take the request")
_BUSY = ("503", "upstream-busy", "The service takes no more requests for the moment")
_REFUSED = ("400", "invalid-request", "The service cannot read the request")
# EventBridge and Step Functions answer 400 for everything; the type says which.
_THROTTLED = "Throttl"
_UNREADABLE = {"event": "MalformedDetail", "execution": "InvalidExecutionInput"}
_METHODS = {"POST", "PUT", "PATCH"}


def aws_problems(operation: Operation, upstream: Upstream) -> Iterator[Diagnostic]:
    """What an AWS service cannot do for an operation."""
    at = operation.at
    if operation.method not in _METHODS:
        message = f"{operation.name}: {upstream.name} takes a body, and {operation.method} has none"
        yield at.problem("HG131", message, fix=f"use one of {', '.join(sorted(_METHODS))}")
    if operation.settings.rewrite is not None:
        message = f"{operation.name}: {upstream.name} is an AWS service, whose requests the gateway makes itself"
        yield at.problem("HG133", message, fix="remove rewrite")
    media = [*operation.body.content] if operation.body else []
    if media and not any(_is_taken(each, upstream) for each in media):
        message = f"{operation.name}: {upstream.name} takes JSON, and the operation has {', '.join(media)}"
        yield at.problem("HG131", message, fix=f"offer {_JSON}")


def _is_taken(media_type: str, upstream: Upstream) -> bool:
    if upstream.aws is not None and upstream.aws.queue and media_type.startswith("text/"):
        return True
    return media_type == _JSON


def aws_integration(operation: Operation, upstream: Upstream, requirement: Requirement) -> dict[str, Any]:
    """`x-amazon-apigateway-integration` of an operation that such an upstream answers."""
    target = upstream.aws
    assert target is not None
    media = [each for each in (operation.body.content if operation.body else {}) if _is_taken(each, upstream)]
    template = _request(target, operation, requirement)
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": _uri(target),
        "credentials": CREDENTIALS,
        "requestParameters": {f"integration.request.header.{name}": value for name, value in _headers(target).items()},
        "requestTemplates": dict.fromkeys(media or [_JSON], template),
        # Any other type is a 415 (FACTS 8.9): the service would get a body that no template made.
        "passthroughBehavior": "never",
        "responses": _responses(target),
    }


def method_responses() -> dict[str, Any]:
    """The statuses and headers that the integration's responses set."""
    header = {"headers": {"Content-Type": {"schema": {"type": "string"}}}}
    return {
        status: {"description": text, **header} for status, text in (("202", "Accepted"), ("502", "Service failed"))
    }


def _uri(target: AwsTarget) -> str:
    """`arn:aws:apigateway:{region}:sqs:path/{account}/{queue}`, or `...:action/{Action}`."""
    _, partition, service, region, account, name = target.arn.split(":", 5)
    action = "PutEvents" if target.event_bus else "StartExecution"
    call = f"path/{account}/{name}" if target.queue else f"action/{action}"
    return f"arn:{partition}:apigateway:{region}:{service}:{call}"


def _headers(target: AwsTarget) -> dict[str, str]:
    if target.queue:
        return {"Content-Type": _FORM, "Accept": f"'{_JSON}'"}
    if target.event_bus:
        return {"Content-Type": "'application/x-amz-json-1.1'", "X-Amz-Target": "'AWSEvents.PutEvents'"}
    return {"Content-Type": "'application/x-amz-json-1.0'", "X-Amz-Target": "'AWSStepFunctions.StartExecution'"}


def _subject(requirement: Requirement) -> str:
    if requirement.alternatives:
        return "$context.authorizer.sub"
    return "$context.authorizer.principalId" if requirement.native else "anonymous"


def _request(target: AwsTarget, operation: Operation, requirement: Requirement) -> str:
    """The call's body. Who calls is told where a client cannot write: an attribute of the message, a resource of the event."""
    subject = _subject(requirement)
    if target.queue:
        group = f"&MessageGroupId=$util.urlEncode({_quoted(subject)})&MessageDeduplicationId=$context.requestId"
        return (
            "Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($input.body)"
            f"{_attribute(1, 'X-Headgate-Subject', subject)}{_attribute(2, 'X-Headgate-Operation', operation.id)}"
            + (group if target.queue.endswith(".fifo") else "")
        )
    body = _ESCAPED.format("$input.body")
    if target.state_machine:
        return f'{{"stateMachineArn":"{target.state_machine}","input":"{body}"}}'
    resource = f"headgate:subject/{_ESCAPED.format(_quoted(subject))}"
    kind = target.detail_type or "".join(c for c in operation.id if c.isalnum() or c in "-_.")
    return (
        f'{{"Entries":[{{"Source":"{target.source}","DetailType":"{kind}","EventBusName":"{target.event_bus}",'
        f'"Resources":["{resource}"],"Detail":"{body}"}}]}}'
    )


def _attribute(number: int, name: str, value: str) -> str:
    prefix = f"&MessageAttribute.{number}"
    return f"{prefix}.Name={name}{prefix}.Value.DataType=String{prefix}.Value.StringValue=$util.urlEncode({_quoted(value)})"


def _quoted(value: str) -> str:
    """A VTL argument: a reference as it is, text as a literal of harmless characters."""
    return value if value.startswith("$") else "'" + "".join(c for c in value if c.isalnum() or c in "-_.") + "'"


def _responses(target: AwsTarget) -> dict[str, Any]:
    failed = {
        "statusCode": "502",
        "responseParameters": {"method.response.header.Content-Type": "'application/problem+json'"},
        "responseTemplates": {_JSON: _failure(target)},
    }
    accepted = {"statusCode": "202", "responseTemplates": {_JSON: _acceptance(target)}}
    # `default` is what no pattern matches (FACTS 8.12).
    return {"default": failed, "2\\d{2}": accepted}


def _acceptance(target: AwsTarget) -> str:
    if target.queue:
        return '{"id":"$input.path(\'$.SendMessageResponse.SendMessageResult.MessageId\')"}'
    if target.state_machine:
        # The ARN names account and Region; what follows its last colon is the execution.
        return '#set($parts = $input.path(\'$.executionArn\').split(":"))\n{"id":"$parts[7]"}'
    code = "#set($code = \"$!input.path('$.Entries[0].ErrorCode')\")\n"
    # PutEvents answers 200 for entries that it did not take.
    return (
        f'{code}#if($code != "")\n#set($context.responseOverride.header.Content-Type = "application/problem+json")\n'
        + _choice("event")
        + '#else\n{"id":"$input.path(\'$.Entries[0].EventId\')"}\n#end'
    )


def _failure(target: AwsTarget) -> str:
    path = "$.Error.Code" if target.queue else "$.__type"
    kind = "message" if target.queue else "event" if target.event_bus else "execution"
    return f"#set($code = \"$!input.path('{path}')\")\n" + _choice(kind)


def _choice(kind: str) -> str:
    """A problem that says as much as the service's error code means to a client."""
    branches = [(_THROTTLED, _BUSY)]
    if kind in _UNREADABLE:
        branches.append((_UNREADABLE[kind], _REFUSED))
    text = ""
    for number, (word, problem) in enumerate(branches):
        text += f'#{"elseif" if number else "if"}($code.contains("{word}"))\n{_problem(*problem)}\n'
    return f"{text}#else\n{_problem(*_FAILED)}\n#end\n"


def _problem(status: str, kind: str, title: str) -> str:
    body = f'{{"type":"{_TYPE}{kind}","title":"{title}","status":{status},"requestId":"$context.requestId"}}'
    return f"#set($context.responseOverride.status = {status})\n{body}"
