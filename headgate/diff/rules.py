"""Every rule of the comparison with its severity, in one table, which `headgate diff --rules` prints.

breaking: a client that keeps the old document is refused, or cannot read an answer.
risky:    such a client may notice; somebody should look.
safe:     it notices nothing.

Rules about schemas come in two: what requests may hold (`request-…`) and what answers hold (`response-…`). Accepting less breaks
those who send, promising less breaks those who read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["breaking", "risky", "safe"]
Direction = Literal["request", "response"]

SEVERITIES: tuple[Severity, ...] = ("breaking", "risky", "safe")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change."""

    id: str
    severity: Severity
    says: str


# What may happen to a schema: (severity in requests, severity in responses, what it is); None: cannot be there.
_SCHEMA: dict[str, tuple[Severity, Severity, str]] = {
    "type-changed": ("breaking", "breaking", "values of other JSON types than before, and not of all those before"),
    "type-narrowed": ("breaking", "safe", "fewer JSON types than before"),
    "type-widened": ("safe", "breaking", "more JSON types than before"),
    "null-refused": ("breaking", "safe", "null is no longer possible"),
    "null-allowed": ("safe", "breaking", "null is possible now"),
    "enum-added": ("breaking", "safe", "only listed values; before, any"),
    "enum-removed": ("safe", "risky", "any value; before, only listed ones"),
    "enum-value-removed": ("breaking", "safe", "a listed value is gone"),
    "enum-value-added": ("safe", "risky", "a new listed value"),
    "range-narrowed": ("breaking", "safe", "a tighter bound: numbers, lengths, counts of items or members, multiples"),
    "range-widened": ("safe", "risky", "a looser bound"),
    "format-added": ("breaking", "safe", "a format; before, none"),
    "format-removed": ("safe", "risky", "no format any more"),
    "format-changed": ("breaking", "breaking", "another format"),
    "format-widened": ("safe", "risky", "a format that holds all of the old one, such as int64 for int32"),
    "format-narrowed": ("breaking", "safe", "a format that holds a part of the old one, such as int32 for int64"),
    "pattern-added": ("breaking", "safe", "a pattern; before, none"),
    "pattern-removed": ("safe", "risky", "no pattern any more"),
    "pattern-changed": ("risky", "risky", "another pattern; which texts both hold is not computed"),
    "required-property-added": ("breaking", "safe", "a new member that must be there"),
    "property-added": ("safe", "safe", "a new member that may be there"),
    "property-constrained": ("risky", "safe", "a new member where members of any name were invited with any value"),
    "property-removed": ("risky", "risky", "an optional member is no longer described"),
    "required-property-removed": ("risky", "breaking", "a required member is no longer described"),
    "property-refused": ("breaking", "risky", "a member is no longer described and others are not allowed"),
    "property-became-required": ("breaking", "safe", "a member must be there now"),
    "property-became-optional": ("safe", "breaking", "a member may be missing now"),
    "property-deprecated": ("safe", "safe", "a member is deprecated now"),
    "property-reactivated": ("safe", "safe", "a member is no longer deprecated"),
    "undeclared-refused": ("breaking", "safe", "members that are not described are not allowed any more"),
    "undeclared-allowed": ("safe", "risky", "members that are not described are allowed now"),
    "became-read-only": ("risky", "safe", "a member is only in answers now"),
    "became-write-only": ("safe", "breaking", "a member is only in requests now"),
    "no-longer-read-only": ("safe", "safe", "a member may be sent now"),
    "no-longer-write-only": ("safe", "safe", "a member is in answers now"),
    "default-added": ("safe", "safe", "a default; before, none"),
    "default-removed": ("risky", "safe", "no default any more"),
    "default-changed": ("breaking", "safe", "another default: leaving it out means something else"),
    "alternative-removed": ("breaking", "safe", "a branch of anyOf or oneOf is gone"),
    "alternative-added": ("safe", "breaking", "a new branch of anyOf or oneOf"),
    "alternatives-added": ("breaking", "safe", "anyOf or oneOf; before, none, and no branch holds all of it"),
    "alternatives-removed": ("safe", "breaking", "no anyOf or oneOf any more"),
    "alternatives-overlap": ("risky", "risky", "branches of a oneOf changed that may hold the same value"),
    "discriminator-changed": ("breaking", "breaking", "another discriminator property"),
    "mapping-changed": ("risky", "risky", "the discriminator's mapping leads elsewhere"),
    "keyword-added": ("breaking", "safe", "a keyword that only narrows: not, if, contains, uniqueItems …"),
    "keyword-removed": ("safe", "breaking", "such a keyword is gone"),
    "keyword-changed": ("risky", "risky", "such a keyword changed; which values both hold is not computed"),
    "schema-added": ("breaking", "safe", "a schema; before, anything"),
    "schema-removed": ("safe", "breaking", "no schema any more"),
}

