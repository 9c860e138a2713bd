"""`/_headgate/why`: what it understands, what it refuses and why, and what it remembers."""

import base64
import json
from typing import Any

import pytest

from headgate.local.dataplane import Located
from headgate.local.dataplane.trace import Recent
from headgate.local.server.why import WrongAskingError, newest, read_request


def shown(_host: str, path: bytes) -> Located | None:
    """The friendly port shows one stage, but for /nowhere."""
    return None if path == b"/nowhere" else Located("a1", "prod", path)


def read(**asked: Any) -> Any:
    return read_request(json.dumps({"method": "GET", "path": "/users/7?x=1", **asked}).encode(), shown)


def test_a_request_goes_to_the_stage_that_the_port_shows() -> None:
    request, side = read(headers=[["X-A", " b "]], body=base64.b64encode(b"{}").decode(), side="canary")

    assert (request.api_id, request.stage, request.path, request.query) == ("a1", "prod", b"/users/7", b"x=1")
    assert (request.headers, request.body, side) == (((b"Host", b"localhost"), (b"X-A", b"b")), b"{}", "canary")


def test_a_stage_may_be_named() -> None:
    request, _ = read(api="b2", stage="dev")

    assert (request.api_id, request.stage, request.custom_domain) == ("b2", "dev", True)


def test_an_execute_api_url_is_understood() -> None:
    request, _ = read(path="/_aws/execute-api/b2/dev/x")

    assert (request.api_id, request.stage, request.path, request.mount) == ("b2", "dev", b"/x", b"/dev")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"method": "G T"}, "give method"),
        ({"path": "users"}, "begins with /"),
        ({"side": "left"}, "side 'left'"),
        ({"headers": {"X": "y"}}, "headers must be a list"),
        ({"headers": [["X"]]}, "headers must be a list"),
        ({"body": "{}"}, "body must be base64"),
        ({"bogus": 1}, "unknown members: bogus"),
        ({"path": "/nowhere"}, "no API and stage"),
    ],
)
def test_what_is_not_understood_is_named(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(WrongAskingError, match=says):
        read(**asked)


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(WrongAskingError, match="must be"):
        read_request(body, shown)


def test_the_number_of_requests_must_be_one() -> None:
    assert newest(Recent(), "last=3&failed=true") == {"requests": []}
    assert newest(Recent(), "requestId=x") == {"requests": []}
    with pytest.raises(WrongAskingError, match="last=many"):
        newest(Recent(), "last=many")
