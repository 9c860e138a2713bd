"""Spellings of a protected path and verb: whatever they match, nothing arrives upstream without authorization."""

import itertools
from collections.abc import Callable

import pytest

from .conftest import GOOD, Face, Upstream

pytestmark = pytest.mark.xdist_group("sockets")
Talk = Callable[..., tuple[list[int], float]]

PATHS = {
    "plain": "/admin",
    "trailing-slash": "/admin/",
    "double-slash": "//admin",
    "triple-slash": "///admin",
    "inner-double": "/vault//x",
    "dot": "/./admin",
    "dot-end": "/admin/.",
    "parent": "/public/../admin",
    "parent-encoded": "/public/%2e%2e/admin",
    "parent-half-encoded": "/public/.%2e/admin",
    "slash-encoded": "/public%2f..%2fadmin",
    "slash-double-encoded": "/public%252f..%252fadmin",
    "leading-slash-encoded": "/%2fadmin",
    "letter-encoded": "/%61dmin",
    "upper-case": "/ADMIN",
    "mixed-case": "/Admin",
    "semicolon": "/admin;a=b",
    "semicolon-parent": "/public/..;/admin",
    "nul": "/admin%00",
    "nul-inside": "/ad%00min",
    "tab": "/admin%09",
    "space": "/admin%20",
    "backslash": "/public%5c..%5cadmin",
    "raw-backslash": "/public\\..\\admin",
    "overlong-dot": "/public/%c0%ae%c0%ae/admin",
    "query": "/admin?x=1",
    "empty-query": "/admin?",
    "encoded-query": "/admin%3fx=1",
    "encoded-fragment": "/admin%23",
    "extension": "/admin.json",
    "full-width": "/%ef%bd%81dmin",
    "below-vault": "/vault/a/../../admin",
    "vault-root": "/vault/",
    "vault-deep": "/vault/a/b/c",
    "vault-encoded": "/vault/%2e%2e/public",
}
LINES = {
    "get": ("GET", "1.1", ""),
    "http-1.0": ("GET", "1.0", ""),
    "head": ("HEAD", "1.1", ""),
    "lower-verb": ("get", "1.1", ""),
    "post-override": ("POST", "1.1", "X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n"),
    "post-method-override": ("POST", "1.1", "X-Method-Override: GET\r\nContent-Length: 0\r\n"),
    "rewrite-url": ("GET", "1.1", "X-Rewrite-URL: /public\r\nX-Original-URL: /public\r\n"),
    "bad-token": ("GET", "1.1", "Authorization: wrong\r\n"),
    "two-tokens": ("GET", "1.1", "Authorization: wrong\r\nAuthorization: \r\n"),
    "forwarded": ("GET", "1.1", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: internal\r\n"),
}


def request(verb: str, path: str, version: str, lines: str) -> bytes:
    return f"{verb} {path} HTTP/{version}\r\nHost: gw\r\nConnection: close\r\n{lines}\r\n".encode("latin-1")


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_no_spelling_reaches_a_protected_upstream(
    line: tuple[str, str, str], face: Face, talk: Talk, upstream: Upstream
) -> None:
    upstream.seen.clear()

    answers = {name: talk(face, face.addressed(request(line[0], path, *line[1:])))[0] for name, path in PATHS.items()}

    assert upstream.reached("/admin") == []
    assert upstream.reached("/vault") == []
    assert all(statuses for statuses in answers.values()), answers
    assert {status for statuses in answers.values() for status in statuses} <= {400, 401, 403, 404, 405, 501}, answers


def test_the_good_token_is_let_in(face: Face, talk: Talk, upstream: Upstream) -> None:
    """Else the table above would prove nothing."""
    upstream.seen.clear()

    statuses, _ = talk(face, face.addressed(request("GET", "/admin", "1.1", f"Authorization: {GOOD}\r\n")))

    assert (statuses, upstream.seen) == ([200], [("GET", "/admin")])


def test_the_absolute_form_is_no_way_around(face: Face, talk: Talk, upstream: Upstream) -> None:
    upstream.seen.clear()
    targets = [f"http://{face.host}{face.prefix}/admin", f"HTTP://{face.host}{face.prefix}/admin", "http://gw/admin"]

    answers = [talk(face, f"GET {target} HTTP/1.1\r\nHost: {face.host}\r\n\r\n".encode())[0] for target in targets]

    assert upstream.reached("/admin") == []
    assert all(statuses and statuses[0] >= 400 for statuses in answers), answers


@pytest.mark.parametrize("first", [GOOD, "wrong"])
def test_pipelined_requests_are_authorized_one_by_one(first: str, face: Face, talk: Talk, upstream: Upstream) -> None:
    upstream.seen.clear()
    tokens = [first, "wrong", None, GOOD]
    lines = ["" if token is None else f"Authorization: {token}\r\n" for token in tokens]
    raw = b"".join(face.addressed(f"GET /admin HTTP/1.1\r\nHost: gw\r\n{line}\r\n".encode()) for line in lines)

    statuses, _ = talk(face, raw, answers=4)

    assert statuses == [200 if first == GOOD else 403, 403, 401, 200]
    assert len(upstream.reached("/admin")) == (2 if first == GOOD else 1)


def test_a_body_is_never_read_as_a_request(face: Face, talk: Talk, upstream: Upstream) -> None:
    upstream.seen.clear()
    inner = face.addressed(f"GET /admin HTTP/1.1\r\nHost: gw\r\nAuthorization: {GOOD}\r\n\r\n".encode())
    head = f"POST /public HTTP/1.1\r\nHost: gw\r\nConnection: close\r\nContent-Length: {len(inner)}\r\n\r\n"

    statuses, _ = talk(face, face.addressed(head.encode()) + inner)

    assert (statuses, upstream.seen) == ([200], [("POST", "/public")])


def test_the_tables_are_as_large_as_they_say() -> None:
    assert len(list(itertools.product(PATHS, LINES))) == 350
