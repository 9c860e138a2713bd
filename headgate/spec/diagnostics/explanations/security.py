"""HG140 to HG147: who may call."""

from __future__ import annotations

from .entry import GATEWAY, OIDC, Explanation, Files, document

_KEY = "    key: {type: apiKey, in: header, name: x-api-key}\n"
_PLANS = "plans: {free: {keys: [demo]}}\n"


def _guarded(security: str, schemes: str = OIDC) -> Files:
    return document(
        f"""\
paths:
  /orders:
    get:
      operationId: listOrders
      security: {security}
      responses: {{"200": {{description: Orders.}}}}
{schemes}"""
    )


def _many(count: int) -> Files:
    """Operations whose credentials stand in that many different headers."""
    names = [f"key{number}" for number in range(count)]
    paths = "".join(
        f'  /{name}:\n    get: {{operationId: {name}, security: [{{{name}: []}}], responses: {{"200": {{description: OK.}}}}}}\n'
        for name in names
    )
    schemes = "".join(f"    {name}: {{type: apiKey, in: header, name: X-{name}}}\n" for name in names)
    return {
        "gateway.yaml": GATEWAY.replace("[oidc]", f"[{', '.join(names)}]"),
        **document(f"paths:\n{paths}components:\n  securitySchemes:\n{schemes}"),
    }


_OTHER_OIDC = OIDC.replace("type: openIdConnect", "type: apiKey, in: header, name: X-Token")
_MORE = _guarded("[{oidc: []}]")["shop.yaml"].replace("orders", "more").replace("listOrders", "listMore")

ENTRIES = [
    Explanation(
        "HG140",
        "API Gateway opens an operation whose scheme it does not know. Here a scheme that nobody checks stops the build.",
        "Only apiKey schemes with an authorizer count; others are ignored, and the operation is open.",
        "D",
        _guarded("[{office: []}]", "components: {securitySchemes: {office: {type: http, scheme: basic}}}\n"),
        _guarded("[{oidc: []}]"),
    ),
    Explanation(
        "HG141",
        "An unknown scheme says nothing about which credential is wanted.",
        "The importer would ignore the requirement, and the operation would be open.",
        "D",
        _guarded("[{odic: []}]"),
        _guarded("[{oidc: []}]"),
    ),
    Explanation(
        "HG142",
        "A requirement that cannot be read is refused rather than guessed.",
        "The importer would ignore the requirement, and the operation would be open.",
        "D",
        _guarded("{oidc: []}"),
        _guarded("[{oidc: []}]"),
    ),
    Explanation(
        "HG143",
        "API Gateway keeps results by the places where credentials stand, so each set of places is an authorizer of its own.",
        "An API has at most 10 authorizers (FACTS 10.2).",
        "D",
        _many(11),
        _many(2),
    ),
    Explanation(
        "HG145",
        "One name with two meanings: a token of the one document might open the other.",
        "The rule is ours: schemes of all documents of an API share one list.",
        "own",
        {
            "gateway.yaml": GATEWAY.replace("[shop.yaml]", "[shop.yaml, more.yaml]"),
            **_guarded("[{oidc: []}]"),
            "more.yaml": _MORE.replace(OIDC, _OTHER_OIDC),
        },
        {
            "gateway.yaml": GATEWAY.replace("[shop.yaml]", "[shop.yaml, more.yaml]"),
            **_guarded("[{oidc: []}]"),
            "more.yaml": _MORE,
        },
    ),
    Explanation(
        "HG146",
        "API Gateway checks API keys itself, before and beside the authorizer: always or never, not as one of several ways in.",
        "apiKeyRequired is a switch of the method (FACTS 7.1).",
        "R",
        {"gateway.yaml": GATEWAY + _PLANS, **_guarded("[{oidc: []}, {key: []}]", OIDC + _KEY)},
        {"gateway.yaml": GATEWAY + _PLANS, **_guarded("[{oidc: [], key: []}]", OIDC + _KEY)},
    ),
    Explanation(
        "HG147",
        "Without a plan that holds a key nobody can call the operation.",
        "A request needs a key in a plan of the stage (FACTS 7.1).",
        "R",
        _guarded("[{key: []}]", f"components:\n  securitySchemes:\n{_KEY}"),
        {"gateway.yaml": GATEWAY + _PLANS, **_guarded("[{key: []}]", f"components:\n  securitySchemes:\n{_KEY}")},
    ),
]
