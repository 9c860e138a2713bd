"""A trace for people: one line per phase in the order the gateway works, with what it saw, decided and why. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]

ORDER = ("release", "route", "authorizer", "throttle", "validate", "cache", "integration", "answer")

# The fact (docs/aws-facts.md) behind each gateway response.
RULES: Mapping[str, str] = {
    "ACCESS_DENIED": "FACTS 1.9, 4.10",
    "API_CONFIGURATION_ERROR": "FACTS 1.14",
    "AUTHORIZER_CONFIGURATION_ERROR": "FACTS 1.11",
    "AUTHORIZER_FAILURE": "FACTS 1.11",
    "BAD_REQUEST_BODY": "FACTS 1.7, 8.6",
    "BAD_REQUEST_PARAMETERS": "FACTS 1.7, 8.2",
    "DEFAULT_5XX": "FACTS 1.12",
    "EXPIRED_TOKEN": "FACTS 1.1",
    "INTEGRATION_FAILURE": "FACTS 1.16",
    "INTEGRATION_TIMEOUT": "FACTS 1.13",
    "INVALID_API_KEY": "FACTS 1.4, 7.1",
    "INVALID_SIGNATURE": "FACTS 1.31",
    "MISSING_AUTHENTICATION_TOKEN": "FACTS 1.3",
    "QUOTA_EXCEEDED": "FACTS 1.6, 7.7",
    "REQUEST_TOO_LARGE": "FACTS 1.18",
    "THROTTLED": "FACTS 1.5, 7.5",
    "UNAUTHORIZED": "FACTS 1.10, 4.4",
    "UNSUPPORTED_MEDIA_TYPE": "FACTS 1.8",
    "WAF_FILTERED": "FACTS 2.18",
}


@dataclass(frozen=True)
class Line:
    """A phase: its outcome ("passed", "refused", "failed", "unknown"), what is told of it, and how long it took."""

    phase: str
    outcome: str
    texts: tuple[str, ...]
    millis: float | None


def lines(trace: Mapping[str, Any]) -> Iterator[Line]:
    """A line per phase, then one that names those the request did not come to."""
    phases = trace.get("phases", [])
    for phase in phases:
        facts = phase["facts"]
        texts = [*TELLERS.get(phase["phase"], _nothing)(facts)]
        if phase["phase"] != "answer":
            texts += refusal(facts)
        texts += [f"note: {note}" for note in facts.get("notes", [])]
        is_error = phase["phase"] == "answer" and int(facts.get("status") or 0) >= 400
        yield Line(phase["phase"], "refused" if is_error else phase["outcome"], tuple(texts), phase.get("milliseconds"))
    come_to = {phase["phase"] for phase in phases}
    missed = [name for name in ORDER if name not in come_to]
    if missed and phases:
        yield Line("not reached", "unknown", (", ".join(missed),), None)


def refusal(facts: Facts) -> Iterator[str]:
    """The gateway response of a phase that refused, and the rule behind it."""
    kind = facts.get("responseType")
    if not kind:
        return
    rule = f" ({RULES[kind]})" if kind in RULES else ""
    yield f"{kind}: {facts.get('cause') or facts.get('message') or 'no more is known'}{rule}"
    if facts.get("message"):
        by = facts.get("customisedBy")
        yield f"AWS's text: {facts['message']}" + (f", in the API's own {by} response" if by else "")


def release(facts: Facts) -> Iterator[str]:
    """Which side of the split, and why."""
    why = facts.get("why")
    percent = facts.get("percent")
    told = {
        "no canary": "no canary",
        "forced": f"as asked; the canary's share is {percent or 0:g} %",
        "draw": f"drawn: {facts.get('draw')} of 100, the canary takes what is under {percent or 0:g}",
    }
    yield f"{facts.get('side') or 'unknown side'} of stage {facts.get('stage')} ({told.get(str(why), why)})"
    parts = [f"deployment {facts['deploymentId']}"] if facts.get("deploymentId") else []
    if facts.get("release"):
        parts.append(f"release {str(facts['release'])[:12]}")
    yield ", ".join([*parts, f"API {facts.get('api') or facts.get('apiId')}"])


def route(facts: Facts) -> Iterator[str]:
    """The resource, or what comes near."""
    if facts.get("resource"):
        name = f" ({facts['operation']})" if facts.get("operation") else ""
        variables = f", with {', '.join(facts['parameters'])}" if facts.get("parameters") else ""
        yield f"{facts.get('method') or ''} {facts['resource']}{name}{variables}".strip()
        return
    yield f"none for {facts.get('verb')} {facts.get('path')}; AWS answers 403, not 404 or 405"
    for one in facts.get("near", []):
        yield f"near: {'/'.join(one['verbs'])} {one['resource']} {one['reason']}"
    if "near" in facts and not facts["near"]:
        yield "no route comes near"


def authorizer(facts: Facts) -> Iterator[str]:
    """Who checked, what there was to check, and the statement that decided."""
    kind = facts.get("authorization")
    if kind == "NONE":
        yield "none: the operation is public"
    elif facts.get("authorizer"):
        yield f"{facts['authorizer']}{_asked(facts)}"
    elif kind:
        yield str(kind)
    for name, is_present in (facts.get("sources") or {}).items():
        yield f"identity source {name.removeprefix('method.request.')}: {'present' if is_present else 'missing'}"
    for said in facts.get("said") or []:
        yield from own_words(said)
    if facts.get("functionError") and not facts.get("said"):
        yield f"the function failed: {facts['functionError']}"
    if facts.get("decision"):
        yield f"policy: {facts.get('statement') or 'no statement matches ' + str(facts.get('methodArn'))}"
    if facts.get("principal"):
        scope = f", scope {facts['scope']}" if facts.get("scope") else ""
        yield f"principal {facts['principal']}{scope}"


def _asked(facts: Facts) -> str:
    if facts.get("isCached"):
        return f": cached result, {facts.get('secondsLeft') or 0:.0f} s left"
    if facts.get("function"):
        return f": invoked {facts['function']}"
    return ""


def throttle(facts: Facts) -> Iterator[str]:
    """Key, plan, and the buckets with what they held."""
    if facts.get("key"):
        quota = f", quota {facts['quota']} a {str(facts.get('quotaPeriod')).lower()}" if facts.get("quota") else ""
        yield f"API key {facts['key']} ({facts.get('keyId')}), usage plan {facts.get('plan')}{quota}"
    elif facts.get("keyRequired"):
        yield "an API key is required"
    elif "keyRequired" in facts:
        yield "no API key required"
    for bucket in facts.get("buckets") or []:
        text = f"bucket {bucket['bucket']}: {bucket['tokens']:g} of {bucket['burst']:g} tokens"
        yield f"{text}, {bucket['rate']:g} come back a second"
    if facts.get("buckets") == []:
        yield "no limit but the account's"


def validate(facts: Facts) -> Iterator[str]:
    """What the request validator looked at, and what was wrong."""
    if facts.get("validator"):
        yield f"request validator {facts['validator']}"
    elif "validator" in facts:
        yield "no request validator"
    if facts.get("required"):
        yield f"required: {', '.join(facts['required'])}"
    if facts.get("model"):
        yield f"body against model {facts['model']}"
    elif facts.get("models"):
        yield f"body not checked: no model for its Content-Type; there are {', '.join(sorted(facts['models']))}"
    for problem in facts.get("problems") or []:
        missing = f" (missing: {problem['missing']})" if problem.get("missing") else ""
        yield f"{problem['at']} breaks {problem['keyword']}{missing}, at {problem['rule']} of the model"


def cache(facts: Facts) -> Iterator[str]:
    """Hit, miss, or why the cache was not asked."""
    result = facts.get("result")
    if result == "off":
        yield f"not cached: {facts.get('why')}"
    elif result:
        key = ", ".join(f"{name}={value}" for name, value in (facts.get("key") or {}).items())
        yield f"{result}, TTL {facts.get('ttlSeconds')} s, key {key or 'the path alone'}"


def integration(facts: Facts) -> Iterator[str]:
    """Where the request went, and what came back."""
    target = facts.get("function") or (
        f"{facts.get('method')} {facts['url']}" if facts.get("url") else facts.get("uri")
    )
    limit = f", at most {facts['timeoutSeconds']:g} s" if facts.get("timeoutSeconds") else ""
    yield f"{facts.get('type') or 'the backend'} {target or ''}".strip() + limit
    for said in facts.get("said") or []:
        yield from own_words(said)
    if facts.get("functionError"):
        yield f"the function failed: {facts['functionError']}; see its log group"
    if facts.get("status"):
        yield f"answered {facts['status']}"


def own_words(said: Facts) -> Iterator[str]:
    """What a function of Headgate's logged."""
    reason = f": {said['reason']}" if said.get("reason") else ""
    failed = f" ({said['error']})" if said.get("error") else ""
    if said["event"] != "request.answered" or reason or failed:
        yield f"it logged {said['event']}{reason}{failed}"
    if said.get("operation") and said.get("upstream"):
        yield f"edge: {said['operation']}, upstream {said['upstream']}"
    if said.get("workflow"):
        missing = f", degraded: {', '.join(said['degraded'])}" if said.get("degraded") else ""
        took = f", {said['milliseconds']} ms in the function" if said.get("milliseconds") is not None else ""
        yield f"composition {said['workflow']}{missing}{took}"
    for name, step in (said.get("steps") or {}).items():
        yield f"  step {name}: {_step(step)}"
    if said.get("problem"):
        yield f"problem {said['problem']}, status {said.get('status')}"


