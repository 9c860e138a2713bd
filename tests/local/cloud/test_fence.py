"""The fence around moto: SDKs retry every 5xx for most of a minute, so none may get out."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from headgate.local.server.moto_app import fence, keep_raw_request


def crash(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    raise ZeroDivisionError("<oops>")


def lack(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    raise NotImplementedError("that operation")


def fail(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("503 Slow Down", [])
    return [b"x"]


def answer(application: Any, **environ: str) -> tuple[str, dict[str, str], bytes]:
    seen: list[Any] = []
    body = b"".join(fence(application)(dict(environ), lambda *given: seen.extend(given)))
    return seen[0], dict(seen[1]), body


@pytest.mark.parametrize(
    ("application", "code"), [(crash, "LocalCloudFailure"), (lack, "NotImplementedException")], ids=["crash", "lack"]
)
def test_json_protocols_get_a_modelled_error(application: Any, code: str) -> None:
    status, headers, body = answer(application, CONTENT_TYPE="application/x-amz-json-1.0")

    assert status == "400 Bad Request"
    assert (headers["x-amzn-ErrorType"], json.loads(body)["__type"]) == (code, code)


def test_the_query_protocol_gets_xml() -> None:
    _, _, body = answer(crash, CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8")

    assert b"<Code>LocalCloudFailure</Code>" in body
    assert b"ZeroDivisionError: &lt;oops&gt;" in body


def test_a_5xx_becomes_a_4xx() -> None:
    assert answer(fail)[0] == "400 Bad Request"


def test_the_raw_path_and_query_reach_moto() -> None:
    seen: dict[str, Any] = {}
    scope = {"raw_path": b"/b/a%2Fb", "query_string": b"x=%20", "headgate.headers": [(b"X-Amz-Meta-My_Key", b"1")]}

    keep_raw_request(lambda environ, _: seen.update(environ) or [])({"asgi.scope": scope}, print)

    assert seen["RAW_URI"] == "/b/a%2Fb?x=%20"
    assert seen["moto.preserved_header_names"] == {"HTTP_X_AMZ_META_MY_KEY": "X-Amz-Meta-My_Key"}
