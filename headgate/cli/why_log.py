"""A request as the logs have it: the access-log line and what Headgate's functions wrote; says what no log tells."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .output import CommandError

OWN_FIELDS = (
    *("route", "status", "milliseconds", "problem", "operation", "upstream", "workflow", "degraded", "steps"),
    *("reason", "issuer", "error"),
)
AUTHORIZER_LINES = ("request.decided", "request.rejected", "decision.failed")
# The phase of a gateway response; others came from the integration.
PHASES: Mapping[str, str] = {
    **dict.fromkeys(("MISSING_AUTHENTICATION_TOKEN", "RESOURCE_NOT_FOUND"), "route"),
    **dict.fromkeys(("UNAUTHORIZED", "ACCESS_DENIED", "AUTHORIZER_FAILURE"), "authorizer"),
    **dict.fromkeys(("AUTHORIZER_CONFIGURATION_ERROR", "INVALID_SIGNATURE", "EXPIRED_TOKEN"), "authorizer"),
    **dict.fromkeys(("INVALID_API_KEY", "THROTTLED", "QUOTA_EXCEEDED"), "throttle"),
    **dict.fromkeys(("BAD_REQUEST_PARAMETERS", "BAD_REQUEST_BODY", "REQUEST_TOO_LARGE"), "validate"),
}
# What AWS does not write down anywhere; a local cloud can be asked again with `why METHOD PATH`.
UNTOLD: Mapping[str, str] = {
    "release": "the line does not say the draw of the split",
    "route": "the line names the resource, not the path",
    "authorizer": "the line does not say whether the result was cached, nor which statement decided",
    "throttle": "the line names no API key, plan or bucket",
    "validate": "the line does not say which parameter or part of the body",
    "cache": "the line does not say whether a cache answered",
    "integration": "the line does not say the URI after mapping",
}
ORDER = ("release", "route", "authorizer", "throttle", "validate", "cache", "integration")


@dataclass(frozen=True)
class Logs:
    """CloudWatch Logs of one Region."""

    client: Any

    def find(self, group: str, request_id: str) -> Iterator[Mapping[str, Any]]:
        """JSON lines of a group that have a request id; none when there is no such group.

        Raises:
            CommandError: the group cannot be read.
        """
        try:
            pages = self.client.get_paginator("filter_log_events").paginate(
                logGroupName=group, filterPattern=f'"{request_id}"'
            )
            for page in pages:
                yield from (line for event in page["events"] if (line := _object(event["message"])))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return
            message = error.response["Error"].get("Message", error)
            raise CommandError(f"{group} cannot be read: {message}", "you need logs:FilterLogEvents on it") from error
        except BotoCoreError as error:
            raise CommandError(f"{group} cannot be read: {error}", "start `headgate up`, or use --aws") from error


def trace(line: Mapping[str, Any], own: Iterable[Mapping[str, Any]], release: str | None) -> dict[str, Any]:
    """The line as a trace: phases it came to, each with a note about what is not told."""
    told = {name: value for name, value in line.items() if value not in ("-", "", None)}
    refused_in = PHASES.get(str(told.get("errorType")), "integration" if "errorType" in told else "")
    facts = _facts(told, release)
    for said in own:
        phase = "authorizer" if said.get("message") in AUTHORIZER_LINES else "integration"
        facts[phase].setdefault("said", []).append(own_said(said))
    phases: list[dict[str, Any]] = []
    for name in ORDER:
        outcome = "passed"
        if name == refused_in:
            facts[name] |= {"responseType": told["errorType"], "cause": _error(told, name)}
            outcome = "refused" if int(told.get("status", 0)) < 500 else "failed"
        notes = [*facts[name].pop("notes", []), UNTOLD[name]]
        phases.append({"phase": name, "outcome": outcome, "facts": {**facts[name], "notes": notes}})
        if name == refused_in:
            break
    answer: dict[str, Any] = {
        "status": told.get("status"),
        "responseType": told.get("errorType"),
        "requestId": told.get("requestId"),
    }
    answer["notes"] = ["the line has no header and no body; its size is in API Gateway's metrics only"]
    phases.append(
        {"phase": "answer", "outcome": "passed", "facts": answer, "milliseconds": _number(told, "responseLatency")}
    )
    return {"source": "logs", "phases": phases}


def _facts(told: Mapping[str, Any], release: str | None) -> dict[str, dict[str, Any]]:
    is_canary = told.get("isCanaryRequest") in (True, "true")
    authorizer: dict[str, Any] = {}
    if "authorizerStatus" in told or "authorizerLatency" in told:
        notes = [f"status {told.get('authorizerStatus', 'unknown')}, {told.get('authorizerLatency', '0')} ms"]
        authorizer = {"authorization": "CUSTOM", "principal": told.get("principal"), "notes": notes}
    elif "errorType" not in told:
        authorizer = {"authorization": "NONE"}
    return {
        "release": {
            "side": "canary" if is_canary else "stable",
            "stage": told.get("stage"),
            "why": "isCanaryRequest of the log" if "isCanaryRequest" in told else "no canary",
            "deploymentId": told.get("deploymentId"),
            "release": release,
            "apiId": told.get("apiId"),
        },
        "route": {
            "resource": told.get("resourcePath"),
            "method": told.get("httpMethod"),
            "verb": told.get("httpMethod"),
        },
        "authorizer": authorizer,
        "throttle": {},
        "validate": {},
        "cache": {},
        "integration": {
            "status": told.get("integrationStatus"),
            "notes": [
                *([f"integration error: {unquoted(told['integrationError'])}"] if "integrationError" in told else []),
                *([f"{told['integrationLatency']} ms"] if "integrationLatency" in told else []),
            ],
        },
    }


def own_said(line: Mapping[str, Any]) -> dict[str, Any]:
    """A function's line: what may be told of it."""
    return {"event": line.get("message"), **{name: line[name] for name in OWN_FIELDS if line.get(name) is not None}}


def _error(told: Mapping[str, Any], phase: str) -> str | None:
    name = "authorizerError" if phase == "authorizer" else "integrationError"
    return unquoted(told[name]) if name in told else None


def unquoted(text: object) -> str:
    """An error as far as it is the gateway's own words: what follows may be a body or a payload."""
    return re.split(r"[{\[\"']", str(text), maxsplit=1)[0].strip(" :")


def _number(told: Mapping[str, Any], name: str) -> float | None:
    try:
        return float(told[name])
    except (KeyError, TypeError, ValueError):
        return None


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
