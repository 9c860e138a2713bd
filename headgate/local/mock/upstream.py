"""The upstream of `headgate up --mock`: checks requests strictly by the document and answers by its examples and schemas. Pure.

    upstream = MockUpstream(validators, wire)
    upstream.respond("GET", "/users/7", "expand=orders", [("accept", "*/*")], b"") -> (200, (("content-type", ...),), b"{...}")

A refusal that API Gateway's own validation would not make carries `x-headgate-strict: aws-would-pass`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from ...spec.operations.path_keys import plain_path, read_path
from ...spec.operations.paths import match_key
from ...spec.operations.routing import specificity
from .answers import Answer, Answers, Headers, error_response, is_json
from .bodies import check_body, declared_content
from .native import NativeValidation
from .parameters import Complaint, Request, check_parameters
from .samples import CannotSampleError
from .schemas import Problem, SchemaBook

PROBLEM_TYPE = "https://headgate.dev/problems/"
STRICT = ("x-headgate-strict", "aws-would-pass")
_MAX_ERRORS = 50
_CLIENT_ERROR = 400
_VARIABLE = re.compile(r"\{([^}/]*)\}")


class MockUpstream:
    """One API's mock server, made from its validators.json and (for the strictness header) its wire document."""

    def __init__(self, validators: Mapping[str, Any], wire: Mapping[str, Any] | None = None) -> None:
        self._book = SchemaBook(validators.get("$defs", {}))
        self._answers = Answers(self._book)
        self._native = NativeValidation(wire) if wire is not None else None
        self._operations: Mapping[str, Any] = validators["operations"]
        templates = {key.partition(" ")[2] for key in self._operations}
        self._templates = sorted(templates, key=_most_telling_first)
        self._matchers = {template: _matcher(template) for template in templates}

    def respond(self, method: str, path: str, query: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
        """(status, headers, body) for one request; `path` and `query` as they came, percent-encoded."""
        lowered = tuple((name.lower(), value) for name, value in headers)
        refusals: list[Answer] = []
        for template in self._meant(method, path, query):
            match = self._matchers[template].fullmatch(path.rstrip("/") or "/")
            values = match.groups() if match else ()
            names = _VARIABLE.findall(plain_path(template))
            request = Request(dict(zip(names, values, strict=True)), query, lowered, body)
            answer = self._answer(self._verb(method, template) or method, template, request)
            if answer[0] < _CLIENT_ERROR:
                return _as_asked(method, answer)
            refusals.append(answer)
        return _as_asked(method, refusals[0]) if refusals else self._unrouted(path)

    def _meant(self, method: str, path: str, query: str) -> list[str]:
        """Templates that a request may mean: the most telling one, and those that only differ from it after a `#`."""
        plain = path.rstrip("/") or "/"
        found = [
            template
            for template in self._templates
            if self._matchers[template].fullmatch(plain)
            and self._verb(method, template)
            and _has_query(template, query)
        ]
        keys = [match_key(read_path(template)) for template in found]
        return [template for template, key in zip(found, keys, strict=True) if key == keys[0]]

    def _verb(self, method: str, template: str) -> str | None:
        """The operation's own verb; GET answers HEAD where the document has no HEAD."""
        if f"{method} {template}" in self._operations:
            return method
        return "GET" if method == "HEAD" and f"GET {template}" in self._operations else None

    def _answer(self, verb: str, template: str, request: Request) -> Answer:
        operation = self._operations[f"{verb} {template}"]
        declared = operation.get("body")
        if request.body and declared and declared_content(declared, request) is None:
            accepted = ", ".join(declared["content"])
            complaint = Complaint(
                "body", "", Problem("", f"{request.header('content-type')} is not one of: {accepted}")
            )
            return self._refusal(operation, (415, 400, 422), [complaint], self._strictness(verb, template, request))
        complaints = check_parameters(operation["parameters"], request, self._book)
        complaints += check_body(declared, request, self._book)
        if complaints:
            return self._refusal(operation, (400, 422), complaints, self._strictness(verb, template, request))
        try:
            return self._answers.success(operation, request.header("accept"))
        except CannotSampleError as error:
            return problem(500, "mock-cannot-answer", f"{verb} {template}: {error}; give the response an example", ())

    def _strictness(self, verb: str, template: str, request: Request) -> Headers:
        passes = self._native is None or self._native.passes(verb, template, request)
        return (STRICT,) if passes else ()

    def _refusal(
        self, operation: Mapping[str, Any], statuses: tuple[int, ...], complaints: Sequence[Complaint], headers: Headers
    ) -> Answer:
        """A problem document; where the operation declares another shape for errors, that shape, with the problem in a header."""
        status, declared = error_response(operation["responses"], statuses)
        plain = problem(status, "invalid-request", _summary(complaints), complaints, headers)
        content = declared.get("content", {}) if declared else {}
        if not content:
            return plain
        value = json.loads(plain[2])
        for media_type, entry in content.items():
            if is_json(media_type) and self._book.is_valid(entry.get("schema", {}), value):
                return status, (("content-type", media_type), *plain[1][1:]), plain[2]
        try:
            shaped = self._answers.of(declared or {}, status, None)
        except CannotSampleError:
            return plain
        return shaped[0], (*shaped[1], *headers, ("x-headgate-problem", _summary(complaints))), shaped[2]

    def _unrouted(self, path: str) -> Answer:
        verbs = sorted(
            key.partition(" ")[0]
            for key in self._operations
            if self._matchers[key.partition(" ")[2]].fullmatch(path.rstrip("/") or "/")
        )
        if verbs:
            return problem(405, "method-not-allowed", "The path has other methods.", (), (("allow", ", ".join(verbs)),))
        return problem(404, "not-found", "No operation of the document has this path.", ())


def problem(status: int, kind: str, detail: str, complaints: Sequence[Complaint], headers: Headers = ()) -> Answer:
    """A problem document (RFC 9457); each error names its place and a JSON Pointer into it."""
    titles = {
        400: "Bad Request",
        404: "Not Found",
        405: "Method Not Allowed",
        415: "Unsupported Media Type",
        422: "Unprocessable Content",
    }
    document: dict[str, Any] = {
        "type": PROBLEM_TYPE + kind,
        "title": titles.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    if complaints:
        document["errors"] = [_error(complaint) for complaint in complaints[:_MAX_ERRORS]]
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return status, (("content-type", "application/problem+json"), *headers), body


def _error(complaint: Complaint) -> dict[str, str]:
    named = {"name": complaint.name} if complaint.name else {}
    return {"in": complaint.place, **named, "pointer": complaint.problem.pointer, "detail": complaint.problem.detail}


def _summary(complaints: Sequence[Complaint]) -> str:
    """The first complaint in one line of ASCII, so that it can be a header too."""
    first = complaints[0]
    where = f"{first.place} {first.name}{first.problem.pointer}".strip()
    more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
    text = f"{where}: {first.problem.detail}{more}"
    return "".join(c if " " <= c <= "~" else "?" for c in text)[:300]


def _most_telling_first(template: str) -> tuple[object, ...]:
    """API Gateway's order: literal segments before variables, from the left (FACTS 2.3)."""
    path = read_path(template)
    return specificity(path), path.fragment is None, template


def _has_query(template: str, query: str) -> bool:
    """Whether a request has what a path such as `/responses?beta=true` is told apart by."""
    wanted = read_path(template).query
    sent = parse_qsl(query, keep_blank_values=True) if wanted else []
    return all(any(name == key and value in (None, given) for key, given in sent) for name, value in wanted)


def _as_asked(method: str, answer: Answer) -> Answer:
    return (answer[0], answer[1], b"") if method == "HEAD" else answer


def _matcher(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}/]*\})", plain_path(template))
    return re.compile("".join(_part(part) for part in parts))


def _part(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return "(.+)" if part.endswith("+}") else "([^/]+)"