def _step(step: Facts) -> str:
    parts = [str(step.get("state"))]
    if step.get("reason"):
        parts[0] += f" ({step['reason']})"
    if step.get("upstream"):
        parts.append(f"upstream {step['upstream']}")
    if step.get("status"):
        parts.append(f"status {step['status']}")
    if step.get("milliseconds") is not None:
        parts.append(f"{step['milliseconds']} ms")
    if step.get("cache"):
        parts.append(f"cache {step['cache']}")
    return ", ".join(parts)


def answer(facts: Facts) -> Iterator[str]:
    """What the client got."""
    kind = facts.get("responseType")
    parts = [str(facts.get("status") or "unknown"), *([f"gateway response {kind}"] if kind else [])]
    if facts.get("bytes") is not None:
        parts.append(f"{facts['bytes']} bytes")
    if facts.get("requestId"):
        parts.append(f"request {facts['requestId']}")
    yield ", ".join(parts)
    headers = facts.get("headers") or {}
    for name in headers:
        if name.lower().startswith("x-headgate-") or name.lower() in ("cache-status", "www-authenticate"):
            yield f"{name}: {headers[name]}"


def _nothing(_facts: Facts) -> Iterator[str]:
    yield from ()


TELLERS: Mapping[str, Callable[[Facts], Iterator[str]]] = {
    "release": release,
    "route": route,
    "authorizer": authorizer,
    "throttle": throttle,
    "validate": validate,
    "cache": cache,
    "integration": integration,
    "answer": answer,
}


def summary(one: Mapping[str, Any]) -> str:
    """A request of the ring on a line."""
    side = "canary" if one.get("isCanary") else "stable"
    kind = f" {one['kind']}" if one.get("kind") else ""
    behind = f", integration {one['integrationStatus']}" if one.get("integrationStatus") else ""
    place = f"{one['method']} {one['path']}"
    return f"{one['requestId']}  {one['status']}{kind}  {place}  {one.get('millis', 0)} ms, {side}{behind}"