_OTHERS: list[tuple[str, Severity, str]] = [
    ("operation-removed", "breaking", "an operation is gone"),
    ("deprecated-operation-removed", "breaking", "an operation that was deprecated is gone"),
    ("operation-added", "safe", "a new operation"),
    ("operation-deprecated", "safe", "an operation is deprecated now"),
    ("operation-reactivated", "safe", "an operation is no longer deprecated"),
    ("operation-id-changed", "risky", "another operationId: generated clients get another method name"),
    ("sunset-added", "safe", "an operation has a date of removal now"),
    ("sunset-earlier", "risky", "an operation goes away earlier"),
    ("sunset-later", "safe", "an operation goes away later"),
    ("sunset-removed", "safe", "an operation has no date of removal any more"),
    ("path-parameter-renamed", "safe", "a variable of a path has another name; the path itself is the same"),
    ("required-parameter-added", "breaking", "a new parameter that must be there"),
    ("optional-parameter-added", "safe", "a new parameter that may be there"),
    ("parameter-removed", "risky", "a parameter is gone: what clients still send is ignored, or refused"),
    ("parameter-moved", "breaking", "a parameter is elsewhere: query, header, cookie"),
    ("parameter-became-required", "breaking", "a parameter must be there now"),
    ("parameter-became-optional", "safe", "a parameter may be missing now"),
    ("parameter-style-changed", "breaking", "a parameter is written otherwise: style, explode, allowReserved"),
    ("parameter-content-changed", "breaking", "a parameter has another media type"),
    ("parameter-empty-refused", "breaking", "a parameter may no longer be empty"),
    ("parameter-deprecated", "safe", "a parameter is deprecated now"),
    ("parameter-reactivated", "safe", "a parameter is no longer deprecated"),
    ("required-request-body-added", "breaking", "a body that must be there"),
    ("optional-request-body-added", "safe", "a body that may be there"),
    ("request-body-removed", "risky", "no body any more: what clients still send is ignored, or refused"),
    ("request-body-became-required", "breaking", "the body must be there now"),
    ("request-body-became-optional", "safe", "the body may be missing now"),
    ("request-media-type-removed", "breaking", "a media type of the body is gone"),
    ("request-media-type-added", "safe", "a new media type of the body"),
    ("encoding-changed", "risky", "a part of a form body is written otherwise"),
    ("success-response-removed", "breaking", "a success status is gone"),
    ("success-response-added", "risky", "a new success status"),
    ("error-response-removed", "safe", "an error status is gone"),
    ("error-response-added", "safe", "a new error status"),
    ("response-media-type-removed", "breaking", "a media type of an answer is gone"),
    ("response-media-type-added", "safe", "a new media type of an answer"),
    ("required-response-header-removed", "breaking", "a header that was always there is gone"),
    ("optional-response-header-removed", "risky", "a header that was sometimes there is gone"),
    ("response-header-added", "safe", "a new header of an answer"),
    ("response-header-became-optional", "breaking", "a header may be missing now"),
    ("response-header-became-required", "safe", "a header is always there now"),
    ("security-added", "breaking", "a public operation asks for credentials now"),
    ("security-removed", "risky", "THE OPERATION IS PUBLIC NOW: nobody needs credentials"),
    ("security-alternative-removed", "breaking", "credentials that were enough are not any more"),
    ("security-alternative-added", "risky", "other credentials are enough now"),
    ("security-scope-added", "breaking", "a token needs more scopes"),
    ("security-scope-removed", "risky", "a token needs fewer scopes"),
    ("security-scheme-changed", "breaking", "credentials are sent otherwise"),
    ("security-scheme-url-changed", "risky", "tokens come from elsewhere"),
    ("throttle-tightened", "risky", "fewer requests per second or at once"),
    ("throttle-loosened", "safe", "more requests per second or at once"),
    ("timeout-shortened", "risky", "less time to answer"),
    ("timeout-lengthened", "safe", "more time to answer"),
    ("cache-changed", "risky", "answers are kept longer, shorter, or by other keys"),
    (
        "validation-stricter",
        "risky",
        "requests are checked against the whole document; before, only what API Gateway checks",
    ),
    ("validation-looser", "safe", "requests are checked only as far as API Gateway can"),
    ("upstream-changed", "risky", "another service answers"),
    ("upstream-address-changed", "risky", "the service is at another address"),
    ("workflow-changed", "risky", "another composition answers, or answers otherwise"),
    ("rewrite-changed", "risky", "the service gets the request otherwise"),
    ("audience-narrowed", "breaking", "tokens for an audience are no longer taken"),
    ("audience-widened", "risky", "tokens for another audience are taken now"),
    ("issuer-removed", "breaking", "tokens of an issuer are no longer taken"),
    ("issuer-added", "risky", "tokens of another issuer are taken now"),
    ("issuer-changed", "breaking", "tokens must come from another issuer"),
    ("algorithm-removed", "risky", "tokens signed with an algorithm are no longer taken"),
    ("algorithm-added", "safe", "tokens signed with another algorithm are taken now"),
    ("cors-narrowed", "breaking", "browsers of an origin, a header or a method are refused now"),
    ("cors-widened", "risky", "browsers of more origins, headers or methods are let in"),
    ("cors-changed", "safe", "browsers remember the answer for another time"),
    ("plan-removed", "breaking", "a plan is gone, with its API keys"),
    ("plan-added", "safe", "a new plan"),
    ("api-key-removed", "breaking", "an API key of a plan is gone"),
    ("api-key-added", "safe", "a new API key"),
    ("quota-tightened", "risky", "fewer requests in a period"),
    ("quota-loosened", "safe", "more requests in a period"),
    ("stage-removed", "breaking", "a stage is gone"),
    ("stage-added", "safe", "a new stage"),
    ("endpoint-changed", "breaking", "the API is reached otherwise: regional, edge, private"),
    ("binary-media-types-changed", "risky", "other bodies are passed on byte for byte"),
]


def _table() -> dict[str, Rule]:
    rules = [Rule(name, severity, says) for name, severity, says in _OTHERS]
    for kind, (in_requests, in_responses, says) in _SCHEMA.items():
        rules.append(Rule(f"request-{kind}", in_requests, says))
        rules.append(Rule(f"response-{kind}", in_responses, says))
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: (SEVERITIES.index(rule.severity), rule.id))}


RULES: dict[str, Rule] = _table()
