"""TestInvokeMethod and TestInvokeAuthorizer (FACTS 1.32, 4.21): prepared under the control plane's lock, run without it."""

from collections.abc import Callable, Iterable
from typing import Any

from ...trials import AuthorizerTrial, MethodTrial, Pairs, TrialRequest, Trials
from ..definition import freeze
from ..resource_tree import find_resource
from ..state import Document, Draft, Region
from .authorizers import find_authorizer
from .methods import draft_of, find_method

# What is left to do once the lock is gone.
Run = Callable[[Trials], Document]
_REAL_VERB = {"ANY": "GET"}  # a method that serves all of them is tried with this one


def test_invoke_method(region: Region, request: Document) -> Run:
    """The draft's method as it is now; a client certificate is not presented to anybody."""
    method = find_method(region, request)
    draft = draft_of(region, request)
    verb = str(method["httpMethod"])
    path = str(find_resource(draft, request["resourceId"])["path"])
    trial = MethodTrial(
        definition=_frozen(region, draft),
        resource_id=request["resourceId"],
        http_method=verb,
        request=_request(request, _REAL_VERB.get(verb, verb), path),
        variables=dict(request.get("stageVariables") or {}),
    )

    def run(trials: Trials) -> Document:
        result = trials.method(trial)
        return {
            "status": result.status,
            "body": result.body,
            "headers": dict(result.headers),
            "multiValueHeaders": _grouped(result.headers),
            "log": result.log,
            "latency": result.latency_millis,
        }

    return run


def test_invoke_authorizer(region: Region, request: Document) -> Run:
    """The draft's authorizer as it is now."""
    api = region.api(request["restApiId"])
    document = find_authorizer(api, request["authorizerId"])
    trial = AuthorizerTrial(
        definition=_frozen(region, api.draft),
        authorizer_id=document["id"],
        request=_request(request, "GET", "/"),
        variables=dict(request.get("stageVariables") or {}),
    )

    def run(trials: Trials) -> Document:
        result = trials.authorizer(trial)
        answer: Document = {"clientStatus": result.status, "log": result.log, "latency": result.latency_millis}
        if result.policy or result.principal_id:
            answer |= {"principalId": result.principal_id, "policy": result.policy}
        if result.claims:
            answer["claims"] = dict(result.claims)
        return answer

    return run


def _frozen(region: Region, draft: Draft) -> Any:
    return freeze(draft, account_id=region.account_id, region=region.name)


def _request(request: Document, verb: str, default_path: str) -> TrialRequest:
    path, _, query = str(request.get("pathWithQueryString") or default_path).partition("?")
    return TrialRequest(
        method=verb,
        path=path if path.startswith("/") else f"/{path}",
        query=query,
        headers=tuple(_headers(request)),
        body=str(request.get("body") or "").encode(),
    )


def _headers(request: Document) -> Iterable[tuple[str, str]]:
    """Those with several values, and of the single ones what those do not name."""
    several = request.get("multiValueHeaders") or {}
    named = {name.lower() for name in several}
    for name, values in several.items():
        yield from ((name, str(value)) for value in values)
    yield from (
        (name, str(value)) for name, value in (request.get("headers") or {}).items() if name.lower() not in named
    )


def _grouped(headers: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


TRIALS: dict[str, Callable[[Region, Document], Run]] = {
    "TestInvokeMethod": test_invoke_method,
    "TestInvokeAuthorizer": test_invoke_authorizer,
}
